// How Stripe counts money. It differs from ISO 4217 for some currencies, in both directions.
import { digitsOf, isCurrency } from '#src/lib/currency.ts'
import type { Money } from '#src/lib/money.ts'

const without_digits = new Set(
  'BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF'.split(' '),
)
/** Taken in thousandths, of which the last must be 0: the networks settle in hundredths. */
const with_three_digits = new Set('BHD JOD KWD OMR TND'.split(' '))

const digitsAtStripe = (code: string): number =>
  without_digits.has(code) ? 0 : with_three_digits.has(code) ? 3 : 2

/** Null when Stripe cannot take this amount exactly. Nothing is ever rounded. */
export function toStripeAmount({ amount, currency }: Money): number | null {
  const more = digitsAtStripe(currency) - digitsOf(currency)
  const scale = 10n ** BigInt(Math.abs(more))
  if (more < 0 && amount % scale !== 0n) return null
  const theirs = more < 0 ? amount / scale : amount * scale
  if (with_three_digits.has(currency) && theirs % 10n !== 0n) return null
  return theirs > 0n && theirs <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(theirs) : null
}

/** Null when it is no amount, or one that our minor units cannot hold. */
export function fromStripeAmount(value: unknown, currency: unknown): Money | null {
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) return null
  const code = typeof currency === 'string' ? currency.toUpperCase() : ''
  if (!isCurrency(code)) return null
  const more = digitsAtStripe(code) - digitsOf(code)
  const scale = 10n ** BigInt(Math.abs(more))
  if (more < 0) return { amount: BigInt(value) * scale, currency: code }
  return BigInt(value) % scale === 0n ? { amount: BigInt(value) / scale, currency: code } : null
}
