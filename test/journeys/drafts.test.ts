// Orders that staff prepare: with prices of their own, sent as a link, paid by the buyer or placed
// by hand; frozen while the offer holds, held when that was asked for, once an order and no more.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { signToken } from '#src/lib/tokens.ts'
import { testSecret } from '#test/app.ts'
import { openClock } from '#test/movable-clock.ts'
import { assertOnly, calm, crowd } from '#test/races/crowd.ts'
import {
  type Answer,
  admin,
  ask,
  assertPromises,
  freshKey,
  german_address,
  openWorld,
  until,
} from '#test/world.ts'
import { goOn, intentOf, type Json, levelOf, untilOrder } from './steps.ts'

const clock = openClock()
const world = await openWorld({ clock })
const hour = 3_600_000
const inHours = (hours: number) => new Date(clock().getTime() + hours * hour).toISOString()
const option = (await world.db.query(`select id from shipping_option order by code`)).rows[0].id
const variant = (sku: string) => world.variants.get(sku)

async function draftOf(lines: readonly object[], more: object = {}): Promise<Json> {
  const made = await admin(world, 'POST', '/admin/drafts', {
    channel_id: world.frame.web,
    email: 'phone@example.com',
    shipping_address: german_address,
    shipping_option_id: option,
    lines,
    ...more,
  })
  assert.equal(made.status, 201, JSON.stringify(made.body))
  return made.body
}
const post = (path: string, body: object) => admin(world, 'POST', `/admin/drafts/${path}`, body)
async function send(draft: Json, more: object = {}): Promise<Json> {
  const body = { version: draft.version, expires_at: inHours(48), ...more }
  const sent = await post(`${draft.id}/send`, body)
  assert.equal(sent.status, 200, JSON.stringify(sent.body))
  return sent.body
}
const pay = (
  { token, priced }: Json,
  more: { card?: string; total?: number; provider?: string; idempotency_key?: string } = {},
): Promise<Answer> =>
  ask(world, 'POST', `/store/drafts/${token}/complete`, {
    ...(more.idempotency_key ? { idempotency_key: more.idempotency_key } : {}),
    body: {
      expected_total: more.total ?? priced.total,
      payment: { provider: more.provider ?? 'stripe', token: more.card ?? 'pm_card_visa' },
    },
  })

