// Everybody who can speak of a payment at the same time: clicks, the bank's page, webhooks late,
// doubled and out of order, lookups, staff. The provider's own books are asked how often it took
// money. Two web servers and a worker on one database.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type Answer,
  admin,
  ask,
  complete,
  type FilledCart,
  fillCart,
  freshKey,
  openWorld,
  until,
} from '#test/world.ts'
import {
  assertOnly,
  assertWell,
  calm,
  contested,
  crowd,
  in_a_crowd,
  openTwin,
  ordersOf,
  served,
  stockOf,
  stripeBooks,
  tally,
} from './crowd.ts'
import { assertMoney } from './money.ts'

const goods = ['MUG', 'LAMP', 'BOOK', 'CHAIR'].map((sku) => ({ sku, price: '10.00', stock: 1000 }))
const world = await openWorld({ goods, timings: in_a_crowd })
const twin = await openTwin(world)
const serverOf = (i: number) => (i % 2 === 0 ? world : twin)
const { stripe, razorpay } = world.simulators
const challenge = { card: 'pm_card_threeDSecure2Required' }
const indian = { channel: 'india', provider: 'razorpay', card: null } as const

/** Buyer and bank say yes or no on Razorpay's page; what the page hands to the browser. */
async function payAtRazorpay(client_data: { order_id: string; notes: unknown }, vpa: string) {
  const { order_id, notes } = client_data
  const answer = await fetch(`${razorpay.url}/_checkout/pay`, {
    method: 'POST',
    body: JSON.stringify({ order_id, notes, method: 'upi', vpa }),
  })
  return (await answer.json()) as Record<string, string>
}

const goOn = (server: typeof world, done: Answer, answer: object = {}, key?: string) =>
  ask(server, 'POST', `/store/payments/${done.body.payment.id}/continue`, {
    order_token: done.body.token,
    ...(key ? { key } : {}),
    body: { answer },
  })

const clickAll = (cart: FilledCart, clicks: number, keyOf: (i: number) => string) =>
  crowd(clicks, (i) => complete(serverOf(i), cart, { idempotency_key: keyOf(i) }))

test('ten clicks on Pay on each of eight carts: one order and one charge each', async () => {
  await crowd(8, async (i) => {
    const cart = await fillCart(world, [['MUG', 1]])
    const key = freshKey()
    const clicks = await clickAll(cart, 10, i % 2 === 0 ? () => key : freshKey)
    const waiting = ['409 request_in_progress', '409 payment_in_progress']
    assertOnly(clicks, ['201', '409 cart_is_completed', ...waiting])
    const orders = new Set(clicks.flatMap(({ body }) => body.order?.id ?? []))
    assert.equal(orders.size, 1, JSON.stringify(tally(clicks)))
    const [order_id] = [...orders]
    const books = stripeBooks(world, order_id)
    assertMoney(world, order_id, [books.charges, books.captured], [1, BigInt(cart.cart.total)])
  })
  await calm(world)
  await assertWell(world)
})

test('a declined card, then 64 clicks with a good one: still one charge', async () => {
  const cart = await fillCart(world, [['MUG', 1]])
  const declined = await complete(world, cart, { card: 'pm_card_visa_chargeDeclined' })
  assert.equal(declined.status, 402)
  const clicks = await clickAll(cart, 64, freshKey)
  const paid = clicks.filter(({ status }) => status === 201)
  assert(paid.length >= 1, JSON.stringify(tally(clicks)))
  assert.equal(paid[0]!.body.order.id, declined.body.order_id)
  const { order_id } = declined.body
  assertMoney(world, order_id, stripeBooks(world, order_id).charges, 1)
  await calm(world)
  await assertWell(world)
})

