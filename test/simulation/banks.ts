// What the banks and the carrier have on their books, who know nothing of the shop: nothing that it
// says of money or labels is believed where one of them has a say.
import assert from 'node:assert/strict'
import { void_receipt } from '#plugins/payments-razorpay/translate.ts'
import type { OrderFacts } from '#test/books.sql.ts'
import { allStripeBooks } from '#test/races/crowd.ts'
import type { World } from '#test/world.ts'
import type { Model } from './model.ts'

type Books = { readonly payments: number; readonly captured: bigint; readonly refunded: bigint }
type Bank = ReadonlyMap<string, Books>

const nothing: Books = { payments: 0, captured: 0n, refunded: 0n }

const stripeBank = (world: World): Bank =>
  new Map(
    [...allStripeBooks(world)].map(([id, { charges, captured, refunded }]) => [
      id,
      { payments: charges, captured, refunded },
    ]),
  )

/** Reserved money that is let go is taken and given back there, for they know no other way. */
function letGo({ simulators }: World): ReadonlySet<string> {
  const refunds = [...simulators.razorpay.bank.refunds.values()]
  return new Set(
    refunds
      .filter((one) => one.status === 'processed' && one.receipt === void_receipt(one.payment_id))
      .map(({ payment_id }) => payment_id),
  )
}

function razorpayBank(world: World): Bank {
  const { bank } = world.simulators.razorpay
  const voided = letGo(world)
  const taken = [...bank.payments.values()].filter(
    ({ id, captured }) => captured && !voided.has(id),
  )
  const sum = (amounts: readonly number[]): bigint => BigInt(amounts.reduce((a, b) => a + b, 0))
  const by_order = Map.groupBy(taken, ({ order_id }) =>
    String(bank.orders.get(order_id)?.notes['order']),
  )
  return new Map(
    [...by_order].map(([id, rows]) => [
      id,
      {
        payments: rows.length,
        captured: sum(rows.map(({ amount }) => amount)),
        refunded: sum(rows.map((row) => row.amount_refunded)),
      },
    ]),
  )
}

/** Each order's money is where its buyer has paid, as the shop says it is, and nowhere else. */
export function compareMoney(world: World, model: Model, facts: readonly OrderFacts[]): void {
  const banks = { stripe: stripeBank(world), razorpay: razorpayBank(world) }
  for (const [name, bank] of Object.entries(banks)) {
    const strange = [...bank.keys()].filter((id) => model.orders.get(id)?.provider !== name)
    assert.deepEqual(strange, [], `money at ${name} that belongs to none of its orders`)
  }
  for (const { id, captured, refunded, payments } of facts) {
    const { provider, kept } = model.orders.get(id)!
    const ours = { payments, captured, refunded }
    const theirs = provider === 'manual' ? ours : (banks[provider].get(id) ?? nothing)
    assert.deepEqual(ours, theirs, `the shop and ${provider} disagree about order ${id}`)
    assert.equal(Number(theirs.captured - theirs.refunded), kept, `money of order ${id}`)
  }
}

/** Once the carrier has looked at what was voided, each order that stands has one label. */
export function compareLabels({ simulators }: World, model: Model): void {
  const standing = [...model.orders.values()].filter(({ status }) => status === 'placed')
  assert.equal(simulators.easypost.labelsPaid(), standing.length, 'labels that are paid for')
}
