// The shop that an empty database becomes: somebody who can sign in, and keys that stay the same.
import { snapshot } from '#src/db/transaction.ts'
import type { App } from '#src/http/app.ts'
import type { ChannelId } from '#src/lib/ids.ts'
import { hmacSha256 } from '#src/lib/signature.ts'
import { readChannels } from '#src/shop/shop.sql.ts'
import { asServer, createKey, createStaff, derivedKeyToken } from '#src/staff/edit-staff.ts'
import { findKey } from '#src/staff/keys.sql.ts'
import { hashKeyToken, type KeyKind } from '#src/staff/keys.ts'
import { findStaffByEmail } from '#src/staff/staff.sql.ts'
import { permissions } from '#src/staff/staff.ts'

export type DemoShop = {
  /** Null as long as there is no channel that it could name. */
  readonly publishable_key: string | null
  readonly secret_key: string
  readonly staff_email: string
  readonly staff_password: string
}

const staff_email = 'owner@demo.example'

async function keyOf(app: App, kind: KeyKind, channel_id: ChannelId | null): Promise<string> {
  const token = derivedKeyToken(app.secret_key, kind, 'demo shop')
  const known = await snapshot(app.db, (tx) => findKey(tx, hashKeyToken(token)))
  if (known) return token
  const asked = {
    kind,
    name: 'Demo shop',
    channel_id,
    permissions: kind === 'secret' ? permissions : [],
    expires_at: null,
    token,
  }
  await createKey(app.db, asked, asServer(app.clock()))
  return token
}

/** May run at every start: what is there already stays as it is. */
export async function seedDemoShop(app: App): Promise<DemoShop> {
  const staff_password = hmacSha256(app.secret_key.reveal(), 'demo staff')
    .toString('base64url')
    .slice(0, 16)
  const owner = await snapshot(app.db, (tx) => findStaffByEmail(tx, staff_email))
  if (!owner) {
    const person = { email: staff_email, name: 'Demo owner', role: 'owner' }
    await createStaff(app.db, { ...person, password: staff_password }, asServer(app.clock()))
  }
  const [channel] = await snapshot(app.db, readChannels)
  return {
    publishable_key: channel ? await keyOf(app, 'publishable', channel.id) : null,
    secret_key: await keyOf(app, 'secret', null),
    staff_email,
    staff_password,
  }
}
