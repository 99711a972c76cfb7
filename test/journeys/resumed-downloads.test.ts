// A download that breaks off goes on where it was, without using up another one: but a range is
// no way around the limit.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { transaction } from '#src/db/transaction.ts'
import { completeFile, createFile, putPart, sellFiles } from '#src/downloads/edit-files.ts'
import { type DigitalFileId, newId } from '#src/lib/ids.ts'
import { sha256 } from '#src/lib/signature.ts'
import { signToken } from '#src/lib/tokens.ts'
import { testSecret } from '#test/app.ts'
import { openClock } from '#test/movable-clock.ts'
import { ask, complete, fillCart, openWorld, until } from '#test/world.ts'
import type { Json } from './steps.ts'

const clock = openClock()
const world = await openWorld({ clock })
const sku = 'TEA-EARL-GREY'
const parts = [randomBytes(1_000), randomBytes(300), randomBytes(700)]
const whole = Buffer.concat(parts)
const etag = `"${sha256(whole).toString('hex')}"`

const id = newId<DigitalFileId>()
const by = { actor: 'test', now: clock() }
const file = { name: 'film.mp4', media_type: 'video/mp4', downloads_max: 3, valid_days: null }
await transaction(world.db, async (tx) => {
  await createFile(tx, id, file, by)
  for (const [n, part] of parts.entries()) await putPart(tx, id, n, part)
})
await completeFile(world.db, id, null, by)
await transaction(world.db, (tx) => sellFiles(tx, world.variants.get(sku)!, [id], by))

type Bought = { readonly path: string; readonly downloads: () => Promise<number> }
async function buy(): Promise<Bought> {
  const done = await complete(world, await fillCart(world, [[sku, 1]]))
  assert.equal(done.status, 201, JSON.stringify(done.body))
  const order_token = signToken(testSecret, 'order', done.body.order.id)
  const read = async (): Promise<Json | undefined> => {
    const path = `/store/orders/${done.body.order.id}/downloads`
    return (await ask(world, 'GET', path, { order_token })).body.items[0]
  }
  const { path } = await until('the file', read)
  return { path, downloads: async () => (await read())?.downloads }
}
type Answer = { readonly status: number; readonly headers: Headers; readonly bytes: Buffer }
async function load(path: string, headers = {}, method = 'GET'): Promise<Answer> {
  const answer = await fetch(world.url + path, { method, headers })
  const bytes = Buffer.from(await answer.arrayBuffer())
  return { status: answer.status, headers: answer.headers, bytes }
}
const loadRange = (path: string, range: string, more = {}) => load(path, { range, ...more })

test('each range is that part of the file, also across the parts it was uploaded in', async () => {
  const { path } = await buy()
  const first = await loadRange(path, 'bytes=0-10')
  assert.equal(first.status, 206)
  assert.equal(first.headers.get('content-range'), 'bytes 0-10/2000')
  assert.equal(first.headers.get('content-length'), '11')
  assert.equal(first.headers.get('accept-ranges'), 'bytes')
  assert.equal(first.headers.get('etag'), etag)
  assert.deepEqual(first.bytes, whole.subarray(0, 11))
  for (const [range, from, end] of [
    ['bytes=11-', 11, 2_000],
    ['bytes=999-1300', 999, 1_301],
    ['bytes=1000-1299', 1_000, 1_300],
    ['bytes=1300-1300', 1_300, 1_301],
    ['bytes=-5', 1_995, 2_000],
    ['bytes=1999-9999', 1_999, 2_000],
  ] as const) {
    const { status, bytes, headers } = await loadRange(path, range)
    assert.deepEqual([status, bytes], [206, whole.subarray(from, end)], range)
    assert.equal(headers.get('content-range'), `bytes ${from}-${end - 1}/2000`)
  }
})

test('resuming is free for an hour, also of the last download', async () => {
  const { path, downloads } = await buy()
  assert.equal((await load(path)).status, 200)
  assert.equal(await downloads(), 1)
  assert.equal((await loadRange(path, 'bytes=500-')).status, 206)
  await clock.advance(59 * 60_000)
  assert.equal((await loadRange(path, 'bytes=1500-', { 'if-range': etag })).status, 206)
  assert.equal(await downloads(), 1)
  assert.equal((await loadRange(path, 'bytes=0-')).status, 206)
  assert.equal((await load(path)).status, 200)
  assert.equal(await downloads(), 3)
  assert.equal((await loadRange(path, 'bytes=1-')).status, 206)
  for (const range of ['', 'bytes=0-', 'bytes=-2000']) {
    assert.equal((await loadRange(path, range)).status, 410, range)
  }
  await clock.advance(3_600_000)
  assert.equal((await loadRange(path, 'bytes=1-')).status, 410)
  assert.equal(await downloads(), 3)
})

test('a range is no way around the limit', async () => {
  const { path, downloads } = await buy()
  assert.equal((await loadRange(path, 'bytes=1-')).status, 206)
  assert.equal(await downloads(), 1)
  await clock.advance(3_600_000)
  const beside = await Promise.all([1, 2, 3, 4].map(() => loadRange(path, 'bytes=1-')))
  assert.deepEqual(new Set(beside.map(({ status }) => status)), new Set([206]))
  assert.equal(await downloads(), 2)
  const at_once = await Promise.all([1, 2, 3, 4].map(() => loadRange(path, 'bytes=0-')))
  assert.deepEqual(at_once.map(({ status }) => status).sort(), [206, 410, 410, 410])
  assert.equal(await downloads(), 3)
})

test('what cannot be satisfied counts nothing; If-Range of another file sends all of it', async () => {
  const { path, downloads } = await buy()
  const beyond = await loadRange(path, 'bytes=2000-')
  assert.equal(beyond.status, 416)
  assert.equal(beyond.headers.get('content-range'), 'bytes */2000')
  assert.equal(beyond.headers.get('content-type'), 'application/problem+json')
  assert.equal(JSON.parse(beyond.bytes.toString()).code, 'range_not_satisfiable')
  assert.equal(await downloads(), 0)
  for (const headers of [{ 'if-range': '"another"' }, {}]) {
    const range = 'if-range' in headers ? 'bytes=5-' : 'bytes=0-1,5-6'
    const { status, bytes } = await loadRange(path, range, headers)
    assert.deepEqual([status, bytes], [200, whole])
  }
  assert.equal(await downloads(), 2)
})

test('HEAD tells what would come and counts nothing', async () => {
  const { path, downloads } = await buy()
  const told = await load(path, {}, 'HEAD')
  assert.deepEqual([told.status, told.bytes.length], [200, 0])
  const { headers } = await load(path)
  for (const name of ['content-length', 'content-type', 'etag', 'accept-ranges']) {
    assert.equal(told.headers.get(name), headers.get(name), name)
  }
  assert.equal(headers.get('content-length'), '2000')
  assert.equal(await downloads(), 1)
  for (let n = 0; n < 2; n++) await load(path)
  assert.equal((await load(path, {}, 'HEAD')).status, 200)
  await clock.advance(3_600_000)
  assert.equal((await load(path, {}, 'HEAD')).status, 410)
  assert.equal((await load(`${path}x`, {}, 'HEAD')).status, 403)
})
