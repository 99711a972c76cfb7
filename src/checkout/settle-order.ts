// Staff settle what edits have left open: what the buyer has paid too much goes back.
import { claimKey, type RequestKey } from '#src/db/idempotency.sql.ts'
import type { Tx } from '#src/db/sql.ts'
import { transaction } from '#src/db/transaction.ts'
import { addEvents } from '#src/events/events.sql.ts'
import { healException, openException } from '#src/jobs/effects.sql.ts'
import { addEntries } from '#src/ledger/ledger.sql.ts'
import { settleEntry } from '#src/ledger/ledger.ts'
import { plusMs } from '#src/lib/clock.ts'
import { newId, type OrderId } from '#src/lib/ids.ts'
import { isWithoutDatabase, refuse } from '#src/lib/refusal.ts'
import {
  dueKept,
  keepNothing,
  keptAmounts,
  keptUntil,
  lastEdit,
  putOffKept,
} from '#src/orders/order-changes.sql.ts'
import { lockOrders } from '#src/orders/orders.sql.ts'
import type { OrderRow } from '#src/orders/orders.ts'
import { projectPayment } from '#src/orders/projections.sql.ts'
import { readBalance } from '#src/payments/read-balances.ts'
import { settleMoney } from '#src/payments/settle-money.ts'
import type { Desk } from './desk.ts'

const batch_max = 50
/** Of an exception: what an edit has left could not be given back by itself. */
const unsettled = 'edit_unsettled'
const try_again_ms = 10 * 60_000

type SettleRequest = { readonly actor: string; readonly request: RequestKey }

/** Nothing is kept of the buyer any more. The order must be locked. */
export async function endKeeping(tx: Tx, order_id: OrderId, now: Date): Promise<void> {
  await keepNothing(tx, order_id)
  await healException(tx, unsettled, order_id, now)
}

/**
 * What the buyer has paid too much, and was kept so far, goes back. The order must be locked.
 * Gives how much that is.
 */
export async function settleKept(tx: Tx, order: OrderRow, now: Date): Promise<bigint> {
  const { id: order_id, currency, legal_entity_id, customer_id: party_id } = order
  const kept = (await keptAmounts(tx, [order_id])).get(order_id)
  await endKeeping(tx, order_id, now)
  if (!order.settle_later) return 0n
  const { to_refund } = await readBalance(tx, order)
  // What lies there besides was booked when it came, and could not be given back.
  const amount = kept === undefined || to_refund < kept ? to_refund : kept
  if (amount === 0n) return 0n
  const cause_id = (await lastEdit(tx, order_id)).id
  const entry = { order_id, cause_id, legal_entity_id, currency, party_id }
  await addEntries(tx, [{ ...entry, kind: 'settle', postings: settleEntry(amount) }], now)
  const cause = { cause_id, reason: 'changed', allocations: [], from: null }
  await settleMoney(tx, [{ order: { ...order, settle_later: false }, cause }], now)
  return amount
}

/**
 * What goes back by itself was decided on by somebody who may.
 * @throws permission_missing
 */
export async function assertNothingKept(tx: Tx, order: OrderRow): Promise<void> {
  if (!order.settle_later) return
  // Also what is only being taken, and is no refund yet.
  const kept = (await keptAmounts(tx, [order.id])).get(order.id)
  if (kept === undefined && (await readBalance(tx, order)).to_refund === 0n) return
  if ((await keptUntil(tx, order.id)) !== null) return
  throw refuse('permission_missing', { permission: 'payments:write' })
}

/** With nothing to give back it changes nothing. @throws not_found */
export async function settleOrder(
  desk: Desk,
  order_id: OrderId,
  { actor, request }: SettleRequest,
): Promise<void> {
  await transaction(desk.db, async (tx) => {
    const now = desk.clock()
    const claim = { ...request, resource_id: newId() }
    if ((await claimKey(tx, claim, now)) !== null) return
    const [order] = await lockOrders(tx, [order_id])
    if (!order) throw refuse('not_found', { order_id })
    await settle(tx, order, { actor, now })
  })
}

async function settle(
  tx: Tx,
  order: OrderRow,
  { actor, now }: { readonly actor: string; readonly now: Date },
): Promise<void> {
  const { id: order_id, currency } = order
  const amount = await settleKept(tx, order, now)
  if (amount === 0n) return
  await projectPayment(tx, [order_id])
  await addEvents(tx, [
    {
      kind: 'order.settled',
      subject: 'order',
      subject_id: order_id,
      order_id,
      actor,
      detail: { amount, currency },
      at: now,
    },
  ])
}

const settleOne = ({ db, clock }: Desk, order_id: OrderId): Promise<void> =>
  transaction(db, async (tx) => {
    const now = clock()
    const [order] = await lockOrders(tx, [order_id])
    const until = await keptUntil(tx, order_id)
    // Edited again since it was found, or settled by somebody else.
    if (!order || until === null || until > now) return
    await settle(tx, order, { actor: 'system', now })
  })

/** A person is told. It makes room for the others, and is tried again after them. */
const putOff = ({ db, clock }: Desk, order_id: OrderId): Promise<void> =>
  transaction(db, async (tx) => {
    const now = clock()
    await putOffKept(tx, order_id, plusMs(now, try_again_ms))
    const message = 'What an edit has left too much could not be given back. See the log.'
    await openException(tx, { kind: unsettled, cause_id: order_id, order_id, message }, now)
  })

/**
 * Gives back what was kept for as long as its edit could be taken back. In every worker. One that
 * fails keeps no other from its money; the first trouble is thrown when all were tried.
 */
export async function settleDue(desk: Desk): Promise<void> {
  const due = await transaction(desk.db, (tx) => dueKept(tx, desk.clock(), batch_max))
  const troubles: unknown[] = []
  for (const { order_id } of due) {
    try {
      await settleOne(desk, order_id)
    } catch (error) {
      if (isWithoutDatabase(error)) throw error
      troubles.push(error)
      await putOff(desk, order_id)
    }
  }
  if (troubles.length > 0) throw troubles[0]
}
