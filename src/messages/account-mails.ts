// Mails about the account of a customer, or of a member of staff. The token of a link is neither in
// the database nor in the text that is kept there: its place is filled in when the mail leaves, or
// when staff look into the mailbox of a shop that has no mail server.
import { holdAccountMail, nameOfCustomer } from '#src/customers/accounts.sql.ts'
import {
  type AccountMail,
  type AccountMailKind,
  isAccountMail,
  isStaffMail,
  mailToken,
  token_place,
} from '#src/customers/accounts.ts'
import type { Tx } from '#src/db/sql.ts'
import { formatMoment, localeChain, readLocale } from '#src/lib/format.ts'
import type { AccountMailId } from '#src/lib/ids.ts'
import type { Secret } from '#src/lib/secret.ts'
import { findStaffByEmail } from '#src/staff/staff.sql.ts'
import { readChannelWords } from './messages.sql.ts'
import type { AccountFacts } from './messages.ts'
import { findTemplate } from './templates.sql.ts'

/** Where the storefront lets somebody go on; templates may name other pages. */
const pages: Partial<Record<AccountMailKind, string>> = {
  verify_email: 'verify-email',
  reset_password: 'reset-password',
}

/** Staff go on at a page of ours. What stands after # is sent to nobody: see new-password-page. */
function linkFor(kind: AccountMailKind, storefront_url: string, public_url: string) {
  if (kind === 'staff_reset_password') return `${public_url}/admin/new-password#${token_place}`
  const page = pages[kind]
  return page ? `${storefront_url.replace(/\/$/, '')}/${page}?token=${token_place}` : null
}

/** Null for mails to staff where nobody here has this address and a password. */
async function nameOf(tx: Tx, { kind, email, customer_id }: AccountMail): Promise<string | null> {
  if (!isStaffMail(kind)) {
    return kind === 'verify_email' || !customer_id ? '' : nameOfCustomer(tx, customer_id)
  }
  const staff = await findStaffByEmail(tx, email)
  return staff?.password_hash ? staff.name : null
}

/** Null when there is no such mail to send any more. */
export async function draftAccountMail(tx: Tx, id: AccountMailId, public_url: string) {
  const mail = await holdAccountMail(tx, id)
  const channel = mail && (await readChannelWords(tx, mail.channel_id))
  const name = mail && (await nameOf(tx, mail))
  if (!mail || !channel || name === null) return null
  const { kind, email } = mail
  const locale = readLocale(channel.locale)
  const url = linkFor(kind, channel.storefront_url, public_url)
  const facts: AccountFacts = {
    message: { kind, locale },
    shop: { name: channel.name, email: channel.reply_to, url: channel.storefront_url },
    seller: { name: channel.seller_name },
    order: null,
    customer: { email, name },
    link: url
      ? {
          url,
          token: token_place,
          valid_until: formatMoment(mail.expires_at, locale, channel.time_zone),
        }
      : null,
  }
  const template = await findTemplate(tx, kind, localeChain(locale))
  const { channel_id } = mail
  return {
    facts,
    template,
    order_id: null,
    channel_id,
    recipient: email,
    attachments: [],
    hold: async (tx: Tx) => (await holdAccountMail(tx, id)) !== null,
  }
}

type Filled = { readonly kind: string; readonly cause_id: string }

/** The words as the owner of the address reads them. */
export function fillToken<Of extends Filled & { readonly html: string; readonly text: string }>(
  secret: Secret,
  message: Of,
): Of {
  const { kind, cause_id, html, text } = message
  if (!isAccountMail(kind)) return message
  const token = mailToken(secret, cause_id)
  const fill = (words: string): string => words.replaceAll(token_place, token)
  return { ...message, html: fill(html), text: fill(text) }
}
