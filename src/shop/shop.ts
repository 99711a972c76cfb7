// Channels, legal entities and locations: the frame that everything else hangs in.
import type { ChannelId, LegalEntityId, LocationId } from '#src/lib/ids.ts'
import type { Currency } from '#src/lib/money.ts'
import type { TaxSettings } from './tax-settings.ts'

export type LegalEntity = {
  readonly id: LegalEntityId
  readonly code: string
  readonly name: string
  readonly time_zone: string
  readonly fiscal_year_starts_month: number
  readonly number_prefix: string
  /** Where it sits, as far as taxes are concerned. */
  readonly seat: {
    readonly country: string
    readonly region: string | null
    readonly city: string
    readonly postal_code: string | null
  }
  readonly tax: TaxSettings
}
export type Channel = {
  readonly id: ChannelId
  readonly code: string
  readonly name: string
  readonly legal_entity_id: LegalEntityId
  readonly currencies: readonly Currency[]
  readonly countries: readonly string[]
  readonly default_country: string
  readonly locale: string
  readonly storefront_url: string
  readonly reply_to: string
  readonly payment_providers: readonly string[]
  readonly capture: 'now' | 'later'
  /** In the order in which they are asked for stock. */
  readonly locations: readonly LocationId[]
  /** Of each item at each location so many are left to the other channels. */
  readonly safety: number
}

/** A page of the channel's storefront that opens what the token stands for. */
export function storefrontLink(
  { storefront_url }: Pick<Channel, 'storefront_url'>,
  what: 'cart' | 'offer' | 'order',
  token: string,
): string {
  const url = new URL(storefront_url)
  url.searchParams.set(what, token)
  return url.href
}

/** The calendar date of a moment in a time zone: `2026-11-22`. */
export function localDate(at: Date, time_zone: string): string {
  let format = date_formats.get(time_zone)
  if (format === undefined) {
    const parts = { year: 'numeric', month: '2-digit', day: '2-digit' } as const
    format = new Intl.DateTimeFormat('en-CA', { timeZone: time_zone, ...parts })
    date_formats.set(time_zone, format)
  }
  return format.format(at)
}
// Making one costs more than a hundred dates. There are only so many zones.
const date_formats = new Map<string, Intl.DateTimeFormat>()

/** The fiscal year a local date lies in, named by the year in which it begins. */
export function fiscalYear(local_date: string, starts_month: number): number {
  const [year, month] = local_date.split('-').map(Number)
  return month! >= starts_month ? year! : year! - 1
}

/** Invoice and order numbers: at most 16 characters (India, CGST rule 46). */
export function toNumber(prefix: string, fiscal_year: number, sequence: bigint): string {
  const year = String(fiscal_year % 100).padStart(2, '0')
  return `${prefix}${year}-${String(sequence).padStart(6, '0')}`
}
