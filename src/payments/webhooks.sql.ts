import { asTable } from '#src/db/as-table.ts'
import type { Tx } from '#src/db/sql.ts'
import { plusMs } from '#src/lib/clock.ts'
import { newId } from '#src/lib/ids.ts'

export type ProviderEvent = {
  readonly provider: string
  readonly event_id: string
  /** What kind of thing was said; raw bodies hold personal data and are not kept. */
  readonly content: object
  readonly now: Date
  /** Nothing could be done with it yet: whoever can, closes it. */
  readonly is_early?: boolean
}

/**
 * Notes them in key order, and tells which were not heard before, by their place. Holds until
 * commit: of two copies one waits for the other.
 */
export async function noteProviderEvents(
  tx: Tx,
  events: readonly ProviderEvent[],
): Promise<ReadonlySet<number>> {
  const rows = events.map(({ now, is_early, ...event }) => ({
    ...event,
    id: newId(),
    received_at: now,
    done_at: is_early ? null : now,
  }))
  const noted = await tx.many<{ id: string }>`
    insert into provider_event (id, provider, event_id, content, received_at, done_at)
    select id, provider, event_id, content, received_at, done_at
    from ${asTable(
      rows,
      `row (id uuid, provider text, event_id text, content jsonb, received_at timestamptz,
      done_at timestamptz)`,
    )}
    order by provider, event_id
    on conflict (provider, event_id) do nothing
    returning id`
  const news = new Set(noted.map(({ id }) => id))
  return new Set(rows.flatMap(({ id }, at) => (news.has(id) ? [at] : [])))
}

export const noteProviderEvent = async (tx: Tx, event: ProviderEvent): Promise<boolean> =>
  (await noteProviderEvents(tx, [event])).size === 1

/** Nobody waits longer for what an event speaks of. */
const early_ms = 86_400_000

/** Whether a carrier has told of a parcel before its tracking code was known. */
export const takeEarlyTracking = async (
  tx: Tx,
  { provider, tracking_code }: { readonly provider: string; readonly tracking_code: string },
  now: Date,
): Promise<boolean> =>
  (await tx.run`
    update provider_event set done_at = ${now}
    where done_at is null and received_at > ${plusMs(now, -early_ms)}
      and provider = ${provider} and content ->> 'tracking_code' = ${tracking_code}`) > 0
