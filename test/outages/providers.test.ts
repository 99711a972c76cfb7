// Gateways and carriers have bad days, all of them at once: answers get lost after something was
// done, webhooks come twice, late, in another order or never, and for a while nothing works. Buyers
// and staff go on meanwhile; in the end everything has happened once.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SmtpTrouble } from '#plugins/mail-smtp/simulator.ts'
import type { Faults } from '#src/lib/simulator.ts'
import { assertBooks, type End } from '#test/crash/books.ts'
import { pressButton, untilSeen } from '#test/crash/desk.ts'
import { buyCart, buyInWindow, buyWithChallenge } from '#test/crash/shoppers.ts'
import { openStage, patiently, underLoad } from '#test/crash/stage.ts'
import { sizeOf } from '#test/proof.ts'
import { ordersOf } from '#test/races/crowd.ts'

const orders_wanted = sizeOf('BAD_DAY_ORDERS', 5)
const refused_ms = sizeOf('REFUSED_MS', 2_000)
const always = Number.POSITIVE_INFINITY

type BadDay = Partial<Faults> & {
  /** What a mail meets at its end: for each story, one. */
  readonly mail?: SmtpTrouble
}
const bad_days: Readonly<Record<string, BadDay>> = {
  'answers are lost after something was done': { lose_each: 2, lose_answers: 4, mail: 'drop' },
  'every webhook comes three times': { webhook_copies: 3 },
  'webhooks come late': { webhook_delay_ms: 500 },
  'webhooks come in another order': { webhook_reorder: 6, webhook_copies: 2 },
  'webhooks never come': { webhook_drop: always },
  'answers take their time': { latency_ms: 400 },
  'everything is refused': { refuse: always, mail: 451 },
}

const stage = await openStage({})
const { world, front } = stage
const { stripe, razorpay, easypost } = world.simulators
const simulators = [stripe, razorpay, easypost]
const desk = await stage.openDoor('staff')
await desk.start()

const ends = new Map<string, End>()
const delivered_ids: string[] = []
const mails = (...kinds: readonly string[]): string[] => kinds.map((kind) => `message_${kind}`)

async function deliver(id: string): Promise<void> {
  const { tracking_code } = await untilSeen(world, id, 'tracking_code')
  easypost.advance(tracking_code!, 'in_transit')
  easypost.advance(tracking_code!, 'delivered')
  delivered_ids.push(id)
  const told = mails('confirmation', 'receipt', 'shipped', 'delivered')
  const done = ['invoice', 'label', 'pick_task', ...told]
  ends.set(id, { state: 'placed', charges: 1, captured: 'all', refunded: 0n, done })
}

async function cancel(id: string): Promise<void> {
  await untilSeen(world, id, 'is_planned')
  await untilSeen(world, id, 'is_invoiced')
  await pressButton(desk.world, id, 'cancel', {})
  const told = mails('confirmation', 'receipt', 'canceled', 'refunded')
  const done = ['invoice', 'pick_task', 'credit_note', ...told]
  ends.set(id, { state: 'canceled', charges: 1, captured: 'all', refunded: 'all', done })
}

const stories = [
  async () => deliver(await buyCart(front.world)),
  // They never come back from the bank: only a webhook or a question can tell.
  async () => deliver(await buyWithChallenge(front.world, { comes_back: false })),
  async () => deliver(await buyInWindow(front.world, front.world)),
  async () => cancel(await buyCart(front.world)),
  async () => cancel(await buyInWindow(front.world, front.world)),
]

/** What is asked for in these stories, and what a lost answer to it would do twice. */
const lost_wanted = [
  [stripe, 'POST /v1/payment_intents'],
  [stripe, 'POST /v1/refunds'],
  [razorpay, 'POST /v1/orders'],
  [razorpay, 'POST /v1/payments/:id/refund'],
  [easypost, 'POST /v2/shipments'],
  [easypost, 'POST /v2/shipments/:id/buy'],
] as const
/** Of these, the ones of which no answer was lost so far. */
const neverLost = (): string[] =>
  lost_wanted.flatMap(([{ lost }, kind]) => (lost.has(kind) ? [] : [kind]))

async function resetFaults(): Promise<void> {
  for (const { url } of simulators) await fetch(`${url}/_simulator/faults`, { method: 'DELETE' })
}

await stage.warmUp(stories[3]!)

for (const [name, { mail, ...faults }] of Object.entries(bad_days)) {
  test(`${name}, at every gateway and carrier: everything once`, async () => {
    for (const one of simulators) Object.assign(one.faults, faults)
    // Buyers' browsers speak to Razorpay too; theirs is another network.
    razorpay.faults.only = '/v1/'
    const before = ends.size
    const began_at = performance.now()
    let turn = 0
    await underLoad(
      () => {
        if (mail !== undefined) stage.mail_server.disturb('message', mail)
        return stories[turn++ % stories.length]!()
      },
      4,
      async () => {
        await patiently('the end of a bad day', async () => {
          if (faults.refuse) return performance.now() - began_at > refused_ms
          return ends.size - before >= orders_wanted
        })
        // Who has begun comes to an end only when somebody answers again.
        if (faults.refuse) await resetFaults()
      },
    )
    await resetFaults()
    await stage.rest()
    // No answer of a kind may be missing here, or nothing was shown about it.
    if (faults.lose_each) assert.deepEqual(neverLost(), [])
    await patiently('delivery of all parcels', async () => {
      const facts = await ordersOf(world, delivered_ids)
      return facts.every(({ fulfillment_state }) => fulfillment_state === 'delivered')
    })
    await stage.rest()
    await assertBooks(stage, ends)
  })
}
