// The order that templates are tried with when they are saved, and previewed with.

import { isAccountMail } from '#src/customers/accounts.ts'
import { formatDay, formatMoment, formatMoney, formatRate } from '#src/lib/format.ts'
import type { Currency } from '#src/lib/money.ts'
import type {
  AccountFacts,
  MessageFacts,
  MessageKind,
  OrderMessageFacts,
  OrderMessageKind,
} from './messages.ts'

const shop = { name: 'Example shop', email: 'orders@shop.example', url: 'https://shop.example' }
const seller = { name: 'Example Trading Ltd' }

export const sampleFacts = (kind: MessageKind, locale: string): MessageFacts =>
  isAccountMail(kind) ? sampleAccount(kind, locale) : sampleOrder(kind, locale)

function sampleAccount(kind: string, locale: string): AccountFacts {
  const token = 'sample'
  return {
    message: { kind, locale },
    shop,
    seller,
    order: null,
    customer: { email: 'ada@example.com', name: 'Ada Example' },
    link: {
      url: `${shop.url}/account?token=${token}`,
      token,
      valid_until: formatMoment(new Date('2026-11-22T10:00:00Z'), locale, 'UTC'),
    },
  }
}

export function sampleOrder(kind: OrderMessageKind, locale: string): OrderMessageFacts {
  const money = (amount: bigint) => formatMoney(amount, 'EUR' as Currency, locale)
  const day = formatDay(new Date('2026-11-22T10:00:00Z'), locale, 'UTC')
  const address = ['Ada Example', '3 Rose Lane', '80331 Munich', 'DE']
  const mug = { title: 'Mug, blue <2nd edition>', sku: 'MUG-BLUE', quantity: 3 }
  const book = { title: 'Stock ledgers, explained', sku: 'BOOK-1', quantity: 1 }
  return {
    message: { kind, locale },
    shop,
    seller,
    order: {
      number: '10042',
      url: 'https://shop.example/o/sample',
      placed_on: day,
      paid: true,
      lines: [
        {
          ...mug,
          unit_price: money(1190n),
          amount: money(3570n),
          discount: money(357n),
          total: money(3213n),
        },
        {
          ...book,
          unit_price: money(2140n),
          amount: money(2140n),
          discount: money(0n),
          total: money(2140n),
        },
      ],
      subtotal: money(5710n),
      has_discount: true,
      discount: money(357n),
      has_shipping: true,
      shipping_name: 'Standard shipping',
      shipping: money(490n),
      taxes: [
        { name: 'VAT', rate: formatRate(190_000, locale), amount: money(591n), included: true },
        { name: 'VAT', rate: formatRate(70_000, locale), amount: money(140n), included: true },
      ],
      tax: money(731n),
      total: money(5843n),
      shipping_address: address,
      billing_address: address,
    },
    payment: { amount: money(5843n), date: day },
    invoice: { number: 'EX26-000042' },
    shipment: {
      carrier: 'Example Post',
      service: 'Priority',
      tracking_code: 'EX123456785',
      tracking_url: 'https://post.example/track/EX123456785',
      shipped_on: day,
      delivered_on: day,
      lines: [mug, book],
    },
    refund: { amount: money(1190n), date: day, reason: 'One came broken' },
    credit_note: { number: 'EX26C-000007' },
    pay: {
      url: 'https://shop.example/?order=sample',
      amount: money(1490n),
      valid_until: formatMoment(new Date('2026-11-29T10:00:00Z'), locale, 'UTC'),
    },
  }
}
