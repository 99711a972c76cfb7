// What pages show against what the cart charges, whatever lists there are and whoever looks.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { insertGroup } from '#src/customers/customers.sql.ts'
import type { Tx } from '#src/db/sql.ts'
import { transaction } from '#src/db/transaction.ts'
import { plusMs } from '#src/lib/clock.ts'
import { readCurrency } from '#src/lib/currency.ts'
import { type CustomerGroupId, newId, type PriceListId, type VariantId } from '#src/lib/ids.ts'
import type { Currency } from '#src/lib/money.ts'
import {
  choosePrice,
  groupPrices,
  listIndexOf,
  listsFor,
  rankedLists,
} from '#src/pricing/price-lists.ts'
import { deletePrices, setPrices } from '#src/pricing/prices.sql.ts'
import { priceKeys, readPriceBook, readPrices } from '#src/pricing/pricing.sql.ts'
import type { Price, PriceList } from '#src/pricing/pricing.ts'
import { testDatabase } from '#test/database.ts'
import { priceIn, priceList, web } from '#test/pricing.ts'
import { addAnyPriceList, readSeeded, seedProducts, seedShop } from '#test/seed-catalog.sql.ts'
import { audienceOf } from './audiences.ts'
import { readShelf } from './goods-index.sql.ts'
import { readCards, readMarkets, readOfferPrices } from './offers.sql.ts'
import { readOfferPrice } from './offers.ts'

const { db } = await testDatabase()
const shop = await transaction(db, seedShop)
const now = new Date('2026-03-01T12:00:00Z')
const currency = 'EUR' as Currency
const groups = [newId<CustomerGroupId>(), newId<CustomerGroupId>()] as const
const variants = await transaction(db, async (tx) => {
  for (const id of groups) await insertGroup(tx, { id, code: id, name: 'Some' })
  await seedProducts(tx, shop, 1)
  return readSeeded(tx)
})
const { product_id } = variants[0]!
const outlet = { channel_id: shop.channel_id, safety: 0, locations: '{}' }

const moment = fc.constantFrom(null, -2, -1, 0, 1, 2)
const list = fc.record({
  priority: fc.integer({ min: 0, max: 2 }),
  prices_include_tax: fc.boolean(),
  in_channel: fc.boolean(),
  group: fc.constantFrom(null, null, 0, 1),
  countries: fc.constantFrom(null, ['DE'], ['FR'], ['FR', 'DE']),
  starts: moment,
  ends: moment,
})
const tier = fc.record({
  list: fc.nat(7),
  variant: fc.nat(2),
  min_quantity: fc.integer({ min: 1, max: 6 }),
  amount: fc.bigInt(1n, 2_000n),
  per_units: fc.integer({ min: 1, max: 3 }),
})
type List = typeof list extends fc.Arbitrary<infer T> ? T : never
type Tier = typeof tier extends fc.Arbitrary<infer T> ? T : never

const shoppers = [[], [groups[0]], [...groups]].flatMap((customer_group_ids) =>
  ['DE', 'FR', 'IT', 'PT'].map((country) => ({ country, customer_group_ids })),
)

async function write(
  tx: Tx,
  lists: readonly List[],
  tiers: readonly Tier[],
  quantity_min: number,
): Promise<void> {
  const ids: PriceListId[] = []
  for (const { starts, ends, in_channel, group, ...one } of lists) {
    const starts_at = starts === null ? null : plusMs(now, starts)
    const ends_at = ends === null ? null : plusMs(now, ends)
    if (starts_at && ends_at && starts_at >= ends_at) continue
    const channel_id = in_channel ? shop.channel_id : null
    const customer_group_id = group === null ? null : groups[group]!
    const terms = { ...one, channel_id, customer_group_id, starts_at, ends_at }
    ids.push(await addAnyPriceList(tx, terms))
  }
  const prices = tiers.flatMap(({ list: n, variant, ...price }) => {
    const price_list_id = ids[n]
    const variant_id = variants[variant]!.id
    if (!price_list_id) return []
    const min_quantity = Math.max(price.min_quantity, quantity_min)
    return [{ ...price, min_quantity, price_list_id, variant_id, compare_at: null }]
  })
  const keyOf = (one: Price) => `${one.price_list_id} ${one.variant_id} ${one.min_quantity}`
  if (quantity_min > 1) {
    const singly = variants.map(({ id }) => ({ variant_id: id, min_quantity: 1 }))
    await deletePrices(tx, shop.price_list_id, singly, now)
    const { price_list_id } = shop
    const in_bulk = variants.map(({ id: variant_id }, i) => ({
      ...{ price_list_id, variant_id, min_quantity: quantity_min + i },
      ...{ amount: 1_000n, per_units: 1, compare_at: null },
    }))
    await setPrices(tx, in_bulk, now)
  }
  const single = new Map(prices.map((one) => [keyOf(one), one]))
  await setPrices(tx, [...single.values()], now)
}

/** Two prices of one height are the same to the buyer, whichever list they stand in. */
const unit = (price: { readonly amount: bigint; readonly per_units: number } | null | undefined) =>
  price ? Number(price.amount) / price.per_units : null

const counts = { shown: 0, with_tiers: 0, own: 0, mixed: 0, in_bulk: 0 }

