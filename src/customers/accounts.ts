// Accounts of customers: how long things last, and what a token is. Pure, but for the dice.
import { randomBytes } from 'node:crypto'
import type { AccountMailId, ChannelId, CustomerId } from '#src/lib/ids.ts'
import type { Secret } from '#src/lib/secret.ts'
import { hmacSha256, sha256 } from '#src/lib/signature.ts'
import type { Contact } from './consents.ts'

const day_ms = 86_400_000

/** A session ends when it was not renewed for so long. */
export const session_ms = 30 * day_ms
/** However often it is renewed: then the password is asked for again. */
export const session_ms_max = 180 * day_ms
/** So long the token before a renewal is still good: its answer may have been lost. */
export const renewal_grace_ms = 60_000

export const link_ms = {
  verify_email: day_ms,
  reset_password: 3_600_000,
  staff_reset_password: 1_800_000,
} as const
export type LinkKind = keyof typeof link_ms
export const hasLink = (kind: AccountMailKind): kind is LinkKind => kind in link_ms
export const customer_links: readonly LinkKind[] = ['verify_email', 'reset_password']
export const staff_links: readonly LinkKind[] = ['staff_reset_password']
/** No address gets more mails than these in an hour as a customer, or as staff, whoever asks. */
export const mails_per_hour = 5
/** Rows of mails are kept for so long: the message may still have to be sent. */
export const mails_kept_ms = 7 * day_ms

export const account_mail_kinds = [
  'verify_email',
  'account_known',
  'reset_password',
  'account_unknown',
  'welcome',
  'password_changed',
  'staff_reset_password',
  'staff_password_changed',
] as const
export type AccountMailKind = (typeof account_mail_kinds)[number]
export const isAccountMail = (kind: string): kind is AccountMailKind =>
  (account_mail_kinds as readonly string[]).includes(kind)

/** Mails that nobody but their reader may open a way in with. */
export const isStaffMail = (kind: string): boolean =>
  isAccountMail(kind) && kind.startsWith('staff_')
export const staff_mails: readonly AccountMailKind[] = account_mail_kinds.filter(isStaffMail)
export const customer_mails: readonly AccountMailKind[] = account_mail_kinds.filter(
  (kind) => !isStaffMail(kind),
)

/** What somebody said about themselves before it was known whose address it is. */
export type SignUp = {
  readonly name: string
  readonly phone: string | null
  readonly password_hash: string
  readonly consents: readonly Contact[]
}

export type AccountMail = {
  readonly id: AccountMailId
  readonly kind: AccountMailKind
  readonly email: string
  readonly channel_id: ChannelId
  readonly customer_id: CustomerId | null
  readonly sign_up: SignUp | null
}

const session_form = /^cs_[\w-]{43}$/
export const newSessionToken = (): string => `cs_${randomBytes(32).toString('base64url')}`
export const isSessionToken = (token: string): boolean => session_form.test(token)
export const hashToken = (token: string): Buffer => sha256(token)

/**
 * The token of the link in a mail. It is made again from the id when the mail is sent, so that
 * neither the database nor the text of a message that is kept there holds it.
 */
export const mailToken = (secret: Secret, id: AccountMailId | string): string =>
  hmacSha256(secret.reveal(), 'account mail\n', id).toString('base64url')

/** Stands in stored messages where the token goes when they are sent. */
export const token_place = 'TOKEN-IS-FILLED-IN-WHEN-SENT'
