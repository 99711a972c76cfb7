// The story of an order: price it, commit the intent, talk to the provider, commit the answer.
import type { Cart } from '#src/carts/carts.ts'
import type { PricedSnapshot } from '#src/carts/price-snapshot.ts'
import { channelOf, type ShopBook } from '#src/carts/shop-book.ts'
import type { RequestKey } from '#src/db/idempotency.sql.ts'
import { together } from '#src/db/sql.ts'
import { transaction } from '#src/db/transaction.ts'
import { type AttemptId, type CartId, type ChannelId, newId, type OrderId } from '#src/lib/ids.ts'
import { Refusal, refuse, refuseField } from '#src/lib/refusal.ts'
import { handOn } from '#src/lib/trace.ts'
import { readAttempts } from '#src/payments/payments.sql.ts'
import { type Attempt, isOpen } from '#src/payments/payments.ts'
import type { AttemptAt, JsonObject, PaymentProvider } from '#src/ports/payment-provider.ts'
import { withTaxToOrder } from './ask-tax.ts'
import { readOrderBriefs } from './checkout.sql.ts'
import type { PaymentChoice, Standing } from './checkout.ts'
import type { Desk } from './desk.ts'
import { extendHold } from './keep-hold.ts'
import { readPayer } from './payer.sql.ts'
import type { Wanted } from './plan-intents.ts'
import { startOf } from './start-payment.ts'

export type OrderRequest = {
  readonly request: RequestKey
  /** Of the key that came along: the token of a cart or order is good in its own channel only. */
  readonly channel_id: ChannelId
  readonly payment: PaymentChoice
  /** What the buyer saw and agreed to, in minor units. Another total is refused. */
  readonly expected_total: bigint
  readonly returnUrlOf: (order: OrderId) => string
  readonly origin: 'web' | 'staff'
  /** Staff take what is paid by hand, also where buyers cannot choose it. */
  readonly by_hand?: boolean
  readonly buyer_note?: string | null
}
/** `client_data` is for the provider's script in the browser; it is never stored. */
export type Answered = Standing & { readonly client_data: JsonObject | null }

const done = (standing: Standing): Answered => ({ ...standing, client_data: null })

function chooseProvider(
  desk: Desk,
  book: ShopBook,
  cart: Pick<Cart, 'channel_id'>,
  { payment: { provider: name }, by_hand }: Pick<OrderRequest, 'payment' | 'by_hand'>,
): { readonly provider: PaymentProvider; readonly capture: 'now' | 'later' } {
  const channel = channelOf(book, cart.channel_id)
  const provider = desk.payments.get(name)
  const is_by_hand = by_hand === true && provider?.immediate != null
  if (!provider || !(is_by_hand || channel.payment_providers.includes(name))) {
    const { payment_providers: offered } = channel
    throw refuseField('payment_method_unknown', 'payment.provider', { offered })
  }
  // Capture at shipment takes each parcel's share: it needs a provider that can capture in parts.
  const { capture_later, partial_capture } = provider.capabilities
  const later = channel.capture === 'later' && capture_later === true && partial_capture === true
  return { provider, capture: later ? 'later' : 'now' }
}

/** The new prices go along, so that the page can show what differs without asking again. */
function priceChanged({ snapshot: { cart }, priced }: PricedSnapshot, expected_total: bigint) {
  const { total, currency, subtotal, discount_total, shipping_total, tax_total } = priced
  const lines = priced.lines.map(({ line_id, variant_id, unit_price, total: line_total }) => ({
    field: `lines.${cart.lines.findIndex(({ id }) => id === line_id)}`,
    variant_id,
    unit_price,
    total: line_total,
  }))
  const sums = { subtotal, discount_total, shipping_total, tax_total }
  return refuse('price_has_changed', { expected_total, total, currency, ...sums, lines })
}

export function assertOrderable(priced: PricedSnapshot, expected_total: bigint): void {
  if (priced.missing.length > 0) {
    throw refuse('cart_is_incomplete', { errors: [...priced.missing] })
  }
  if (priced.priced.total !== expected_total) throw priceChanged(priced, expected_total)
}

