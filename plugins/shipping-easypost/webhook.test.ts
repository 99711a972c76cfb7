import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Secret } from '#src/lib/secret.ts'
import type { ShippingWebhookEvent } from '#src/ports/shipping-provider.ts'
import { easypostShipping } from './easypost.ts'

function read(
  secret: string,
  body: string | Buffer,
  signature: string | null,
  headers: Readonly<Record<string, string>> = {},
): readonly ShippingWebhookEvent[] | null {
  const config = {
    api_key: new Secret('EZTK0001'),
    webhook_secret: new Secret(secret),
    api_base: 'https://api.easypost.com',
  }
  const provider = easypostShipping(config, () => assert.fail('a webhook needs no network'))
  const signed = signature === null ? headers : { ...headers, 'x-hmac-signature': signature }
  return provider.readWebhook({
    headers: signed,
    body: Buffer.from(body as string),
    received_at: new Date('2026-01-01T00:00:00Z'),
  })
}
const signWith = (key: string, body: string | Buffer): string =>
  `hmac-sha256-hex=${createHmac('sha256', key).update(body).digest('hex')}`

// Signed once by hand: printf '%s' "$body" | openssl dgst -sha256 -hmac "$secret".
const known = {
  secret: 'whsec-plain-0001',
  body: '{"id":"evt_1","description":"tracker.updated","result":{"tracking_code":"EZ1"}}',
  signature: 'hmac-sha256-hex=ed6473b77a75550d84fe8a0d1542b91a7c81ab935b61e40e8253a5ee71ee130e',
}
// The secret is `é` in one character; the key is `e` with a combining accent.
const accented = {
  secret: 'sécret-0002',
  body: '{"id":"evt_2","description":"batch.created","result":{}}',
  signature: 'hmac-sha256-hex=e54ff5aa61d1b5a714e594a4e54119f65ee7ead5a1925671a589dec7d2e24001',
}

test('a known answer is believed, byte for byte', () => {
  const { secret, body, signature } = known
  assert.deepEqual(read(secret, body, signature), [
    { event_id: 'evt_1', about: 'tracking', tracking_code: 'EZ1', scans: [] },
  ])
  for (let bit = 0; bit < body.length * 8; bit += 7) {
    const other = Buffer.from(body)
    other[bit >> 3]! ^= 1 << (bit & 7)
    assert.equal(read(secret, other, signature), null)
  }
})

test('the secret is used in its NFKD form', () => {
  const { secret, body, signature } = accented
  assert.equal(read(secret, body, signature)?.[0]?.about, 'nothing')
  assert.equal(read(secret.normalize('NFKD'), body, signature)?.[0]?.about, 'nothing')
  assert.equal(read(secret, body, signWith(secret.normalize('NFC'), body)), null)
})

test('no signature, or one that looks different, is not believed', () => {
  const { secret, body, signature } = known
  const hex = signature.split('=')[1]!
  const bad = [null, '', hex, `sha256=${hex}`, `${signature}00`, signature.slice(0, -1)]
  for (const given of [...bad, signature.toUpperCase(), ` ${signature}`, `${signature},${hex}`]) {
    assert.equal(read(secret, body, given), null, String(given))
  }
  assert.equal(read('another-secret', body, signature), null)
})

test('a body that lost the .0 of a whole weight is believed, and nothing else is', () => {
  const raw = '{"id":"evt_3","description":"tracker.updated","result":{"weight": 17.0,"n":4}}'
  const signature = signWith(known.secret, raw)
  assert(read(known.secret, raw, signature))
  assert(read(known.secret, raw.replace('17.0', '17'), signature))
  assert.equal(read(known.secret, raw.replace('17.0', '18'), signature), null)
  assert.equal(read(known.secret, raw.replace('"n":4', '"n":4.0'), signature), null)
})

test('events about trackers and refunds are told, others are kept quiet', () => {
  const tell = (event: unknown) => {
    const body = JSON.stringify(event)
    return read(known.secret, body, signWith(known.secret, body))
  }
  const refund = { status: 'refunded', shipment_id: 'shp_9', tracking_code: 'EZ1' }
  assert.deepEqual(tell({ id: 'evt_4', description: 'refund.successful', result: refund }), [
    { event_id: 'evt_4', about: 'void', reference: 'shp_9', outcome: { kind: 'voided' } },
  ])
  for (const event of [
    { id: 'evt_5', description: 'payment.completed', result: {} },
    { id: 'evt_6', description: 'tracker.updated', result: null },
    { id: 'evt_7' },
  ]) {
    assert.deepEqual(tell(event), [{ event_id: event.id, about: 'nothing' }])
  }
  // Without an id the bytes themselves tell events apart.
  const [nameless] = tell({ description: 'x' }) ?? []
  assert.equal(nameless?.event_id, tell({ description: 'x' })?.[0]?.event_id)
  assert.notEqual(nameless?.event_id, tell({ description: 'y' })?.[0]?.event_id)
  assert.equal(tell([1, 2])?.[0]?.about, 'nothing')
})

const shared = process.env['ONHAND_SHARED'] ?? join(import.meta.dirname, '../../../shared')
const folder = join(shared, 'integrations/shipping-and-channels')
const file = join(folder, 'vectors.json')
const skip = existsSync(file) ? false : 'the published webhook vectors are not here'

type Vector = {
  readonly id: string
  readonly secret: string
  readonly body: string
  readonly value: string
  readonly must_refuse: readonly { readonly body?: string; readonly value?: string }[]
  readonly headers: Readonly<Record<string, string>>
  readonly body_file: string
  readonly raw_body: string
  readonly reserialised_body: string
}
const vector = (id: string): Vector => {
  const { vectors } = JSON.parse(readFileSync(file, 'utf8')) as { vectors: readonly Vector[] }
  const found = vectors.find((row) => row.id === id)
  assert(found, `no vector ${id}`)
  return found
}

test('the published vector holds, and its forgeries do not', { skip }, () => {
  const { secret, body, value, must_refuse } = vector('easypost-hmac')
  const [event] = read(secret, body, value) ?? []
  assert.equal(event?.about, 'tracking')
  assert(must_refuse.length > 0)
  for (const forged of must_refuse) {
    assert.equal(read(secret, forged.body ?? body, forged.value ?? value), null)
  }
})

test("EasyPost's own sample event is authentic", { skip }, () => {
  const { secret, body_file, value } = vector('easypost-official')
  const body = readFileSync(join(folder, body_file), 'utf8').trimEnd()
  const [event] = read(secret, body, value) ?? []
  assert(event?.about === 'tracking')
  assert.equal(event.scans.length, 7)
  assert(read(secret, JSON.stringify(JSON.parse(body)), value))
})

test('deliveries with the second signature are believed by the first', { skip }, () => {
  const { secret, body, headers } = vector('easypost-hmac-v2')
  assert(read(secret, body, null, headers))
  const { 'x-hmac-signature': first, ...second_only } = headers
  assert(first)
  assert.equal(read(secret, body, null, second_only), null)
})

test('the published weight quirk is understood', { skip }, () => {
  const { secret, raw_body, reserialised_body, value } = vector('easypost-weight-quirk')
  assert(read(secret, raw_body, value))
  assert(read(secret, reserialised_body, value))
})
