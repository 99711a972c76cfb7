// Sales taxes of the United States (some states, with a few of their counties and cities) and of
// Canada (all provinces).
import { district, type PresetDistrict, type TaxPreset, zone } from './preset-words.ts'

const new_york_city =
  '10001-10292 10301-10314 10451-10475 11004-11005 11101-11109 11201-11256 11351-11436 ' +
  '11691-11697'
const clothing = (component: string, percent: string) =>
  `clothing ${component} ${percent} USD whole 0 from 0, ${percent} from 110.00`

const us_districts = (): PresetDistrict[] => [
  district('US-NY', ['city', 'New York City'], new_york_city, 'NY Tax Law § 1107, § 1115(a)(30)', [
    'standard City 4.5',
    clothing('City', '4.5'),
  ]),
  district('US-NY', ['special', 'MCTD'], new_york_city, 'NY Tax Law § 1109, § 1115(a)(30)', [
    'standard MCTD 0.375',
    clothing('MCTD', '0.375'),
  ]),
  // Erie County has not chosen the exemption of clothing.
  district(
    'US-NY',
    ['county', 'Erie County'],
    '14201-14280',
    'NY Tax Law § 1210; Publication 718',
    ['standard County 4.75', 'clothing County 4.75'],
  ),
  district('US-CA', ['county', 'Los Angeles County'], '90001-90089', 'CA RTC § 7251 to 7273', [
    'standard County 2.5',
    'clothing County 2.5',
  ]),
  district('US-TX', ['city', 'Houston'], '77001-77099', 'TX Tax Code § 321.101', [
    'standard City 1',
    'clothing City 1',
  ]),
  district('US-TX', ['special', 'Houston MTA'], '77001-77099', 'TX Tax Code § 322.101', [
    'standard Transit 1',
    'clothing Transit 1',
  ]),
  district('US-IL', ['county', 'Cook County'], '60601-60661', '55 ILCS 5/5-1006', [
    'standard County 1.75',
    'clothing County 1.75',
  ]),
  district('US-IL', ['city', 'Chicago'], '60601-60661', '65 ILCS 5/8-11-1', [
    'standard City 1.25',
    'clothing City 1.25',
  ]),
  district('US-IL', ['special', 'RTA'], '60601-60661', '70 ILCS 3615/4.03', [
    'standard Transit 1',
    'clothing Transit 1',
  ]),
  // The surtax ends at 5,000 dollars of one item.
  district('US-FL', ['county', 'Miami-Dade County'], '33101-33199', 'FL Stat. § 212.054(2)(b)1', [
    'standard Surtax 1 USD part 1 from 0, 0 from 5000.00',
    'clothing Surtax 1 USD part 1 from 0, 0 from 5000.00',
  ]),
  // The local tax ends at 1,600 dollars of one article.
  district('US-TN', ['county', 'Shelby County'], '38101-38197', 'TN Code § 67-6-702(a)', [
    'standard Local 2.75 USD part 2.75 from 0, 0 from 1600.00',
    'clothing Local 2.75 USD part 2.75 from 0, 0 from 1600.00',
  ]),
  district('US-PA', ['county', 'Philadelphia'], '19101-19197', '53 P.S. § 12720.503', [
    'standard County 2',
    'clothing County 0',
  ]),
  district('US-CO', ['city', 'Denver'], '80201-80299', 'Denver Revised Municipal Code § 53-25', [
    'standard City 5.15',
    'clothing City 5.15',
  ]),
  district(
    'US-CO',
    ['special', 'RTD and SCFD'],
    '80201-80299',
    'CRS § 29-2-105, 32-9-119, 32-13-107',
    ['standard Transit 1', 'standard Culture 0.1', 'clothing Transit 1', 'clothing Culture 0.1'],
  ),
]

export const us_sample = (): TaxPreset => ({
  name: 'us-sample',
  title: 'Sales tax of some states, with a few counties and cities: a sample, no whole table',
  source: 'The laws named per place, and the rate tables of the revenue offices of the states',
  as_of: '2026-01-01',
  zones: [
    zone('US-NY', 'NY Tax Law § 1105, § 1115(a)(30)', ['standard State 4', clothing('State', '4')]),
    zone('US-CA', 'CA RTC § 6051 to 6051.15, 7203.1', [
      'standard State 7.25',
      'clothing State 7.25',
    ]),
    zone('US-TX', 'TX Tax Code § 151.051', ['standard State 6.25', 'clothing State 6.25']),
    zone('US-IL', '35 ILCS 120/2-10', ['standard State 6.25', 'clothing State 6.25']),
    // Of clothing only what lies above 175 dollars of one item is taxed.
    zone('US-MA', 'MGL c. 64H, § 2, § 6(k)', [
      'standard State 6.25',
      'clothing State 6.25 USD part 0 from 0, 6.25 from 175.00',
    ]),
    zone('US-FL', 'FL Stat. § 212.05', ['standard State 6', 'clothing State 6']),
    // The second one is the tax on the part of an article from 1,600 to 3,200 dollars.
    zone('US-TN', 'TN Code § 67-6-202', [
      'standard State 7',
      'standard Single article 2.75 USD part 0 from 0, 2.75 from 1600.00, 0 from 3200.00',
      'clothing State 7',
      'clothing Single article 2.75 USD part 0 from 0, 2.75 from 1600.00, 0 from 3200.00',
    ]),
    zone('US-PA', '72 P.S. § 7202, § 7204(26)', ['standard State 6', 'clothing State 0']),
    zone('US-NJ', 'NJSA 54:32B-3, 54:32B-8.4', ['standard State 6.625', 'clothing State 0']),
    zone('US-MN', 'MN Stat. § 297A.62, 297A.67 subd. 8', [
      'standard State 6.875',
      'clothing State 0',
    ]),
    zone('US-CO', 'CRS § 39-26-106', ['standard State 2.9', 'clothing State 2.9']),
  ],
  districts: us_districts(),
})

const excise = 'Excise Tax Act, RSC 1985, c. E-15'

export const ca_sales = (): TaxPreset => ({
  name: 'ca-sales',
  title: 'GST, HST, PST and QST of Canada',
  source: 'canada.ca (GST/HST rates by province); revenuquebec.ca; and the laws named per province',
  as_of: '2026-01-01',
  zones: [
    zone('CA', `${excise}, s. 165(1)`, ['standard GST 5', 'zero GST 0']),
    zone('CA-BC', 'Provincial Sales Tax Act, SBC 2012, c. 35, s. 34', ['standard PST 7'], true),
    zone('CA-MB', 'Retail Sales Tax Act, CCSM c. R130, s. 2', ['standard RST 7'], true),
    zone('CA-SK', 'Provincial Sales Tax Act, RSS 1978, c. P-34.1, s. 5', ['standard PST 6'], true),
    zone(
      'CA-QC',
      'Act respecting the Québec sales tax, CQLR c. T-0.1, s. 16',
      ['standard QST 9.975'],
      true,
    ),
    zone('CA-ON', `${excise}, s. 165(2)`, ['standard HST 13', 'zero HST 0']),
    zone('CA-NB', `${excise}, s. 165(2)`, ['standard HST 15', 'zero HST 0']),
    zone('CA-NL', `${excise}, s. 165(2)`, ['standard HST 15', 'zero HST 0']),
    zone('CA-PE', `${excise}, s. 165(2)`, ['standard HST 15', 'zero HST 0']),
    zone('CA-NS', `${excise}, s. 165(2)`, ['standard HST 14', 'zero HST 0']),
  ],
  districts: [],
})