/** Everybody looks at one product. */
async function compare(tx: Tx): Promise<void> {
  const book = await readPriceBook(tx)
  const markets = await readMarkets(tx, 1n)
  const of_audience = new Map<string, readonly PriceListId[]>()
  for (const shopper of shoppers) {
    const buyer = { ...shopper, channel_id: shop.channel_id, currency, now }
    const lists = rankedLists(markets, buyer)
    const ids = lists.map((one) => one.list.id)
    const audience = audienceOf(markets, shopper)
    assert.deepEqual(of_audience.get(audience) ?? ids, ids, `two kinds of ${audience}`)
    of_audience.set(audience, ids)

    const holding = listsFor(listIndexOf(book), buyer)
    const asked = variants.map(({ id }) => id)
    const charged = groupPrices(await readPrices(tx, priceKeys(book.price_lists, asked)))
    const shown = groupPrices(await readOfferPrices(tx, product_id, lists))
    const smallest: { min_quantity: number; price: number; flag: boolean }[] = []
    for (const id of asked) {
      const offered = readOfferPrice(lists, shown.get(id) ?? [], currency)
      for (let quantity = 1; quantity <= 7; quantity++) {
        const chosen = choosePrice(holding, charged.get(id) ?? [], quantity)
        const told = offered?.tiers.findLast(({ min_quantity }) => min_quantity <= quantity)
        assert.equal(unit(told), unit(chosen?.price), `for ${quantity}`)
        const is_included = chosen?.list.prices_include_tax
        assert.equal(told?.prices_include_tax, is_included, `tax for ${quantity}`)
        if (chosen?.list.customer_group_id) counts.own += 1
      }
      if (offered) counts.shown += 1
      if (offered) {
        const { min_quantity, tiers } = offered
        const flag = tiers[0]!.prices_include_tax
        smallest.push({ min_quantity, price: unit(offered)!, flag })
      }
      if ((offered?.tiers.length ?? 0) > 1) counts.with_tiers += 1
      const flags = new Set(offered?.tiers.map((one) => one.prices_include_tax))
      if (flags.size > 1) counts.mixed += 1
    }
    const [card] = await readCards(tx, [product_id], lists, currency)
    const { price: on_card } = card!
    const least = Math.min(...smallest.map(({ min_quantity }) => min_quantity))
    const of_least = smallest.filter(({ min_quantity }) => min_quantity === least)
    const lowest = Math.min(...of_least.map(({ price }) => price))
    const shown_price = on_card && { amount: on_card.from, per_units: on_card.per_units }
    const expected = of_least.length === 0 ? null : [least, lowest]
    assert.deepEqual(on_card && [on_card.min_quantity, unit(shown_price)], expected)
    const flags = of_least.filter(({ price }) => price === lowest).map(({ flag }) => flag)
    if (on_card) assert(flags.includes(on_card.prices_include_tax), `tax on the card: ${flags}`)
    const [on_shelf] = await readShelf(tx, { channel_id: shop.channel_id, lists, outlet, now }, [
      product_id,
    ])
    assert.equal(on_shelf!.price, unit(shown_price))
    if (least > 1 && on_card) counts.in_bulk += 1
  }
}

class Undo extends Error {}

test('what is shown is what the cart will charge, whatever lists there are', async () => {
  const cases = fc.tuple(
    fc.array(list, { minLength: 1, maxLength: 8 }),
    fc.array(tier, { maxLength: 24 }),
    fc.constantFrom(1, 1, 3),
  )
  const property = fc.asyncProperty(cases, async ([lists, tiers, quantity_min]) => {
    const check = transaction(db, async (tx) => {
      await write(tx, lists, tiers, quantity_min)
      await compare(tx)
      throw new Undo()
    })
    await assert.rejects(check, Undo)
  })
  await fc.assert(property, { numRuns: 60 })
  assert(counts.shown > 500 && counts.with_tiers > 30, JSON.stringify(counts))
  assert(counts.own > 30 && counts.mixed > 20 && counts.in_bulk > 30, JSON.stringify(counts))
})

test('each tier says whether tax is inside, and the same amount without tax is another price', () => {
  const euro = readCurrency('EUR')
  const gross = priceList({ currency: euro })
  const trade = priceList({ currency: euro, prices_include_tax: false, priority: 5 })
  const variant_id = newId<VariantId>()
  const price = (of: PriceList, min_quantity: number, amount: bigint) =>
    priceIn(of, { variant_id, min_quantity, amount })
  const asked = { channel_id: web, currency: euro, country: 'DE', customer_group_ids: [], now }
  const lists = rankedLists({ price_lists: [gross, trade] }, asked)
  const prices = [price(gross, 1, 1_290n), price(trade, 10, 1_200n), price(trade, 20, 1_200n)]
  const ladder = (of: readonly Price[]) =>
    readOfferPrice(lists, of, euro)?.tiers.map((tier) => [
      tier.min_quantity,
      tier.amount,
      tier.prices_include_tax,
    ])
  assert.deepEqual(ladder(prices), [
    [1, 1_290n, true],
    [10, 1_200n, false],
  ])
  assert.deepEqual(ladder([price(gross, 1, 1_290n), price(trade, 10, 1_290n)]), [
    [1, 1_290n, true],
    [10, 1_290n, false],
  ])
})
