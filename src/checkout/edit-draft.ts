// Staff prepare an order for somebody: a draft is made, changed, sent with frozen prices, given up.
import { goodsFor } from '#src/carts/cart-snapshots.sql.ts'
import { channelOf, type ShopBook } from '#src/carts/shop-book.ts'
import { holdCustomers } from '#src/customers/customers.sql.ts'
import { claimKey, type RequestKey } from '#src/db/idempotency.sql.ts'
import type { Tx } from '#src/db/sql.ts'
import { transaction } from '#src/db/transaction.ts'
import { addEvents } from '#src/events/events.sql.ts'
import { addEffects } from '#src/jobs/effects.sql.ts'
import { fieldError, refuseErrors } from '#src/lib/field-errors.ts'
import { type AttemptId, type CartId, type CustomerId, type DraftId, newId } from '#src/lib/ids.ts'
import { Refusal, refuse, refuseField } from '#src/lib/refusal.ts'
import { handOn } from '#src/lib/trace.ts'
import {
  insertDraft,
  insertSending,
  lockDraft,
  orderOfDraft,
  writeDraft,
  writeDraftCanceled,
  writeSent,
} from '#src/orders/drafts.sql.ts'
import { type Draft, type DraftFields, type DraftLine, draft_limits } from '#src/orders/drafts.ts'
import { lockOrders } from '#src/orders/orders.sql.ts'
import { readOrderAttempts } from '#src/payments/payments.sql.ts'
import { isOpen } from '#src/payments/payments.ts'
import { cancelPending } from './cancel-order.ts'
import type { Desk } from './desk.ts'
import { endPayments } from './end-payments.ts'
import { writeIntents } from './intents.ts'
import { readDraftForStaff } from './order-draft.ts'
import type { Wanted } from './plan-intents.ts'
import { assertDiscounts, priceDraft } from './price-draft.ts'

type Acting = { readonly actor: string; readonly now: Date }

/** No names, addresses or reasons: events outlive the erasing of a customer. */
const tell = (
  tx: Tx,
  { id, kind, detail }: { readonly id: DraftId; readonly kind: string; readonly detail?: object },
  { actor, now }: Acting,
) =>
  addEvents(tx, [
    {
      kind: `draft.${kind}`,
      subject: 'draft',
      subject_id: id,
      actor,
      detail: detail ?? {},
      at: now,
    },
  ])

/** Goods and ways of shipping that there are; what is not sold here is told as missing. */
async function assertKnown(tx: Tx, book: ShopBook, named: DraftPatch): Promise<void> {
  const { lines = [], shipping_option_id: option = null } = named
  const variants = lines.map(({ variant_id }) => variant_id)
  const { facts } = await goodsFor(tx, book, variants, [])
  const unknown = variants.flatMap((id, i) =>
    facts.get(id) ? [] : [fieldError(`lines.${i}.variant_id`, 'unknown', 'There is no such item.')],
  )
  if (option !== null && !book.shipping_options.some(({ id }) => id === option)) {
    unknown.push(fieldError('shipping_option_id', 'unknown', 'There is no such shipping option.'))
  }
  refuseErrors(unknown)
}

/** Until commit nobody in whose name a draft is made is erased. @throws invalid_input */
async function assertCustomer(tx: Tx, id: CustomerId | null | undefined): Promise<void> {
  if (!id || (await holdCustomers(tx, [id])).has(id)) return
  refuseErrors([fieldError('customer_id', 'unknown', 'There is no such customer.')])
}

/** Makes one. @throws not_found, unknown_currency, invalid_input */
export async function createDraft(
  tx: Tx,
  desk: Pick<Desk, 'readBook'>,
  draft: Pick<Draft, 'id' | 'channel_id' | 'currency' | 'lines'> & DraftFields,
  acting: Acting,
): Promise<void> {
  const book = await desk.readBook(tx)
  const { currencies } = channelOf(book, draft.channel_id)
  if (!currencies.includes(draft.currency)) {
    throw refuseField('unknown_currency', 'currency', { offered: currencies })
  }
  await assertKnown(tx, book, draft)
  await assertCustomer(tx, draft.customer_id)
  const { actor: created_by, now } = acting
  const made: Draft = {
    ...draft,
    ...{ version: 0, state: 'open', total: null, sent_at: null, expires_at: null },
    ...{ created_by, created_at: now, updated_at: now },
  }
  await assertDiscounts(tx, book, made, now)
  await insertDraft(tx, made)
  await tell(tx, { id: draft.id, kind: 'created', detail: { lines: draft.lines.length } }, acting)
}

