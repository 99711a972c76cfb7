// Sales taxes of the United States and Canada: what state, county, city and special district take,
// and what depends on the price of an item.
import { compound, golden, type Market } from '#test/golden.ts'

const us = (to: string, more: Partial<Market> = {}): Market => ({
  currency: 'USD',
  prices: 'net',
  presets: ['us-sample'],
  to,
  ...more,
})

const nyc = us('US-NY 10001-1234')
golden('NY Tax Law § 1105, 1107, 1109', nyc, [
  [
    '4 + 4.5 + 0.375 %: 100.00 → 4.00, 4.50, 0.375 → 0.38',
    '1 @ 100.00',
    'State 4.00 + City 4.50 + MCTD 0.38 = 108.88',
  ],
  [
    'each component is rounded on its own: 0.40, 0.45, 0.0375 → 0.04',
    '1 @ 10.00',
    'State 0.40 + City 0.45 + MCTD 0.04 = 10.89',
  ],
  [
    '14.90: 0.596 → 0.60, 0.6705 → 0.67, 0.055875 → 0.06',
    '1 @ 14.90',
    'State 0.60 + City 0.67 + MCTD 0.06 = 16.23',
  ],
  [
    'shipping is taxed as goods (TSB-M-82(2)S): 9.00 → 0.36, 0.405 → 0.41, 0.03375 → 0.03',
    '1 @ 100.00; ship 9.00 net',
    'State 4.00 + City 4.50 + MCTD 0.38 ~ State 0.36 + City 0.41 + MCTD 0.03 = 118.68',
  ],
])
golden('NY Tax Law § 1115(a)(30); Publication 718-C', nyc, [
  [
    'a coat below 110.00 is exempt',
    '1 @ 109.99 clothing',
    'State 0.00 + City 0.00 + MCTD 0.00 = 109.99',
  ],
  [
    'at 110.00 all of it is taxed: 4.40, 4.95, 0.4125 → 0.41',
    '1 @ 110.00 clothing',
    'State 4.40 + City 4.95 + MCTD 0.41 = 119.76',
  ],
  [
    'three at 60.00 are 180.00 together, and each is below',
    '3 @ 60.00 clothing',
    'State 0.00 + City 0.00 + MCTD 0.00 = 180.00',
  ],
  [
    'two at 200.00: 400.00 → 16.00, 18.00, 1.50',
    '2 @ 200.00 clothing',
    'State 16.00 + City 18.00 + MCTD 1.50 = 435.50',
  ],
  [
    'a shirt beside a lamp: only the lamp is taxed',
    '1 @ 40.00 clothing; 1 @ 100.00',
    'State 0.00 + City 0.00 + MCTD 0.00 | State 4.00 + City 4.50 + MCTD 0.38 = 148.88',
  ],
])
golden('NY Tax Law § 1210; Publication 718-C', us('US-NY 14201'), [
  [
    'Erie County taxes clothing that the state does not: 4.75 % of 80.00',
    '1 @ 80.00 clothing',
    'State 0.00 + County 3.80 = 83.80',
  ],
  [
    'above both do: 120.00 → 4.80, 5.70',
    '1 @ 120.00 clothing',
    'State 4.80 + County 5.70 = 130.50',
  ],
])
golden('NY Tax Law § 1105', us('US-NY 13201'), [
  ['no district is set there: 4 %', '1 @ 100.00', 'State 4.00 = 104.00'],
])
golden('MGL c. 64H, § 6(k)', us('US-MA 02108'), [
  ['clothing up to 175.00 is exempt', '1 @ 175.00 clothing', 'State 0.00 = 175.00'],
  ['of 200.00 only 25.00 is taxed: 1.5625 → 1.56', '1 @ 200.00 clothing', 'State 1.56 = 201.56'],
  ['two at 200.00: twice 25.00 → 3.125 → 3.13', '2 @ 200.00 clothing', 'State 3.13 = 403.13'],
  ['two at 150.00 are below, each', '2 @ 150.00 clothing', 'State 0.00 = 300.00'],
  ['anything else: 6.25 %', '1 @ 200.00', 'State 12.50 = 212.50'],
])
golden('CA RTC § 6051, 7251', us('US-CA 90012'), [
  [
    '7.25 + 2.5 %: 19.99 → 1.449 → 1.45, 0.49975 → 0.50',
    '1 @ 19.99',
    'State 1.45 + County 0.50 = 21.94',
  ],
])
golden('CA RTC § 6051', us('US-CA 94103'), [
  ['7.25 % where no district is set: 19.99 → 1.45', '1 @ 19.99', 'State 1.45 = 21.44'],
])
golden('TX Tax Code § 151.051, 321.101, 322.101', us('US-TX 77002'), [
  [
    '6.25 + 1 + 1 %: 49.50 → 3.09375 → 3.09, 0.495 → 0.50, 0.50',
    '1 @ 49.50',
    'State 3.09 + City 0.50 + Transit 0.50 = 53.59',
  ],
  [
    'Texas taxes clothing as all goods, and so do city and transit',
    '1 @ 100.00 clothing',
    'State 6.25 + City 1.00 + Transit 1.00 = 108.25',
  ],
])
golden('CA RTC § 6051, 7203.1, 7251', us('US-CA 90012'), [
  ['7.25 + 2.5 % of a shirt at 100.00', '1 @ 100.00 clothing', 'State 7.25 + County 2.50 = 109.75'],
])
const once = us('US-FL 32801', { from: 'US', settings: { rounding: 'invoice' } })
golden('FL Stat. § 212.05; once per rate, whatever the category', once, [
  [
    'one by one 0.015 → 0.02 twice; together 6 % of 0.50 = 0.03',
    '1 @ 0.25; 1 @ 0.25 clothing',
    'State 0.02 | State 0.01 = 0.53',
  ],
])
golden('35 ILCS 120/2-10; 55 ILCS 5/5-1006; 65 ILCS 5/8-11-1', us('US-IL 60601'), [
  [
    '6.25 + 1.75 + 1.25 + 1 %: 10.25 % of 20.00, in four parts',
    '1 @ 20.00',
    'State 1.25 + County 0.35 + City 0.25 + Transit 0.20 = 22.05',
  ],
])
golden('FL Stat. § 212.05, 212.054(2)(b)1', us('US-FL 33130'), [
  ['6 + 1 %: 100.00', '1 @ 100.00', 'State 6.00 + Surtax 1.00 = 107.00'],
  [
    'the surtax ends at 5,000.00 of one item: 360.00, 50.00',
    '1 @ 6000.00',
    'State 360.00 + Surtax 50.00 = 6410.00',
  ],
  ['two items: twice 5,000.00', '2 @ 6000.00', 'State 720.00 + Surtax 100.00 = 12820.00'],
])
golden('TN Code § 67-6-202, 67-6-702(a)', us('US-TN 38103'), [
  [
    '7 + 2.75 %: 100.00 → 7.00, single article none, 2.75',
    '1 @ 100.00',
    'State 7.00 + Single article 0.00 + Local 2.75 = 109.75',
  ],
  [
    'clothing is no exception',
    '1 @ 100.00 clothing',
    'State 7.00 + Single article 0.00 + Local 2.75 = 109.75',
  ],
  [
    '2,000.00: 140.00; 400.00 × 2.75 % = 11.00; 1,600.00 × 2.75 % = 44.00',
    '1 @ 2000.00',
    'State 140.00 + Single article 11.00 + Local 44.00 = 2195.00',
  ],
  [
    '5,000.00: 350.00; 1,600.00 × 2.75 % = 44.00; 44.00',
    '1 @ 5000.00',
    'State 350.00 + Single article 44.00 + Local 44.00 = 5438.00',
  ],
])
golden('72 P.S. § 7202, 7204(26)', us('US-PA 19103'), [
  ['6 + 2 %', '1 @ 50.00', 'State 3.00 + County 1.00 = 54.00'],
  ['clothing is exempt', '1 @ 50.00 clothing', 'State 0.00 + County 0.00 = 50.00'],
])
golden('NJSA 54:32B-3, 54:32B-8.4', us('US-NJ 07030'), [
  ['6.625 %: 19.99 → 1.3243 → 1.32', '1 @ 19.99', 'State 1.32 = 21.31'],
  ['clothing is exempt', '1 @ 19.99 clothing', 'State 0.00 = 19.99'],
])
golden('MN Stat. § 297A.62, 297A.67', us('US-MN 55401'), [
  ['6.875 %: 33.33 → 2.2914 → 2.29', '1 @ 33.33', 'State 2.29 = 35.62'],
])
golden('ORS: no sales tax', us('US-OR 97201'), [['Oregon has none', '1 @ 100.00', '– = 100.00']])
golden(
  'U.S. Const.; South Dakota v. Wayfair (2018)',
  us('US-NY 10001', { from: 'DE', treatment: 'export' }),
  [['a seller abroad without nexus collects nothing', '1 @ 100.00', '– = 100.00']],
)
const nexus: Partial<Market> = {
  from: 'DE',
  settings: { collects_in: ['US-NY'] },
  treatment: 'taxed',
}
golden('NY Tax Law § 1101(b)(8)(iv) (nexus)', us('US-NY 10001', nexus), [
  ['with nexus in New York', '1 @ 100.00', 'State 4.00 + City 4.50 + MCTD 0.38 = 108.88'],
])
golden(
  'NY Tax Law § 1101(b)(8)(iv) (nexus)',
  us('US-TX 77002', { ...nexus, treatment: 'export' }),
  [['and none in Texas', '1 @ 100.00', '– = 100.00']],
)
const from_jersey = (to: string, collects_in: readonly string[], more: Partial<Market> = {}) =>
  us(to, { from: 'US-NJ', settings: { collects_in }, ...more })
