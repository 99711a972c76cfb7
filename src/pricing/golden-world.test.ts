// India, Japan, Australia and others; shipping with goods of several rates; rounding per invoice.
import { golden, type Market } from '#test/golden.ts'

const india = (to: string, more: Partial<Market> = {}): Market => ({
  currency: 'INR',
  prices: 'net',
  presets: ['in-gst'],
  from: 'IN-MH 400013',
  to,
  ...more,
})
golden('CGST Act, s. 9; IGST Act, s. 8 and 10(1)(a)', india('IN-MH 400050'), [
  [
    'within Maharashtra 18 % in two halves: 90.00 each',
    '1 @ 1000.00',
    'CGST 90.00 + SGST 90.00 = 1180.00',
  ],
  [
    'each half is rounded: 9 % of 99.50 = 8.955 → 8.96',
    '1 @ 99.50',
    'CGST 8.96 + SGST 8.96 = 117.42',
  ],
  [
    '5 %: 2.5 % of 499.00 = 12.475 → 12.48',
    '1 @ 499.00 reduced',
    'CGST 12.48 + SGST 12.48 = 523.96',
  ],
  ['gold at 3 %: 1.5 % each', '1 @ 50000.00 jewelry', 'CGST 750.00 + SGST 750.00 = 51500.00'],
  [
    'shipping is part of the supply (CGST Act, s. 15(2)(c)): 9 % of 50.00',
    '1 @ 1000.00; ship 50.00 net',
    'CGST 90.00 + SGST 90.00 ~ CGST 4.50 + SGST 4.50 = 1239.00',
  ],
])
golden('IGST Act, s. 5 and 7', india('IN-KA 560001'), [
  ['to Karnataka 18 % in one: 180.00', '1 @ 1000.00', 'IGST 180.00 = 1180.00'],
  ['18 % of 99.50 = 17.91: a paisa less than two halves', '1 @ 99.50', 'IGST 17.91 = 117.41'],
  ['40 % on luxury', '1 @ 1000.00 luxury', 'IGST 400.00 = 1400.00'],
])
const delhi = { tax_id: '07AABCU9603R1ZP', place_of_supply: '07-Delhi' }
const mumbai = { tax_id: '27AABCU9603R1ZN', place_of_supply: '27-Maharashtra' }
golden('IGST Act, s. 7 and 10(1)(b)', india('IN-MH 400050', delhi), [
  [
    'a business of Delhi has it delivered in Mumbai: 18 % of 1000.00 as IGST',
    '1 @ 1000.00',
    'IGST 180.00 = 1180.00',
  ],
  ['18 % of 99.50 = 17.91', '1 @ 99.50', 'IGST 17.91 = 117.41'],
  [
    'and of shipping: 18 % of 50.00',
    '1 @ 1000.00; ship 50.00 net',
    'IGST 180.00 ~ IGST 9.00 = 1239.00',
  ],
])
golden('IGST Act, s. 7 and 10(1)(b)', india('IN-KA 560001', delhi), [
  [
    'or in Karnataka: between states as before, and for Delhi',
    '1 @ 1000.00',
    'IGST 180.00 = 1180.00',
  ],
])
golden('IGST Act, s. 8 and 10(1)(b)', india('IN-DL 110001', mumbai), [
  [
    'a business of the state of the seller has it delivered in Delhi: 9 % of 1000.00 twice',
    '1 @ 1000.00',
    'CGST 90.00 + SGST 90.00 = 1180.00',
  ],
])
golden('IGST Act, s. 8 and 10(1)(a)', india('IN-MH 400050', mumbai), [
  ['delivered where it is registered', '1 @ 1000.00', 'CGST 90.00 + SGST 90.00 = 1180.00'],
])
golden(
  'IGST Act, s. 10(1)(a)',
  india('IN-MH 400050', { tax_id: 'DE136695976', place_of_supply: '27-Maharashtra' }),
  [['a number that is no GSTIN moves nothing', '1 @ 1000.00', 'CGST 90.00 + SGST 90.00 = 1180.00']],
)
golden('IGST Act, s. 12(2)(a)', india('IN-MH 400050', { ...delhi, supply: 'services' }), [
  ['a file for a business of Delhi: 18 % as IGST', '1 @ 1000.00', 'IGST 180.00 = 1180.00'],
])
golden('UTGST Act, s. 7', india('IN-CH 160017', { from: 'IN-CH 160017' }), [
  ['Chandigarh has no legislature: UTGST', '1 @ 1000.00', 'CGST 90.00 + UTGST 90.00 = 1180.00'],
])
golden('UTGST Act, s. 7', india('IN-LA 194101', { from: 'IN-LA 194101' }), [
  ['so it is in Ladakh', '1 @ 200.00 reduced', 'CGST 5.00 + UTGST 5.00 = 210.00'],
])
golden(
  'CGST Act, s. 9 (Delhi has a legislature)',
  india('IN-DL 110001', { from: 'IN-DL 110001' }),
  [['SGST in Delhi', '1 @ 1000.00', 'CGST 90.00 + SGST 90.00 = 1180.00']],
)
golden(
  'CGST Act, s. 9 (Puducherry has a legislature)',
  india('IN-PY 605001', { from: 'IN-PY 605001' }),
  [['SGST in Puducherry', '1 @ 1000.00', 'CGST 90.00 + SGST 90.00 = 1180.00']],
)
golden('IGST Act, s. 7 (union territory)', india('IN-AN 744101'), [
  ['from Maharashtra to the Andamans: IGST', '1 @ 1000.00', 'IGST 180.00 = 1180.00'],
])
golden('IGST Act, s. 16', india('US-CA 90012', { treatment: 'export' }), [
  ['an export under letter of undertaking', '1 @ 1000.00', '– = 1000.00'],
])
const apparel = 'Notification no. 9/2025-Central Tax (Rate), Schedules I and II'
golden(apparel, india('IN-KA 560001'), [
  [
    'a shirt at 2,500.00 does not exceed 2,500: 5 %',
    '1 @ 2500.00 apparel',
    'IGST 125.00 = 2625.00',
  ],
  ['at 2,500.01 it does: 450.0018 → 450.00', '1 @ 2500.01 apparel', 'IGST 450.00 = 2950.01'],
  [
    'four at 999.00 are 3,996.00, and each is below: 5 % = 199.80',
    '4 @ 999.00 apparel',
    'IGST 199.80 = 4195.80',
  ],
  ['shoes at 3,000.00: 18 %', '1 @ 3000.00 footwear', 'IGST 540.00 = 3540.00'],
])
golden(apparel, india('IN-MH 400050'), [
  ['at home in halves: 62.50 each', '1 @ 2500.00 apparel', 'CGST 62.50 + SGST 62.50 = 2625.00'],
  ['and above: 270.00 each', '1 @ 3000.00 apparel', 'CGST 270.00 + SGST 270.00 = 3540.00'],
])
golden(
  'Legal Metrology (Packaged Commodities) Rules 2011 (MRP holds all taxes)',
  india('IN-MH 400050', { prices: 'gross' }),
  [
    ['1,180.00 holds 1,000.00', '1 @ 1180.00', 'CGST 90.00 + SGST 90.00 = 1180.00'],
    ['117.42 holds 99.50', '1 @ 117.42', 'CGST 8.96 + SGST 8.96 = 117.42'],
    ['2,625.00 holds 2,500.00 at 5 %', '1 @ 2625.00 apparel', 'CGST 62.50 + SGST 62.50 = 2625.00'],
    [
      '3,540.00 holds 3,000.00 at 18 %',
      '1 @ 3540.00 apparel',
      'CGST 270.00 + SGST 270.00 = 3540.00',
    ],
  ],
)

