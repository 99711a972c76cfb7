// The only place where a stored payment changes. The checkout's own answer, the webhook and the
// lookup all end here, in any order and any number of times. It never refuses: what the provider
// says has happened, and must be on record.
import { type Tx, together } from '#src/db/sql.ts'
import { healException, openException } from '#src/jobs/effects.sql.ts'
import type { AttemptId, ChannelId, OrderId } from '#src/lib/ids.ts'
import { tell } from '#src/lib/trace.ts'
import { noFollowUps, writeFollowUps } from '#src/orders/follow-ups.ts'
import { writePlaced } from '#src/orders/orders.sql.ts'
import type { OrderRow, PaymentState } from '#src/orders/orders.ts'
import { followPlacing, type LegalEntities, numberOrders } from '#src/orders/place-orders.ts'
import { projectPayment } from '#src/orders/projections.sql.ts'
import { reviveHolds } from '#src/orders/revive-holds.ts'
import type { Channel } from '#src/shop/shop.ts'
import {
  type Capture,
  insertCaptures,
  lockAttempts,
  lockOrdersOfAttempts,
  readCapturesOf,
  settleCaptures,
  writeAttempts,
} from './payments.sql.ts'
import { type Attempt, isOpen } from './payments.ts'
import { readBalances } from './read-balances.ts'
import { settleMoney } from './settle-money.ts'
import {
  type Anomaly,
  askedBefore,
  attemptsAfter,
  decideSteps,
  followSteps,
  isMoney,
  isOwed,
  mayPlace,
  paysDifference,
  type Report,
  type Step,
  type Stepped,
  takeMoney,
  type Waits,
  wantedCaptures,
} from './steps.ts'

export type Recording = Waits & {
  readonly entities: LegalEntities
  readonly channels: ReadonlyMap<ChannelId, Channel>
}

/** What a person must look at: the provider and we do not speak of the same money. */
export async function noteAnomalies(
  tx: Tx,
  anomalies: readonly Anomaly[],
  now: Date,
): Promise<void> {
  for (const { attempt, message } of anomalies) {
    const { id: cause_id, order_id } = attempt
    await openException(tx, { kind: 'payment_anomaly', cause_id, order_id, message }, now)
  }
}

const orderIds = (steps: readonly Step[]): OrderId[] => [
  ...new Set(steps.map(({ after }) => after.order_id)),
]

async function capturesAskedFor(tx: Tx, steps: readonly Step[]): Promise<Capture[]> {
  const asked = askedBefore(steps)
  return asked.length === 0 ? [] : readCapturesOf(tx, orderIds(asked))
}

/** Which orders can be placed now: the pending ones, and expired ones whose goods are left. */
async function decidePlacing(
  tx: Tx,
  orders: ReadonlyMap<OrderId, OrderRow>,
  steps: readonly Step[],
  { channels, now }: Recording,
): Promise<Map<OrderId, Step>> {
  const placing = new Map<OrderId, Step>()
  const late: OrderRow[] = []
  for (const step of steps.filter(mayPlace)) {
    const order = orders.get(step.after.order_id)!
    if (order.state === 'pending' || placing.has(order.id)) placing.set(order.id, step)
    else if (order.state === 'canceled' && order.cancel_reason === 'expired') late.push(order)
  }
  for (const order of late) {
    const channel = channels.get(order.channel_id)!
    if (!(await reviveHolds(tx, order, channel, now))) continue
    placing.set(order.id, steps.findLast((s) => s.after.order_id === order.id && mayPlace(s))!)
  }
  return placing
}

/** What an order that this step places has been paid. */
export const paidBy = ({ after }: Step): PaymentState =>
  after.state === 'captured' ? 'captured' : 'authorized'

/** Read before the steps are written, and only when a difference was paid. */
async function readToCollect(
  tx: Tx,
  orders: ReadonlyMap<OrderId, OrderRow>,
  differences: readonly Step[],
): Promise<ReadonlyMap<OrderId, bigint>> {
  if (differences.length === 0) return new Map()
  const balances = await readBalances(
    tx,
    orderIds(differences).map((id) => orders.get(id)!),
  )
  return new Map([...balances].map(([id, balance]) => [id, balance.to_collect]))
}

const isStillOwed =
  (to_collect: ReadonlyMap<OrderId, bigint>) =>
  ({ after }: Step): boolean =>
    after.amount <= (to_collect.get(after.order_id) ?? 0n)

