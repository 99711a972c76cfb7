import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CartLineId, VariantId } from '#src/lib/ids.ts'
import { lines_max } from './carts.ts'
import { mergeLines } from './merge-carts.ts'

type Lines = Readonly<Record<string, number>>
const linesOf = (lines: Lines) =>
  Object.entries(lines).map(([variant_id, quantity], i) => ({
    id: `line-${i}` as CartLineId,
    variant_id: variant_id as VariantId,
    quantity,
  }))
const shown = (lines: ReturnType<typeof mergeLines>): Lines | null =>
  lines && Object.fromEntries(lines.map(({ variant_id, quantity }) => [variant_id, quantity]))

const cases: readonly (readonly [what: string, into: Lines, from: Lines, both: Lines])[] = [
  ['into an empty cart', {}, { mug: 2 }, { mug: 2 }],
  ['from an empty cart', { mug: 2 }, {}, { mug: 2 }],
  ['other goods', { mug: 2 }, { tea: 1 }, { mug: 2, tea: 1 }],
  ['the same goods, more of them', { mug: 2 }, { mug: 5 }, { mug: 5 }],
  ['the same goods, fewer of them', { mug: 5 }, { mug: 2 }, { mug: 5 }],
  ['the same cart', { mug: 2, tea: 1 }, { mug: 2, tea: 1 }, { mug: 2, tea: 1 }],
  ['some of each', { mug: 1, tea: 4 }, { tea: 2, lamp: 1 }, { mug: 1, tea: 4, lamp: 1 }],
]

for (const [what, into, from, both] of cases) {
  test(`merged: ${what}; and a second time it comes to the same`, () => {
    const once = mergeLines(linesOf(into), linesOf(from))
    assert.deepEqual(shown(once), both)
    assert.deepEqual(mergeLines(once!, linesOf(from)), once)
  })
}

test('a line that was there keeps its id, so that a page that shows it can still change it', () => {
  const [line] = mergeLines(linesOf({ mug: 1 }), linesOf({ mug: 3 }))!
  assert.deepEqual([line!.id, line!.quantity], ['line-0', 3])
})

test('more lines than a cart holds are not merged, rather than lost', () => {
  const many = (from: number, count: number): Lines =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`item-${from + i}`, 1]))
  assert.equal(mergeLines(linesOf(many(0, lines_max)), linesOf(many(lines_max, 1))), null)
  const same = mergeLines(linesOf(many(0, lines_max)), linesOf(many(0, lines_max)))
  assert.equal(same?.length, lines_max)
})
