// Who owes the tax: distance sales, reverse charge, exports, Northern Ireland, certificates.
import { golden, type Market } from '#test/golden.ts'

const base = { currency: 'EUR', presets: ['eu-vat', 'uk-ch-no-vat'] } as const
const gross = (from: string, to: string, more: Partial<Market> = {}): Market => ({
  ...base,
  prices: 'gross',
  from,
  to,
  ...more,
})
const net = (from: string, to: string, more: Partial<Market> = {}): Market => ({
  ...gross(from, to, more),
  prices: 'net',
})
const directive = (article: string) => `Directive 2006/112/EC, ${article}`

golden(directive('Article 32'), gross('DE', 'DE', { treatment: 'taxed' }), [
  ['119.00 ÷ 1.19 = 100.00', '1 @ 119.00', 'VAT 19.00 = 119.00'],
])
golden(directive('Article 33 and 369a (OSS)'), gross('DE', 'AT', { treatment: 'taxed' }), [
  ['to a consumer in Austria: 120.00 ÷ 1.20 = 100.00', '1 @ 120.00', 'VAT 20.00 = 120.00'],
])
golden(directive('Article 33 (OSS)'), net('DE', 'HU', { treatment: 'taxed' }), [
  ['to a consumer in Hungary: 100.00 × 27 % = 27.00', '1 @ 100.00', 'VAT 27.00 = 127.00'],
])
golden(directive('Article 33 (OSS)'), net('DK', 'FI', { treatment: 'taxed' }), [
  [
    '10.00 × 25.5 % = 2.55; a book 10.00 × 13.5 % = 1.35',
    '1 @ 10.00; 1 @ 10.00 books',
    'VAT 2.55 | VAT 1.35 = 23.90',
  ],
])
const below = { settings: { eu_sales: 'origin' as const } }
golden(directive('Article 59c'), gross('DE', 'AT', { ...below, treatment: 'origin' }), [
  ['below 10,000 EUR the rate of the seller: 119.00 ÷ 1.19', '1 @ 119.00', 'VAT 19.00 = 119.00'],
])
golden(directive('Article 59c'), net('LU', 'HU', { ...below, treatment: 'origin' }), [
  ['the rate of Luxembourg: 100.00 × 17 %', '1 @ 100.00', 'VAT 17.00 = 117.00'],
])
golden(directive('Article 59c'), net('DE', 'DE', { ...below, treatment: 'taxed' }), [
  ['at home nothing differs: 100.00 × 19 %', '1 @ 100.00', 'VAT 19.00 = 119.00'],
])
const hungarian = {
  ...{ id: 'two', country: 'HU', region: null, number: '151', reason: 'embassy' },
  ...{ valid_from: null, valid_until: null },
}
const austrian = { tax_id: 'ATU13585627', treatment: 'reverse_charge' as const }
golden(directive('Articles 138, 194 to 196'), net('DE', 'AT', austrian), [
  ['the buyer owes the tax', '1 @ 100.00', '– = 100.00'],
  ['and that of shipping', '1 @ 100.00; ship 5.00 net', '– ~ – = 105.00'],
])
golden(directive('Articles 138, 194 to 196'), gross('DE', 'AT', austrian), [
  ['less the tax inside: 120.00 ÷ 1.20 = 100.00', '1 @ 120.00', '– = 100.00'],
  ['a unit at 12.00 is 10.00; 3 × 10.00', '3 @ 12.00', '– = 30.00'],
  [
    '9.99 ÷ 1.20 = 8.325: 8.32 makes 9.98, 8.33 makes 10.00; no net, so 9.99 − 1.66',
    '3 @ 9.99',
    '– = 24.99',
  ],
  ['shipping 6.00 ÷ 1.20 = 5.00', '1 @ 120.00; ship 6.00 gross', '– ~ – = 105.00'],
])
golden(directive('Articles 59c, 138'), gross('DE', 'HU', { ...below, ...austrian }), [
  [
    'a consumer there pays German VAT, so that is what the price holds: 119.00 ÷ 1.19 = 100.00',
    '1 @ 119.00; ship 5.95 gross',
    '– ~ – = 105.00',
  ],
])
golden(
  directive('Articles 59c, 151'),
  gross('DE', 'HU', { ...below, treatment: 'exempt', exemptions: [hungarian] }),
  [['an embassy with its certificate: 119.00 ÷ 1.19', '1 @ 119.00', '– = 100.00']],
)
golden(directive('Article 138'), net('DE', 'DE', { tax_id: 'ATU13585627', treatment: 'taxed' }), [
  ['the goods stay: an Austrian number changes nothing', '1 @ 100.00', 'VAT 19.00 = 119.00'],
])
golden(
  directive('Articles 32, 33, 138(1)(b)'),
  net('DE', 'AT', { tax_id: 'DE136695976', treatment: 'origin' }),
  [
    [
      'a business of the country they leave: no distance sale, and no number that exempts',
      '1 @ 100.00',
      'VAT 19.00 = 119.00',
    ],
  ],
)
golden(directive('Article 138'), net('DE', 'AT', { tax_id: 'GB980780684', treatment: 'taxed' }), [
  ['a British number is none of a member state', '1 @ 100.00', 'VAT 20.00 = 120.00'],
])
golden(
  directive('Articles 138, 194 to 196'),
  net('FR', 'IT', { tax_id: 'ESB58378431', treatment: 'reverse_charge' }),
  [['a number of a third member state does', '1 @ 100.00', '– = 100.00']],
)

