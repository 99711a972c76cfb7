// Taking units off an order, or all of it: stock goes back, and so does the money. What a
// provider is doing right now is waited for, never guessed.

import { claimKey, type RequestKey } from '#src/db/idempotency.sql.ts'
import type { Tx } from '#src/db/sql.ts'
import { transaction } from '#src/db/transaction.ts'
import { addEvents } from '#src/events/events.sql.ts'
import {
  type Hold,
  heldItems,
  lockLevels,
  readOpenHolds,
  releaseHolds,
  releaseOrderHolds,
} from '#src/inventory/inventory.sql.ts'
import { releasedStock } from '#src/inventory/stock-changes.ts'
import { soldItem } from '#src/invoices/draft-documents.ts'
import { readLinesToInvoice } from '#src/invoices/invoices.sql.ts'
import { takenOff, type Whole } from '#src/invoices/shares.ts'
import { addEffects, finishEffects, healException } from '#src/jobs/effects.sql.ts'
import { addEntries } from '#src/ledger/ledger.sql.ts'
import { cancelEntry } from '#src/ledger/ledger.ts'
import { fieldError, refuseErrors } from '#src/lib/field-errors.ts'
import { newId, type OrderId, type OrderLineId } from '#src/lib/ids.ts'
import { sum } from '#src/lib/money.ts'
import { refuse } from '#src/lib/refusal.ts'
import { insertChange, readOrderedShipping } from '#src/orders/order-changes.sql.ts'
import {
  lockOrders,
  moveOrders,
  type OrderLineRow,
  readOrderLines,
} from '#src/orders/orders.sql.ts'
import type { OrderRow } from '#src/orders/orders.ts'
import { projectFulfillment, projectPayment } from '#src/orders/projections.sql.ts'
import { dueOf } from '#src/payments/balance.ts'
import { canceledAmounts, effectsOfRefused } from '#src/payments/money-views.sql.ts'
import { readOrderAttempts, readRefundsOf } from '#src/payments/payments.sql.ts'
import { isOpen } from '#src/payments/payments.ts'
import { settleMoney } from '#src/payments/settle-money.ts'
import { releaseUses } from '#src/pricing/promotion-uses.sql.ts'
import { findEarlier } from './checkout.sql.ts'
import type { Desk } from './desk.ts'
import { endPayments } from './end-payments.ts'
import { openUnits, releasesFor } from './open-units.ts'
import { assertNothingKept, settleKept } from './settle-order.ts'
import { trimShipments } from './trim-shipments.ts'

export type CancelRequest = {
  /** Null cancels everything that has not been shipped. */
  readonly lines: readonly { readonly line_id: OrderLineId; readonly quantity: number }[] | null
  readonly reason: string
  readonly actor: string
  /** Whether they may give back what edits have left with the shop. */
  readonly may_refund: boolean
  readonly request: RequestKey
}
type Taken = {
  readonly line: OrderLineRow
  readonly quantity: number
  readonly amount: bigint
  readonly tax: bigint
}

type Line = OrderLineRow & { readonly sold: Whole }

/** The same lines as they stand on documents, so that journal and credit note agree. */
async function readLines(tx: Tx, order_id: OrderId): Promise<Line[]> {
  const lines = await readOrderLines(tx, [order_id])
  const sold = await readLinesToInvoice(tx, [order_id])
  const by_id = new Map(sold.map((line) => [line.id, soldItem(line)]))
  return lines.map((line) => ({ ...line, sold: by_id.get(line.id)! }))
}

/** The share of `quantity` more units: all shares of a line add up to the line. */
function take(line: Line, quantity: number): Taken {
  const { tax, total } = takenOff(line.sold, { canceled: line.canceled, units: quantity })
  return { line, quantity, amount: total, tax }
}

/** Charges for another way of shipping go with the last goods. */
const goodsOf = (lines: readonly Line[]): Line[] => lines.filter(({ kind }) => kind === 'item')

function chooseLines(
  asked: CancelRequest['lines'],
  lines: readonly Line[],
  holds: readonly Hold[],
): Taken[] {
  if (asked === null) {
    const open = goodsOf(lines).map((line) => ({ line, quantity: openUnits(line, holds) }))
    return open.flatMap(({ line, quantity }) => (quantity > 0 ? [take(line, quantity)] : []))
  }
  const goods = goodsOf(lines)
  const unknown = asked.flatMap(({ line_id }, i) => {
    const text = 'There is no such line on the order.'
    const is_there = goods.some(({ id }) => id === line_id)
    return is_there ? [] : [fieldError(`lines.${i}.line_id`, 'unknown', text)]
  })
  refuseErrors(unknown)
  return asked.map(({ line_id, quantity }, i) => {
    const line = goods.find(({ id }) => id === line_id)!
    const open = openUnits(line, holds)
    if (quantity > open) {
      const text = `${open} units of this line can still be canceled.`
      const errors = [fieldError(`lines.${i}.quantity`, 'quantity_not_open', text)]
      throw refuse('quantity_not_open', { errors })
    }
    return take(line, quantity)
  })
}

