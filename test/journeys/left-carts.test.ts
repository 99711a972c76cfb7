// Carts that are left behind, and what becomes of them: found once, reminded of once, counted, and
// deleted when nobody comes back, but never with money or an order in them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dropCarts } from '#src/carts/abandoned.sql.ts'
import { dropOldCarts } from '#src/carts/find-abandoned.ts'
import { transaction } from '#src/db/transaction.ts'
import type { CartId } from '#src/lib/ids.ts'
import { attempt_states } from '#src/payments/payments.ts'
import { makeCustomer } from '#test/customers.ts'
import { openClock } from '#test/movable-clock.ts'
import { withPlanted } from '#test/plant.ts'
import {
  admin,
  ask,
  assertPromises,
  complete,
  type FilledCart,
  fillCart,
  openWorld,
  until,
} from '#test/world.ts'
import { goOn, intentOf } from './steps.ts'

const clock = openClock()
const world = await openWorld({ clock })
const { web, india } = world.keys.keys
const minutes = (n: number): Promise<void> => clock.advance(n * 60_000)
const day = 24 * 60

const abandoned = async ({ id }: Pick<FilledCart, 'id'>): Promise<number> => {
  const { rows } = await world.db.query<{ count: number }>(
    `select count(*)::int from event where kind = 'cart.abandoned' and subject_id = $1`,
    [id],
  )
  return rows[0]!.count
}
const mails = async ({ id }: Pick<FilledCart, 'id'>) =>
  (await admin(world, 'GET', '/admin/messages?kind=cart_abandoned&limit=100')).body.items.filter(
    (one: { cause_id: string }) => one.cause_id === id,
  )
/** Every cart that is due by now has been looked at. */
async function lookedAt(): Promise<void> {
  const marker = await fillCart(world)
  await minutes(61)
  await until('the marker is found', async () => (await abandoned(marker)) === 1)
}
const patch = ({ id, token }: FilledCart, body: object) =>
  ask(world, 'PATCH', `/store/carts/${id}`, { token, body })

test('a channel writes to those who have asked for it, once per cart, with a link that opens it', async () => {
  const path = `/admin/channels/${world.frame.web}/cart-watch`
  const before = await admin(world, 'GET', path)
  assert.deepEqual(before.body, { after_minutes: 60, message: false })
  const set = await admin(world, 'PUT', path, { after_minutes: 60, message: true })
  assert.equal(set.status, 200, JSON.stringify(set.body))
  const wants = await fillCart(world)
  assert.equal((await patch(wants, { accepts_reminders: true })).body.accepts_reminders, true)
  const silent = await fillCart(world)
  const empty = await ask(world, 'POST', '/store/carts', { body: { email: 'a@example.com' } })
  await lookedAt()
  assert.equal(await abandoned(wants), 1)
  assert.equal(await abandoned(silent), 1)
  assert.equal(await abandoned(empty.body.cart), 0)
  const [mail] = await until('the mail', async () => {
    const found = await mails(wants)
    return found.length > 0 && found
  })
  assert.equal(mail.recipient, 'ada@example.com')
  assert.deepEqual(await mails(silent), [])
  const { body } = await admin(world, 'GET', `/admin/messages/${mail.id}`)
  assert.match(body.text, /MUG-BLUE/)
  const recovery_token = /[?&]cart=(r\.[\w.-]+)/.exec(body.text)![1]!
  const opened = await ask(world, 'POST', '/store/cart-recoveries', { body: { recovery_token } })
  assert.equal(opened.status, 200, JSON.stringify(opened.body))
  assert.equal(opened.body.cart.id, wants.id)
  const read = await ask(world, 'GET', `/store/carts/${wants.id}`, { token: opened.body.token })
  assert.equal(read.status, 200)
  const elsewhere = { key: india, body: { recovery_token } }
  const wrong = await ask(world, 'POST', '/store/cart-recoveries', elsewhere)
  assert.equal(wrong.body.code, 'token_wrong')
  const forged = { body: { recovery_token: wants.token } }
  assert.equal(
    (await ask(world, 'POST', '/store/cart-recoveries', forged)).body.code,
    'token_wrong',
  )

  // Touched again and left again: another abandonment, and no other mail.
  await patch({ ...wants, token: opened.body.token }, { phone: '+4930123456' })
  await lookedAt()
  assert.equal(await abandoned(wants), 2)
  assert.equal(await abandoned(silent), 1)
  assert.equal((await mails(wants)).length, 1)

  const link = await admin(world, 'GET', `/admin/carts/${silent.id}/recovery`)
  const theirs = { body: { recovery_token: link.body.recovery_token } }
  assert.equal((await ask(world, 'POST', '/store/cart-recoveries', theirs)).body.cart.id, silent.id)
  await clock.advance(31 * day * 60_000)
  assert.equal(
    (await ask(world, 'POST', '/store/cart-recoveries', theirs)).body.code,
    'token_wrong',
  )
  const { items } = (await admin(world, 'GET', '/admin/carts?abandoned=true&limit=100')).body
  assert(items.some(({ id }: { id: string }) => id === silent.id))
})

