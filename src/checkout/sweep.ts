// What looks after everything that could be left lying: overdue answers, expired holds, effects
// whose job was lost. Runs in every worker; rows are taken so that each is swept once.
import { endCartHolds } from '#src/carts/hold-for-carts.ts'
import type { Tx } from '#src/db/sql.ts'
import { transaction } from '#src/db/transaction.ts'
import {
  dueEffects,
  healException,
  openException,
  overdueEffects,
  postpone,
  wakeEffects,
} from '#src/jobs/effects.sql.ts'
import { plusMs } from '#src/lib/clock.ts'
import type { AttemptId, OrderId } from '#src/lib/ids.ts'
import { job } from '#src/lib/trace.ts'
import { expiredOrders, extendHolds, lockOrders, shortenHolds } from '#src/orders/orders.sql.ts'
import type { OrderRow } from '#src/orders/orders.ts'
import {
  askToCancel,
  countUnanswered,
  forgetUnanswered,
  lockOrdersOfAttempts,
  readAttempts,
  readOrderAttempts,
  silentAttempts,
  takeDueLookups,
} from '#src/payments/payments.sql.ts'
import { type Attempt, isOpen } from '#src/payments/payments.ts'
import { readBalance } from '#src/payments/read-balances.ts'
import type { PaymentOutcome, PaymentProvider } from '#src/ports/payment-provider.ts'
import type { ShippingDesk } from '#src/shipping/buy-label.ts'
import { takeDueTracking } from '#src/shipping/shipping.sql.ts'
import { cancelPending } from './cancel-order.ts'
import type { Desk } from './desk.ts'
import { endPayments } from './end-payments.ts'
import { recordScans } from './move-shipments.ts'
import { attemptAt } from './place-order.ts'
import { settleDue } from './settle-order.ts'

const batch_max = 50
/** A woken effect is looked after again if it is not done by then. */
const wake_again_ms = 30_000

/** Effects whose try is due are put back on the queue. */
async function sweepEffects({ db, clock }: Desk): Promise<void> {
  const now = clock()
  await transaction(db, async (tx) => {
    const due = (await dueEffects(tx, now, 500)).map(({ id }) => id)
    await postpone(tx, due, plusMs(now, wake_again_ms))
    await wakeEffects(tx, due)
  })
}

/** What is late for too long is shown to a person; it is still tried. */
async function sweepLate({ db, clock, timings }: Desk): Promise<void> {
  const now = clock()
  await transaction(db, async (tx) => {
    for (const effect of await overdueEffects(tx, plusMs(now, -timings.exception_ms), batch_max)) {
      const last = effect.last_error ?? 'It has not been tried yet: no worker may be running.'
      await openException(
        tx,
        {
          kind: `effect_${effect.kind}`,
          cause_id: effect.cause_id,
          order_id: effect.order_id,
          effect_id: effect.id,
          message: last,
          detail: { tries: effect.tries },
        },
        now,
      )
    }
  })
}

/** After so many lookups in a row without an answer somebody should know. */
const unclear_after_lookups = 6

/** A buyer who has left the page of a bank for so long does not come back. */
const difference_open_ms = 60 * 60_000

/** Whether the order still asks for just what this payment would bring. */
async function isDifferenceOpen(
  tx: Tx,
  order: OrderRow,
  { amount, created_at }: Attempt,
  now: Date,
): Promise<boolean> {
  if (plusMs(created_at, difference_open_ms) <= now) return false
  return (await readBalance(tx, order)).to_collect === amount
}

/** The attempt, if it is still open; noted as to be ended when nobody counts on it any more. */
async function takeOpen(
  tx: Tx,
  id: AttemptId,
  { is_lost, now }: { readonly is_lost: boolean; readonly now: Date },
): Promise<About | null> {
  const [order] = await lockOrdersOfAttempts(tx, [id])
  const [attempt] = await readAttempts(tx, [id])
  if (!order || !attempt || !isOpen(attempt.state)) return null
  const counts_on_it =
    order.state === 'pending' ||
    (attempt.purpose === 'difference' && (await isDifferenceOpen(tx, order, attempt, now)))
  const is_wanted = counts_on_it && !is_lost
  if (!is_wanted) await askToCancel(tx, [id], now)
  return { attempt, is_wanted }
}

