// Batch one: for all orders that wait now, decide each and commit what is intended, before any
// provider hears of it. A refusal is a value here: it must not fail its neighbors.
import { lockCartVersions } from '#src/carts/carts.sql.ts'
import type { ReadShopBook } from '#src/carts/shop-book.ts'
import { holdCustomers } from '#src/customers/customers.sql.ts'
import { claimKeys, redirectKeys, releaseKeys } from '#src/db/idempotency.sql.ts'
import { type Tx, together } from '#src/db/sql.ts'
import { writeHolds } from '#src/inventory/inventory.sql.ts'
import { openException } from '#src/jobs/effects.sql.ts'
import { plusMs } from '#src/lib/clock.ts'
import type { CartId, CustomerId, OrderId } from '#src/lib/ids.ts'
import { Refusal, refuse } from '#src/lib/refusal.ts'
import { isTracing } from '#src/lib/trace.ts'
import { lockDraftVersions } from '#src/orders/drafts.sql.ts'
import { type FollowUps, writeFollowUps } from '#src/orders/follow-ups.ts'
import { extendHolds, insertOrders, lockOrders, lockOrdersAsked } from '#src/orders/orders.sql.ts'
import { isLive, type NewOrder } from '#src/orders/orders.ts'
import { projectPayment } from '#src/orders/projections.sql.ts'
import { insertAttempts, insertCaptures, readOrderAttempts } from '#src/payments/payments.sql.ts'
import { isOpen } from '#src/payments/payments.ts'
import { readBalances } from '#src/payments/read-balances.ts'
import { noteAnomalies } from '#src/payments/record-outcomes.ts'
import type { Report } from '#src/payments/steps.ts'
import type { PaymentProvider } from '#src/ports/payment-provider.ts'
import { writeUses } from '#src/pricing/promotion-uses.sql.ts'
import type { Standing } from './checkout.ts'
import { holdGoods } from './hold-goods.ts'
import { attemptOf, makeNewOrders, reportAtOnce } from './new-orders.ts'
import {
  type Frame,
  isAgain,
  isNew,
  type Locked,
  type NewPlan,
  type PlanAgain,
  type Planned,
  planAll,
  type Wanted,
} from './plan-intents.ts'

export type WrittenIntent =
  | Refusal
  | { readonly kind: 'repeat'; readonly resource_id: string }
  | {
      readonly kind: 'written'
      readonly standing: Standing
      /** Nobody outside is needed any more. */
      readonly settled: boolean
      /** To be recorded in this transaction: the answer of a method that settles at once. */
      readonly report: Report | null
    }
export type IntentFrame = Frame & { readonly payments: ReadonlyMap<string, PaymentProvider> }

const cartOf = ({ of }: Wanted): CartId[] => (of.kind === 'cart' ? [of.cart_id] : [])
const isDraft = ({ of }: Wanted): boolean => of.kind === 'cart' && of.is_draft === true
const orderOf = ({ of }: Wanted): OrderId[] => (of.kind === 'order' ? [of.order_id] : [])

const listOf = <T>(one: T | null): T[] => (one === null ? [] : [one])
const customerOf = ({ of }: Wanted): CustomerId[] =>
  of.kind === 'order' ? [] : listOf(of.priced.snapshot.cart.customer_id)

async function lockAll(tx: Tx, wanted: readonly Wanted[]): Promise<Locked> {
  const by_cart = new Set(wanted.flatMap(cartOf))
  const by_id = new Set(wanted.flatMap(orderOf))
  const [carts, asked] = [[...by_cart], [...by_id]]
  const drafts = [...new Set(wanted.filter(isDraft).flatMap(cartOf))]
  const named = [...new Set(wanted.flatMap(customerOf))]
  const [customers, of_stored, of_drafts, orders] = await together(
    // Nobody is erased while an order in their name comes into being.
    named.length > 0 ? holdCustomers(tx, named) : Promise.resolve(new Set<CustomerId>()),
    lockCartVersions(tx, carts),
    drafts.length > 0 ? lockDraftVersions(tx, drafts) : Promise.resolve([]),
    carts.length > 0 ? lockOrdersAsked(tx, { carts, ids: asked }) : lockOrders(tx, asked),
  )
  const versions = [...of_stored, ...of_drafts]
  const of_carts = orders.filter((order) => isLive(order) && by_cart.has(order.cart_id!))
  // Orders that are placed are asked about by themselves only: see payOrder.
  const placed = orders.filter(({ id, state }) => state === 'placed' && by_id.has(id))
  const payable = [...orders.filter(({ state }) => state === 'pending'), ...placed]
  const ids = payable.map(({ id }) => id)
  const attempts = ids.length > 0 ? await readOrderAttempts(tx, ids) : []
  return {
    customers,
    versions: new Map(versions.map(({ id, version }) => [id, version])),
    may_hold: new Set(versions.flatMap(({ id, may_hold }) => (may_hold ? id : []))),
    by_cart: new Map(of_carts.map((order) => [order.cart_id!, order])),
    by_id: new Map(orders.map((order) => [order.id, order])),
    balances: await readBalances(tx, placed),
    paying: new Set(attempts.filter((a) => isOpen(a.state)).map((a) => a.order_id)),
  }
}

/** Thrown to make the batcher try each request in a transaction of its own. */
export class RunAlone extends Error {}

/**
 * A replaced order, or what a cart has held, cannot be given back inside a batch: the request is
 * run again alone.
 */
function assertUndoable(
  planned: readonly Planned<NewPlan>[],
  refused: ReadonlyMap<number, Refusal>,
): void {
  for (const { at, plan } of planned) {
    const refusal = refused.get(at)
    const has_freed = plan.replaces !== null || plan.held_by !== null
    if (refusal && has_freed) throw planned.length > 1 ? new RunAlone() : refusal
  }
}

