// Worked cases: each with the reckoning a person would do, so that a disputed cent can be
// settled with pencil and paper.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Currency, sum } from '#src/lib/money.ts'
import { money, type Worked, workedCart } from '#test/pricing.ts'
import { priceCart } from './price-cart.ts'
import type { TaxAmount } from './pricing.ts'

type Case = Omit<Worked, 'to' | 'currency' | 'prices' | 'rates'>
type Market = Pick<Worked, 'to' | 'currency' | 'prices' | 'rates'>

const taxesOf = (text: string, currency: Currency): [component: string, amount: bigint][] =>
  text === ''
    ? []
    : text.split(' + ').map((part) => {
        const [component, amount] = part.split(' ')
        return [component!, money(amount!, currency)]
      })
const pairs = (taxes: readonly TaxAmount[]): [string, bigint][] =>
  taxes.map(({ component, amount }) => [component, amount])

function market(name: string, place: Market, cases: readonly Case[]): void {
  for (const one of cases) {
    test(`${name}: ${one.name} (${one.reckoning})`, () => {
      const { book, cart, currency } = workedCart({ ...place, ...one })
      const priced = priceCart(book, cart)
      const { expect } = one
      const check = (actual: bigint, text: string | undefined, what: string): void => {
        if (text !== undefined) assert.equal(actual, money(text, currency), what)
      }
      assert.deepEqual(priced.problems, [])
      check(priced.subtotal, expect.subtotal, 'subtotal')
      check(priced.discount_total, expect.discount, 'discount')
      check(priced.tax_total, expect.tax, 'tax')
      check(priced.tax_included, expect.included, 'tax included')
      check(priced.total, expect.total, 'total')
      expect.taxes?.forEach((text, i) => {
        assert.deepEqual(pairs(priced.lines[i]!.taxes), taxesOf(text, currency))
      })
      expect.discounts?.forEach((text, i) => check(priced.lines[i]!.discount, text, `line ${i}`))
      if (expect.shipping_taxes !== undefined) {
        assert.deepEqual(pairs(priced.shipping!.taxes), taxesOf(expect.shipping_taxes, currency))
      }
      const added = priced.shipping?.tax_included === false ? priced.shipping.tax : 0n
      const line_totals = sum(priced.lines.map(({ total }) => total))
      assert.equal(line_totals + priced.shipping_total + added, priced.total)
    })
  }
}

