// Promotions, shipping tables and taxes together, at the limits and thresholds of each. The sums
// are worked by hand; the source says which rule is at work.
import { taxPresets } from '#src/pricing/tax-presets.ts'
import { goldenSale, type Sale } from '#test/golden-offers.ts'
import { rates } from '#test/pricing.ts'

const german: Sale = {
  ...{ from: 'DE', to: 'DE', currency: 'EUR', prices: 'gross' },
  taxes: { tax_rates: rates('DE standard VAT 19', 'DE reduced VAT 7') },
  ways: '4.90 gross, 0.00 gross from 50.00',
  promotions: [],
}
const tenth = { kind: 'percentage', on: 'order', rate_ppm: 100_000 } as const
const twentieth = { ...tenth, rate_ppm: 50_000 }
const reduced_by = 'UStG § 17(1), § 10(1): tax is due on what is paid'

goldenSale(`${reduced_by}; docs/promotions.md`, { ...german, promotions: [[tenth]] }, [
  {
    reckoning:
      '10 % of 50.00 = 5.00; the table counts before discounts, so 50.00 is sent free; ' +
      '45.00 ÷ 1.19 = 37.82, 7.18 inside',
    ...{ lines: '1 @ 50.00', off: '5.00', shipping: '0.00', tax: '7.18', total: '45.00' },
  },
  {
    reckoning:
      'a cent less: 10 % of 49.99 = 4.999 → 5.00; 44.99 ÷ 1.19 = 37.81, 7.18; ' +
      '4.90 ÷ 1.19 = 4.12, 0.78',
    ...{ lines: '1 @ 49.99', off: '5.00', shipping: '4.90', tax: '7.96', total: '49.89' },
  },
])

const carriage = { kind: 'free_shipping', max_amount: 300n } as const
const from_30 = { class: 'shipping' as const, conditions: { min_subtotal: 3_000n } }
goldenSale(
  `${reduced_by}; UStAE 3.10: carriage shares the fate of the goods`,
  { ...german, promotions: [[carriage, from_30]] },
  [
    {
      reckoning:
        'from 30.00 on up to 3.00 off the carriage: 4.90 − 3.00 = 1.90; ' +
        '30.00 ÷ 1.19 = 25.21, 4.79; 1.90 ÷ 1.19 = 1.60, 0.30',
      ...{ lines: '2 @ 15.00', off: '0.00', shipping: '1.90', tax: '5.09', total: '31.90' },
    },
    {
      reckoning: 'below 30.00: 29.98 ÷ 1.19 = 25.19, 4.79; 4.90 holds 0.78',
      ...{ lines: '2 @ 14.99', off: '0.00', shipping: '4.90', tax: '5.57', total: '34.88' },
    },
  ],
)

const capped = { kind: 'percentage', on: 'order', rate_ppm: 250_000, max_amount: 1_000n } as const
goldenSale(`${reduced_by}; one discount over two rates`, { ...german, promotions: [[capped]] }, [
  {
    reckoning:
      '25 % of 100.00 = 25.00, at most 10.00: 6.00 and 4.00; 54.00 ÷ 1.19 = 45.38, 8.62; ' +
      '36.00 ÷ 1.07 = 33.64, 2.36; sent free',
    lines: '1 @ 60.00; 1 @ 40.00 reduced',
    ...{ off: '10.00', shipping: '0.00', tax: '10.98', total: '90.00' },
  },
  {
    reckoning:
      'below the limit: 25 % of 32.00 = 8.00, as 24 : 8 makes 6.00 and 2.00; ' +
      '18.00 ÷ 1.19 = 15.13, 2.87; 6.00 ÷ 1.07 = 5.61, 0.39; 4.90 holds 0.78',
    lines: '1 @ 24.00; 1 @ 8.00 reduced',
    ...{ off: '8.00', shipping: '4.90', tax: '4.04', total: '28.90' },
  },
])

