// Orders are changed after they were placed: the difference is right to the minor unit, stock and
// documents follow, and what is taken back moves no money.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { transaction } from '#src/db/transaction.ts'
import { type AttemptId, newId, type OrderId } from '#src/lib/ids.ts'
import { lockOrders } from '#src/orders/orders.sql.ts'
import { readRefundsOf } from '#src/payments/payments.sql.ts'
import { settleMoney } from '#src/payments/settle-money.ts'
import { copyOf, withPlanted } from '#test/plant.ts'
import {
  admin,
  ask,
  assertPromises,
  complete,
  fillCart,
  freshKey,
  german_address,
  openWorld,
  until,
} from '#test/world.ts'
import { type Json, levelOf, orderOf, placeReserved, untilException, untilOrder } from './steps.ts'

const world = await openWorld()
const { stripe } = world.simulators
const key = world.keys.secret_key

async function placeOrder(basket: readonly (readonly [string, number])[]): Promise<Json> {
  const done = await complete(world, await fillCart(world, basket))
  assert.equal(done.status, 201, JSON.stringify(done.body))
  return { ...done.body.order, token: done.body.token }
}
const invoiced = (id: string) =>
  untilOrder(world, id, 'the invoice and the label', (order) => {
    return order.invoices.length >= 1 && order.shipments.some((one: Json) => one.label_id)
  })
async function edit(id: string, body: object, more: { key?: string } = {}): Promise<Json> {
  const { version } = await orderOf(world, id)
  const asked = { version, settle: 'now', ...body }
  const idempotency_key = more.key ?? freshKey()
  return ask(world, 'POST', `/admin/orders/${id}/edits`, { key, body: asked, idempotency_key })
}
const documented = (order: Json): number =>
  order.invoices.reduce((sum: number, one: Json) => {
    return sum + (one.kind === 'invoice' ? one.total : -one.total)
  }, 0)
/** Documents say what was paid, and no money is on its way. */
const untilRest = (id: string) =>
  untilOrder(world, id, 'rest', (order) => {
    const { due, paid } = order.money
    return documented(order) === Math.min(due, paid) && order.refunds.every(isSettled)
  })
const isSettled = (refund: Json): boolean => refund.state === 'succeeded'
const movements = () => [...stripe.seen].filter(([call]) => /refunds|payment_intents$/.test(call))

test('more to pay: shown first, held at once, paid by link, then sent', async () => {
  const { id, total, token } = await placeOrder([['MUG-BLUE', 2]])
  const before = await invoiced(id)
  const [mugs] = before.lines
  const body = { lines: [{ line_id: mugs.id, quantity: 3 }], reason: 'one more by phone' }
  const asked = { version: before.version, ...body }
  const seen = await admin(world, 'POST', `/admin/orders/${id}/edits/preview`, asked)
  assert.equal(seen.status, 200, JSON.stringify(seen.body))
  const { difference, after } = seen.body
  assert.deepEqual([difference, after.to_collect, after.paid], [1490, 1490, total])
  assert.equal((await orderOf(world, id)).version, before.version, 'a preview changes nothing')
  assert.equal((await levelOf(world, 'MUG-BLUE')).held, 2)

  const done = await edit(id, body)
  assert.equal(done.status, 200, JSON.stringify(done.body))
  assert.deepEqual([done.body.money.due, done.body.money.to_collect], [total + 1490, 1490])
  assert.equal(done.body.payment_state, 'partially_captured')
  assert.equal((await levelOf(world, 'MUG-BLUE')).held, 3)
  const stale = await admin(world, 'POST', `/admin/orders/${id}/edits`, asked)
  assert.deepEqual([stale.status, stale.body.code], [409, 'order_has_changed'])

  const pay = (expected_total: number, card = 'pm_card_visa') =>
    ask(world, 'POST', `/store/orders/${id}/payments`, {
      order_token: token,
      body: { expected_total, payment: { provider: 'stripe', token: card } },
    })
  const wrong = await pay(1489)
  assert.deepEqual(
    [wrong.status, wrong.body.code, wrong.body.total],
    [409, 'price_has_changed', 1490],
  )
  const declined = await pay(1490, 'pm_card_visa_chargeDeclined')
  assert.equal(declined.status, 402, JSON.stringify(declined.body))
  const paid = await pay(1490)
  assert.equal(paid.status, 201, JSON.stringify(paid.body))
  assert.equal((await pay(1490)).body.code, 'price_has_changed')
  const rest = await untilRest(id)
  assert.deepEqual([rest.payment_state, documented(rest)], ['captured', total + 1490])
  const sent = await untilOrder(world, id, 'the added mug in a parcel', (order) => {
    const units = order.shipments
      .filter((one: Json) => one.label_id)
      .flatMap((one: Json) => one.lines)
      .reduce((sum: number, line: Json) => sum + line.quantity, 0)
    return units === 3
  })
  assert(sent.lines.some((line: Json) => line.change_id !== null && line.quantity === 1))
  const { body: told } = await admin(world, 'GET', `/admin/orders/${id}/timeline`)
  const edited = told.items.find(({ kind }: Json) => kind === 'order.edited')
  assert.equal(edited.reason, 'one more by phone')
  const { rows } = await world.db.query(`select from event where event::text like '%by phone%'`)
  assert.equal(rows.length, 0, 'events outlive the person')
  await assertPromises(world)
})