test('whoever has bought is left in peace: this cart, or the same goods in another one', async () => {
  const bought = await fillCart(world)
  await patch(bought, { accepts_reminders: true })
  const fresh = await ask(world, 'GET', `/store/carts/${bought.id}`, { token: bought.token })
  const done = await complete(world, { ...bought, cart: fresh.body })
  assert.equal(done.status, 201)
  const left = await fillCart(world)
  await patch(left, { accepts_reminders: true, email: 'rose@example.com' })
  const other = await fillCart(world)
  const set = await patch(other, { email: 'Rose@example.com' })
  assert.equal((await complete(world, { ...other, cart: set.body })).status, 201)
  // A customer who leaves a cart under one address, and buys another one under a second.
  const { id: customer_id } = await makeCustomer(world, 'lily@example.com')
  const [kept, taken] = [await fillCart(world), await fillCart(world)]
  await patch(kept, { accepts_reminders: true, email: 'work.lily@example.com' })
  await transaction(
    world.db,
    (tx) => tx.run`
      update cart set customer_id = ${customer_id} where id = any(${[kept.id, taken.id]})`,
  )
  assert.equal((await complete(world, taken)).status, 201)
  await lookedAt()
  for (const cart of [bought, left, kept]) assert.equal(await abandoned(cart), 0)
  await until('nothing waits', async () => {
    const { rows } = await world.db.query(`select from effect where state = 'waiting' limit 1`)
    return rows.length === 0
  })
  const written = await Promise.all([bought, left, kept].map(mails))
  assert.deepEqual(written.flat(), [])
  const linkOf = ({ id }: FilledCart) => admin(world, 'GET', `/admin/carts/${id}/recovery`)
  assert.equal((await linkOf(bought)).body.code, 'cart_is_completed')
  assert.equal((await linkOf(left)).body.code, 'buyer_has_bought_since')

  // Told of as left behind, and bought in another cart before anybody has written about it.
  const told = await fillCart(world)
  await patch(told, { accepts_reminders: true, email: 'iris@example.com' })
  await lookedAt()
  assert.equal(await abandoned(told), 1)
  assert.equal((await linkOf(told)).status, 200)
  const instead = await fillCart(world)
  const hers = await patch(instead, { email: 'IRIS@example.com' })
  assert.equal((await complete(world, { ...instead, cart: hers.body })).status, 201)
  assert.equal((await linkOf(told)).body.code, 'buyer_has_bought_since')
})

test('whoever is paying another cart is left in peace, and afterwards as well', async () => {
  const email = 'violet@example.com'
  const left = await fillCart(world)
  await patch(left, { accepts_reminders: true, email })
  const touched = async (): Promise<Date> => {
    const { rows } = await world.db.query<{ updated_at: Date }>(
      'select updated_at from cart where id = $1',
      [left.id],
    )
    return rows[0]!.updated_at
  }
  const before = await touched()
  await minutes(55)
  const other = await fillCart(world)
  const set = await patch(other, { email })
  const card = 'pm_card_authenticationRequired'
  const paying = await complete(world, { ...other, cart: set.body }, { card })
  assert.equal(paying.status, 202, JSON.stringify(paying.body))
  await minutes(6)
  await until('the cart was looked at', async () => (await touched()) > before)
  assert.equal(await abandoned(left), 0)
  world.simulators.stripe.answerChallenge(intentOf(paying.body), true)
  assert.equal((await goOn(world, paying.body)).status, 201)
  await lookedAt()
  assert.equal(await abandoned(left), 0)
  const link = await admin(world, 'GET', `/admin/carts/${left.id}/recovery`)
  assert.equal(link.body.code, 'buyer_has_bought_since')
})

test('a cart that is being paid is not left behind before that has ended', async () => {
  const cart = await fillCart(world)
  const paying = await complete(world, cart, { card: 'pm_card_authenticationRequired' })
  assert.equal(paying.status, 202)
  const order_token = paying.body.token
  const held = paying.body.order.hold_expires_at
  await minutes(10)
  const path = `/store/orders/${paying.body.order.id}/hold`
  const kept = await ask(world, 'POST', path, { order_token })
  assert.equal(kept.status, 200, JSON.stringify(kept.body))
  assert(kept.body.hold_expires_at > held, 'it is held for longer')
  for (let n = 0; n < 5; n++) {
    await minutes(10)
    await ask(world, 'POST', path, { order_token })
  }
  const { rows } = await world.db.query<{ minutes: number }>(
    `select extract(epoch from coalesce(hold_expires_at, canceled_at) - created_at)::int / 60
       as minutes from orders where id = $1`,
    [paying.body.order.id],
  )
  assert(rows[0]!.minutes <= 60, `but for no more than an hour: ${rows[0]!.minutes}`)
  assert.equal(await abandoned(cart), 0)
  await until('the order has run out', async () => {
    await minutes(2)
    const { body } = await admin(world, 'GET', `/admin/orders/${paying.body.order.id}`)
    return body.state === 'canceled'
  })
  const over = await ask(world, 'POST', path, { order_token })
  assert.equal(over.body.code, 'order_cannot_move')
  await lookedAt()
  await lookedAt()
  assert.equal(await abandoned(cart), 1)
})

