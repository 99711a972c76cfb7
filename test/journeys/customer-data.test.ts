// Segments of customers, made of what the shop knows about them. How that is told and erased stands
// in erasure.test.ts.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { evaluateAll } from '#src/customers/evaluate-segments.ts'
import { transaction } from '#src/db/transaction.ts'
import { newId } from '#src/lib/ids.ts'
import { makeCustomer } from '#test/customers.ts'
import { openClock } from '#test/movable-clock.ts'
import { withPlanted } from '#test/plant.ts'
import { type Answer, admin, ask, complete, fillCart, openWorld, until } from '#test/world.ts'
import type { Json } from './steps.ts'

const clock = openClock()
const world = await openWorld({ clock })
const day_ms = 86_400_000

const said = ({ status, body }: Answer): string => `${status} ${body?.code ?? ''}`.trim()

async function buy(token: string, more: object = {}, sku = 'MUG-BLUE'): Promise<Json> {
  const guest = await fillCart(world, [[sku, 2]])
  const lines = [{ variant_id: world.variants.get(sku), quantity: 2 }]
  const { shipping_option_id, shipping_address } = guest.cart
  const address = { ...shipping_address, phone: null }
  const body = { lines, shipping_option_id, shipping_address: address, ...more }
  const made = await ask(world, 'POST', '/store/carts', { customer_token: token, body })
  assert.equal(made.status, 201, JSON.stringify(made.body))
  const { cart, token: cart_token } = made.body
  const done = await complete(world, { id: cart.id, token: cart_token, cart })
  assert.equal(done.status, 201, JSON.stringify(done.body))
  return done.body.order
}

async function makeSegment(code: string, match: string, rules: readonly object[]): Promise<Json> {
  const body = { code, name: code, match, rules }
  const made = await admin(world, 'POST', '/admin/customer-segments', body)
  assert.equal(made.status, 201, JSON.stringify(made.body))
  return made.body
}
async function membersOf({ id }: Json): Promise<string[]> {
  const { body } = await admin(world, 'GET', `/admin/customers?group_id=${id}`)
  const { body: segment } = await admin(world, 'GET', `/admin/customer-segments/${id}`)
  assert.equal(segment.members, body.items.length)
  return body.items.map(({ email }: Json) => email.split('@')[0]).sort()
}