const exported = { treatment: 'export' as const }
golden(directive('Article 146'), net('DE', 'US-TX 77002', exported), [
  ['goods leave the EU', '1 @ 100.00', '– = 100.00'],
])
golden(directive('Article 146'), gross('DE', 'CH', exported), [
  ['nobody there pays the VAT of the EU, the price stays', '1 @ 119.00', '– = 119.00'],
])
golden(directive('Article 146'), net('DE', 'GB SW1A 1AA', exported), [
  ['Great Britain is outside', '1 @ 100.00; ship 9.00 net', '– ~ – = 109.00'],
])
golden(directive('Article 146'), net('AT', 'NO', exported), [
  ['Norway is outside', '2 @ 50.00', '– = 100.00'],
])
const swiss = { settings: { collects_in: ['CH'] }, treatment: 'taxed' as const }
golden('MWSTG Art. 7 Abs. 3, Art. 25', net('DE', 'CH', swiss), [
  ['registered in Switzerland: 100.00 × 8.1 %', '1 @ 100.00', 'VAT 8.10 = 108.10'],
])
golden(directive('Article 6'), net('ES', 'ES 35001', exported), [
  ['the Canary Islands are outside', '1 @ 100.00', '– = 100.00'],
])
golden(directive('Article 6'), net('DE', 'DE 78266', exported), [
  ['so is Büsingen', '1 @ 100.00', '– = 100.00'],
])
golden(directive('Article 6'), net('DE', 'IT 23041', exported), [
  ['so is Livigno', '1 @ 100.00', '– = 100.00'],
])
golden(directive('Article 6'), net('FI', 'AX 22100', exported), [
  ['so is Åland', '1 @ 100.00', '– = 100.00'],
])
golden(directive('Article 6'), net('FR', 'RE 97400', exported), [
  ['so is Réunion', '1 @ 100.00', '– = 100.00'],
])
golden(directive('Article 7'), net('DE', 'MC 98000', { treatment: 'taxed' }), [
  ['Monaco counts as France: 100.00 × 20 %', '1 @ 100.00', 'VAT 20.00 = 120.00'],
])

const windsor = 'Windsor Framework, Article 8 and Annex 3; Directive 2006/112/EC, Article 33'
golden(windsor, net('DE', 'GB BT1 5GS', { treatment: 'taxed' }), [
  ['to a consumer in Belfast: 100.00 × 20 %', '1 @ 100.00', 'VAT 20.00 = 120.00'],
])
golden(windsor, net('DE', 'GB BT1 5GS', { tax_id: 'XI980780684', treatment: 'reverse_charge' }), [
  ['to a business there', '1 @ 100.00', '– = 100.00'],
])
golden(windsor, net('GB BT1 5GS', 'DE', { treatment: 'taxed' }), [
  ['from Belfast to Germany: 100.00 × 19 %', '1 @ 100.00', 'VAT 19.00 = 119.00'],
])
golden(windsor, net('GB BT1 5GS', 'DE', { tax_id: 'DE136695976', treatment: 'reverse_charge' }), [
  ['to a German business', '1 @ 100.00', '– = 100.00'],
])
golden('VATA 1994, s. 2', net('GB BT1 5GS', 'GB SW1A 1AA', { treatment: 'taxed' }), [
  ['from Belfast to London: 100.00 × 20 %', '1 @ 100.00', 'VAT 20.00 = 120.00'],
])
golden('VATA 1994, s. 2', net('GB EC1A 1BB', 'GB BT1 5GS', { treatment: 'taxed' }), [
  ['from London to Belfast: 100.00 × 20 %', '1 @ 100.00', 'VAT 20.00 = 120.00'],
])
golden('VATA 1994, s. 2', net('GB EC1A 1BB', 'IM IM1 1AA', { treatment: 'taxed' }), [
  ['the Isle of Man counts as the United Kingdom', '1 @ 100.00', 'VAT 20.00 = 120.00'],
])
golden('VATA 1994, s. 30(6)', net('GB EC1A 1BB', 'DE', exported), [
  ['an export is zero-rated', '1 @ 100.00', '– = 100.00'],
])
const oss = { settings: { collects_in: ['EU'] }, treatment: 'taxed' as const }
golden(directive('Article 369m (IOSS)'), net('GB EC1A 1BB', 'DE', oss), [
  ['a seller outside who collects in the EU: 100.00 × 19 %', '1 @ 100.00', 'VAT 19.00 = 119.00'],
])
golden(
  directive('Article 369l (IOSS)'),
  net('GB EC1A 1BB', 'DE', { ...oss, tax_id: 'DE136695976', treatment: 'export' }),
  [['a business there imports by itself', '1 @ 100.00', '– = 100.00']],
)
golden(
  directive('Article 201'),
  net('GB EC1A 1BB', 'DE', {
    settings: { collects_in: ['DE'] },
    tax_id: 'DE136695976',
    treatment: 'taxed',
  }),
  [['registered in Germany itself: 100.00 × 19 %', '1 @ 100.00', 'VAT 19.00 = 119.00']],
)