type About = { readonly attempt: Attempt; readonly is_wanted: boolean }

/** How it stands, or, once nobody counts on it any more, the end of it. */
async function askAbout(
  { db, clock, timings }: Desk,
  provider: PaymentProvider,
  { attempt, is_wanted }: About,
): Promise<PaymentOutcome> {
  const at = attemptAt(attempt)
  if (!is_wanted) return provider.cancel(at)
  const outcome = await provider.lookup(at)
  const is_lost =
    outcome.kind === 'not_found' && plusMs(attempt.created_at, timings.arrival_ms) <= clock()
  // A start may still be on its way: only what was canceled cannot charge when it arrives.
  if (!is_lost) return outcome
  const open = await transaction(db, (tx) => takeOpen(tx, attempt.id, { is_lost, now: clock() }))
  return open ? provider.cancel(at) : outcome
}

/** A lookup goes on with the trace in which its payment was begun. */
const goingOn = <T>({ id, order_id, traceparent }: Attempt, work: () => Promise<T>): Promise<T> =>
  job(
    {
      name: 'payment lookup',
      command: 'lookup',
      parent: traceparent,
      attributes: { 'onhand.order_id': order_id, 'onhand.attempt_id': id },
    },
    work,
  )

async function lookUp(desk: Desk, id: AttemptId): Promise<void> {
  const found = await transaction(desk.db, (tx) =>
    takeOpen(tx, id, { is_lost: false, now: desk.clock() }),
  )
  if (!found) return
  const { attempt } = found
  const provider = desk.payments.get(attempt.provider)
  if (!provider) return
  const { outcome, standing } = await goingOn(attempt, async () => {
    const told = await askAbout(desk, provider, found)
    const report = { attempt_id: id, outcome: told, source: 'lookup' }
    return { outcome: told, standing: await desk.record(report) }
  })
  if (!standing?.attempt || !isOpen(standing.attempt.state)) return
  if (outcome.kind === 'unknown') await noteSilence(desk, id, outcome.reason)
  else await noteAnswer(desk, id)
}

/** Looked at once more under the lock: what has come to an end meanwhile is nobody's trouble. */
const noteSilence = ({ db, clock }: Desk, id: AttemptId, reason: string): Promise<void> =>
  transaction(db, async (tx) => {
    await lockOrdersOfAttempts(tx, [id])
    const [attempt] = await readAttempts(tx, [id])
    if (!attempt || !isOpen(attempt.state)) return
    const lookups = await countUnanswered(tx, id)
    if (lookups < unclear_after_lookups) return
    const { order_id, provider } = attempt
    const message = `The provider does not say how this payment ended: ${reason}`
    const detail = { provider, lookups }
    await openException(
      tx,
      { kind: 'payment_unclear', cause_id: id, order_id, message, detail },
      clock(),
    )
  })

/** It waits for its buyer, or for a bank: that is an answer, and no trouble. */
const noteAnswer = ({ db, clock }: Desk, id: AttemptId): Promise<void> =>
  transaction(db, async (tx) => {
    await forgetUnanswered(tx, id)
    await healException(tx, 'payment_unclear', id, clock())
  })

/** What nobody has told for too long is shown to a person; it is still looked up. */
async function sweepSilent({ db, clock, timings, payments }: Desk): Promise<void> {
  const now = clock()
  await transaction(db, async (tx) => {
    const asked = { before: plusMs(now, -timings.exception_ms), providers: [...payments.keys()] }
    for (const one of await silentAttempts(tx, { ...asked, limit: batch_max })) {
      const { id, order_id, provider, unanswered } = one
      const message = payments.has(provider)
        ? 'The provider does not say how this payment ended; it is asked again and again.'
        : `No worker that runs has the provider ${provider}: nobody asks about this payment.`
      const detail = { provider, lookups: unanswered }
      const about = { kind: 'payment_unclear', cause_id: id, order_id, message, detail }
      await openException(tx, about, now)
    }
  })
}