export const attemptAt = (attempt: Attempt): AttemptAt => ({
  attempt: attempt.id,
  order: attempt.order_id,
  reference: attempt.reference,
  price: { amount: attempt.amount, currency: attempt.currency },
  started_at: attempt.created_at,
})

/** The same request again: what came of the first one, as it stands now. */
export async function repeat(desk: Desk, resource_id: string): Promise<Answered> {
  const standing = await transaction(desk.db, async (tx) => {
    const [attempt] = await readAttempts(tx, [resource_id as AttemptId])
    const order_id = attempt?.order_id ?? (resource_id as OrderId)
    const order = (await readOrderBriefs(tx, [order_id])).get(order_id)
    return order ? { order, attempt: attempt ?? null } : null
  })
  if (standing === null || standing.attempt?.state === 'created')
    throw refuse('request_in_progress')
  const { attempt } = standing
  if (attempt?.state !== 'requires_action') return done(standing)
  // What the browser needs is never stored: the provider is asked for it again.
  const outcome = await desk.payments.get(attempt.provider)!.lookup(attemptAt(attempt))
  const { client_data } = outcome.kind === 'requires_action' ? outcome : { client_data: null }
  const report = { attempt_id: attempt.id, outcome, source: 'lookup' }
  return { ...((await desk.record(report)) ?? standing), client_data }
}

/** From the committed intent to the recorded answer. */
async function pay(
  desk: Desk,
  provider: PaymentProvider,
  wanted: Wanted,
  { standing, returnUrlOf }: Pick<OrderRequest, 'returnUrlOf'> & { readonly standing: Standing },
): Promise<Answered> {
  const { id } = standing.order
  const outcome = await provider.start(startOf(wanted, id, returnUrlOf(id)))
  const source = `provider:${provider.name}`
  const recorded = await desk.record({ attempt_id: wanted.attempt_id, outcome, source })
  const client_data = outcome.kind === 'requires_action' ? outcome.client_data : null
  return { ...(recorded ?? standing), client_data }
}

const prices_tries_max = 3

/** Orders a stored cart, or one that came with the request and is not stored. */
export async function orderCart(
  desk: Desk,
  cart: CartId | Cart,
  asked: OrderRequest,
): Promise<Answered> {
  for (let tries = 1; ; tries++) {
    const { book, priced: read, earlier } = await desk.read({ cart, request: asked.request })
    if (earlier) {
      if (!earlier.request_hash.equals(asked.request.request_hash)) {
        throw refuse('idempotency_key_reused')
      }
      return repeat(desk, earlier.resource_id)
    }
    if (!read) throw refuse('not_found', {})
    const of = typeof cart === 'string' ? ({ kind: 'cart', cart_id: cart } as const) : goods
    const answered = await orderPriced(desk, { book, priced: read, of }, asked)
    // The cart was changed between pricing and locking: price what it is now. The total that
    // the buyer agreed to still guards.
    if (!(answered instanceof Refusal)) return answered
    if (answered.code !== 'cart_has_changed' || tries >= prices_tries_max) throw answered
  }
}
const goods = { kind: 'goods' } as const

type ToOrder = {
  readonly book: ShopBook
  readonly priced: PricedSnapshot
  readonly of:
    | { readonly kind: 'goods' }
    | { readonly kind: 'cart'; readonly cart_id: CartId; readonly is_draft?: boolean }
}

/** Orders what was priced. A refusal by what is stored meanwhile is given, others are thrown. */
export async function orderPriced(
  desk: Desk,
  { book, priced: read, of }: ToOrder,
  asked: OrderRequest,
): Promise<Answered | Refusal> {
  if (read.snapshot.cart.channel_id !== asked.channel_id) throw refuse('token_wrong')
  const priced = await withTaxToOrder(desk, read, book)
  assertOrderable(priced, asked.expected_total)
  const { provider, capture } = chooseProvider(desk, book, priced.snapshot.cart, asked)
  const wanted: Wanted = {
    request: asked.request,
    payment: asked.payment,
    attempt_id: newId<AttemptId>(),
    capture,
    origin: asked.origin,
    traceparent: handOn(),
    buyer_note: asked.buyer_note ?? null,
    of: { ...of, priced },
  }
  const written = await desk.intend(wanted)
  if (written instanceof Refusal) return written
  if (written.kind === 'repeat') return repeat(desk, written.resource_id)
  if (written.settled) return done(written.standing)
  const { returnUrlOf } = asked
  return pay(desk, provider, wanted, { standing: written.standing, returnUrlOf })
}

