// Asks the tax engine of a seller about a cart: outside every transaction, with a deadline, and
// once per question. Whatever it does, the buyer can go on: without an answer the shop's own rates
// hold, and that is noted.
import type { QuoteResult, ToAsk } from '#src/carts/cart-tax.ts'
import { type PricedSnapshot, priceSnapshot } from '#src/carts/price-snapshot.ts'
import type { ShopBook } from '#src/carts/shop-book.ts'
import { writeTaxQuote } from '#src/carts/tax-quotes.sql.ts'
import { snapshot, transaction } from '#src/db/transaction.ts'
import { plusMs } from '#src/lib/clock.ts'
import { assertNoTransaction } from '#src/lib/transaction-guard.ts'
import { answerProblem, type TaxOutcome, type TaxSource } from '#src/ports/tax-source.ts'
import type { Desk } from './desk.ts'

type TaxDesk = Pick<Desk, 'db' | 'clock' | 'timings' | 'readBook' | 'tax_sources' | 'tax_pauses'>

/** An engine that is down is not waited for by every buyer. */
const pause_ms = 10_000

const fallback = (reason: string): QuoteResult => ({
  kind: 'fallback',
  reason: reason.slice(0, 300),
})

/** A source that keeps its promise ends in time by itself; the shop does not rely on it. */
async function inTime(source: TaxSource, { question }: ToAsk, ms: number): Promise<TaxOutcome> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<TaxOutcome>((resolve) => {
    timer = setTimeout(() => resolve({ kind: 'unknown', reason: `no answer in ${ms} ms` }), ms)
  })
  const asked = source
    .quote(question, ms)
    .catch((error: unknown): TaxOutcome => ({ kind: 'unknown', reason: String(error) }))
  const outcome = await Promise.race([asked, late])
  clearTimeout(timer)
  return outcome
}

async function ask(desk: TaxDesk, to_ask: ToAsk): Promise<QuoteResult> {
  const { source: name, question } = to_ask
  const source = desk.tax_sources.get(name)
  if (!source) return fallback(`the tax engine ${name} is not set up`)
  const { included_prices } = source.capabilities
  const is_gross =
    question.lines.some((line) => line.includes_tax) || question.shipping?.includes_tax === true
  if (is_gross && included_prices !== true) return fallback(included_prices.no)
  const paused_until = desk.tax_pauses.get(name)
  const now = desk.clock()
  if (paused_until && now < paused_until) return fallback(`the tax engine ${name} is out of order`)
  const outcome = await inTime(source, to_ask, desk.timings.tax_ms)
  if (outcome.kind === 'unknown') {
    desk.tax_pauses.set(name, plusMs(now, pause_ms))
    return fallback(outcome.reason)
  }
  desk.tax_pauses.delete(name)
  if (outcome.kind === 'refused') return fallback(`${outcome.code}: ${outcome.message}`)
  const problem = answerProblem(question, outcome)
  return problem === null ? outcome : fallback(`the answer was not usable: ${problem}`)
}

/** Prices a cart with what the engine says; the answer is kept while the cart and the day are. */
async function answered(
  desk: TaxDesk,
  priced: PricedSnapshot,
  to_ask: ToAsk,
  book: ShopBook,
): Promise<PricedSnapshot> {
  assertNoTransaction()
  const quote = { question: to_ask.hash, result: await ask(desk, to_ask) }
  const now = desk.clock()
  await transaction(desk.db, (tx) => writeTaxQuote(tx, priced.snapshot.cart.id, quote, now))
  // A day later the question would be another one: what was asked about is what is priced.
  return priceSnapshot({ ...priced.snapshot, tax_quote: quote }, book, to_ask.at)
}

/** Before it is ordered. What the buyer has seen stands, be it an answer or a fallback. */
export const withTaxToOrder = async (
  desk: TaxDesk,
  priced: PricedSnapshot,
  book: ShopBook,
): Promise<PricedSnapshot> =>
  priced.tax_question === null || priced.tax_result !== null
    ? priced
    : answered(desk, priced, priced.tax_question, book)

/** Before it is shown. A fallback is tried again: the engine may be back. */
export async function withTax(desk: TaxDesk, priced: PricedSnapshot): Promise<PricedSnapshot> {
  const { tax_question, tax_result } = priced
  if (tax_question === null || tax_result?.kind === 'answer') return priced
  const paused_until = desk.tax_pauses.get(tax_question.source)
  if (tax_result !== null && paused_until && desk.clock() < paused_until) return priced
  return answered(desk, priced, tax_question, await snapshot(desk.db, desk.readBook))
}