test('less to pay: exactly the difference goes back, credited with its taxes', async () => {
  const { id, total } = await placeOrder([
    ['MUG-BLUE', 2],
    ['TEA-EARL-GREY', 3],
  ])
  const before = await invoiced(id)
  const held = (await levelOf(world, 'TEA-EARL-GREY')).held
  const tea = before.lines.find((line: Json) => line.sku === 'TEA-EARL-GREY')
  const idempotency_key = freshKey()
  const body = { lines: [{ line_id: tea.id, quantity: 1 }], reason: 'too much tea' }
  const done = await edit(id, body, { key: idempotency_key })
  assert.equal(done.status, 200, JSON.stringify(done.body))
  const again = await ask(world, 'POST', `/admin/orders/${id}/edits`, {
    key,
    idempotency_key,
    body: { version: before.version, settle: 'now', ...body },
  })
  assert.deepEqual([again.status, again.body.changes.length], [200, 1])
  const rest = await untilRest(id)
  assert.deepEqual(
    rest.refunds.map((refund: Json) => [refund.state, refund.amount]),
    [['succeeded', 1300]],
  )
  assert.equal(documented(rest), total - 1300)
  assert.equal((await levelOf(world, 'TEA-EARL-GREY')).held, held - 2)
  await assertPromises(world)
})

test('another price with its reason; the same money for other goods corrects the documents', async () => {
  const { id, total } = await placeOrder([['MUG-BLUE', 2]])
  const { lines } = await invoiced(id)
  const line_id = lines[0].id
  const silent = await edit(id, { lines: [{ line_id, unit_price: 1000 }] })
  assert.deepEqual([silent.status, silent.body.errors[0].field], [400, 'lines.0.reason'])
  const cheap = await edit(id, {
    lines: [{ line_id, unit_price: 1000, reason: 'a scratch in the glaze' }],
  })
  assert.equal(cheap.status, 200, JSON.stringify(cheap.body))
  const rest = await untilRest(id)
  assert.deepEqual([rest.money.due, rest.refunds[0].amount], [total - 980, 980])
  const kinds = rest.invoices.map((one: Json) => [one.kind, one.total])
  assert.deepEqual(kinds, [
    ['invoice', total],
    ['credit_note', 2980],
    ['invoice', 2000],
  ])
  // A label that was bought is not bought again for another price.
  const labels = rest.shipments.filter((one: Json) => one.state === 'labeled')
  assert.deepEqual(labels.length, 1)
  assert.equal((await levelOf(world, 'MUG-BLUE')).on_hand, 100)

  const variant_id = world.variants.get('TEA-EARL-GREY')
  const added = rest.lines.find((line: Json) => line.change_id !== null)
  const swap = await edit(id, {
    lines: [{ line_id: added.id, quantity: 1 }],
    add: [{ variant_id, quantity: 1, unit_price: 1000, reason: 'instead of the mug' }],
  })
  assert.equal(swap.status, 200, JSON.stringify(swap.body))
  assert.deepEqual([swap.body.money.to_collect, swap.body.money.to_refund], [0, 0])
  const swapped = await untilOrder(world, id, 'corrections', (o) => o.invoices.length === 5)
  assert.equal(documented(swapped), total - 980)
  await assertPromises(world)
})

