// How Razorpay counts money: whole sub-units with its own exponents, which no other gateway
// shares (MGA has two digits here and none at Stripe; ISK and UGX have none here).
import { digitsOf, isCurrency } from '#src/lib/currency.ts'
import { type Currency, type Money, money_max } from '#src/lib/money.ts'

const zero_digits = 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF'
const three_digits = 'BHD IQD JOD KWD OMR TND'
const two_digits =
  'AED ALL AMD AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BZD CAD CHF CNY COP ' +
  'CRC CUP CVE CZK DKK DOP DZD EGP ETB EUR FJD GBP GHS GIP GMD GTQ GYD HKD HNL HRK HTG HUF ' +
  'IDR ILS INR JMD KES KGS KHR KYD KZT LAK LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MUR MVR ' +
  'MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SCR SEK ' +
  'SGD SLL SOS SVC SZL THB TRY TTD TWD TZS UAH USD UYU UZS XCD YER ZAR ZMW'

const exponents = new Map<string, number>([
  ...zero_digits.split(' ').map((code): [string, number] => [code, 0]),
  ...two_digits.split(' ').map((code): [string, number] => [code, 2]),
  ...three_digits.split(' ').map((code): [string, number] => [code, 3]),
])

/** An order below one rupee is refused by Razorpay. */
const inr_min = 100n

/** Today theirs are ours in every currency both know; were they not, we must not guess. */
const isCounted = (currency: string): currency is Currency =>
  isCurrency(currency) && digitsOf(currency) === exponents.get(currency)

/** Null when Razorpay cannot carry this amount: an unknown currency, or finer than it counts. */
export function toAmount({ amount, currency }: Money): number | null {
  if (!isCounted(currency) || amount <= 0n || amount > money_max) return null
  // Card networks carry two decimals: the third digit of a dinar must be zero.
  return exponents.get(currency) === 3 && amount % 10n !== 0n ? null : Number(amount)
}

/** Null when this is no amount we can hold exactly. */
export const fromAmount = (units: unknown, currency: unknown): Money | null =>
  typeof currency === 'string' &&
  isCounted(currency) &&
  Number.isSafeInteger(units) &&
  (units as number) >= 0
    ? { amount: BigInt(units as number), currency }
    : null

/** Whether an order of this size can be made at all. Refunds may be smaller. */
export const isOrderable = ({ amount, currency }: Money): boolean =>
  currency !== 'INR' || amount >= inr_min

export const sameMoney = (a: Money, b: Money): boolean =>
  a.amount === b.amount && a.currency === b.currency
