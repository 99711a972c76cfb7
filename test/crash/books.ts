// What is asked at the end: our books and those of everybody outside, order by order.
import assert from 'node:assert/strict'
import { snapshot } from '#src/db/transaction.ts'
import { type OrderFacts, readDeeds, readOrderFacts } from '#test/books.sql.ts'
import { stockOf, stripeBooks } from '#test/races/crowd.ts'
import type { World } from '#test/world.ts'
import type { Stage } from './stage.ts'

/** How an order must have ended. */
export type End = {
  readonly state: 'placed' | 'canceled'
  readonly charges: 0 | 1
  readonly captured: 'all' | 'nothing'
  readonly refunded: 'all' | bigint
  /** What happened for it, each once, or as often as a number before it says. */
  readonly done: readonly string[]
}

/** What Razorpay has taken and given back for an order, and how many payments that were. */
function razorpayBooks({ simulators }: World, order_id: string) {
  const { bank } = simulators.razorpay
  const payments = [...bank.payments.values()].filter(
    (row) => row.captured && bank.orders.get(row.order_id)!.notes['order'] === order_id,
  )
  const total = (amounts: readonly number[]): bigint => BigInt(amounts.reduce((a, b) => a + b, 0))
  return {
    charges: payments.length,
    captured: total(payments.map((row) => row.amount)),
    refunded: total(payments.map((row) => row.amount_refunded)),
  }
}

function booksOf(world: World, { id }: OrderFacts) {
  const [ours, theirs] = [stripeBooks(world, id), razorpayBooks(world, id)]
  return {
    charges: ours.charges + theirs.charges,
    captured: ours.captured + theirs.captured,
    refunded: ours.refunded + theirs.refunded,
  }
}

/** There are these orders and no others, each ended as it should, inside and outside. */
export async function assertBooks(stage: Stage, ends: ReadonlyMap<string, End>): Promise<void> {
  const { world } = stage
  const orders = await snapshot(world.db, readOrderFacts)
  assert.deepEqual(orders.map(({ id }) => id).sort(), [...ends.keys()].sort())
  const deeds = Map.groupBy(await snapshot(world.db, readDeeds), ({ order_id }) => order_id)
  for (const order of orders) {
    const end = ends.get(order.id)!
    const money = {
      charges: end.charges,
      captured: end.captured === 'all' ? order.total : 0n,
      refunded: end.refunded === 'all' ? order.total : end.refunded,
    }
    const { captured, refunded } = order
    const done = (deeds.get(order.id) ?? []).map(({ deed, times }) => `${times} ${deed}`)
    assert.deepEqual(
      {
        state: order.state,
        ours: { captured, refunded },
        outside: booksOf(world, order),
        done: done.sort(),
      },
      {
        state: end.state,
        ours: { captured: money.captured, refunded: money.refunded },
        outside: money,
        done: end.done.map((deed) => (/^\d/.test(deed) ? deed : `1 ${deed}`)).sort(),
      },
      order.id,
    )
  }
  const all = [...ends.values()].flatMap(({ done }) => done)
  // What was voided is given back, once the carrier has looked at it.
  world.simulators.easypost.settleRefunds()
  const labels = all.filter((deed) => deed === 'label').length
  assert.equal(world.simulators.easypost.labelsPaid(), labels)
  // A mail that was accepted while its worker died is sent again, and says that it is the same.
  const mail_ids = new Set(
    stage.mail_server.mails.map(({ raw }) => /^message-id: *(\S+)/im.exec(raw)?.[1]),
  )
  assert.equal(mail_ids.size, all.filter((deed) => deed.startsWith('message_')).length)
  const held = [await stockOf(world, 'MUG'), await stockOf(world, 'MUG', 'mumbai')]
  const open = orders.filter(({ state, fulfillment_state }) => {
    return state === 'placed' && fulfillment_state === 'unfulfilled'
  })
  const gone = orders.filter(({ fulfillment_state }) => {
    return fulfillment_state === 'shipped' || fulfillment_state === 'delivered'
  })
  assert.deepEqual(
    [held[0]!.held + held[1]!.held, held[0]!.on_hand + held[1]!.on_hand],
    [open.length, 200_000 - gone.length],
  )
}
