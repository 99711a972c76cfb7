// Files that are bought: uploaded in parts, granted with the money, downloaded a few times, taken
// back with a refund.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { sha256 } from '#src/lib/signature.ts'
import { signToken } from '#src/lib/tokens.ts'
import { testSecret } from '#test/app.ts'
import { openClock } from '#test/movable-clock.ts'
import { calm } from '#test/races/crowd.ts'
import { admin, ask, assertPromises, complete, fillCart, openWorld, until } from '#test/world.ts'
import { type Json, timelineOf, untilOrder } from './steps.ts'

const clock = openClock()
const world = await openWorld({ clock })
const sku = 'TEA-EARL-GREY'
const variant_id = world.variants.get(sku)
const parts = [randomBytes(200_000), randomBytes(50_000)]
const whole = Buffer.concat(parts)

async function upload(more: object = {}): Promise<Json> {
  const file = { name: 'Näh-Muster "1".pdf', media_type: 'application/pdf', ...more }
  const made = await admin(world, 'POST', '/admin/digital-files', file)
  assert.equal(made.status, 201, JSON.stringify(made.body))
  return made.body
}
const putPart = (id: string, n: number, bytes: Uint8Array) =>
  fetch(`${world.url}/admin/digital-files/${id}/parts/${n}`, {
    method: 'PUT',
    headers: {
      authorization: `Bearer ${world.keys.secret_key}`,
      'content-type': 'application/octet-stream',
    },
    body: new Uint8Array(bytes),
  })
const completeFile = (id: string, body = {}) =>
  admin(world, 'PUT', `/admin/digital-files/${id}/complete`, body)

async function buy(quantity: number, of = sku): Promise<{ id: string; token: string }> {
  const done = await complete(world, await fillCart(world, [[of, quantity]]))
  assert.equal(done.status, 201, JSON.stringify(done.body))
  return { id: done.body.order.id, token: signToken(testSecret, 'order', done.body.order.id) }
}
const downloadsOf = async ({ id, token }: { id: string; token: string }): Promise<Json[]> => {
  const path = `/store/orders/${id}/downloads`
  const { status, body } = await ask(world, 'GET', path, { order_token: token })
  assert.equal(status, 200, JSON.stringify(body))
  return body.items
}
const granted = (order: { id: string; token: string }, count: number): Promise<Json[]> =>
  until(`${count} files`, async () => {
    const items = await downloadsOf(order)
    return items.length === count && items
  })
const fetchFile = (path: string) => fetch(world.url + path)

const file = await upload({ downloads_max: 2, valid_days: 30 })

test('a file is whole before it is sold, and never changes again', async () => {
  const none = await completeFile(file.id)
  assert.equal(none.body.errors[0].message, 'No part of it has been sent yet.')
  assert.equal((await putPart(file.id, 1, parts[1]!)).status, 204)
  const gap = await completeFile(file.id)
  assert.deepEqual([gap.status, gap.body.errors[0].code], [400, 'missing'])
  const early = await admin(world, 'PUT', `/admin/variants/${variant_id}/files`, {
    file_ids: [file.id],
  })
  assert.equal(early.status, 400)
  assert.equal((await putPart(file.id, 0, randomBytes(10))).status, 204)
  assert.equal((await putPart(file.id, 0, parts[0]!)).status, 204)
  const wrong = await completeFile(file.id, { sha256: '0'.repeat(64) })
  assert.deepEqual([wrong.status, wrong.body.errors[0].code], [400, 'differs'])
  const hash = sha256(whole).toString('hex')
  const done = await completeFile(file.id, { sha256: hash })
  assert.deepEqual([done.status, done.body.bytes, done.body.sha256], [200, whole.length, hash])
  assert.equal((await completeFile(file.id)).status, 200)
  assert.equal((await putPart(file.id, 0, randomBytes(10))).status, 409)
  assert.equal((await putPart(file.id, 200, randomBytes(10))).status, 422)
  assert.equal((await putPart(file.id, 2, randomBytes(5 * 1024 * 1024))).status, 413)
  const sold = await admin(world, 'PUT', `/admin/variants/${variant_id}/files`, {
    file_ids: [file.id],
  })
  assert.equal(sold.status, 200, JSON.stringify(sold.body))
})

