// Staff change an order after it was placed: goods, prices, shipping, address. Stock is held or
// given back, money is settled and parcels are planned anew in one transaction.

import { isDeepStrictEqual } from 'node:util'
import { channelOf, type ShopBook } from '#src/carts/shop-book.ts'
import { claimKey, type RequestKey } from '#src/db/idempotency.sql.ts'
import type { Tx } from '#src/db/sql.ts'
import { transaction } from '#src/db/transaction.ts'
import { repointEntitlements } from '#src/downloads/repoint.sql.ts'
import { addEvents } from '#src/events/events.sql.ts'
import { allocate, type Demand, readSellable, sellerOf } from '#src/inventory/allocate.ts'
import { addHolds, type HoldMove, moveHolds } from '#src/inventory/change-holds.sql.ts'
import {
  type Hold,
  heldItems,
  lockLevels,
  readOpenHolds,
  releaseHolds,
} from '#src/inventory/inventory.sql.ts'
import { heldStock, releasedStock, type StockChange } from '#src/inventory/stock-changes.ts'
import { addEffects, openException } from '#src/jobs/effects.sql.ts'
import { addEntries } from '#src/ledger/ledger.sql.ts'
import { editEntry } from '#src/ledger/ledger.ts'
import { plusMs } from '#src/lib/clock.ts'
import { type ChangeId, newId, type OrderId, type OrderLineId } from '#src/lib/ids.ts'
import { sum } from '#src/lib/money.ts'
import { type Refusal, refuse } from '#src/lib/refusal.ts'
import {
  type AddedLine,
  insertAddedLines,
  insertChange,
  keepRefund,
  writeShippingOption,
  writeTaxFacts,
} from '#src/orders/order-changes.sql.ts'
import { writeOrderContact } from '#src/orders/order-contacts.sql.ts'
import { lockOrders, readOrders } from '#src/orders/orders.sql.ts'
import type { ItemOf, OrderRow } from '#src/orders/orders.ts'
import { projectFulfillment, projectPayment } from '#src/orders/projections.sql.ts'
import { type Balance, inFlight } from '#src/payments/balance.ts'
import { readCapturesOf, readOrderAttempts } from '#src/payments/payments.sql.ts'
import { isOpen } from '#src/payments/payments.ts'
import { readBalance } from '#src/payments/read-balances.ts'
import { settleMoney } from '#src/payments/settle-money.ts'
import { repointLines } from '#src/shipping/repoint.sql.ts'
import { hasPrintedParcel } from '#src/shipping/shipping.sql.ts'
import { findEarlier } from './checkout.sql.ts'
import type { Desk } from './desk.ts'
import { readEditFacts } from './edit-facts.ts'
import { followUpsOf } from './edit-follow-ups.ts'
import { type EditAsked, type EditFacts, type EditPlan, quantityOf } from './edits.ts'
import { endPayments } from './end-payments.ts'
import { releasesFor } from './open-units.ts'
import { planEdit } from './plan-edit.ts'
import { unplanShipments } from './replan-shipments.ts'
import { endKeeping } from './settle-order.ts'
import { trimShipments } from './trim-shipments.ts'

export type EditRequest = EditAsked & {
  /** Of the order as it was seen. */
  readonly version: number
  readonly reason: string
  /**
   * What is paid too much goes back at once, after a while in which the edit can be taken back, or
   * when staff settle it.
   */
  readonly settle: 'now' | 'soon' | 'later'
  readonly actor: string
  /** Whether they may give money back: an edit for less to pay may do so at once. */
  readonly may_refund: boolean
  /** Whether they are sent a mail with the link, where there is more to pay. */
  readonly tell_buyer: boolean
}
export type EditResult = {
  readonly change_id: ChangeId
  readonly plan: EditPlan
  readonly before: Balance
  readonly after: Balance
}

type Editing = {
  readonly order: OrderRow
  readonly facts: EditFacts
  readonly plan: EditPlan
  readonly request: EditRequest
  readonly book: ShopBook
  readonly change_id: ChangeId
  readonly undo_ms: number
  readonly now: Date
}