const german = ['DE standard VAT 19', 'DE food VAT 7', 'DE books VAT 7', 'DE exempt VAT 0']
market('German VAT in the price', { to: 'DE', currency: 'EUR', prices: 'gross', rates: german }, [
  {
    name: 'one line',
    reckoning: '119 ÷ 1.19 = 100, 19 inside',
    lines: ['1 @ 119.00'],
    expect: { total: '119.00', subtotal: '119.00', tax: '19.00', included: '19.00' },
  },
  {
    name: 'tax per line, not per unit',
    reckoning: '3 × 9.99 = 29.97; 29.97 ÷ 1.19 = 25.184 → 25.18; 4.79',
    lines: ['3 @ 9.99'],
    expect: { total: '29.97', tax: '4.79', taxes: ['VAT 4.79'] },
  },
  {
    name: 'two categories',
    reckoning: '10 ÷ 1.19 = 8.40, 1.60; 10 ÷ 1.07 = 9.35, 0.65',
    lines: ['1 @ 10.00', '1 @ 10.00 food'],
    expect: { total: '20.00', tax: '2.25', taxes: ['VAT 1.60', 'VAT 0.65'] },
  },
  {
    name: 'taxes of the lines are summed, not the tax of the sum',
    reckoning: '0.99 ÷ 1.19 = 0.83, 0.16 each → 0.32; together 1.98 would give 0.32 too; 3 → 0.48',
    lines: ['1 @ 0.99', '1 @ 0.99', '1 @ 0.99'],
    expect: { total: '2.97', tax: '0.48' },
  },
  {
    name: 'a cent holds no tax',
    reckoning: '0.01 ÷ 1.19 = 0.0084 → 0.01, 0 left',
    lines: ['1 @ 0.01'],
    expect: { total: '0.01', tax: '0.00', taxes: ['VAT 0.00'] },
  },
  {
    name: 'a rate of zero is shown',
    reckoning: '0 % of anything',
    lines: ['2 @ 5.00 exempt'],
    expect: { total: '10.00', tax: '0.00', taxes: ['VAT 0.00'] },
  },
  {
    name: 'an untaxable line has no tax at all',
    reckoning: 'a gift card is no sale yet',
    lines: ['1 @ 50.00 untaxed', '1 @ 119.00'],
    expect: { total: '169.00', tax: '19.00', taxes: ['', 'VAT 19.00'] },
  },
  {
    name: 'a category without a rate is taxed like all else',
    reckoning: 'no rate for toys is set; 50 ÷ 1.19 = 42.0168 → 42.02',
    lines: ['1 @ 50.00 toys'],
    expect: { total: '50.00', tax: '7.98', taxes: ['VAT 7.98'] },
  },
  {
    name: 'but for zero, which is free of tax wherever nothing else is said',
    reckoning: 'no rate for zero is set',
    lines: ['1 @ 50.00 zero'],
    expect: { total: '50.00', tax: '0.00', taxes: [''] },
  },
  {
    name: 'shipping is its own taxed line',
    reckoning: '119 → 19; 4.90 ÷ 1.19 = 4.1176 → 4.12, 0.78',
    lines: ['1 @ 119.00'],
    shipping: '4.90 gross',
    expect: { total: '123.90', tax: '19.78', included: '19.78', shipping_taxes: 'VAT 0.78' },
  },
  {
    name: 'net shipping beside gross lines',
    reckoning: '119 with 19 inside; 5 + 0.95 on top',
    lines: ['1 @ 119.00'],
    shipping: '5.00 net',
    expect: { total: '124.95', tax: '19.95', included: '19.00', shipping_taxes: 'VAT 0.95' },
  },
  {
    name: 'shipping of another category',
    reckoning: '10.70 ÷ 1.07 = 10, 0.70',
    lines: ['1 @ 119.00'],
    shipping: '10.70 gross food',
    expect: { total: '129.70', tax: '19.70', shipping_taxes: 'VAT 0.70' },
  },
  {
    name: 'free shipping',
    reckoning: '0 ÷ 1.19 = 0',
    lines: ['1 @ 119.00'],
    shipping: '0 gross',
    expect: { total: '119.00', tax: '19.00', shipping_taxes: 'VAT 0.00' },
  },
  {
    name: '10 % off one line',
    reckoning: '119 − 11.90 = 107.10; ÷ 1.19 = 90, 17.10',
    lines: ['1 @ 119.00'],
    coupon: 10,
    expect: { total: '107.10', discount: '11.90', tax: '17.10' },
  },
  {
    name: '10 % off three equal lines: the odd cents go to the first',
    reckoning: '10 % of 1.00 × 3 = 0.30, 0.10 each',
    lines: ['1 @ 1.00', '1 @ 1.00', '1 @ 1.00'],
    coupon: 10,
    expect: { total: '2.70', discounts: ['0.10', '0.10', '0.10'] },
  },
  {
    name: 'a discount that does not divide',
    reckoning: '10 % of 3 × 0.33 = 0.099 → 0.10: 0.04 + 0.03 + 0.03',
    lines: ['1 @ 0.33', '1 @ 0.33', '1 @ 0.33'],
    coupon: 10,
    expect: { total: '0.89', discount: '0.10', discounts: ['0.04', '0.03', '0.03'] },
  },
  {
    name: 'a discount goes by weight and changes both taxes',
    reckoning: '20 % of 150 = 30: 20 + 10; 80 ÷ 1.19 = 67.23, 12.77; 40 ÷ 1.07 = 37.38, 2.62',
    lines: ['1 @ 100.00', '1 @ 50.00 food'],
    coupon: 20,
    expect: {
      total: '120.00',
      discounts: ['20.00', '10.00'],
      tax: '15.39',
      taxes: ['VAT 12.77', 'VAT 2.62'],
    },
  },
  {
    name: 'a free line takes no part of the discount',
    reckoning: '15 % of 20 = 3, all on the second line',
    lines: ['1 @ 0.00', '1 @ 20.00'],
    coupon: 15,
    expect: { total: '17.00', discounts: ['0.00', '3.00'] },
  },
  {
    name: '100 % off leaves nothing to pay, and no tax',
    reckoning: '59.97 − 59.97 = 0',
    lines: ['3 @ 19.99'],
    coupon: 100,
    expect: { total: '0.00', discount: '59.97', tax: '0.00' },
  },
  {
    name: '100 % off does not pay for shipping',
    reckoning: '0 + 4.90, 0.78 inside',
    lines: ['3 @ 19.99'],
    shipping: '4.90 gross',
    coupon: 100,
    expect: { total: '4.90', discount: '59.97', tax: '0.78' },
  },
  {
    name: 'a fraction of a percent',
    reckoning: '12.5 % of 79.60 = 9.95',
    lines: ['4 @ 19.90'],
    coupon: 12.5,
    expect: { total: '69.65', discount: '9.95' },
  },
  {
    name: 'half a cent of discount rounds up',
    reckoning: '5 % of 0.10 = 0.005 → 0.01',
    lines: ['1 @ 0.10'],
    coupon: 5,
    expect: { total: '0.09', discount: '0.01' },
  },
  {
    name: 'screws by the hundred',
    reckoning: '250 × 3.99 ÷ 100 = 9.975 → 9.98; ÷ 1.19 = 8.386 → 8.39, 1.59',
    lines: ['250 @ 3.99 per 100'],
    expect: { total: '9.98', subtotal: '9.98', tax: '1.59' },
  },
  {
    name: 'one of a hundred',
    reckoning: '1 × 3.99 ÷ 100 = 0.0399 → 0.04',
    lines: ['1 @ 3.99 per 100'],
    expect: { total: '0.04', subtotal: '0.04' },
  },
  {
    name: 'too few to cost anything',
    reckoning: '1 × 0.40 ÷ 100 = 0.004 → 0',
    lines: ['1 @ 0.40 per 100'],
    expect: { total: '0.00', tax: '0.00' },
  },
  {
    name: 'nothing but a free sample',
    reckoning: '0 + 0',
    lines: ['1 @ 0.00'],
    expect: { total: '0.00', tax: '0.00' },
  },
  {
    name: 'an empty cart',
    reckoning: 'nothing',
    lines: [],
    expect: { total: '0.00', subtotal: '0.00', tax: '0.00' },
  },
  {
    name: 'an empty cart with a coupon',
    reckoning: '10 % of nothing',
    lines: [],
    coupon: 10,
    expect: { total: '0.00', discount: '0.00' },
  },
])