test('by phone: own prices with their reasons, sent, paid once, and sent out like any order', async () => {
  const lines = [
    { variant_id: variant('MUG-BLUE'), quantity: 2, unit_price: 1_000, reason: 'a regular' },
    { variant_id: variant('TEA-EARL-GREY'), quantity: 1 },
  ]
  const silent = await admin(world, 'POST', '/admin/drafts', {
    channel_id: world.frame.web,
    lines: [{ variant_id: variant('MUG-BLUE'), quantity: 1, unit_price: 1 }],
    discount: 100,
  })
  const fields = silent.body.errors.map((one: Json) => one.field)
  assert.deepEqual([silent.status, fields], [400, ['lines.0.reason', 'discount_reason']])

  const { body: dear } = await admin(world, 'POST', '/admin/drafts', {
    channel_id: world.frame.web,
    lines: lines.map((line) => ({ ...line, discount: 5_000_000, reason: 'a slip' })),
  })
  const errorsOf = ({ errors }: Json) => errors.map(({ field, code }: Json) => `${field} ${code}`)
  assert.deepEqual(errorsOf(dear), ['lines.0.discount too_much', 'lines.1.discount too_much'])

  const draft = await draftOf(lines, { note: 'With greetings', shipping_option_id: null })
  assert.deepEqual([draft.state, draft.version, draft.pay_url], ['open', 1, null])
  const early = await post(`${draft.id}/send`, { version: draft.version, expires_at: inHours(1) })
  assert.deepEqual([early.status, early.body.code], [409, 'cart_is_incomplete'])
  assert.equal(early.body.errors[0].field, 'shipping_option_id')
  const patch = { version: draft.version, shipping_option_id: option, shipping_amount: 0 }
  const off = { discount: 265, discount_reason: 'for the waiting' }
  const path = `/admin/drafts/${draft.id}`
  for (const more of [{ discount: 2_651 }, { discount: 651, lines: lines.slice(1) }]) {
    const refused = await admin(world, 'PATCH', path, { ...patch, ...off, ...more })
    assert.deepEqual([refused.status, errorsOf(refused.body)], [400, ['discount too_much']])
  }
  const changed = await admin(world, 'PATCH', path, { ...patch, ...off })
  assert.equal(changed.status, 200, JSON.stringify(changed.body))
  const { total, discount_total } = changed.body.priced
  assert.deepEqual([total, discount_total], [2_650 - 265, 265])
  const stale = await admin(world, 'PATCH', path, patch)
  assert.deepEqual([stale.status, stale.body.code], [409, 'draft_has_changed'])

  const sent = await send(changed.body)
  assert.equal(sent.state, 'sent')
  const seen = await ask(world, 'GET', `/store/drafts/${sent.token}`)
  assert.deepEqual([seen.status, seen.body.offer.total, seen.body.order_id], [200, total, null])
  assert(!JSON.stringify(seen.body).includes('regular'), 'reasons are for staff')
  const other = await ask(world, 'GET', `/store/drafts/${sent.token}`, {
    key: world.keys.keys.india,
  })
  assert.deepEqual([other.status, other.body.code], [403, 'token_wrong'])
  for (const token of [
    signToken(testSecret, 'order', sent.id),
    signToken(testSecret, 'draft', freshKey()).replace(/[^.]+$/, sent.token.split('.').at(-1)),
    `q.${sent.id}..`,
    'no-token',
  ]) {
    const forged = { ...sent, token }
    const looked = await ask(world, 'GET', `/store/drafts/${token}`)
    assert.deepEqual([looked.status, looked.body.code], [403, 'token_wrong'], token)
    const bought = await pay(forged)
    assert.deepEqual([bought.status, bought.body.code], [403, 'token_wrong'], token)
  }
  const byHand = await pay(sent, { provider: 'manual' })
  assert.deepEqual([byHand.status, byHand.body.code], [422, 'payment_method_unknown'])
  const wrong = await pay(sent, { total: total - 1 })
  assert.deepEqual([wrong.status, wrong.body.code], [409, 'price_has_changed'])
  const declined = await pay(sent, { card: 'pm_card_visa_chargeDeclined' })
  assert.equal(declined.status, 402, JSON.stringify(declined.body))
  const idempotency_key = freshKey()
  const [paid, again] = [await pay(sent, { idempotency_key }), await pay(sent, { idempotency_key })]
  assert.equal(paid.status, 201, JSON.stringify(paid.body))
  assert.deepEqual(again.body.order, paid.body.order)
  const twice = await pay(sent)
  assert.deepEqual([twice.status, twice.body.code], [409, 'draft_is_closed'])
  const order = await untilOrder(world, paid.body.order.id, 'label and invoice', (one) => {
    return one.invoices.length === 1 && one.shipments[0]?.label_id
  })
  assert.deepEqual(
    [order.origin, order.total, order.buyer_note, order.payments.length],
    ['staff', total, 'With greetings', 2],
  )
  assert.equal(order.invoices[0].total, total)
  const { body: placed } = await admin(world, 'GET', '/admin/drafts?state=placed')
  assert.deepEqual(
    placed.items.map((one: Json) => [one.id, one.order_number]),
    [[draft.id, order.number]],
  )
  const closed = await admin(world, 'PATCH', `/admin/drafts/${draft.id}`, {
    version: sent.version,
    discount: 0,
  })
  assert.deepEqual([closed.status, closed.body.code], [409, 'draft_is_closed'])
  await calm(world)
  await assertPromises(world)
})

test('frozen while it holds: neither prices nor taxes change it; then it is over', async () => {
  const sent = await send(await draftOf([{ variant_id: variant('MUG-BLUE'), quantity: 1 }]))
  const change = (sign: string) =>
    world.db.query(`begin read write;
      update price set amount = amount ${sign} 500;
      update tax_rate set rate_ppm = rate_ppm ${sign} 10000;
      update revision set number = number + 1; commit`)
  await change('+')
  try {
    const seen = await ask(world, 'GET', `/store/drafts/${sent.token}`)
    assert.equal(seen.body.offer.total, sent.priced.total)
    const paid = await pay(sent)
    assert.deepEqual([paid.status, paid.body.order?.total], [201, sent.priced.total])
  } finally {
    await change('-')
  }
  const later = await send(await draftOf([{ variant_id: variant('MUG-BLUE'), quantity: 1 }]), {
    expires_at: inHours(1),
  })
  await calm(world)
  await clock.advance(2 * hour)
  for (const answer of [
    await ask(world, 'GET', `/store/drafts/${later.token}`),
    await pay(later),
  ]) {
    assert.deepEqual([answer.status, answer.body.code], [410, 'draft_expired'])
  }
  const { body } = await admin(world, 'GET', '/admin/drafts?state=expired')
  assert.deepEqual(
    body.items.map(({ id }: Json) => id),
    [later.id],
  )
})

