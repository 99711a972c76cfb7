// What a legal entity says about the taxes it collects.
import { isCountry, rulesOf } from '#src/lib/countries.ts'
import { fieldError } from '#src/lib/field-errors.ts'
import type { FieldError } from '#src/lib/refusal.ts'

export type TaxSettings = {
  /**
   * `origin` charges the seller's own VAT to consumers in other member states, which is allowed
   * below 10,000 EUR of such sales a year (Directive 2006/112/EC, Article 59c).
   */
  readonly eu_sales: 'destination' | 'origin'
  /**
   * Countries and regions (`US-NY`) beside its own where the seller collects tax; `EU` stands for
   * all members. A seller in the EU collects in all of it.
   */
  readonly collects_in: readonly string[]
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

/** `sources` are the engines this server is set up for. */
export function taxSettingsErrors(
  { collects_in, source }: TaxSettings,
  sources: ReadonlySet<string>,
): FieldError[] {
  const errors = collects_in.flatMap((place, i) =>
    isTaxPlace(place)
      ? []
      : [fieldError(`tax.collects_in.${i}`, 'unknown', 'Write a country, EU, or US-NY.')],
  )
  if (source !== null && !sources.has(source)) {
    const message = `Not set up here. Known: ${[...sources].join(', ') || 'none'}.`
    errors.push(fieldError('tax.source', 'unknown', message))
  }
  return errors
}