market(
  'French VAT',
  {
    to: 'FR',
    currency: 'EUR',
    prices: 'gross',
    rates: ['FR standard TVA 20', 'FR food TVA 5.5', 'FR press TVA 2.1'],
  },
  [
    {
      name: 'three rates',
      reckoning: '12 → 2; 10.55 → 0.55; 10.21 → 0.21',
      lines: ['1 @ 12.00', '1 @ 10.55 food', '1 @ 10.21 press'],
      expect: { total: '32.76', tax: '2.76', taxes: ['TVA 2.00', 'TVA 0.55', 'TVA 0.21'] },
    },
    {
      name: 'one euro',
      reckoning: '1 ÷ 1.2 = 0.8333 → 0.83, 0.17',
      lines: ['1 @ 1.00'],
      expect: { total: '1.00', tax: '0.17' },
    },
  ],
)
market('Exported from the EU', { to: 'CH', currency: 'EUR', prices: 'gross', rates: german }, [
  {
    name: 'no rate, no tax',
    reckoning: 'the price stays, nothing is inside',
    lines: ['1 @ 119.00'],
    shipping: '20.00 gross',
    expect: { total: '139.00', tax: '0.00', taxes: [''], shipping_taxes: '' },
  },
])
market(
  'Hungarian VAT',
  { to: 'HU', currency: 'HUF', prices: 'gross', rates: ['HU standard AFA 27'] },
  [
    {
      name: 'the highest rate in Europe',
      reckoning: '12700 ÷ 1.27 = 10000',
      lines: ['1 @ 12700.00'],
      expect: { total: '12700.00', tax: '2700.00' },
    },
  ],
)
market('Business prices', { to: 'DE', currency: 'EUR', prices: 'net', rates: german }, [
  {
    name: 'tax on top',
    reckoning: '100 + 19',
    lines: ['1 @ 100.00'],
    expect: { total: '119.00', subtotal: '100.00', tax: '19.00', included: '0.00' },
  },
  {
    name: 'the same total as the gross price gives',
    reckoning: '25.18 + 4.7842 → 4.78 = 29.96',
    lines: ['1 @ 25.18'],
    expect: { total: '29.96', tax: '4.78' },
  },
  {
    name: 'half a cent of tax rounds up',
    reckoning: '19 % of 0.50 = 0.095 → 0.10',
    lines: ['1 @ 0.50'],
    expect: { total: '0.60', tax: '0.10' },
  },
  {
    name: 'discount before tax',
    reckoning: '200 − 20 = 180; 34.20',
    lines: ['2 @ 100.00'],
    coupon: 10,
    expect: { total: '214.20', discount: '20.00', tax: '34.20' },
  },
  {
    name: 'rounded once for the line, then taxed',
    reckoning: '1500 × 7.77 ÷ 1000 = 11.655 → 11.66; 2.2154 → 2.22',
    lines: ['1500 @ 7.77 per 1000'],
    expect: { subtotal: '11.66', tax: '2.22', total: '13.88' },
  },
])

