// kill -9 of workers while they tell others by webhooks what happens to orders, and a receiver
// that fails every other time: nothing is lost, and of one order nothing comes before its time.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { transaction } from '#src/db/transaction.ts'
import { newId, type WebhookEndpointId } from '#src/lib/ids.ts'
import { createEndpoint } from '#src/webhooks/edit-endpoint.ts'
import { openReceiver } from '#test/receiver.ts'
import { buyCart } from './shoppers.ts'
import { at, openStage, type Place, patiently, underLoad } from './stage.ts'

const queued = 'insert into webhook_delivery'
const claimed = 'update webhook_delivery set claimed_until'
const noted = "update webhook_delivery set state = 'delivered'"
const places: readonly Place[] = [
  at('webhook out: queued, not committed', 'before commit', queued),
  at('webhook out: queued and committed', 'after commit', queued),
  at('webhook out: claimed, not sent', 'after commit', claimed),
  at('webhook out: sent and answered, not read', 'after request', '/hooks'),
  at('webhook out: answered, not noted', 'before commit', noted),
]

const stage = await openStage({})
const { world, front } = stage
const receiver = await openReceiver()
/** By their webhook-id, how often they came. */
const times = new Map<string, number>()
/** Orders that it has heard of. */
const known = new Set<string>()
receiver.answer = ({ id, json }) => {
  known.add(json.data.order_id)
  const count = (times.get(id) ?? 0) + 1
  times.set(id, count)
  // Half of them fail the first time.
  const fails = count === 1 && Number.parseInt(id.at(-1)!, 16) % 2 === 1
  return { status: fails ? 500 : 204 }
}
const endpoint = newId<WebhookEndpointId>()
const kinds = ['order.*', 'payment.*', 'refund.*', 'shipment.*']
await transaction(world.db, (tx) =>
  createEndpoint(
    tx,
    endpoint,
    {
      url: `${receiver.url}/hooks`,
      description: '',
      kinds,
      channel_ids: null,
      order_states: null,
      enabled: true,
    },
    { actor: 'system', now: new Date(), allow_private: true },
  ),
)

type Told = { readonly id: string; readonly order_id: string }
const happened = async (): Promise<Told[]> => {
  const { rows } = await world.db.query<Told>(
    `select 'evt_' || id as id, order_id from event
     where split_part(kind, '.', 1) in ('order', 'payment', 'refund', 'shipment')
     order by id`,
  )
  return rows
}

test('kill -9 while others are told: nothing is lost, nothing comes before its time', async (t) => {
  // So few at a time that the news of most is under way when a worker dies.
  let ordered = 0
  const buy = async (): Promise<void> => {
    // What a dead worker had claimed waits for the end of its claim: others go on.
    const heard = receiver.got.length
    await patiently(
      'the receiver',
      async () => receiver.got.length > heard || ordered - known.size < 3,
    )
    ordered += 1
    await buyCart(front.world)
  }
  await stage.warmUp(buy)
  await underLoad(buy, 2, async () => {
    await stage.worker.killAt(places)
    await patiently('enough to tell', async () => (await happened()).length > 30)
  })
  t.diagnostic(stage.toll())
  await stage.rest()
  await patiently('everything is told', async () => {
    const { rows } = await world.db.query(
      `select from webhook_delivery where state <> 'delivered' limit 1`,
    )
    const told = new Set(receiver.got.map(({ id }) => id))
    return rows.length === 0 && (await happened()).every(({ id }) => told.has(id))
  })
  const all = await happened()
  assert(all.length > 30, `${all.length}`)
  const order_of = new Map(all.map(({ id, order_id }) => [id, order_id]))
  const before = Map.groupBy(all, ({ order_id }) => order_id)
  const taken = new Set<string>()
  const bodies = new Map<string, string>()
  let repeated = 0
  for (const { id, body, status } of receiver.got) {
    const order = order_of.get(id)
    assert(order !== undefined, `${id} has not happened`)
    for (const earlier of before.get(order)!) {
      if (earlier.id === id) break
      assert(taken.has(earlier.id), `${id} came before ${earlier.id}`)
    }
    assert.equal(bodies.get(id) ?? body, body, 'every try says the same')
    bodies.set(id, body)
    if (taken.has(id)) repeated += 1
    if (status === 204) taken.add(id)
  }
  assert.equal(taken.size, all.length)
  assert(repeated > 0, 'a kill after an answer makes one come twice')
  t.diagnostic(`${all.length} events, ${receiver.got.length} requests, ${repeated} came again`)
})
