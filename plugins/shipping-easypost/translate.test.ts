import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Foreign } from '#src/lib/foreign-json.ts'
import type { ShipmentId } from '#src/lib/ids.ts'
import { toJson } from '#src/lib/json.ts'
import type { Currency } from '#src/lib/money.ts'
import { Secret } from '#src/lib/secret.ts'
import type { ShippingWebhookEvent } from '#src/ports/shipping-provider.ts'
import { easypostShipping } from './easypost.ts'
import {
  fromShipment,
  readBought,
  readError,
  readMessages,
  readMoney,
  readRates,
  readRefundStatus,
  readScans,
  readStatus,
  readTime,
  refusalCode,
  toInches,
  toOunces,
} from './translate.ts'

const recorded = (name: string): unknown =>
  JSON.parse(readFileSync(join(import.meta.dirname, 'recorded', `${name}.json`), 'utf8'))

test('weights and lengths are never declared too small, and at most a tenth too large', () => {
  const cases = [
    [1, 0.1],
    [28, 1],
    [29, 1.1],
    [454, 16.1],
    [1000, 35.3],
  ] as const
  for (const [weight_g, oz] of cases) assert.equal(toOunces(weight_g), oz)
  assert.equal(toInches(254), 10)
  assert.equal(toInches(255), 10.1)
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2_000_000 }), (weight_g) => {
      const grams = toOunces(weight_g) * 28.349523125
      assert(grams > weight_g - 1e-6 && grams < weight_g + 2.8349523125 + 1e-6)
    }),
  )
})

test('money is read from text, in the digits of its currency', () => {
  const read = (amount: string, currency: string) => readMoney(amount, currency)?.amount ?? null
  assert.equal(read('11.01', 'USD'), 1101n)
  assert.equal(read('11.01000', 'USD'), 1101n)
  assert.equal(read('11', 'USD'), 1100n)
  assert.equal(read('940', 'JPY'), 940n)
  assert.equal(read('940.5', 'JPY'), 941n)
  assert.equal(read('7.5801', 'USD'), 758n)
  assert.equal(read('7.585', 'USD'), 759n)
  assert.equal(read('1.0005', 'KWD'), 1001n)
  for (const bad of ['', 'free', '1e3', '1,50', '--1', 'NaN']) assert.equal(read(bad, 'USD'), null)
  assert.equal(read('1.00', 'ZZZ'), null)
  assert.equal(readMoney(null, 'USD'), null)
})

test('rates that cannot be read are left out', () => {
  const rates = readRates(recorded('shipment-created') as Foreign)
  assert.deepEqual(
    rates.map(({ reference, cost, delivery_days }) => [
      reference,
      cost.amount,
      cost.currency,
      delivery_days,
    ]),
    [
      ['rate_a1', 1101n, 'USD', 2],
      ['rate_a2', 2041n, 'CAD', 5],
      ['rate_a3', 940n, 'JPY', null],
    ],
  )
  assert.equal(
    readMessages(recorded('shipment-created') as Foreign),
    'DhlEcs: Account is not enabled.',
  )
})

test('a label counts as bought only when all of it is there', () => {
  const shipment = recorded('shipment-bought') as Foreign
  const label = readBought(shipment)
  assert(label)
  assert.deepEqual(label, {
    kind: 'bought',
    reference: 'shp_1f0c',
    tracking_code: '9405500208303109884199',
    tracking_url: 'https://track.easypost.com/abc',
    carrier: 'USPS',
    service: 'Priority',
    cost: { amount: 1101n, currency: 'USD' },
    label_url:
      'https://easypost-files.s3.us-west-2.amazonaws.com/files/postage_label/20260101/a.pdf',
  })
  for (const missing of ['id', 'tracking_code', 'postage_label', 'selected_rate']) {
    assert.equal(readBought({ ...shipment, [missing]: null }), null, missing)
  }
  assert.deepEqual(readRefundStatus(shipment, 'refund_status'), { kind: 'pending' })
  assert.equal(readRefundStatus({ refund_status: 'rejected' }, 'refund_status')?.kind, 'refused')
  assert.equal(readRefundStatus({ refund_status: 'pondering' }, 'refund_status')?.kind, 'unknown')
  assert.equal(readRefundStatus({ refund_status: null }, 'refund_status'), null)
})

test('ids and addresses are never cut, words for people are', () => {
  const long = 'x'.repeat(900)
  const shipment = recorded('shipment-bought') as Foreign
  const label_url = `https://easypost-files.s3.amazonaws.com/a.pdf?signature=${long}`
  const label = { ...(shipment['postage_label'] as Foreign), label_pdf_url: label_url }
  assert.equal(readBought({ ...shipment, postage_label: label })?.label_url, label_url)
  assert.equal(readMessages({ messages: [{ carrier: 'A', message: long }] }).length, 500)
})

test('scans keep their order, words and times', () => {
  const scans = readScans(recorded('tracker') as Foreign)
  assert.deepEqual(
    scans.map(({ status, detail, at, place }) => [status, detail, at.toISOString(), place]),
    [
      ['pre_transit', 'Shipment information sent', '2026-01-02T15:00:00.000Z', '32837 US'],
      ['out_for_delivery', 'Out for delivery', '2026-01-04T13:30:00.000Z', 'EDISON NJ 08817 US'],
      ['in_transit', 'Departed', '2026-01-03T14:42:13.000Z', 'ORLANDO FL'],
      ['unknown', 'beam', '2026-01-05T10:00:00.000Z', null],
      // The head of the tracker says more than its scans.
      ['delivered', 'arrived_at_destination', '2026-01-05T10:00:00.000Z', null],
    ],
  )
  assert.equal(readStatus('constructor'), 'unknown')
  assert.equal(readStatus(null), 'unknown')
  assert.equal(readTime('2026-13-45T99:00:00Z'), null)
})