test('a paid order gets each file once per unit; each link downloads it, and counts', async () => {
  const order = await buy(2)
  const items = await granted(order, 2)
  assert.deepEqual(
    items.map(({ unit, state }) => [unit, state]),
    [
      [1, 'open'],
      [2, 'open'],
    ],
  )
  const answer = await fetchFile(items[0].path)
  assert.equal(answer.status, 200)
  assert.deepEqual(Buffer.from(await answer.arrayBuffer()), whole)
  assert.match(String(answer.headers.get('content-disposition')), /^attachment; .*N%C3%A4h-Muster/)
  assert.equal(answer.headers.get('x-content-type-options'), 'nosniff')
  assert.equal((await fetchFile(items[0].path)).status, 200)
  const third = await fetchFile(items[0].path)
  assert.deepEqual([third.status, ((await third.json()) as Json).state], [410, 'used_up'])
  const [first, second] = await downloadsOf(order)
  assert.deepEqual([first.state, first.path, second.downloads], ['used_up', null, 0])
  const page = await (await fetch(`${world.url}/o/${order.token}`)).text()
  assert.match(page, /Downloads[\s\S]*not available any more[\s\S]*href="\/store\/downloads\//)
  const more = await admin(world, 'PATCH', `/admin/downloads/${first.id}`, { downloads_max: 3 })
  assert.deepEqual([more.status, more.body.state], [200, 'open'])
  const fewer = await admin(world, 'PATCH', `/admin/downloads/${first.id}`, { downloads_max: 1 })
  assert.equal(fewer.body.errors[0].code, 'too_small')
  assert.equal((await timelineOf(world, order.id)).includes('order.downloads_granted'), true)
  await assertPromises(world)
})

test('links end, forged ones are none, and so does the right to the file', async () => {
  const order = await buy(1)
  const [item] = await granted(order, 1)
  assert.equal((await fetchFile(`${item.path}x`)).status, 403)
  const other = signToken(testSecret, 'order', item.id)
  assert.equal((await fetchFile(`/store/downloads/${other}`)).status, 403)
  await clock.advance(25 * 3_600_000)
  assert.equal((await fetchFile(item.path)).status, 403)
  const [fresh] = await downloadsOf(order)
  assert.equal((await fetchFile(fresh.path)).status, 200)
  await clock.advance(30 * 86_400_000)
  const [late] = await downloadsOf(order)
  assert.deepEqual([late.state, late.path], ['expired', null])
})

test('a refund of all the money takes the files back, and staff can take one back', async () => {
  const order = await buy(2)
  const items = await granted(order, 2)
  const gone = await admin(world, 'PATCH', `/admin/downloads/${items[0].id}`, { revoked: true })
  assert.equal(gone.body.state, 'revoked')
  assert.equal((await fetchFile(items[0].path)).status, 410)
  const { total } = await untilOrder(
    world,
    order.id,
    'money',
    (o) => o.payment_state === 'captured',
  )
  const refund = { amount: total, reason: 'unhappy' }
  const back = await admin(world, 'POST', `/admin/orders/${order.id}/refunds`, refund)
  assert.equal(back.status, 201, JSON.stringify(back.body))
  await untilOrder(world, order.id, 'the refund', (o) => o.payment_state === 'refunded')
  assert.deepEqual(
    (await downloadsOf(order)).map(({ state }) => state),
    ['revoked', 'revoked'],
  )
  assert.equal((await fetchFile(items[1].path)).status, 410)
  await assertPromises(world)
})

test('units that are taken off an order take their files along', async () => {
  const order = await buy(3)
  await granted(order, 3)
  const { lines } = await untilOrder(world, order.id, 'parcels', (o) => o.shipments.length > 0)
  const body = { lines: [{ line_id: lines[0].id, quantity: 1 }], reason: 'one less' }
  const less = await admin(world, 'POST', `/admin/orders/${order.id}/cancel`, body)
  assert.equal(less.status, 200, JSON.stringify(less.body))
  assert.deepEqual(
    (await downloadsOf(order)).map(({ state }) => state),
    ['open', 'open', 'revoked'],
  )
  await assertPromises(world)
})

test('a bundle brings the files of its parts, and each of its units takes its own along', async () => {
  const made = await admin(world, 'POST', '/admin/products', {
    title: 'Three teas and a mug',
    state: 'active',
    channel_ids: [world.frame.web],
    variants: [
      {
        sku: 'TEA-SET',
        items: [
          { sku, quantity: 3 },
          { sku: 'MUG-BLUE', quantity: 1 },
        ],
        prices: [{ price_list_id: world.frame.eur_list, amount: 4_000 }],
      },
    ],
  })
  assert.equal(made.status, 201, JSON.stringify(made.body))
  const { body: variants } = await admin(world, 'GET', `/admin/products/${made.body.id}/variants`)
  world.variants.set('TEA-SET', variants.items[0].id)
  const order = await buy(2, 'TEA-SET')
  const items = await granted(order, 6)
  assert.equal((await fetchFile(items[5].path)).status, 200)
  const { lines } = await untilOrder(world, order.id, 'parcels', (o) => o.shipments.length > 0)
  const body = { lines: [{ line_id: lines[0].id, quantity: 1 }], reason: 'one set less' }
  const less = await admin(world, 'POST', `/admin/orders/${order.id}/cancel`, body)
  assert.equal(less.status, 200, JSON.stringify(less.body))
  const states = async () => (await downloadsOf(order)).map(({ state }) => state)
  assert.deepEqual(await states(), [...Array(3).fill('open'), ...Array(3).fill('revoked')])
  assert.equal((await fetchFile(items[5].path)).status, 410)
  await assertPromises(world)

  const { total } = await untilOrder(world, order.id, 'the refund', (o) => o.refunds.length > 0)
  const gone = await admin(world, 'POST', `/admin/orders/${order.id}/refunds`, {
    amount: total / 2,
    reason: 'unhappy',
  })
  assert.equal(gone.status, 201, JSON.stringify(gone.body))
  await untilOrder(world, order.id, 'the money back', (o) => o.payment_state === 'refunded')
  assert.deepEqual(await states(), Array(6).fill('revoked'))
  await assertPromises(world)
})

test('held for review, an order brings no file until it is released', async () => {
  const path = `/admin/channels/${world.frame.web}/review-rules`
  const rules = [{ kind: 'total_above', amount: 100, currency: 'EUR' }]
  assert.equal((await admin(world, 'PUT', path, { rules })).status, 200)
  const order = await buy(1)
  await untilOrder(world, order.id, 'the hold', (one) => one.held_at)
  await calm(world)
  assert.deepEqual(await downloadsOf(order), [])
  await assertPromises(world)
  await admin(world, 'PUT', path, { rules: [] })
  const released = await admin(world, 'POST', `/admin/orders/${order.id}/release`)
  assert.equal(released.status, 200, JSON.stringify(released.body))
  await granted(order, 1)
  await calm(world)
  await assertPromises(world)
})

test('what an edit adds brings its files when it is paid, also after money went back', async () => {
  const order = await buy(2)
  await granted(order, 2)
  const edit = async (of: (line_id: string) => object): Promise<Json> => {
    const { body: seen } = await admin(world, 'GET', `/admin/orders/${order.id}`)
    const body = { version: seen.version, ...of(seen.lines[0].id), settle: 'now', reason: 'asked' }
    const done = await admin(world, 'POST', `/admin/orders/${order.id}/edits`, body)
    assert.equal(done.status, 200, JSON.stringify(done.body))
    return done.body
  }
  const open = async () => (await downloadsOf(order)).filter(({ state }) => state === 'open')
  await edit((line_id) => ({ lines: [{ line_id, quantity: 1 }] }))
  await untilOrder(world, order.id, 'the refund', (o) => o.refunds[0]?.state === 'succeeded')
  const { money } = await edit(() => ({ add: [{ variant_id, quantity: 1 }] }))
  await calm(world)
  assert.equal((await open()).length, 1, 'what was taken first covers it, but went back')
  const paid = await admin(world, 'POST', `/admin/orders/${order.id}/payments`, {
    expected_total: money.to_collect,
  })
  assert.equal(paid.status, 201, JSON.stringify(paid.body))
  await until('the other file', async () => (await open()).length === 2)
  await calm(world)
  await assertPromises(world)
})
