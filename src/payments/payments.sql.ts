import { asRows, asTable } from '#src/db/as-table.ts'
import type { Tx } from '#src/db/sql.ts'
import { plusMs } from '#src/lib/clock.ts'
import type { AttemptId, CaptureId, OrderId, RefundId } from '#src/lib/ids.ts'
import type { Currency } from '#src/lib/money.ts'
import { isTracing } from '#src/lib/trace.ts'
import { order_columns } from '#src/orders/orders.sql.ts'
import type { OrderRow } from '#src/orders/orders.ts'
import { type Attempt, lookup_ms_max } from './payments.ts'

export type NewAttempt = Attempt & {
  readonly capture_before: Date | null
  readonly lookup_due_at: Date | null
}

/** The intent, before the provider hears of it. One live attempt per order, by index. */
export async function insertAttempts(
  tx: Tx,
  attempts: readonly NewAttempt[],
  now: Date,
): Promise<void> {
  if (attempts.length === 0) return
  await tx.run`
    insert into payment_attempt ${asRows(
      attempts.map((attempt) => ({ ...attempt, updated_at: now })),
      `id uuid, order_id uuid, provider text, purpose text, capture_mode text, state text,
      currency text, amount bigint, authorized bigint, captured bigint, reference text,
      decline_reason text, capture_before timestamptz, lookup_due_at timestamptz,
      created_at timestamptz, updated_at timestamptz${isTracing() ? ', traceparent text' : ''}`,
    )}`
}

/**
 * Locks attempts in id order: of two answers about one payment the second sees what the first has
 * made of it. Their orders must be locked before.
 */
export const lockAttempts = (tx: Tx, ids: readonly AttemptId[]): Promise<Attempt[]> =>
  tx.many<Attempt>`
    select id, order_id, provider, purpose, capture_mode, state, currency, amount, authorized,
      captured, refunded, reference, decline_reason, lookups, created_at,
      cancel_asked_at is not null as cancel_asked, traceparent
    from payment_attempt where id = any(${ids}) order by id for update`

export const readAttempts = (tx: Tx, ids: readonly AttemptId[]): Promise<Attempt[]> =>
  tx.many<Attempt>`
    select id, order_id, provider, purpose, capture_mode, state, currency, amount, authorized,
      captured, refunded, reference, decline_reason, lookups, created_at,
      cancel_asked_at is not null as cancel_asked, traceparent
    from payment_attempt where id = any(${ids}) order by id`

export const readOrderAttempts = (tx: Tx, orders: readonly OrderId[]): Promise<Attempt[]> =>
  tx.many<Attempt>`
    select id, order_id, provider, purpose, capture_mode, state, currency, amount, authorized,
      captured, refunded, reference, decline_reason, lookups, created_at,
      cancel_asked_at is not null as cancel_asked, traceparent
    from payment_attempt where order_id = any(${orders}) order by id`

/**
 * Locks the orders that these attempts pay, in id order until commit: an answer, a lookup and a
 * cancel come one after the other.
 */
export const lockOrdersOfAttempts = (tx: Tx, ids: readonly AttemptId[]): Promise<OrderRow[]> =>
  tx.many<OrderRow>`
    select ${order_columns} from orders
    where id in (select order_id from payment_attempt where id = any(${ids}))
    order by id for update`

export type ReferenceAt = { readonly provider: string; readonly reference: string }

/** The attempts that their providers know by these. */
export const attemptsByReference = (
  tx: Tx,
  references: readonly ReferenceAt[],
): Promise<(ReferenceAt & { readonly id: AttemptId })[]> =>
  tx.many<ReferenceAt & { readonly id: AttemptId }>`
    select payment_attempt.id, provider, reference
    from ${asTable(references, 'told (provider text, reference text)')}
    join payment_attempt using (provider, reference)`

export const attemptByReference = async (
  tx: Tx,
  provider: string,
  reference: string,
): Promise<{ readonly id: AttemptId } | null> =>
  (await attemptsByReference(tx, [{ provider, reference }]))[0] ?? null

export async function writeAttempts(
  tx: Tx,
  changes: readonly NewAttempt[],
  now: Date,
): Promise<void> {
  if (changes.length === 0) return
  await tx.run`
    update payment_attempt set state = row.state, authorized = row.authorized,
      captured = row.captured, reference = row.reference, decline_reason = row.decline_reason,
      capture_before = coalesce(row.capture_before, payment_attempt.capture_before),
      lookup_due_at = row.lookup_due_at, updated_at = ${now}
    from ${asTable(
      changes,
      `row (
      id uuid, state text, authorized bigint, captured bigint, reference text,
      decline_reason text, capture_before timestamptz, lookup_due_at timestamptz)`,
    )}
    where payment_attempt.id = row.id`
}

/**
 * Notes, before the provider is asked to end these, that nobody counts on them any more; returns
 * which of them are still open. Their orders must be locked: who places an order knows of it.
 */
