// A business customer has prices of its own: the storefront shops in its name, by a token.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { admin, ask, assertPromises, complete, fillCart, openWorld, until } from '#test/world.ts'
import { type Json, untilMessages } from './steps.ts'

const world = await openWorld()
const variant_id = world.variants.get('MUG-BLUE')!

async function made(path: string, body: object): Promise<Json> {
  const answer = await admin(world, 'POST', path, body)
  assert.equal(answer.status, 201, JSON.stringify(answer.body))
  return answer.body
}
const group = await made('/admin/customer-groups', { code: 'trade', name: 'Trade' })
const list = await made('/admin/price-lists', {
  code: 'trade-eur',
  name: 'Trade prices',
  currency: 'EUR',
  prices_include_tax: true,
  customer_group_id: group.id,
  priority: 10,
})
const set = await admin(world, 'PUT', `/admin/price-lists/${list.id}/prices`, {
  prices: [{ variant_id, min_quantity: 1, amount: 1_000, per_units: 1, compare_at: null }],
})
assert.equal(set.status, 204, JSON.stringify(set.body))
const customer = await made('/admin/customers', {
  email: 'Buyer@Trade.example',
  name: 'Trade Buyer',
  group_ids: [group.id],
})

test('the token of a customer gives the prices of its group, and the reasons', async () => {
  assert.equal(customer.email, 'buyer@trade.example')
  const guest = await fillCart(world, [['MUG-BLUE', 1]])
  assert.equal(guest.cart.lines[0].unit_price, 1490)
  const answer = await admin(world, 'POST', `/admin/customers/${customer.id}/token`, {
    valid_s: 600,
  })
  assert.equal(answer.status, 200, JSON.stringify(answer.body))
  const { customer_token, expires_at } = answer.body
  assert(new Date(expires_at).getTime() <= Date.now() + 600_000)
  const cart = await ask(world, 'POST', '/store/carts', {
    body: { customer_token, lines: [{ variant_id, quantity: 1 }] },
  })
  assert.equal(cart.status, 201, JSON.stringify(cart.body))
  assert.equal(cart.body.cart.lines[0].unit_price, 1000)
  // In the header, where the token of a session goes, it makes carts and opens nothing else.
  const by_header = await ask(world, 'POST', '/store/carts', {
    customer_token,
    body: { lines: [{ variant_id, quantity: 1 }] },
  })
  assert.equal(by_header.status, 201, JSON.stringify(by_header.body))
  assert.equal(by_header.body.cart.lines[0].unit_price, 1000)
  const account = await ask(world, 'GET', '/store/customers/me', { customer_token })
  assert.deepEqual([account.status, account.body.code], [401, 'session_missing'])
  assert.match(account.body.reason, /no token of a session/)

  const why = await ask(world, 'GET', `/store/carts/${cart.body.cart.id}/why`, {
    token: cart.body.token,
  })
  assert.equal(why.status, 200)
  const of_line = why.body.lines[0].rules.find(({ rule }: Json) => rule === 'price list trade-eur')
  assert.equal(of_line.applied, true)
  assert.match(of_line.reason, /10\.00 EUR/)
  const passed_over = why.body.lines[0].rules.find(({ rule }: Json) => rule === 'price list eur')
  assert.match(passed_over.reason, /higher priority/)
  const stranger = await ask(world, 'GET', `/store/carts/${guest.id}/why`, { token: guest.token })
  const missed = stranger.body.rules.find(({ rule }: Json) => rule === 'price list trade-eur')
  assert.deepEqual([missed.applied, /group/.test(missed.reason)], [false, true])
})

test('out of the group, out of its prices', async () => {
  const path = `/admin/customers/${customer.id}`
  const { customer_token } = (await admin(world, 'POST', `${path}/token`, {})).body
  const left = await admin(world, 'PATCH', path, { group_ids: [], phone: '+49 30 555 0000' })
  assert.deepEqual([left.body.group_ids, left.body.phone], [[], '+49305550000'])
  const cart = await ask(world, 'POST', '/store/carts', {
    body: { customer_token, lines: [{ variant_id, quantity: 1 }] },
  })
  assert.equal(cart.body.cart.lines[0].unit_price, 1490)
  const found = await admin(world, 'GET', '/admin/customers?email=BUYER@trade.example')
  assert.deepEqual(
    found.body.items.map(({ id }: Json) => id),
    [customer.id],
  )
  const in_group = await admin(world, 'GET', `/admin/customers?group_id=${group.id}`)
  assert.deepEqual(in_group.body.items, [])
})

