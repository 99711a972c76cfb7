// What staff write about taxes, field by field. Pure.
import { isCountry, rulesOf } from '#src/lib/countries.ts'
import { currencyErrors, fieldError } from '#src/lib/field-errors.ts'
import type { FieldError } from '#src/lib/refusal.ts'
import { pricing_limits, type TaxDistrict, type TaxSteps } from './pricing.ts'
import type { StoredRate } from './tax.sql.ts'

const ppm_max = 1_000_000

/** A region that no address can have would be a rate that is never charged. */
export function placeErrors({
  country,
  region,
}: {
  readonly country: string
  readonly region: string | null
}): FieldError[] {
  // Northern Ireland is part of the VAT area of the EU: its VAT numbers begin so.
  if (!isCountry(country) && country !== 'XI') {
    return [fieldError('country', 'unknown', 'A country is two letters of ISO 3166-1.')]
  }
  const codes = rulesOf(country).regions
  return region === null || codes === null || codes.get(region) === region
    ? []
    : [fieldError('region', 'unknown', `This is no region code of ${country}.`)]
}

const ppmErrors = (field: string, rate_ppm: number): FieldError[] =>
  rate_ppm < 0 || rate_ppm > ppm_max
    ? [fieldError(field, 'range', 'From 0 to 1,000,000 parts per million.')]
    : []

function stepErrors(field: string, { currency, of, steps }: TaxSteps): FieldError[] {
  const errors = currencyErrors(`${field}.currency`, currency)
  steps.forEach(({ from, rate_ppm }, i) => {
    const at = `${field}.steps.${i}`
    errors.push(...ppmErrors(`${at}.rate_ppm`, rate_ppm))
    const before = steps[i - 1]
    if (before === undefined) {
      if (from !== 0n) errors.push(fieldError(`${at}.from`, 'range', 'The first step begins at 0.'))
      return
    }
    if (from <= before.from) {
      errors.push(fieldError(`${at}.from`, 'order', 'Each step begins above the one before.'))
    }
    // Two net prices would lead to one gross price.
    if (of === 'whole' && rate_ppm < before.rate_ppm) {
      const message = 'A rate on the whole price cannot fall: set "of" to "part".'
      errors.push(fieldError(`${at}.rate_ppm`, 'falls', message))
    }
  })
  return errors
}

function rateErrors(at: string, rate: StoredRate, country: string): FieldError[] {
  const { component, rate_ppm, is_compound, steps } = rate
  const errors = ppmErrors(`${at}.rate_ppm`, rate_ppm)
  if (steps !== null) {
    errors.push(...stepErrors(`${at}.steps`, steps))
    if (is_compound) {
      const message = 'A tax on taxes cannot depend on the price of a unit.'
      errors.push(fieldError(`${at}.is_compound`, 'not_allowed', message))
    }
  }
  const all = [rate_ppm, ...(steps?.steps ?? []).map((step) => step.rate_ppm)]
  if (country === 'IN' && component === 'GST' && all.some((ppm) => ppm % 2 !== 0)) {
    const message = 'GST is charged in two equal halves within a state.'
    errors.push(fieldError(`${at}.rate_ppm`, 'odd', message))
  }
  return errors
}

export function ratesErrors(rates: readonly StoredRate[], country: string): FieldError[] {
  const errors: FieldError[] = []
  if (rates.length > pricing_limits.rates_per_zone) {
    errors.push(fieldError('rates', 'too_many', `At most ${pricing_limits.rates_per_zone}.`))
  }
  const seen = new Set<string>()
  rates.forEach((rate, i) => {
    const key = JSON.stringify([rate.category, rate.component])
    if (seen.has(key)) {
      const message = 'This component stands there already for the category.'
      errors.push(fieldError(`rates.${i}.component`, 'twice', message))
    }
    seen.add(key)
    errors.push(...rateErrors(`rates.${i}`, rate, country))
  })
  return errors
}

export function districtErrors(district: TaxDistrict): FieldError[] {
  const { country, cities, postal_codes, rates } = district
  const errors = placeErrors(district)
  if (cities.length === 0 && postal_codes.length === 0) {
    errors.push(fieldError('postal_codes', 'required', 'Name cities, postal codes, or both.'))
  }
  postal_codes.forEach(({ from, to }, i) => {
    if (from.length !== to.length || from > to) {
      const message = 'Both ends have the same length, and "to" is not below "from".'
      errors.push(fieldError(`postal_codes.${i}.to`, 'range', message))
    }
  })
  return [...errors, ...ratesErrors(rates, country)]
}