test('an edit that is taken back moves no money, whichever way it went', async () => {
  const { id, total } = await placeOrder([
    ['MUG-BLUE', 2],
    ['TEA-EARL-GREY', 1],
  ])
  const before = await invoiced(id)
  const [mugs] = before.lines
  const options = (await world.app.db.query('select id, name from shipping_option order by code'))
    .rows
  const was = options.find(({ name }) => name === before.shipping_name)!
  const express = options.find(({ id: one }) => one !== was.id)!
  const calls = movements()
  type Two = readonly [there: object, back: (order: Json) => object]
  const newest = (order: Json) => order.lines.at(-1).id
  const ways: readonly Two[] = [
    [
      { lines: [{ line_id: mugs.id, quantity: 4 }] },
      (o) => ({ lines: [{ line_id: newest(o), quantity: 0 }] }),
    ],
    [
      { settle: 'soon', lines: [{ line_id: mugs.id, quantity: 1 }] },
      () => ({ lines: [{ line_id: mugs.id, quantity: 2 }] }),
    ],
    [
      { settle: 'later', lines: [{ line_id: mugs.id, unit_price: 999, reason: 'a promise' }] },
      (o) => ({ lines: [{ line_id: newest(o), unit_price: 1490, reason: 'a mistake' }] }),
    ],
    [{ shipping: { option_id: express.id } }, () => ({ shipping: { option_id: was.id } })],
  ]
  for (const [there, back] of ways) {
    const done = await edit(id, there)
    assert.equal(done.status, 200, JSON.stringify(done.body))
    assert.notEqual(done.body.money.due, total)
    const undone = await edit(id, back(done.body))
    assert.equal(undone.status, 200, JSON.stringify(undone.body))
    const { due, paid, to_collect, to_refund } = undone.body.money
    assert.deepEqual(
      [due, paid, to_collect, to_refund],
      [total, total, 0, 0],
      JSON.stringify(there),
    )
  }
  const rest = await untilRest(id)
  assert.deepEqual([rest.refunds, rest.payments.length], [[], 1])
  assert.deepEqual(movements(), calls, 'nothing was asked of the provider')
  assert.equal(documented(rest), total)
  // The further mugs, which were taken off again.
  const off = rest.lines.find(({ change_id, canceled }: Json) => change_id !== null && canceled > 0)
  for (const price of [{ unit_price: 100 }, { discount: 100 }]) {
    const of_nothing = await edit(id, { lines: [{ line_id: off.id, ...price, reason: 'a slip' }] })
    const [{ field, code }] = of_nothing.body.errors
    assert.deepEqual([field, code], ['lines.0.quantity', 'required'])
  }
  const none = await edit(id, { lines: [{ line_id: mugs.id, quantity: 2 }] })
  assert.deepEqual([none.status, none.body.code], [422, 'nothing_to_change'])
  await assertPromises(world)
})

test('what is kept is settled later, or goes back with a cancellation', async () => {
  const { id, total } = await placeOrder([['TEA-EARL-GREY', 4]])
  const { lines } = await invoiced(id)
  const body = { settle: 'later', lines: [{ line_id: lines[0].id, quantity: 3 }] }
  assert.equal((await edit(id, body)).body.money.to_refund, 650)
  await assertPromises(world)
  const settled = await admin(world, 'POST', `/admin/orders/${id}/settle`)
  assert.equal(settled.status, 200, JSON.stringify(settled.body))
  const rest = await untilRest(id)
  assert.deepEqual([rest.refunds.length, rest.refunds[0].amount], [1, 650])
  assert.equal(
    (await edit(id, { ...body, lines: [{ line_id: lines[0].id, quantity: 2 }] })).status,
    200,
  )
  const gone = await admin(world, 'POST', `/admin/orders/${id}/cancel`, {})
  assert.equal(gone.status, 200, JSON.stringify(gone.body))
  const all = await untilOrder(world, id, 'all money back', (o) => o.payment_state === 'refunded')
  const back = all.refunds.reduce((sum: number, refund: Json) => sum + refund.amount, 0)
  assert.equal(back, total)
  await untilOrder(world, id, 'documents of nothing', (order) => documented(order) === 0)
  await assertPromises(world)
})

