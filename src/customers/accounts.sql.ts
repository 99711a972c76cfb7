import type { Tx } from '#src/db/sql.ts'
import type { AccountMailId, CustomerId } from '#src/lib/ids.ts'
import type { AccountMail, AccountMailKind, LinkKind } from './accounts.ts'

/** One e-mail address at a time: of twenty sign-ups of one address five send a mail. */
export const lockEmail = (tx: Tx, email: string): Promise<unknown> =>
  tx.maybe`select pg_advisory_xact_lock(hashtextextended(${email}, 27)) is null as locked`

export type Account = {
  readonly id: CustomerId
  readonly email: string
  readonly name: string
  readonly phone: string | null
  readonly password_hash: string | null
  readonly created_at: Date
}

export const findAccount = (tx: Tx, email: string): Promise<Account | null> =>
  tx.maybe<Account>`
    select id, email, name, phone, password_hash, created_at from customer
    where email = lower(${email}) and erased_at is null`

export const readAccount = (tx: Tx, id: CustomerId): Promise<Account | null> =>
  tx.maybe<Account>`
    select id, email, name, phone, password_hash, created_at from customer
    where id = ${id} and erased_at is null`

/** The customer must be locked. A password comes with the proof that the address is theirs. */
export const setPassword = (
  tx: Tx,
  id: CustomerId,
  password_hash: string,
  now: Date,
): Promise<number> =>
  tx.run`
    update customer set password_hash = ${password_hash},
      email_verified_at = coalesce(email_verified_at, ${now})
    where id = ${id}`

export const countAccountMails = async (
  tx: Tx,
  email: string,
  kinds: readonly AccountMailKind[],
  since: Date,
): Promise<number> => {
  const { count } = await tx.one<{ count: number }>`
    select count(*)::int as count from account_mail
    where email = ${email} and kind = any(${kinds}) and created_at > ${since}`
  return count
}

export type NewAccountMail = AccountMail & {
  readonly token_hash: Buffer | null
  readonly created_at: Date
  readonly expires_at: Date
}
export const insertAccountMail = (tx: Tx, mail: NewAccountMail): Promise<number> =>
  tx.run`
    insert into account_mail (id, kind, email, channel_id, customer_id, sign_up, token_hash,
      created_at, expires_at)
    values (${mail.id}, ${mail.kind}, ${mail.email}, ${mail.channel_id}, ${mail.customer_id},
      ${mail.sign_up && JSON.stringify(mail.sign_up)}::jsonb, ${mail.token_hash},
      ${mail.created_at}, ${mail.expires_at})`

/** What a link leads to; null when it is used, old or made up. */
export const readLink = (
  tx: Tx,
  kind: AccountMailKind,
  token_hash: Buffer,
  now: Date,
): Promise<AccountMail | null> =>
  tx.maybe<AccountMail>`
    select id, kind, email, channel_id, customer_id, sign_up from account_mail
    where kind = ${kind} and token_hash = ${token_hash} and used_at is null
      and expires_at > ${now}`

/** Of several who follow one link one gets in. Its customer must be locked before, if any. */
export const takeLink = (tx: Tx, id: AccountMailId, now: Date): Promise<AccountMail | null> =>
  tx.maybe<AccountMail>`
    select id, kind, email, channel_id, customer_id, sign_up from account_mail
    where id = ${id} and used_at is null and expires_at > ${now} for update`

/** One link of an address was followed: no other leads anywhere, and no password waits in one. */
export const useAccountMails = (
  tx: Tx,
  email: string,
  kinds: readonly LinkKind[],
  now: Date,
): Promise<number> =>
  tx.run`
    update account_mail set used_at = ${now}, sign_up = null
    where email = ${email} and used_at is null and kind = any(${kinds})`

export const dropAccountMails = (tx: Tx, email: string): Promise<number> =>
  tx.run`delete from account_mail where email = ${email}`

/** What a message about it says. Held until commit: an erasure that deletes it waits. */
export const holdAccountMail = (
  tx: Tx,
  id: AccountMailId,
): Promise<(AccountMail & { readonly created_at: Date; readonly expires_at: Date }) | null> =>
  tx.maybe<AccountMail & { readonly created_at: Date; readonly expires_at: Date }>`
    select id, kind, email, channel_id, customer_id, null as sign_up, created_at, expires_at
    from account_mail where id = ${id} for key share`

export const dropOldAccountMails = (tx: Tx, before: Date): Promise<number> =>
  tx.run`delete from account_mail where created_at < ${before}`

export const nameOfCustomer = async (tx: Tx, id: CustomerId): Promise<string> => {
  const row = await tx.maybe<{ name: string }>`select name from customer where id = ${id}`
  return row?.name ?? ''
}