test('segments follow what customers do, each rule by itself and turned round', async () => {
  const rich = await makeCustomer(world, 'rich@example.com')
  const poor = await makeCustomer(world, 'poor@example.com', { sign_up: { consents: ['email'] } })
  const staff_made = await admin(world, 'POST', '/admin/customers', {
    email: 'known@example.com',
    name: 'Known',
  })
  assert.equal(staff_made.status, 201)
  await buy(rich.token)
  await buy(rich.token, {}, 'LAMP-DESK')
  await buy(poor.token)
  const { rows } = await world.db.query<{ id: string }>(
    "select product_id as id from variant where sku = 'LAMP-DESK'",
  )
  const lamp = rows[0]!.id
  const top = await admin(world, 'POST', '/admin/categories', { title: 'Home', handle: 'home' })
  const below = await admin(world, 'POST', '/admin/categories', {
    title: 'Lamps',
    handle: 'lamps',
    parent_id: top.body.id,
  })
  const put = await admin(world, 'PUT', `/admin/products/${lamp}/categories`, {
    category_ids: [below.body.id],
  })
  assert(put.status < 300, JSON.stringify(put.body))
  const category_ids = [top.body.id]
  const group = await admin(world, 'POST', '/admin/customer-groups', { code: 'vip', name: 'VIP' })
  await admin(world, 'PATCH', `/admin/customers/${poor.id}`, { group_ids: [group.body.id] })
  // One has come back to the cart since, and one has not.
  for (const { token, id } of [rich, poor]) {
    const lines = [{ variant_id: world.variants.get('TEA-EARL-GREY'), quantity: 1 }]
    const made = await ask(world, 'POST', '/store/carts', {
      customer_token: token,
      body: { lines },
    })
    assert.equal(made.status, 201, JSON.stringify(made.body))
    const minutes = id === rich.id ? 0 : 1
    await transaction(
      world.db,
      (tx) => tx.run`
        update cart set abandoned_at = updated_at - make_interval(mins => ${minutes})
        where id = ${made.body.cart.id}`,
    )
  }
  const past = new Date(clock().getTime() - day_ms).toISOString()
  const all = ['known', 'poor', 'rich']
  const one_by_one: readonly (readonly [object, readonly string[]])[] = [
    [{ kind: 'orders_placed', at_least: 2 }, ['rich']],
    [{ kind: 'orders_placed', at_most: 1 }, ['known', 'poor']],
    [{ kind: 'orders_placed', at_least: 1, at_most: 1, within_days: 1 }, ['poor']],
    [{ kind: 'spent', currency: 'EUR', at_least: 10_000 }, ['rich']],
    [{ kind: 'spent', currency: 'INR', at_least: 1 }, []],
    [{ kind: 'last_order', after: past }, ['poor', 'rich']],
    [{ kind: 'last_order', before: past }, []],
    [{ kind: 'last_order', within_days: 1 }, ['poor', 'rich']],
    [{ kind: 'last_order', not_for_days: 1 }, []],
    [{ kind: 'last_sign_in', after: past }, ['poor', 'rich']],
    [{ kind: 'last_sign_in', before: past }, []],
    [{ kind: 'last_sign_in', within_days: 1 }, ['poor', 'rich']],
    [{ kind: 'last_sign_in', not_for_days: 1 }, []],
    [{ kind: 'left_cart' }, ['rich']],
    [{ kind: 'left_cart', within_days: 1 }, ['rich']],
    [{ kind: 'left_cart', not_for_days: 1 }, []],
    [{ kind: 'bought', product_ids: [lamp] }, ['rich']],
    [{ kind: 'bought', category_ids }, ['rich']],
    [{ kind: 'country', countries: ['DE'] }, ['poor', 'rich']],
    [{ kind: 'country', countries: ['FR', 'IN'] }, []],
    [{ kind: 'consent', contact: 'email' }, ['poor']],
    [{ kind: 'consent', contact: 'sms' }, []],
    [{ kind: 'group', group_id: group.body.id }, ['poor']],
    [{ kind: 'account' }, ['poor', 'rich']],
  ]
  for (const [i, [rule, expected]] of one_by_one.entries()) {
    assert.deepEqual(await membersOf(await makeSegment(`is-${i}`, 'all', [rule])), expected)
    const others = all.filter((name) => !expected.includes(name))
    const turned = await makeSegment(`not-${i}`, 'any', [{ ...rule, not: true }])
    assert.deepEqual(await membersOf(turned), others, JSON.stringify(rule))
  }
  const both = [{ kind: 'account' }, { kind: 'consent', contact: 'email' }]
  assert.deepEqual(await membersOf(await makeSegment('both', 'all', both)), ['poor'])
  assert.deepEqual(await membersOf(await makeSegment('either', 'any', both)), ['poor', 'rich'])
  const preview = await admin(world, 'POST', '/admin/customer-segment-previews', {
    match: 'all',
    rules: both,
  })
  assert.deepEqual(preview.body, { members: 1 })
})

test('what was spent and bought is what orders have come to, after edits and goodwill', async () => {
  const edited = await makeCustomer(world, 'edited@example.com')
  const order = await buy(edited.token, {}, 'LAMP-DESK')
  const read = async () => (await admin(world, 'GET', `/admin/orders/${order.id}`)).body
  await admin(world, 'POST', `/admin/orders/${order.id}/hold`, { reason: 'call first' })
  const { rows } = await world.db.query<{ id: string }>(
    "select product_id as id from variant where sku = 'LAMP-DESK'",
  )
  const bought = [{ kind: 'bought', product_ids: [rows[0]!.id] }]
  const count = async (rules: readonly object[]): Promise<number> => {
    const asked = { match: 'all', rules }
    return (await admin(world, 'POST', '/admin/customer-segment-previews', asked)).body.members
  }
  const buyers = await count(bought)
  const change = async (body: object): Promise<number> => {
    const { version } = await read()
    const path = `/admin/orders/${order.id}/edits`
    const done = await admin(world, 'POST', path, { version, settle: 'now', ...body })
    assert.equal(done.status, 200, JSON.stringify(done.body))
    return done.body.money.due
  }
  const spent = async () => (await admin(world, 'GET', `/admin/customers/${edited.id}`)).body.spent
  const line_id = (await read()).lines[0].id
  const more = await change({ lines: [{ line_id, quantity: 3 }] })
  assert(more > order.total)
  assert.deepEqual(await spent(), [{ currency: 'EUR', amount: more }])
  const add = [{ variant_id: world.variants.get('TEA-EARL-GREY'), quantity: 1 }]
  // Units that came along have a line of their own.
  const lamps = (await read()).lines.map(({ id }: Json) => ({ line_id: id, quantity: 0 }))
  const less = await change({ lines: lamps, add })
  assert(less < order.total)
  assert.deepEqual(await spent(), [{ currency: 'EUR', amount: less }])
  assert.equal(await count(bought), buyers - 1)
  await until('the money to come back', async () =>
    (await read()).refunds.every(({ state }: Json) => state === 'succeeded'),
  )
  const given = await admin(world, 'POST', `/admin/orders/${order.id}/refunds`, { amount: 100 })
  assert.equal(given.status, 201, JSON.stringify(given.body))
  assert.deepEqual(await spent(), [{ currency: 'EUR', amount: less - 100 }])
  const rule = (amount: number) => [{ kind: 'spent', currency: 'EUR', at_most: amount }]
  assert.equal((await count(rule(less - 100))) - (await count(rule(less - 101))), 1)
})