test('one order paid over its cart and over itself at once is paid once', async () => {
  await crowd(contested, async () => {
    const cart = await fillCart(world, [['MUG', 1]])
    const declined = await complete(world, cart, { card: 'pm_card_visa_chargeDeclined' })
    const { order_id, order_token } = declined.body
    const body = {
      expected_total: cart.cart.total,
      payment: { provider: 'stripe', token: 'pm_card_visa' },
    }
    await Promise.all([
      complete(world, cart),
      ask(world, 'POST', `/store/orders/${order_id}/payments`, { order_token, body }),
      complete(twin, cart),
      ask(twin, 'POST', `/store/orders/${order_id}/payments`, { order_token, body }),
    ])
    assertMoney(world, order_id, stripeBooks(world, order_id).charges, 1)
  })
  await calm(world)
  await assertWell(world)
})

test('a changed cart and a payment of its old order at once: nobody pays for both', async () => {
  await crowd(contested, async () => {
    const cart = await fillCart(world, [['MUG', 1]])
    const declined = await complete(world, cart, { card: 'pm_card_visa_chargeDeclined' })
    const { order_id, order_token } = declined.body
    const variant_id = world.variants.get('BOOK')
    const { token, id } = cart
    const body = { variant_id, quantity: 1 }
    const changed = await ask(world, 'POST', `/store/carts/${id}/lines`, { token, body })
    assert.equal(changed.status, 200)
    const old = {
      expected_total: cart.cart.total,
      payment: { provider: 'stripe', token: 'pm_card_visa' },
    }
    const [fresh] = await Promise.all([
      complete(world, { ...cart, cart: changed.body }),
      ask(world, 'POST', `/store/orders/${order_id}/payments`, { order_token, body: old }),
    ])
    const charges = [order_id, fresh.body.order?.id].map((one) => stripeBooks(world, one).charges)
    const { [0]: first = 0, [1]: second = 0 } = charges
    assertMoney(world, order_id, first + second, 1)
  })
  await calm(world)
  await assertWell(world)
})

for (const approved of [true, false]) {
  const said = approved ? 'yes' : 'no'
  test(`3-D Secure says ${said}: browser, webhooks in any order and lookups agree`, async () => {
    Object.assign(stripe.faults, { webhook_copies: 3, webhook_reorder: 5, webhook_delay_ms: 20 })
    const orders = await crowd(contested, async (i) => {
      const cart = await fillCart(world, [['LAMP', 1]])
      const done = await complete(serverOf(i), cart, challenge)
      assert.equal(done.status, 202, JSON.stringify(done.body))
      const { account } = stripe
      const { id: order_id } = done.body.order
      const intent = [...account.intents.values()].find(
        (row) => row.metadata['order'] === order_id,
      )!
      const again = () => complete(serverOf(i + 1), cart, challenge)
      const before = [goOn(serverOf(i), done), again()]
      stripe.answerChallenge(intent.id, approved)
      const answers = await Promise.all([
        ...before,
        ...(await crowd(4, async (n) => goOn(serverOf(n), done))).map(async (answer) => answer),
      ])
      assertOnly(answers, [
        '201',
        '202',
        '402 payment_declined',
        '409 payment_in_progress',
        '409 cart_is_completed',
      ])
      return order_id as string
    })
    Object.assign(stripe.faults, { webhook_copies: 1, webhook_reorder: 0, webhook_delay_ms: 0 })
    await fetch(`${stripe.url}/_simulator/faults`, { method: 'DELETE' })
    await stripe.settled()
    await calm(world)
    const facts = await ordersOf(world, orders)
    for (const order of facts) {
      const books = stripeBooks(world, order.id)
      assertMoney(world, order.id, order.captured, books.captured)
      if (approved) assertMoney(world, order.id, [order.state, books.charges], ['placed', 1])
      else assertMoney(world, order.id, [order.state, books.charges], ['pending', 0])
    }
    await assertWell(world)
  })
}

