import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import type { ShipmentId } from '#src/lib/ids.ts'
import { toJson } from '#src/lib/json.ts'
import type { Currency } from '#src/lib/money.ts'
import {
  fromShipment,
  type Json,
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
  const rates = readRates(recorded('shipment-created') as Json)
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
    readMessages(recorded('shipment-created') as Json),
    'DhlEcs: Account is not enabled.',
  )
})

test('a label counts as bought only when all of it is there', () => {
  const shipment = recorded('shipment-bought') as Json
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

test('scans keep their order, words and times', () => {
  const scans = readScans(recorded('tracker') as Json)
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
  type Row = { status: number; expect: string | null; message: string; body: Json }
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
  const { tree } = fc.letrec<{ tree: Json; value: unknown }>((tie) => ({
    tree: fc.dictionary(field, tie('value'), { maxKeys: 6 }) as fc.Arbitrary<Json>,
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
const specs = join(shared, 'integrations/shipping-and-channels/specs/easypost/responses')
const skip = existsSync(specs) ? false : 'the published sample answers are not here'

test('the published sample answers are understood', { skip }, () => {
  const sample = (path: string) => JSON.parse(readFileSync(join(specs, path), 'utf8')) as Json
  assert(readRates(sample('shipments/shipments-create.json')).length >= 3)
  const bought = sample('shipments/shipments-buy.json')
  // These samples have PNG labels, which are converted before they are adopted.
  assert.equal(readBought(bought), null)
  const label = { ...(bought['postage_label'] as Json), label_file_type: 'application/pdf' }
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
