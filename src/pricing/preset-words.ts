// How sets of tax rates are written down: each zone and district with its law.
import { readCurrency } from '#src/lib/currency.ts'
import type { DistrictRate, TaxDistrict } from './pricing.ts'
import type { TaxZone } from './tax.sql.ts'

export type PresetZone = Omit<TaxZone, 'id'> & {
  /** Where the rates stand in law. */
  readonly law: string
}
export type PresetDistrict = Omit<TaxDistrict, 'id'> & { readonly law: string }
export type TaxPreset = {
  readonly name: string
  readonly title: string
  /** Which official pages decide. */
  readonly source: string
  /** The day the rates are meant for. */
  readonly as_of: string
  readonly zones: readonly PresetZone[]
  readonly districts: readonly PresetDistrict[]
}

/**
 * `standard VAT 20`, and with steps `clothing State 4 USD whole 0 from 0, 4 from 110.00` or
 * `over 2500.00`.
 */
export function rate(text: string, position: number): DistrictRate {
  const [head, tail] = text.split(/ (?=[A-Z]{3} (?:whole|part) )/)
  const words = head!.split(' ')
  const [category, percent] = [words[0]!, words.at(-1)!]
  const component = words.slice(1, -1).join(' ')
  const rate_ppm = Math.round(Number(percent) * 10_000)
  const plain = { category, component, rate_ppm, position, is_compound: false, steps: null }
  if (tail === undefined) return plain
  const [, code, of, list] = /^([A-Z]{3}) (whole|part) (.*)$/.exec(tail)!
  const steps = list!.split(', ').map((one) => {
    const [step, how, price] = one.split(' ')
    const [whole, part = ''] = price!.split('.')
    return {
      from: BigInt(whole! + part.padEnd(2, '0')),
      is_over: how === 'over',
      rate_ppm: Math.round(Number(step) * 10_000),
    }
  })
  return {
    ...plain,
    steps: { currency: readCurrency(code!), of: of as 'whole' | 'part', steps },
  }
}

/** `zone('CA-BC', 'Provincial Sales Tax Act, s. 34', ['standard PST 7'], true)` */
export function zone(
  place: string,
  law: string,
  rates: readonly string[],
  adds = false,
): PresetZone {
  const [country, region = null] = place.split('-')
  return { country: country!, region, adds, law, rates: rates.map(rate) }
}

/** Postal codes as `10001-10292 11004`. */
export function district(
  place: string,
  [kind, name]: readonly [TaxDistrict['kind'], string],
  postal_codes: string,
  law: string,
  rates: readonly string[],
  adds = true,
): PresetDistrict {
  const [country, region = null] = place.split('-')
  const ranges = postal_codes.split(' ').map((text) => {
    const [from, to = from] = text.split('-')
    return { from: from!, to: to! }
  })
  return {
    country: country!,
    region,
    kind,
    name,
    adds,
    cities: [],
    postal_codes: ranges,
    law,
    rates: rates.map(rate),
  }
}
