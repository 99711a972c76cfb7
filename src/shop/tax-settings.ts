// What a legal entity says about the taxes it collects.
import { isCountry, rulesOf } from '#src/lib/countries.ts'
import { isCurrency } from '#src/lib/currency.ts'
import { fieldError } from '#src/lib/field-errors.ts'
import type { FieldError } from '#src/lib/refusal.ts'

export type ImportLimit = {
  readonly place: string
  readonly currency: string
  readonly amount: number
}

export type TaxSettings = {
  /**
   * `origin` charges the seller's own VAT to consumers in other member states, which is allowed
   * below 10,000 EUR of such sales a year (Directive 2006/112/EC, Article 59c).
   */
  readonly eu_sales: 'destination' | 'origin'
  /**
   * Countries and regions (`US-NY`) beside its own where the seller collects tax; `EU` stands for
   * all members. A seller in the EU collects in all of it; one in the United States who names
   * states of it in no others but that of its seat.
   */
  readonly collects_in: readonly string[]
  /**
   * Up to which value of the goods, without tax, a seller from outside collects in such a place,
   * in minor units of a currency: 150 EUR by the import scheme of the EU (Directive 2006/112/EC,
   * Article 369l). What is worth more is an export; a cart in another currency has no limit.
   */
  readonly import_limits: readonly ImportLimit[]
  /** By the category of the option; apportioned by the goods; or as the goods of highest value. */
  readonly shipping: 'category' | 'proportional' | 'main'
  /** `invoice` rounds once per rate over all lines of an order, as Japan demands. */
  readonly rounding: 'line' | 'invoice'
  /** An outside engine to ask at checkout; null reckons with the rates that are set here. */
  readonly source: string | null
}
export const usual_tax_settings: TaxSettings = {
  eu_sales: 'destination',
  collects_in: [],
  import_limits: [{ place: 'EU', currency: 'EUR', amount: 15_000 }],
  shipping: 'category',
  rounding: 'line',
  source: null,
}

/** What is stored may be older than a setting. */
export const readTaxSettings = (stored: Partial<TaxSettings>): TaxSettings => ({
  ...usual_tax_settings,
  ...stored,
})

function isTaxPlace(text: string): boolean {
  if (text === 'EU') return true
  const country = text.slice(0, 2)
  if (!isCountry(country)) return false
  if (text.length === 2) return true
  const region = text.slice(3)
  const codes = rulesOf(country).regions
  return text[2] === '-' && region !== '' && (codes === null || codes.get(region) === region)
}

const place_text = 'Write a country, EU, or US-NY.'

/** `sources` are the engines this server is set up for. */
export function taxSettingsErrors(
  { collects_in, import_limits, source }: TaxSettings,
  sources: ReadonlySet<string>,
): FieldError[] {
  const errors = collects_in.flatMap((place, i) =>
    isTaxPlace(place) ? [] : [fieldError(`tax.collects_in.${i}`, 'unknown', place_text)],
  )
  import_limits.forEach(({ place, currency }, i) => {
    const at = `tax.import_limits.${i}`
    if (!isTaxPlace(place)) errors.push(fieldError(`${at}.place`, 'unknown', place_text))
    if (!isCurrency(currency)) {
      errors.push(fieldError(`${at}.currency`, 'unknown', 'There is no such currency.'))
    }
  })
  if (source !== null && !sources.has(source)) {
    const message = `Not set up here. Known: ${[...sources].join(', ') || 'none'}.`
    errors.push(fieldError('tax.source', 'unknown', message))
  }
  return errors
}
