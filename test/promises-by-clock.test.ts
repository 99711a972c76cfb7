// The promises by the clock: what the jobs find stands in the exception inbox once, and closes
// when the promise holds again. The hour looks at what was touched, the night at everything.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { snapshot } from '#src/db/transaction.ts'
import { readBacklog } from '#src/jobs/backlog.sql.ts'
import { askPromises } from '#src/promises/ask-promises.ts'
import type { Scope } from '#src/promises/askings.sql.ts'
import { calm } from '#test/races/crowd.ts'
import { admin, complete, fillCart, openWorld, until } from '#test/world.ts'

const world = await openWorld()
const place = async (sku = 'MUG-BLUE', coupon?: string): Promise<string> => {
  const done = await complete(world, await fillCart(world, [[sku, 1]], coupon ? { coupon } : {}))
  assert.equal(done.status, 201, JSON.stringify(done.body))
  return done.body.order.id
}
const old = await place()
await calm(world)

/** Changes rows as nobody may, past constraints of append-only tables. */
async function change(text: string): Promise<void> {
  const client = await world.db.connect()
  try {
    await client.query('begin read write')
    await client.query('set local session_replication_role = replica')
    const { rowCount } = await client.query(text)
    assert(rowCount, `nothing was changed by: ${text}`)
    await client.query('commit')
  } finally {
    client.release()
  }
}

const jobsWaiting = async (): Promise<number> => {
  const { rows } = await world.db.query<{ count: number }>(
    `select count(*)::int as count from graphile_worker.jobs
     where task_identifier = 'ask_promises'`,
  )
  return rows[0]!.count
}
const boundOf = async (bound: 'xmin' | 'xmax'): Promise<bigint> => {
  const { rows } = await world.db.query<{ xid: string }>(
    `select pg_snapshot_${bound}(pg_current_snapshot())::text as xid`,
  )
  return BigInt(rows[0]!.xid)
}

/** What was touched is read up to the oldest transaction that is open, whosever it is. */
async function untilOthersCommitted(): Promise<void> {
  const newest = await boundOf('xmax')
  await until('older transactions to end', async () => (await boundOf('xmin')) >= newest)
}

async function askByJob(scope: Scope): Promise<void> {
  await untilOthersCommitted()
  const client = await world.db.connect()
  try {
    await client.query('begin read write')
    await client.query(`select graphile_worker.add_job('ask_promises', $1, 'promises')`, [
      JSON.stringify({ scope }),
    ])
    await client.query('commit')
  } finally {
    client.release()
  }
  await until('the promises to be asked', async () => (await jobsWaiting()) === 0)
}

const inbox = async (open = true) => {
  const { body } = await admin(world, 'GET', `/admin/exceptions?limit=100&open=${open}`)
  return body.items.filter(({ kind }: { kind: string }) => kind.startsWith('promise_'))
}
const answerOf = async (name: string) => {
  const { body } = await admin(world, 'GET', '/admin/promises')
  return body.items.find((one: { name: string }) => one.name === name)
}
const says = (id: string, state: string): Promise<void> =>
  change(`update orders set fulfillment_state = '${state}' where id = '${id}'`)
const states = 'the states in lists are what the rows behind them say'
const states_kind = 'promise_the_states_in_lists_are_what_the_rows_behind_them_say'

test('the clock of the queue knows both rounds', async () => {
  await until('the recurring jobs', async () => {
    const { rows } = await world.db.query(
      `select identifier from graphile_worker._private_known_crontabs
       where starts_with(identifier, 'promises_') order by identifier`,
    )
    const known = new Set(rows.map(({ identifier }) => identifier))
    return known.has('promises_all') && known.has('promises_touched')
  })
})

test('a shop in which everything is well has nothing in the inbox', async () => {
  await askByJob('touched')
  await askByJob('all')
  assert.deepEqual(await inbox(), [])
  const { violations, asked } = await answerOf(states)
  assert.equal(violations, 0)
  const seen = asked.map((one: Record<string, unknown>) => [
    one['scope'],
    one['things'],
    one['guilty'],
  ])
  assert.deepEqual(seen.sort(), [
    ['all', null, 0],
    ['touched', 1, 0],
  ])
})

test('what breaks a promise stands in the inbox within the hour, once, until it is healed', async () => {
  const order = await place()
  await calm(world)
  await says(order, 'returned')
  await askByJob('touched')
  const [entry, ...others] = await inbox()
  assert.deepEqual(others, [])
  assert.deepEqual([entry.kind, entry.cause_id, entry.order_id], [states_kind, order, order])
  assert.match(entry.message, /no longer true that the states in lists.*returned/)
  const answer = await answerOf(states)
  assert.deepEqual([answer.violations, answer.rows[0].thing], [1, order])
  const touched = answer.asked.find(({ scope }: { scope: string }) => scope === 'touched')
  assert.deepEqual([touched.things, touched.guilty], [1, 1])
  assert(touched.took_ms >= 0 && Date.parse(touched.asked_at) <= Date.now())
  const { promises_broken } = await snapshot(world.db, (tx) => readBacklog(tx, new Date()))
  assert.equal(promises_broken, 1)

  // Nothing happens to the order any more, but what stands in the inbox is looked at again.
  await askByJob('touched')
  await askByJob('all')
  assert.deepEqual(await inbox(), [entry])

  await says(order, 'unfulfilled')
  await askByJob('touched')
  assert.deepEqual(await inbox(), [])
  const closed = await inbox(false)
  assert.deepEqual(
    closed.map((one: { resolution: string }) => one.resolution),
    ['healed'],
  )
})

