// Orders that somebody looks at before anything is sent: held by staff or by a rule, seen in the
// inbox, released; with the notes and tags that staff keep.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { admin, ask, assertPromises, complete, fillCart, openWorld } from '#test/world.ts'
import { type Json, orderOf, timelineOf, untilException, untilOrder } from './steps.ts'

const world = await openWorld()
const channel = `/admin/channels/${world.frame.web}`

async function place(quantity: number, more: object = {}): Promise<Json> {
  const { id, token, cart } = await fillCart(world, [['MUG-BLUE', quantity]])
  const payment = { provider: 'stripe', token: 'pm_card_visa' }
  const body = { expected_total: cart.total, payment, ...more }
  const done = await ask(world, 'POST', `/store/carts/${id}/complete`, { token, body })
  assert.equal(done.status, 201, JSON.stringify(done.body))
  return { ...done.body.order, token: done.body.token }
}
const list = async (query: string): Promise<string[]> => {
  const { status, body } = await admin(world, 'GET', `/admin/orders?${query}`)
  assert.equal(status, 200, JSON.stringify(body))
  return body.items.map(({ id }: Json) => id)
}

test('a rule holds what is above its total, and lets it go when somebody has looked', async () => {
  const rules = [
    { kind: 'total_above', amount: 5_000, currency: 'EUR' },
    { kind: 'first_order_above', amount: 10_000_000, currency: 'EUR' },
    { kind: 'address_differs' },
  ]
  const set = await admin(world, 'PUT', `${channel}/review-rules`, { rules })
  assert.deepEqual([set.status, set.body.rules], [200, rules])
  const small = await place(1)
  const large = await place(5)
  const held = await untilOrder(world, large.id, 'the hold', (order) => order.held_at)
  assert.deepEqual(held.hold_reasons, ['total_above'])
  const entry = await untilException(world, large.id, 'order_review')
  assert.match(entry.message, /total_above/)
  await untilOrder(world, small.id, 'the label of the small one', (o) => o.shipments[0]?.label_id)
  const waiting = await untilOrder(world, large.id, 'its invoice', (o) => o.invoices.length === 1)
  assert.deepEqual(waiting.shipments, [])
  assert.deepEqual(await list('held=true'), [large.id])
  assert(!(await list('held=false&state=placed')).includes(large.id))

  const released = await admin(world, 'POST', `/admin/orders/${large.id}/release`)
  assert.equal(released.status, 200, JSON.stringify(released.body))
  assert.equal(released.body.held_at, null)
  await untilOrder(world, large.id, 'its label', (order) => order.shipments[0]?.label_id)
  const { body: inbox } = await admin(world, 'GET', '/admin/exceptions')
  assert.deepEqual(inbox.items, [])
  const told = await timelineOf(world, large.id)
  assert(told.indexOf('review.held') < told.indexOf('review.released'), told.join())
  await assertPromises(world)
})

test('a first order above a sum and another address are reasons of their own', async () => {
  const rules = [
    { kind: 'first_order_above', amount: 2_000, currency: 'EUR' },
    { kind: 'address_differs' },
  ]
  await admin(world, 'PUT', `${channel}/review-rules`, { rules })
  // Ada has bought before.
  const again = await place(2)
  await untilOrder(world, again.id, 'its label', (order) => order.shipments[0]?.label_id)
  const { id, token, cart } = await fillCart(world, [['MUG-BLUE', 2]])
  const elsewhere = { name: 'Eve', line1: 'Ring 2', postal_code: '20095', city: 'Hamburg' }
  const patched = await ask(world, 'PATCH', `/store/carts/${id}`, {
    token,
    body: { email: 'eve@example.com', billing_address: { ...elsewhere, country: 'DE' } },
  })
  const done = await complete(world, { id, token, cart: patched.body })
  assert.equal(done.status, 201, JSON.stringify(done.body))
  const held = await untilOrder(world, done.body.order.id, 'the hold', (order) => order.held_at)
  assert.deepEqual(held.hold_reasons, ['first_order_above', 'address_differs'])
  assert.deepEqual(cart.total, held.total)
  // Canceled, it waits for nobody any more.
  const canceled = await admin(world, 'POST', `/admin/orders/${held.id}/cancel`, {})
  assert.equal(canceled.status, 200, JSON.stringify(canceled.body))
  const { body: inbox } = await admin(world, 'GET', '/admin/exceptions')
  assert.deepEqual(inbox.items, [])
  await admin(world, 'PUT', `${channel}/review-rules`, { rules: [] })
})

