// What outside engines have answered for carts.
import type { Tx } from '#src/db/sql.ts'
import type { CartId } from '#src/lib/ids.ts'
import { toJson } from '#src/lib/json.ts'
import type { EngineTax } from '#src/ports/tax-source.ts'
import type { QuoteResult, TaxQuote } from './cart-tax.ts'

/** Money inside jsonb comes as numbers; it is whole and fits. */
const readTaxes = (taxes: readonly EngineTax[]): EngineTax[] =>
  taxes.map((tax) => ({ ...tax, amount: BigInt(tax.amount) }))

function readResult(stored: QuoteResult): QuoteResult {
  if (stored.kind === 'fallback') return stored
  const lines = stored.lines.map(({ line, taxes }) => ({ line, taxes: readTaxes(taxes) }))
  return { ...stored, lines, shipping: readTaxes(stored.shipping) }
}

type Row = {
  readonly cart_id: CartId
  readonly question: Buffer
  readonly answer: QuoteResult
}

export async function readTaxQuotes(
  tx: Tx,
  carts: readonly CartId[],
): Promise<Map<CartId, TaxQuote>> {
  const rows = await tx.many<Row>`
    select cart_id, question, answer from tax_quote where cart_id = any(${carts})`
  return new Map(
    rows.map(({ cart_id, question, answer }) => [
      cart_id,
      { question, result: readResult(answer) },
    ]),
  )
}

/** The newest answer stands. A cart that was never stored has none. */
export const writeTaxQuote = (
  tx: Tx,
  cart_id: CartId,
  { question, result }: TaxQuote,
  now: Date,
): Promise<number> =>
  tx.run`
    insert into tax_quote (cart_id, question, answer, asked_at)
    select id, ${question}, ${toJson(result)}, ${now} from cart where id = ${cart_id}
    on conflict (cart_id) do update set question = excluded.question, answer = excluded.answer,
      asked_at = excluded.asked_at`
