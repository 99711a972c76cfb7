import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { EventRow } from '#src/events/events.sql.ts'
import type { ChannelId, EventId, OrderId } from '#src/lib/ids.ts'
import {
  bodyOf,
  missOf,
  nextTry,
  type OrderSummary,
  pauses_ms,
  readResponse,
  readRetryAfter,
  signatureOf,
  urlErrors,
} from './webhooks.ts'

const now = new Date('2026-11-22T10:00:00Z')
const web = '0199aaaa-0000-7000-8000-000000000001' as ChannelId
const other = '0199aaaa-0000-7000-8000-000000000002' as ChannelId
const order_id = '0199aaaa-0000-7000-8000-000000000003' as OrderId
const event = (more: Partial<EventRow> = {}): EventRow => ({
  id: '0199aaaa-0000-7000-8000-00000000000e' as EventId,
  at: now,
  kind: 'order.placed',
  subject: 'order',
  subject_id: order_id,
  order_id,
  actor: 'system',
  cause_id: null,
  detail: { total: 12 },
  ...more,
})
const order = { id: order_id, channel_id: web, state: 'placed', total: 12n } as OrderSummary

test('signs as the published example of Standard Webhooks', () => {
  const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
  const id = 'msg_p5jXN8AQM9LWM0D4loKWxJek'
  assert.equal(
    signatureOf(secret, id, 1_614_265_330, '{"test": 2432232314}'),
    'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  )
})

test('what is wished for is sent, and nothing else', () => {
  const all = { channel_ids: null, order_states: null }
  const cases: readonly [string, EventRow, Parameters<typeof missOf>[0], string | null][] = [
    ['all kinds', event(), { ...all, kinds: ['*'] }, null],
    ['its kind', event(), { ...all, kinds: ['stock.adjusted', 'order.placed'] }, null],
    ['its family', event(), { ...all, kinds: ['order.*'] }, null],
    ['another family', event(), { ...all, kinds: ['orders.*', 'ord.*', 'order'] }, 'kind'],
    ['another kind', event(), { ...all, kinds: ['order.place', 'order.placed_at'] }, 'kind'],
    ['its channel', event(), { ...all, kinds: ['*'], channel_ids: [other, web] }, null],
    ['another channel', event(), { ...all, kinds: ['*'], channel_ids: [other] }, 'channel'],
    ['its state', event(), { ...all, kinds: ['*'], order_states: ['placed'] }, null],
    ['another state', event(), { ...all, kinds: ['*'], order_states: ['closed'] }, 'order_state'],
  ]
  for (const [what, one, wishes, miss] of cases) {
    assert.equal(missOf(wishes, one, order), miss, what)
  }
  const stock = event({ kind: 'stock.adjusted', subject: 'stock_item', order_id: null })
  assert.equal(missOf({ ...all, kinds: ['*'] }, stock, null), null)
  assert.equal(missOf({ ...all, kinds: ['*'], channel_ids: [web] }, stock, null), 'channel')
  const states = { ...all, kinds: ['*'], order_states: ['placed'] }
  assert.equal(missOf(states, stock, null), 'order_state')
  const cart = event({ kind: 'cart.abandoned', order_id: null, detail: { channel_id: web } })
  assert.equal(missOf({ ...all, kinds: ['*'], channel_ids: [web] }, cart, null), null)
})

test('a body says what happened and how the order stands; a giant one leaves out the detail', () => {
  const body = JSON.parse(bodyOf(event(), order))
  assert.equal(body.type, 'order.placed')
  assert.equal(body.timestamp, now.toISOString())
  assert.deepEqual(body.data.detail, { total: 12 })
  assert.equal(body.data.order.total, 12)
  const giant = bodyOf(event({ detail: { stock: 'x'.repeat(300_000) } }), order)
  assert.deepEqual(JSON.parse(giant).data.detail, { too_large: true })
})

test('pauses grow over three days and then it is given up; more patience is asked for in vain', () => {
  let total = 0
  for (let tries = 1; tries <= pauses_ms.length; tries++) {
    const at = nextTry(tries, { now, retry_after_ms: null, dice: 0.5 })!
    const pause = at.getTime() - now.getTime()
    assert(pause >= total / 20, 'it grows')
    total += pause
  }
  const day = 86_400_000
  assert(total > 3 * day && total < 4 * day, `${total / day} days`)
  assert.equal(nextTry(pauses_ms.length + 1, { now, retry_after_ms: null, dice: 0 }), null)
  const patient = nextTry(1, { now, retry_after_ms: 60_000, dice: 0 })!
  assert.equal(patient.getTime() - now.getTime(), 60_000)
  const endless = nextTry(1, { now, retry_after_ms: 1e12, dice: 0 })!
  assert.equal(endless.getTime() - now.getTime(), day)
  assert.equal(readRetryAfter('120', now), 120_000)
  assert.equal(readRetryAfter('Sun, 22 Nov 2026 10:01:00 GMT', now), 60_000)
  assert.equal(readRetryAfter('soon', now), null)
})

test('addresses that are not for the open internet are refused', () => {
  const codes = (url: string, allow = false) => urlErrors(url, allow).map(({ code }) => code)
  for (const url of [
    ...['https://127.0.0.1/', 'https://[::1]/', 'https://2130706433/', 'https://10.1.2.3:8443/x'],
    ...['https://169.254.169.254/latest/meta-data', 'https://localhost/', 'https://a.localhost./'],
    ...['https://[::ffff:169.254.169.254]/', 'https://metadata.google.internal/', 'https://0/'],
  ]) {
    assert.deepEqual(codes(url), ['private_address'], url)
    assert.deepEqual(codes(url, true), [], url)
  }
  assert.deepEqual(codes('http://shop.example/'), ['not_encrypted'])
  for (const url of ['ftp://a.example/', 'https://u:p@a.example/', 'https://a.example/#x', 'x']) {
    assert.deepEqual(codes(url), ['malformed'], url)
  }
  assert.deepEqual(codes('https://hooks.shop.example:8443/onhand?x=1'), [])
})

test('of an answer a beginning is kept, without what must not be stored', () => {
  assert.equal(readResponse(Buffer.from('a\0b')), 'ab')
  assert.equal(readResponse(Buffer.from('x'.repeat(5_000))).length, 1_000)
  assert.equal(readResponse(Buffer.from('card 4242 4242 4242 4242')), '')
})
