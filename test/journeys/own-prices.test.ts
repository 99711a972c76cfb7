// Whoever looks at goods, wherever they live: pages, lists and search show the prices that their
// cart charges, and nobody's page is shown to another one.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { enterCustomer } from '#test/customers.ts'
import { admin, ask, german_address, openWorld } from '#test/world.ts'
import type { Json } from './steps.ts'

const world = await openWorld()
const variant_id = world.variants.get('MUG-BLUE')!

async function sure(method: string, path: string, body: object): Promise<Json> {
  const answer = await admin(world, method, path, body)
  assert(answer.status < 300, `${method} ${path}: ${JSON.stringify(answer.body)}`)
  return answer.body
}
const groupOf = (code: string) => sure('POST', '/admin/customer-groups', { code, name: code })

type Tier = readonly [min_quantity: number, amount: number, compare_at?: number]
const setPrices = (id: string, tiers: readonly Tier[]) =>
  sure('PUT', `/admin/price-lists/${id}/prices`, {
    prices: tiers.map(([min_quantity, amount, compare_at = null]) => ({
      variant_id,
      min_quantity,
      amount,
      per_units: 1,
      compare_at,
    })),
  })
async function addList(code: string, terms: object, tiers: readonly Tier[]): Promise<string> {
  const body = { code, name: code, currency: 'EUR', prices_include_tax: true, ...terms }
  const { id } = await sure('POST', '/admin/price-lists', body)
  await setPrices(id, tiers)
  return id
}

const trade = await groupOf('trade')
const contract = await groupOf('contract')
const plain = await groupOf('plain')
const of_trade = await addList('trade', { customer_group_id: trade.id, priority: 10 }, [
  [1, 1_100],
  [10, 900],
])
await addList('contract', { customer_group_id: contract.id, priority: 20 }, [[5, 700]])
const of_austria = await addList('austria', { countries: ['AT'], priority: 5 }, [[1, 1_690]])
await addList('trade-fr', { customer_group_id: trade.id, countries: ['FR'], priority: 30 }, [
  [1, 1_300],
  [3, 1_250],
])

const postal_codes: Readonly<Record<string, string>> = {
  DE: '10115',
  AT: '1010',
  FR: '75001',
  BE: '1000',
}
const addressIn = (country: string) => ({
  ...german_address,
  country,
  postal_code: postal_codes[country],
})

/** Who has signed in, and sends goods there by habit. */
async function member(name: string, group_ids: readonly string[], country: string | null) {
  const { id, token } = await enterCustomer(world, `${name}@own.example`)
  await sure('PATCH', `/admin/customers/${id}`, { group_ids })
  if (country === null) return token
  const address = addressIn(country)
  const saved = await ask(world, 'POST', '/store/customers/me/addresses', {
    customer_token: token,
    body: { default_shipping: true, address },
  })
  assert.equal(saved.status, 201, JSON.stringify(saved.body))
  return token
}
const buyers: Readonly<Record<string, string | undefined>> = {
  nobody: undefined,
  plain: await member('plain', [plain.id], null),
  trade: await member('trade', [trade.id], null),
  austrian: await member('austrian', [plain.id], 'AT'),
  french_trade: await member('french', [trade.id], 'FR'),
  contract: await member('contract', [trade.id, contract.id], null),
}
const countries = [undefined, 'DE', 'AT', 'FR', 'BE']
const quantities = [1, 3, 5, 10]

type Looking = { readonly token: string | undefined; readonly country: string | undefined }

async function look(path: string, { token, country }: Looking): Promise<Json> {
  const { status, body } = await ask(world, 'GET', country ? `${path}country=${country}` : path, {
    ...(token ? { customer_token: token } : {}),
  })
  assert.equal(status, 200, JSON.stringify(body))
  return body
}

const mugOf = ({ items }: Json): Json =>
  items.find(({ handle }: Json) => handle === 'mug-blue') ?? assert.fail('no mug on the page')

/** What page, list and search say, and whether the search finds it by that price. */
async function shown(looking: Looking): Promise<Json> {
  const offer = await look('/store/products/mug-blue?', looking)
  const { price } = offer.variants.find(({ id }: Json) => id === variant_id)
  const listed = mugOf(await look('/store/products?limit=100&', looking)).price
  const found = mugOf(await look('/store/search?q=mug&facets=false&', looking)).price
  assert.deepEqual(found, listed)
  const only = `/store/search?price=${listed.from}..${listed.from}&facets=false&`
  assert.equal(mugOf(await look(only, looking)).price.from, listed.from)
  const tierOf = (quantity: number) =>
    price.tiers.findLast(({ min_quantity }: Json) => min_quantity <= quantity).amount
  const others = offer.variants.flatMap((one: Json) => one.price?.tiers[0].amount ?? [])
  assert.equal(listed.from, Math.min(...others))
  return quantities.map(tierOf)
}