const certificate = {
  id: 'one',
  country: 'US',
  region: 'NY' as string | null,
  number: 'ST-119.1 1234',
  reason: 'charity',
  valid_until: '2026-12-31' as string | null,
}
const american = (to: string, more: Partial<Market>): Market => ({
  currency: 'USD',
  prices: 'net',
  presets: ['us-sample'],
  from: 'US-NY 14201',
  to,
  exemptions: [certificate],
  ...more,
})
golden('NY Tax Law § 1116(a)(4)', american('US-NY 10001', { treatment: 'exempt' }), [
  [
    'a charity with its certificate, whatever the city takes',
    '1 @ 100.00; ship 9.00 net',
    '– ~ – = 109.00',
  ],
])
golden('NY Tax Law § 1116(a)(4)', american('US-CO 80202', { treatment: 'taxed' }), [
  [
    'a certificate of New York in Denver: 2.9 + 5.15 + 1 + 0.1 %',
    '1 @ 100.00',
    'State 2.90 + City 5.15 + Transit 1.00 + Culture 0.10 = 109.15',
  ],
])
const run_out = { exemptions: [{ ...certificate, valid_until: '2026-05-31' }] }
golden('NY Tax Law § 1132(c)', american('US-NY 14201', { ...run_out, treatment: 'taxed' }), [
  ['it ran out yesterday: 4 + 4.75 %', '1 @ 100.00', 'State 4.00 + County 4.75 = 108.75'],
])
const last_day = { exemptions: [{ ...certificate, valid_until: '2026-06-01' }] }
golden('NY Tax Law § 1132(c)', american('US-NY 14201', { ...last_day, treatment: 'exempt' }), [
  ['it holds on its last day', '1 @ 100.00', '– = 100.00'],
])
const anywhere = { exemptions: [{ ...certificate, region: null, valid_until: null }] }
golden(
  'U.S. Const. art. VI (federal buyers)',
  american('US-TX 77002', { ...anywhere, treatment: 'exempt' }),
  [['a certificate for the whole country', '1 @ 100.00', '– = 100.00']],
)
const swiss_paper = { ...certificate, country: 'CH', region: null, valid_until: null }
golden(
  directive('Article 146'),
  gross('DE', 'CH', { exemptions: [swiss_paper], treatment: 'export' }),
  [
    ['no Swiss tax is in the price, so a certificate takes none out', '1 @ 7.77', '– = 7.77'],
    ['nor out of shipping', '1 @ 7.77; ship 5.00 gross', '– ~ – = 12.77'],
  ],
)
golden(
  'MWSTG Art. 107; MWSTV Art. 143 to 150',
  gross('DE', 'CH', { ...swiss, exemptions: [swiss_paper], treatment: 'exempt' }),
  [['registered there, to an embassy: 108.10 ÷ 1.081', '1 @ 108.10', '– = 100.00']],
)
const embassy = { ...certificate, country: 'DE', region: null, number: '15.10', reason: 'embassy' }
golden(
  'Directive 2006/112/EC, Article 151',
  gross('DE', 'DE', { exemptions: [embassy], treatment: 'exempt' }),
  [
    ['an embassy: 119.00 less the tax inside', '1 @ 119.00', '– = 100.00'],
    ['3 units: 11.90 ÷ 1.19 = 10.00 each', '3 @ 11.90', '– = 30.00'],
  ],
)