test('what nobody touched is found by night, and not by the hour', async () => {
  await says(old, 'returned')
  await askByJob('touched')
  assert.deepEqual(await inbox(), [])
  await askByJob('all')
  assert.deepEqual(
    (await inbox()).map((one: { cause_id: string }) => one.cause_id),
    [old],
  )
  await says(old, 'unfulfilled')
  await askByJob('all')
  assert.deepEqual(await inbox(), [])
})

test('stock that was sold, counted or imported and coupons that were used are looked at', async () => {
  await askByJob('touched')
  const level = `location_id = (select id from location where code = 'berlin') and stock_item_id`
  const item = async (sku: string): Promise<string> =>
    (await world.db.query('select id from stock_item where sku = $1', [sku])).rows[0].id
  const [lamp, tea] = [await item('LAMP-DESK'), await item('TEA-EARL-GREY')]
  await place('TEA-EARL-GREY', 'WELCOME10')
  const adjusted = { change: { kind: 'by', quantity: 1 }, reason: 'found one' }
  const path = `/admin/stock/${lamp}/${world.frame.berlin}/adjust`
  assert.equal((await admin(world, 'POST', path, adjusted)).status, 200)
  await calm(world)
  await change(
    `update stock_level set on_hand = on_hand + 1 where ${level} in ('${lamp}', '${tea}')`,
  )
  await change(`update coupon set used = used + 1 where code = 'WELCOME10'`)
  await askByJob('touched')
  const found = (await inbox()).map((one: { kind: string }) => one.kind)
  const ledger = 'promise_on_hand_is_the_sum_of_the_stock_ledger'
  const coupons = 'promise_coupons_are_used_within_their_limit_and_counted_right'
  assert.deepEqual(found.sort(), [coupons, ledger, ledger])
  await change(
    `update stock_level set on_hand = on_hand - 1 where ${level} in ('${lamp}', '${tea}')`,
  )
  await change(`update coupon set used = used - 1 where code = 'WELCOME10'`)
  await askByJob('touched')
  assert.deepEqual(await inbox(), [])
})

test('what a person has dismissed comes back only when it is another, or broken anew', async () => {
  const order = await place()
  await calm(world)
  await says(order, 'returned')
  await askByJob('touched')
  const [entry] = await inbox()
  const path = `/admin/exceptions/${entry.id}/dismiss`
  assert.equal((await admin(world, 'POST', path)).status, 200)
  await askByJob('all')
  assert.deepEqual(await inbox(), [])
  await says(order, 'shipped')
  await askByJob('all')
  const [other] = await inbox()
  assert.notEqual(other.id, entry.id)
  await admin(world, 'POST', `/admin/exceptions/${other.id}/dismiss`)
  await says(order, 'unfulfilled')
  await askByJob('all')
  await says(order, 'shipped')
  await askByJob('all')
  assert.equal((await inbox()).length, 1)
  await says(order, 'unfulfilled')
  await askByJob('all')
})

test('a promise that cannot be asked is told of, and keeps no other from being asked', async () => {
  const rename = (from: string, to: string) =>
    world.db.query(`begin read write; alter table pick_task rename column ${from} to ${to}; commit`)
  const unanswered = async (): Promise<number> =>
    (await snapshot(world.db, (tx) => readBacklog(tx, new Date()))).promises_unanswered
  await rename('shipment_id', 'parcel_id')
  await askByJob('all')
  assert.equal(await unanswered(), 1)
  await rename('parcel_id', 'shipment_id')
  await askByJob('all')
  assert.equal(await unanswered(), 0)
})

test('a worker that stops does not wait for an answer that takes long', async () => {
  const { db, clock, log } = world.app
  const stopping = new AbortController()
  const blocker = await db.connect()
  await blocker.query('begin read write; lock table number_series in access exclusive mode')
  const asked = askPromises({ db, clock, log, signal: stopping.signal }, 'all')
  await until('a promise that waits', async () => {
    const { rows } = await db.query(
      `select from pg_locks where not granted and relation = 'number_series'::regclass`,
    )
    return rows.length > 0
  })
  stopping.abort()
  await assert.rejects(asked)
  await blocker.query('rollback')
  blocker.release()
  await askByJob('all')
})