export const askToCancel = (
  tx: Tx,
  ids: readonly AttemptId[],
  now: Date,
): Promise<{ id: AttemptId }[]> =>
  tx.many<{ id: AttemptId }>`
    update payment_attempt set cancel_asked_at = coalesce(cancel_asked_at, ${now})
    where id = any(${ids}) and state in ('created', 'requires_action', 'pending', 'unknown')
    returning id`

/**
 * Takes attempts at these providers whose answer is overdue and sets the next time, so that each
 * is asked once; those of others wait for a worker that has theirs. One
 * that is due further ahead than any was noted by a clock that has gone back since.
 */
export const takeDueLookups = (
  tx: Tx,
  {
    now,
    first_ms,
    providers,
    limit,
  }: { now: Date; first_ms: number; providers: readonly string[]; limit: number },
): Promise<{ id: AttemptId }[]> =>
  tx.many<{ id: AttemptId }>`
    update payment_attempt set lookups = lookups + 1,
      lookup_due_at = ${now}::timestamptz + least(${lookup_ms_max}::float8,
        ${first_ms}::float8 * power(2, least(lookups + 1, 12))) * interval '1 millisecond'
    where id in (
      select id from payment_attempt
      where (lookup_due_at <= ${now} or lookup_due_at > ${plusMs(now, 2 * lookup_ms_max)})
        and provider = any(${providers})
      order by lookup_due_at limit ${limit} for update skip locked)
    returning id`

export type SilentAttempt = Pick<Attempt, 'id' | 'order_id' | 'provider'> & {
  /** Lookups in a row. */
  readonly unanswered: number
}

/**
 * Attempts that were begun before then and never answered, though they were asked about, and those
 * that are due since then at another provider than these. Not those that a person is told of.
 */
export const silentAttempts = (
  tx: Tx,
  { before, providers, limit }: { before: Date; providers: readonly string[]; limit: number },
): Promise<SilentAttempt[]> =>
  tx.many<SilentAttempt>`
    select id, order_id, provider, unanswered from payment_attempt
    where lookup_due_at is not null
      and ((state in ('created', 'unknown') and unanswered > 0 and created_at <= ${before})
        or (lookup_due_at <= ${before} and provider <> all(${providers})))
      and not exists (select from exception
        where kind = 'payment_unclear' and cause_id = payment_attempt.id and resolved_at is null)
    order by lookup_due_at limit ${limit}`

/** One more lookup without an answer: how many that are in a row. */
export const countUnanswered = async (tx: Tx, id: AttemptId): Promise<number> =>
  (
    await tx.one<{ unanswered: number }>`
      update payment_attempt set unanswered = unanswered + 1 where id = ${id}
      returning unanswered`
  ).unanswered

/** The provider has said how it stands: true when it had not before. */
export const forgetUnanswered = async (tx: Tx, id: AttemptId): Promise<boolean> =>
  (await tx.run`
    update payment_attempt set unanswered = 0 where id = ${id} and unanswered > 0`) === 1

export type Capture = {
  readonly id: CaptureId
  readonly attempt_id: AttemptId
  readonly order_id: OrderId
  readonly state: 'requested' | 'pending' | 'succeeded' | 'failed'
  readonly currency: Currency
  readonly amount: bigint
  readonly final: boolean
}
export type NewCapture = Capture & {
  readonly reference: string | null
  readonly fee: bigint | null
}

export async function insertCaptures(
  tx: Tx,
  captures: readonly NewCapture[],
  now: Date,
): Promise<void> {
  if (captures.length === 0) return
  await tx.run`
    insert into capture (id, attempt_id, order_id, state, currency, amount, final, reference,
      fee, settled_currency, settled_amount, created_at, settled_at)
    select id, attempt_id, order_id, state, currency, amount, final, reference, fee,
      case when state = 'succeeded' then currency end,
      case when state = 'succeeded' then amount end,
      ${now}, case when state = 'succeeded' then ${now}::timestamptz end
    from ${asTable(
      captures,
      `row (
      id uuid, attempt_id uuid, order_id uuid, state text, currency text, amount bigint,
      final boolean, reference text, fee bigint)`,
    )}`
}

export const readCapturesOf = (tx: Tx, orders: readonly OrderId[]): Promise<Capture[]> =>
  tx.many<Capture>`
    select id, attempt_id, order_id, state, currency, amount, final
    from capture where order_id = any(${orders}) order by id`

/** Of two who tell how one capture ended, the second finds it settled. */
export const lockCapture = (tx: Tx, id: CaptureId): Promise<Capture | null> =>
  tx.maybe<Capture>`
    select id, attempt_id, order_id, state, currency, amount, final
    from capture where id = ${id} for update`

/** Money that was taken while nobody knew what the provider keeps of it. */
export const readFeeless = (tx: Tx, id: CaptureId): Promise<Capture | null> =>
  tx.maybe<Capture>`
    select id, attempt_id, order_id, state, currency, amount, final
    from capture where id = ${id} and state = 'succeeded' and fee is null`

