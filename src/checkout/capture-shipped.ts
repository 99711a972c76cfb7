// Where money is taken at shipment: each parcel captures its share, the last one what is left.
// A provider that captures only once takes all of it with the first parcel.
import type { Tx } from '#src/db/sql.ts'
import { addEffects } from '#src/jobs/effects.sql.ts'
import { type CaptureId, newId } from '#src/lib/ids.ts'
import { share, sum } from '#src/lib/money.ts'
import { lockOrders, readOrderLines } from '#src/orders/orders.sql.ts'
import type { OrderRow } from '#src/orders/orders.ts'
import { counts, dueOf } from '#src/payments/balance.ts'
import { canceledAmounts } from '#src/payments/money-views.sql.ts'
import {
  type Capture,
  insertCaptures,
  readCapturesOf,
  readOrderAttempts,
  readRefundsOf,
} from '#src/payments/payments.sql.ts'
import type { Attempt } from '#src/payments/payments.ts'
import type { PaymentProvider } from '#src/ports/payment-provider.ts'
import type { Shipment } from '#src/shipping/shipments.ts'
import { readShipmentLines, readShipments } from '#src/shipping/shipping.sql.ts'

export type Capturing = {
  readonly payments: ReadonlyMap<string, PaymentProvider>
  readonly now: Date
}

/** The order must be locked. Does nothing when the money was taken at placement. */
export async function captureShipped(
  tx: Tx,
  shipment: Shipment,
  { payments, now }: Capturing,
): Promise<void> {
  const { order_id } = shipment
  const [order] = await lockOrders(tx, [order_id])
  const waiting = await readWaiting(tx, order!)
  if (waiting === null) return
  const { attempt, left } = waiting
  const parcels = await readShipments(tx, [order_id])
  const others_go_later = parcels.some(
    ({ id, state }) => id !== shipment.id && (state === 'waiting' || state === 'labeled'),
  )
  const in_parts = payments.get(attempt.provider)?.capabilities.several_captures === true
  const is_last = !in_parts || !others_go_later
  const part = is_last ? left : await shareOf(tx, shipment)
  const amount = part < left ? part : left
  if (amount > 0n) await askForCapture(tx, attempt, { amount, final: is_last }, now)
}

/** The payment that is reserved until goods leave, and what of it is still to be taken. */
async function readWaiting(
  tx: Tx,
  order: OrderRow,
): Promise<{ readonly attempt: Attempt; readonly left: bigint } | null> {
  const attempts = await readOrderAttempts(tx, [order.id])
  const attempt = attempts.find((a) => a.state === 'authorized' || a.state === 'captured')
  if (attempt?.capture_mode !== 'later') return null
  const captures = (await readCapturesOf(tx, [order.id])).filter((c) => c.state !== 'failed')
  const taken = (some: readonly Capture[]): bigint => sum(some.map((c) => c.amount))
  const canceled = (await canceledAmounts(tx, [order.id])).get(order.id) ?? 0n
  const refunds = await readRefundsOf(tx, [order.id])
  const given_back = sum(refunds.filter(counts).map(({ amount }) => amount))
  const owed = dueOf(order, canceled, refunds) - (taken(captures) - given_back)
  // What an edit has added beyond it is paid by itself.
  const reserved =
    attempt.authorized - taken(captures.filter(({ attempt_id }) => attempt_id === attempt.id))
  const left = owed < reserved ? owed : reserved
  return left > 0n ? { attempt, left } : null
}

async function askForCapture(
  tx: Tx,
  { id: attempt_id, order_id, currency }: Attempt,
  { amount, final }: { readonly amount: bigint; readonly final: boolean },
  now: Date,
): Promise<void> {
  const id = newId<CaptureId>()
  const capture = { id, attempt_id, order_id, state: 'requested' as const, currency, amount, final }
  await insertCaptures(tx, [{ ...capture, reference: null, fee: null }], now)
  await addEffects(tx, [{ kind: 'capture', cause_id: id, order_id }], now)
}

/** For an order of which nothing goes out in a parcel: all of its money. It must be locked. */
export async function captureWithoutParcel(tx: Tx, order: OrderRow, now: Date): Promise<void> {
  const waiting = await readWaiting(tx, order)
  if (waiting === null) return
  await askForCapture(tx, waiting.attempt, { amount: waiting.left, final: true }, now)
}

/** What the units in this parcel cost, without shipping: that goes with the last parcel. */
async function shareOf(tx: Tx, shipment: Shipment): Promise<bigint> {
  const lines = await readOrderLines(tx, [shipment.order_id])
  const in_parcel = await readShipmentLines(tx, [shipment.id])
  const amounts = lines.map((line) => {
    const units = in_parcel
      .filter(({ order_line_id }) => order_line_id === line.id)
      .reduce((total, { quantity }) => total + quantity, 0)
    const all = line.quantity * line.items.reduce((total, item) => total + item.quantity, 0)
    return units === 0 ? 0n : share(line.total, BigInt(units), BigInt(all))
  })
  return sum(amounts)
}
