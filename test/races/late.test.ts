// What comes too late: money after the goods were given back, answers that were lost, starts
// that arrive when nobody expects them any more. The clock of shop and provider is moved.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { transaction } from '#src/db/transaction.ts'
import type { Currency } from '#src/lib/money.ts'
import { lockOrders } from '#src/orders/orders.sql.ts'
import { askToCancel } from '#src/payments/payments.sql.ts'
import type { OrderFacts } from '#test/books.sql.ts'
import { openClock } from '#test/movable-clock.ts'
import {
  type Answer,
  admin,
  ask,
  complete,
  fillCart,
  openWorld,
  until,
  type World,
} from '#test/world.ts'
import { diceOf } from './amid.ts'
import {
  assertOnly,
  assertWell,
  calm,
  contested,
  crowd,
  openTwin,
  ordersOf,
  prepareOrder,
  stockOf,
  stripeBooks,
  tally,
} from './crowd.ts'
import { assertMoney } from './money.ts'

type Told = { kind: string; detail: { stock?: { sku: string; held: number }[] } }

const minutes = 60_000
const clock = openClock()
const arrival_ms = 1_500

const buyers = 2 * contested
const goods = [
  { sku: 'MUG', price: '10.00', stock: contested },
  { sku: 'LAMP', price: '10.00', stock: contested },
  { sku: 'BOOK', price: '10.00', stock: buyers },
  { sku: 'POT', price: '10.00', stock: buyers },
]
const world = await openWorld({ goods, clock, timings: { arrival_ms } })
const twin = await openTwin(world)
const serverOf = (i: number) => (i % 2 === 0 ? world : twin)
const { stripe, razorpay } = world.simulators
const challenge = { card: 'pm_card_threeDSecure2Required' }
const indian = { channel: 'india', provider: 'razorpay', card: null } as const

const resetFaults = (simulator: { readonly url: string }) =>
  fetch(`${simulator.url}/_simulator/faults`, { method: 'DELETE' })

const stateOf = async (id: string): Promise<string> => (await ordersOf(world, [id]))[0]!.state

async function payAtRazorpay({ body }: Answer): Promise<Record<string, string>> {
  const { order_id, notes } = body.payment.client_data
  const answer = await fetch(`${razorpay.url}/_checkout/pay`, {
    method: 'POST',
    body: JSON.stringify({ order_id, notes, method: 'upi', vpa: 'success@razorpay' }),
  })
  return (await answer.json()) as Record<string, string>
}

/** Both: the buyer pays on a page left open, and the browser comes back with it. */
async function payLate(server: World, done: Answer): Promise<void> {
  const page = await payAtRazorpay(done)
  await ask(server, 'POST', `/store/payments/${done.body.payment.id}/continue`, {
    key: world.keys.keys.india,
    order_token: done.body.token,
    body: { answer: page },
  })
}

/** Orders at Razorpay whose holds have run out; their pages are still open. */
async function leaveOpen(sku: string, coupon?: string): Promise<readonly Answer[]> {
  const orders = await crowd(contested, async (i) => {
    const more = { channel: 'india', ...(coupon ? { coupon } : {}) } as const
    const done = await complete(serverOf(i), await fillCart(world, [[sku, 1]], more), indian)
    assert.equal(done.status, 202, JSON.stringify(done.body))
    return done
  })
  await clock.advance(16 * minutes)
  await until('all holds to run out', async () => (await stockOf(world, sku, 'mumbai')).held === 0)
  return orders
}

/** Of these, those that are placed; the others have got their money back. */
async function assertPlacedOrGivenBack(orders: readonly Answer[]): Promise<readonly OrderFacts[]> {
  const facts = await ordersOf(
    world,
    orders.map(({ body }) => body.order.id),
  )
  for (const order of facts) {
    const theirs = [...razorpay.bank.orders.values()].filter(
      (row) => row.notes['order'] === order.id,
    )
    const kept = [...razorpay.bank.payments.values()]
      .filter((row) => theirs.some(({ id }) => id === row.order_id) && row.captured)
      .reduce((sum, row) => sum + row.amount - row.amount_refunded, 0)
    assertMoney(world, order.id, BigInt(kept), order.state === 'placed' ? order.total : 0n)
  }
  return facts.filter(({ state }) => state === 'placed')
}

