// Money that is not as it should be: the order and its payments are named, with what the bank has
// done for each.
import assert from 'node:assert/strict'
import { inspect, isDeepStrictEqual } from 'node:util'
import type { World } from '#test/world.ts'

function paymentsOf({ simulators }: World, order_id: string): string {
  const { account } = simulators.stripe
  const { bank } = simulators.razorpay
  const intents = [...account.intents.values()].filter((row) => row.metadata['order'] === order_id)
  const ids = new Set(intents.map(({ id }) => id))
  const charges = [...account.charges.values()].filter((row) => ids.has(row.payment_intent))
  const ours = new Set(
    [...bank.orders.values()].filter((row) => row.notes['order'] === order_id).map(({ id }) => id),
  )
  const payments = [...bank.payments.values()].filter((row) => ours.has(row.order_id))
  return [
    ...intents.map(({ id, status }) => `payment ${id} ${status}`),
    ...charges.map((row) => `charge ${row.id} of ${row.payment_intent}: ${row.amount_captured}`),
    ...payments.map((row) => `payment ${row.id} ${row.status}: ${row.amount}`),
  ].join(', ')
}

export function assertMoney(world: World, order_id: string, found: unknown, due: unknown): void {
  if (isDeepStrictEqual(found, due)) return
  const payments = paymentsOf(world, order_id) || 'no payment'
  assert.fail(`order ${order_id}: ${inspect(found)} instead of ${inspect(due)}; ${payments}`)
}