test('a cart that was left counts by the last one, until its buyer has bought another', async () => {
  const { id, token } = await makeCustomer(world, 'left@example.com')
  for (const days of [10, 1]) {
    const cart = await fillCart(world)
    await transaction(
      world.db,
      (tx) => tx.run`
        update cart set customer_id = ${id}, email = null,
          updated_at = ${clock()}::timestamptz - make_interval(days => ${days}),
          abandoned_at = ${clock()}::timestamptz - make_interval(days => ${days})
        where id = ${cart.id}`,
    )
  }
  let segments = 0
  const isIn = async (more: object): Promise<boolean> => {
    const rule = { kind: 'left_cart', ...more }
    return (await membersOf(await makeSegment(`left-${++segments}`, 'all', [rule]))).includes(
      'left',
    )
  }
  assert.equal(await isIn({}), true)
  assert.equal(await isIn({ within_days: 5 }), true)
  assert.equal(await isIn({ not_for_days: 5 }), false)
  await buy(token)
  assert.equal(await isIn({}), false)
})

test('sign-ins of sessions that have ended are found in the events', async () => {
  const { id } = await makeCustomer(world, 'long.ago@example.com')
  const migration = 'migrations/0047_kept_amounts_and_sign_ins.sql'
  const [backfill] = (await readFile(migration, 'utf8')).split(';')
  const forgotten = `update customer set signed_in_at = null where id = '${id}'`
  const found = await withPlanted(
    world.db,
    [forgotten, backfill!],
    (tx) => tx.one<{ is_right: boolean }>`
      select signed_in_at = (
        select max(at) from event where kind = 'customer.signed_in' and subject_id = ${id}
      ) as is_right from customer where id = ${id}`,
  )
  assert.deepEqual(found, { is_right: true })
})

test('a segment is a group: who joins it by an order pays its prices, and leaves it by the clock', async () => {
  const rule = { kind: 'orders_placed', at_least: 1, within_days: 30 }
  const segment = await makeSegment('buyers', 'all', [rule, { kind: 'account' }])
  const list = await admin(world, 'POST', '/admin/price-lists', {
    code: 'buyers-eur',
    name: 'Buyers',
    currency: 'EUR',
    prices_include_tax: true,
    customer_group_id: segment.id,
    priority: 10,
  })
  const tea = world.variants.get('TEA-EARL-GREY')
  await admin(world, 'PUT', `/admin/price-lists/${list.body.id}/prices`, {
    prices: [{ variant_id: tea, min_quantity: 1, amount: 500 }],
  })
  const { token, id } = await makeCustomer(world, 'joins@example.com')
  const priceOfTea = async (): Promise<number> => {
    const body = { lines: [{ variant_id: tea, quantity: 1 }] }
    const cart = await ask(world, 'POST', '/store/carts', { customer_token: token, body })
    return cart.body.cart.lines[0].unit_price
  }
  assert.equal(await priceOfTea(), 650)
  await buy(token)
  await until('the segment price', async () => (await priceOfTea()) === 500)
  const by_hand = await admin(world, 'PATCH', `/admin/customers/${id}`, { group_ids: [] })
  assert(by_hand.body.group_ids.includes(segment.id), 'rules say who is in it')
  const { id: other } = await makeCustomer(world, 'not-in-it@example.com')
  const forced = await admin(world, 'PATCH', `/admin/customers/${other}`, {
    group_ids: [segment.id],
  })
  assert.deepEqual([forced.status, forced.body.errors[0].code], [400, 'is_segment'])
  const later = new Date(clock().getTime() + 31 * day_ms)
  await evaluateAll(world.db, later, new AbortController().signal)
  assert.equal(await priceOfTea(), 650)
  const stale = await admin(world, 'PATCH', `/admin/customer-segments/${segment.id}`, {
    version: 7,
    name: 'Buyers!',
  })
  assert.equal(said(stale), '409 segment_has_changed')
  const changed = await admin(world, 'PATCH', `/admin/customer-segments/${segment.id}`, {
    version: 1,
    rules: [{ kind: 'orders_placed', at_least: 1 }],
  })
  assert.equal(changed.body.version, 2)
  assert((await membersOf(segment)).includes('joins'))
  const path = `/admin/customer-segments/${segment.id}?version=2`
  assert.equal((await admin(world, 'DELETE', path)).status, 204)
  assert.equal(await priceOfTea(), 650)
})

