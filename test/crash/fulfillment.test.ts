// kill -9 of workers between a paid order and its parcel, papers and mails, and of web servers
// that are told of payments and parcels meanwhile.
import { test } from 'node:test'
import { ordersOf } from '#test/races/crowd.ts'
import { sellFile } from '#test/sell-file.ts'
import { assertBooks } from './books.ts'
import { given } from './kill-point.ts'
import { buyCart, buyInWindow, buyWithChallenge } from './shoppers.ts'
import { at, openStage, type Place, patiently, underLoad } from './stage.ts'

const told = 'insert into provider_event'
const moved = 'update payment_attempt set state'
const scanned = 'insert into tracking_scan'
const purchased = "update label set state = 'bought'"

const webhooks: readonly Place[] = [
  at('webhook of Stripe: during', 'before commit', told, given('stripe'), moved),
  at('webhook of Stripe: stored, not acknowledged', 'after commit', told, given('stripe'), moved),
  at('webhook of Razorpay: during', 'before commit', told, given('razorpay'), moved),
  at(
    'webhook of Razorpay: stored, not acknowledged',
    'after commit',
    told,
    given('razorpay'),
    moved,
  ),
  at('webhook of EasyPost: during', 'before commit', scanned),
  at('webhook of EasyPost: stored, not acknowledged', 'after commit', scanned),
]
const work: readonly Place[] = [
  at('invoice: numbered, not committed', 'before commit', 'insert into invoice ('),
  at('invoice: committed, effect not done', 'after commit', 'insert into invoice ('),
  at('invoice: PDF rendered, not stored', 'before commit', 'insert into invoice_pdf'),
  at('invoice: PDF stored, effect not done', 'after commit', 'insert into invoice_pdf'),
  at('fee: told by the provider, not booked', 'before commit', 'update capture set fee'),
  at('fee: booked, effect not done', 'after commit', 'update capture set fee'),
  at('files: granted, not committed', 'before commit', 'insert into entitlement'),
  at('files: granted, effect not done', 'after commit', 'insert into entitlement'),
  at('parcels: planned, not committed', 'before commit', 'insert into shipment ('),
  at('parcels planned, effect not done', 'after commit', 'insert into shipment ('),
  at('label: claimed, not committed', 'before commit', 'insert into label ('),
  at('label: no offer asked for', 'before request', 'POST /v2/shipments'),
  at('label: offer received, not stored', 'before commit', 'update label set reference'),
  at('label: offer stored, not bought', 'before request', '/buy'),
  at('label: bought, answer not read', 'after request', '/buy'),
  at('label: answer read, not committed', 'before commit', purchased),
  at('label: committed, file not fetched', 'after commit', purchased),
  at('label: file fetched, not stored', 'before commit', 'update label set file'),
  at('label: file stored, effect not done', 'after commit', 'update label set file'),
  at('message: composed, not stored', 'before statement', 'insert into message ('),
  at('message: stored, not sent', 'after commit', 'insert into message ('),
  at('message: accepted, not recorded', 'after mail', ''),
  at('message: recorded, effect not done', 'after commit', 'update message set state'),
]

/** So many orders may wait for their label: the worker always has work, and can catch up. */
const backlog_max = 16

const stage = await openStage({ scan_interval_ms: 300 })
const { world, front } = stage
const { easypost } = world.simulators

test('kill -9 at every step after a payment: everything happens once', async (t) => {
  let ordered = 0
  let turn = 0
  const buy = async (): Promise<string> => {
    await patiently('the worker', async () => ordered - easypost.labelsPaid() < backlog_max)
    ordered += 1
    // Some never come back from the bank: only a webhook or a question can tell.
    const ways = [
      () => buyCart(front.world),
      () => buyWithChallenge(front.world, { comes_back: false }),
      () => buyInWindow(front.world, null),
    ]
    return ways[turn++ % ways.length]!()
  }
  await sellFile(world, [...world.variants.keys()])
  const ids = [await stage.warmUp(buy)]
  const bought = await underLoad(buy, 3, () =>
    Promise.all([front.killAt(webhooks), stage.worker.killAt(work)]),
  )
  ids.push(...bought)
  t.diagnostic(stage.toll())
  await stage.rest()
  await patiently('delivery of all parcels', async () => {
    const facts = await ordersOf(world, ids)
    return facts.every(({ fulfillment_state }) => fulfillment_state === 'delivered')
  })
  await stage.rest()
  const messages = ['confirmation', 'receipt', 'shipped', 'delivered'].map(
    (one) => `message_${one}`,
  )
  const done = ['invoice', 'label', 'pick_task', ...messages]
  const sold = { state: 'placed', charges: 1, captured: 'all', refunded: 0n, done } as const
  await assertBooks(stage, new Map(ids.map((id) => [id, sold])))
})
