// What something cost at any moment, and the lowest price of the thirty days before the present.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readCurrency } from '#src/lib/currency.ts'
import { type ChannelId, newId, type VariantId } from '#src/lib/ids.ts'
import { noon, priceIn, priceList, web } from '#test/pricing.ts'
import { type HeldList, type HeldPrice, lowestBefore, type Market } from './price-history.ts'

const day = (n: number): Date => new Date(noon.getTime() + n * 86_400_000)
const market: Market = {
  channel_id: web,
  currency: readCurrency('EUR'),
  country: 'DE',
  customer_group_ids: [],
}
const variant_id = newId<VariantId>()

type Held = { readonly since?: Date | null; readonly until?: Date | null }
const listHeld = (given: Partial<HeldList> = {}): HeldList => ({
  ...priceList(given),
  archived_at: null,
  since: null,
  until: null,
  ...given,
})
const base = listHeld()
const priceHeld = (
  amount: bigint,
  { since = null, until = null }: Held,
  list = base,
): HeldPrice => ({
  ...priceIn(list, { variant_id, amount }),
  since,
  until,
})

type Case = {
  readonly name: string
  readonly lists?: readonly HeldList[]
  readonly prices: readonly HeldPrice[]
  readonly now?: Date
  readonly lowest: bigint | null
  readonly without_tax?: boolean
}
const sale = listHeld({ priority: 5, starts_at: day(-3), ends_at: day(3) })
const earlier_sale = { starts_at: day(-25), ends_at: day(-20) }
const elsewhere = listHeld({ priority: 9, channel_id: newId<ChannelId>(), starts_at: day(-9) })
const trade = listHeld({ priority: 3, prices_include_tax: false })
const gross_sale = listHeld({ priority: 5 })
const archived = listHeld({ priority: 5, since: day(-8), archived_at: day(-8) })
const was_live = { ...archived, since: null, until: day(-8), archived_at: null }
const cases: readonly Case[] = [
  {
    name: 'reduced a week ago: what it cost before',
    prices: [priceHeld(2000n, { until: day(-7) }), priceHeld(1500n, { since: day(-7) })],
    lowest: 2000n,
  },
  {
    name: 'raised to be reduced: the lowest of the thirty days, not the last',
    prices: [
      priceHeld(1600n, { until: day(-12) }),
      priceHeld(2500n, { since: day(-12), until: day(-7) }),
      priceHeld(1500n, { since: day(-7) }),
    ],
    lowest: 1600n,
  },
  {
    name: 'cheap, but more than thirty days before the reduction',
    prices: [
      priceHeld(900n, { until: day(-37) }),
      priceHeld(2000n, { since: day(-37), until: day(-7) }),
      priceHeld(1500n, { since: day(-7) }),
    ],
    lowest: 2000n,
  },
  {
    name: 'cheap until a moment after the thirty days began',
    prices: [
      priceHeld(900n, { until: new Date(day(-37).getTime() + 1) }),
      priceHeld(2000n, { since: new Date(day(-37).getTime() + 1), until: day(-7) }),
      priceHeld(1500n, { since: day(-7) }),
    ],
    lowest: 900n,
  },
  {
    name: 'never anything else',
    prices: [priceHeld(1500n, {})],
    lowest: null,
  },
  {
    name: 'new, with nothing before it',
    prices: [priceHeld(1500n, { since: day(-2) })],
    lowest: null,
  },
  {
    name: 'a change of what is compared with is no change of the price',
    prices: [
      priceHeld(2000n, { until: day(-9) }),
      priceHeld(1500n, { since: day(-9), until: day(-1) }),
      { ...priceHeld(1500n, { since: day(-1) }), compare_at: 2000n },
    ],
    lowest: 2000n,
  },
  {
    name: 'a scheduled list: the price before it began, though no price was changed',
    lists: [base, sale],
    prices: [priceHeld(2000n, {}), priceHeld(1500n, {}, sale)],
    lowest: 2000n,
  },
  {
    name: 'what another channel charges is no price of this market',
    lists: [base, elsewhere],
    prices: [
      priceHeld(2000n, { until: day(-7) }),
      priceHeld(1500n, { since: day(-7) }),
      priceHeld(100n, {}, elsewhere),
    ],
    lowest: 2000n,
  },
  {
    name: 'a list that was archived counts until then',
    lists: [base, archived, was_live],
    prices: [priceHeld(2000n, {}), priceHeld(1200n, {}, archived)],
    lowest: 1200n,
  },
  {
    name: 'what was entered without tax is no price to compare one with tax with',
    lists: [base, trade, gross_sale],
    prices: [
      priceHeld(1200n, { until: day(-9) }),
      priceHeld(1000n, { until: day(-7) }, trade),
      priceHeld(1100n, { since: day(-7) }, gross_sale),
    ],
    lowest: null,
  },
  {
    name: 'before and after a while without tax: the one with tax counts',
    lists: [base, trade, gross_sale],
    prices: [
      priceHeld(1200n, {}),
      priceHeld(1000n, { since: day(-12), until: day(-7) }, trade),
      priceHeld(1100n, { since: day(-7) }, gross_sale),
    ],
    lowest: 1200n,
  },
  {
    name: 'one amount with tax and without is not one price',
    lists: [base, trade],
    prices: [
      priceHeld(900n, { until: day(-20) }),
      priceHeld(1000n, { since: day(-20), until: day(-9) }),
      priceHeld(1000n, { since: day(-9), until: day(-3) }, trade),
      priceHeld(1000n, { since: day(-3) }),
    ],
    lowest: 900n,
  },
  {
    name: 'two prices without tax are compared',
    lists: [trade],
    prices: [
      priceHeld(1000n, { until: day(-7) }, trade),
      priceHeld(900n, { since: day(-7) }, trade),
    ],
    lowest: 1000n,
    without_tax: true,
  },
]
for (const { name, lists = [base], prices, now = noon, lowest, without_tax } of cases) {
  test(name, () => {
    const found = lowestBefore(lists, prices, { market, quantity: 1, now })
    assert.equal(found?.amount ?? null, lowest)
    if (found) assert.equal(found.prices_include_tax, without_tax !== true)
  })
}

test('an earlier sale that is over counts with its own price', () => {
  const over = listHeld({ priority: 5, ...earlier_sale })
  const prices = [priceHeld(2000n, {}), priceHeld(1500n, {}, sale), priceHeld(1400n, {}, over)]
  const ask = (now: Date) =>
    lowestBefore([base, sale, over], prices, { market, quantity: 1, now })?.amount
  assert.equal(ask(noon), 1400n)
  // The answer stays for as long as the price does, and is another with the next one.
  assert.equal(ask(day(2.9)), 1400n)
  assert.equal(ask(day(3)), 1400n)
  assert.equal(ask(day(-20)), 1400n)
  assert.equal(ask(day(-21)), 2000n)
})
