// Every POST that makes or moves something can be sent again with its key: it happens once, and
// the answer is the same.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { routes } from '#src/app/routes.ts'
import { ask, assertPromises, fillCart, freshKey, german_address, openWorld } from '#test/world.ts'
import { type Json, levelOf } from './steps.ts'

const world = await openWorld({ worker: false })
const key = world.keys.secret_key
const variant_id = world.variants.get('MUG-BLUE')!
const payment = { provider: 'stripe', token: 'pm_card_visa' }

type Sent = { readonly path: string; readonly body: object } & Partial<Parameters<typeof ask>[3]>

async function sendTwice({ path, ...asking }: Sent): Promise<Json> {
  const idempotency_key = freshKey()
  const first = await ask(world, 'POST', path, { ...asking, idempotency_key })
  assert([200, 201].includes(first.status), `${path} ${JSON.stringify(first.body)}`)
  const second = await ask(world, 'POST', path, { ...asking, idempotency_key })
  assert.deepEqual(second, first, path)
  const other_body = { ...asking.body, unexpected: undefined, ...changeOf(asking.body) }
  const third = await ask(world, 'POST', path, { ...asking, body: other_body, idempotency_key })
  assert.deepEqual([third.status, third.body.code], [422, 'idempotency_key_reused'], path)
  return first.body
}

/** Another request that is valid as well. */
function changeOf(body: Json): object {
  if ('quantity' in body) return { quantity: body.quantity + 1 }
  if ('reason' in body) return { reason: 'another reason' }
  if ('expected_total' in body) return { payment: { ...body.payment, token: 'pm_card_amex' } }
  if ('amount' in body) return { amount: body.amount + 1 }
  return 'email' in body ? { email: 'eve@example.com' } : { name: 'Another name' }
}

test('carts and orders, one effect each', async () => {
  const made = await sendTwice({ path: '/store/carts', body: { email: 'ada@example.com' } })
  const cart = await fillCart(world, [['MUG-BLUE', 1]])
  const { token } = cart
  const lines = `/store/carts/${cart.id}/lines`
  const filled = await sendTwice({ path: lines, token, body: { variant_id, quantity: 2 } })
  assert.equal(filled.lines[0].quantity, 3)
  assert.notEqual(made.cart.id, cart.id)

  const path = `/store/carts/${cart.id}/complete`
  const body = { expected_total: filled.total, payment }
  const { order } = await sendTwice({ path, token, body })
  assert.equal((await levelOf(world, 'MUG-BLUE')).held, 3)

  const whole = {
    email: 'ada@example.com',
    shipping_address: german_address,
    shipping_option_id: cart.cart.shipping_option_id,
    lines: [{ variant_id, quantity: 1 }],
    expected_total: cart.cart.total,
    payment,
  }
  await sendTwice({ path: '/store/orders', body: whole })
  assert.equal((await levelOf(world, 'MUG-BLUE')).held, 4)
  const refunds = `/admin/orders/${order.id}/refunds`
  const refunded = await sendTwice({ path: refunds, key, body: { amount: 100, reason: 'late' } })
  assert.equal(refunded.refunds.length, 1)
  const cancel = `/admin/orders/${order.id}/cancel`
  const canceled = await sendTwice({ path: cancel, key, body: { reason: 'changed my mind' } })
  assert.deepEqual([canceled.state, canceled.changes.length], ['canceled', 1])
  assert.equal((await levelOf(world, 'MUG-BLUE')).held, 1)
  const { stock_item_id, location_id } = await levelOf(world, 'MUG-BLUE')
  await sendTwice({
    path: `/admin/stock/${stock_item_id}/${location_id}/adjust`,
    key,
    body: { change: { kind: 'by', quantity: 5 }, reason: 'found five' },
  })
  assert.equal((await levelOf(world, 'MUG-BLUE')).on_hand, 105)
  await assertPromises(world)
})

test('what staff make is made once', async () => {
  await sendTwice({ path: '/admin/customer-groups', key, body: { code: 'one', name: 'One' } })
  await sendTwice({
    path: '/admin/customers',
    key,
    body: { email: 'one@example.com', name: 'One' },
  })
  await sendTwice({
    path: '/admin/locations',
    key,
    body: { code: 'one', name: 'One', priority: 5, address: german_address },
  })
})

test('a key of one shopper route is no key of another, and all that makes something wants one', async () => {
  const idempotency_key = freshKey()
  const body = { email: 'ada@example.com' }
  assert.equal((await ask(world, 'POST', '/store/carts', { idempotency_key, body })).status, 201)
  const group = { code: 'two', name: 'Two' }
  const other = { key, idempotency_key, body: group }
  assert.equal((await ask(world, 'POST', '/admin/customer-groups', other)).status, 201)

  // Those that need none: their effect is the same however often they are sent.
  const without = routes.filter(({ method, idempotent }) => method === 'POST' && !idempotent)
  assert.deepEqual(without.map(({ path }) => path).sort(), [
    '/admin/customer-segment-previews',
    '/admin/customers/:id/erase',
    '/admin/customers/:id/token',
    '/admin/drafts/:id/cancel',
    '/admin/exceptions/:id/dismiss',
    '/admin/exceptions/:id/retry',
    '/admin/message-templates/:kind/:locale/preview',
    '/admin/orders/:id/edits/preview',
    '/admin/orders/:id/hold',
    '/admin/orders/:id/release',
    '/admin/password-resets',
    '/admin/password-resets/confirmation',
    '/admin/price-lists/:id/prices/remove',
    '/admin/prices/explain',
    '/admin/second-factor',
    '/admin/second-factor/code',
    '/admin/second-factor/confirm',
    '/admin/second-factor/recovery-codes',
    '/admin/second-factor/remove',
    '/admin/shipments/:id/deliver',
    '/admin/shipments/:id/ship',
    '/admin/sign-in',
    '/admin/sign-out',
    '/hooks/:plugin',
    '/store/cart-recoveries',
    '/store/customers',
    '/store/customers/me/erasure',
    '/store/customers/me/password',
    '/store/customers/verification',
    '/store/orders/:id/hold',
    '/store/password-resets',
    '/store/password-resets/confirmation',
    '/store/payments/:id/continue',
    '/store/session/renewal',
    '/store/sessions',
  ])
})
