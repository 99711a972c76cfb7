// Goods that carts hold: bots that hold what they can, carts that are ordered at the moment in
// which their time ends, and reapers beside buyers. Never sold twice, never all held for nobody.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dropCarts } from '#src/carts/abandoned.sql.ts'
import { endCartHolds } from '#src/carts/hold-for-carts.ts'
import { transaction } from '#src/db/transaction.ts'
import { plusMs } from '#src/lib/clock.ts'
import type { CartId } from '#src/lib/ids.ts'
import { openClock } from '#test/movable-clock.ts'
import { sizeOf } from '#test/proof.ts'
import {
  type Answer,
  admin,
  ask,
  complete,
  type FilledCart,
  fillCart,
  openWorld,
  until,
  type World,
} from '#test/world.ts'
import {
  assertOnly,
  assertWell,
  calm,
  crowd,
  in_a_crowd,
  openTwin,
  stockOf,
  tally,
} from './crowd.ts'

const size = sizeOf('RACES', 40)
const clock = openClock()
const goods = [
  { sku: 'RARE', price: '99.00', stock: 40 },
  { sku: 'LAST', price: '49.00', stock: 1_000 },
  { sku: 'MUG', price: '9.00', stock: 10_000 },
]
const world = await openWorld({ goods, clock, timings: in_a_crowd })
const twin = await openTwin(world)
const servers = [world, twin]
const on = (i: number) => servers[i % 2]!

const { rows: items } = await world.db.query<{ id: string; sku: string }>(
  'select id, sku from stock_item',
)
const itemOf = (sku: string): string => items.find((one) => one.sku === sku)!.id
const channel = 'counter' as const
const key = world.keys.keys.counter
const fill = (server: World, sku: string, quantity: number): Promise<FilledCart> =>
  fillCart(server, [[sku, quantity]], { channel })
const buy = (server: World, cart: FilledCart): Promise<Answer> =>
  complete(server, cart, { channel, provider: 'manual' })
const rules = `/admin/channels/${world.frame.counter}/cart-holds`
const rule = { minutes: 10, units_max: 2, scarce_below: null }
const share = (sku: string, share_percent: number) => ({
  stock_item_id: itemOf(sku),
  share_percent,
  ...rule,
})
async function setRules(...some: object[]): Promise<void> {
  const { status, body } = await admin(world, 'PUT', rules, { rules: some })
  assert.equal(status, 200, JSON.stringify(body))
}
async function inCarts(sku: string): Promise<number> {
  const { rows } = await world.db.query<{ units: number }>(
    'select coalesce(sum(cart_held), 0)::int as units from stock_level where stock_item_id = $1',
    [itemOf(sku)],
  )
  return rows[0]!.units
}
const nothingHeld = (sku: string) =>
  until('nothing is held for carts', async () => (await inCarts(sku)) === 0)

test('without a rule no cart holds anything', async () => {
  const cart = await fill(world, 'RARE', 1)
  assert.equal(cart.cart.hold_expires_at, null)
  assert.equal(await inCarts('RARE'), 0)
})

test('bots fill carts from all sides: the shop sells on, and their time ends', async () => {
  await setRules(share('RARE', 25))
  const variant_id = world.variants.get('RARE')
  const add = async (i: number) => {
    const made = await ask(on(i), 'POST', '/store/carts', {
      key,
      body: { lines: [{ variant_id, quantity: 9 }] },
    })
    assert.equal(made.status, 201)
    const { token, cart } = made.body
    // More and more of it, in several requests at a time.
    const lines = { key, token, body: { variant_id, quantity: 1 } }
    await crowd(2, () => ask(on(i + 1), 'POST', `/store/carts/${cart.id}/lines`, lines))
    return { id: cart.id as string, token: token as string }
  }
  let most = 0
  let is_over = false
  const watch = (async () => {
    while (!is_over) most = Math.max(most, await inCarts('RARE'))
  })()
  const bots = await crowd(size * 2, add)
  is_over = true
  await watch
  assert.equal(await inCarts('RARE'), 10, 'a quarter of forty, and not one more')
  assert(most <= 10, `${most}`)
  const { rows } = await world.db.query<{ units: number }>(
    'select max(quantity)::int as units from cart_hold',
  )
  assert.equal(rows[0]!.units, 2, 'one cart holds two at most')

  // Thirty are left for whoever pays, with a hold of their own or without.
  const buyers = await crowd(30, async (i) => fill(on(i), 'RARE', 1))
  const sold = await Promise.all(buyers.map((cart, i) => buy(on(i), cart)))
  assertOnly(sold, ['201'])
  const late = await buy(world, await fill(world, 'RARE', 1))
  assert.equal(late.body.code, 'out_of_stock')
  await clock.advance(10 * 60_000 + 1_000)
  await nothingHeld('RARE')
  // They had their turn: nothing that they do holds anything again.
  const { rows: had } = await world.db.query<{ id: string }>(
    'select id from cart where hold_expires_at is not null',
  )
  const turned = bots.filter(({ id }) => had.some((one) => one.id === id))
  assert(turned.length >= 5, `${turned.length}`)
  await crowd(turned.length, (i) => {
    const { id, token } = turned[i]!
    const lines = { key, token, body: { variant_id, quantity: 1 } }
    return ask(on(i), 'POST', `/store/carts/${id}/lines`, lines)
  })
  assert.equal(await inCarts('RARE'), 0)
  const more = await crowd(10, async () => buy(world, await fill(world, 'RARE', 1)))
  assertOnly(more, ['201'])
  assert.deepEqual(await stockOf(world, 'RARE'), { on_hand: 40, held: 40 })
})

