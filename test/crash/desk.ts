// Staff who do not give up either, and what they see of an order.
import assert from 'node:assert/strict'
import { ask, freshKey, type World } from '#test/world.ts'
import { insist } from './shoppers.ts'
import { patiently } from './stage.ts'

/** A button that is pressed until somebody says that it is done. */
export async function pressButton(
  desk: World,
  id: string,
  action: string,
  body: object,
): Promise<void> {
  const asking = { key: desk.keys.secret_key, idempotency_key: freshKey(), body }
  const path = `/admin/orders/${id}/${action}`
  await patiently(action, async () => {
    const answer = await insist(() => ask(desk, 'POST', path, asking))
    if (answer.status < 300) return true
    assert.equal(answer.body.code, 'payment_in_progress', JSON.stringify(answer.body))
    return false
  })
}

type Facts = {
  readonly tracking_code: string | null
  readonly captured: boolean
  readonly is_planned: boolean
  readonly is_invoiced: boolean
}

export const untilSeen = (world: World, id: string, what: keyof Facts): Promise<Facts> =>
  patiently(what, async () => {
    const { rows } = await world.db.query<Facts>(
      `select (select tracking_code from shipment where order_id = $1) as tracking_code,
          exists (select from shipment where order_id = $1) as is_planned,
          exists (select from invoice where order_id = $1) as is_invoiced,
          exists (select from payment_attempt where order_id = $1 and captured > 0) as captured`,
      [id],
    )
    return rows[0]![what] ? rows[0]! : null
  })
