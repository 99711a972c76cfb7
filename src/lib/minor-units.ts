// Money as a provider counts it: in whole units, of which some currencies have more or fewer
// digits over there than here. Which they are stands in the plug-in.
import { digitsOf, isCurrency } from './currency.ts'
import { type Money, money_max } from './money.ts'

/** How many digits the provider gives a currency; undefined when it does not know it. */
export type DigitsThere = (code: string) => number | undefined

function rescale(amount: bigint, more_digits: number): bigint | null {
  const scale = 10n ** BigInt(Math.abs(more_digits))
  if (more_digits >= 0) return amount * scale
  return amount % scale === 0n ? amount / scale : null
}

/** Null when the provider cannot take this amount exactly. Nothing is ever rounded. */
export function toUnits({ amount, currency }: Money, digitsThere: DigitsThere): number | null {
  const digits = digitsThere(currency)
  if (digits === undefined || !isCurrency(currency)) return null
  const units = rescale(amount, digits - digitsOf(currency))
  if (units === null || units <= 0n || units > money_max) return null
  // Card networks carry two decimals: the third digit of a dinar must be zero.
  return digits === 3 && units % 10n !== 0n ? null : Number(units)
}

/** Null when this is no amount, or one that our minor units cannot hold. */
export function fromUnits(units: unknown, code: unknown, digitsThere: DigitsThere): Money | null {
  if (typeof code !== 'string' || !isCurrency(code) || !Number.isSafeInteger(units)) return null
  const digits = digitsThere(code)
  if (digits === undefined) return null
  const amount = rescale(BigInt(units as number), digitsOf(code) - digits)
  const is_held = amount !== null && amount <= money_max && amount >= -money_max
  return is_held ? { amount, currency: code } : null
}
