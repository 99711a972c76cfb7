// Others are told by webhooks what happens: signed, in order, again after failures, and nobody
// waits for whoever is slow.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { transaction } from '#src/db/transaction.ts'
import { openStrangers } from '#src/lib/stranger-client.ts'
import { dropOldLog } from '#src/webhooks/drop-old-log.ts'
import { pauses_ms } from '#src/webhooks/webhooks.ts'
import { openClock } from '#test/movable-clock.ts'
import { countSigned, type Got, openReceiver, type Receiver } from '#test/receiver.ts'
import { admin, ask, assertPromises, complete, fillCart, openWorld, until } from '#test/world.ts'

const clock = openClock()
const world = await openWorld({ clock, strangers: openStrangers(true) })
const path = '/admin/webhook-endpoints'
const receiver = await openReceiver()

const buy = async (channel: 'web' | 'counter' = 'web'): Promise<string> => {
  const bought = await complete(world, await fillCart(world, [['MUG-BLUE', 1]], { channel }), {
    channel,
  })
  assert.equal(bought.status, 201, JSON.stringify(bought.body))
  return bought.body.order.id
}
async function open(to: Receiver, more: object) {
  const { status, body } = await admin(world, 'POST', path, { url: `${to.url}/hooks`, ...more })
  assert.equal(status, 201, JSON.stringify(body))
  assert.match(body.secret, /^whsec_/)
  return { id: body.endpoint.id as string, secret: body.secret as string }
}
const log = async (id: string, query = '') =>
  (await admin(world, 'GET', `${path}/${id}/deliveries?limit=100${query}`)).body.items
const about = (order: string, from: Receiver = receiver): Got[] =>
  from.got.filter(({ json }) => json.data.order_id === order)
const kindsOf = (got: readonly Got[]): string[] => got.map(({ json }) => json.type)

const main = await open(receiver, { kinds: ['order.*', 'payment.*'], description: 'ERP' })

test('an order is told in its order, signed, without a word about the buyer', async () => {
  const order = await buy()
  await until('the news', async () => kindsOf(about(order)).includes('order.placed'))
  const got = about(order)
  assert.deepEqual(kindsOf(got).slice(0, 3), ['order.created', 'payment.captured', 'order.placed'])
  for (const one of got) {
    assert.equal(await countSigned(one, main.secret), 1)
    assert.equal(one.path, '/hooks')
    assert.doesNotMatch(one.body, /ada@example|Muster|Berlin 1|\+4930/i)
    const age_s = clock().getTime() / 1000 - Number(one.headers['webhook-timestamp'])
    assert(age_s < 60, `${age_s}`)
  }
  const placed = got.find(({ json }) => json.type === 'order.placed')!
  assert.equal(placed.json.data.order.id, order)
  assert.match(placed.json.data.order.number, /^DE/)
  assert.equal(placed.id, `evt_${placed.json.data.event_id}`)
  const [entry] = (await log(main.id, `&aggregate_id=${order}&kind=order.placed`)) as [
    { id: string; webhook_id: string; state: string; last_status: number },
  ]
  assert.equal(entry.webhook_id, placed.id)
  await until('the log', async () => (await log(main.id, '&state=waiting')).length === 0)
  const all = await admin(world, 'GET', path)
  assert.deepEqual(
    all.body.items.map((one: { id: string; waiting: number }) => [one.id, one.waiting]),
    [[main.id, 0]],
  )
  const { body } = await admin(world, 'GET', `/admin/webhook-deliveries/${entry.id}`)
  assert.equal(body.body, placed.body)
  assert.deepEqual(
    [body.state, body.attempts.length, body.attempts[0].status],
    ['delivered', 1, 204],
  )
})

test('the secret is told once, and a new one signs beside the old one for a while', async () => {
  const made = { key: world.keys.secret_key, idempotency_key: 'rotation-of-this-test' }
  const rotate = () => ask(world, 'POST', `${path}/${main.id}/rotate-secret`, { ...made, body: {} })
  const first = await rotate()
  assert.equal(first.status, 200)
  assert.notEqual(first.body.secret, main.secret)
  const again = await rotate()
  assert.deepEqual([again.status, again.body.secret], [200, null])
  const { body: shown } = await admin(world, 'GET', `${path}/${main.id}`)
  assert.doesNotMatch(JSON.stringify(shown), /whsec_/)
  const order = await buy()
  await until('the news', async () => about(order).length > 0)
  const [got] = about(order) as [Got]
  assert.equal(await countSigned(got, main.secret), 1)
  assert.equal(await countSigned(got, first.body.secret), 1)
  await clock.advance(86_400_000 + 1_000)
  const later = await buy()
  await until('the news', async () => about(later).length > 0)
  assert.equal(await countSigned(about(later)[0]!, main.secret), 0)
  assert.equal(await countSigned(about(later)[0]!, first.body.secret), 1)
})

