// Tax numbers of buyers, as they type them: a VAT number, a GSTIN, an ABN and the like. What kind
// it is shows in the number itself, so that it can be checked before an address is known.
import { isCountry } from './countries.ts'
import { fieldError } from './field-errors.ts'
import type { FieldError } from './refusal.ts'
import { hasVatNumbers, readVatNumber } from './vat-numbers.ts'

export type TaxId = {
  readonly kind: 'vat' | 'gstin' | 'abn' | 'jct' | 'gst_hst' | 'other'
  /** Of ISO 3166; `XI` for Northern Ireland. */
  readonly country: string
  readonly number: string
  /** How it is named on an invoice. */
  readonly name: string
}

const signs = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ'

/** The last sign of a GSTIN, by the rule of the GST network: base 36, weights 1 and 2. */
export function gstinCheck(first_fourteen: string): string {
  const sum = [...first_fourteen].reduce((all, sign, i) => {
    const product = signs.indexOf(sign) * (i % 2 === 0 ? 1 : 2)
    return all + Math.floor(product / 36) + (product % 36)
  }, 0)
  return signs[(36 - (sum % 36)) % 36]!
}

/** State, PAN of the business, number of the registration, Z, check. */
const gstin_form = /^([0-3]\d|97|99)[A-Z]{5}\d{4}[A-Z][1-9A-Z]Z[0-9A-Z]$/
const isGstin = (text: string): boolean =>
  gstin_form.test(text) && gstinCheck(text.slice(0, 14)) === text[14]

/** Eleven digits, the first less one, weighted: a multiple of 89. */
const isAbn = (text: string): boolean =>
  [10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19].reduce(
    (sum, weight, i) => sum + weight * (Number(text[i]) - (i === 0 ? 1 : 0)),
    0,
  ) %
    89 ===
  0

/** T and the corporate number, whose first digit is its check. */
function isJapanese(text: string): boolean {
  const body = text.slice(2)
  const sum = [...body].reduceRight(
    (all, digit, i) => all + Number(digit) * ((body.length - 1 - i) % 2 === 0 ? 1 : 2),
    0,
  )
  return 9 - (sum % 9) === Number(text[1])
}

function isCanadian(text: string): boolean {
  const sum = [...text.slice(0, 9)].reduce((all, digit, i) => {
    const value = Number(digit) * (i % 2 === 1 ? 2 : 1)
    return all + (value > 9 ? value - 9 : value)
  }, 0)
  return sum % 10 === 0
}

/** Null when it is no tax number, or when its check digit is wrong. */
export function readTaxId(text: string): TaxId | null {
  const plain = text.toUpperCase().replaceAll(/[\s.\-/]/g, '')
  if (gstin_form.test(plain)) {
    return isGstin(plain) ? { kind: 'gstin', country: 'IN', number: plain, name: 'GSTIN' } : null
  }
  const abn = /^(?:AU)?(\d{11})$/.exec(plain)?.[1]
  if (abn) return isAbn(abn) ? { kind: 'abn', country: 'AU', number: abn, name: 'ABN' } : null
  if (/^T[1-9]\d{12}$/.test(plain)) {
    const name = 'Registration number'
    return isJapanese(plain) ? { kind: 'jct', country: 'JP', number: plain, name } : null
  }
  if (/^\d{9}RT\d{4}$/.test(plain)) {
    const name = 'GST/HST number'
    return isCanadian(plain) ? { kind: 'gst_hst', country: 'CA', number: plain, name } : null
  }
  const vat = readVatNumber(plain)
  if (vat) return { kind: 'vat', ...vat, name: 'VAT ID' }
  const country = plain.slice(0, 2)
  // Of other countries no rule is known here: the number is kept and printed as it is.
  const is_other =
    isCountry(country) && !hasVatNumbers(country) && /^[A-Z]{2}[A-Z0-9]{4,20}$/.test(plain)
  return is_other ? { kind: 'other', country, number: plain, name: 'Tax ID' } : null
}

export const taxIdErrors = (field: string, text: string): FieldError[] =>
  readTaxId(text) === null
    ? [
        fieldError(
          field,
          'tax_id_invalid',
          'This is no tax number: write a VAT number with its country (DE136695976), or a GSTIN.',
        ),
      ]
    : []

/** Numbers of Indian states in GSTINs, by the code of ISO 3166-2. */
const gst_states: Readonly<Record<string, readonly [number: string, name: string]>> = {
  JK: ['01', 'Jammu and Kashmir'],
  HP: ['02', 'Himachal Pradesh'],
  PB: ['03', 'Punjab'],
  CH: ['04', 'Chandigarh'],
  UK: ['05', 'Uttarakhand'],
  HR: ['06', 'Haryana'],
  DL: ['07', 'Delhi'],
  RJ: ['08', 'Rajasthan'],
  UP: ['09', 'Uttar Pradesh'],
  BR: ['10', 'Bihar'],
  SK: ['11', 'Sikkim'],
  AR: ['12', 'Arunachal Pradesh'],
  NL: ['13', 'Nagaland'],
  MN: ['14', 'Manipur'],
  MZ: ['15', 'Mizoram'],
  TR: ['16', 'Tripura'],
  ML: ['17', 'Meghalaya'],
  AS: ['18', 'Assam'],
  WB: ['19', 'West Bengal'],
  JH: ['20', 'Jharkhand'],
  OD: ['21', 'Odisha'],
  CG: ['22', 'Chhattisgarh'],
  MP: ['23', 'Madhya Pradesh'],
  GJ: ['24', 'Gujarat'],
  DH: ['26', 'Dadra and Nagar Haveli and Daman and Diu'],
  MH: ['27', 'Maharashtra'],
  KA: ['29', 'Karnataka'],
  GA: ['30', 'Goa'],
  LD: ['31', 'Lakshadweep'],
  KL: ['32', 'Kerala'],
  TN: ['33', 'Tamil Nadu'],
  PY: ['34', 'Puducherry'],
  AN: ['35', 'Andaman and Nicobar Islands'],
  TS: ['36', 'Telangana'],
  AP: ['37', 'Andhra Pradesh'],
  LA: ['38', 'Ladakh'],
}

/** `27-Maharashtra`, as the place of supply is printed; null for what is no state. */
export const gstState = (region: string | null): string | null => {
  const state = region === null ? undefined : gst_states[region]
  return state ? state.join('-') : null
}

const gst_regions: ReadonlyMap<string, string> = new Map(
  Object.entries(gst_states).map(([region, [number]]) => [number, region]),
)

/** Where the business of a GSTIN is registered; null for anything else, and outside of states. */
export const gstRegionOf = (id: TaxId | null): string | null =>
  id?.kind === 'gstin' ? (gst_regions.get(id.number.slice(0, 2)) ?? null) : null

/** Territories without a legislature of their own: UTGST stands in the place of SGST. */
export const has_utgst: ReadonlySet<string> = new Set('AN CH DH LA LD'.split(' '))