test('of two first orders at once the first is held, and one that was canceled is none', async () => {
  const rules = [{ kind: 'first_order_above', amount: 2_000, currency: 'EUR' }]
  await admin(world, 'PUT', `${channel}/review-rules`, { rules })
  const buy = async (): Promise<string> => {
    const { id, token } = await fillCart(world, [['MUG-BLUE', 2]])
    const body = { email: 'newcomer@example.com' }
    const { body: cart } = await ask(world, 'PATCH', `/store/carts/${id}`, { token, body })
    const done = await complete(world, { id, token, cart })
    assert.equal(done.status, 201, JSON.stringify(done.body))
    return done.body.order.id
  }
  await world.stopWorker()
  const both = [await buy(), await buy()]
  await world.startWorker()
  const seen = await untilOrder(world, both[1]!, 'a label', (order) => order.shipments[0]?.label_id)
  assert.deepEqual(seen.hold_reasons, null)
  const first = await untilOrder(world, both[0]!, 'the hold', (order) => order.held_at)
  assert.deepEqual(first.hold_reasons, ['first_order_above'])
  for (const id of both) {
    const canceled = await admin(world, 'POST', `/admin/orders/${id}/cancel`, {})
    assert.equal(canceled.status, 200, JSON.stringify(canceled.body))
  }
  const next = await untilOrder(world, await buy(), 'the hold', (order) => order.held_at)
  assert.deepEqual(next.hold_reasons, ['first_order_above'])
  await admin(world, 'POST', `/admin/orders/${next.id}/cancel`, {})
  await admin(world, 'PUT', `${channel}/review-rules`, { rules: [] })
})

test('staff hold an order whose parcel is planned: it waits, and cannot be sent by hand', async () => {
  const order = await place(1, { note: '  Happy birthday, Bo!  ' })
  const labeled = await untilOrder(world, order.id, 'a label', (o) => o.shipments[0]?.label_id)
  assert.equal(labeled.buyer_note, 'Happy birthday, Bo!')
  const reason = 'the buyer asked us to wait'
  const held = await admin(world, 'POST', `/admin/orders/${order.id}/hold`, { reason })
  assert.deepEqual([held.status, held.body.hold_reasons], [200, [reason]])
  const address = { reason: 'the address looks odd' }
  for (let time = 1; time <= 2; time++) {
    const again = await admin(world, 'POST', `/admin/orders/${order.id}/hold`, address)
    assert.deepEqual(again.body.hold_reasons, [reason, address.reason], `time ${time}`)
    assert.equal(again.body.held_at, held.body.held_at)
  }
  const entry = await untilException(world, order.id, 'order_review')
  assert.match(entry.message, /asked us to wait, the address looks odd/)
  const holds = (await timelineOf(world, order.id)).filter((kind) => kind === 'review.held')
  assert.equal(holds.length, 2)
  const ship = `/admin/shipments/${labeled.shipments[0].id}/ship`
  const refused = await admin(world, 'POST', ship)
  assert.deepEqual([refused.status, refused.body.code], [409, 'order_held_for_review'])
  assert.equal((await admin(world, 'POST', `/admin/orders/${order.id}/release`)).status, 200)
  assert.equal((await admin(world, 'POST', ship)).status, 200)
  const none = await admin(world, 'POST', `/admin/orders/${world.frame.web}/hold`, { reason })
  assert.deepEqual([none.status, none.body.code], [404, 'not_found'])
  await assertPromises(world)
})

test('a search for orders whose range ends before it begins is refused, by the field', async () => {
  const query = 'total_min=5&total_max=3&created_from=2026-01-02T00:00:00Z'
  const { status, body } = await admin(
    world,
    'GET',
    `/admin/orders?${query}&created_to=2026-01-01T00:00:00Z`,
  )
  assert.deepEqual(
    [status, body.errors?.map(({ field, code }: Json) => `${field} ${code}`)],
    [400, ['created_from range', 'total_min range']],
  )
})

test('notes and tags are for staff: found again, told of without their words, not shown', async () => {
  const order = await place(1)
  const path = `/admin/orders/${order.id}`
  const content = 'Bo called: leave it with the neighbor'
  const made = await admin(world, 'POST', `${path}/notes`, { content })
  assert.equal(made.status, 201, JSON.stringify(made.body))
  for (const [field, blank] of Object.entries({
    content: await admin(world, 'POST', `${path}/notes`, { content: '  ' }),
    reason: await admin(world, 'POST', `${path}/hold`, { reason: ' ' }),
  })) {
    const [error] = blank.body.errors
    assert.deepEqual([blank.status, error.field, error.code], [400, field, 'required'])
  }
  assert.equal((await orderOf(world, order.id)).held_at, null)
  const { body: notes } = await admin(world, 'GET', `${path}/notes`)
  assert.deepEqual([notes.items.length, notes.items[0].content], [1, content])
  assert.match(notes.items[0].author, /^key:/)
  const tagged = await admin(world, 'PUT', `${path}/tags`, { tags: ['VIP', ' phone ', 'vip'] })
  assert.deepEqual(tagged.body.tags, ['phone', 'vip'])
  for (const found of [
    await list('tag=vip'),
    await list('tag=VIP'),
    await list(`number=${(await orderOf(world, order.id)).number.toLowerCase()}`),
    await list('sku=mug-blue&tag=vip'),
  ]) {
    assert.deepEqual(found, [order.id])
  }
  await admin(world, 'PUT', `${path}/tags`, { tags: ['vip'] })
  assert.deepEqual(await list('tag=phone'), [])
  const { body: timeline } = await admin(world, 'GET', `${path}/timeline`)
  assert(!JSON.stringify(timeline).includes('neighbor'))
  assert(timeline.items.some(({ kind }: Json) => kind === 'note.added'))
  const seen = await ask(world, 'GET', `/store/orders/${order.id}`, { order_token: order.token })
  assert(!/neighbor|vip/.test(JSON.stringify(seen.body)))
  const page = await (await fetch((await orderOf(world, order.id)).page_url)).text()
  assert(!/neighbor|vip/.test(page))
  await assertPromises(world)
})
