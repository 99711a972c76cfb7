// The exception inbox: what a person should see to, and the two things they can do about it.
import { asTable } from '#src/db/as-table.ts'
import type { Tx } from '#src/db/sql.ts'
import { type EffectId, type ExceptionId, newId, type OrderId } from '#src/lib/ids.ts'
import { refuse } from '#src/lib/refusal.ts'
import { wakeEffects } from './effects.sql.ts'
import type { EffectKind } from './effects.ts'

export type ExceptionView = {
  readonly id: ExceptionId
  readonly kind: string
  readonly message: string
  readonly order_id: OrderId | null
  readonly order_number: string | null
  readonly cause_id: string
  readonly opened_at: Date
  readonly tries: number | null
  readonly next_try_at: Date | null
  readonly last_error: string | null
  readonly can_retry: boolean
  readonly resolved_at: Date | null
  readonly resolution: string | null
}

/** Oldest first: what has waited longest is seen first. */
export const listExceptions = (
  tx: Tx,
  filter: { readonly open: boolean; readonly after: string | null; readonly limit: number },
): Promise<ExceptionView[]> =>
  tx.many<ExceptionView>`
    select exception.id, exception.kind, message, exception.order_id,
      orders.number as order_number, exception.cause_id, opened_at, effect.tries,
      case when effect.state = 'waiting' then effect.next_try_at end as next_try_at,
      effect.last_error, effect.id is not null as can_retry, resolved_at, resolution
    from exception
    left join effect on effect.id = exception.effect_id
    left join orders on orders.id = exception.order_id
    where (resolved_at is null) = ${filter.open}
      and (${filter.after}::uuid is null or exception.id > ${filter.after})
    order by exception.id limit ${filter.limit}`

type Acting = { readonly by: string; readonly now: Date }

/** Of two people who see to one exception, the second is told that it is closed. */
const lockOpen = async (tx: Tx, id: ExceptionId): Promise<{ effect_id: EffectId | null }> => {
  const found = await tx.maybe<{ effect_id: EffectId | null }>`
    select effect_id from exception where id = ${id} and resolved_at is null for update`
  if (!found) throw refuse('not_found', { exception_id: id })
  return found
}

/** @throws not_found, nothing_to_retry */
export async function retryException(tx: Tx, id: ExceptionId, { now }: Acting): Promise<void> {
  const { effect_id } = await lockOpen(tx, id)
  if (effect_id === null) throw refuse('nothing_to_retry', { exception_id: id })
  await tx.run`
    update effect set state = 'waiting', next_try_at = ${now}
    where id = ${effect_id} and state in ('waiting', 'failed')`
  await wakeEffects(tx, [effect_id])
}

/** Their cause may be gone: what could not be done for an order is tried again now. */
export async function retryEffects(
  tx: Tx,
  { order_id, kind }: { readonly order_id: OrderId; readonly kind: EffectKind },
  now: Date,
): Promise<void> {
  const retried = await tx.many<{ id: EffectId }>`
    update effect set state = 'waiting', next_try_at = ${now}
    where order_id = ${order_id} and kind = ${kind} and state in ('waiting', 'failed')
    returning id`
  await wakeEffects(
    tx,
    retried.map(({ id }) => id),
  )
}

/** Closes it; an effect that stands behind it is given up. */
export async function dismissException(
  tx: Tx,
  id: ExceptionId,
  { by, now }: Acting,
): Promise<void> {
  const { effect_id } = await lockOpen(tx, id)
  if (effect_id !== null) {
    await tx.run`
      update effect set state = 'dismissed'
      where id = ${effect_id} and state in ('waiting', 'failed')`
  }
  await tx.run`
    update exception set resolved_at = ${now}, resolved_by = ${by}, resolution = 'dismissed'
    where id = ${id}`
}

export type Finding = {
  readonly cause_id: string
  readonly order_id: string | null
  readonly message: string
  readonly detail: object
}
export type Findings = {
  readonly findings: readonly Finding[]
  /** What could have been found, by order or else by cause; null stands for everything. */
  readonly looked_at: readonly string[] | null
}

/**
 * Keeps the entries of one kind in step with what a check has found: one for each cause, open as
 * long as it is found. What a person has dismissed stays closed while it is found unchanged.
 */
export async function keepFindings(
  tx: Tx,
  kind: string,
  { findings, looked_at }: Findings,
  now: Date,
): Promise<void> {
  const by_cause = new Map(findings.map((one) => [one.cause_id, one]))
  const rows = [...by_cause.values()].map((one) => ({
    ...one,
    id: newId<ExceptionId>(),
    message: one.message.slice(0, 2000),
  }))
  await tx.run`
    update exception set resolution = 'healed', resolved_at = coalesce(resolved_at, ${now}),
      resolved_by = coalesce(resolved_by, 'system')
    where kind = ${kind} and (resolved_at is null or resolution = 'dismissed')
      and cause_id <> all(${[...by_cause.keys()]})
      and (${looked_at}::uuid[] is null or coalesce(order_id, cause_id) = any(${looked_at}))`
  if (rows.length === 0) return
  await tx.run`
    insert into exception (id, kind, cause_id, order_id, message, detail, opened_at)
    select id, ${kind}, cause_id, order_id, message, detail, ${now}
    from ${asTable(rows, 'row (id uuid, cause_id uuid, order_id uuid, message text, detail jsonb)')}
    where not exists (
      select from exception as seen_to
      where seen_to.kind = ${kind} and seen_to.cause_id = row.cause_id
        and seen_to.resolution = 'dismissed' and seen_to.detail = row.detail)
    on conflict (kind, cause_id) where resolved_at is null
    do update set message = excluded.message, detail = excluded.detail`
}

export type OpenCause = {
  readonly kind: string
  readonly cause_id: string
  readonly order_id: string | null
  readonly detail: object
}

/** What stands in the inbox with a kind that begins so. */
export const openCauses = (tx: Tx, kinds: string): Promise<OpenCause[]> =>
  tx.many<OpenCause>`
    select kind, cause_id, order_id, detail from exception
    where resolved_at is null and starts_with(kind, ${kinds})
    order by id`

/**
 * What was wrong with orders, and with mails that belong to none (a mail server quotes the address
 * that it refuses), in words that may name their buyer, taken out.
 */
export async function eraseReasons(
  tx: Tx,
  orders: readonly OrderId[],
  mails: readonly { readonly kind: string; readonly cause_id: string }[],
): Promise<void> {
  const of_mail = asTable(mails, 'mail (kind text, cause_id uuid)')
  await tx.run`
    update exception set message = 'erased', detail = '{}' where order_id = any(${orders})`
  await tx.run`
    update exception set message = 'erased', detail = '{}' from ${of_mail}
    where exception.kind = mail.kind and exception.cause_id = mail.cause_id`
  await tx.run`
    update effect set last_error = null
    where order_id = any(${orders}) and last_error is not null`
  await tx.run`
    update effect set last_error = null from ${of_mail}
    where effect.kind = mail.kind and effect.cause_id = mail.cause_id and last_error is not null`
}