test('old carts go, but none with money or a live order in it', async () => {
  const gone = await fillCart(world)
  const declined = await fillCart(world)
  const said = await complete(world, declined, { card: 'pm_card_visa_chargeDeclined' })
  assert.equal(said.status, 402)
  await until('the declined order has run out', async () => {
    await minutes(16)
    const { body } = await admin(world, 'GET', `/admin/orders/${said.body.order_id}`)
    return body.state === 'canceled'
  })
  const bought = await fillCart(world)
  assert.equal((await complete(world, bought)).status, 201)
  await world.stopWorker()
  // Nobody ends this payment, and nobody asks about it.
  const paying = await fillCart(world)
  const asked = await complete(world, paying, { card: 'pm_card_authenticationRequired' })
  assert.equal(asked.status, 202)
  const money = await fillCart(world)
  const refused = await complete(world, money, { card: 'pm_card_visa_chargeDeclined' })
  await clock.advance(91 * day * 60_000)
  const young = await fillCart(world)
  const there = async (): Promise<ReadonlySet<string>> => {
    const { rows } = await world.db.query<{ id: string }>('select id from cart')
    return new Set(rows.map(({ id }) => id))
  }
  // An order that has ended, with money of which nobody knows, or that was not given back.
  const ended = `update orders set state = 'canceled', hold_expires_at = null
    where id = '${refused.body.order_id}'`
  const before = clock()
  const reapedWith = (change: string): Promise<number> =>
    withPlanted(
      world.db,
      [ended, `update payment_attempt set ${change} where order_id = '${refused.body.order_id}'`],
      (tx) => dropCarts(tx, [money.id as CartId], before),
    )
  for (const state of attempt_states) {
    const is_over = state === 'declined' || state === 'canceled' || state === 'captured'
    const dropped = await reapedWith(`state = '${state}'`)
    assert.equal(dropped, is_over ? 1 : 0, state)
  }
  const paid = 'authorized = amount, captured = amount'
  assert.equal(await reapedWith(`state = 'captured', ${paid}`), 0)
  assert.equal(await reapedWith(`state = 'captured', ${paid}, refunded = amount - 1`), 0)
  assert.equal(await reapedWith(`state = 'captured', ${paid}, refunded = amount`), 1)

  const dropped = await dropOldCarts(world.app, undefined)
  const left = await there()
  assert(dropped >= 2 && !left.has(gone.id) && !left.has(declined.id))
  for (const { id } of [bought, young, paying, money]) assert(left.has(id))
})

test('the funnel says how far carts have come, and why others were refused', async () => {
  const from = new Date(clock().getTime() - 1_000)
  const later = world
  const cart = await fillCart(later)
  await complete(later, cart, { expected_total: 1 })
  await complete(later, cart, { card: 'pm_card_visa_chargeDeclined' })
  assert.equal((await complete(later, cart)).status, 201)
  await ask(later, 'POST', '/store/carts', { key: web, body: {} })
  await world.app.funnel.flush()
  await world.startWorker()
  const counts = await until('the outcomes are counted', async () => {
    const path = `/admin/funnel?by=hour&from=${from.toISOString().slice(0, 13)}:00:00Z`
    const { body } = await admin(world, 'GET', path)
    const found = new Map<string, number>()
    for (const one of body.items) found.set(`${one.step} ${one.code}`.trim(), one.count)
    return found.has('order_placed') && found
  })
  for (const step of ['line_added', 'email_given', 'address_given', 'shipping_chosen']) {
    assert((counts.get(step) ?? 0) >= 1, step)
  }
  assert((counts.get('cart_made') ?? 0) > (counts.get('line_added') ?? 0))
  assert((counts.get('complete_tried') ?? 0) >= 3)
  assert((counts.get('complete_refused price_has_changed') ?? 0) >= 1)
  assert([...counts.keys()].some((key) => key.startsWith('payment_declined ')))
  const first = (await admin(world, 'GET', '/admin/funnel?limit=1')).body
  const next = await admin(
    world,
    'GET',
    `/admin/funnel?limit=1&after=${encodeURIComponent(first.next_cursor)}`,
  )
  assert.notDeepEqual(next.body.items, first.items)
  const bad = await admin(world, 'GET', '/admin/funnel?after=x')
  assert.equal(bad.body.code, 'invalid_input')
})

test('no promise was broken', async () => {
  await until('all has run out', async () => {
    const { rows } = await world.db.query(`select from orders where state = 'pending' limit 1`)
    return rows.length === 0
  })
  await assertPromises(world)
})