/** The order must be locked. @throws draft_is_closed, payment_in_progress */
async function dropHeldOrder(tx: Tx, id: DraftId, acting: Acting): Promise<void> {
  const found = await orderOfDraft(tx, id)
  if (!found) return
  const [order] = await lockOrders(tx, [found.id])
  if (order!.state !== 'pending') throw refuse('draft_is_closed', { order_id: found.id })
  const attempts = await readOrderAttempts(tx, [found.id])
  if (attempts.some(({ state }) => isOpen(state))) {
    throw refuse('payment_in_progress', { order_id: found.id })
  }
  await cancelPending(tx, order!, { ...acting, reason: 'the draft was changed' })
}

/** A buyer who is just paying is not interrupted but for good: the payment is ended first. */
async function endPaymentsOf(desk: Desk, id: DraftId): Promise<void> {
  const found = await transaction(desk.db, (tx) => orderOfDraft(tx, id))
  if (found?.state === 'pending' && !(await endPayments(desk, found.id))) {
    throw refuse('payment_in_progress', { order_id: found.id })
  }
}

async function lockOpen(tx: Tx, id: DraftId, version: number | null): Promise<Draft> {
  const draft = await lockDraft(tx, id)
  if (!draft) throw refuse('not_found', { draft_id: id })
  if (draft.state === 'canceled') throw refuse('draft_is_closed', { draft_id: id })
  if (version !== null && draft.version !== version) {
    throw refuse('draft_has_changed', { version: draft.version })
  }
  return draft
}

export type DraftPatch = Partial<DraftFields> & { readonly lines?: readonly DraftLine[] }

/**
 * What is absent stays. What was sent must be sent anew; goods that were held for it are given
 * back.
 * @throws not_found, draft_has_changed, draft_is_closed, payment_in_progress, invalid_input
 */
export async function changeDraft(
  desk: Desk,
  id: DraftId,
  { version, patch }: { readonly version: number; readonly patch: DraftPatch },
  acting: Acting,
): Promise<void> {
  const assertFits = async (tx: Tx): Promise<Draft> => {
    const book = await desk.readBook(tx)
    await assertKnown(tx, book, patch)
    await assertCustomer(tx, patch.customer_id)
    const draft = await lockOpen(tx, id, version)
    const is_worth = patch.lines !== undefined || patch.discount !== undefined
    if (is_worth) await assertDiscounts(tx, book, { ...draft, ...patch }, acting.now)
    return draft
  }
  // What is refused, whatever for, disturbs no buyer who is paying.
  await transaction(desk.db, assertFits)
  await endPaymentsOf(desk, id)
  await transaction(desk.db, async (tx) => {
    const draft = await assertFits(tx)
    await dropHeldOrder(tx, id, acting)
    await writeDraft(tx, id, { ...draft, ...patch, now: acting.now })
    await tell(tx, { id, kind: 'changed', detail: { fields: Object.keys(patch) } }, acting)
  })
}

/** Given up already it stays so. @throws not_found, draft_is_closed, payment_in_progress */
export async function cancelDraft(desk: Desk, id: DraftId, acting: Acting): Promise<void> {
  await endPaymentsOf(desk, id)
  await transaction(desk.db, async (tx) => {
    const draft = await lockDraft(tx, id)
    if (!draft) throw refuse('not_found', { draft_id: id })
    if (draft.state === 'canceled') return
    await dropHeldOrder(tx, id, acting)
    await writeDraftCanceled(tx, id, acting.now)
    await tell(tx, { id, kind: 'canceled' }, acting)
  })
}