async function sweepLookups(desk: Desk): Promise<void> {
  const { db, clock, timings, payments } = desk
  const providers = [...payments.keys()]
  const asked = { now: clock(), first_ms: timings.lookup_ms, providers, limit: batch_max }
  const due = await transaction(db, (tx) => takeDueLookups(tx, asked))
  await Promise.all(due.map(({ id }) => lookUp(desk, id)))
}

const hasExpired = ({ state, hold_expires_at }: OrderRow, now: Date): boolean =>
  state === 'pending' && hold_expires_at! <= now

/** Ends the payments first; the goods go back only when it is certain that no money comes. */
async function expire(desk: Desk, id: OrderId): Promise<void> {
  // Since it was found, the buyer may have been given more time.
  const certain = await endPayments(desk, id, hasExpired)
  await transaction(desk.db, async (tx) => {
    const now = desk.clock()
    const [order] = await lockOrders(tx, [id])
    if (!order || !hasExpired(order, now)) return
    const attempts = await readOrderAttempts(tx, [id])
    if (!certain || attempts.some(({ state }) => isOpen(state))) {
      const thinking = attempts.some(({ state }) => state === 'pending')
      const { hold_pending_ms, lookup_ms } = desk.timings
      // Nobody but the provider can end it: that is waited for as long as it takes.
      const until = plusMs(now, thinking ? hold_pending_ms : lookup_ms)
      await extendHolds(tx, [id], { until, max_ms: null })
      return
    }
    await cancelPending(tx, order, { reason: 'expired', actor: 'system', now })
  })
}

async function sweepExpired(desk: Desk): Promise<void> {
  const { db, clock, timings } = desk
  const { hold_ms, hold_pending_ms, lookup_ms } = timings
  const now = clock()
  const latest = plusMs(now, 2 * Math.max(hold_ms, hold_pending_ms, lookup_ms))
  await transaction(db, (tx) => shortenHolds(tx, latest, plusMs(now, hold_ms)))
  const due = await transaction(db, (tx) => expiredOrders(tx, clock(), batch_max))
  const troubles: unknown[] = []
  for (const { id } of due) {
    try {
      await expire(desk, id)
    } catch (error) {
      troubles.push(error)
      // Others come first the next time, so that one does not keep all of them from their end.
      const until = plusMs(clock(), lookup_ms)
      await transaction(db, (tx) => extendHolds(tx, [id], { until, max_ms: null }))
    }
  }
  if (troubles.length > 0) throw troubles[0]
}

/** Parcels nobody has told anything about: a webhook may have been lost. */
async function sweepTracking(
  { payments }: Desk,
  { db, clock, shipping, track_ms }: ShippingDesk,
): Promise<void> {
  const now = clock()
  const due = await transaction(db, (tx) =>
    takeDueTracking(tx, {
      ...{ now, next: plusMs(now, track_ms), limit: batch_max },
      providers: [...shipping.keys()],
    }),
  )
  for (const { tracking_code, carrier, provider } of due) {
    const port = shipping.get(provider)
    if (!port || tracking_code === null || carrier === null) continue
    const report = await port.track({ tracking_code, carrier })
    if (report.kind !== 'scans') continue
    const moved = { actor: `provider:${provider}`, now: clock(), payments }
    await transaction(db, (tx) => recordScans(tx, tracking_code, report.scans, moved))
  }
}

/** One round. Each part stands alone: trouble in one does not keep the others from running. */
export async function sweep(
  desk: Desk,
  shipping: ShippingDesk,
  onTrouble: (part: string, error: unknown) => void,
): Promise<void> {
  const parts: readonly [string, () => Promise<void>][] = [
    ['effects', () => sweepEffects(desk)],
    ['late effects', () => sweepLate(desk)],
    ['lookups', () => sweepLookups(desk)],
    ['silent payments', () => sweepSilent(desk)],
    ['expired holds', () => sweepExpired(desk)],
    ['refunds of edits', () => settleDue(desk)],
    ['holds of carts', () => endCartHolds(desk)],
    ['tracking', () => sweepTracking(desk, shipping)],
  ]
  for (const [name, part] of parts) await part().catch((error) => onTrouble(name, error))
}
