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

/** To make a formatter takes a hundred times as long as to use it. */
const formatters_max = 500
function keep<F>(make: (locale: string, style: string) => F): (locale: string, style: string) => F {
  const kept = new Map<string, F>()
  return (locale, style) => {
    const key = `${locale} ${style}`
    const known = kept.get(key)
    if (known !== undefined) return known
    const made = make(locale, style)
    if (kept.size < formatters_max) kept.set(key, made)
    return made
  }
}

const money = keep((locale, currency) => {
  const digits = digitsOf(currency as Currency)
  return new Intl.NumberFormat(locale, {
    style: 'currency',
    currency,
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  })
})

/** Exact: the decimal text goes in, never a double. */
export const formatMoney = (amount: bigint, currency: Currency, locale: string): string =>
  money(locale, currency).format(toDecimal({ amount, currency }) as Intl.StringNumericLiteral)

const rates = keep(
  (locale) => new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 4 }),
)

/** 190000 → `19%` in English, `19 %` in German. */
export const formatRate = (rate_ppm: number, locale: string): string =>
  rates(locale, '').format(rate_ppm / 1_000_000)

const days = keep(
  (locale, timeZone) => new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone }),
)
export const formatDay = (at: Date, locale: string, time_zone: string): string =>
  days(locale, time_zone).format(at)

const moments = keep(
  (locale, timeZone) =>
    new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short', timeZone }),
)
export const formatMoment = (at: Date, locale: string, time_zone: string): string =>
  moments(locale, time_zone).format(at)

const countries = keep((locale) => new Intl.DisplayNames([locale, 'en'], { type: 'region' }))

/** `DE` → `Germany`, `Deutschland`; what is no country of ISO 3166-1 stays as it is. */
export const formatCountry = (code: string, locale: string): string =>
  /^[A-Z]{2}$/.test(code) ? (countries(locale, '').of(code) ?? code) : code

/** What others send as a link may be a script: only web addresses pass. */
export function webAddress(text: string | null): string | null {
  if (text === null || !URL.canParse(text)) return null
  const { protocol, href } = new URL(text)
  return protocol === 'https:' || protocol === 'http:' ? href : null
}