export async function recordOutcomes(
  tx: Tx,
  reports: readonly Report[],
  recording: Recording,
): Promise<Map<AttemptId, Attempt>> {
  const { now, entities } = recording
  const ids = [...new Set(reports.map(({ attempt_id }) => attempt_id))]
  const [locked_orders, locked] = await together(
    lockOrdersOfAttempts(tx, ids),
    lockAttempts(tx, ids),
  )
  const orders = new Map(locked_orders.map((order) => [order.id, order]))
  const attempts = new Map(locked.map((attempt) => [attempt.id, attempt]))
  const { steps, anomalies } = decideSteps(reports, attempts)
  await noteAnomalies(tx, anomalies, now)
  if (steps.length === 0) return attempts

  const placing = await decidePlacing(tx, orders, steps, recording)
  const { taken, settled, added } = takeMoney(steps, await capturesAskedFor(tx, steps))
  const differences = steps.filter(paysDifference)
  const to_collect = await readToCollect(tx, orders, differences)
  const wanted = wantedCaptures([
    ...placing.values(),
    ...differences.filter(isStillOwed(to_collect)),
  ])
  const placed = [...placing.keys()].map((id) => orders.get(id)!)
  const numbers = await numberOrders(tx, placed, entities, now)
  const follow = noFollowUps()
  const stepped = { steps, taken, wanted, orders, placing, to_collect }
  followSteps(follow, stepped, now)
  for (const { after: paid } of differences) {
    // What was added waits for its money before it is sent.
    follow.effects.push({ kind: 'fulfill', cause_id: paid.id, order_id: paid.order_id })
  }
  for (const order of placed) {
    const cause_id = placing.get(order.id)!.after.id
    followPlacing(follow, { order, number: numbers.get(order.id)!, cause_id }, now)
  }
  const newly = placed.map(({ id }) => ({
    id,
    number: numbers.get(id)!,
    payment_state: paidBy(placing.get(id)!),
  }))
  const after = attemptsAfter(steps, recording)
  await together(
    writeAttempts(tx, [...after.values()], now),
    settleCaptures(tx, settled, now),
    insertCaptures(tx, [...added, ...wanted], now),
    writePlaced(tx, newly, now),
    writeFollowUps(tx, follow, now),
  )
  await settleOthers(tx, stepped, now)
  for (const { id, state } of after.values()) {
    if (!isOpen(state)) await healIfUnclear(tx, attempts.get(id)!, now)
  }
  tellSteps(steps)
  return new Map([...attempts, ...after])
}

/** In the trace of each order, whoever has told: the answer, a webhook, a lookup. */
function tellSteps(steps: readonly Step[]): void {
  for (const { after, report } of steps) {
    tell(`payment ${after.state}`, after.traceparent, {
      'onhand.source': report.source,
      'onhand.order_id': after.order_id,
      'onhand.attempt_id': after.id,
    })
  }
}

/** Lookups that had gone on for too long stood in the inbox; now there is an answer. */
async function healIfUnclear(tx: Tx, before: Attempt, now: Date): Promise<void> {
  if (before.lookups > 0) await healException(tx, 'payment_unclear', before.id, now)
}

/** Where the money of an order that came just now was booked to. */
function bookedTo(id: OrderId, stepped: Stepped): 'receivable' | 'customer_deposits' {
  const taken = stepped.taken.filter(({ capture }) => capture.order_id === id)
  const is_owed = taken.length > 0 && taken.every((one) => isOwed(one, stepped))
  return is_owed ? 'receivable' : 'customer_deposits'
}

/** Freshly placed orders are paid exactly; all others are looked at as a whole. */
async function settleOthers(tx: Tx, stepped: Stepped, now: Date) {
  const { steps, orders, placing } = stepped
  const others = new Map(
    steps.filter(({ after }) => !placing.has(after.order_id)).map((s) => [s.after.order_id, s]),
  )
  if (others.size === 0) return
  const cause = { reason: 'not owed', allocations: [] }
  const unsettled = [...others.values()].filter(isMoney).map(({ after }) => ({
    order: orders.get(after.order_id)!,
    cause: { ...cause, cause_id: after.id, from: bookedTo(after.order_id, stepped) },
  }))
  await settleMoney(tx, unsettled, now)
  await projectPayment(tx, [...others.keys()])
}
