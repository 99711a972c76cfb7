// A set is found whenever there is one, and of several the dearest: against every way to pick.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { newId, type VariantId } from '#src/lib/ids.ts'
import { cartOf, lineOf, priceIn, priceList, promotionOf, tried } from '#test/pricing.ts'
import { priceCart } from './price-cart.ts'
import type { Effect } from './promotions.ts'

const tags = ['a', 'b', 'c'] as const
type Line = { readonly quantity: number; readonly amount: bigint; readonly tags: readonly string[] }
type Part = { readonly tag: string | null; readonly quantity: number }

function savedOn(lines: readonly Line[], parts: readonly Part[], amount: bigint): bigint {
  const list = priceList()
  const variants = lines.map(() => newId<VariantId>())
  const effect: Effect = {
    kind: 'bundle_price',
    parts: parts.map(({ tag, quantity }) => ({
      goods: tag === null ? {} : { tags: [tag] },
      quantity,
    })),
    amount,
  }
  const cart = cartOf({
    lines: lines.map((line, i) => lineOf(variants[i]!, line.quantity, { tags: line.tags })),
    prices: lines.map((line, i) =>
      priceIn(list, { variant_id: variants[i]!, amount: line.amount }),
    ),
    promotions: [tried(promotionOf(effect))],
  })
  return priceCart({ price_lists: [list], tax_rates: [] }, cart).discount_total
}

type Unit = { readonly amount: bigint; readonly tags: readonly string[] }

/** What the dearest way to fill all of these places is worth; null when there is no way. */
function dearest(units: readonly Unit[], places: readonly (string | null)[]): bigint | null {
  const [tag, ...others] = places
  if (tag === undefined) return 0n
  let best: bigint | null = null
  units.forEach((unit, i) => {
    if (tag !== null && !unit.tags.includes(tag)) return
    const rest = dearest(units.toSpliced(i, 1), others)
    if (rest !== null && (best === null || rest + unit.amount > best)) best = rest + unit.amount
  })
  return best
}

function bruteForce(lines: readonly Line[], parts: readonly Part[], amount: bigint): bigint {
  const units = lines.flatMap((line) => Array.from({ length: line.quantity }, () => line))
  const one_set = parts.flatMap(({ tag, quantity }) => Array.from({ length: quantity }, () => tag))
  let best = 0n
  let places = one_set
  for (let times = 1n; places.length <= units.length; times++) {
    const worth = dearest(units, places)
    if (worth !== null && worth - amount * times > best) best = worth - amount * times
    places = [...places, ...one_set]
  }
  return best
}

test('a unit that two parts want goes to the one that has no other', () => {
  const lines = [
    { quantity: 1, amount: 900n, tags: ['a', 'b'] },
    { quantity: 1, amount: 500n, tags: ['a'] },
  ]
  const parts = [
    { tag: 'a', quantity: 1 },
    { tag: 'b', quantity: 1 },
  ]
  assert.equal(savedOn(lines, parts, 1_000n), 400n)
  assert.equal(savedOn(lines, parts.toReversed(), 1_000n), 400n)
})

test('sets are as good as the best of all ways to pick them', () => {
  const line = fc.record({
    quantity: fc.integer({ min: 1, max: 3 }),
    amount: fc.bigInt({ min: 1n, max: 20n }),
    tags: fc.subarray([...tags]),
  })
  const part = fc.record({
    tag: fc.constantFrom(null, ...tags),
    quantity: fc.integer({ min: 1, max: 2 }),
  })
  let made = 0
  fc.assert(
    fc.property(
      fc.array(line, { minLength: 1, maxLength: 4 }),
      fc.array(part, { minLength: 1, maxLength: 3 }),
      fc.bigInt({ min: 0n, max: 40n }),
      (lines, parts, amount) => {
        fc.pre(lines.reduce((all, { quantity }) => all + quantity, 0) <= 7)
        const best = bruteForce(lines, parts, amount)
        if (best > 0n) made += 1
        assert.equal(savedOn(lines, parts, amount), best)
      },
    ),
    { numRuns: 1_000 },
  )
  assert(made > 100, `only ${made} carts had a set that saves something`)
})

test('ten parts that overlap in a cart of 400 lines take no time to speak of', () => {
  const names = Array.from({ length: 10 }, (_, i) => `part${i}`)
  const lines = Array.from({ length: 400 }, (_, i) => ({
    quantity: 9_999 - i,
    amount: BigInt(100 + i),
    tags: names.filter((_name, bit) => (i * 37 + 1) & (1 << bit)),
  }))
  const parts = names.map((tag) => ({ tag, quantity: 1 }))
  const began = process.cpuUsage()
  assert(savedOn(lines, parts, 1n) > 0n)
  const took = process.cpuUsage(began).user / 1_000
  assert(took < 1_000, `it took ${took} ms of a processor`)
})