/** What the journal still has on the accounts of an order between buyer and shop. */
async function open(id: string): Promise<readonly string[]> {
  const { rows } = await world.db.query<{ account: string }>(
    `select account from journal_line where order_id = $1
       and account in ('receivable', 'customer_deposits', 'refunds_payable')
     group by account having sum(amount) <> 0 order by account`,
    [id],
  )
  return rows.map(({ account }) => account)
}

test('money that is just being taken is kept, or goes back when it has come', async () => {
  const { body: clerk } = await admin(world, 'POST', '/admin/keys', {
    ...{ kind: 'secret', name: 'Clerk', permissions: ['orders:read', 'orders:write'] },
  })
  await world.stopWorker()
  const edited: { settle: string; id: string; off: number }[] = []
  for (const settle of ['soon', 'later', 'now']) {
    const { id } = await placeReserved(world, 'MUG-BLUE', 3)
    const { version, lines, money } = await orderOf(world, id)
    assert.equal(money.paid, 0)
    const body = { version, settle, lines: [{ line_id: lines[0].id, quantity: 2 }] }
    const by = settle === 'later' ? clerk.token : key
    const less = await ask(world, 'POST', `/admin/orders/${id}/edits`, { key: by, body })
    assert.equal(less.status, 200, JSON.stringify(less.body))
    assert.equal(less.body.money.refund_due_at !== null, settle === 'soon')
    edited.push({ settle, id, off: money.due - less.body.money.due })
  }
  await world.startWorker()
  for (const { settle, id, off } of edited) {
    await untilOrder(world, id, 'the money', ({ payments }) => payments[0].captured > 0)
    const { refunds, money } = await untilRest(id)
    const back = refunds.map(({ amount }: Json) => amount)
    assert.deepEqual(back, settle === 'now' ? [off] : [], settle)
    assert.equal(money.to_refund, settle === 'now' ? 0 : off)
    if (settle === 'now') continue
    const { lines } = await orderOf(world, id)
    const undone = await edit(id, { lines: [{ line_id: lines[0].id, quantity: 3 }] })
    assert.equal(undone.status, 200, JSON.stringify(undone.body))
    const rest = await untilRest(id)
    assert.deepEqual([rest.refunds, rest.money.to_collect], [[], 0])
  }
  for (const { id, settle } of edited) assert.deepEqual(await open(id), [], settle)
  await assertPromises(world)
})

test('what is kept is what the edit has left: a second payment goes back at once', async () => {
  const { id, total } = await placeOrder([['MUG-BLUE', 2]])
  const { lines } = await invoiced(id)
  const less = { settle: 'later', lines: [{ line_id: lines[0].id, quantity: 1 }] }
  assert.equal((await edit(id, less)).status, 200)
  const twice = newId<AttemptId>()
  const paid = { id: `'${twice}'`, reference: `'pi_twice'` }
  await withPlanted(
    world.db,
    [copyOf('payment_attempt', `order_id = '${id}'`, paid)],
    async (tx) => {
      const [order] = await lockOrders(tx, [id as OrderId])
      const cause = { cause_id: twice, reason: 'not owed', allocations: [] }
      const from = 'customer_deposits' as const
      await settleMoney(tx, [{ order: order!, cause: { ...cause, from } }], new Date())
      const refunds = await readRefundsOf(tx, [id as OrderId])
      const back = refunds.map(({ attempt_id, amount }) => [attempt_id, Number(amount)])
      assert.deepEqual(back, [[twice, total]])
    },
  )
  assert.deepEqual((await orderOf(world, id)).refunds, [])
})

