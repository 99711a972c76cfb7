import type { Tx } from '#src/db/sql.ts'
import { newId } from '#src/lib/ids.ts'

export type ProviderEvent = {
  readonly provider: string
  readonly event_id: string
  /** What kind of thing was said; raw bodies hold personal data and are not kept. */
  readonly content: object
  readonly now: Date
}

/** False when it was heard before. Holds until commit: of two copies one waits for the other. */
export async function noteProviderEvent(tx: Tx, event: ProviderEvent): Promise<boolean> {
  const { provider, event_id, content, now } = event
  const noted = await tx.run`
    insert into provider_event (id, provider, event_id, content, received_at, done_at)
    values (${newId()}, ${provider}, ${event_id}, ${JSON.stringify(content)}, ${now}, ${now})
    on conflict (provider, event_id) do nothing`
  return noted === 1
}