const wayfair = 'South Dakota v. Wayfair (2018): nexus state by state'
golden(wayfair, from_jersey('US-NY 10001', ['US-NY'], { treatment: 'taxed' }), [
  ['registered there', '1 @ 100.00', 'State 4.00 + City 4.50 + MCTD 0.38 = 108.88'],
])
golden(wayfair, from_jersey('US-NJ 07030', ['US-NY'], { treatment: 'taxed' }), [
  ['its seat is nexus: 6.625 %, 1.3243 → 1.32', '1 @ 19.99', 'State 1.32 = 21.31'],
])
golden(wayfair, from_jersey('US-MN 55401', ['US-NY'], { treatment: 'export' }), [
  ['and in no other state', '1 @ 33.33; ship 5.00 net', '– ~ – = 38.33'],
])
golden(wayfair, from_jersey('US-MN 55401', ['US-NJ'], { treatment: 'export' }), [
  ['only its own state', '1 @ 33.33', '– = 33.33'],
])
golden(wayfair, from_jersey('US-MN 55401', ['CA'], { treatment: 'taxed' }), [
  ['one that names none collects wherever there are rates', '1 @ 33.33', 'State 2.29 = 35.62'],
])

// Prices with tax inside: the net that leads to them is found, with all its components.
golden('NY Tax Law § 1132(a) (tax stated separately)', us('US-NY 10001', { prices: 'gross' }), [
  [
    '108.88 is 100.00 and what comes on top',
    '1 @ 108.88',
    'State 4.00 + City 4.50 + MCTD 0.38 = 108.88',
  ],
  [
    'a coat at 109.99 holds none',
    '1 @ 109.99 clothing',
    'State 0.00 + City 0.00 + MCTD 0.00 = 109.99',
  ],
  [
    '119.76 is the coat at 110.00',
    '1 @ 119.76 clothing',
    'State 4.40 + City 4.95 + MCTD 0.41 = 119.76',
  ],
])
golden('MGL c. 64H, § 6(k)', us('US-MA 02108', { prices: 'gross' }), [
  ['201.56 is 200.00 and 1.56 on the 25.00 above', '1 @ 201.56 clothing', 'State 1.56 = 201.56'],
])