/** Of these, how many are decided, and which have expired: looked at again and again. */
function watchOrders(ids: readonly string[]) {
  const expired = new Set<string>()
  let decided = 0
  const isOver = async (): Promise<boolean> => {
    const { rows } = await world.db.query<{ id: string; state: string }>(
      "select id, state from orders where id = any($1) and state <> 'pending'",
      [ids],
    )
    decided = rows.length
    for (const { id, state } of rows) if (state === 'canceled') expired.add(id)
    return decided === ids.length
  }
  return {
    decided: () => decided,
    expired,
    ended: () => until('the end of every hold', isOver, 60_000, 20),
  }
}

test('holds that run out while the buyer approves: the goods go to one or the other', async () => {
  const waiting = await crowd(contested, async (i) => {
    const done = await complete(serverOf(i), await fillCart(world, [['MUG', 1]]), challenge)
    assert.equal(done.status, 202, JSON.stringify(done.body))
    return done
  })
  const ids = waiting.map(({ body }) => body.order.id as string)
  const intents = new Map(
    [...stripe.account.intents.values()].map((row) => [row.metadata['order']!, row]),
  )
  const buy = await prepareOrder(world, [['MUG', 1]])
  const watched = watchOrders(ids)
  const left_open: string[] = []
  /** A quarter approve at once, a quarter when their hold is gone, the others in between. */
  const approve = async (i: number): Promise<void> => {
    const [dice, id] = [diceOf(64, i), ids[i]!]
    const turn = i % 4 === 0 ? 0 : dice.roll((contested * 3) / 4)
    await until('the turn', async () => {
      return i % 4 === 1 ? watched.expired.has(id) : watched.decided() >= turn
    })
    // Its payment was ended before the goods were given back: nobody can pay it any more.
    const is_expired = watched.expired.has(id)
    const intent = intents.get(id)!
    const is_open = intent.status === 'requires_action'
    if (is_expired && is_open) left_open.push(`order ${id}, payment ${intent.id}`)
    if (is_open) stripe.answerChallenge(intent.id, true)
    const { token: order_token, payment } = waiting[i]!.body
    const path = `/store/payments/${payment.id}/continue`
    await ask(serverOf(i), 'POST', path, { order_token, body: {} })
  }
  const others = await clock.advance(16 * minutes).then(async () => {
    const [bought] = await Promise.all([
      crowd(contested, async (i) => {
        const turn = diceOf(65, i).roll(contested)
        await until('the turn', async () => watched.decided() >= turn)
        return buy(serverOf(i))
      }),
      crowd(contested, approve),
      watched.ended(),
    ])
    return bought
  })
  assertOnly(others, ['201', '409 out_of_stock'])
  await stripe.settled()
  await calm(world)
  assert.deepEqual(left_open, [], 'expired, and its payment could still be made')
  const facts = await ordersOf(world, ids)
  const placed = facts.filter(({ state }) => state === 'placed')
  for (const order of facts) {
    const { captured, refunded } = stripeBooks(world, order.id)
    const kept = order.state === 'placed' ? order.total : 0n
    assertMoney(world, order.id, captured - refunded, kept)
  }
  const sold = others.filter(({ status }) => status === 201).length
  assert.equal((await stockOf(world, 'MUG')).held, placed.length + sold)
  const won = { buyers: placed.length, clock: contested - placed.length, others: sold }
  assert(Math.min(...Object.values(won)) > 0, `one side never won: ${JSON.stringify(won)}`)
  await assertWell(world)
})

test('money after the hold ran out: held again, or given back where nothing is left', async () => {
  const orders = await leaveOpen('LAMP')
  // Five of eight units find another buyer meanwhile.
  const gone = (contested * 5) / 8
  const cart = await fillCart(world, [['LAMP', gone]], { channel: 'india' })
  const other = await complete(world, cart, indian)
  assert.equal(other.status, 202)
  await crowd(contested, (i) => payLate(serverOf(i), orders[i]!))
  await payLate(world, other)
  await razorpay.settled()
  await calm(world)
  const placed = await assertPlacedOrGivenBack(orders)
  assert.equal(placed.length, contested - gone)
  const shelf = { on_hand: contested, held: contested }
  assert.deepEqual(await stockOf(world, 'LAMP', 'mumbai'), shelf)
  const { body: told } = await admin(world, 'GET', `/admin/orders/${placed[0]!.id}/timeline`)
  const held = told.items.flatMap(({ kind, detail }: Told) =>
    (detail.stock ?? []).map((one) => [kind, one.sku, one.held]),
  )
  assert.deepEqual(held.slice(0, 3), [
    ['order.created', 'LAMP', 1],
    ['order.expired', 'LAMP', -1],
    ['order.held_again', 'LAMP', 1],
  ])
  await assertWell(world)
})