test('a failure is tried again with the same id, and what follows in its order waits', async () => {
  const failing = new Set<string>()
  receiver.answer = ({ id, json }) => {
    if (json.type !== 'payment.captured' || failing.has(id)) return { status: 204 }
    failing.add(id)
    return { status: 503, body: 'come back later' }
  }
  const order = await buy()
  const other = await buy()
  for (const id of [order, other]) {
    await until('it has failed', async () => about(id).some(({ status }) => status === 503))
    assert.deepEqual(kindsOf(about(id)), ['order.created', 'payment.captured'])
  }
  await clock.advance(10_000)
  await until('all is told', async () => kindsOf(about(other)).includes('order.placed'))
  await until('all is told', async () => kindsOf(about(order)).includes('order.placed'))
  const [, first, second] = about(order) as [Got, Got, Got]
  assert.deepEqual([first.id, first.body], [second.id, second.body])
  const [entry] = await log(main.id, `&aggregate_id=${order}&kind=payment.captured`)
  const { body } = await admin(world, 'GET', `/admin/webhook-deliveries/${entry.id}`)
  const tried = body.attempts.map((one: { status: number; response: string }) => [
    one.status,
    one.response,
  ])
  assert.deepEqual(tried, [
    [204, ''],
    [503, 'come back later'],
  ])
  receiver.answer = () => ({ status: 204 })
})

test('filters: only these channels, only orders in these states; and what a dry run says', async () => {
  const web = await openReceiver()
  const only_web = await open(web, { kinds: ['*'], channel_ids: [world.frame.web] })
  const closed = await open(web, { kinds: ['*'], order_states: ['canceled'], enabled: false })
  const mine = await buy('web')
  const counter = await complete(world, await fillCart(world, undefined, { channel: 'counter' }), {
    channel: 'counter',
    provider: 'manual',
  })
  assert.equal(counter.status, 201)
  await until('news of the web', async () => kindsOf(about(mine, web)).includes('order.placed'))
  await until('the other one', async () => about(counter.body.order.id).length > 1)
  assert.deepEqual(about(counter.body.order.id, web), [])
  const dry = await admin(world, 'GET', `${path}/${closed.id}/dry-run?last=50`)
  const misses = new Set(dry.body.items.map((one: { miss: string }) => one.miss))
  assert.deepEqual([...misses], ['order_state'])
  const { items } = (await admin(world, 'GET', `${path}/${only_web.id}/dry-run?last=50`)).body
  const would = items.find(
    (one: { webhook_id: string }) => one.webhook_id === about(mine, web)[0]!.id,
  )
  assert.deepEqual([would.sent, would.miss], [true, null])
  assert.equal(JSON.parse(would.body).type, would.kind)
  assert.deepEqual(await log(closed.id), [])
  for (const { id } of [only_web, closed]) {
    assert.equal((await admin(world, 'DELETE', `${path}/${id}`)).status, 204)
    assert.equal((await admin(world, 'GET', `${path}/${id}`)).status, 404)
  }
})

test('whoever is slow holds up nobody else, and gets no more than five at a time', async () => {
  const slow = await openReceiver()
  let open_now = 0
  let most = 0
  let release = (): void => {}
  const held = new Promise<void>((done) => {
    release = done
  })
  slow.answer = () => {
    open_now += 1
    most = Math.max(most, open_now)
    return { status: 200, after: held.then(() => void (open_now -= 1)) }
  }
  const lame = await open(slow, { kinds: ['order.*'] })
  const orders = await Promise.all(Array.from({ length: 8 }, () => buy()))
  await until('the fast one knows all', async () =>
    orders.every((id) => kindsOf(about(id)).includes('order.placed')),
  )
  await until('the slow one is busy', async () => slow.got.length === 5)
  release()
  await until('the slow one knows all', async () =>
    orders.every((id) => kindsOf(about(id, slow)).includes('order.placed')),
  )
  assert.equal(most, 5)
  await admin(world, 'DELETE', `${path}/${lame.id}`)
})

