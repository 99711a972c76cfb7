// An address that no carrier finds stands in the inbox; staff correct it, and the rest follows by
// itself. What was agreed and what is printed cannot be corrected any more.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { easypost_key } from '#test/plugins.ts'
import { calm } from '#test/races/crowd.ts'
import {
  admin,
  ask,
  assertPromises,
  complete,
  type FilledCart,
  fillCart,
  german_address,
  indian_address,
  openWorld,
  until,
} from '#test/world.ts'
import { orderOf, timelineOf, untilException, untilOrder } from './steps.ts'

const world = await openWorld()
const { easypost } = world.simulators

/** There is no such ZIP code, but it has the form of one. */
const nowhere = {
  name: 'Ada Muster',
  line1: '417 Montgomery Street',
  postal_code: '00100',
  city: 'San Francisco',
  region: 'CA',
  country: 'US',
  phone: '+14155550100',
}
const found = { ...nowhere, postal_code: '94104' }

async function cartTo(shipping_address: object): Promise<FilledCart> {
  const cart = await fillCart(world)
  const path = `/store/carts/${cart.id}`
  const sent = await ask(world, 'PATCH', path, { token: cart.token, body: { shipping_address } })
  const shipping_option_id = sent.body.shipping_options[0].id
  const chosen = await ask(world, 'PATCH', path, {
    token: cart.token,
    body: { shipping_option_id },
  })
  assert.deepEqual(chosen.body.missing, [])
  return { ...cart, cart: chosen.body }
}

/** Where the label of an order goes, as the carrier has it. */
async function printedZip(order_id: string): Promise<string> {
  const { rows } = await world.db.query<{ reference: string }>(
    `select reference from label join shipment on shipment.id = shipment_id
     where order_id = $1 and label.state = 'bought'`,
    [order_id],
  )
  assert.equal(rows.length, 1)
  const authorization = `Basic ${Buffer.from(`${easypost_key}:`).toString('base64')}`
  const answer = await fetch(`${easypost.url}/v2/shipments/${rows[0]!.reference}`, {
    headers: { authorization },
  })
  const { to_address } = (await answer.json()) as { to_address: { zip: string } }
  return to_address.zip
}

const correct = (id: string, body: object) =>
  admin(world, 'PATCH', `/admin/orders/${id}/address`, body)

test('a wrong address: corrected, and the label is bought by itself', async () => {
  const done = await complete(world, await cartTo(nowhere))
  assert.equal(done.status, 201, JSON.stringify(done.body))
  const { id } = done.body.order
  const exception = await untilException(world, id, 'effect_label')
  assert.match(exception.message, /refuses the parcel/)
  const { version, total } = (await admin(world, 'GET', `/admin/orders/${id}`)).body

  const body = { version, shipping_address: found, email: 'ada@example.org' }
  const stale = await correct(id, { ...body, version: version + 1 })
  assert.deepEqual([stale.status, stale.body.code], [409, 'order_has_changed'])
  assert.equal(stale.body.version, version)
  const malformed = await correct(id, { version, shipping_address: { ...found, region: 'XX' } })
  assert.deepEqual([malformed.status, malformed.body.code], [422, 'address_invalid'])
  assert.equal(malformed.body.errors[0].field, 'shipping_address.region')

  const corrected = await correct(id, body)
  assert.equal(corrected.status, 200, JSON.stringify(corrected.body))
  assert.equal(corrected.body.shipping_address.postal_code, '94104')
  assert.deepEqual(
    [corrected.body.email, corrected.body.version, corrected.body.total],
    ['ada@example.org', version + 1, total],
  )
  const labeled = await untilOrder(world, id, 'a label', (o) => o.shipments[0]?.label_id)
  assert.equal(labeled.shipments.length, 1)
  await until('the healing', async () => {
    const { body: open } = await admin(world, 'GET', '/admin/exceptions')
    return open.items.length === 0
  })
  assert.equal(await printedZip(id), '94104')

  // The same again after a lost answer is no other correction.
  assert.equal((await correct(id, body)).body.version, version + 1)
  const timeline = await timelineOf(world, id)
  assert.equal(timeline.filter((kind) => kind === 'order.address_corrected').length, 1)
  const { body: events } = await admin(world, 'GET', `/admin/orders/${id}/timeline`)
  assert.doesNotMatch(JSON.stringify(events), /Montgomery|94104|ada@/)
})

test('while a label is prepared for the old address, it is corrected all the same', async () => {
  Object.assign(easypost.faults, { only: 'POST /v2/shipments', latency_ms: 1_500 })
  const done = await complete(world, await cartTo(found))
  const { id } = done.body.order
  await until('a label that is prepared', async () => {
    const { rowCount } = await world.db.query(
      `select from label join shipment on shipment.id = shipment_id
       where order_id = $1 and label.state = 'preparing'`,
      [id],
    )
    return rowCount
  })
  const { version } = await orderOf(world, id)
  const moved = await correct(id, { version, shipping_address: { ...found, postal_code: '94110' } })
  assert.equal(moved.status, 200, JSON.stringify(moved.body))
  // The offer for the old address comes first: the carrier is as slow for the new one.
  await untilOrder(world, id, 'a label', (o) => o.shipments[0]?.label_id)
  easypost.faults.latency_ms = 0
  assert.equal(await printedZip(id), '94110')
})

test('what is printed, and what would cost something else, is refused', async () => {
  const done = await complete(world, await fillCart(world))
  const { id } = done.body.order
  const { version } = await untilOrder(world, id, 'a label', (o) => o.shipments[0]?.label_id)
  const city = { version, shipping_address: { ...german_address, city: 'Potsdam' } }
  const printed = await correct(id, city)
  assert.deepEqual([printed.status, printed.body.code], [409, 'address_is_printed'])

  await world.stopWorker()
  const waiting = await complete(world, await fillCart(world))
  const abroad = { ...german_address, country: 'AT', postal_code: '1010', city: 'Wien' }
  const other = await correct(waiting.body.order.id, { version: 1, shipping_address: abroad })
  assert.deepEqual([other.status, other.body.code], [422, 'address_changes_price'])
  assert.equal(other.body.errors[0].field, 'shipping_address.country')
  // A bill may go to another country: taxes are those of the place where the goods go.
  const billed = await correct(waiting.body.order.id, { version: 1, billing_address: abroad })
  assert.deepEqual([billed.status, billed.body.billing_address.city], [200, 'Wien'])

  const india = { channel: 'india', provider: 'razorpay', card: null } as const
  const pending = await complete(world, await fillCart(world, undefined, india), india)
  const order = pending.body.order.id
  const to = (region: string) => ({ version: 1, shipping_address: { ...indian_address, region } })
  const taxed = await correct(order, to('KA'))
  assert.deepEqual([taxed.status, taxed.body.code], [422, 'address_changes_price'])
  assert.equal(taxed.body.errors[0].field, 'shipping_address.region')
  assert.equal((await correct(order, { ...to('MH'), phone: '+919812345679' })).status, 200)

  const path = `/admin/orders/${waiting.body.order.id}`
  assert.equal((await admin(world, 'POST', `${path}/cancel`, {})).status, 200)
  const gone = await correct(waiting.body.order.id, { version: 3, phone: '+4930987655' })
  assert.deepEqual([gone.status, gone.body.code], [409, 'order_cannot_move'])
  assert.equal((await correct(world.frame.web, { version: 1, phone: null })).status, 404)
  await world.startWorker()
  await calm(world)
  await assertPromises(world)
})
