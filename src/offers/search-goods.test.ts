// The ranges of a facet: each is a filter, and says how many that filter finds.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { makeBits, setBit } from '#src/lib/bits.ts'
import { countRanges } from './search-goods.ts'

/** Numbers of each product, rising. */
function rangesOf(field: string, goods: readonly (readonly number[])[]) {
  const among = makeBits(goods.length)
  goods.forEach((_, n) => {
    setBit(among, n)
  })
  return countRanges(field, among, (n, test) => goods[n]!.some((number) => test(number)))
}

const found = (goods: readonly (readonly number[])[], from: number, to: number): number =>
  goods.filter((numbers) => numbers.some((one) => one >= from && one <= to)).length

const product = (number: fc.Arbitrary<number>) =>
  fc
    .uniqueArray(number, { minLength: 1, maxLength: 4 })
    .map((numbers) => numbers.toSorted((a, b) => a - b))
const cents = fc.integer({ min: -500, max: 500 }).map((n) => n / 100)

for (const [what, number] of [
  ['whole numbers', fc.integer({ min: -50, max: 3_000 })],
  ['hundredths', cents],
  ['tenths', fc.integer({ min: 0, max: 20 }).map((n) => n / 10)],
] as const) {
  test(`each range of ${what} finds as many as it says, and all of them find all`, () => {
    fc.assert(
      fc.property(fc.array(product(number), { minLength: 2, maxLength: 30 }), (goods) => {
        const { ranges = [], min = 0, max = 0 } = rangesOf('field.width', goods) ?? {}
        if (min === max) return assert.equal(ranges.length, 0)
        for (const { from, to, count } of ranges) assert.equal(found(goods, from, to), count)
        for (const one of goods.flat()) {
          assert.ok(
            ranges.some(({ from, to }) => one >= from && one <= to),
            `${one}`,
          )
        }
        // The text of an end is the end.
        for (const { from, to } of ranges) {
          assert.ok(`${from}${to}`.length <= 16, `${from}..${to}`)
        }
        assert.ok(ranges.length <= 7, `${ranges.length} ranges`)
      }),
    )
  })
}

test('ranges of whole numbers do not overlap; prices of parts of a unit have whole ends', () => {
  assert.deepEqual(
    rangesOf('price', [[1_000], [2_000], [5_000]])?.ranges.map(({ from, to }) => [from, to]),
    [
      [1_000, 1_999],
      [2_000, 2_999],
      [5_000, 5_999],
    ],
  )
  const parts = rangesOf('price', [[100 / 3], [33], [34]])
  assert.deepEqual(
    parts?.ranges.map(({ from, to, count }) => [from, to, count]),
    [[33, 34, 3]],
  )
})
