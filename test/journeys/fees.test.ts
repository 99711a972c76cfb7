// The journal has the fee of every capture once, whoever tells of the capture first.
import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { recordingOf } from '#src/checkout/desk.ts'
import { snapshot } from '#src/db/transaction.ts'
import { readTrialBalance } from '#src/ledger/ledger.sql.ts'
import type { AttemptId, CaptureId } from '#src/lib/ids.ts'
import type { Currency, Money } from '#src/lib/money.ts'
import { bookFee } from '#src/payments/book-fee.ts'
import type { Till } from '#src/payments/transfers.ts'
import type { Fee } from '#src/ports/payment-provider.ts'
import { calm } from '#test/races/crowd.ts'
import { assertPromises, complete, fillCart, openWorld } from '#test/world.ts'

// Nobody works unless a test says so, and nobody looks up but for the fee.
const world = await openWorld({ worker: false, timings: { lookup_ms: 3_600_000 } })
const { stripe } = world.simulators
const start = 'POST /v1/payment_intents'

beforeEach(() => world.stopWorker())

type Booked = {
  readonly capture: CaptureId
  readonly attempt: AttemptId
  readonly fee: bigint | null
  readonly asked: number
  readonly entries: readonly string[]
}

/** The one capture of an order, and what the journal has of its fee. */
async function feeOf(order_id: string): Promise<Booked> {
  const { rows } = await world.db.query(
    `select id as capture, attempt_id as attempt, fee,
       (select count(*)::int from effect where kind = 'fee' and cause_id = capture.id) as asked,
       array(select amount || ' ' || currency from journal_line
         where kind = 'fee' and cause_id = capture.id and account = 'payment_fees') as entries
     from capture where order_id = $1`,
    [order_id],
  )
  assert.equal(rows.length, 1)
  return rows[0]
}

async function assertBalanced(): Promise<void> {
  const balances = await snapshot(world.db, readTrialBalance)
  const sum = balances.reduce((total, { balance }) => total + balance, 0n)
  assert.equal(sum, 0n)
  await assertPromises(world)
}

/** The answer to the buyer is lost, and the webhook places the order. */
async function payByWebhook(): Promise<{ readonly id: string; readonly told: Money }> {
  Object.assign(stripe.faults, { only: start, lose_answers: 1 })
  const { body } = await complete(world, await fillCart(world))
  await stripe.settled()
  const { id, total } = body.order
  // As the simulator counts: 2.9 % and 30 minor units.
  const amount = BigInt(Math.floor((total * 29 + 500) / 1000) + 30)
  return { id, told: { amount, currency: 'EUR' as Currency } }
}

/** A till at which Stripe answers to the lookup with this fee. */
const tillWith = (fee: Fee): Till => {
  const { db, payments, desk, clock } = world.app
  const provider = payments.get('stripe')!
  const lookup: typeof provider.lookup = async (request) => {
    const outcome = await provider.lookup(request)
    return outcome.kind === 'captured' ? { ...outcome, fee } : outcome
  }
  return {
    db,
    payments: new Map([['stripe', { ...provider, lookup }]]),
    recording: async (tx) => recordingOf(await desk.readBook(tx), desk.timings, clock()),
  }
}

test('the webhook comes first: the fee is asked for and booked once', async () => {
  const { id, told } = await payByWebhook()
  const before = await feeOf(id)
  assert.deepEqual([before.fee, before.asked, before.entries], [null, 1, []])
  await assertBalanced()
  await world.startWorker()
  await calm(world)
  const after = await feeOf(id)
  assert.deepEqual([after.fee, after.entries], [told.amount, [`${told.amount} EUR`]])
  await assertBalanced()
})

test('a later answer with the fee books nothing beside what is asked for', async () => {
  const { id, told } = await payByWebhook()
  const { attempt } = await feeOf(id)
  const { rows } = await world.db.query(
    'select reference, amount from payment_attempt where id = $1',
    [attempt],
  )
  const amount = { amount: BigInt(rows[0].amount), currency: told.currency }
  const outcome = { kind: 'captured', reference: rows[0].reference, amount, fee: told } as const
  const record = () =>
    world.app.desk.record({ attempt_id: attempt, outcome, source: 'provider:stripe' })
  await record()
  await world.startWorker()
  await calm(world)
  await record()
  const { fee, entries } = await feeOf(id)
  assert.deepEqual([fee, entries], [told.amount, [`${told.amount} EUR`]])
  await assertBalanced()
})

test('the answer comes first: its fee is booked, and none is asked for', async () => {
  // Held back until the faults are taken back.
  Object.assign(stripe.faults, { webhook_reorder: 1_000 })
  const { body } = await complete(world, await fillCart(world))
  const first = await feeOf(body.order.id)
  assert.equal(first.entries.length, 1)
  await fetch(`${stripe.url}/_simulator/faults`, { method: 'DELETE' })
  await stripe.settled()
  assert.deepEqual(await feeOf(body.order.id), { ...first, asked: 0 })
  await assertBalanced()
})

test('a fee that is not known yet is asked for again, and two askers book it once', async () => {
  const { id, told } = await payByWebhook()
  const { capture } = await feeOf(id)
  const early = await bookFee(tillWith('later'), capture)
  assert.equal(early.kind, 'retry')
  assert.deepEqual((await feeOf(id)).entries, [])
  const till = tillWith(told)
  const both = await Promise.all([bookFee(till, capture), bookFee(till, capture)])
  assert.deepEqual(both, [{ kind: 'done' }, { kind: 'done' }])
  assert.deepEqual((await feeOf(id)).entries, [`${told.amount} EUR`])
  await assertBalanced()
})

test('a fee in another currency is booked in that currency', async () => {
  const { id } = await payByWebhook()
  const { capture } = await feeOf(id)
  await bookFee(tillWith({ amount: 77n, currency: 'USD' as Currency }), capture)
  assert.deepEqual((await feeOf(id)).entries, ['77 USD'])
  await assertBalanced()
})

test('money that nobody takes a fee of is not asked about', async () => {
  const cart = await fillCart(world, undefined, { channel: 'counter' })
  const paying = { channel: 'counter', provider: 'manual', card: null } as const
  const { status, body } = await complete(world, cart, paying)
  assert.equal(status, 201, JSON.stringify(body))
  const { fee, asked, entries } = await feeOf(body.order.id)
  assert.deepEqual([fee, asked, entries], [null, 0, []])
  await assertBalanced()
})
