// What a draft costs: as a cart of its channel, but for the prices that staff have given. It is an
// offer of staff: promotions, with their limits and their time, are for who orders by themselves.
import { type CartSnapshot, readCartSnapshots } from '#src/carts/cart-snapshots.sql.ts'
import type { TaxQuote } from '#src/carts/cart-tax.ts'
import type { Cart, CartLine } from '#src/carts/carts.ts'
import { type PricedSnapshot, priceSnapshot } from '#src/carts/price-snapshot.ts'
import type { ShopBook } from '#src/carts/shop-book.ts'
import type { Tx } from '#src/db/sql.ts'
import { refuseErrors } from '#src/lib/field-errors.ts'
import type { CartId, CartLineId } from '#src/lib/ids.ts'
import { split, sum } from '#src/lib/money.ts'
import { readFrozen } from '#src/orders/drafts.sql.ts'
import { type Draft, type DraftLine, readPriced } from '#src/orders/drafts.ts'
import type { AgreedPrice, PricedLine } from '#src/pricing/pricing.ts'
import { costOf, tooMuch } from './too-much.ts'

const cartOf = (draft: Draft): Cart => ({
  id: draft.id as string as CartId,
  channel_id: draft.channel_id,
  currency: draft.currency,
  customer_id: draft.customer_id,
  version: draft.version,
  email: draft.email,
  phone: draft.phone,
  shipping_address: draft.shipping_address,
  billing_address: draft.billing_address,
  shipping_option_id: draft.shipping_option_id,
  coupon_code: null,
  more_codes: [],
  tax_id: draft.tax_id,
  created_at: draft.created_at,
  updated_at: draft.updated_at,
  hold_expires_at: null,
  accepts_reminders: false,
  lines: draft.lines.map(({ id, variant_id, quantity }) => ({ id, variant_id, quantity })),
  ...(draft.shipping_amount === null ? {} : { agreed_shipping: draft.shipping_amount }),
})

/** Prices with or without tax as the lists have them; where no list has one, as other lines do. */
function agreedOf(
  line: DraftLine,
  listed: PricedLine | undefined,
  others: readonly PricedLine[],
): AgreedPrice | null {
  if (listed === undefined && line.unit_price === null) return null
  return {
    unit_price: line.unit_price ?? listed!.unit_price,
    per_units: line.unit_price === null ? listed!.per_units : 1,
    includes_tax: listed?.tax_included ?? others[0]?.tax_included ?? true,
    discount: line.discount,
  }
}

type Agreed = ReadonlyMap<CartLineId, AgreedPrice>

/** What is off the goods is spread over the lines; never more than they cost. */
function spreadDiscount(draft: Draft, agreed: Agreed): Agreed {
  const lines = draft.lines.flatMap((line) => {
    const price = agreed.get(line.id)
    if (!price) return []
    const cost = costOf(price, line.quantity)
    const discount = price.discount < cost ? price.discount : cost
    return [{ id: line.id, price, discount, left: cost - discount }]
  })
  const left = sum(lines.map((line) => line.left))
  const off = draft.discount < left ? draft.discount : left
  const parts =
    off === 0n
      ? lines.map(() => 0n)
      : split(
          off,
          lines.map((line) => line.left),
        )
  return new Map(
    lines.map(({ id, price, discount }, i) => [id, { ...price, discount: discount + parts[i]! }]),
  )
}

/** What its goods cost as staff and lists say it; goods without a price are not in it. */
function agreedPrices(
  draft: Draft,
  snapshot: CartSnapshot,
  { book, now }: { readonly book: ShopBook; readonly now: Date },
): Agreed {
  // As the lists say it to who owes the tax: what is agreed on is told in the same terms.
  const usual = { ...snapshot, cart: { ...snapshot.cart, tax_id: null }, exemptions: [] }
  const listed = priceSnapshot(usual, book, now)
  const by_line = new Map(listed.priced.lines.map((line) => [line.line_id, line]))
  return new Map(
    draft.lines.flatMap((line): [CartLineId, AgreedPrice][] => {
      const price = agreedOf(line, by_line.get(line.id), listed.priced.lines)
      return price ? [[line.id, price]] : []
    }),
  )
}

async function readSnapshot(tx: Tx, book: ShopBook, draft: Draft, now: Date) {
  const [read] = await readCartSnapshots(tx, book, [cartOf(draft)], { coded: [], now })
  return { ...read!, promotions: [] }
}

/** More off than there is to pay, of one line or of all together. @throws invalid_input */
export async function assertDiscounts(
  tx: Tx,
  book: ShopBook,
  draft: Draft,
  now: Date,
): Promise<void> {
  if (draft.discount === 0n && draft.lines.every(({ discount }) => discount === 0n)) return
  const prices = agreedPrices(draft, await readSnapshot(tx, book, draft, now), { book, now })
  const costs = draft.lines.map(({ id, quantity }) => {
    const price = prices.get(id)
    return price ? costOf(price, quantity) : null
  })
  refuseErrors(
    draft.lines.flatMap(({ discount }, i) => {
      const cost = costs[i] ?? null
      return cost === null ? [] : tooMuch(`lines.${i}.discount`, discount, cost)
    }),
  )
  // Of goods that have no price yet nobody knows how much they leave.
  if (costs.includes(null)) return
  const left = sum(costs.map((cost, i) => cost! - draft.lines[i]!.discount))
  refuseErrors(tooMuch('discount', draft.discount, left))
}

/**
 * As it is priced now, with all that is missing. `tax_quote` is what an engine has answered about
 * it, if one was asked.
 */
export async function priceDraft(
  tx: Tx,
  book: ShopBook,
  draft: Draft,
  { now, tax_quote }: { readonly now: Date; readonly tax_quote: TaxQuote | null },
): Promise<PricedSnapshot> {
  const snapshot = { ...(await readSnapshot(tx, book, draft, now)), tax_quote }
  const { cart } = snapshot
  const is_own = draft.lines.some((line) => line.unit_price !== null || line.discount > 0n)
  if (!is_own && draft.discount === 0n) return priceSnapshot(snapshot, book, now)
  const spread = spreadDiscount(draft, agreedPrices(draft, snapshot, { book, now }))
  const lines = cart.lines.map((line): CartLine => {
    const price = spread.get(line.id)
    return price ? { ...line, agreed: price } : line
  })
  return priceSnapshot({ ...snapshot, cart: { ...cart, lines } }, book, now)
}

/** With the prices it was sent with, whatever lists and taxes say by now. */
export async function readSentDraft(
  tx: Tx,
  book: ShopBook,
  draft: Draft,
  now: Date,
): Promise<PricedSnapshot> {
  const current = await priceDraft(tx, book, draft, { now, tax_quote: null })
  const { priced, tax_facts } = await readFrozen(tx, draft.id)
  if (priced === null) return current
  const frozen = { priced: readPriced(priced), tax_facts, tax_question: null, tax_result: null }
  // Prices, taxes and the way of shipping stand; goods that are not sold any more do not.
  const gone = current.missing.filter(({ code }) => code === 'not_for_sale')
  return { ...current, ...frozen, missing: gone }
}
