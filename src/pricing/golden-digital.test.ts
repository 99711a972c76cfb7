// What does not travel is a service: files and codes are taxed where the buyer is, by other rules
// and with other notes than goods, and Northern Ireland is no part of the EU for them.
import { golden, type Market } from '#test/golden.ts'

const net = (from: string, to: string, more: Partial<Market> = {}): Market => ({
  currency: 'EUR',
  presets: ['eu-vat', 'uk-ch-no-vat'],
  prices: 'net',
  supply: 'services',
  from,
  to,
  ...more,
})
const gross = (from: string, to: string, more: Partial<Market> = {}): Market => ({
  ...net(from, to, more),
  prices: 'gross',
})
const directive = (article: string) => `Directive 2006/112/EC, ${article}`

const reverse_charge = /^Reverse charge: service .*Article 44 .*Article 196/
const outside_eu = /^Not subject to VAT in the EU: .*Articles 44, 58 and 59/
const of_goods = { reverse: /Article 138/, exported: /Article 146/ }

const austrian = { tax_id: 'ATU13585627', treatment: 'reverse_charge' as const }
golden(
  directive('Articles 44 and 196'),
  net('DE', 'AT', { ...austrian, notes: [reverse_charge] }),
  [['an e-book to an Austrian business', '1 @ 100.00', '– = 100.00']],
)
golden(
  directive('Articles 44 and 196'),
  gross('DE', 'AT', { ...austrian, notes: [reverse_charge] }),
  [['less the tax inside: 120.00 ÷ 1.20', '1 @ 120.00', '– = 100.00']],
)
golden(
  directive('Articles 44 and 196'),
  net('DE', 'DE', { ...austrian, notes: [reverse_charge] }),
  [['supplied where the business is, whatever address it gives', '1 @ 100.00', '– = 100.00']],
)
golden(
  directive('Articles 44, 138 and 196'),
  net('DE', 'AT', {
    ...austrian,
    supply: 'mixed',
    notes: [of_goods.reverse, reverse_charge],
  }),
  [['a mug and an e-book: both notes', '1 @ 100.00; 1 @ 10.00', '– | – = 110.00']],
)
golden(
  directive('Article 32'),
  net('DE', 'DE', { tax_id: 'ATU13585627', supply: 'mixed', treatment: 'taxed', notes: [] }),
  [
    [
      'a mug stays in Germany, so the order is treated as its goods: 100.00 × 19 %',
      '1 @ 100.00',
      'VAT 19.00 = 119.00',
    ],
  ],
)
golden(directive('Article 44'), net('DE', 'AT', { tax_id: 'DE136695976', treatment: 'origin' }), [
  ['to a German business: 100.00 × 19 %', '1 @ 100.00', 'VAT 19.00 = 119.00'],
])
golden(directive('Article 58'), net('DE', 'HU', { treatment: 'taxed' }), [
  ['to a consumer in Hungary: 100.00 × 27 %', '1 @ 100.00', 'VAT 27.00 = 127.00'],
])
const below = { settings: { eu_sales: 'origin' as const }, treatment: 'origin' as const }
golden(directive('Article 59c'), net('LU', 'HU', below), [
  ['below 10,000 EUR the rate of Luxembourg: 100.00 × 17 %', '1 @ 100.00', 'VAT 17.00 = 117.00'],
])

const exported = { treatment: 'export' as const, notes: [outside_eu] }
golden(directive('Articles 58 and 59'), gross('DE', 'CH', exported), [
  ['to a consumer in Switzerland, the price stays', '1 @ 119.00', '– = 119.00'],
])
golden(
  directive('Articles 58, 59 and 146'),
  net('DE', 'CH', { ...exported, supply: 'mixed', notes: [of_goods.exported, outside_eu] }),
  [['a mug and an e-book: both notes', '1 @ 100.00; 1 @ 10.00', '– | – = 110.00']],
)
golden(directive('Articles 5, 6 and 58'), net('ES', 'ES 35001', exported), [
  ['the Canary Islands are outside for services too', '1 @ 100.00', '– = 100.00'],
])

const windsor = 'Windsor Framework, Article 8 and Annex 3 (goods only)'
golden(windsor, net('DE', 'GB BT1 5GS', exported), [
  ['to a consumer in Belfast, who is in the United Kingdom', '1 @ 100.00', '– = 100.00'],
])
golden(windsor, net('DE', 'GB BT1 5GS', { ...exported, tax_id: 'XI980780684' }), [
  ['to a business there', '1 @ 100.00', '– = 100.00'],
])
golden(windsor, net('DE', 'GB BT1 5GS', { supply: 'mixed', treatment: 'taxed' }), [
  [
    'with goods in the order all of it as the goods: 100.00 × 20 %',
    '1 @ 100.00',
    'VAT 20.00 = 120.00',
  ],
])
const schedule = 'VATA 1994, s. 7A and Sch. 4A para. 15'
const in_gb = { settings: { collects_in: ['GB'] }, treatment: 'taxed' as const }
golden(schedule, net('DE', 'GB BT1 5GS', in_gb), [
  ['registered in the United Kingdom: 100.00 × 20 %', '1 @ 100.00', 'VAT 20.00 = 120.00'],
])
const outside_gb = /^Outside the scope of UK VAT: .*section 7A and Schedule 4A/
const from_gb = { treatment: 'export' as const, notes: [outside_gb] }
golden(schedule, net('GB BT1 5GS', 'DE', from_gb), [
  ['from Belfast to a German consumer', '1 @ 100.00', '– = 100.00'],
])
golden(schedule, net('GB BT1 5GS', 'DE', { ...from_gb, tax_id: 'DE136695976' }), [
  ['and to a German business', '1 @ 100.00', '– = 100.00'],
])
golden('VATA 1994, s. 2', net('GB BT1 5GS', 'GB SW1A 1AA', { treatment: 'taxed' }), [
  ['within the United Kingdom: 100.00 × 20 %', '1 @ 100.00', 'VAT 20.00 = 120.00'],
])
const oss = { settings: { collects_in: ['EU'] }, treatment: 'taxed' as const }
golden(directive('Articles 358a to 369 (non-Union OSS)'), net('US', 'DE', oss), [
  ['to a German consumer, whatever it is worth: 500.00 × 19 %', '1 @ 500.00', 'VAT 95.00 = 595.00'],
])