const us = [
  'US-CA standard State 6',
  'US-CA standard County 1.25',
  'US-CA food State 0',
  'US-NY standard State 4',
  'US-NY standard City 4.5',
  'US-NY standard MCTD 0.375',
  'US-OR standard State 0',
]
market('California', { to: 'US-CA', currency: 'USD', prices: 'net', rates: us }, [
  {
    name: 'state and county',
    reckoning: '6 + 1.25 on 100',
    lines: ['1 @ 100.00'],
    expect: { total: '107.25', tax: '7.25', taxes: ['State 6.00 + County 1.25'] },
  },
  {
    name: 'each component is rounded',
    reckoning: '19.99: 1.1994 → 1.20, 0.249875 → 0.25',
    lines: ['1 @ 19.99'],
    expect: { total: '21.44', tax: '1.45', taxes: ['State 1.20 + County 0.25'] },
  },
  {
    name: 'groceries are free of tax',
    reckoning: '0 %',
    lines: ['3 @ 4.99 food'],
    expect: { total: '14.97', tax: '0.00', taxes: ['State 0.00'] },
  },
  {
    name: 'shipping is taxed when the rate table says so',
    reckoning: '5.99: 0.3594 → 0.36, 0.074875 → 0.07',
    lines: ['1 @ 100.00'],
    shipping: '5.99 net',
    expect: { total: '113.67', tax: '7.68', shipping_taxes: 'State 0.36 + County 0.07' },
  },
  {
    name: 'shipping that is free of tax',
    reckoning: '5.99 + 0',
    lines: ['1 @ 100.00'],
    shipping: '5.99 net zero',
    expect: { total: '113.24', tax: '7.25', shipping_taxes: '' },
  },
  {
    name: 'coupon, then tax',
    reckoning: '25 % of 80 = 20; 60: 3.60 + 0.75',
    lines: ['4 @ 20.00'],
    coupon: 25,
    expect: { total: '64.35', discount: '20.00', tax: '4.35' },
  },
])
market('New York', { to: 'US-NY', currency: 'USD', prices: 'net', rates: us }, [
  {
    name: 'three components',
    reckoning: '49.95: 1.998 → 2.00, 2.24775 → 2.25, 0.1873125 → 0.19',
    lines: ['1 @ 49.95'],
    expect: { total: '54.39', tax: '4.44', taxes: ['State 2.00 + City 2.25 + MCTD 0.19'] },
  },
])
market('Oregon', { to: 'US-OR', currency: 'USD', prices: 'net', rates: us }, [
  {
    name: 'no sales tax',
    reckoning: '0 %',
    lines: ['1 @ 49.95'],
    expect: { total: '49.95', tax: '0.00', taxes: ['State 0.00'] },
  },
])
market(
  'Texas, where the shop has no nexus',
  { to: 'US-TX', currency: 'USD', prices: 'net', rates: us },
  [
    {
      name: 'no zone',
      reckoning: 'nothing set',
      lines: ['1 @ 49.95'],
      expect: { total: '49.95', tax: '0.00', taxes: [''] },
    },
  ],
)
market(
  'Canada',
  {
    to: 'CA-QC',
    currency: 'CAD',
    prices: 'net',
    rates: ['CA standard GST 5', 'CA-QC standard GST 5', 'CA-QC standard QST 9.975'],
  },
  [
    {
      name: 'Quebec',
      reckoning: '100: 5 + 9.975 → 9.98',
      lines: ['1 @ 100.00'],
      expect: { total: '114.98', taxes: ['GST 5.00 + QST 9.98'] },
    },
  ],
)
market(
  'Alberta',
  {
    to: 'CA-AB',
    currency: 'CAD',
    prices: 'net',
    rates: ['CA standard GST 5', 'CA-QC standard QST 9.975'],
  },
  [
    {
      name: 'the rate of the country holds where the province has none',
      reckoning: '5 % of 100',
      lines: ['1 @ 100.00'],
      expect: { total: '105.00', taxes: ['GST 5.00'] },
    },
  ],
)