test('Razorpay: page, webhooks and browser at once end in one captured payment', async () => {
  Object.assign(razorpay.faults, { webhook_copies: 3, webhook_reorder: 4, webhook_delay_ms: 10 })
  const key = world.keys.keys.india
  const orders = await crowd(contested, async (i) => {
    const cart = await fillCart(world, [['LAMP', 1]], { channel: 'india' })
    const done = await complete(serverOf(i), cart, indian)
    assert.equal(done.status, 202, JSON.stringify(done.body))
    const { client_data } = done.body.payment
    const page = await payAtRazorpay(client_data, 'success@razorpay')
    const answers = await crowd(4, (n) => goOn(serverOf(n), done, n === 3 ? {} : page, key))
    assertOnly(answers, ['201'])
    return done.body.order.id as string
  })
  await fetch(`${razorpay.url}/_simulator/faults`, { method: 'DELETE' })
  await razorpay.settled()
  await calm(world)
  for (const order of await ordersOf(world, orders)) {
    assertMoney(world, order.id, [order.state, order.captured], ['placed', order.total])
    const of_order = [...razorpay.bank.orders.values()].filter(
      (row) => row.notes['order'] === order.id,
    )
    const taken = [...razorpay.bank.payments.values()].filter(
      (row) => row.captured && of_order.some(({ id }) => id === row.order_id),
    )
    assert.deepEqual(
      taken.map((row) => [BigInt(row.amount), row.amount_refunded]),
      [[order.total, 0]],
    )
  }
  await assertWell(world)
})

test('Razorpay: who pays twice on one page gets one payment back', async () => {
  const orders = await crowd(contested, async (i) => {
    const cart = await fillCart(world, [['LAMP', 1]], { channel: 'india' })
    const done = await complete(serverOf(i), cart, indian)
    const { client_data } = done.body.payment
    const pages = await crowd(2, () => payAtRazorpay(client_data, 'success@razorpay'))
    await crowd(2, (n) => goOn(serverOf(n), done, pages[n]!, world.keys.keys.india))
    return { id: done.body.order.id as string, reference: client_data.order_id as string }
  })
  await razorpay.settled()
  await calm(world)
  const references = new Map(orders.map(({ id, reference }) => [id, reference]))
  for (const order of await ordersOf(world, [...references.keys()])) {
    const { state, captured, refunded, total } = order
    assertMoney(world, order.id, [state, captured, refunded], ['placed', total, 0n])
    const payments = [...razorpay.bank.payments.values()].filter(
      (row) => row.order_id === references.get(order.id),
    )
    const kept = payments.reduce((sum, row) => sum + row.amount - row.amount_refunded, 0)
    assertMoney(world, order.id, BigInt(kept), order.total)
  }
  await assertWell(world)
})

/** The order is canceled with nothing held and every paid unit given back. */
async function assertUndone(order_id: string): Promise<void> {
  const [order] = await ordersOf(world, [order_id])
  const { state, captured, refunded } = order!
  assertMoney(world, order_id, [state, captured - refunded], ['canceled', 0n])
}

test('cancel against the capture of an authorized payment', async () => {
  const before = await stockOf(world, 'CHAIR', 'mumbai')
  const orders = await crowd(contested, async (i) => {
    const cart = await fillCart(world, [['CHAIR', 1]], { channel: 'india' })
    const done = await complete(serverOf(i), cart, indian)
    const page = await payAtRazorpay(done.body.payment.client_data, 'success@razorpay')
    const { id } = done.body.order
    const cancel = () => admin(serverOf(i + 1), 'POST', `/admin/orders/${id}/cancel`, {})
    const [answer] = await Promise.all([
      cancel(),
      goOn(serverOf(i), done, page, world.keys.keys.india),
    ])
    assertOnly([answer], ['200', '409 payment_in_progress', '409 order_cannot_move'])
    if (answer.status !== 200) {
      await until('the cancel', async () => (await cancel()).status === 200)
    }
    return id as string
  })
  await razorpay.settled()
  await calm(world)
  for (const id of orders) await assertUndone(id)
  assert.deepEqual(await stockOf(world, 'CHAIR', 'mumbai'), before)
  await assertWell(world)
})