goldenSale(
  `${reduced_by}; UStAE 3.10(6): carriage in proportion to what is paid for the goods`,
  {
    ...german,
    settings: { shipping: 'proportional' },
    ways: '5.00 gross',
    promotions: [[{ kind: 'fixed', on: 'order', amount: 2_000n }]],
  },
  [
    {
      reckoning:
        '20.00 as 60 : 40 is 12.00 and 8.00; 48.00 ÷ 1.19 = 40.34, 7.66; 32.00 ÷ 1.07 = 29.91, ' +
        '2.09; 5.00 as 48 : 32 is 3.00 and 2.00, which hold 0.48 and 0.13',
      lines: '1 @ 60.00; 1 @ 40.00 reduced',
      ...{ off: '20.00', shipping: '5.00', tax: '10.36', total: '85.00' },
    },
  ],
)

const budgeted = (spent: bigint): Sale => ({
  ...german,
  ways: '4.90 gross',
  promotions: [[tenth, { budget: 500n, spent }]],
})
goldenSale('docs/promotions.md: a budget is never overspent', budgeted(0n), [
  {
    reckoning: '5.00 of a budget of 5.00: 45.00 ÷ 1.19 = 37.82, 7.18; 4.90 holds 0.78',
    ...{ lines: '1 @ 50.00', off: '5.00', shipping: '4.90', tax: '7.96', total: '49.90' },
  },
])
goldenSale('docs/promotions.md: a budget is never overspent', budgeted(1n), [
  {
    reckoning: '4.99 are left, 5.00 is more: 50.00 ÷ 1.19 = 42.02, 7.98; 4.90 holds 0.78',
    ...{ lines: '1 @ 50.00', off: '0.00', shipping: '4.90', tax: '8.76', total: '54.90' },
  },
])

const fifth = { kind: 'percentage', on: 'lines', rate_ppm: 200_000 } as const
const free_from_40 = { class: 'shipping' as const, conditions: { min_subtotal: 4_000n } }
goldenSale(
  'docs/promotions.md: minimums count before other discounts',
  {
    ...german,
    promotions: [
      [fifth, { class: 'product', combines_with: ['shipping'] }],
      [{ kind: 'free_shipping' }, { ...free_from_40, combines_with: ['product'] }],
    ],
  },
  [
    {
      reckoning: '20 % of 40.00 = 8.00, sent free from 40.00 on; 32.00 ÷ 1.07 = 29.91, 2.09',
      lines: '2 @ 20.00 reduced',
      ...{ off: '8.00', shipping: '0.00', tax: '2.09', total: '32.00' },
    },
    {
      reckoning:
        '20 % of 39.98 = 7.996 → 8.00; 31.98 ÷ 1.07 = 29.888 → 29.89, 2.09; 4.90 holds 0.78',
      lines: '2 @ 19.99 reduced',
      ...{ off: '8.00', shipping: '4.90', tax: '2.87', total: '36.88' },
    },
  ],
)

const two_and_one = {
  kind: 'buy_x_get_y',
  buy: { goods: {}, quantity: 2 },
  get: { goods: {}, quantity: 1 },
  rate_ppm: 1_000_000,
} as const
goldenSale(`${reduced_by}; docs/promotions.md`, { ...german, promotions: [[two_and_one]] }, [
  {
    reckoning: 'one of three is free, and 60.00 is sent free; 40.00 ÷ 1.19 = 33.61, 6.39',
    ...{ lines: '3 @ 20.00', off: '20.00', shipping: '0.00', tax: '6.39', total: '40.00' },
  },
])

