// kill -9 where orders change that nobody buys at this moment: buyers who never come back, holds
// that run out, edits of staff, parcels handed over by hand, money that goes back at Razorpay. No
// webhook arrives here: workers have to ask.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { transaction } from '#src/db/transaction.ts'
import { ask } from '#test/world.ts'
import { assertBooks, type End } from './books.ts'
import { pressButton, untilSeen } from './desk.ts'
import { given } from './kill-point.ts'
import { buyCart, buyInWindow, buyWithChallenge, insist, startWithChallenge } from './shoppers.ts'
import { at, openStage, type Place, underLoad } from './stage.ts'

const moved = 'update payment_attempt set state'
const event = 'insert into event'
const changed = 'insert into order_change'

const at_the_desk: readonly Place[] = [
  at('edit: not committed', 'before commit', changed, given('edit')),
  at('edit: committed, staff not told', 'after commit', changed, given('edit')),
  at('handed over: not committed', 'before commit', 'update shipment set state', given('shipped')),
  at('handed over: staff not told', 'after commit', 'update shipment set state', given('shipped')),
]
const lookedUp = [moved, given('captured'), event, given('lookup')] as const
const asked = 'GET /v1/payment_intents/'
const corrected = ['insert into invoice (', given('credit_note'), given('invoice')] as const
const expired = ['update orders set state', given('expired')] as const
const work: readonly Place[] = [
  at('lookup: due, provider not asked', 'before request', asked),
  at('lookup: provider asked, answer not read', 'after request', asked),
  at('lookup: answer read, not committed', 'before commit', ...lookedUp),
  at('lookup: committed', 'after commit', ...lookedUp),
  at('correction of invoices: not committed', 'before commit', ...corrected),
  at('correction of invoices: effect not done', 'after commit', ...corrected),
  at('expired hold: payment noted as to be ended', 'before request', 'POST /v1/', '/cancel'),
  at('expired hold: payment ended, answer not read', 'after request', 'POST /v1/', '/cancel'),
  at('expired hold: goods given back, not committed', 'before commit', ...expired),
  at('expired hold: committed', 'after commit', ...expired),
  at('Razorpay refund: not asked for', 'before request', 'POST /v1/payments/', '/refund'),
  at('Razorpay refund: answer not read', 'after request', 'POST /v1/payments/', '/refund'),
]

const stage = await openStage({})
const { world, front } = stage
const { stripe, razorpay } = world.simulators
for (const { faults } of [stripe, razorpay]) faults.webhook_drop = Number.POSITIVE_INFINITY

const mails = (...kinds: string[]): string[] => kinds.map((kind) => `message_${kind}`)
const sold = { state: 'placed', charges: 1, captured: 'all', refunded: 0n } as const
const papers = ['invoice', 'label', 'pick_task']
const placed: End = { ...sold, done: [...papers, ...mails('confirmation', 'receipt')] }

const lineOf = async (id: string): Promise<string> => {
  const { rows } = await world.db.query('select id from order_line where order_id = $1', [id])
  return rows[0].id
}
const shipmentOf = async (id: string): Promise<string> => {
  const { rows } = await world.db.query('select id from shipment where order_id = $1', [id])
  return rows[0].id
}

test('kill -9 while orders change without their buyers: each change once', async (t) => {
  const desk = await stage.openDoor('staff', 'edits')
  await desk.start()
  const ends = new Map<string, End>()

  const neverComesBack = async (): Promise<void> => {
    ends.set(await buyWithChallenge(front.world, { comes_back: false }), placed)
  }
  const runsOut = async (): Promise<void> => {
    const { order_id: id } = await startWithChallenge(front.world)
    await transaction(
      world.db,
      (tx) => tx.run`update orders set hold_expires_at = now() where id = ${id}`,
    )
    ends.set(id, { state: 'canceled', charges: 0, captured: 'nothing', refunded: 0n, done: [] })
  }
  const madeCheaper = async (): Promise<void> => {
    const id = await buyCart(front.world)
    await untilSeen(world, id, 'is_invoiced')
    const line = { line_id: await lineOf(id), unit_price: 900, reason: 'a scratch' }
    await pressButton(desk.world, id, 'edits', { version: 1, settle: 'now', lines: [line] })
    const done = ['2 invoice', 'credit_note', 'label', 'pick_task']
    const told = mails('confirmation', 'receipt', 'refunded')
    ends.set(id, { ...sold, refunded: 100n, done: [...done, ...told] })
  }
  const handedOver = async (): Promise<void> => {
    const id = await buyCart(front.world)
    await untilSeen(world, id, 'tracking_code')
    const path = `/admin/shipments/${await shipmentOf(id)}/ship`
    const { status, body } = await insist(() =>
      ask(desk.world, 'POST', path, { key: world.keys.secret_key }),
    )
    // Pressed again after an answer that was lost: it has left already, and staff are told so.
    const has_left =
      status === 200 || (body.code === 'shipment_cannot_move' && body.state === 'shipped')
    assert(has_left, JSON.stringify({ status, body }))
    ends.set(id, { ...placed, done: [...placed.done, ...mails('shipped')] })
  }
  const canceledInIndia = async (): Promise<void> => {
    const id = await buyInWindow(front.world, front.world)
    await untilSeen(world, id, 'is_planned')
    await untilSeen(world, id, 'is_invoiced')
    await pressButton(desk.world, id, 'cancel', {})
    const told = mails('confirmation', 'receipt', 'canceled', 'refunded')
    const done = ['invoice', 'pick_task', 'credit_note', ...told]
    ends.set(id, { state: 'canceled', charges: 1, captured: 'all', refunded: 'all', done })
  }
  const stories = [neverComesBack, runsOut, madeCheaper, handedOver, canceledInIndia]
  await stage.warmUp(madeCheaper)
  await desk.keepCompiled()
  let turn = 0
  await underLoad(
    () => stories[turn++ % stories.length]!(),
    4,
    () => Promise.all([desk.killAt(at_the_desk), stage.worker.killAt(work)]),
  )
  t.diagnostic(stage.toll())
  await stage.rest()
  await assertBooks(stage, ends)
})