const gst = [
  'IN standard IGST 18',
  'IN food IGST 5',
  'IN luxury IGST 28',
  'IN-KA standard CGST 9',
  'IN-KA standard SGST 9',
  'IN-KA food CGST 2.5',
  'IN-KA food SGST 2.5',
]
market('India, same state', { to: 'IN-KA', currency: 'INR', prices: 'gross', rates: gst }, [
  {
    name: 'CGST and SGST inside the price',
    reckoning: '1180 ÷ 1.18 = 1000, 90 + 90',
    lines: ['1 @ 1180.00'],
    expect: { total: '1180.00', tax: '180.00', taxes: ['CGST 90.00 + SGST 90.00'] },
  },
  {
    name: 'the halves stay equal where a net exists',
    reckoning: '0.60: net 0.50, 0.045 → 0.05 each',
    lines: ['1 @ 0.60'],
    expect: { total: '0.60', taxes: ['CGST 0.05 + SGST 0.05'] },
  },
  {
    name: 'a price without a net: gross is the truth',
    reckoning: '0.59: no net; ÷ 1.18 = 0.50, 0.09 = 0.05 + 0.04',
    lines: ['1 @ 0.59'],
    expect: { total: '0.59', tax: '0.09', taxes: ['CGST 0.05 + SGST 0.04'] },
  },
  {
    name: 'a usual price that has no net either',
    reckoning: 'net 846.61 → 998.99, 846.62 → 999.02; 999 − 846.61 = 152.39 = 76.20 + 76.19',
    lines: ['1 @ 999.00'],
    expect: { total: '999.00', tax: '152.39', taxes: ['CGST 76.20 + SGST 76.19'] },
  },
  {
    name: 'food at 5 %',
    reckoning: '105 ÷ 1.05 = 100; 2.50 each',
    lines: ['1 @ 105.00 food'],
    expect: { total: '105.00', taxes: ['CGST 2.50 + SGST 2.50'] },
  },
  {
    name: 'a category only the country knows',
    reckoning: '128 ÷ 1.28 = 100; 28',
    lines: ['1 @ 128.00 luxury'],
    expect: { total: '128.00', taxes: ['IGST 28.00'] },
  },
  {
    name: 'shipping too',
    reckoning: '1180 → 90 + 90; 59 ÷ 1.18 = 50, 4.50 + 4.50',
    lines: ['1 @ 1180.00'],
    shipping: '59.00 gross',
    expect: { total: '1239.00', tax: '189.00', shipping_taxes: 'CGST 4.50 + SGST 4.50' },
  },
])
market('India, another state', { to: 'IN-MH', currency: 'INR', prices: 'gross', rates: gst }, [
  {
    name: 'IGST',
    reckoning: '1180 ÷ 1.18 = 1000, 180',
    lines: ['1 @ 1180.00'],
    expect: { total: '1180.00', tax: '180.00', taxes: ['IGST 180.00'] },
  },
  {
    name: 'with a coupon',
    reckoning: '1180 − 118 = 1062; ÷ 1.18 = 900; 162',
    lines: ['1 @ 1180.00'],
    coupon: 10,
    expect: { total: '1062.00', discount: '118.00', tax: '162.00' },
  },
])
market('India, wholesale', { to: 'IN-KA', currency: 'INR', prices: 'net', rates: gst }, [
  {
    name: 'both halves on top',
    reckoning: '1000: 90 + 90',
    lines: ['1 @ 1000.00'],
    expect: { total: '1180.00', taxes: ['CGST 90.00 + SGST 90.00'] },
  },
  {
    name: 'both halves round the same way',
    reckoning: '0.50: 0.045 → 0.05 each',
    lines: ['1 @ 0.50'],
    expect: { total: '0.60', taxes: ['CGST 0.05 + SGST 0.05'] },
  },
])

