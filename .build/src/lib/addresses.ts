// Where something goes, and whether mail can find it. Checked when an address is given, so that
// a parcel does not come back because of a missing postal code.
import { isCountry, rulesOf } from './countries.ts'
import type { FieldError } from './refusal.ts'

export type Address = {
  readonly name: string
  readonly company: string | null
  readonly line1: string
  readonly line2: string | null
  readonly city: string
  /** The code where the country has codes that matter (US, CA, AU, IN, BR, MX), else any text. */
  readonly region: string | null
  readonly postal_code: string | null
  /** ISO 3166-1 alpha-2. */
  readonly country: string
  readonly phone: string | null
}

export const address_lengths_max = {
  name: 200,
  company: 200,
  line1: 200,
  line2: 200,
  city: 120,
  region: 120,
  postal_code: 20,
  country: 2,
  phone: 40,
} as const satisfies Record<keyof Address, number>

const tidy = (text: string): string => text.normalize('NFC').trim().replaceAll(/\s+/g, ' ')
const tidyOrNull = (text: string | null): string | null => (text && tidy(text)) || null

/** Some capitals fall apart into letter and accent. */
const upper = (text: string): string => text.toUpperCase().normalize('NFC')

/** A region as the country's code: `california` and `US-CA` → `CA`. Unknown ones stay. */
function regionCode(country: string, region: string | null): string | null {
  const codes = rulesOf(country).regions
  if (region === null || codes === null) return region
  const upper = region.toUpperCase()
  const bare = upper.startsWith(`${country}-`) ? upper.slice(country.length + 1) : upper
  return codes.get(bare) ?? region
}

/** Trimmed; codes in capitals; empty fields become null; `(0)` and spaces leave the phone. */
export function normalizeAddress(address: Address): Address {
  const country = upper(tidy(address.country))
  return {
    name: tidy(address.name),
    company: tidyOrNull(address.company),
    line1: tidy(address.line1),
    line2: tidyOrNull(address.line2),
    city: tidy(address.city),
    region: regionCode(country, tidyOrNull(address.region)),
    postal_code: upper(tidyOrNull(address.postal_code) ?? '') || null,
    country,
    phone: normalizePhone(address.phone),
  }
}

export function normalizePhone(phone: string | null): string | null {
  const text = tidyOrNull(phone)
  if (text === null) return null
  // Some write a dash where they have none.
  return (
    text
      .replaceAll(/\(0\)|[\s().-]/g, '')
      .replace(/^00/, '+')
      .normalize('NFC') || null
  )
}

/** E.164: a plus, the country, the number; 15 digits at most. */
export const isPhone = (text: string): boolean => /^\+[1-9]\d{6,14}$/.test(text)

/**
 * Whether mail could be sent there: one @, a domain with a dot, no spaces, no quoting. Whether
 * somebody reads it only a mail can tell.
 */
export function isEmail(text: string): boolean {
  if (text.length > 254) return false
  const match = /^([^\s@"(),:;<>[\]\\]{1,64})@([^\s@]+)$/.exec(text)
  if (match === null) return false
  const [, local, domain] = match
  if (local!.startsWith('.') || local!.endsWith('.') || local!.includes('..')) return false
  const labels = domain!.split('.')
  const isLabel = (label: string): boolean =>
    /^[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?$/u.test(label)
  return (
    labels.length >= 2 && labels.every(isLabel) && /^(?:\p{L}{2,}|xn--.+)$/u.test(labels.at(-1)!)
  )
}

const malformedPhone: FieldError = {
  field: 'phone',
  code: 'malformed',
  message: 'Write it with the country: +49 30 1234567.',
}

const required = (field: string): FieldError => ({
  field,
  code: 'required',
  message: 'This is needed for the country.',
})

/** Line breaks and other control characters would break labels and mail headers. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const control = /[\u0000-\u001f\u007f\u2028\u2029]/

function textErrors(address: Address): FieldError[] {
  return Object.entries(address_lengths_max).flatMap(([field, max]): FieldError[] => {
    const text = address[field as keyof Address] ?? ''
    if (text.length > max) {
      return [{ field, code: 'too_long', message: `At most ${max} characters.` }]
    }
    return control.test(text)
      ? [{ field, code: 'control_character', message: 'No line breaks or control characters.' }]
      : []
  })
}

function postalCodeErrors({ country, postal_code }: Address): FieldError[] {
  const { postal_code: pattern, needs_postal_code } = rulesOf(country)
  if (postal_code === null) return needs_postal_code ? [required('postal_code')] : []
  if (pattern === null || pattern.test(postal_code)) return []
  const message = `This is no postal code of ${country}.`
  return [{ field: 'postal_code', code: 'malformed', message }]
}

function regionErrors({ country, region }: Address): FieldError[] {
  const codes = rulesOf(country).regions
  if (codes === null) return []
  if (region === null) return [required('region')]
  if (codes.get(region) === region) return []
  return [{ field: 'region', code: 'unknown', message: `This is no region of ${country}.` }]
}

/** What stands against a normalized address. Empty when mail can find it. */
export function checkAddress(address: Address): FieldError[] {
  const errors = textErrors(address)
  if (address.name === '') errors.push(required('name'))
  if (address.line1 === '') errors.push(required('line1'))
  if (address.phone !== null && !isPhone(address.phone)) {
    errors.push(malformedPhone)
  }
  if (!isCountry(address.country)) {
    const message = 'A country is two letters of ISO 3166-1.'
    return [...errors, { field: 'country', code: 'unknown', message }]
  }
  if (address.city === '' && rulesOf(address.country).needs_city) errors.push(required('city'))
  return [...errors, ...postalCodeErrors(address), ...regionErrors(address)]
}