test('a cart is ordered at the moment in which its time ends: sold once, counted once', async () => {
  await setRules(share('LAST', 50))
  const first = await stockOf(world, 'LAST')
  const carts = await crowd(size, (i) => fill(on(i), 'LAST', 2))
  assert.equal(await inCarts('LAST'), 2 * size)
  for (const { cart } of carts) assert.notEqual(cart.hold_expires_at, null)
  await clock.advance(10 * 60_000 + 1_000)
  const ends = (async () => {
    for (let n = 0; n < 10; n++) await endCartHolds(world.app)
  })()
  const said = await crowd(size, (i) => buy(on(i), carts[i]!))
  await ends
  assertOnly(said, ['201'])
  await nothingHeld('LAST')
  const { held } = await stockOf(world, 'LAST')
  assert.equal(held, first.held + 2 * size)
})

test('the last units, held by a cart, go to its buyer and to nobody else', async () => {
  await setRules(share('LAST', 50))
  const cart = await fill(world, 'LAST', 2)
  const { on_hand, held } = await stockOf(world, 'LAST')
  assert.equal((await buy(twin, await fill(twin, 'LAST', on_hand - held))).status, 201)
  assert.equal((await buy(world, await fill(world, 'LAST', 1))).body.code, 'out_of_stock')
  // A refusal gives back nothing of what the cart holds, whoever shares its batch.
  const path = `/store/carts/${cart.id}/lines`
  const { token } = cart
  const body = { variant_id: world.variants.get('LAST'), quantity: 1 }
  const more = await ask(world, 'POST', path, { key, token, body })
  const neighbors = await crowd(8, () => fill(world, 'MUG', 1))
  const said = await Promise.all([
    buy(world, { ...cart, cart: more.body }),
    ...neighbors.map((one) => buy(world, one)),
  ])
  assert.deepEqual(tally(said), { '201': 8, '409 out_of_stock': 1 })
  assert.equal(await inCarts('LAST'), 2)
  const line = more.body.lines.find((one: { sku: string }) => one.sku === 'LAST')
  const two = { key, token, body: { quantity: 2 } }
  const fewer = await ask(world, 'PATCH', `${path}/${line.id}`, two)
  const own = await buy(world, { ...cart, cart: fewer.body })
  assert.equal(own.status, 201, JSON.stringify(own.body))
  assert.equal(await inCarts('LAST'), 0)
  const full = await stockOf(world, 'LAST')
  assert.equal(full.held, full.on_hand)
})

test('a reaper beside buyers: a cart that has become an order is never deleted', async () => {
  const carts = await crowd(size, (i) => fill(on(i), 'MUG', 1))
  const ids = carts.map(({ id }) => id as CartId)
  // As if all of them were old enough to go.
  const before = plusMs(clock(), 1_000)
  const reap = async (): Promise<number> => {
    let dropped = 0
    for (let n = 0; n < 5; n++)
      dropped += await transaction(world.db, (tx) => dropCarts(tx, ids, before))
    return dropped
  }
  const [said, dropped] = await Promise.all([crowd(size, (i) => buy(on(i), carts[i]!)), reap()])
  const { rows } = await world.db.query<{ id: string }>('select id from cart where id = any($1)', [
    ids,
  ])
  const left = new Set(rows.map(({ id }) => id))
  said.forEach(({ status }, i) => assert.equal(status === 201, left.has(ids[i]!), `${status}`))
  assert.equal(left.size + dropped, size)
})

test('no promise was broken', async () => {
  // Hours have passed at once: what was late is done, and nobody has to look any more.
  await calm(world)
  // One order is too heavy for a parcel.
  await assertWell(world, { effect_label: 1 })
})
