// Who an OpenID provider has let in becomes a member of staff who is signed in: by the identity
// that was bound before, else by a verified e-mail address, which binds it.
import type { Db } from '#src/db/pool.ts'
import type { Tx } from '#src/db/sql.ts'
import { transaction } from '#src/db/transaction.ts'
import { isEmail } from '#src/lib/addresses.ts'
import { newId, type StaffId } from '#src/lib/ids.ts'
import { Refusal, refuse } from '#src/lib/refusal.ts'
import { addPerson, asServer, note } from './edit-staff.ts'
import { bindIdentity, findByEmail, findByIdentity, noteIdentityUse } from './identities.sql.ts'
import type { Told } from './openid.ts'
import { openSession, type SignedIn } from './sign-in.ts'
import { findRole } from './staff.sql.ts'

type Entering = { readonly default_role: string | null; readonly now: Date }

const name_max = 200

async function addUnknown(
  tx: Tx,
  { email, name }: { readonly email: string; readonly name: string | null },
  { default_role, now }: Entering,
): Promise<StaffId> {
  const role = default_role === null ? null : await findRole(tx, default_role)
  if (!role) throw refuse('staff_unknown')
  const person = {
    id: newId<StaffId>(),
    email,
    name: [...(name ?? email)].slice(0, name_max).join(''),
    role: role.code,
    password_hash: null,
  }
  return (await addPerson(tx, person, asServer(now))).id
}

/** By the address, the first time. */
async function bind(tx: Tx, told: Told, entering: Entering): Promise<StaffId> {
  const { email, email_verified, issuer } = told
  if (email === null || !isEmail(email)) throw refuse('staff_unknown')
  // Whoever may name any address would be whoever they like.
  if (!email_verified) throw refuse('email_not_verified')
  const known = await findByEmail(tx, email)
  if (known?.disabled_at) throw refuse('staff_disabled')
  const staff_id = known?.id ?? (await addUnknown(tx, { email, name: told.name }, entering))
  const { now } = entering
  if ((await bindIdentity(tx, told, { staff_id, now })) === 0) throw refuse('identity_is_bound')
  await note(tx, asServer(now), 'staff.identity_bound', 'staff', staff_id, { issuer })
  return staff_id
}

const enterOnce = (db: Db, told: Told, entering: Entering): Promise<SignedIn> =>
  transaction(db, async (tx) => {
    const { now } = entering
    const known = await findByIdentity(tx, told)
    if (known?.disabled_at) throw refuse('staff_disabled')
    if (known) await noteIdentityUse(tx, told, now)
    const staff_id = known?.id ?? (await bind(tx, told, entering))
    return openSession(tx, { staff_id, second_factor_at: told.several_factors ? now : null, now })
  })

const isTaken = (error: unknown): boolean =>
  error instanceof Refusal && ['already_exists', 'identity_is_bound'].includes(error.code)

/** @throws staff_unknown, staff_disabled, email_not_verified, identity_is_bound */
export async function enterByOpenId(db: Db, told: Told, entering: Entering): Promise<SignedIn> {
  try {
    return await enterOnce(db, told, entering)
  } catch (error) {
    // The same person may have come in by another window just now: then they are known.
    if (!isTaken(error)) throw error
    return enterOnce(db, told, entering)
  }
}
