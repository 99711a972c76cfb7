import { asRows } from '#src/db/as-table.ts'
import { sql, type Tx } from '#src/db/sql.ts'
import type { CustomerId } from '#src/lib/ids.ts'
import type { Consent } from './consents.ts'

const columns = sql`id, contact, granted, source, actor, wording, at`

export async function insertConsents(
  tx: Tx,
  customer_id: CustomerId,
  consents: readonly Consent[],
): Promise<void> {
  if (consents.length === 0) return
  await tx.run`
    insert into customer_consent ${asRows(
      consents.map((consent) => ({ ...consent, customer_id })),
      `id uuid, customer_id uuid, contact text, granted boolean, source text, actor text,
        wording text, at timestamptz`,
    )}`
}

/** The last word by each way of contact. */
export const readConsents = (tx: Tx, id: CustomerId): Promise<Consent[]> =>
  tx.many<Consent>`
    select distinct on (contact) ${columns} from customer_consent
    where customer_id = ${id} order by contact, id desc`

/** All that was ever said, the newest first. */
export const readConsentPage = (
  tx: Tx,
  id: CustomerId,
  after: string | null,
  limit: number,
): Promise<Consent[]> =>
  tx.many<Consent>`
    select ${columns} from customer_consent
    where customer_id = ${id} and (${after}::uuid is null or id < ${after}::uuid)
    order by id desc limit ${limit}`
