import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PriceListId, VariantId } from '#src/lib/ids.ts'
import type { Price } from '#src/pricing/pricing.ts'
import type { VariantFacts } from './cart-snapshots.sql.ts'
import { addGoods, emptyGoods, keepGoods, lookUp, priceKeyOf } from './goods-book.ts'

const list = 'list-' as PriceListId
const id = (n: number) => `v${n}` as VariantId
const key = (n: number) => ({ price_list_id: list, variant_id: id(n) })
const read = (...numbers: number[]) => ({
  facts: numbers.map((n) => ({ variant_id: id(n), sku: `S${n}` }) as VariantFacts),
  prices: numbers.map((n) => ({ ...key(n), amount: BigInt(n) }) as Price),
})

test('what is known is not read again, also that something is not there', () => {
  const book = emptyGoods()
  const first = lookUp(book, [id(1), id(2), id(1)], [key(1), key(2), key(1)])
  assert.deepEqual(first.missing, { variants: [id(1), id(2)], prices: [key(1), key(2)] })
  keepGoods(book, first.missing, read(1))
  const again = lookUp(book, [id(1), id(2)], [key(1), key(2)])
  assert.deepEqual(again.missing, { variants: [], prices: [] })
  assert.equal(again.found.facts.get(id(1))?.sku, 'S1')
  assert.equal(again.found.facts.get(id(2)), null)
  assert.deepEqual(again.found.prices.get(priceKeyOf(key(2))), [])
})

test('a full book drops its oldest goods, and whoever had looked them up keeps them', () => {
  const book = emptyGoods()
  const size = { facts_max: 2, prices_max: 2 }
  const both = lookUp(book, [id(1), id(2)], [key(1), key(2)])
  keepGoods(book, both.missing, read(1, 2), size)
  // One batch knows 1 and is reading 3; another one fills the book meanwhile.
  const mine = lookUp(book, [id(1), id(3)], [key(1), key(3)])
  const other = lookUp(book, [id(4), id(5)], [key(4), key(5)])
  keepGoods(book, other.missing, read(4, 5), size)
  assert.deepEqual([...book.facts.keys()], [id(4), id(5)])
  addGoods(mine.found, mine.missing, read(3))
  keepGoods(book, mine.missing, read(3), size)
  assert.deepEqual([...mine.found.facts.keys()], [id(1), id(3)])
  assert.equal(mine.found.prices.get(priceKeyOf(key(1)))?.[0]?.amount, 1n)
  assert.deepEqual([...book.facts.keys()], [id(5), id(3)])
  assert.equal(book.prices.size, 2)
})
