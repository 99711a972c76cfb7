// Money is a whole number of minor units (paise, cents) in one currency. It is
// a bigint so that TypeScript and the runtime both reject `price * 1.18`.
import assert from 'node:assert/strict'

/** An ISO 4217 code, upper case. */
export type Currency = string & { readonly brand: 'Currency' }
export type Money = { readonly amount: bigint; readonly currency: Currency }

/** On the wire money is a JSON integer, so it must fit a double exactly. */
export const money_max = BigInt(Number.MAX_SAFE_INTEGER)

export function add(a: Money, b: Money): Money {
  assert.equal(a.currency, b.currency, 'adding two currencies')
  return { amount: a.amount + b.amount, currency: a.currency }
}

/** `amount × part ÷ whole`, rounded half away from zero. The only rounding in Onhand. */
export function share(amount: bigint, part: bigint, whole: bigint): bigint {
  assert(whole > 0n, 'a share of nothing')
  const doubled = amount * part * 2n
  const half = doubled < 0n ? -whole : whole
  return (doubled + half) / (whole * 2n)
}

/** Splits `total` by `weights`; the parts always add up to `total` again. */
export function split(total: bigint, weights: readonly bigint[]): bigint[] {
  const whole = weights.reduce((sum, weight) => sum + weight, 0n)
  assert(total >= 0n && whole > 0n, 'splitting needs an amount and weights')
  const parts = weights.map((weight) => (total * weight) / whole)
  let left = total - parts.reduce((sum, part) => sum + part, 0n)
  for (let i = 0; left > 0n; i = (i + 1) % parts.length) {
    if (weights[i]! === 0n) continue
    parts[i]! += 1n
    left -= 1n
  }
  return parts
}

export const sum = (amounts: readonly bigint[]): bigint =>
  amounts.reduce((total, amount) => total + amount, 0n)
