// What pricing reads of promotions: the automatic ones, those of the codes that carts name, and
// how far each has been used. What staff change is in stored-promotions.sql.ts.
import { sql, type Tx } from '#src/db/sql.ts'
import type { CartId, CouponId, PromotionId } from '#src/lib/ids.ts'
import type { Code, Conditions, Effect, Promotion } from './promotions.ts'

export type PromotionRow = Omit<Promotion, 'effect' | 'conditions'> & {
  readonly effect: Readonly<Record<string, unknown>>
  readonly conditions: Readonly<Record<string, unknown>>
}

/** Amounts of money stand in JSON as whole numbers. */
const withMoney = (json: Readonly<Record<string, unknown>>, fields: readonly string[]): object => {
  const found = fields.filter((field) => json[field] !== undefined)
  return { ...json, ...Object.fromEntries(found.map((name) => [name, BigInt(Number(json[name]))])) }
}

export const toPromotion = <Row extends PromotionRow>(row: Row) => ({
  ...row,
  effect: withMoney(row.effect, ['amount', 'max_amount']) as Effect,
  conditions: withMoney(row.conditions, ['min_subtotal']) as Conditions,
})

export const promotion_columns = sql`promotion.id, name, is_automatic, class, combines_with,
  priority, effect, conditions, promotion.currency, promotion.starts_at, promotion.ends_at,
  promotion.usage_limit, promotion.used, buyer_limit, budget, spent`

/**
 * Those that are tried on every cart. They may be kept for as long as the revision `settings` is
 * the same; their counts may not.
 */
export async function readAutomaticPromotions(tx: Tx): Promise<Promotion[]> {
  const rows = await tx.many<PromotionRow>`
    select ${promotion_columns} from promotion
    where is_automatic and archived_at is null
    order by id`
  return rows.map(toPromotion)
}

export type CodedPromotion = { readonly promotion: Promotion; readonly code: Code }

type CodedRow = PromotionRow & {
  readonly coupon_id: CouponId
  readonly code: string
  readonly code_limit: number | null
  readonly code_used: number
}

/** By codes as buyers typed them in any case, and as stored carts name them. */
export async function readCodes(
  tx: Tx,
  codes: readonly string[],
  carts: readonly CartId[] = [],
): Promise<CodedPromotion[]> {
  if (codes.length === 0 && carts.length === 0) return []
  const of_carts =
    carts.length === 0
      ? sql``
      : sql`union all
      select unnest(array_append(more_codes, coupon_code)) from cart where id = any(${carts})`
  const rows = await tx.many<CodedRow>`
    select ${promotion_columns}, coupon.id as coupon_id, code,
      coupon.usage_limit as code_limit, coupon.used as code_used
    from coupon join promotion on promotion.id = promotion_id
    where coupon.archived_at is null and promotion.archived_at is null and code in (
      select upper(trim(code)) from unnest(${codes}::text[]) as named (code) ${of_carts})`
  return rows.map(({ coupon_id, code, code_limit, code_used, ...row }) => ({
    promotion: toPromotion(row),
    code: { id: coupon_id, code, usage_limit: code_limit, used: code_used },
  }))
}

export type Counts = Pick<Promotion, 'id' | 'used' | 'spent'>

export const readCounts = (tx: Tx, ids: readonly PromotionId[]): Promise<Counts[]> =>
  ids.length === 0
    ? Promise.resolve([])
    : tx.many<Counts>`select id, used, spent from promotion where id = any(${ids})`

export type BuyerOf = { readonly promotion_id: PromotionId; readonly buyer: string }

/** How many turns buyers have taken, by what they are known by; many carts may ask for one. */
export const readTurns = (
  tx: Tx,
  asked: readonly BuyerOf[],
): Promise<(BuyerOf & { readonly turns: number })[]> =>
  asked.length === 0
    ? Promise.resolve([])
    : tx.many<BuyerOf & { turns: number }>`
      select promotion_turn.promotion_id, promotion_turn.buyer, count(*)::int as turns
      from (select distinct promotion_id, buyer from unnest(
        ${asked.map(({ promotion_id }) => promotion_id)}::uuid[],
        ${asked.map(({ buyer }) => buyer)}::text[]
      ) as named (promotion_id, buyer)) as asked
      join promotion_turn on promotion_turn.promotion_id = asked.promotion_id
        and promotion_turn.buyer = asked.buyer
      group by 1, 2`
