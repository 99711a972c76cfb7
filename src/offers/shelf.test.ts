import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { ChannelId, ProductId, StockItemId } from '#src/lib/ids.ts'
import { makeShelf, type Needs, planOf, readPlan, type Shelf } from './shelf.ts'

const need = fc.record({
  stock_item_id: fc.integer({ min: 0, max: 5 }).map((n) => String(n) as StockItemId),
  quantity: fc.integer({ min: 1, max: 3 }),
})
const products = fc.array(
  fc.array(fc.array(need, { minLength: 1, maxLength: 3 }), { maxLength: 4 }),
)
const stock = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 6, maxLength: 6 })

const listOf = (text: string): string[] => (text === '' ? [] : text.split(','))
const isWhole = (needs: Needs, levels: readonly number[]): boolean =>
  needs.every(({ stock_item_id, quantity }) => levels[Number(stock_item_id)]! >= quantity)

type Asked = { readonly sold_out: readonly number[]; readonly items: number; readonly all: number }

/** Asks again while the answer is not sure, as the reader does. */
function ask(shelf: Shelf, goods: readonly (readonly Needs[])[], levels: readonly number[]): Asked {
  let items_asked = 0
  let products_asked = 0
  for (;;) {
    const plan = planOf(shelf)
    const [items, quantities] = [listOf(plan.items), listOf(plan.quantities)]
    const asked = listOf(plan.products)
    assert.deepEqual([items.length, asked.length], [plan.item_count, plan.product_count])
    items_asked += items.length
    products_asked += asked.length
    const { sold_out, is_sure } = readPlan(shelf, plan, {
      isShort: (n) => levels[Number(items[n])]! < Number(quantities[n]),
      leadOf: (n) => goods[Number(asked[n])]!.find((needs) => isWhole(needs, levels)) ?? null,
    })
    if (is_sure) return { sold_out, items: items_asked, all: products_asked }
  }
}
const shelfOf = (goods: readonly unknown[]): Shelf =>
  makeShelf(
    { channel_id: 'web' as ChannelId, safety: 0, locations: '{}' },
    goods.map((_, i) => String(i) as ProductId),
  )

test('a product is sold out when none of its variants is whole, whatever was there before', () => {
  fc.assert(
    fc.property(products, fc.array(stock, { minLength: 1, maxLength: 5 }), (goods, moments) => {
      const shelf = shelfOf(goods)
      for (const levels of moments) {
        const expected = goods.flatMap((variants, i) =>
          variants.some((needs) => isWhole(needs, levels)) ? [] : [i],
        )
        assert.deepEqual(ask(shelf, goods, levels).sold_out, expected)
      }
    }),
  )
})

test('as long as nothing changes one variant per product is asked for', () => {
  const item = (n: number): Needs => [{ stock_item_id: String(n) as StockItemId, quantity: 1 }]
  const goods = [[item(0), item(1), item(2)], [item(3)]]
  const shelf = shelfOf(goods)
  assert.deepEqual(ask(shelf, goods, [1, 1, 1, 1]), { sold_out: [], items: 0, all: 2 })
  assert.deepEqual(ask(shelf, goods, [1, 0, 0, 1]), { sold_out: [], items: 2, all: 0 })
  assert.deepEqual(ask(shelf, goods, [0, 0, 1, 1]), { sold_out: [], items: 2 + 1, all: 1 })
  assert.deepEqual(ask(shelf, goods, [0, 0, 0, 1]), { sold_out: [0], items: 2 + 1, all: 1 })
  assert.deepEqual(ask(shelf, goods, [0, 0, 0, 1]), { sold_out: [0], items: 1, all: 1 })
})
