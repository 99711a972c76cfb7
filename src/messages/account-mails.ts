// Mails about the account of a customer. The token of a link is neither in the database nor in
// the text that is kept there: its place is filled in when the mail leaves, or when staff look
// into the mailbox of a shop that has no mail server.
import { holdAccountMail, nameOfCustomer } from '#src/customers/accounts.sql.ts'
import { isAccountMail, mailToken, token_place } from '#src/customers/accounts.ts'
import type { Tx } from '#src/db/sql.ts'
import { formatMoment, localeChain, readLocale } from '#src/lib/format.ts'
import type { AccountMailId } from '#src/lib/ids.ts'
import type { Secret } from '#src/lib/secret.ts'
import { readChannelWords } from './messages.sql.ts'
import type { AccountFacts } from './messages.ts'
import { findTemplate } from './templates.sql.ts'

/** Where the storefront lets somebody go on; templates may name other pages. */
const pages: Readonly<Record<string, string>> = {
  verify_email: 'verify-email',
  reset_password: 'reset-password',
}

/** Null when there is no such mail to send any more. */
export async function draftAccountMail(tx: Tx, id: AccountMailId) {
  const mail = await holdAccountMail(tx, id)
  const channel = mail && (await readChannelWords(tx, mail.channel_id))
  if (!mail || !channel) return null
  const { kind, email, customer_id } = mail
  const locale = readLocale(channel.locale)
  const page = pages[kind]
  const url = channel.storefront_url.replace(/\/$/, '')
  const facts: AccountFacts = {
    message: { kind, locale },
    shop: { name: channel.name, email: channel.reply_to, url: channel.storefront_url },
    seller: { name: channel.seller_name },
    order: null,
    customer: {
      email,
      name: kind === 'verify_email' || !customer_id ? '' : await nameOfCustomer(tx, customer_id),
    },
    link: page
      ? {
          url: `${url}/${page}?token=${token_place}`,
          token: token_place,
          valid_until: formatMoment(mail.expires_at, locale, channel.time_zone),
        }
      : null,
  }
  const template = await findTemplate(tx, kind, localeChain(locale))
  const { channel_id } = mail
  return { facts, template, order_id: null, channel_id, recipient: email, attachments: [] }
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