const ca = (to: string, more: Partial<Market> = {}): Market => ({
  currency: 'CAD',
  prices: 'net',
  presets: ['ca-sales'],
  to,
  ...more,
})
const excise = 'Excise Tax Act, s. 165'
golden(excise, ca('CA-AB'), [['GST alone: 5 %', '1 @ 19.99', 'GST 1.00 = 20.99']])
golden(excise, ca('CA-YT'), [['GST alone: 5 %', '1 @ 50.00', 'GST 2.50 = 52.50']])
golden(`${excise}; PSTA (BC), s. 34`, ca('CA-BC'), [
  ['5 + 7 %: 1.00, 1.40', '1 @ 19.99', 'GST 1.00 + PST 1.40 = 22.39'],
])
golden(`${excise}; RSTA (MB), s. 2`, ca('CA-MB'), [
  ['5 + 7 %', '1 @ 100.00', 'GST 5.00 + RST 7.00 = 112.00'],
])
golden(`${excise}; PSTA (SK), s. 5`, ca('CA-SK'), [
  ['5 + 6 %', '1 @ 100.00', 'GST 5.00 + PST 6.00 = 111.00'],
])
golden(`${excise}; AQST, s. 16`, ca('CA-QC'), [
  [
    '5 + 9.975 %, both on the price since 2013: 5.00, 9.975 → 9.98',
    '1 @ 100.00',
    'GST 5.00 + QST 9.98 = 114.98',
  ],
  [
    'three at 9.99: 29.97 → 1.4985 → 1.50, 2.9895 → 2.99',
    '3 @ 9.99',
    'GST 1.50 + QST 2.99 = 34.46',
  ],
])
golden(`${excise}(2)`, ca('CA-ON'), [['HST 13 %', '1 @ 100.00', 'HST 13.00 = 113.00']])
golden(`${excise}(2)`, ca('CA-NS'), [['HST 14 %', '1 @ 100.00', 'HST 14.00 = 114.00']])
golden(`${excise}(2)`, ca('CA-NB'), [['HST 15 %', '1 @ 19.99', 'HST 3.00 = 22.99']])
golden(`${excise}(2)`, ca('CA-NL'), [['HST 15 %', '1 @ 8.88', 'HST 1.33 = 10.21']])
golden(`${excise}(2)`, ca('CA-PE'), [['HST 15 %', '2 @ 5.55', 'HST 1.67 = 12.77']])
golden(
  `${excise}; Schedule VI, Part V`,
  ca('US-NY 10001', { from: 'CA-ON', treatment: 'export' }),
  [['an export is zero-rated', '1 @ 100.00', '– = 100.00']],
)