const outOfStock = (
  { facts, plan }: Editing,
  scarce: readonly { stock_item_id: string; wanted: number; available: number }[],
): Refusal => {
  const items = [...facts.lines, ...plan.added].flatMap((line) => {
    const parts = line.items.flatMap((item) => {
      const found = scarce.find(({ stock_item_id }) => stock_item_id === item.stock_item_id)
      return found ? [Math.floor(found.available / item.quantity)] : []
    })
    const wanted = plan.wanted.find(({ line_id }) => line_id === line.id)
    if (parts.length === 0 || wanted === undefined) return []
    const { units, field } = wanted
    const { sku, title } = line
    return [{ field: quantityOf(field), sku, title, wanted: units, available: Math.min(...parts) }]
  })
  const errors = items.map(({ field, title, available }) => ({
    field,
    code: 'out_of_stock',
    message: available === 0 ? `${title} is sold out.` : `Only ${available} more left: ${title}.`,
  }))
  return refuse('out_of_stock', { errors, items })
}

/** Units of a line that stay held, for another line: which holds give them. */
function movesFor({ facts, plan }: Editing, holds: readonly Hold[]): HoldMove[] {
  return plan.moved.flatMap(({ from, to, units }) => {
    const line = facts.lines.find(({ id }) => id === from)!
    const taken = releasesFor([{ line, quantity: units }], holds)
    return taken.map(({ hold_id, quantity }) => ({ hold_id, line_id: to, quantity }))
  })
}

function demandsOf({ order, facts, plan }: Editing): Demand[] {
  const items = new Map<OrderLineId, readonly ItemOf[]>(
    [...facts.lines, ...plan.added].map((line) => [line.id, line.items]),
  )
  return plan.wanted.flatMap(({ line_id, units }) =>
    items.get(line_id)!.map(({ stock_item_id, quantity }) => ({
      order_id: order.id,
      order_line_id: line_id,
      stock_item_id,
      quantity: quantity * units,
    })),
  )
}

/** Gives back, moves and holds anew. The lines are written already. @throws out_of_stock */
async function changeStock(tx: Tx, editing: Editing): Promise<StockChange[]> {
  const { order, facts, plan, request, book, now } = editing
  const demands = demandsOf(editing)
  const items = new Set([
    ...(await heldItems(tx, [order.id])),
    ...demands.map(({ stock_item_id }) => stock_item_id),
  ])
  await lockLevels(tx, [...items])
  const released = await releaseHolds(
    tx,
    releasesFor(
      plan.released.map(({ line_id, units }) => ({
        line: facts.lines.find(({ id }) => id === line_id)!,
        quantity: units,
      })),
      await readOpenHolds(tx, [order.id]),
    ),
  )
  await trimShipments(tx, order.id, { actor: request.actor, now })
  await moveHolds(tx, movesFor(editing, await readOpenHolds(tx, [order.id])), now)
  await repointLines(tx, order.id, plan.moved)
  if (demands.length === 0) return releasedStock(released)
  const levels = await lockLevels(tx, [...items])
  const channel = channelOf(book, order.channel_id)
  const decision = allocate(demands, sellerOf(channel, levels), readSellable(levels))
  if (decision.kind === 'short') throw outOfStock(editing, decision.items)
  await addHolds(tx, decision.allocations, now)
  return [...releasedStock(released), ...heldStock(decision.allocations)]
}

async function bookEdit(
  tx: Tx,
  editing: Editing,
  { to_refund, given }: { readonly to_refund: bigint; readonly given: bigint },
): Promise<void> {
  const { order, plan, change_id, now } = editing
  const off = {
    amount: sum(plan.off.map(({ amount }) => amount)),
    tax: sum(plan.off.map(({ tax }) => tax)),
  }
  const net = (line: AddedLine): bigint => line.subtotal - (line.tax_included ? line.tax : 0n)
  const of = (kind: AddedLine['kind']) => plan.added.filter((line) => line.kind === kind)
  const added = {
    goods: sum(of('item').map(net)),
    discount: sum(plan.added.map(({ discount }) => discount)),
    shipping: sum(of('shipping').map(net)),
    tax: sum(plan.added.map(({ tax }) => tax)),
  }
  const entry = {
    kind: 'edit',
    order_id: order.id,
    cause_id: change_id,
    legal_entity_id: order.legal_entity_id,
    currency: order.currency,
    party_id: order.customer_id,
    postings: editEntry({ off, added, to_refund, given }),
  }
  await addEntries(tx, [entry], now)
}