test('cancel against a buyer who approves at the bank', async () => {
  const before = await stockOf(world, 'CHAIR')
  const orders = await crowd(contested, async (i) => {
    const cart = await fillCart(world, [['CHAIR', 1]])
    const done = await complete(serverOf(i), cart, challenge)
    const { id } = done.body.order
    const intent = [...stripe.account.intents.values()].find((row) => row.metadata['order'] === id)!
    const cancel = () => admin(serverOf(i + 1), 'POST', `/admin/orders/${id}/cancel`, {})
    const first = cancel()
    // Half of the buyers are faster than the cancel's word to the bank.
    if (i % 2 === 0 && intent.status === 'requires_action') stripe.answerChallenge(intent.id, true)
    const [answer] = await Promise.all([first, goOn(serverOf(i), done)])
    assertOnly([answer], ['200', '409 payment_in_progress', '409 order_cannot_move'])
    if (answer.status !== 200) {
      await until('the cancel', async () => (await cancel()).status === 200)
    }
    return id as string
  })
  await stripe.settled()
  await calm(world)
  for (const id of orders) {
    await assertUndone(id)
    const { captured, refunded } = stripeBooks(world, id)
    assertMoney(world, id, captured, refunded)
  }
  assert.deepEqual(await stockOf(world, 'CHAIR'), before)
  await assertWell(world)
})

test('staff who refund at once give back no more than was taken', async () => {
  await crowd(4, async () => {
    const cart = await fillCart(world, [['BOOK', 3]])
    const done = await complete(world, cart)
    const { id, total } = done.body.order
    const amount = Math.floor(total / 3) + 1
    const answers = await crowd(16, (i) =>
      admin(serverOf(i), 'POST', `/admin/orders/${id}/refunds`, { amount }),
    )
    assert.deepEqual(tally(answers), { '201': 2, '422 refund_exceeds_captured': 14 })
    await calm(world)
    assertMoney(world, id, stripeBooks(world, id).refunded, BigInt(2 * amount))
  })
  await assertWell(world)
})

test('a cancel and a refund at once: all the money goes back, once', async () => {
  const totals = await crowd(contested, async (i) => {
    const done = await complete(world, await fillCart(world, [['BOOK', 1]]))
    const { id, total } = done.body.order
    const [canceled, refunded] = await Promise.all([
      admin(serverOf(i), 'POST', `/admin/orders/${id}/cancel`, {}),
      admin(serverOf(i + 1), 'POST', `/admin/orders/${id}/refunds`, { amount: total }),
    ])
    assert.equal(canceled.status, 200, JSON.stringify(canceled.body))
    assertOnly([refunded], ['201', '422 refund_exceeds_captured'])
    return { id, total: BigInt(total) }
  })
  await calm(world)
  for (const { id, total } of totals) {
    assertMoney(world, id, stripeBooks(world, id).refunded, total)
  }
  await assertWell(world)
})

test('a cancel that is sent twice at once with one key is one cancel, and both are told so', async () => {
  await crowd(contested, async (i) => {
    const done = await complete(world, await fillCart(world, [['BOOK', 1]]))
    const { id } = done.body.order
    const idempotency_key = freshKey()
    const answers = await crowd(4, (n) =>
      served(() =>
        ask(serverOf(i + n), 'POST', `/admin/orders/${id}/cancel`, {
          key: world.keys.secret_key,
          idempotency_key,
          body: { reason: 'changed my mind' },
        }),
      ),
    )
    assertOnly(answers, ['200', '409 request_in_progress'])
    assert.equal(answers.find(({ status }) => status === 200)!.body.changes.length, 1)
  })
  await calm(world)
  await assertWell(world)
})