test('money that cannot go back keeps no other from its buyer, and a person is told', async () => {
  const orders: string[] = []
  for (let n = 0; n < 2; n++) {
    const { id } = await placeOrder([['TEA-EARL-GREY', 2]])
    const { lines } = await invoiced(id)
    const done = await edit(id, { settle: 'soon', lines: [{ line_id: lines[0].id, quantity: 1 }] })
    assert.equal(done.status, 200, JSON.stringify(done.body))
    orders.push(id)
  }
  const [stuck, other] = orders as [string, string]
  await world.db.query(`
    begin read write;
    create function refuse() returns trigger language plpgsql as $$ begin raise 'no'; end $$;
    create trigger refuse before insert on refund for each row
      when (new.order_id = '${stuck}') execute function refuse();
    commit`)
  const expire = (id: string, minutes: number) =>
    transaction(
      world.db,
      (tx) => tx.run`
        update kept_refund set due_at = now() - make_interval(mins => ${minutes})
        where order_id = ${id}`,
    )
  await expire(stuck, 2)
  await expire(other, 1)
  await untilException(world, stuck, 'edit_unsettled')
  const givenBack = ({ refunds }: Json) => refunds.length === 1 && refunds.every(isSettled)
  await untilOrder(world, other, 'the refund', givenBack)
  await world.db.query('begin read write; drop function refuse cascade; commit')
  await expire(stuck, 1)
  await untilOrder(world, stuck, 'the refund', givenBack)
  const { body } = await admin(world, 'GET', '/admin/exceptions')
  assert.deepEqual(
    body.items.filter(({ order_id }: Json) => order_id === stuck),
    [],
  )
  // A row without money that is kept is nobody's.
  await transaction(
    world.db,
    (tx) => tx.run`insert into kept_refund (order_id, due_at) values (${stuck}, now())`,
  )
  await until('the row is gone', async () => {
    const { rows } = await world.db.query('select from kept_refund where order_id = $1', [stuck])
    return rows.length === 0
  })
  await assertPromises(world)
})

test('what cannot be had or has left is refused, field by field, and nothing is written', async () => {
  const { id } = await placeOrder([['LAMP-DESK', 2]])
  const order = await invoiced(id)
  const line_id = order.lines[0].id
  const many = await edit(id, { lines: [{ line_id, quantity: 50 }] })
  assert.deepEqual(
    [many.status, many.body.code, many.body.errors[0].field],
    [409, 'out_of_stock', 'lines.0.quantity'],
  )
  const variant_id = world.variants.get('LAMP-DESK')
  const tea = world.variants.get('TEA-EARL-GREY')
  const more = await edit(id, {
    add: [tea, variant_id].map((one) => ({ variant_id: one, quantity: 50 })),
  })
  assert.deepEqual([more.status, more.body.errors[0].field], [409, 'add.1.quantity'])
  const dear = await edit(id, {
    add: [{ variant_id, quantity: 9000, unit_price: 9e15, reason: 'a mistake' }],
  })
  assert.equal(dear.status, 400, JSON.stringify(dear.body))
  assert.deepEqual(
    [dear.body.errors[0].field, dear.body.errors[0].code],
    ['add.0.quantity', 'limit_exceeded'],
  )
  const all = await edit(id, { lines: [{ line_id, quantity: 0 }] })
  assert.deepEqual([all.status, all.body.errors[0].code], [400, 'nothing_left'])
  const address = { shipping_address: { ...german_address, country: 'XX' } }
  const nowhere = await edit(id, { address })
  assert.equal(nowhere.body.errors[0].field, 'address.shipping_address.country')
  const parcel = order.shipments[0].id
  const shipped = await admin(world, 'POST', `/admin/shipments/${parcel}/ship`)
  assert.equal(shipped.status, 200, JSON.stringify(shipped.body))
  const refused = await edit(id, {
    lines: [{ line_id, quantity: 1 }],
    add: [{ variant_id: id, quantity: 1 }],
  })
  assert.deepEqual(
    refused.body.errors.map((one: Json) => [one.field, one.code]),
    [
      ['lines.0.quantity', 'has_left'],
      ['add.0.variant_id', 'not_for_sale'],
    ],
  )
  const cheaper = await edit(id, { lines: [{ line_id, discount: 100, reason: 'late' }] })
  assert.deepEqual(
    [cheaper.body.errors[0].field, cheaper.body.errors[0].code],
    ['lines.0.discount', 'has_left'],
  )
  assert.deepEqual((await orderOf(world, id)).changes, [])
  await assertPromises(world)
})