test('what the storefront asks first, and what it shows afterwards', async () => {
  const shop = await ask(world, 'GET', '/store/shop')
  assert.equal(shop.status, 200, JSON.stringify(shop.body))
  assert.deepEqual(shop.body.currencies, ['EUR'])
  const [stripe] = shop.body.payment_providers
  assert.deepEqual([stripe.name, stripe.needs_browser], ['stripe', true])
  assert.match(JSON.stringify(stripe.browser), /pk_test_world/)
  assert.doesNotMatch(JSON.stringify(shop.body), /sk_test|whsec/)

  const done = await complete(world, await fillCart(world))
  const { order, token } = done.body
  await untilMessages(world, order.id, ['confirmation', 'receipt'])
  const read = await until('the invoice as a file', async () => {
    const asked = await ask(world, 'GET', `/store/orders/${order.id}`, { order_token: token })
    assert.equal(asked.status, 200, JSON.stringify(asked.body))
    return asked.body.invoices[0]?.pdf_path && asked
  })
  assert.deepEqual([read.body.number, read.body.total], [order.number, order.total])
  assert.equal(read.body.lines[0].sku, 'MUG-BLUE')
  assert.match(read.body.invoices[0].number, /^DE/)
  for (const internal of ['channel_id', 'origin', 'payments', 'version', 'changes']) {
    assert(!(internal in read.body), internal)
  }
  const pdf = await fetch(`${world.url}${read.body.invoices[0].pdf_path}?token=${token}`)
  assert.equal(pdf.headers.get('content-type'), 'application/pdf')
  const no_token = await ask(world, 'GET', `/store/orders/${order.id}`)
  assert.deepEqual([no_token.status, no_token.body.code], [401, 'token_missing'])

  const items = await admin(world, 'GET', '/admin/stock-items?sku=MUG-BLUE')
  assert.equal(items.body.items.length, 1)
  assert.equal(items.body.items[0].on_hand - items.body.items[0].held, items.body.items[0].sellable)
  const page = await admin(world, 'GET', '/admin/stock-items?limit=2')
  const next = await admin(world, 'GET', `/admin/stock-items?after=${page.body.next_cursor}`)
  assert.equal(page.body.items.length + next.body.items.length, 3)
  const promises = await admin(world, 'GET', '/admin/promises')
  assert.equal(promises.status, 200)
  assert(promises.body.items.length > 20)
  await assertPromises(world)
})

test('staff set up a second shop: entity, location, channel, each refused when it cannot work', async () => {
  const address = {
    name: 'Second',
    line1: 'Rue 1',
    city: 'Paris',
    postal_code: '75001',
    country: 'FR',
  }
  const entity_body = {
    code: 'france',
    name: 'Second SARL',
    address,
    tax_ids: [{ kind: 'TVA', number: 'FR00' }],
    time_zone: 'Europe/Paris',
    fiscal_year_starts_month: 1,
    number_prefix: 'FR',
  }
  const bad_zone = await admin(world, 'POST', '/admin/legal-entities', {
    ...entity_body,
    time_zone: 'Europe/Atlantis',
  })
  assert.deepEqual([bad_zone.status, bad_zone.body.errors[0].field], [400, 'time_zone'])
  const entity = await made('/admin/legal-entities', entity_body)
  const location = await made('/admin/locations', {
    code: 'paris',
    name: 'Paris',
    priority: 0,
    address,
  })
  const channel_body = {
    code: 'france',
    name: 'Boutique',
    legal_entity_id: entity.id,
    currencies: ['EUR'],
    countries: ['FR'],
    default_country: 'FR',
    locale: 'fr',
    storefront_url: 'https://boutique.example',
    reply_to: 'bonjour@boutique.example',
    payment_providers: ['stripe'],
    capture: 'now',
    locations: [location.id],
  }
  const refused = await admin(world, 'POST', '/admin/channels', {
    ...channel_body,
    default_country: 'DE',
    storefront_url: 'boutique',
    payment_providers: ['paypal'],
    locations: ['00000000-0000-7000-8000-000000000000'],
  })
  assert.deepEqual(refused.body.errors.map(({ field }: Json) => field).sort(), [
    'default_country',
    'locations.0',
    'payment_providers.0',
    'storefront_url',
  ])
  const channel = await made('/admin/channels', channel_body)
  assert.deepEqual(channel.locations, [location.id])
  const twice = await admin(world, 'POST', '/admin/channels', channel_body)
  assert.deepEqual([twice.status, twice.body.code], [409, 'already_exists'])
  const places = [location.id, world.frame.berlin]
  const path = `/admin/channels/${channel.id}`
  const changed = await admin(world, 'PATCH', path, { locations: places, capture: 'later' })
  assert.deepEqual([changed.body.locations, changed.body.capture], [places, 'later'])
  const listed = await admin(world, 'GET', '/admin/channels')
  assert.equal(listed.body.items.length, 4)
  const moved = await admin(world, 'PATCH', `/admin/locations/${location.id}`, { priority: 3 })
  assert.deepEqual([moved.body.priority, moved.body.address.city], [3, 'Paris'])
  const renamed = await admin(world, 'PATCH', `/admin/legal-entities/${entity.id}`, { name: 'S' })
  assert.deepEqual([renamed.body.name, renamed.body.number_prefix], ['S', 'FR'])
  const lists = ['locations', 'legal-entities', 'customer-groups'].map(async (name) => {
    return (await admin(world, 'GET', `/admin/${name}`)).body.items.length
  })
  assert.deepEqual(await Promise.all(lists), [4, 3, 1])
})