test('a ping is sent once, also to an endpoint that is off; 3xx leads nowhere', async () => {
  const moved = await openReceiver()
  moved.answer = () => ({ status: 307, headers: { location: `${receiver.url}/elsewhere` } })
  const off = await open(moved, { kinds: ['order.*'], enabled: false })
  const asked = await admin(world, 'POST', `${path}/${off.id}/ping`)
  assert.equal(asked.status, 202, JSON.stringify(asked.body))
  const [entry] = await until('the ping', async () => {
    const items = await log(off.id, '&state=failed')
    return items.length > 0 && items
  })
  assert.deepEqual(
    [entry.kind, entry.tries, entry.last_status, entry.last_error],
    ['webhook.ping', 1, 307, 'redirects are not followed'],
  )
  assert.equal(await countSigned(moved.got[0]!, off.secret), 1)
  assert.deepEqual(
    receiver.got.filter(({ path: asked_path }) => asked_path === '/elsewhere'),
    [],
  )
})

test('410 ends an endpoint; enabled again it is told what it has missed', async () => {
  const gone = await openReceiver()
  gone.answer = () => ({ status: 410 })
  // Events are found by their ids, which are made by the clock of the machine.
  const since = new Date()
  const dead = await open(gone, { kinds: ['order.placed'] })
  await buy()
  const view = await until('it is off', async () => {
    const { body } = await admin(world, 'GET', `${path}/${dead.id}`)
    return !body.enabled && body
  })
  assert.equal(view.disabled_reason, 'gone')
  const inbox = async () =>
    (await admin(world, 'GET', '/admin/exceptions')).body.items.filter(
      (one: { cause_id: string }) => one.cause_id === dead.id,
    )
  assert.equal((await inbox())[0].kind, 'webhook_endpoint_disabled')
  const missed = await buy()
  await until('others know', async () => kindsOf(about(missed)).includes('order.placed'))
  gone.answer = () => ({ status: 200 })
  await admin(world, 'PATCH', `${path}/${dead.id}`, { enabled: true })
  assert.deepEqual(await inbox(), [])
  await clock.advance(10_000)
  const asked = await admin(world, 'POST', `${path}/${dead.id}/replay`, { since })
  assert.equal(asked.status, 202, JSON.stringify(asked.body))
  await until('all is told', async () => about(missed, gone).length > 0)
  const ids = gone.got.map(({ id }) => id)
  const one = (await log(dead.id, `&aggregate_id=${missed}`))[0]
  await until('it is noted', async () => (await log(dead.id, '&state=waiting')).length === 0)
  const again = await admin(world, 'POST', `/admin/webhook-deliveries/${one.id}/replay`)
  assert.equal(again.status, 202, JSON.stringify(again.body))
  await until('it comes again', async () => gone.got.length > ids.length)
  assert.equal(gone.got.at(-1)!.id, about(missed, gone)[0]!.id)
})

test('what a dead worker has claimed goes on before its claim ends', async () => {
  const there = await openReceiver()
  const endpoint = await open(there, { kinds: ['order.placed'] })
  const order = await buy()
  await until('it is noted', async () => (await log(endpoint.id))[0]?.state === 'delivered')
  const claimed_until = new Date(clock().getTime() + 29_000)
  await transaction(
    world.db,
    (tx) => tx.run`
      update webhook_delivery set state = 'waiting', claimed_by = 'a worker that has no heartbeat',
        claimed_until = ${claimed_until} where endpoint_id = ${endpoint.id}`,
  )
  await until('it comes again', async () => about(order, there).length === 2, 15_000)
  await admin(world, 'DELETE', `${path}/${endpoint.id}`)
})

test('five days of failures end an endpoint too; what was given up stands in the inbox', async () => {
  const broken = await openReceiver()
  broken.answer = () => ({ status: 500 })
  const bad = await open(broken, { kinds: ['order.placed'] })
  const order = await buy()
  await until('the first try', async () => about(order, broken).length === 1)
  let tries = 1
  for (const pause of pauses_ms) {
    await clock.advance(pause * 1.1)
    tries += 1
    await until(`try ${tries}`, async () => about(order, broken).length >= tries)
    await until('it is noted', async () => (await log(bad.id))[0].tries === tries)
  }
  const inbox = (await admin(world, 'GET', '/admin/exceptions?limit=100')).body.items
  const given_up = inbox.find((one: { cause_id: string }) => one.cause_id === bad.id)
  assert.equal(given_up.kind, 'webhook_given_up')
  assert.equal((await log(bad.id))[0].state, 'failed')
  await clock.advance(2 * 86_400_000)
  await buy()
  const view = await until('it is off', async () => {
    const { body } = await admin(world, 'GET', `${path}/${bad.id}`)
    return !body.enabled && body
  })
  assert.equal(view.disabled_reason, 'failing')
  await admin(world, 'DELETE', `${path}/${bad.id}`)
  await assertPromises(world)
})