/** True for the one caller that set it. */
export const setFee = async (tx: Tx, id: CaptureId, fee: bigint): Promise<boolean> =>
  (await tx.run`update capture set fee = ${fee} where id = ${id} and fee is null`) === 1

export type SettledCapture = {
  readonly id: CaptureId
  readonly state: 'pending' | 'succeeded' | 'failed'
  readonly reference: string | null
  readonly fee: bigint | null
}

export async function settleCaptures(
  tx: Tx,
  settled: readonly SettledCapture[],
  now: Date,
): Promise<void> {
  if (settled.length === 0) return
  await tx.run`
    update capture set state = row.state, reference = coalesce(row.reference, capture.reference),
      fee = row.fee,
      settled_currency = case when row.state = 'succeeded' then currency end,
      settled_amount = case when row.state = 'succeeded' then amount end,
      settled_at = case when row.state = 'succeeded' then ${now}::timestamptz end
    from ${asTable(settled, 'row (id uuid, state text, reference text, fee bigint)')}
    where capture.id = row.id and capture.state in ('requested', 'pending')`
}

export type Refund = {
  readonly id: RefundId
  readonly attempt_id: AttemptId
  readonly order_id: OrderId
  readonly cause_id: string
  readonly state: 'requested' | 'pending' | 'succeeded' | 'failed'
  readonly currency: Currency
  readonly amount: bigint
  readonly reason: string
  readonly reference: string | null
  /** How much less the order costs by it: given out of goodwill, not because too much was paid. */
  readonly takes_off: bigint
}
export type RefundAllocation = {
  readonly order_line_id: string | null
  readonly quantity: number
  readonly amount: bigint
  readonly tax: bigint
}
export type NewRefund = Omit<Refund, 'state' | 'reference'> & {
  readonly state: 'requested' | 'pending' | 'succeeded'
  readonly reference: string | null
  readonly allocations: readonly RefundAllocation[]
}

export async function insertRefunds(
  tx: Tx,
  refunds: readonly NewRefund[],
  now: Date,
): Promise<RefundId[]> {
  if (refunds.length === 0) return []
  const rows = await tx.many<{ id: RefundId }>`
    insert into refund (id, attempt_id, order_id, cause_id, state, currency, amount, reason,
      reference, takes_off, allocations, created_at)
    select id, attempt_id, order_id, cause_id, state, currency, amount, reason, reference,
      takes_off, allocations, ${now}
    from ${asTable(
      refunds,
      `row (
      id uuid, attempt_id uuid, order_id uuid, cause_id uuid, state text,
      currency text, amount bigint, reason text, reference text, takes_off bigint,
      allocations jsonb)`,
    )}
    on conflict (attempt_id, cause_id) do nothing
    returning id`
  return rows.map(({ id }) => id)
}

export const readRefundsOf = (tx: Tx, orders: readonly OrderId[]): Promise<Refund[]> =>
  tx.many<Refund>`
    select id, attempt_id, order_id, cause_id, state, currency, amount, reason, reference,
      takes_off
    from refund where order_id = any(${orders}) order by id`

export const readRefund = (tx: Tx, id: RefundId): Promise<Refund | null> =>
  tx.maybe<Refund>`
    select id, attempt_id, order_id, cause_id, state, currency, amount, reason, reference,
      takes_off
    from refund where id = ${id}`

/** Whether an edit of its order made the refund necessary. */
export const isOfEdit = async (tx: Tx, id: RefundId): Promise<boolean> =>
  (await tx.maybe`
    select from refund join order_change on order_change.id = refund.cause_id
    where refund.id = ${id} and order_change.kind = 'edit'`) !== null

export const refundByReference = (
  tx: Tx,
  attempt: AttemptId,
  reference: string,
): Promise<Refund | null> =>
  tx.maybe<Refund>`
    select id, attempt_id, order_id, cause_id, state, currency, amount, reason, reference,
      takes_off
    from refund where attempt_id = ${attempt} and reference = ${reference}`

/** Compare-and-set: true for the one caller that moved the refund there. */
export async function moveRefund(
  tx: Tx,
  id: RefundId,
  { state, reference, now }: { state: Refund['state']; reference: string | null; now: Date },
): Promise<boolean> {
  const from = state === 'failed' ? ['requested', 'pending', 'succeeded'] : ['requested', 'pending']
  const moved = await tx.run`
    update refund set state = ${state}, reference = coalesce(${reference}, reference),
      settled_at = case when ${state} = 'succeeded' then ${now}::timestamptz end
    where id = ${id} and state = any(${from}) and state <> ${state}`
  return moved === 1
}

/** Refunded counts what succeeded; `refunded_within_captured` stands behind it. */
export async function addRefunded(tx: Tx, attempt: AttemptId, amount: bigint): Promise<void> {
  await tx.run`
    update payment_attempt set refunded = refunded + ${amount} where id = ${attempt}`
}