test('held when that was asked for, until its time is over; then whoever comes first', async () => {
  const lamps = [{ variant_id: variant('LAMP-DESK'), quantity: 6 }]
  const free = await send(await draftOf(lamps))
  assert.equal((await levelOf(world, 'LAMP-DESK')).held, 0)
  const held = await send(await draftOf(lamps), { hold_until: inHours(24) })
  assert.equal((await levelOf(world, 'LAMP-DESK')).held, 6)
  assert(held.hold_until)
  const short = await pay(free)
  assert.deepEqual([short.status, short.body.code], [409, 'out_of_stock'])
  const third = await draftOf(lamps)
  const { version } = third
  const asked = { version, expires_at: inHours(48), hold_until: inHours(1) }
  const idempotency_key = freshKey()
  const sendAgain = () =>
    ask(world, 'POST', `/admin/drafts/${third.id}/send`, {
      ...{ key: world.keys.secret_key, idempotency_key, body: asked },
    })
  for (const refused of [await sendAgain(), await sendAgain()]) {
    assert.deepEqual([refused.status, refused.body.code], [409, 'out_of_stock'])
    const { body: still } = await admin(world, 'GET', `/admin/drafts/${third.id}`)
    assert.deepEqual([still.state, still.version], ['open', version])
  }
  const told = await world.db.query(`select kind from event where subject_id = $1`, [third.id])
  assert.deepEqual(
    told.rows.map(({ kind }) => kind),
    ['draft.created'],
    'a refused request writes nothing',
  )

  // The bank asks the buyer, who comes back in time.
  const started = await pay(held, { card: 'pm_card_authenticationRequired' })
  assert.equal(started.status, 202, JSON.stringify(started.body))
  world.simulators.stripe.answerChallenge(intentOf(started.body), true)
  const done = await goOn(world, started.body)
  assert.equal(done.status, 201, JSON.stringify(done.body))
  assert.equal((await levelOf(world, 'LAMP-DESK')).held, 6)

  const two = [{ variant_id: variant('LAMP-DESK'), quantity: 4 }]
  const lapsing = await send(await draftOf(two), { hold_until: inHours(1) })
  assert.equal((await levelOf(world, 'LAMP-DESK')).held, 10)
  await calm(world)
  await clock.advance(2 * hour)
  await until('the hold to end', async () => (await levelOf(world, 'LAMP-DESK')).held === 6)
  const late = await pay(lapsing)
  assert.equal(late.status, 201, 'the offer itself still holds')
  await calm(world)
  await assertPromises(world)
})

test('changed or given up: the link shows nothing, held goods are free', async () => {
  const lines = [{ variant_id: variant('TEA-EARL-GREY'), quantity: 3 }]
  const before = (await levelOf(world, 'TEA-EARL-GREY')).held
  const sent = await send(await draftOf(lines), { hold_until: inHours(3) })
  assert.equal((await levelOf(world, 'TEA-EARL-GREY')).held, before + 3)
  const changed = await admin(world, 'PATCH', `/admin/drafts/${sent.id}`, {
    version: sent.version,
    lines: [{ variant_id: variant('TEA-EARL-GREY'), quantity: 2 }],
  })
  assert.equal(changed.status, 200, JSON.stringify(changed.body))
  assert.equal((await levelOf(world, 'TEA-EARL-GREY')).held, before)
  assert.equal((await pay(sent)).body.code, 'draft_not_sent')
  const anew = await send(changed.body)
  const gone = await post(`${sent.id}/cancel`, {})
  assert.deepEqual([gone.status, gone.body.state], [200, 'canceled'])
  assert.equal((await pay(anew)).body.code, 'draft_is_closed')
  await calm(world)
  await assertPromises(world)
})