// Taxes on taxes, as they were.
golden(
  'AQST, s. 16 (until 31 December 2012)',
  ca('CA-QC', { presets: [], rates: ['CA-QC standard GST 5', compound('CA-QC standard QST 9.5')] }),
  [
    [
      'QST on price and GST: 9.5 % of 105.00 = 9.975 → 9.98',
      '1 @ 100.00',
      'GST 5.00 + QST 9.98 = 114.98',
    ],
    ['19.99 + 1.00 = 20.99; 9.5 % = 1.99405 → 1.99', '1 @ 19.99', 'GST 1.00 + QST 1.99 = 22.98'],
  ],
)
golden(
  'Revenue Tax Act (PE), s. 4 (until 31 March 2013)',
  ca('CA-PE', { presets: [], rates: ['CA-PE standard GST 5', compound('CA-PE standard PST 10')] }),
  [['PST on price and GST: 10 % of 105.00', '1 @ 100.00', 'GST 5.00 + PST 10.50 = 115.50']],
)
golden(
  'AQST, s. 16 (until 31 December 2012)',
  ca('CA-QC', {
    prices: 'gross',
    presets: [],
    rates: ['CA-QC standard GST 5', compound('CA-QC standard QST 9.5')],
  }),
  [['114.98 holds 100.00, 5.00 and 9.98', '1 @ 114.98', 'GST 5.00 + QST 9.98 = 114.98']],
)