test('an edit that is refused leaves the buyer alone, who is just paying; a preview shows it', async () => {
  const { id, token } = await placeOrder([['MUG-BLUE', 1]])
  const { lines } = await invoiced(id)
  const line_id = lines[0].id
  assert.equal((await edit(id, { lines: [{ line_id, quantity: 2 }] })).status, 200)
  const { to_collect } = (await orderOf(world, id)).money
  const payment = { provider: 'stripe', token: 'pm_card_authenticationRequired' }
  const started = await ask(world, 'POST', `/store/orders/${id}/payments`, {
    order_token: token,
    body: { expected_total: to_collect, payment },
  })
  assert.equal(started.status, 202, JSON.stringify(started.body))
  const states = async () =>
    (await orderOf(world, id)).payments.map(({ state }: Json) => state).sort()
  const before = await states()
  const many = await edit(id, { lines: [{ line_id, quantity: 9000 }] })
  assert.deepEqual([many.status, many.body.code], [409, 'out_of_stock'])
  assert.deepEqual(await states(), before)

  const body = { lines: [{ line_id, quantity: 3 }] }
  const { version } = await orderOf(world, id)
  const asked = { version, ...body }
  const seen = await admin(world, 'POST', `/admin/orders/${id}/edits/preview`, asked)
  assert.equal(seen.status, 200, JSON.stringify(seen.body))
  assert.deepEqual(await states(), before, 'a preview ends no payment')
  const done = await edit(id, body)
  assert.equal(done.status, 200, JSON.stringify(done.body))
  assert.equal(done.body.money.to_collect, seen.body.after.to_collect)
  assert((await states()).includes('canceled'))
  await assertPromises(world)
})

test('a cancel that is refused leaves the buyer alone, who is just paying', async () => {
  const { id, token } = await placeOrder([['MUG-BLUE', 2]])
  const { lines } = await invoiced(id)
  const line_id = lines[0].id
  assert.equal((await edit(id, { lines: [{ line_id, quantity: 5 }] })).status, 200)
  const { to_collect } = (await orderOf(world, id)).money
  const payment = { provider: 'stripe', token: 'pm_card_authenticationRequired' }
  const started = await ask(world, 'POST', `/store/orders/${id}/payments`, {
    order_token: token,
    body: { expected_total: to_collect, payment },
  })
  assert.equal(started.status, 202, JSON.stringify(started.body))
  const cancel = (body: object, idempotency_key: string) =>
    ask(world, 'POST', `/admin/orders/${id}/cancel`, {
      ...{ key: world.keys.secret_key, body, idempotency_key },
    })
  const isPaying = async (): Promise<void> => {
    const { payments } = await orderOf(world, id)
    const states = payments.map(({ state }: Json) => state).sort()
    assert.deepEqual(states, ['captured', 'requires_action'])
  }
  const many = await cancel({ lines: [{ line_id, quantity: 99 }] }, freshKey())
  assert.deepEqual([many.status, many.body.code], [422, 'quantity_not_open'])
  await isPaying()
  const idempotency_key = freshKey()
  const other = { lines: [{ line_id, quantity: 1 }], reason: 'one less' }
  const first = await cancel(other, idempotency_key)
  assert.equal(first.status, 200, JSON.stringify(first.body))
  const again = await ask(world, 'POST', `/store/orders/${id}/payments`, {
    order_token: token,
    body: { expected_total: first.body.money.to_collect, payment },
  })
  assert.equal(again.status, 202, JSON.stringify(again.body))
  const reused = await cancel({ lines: [{ line_id, quantity: 2 }] }, idempotency_key)
  assert.deepEqual([reused.status, reused.body.code], [422, 'idempotency_key_reused'])
  const { payments } = await orderOf(world, id)
  const states = payments.map(({ state }: Json) => state).sort()
  assert.deepEqual(states, ['canceled', 'captured', 'requires_action'])
  await assertPromises(world)
})