async function charged({ token, country }: Looking): Promise<Json> {
  const address = country && { shipping_address: addressIn(country) }
  return Promise.all(
    quantities.map(async (quantity) => {
      const { status, body } = await ask(world, 'POST', '/store/carts', {
        ...(token ? { customer_token: token } : {}),
        body: { lines: [{ variant_id, quantity }], ...(address || {}) },
      })
      assert.equal(status, 201, JSON.stringify(body))
      return body.cart.lines[0].unit_price
    }),
  )
}

const everyone = Object.entries(buyers).flatMap(([name, token]) =>
  countries.map((country) => ({ name: `${name} in ${country}`, token, country })),
)

/** All at once, so that whoever waits for a page waits beside the others. */
async function assertAlike(): Promise<Map<string, Json>> {
  const seen = await Promise.all(everyone.map(async (one) => [one.name, await shown(one)] as const))
  for (const [i, one] of everyone.entries()) {
    assert.deepEqual(seen[i]![1], await charged(one), one.name)
  }
  return new Map(seen)
}

test('what each shopper sees in each country is what their cart charges', async () => {
  const first = await assertAlike()
  assert.deepEqual(first.get('nobody in undefined'), [1490, 1490, 1490, 1490])
  assert.deepEqual(first.get('nobody in AT'), [1690, 1690, 1690, 1690])
  assert.deepEqual(first.get('austrian in undefined'), [1690, 1690, 1690, 1690])
  assert.deepEqual(first.get('trade in DE'), [1100, 1100, 1100, 900])
  assert.deepEqual(first.get('french_trade in undefined'), [1300, 1250, 1250, 1250])
  assert.deepEqual(first.get('contract in BE'), [1100, 1100, 700, 700])
  // From what is kept in memory now.
  assert.deepEqual(await assertAlike(), first)
})

test('a list that names another country is seen by the next request of everybody', async () => {
  await sure('PATCH', `/admin/price-lists/${of_austria}`, { countries: ['BE'] })
  const seen = await assertAlike()
  assert.deepEqual(seen.get('nobody in AT'), [1490, 1490, 1490, 1490])
  assert.deepEqual(seen.get('nobody in BE'), [1690, 1690, 1690, 1690])
})

test('the ladder of a group stands on its page, with its own lowest price of thirty days', async () => {
  await setPrices(of_trade, [[1, 1_050, 1_400]])
  const priceOf = async (token: string | undefined): Promise<Json> => {
    const { variants } = await look('/store/products/mug-blue?', { token, country: undefined })
    return variants.find(({ id }: Json) => id === variant_id).price
  }
  const own = await priceOf(buyers['trade'])
  assert.deepEqual(own.lowest_30d, {
    amount: 1_100,
    per_units: 1,
    prices_include_tax: true,
  })
  assert.deepEqual(
    own.tiers.map(({ min_quantity, amount }: Json) => [min_quantity, amount]),
    [
      [1, 1_050],
      [10, 900],
    ],
  )
  assert.deepEqual([own.compare_at, (await priceOf(undefined)).compare_at], [1_400, null])
  const card = mugOf(
    await look('/store/products?limit=100&', { token: buyers['trade'], country: undefined }),
  )
  assert.deepEqual(card.price.lowest_30d, {
    amount: 1_100,
    per_units: 1,
    prices_include_tax: true,
  })
})

test('out of the group, out of its prices; a token of staff opens those of its customer', async () => {
  const { id, token } = await enterCustomer(world, 'leaving@own.example')
  await sure('PATCH', `/admin/customers/${id}`, { group_ids: [trade.id] })
  const given = await sure('POST', `/admin/customers/${id}/token`, {})
  const prices = () =>
    Promise.all([token, given.customer_token].map((one) => shown({ token: one, country: 'DE' })))
  const trade_prices = [1050, 1050, 1050, 900]
  assert.deepEqual(await prices(), [trade_prices, trade_prices])
  await sure('PATCH', `/admin/customers/${id}`, { group_ids: [] })
  const public_prices = [1490, 1490, 1490, 1490]
  assert.deepEqual(await prices(), [public_prices, public_prices])
})

test('no page may be kept on its way, and odd questions are refused by name', async () => {
  for (const path of ['/store/products', '/store/products/mug-blue', '/store/search']) {
    const headers = { authorization: `Bearer ${world.keys.keys.web}` }
    const answer = await fetch(`${world.url}${path}`, { headers })
    assert.equal(answer.headers.get('cache-control'), 'no-store', path)
    const nowhere = await ask(world, 'GET', `${path}?country=XX`)
    const [error] = nowhere.body.errors
    assert.deepEqual([nowhere.status, error.field, error.code], [400, 'country', 'unknown'])
    const stranger = await ask(world, 'GET', path, { customer_token: 'cs_made-up' })
    assert.deepEqual([stranger.status, stranger.body.code], [401, 'session_missing'])
  }
})
