import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { StockItemId } from '#src/lib/ids.ts'
import { makeShelf, type Needs, planOf, readPlan, type Shelf } from './shelf.ts'

const need = fc.record({
  stock_item_id: fc.integer({ min: 0, max: 5 }).map((n) => String(n) as StockItemId),
  quantity: fc.integer({ min: 1, max: 3 }),
})
const products = fc.array(
  fc.array(fc.array(need, { minLength: 1, maxLength: 3 }), { maxLength: 4 }),
)
const stock = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 6, maxLength: 6 })

/** Asks again while the answer is not sure, as the reader does. */
function ask(
  shelf: Shelf,
  levels: readonly number[],
): { sold_out: readonly number[]; asked: number } {
  for (let asked = 0; ; ) {
    const plan = planOf(shelf)
    const items = plan.items === '' ? [] : plan.items.split(',')
    const quantities = plan.quantities === '' ? [] : plan.quantities.split(',')
    assert.equal(items.length, plan.count)
    asked += plan.count
    const isShort = (n: number) => levels[Number(items[n])]! < Number(quantities[n])
    const { sold_out, is_sure } = readPlan(shelf, plan, isShort)
    if (is_sure) return { sold_out, asked }
  }
}

const isWhole = (needs: Needs, levels: readonly number[]): boolean =>
  needs.every(({ stock_item_id, quantity }) => levels[Number(stock_item_id)]! >= quantity)

test('a product is sold out when none of its variants is whole, whatever was there before', () => {
  fc.assert(
    fc.property(products, fc.array(stock, { minLength: 1, maxLength: 5 }), (all, moments) => {
      const shelf = makeShelf([], all)
      for (const levels of moments) {
        const expected = all.flatMap((variants, i) =>
          variants.some((needs) => isWhole(needs, levels)) ? [] : [i],
        )
        assert.deepEqual(ask(shelf, levels).sold_out, expected)
      }
    }),
  )
})

test('as long as nothing changes one variant per product is asked for', () => {
  const item = (n: number): Needs => [{ stock_item_id: String(n) as StockItemId, quantity: 1 }]
  const shelf = makeShelf([], [[item(0), item(1), item(2)], [item(3)]])
  assert.equal(ask(shelf, [1, 1, 1, 1]).asked, 2)
  assert.equal(ask(shelf, [0, 0, 1, 1]).asked, 2 + 4)
  assert.equal(ask(shelf, [1, 1, 1, 1]).asked, 2)
})