market(
  'Japan',
  { to: 'JP', currency: 'JPY', prices: 'gross', rates: ['JP standard CT 10', 'JP food CT 8'] },
  [
    {
      name: 'no decimals',
      reckoning: '1100 ÷ 1.1 = 1000; 108 ÷ 1.08 = 100',
      lines: ['1 @ 1100', '1 @ 108 food'],
      expect: { total: '1208', tax: '108', taxes: ['CT 100', 'CT 8'] },
    },
    {
      name: 'a yen that does not divide',
      reckoning: '999 ÷ 1.1 = 908.18 → 908; 91',
      lines: ['3 @ 333'],
      expect: { total: '999', tax: '91' },
    },
    {
      name: 'a discount in whole yen',
      reckoning: '15 % of 999 = 149.85 → 150; 849 ÷ 1.1 = 771.8 → 772; 77',
      lines: ['3 @ 333'],
      coupon: 15,
      expect: { total: '849', discount: '150', tax: '77' },
    },
  ],
)
market(
  'Japan, tax on top',
  { to: 'JP', currency: 'JPY', prices: 'net', rates: ['JP standard CT 10'] },
  [
    {
      name: 'half a yen rounds up',
      reckoning: '10 % of 105 = 10.5 → 11',
      lines: ['1 @ 105'],
      expect: { total: '116', tax: '11' },
    },
  ],
)
market('Kuwait', { to: 'KW', currency: 'KWD', prices: 'net', rates: ['KW standard VAT 5'] }, [
  {
    name: 'three decimals',
    reckoning: '3 × 1.375 = 4.125; 5 % = 0.20625 → 0.206',
    lines: ['3 @ 1.375'],
    expect: { total: '4.331', subtotal: '4.125', tax: '0.206' },
  },
  {
    name: 'a discount to the fils',
    reckoning: '33.3333 % of 1.000 = 0.333333 → 0.333; 5 % of 0.667 = 0.03335 → 0.033',
    lines: ['1 @ 1.000'],
    coupon: 33.3333,
    expect: { total: '0.700', discount: '0.333', tax: '0.033' },
  },
])
market('Bahrain', { to: 'BH', currency: 'BHD', prices: 'gross', rates: ['BH standard VAT 10'] }, [
  {
    name: 'inclusive with three decimals',
    reckoning: '1.100 ÷ 1.1 = 1.000',
    lines: ['1 @ 1.100'],
    expect: { total: '1.100', tax: '0.100' },
  },
])