test('what was given up and arrives after all, or whose endpoint goes, needs nobody', async () => {
  const moody = await openReceiver()
  const openEntries = async (id: string) => {
    const { body } = await admin(world, 'GET', '/admin/exceptions?limit=100')
    return body.items.filter((one: { cause_id: string }) => one.cause_id === id)
  }
  const giveUp = async (id: string): Promise<string> => {
    moody.answer = () => ({ status: 500 })
    const order = await buy()
    const entry = await until('a failure', async () => {
      const [one] = await log(id, `&aggregate_id=${order}`)
      return one?.tries > 0 && one
    })
    await transaction(
      world.db,
      (tx) => tx.run`
        update webhook_delivery set tries = ${pauses_ms.length}, next_try_at = ${clock()}
        where id = ${entry.id}`,
    )
    await until('it is given up', async () => (await openEntries(id)).length === 1)
    return entry.id
  }
  const one = await open(moody, { kinds: ['order.placed'] })
  const first = await giveUp(one.id)
  moody.answer = () => ({ status: 204 })
  const again = await admin(world, 'POST', `/admin/webhook-deliveries/${first}/replay`)
  assert(again.status < 300, JSON.stringify(again.body))
  await until('nobody has to look', async () => (await openEntries(one.id)).length === 0)
  await giveUp(one.id)
  await admin(world, 'DELETE', `${path}/${one.id}`)
  assert.deepEqual(await openEntries(one.id), [])
  await assertPromises(world)
})

test('what waits for one who listens is kept; for one who is off, for sixty days', async () => {
  const deaf = await openReceiver()
  deaf.answer = () => ({ status: 500 })
  const { id } = await open(deaf, { kinds: ['order.*'] })
  await buy()
  const waiting = await until('what waits', async () => {
    const items = await log(id, '&state=waiting')
    return items.length > 0 && items.length
  })
  const dropOld = async () => {
    await transaction(
      world.db,
      (tx) => tx.run`
        update webhook_delivery set created_at = ${clock()}::timestamptz - interval '61 days'
        where endpoint_id = ${id}`,
    )
    await dropOldLog({ db: world.db, clock })
    return (await log(id)).length
  }
  assert((await dropOld()) >= waiting)
  assert.equal((await admin(world, 'PATCH', `${path}/${id}`, { enabled: false })).status, 200)
  assert.equal(await dropOld(), 0)
  const unknown = '0199aaaa-0000-7000-8000-000000000002'
  for (const what of ['deliveries', 'replays']) {
    const { status, body } = await admin(world, 'GET', `${path}/${unknown}/${what}`)
    assert.deepEqual([status, body.code], [404, 'not_found'])
  }
})

test('an endpoint must be told of by somebody who may hear what it hears; its fields are checked', async () => {
  const key = await admin(world, 'POST', '/admin/keys', {
    kind: 'secret',
    name: 'Clerk',
    permissions: ['webhooks:write'],
  })
  const body = { url: `${receiver.url}/x`, kinds: ['*'] }
  const said = await ask(world, 'POST', path, { key: key.body.token, body })
  assert.equal(`${said.status} ${said.body.code}`, '403 permission_missing')
  const bad = await admin(world, 'POST', path, {
    url: 'https://user:password@shop.example/',
    kinds: ['order.*', 'order.plcaed', 'nonsense.*', 'draft.sent'],
    channel_ids: ['0199aaaa-0000-7000-8000-000000000001'],
  })
  const fields = bad.body.errors.map((one: { field: string; code: string }) => [
    one.field,
    one.code,
  ])
  assert.deepEqual(fields, [
    ['url', 'malformed'],
    ['channel_ids.0', 'unknown'],
    ['kinds.1', 'unknown'],
    ['kinds.2', 'unknown'],
  ])
  const none = await admin(world, 'POST', path, { url: `${receiver.url}/x`, kinds: ['order'] })
  assert.equal(none.status, 400)
})