type Results = Map<number, WrittenIntent>

/** An engine was to be asked and did not answer: a person should look at it once it is back. */
async function noteFallbacks(tx: Tx, orders: Iterable<NewOrder>, now: Date): Promise<void> {
  for (const { id, tax_facts } of orders) {
    const source = tax_facts?.source
    if (!source || source.fallback === null) continue
    const message = `Taxed by own rates instead of ${source.name}: ${source.fallback}`
    await openException(tx, { kind: 'tax_fallback', cause_id: id, order_id: id, message }, now)
  }
}

/** An order without a price has no attempt that could tell where its effects belong. */
function traced(follow: FollowUps, planned: readonly Planned<NewPlan>[]): FollowUps {
  if (!isTracing()) return follow
  const by_order = new Map(planned.map(({ wanted, plan }) => [plan.order.id, wanted.traceparent]))
  const effects = follow.effects.map((effect) => {
    const { order_id } = effect
    return { ...effect, traceparent: order_id === null ? null : (by_order.get(order_id) ?? null) }
  })
  return { ...follow, effects }
}

async function writeNew(
  tx: Tx,
  planned: readonly Planned<NewPlan>[],
  frame: IntentFrame,
): Promise<Results> {
  if (planned.length === 0) return new Map()
  const { held, granted, refused } = await holdGoods(tx, planned, frame)
  assertUndoable(planned, refused)
  const accepted = planned.filter(({ at }) => held.has(at))
  const made = await makeNewOrders(tx, accepted, { ...frame, held })
  // Orders without a payment have no attempt: they themselves answer repeats.
  const free = accepted.filter(({ plan }) => !made.attempts.has(plan.order.id))
  await together(
    insertOrders(tx, [...made.orders.values()]),
    writeHolds(tx, [...held.values()].flat(), frame.now),
    writeUses(tx, granted),
    insertAttempts(tx, [...made.attempts.values()], frame.now),
    insertCaptures(tx, made.captures, frame.now),
    writeFollowUps(tx, traced(made.follow, accepted), frame.now),
    redirectKeys(
      tx,
      free.map(({ wanted, plan }) => ({ ...wanted.request, resource_id: plan.order.id })),
    ),
  )
  await noteAnomalies(tx, made.anomalies, frame.now)
  await noteFallbacks(tx, made.orders.values(), frame.now)
  if (made.unplaced.length > 0) await projectPayment(tx, made.unplaced)
  const results: Results = new Map(refused)
  for (const { at, wanted, plan } of accepted) {
    const order = made.orders.get(plan.order.id)!
    const attempt = made.attempts.get(order.id) ?? null
    const provider = wanted.payment && frame.payments.get(wanted.payment.provider)
    const settled = attempt === null || provider?.immediate != null
    results.set(at, { kind: 'written', standing: { order, attempt }, settled, report: null })
  }
  return results
}

/** Another try to pay orders that wait: their goods are held already. */
async function writeAgain(
  tx: Tx,
  planned: readonly Planned<PlanAgain>[],
  frame: IntentFrame,
): Promise<Results> {
  if (planned.length === 0) return new Map()
  const until = plusMs(frame.now, frame.timings.hold_ms)
  const attempts = planned.map((one) => attemptOf(one, frame)!)
  const ids = planned.map(({ plan }) => plan.order.id)
  const bound = { until, max_ms: frame.timings.hold_max_ms }
  const [, extended] = await together(
    insertAttempts(tx, attempts, frame.now),
    extendHolds(tx, ids, bound),
  )
  const ends = new Map(extended.map(({ id, hold_expires_at }) => [id, hold_expires_at]))
  return new Map(
    planned.map(({ at, wanted, plan }, i) => {
      const hold_expires_at = ends.get(plan.order.id) ?? plan.order.hold_expires_at
      const order = { ...plan.order, hold_expires_at }
      const report = reportAtOnce(wanted, order.id, frame.payments)
      const standing = { order, attempt: attempts[i]! }
      return [at, { kind: 'written', standing, settled: report !== null, report }]
    }),
  )
}

/** One result per request, in their order. */
export async function writeIntents(
  tx: Tx,
  wanted: readonly Wanted[],
  { readBook, ...about }: Omit<IntentFrame, 'book'> & { readonly readBook: ReadShopBook },
): Promise<WrittenIntent[]> {
  const results: Results = new Map()
  const asked = wanted.map(({ request, attempt_id }) => ({ ...request, resource_id: attempt_id }))
  // What is a repeat is locked too, and left as it is.
  const [book, claims, locked] = await together(
    readBook(tx),
    claimKeys(tx, asked, about.now),
    lockAll(tx, wanted),
  )
  const frame = { ...about, book }
  claims.forEach((claim, at) => {
    if (claim.kind === 'repeat') results.set(at, claim)
    if (claim.kind === 'reused') results.set(at, refuse('idempotency_key_reused'))
  })
  const fresh = wanted.flatMap((one, at) => (results.has(at) ? [] : [{ at, wanted: one }]))
  const { planned, refused } = planAll(fresh, locked, frame)
  const written_new = await writeNew(tx, planned.filter(isNew), frame)
  const written_again = await writeAgain(tx, planned.filter(isAgain), frame)
  for (const found of [refused, written_new, written_again]) {
    for (const [at, result] of found) results.set(at, result)
  }
  const freed = asked.filter(
    (_, at) => results.get(at) instanceof Refusal && claims[at]!.kind === 'new',
  )
  await releaseKeys(tx, freed)
  return wanted.map((_, at) => results.get(at)!)
}