test('money after the hold ran out: a code is used no oftener than it may be', async () => {
  const coupon = 'LATE'
  const limit = { code: coupon, rate_ppm: 500_000, usage_limit: contested }
  assert.equal((await admin(world, 'POST', '/admin/coupons', limit)).status, 201)
  const orders = await leaveOpen('POT', coupon)
  // Others use it meanwhile, and there are goods for everybody.
  const used = (contested * 3) / 4
  const others = await crowd(used, async (i) => {
    const cart = await fillCart(world, [['POT', 1]], { channel: 'india', coupon })
    return complete(serverOf(i), cart, indian)
  })
  await crowd(contested, (i) => payLate(serverOf(i), orders[i]!))
  await crowd(used, (i) => payLate(serverOf(i), others[i]!))
  await razorpay.settled()
  await calm(world)
  assert.equal((await assertPlacedOrGivenBack(orders)).length, contested - used)
  assert.equal((await assertPlacedOrGivenBack(others)).length, used)
  await assertWell(world)
})

test('answers that are lost: lookups and webhooks find every charge, once', async () => {
  Object.assign(stripe.faults, { only: 'POST /v1/payment_intents', lose_answers: contested })
  const answers = await crowd(buyers, async (i) => {
    // The sockets of half of the webhooks fail too.
    if (i === contested) stripe.faults.webhook_drop = (buyers * 5) / 8
    return complete(serverOf(i), await fillCart(world, [['BOOK', 1]]))
  })
  assertOnly(answers, ['201', '202'])
  assert(
    answers.some(({ status }) => status === 202),
    'no answer was lost',
  )
  await resetFaults(stripe)
  await calm(world)
  for (const { body } of answers) {
    assert.equal(await stateOf(body.order.id), 'placed')
    const { charges, captured } = stripeBooks(world, body.order.id)
    assertMoney(world, body.order.id, [charges, captured], [1, BigInt(body.order.total)])
  }
  await assertWell(world)
})

test('a start that arrives after the next payment was made takes no money', async () => {
  const sku = 'TEA'
  await admin(world, 'POST', '/admin/products', {
    title: sku,
    state: 'active',
    channel_ids: [world.frame.web],
    variants: [{ sku, prices: [{ price_list_id: world.frame.eur_list, amount: 900 }] }],
  })
  const { rows } = await world.db.query('select id from variant where sku = $1', [sku])
  world.variants.set(sku, rows[0].id)
  const level = await world.db.query('select id from stock_item where sku = $1', [sku])
  const path = `/admin/stock/${level.rows[0].id}/${world.frame.berlin}/adjust`
  const body = { change: { kind: 'by', quantity: 50 }, reason: 'received' }
  assert.equal((await admin(world, 'POST', path, body)).status, 200)

  const carts = await crowd(contested, () => fillCart(world, [[sku, 1]]))
  const started = () => stripe.seen.get('POST /v1/payment_intents') ?? 0
  const before = started()
  // Slower than the time after which the shop takes the start for lost.
  stripe.faults.latency_ms = 5_000
  const slow = carts.map((cart) => complete(world, cart))
  await until('the first starts to be on their way', async () => started() === before + contested)
  await resetFaults(stripe)
  const paid = await crowd(contested, (i) =>
    until('a second payment', async () => {
      const answer = await complete(twin, carts[i]!)
      // On a busy machine the bank may be too slow for this one as well: it is asked again, and
      // the first start may be there before it.
      assertOnly([answer], ['201', '202', '409 payment_in_progress', '409 cart_is_completed'])
      return answer.status !== 202 && answer.body.code !== 'payment_in_progress' && answer
    }),
  )
  const second = paid.filter(({ status }) => status === 201).length
  assert(second > 0, 'all first starts were there before the second ones: this proves nothing')
  assert.deepEqual(tally(await Promise.all(slow)), { '201': contested })
  await stripe.settled()
  await calm(world)
  for (const { body } of paid) {
    const order_id = body.order?.id ?? body.order_id
    const books = stripeBooks(world, order_id)
    assertMoney(world, order_id, [books.charges, books.refunded], [1, 0n])
  }
  await assertWell(world)
})

