// What every label plug-in must keep, asked of the real adapter against its simulator.
// A provider that cannot do a case lists it by name, with the reason.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { HttpAnswer, NoAnswer, Send } from '#src/lib/http-client.ts'
import { type LabelId, newId } from '#src/lib/ids.ts'
import { toJson } from '#src/lib/json.ts'
import type { Faults } from '#src/lib/simulator.ts'
import type { RawWebhook } from './raw-webhook.ts'
import {
  type BoughtLabel,
  type BuyLabel,
  type PrepareShipment,
  type ShippingAddress,
  type ShippingProvider,
  type ShippingWebhookEvent,
  type TrackingReport,
  type TrackingScan,
  type TrackingStatus,
  tracking_statuses,
} from './shipping-provider.ts'

export type ShippingBench = {
  readonly provider: ShippingProvider
  /** The same adapter over another network. */
  over(send: Send): ShippingProvider
  /** Of the simulator behind `provider`. */
  readonly faults: Faults
  /** A shipment like any other, new at each call. */
  shipment(): PrepareShipment
  readonly nowhere: ShippingAddress
  /** An address that exists, but no carrier goes there. */
  readonly unserved: ShippingAddress
  /** Has the form of a reference, but was never given out. */
  readonly unknown_reference: string
  setWallet(filled: boolean): void
  /** The next buy is carried out, and its answer lost. */
  loseBuyAnswer(): void
  /** From the provider's own books. */
  labelsPaid(): number
  /** The carrier scans the parcel, now or at the given time. */
  scan(tracking_code: string, status: TrackingStatus | 'a word nobody knows', at?: Date): void
  /** What `scan` can express. */
  readonly statuses: readonly TrackingStatus[]
  settleVoids(): void
  /** All deliveries so far, once nothing is on its way. */
  webhooks(): Promise<readonly RawWebhook[]>
  close(): Promise<void>
}
type Cases = Readonly<Record<string, (bench: ShippingBench) => Promise<void>>>

async function prepared(bench: ShippingBench, provider = bench.provider): Promise<BuyLabel> {
  const outcome = await provider.prepare(bench.shipment())
  assert(outcome.kind === 'prepared', toJson(outcome))
  const [rate] = outcome.rates
  assert(rate)
  return { label: newId<LabelId>(), reference: outcome.reference, rate }
}

async function bought(bench: ShippingBench): Promise<BoughtLabel & { readonly label: LabelId }> {
  const request = await prepared(bench)
  const outcome = await bench.provider.buy(request)
  assert(outcome.kind === 'bought', toJson(outcome))
  return { ...outcome, label: request.label }
}

const eventsOf = async (bench: ShippingBench): Promise<readonly ShippingWebhookEvent[]> =>
  (await bench.webhooks()).flatMap((raw) => {
    const events = bench.provider.readWebhook(raw)
    assert(events, 'an authentic webhook was not believed')
    return events
  })

const lastScanOf = (report: TrackingReport): TrackingScan => {
  assert(report.kind === 'scans', toJson(report))
  const last = report.scans.at(-1)
  assert(last, 'no scans')
  return last
}

const answering =
  (status: number, body: string | Uint8Array, type = 'application/json'): Send =>
  async (): Promise<HttpAnswer> => ({
    kind: 'answer',
    status,
    headers: new Headers({ 'content-type': type }),
    body: Buffer.from(body as string),
  })
const silent =
  (sent: boolean): Send =>
  async (): Promise<NoAnswer> => ({ kind: 'no_answer', reason: 'UND_ERR_SOCKET', sent })

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

const preparing: Cases = {
  'preparing is free and can be repeated': async (bench) => {
    const request = bench.shipment()
    const first = await bench.provider.prepare(request)
    const again = await bench.provider.prepare(request)
    assert(first.kind === 'prepared' && again.kind === 'prepared')
    assert.deepEqual(
      first.rates.map(({ carrier, service, cost }) => [carrier, service, cost]),
      again.rates.map(({ carrier, service, cost }) => [carrier, service, cost]),
    )
    assert.equal(bench.labelsPaid(), 0)
  },
  'rates have names, whole money and days': async (bench) => {
    const outcome = await bench.provider.prepare(bench.shipment())
    assert(outcome.kind === 'prepared' && outcome.reference !== '')
    assert(outcome.rates.length > 0)
    assert.equal(new Set(outcome.rates.map((rate) => rate.reference)).size, outcome.rates.length)
    for (const { carrier, service, cost, delivery_days } of outcome.rates) {
      assert(carrier !== '' && service !== '')
      assert(typeof cost.amount === 'bigint' && cost.amount > 0n)
      assert.match(cost.currency, /^[A-Z]{3}$/)
      assert(delivery_days === null || (Number.isInteger(delivery_days) && delivery_days >= 0))
    }
  },
  'an address that does not exist is refused as such': async (bench) => {
    const outcome = await bench.provider.prepare({ ...bench.shipment(), to: bench.nowhere })
    assert(outcome.kind === 'refused', toJson(outcome))
    assert.equal(outcome.code, 'address_invalid')
    assert(outcome.message !== '')
  },
  'a place that nobody serves is refused as having no rates': async (bench) => {
    const outcome = await bench.provider.prepare({ ...bench.shipment(), to: bench.unserved })
    assert(outcome.kind === 'refused', toJson(outcome))
    assert.equal(outcome.code, 'no_rates')
    assert(outcome.message !== '')
  },
  'a parcel that nobody carries is refused': async (bench) => {
    const shipment = bench.shipment()
    const parcel = { ...shipment.parcel, weight_g: 900_000 }
    const outcome = await bench.provider.prepare({ ...shipment, parcel })
    assert(outcome.kind === 'refused' && outcome.message !== '', toJson(outcome))
  },
}

