// Mails with a link on which the buyer pays: an offer that was sent, and what an edit has left to
// pay. What was paid, taken back or changed meanwhile is not asked for any more.
import type { Tx } from '#src/db/sql.ts'
import { isErased } from '#src/lib/erased.ts'
import { localeChain, readLocale } from '#src/lib/format.ts'
import type { Secret } from '#src/lib/secret.ts'
import { signToken } from '#src/lib/tokens.ts'
import {
  lockDraft,
  orderOfDraft,
  readDraft,
  readFrozen,
  readSending,
} from '#src/orders/drafts.sql.ts'
import { type Draft as OrderDraft, readPriced } from '#src/orders/drafts.ts'
import { lockOrders, readOrders } from '#src/orders/orders.sql.ts'
import { titleOf } from '#src/orders/orders.ts'
import { readBalance } from '#src/payments/read-balances.ts'
import type { PricedCart } from '#src/pricing/pricing.ts'
import { storefrontLink } from '#src/shop/shop.ts'
import {
  type ChannelWords,
  type DueFacts,
  readChannelWords,
  readDueFacts,
  readOrderFacts,
  readShippingName,
  readVariantWords,
} from './messages.sql.ts'
import type { MessageFacts, PayLinkKind } from './messages.ts'
import {
  addressLines,
  composeCart,
  composeFacts,
  composePay,
  no_cause,
  type PayFacts,
} from './order-facts.ts'
import type { Draft } from './send-message.ts'
import { findTemplate } from './templates.sql.ts'

type Asking = {
  readonly secret_key: Secret
  readonly now: Date
  readonly order_page: (id: DueFacts['order_id']) => string
}

export const withheld_reason = 'Withheld: it is paid, was taken back, or was changed since.'

type Offer = { readonly draft: OrderDraft; readonly email: string; readonly priced: PricedCart }

/** Null when the buyer cannot order it by this sending any more. */
async function readOffer(tx: Tx, sending_id: string, now: Date): Promise<Offer | null> {
  const sending = await readSending(tx, sending_id)
  const draft = sending && (await readDraft(tx, sending.draft_id))
  if (draft?.state !== 'sent' || draft.version !== sending?.version) return null
  if (draft.email === null || draft.expires_at! <= now) return null
  const order = await orderOfDraft(tx, draft.id)
  if (order !== null && order.state !== 'pending') return null
  const { priced } = await readFrozen(tx, draft.id)
  return { draft, email: draft.email, priced: readPriced(priced!) }
}

async function offerFacts(
  tx: Tx,
  { draft, priced }: Offer,
  channel: ChannelWords,
  pay: PayFacts,
): Promise<MessageFacts> {
  const locale = readLocale(channel.locale)
  const variants = await readVariantWords(
    tx,
    priced.lines.map(({ variant_id }) => variant_id),
  )
  const words = new Map(variants.map((one) => [one.id, one]))
  const wordsOf = (id: string) => {
    const { sku = '', product_title = '', variant_title = '' } = words.get(id) ?? {}
    return { sku, title: titleOf(product_title, variant_title) }
  }
  const { name, reply_to, storefront_url, seller_name, time_zone } = channel
  const { shipping_address, billing_address } = draft
  return {
    message: { kind: 'offer', locale },
    shop: { name, email: reply_to, url: storefront_url },
    seller: { name: seller_name },
    order: {
      ...composeCart(priced, wordsOf, locale),
      url: pay.url,
      shipping_name: (await readShippingName(tx, draft.shipping_option_id)) ?? 'Shipping',
      shipping_address: addressLines(shipping_address, locale),
      billing_address: addressLines(billing_address ?? shipping_address, locale),
    },
    payment: null,
    invoice: null,
    shipment: null,
    refund: null,
    credit_note: null,
    pay: composePay(pay, { currency: priced.currency, locale, time_zone }),
  }
}

async function draftOffer(tx: Tx, asking: Asking, sending_id: string): Promise<Draft | null> {
  const { secret_key, now } = asking
  const offer = await readOffer(tx, sending_id, now)
  if (!offer) return null
  const { draft, email: recipient, priced } = offer
  const channel = (await readChannelWords(tx, draft.channel_id))!
  const token = signToken(secret_key, 'draft', draft.id, draft.expires_at)
  const url = storefrontLink(channel, 'offer', token)
  const pay = { url, amount: priced.total, until: draft.expires_at }
  return {
    facts: await offerFacts(tx, offer, channel, pay),
    template: await findTemplate(tx, 'offer', localeChain(readLocale(channel.locale))),
    order_id: null,
    channel_id: draft.channel_id,
    recipient,
    attachments: [],
    hold: async (tx) => {
      await lockDraft(tx, draft.id)
      return (await readOffer(tx, sending_id, now)) !== null
    },
  }
}

/** What is left to pay after a change; null when nothing is, or when a later change asks for it. */
async function readDue(tx: Tx, change_id: string) {
  const change = await readDueFacts(tx, change_id)
  const [order] = change?.is_last ? await readOrders(tx, [change.order_id]) : []
  if (order?.state !== 'placed') return null
  const { to_collect } = await readBalance(tx, order)
  return to_collect > 0n ? { order_id: order.id, amount: to_collect } : null
}

async function draftPaymentDue(tx: Tx, asking: Asking, change_id: string): Promise<Draft | null> {
  const due = await readDue(tx, change_id)
  const order = due && (await readOrderFacts(tx, due.order_id))
  if (!order || isErased(order.email)) return null
  const token = signToken(asking.secret_key, 'order', order.id)
  const pay = { url: storefrontLink(order, 'order', token), amount: due.amount, until: null }
  const page = asking.order_page(order.id)
  return {
    facts: composeFacts('payment_due', order, { ...no_cause, pay }, page),
    template: await findTemplate(tx, 'payment_due', localeChain(readLocale(order.locale))),
    order_id: order.id,
    channel_id: null,
    recipient: order.email,
    attachments: [],
    hold: async (tx) => {
      await lockOrders(tx, [order.id])
      return (await readDue(tx, change_id)) !== null
    },
  }
}

/** Null when nothing is to be asked for any more. */
export const draftPayLink = (
  tx: Tx,
  asking: Asking,
  { kind, cause_id }: { readonly kind: PayLinkKind; readonly cause_id: string },
): Promise<Draft | null> =>
  kind === 'offer' ? draftOffer(tx, asking, cause_id) : draftPaymentDue(tx, asking, cause_id)