export type SendRequest = {
  readonly version: number
  readonly expires_at: Date
  /** Holds the goods until then; null holds them only when they are paid. */
  readonly hold_until: Date | null
  /** Whether a mail brings the buyer the link. */
  readonly tell_buyer: boolean
  readonly actor: string
  readonly request: RequestKey
}

function assertTimes({ expires_at, hold_until }: SendRequest, now: Date): void {
  const latest = new Date(now.getTime() + draft_limits.days * 86_400_000)
  const errors = []
  if (expires_at <= now || expires_at > latest) {
    const text = `It must be in the future, at most ${draft_limits.days} days from now.`
    errors.push(fieldError('expires_at', 'out_of_range', text))
  }
  if (hold_until !== null && (hold_until <= now || hold_until > expires_at)) {
    const text = 'It must be in the future, and no later than expires_at.'
    errors.push(fieldError('hold_until', 'out_of_range', text))
  }
  refuseErrors(errors)
}

/** Holds the goods of a draft that is sent: an order that waits for its payment. */
async function holdGoods(
  tx: Tx,
  { readBook, timings, payments }: Desk,
  wanted: Omit<Wanted, 'payment'>,
  now: Date,
): Promise<void> {
  const about = { readBook, timings, payments, now }
  const [written] = await writeIntents(tx, [{ ...wanted, payment: null }], about)
  if (written instanceof Refusal) throw written
}

/** The draft was sent just now. Some have no address: staff bring them the link. */
async function writeToBuyer(tx: Tx, { id: draft_id, email }: Draft, now: Date): Promise<void> {
  if (email === null) return
  const sending_id = newId<string>()
  await insertSending(tx, { id: sending_id, draft_id }, now)
  await addEffects(tx, [{ kind: 'message_offer', cause_id: sending_id, order_id: null }], now)
}

/**
 * Freezes the prices: whoever has the link pays what is shown there until it expires. The same
 * request again changes nothing.
 * @throws not_found, draft_has_changed, draft_is_closed, cart_is_incomplete, out_of_stock
 */
export async function sendDraft(desk: Desk, id: DraftId, request: SendRequest): Promise<void> {
  const { actor, version, expires_at, hold_until } = request
  const now = desk.clock()
  const seen = await readDraftForStaff(desk, id)
  const { snapshot, tax_question } = seen.priced
  // What an engine has answered on one day is no answer on the next.
  const about = { now: tax_question?.at ?? now, tax_quote: snapshot.tax_quote }
  await transaction(desk.db, async (tx) => {
    const claim = { ...request.request, resource_id: id }
    if ((await claimKey(tx, claim, now)) !== null) return
    assertTimes(request, now)
    // Before the draft, as in a checkout. Should it be another customer by now, so is the version.
    const { customer_id } = seen.draft
    if (hold_until !== null && customer_id !== null) await holdCustomers(tx, [customer_id])
    const draft = await lockOpen(tx, id, version)
    await dropHeldOrder(tx, id, { actor, now })
    const priced = await priceDraft(tx, await desk.readBook(tx), draft, about)
    if (priced.missing.length > 0) {
      throw refuse('cart_is_incomplete', { errors: [...priced.missing] })
    }
    const { tax_facts } = priced
    await writeSent(tx, id, { priced: priced.priced, tax_facts, expires_at, now })
    const { total, currency } = priced.priced
    const detail = { total, currency, expires_at, hold_until }
    await tell(tx, { id, kind: 'sent', detail }, { actor, now })
    if (request.tell_buyer) await writeToBuyer(tx, draft, now)
    if (hold_until === null || total === 0n) return
    const cart = { ...priced.snapshot.cart, version: draft.version + 1 }
    const sent = { ...priced, snapshot: { ...priced.snapshot, cart } }
    const wanted: Omit<Wanted, 'payment'> = {
      // Nobody claims this one but who has claimed the other.
      request: { ...request.request, route: `${request.request.route} hold` },
      attempt_id: newId<AttemptId>(),
      capture: 'now',
      origin: 'staff',
      traceparent: handOn(),
      buyer_note: draft.buyer_note,
      hold_until,
      of: { kind: 'cart', cart_id: id as string as CartId, priced: sent, is_draft: true },
    }
    await holdGoods(tx, desk, wanted, now)
  })
}
