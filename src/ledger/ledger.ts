// Money moved: which accounts an event touches. Pure. Debits are positive, credits negative.
import type { LegalEntityId, OrderId } from '#src/lib/ids.ts'
import type { Currency } from '#src/lib/money.ts'

/** The part of the chart of accounts that code names; the whole stands in table `account`. */
export const accounts = [
  'provider_clearing',
  'receivable',
  'customer_deposits',
  'refunds_payable',
  'tax_payable',
  'sales',
  'shipping_income',
  'discounts',
  'sales_returns',
  'payment_fees',
  'postage',
] as const
export type Account = (typeof accounts)[number]

export type Posting = { readonly account: Account; readonly amount: bigint }
export type JournalEntry = {
  readonly kind: string
  readonly order_id: OrderId | null
  readonly cause_id: string
  readonly legal_entity_id: LegalEntityId | null
  readonly currency: Currency
  readonly party_id: string | null
  readonly postings: readonly Posting[]
}

/** What undoes a posting of before: entries are never changed. */
export const reverse = (postings: readonly Posting[]): Posting[] =>
  postings.map(({ account, amount }) => ({ account, amount: -amount }))

const debit = (account: Account, amount: bigint): Posting => ({ account, amount })
const credit = (account: Account, amount: bigint): Posting => ({ account, amount: -amount })

export type Sale = {
  readonly subtotal: bigint
  readonly discount_total: bigint
  readonly shipping_total: bigint
  readonly tax_total: bigint
  readonly tax_included: bigint
  readonly total: bigint
  readonly shipping_tax: bigint
  readonly shipping_tax_included: boolean
}

/** An order was placed: the customer owes the total; the state owns the tax in it. */
export function saleEntry(sale: Sale): Posting[] {
  const in_shipping = sale.shipping_tax_included ? sale.shipping_tax : 0n
  return [
    debit('receivable', sale.total),
    debit('discounts', sale.discount_total),
    credit('sales', sale.subtotal - (sale.tax_included - in_shipping)),
    credit('shipping_income', sale.shipping_total - in_shipping),
    credit('tax_payable', sale.tax_total),
  ]
}

/** The provider took the money. Before an order is placed it is only a deposit. */
export const captureEntry = (amount: bigint, placed: boolean): Posting[] => [
  debit('provider_clearing', amount),
  credit(placed ? 'receivable' : 'customer_deposits', amount),
]

export const feeEntry = (fee: bigint): Posting[] => [
  debit('payment_fees', fee),
  credit('provider_clearing', fee),
]

/**
 * Units of a placed order were canceled: what was paid is owed back, the rest is not owed. What
 * was given for them before, out of goodwill, was taken back from the sale then.
 */
export const cancelEntry = (change: {
  readonly amount: bigint
  readonly tax: bigint
  readonly to_refund: bigint
  readonly given: bigint
}): Posting[] => [
  debit('sales_returns', change.amount - change.tax - change.given),
  debit('tax_payable', change.tax),
  credit('refunds_payable', change.to_refund),
  credit('receivable', change.amount - change.given - change.to_refund),
]

/**
 * An edit took some off a placed order and added some: what is paid too much is owed back, as far
 * as it is settled now.
 */
export const editEntry = (change: {
  readonly off: { readonly amount: bigint; readonly tax: bigint }
  readonly added: {
    readonly goods: bigint
    readonly discount: bigint
    readonly shipping: bigint
    readonly tax: bigint
  }
  readonly to_refund: bigint
  /** Of what came off, what was given out of goodwill before; negative where that is put back. */
  readonly given: bigint
}): Posting[] => {
  const { off, added, to_refund, given } = change
  const { goods, discount, shipping, tax } = added
  const more = goods - discount + shipping + tax
  return [
    debit('sales_returns', off.amount - off.tax - given),
    debit('tax_payable', off.tax),
    debit('discounts', discount),
    credit('sales', goods),
    credit('shipping_income', shipping),
    credit('tax_payable', tax),
    credit('refunds_payable', to_refund),
    debit('receivable', more - off.amount + given + to_refund),
  ]
}

/** What a buyer has paid too much, and was kept until now, is owed back. */
export const settleEntry = (amount: bigint): Posting[] => [
  debit('receivable', amount),
  credit('refunds_payable', amount),
]

/** Money came for an order that is gone: it is owed back. */
export const depositReturnEntry = (amount: bigint): Posting[] => [
  debit('customer_deposits', amount),
  credit('refunds_payable', amount),
]

/** A refund nobody had promised before: staff gave it, or it was made at the provider. */
export const goodwillEntry = (amount: bigint): Posting[] => [
  debit('sales_returns', amount),
  credit('refunds_payable', amount),
]

export const refundEntry = (amount: bigint): Posting[] => [
  debit('refunds_payable', amount),
  credit('provider_clearing', amount),
]

export const postageEntry = (cost: bigint): Posting[] => [
  debit('postage', cost),
  credit('provider_clearing', cost),
]
