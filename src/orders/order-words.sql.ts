// The words that staff type to find orders, as they stand in the tables.
import { type Statement, sql, type Tx } from '#src/db/sql.ts'

/** As `setTags` stores them. */
export const tagOf = (typed: string): string => typed.trim().toLowerCase()
/** Numbers of orders are in upper case. */
export const numberOf = (typed: string): string => typed.trim().toUpperCase()

/**
 * The SKU as it is written on orders, whatever the case it was typed in: nearly always one. Null
 * when it was never ordered.
 */
export async function skusOf(tx: Tx, typed: string): Promise<readonly string[] | null> {
  const asked = typed.trim()
  const found = await tx.many<{ sku: string }>`
    select sku from (
      select unnest(${[asked, asked.toUpperCase(), asked.toLowerCase()]}::text[]) as sku
      union select sku from variant where upper(sku) = upper(${asked})
    ) as spelled
    where exists (select from order_line where order_line.sku = spelled.sku)
    order by sku`
  return found.length === 0 ? null : found.map(({ sku }) => sku)
}

/** In LIKE these stand for others. */
const plain = (text: string): string => text.toLowerCase().replaceAll(/[\\%_]/g, '\\$&')

/** An order number, or how an e-mail address or a name begins: each by an index of its own. */
const waysToText = (text: string): readonly Statement[] => [
  sql`(legal_entity_id, number) in (select legal_entity.id, ${numberOf(text)} from legal_entity)`,
  sql`lower(email) like ${`${plain(text)}%`}`,
  sql`lower(shipping_address ->> 'name') like ${`${plain(text)}%`}`,
]

/** As a condition on a row. */
export const hasText = (text: string): Statement => {
  const [, email, name] = waysToText(text)
  return sql`(number = ${numberOf(text)} or ${email!} or ${name!})`
}

/** The ids of all orders with the text. */
export const idsWithText = (text: string): Statement =>
  waysToText(text)
    .map((way) => sql`select id from orders where ${way}`)
    .reduce((all, one) => sql`${all} union ${one}`)

/** Whether so few orders have it that all of them can be looked at. */
export async function isRareText(tx: Tx, text: string, few: number): Promise<boolean> {
  const some = waysToText(text)
    .map((way) => sql`(select from orders where ${way} limit ${few + 1})`)
    .reduce((all, one) => sql`${all} union all ${one}`)
  const { count } = await tx.one<{ count: number }>`
    select count(*)::int from (${some} limit ${few + 1}) as counted`
  return count <= few
}