test('refusals get our names, and what is only busy gets none', () => {
  type Row = { status: number; expect: string | null; message: string; body: Foreign }
  for (const { status, expect, message, body } of recorded('errors') as Row[]) {
    const error = readError(body)
    assert(error)
    assert.equal(refusalCode(status, error), expect)
    assert.equal(error.message, message)
  }
  for (const body of [null, {}, { error: 'no' }, { error: { message: 'no code' } }]) {
    assert.equal(readError(body), null)
  }
})

test('nothing that comes in can make the readers throw', () => {
  const names = ['rates', 'messages', 'tracking_details', 'postage_label', 'selected_rate', 'error']
  const field = fc.constantFrom(...names, 'id', 'rate', 'currency', 'status', 'updated_at')
  const { tree } = fc.letrec<{ tree: Foreign; value: unknown }>((tie) => ({
    tree: fc.dictionary(field, tie('value'), { maxKeys: 6 }) as fc.Arbitrary<Foreign>,
    value: fc.oneof(
      fc.string(),
      fc.integer(),
      fc.constant(null),
      fc.array(tie('tree')),
      tie('tree'),
    ),
  }))
  fc.assert(
    fc.property(tree, (json) => {
      readRates(json)
      readBought(json)
      readScans(json)
      readError(json)
      readMessages(json)
      readRefundStatus(json, 'status')
    }),
    { numRuns: 300 },
  )
})

test('customs values are written as decimals, weights as totals of the line', () => {
  const address = { name: 'A', company: null, line1: '1 A St', line2: null, city: 'B' }
  const rest = { region: null, postal_code: '1', phone: null, email: null }
  const currency = 'USD' as Currency
  const value = { amount: 9_007_199_254_740_993n, currency }
  const line = { description: 'Cup', quantity: 2, value, weight_g: 100 }
  const json = toJson(
    fromShipment({
      shipment: 'b9a1' as ShipmentId,
      order_number: 'ON-7',
      from: { ...address, ...rest, country: 'US' },
      to: { ...address, ...rest, country: 'DE' },
      parcel: { weight_g: 500, length_mm: 100, width_mm: 100, height_mm: 100 },
      customs: [{ ...line, hs_code: null, origin_country: 'PT' }],
    }),
  )
  assert.match(json, /"value":90071992547409\.93,"currency":"USD","weight":3\.6/)
  assert.match(json, /"reference":"b9a1"/)
  assert.match(json, /"label_format":"PDF"/)
})

const shared = process.env['ONHAND_SHARED'] ?? join(import.meta.dirname, '../../../shared')
const folder = join(shared, 'integrations/shipping-and-channels')
const specs = join(folder, 'specs/easypost/responses')
const skip = existsSync(folder) ? false : `the published samples are not at ${folder}`

test('the published sample answers are understood', { skip }, () => {
  const sample = (path: string) => JSON.parse(readFileSync(join(specs, path), 'utf8')) as Foreign
  assert(readRates(sample('shipments/shipments-create.json')).length >= 3)
  const bought = sample('shipments/shipments-buy.json')
  // These samples have PNG labels, which are converted before they are adopted.
  assert.equal(readBought(bought), null)
  const label = { ...(bought['postage_label'] as Foreign), label_file_type: 'application/pdf' }
  assert.equal(readBought({ ...bought, postage_label: label })?.carrier, 'USPS')
  const refund = sample('shipping-refund/shipping-refund-refund.json')
  assert.deepEqual(readRefundStatus(refund, 'refund_status'), { kind: 'pending' })
  const scans = readScans(sample('trackers/trackers-create.json'))
  assert.deepEqual(
    scans.map((scan) => scan.status),
    ['pre_transit', 'pre_transit'],
  )
  const error = readError(sample('addresses/addresses-verify-strict-param.json'))
  assert(error)
  assert.equal(refusalCode(422, error), 'address_invalid')
})

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

type Vector = {
  readonly id: string
  readonly secret: string
  readonly body: string
  readonly value: string
  readonly must_refuse: readonly { readonly body?: string; readonly value?: string }[]
  readonly headers: Readonly<Record<string, string>>
  readonly raw_body: string
  readonly reserialised_body: string
}
const vector = (id: string): Vector => {
  const { vectors } = recorded('webhook-vectors') as { vectors: readonly Vector[] }
  const found = vectors.find((row) => row.id === id)
  assert(found, `no vector ${id}`)
  return found
}

test('the published vector holds, and its forgeries do not', () => {
  const { secret, body, value, must_refuse } = vector('easypost-hmac')
  const [event] = read(secret, body, value) ?? []
  assert.equal(event?.about, 'tracking')
  assert(must_refuse.length > 0)
  for (const forged of must_refuse) {
    assert.equal(read(secret, forged.body ?? body, forged.value ?? value), null)
  }
})

test("EasyPost's own sample event is authentic", () => {
  const { secret, body, value } = vector('easypost-official')
  const [event] = read(secret, body, value) ?? []
  assert(event?.about === 'tracking')
  assert.equal(event.scans.length, 7)
  assert(read(secret, JSON.stringify(JSON.parse(body)), value))
})

test('deliveries with the second signature are believed by the first', () => {
  const { secret, body, headers } = vector('easypost-hmac-v2')
  assert(read(secret, body, null, headers))
  const { 'x-hmac-signature': first, ...second_only } = headers
  assert(first)
  assert.equal(read(secret, body, null, second_only), null)
})

test('the published weight quirk is understood', () => {
  const { secret, raw_body, reserialised_body, value } = vector('easypost-weight-quirk')
  assert(read(secret, raw_body, value))
  assert(read(secret, reserialised_body, value))
})
