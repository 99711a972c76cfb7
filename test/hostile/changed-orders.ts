// Orders that wait for something that staff do: money to be given back, money to be paid, an offer.
import assert from 'node:assert/strict'
import { admin, complete, fillCart, german_address, type World } from '#test/world.ts'

async function order(world: World, quantity: number): Promise<{ id: string; line_id: string }> {
  const done = await complete(world, await fillCart(world, [['MUG-BLUE', quantity]]))
  assert.equal(done.status, 201, JSON.stringify(done.body))
  const { body } = await admin(world, 'GET', `/admin/orders/${done.body.order.id}`)
  return { id: body.id, line_id: body.lines[0].id }
}

/** One order was paid too much, one not enough, and an offer lies at its buyer. */
export async function changeOrders(world: World): Promise<void> {
  const edit = async (units: readonly [before: number, after: number]): Promise<void> => {
    const { id, line_id } = await order(world, units[0])
    const lines = [{ line_id, quantity: units[1] }]
    const body = { version: 1, settle: 'later', lines }
    const edited = await admin(world, 'POST', `/admin/orders/${id}/edits`, body)
    assert.equal(edited.status, 200, JSON.stringify(edited.body))
  }
  await edit([2, 1])
  await edit([1, 2])
  const { cart } = await fillCart(world)
  const made = await admin(world, 'POST', '/admin/drafts', {
    channel_id: world.frame.web,
    email: 'phone@example.com',
    shipping_address: german_address,
    shipping_option_id: cart.shipping_option_id,
    lines: [{ variant_id: world.variants.get('MUG-BLUE'), quantity: 1 }],
  })
  assert.equal(made.status, 201, JSON.stringify(made.body))
  const { id, version } = made.body
  const expires_at = new Date(Date.now() + 3_600_000).toISOString()
  const sent = await admin(world, 'POST', `/admin/drafts/${id}/send`, { version, expires_at })
  assert.equal(sent.status, 200, JSON.stringify(sent.body))
}

/** For a list of `name` and `ids`. */
export const idsOfChanged = `
  union all select 'draft_open', array(select unnest(array[version::text, id::text])
    from draft where state = 'open' order by id desc)
  union all select 'draft_last', array(select id::text from draft order by id desc)
  union all select 'draft_offered', array(select unnest(array[total::text, id::text])
    from draft where state = 'sent' order by id)
  union all select 'order_held', array(select id::text from orders where held_at is not null)
  union all select 'order_to_settle', array(select id::text from orders where settle_later)
  union all select 'order_to_pay', array(
    select unnest(array[(-sum(amount))::text, order_id::text]) from order_change
    group by order_id having sum(amount) < 0)`