/**
 * Another try to pay an order that waits: after a decline, or without its cart. Of an order that
 * is placed it pays what an edit has added, at once.
 */
export async function payOrder(
  desk: Desk,
  order_id: OrderId,
  asked: OrderRequest,
): Promise<Answered> {
  const { book, payer, channel_id, state } = await transaction(desk.db, async (tx) => {
    const found = await readPayer(tx, order_id)
    if (!found) throw refuse('not_found', { order_id })
    if (found.channel_id !== asked.channel_id) throw refuse('token_wrong')
    return { book: await desk.readBook(tx), ...found }
  })
  const { provider, capture } = chooseProvider(desk, book, { channel_id }, asked)
  const { expected_total } = asked
  const is_placed = state === 'placed'
  const price = is_placed ? { ...payer.price, amount: expected_total } : payer.price
  const wanted: Wanted = {
    request: asked.request,
    payment: asked.payment,
    attempt_id: newId<AttemptId>(),
    capture: is_placed ? 'now' : capture,
    origin: asked.origin,
    traceparent: handOn(),
    of: { kind: 'order', order_id, expected_total, payer: { ...payer, price } },
  }
  const written = await desk.intend(wanted)
  if (written instanceof Refusal) throw written
  if (written.kind === 'repeat') return repeat(desk, written.resource_id)
  if (written.settled) return done(written.standing)
  return pay(desk, provider, wanted, { standing: written.standing, returnUrlOf: asked.returnUrlOf })
}

/** After 3-D Secure, an approval window or a bank page. Asking again tells how it stands. */
export async function continuePayment(
  desk: Desk,
  attempt_id: AttemptId,
  answer: JsonObject,
  /** The order that the caller has proved to be theirs, and the channel of their key. */
  proved: { readonly order_id: OrderId | null; readonly channel_id: ChannelId },
): Promise<Answered> {
  const standing = await transaction(desk.db, async (tx) => {
    const [attempt] = await readAttempts(tx, [attempt_id])
    if (!attempt) throw refuse('not_found', { attempt_id })
    const { order_id } = attempt
    if (order_id !== proved.order_id) throw refuse('token_wrong')
    const [briefs, found] = await together(readOrderBriefs(tx, [order_id]), readPayer(tx, order_id))
    if (found?.channel_id !== proved.channel_id) throw refuse('token_wrong')
    return { attempt, order: briefs.get(order_id)! }
  })
  const { attempt } = standing
  const waits = attempt.state === 'requires_action' || attempt.state === 'pending'
  if (!waits && attempt.state !== 'unknown') return done(standing)
  const { reference } = attempt
  if (reference === null) throw refuse('payment_not_waiting', { attempt_id, state: attempt.state })
  const provider = desk.payments.get(attempt.provider)!
  const outcome = await provider.finish({ ...attemptAt(attempt), reference, answer })
  const source = `provider:${provider.name}`
  const recorded = await desk.record({ attempt_id, outcome, source })
  const client_data = outcome.kind === 'requires_action' ? outcome.client_data : null
  return { ...(await stillHeld(desk, recorded ?? standing)), client_data }
}

/** Whoever goes on with a payment is there: the goods wait for them, up to a bound. */
async function stillHeld(desk: Desk, standing: Standing): Promise<Standing> {
  const { order, attempt } = standing
  if (order.state !== 'pending' || !attempt || !isOpen(attempt.state)) return standing
  const hold_expires_at = await extendHold(desk, order.id)
  return { ...standing, order: { ...order, hold_expires_at } }
}
