import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { transaction } from '#src/db/transaction.ts'
import { plusMs } from '#src/lib/clock.ts'
import { newId, type PriceListId, type VariantId } from '#src/lib/ids.ts'
import type { Currency } from '#src/lib/money.ts'
import { choosePrice, indexLists, listsFor } from '#src/pricing/price-lists.ts'
import { readPriceBook } from '#src/pricing/pricing.sql.ts'
import { testDatabase } from '#test/database.ts'
import { addAnyPriceList, seedShop } from '#test/seed-catalog.sql.ts'
import { readOfferLists } from './offers.sql.ts'
import { readOfferPrice } from './offers.ts'

const { db } = await testDatabase()
const shop = await transaction(db, seedShop)
const now = new Date('2026-03-01T12:00:00Z')
const currency = 'EUR' as Currency
const place = { channel_id: shop.channel_id, currency, country: 'DE', now }

const moment = fc.constantFrom(null, -2, -1, 0, 1, 2)
const list = fc.record({
  priority: fc.integer({ min: 0, max: 2 }),
  in_channel: fc.boolean(),
  countries: fc.constantFrom(null, ['DE'], ['FR'], ['FR', 'DE']),
  starts: moment,
  ends: moment,
})
const tier = fc.record({
  list: fc.nat(7),
  min_quantity: fc.integer({ min: 1, max: 6 }),
  amount: fc.bigInt(1n, 20n),
  per_units: fc.integer({ min: 1, max: 3 }),
})

class Undo extends Error {}

test('what is shown is what the cart will charge, whatever lists there are', async () => {
  const shown_counts = { with_price: 0, with_tiers: 0 }
  const cases = fc.tuple(
    fc.array(list, { minLength: 1, maxLength: 8 }),
    fc.array(tier, { maxLength: 14 }),
  )
  const property = fc.asyncProperty(cases, async ([lists, tiers]) => {
    const check = transaction(db, async (tx) => {
      const ids: PriceListId[] = []
      for (const { starts, ends, in_channel, ...one } of lists) {
        const starts_at = starts === null ? null : plusMs(now, starts)
        const ends_at = ends === null ? null : plusMs(now, ends)
        if (starts_at && ends_at && starts_at >= ends_at) continue
        const channel_id = in_channel ? shop.channel_id : null
        ids.push(await addAnyPriceList(tx, { ...one, channel_id, starts_at, ends_at }))
      }
      const variant_id = newId<VariantId>()
      const prices = tiers.flatMap(({ list: n, ...price }) => {
        const price_list_id = ids[n]
        return price_list_id ? [{ ...price, price_list_id, variant_id, compare_at: null }] : []
      })
      const single = [
        ...new Map(prices.map((one) => [`${one.price_list_id} ${one.min_quantity}`, one])).values(),
      ]
      const holding = listsFor(indexLists((await readPriceBook(tx)).price_lists), {
        ...place,
        customer_group_ids: [],
      })
      const ranked = new Map((await readOfferLists(tx, place)).map((one) => [one.id, one]))
      assert.deepEqual([...ranked.keys()].sort(), [...holding.keys()].sort())
      const offered = readOfferPrice(
        single.flatMap((price) => {
          const found = ranked.get(price.price_list_id)
          return found ? [{ ...price, ...found, list_id: found.id }] : []
        }),
        currency,
      )
      for (let quantity = 1; quantity <= 7; quantity++) {
        const charged = choosePrice(holding, single, quantity)?.price
        const told = offered?.tiers.findLast(({ min_quantity }) => min_quantity <= quantity)
        // Two prices of one height are the same to the buyer, whichever list they stand in.
        const unit = (price: { amount: bigint; per_units: number } | undefined) =>
          price && Number(price.amount) / price.per_units
        assert.equal(unit(told), unit(charged), `for ${quantity}`)
      }
      if (offered) shown_counts.with_price += 1
      if ((offered?.tiers.length ?? 0) > 1) shown_counts.with_tiers += 1
      throw new Undo()
    })
    await assert.rejects(check, Undo)
  })
  await fc.assert(property, { numRuns: 150 })
  assert(shown_counts.with_price > 20 && shown_counts.with_tiers > 5, JSON.stringify(shown_counts))
})