/** What was taken, or is just being taken, beyond what is due. */
async function readExcess(tx: Tx, order: OrderRow, { due, paid }: Balance): Promise<bigint> {
  const captures = await readCapturesOf(tx, [order.id])
  return paid + sum(captures.filter(inFlight).map(({ amount }) => amount)) - due
}

/** What is too much goes back, unless it is kept; what is missing waits for the buyer. */
async function settleEdit(tx: Tx, editing: Editing, before: Balance): Promise<Balance> {
  const { order, plan, request, change_id, now } = editing
  const after = await readBalance(tx, order)
  const excess = await readExcess(tx, order, after)
  if (excess > 0n && !request.may_refund && request.settle !== 'later') {
    throw refuse('permission_missing', { permission: 'payments:write' })
  }
  const settle_later = request.settle !== 'now' && excess > 0n
  // What is only being taken goes back when it has come, and is booked then.
  const to_refund = settle_later ? 0n : after.to_refund
  const until = request.settle === 'soon' ? plusMs(now, editing.undo_ms) : null
  if (settle_later) await keepRefund(tx, order.id, { amount: excess, until })
  else await endKeeping(tx, order.id, now)
  const given = plan.amount - (before.due - after.due)
  await bookEdit(tx, editing, { to_refund, given })
  const allocations = plan.off.filter(({ amount }) => amount > 0n)
  const cause = { cause_id: change_id, reason: request.reason || 'changed', from: null }
  await settleMoney(
    tx,
    [{ order: { ...order, settle_later }, cause: { ...cause, allocations } }],
    now,
  )
  return after
}

/** What taxes rest on from now on; a person is told where an engine was to be asked. */
async function writeTax(tx: Tx, { order, facts, plan, change_id, now }: Editing): Promise<void> {
  const { id: order_id } = order
  const { tax_facts, tax_fallback } = plan
  if (!isDeepStrictEqual(tax_facts, facts.tax_facts)) {
    await writeTaxFacts(tx, { id: change_id, order_id }, tax_facts)
  }
  if (tax_fallback === null) return
  const message = `Taxed by own rates instead of ${tax_fallback}: the order was edited`
  await openException(tx, { kind: 'tax_fallback', cause_id: change_id, order_id, message }, now)
}

async function tellEdit(tx: Tx, editing: Editing, told: object): Promise<void> {
  const { order, plan, request, change_id, now } = editing
  const units = (some: readonly { readonly units: number }[]): number =>
    some.reduce((total, one) => total + one.units, 0)
  const { contact_fields: fields, released, wanted } = plan
  await addEvents(tx, [
    {
      kind: 'order.edited',
      subject: 'order',
      subject_id: order.id,
      order_id: order.id,
      actor: request.actor,
      cause_id: change_id,
      detail: {
        // What it adds to what is owed.
        difference: -plan.amount,
        currency: order.currency,
        units: { off: units(released), added: units(wanted) },
        ...(fields.length > 0 ? { fields } : {}),
        ...told,
      },
      at: now,
    },
  ])
}

async function carryOut(tx: Tx, editing: Editing, before: Balance): Promise<Balance> {
  const { order, facts, plan, request, change_id, now } = editing
  const { id: order_id } = order
  const { reason, actor } = request
  const change = { id: change_id, order_id, kind: 'edit' as const, reason, actor, at: now }
  await insertChange(tx, { ...change, amount: plan.amount }, plan.off)
  await insertAddedLines(tx, plan.added)
  await repointEntitlements(tx, plan.moved)
  const stock = await changeStock(tx, editing)
  if (plan.contact_fields.length > 0) await writeOrderContact(tx, order_id, plan.contact)
  const is_other_way = plan.shipping_option_id !== facts.shipping.option_id
  if (is_other_way) await writeShippingOption(tx, order_id, plan.shipping_option_id!)
  const is_moved = plan.contact_fields.includes('shipping_address')
  await writeTax(tx, editing)
  if (is_other_way || is_moved || plan.wanted.length > 0) {
    await unplanShipments(tx, order_id, { actor, now })
  }
  const after = await settleEdit(tx, editing, before)
  const { tell_buyer } = request
  await addEffects(tx, followUpsOf({ order_id, change_id }, plan, { after, tell_buyer }), now)
  await projectPayment(tx, [order_id])
  await projectFulfillment(tx, [order_id])
  const { to_collect, to_refund } = after
  await tellEdit(tx, editing, { to_collect, to_refund, settle: request.settle, stock })
  return after
}