golden(
  'A New Tax System (GST) Act 1999, s. 9-70, 9-75',
  { to: 'AU-NSW 2000', currency: 'AUD', prices: 'gross', presets: ['pacific-gst'] },
  [
    ['an eleventh: 110.00 ÷ 1.10 = 100.00', '1 @ 110.00', 'GST 10.00 = 110.00'],
    ['bread is free of GST (s. 38-2)', '1 @ 4.50 zero', 'GST 0.00 = 4.50'],
  ],
)
golden(
  'Goods and Services Tax Act 1985 (NZ), s. 8',
  { to: 'NZ', currency: 'NZD', prices: 'gross', presets: ['pacific-gst'] },
  [['three twenty-thirds: 115.00 ÷ 1.15', '1 @ 115.00', 'GST 15.00 = 115.00']],
)
golden(
  'Goods and Services Tax Act 1993 (SG), s. 16',
  { to: 'SG', currency: 'SGD', prices: 'net', presets: ['pacific-gst'] },
  [['9 %', '1 @ 100.00', 'GST 9.00 = 109.00']],
)
golden('MWSTG Art. 25', { to: 'CH', currency: 'CHF', prices: 'gross', presets: ['uk-ch-no-vat'] }, [
  ['108.10 ÷ 1.081 = 100.00', '1 @ 108.10', 'VAT 8.10 = 108.10'],
  ['a book at 2.6 %: 25.65 ÷ 1.026 = 25.00', '1 @ 25.65 books', 'VAT 0.65 = 25.65'],
])
golden(
  'Merverdiavgiftsloven § 5-1, 5-2, 6-3',
  { to: 'NO', currency: 'NOK', prices: 'gross', presets: ['uk-ch-no-vat'] },
  [
    ['125.00 ÷ 1.25', '1 @ 125.00', 'MVA 25.00 = 125.00'],
    ['food: 115.00 ÷ 1.15', '1 @ 115.00 reduced', 'MVA 15.00 = 115.00'],
    ['a book', '1 @ 349.00 books', 'MVA 0.00 = 349.00'],
  ],
)
golden(
  'VATA 1994, s. 2, 29A, 30',
  { to: 'GB SW1A 1AA', currency: 'GBP', prices: 'gross', presets: ['uk-ch-no-vat'] },
  [
    ['a sixth: 12.00 ÷ 1.20', '1 @ 12.00', 'VAT 2.00 = 12.00'],
    ['a car seat for children: 105.00 ÷ 1.05', '1 @ 105.00 reduced', 'VAT 5.00 = 105.00'],
    ['a book', '1 @ 9.99 books', 'VAT 0.00 = 9.99'],
  ],
)

