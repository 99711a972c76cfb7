// Goods that nobody carries: a voucher alone, a voucher beside a mug, and the money of a channel
// that takes it when goods leave.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  admin,
  ask,
  assertPromises,
  complete,
  fillCart,
  german_address,
  openWorld,
} from '#test/world.ts'
import { type Json, levelOf, untilOrder } from './steps.ts'

const world = await openWorld()
const sku = 'VOUCHER'
const made = await admin(world, 'POST', '/admin/products', {
  title: 'Tasting voucher',
  state: 'active',
  channel_ids: [world.frame.web],
  variants: [
    {
      sku,
      requires_shipping: false,
      prices: [{ price_list_id: world.frame.eur_list, amount: 2500 }],
    },
  ],
})
assert.equal(made.status, 201, JSON.stringify(made.body))
const { body: variants } = await admin(world, 'GET', `/admin/products/${made.body.id}/variants`)
world.variants.set(sku, variants.items[0].id)
const { rows } = await world.db.query('select id from stock_item where sku = $1', [sku])
const shelf = `/admin/stock/${rows[0].id}/${world.frame.berlin}/adjust`
const received = { change: { kind: 'by', quantity: 20 }, reason: 'printed' }
assert.equal((await admin(world, 'POST', shelf, received)).status, 200)

async function buyVouchers(quantity: number) {
  const opened = await ask(world, 'POST', '/store/carts', {
    body: {
      email: 'ada@example.com',
      billing_address: german_address,
      lines: [{ variant_id: world.variants.get(sku), quantity }],
    },
  })
  assert.deepEqual([opened.status, opened.body.cart.missing], [201, []])
  const { cart, token } = opened.body
  const done = await complete(world, { id: cart.id, token, cart })
  assert.equal(done.status, 201, JSON.stringify(done.body))
  return done.body.order as { readonly id: string; readonly total: number }
}

test('vouchers alone: no delivery address, no parcel, and they have arrived at once', async () => {
  const { id } = await buyVouchers(2)
  const order = await untilOrder(world, id, 'delivery', (o) => o.fulfillment_state === 'delivered')
  assert.deepEqual(order.shipments, [])
  const { body: timeline } = await admin(world, 'GET', `/admin/orders/${id}/timeline`)
  const handed = timeline.items.find(({ kind }: Json) => kind === 'order.handed_over')
  const [told] = handed.detail.stock
  assert.deepEqual([told.sku, told.location, told.held, told.on_hand], [sku, 'berlin', -2, -2])
  const { on_hand, held } = await levelOf(world, sku)
  assert.deepEqual([on_hand, held], [18, 0])
  await assertPromises(world)
})

test('a voucher beside a mug: the order has arrived when the mug has', async () => {
  const cart = await fillCart(world, [
    ['MUG-BLUE', 1],
    [sku, 1],
  ])
  const done = await complete(world, cart)
  assert.equal(done.status, 201, JSON.stringify(done.body))
  const { id } = done.body.order
  const labeled = await untilOrder(world, id, 'a label', (o) => o.shipments[0]?.label_id)
  assert.equal(labeled.fulfillment_state, 'partially_shipped')
  const { tracking_code } = labeled.shipments[0]
  world.simulators.easypost.advance(tracking_code, 'in_transit')
  await untilOrder(world, id, 'the parcel to leave', (o) => o.fulfillment_state === 'shipped')
  world.simulators.easypost.advance(tracking_code, 'delivered')
  await untilOrder(world, id, 'delivery', (o) => o.fulfillment_state === 'delivered')
  await assertPromises(world)
})

test('where money is taken when goods leave, that of vouchers is taken at once', async () => {
  const path = `/admin/channels/${world.frame.web}`
  assert.equal((await admin(world, 'PATCH', path, { capture: 'later' })).status, 200)
  const { id, total } = await buyVouchers(1)
  const paid = await untilOrder(world, id, 'the money', (o) => o.payment_state === 'captured')
  assert.equal(paid.payments[0].captured, total)
  await untilOrder(world, id, 'the invoice', (o) => o.invoices.length === 1)
  await assertPromises(world)
})

test('what does not travel is taxed as a service, and beside goods the invoice tells of both', async () => {
  const address = { ...german_address, city: 'Wien', postal_code: '1010', country: 'AT' }
  const notesOf = async (...skus: readonly string[]): Promise<string[]> => {
    const opened = await ask(world, 'POST', '/store/carts', {
      body: {
        email: 'ada@example.com',
        billing_address: address,
        shipping_address: address,
        tax_id: 'ATU13585627',
        lines: skus.map((one) => ({ variant_id: world.variants.get(one), quantity: 1 })),
      },
    })
    assert.equal(opened.status, 201, JSON.stringify(opened.body))
    const { tax } = opened.body.cart
    assert.equal(tax.treatment, 'reverse_charge')
    return tax.notes.map((note: string) => /Article \d+/.exec(note)![0])
  }
  assert.deepEqual(await notesOf(sku), ['Article 44'])
  assert.deepEqual(await notesOf('MUG-BLUE'), ['Article 138'])
  assert.deepEqual(await notesOf(sku, 'MUG-BLUE'), ['Article 138', 'Article 44'])
})

test('a voucher is taxed where it is billed, also where other goods would be sent elsewhere', async () => {
  const austrian = { ...german_address, country: 'AT', postal_code: '1010', city: 'Wien' }
  const taxOf = async (skus: readonly string[], addresses: object): Promise<number> => {
    const lines = skus.map((one) => ({ variant_id: world.variants.get(one), quantity: 1 }))
    const body = { email: 'ada@example.com', lines, ...addresses }
    const opened = await ask(world, 'POST', '/store/carts', { body })
    assert.equal(opened.status, 201, JSON.stringify(opened.body))
    return opened.body.cart.lines[0].tax
  }
  const both = { shipping_address: german_address, billing_address: austrian }
  // 25.00 holds 20 % in Austria and 19 % in Germany.
  assert.equal(await taxOf([sku], { billing_address: austrian }), 417)
  assert.equal(await taxOf([sku], both), 417)
  assert.equal(await taxOf([sku, 'MUG-BLUE'], both), 399)
})
