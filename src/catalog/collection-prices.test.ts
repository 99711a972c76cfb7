// Which price a rule of a collection asks: the one that every channel and country shows.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { insertGroup } from '#src/customers/customers.sql.ts'
import type { Tx } from '#src/db/sql.ts'
import { transaction } from '#src/db/transaction.ts'
import { type ChannelId, type CustomerGroupId, newId } from '#src/lib/ids.ts'
import { setPrices } from '#src/pricing/prices.sql.ts'
import { testDatabase } from '#test/database.ts'
import { addAnyPriceList, readSeeded, seedProducts, seedShop } from '#test/seed-catalog.sql.ts'
import { countMembers, evaluateMembers, insertCollection } from './collections.sql.ts'
import type { Collection, Rule } from './collections.ts'

const { db } = await testDatabase()
const now = new Date('2026-03-01T12:00:00Z')
const soon = new Date('2026-04-01T12:00:00Z')
const shop = await transaction(db, seedShop)
const group = newId<CustomerGroupId>()
const variants = await transaction(db, async (tx) => {
  await insertGroup(tx, { id: group, code: 'trade', name: 'Trade' })
  await seedProducts(tx, shop, 1)
  return readSeeded(tx)
})
const below_five: Rule = { field: 'price', op: 'less_than', value: 500, currency: 'EUR' }
const collection: Collection = {
  id: newId(),
  handle: 'below-five',
  title: 'Below five',
  description: '',
  matching: 'all',
  rules: [below_five],
  created_at: now,
  updated_at: now,
  evaluated_at: now,
}
await transaction(db, (tx) => insertCollection(tx, collection))

type Terms = {
  readonly priority: number
  readonly channel_id: ChannelId | null
  readonly countries: readonly string[] | null
  readonly customer_group_id?: CustomerGroupId
  readonly starts_at: Date | null
  readonly ends_at: Date | null
}
const regular: Terms = {
  priority: 0,
  channel_id: null,
  countries: null,
  starts_at: null,
  ends_at: null,
}

/** A list with one price for every variant. The base list has them from 12.50 on. */
async function addList(tx: Tx, terms: Partial<Terms>, amount: bigint): Promise<void> {
  const price_list_id = await addAnyPriceList(tx, { ...regular, ...terms })
  const price = { price_list_id, min_quantity: 1, amount, per_units: 1, compare_at: null }
  const prices = variants.map(({ id }) => ({ ...price, variant_id: id }))
  await setPrices(tx, prices, now)
}

class Undo extends Error {}

const cases: readonly [
  name: string,
  lists: readonly [Partial<Terms>, bigint][],
  belongs: boolean,
][] = [
  ['the list of one channel', [[{ channel_id: shop.channel_id, priority: 9 }, 100n]], false],
  ['the list of one country', [[{ countries: ['CH'], priority: 9 }, 100n]], false],
  ['a contract', [[{ customer_group_id: group, priority: 9 }, 100n]], false],
  ['a sale', [[{ ends_at: soon, priority: 9 }, 100n]], false],
  ['a second list for everybody: the lower price', [[{}, 100n]], true],
  ['one of lower priority', [[{ priority: -1 }, 100n]], false],
  ['one of higher priority', [[{ priority: 1 }, 100n]], true],
  [
    'one of higher priority that is dearer than another',
    [
      [{ priority: 2 }, 900n],
      [{ priority: 1 }, 100n],
    ],
    false,
  ],
]
for (const [name, lists, belongs] of cases) {
  test(`a rule about the price, and ${name}`, async () => {
    const tried = transaction(db, async (tx) => {
      for (const [terms, amount] of lists) await addList(tx, terms, amount)
      await evaluateMembers(tx, collection, now)
      assert.equal(await countMembers(tx, collection.id), belongs ? 1 : 0)
      throw new Undo()
    })
    await assert.rejects(tried, Undo)
  })
}
