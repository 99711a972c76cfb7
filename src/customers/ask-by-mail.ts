// Sign-up and forgotten passwords: whoever asks gets the same answer, whether the address is known
// or not. What is true is told by mail, to the one who reads the mails of that address.
import type { Db } from '#src/db/pool.ts'
import type { Tx } from '#src/db/sql.ts'
import { transaction } from '#src/db/transaction.ts'
import { addEffects } from '#src/jobs/effects.sql.ts'
import { plusMs } from '#src/lib/clock.ts'
import { type AccountMailId, type ChannelId, newId } from '#src/lib/ids.ts'
import { hashPassword } from '#src/lib/passwords.ts'
import type { Secret } from '#src/lib/secret.ts'
import { countAccountMails, findAccount, insertAccountMail, lockEmail } from './accounts.sql.ts'
import {
  type AccountMail,
  type AccountMailKind,
  customer_mails,
  hashToken,
  hasLink,
  link_ms,
  mails_per_hour,
  mailToken,
  type SignUp,
} from './accounts.ts'

const hour_ms = 3_600_000

export type Mailing = {
  readonly secret_key: Secret
  readonly channel_id: ChannelId
  readonly now: Date
}

/** Notes that a mail is to be sent, and promises to send it. */
export async function addAccountMail(
  tx: Tx,
  mail: Pick<AccountMail, 'kind' | 'email' | 'customer_id' | 'sign_up'>,
  { secret_key, channel_id, now }: Mailing,
): Promise<void> {
  const id = newId<AccountMailId>()
  const { kind } = mail
  const life_ms = hasLink(kind) ? link_ms[kind] : null
  await insertAccountMail(tx, {
    ...mail,
    id,
    channel_id,
    token_hash: life_ms !== null ? hashToken(mailToken(secret_key, id)) : null,
    created_at: now,
    expires_at: plusMs(now, life_ms ?? hour_ms),
  })
  await addEffects(tx, [{ kind: `message_${kind}`, cause_id: id, order_id: null }], now)
}

/**
 * Nobody's mailbox is filled by others: what is too much is dropped, and looks the same. Those of
 * customers are counted by themselves, for anybody may ask for them in the name of anybody.
 */
export async function mayMail(
  tx: Tx,
  email: string,
  kinds: readonly AccountMailKind[],
  now: Date,
): Promise<boolean> {
  await lockEmail(tx, email)
  return (await countAccountMails(tx, email, kinds, plusMs(now, -hour_ms))) < mails_per_hour
}

export type SignUpAsked = Omit<SignUp, 'password_hash'> & {
  readonly email: string
  readonly password: string
}

/**
 * There is no account before the link in the mail was followed: nobody can take an address that is
 * not theirs, and a sign-up that is never verified leaves nothing behind.
 */
export async function askSignUp(
  db: Db,
  { email: address, password, ...about }: SignUpAsked,
  mailing: Mailing,
): Promise<void> {
  const email = address.toLowerCase()
  // Also for an address that is known: both answers take as long.
  const password_hash = await hashPassword(password)
  await transaction(db, async (tx) => {
    if (!(await mayMail(tx, email, customer_mails, mailing.now))) return
    const account = await findAccount(tx, email)
    const customer_id = account?.id ?? null
    const known = account !== null && account.password_hash !== null
    const mail = known
      ? ({ kind: 'account_known', email, customer_id, sign_up: null } as const)
      : ({
          kind: 'verify_email',
          email,
          customer_id,
          sign_up: { ...about, password_hash },
        } as const)
    await addAccountMail(tx, mail, mailing)
  })
}

export async function askPasswordReset(db: Db, address: string, mailing: Mailing): Promise<void> {
  const email = address.toLowerCase()
  await transaction(db, async (tx) => {
    if (!(await mayMail(tx, email, customer_mails, mailing.now))) return
    const account = await findAccount(tx, email)
    const kind = account ? ('reset_password' as const) : ('account_unknown' as const)
    const customer_id = account?.id ?? null
    await addAccountMail(tx, { kind, email, customer_id, sign_up: null }, mailing)
  })
}