test('a change that is refused leaves the buyer alone, who is just paying', async () => {
  const sent = await send(await draftOf([{ variant_id: variant('MUG-BLUE'), quantity: 1 }]))
  const started = await pay(sent, { card: 'pm_card_authenticationRequired' })
  assert.equal(started.status, 202, JSON.stringify(started.body))
  const nobody = '019a0000-0000-7000-8000-000000000000'
  const wrong: readonly [string, object][] = [
    ['lines.0.variant_id', { lines: [{ variant_id: nobody, quantity: 1 }] }],
    ['shipping_option_id', { shipping_option_id: nobody }],
    ['customer_id', { customer_id: nobody }],
  ]
  for (const [field, patch] of wrong) {
    const asked = { version: sent.version, ...patch }
    const refused = await admin(world, 'PATCH', `/admin/drafts/${sent.id}`, asked)
    assert.deepEqual([refused.status, refused.body.errors[0].field], [400, field])
  }
  world.simulators.stripe.answerChallenge(intentOf(started.body), true)
  await goOn(world, started.body)
  const { id } = started.body.order
  await untilOrder(world, id, 'its number', (order) => order.state === 'placed')
  await assertPromises(world)
})

test('placed by hand: money that staff have taken, once, also without a link', async () => {
  const draft = await draftOf([{ variant_id: variant('MUG-BLUE'), quantity: 1 }])
  const body = { expected_total: draft.priced.total }
  const wrong = await post(`${draft.id}/place`, { expected_total: draft.priced.total + 1 })
  assert.deepEqual([wrong.status, wrong.body.code], [409, 'price_has_changed'])
  const placed = await post(`${draft.id}/place`, body)
  assert.equal(placed.status, 201, JSON.stringify(placed.body))
  assert.deepEqual(
    [placed.body.state, placed.body.origin, placed.body.payments[0].provider],
    ['placed', 'staff', 'manual'],
  )
  const twice = await post(`${draft.id}/place`, body)
  assert.deepEqual([twice.status, twice.body.code], [409, 'draft_is_closed'])
  // More by phone for the same order: paid by hand as well.
  const { id, version } = placed.body
  const add = [{ variant_id: variant('TEA-EARL-GREY'), quantity: 1 }]
  const edited = await admin(world, 'POST', `/admin/orders/${id}/edits`, { version, add })
  assert.equal(edited.body.money.to_collect, 650, JSON.stringify(edited.body))
  const paid = await admin(world, 'POST', `/admin/orders/${id}/payments`, { expected_total: 650 })
  assert.deepEqual([paid.status, paid.body.money.to_collect], [201, 0], JSON.stringify(paid.body))
  await untilOrder(world, id, 'two invoices', (order) => order.invoices.length === 2)
  await calm(world)
  await assertPromises(world)
})

test('one key pressed many times at once is one order, and every press is told of it', async () => {
  for (let times = 0; times < 5; times++) {
    const draft = await draftOf([{ variant_id: variant('TEA-EARL-GREY'), quantity: 1 }])
    const asking = {
      key: world.keys.secret_key,
      idempotency_key: freshKey(),
      body: { expected_total: draft.priced.total },
    }
    const path = `/admin/drafts/${draft.id}/place`
    const answers = await crowd(8, () => ask(world, 'POST', path, asking))
    assertOnly(answers, ['201', '409 request_in_progress'])
    const ids = answers.filter(({ status }) => status === 201).map(({ body }) => body.id)
    assert.equal(new Set(ids).size, 1)
  }
  await calm(world)
  await assertPromises(world)
})

test('an offer that was paid answers the same request, and shows its order, after its day', async () => {
  const draft = await draftOf([{ variant_id: variant('MUG-BLUE'), quantity: 1 }])
  const sent = await send(draft, { expires_at: inHours(1) })
  const idempotency_key = freshKey()
  const paid = await pay(sent, { idempotency_key })
  assert.equal(paid.status, 201, JSON.stringify(paid.body))
  await calm(world)
  await clock.advance(2 * hour)
  const again = await pay(sent, { idempotency_key })
  assert.deepEqual([again.status, again.body.order?.id], [201, paid.body.order.id])
  const seen = await ask(world, 'GET', `/store/drafts/${sent.token}`)
  assert.deepEqual([seen.status, seen.body.order_id], [200, paid.body.order.id])
})