const us_sample = taxPresets().find(({ name }) => name === 'us-sample')!
const new_york: Sale = {
  ...{ from: 'US-NY 10001', to: 'US-NY 10001', currency: 'USD', prices: 'net' },
  taxes: {
    tax_rates: us_sample.zones.flatMap(({ country, region, adds, rates: of_zone }) =>
      of_zone.map((rate) => ({ country, region, adds, ...rate })),
    ),
    tax_districts: us_sample.districts.map(({ law: _, ...one }) => ({ ...one, id: one.name })),
  },
  ways: '9.00 net',
  promotions: [],
}
const coat = 'NY Tax Law § 1115(a)(30); 20 NYCRR 526.5(c): a discount of the store lowers the price'
goldenSale(coat, { ...new_york, promotions: [[tenth]] }, [
  {
    reckoning:
      'a coat of 120.00 less 12.00 is below 110.00 and exempt; 9.00 of shipping: ' +
      '0.36, 0.405 → 0.41, 0.03375 → 0.03',
    lines: '1 @ 120.00 clothing',
    ...{ off: '12.00', shipping: '9.00', tax: '0.80', total: '117.80' },
  },
])
goldenSale(coat, { ...new_york, promotions: [[twentieth]] }, [
  {
    reckoning: 'less 6.00 it is not: 114.00 bears 4.56, 5.13, 0.4275 → 0.43; shipping 0.80',
    lines: '1 @ 120.00 clothing',
    ...{ off: '6.00', shipping: '9.00', tax: '10.92', total: '133.92' },
  },
])

const import_scheme = 'Directive 2006/112/EC, Article 369l: consignments of up to 150 EUR'
const from_zurich: Sale = {
  ...german,
  ...{ from: 'CH', prices: 'net', settings: { collects_in: ['EU'] } },
  ...{ ways: '10.00 net', promotions: [[tenth]] },
}
goldenSale(import_scheme, from_zurich, [
  {
    reckoning: '160.00 less 16.00 are 144.00, within: 19 % are 27.36, of 10.00 they are 1.90',
    ...{ lines: '1 @ 160.00', off: '16.00', shipping: '10.00', tax: '29.26', total: '183.26' },
  },
  {
    reckoning: '170.00 less 17.00 are 153.00, beyond: the buyer imports them',
    ...{ lines: '1 @ 170.00', off: '17.00', shipping: '10.00', tax: '0.00', total: '163.00' },
    treatment: 'export',
  },
])

goldenSale(
  'Directive 2006/112/EC, Articles 138, 194; docs/tax.md: promotions see prices without the tax',
  {
    ...german,
    ...{ to: 'AT', tax_id: 'ATU13585627', taxes: { tax_rates: rates('AT standard VAT 20') } },
    ways: '6.00 gross, 0.00 gross from 60.00',
    promotions: [[tenth, { conditions: { min_subtotal: 5_000n } }]],
  },
  [
    {
      reckoning:
        '60.00 ÷ 1.20 = 50.00, which reaches the minimum of 50.00 and not the 60.00 of the ' +
        'table; less 5.00; carriage 6.00 ÷ 1.20 = 5.00',
      ...{ lines: '1 @ 60.00', off: '5.00', shipping: '5.00', tax: '0.00', total: '50.00' },
      treatment: 'reverse_charge',
    },
  ],
)

goldenSale(
  'CGST Act, s. 15(3)(a): a discount on the invoice is no part of the value',
  {
    ...{ from: 'IN-MH', to: 'IN-MH', currency: 'INR', prices: 'net' },
    taxes: { tax_rates: rates('IN standard GST 18') },
    ways: '50.00 net, 0.00 net from 1000.00',
    promotions: [[{ kind: 'fixed', on: 'order', amount: 10_000n }]],
  },
  [
    {
      reckoning: '1,000.00 less 100.00 sent free: CGST and SGST of 9 % on 900.00 are 81.00 each',
      ...{ lines: '2 @ 500.00', off: '100.00', shipping: '0.00', tax: '162.00', total: '1062.00' },
    },
    {
      reckoning: '999.00 less 100.00: 9 % of 899.00 are 80.91 each, of 50.00 they are 4.50 each',
      ...{ lines: '1 @ 999.00', off: '100.00', shipping: '50.00', tax: '170.82' },
      total: '1119.82',
    },
  ],
)
