// What a message is. `MessageFacts` is all that a template can see: words and amounts as the
// buyer's locale writes them, nothing to calculate with.
import { account_mail_kinds } from '#src/customers/accounts.ts'

export const order_message_kinds = [
  'confirmation',
  'receipt',
  'shipped',
  'delivered',
  'canceled',
  'refunded',
  'cart_abandoned',
  'offer',
  'payment_due',
] as const
export type OrderMessageKind = (typeof order_message_kinds)[number]
export const message_kinds = [...order_message_kinds, ...account_mail_kinds] as const
/** They ask for money: what need not be paid any more is not asked for. */
export const pay_link_kinds = ['offer', 'payment_due'] as const
export type PayLinkKind = (typeof pay_link_kinds)[number]
export const isPayLink = (kind: string): kind is PayLinkKind =>
  (pay_link_kinds as readonly string[]).includes(kind)
export type MessageKind = (typeof message_kinds)[number]
export const isMessageKind = (kind: string): kind is MessageKind =>
  (message_kinds as readonly string[]).includes(kind)

export const message_states = ['sending', 'sent', 'mailbox', 'failed'] as const
export type MessageState = (typeof message_states)[number]

/** What mails about an account say. */
export type AccountFacts = {
  readonly message: { readonly kind: string; readonly locale: string }
  readonly shop: { readonly name: string; readonly email: string; readonly url: string }
  readonly seller: { readonly name: string }
  readonly order: null
  /** Of mails to staff the member of staff. */
  readonly customer: {
    readonly email: string
    /** Empty until the address is verified: whoever signed up may have written anything. */
    readonly name: string
  }
  /** Of verify_email, reset_password and staff_reset_password. */
  readonly link: {
    /** A page of the storefront, with the token in its query; of staff one of ours. */
    readonly url: string
    readonly token: string
    readonly valid_until: string
  } | null
}

export type OrderMessageFacts = {
  readonly message: { readonly kind: string; readonly locale: string }
  readonly shop: { readonly name: string; readonly email: string; readonly url: string }
  readonly seller: { readonly name: string }
  readonly order: {
    /** Empty for a cart and an offer, which have none yet. */
    readonly number: string
    /**
     * The order page, by signed link; of a cart that was left behind the way back to it; of an
     * offer the page on which it is paid.
     */
    readonly url: string
    readonly placed_on: string
    readonly paid: boolean
    readonly lines: readonly {
      readonly title: string
      readonly sku: string
      readonly quantity: number
      readonly unit_price: string
      /** Before discounts, as the price list says: with or without tax. */
      readonly amount: string
      readonly discount: string
      readonly total: string
    }[]
    readonly subtotal: string
    readonly has_discount: boolean
    readonly discount: string
    readonly has_shipping: boolean
    readonly shipping_name: string
    readonly shipping: string
    readonly taxes: readonly {
      readonly name: string
      readonly rate: string
      readonly amount: string
      /** Contained in the amounts above, not added to them. */
      readonly included: boolean
    }[]
    readonly tax: string
    readonly total: string
    readonly shipping_address: readonly string[]
    readonly billing_address: readonly string[]
  }
  /** Of a receipt. */
  readonly payment: { readonly amount: string; readonly date: string } | null
  readonly invoice: { readonly number: string } | null
  /** Of shipped and delivered. */
  readonly shipment: {
    readonly carrier: string
    readonly service: string
    readonly tracking_code: string
    readonly tracking_url: string | null
    readonly shipped_on: string | null
    readonly delivered_on: string | null
    readonly lines: readonly {
      readonly title: string
      readonly sku: string
      readonly quantity: number
    }[]
  } | null
  /** Of a refund. */
  readonly refund: {
    readonly amount: string
    readonly date: string
    readonly reason: string
  } | null
  readonly credit_note: { readonly number: string } | null
  /** Of offer and payment_due: what is to be paid, and the page of the storefront for it. */
  readonly pay: {
    readonly url: string
    readonly amount: string
    /** Of an offer. */
    readonly valid_until: string | null
  } | null
}

export type MessageFacts = OrderMessageFacts | AccountFacts

/** A document that goes with a message. */
export type Attachment = { readonly kind: 'invoice'; readonly id: string }

export type Template = {
  readonly subject: string
  readonly mjml: string
  readonly text: string
}