const buying: Cases = {
  'buys the chosen rate': async (bench) => {
    const outcome = await bench.provider.prepare(bench.shipment())
    assert(outcome.kind === 'prepared')
    const rate = outcome.rates.at(-1)!
    const label = newId<LabelId>()
    const answer = await bench.provider.buy({ label, reference: outcome.reference, rate })
    assert(answer.kind === 'bought', toJson(answer))
    const { carrier, service, cost } = answer
    assert.deepEqual(
      { carrier, service, cost },
      { carrier: rate.carrier, service: rate.service, cost: rate.cost },
    )
    assert(answer.reference !== '' && answer.tracking_code !== '')
    assert(URL.canParse(answer.label_url))
    assert(answer.tracking_url === null || URL.canParse(answer.tracking_url))
    assert.equal(bench.labelsPaid(), 1)
  },
  'buys once when asked twice': async (bench) => {
    const request = await prepared(bench)
    const first = await bench.provider.buy(request)
    const again = await bench.provider.buy(request)
    assert.equal(first.kind, 'bought')
    assert.deepEqual(again, first)
    assert.equal(bench.labelsPaid(), 1)
  },
  'buys once when asked many times at once': async (bench) => {
    const request = await prepared(bench)
    const racing = await Promise.all(Array.from({ length: 8 }, () => bench.provider.buy(request)))
    const settled = await bench.provider.buy(request)
    assert.equal(settled.kind, 'bought', toJson(settled))
    for (const outcome of racing) {
      if (outcome.kind === 'bought') assert.deepEqual(outcome, settled)
      else assert.equal(outcome.kind, 'unknown', toJson(outcome))
    }
    assert.equal(bench.labelsPaid(), 1)
  },
  'says unknown when the answer to the buy is lost, and adopts the label then': async (bench) => {
    const request = await prepared(bench)
    bench.loseBuyAnswer()
    assert.equal((await bench.provider.buy(request)).kind, 'unknown')
    assert.equal(bench.labelsPaid(), 1)
    const adopted = await bench.provider.buy(request)
    assert(adopted.kind === 'bought', toJson(adopted))
    assert.deepEqual(adopted.cost, request.rate.cost)
    assert.equal(bench.labelsPaid(), 1)
  },
  'an empty wallet is refused as such, and buys nothing': async (bench) => {
    const request = await prepared(bench)
    bench.setWallet(false)
    const refused = await bench.provider.buy(request)
    assert(refused.kind === 'refused', toJson(refused))
    assert.equal(refused.code, 'wallet_empty')
    assert.equal(bench.labelsPaid(), 0)
    bench.setWallet(true)
    assert.equal((await bench.provider.buy(request)).kind, 'bought')
    assert.equal(bench.labelsPaid(), 1)
  },
  'buying what was never prepared is refused': async (bench) => {
    const { rate } = await prepared(bench)
    const reference = bench.unknown_reference
    const outcome = await bench.provider.buy({ label: newId<LabelId>(), reference, rate })
    assert(outcome.kind === 'refused', toJson(outcome))
    assert.equal(outcome.code, 'label_unknown')
    assert.equal(bench.labelsPaid(), 0)
  },
}

