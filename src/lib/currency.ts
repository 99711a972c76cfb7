// Which currencies exist and how many digits their minor unit has (ISO 4217).
// Gateways count some of them differently; those tables live in their plug-ins.

import type { Currency, Money } from './money.ts'
import { refuse, refuseField } from './refusal.ts'

const zero_digits = 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'
const three_digits = 'BHD IQD JOD KWD LYD OMR TND'
const two_digits =
  'AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD ' +
  'CAD CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD ' +
  'GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD ' +
  'MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP ' +
  'PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS ' +
  'TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VES WST XCD YER ZAR ZMW'

const digits = new Map<string, number>([
  ...zero_digits.split(' ').map((code): [string, number] => [code, 0]),
  ...two_digits.split(' ').map((code): [string, number] => [code, 2]),
  ...three_digits.split(' ').map((code): [string, number] => [code, 3]),
])

export const isCurrency = (code: string): code is Currency => digits.has(code)

/** @throws unknown_currency */
export function readCurrency(code: string): Currency {
  if (!isCurrency(code)) throw refuseField('unknown_currency', 'currency', { currency: code })
  return code
}

/** How many digits stand behind the decimal point: 2 for EUR, 0 for JPY. */
export function digitsOf(currency: Currency): number {
  const count = digits.get(currency)
  if (count === undefined) throw refuse('unknown_currency', { currency })
  return count
}

/** `12.50` in EUR → 1250n. Null when the text is no amount or is finer than the currency. */
export function readDecimal(text: string, currency: Currency): bigint | null {
  const match = /^(-?)(\d{1,13})(?:\.(\d{1,6}))?$/.exec(text.trim())
  if (!match) return null
  const [, sign, whole, fraction = ''] = match
  const count = digitsOf(currency)
  if (!/^0*$/.test(fraction.slice(count))) return null
  const amount = BigInt(whole! + fraction.slice(0, count).padEnd(count, '0'))
  return sign ? -amount : amount
}

/** 1250n in EUR → `12.50`. */
export function toDecimal({ amount, currency }: Money): string {
  const count = digitsOf(currency)
  const text = (amount < 0n ? -amount : amount).toString().padStart(count + 1, '0')
  const sign = amount < 0n ? '-' : ''
  return count === 0 ? sign + text : `${sign}${text.slice(0, -count)}.${text.slice(-count)}`
}
