// Somebody says that the shop may write to them, or may not any more.
import type { Tx } from '#src/db/sql.ts'
import { type CustomerId, newId } from '#src/lib/ids.ts'
import { refuse } from '#src/lib/refusal.ts'
import { insertConsents, readConsents } from './consents.sql.ts'
import type { Consent, ConsentSource, Contact } from './consents.ts'
import { lockCustomer } from './customers.sql.ts'
import { type Editing, noteCustomers } from './edit-customers.ts'
import { evaluateFor } from './evaluate-segments.ts'

export type Said = {
  readonly contact: Contact
  readonly granted: boolean
  readonly wording: string | null
}

/** The customer must be locked. What was said before is not said again. */
export async function addConsents(
  tx: Tx,
  id: CustomerId,
  said: readonly Said[],
  { source, actor, now }: Editing & { readonly source: ConsentSource },
): Promise<void> {
  const known = new Map((await readConsents(tx, id)).map((one) => [one.contact, one]))
  const fresh = said.filter(({ contact, granted, wording }) => {
    const last = known.get(contact)
    return last?.granted !== granted || (wording !== null && wording !== last.wording)
  })
  const rows = fresh.map((one): Consent => ({ id: newId(), ...one, source, actor, at: now }))
  await insertConsents(tx, id, rows)
  for (const { contact, granted } of fresh) {
    const kind = granted ? 'customer.consent_granted' : 'customer.consent_withdrawn'
    await noteCustomers(tx, kind, { id, contact, source }, { actor, now })
  }
}

/** @throws not_found */
export async function recordConsent(
  tx: Tx,
  id: CustomerId,
  said: Said,
  saying: Editing & { readonly source: ConsentSource },
): Promise<Consent[]> {
  if (!(await lockCustomer(tx, id))) throw refuse('not_found', { customer_id: id })
  await addConsents(tx, id, [said], saying)
  await evaluateFor(tx, [id], saying.now)
  return readConsents(tx, id)
}