const trouble: Cases = {
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

const fetching: Cases = {
  'fetches the label as a PDF': async (bench) => {
    const file = await bench.provider.fetchLabel((await bought(bench)).label_url)
    assert(file.kind === 'file', toJson(file))
    assert.equal(file.media_type, 'application/pdf')
    const text = Buffer.from(file.bytes).toString('latin1')
    assert(text.startsWith('%PDF-') && text.trimEnd().endsWith('%%EOF'))
  },
  'fetches labels from the hosts of the provider only': async (bench) => {
    let asked = 0
    const provider = bench.over(async (request) => {
      asked += 1
      return answering(200, '%PDF-1.4 %%EOF', 'application/pdf')(request)
    })
    const own = new URL((await bought(bench)).label_url)
    const foreign = [
      'https://example.com/label.pdf',
      'http://169.254.169.254/latest/meta-data',
      'file:///etc/passwd',
      'data:application/pdf;base64,JVBERi0=',
      `http://${own.hostname}:1${own.pathname}`,
      `https://${own.hostname}.example.com${own.pathname}`,
      `https://user:password@${own.host}${own.pathname}`,
      'no address at all',
      '',
    ]
    for (const url of foreign) {
      assert.equal((await provider.fetchLabel(url)).kind, 'unknown', url)
    }
    assert.equal(asked, 0)
    assert.equal((await provider.fetchLabel(own.href)).kind, 'file')
  },
  'a label that is no PDF, gone or too large is unknown': async (bench) => {
    const { label_url } = await bought(bench)
    const huge = Buffer.concat([Buffer.from('%PDF-1.4'), Buffer.alloc(12 * 1024 * 1024)])
    const bad = [
      answering(200, '<html>please sign in</html>', 'application/pdf'),
      answering(200, '', 'application/pdf'),
      answering(200, huge, 'application/pdf'),
      answering(404, '%PDF-1.4 %%EOF', 'application/pdf'),
      answering(503, 'busy'),
      silent(true),
    ]
    for (const send of bad) {
      assert.equal((await bench.over(send).fetchLabel(label_url)).kind, 'unknown')
    }
  },
}

const voiding: Cases = {
  'voids a label, at once or after a while': async (bench) => {
    const request = await bought(bench)
    const first = await bench.provider.voidLabel(request)
    assert(first.kind === 'voided' || first.kind === 'pending', toJson(first))
    bench.settleVoids()
    assert.deepEqual(await bench.provider.voidLabel(request), { kind: 'voided' })
    assert.equal(bench.labelsPaid(), 0)
  },
  'voids once when asked twice': async (bench) => {
    const request = await bought(bench)
    const first = await bench.provider.voidLabel(request)
    const again = await bench.provider.voidLabel(request)
    assert.notEqual(first.kind, 'refused')
    assert.deepEqual(again, first)
  },
  'voiding a label nobody knows is refused': async (bench) => {
    const reference = bench.unknown_reference
    const outcome = await bench.provider.voidLabel({ label: newId<LabelId>(), reference })
    assert(outcome.kind === 'refused', toJson(outcome))
    assert.equal(outcome.code, 'label_unknown')
  },
  'voiding what was not bought is refused': async (bench) => {
    const outcome = await bench.provider.voidLabel(await prepared(bench))
    assert(outcome.kind === 'refused' && outcome.message !== '', toJson(outcome))
  },
  'a parcel that travels already is not voided': async (bench) => {
    const request = await bought(bench)
    bench.scan(request.tracking_code, 'in_transit')
    await bench.provider.voidLabel(request)
    bench.settleVoids()
    const outcome = await bench.provider.voidLabel(request)
    assert(outcome.kind === 'refused' && outcome.message !== '', toJson(outcome))
    assert.equal(bench.labelsPaid(), 1)
  },
  'a voided label is not handed out again': async (bench) => {
    const request = await prepared(bench)
    const first = await bench.provider.buy(request)
    assert(first.kind === 'bought')
    await bench.provider.voidLabel({ label: request.label, reference: first.reference })
    const again = await bench.provider.buy(request)
    assert(again.kind === 'refused', toJson(again))
    assert.equal(again.code, 'label_voided')
  },
  'a webhook tells that a label was voided': async (bench) => {
    const { reference, label } = await bought(bench)
    await bench.provider.voidLabel({ label, reference })
    bench.settleVoids()
    const voids = (await eventsOf(bench)).filter((event) => event.about === 'void')
    assert.deepEqual(
      voids.map((event) => [event.reference, event.outcome.kind]),
      [[reference, 'voided']],
    )
  },
}

const tracking: Cases = {
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

const webhooks: Cases = {
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

const groups = { preparing, buying, trouble, fetching, voiding, tracking, webhooks }

export function testShippingProvider(
  name: string,
  makeBench: () => Promise<ShippingBench>,
  listed_exceptions: Readonly<Record<string, string>>,
): void {
  const cases = Object.values(groups).flatMap((group) => Object.entries(group))
  const unmet = new Set(Object.keys(listed_exceptions))
  for (const [title, run] of cases) {
    const reason = unmet.delete(title) ? listed_exceptions[title] : undefined
    test(`${name}: ${title}`, { skip: reason ?? false, timeout: 30_000 }, async () => {
      const bench = await makeBench()
      try {
        await run(bench)
      } finally {
        await bench.close()
      }
    })
  }
  assert.deepEqual([...unmet], [], 'exceptions that name no case')
}