test('rules that say nothing, or name what is not there, are refused by field', async () => {
  const body = {
    code: 'wrong',
    name: 'Wrong',
    match: 'all',
    rules: [
      { kind: 'orders_placed' },
      { kind: 'spent', currency: 'ZZZ', at_least: 5, at_most: 1 },
      { kind: 'country', countries: ['XX'] },
      { kind: 'bought' },
    ],
  }
  const refused = await admin(world, 'POST', '/admin/customer-segments', body)
  assert.deepEqual(
    refused.body.errors.map(({ field }: Json) => field),
    ['rules.0', 'rules.1.currency', 'rules.1.at_least', 'rules.2.countries', 'rules.3'],
  )
  const { body: segments } = await admin(world, 'GET', '/admin/customer-segments?limit=1')
  const of_segment = { kind: 'group', group_id: segments.items[0].id }
  const nested = await admin(world, 'POST', '/admin/customer-segments', {
    ...body,
    rules: [of_segment],
  })
  assert.deepEqual(
    [nested.body.errors[0].field, nested.body.errors[0].code],
    ['rules.0.group_id', 'is_segment'],
  )
})

test('rules that name goods which are not there, or no time at all, are refused', async () => {
  const made = await admin(world, 'POST', '/admin/products', { title: 'A kettle' })
  const category = await admin(world, 'POST', '/admin/categories', { title: 'X', handle: 'x' })
  const [product_id, category_id] = [made.body.id, category.body.id]
  const nowhere = newId()
  const [before, after] = ['2020-01-01T00:00:00Z', '2021-01-01T00:00:00Z']
  const rules = [
    { kind: 'bought', product_ids: [product_id], category_ids: [category_id, nowhere] },
    { kind: 'bought', product_ids: [nowhere] },
    // The id of another kind of thing.
    { kind: 'bought', product_ids: [category_id] },
    { kind: 'bought', product_ids: [product_id], category_ids: [category_id], not: true },
  ]
  const good = await makeSegment('kettles', 'all', rules.slice(3))
  const times = [
    { kind: 'last_order', before, after },
    { kind: 'last_sign_in', before, after: before },
    { kind: 'last_order', before: after, after: before },
  ]
  const path = `/admin/customer-segments/${good.id}`
  const said = async (wrong: readonly object[]): Promise<string[][]> => {
    const body = { match: 'all', rules: wrong }
    const named = { ...body, code: 'unreal', name: 'Unreal' }
    const answers = [
      await admin(world, 'POST', '/admin/customer-segments', named),
      await admin(world, 'PATCH', path, { ...body, version: 1 }),
      await admin(world, 'POST', '/admin/customer-segment-previews', body),
    ]
    return answers.map(({ body: { errors } }) =>
      errors.map(({ field, code }: Json) => `${field} ${code}`),
    )
  }
  const unknown = ['rules.0.category_ids', 'rules.1.product_ids', 'rules.2.product_ids']
  assert.deepEqual(await said(rules), Array(3).fill(unknown.map((field) => `${field} unknown`)))
  const late = ['rules.0.before range', 'rules.1.before range']
  assert.deepEqual(await said(times), Array(3).fill(late))
  assert.equal((await admin(world, 'DELETE', `/admin/categories/${category_id}`)).status, 204)
  const renamed = await admin(world, 'PATCH', path, { version: 1, name: 'Kettles' })
  assert.deepEqual([renamed.status, renamed.body.name], [200, 'Kettles'])
})
