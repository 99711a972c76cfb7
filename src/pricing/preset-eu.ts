// Value added tax of the members of the EU, and of Northern Ireland for goods.
import { district, type TaxPreset, zone } from './preset-words.ts'

/**
 * Place, law, then standard, reduced, second reduced, super-reduced, books: in percent; – where
 * there is no such rate: then the standard rate holds.
 */
const rows: readonly (readonly [place: string, law: string, percents: string])[] = [
  ['AT', '§ 10 UStG 1994', '20 10 13 – 10'],
  ['BE', 'Royal Decree no. 20 of 20 July 1970, art. 1', '21 6 12 – 6'],
  ['BG', 'Art. 66 ZDDS', '20 9 – – 9'],
  ['CY', 'VAT Law 95(I)/2000, s. 17 to 18C', '19 5 9 3 3'],
  ['CZ', '§ 47 zákona č. 235/2004 Sb.; books § 71i', '21 12 – – 0'],
  ['DE', '§ 12 UStG', '19 7 – – 7'],
  ['DK', 'Momsloven § 33', '25 – – – 25'],
  ['EE', 'KMS § 15', '24 9 13 – 9'],
  ['ES', 'Ley 37/1992, arts. 90 y 91', '21 10 – 4 4'],
  ['FI', 'AVL 84, 85 ja 85 a §', '25.5 13.5 10 – 13.5'],
  ['FR', 'CGI, art. 278, 278-0 bis, 279, 281 quater', '20 5.5 10 2.1 5.5'],
  ['GR', 'Law 2859/2000, art. 21 (codified by Law 5144/2024)', '24 13 6 – 6'],
  ['HR', 'Zakon o PDV-u, čl. 38', '25 13 5 – 5'],
  ['HU', '2007. évi CXXVII. törvény (Áfa tv.), 82. §', '27 5 18 – 5'],
  ['IE', 'VAT Consolidation Act 2010, s. 46', '23 13.5 9 4.8 0'],
  ['IT', 'DPR 633/1972, art. 16', '22 10 5 4 4'],
  ['LT', 'PVMĮ 19 str.', '21 12 5 – 5'],
  ['LU', 'Loi TVA du 12 février 1979, art. 39 et 40', '17 8 14 3 3'],
  ['LV', 'PVN likums, 41. un 42. pants', '21 12 5 – 5'],
  ['MT', 'VAT Act (Cap. 406), art. 19 and Eighth Schedule', '18 7 5 – 5'],
  ['NL', 'Wet op de omzetbelasting 1968, art. 9', '21 9 – – 9'],
  ['PL', 'Ustawa o VAT, art. 41 i 146ef', '23 8 5 – 5'],
  ['PT', 'CIVA, art. 18.º', '23 13 6 – 6'],
  ['RO', 'Codul fiscal, art. 291 (Legea 141/2025)', '21 11 – – 11'],
  ['SE', 'Mervärdesskattelag (2023:200), 9 kap.', '25 12 6 – 6'],
  ['SI', 'ZDDV-1, 41. člen', '22 9.5 5 – 5'],
  ['SK', 'Zákon č. 222/2004 Z. z., § 27', '23 19 5 – 5'],
  ['XI', 'VATA 1994, s. 2, 29A, 30; Windsor Framework, Article 8', '20 5 – – 0'],
]
/**
 * Places with rates of their own in the stead of those of their country, by postal codes. Those
 * outside of the VAT area are for sellers who sit there: anybody else exports to them.
 */
const territories: readonly (readonly [
  country: string,
  name: string,
  codes: string,
  law: string,
  component: string,
  percents: string,
])[] = [
  [
    'ES',
    'Canary Islands',
    '35000-35999 38000-38999',
    'Ley 20/1991; Ley 4/2012 de Canarias, arts. 51 a 61',
    'IGIC',
    '7 3 3 0 0',
  ],
  [
    'FR',
    'Guadeloupe, Martinique, Réunion',
    '97100-97132 97134-97149 97151-97199 972 974',
    'CGI, art. 296 et 296 ter',
    'VAT',
    '8.5 2.1 2.1 1.05 2.1',
  ],
  ['FR', 'French Guiana and Mayotte', '973 976', 'CGI, art. 294', 'VAT', '0 0 0 0 0'],
  ['PT', 'Azores', '9500-9999', 'CIVA, art. 18.º, n.º 3; DL 347/85', 'VAT', '16 9 4 – 4'],
  ['PT', 'Madeira', '9000-9499', 'CIVA, art. 18.º, n.º 3; DLR 6/2024/M', 'VAT', '22 12 4 – 4'],
]
const categories = ['standard', 'reduced', 'reduced_second', 'super_reduced', 'books']

function ratesOf(component: string, percents: string): string[] {
  const rates = percents
    .split(' ')
    .flatMap((percent, i) => (percent === '–' ? [] : [`${categories[i]} ${component} ${percent}`]))
  return [...rates, `zero ${component} 0`]
}

export const eu_vat = (): TaxPreset => ({
  name: 'eu-vat',
  title: 'VAT of the 27 members of the EU, and of Northern Ireland for goods',
  source: 'Taxes in Europe Database of the European Commission, and the laws named per country',
  as_of: '2026-01-01',
  zones: rows.map(([place, law, percents]) => zone(place, law, ratesOf('VAT', percents))),
  districts: territories.map(([place, name, codes, law, component, percents]) =>
    district(place, ['special', name], codes, law, ratesOf(component, percents), false),
  ),
})
