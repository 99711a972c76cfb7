// Money and days as people of a locale write them.
import { digitsOf, toDecimal } from './currency.ts'
import type { Currency } from './money.ts'

/** A locale from outside, or English when it is none. */
export function readLocale(text: string): string {
  try {
    return Intl.getCanonicalLocales(text)[0] ?? 'en'
  } catch (error) {
    if (error instanceof RangeError) return 'en'
    throw error
  }
}

/** `de-AT` → `de-AT`, `de`, `en`: where to look for words, the nearest first. */
export const localeChain = (locale: string): string[] => [
  ...new Set([locale, locale.split('-')[0]!, 'en']),
]

const numbers = new Map<string, Intl.NumberFormat>()
const numbers_max = 500

/** Exact: the decimal text goes in, never a double. */
export function formatMoney(amount: bigint, currency: Currency, locale: string): string {
  const key = `${locale} ${currency}`
  const digits = digitsOf(currency)
  const format =
    numbers.get(key) ??
    new Intl.NumberFormat(locale, {
      style: 'currency',
      currency,
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
    })
  if (numbers.size < numbers_max) numbers.set(key, format)
  return format.format(toDecimal({ amount, currency }) as Intl.StringNumericLiteral)
}

/** 190000 → `19%` in English, `19 %` in German. */
export const formatRate = (rate_ppm: number, locale: string): string =>
  new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 4 }).format(
    rate_ppm / 1_000_000,
  )

export const formatDay = (at: Date, locale: string, time_zone: string): string =>
  new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone: time_zone }).format(at)

export const formatMoment = (at: Date, locale: string, time_zone: string): string =>
  new Intl.DateTimeFormat(locale, {
    dateStyle: 'medium',
    timeStyle: 'short',
    timeZone: time_zone,
  }).format(at)

/** `DE` → `Germany`, `Deutschland`; what is no country of ISO 3166-1 stays as it is. */
export function formatCountry(code: string, locale: string): string {
  if (!/^[A-Z]{2}$/.test(code)) return code
  return new Intl.DisplayNames([locale, 'en'], { type: 'region' }).of(code) ?? code
}

/** What others send as a link may be a script: only web addresses pass. */
export function webAddress(text: string | null): string | null {
  if (text === null || !URL.canParse(text)) return null
  const { protocol, href } = new URL(text)
  return protocol === 'https:' || protocol === 'http:' ? href : null
}