type Chosen = {
  readonly lines: readonly Line[]
  readonly holds: readonly Hold[]
  readonly goods: readonly Taken[]
  /** Nothing of the order is left. */
  readonly is_whole: boolean
}

/** What is to go of a placed order, with its stock locked. It writes nothing. */
async function chooseGoods(tx: Tx, order: OrderRow, request: CancelRequest): Promise<Chosen> {
  const lines = await readLines(tx, order.id)
  await lockLevels(tx, await heldItems(tx, [order.id]))
  const holds = await readOpenHolds(tx, [order.id])
  const goods = chooseLines(request.lines, lines, holds)
  if (goods.length === 0) throw refuse('quantity_not_open', { order_id: order.id })
  const after = new Map(goods.map(({ line, quantity }) => [line.id, line.canceled + quantity]))
  const is_whole = goodsOf(lines).every(
    (line) => (after.get(line.id) ?? line.canceled) === line.quantity,
  )
  // Of an order that goes whole all the money goes back; else what was kept is another's to give.
  if (!is_whole && !request.may_refund) await assertNothingKept(tx, order)
  return { lines, holds, goods, is_whole }
}

async function cancelPlaced(
  tx: Tx,
  before: OrderRow,
  request: CancelRequest,
  now: Date,
): Promise<void> {
  const order = { ...before, settle_later: false }
  const { lines, holds, goods, is_whole } = await chooseGoods(tx, before, request)
  await settleKept(tx, before, now)
  const charges = is_whole ? lines.filter(({ kind }) => kind === 'shipping') : []
  const taken = [
    ...goods,
    ...charges.flatMap((line) => (line.canceled < line.quantity ? [take(line, 1)] : [])),
  ]
  const { shipping_tax_included, shipping_tax } = order
  const shipping_charge = order.shipping_total + (shipping_tax_included ? 0n : shipping_tax)
  const is_charged = is_whole && !(await readOrderedShipping(tx, order.id)).is_off
  const shipping = is_charged ? { amount: shipping_charge, tax: shipping_tax } : null

  const amount = sum(taken.map((one) => one.amount)) + (shipping?.amount ?? 0n)
  const tax = sum(taken.map((one) => one.tax)) + (shipping?.tax ?? 0n)
  const change_lines = [
    ...taken.map((one) => ({ ...one, order_line_id: one.line.id as OrderLineId | null })),
    ...(shipping ? [{ ...shipping, order_line_id: null, quantity: 1 }] : []),
  ].map(({ order_line_id, quantity, amount: part, tax: part_tax }) => ({
    order_line_id,
    quantity,
    amount: part,
    tax: part_tax,
  }))
  const change_id = newId()
  const { reason, actor } = request
  const { to_refund, given } = await owedBack(tx, order, amount)
  await insertChange(
    tx,
    { id: change_id, order_id: order.id, kind: 'cancel', reason, actor, amount, at: now },
    change_lines,
  )
  const releases = releasesFor(taken, holds)
  const released = await releaseHolds(tx, releases)
  await trimShipments(tx, order.id, { actor, now })
  if (is_whole) {
    await releaseUses(tx, [order.id], now)
    await moveOrders(tx, [order.id], 'cancel', { reason: reason || 'canceled', now })
  }
  const postings = cancelEntry({ amount, tax, to_refund, given })
  await addEntries(
    tx,
    [
      {
        kind: 'cancel',
        order_id: order.id,
        cause_id: change_id,
        legal_entity_id: order.legal_entity_id,
        currency: order.currency,
        party_id: order.customer_id,
        postings,
      },
    ],
    now,
  )
  const state = is_whole ? ('canceled' as const) : order.state
  const allocations = change_lines.filter((line) => line.amount > 0n)
  await settleMoney(
    tx,
    [
      {
        order: { ...order, state },
        cause: { cause_id: change_id, reason: reason || 'canceled', allocations, from: null },
      },
    ],
    now,
  )
  if (is_whole) {
    const effect = { kind: 'message_canceled' as const, cause_id: order.id, order_id: order.id }
    await addEffects(tx, [effect], now)
    await healException(tx, 'order_review', order.id, now)
    await healException(tx, 'difference_unpaid', order.id, now)
    await finishEffects(tx, await effectsOfRefused(tx, order.id), now)
  } else if (order.version > 1) {
    // It may have waited for the money of what is off now.
    await addEffects(tx, [{ kind: 'fulfill', cause_id: change_id, order_id: order.id }], now)
  }
  await projectPayment(tx, [order.id])
  await projectFulfillment(tx, [order.id])
  await addEvents(tx, [
    {
      kind: is_whole ? 'order.canceled' : 'order.partly_canceled',
      subject: 'order',
      subject_id: order.id,
      order_id: order.id,
      actor,
      cause_id: change_id,
      detail: {
        amount,
        currency: order.currency,
        to_refund,
        units: sumUnits(goods),
        stock: releasedStock(released),
      },
      at: now,
    },
  ])
}