function assertEditable({ id, state, version }: OrderRow, request: EditRequest): void {
  if (state !== 'placed') throw refuse('order_cannot_move', { order_id: id, state, move: 'edit' })
  if (version !== request.version) throw refuse('order_has_changed', { version })
}

const isPaying = async (tx: Tx, order_id: OrderId): Promise<boolean> =>
  (await readOrderAttempts(tx, [order_id])).some(({ state }) => isOpen(state))

/**
 * The order must be locked, and no payment of it be open unless all of it is taken back.
 * @throws order_has_changed, order_cannot_move
 */
async function editLocked(
  tx: Tx,
  desk: Desk,
  order: OrderRow,
  request: EditRequest,
  change_id: ChangeId,
): Promise<EditResult> {
  const now = desk.clock()
  const { id: order_id } = order
  assertEditable(order, request)
  const book = await desk.readBook(tx)
  const facts = await readEditFacts(tx, order, request, { book, now })
  const plan = planEdit(facts, request, { book, change_id, now })
  const is_moved = plan.contact_fields.includes('shipping_address')
  if (is_moved && (await hasPrintedParcel(tx, order_id))) {
    throw refuse('address_is_printed', { order_id })
  }
  const before = await readBalance(tx, order)
  const { undo_ms } = desk.timings
  const editing = { order, facts, plan, request, book, change_id, undo_ms, now }
  return { change_id, plan, before, after: await carryOut(tx, editing, before) }
}

/** Thrown to take back what was tried. */
class TakenBack extends Error {
  readonly result: EditResult
  constructor(result: EditResult) {
    super('taken back')
    this.result = result
  }
}

/**
 * The edit itself, taken back: what it shows is what happens. A payment under way would be ended
 * by the edit, so it is in nobody's way here. Throws as `editOrder` does.
 */
export async function previewEdit(
  desk: Desk,
  order_id: OrderId,
  request: EditRequest,
): Promise<EditResult> {
  try {
    return await transaction(desk.db, async (tx) => {
      const [order] = await lockOrders(tx, [order_id])
      if (!order) throw refuse('not_found', { order_id })
      throw new TakenBack(await editLocked(tx, desk, order, request, newId<ChangeId>()))
    })
  } catch (error) {
    if (error instanceof TakenBack) return error.result
    throw error
  }
}

/**
 * A payment of an earlier difference that is under way is ended first: the buyer is asked for
 * what is missing then. The same request again changes nothing.
 * @throws not_found, order_has_changed, order_cannot_move, payment_in_progress, invalid_input,
 * nothing_to_change, address_is_printed, out_of_stock, permission_missing
 */
export async function editOrder(
  desk: Desk,
  order_id: OrderId,
  request: EditRequest,
  key: RequestKey,
): Promise<void> {
  const is_paying = await transaction(desk.db, async (tx) => {
    // The order first: whatever the same request has changed by then, its key tells after that.
    const [order] = await readOrders(tx, [order_id])
    if ((await findEarlier(tx, [key])).length > 0) return false
    if (!order) throw refuse('not_found', { order_id })
    assertEditable(order, request)
    return isPaying(tx, order_id)
  })
  if (is_paying) {
    // What is refused anyway disturbs no buyer who is paying.
    await previewEdit(desk, order_id, request)
    if (!(await endPayments(desk, order_id))) throw refuse('payment_in_progress', { order_id })
  }
  await transaction(desk.db, async (tx) => {
    const change_id = newId<ChangeId>()
    if ((await claimKey(tx, { ...key, resource_id: change_id }, desk.clock())) !== null) return
    const [order] = await lockOrders(tx, [order_id])
    if (!order) throw refuse('not_found', { order_id })
    if (await isPaying(tx, order_id)) throw refuse('payment_in_progress', { order_id })
    await editLocked(tx, desk, order, request, change_id)
  })
}
