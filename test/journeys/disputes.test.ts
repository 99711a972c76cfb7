// The buyer's bank takes a side: a person looks at it once, however often the provider tells.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Currency } from '#src/lib/money.ts'
import { admin, complete, fillCart, openWorld } from '#test/world.ts'

const world = await openWorld({ worker: false })

test('a dispute that was seen to does not come back when its webhook is sent again', async () => {
  const placed = await complete(world, await fillCart(world))
  assert.equal(placed.status, 201)
  const order = await admin(world, 'GET', `/admin/orders/${placed.body.order.id}`)
  const [payment] = order.body.payments
  const told = {
    event_id: 'evt_dispute_1',
    about: 'dispute',
    reference: 'du_1',
    payment_reference: payment.reference,
    amount: { amount: BigInt(payment.amount), currency: payment.currency as Currency },
    state: 'open',
  } as const
  const hear = () => world.app.desk.hear({ provider: 'stripe', events: [told] })
  const open = async () => (await admin(world, 'GET', '/admin/exceptions')).body.items
  await hear()
  const [exception, ...more] = await open()
  assert.deepEqual([exception.kind, more], ['payment_dispute', []])
  const dismissed = await admin(world, 'POST', `/admin/exceptions/${exception.id}/dismiss`)
  assert.equal(dismissed.status, 200)
  await hear()
  assert.deepEqual(await open(), [])
})