/** Stripe refuses to give back what it has never taken: a person is told of it. */
const refund_refused = { refund_failed: 1, effect_refund: 1 }

test('a second capture of an order is given back, not the one that paid for it', async () => {
  const cart = await fillCart(world, [['TEA', 1]])
  const declined = await complete(world, cart, { card: 'pm_card_visa_chargeDeclined' })
  assert.equal(declined.status, 402)
  const { order_id } = declined.body
  const paid = await complete(world, cart)
  assert.equal(paid.status, 201)
  await calm(world)
  const detail = await admin(world, 'GET', `/admin/orders/${order_id}`)
  const refused = detail.body.payments.find((one: { state: string }) => one.state === 'declined')
  const amount = { amount: BigInt(paid.body.order.total), currency: 'EUR' as Currency }
  const reference = refused.reference ?? 'pi_late'
  const outcome = { kind: 'captured', reference, amount, fee: null } as const
  await world.app.desk.record({ attempt_id: refused.id, outcome, source: 'provider:stripe' })
  const refund = await until('a refund', async () => {
    const { body } = await admin(world, 'GET', `/admin/orders/${order_id}`)
    return body.refunds[0]
  })
  // Stripe knows nothing of that capture, so it refuses: a person is told, nobody loses money.
  assert.equal(refund.amount, paid.body.order.total)
  await calm(world)
  assertMoney(world, order_id, stripeBooks(world, order_id).refunded, 0n)
  await assertWell(world, refund_refused)
})

test('an authorization that comes while its payment is being ended places no order', async () => {
  const cart = await fillCart(world, [['TEA', 1]])
  const done = await complete(world, cart, challenge)
  assert.equal(done.status, 202)
  const { order, payment } = done.body
  const { body } = await admin(world, 'GET', `/admin/orders/${order.id}`)
  const { reference } = body.payments[0]
  // As a lookup, a cancel or a hold that ran out does, before it asks the provider.
  await transaction(world.db, async (tx) => {
    await lockOrders(tx, [order.id])
    assert.equal((await askToCancel(tx, [payment.id], clock())).length, 1)
  })
  const amount = { amount: BigInt(order.total), currency: 'EUR' as Currency }
  const outcome = { kind: 'authorized', reference, amount, capture_before: null } as const
  await world.app.desk.record({ attempt_id: payment.id, outcome, source: 'provider:stripe' })
  assert.equal(await stateOf(order.id), 'pending')
  await calm(world)
  const after = await admin(world, 'GET', `/admin/orders/${order.id}`)
  assert.equal(after.body.payments[0].state, 'canceled')
  assert.equal((await complete(world, cart)).status, 201)
  await assertWell(world, refund_refused)
})

test('a provider that tells of another amount or another payment is not believed', async () => {
  const cart = await fillCart(world, [['TEA', 1]])
  const done = await complete(world, cart, challenge)
  assert.equal(done.status, 202)
  const { order, payment } = done.body
  const { body } = await admin(world, 'GET', `/admin/orders/${order.id}`)
  const { reference } = body.payments[0]
  const tell = async (told: string, amount: number, currency = 'EUR') => {
    const money = { amount: BigInt(amount), currency: currency as Currency }
    const outcome = { kind: 'captured', reference: told, amount: money, fee: null } as const
    const report = { attempt_id: payment.id, outcome, source: 'provider:stripe' }
    await world.app.desk.record(report)
  }
  await tell(reference, order.total - 1)
  await tell(reference, order.total + 1)
  await tell(reference, order.total, 'USD')
  await tell('pi_of_somebody_else', order.total)
  assert.equal(await stateOf(order.id), 'pending')
  const inbox = await admin(world, 'GET', '/admin/exceptions?limit=100')
  const found = inbox.body.items.filter((one: { order_id: string }) => one.order_id === order.id)
  assert.deepEqual(
    found.map((one: { kind: string }) => one.kind),
    ['payment_anomaly'],
  )
  await assertWell(world, { ...refund_refused, payment_anomaly: 1 })
})