const sumUnits = (taken: readonly Taken[]): number =>
  taken.reduce((total, { quantity }) => total + quantity, 0)

/** How much of what is taken off was paid already, and how much was given out of goodwill. */
async function owedBack(tx: Tx, order: OrderRow, amount: bigint) {
  const attempts = await readOrderAttempts(tx, [order.id])
  const refunds = await readRefundsOf(tx, [order.id])
  const canceled = (await canceledAmounts(tx, [order.id])).get(order.id) ?? 0n
  const captured = sum(attempts.map((attempt) => attempt.captured))
  const given_back = sum(refunds.filter((r) => r.state !== 'failed').map((r) => r.amount))
  const after = dueOf(order, canceled + amount, refunds)
  const less = dueOf(order, canceled, refunds) - after
  const excess = captured - given_back - after
  const to_refund = excess < 0n ? 0n : excess < less ? excess : less
  return { to_refund, given: amount - less }
}

/** The order must be locked and pending, with no payment under way. */
export async function cancelPending(
  tx: Tx,
  order: OrderRow,
  { reason, actor, now }: { readonly reason: string; readonly actor: string; readonly now: Date },
): Promise<void> {
  await lockLevels(tx, await heldItems(tx, [order.id]))
  const released = await releaseOrderHolds(tx, [order.id])
  await releaseUses(tx, [order.id], now)
  await moveOrders(tx, [order.id], 'cancel', { reason, now })
  await projectPayment(tx, [order.id])
  await projectFulfillment(tx, [order.id])
  await addEvents(tx, [
    {
      kind: reason === 'expired' ? 'order.expired' : 'order.canceled',
      subject: 'order',
      subject_id: order.id,
      order_id: order.id,
      actor,
      // What staff give as a reason stands with the order: events outlive the person.
      detail: { stock: releasedStock(released) },
      at: now,
    },
  ])
}

function refuseTwice(asked: NonNullable<CancelRequest['lines']>): void {
  const errors = asked.flatMap(({ line_id }, i) =>
    asked.findIndex((one) => one.line_id === line_id) === i
      ? []
      : [fieldError(`lines.${i}.line_id`, 'twice', 'This line stands there already.')],
  )
  refuseErrors(errors)
}

const cannotCancel = ({ id, state }: OrderRow) =>
  refuse('order_cannot_move', { order_id: id, state, move: 'cancel' })

/** An order that is not placed yet has no part that could stay: its hold is given up whole. */
function refusePart({ id, state }: OrderRow, lines: CancelRequest['lines']): void {
  if (state !== 'pending' || lines === null) return
  const reason = 'It is not placed yet, and can only be canceled whole.'
  throw refuse('order_cannot_move', { order_id: id, state, move: 'cancel', reason })
}

/**
 * All that can be refused is refused before a payment is ended: a buyer who is paying is not
 * disturbed by it. False when this request was carried out before.
 */
async function mayCancel(tx: Tx, order_id: OrderId, asked: CancelRequest): Promise<boolean> {
  const { lines, request } = asked
  if (lines !== null) refuseTwice(lines)
  // Who sends the same twice at once waits here for the first, and finds what that has done.
  const [order] = await lockOrders(tx, [order_id])
  const [earlier] = await findEarlier(tx, [request])
  if (earlier?.request_hash.equals(request.request_hash)) return false
  if (earlier) throw refuse('idempotency_key_reused')
  if (!order) throw refuse('not_found', { order_id })
  refusePart(order, lines)
  if (order.state === 'placed') await chooseGoods(tx, order, asked)
  else if (order.state !== 'pending') throw cannotCancel(order)
  return true
}

/**
 * Cancels an order whole or in part; the same request again changes nothing.
 * @throws not_found, invalid_input, order_cannot_move, quantity_not_open, payment_in_progress,
 * permission_missing
 */
export async function cancelOrder(
  desk: Desk,
  order_id: OrderId,
  request: CancelRequest,
): Promise<void> {
  if (!(await transaction(desk.db, (tx) => mayCancel(tx, order_id, request)))) return
  if (!(await endPayments(desk, order_id))) throw refuse('payment_in_progress', { order_id })
  await transaction(desk.db, async (tx) => {
    const now = desk.clock()
    const claim = { ...request.request, resource_id: newId() }
    if ((await claimKey(tx, claim, now)) !== null) return
    const [order] = await lockOrders(tx, [order_id])
    if (!order) throw refuse('not_found', { order_id })
    refusePart(order, request.lines)
    if (order.state === 'pending') {
      const attempts = await readOrderAttempts(tx, [order_id])
      if (attempts.some(({ state }) => isOpen(state)))
        throw refuse('payment_in_progress', { order_id })
      await cancelPending(tx, order, {
        reason: request.reason || 'canceled',
        actor: request.actor,
        now,
      })
    } else if (order.state === 'placed') {
      await cancelPlaced(tx, order, request, now)
    } else {
      throw cannotCancel(order)
    }
  })
}
