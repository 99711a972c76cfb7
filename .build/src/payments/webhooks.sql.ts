import { asTable } from '../db/as-table.ts'
import type { Tx } from '../db/sql.ts'
import { newId } from '../lib/ids.ts'

export type ProviderEvent = {
  readonly provider: string
  readonly event_id: string
  /** What kind of thing was said; raw bodies hold personal data and are not kept. */
  readonly content: object
  readonly now: Date
}

/**
 * Notes them in key order, and tells which were not heard before, by their place. Holds until
 * commit: of two copies one waits for the other.
 */
export async function noteProviderEvents(
  tx: Tx,
  events: readonly ProviderEvent[],
): Promise<ReadonlySet<number>> {
  const rows = events.map(({ now, ...event }) => ({
    ...event,
    id: newId(),
    received_at: now,
    done_at: now,
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