// Shipping beside goods of two rates.
const german = (shipping: 'category' | 'proportional' | 'main'): Market => ({
  to: 'DE',
  from: 'DE',
  currency: 'EUR',
  prices: 'gross',
  presets: ['eu-vat'],
  settings: { shipping },
})
const goods = '1 @ 119.00; 2 @ 10.70 books'
golden('UStAE Abschnitt 3.10 Abs. 5 (Nebenleistung)', german('category'), [
  [
    'by its own category: 4.76 ÷ 1.19 = 4.00',
    `${goods}; ship 4.76 gross`,
    'VAT 19.00 | VAT 1.40 ~ VAT 0.76 = 145.16',
  ],
])
golden('UStAE Abschnitt 10.1 Abs. 11 (apportioning)', german('proportional'), [
  [
    '119.00 : 21.40 of 7.02 is 5.95 and 1.07; 0.95 and 0.07',
    `${goods}; ship 7.02 gross`,
    'VAT 19.00 | VAT 1.40 ~ VAT 0.95 + VAT 0.07 = 147.42',
  ],
  [
    'books alone: 7 % of all, 2.14 ÷ 1.07',
    '1 @ 10.70 books; ship 2.14 gross',
    'VAT 0.70 ~ VAT 0.14 = 12.84',
  ],
  [
    'what is not taxable takes its share: half of 4.76 is 2.38, 0.38',
    '1 @ 119.00; 1 @ 119.00 untaxed; ship 4.76 gross',
    'VAT 19.00 | – ~ VAT 0.38 = 242.76',
  ],
  [
    'two lines of one rate make one part: 4.76 ÷ 1.19',
    '1 @ 119.00; 1 @ 11.90; ship 4.76 gross',
    'VAT 19.00 | VAT 1.90 ~ VAT 0.76 = 135.66',
  ],
])
golden('UStAE Abschnitt 3.10 Abs. 5 (as the main supply)', german('main'), [
  [
    'most of the value has 19 %: 4.76 ÷ 1.19',
    `${goods}; ship 4.76 gross`,
    'VAT 19.00 | VAT 1.40 ~ VAT 0.76 = 145.16',
  ],
  [
    'most has 7 %: 4.28 ÷ 1.07',
    '1 @ 11.90; 10 @ 10.70 books; ship 4.28 gross',
    'VAT 1.90 | VAT 7.00 ~ VAT 0.28 = 123.18',
  ],
])
golden('Directive 2006/112/EC, Article 78(b)', { ...german('proportional'), prices: 'net' }, [
  [
    '100.00 : 20.00 of 6.00 is 5.00 and 1.00; 0.95 and 0.07',
    '1 @ 100.00; 2 @ 10.00 books; ship 6.00 net',
    'VAT 19.00 | VAT 1.40 ~ VAT 0.95 + VAT 0.07 = 147.42',
  ],
])

// Once per rate over all lines.
const japan = (prices: 'gross' | 'net', rounding: 'line' | 'invoice'): Market => ({
  to: 'JP 100-0001',
  from: 'JP',
  currency: 'JPY',
  prices,
  presets: ['pacific-gst'],
  settings: { rounding },
})
const qualified = 'Consumption Tax Act, art. 57-4; Enforcement Order, art. 70-10'
golden(qualified, japan('net', 'line'), [
  [
    'per line: 10 % of 125 = 12.5 → 13, three times',
    '1 @ 125; 1 @ 125; 1 @ 125',
    'CT 13 | CT 13 | CT 13 = 414',
  ],
])
golden(qualified, japan('net', 'invoice'), [
  [
    'once: 10 % of 375 = 37.5 → 38, spread 13, 13, 12',
    '1 @ 125; 1 @ 125; 1 @ 125',
    'CT 13 | CT 13 | CT 12 = 413',
  ],
  [
    'per rate: 10 % of 250 = 25; 8 % of 187 = 14.96 → 15',
    '1 @ 125; 1 @ 125; 1 @ 187 reduced',
    'CT 13 | CT 12 | CT 15 = 477',
  ],
])
golden(qualified, japan('gross', 'invoice'), [
  [
    'inside: 333 ÷ 1.10 = 302.7 → 303, 30 for three lines of 111',
    '1 @ 111; 1 @ 111; 1 @ 111',
    'CT 10 | CT 10 | CT 10 = 333',
  ],
])
