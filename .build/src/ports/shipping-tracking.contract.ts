// Trouble is unknown; scans and webhooks are told as they are.
import assert from 'node:assert/strict'
import { toJson } from '../lib/json.ts'
import {
  answering,
  bought,
  type Cases,
  eventsOf,
  lastScanOf,
  prepared,
  type ShippingBench,
  silent,
} from './shipping-bench.contract.ts'
import {
  type ShippingProvider,
  type TrackingScan,
  type TrackingStatus,
  tracking_statuses,
} from './shipping-provider.ts'

/** Nothing that such a provider says may be taken for a yes or a no. */
async function assertUnknown(bench: ShippingBench, provider: ShippingProvider): Promise<void> {
  const request = await prepared(bench)
  const { label, reference } = request
  const paid = bench.labelsPaid()
  const tracked = { tracking_code: 'EZ1000000001', carrier: 'USPS' }
  assert.equal((await provider.prepare(bench.shipment())).kind, 'unknown')
  assert.equal((await provider.buy(request)).kind, 'unknown')
  assert.equal((await provider.voidLabel({ label, reference })).kind, 'unknown')
  assert.equal((await provider.track(tracked)).kind, 'unknown')
  assert.equal(bench.labelsPaid(), paid)
}

export const trouble: Cases = {
  'an outage is unknown': async (bench) => {
    await assertUnknown(bench, bench.over(answering(503, '{"error":"out of order"}')))
    bench.faults.refuse = 1
    assert.equal((await bench.provider.prepare(bench.shipment())).kind, 'unknown')
    assert.equal((await bench.provider.prepare(bench.shipment())).kind, 'prepared')
  },
  'silence is unknown': async (bench) => {
    await assertUnknown(bench, bench.over(silent(false)))
    await assertUnknown(bench, bench.over(silent(true)))
  },
  'too many requests are unknown': async (bench) => {
    await assertUnknown(bench, bench.over(answering(429, '{}')))
  },
  'garbage is unknown': async (bench) => {
    const garbage = [
      '',
      'null',
      '[]',
      '{}',
      '<html>fine</html>',
      '{"id":7,"rates":"many"}',
      '\u0000',
    ]
    for (const body of garbage) {
      for (const status of [200, 201, 404, 422]) {
        await assertUnknown(bench, bench.over(answering(status, body)))
      }
    }
  },
  'a rejected key is refused and costs nothing': async (bench) => {
    const provider = bench.over(answering(401, '{"error":{"code":"X","message":"no"}}'))
    const outcome = await provider.prepare(bench.shipment())
    assert(outcome.kind === 'refused', toJson(outcome))
    assert.equal(outcome.code, 'key_refused')
  },
}

export const tracking: Cases = {
  'maps every status of the carrier': async (bench) => {
    assert(bench.statuses.length > 0)
    for (const status of bench.statuses) {
      assert(tracking_statuses.includes(status))
      const { tracking_code, carrier } = await bought(bench)
      bench.scan(tracking_code, status)
      const last = lastScanOf(await bench.provider.track({ tracking_code, carrier }))
      assert.equal(last.status, status)
      assert(Math.abs(last.at.getTime() - Date.now()) < 60_000, last.at.toISOString())
    }
  },
  'a status nobody knows is unknown': async (bench) => {
    const { tracking_code, carrier } = await bought(bench)
    bench.scan(tracking_code, 'a word nobody knows')
    assert.equal(
      lastScanOf(await bench.provider.track({ tracking_code, carrier })).status,
      'unknown',
    )
    const told = (await eventsOf(bench)).findLast((event) => event.about === 'tracking')
    assert.equal(told?.scans.at(-1)?.status, 'unknown')
  },
  'scans are reported as they are, also out of order': async (bench) => {
    const { tracking_code, carrier } = await bought(bench)
    const noon = Date.UTC(2026, 2, 14, 12)
    const hours: readonly (readonly [TrackingStatus, number])[] = [
      ['out_for_delivery', 20],
      ['delivered', 24],
      ['in_transit', 3],
    ]
    for (const [status, hour] of hours) {
      bench.scan(tracking_code, status, new Date(noon + hour * 3_600_000))
    }
    const expected = hours.map(([status, hour]) => [status, noon + hour * 3_600_000])
    const shape = (scans: readonly TrackingScan[]) =>
      scans.slice(-3).map(({ status, at }) => [status, at.getTime()])

    const report = await bench.provider.track({ tracking_code, carrier })
    assert(report.kind === 'scans')
    assert.deepEqual(shape(report.scans), expected)
    const told = (await eventsOf(bench)).flatMap((event) =>
      event.about === 'tracking' && event.tracking_code === tracking_code ? [event.scans] : [],
    )
    const fullest = told.sort((a, b) => a.length - b.length).at(-1)!
    assert.deepEqual(shape(fullest), expected)
  },
}

export const webhooks: Cases = {
  'a signed webhook is believed, a tampered or unsigned one is not': async (bench) => {
    const { tracking_code } = await bought(bench)
    bench.scan(tracking_code, 'delivered')
    const raw = (await bench.webhooks()).findLast(({ body }) =>
      Buffer.from(body).includes(tracking_code),
    )
    assert(raw, 'no webhook came')
    const [event] = bench.provider.readWebhook(raw) ?? []
    assert(event?.about === 'tracking')
    assert.equal(event.tracking_code, tracking_code)
    assert.equal(event.scans.at(-1)?.status, 'delivered')

    const text = Buffer.from(raw.body).toString()
    const forged = Buffer.from(text.replace('delivered', 'returning'))
    const { readWebhook } = bench.provider
    assert.equal(readWebhook({ ...raw, body: forged }), null)
    assert.equal(readWebhook({ ...raw, body: Buffer.concat([raw.body, Buffer.from(' ')]) }), null)
    assert.equal(readWebhook({ ...raw, body: Buffer.alloc(0) }), null)
    assert.equal(readWebhook({ ...raw, headers: {} }), null)
  },
  'the same event has the same id, another one has another': async (bench) => {
    bench.faults.webhook_copies = 2
    const { tracking_code } = await bought(bench)
    const before = await eventsOf(bench)
    bench.scan(tracking_code, 'in_transit')
    const ids = (await eventsOf(bench)).slice(before.length).map((event) => event.event_id)
    assert.equal(ids.length, 2)
    assert.equal(new Set(ids).size, 1)
    assert(ids[0] && !before.some((event) => event.event_id === ids[0]))
  },
}