test('money goes back by the hand of those who may give it back', async () => {
  const { id, total } = await placeOrder([['MUG-BLUE', 2]])
  const { lines } = await invoiced(id)
  const { body: made } = await admin(world, 'POST', '/admin/keys', {
    ...{ kind: 'secret', name: 'Desk', permissions: ['orders:read', 'orders:write'] },
  })
  const desk = async (path: string, more: object) => {
    const body = { version: (await orderOf(world, id)).version, ...more }
    return ask(world, 'POST', `/admin/orders/${id}/${path}`, { key: made.token, body })
  }
  const free = { lines: [{ line_id: lines[0].id, unit_price: 0, reason: 'a friend' }] }
  for (const path of ['edits/preview', 'edits']) {
    const refused = await desk(path, free)
    assert.deepEqual([refused.status, refused.body.code], [403, 'permission_missing'])
    assert.equal(refused.body.permission, 'payments:write', JSON.stringify(refused.body))
  }
  const { money, changes } = await orderOf(world, id)
  assert.deepEqual([money.paid, changes], [total, []])
  const later = await desk('edits', { ...free, settle: 'later' })
  assert.deepEqual([later.status, later.body.refunds], [200, []], JSON.stringify(later.body))
  assert.equal((await desk('settle', {})).status, 403)
  const free_line = later.body.lines.find((one: Json) => one.unit_price === 0)
  const part = await ask(world, 'POST', `/admin/orders/${id}/cancel`, {
    key: made.token,
    body: { lines: [{ line_id: free_line.id, quantity: 1 }] },
  })
  assert.deepEqual([part.status, part.body.code], [403, 'permission_missing'])
  assert.deepEqual((await orderOf(world, id)).refunds, [])
  assert.equal((await admin(world, 'POST', `/admin/orders/${id}/settle`)).status, 200)
  assert.equal((await untilRest(id)).refunds.length, 1)
  await assertPromises(world)
})

test('goodwill is off the price: nobody is asked for it, and what comes off goes back whole', async () => {
  const { id, total, token } = await placeOrder([
    ['MUG-BLUE', 2],
    ['TEA-EARL-GREY', 1],
  ])
  await invoiced(id)
  await admin(world, 'POST', `/admin/orders/${id}/hold`, { reason: 'call first' })
  const given = await admin(world, 'POST', `/admin/orders/${id}/refunds`, { amount: 1000 })
  assert.equal(given.status, 201, JSON.stringify(given.body))
  const { money, pay_url } = await untilRest(id)
  assert.deepEqual([money.due, money.to_collect, pay_url], [total - 1000, 0, null])
  const pay = await ask(world, 'POST', `/store/orders/${id}/payments`, {
    order_token: token,
    body: { expected_total: 1000, payment: { provider: 'stripe', token: 'pm_card_visa' } },
  })
  assert.equal(pay.body.code, 'price_has_changed', JSON.stringify(pay.body))
  const { lines } = await orderOf(world, id)
  const [mugs, tea] = [lines[0], lines[1]]
  await edit(id, { lines: [{ line_id: mugs.id, quantity: 1 }] })
  await edit(id, { lines: [{ line_id: mugs.id, quantity: 0 }] })
  const rest = await untilRest(id)
  assert.deepEqual([rest.money.due, documented(rest)], [total - 1000 - 2980, total - 1000 - 2980])
  // Sent as soon as it is let go: nothing is owed.
  await admin(world, 'POST', `/admin/orders/${id}/release`)
  await untilOrder(world, id, 'the tea in a parcel', (order) => {
    return order.shipments.some((one: Json) => one.label_id)
  })
  await admin(world, 'POST', `/admin/orders/${id}/cancel`, {
    lines: [{ line_id: tea.id, quantity: 1 }],
  })
  const gone = await untilOrder(world, id, 'all of the money back', (order) => {
    const paid = order.payments.reduce((sum: number, one: Json) => sum + one.captured, 0)
    const back = order.refunds.reduce((sum: number, one: Json) => sum + one.amount, 0)
    return paid === back && order.refunds.every(isSettled) && documented(order) === 0
  })
  assert.equal(gone.state, 'canceled')
  await assertPromises(world)
})

test('what was paid too much is settled first, and goodwill given then', async () => {
  const { id } = await placeOrder([['MUG-BLUE', 2]])
  const { lines } = await invoiced(id)
  await edit(id, { lines: [{ line_id: lines[0].id, quantity: 1 }], settle: 'later' })
  const early = await admin(world, 'POST', `/admin/orders/${id}/refunds`, { amount: 100 })
  assert.deepEqual(
    [early.status, early.body.code, early.body.to_refund],
    [409, 'settle_first', 1490],
  )
  await admin(world, 'POST', `/admin/orders/${id}/settle`)
  const given = await admin(world, 'POST', `/admin/orders/${id}/refunds`, { amount: 100 })
  assert.equal(given.status, 201, JSON.stringify(given.body))
  await untilRest(id)
  await assertPromises(world)
})
