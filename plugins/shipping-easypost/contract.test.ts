import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { type HttpRequest, send as realSend, type Send } from '#src/lib/http-client.ts'
import { type LabelId, newId, type ShipmentId } from '#src/lib/ids.ts'
import { toJson } from '#src/lib/json.ts'
import { Secret } from '#src/lib/secret.ts'
import type { RawWebhook } from '#src/ports/raw-webhook.ts'
import type { ShippingBench } from '#src/ports/shipping-bench.contract.ts'
import { testShippingProvider } from '#src/ports/shipping-provider.contract.ts'
import type {
  PrepareShipment,
  ShippingAddress,
  ShippingProvider,
  TrackingStatus,
} from '#src/ports/shipping-provider.ts'
import { easypost_settings, easypostShipping } from './easypost.ts'
import {
  type EasypostSimulator,
  type EasypostSimulatorOptions,
  startEasypostSimulator,
} from './simulator.ts'

const api_key = 'EZTKsimulator0001'
const webhook_secret = 'wébhook-secret'
const words: Readonly<Record<string, TrackingStatus>> = {
  pre_transit: 'pre_transit',
  in_transit: 'in_transit',
  out_for_delivery: 'out_for_delivery',
  available_for_pickup: 'available_for_pickup',
  delivered: 'delivered',
  return_to_sender: 'returning',
  failure: 'exception',
  cancelled: 'canceled',
  unknown: 'unknown',
}

const warehouse: ShippingAddress = {
  name: 'Onhand Warehouse',
  company: 'Onhand Demo Inc.',
  line1: '1200 Harbor Way',
  line2: 'Dock 4',
  city: 'Oakland',
  region: 'CA',
  postal_code: '94607',
  country: 'US',
  phone: '5105550100',
  email: 'warehouse@example.com',
}
const home: ShippingAddress = {
  ...warehouse,
  name: 'Ada Miller',
  company: null,
  line1: '77 Maple Street',
  line2: null,
  city: 'Brooklyn',
  region: 'NY',
  postal_code: '11201',
}
const shipment = (): PrepareShipment => ({
  shipment: newId<ShipmentId>(),
  order_number: 'ON-1001',
  from: warehouse,
  to: home,
  parcel: { weight_g: 870, length_mm: 305, width_mm: 229, height_mm: 102 },
  customs: [],
})

async function listen(): Promise<{
  readonly url: string
  readonly raws: RawWebhook[]
  close(): Promise<void>
}> {
  const raws: RawWebhook[] = []
  const server = createServer(async (message, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of message) chunks.push(chunk as Buffer)
    const headers = message.headers as Record<string, string>
    raws.push({ headers, body: Buffer.concat(chunks), received_at: new Date() })
    response.end()
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  const close = async (): Promise<void> => {
    server.closeAllConnections()
    await new Promise((done) => server.close(done))
  }
  return { url: `http://127.0.0.1:${port}/hooks/easypost`, raws, close }
}

const start = (options: Partial<EasypostSimulatorOptions>): Promise<EasypostSimulator> =>
  startEasypostSimulator({
    port: 0,
    webhook_url: null,
    state_file: null,
    api_key,
    webhook_secret,
    scan_interval_ms: null,
    ...options,
  })
const adapter = (simulator: EasypostSimulator, send: Send = realSend): ShippingProvider =>
  easypostShipping(
    {
      api_key: new Secret(api_key),
      webhook_secret: new Secret(webhook_secret),
      api_base: simulator.url,
    },
    send,
  )

async function makeBench(): Promise<ShippingBench> {
  const receiver = await listen()
  const simulator = await start({ webhook_url: receiver.url, lists_per_s: 1000 })
  return {
    provider: adapter(simulator),
    over: (send) => adapter(simulator, send),
    faults: simulator.faults,
    shipment,
    nowhere: { ...home, line1: '000 unknown street', city: 'Not A City', region: 'ZZ' },
    unserved: { ...home, city: 'Havana', region: null, postal_code: '10400', country: 'CU' },
    unknown_reference: 'shp_00000000000000000000000000000000',
    setWallet: (filled) => simulator.setWallet(filled ? 1_000_000 : 0),
    loseBuyAnswer: () => Object.assign(simulator.faults, { only: '/buy', lose_answers: 1 }),
    labelsPaid: simulator.labelsPaid,
    scan: (tracking_code, status, at) => {
      const word = Object.keys(words).find((name) => words[name] === status)
      simulator.advance(tracking_code, word ?? 'beamed_up', { at })
    },
    statuses: Object.values(words),
    settleVoids: simulator.settleRefunds,
    webhooks: async () => {
      await simulator.settled()
      return receiver.raws
    },
    close: async () => {
      await simulator.settled()
      await simulator.close()
      await receiver.close()
    },
  }
}

testShippingProvider('easypost', makeBench, {})

async function startDuring(t: TestContext, options: Partial<EasypostSimulatorOptions>) {
  const simulator = await start(options)
  t.after(simulator.close)
  return simulator
}
async function listenDuring(t: TestContext) {
  const receiver = await listen()
  t.after(receiver.close)
  return receiver
}

async function buyOne(provider: ShippingProvider, request = shipment()) {
  const outcome = await provider.prepare(request)
  assert(outcome.kind === 'prepared', toJson(outcome))
  const rate = outcome.rates[0]!
  const label = newId<LabelId>()
  const answer = await provider.buy({ label, reference: outcome.reference, rate })
  assert(answer.kind === 'bought', toJson(answer))
  return answer
}

async function until(condition: () => boolean): Promise<void> {
  for (const deadline = Date.now() + 10_000; !condition(); await wait(5)) {
    assert(Date.now() < deadline, 'waited 10 s in vain')
  }
}

test('easypost: a parcel travels by itself and every scan is told', async (t) => {
  const receiver = await listenDuring(t)
  const simulator = await startDuring(t, { webhook_url: receiver.url, scan_interval_ms: 15 })
  const provider = adapter(simulator)
  const { tracking_code } = await buyOne(provider)
  const told = () =>
    receiver.raws.flatMap((raw) =>
      (provider.readWebhook(raw) ?? []).flatMap((event) =>
        event.about === 'tracking' && event.tracking_code === tracking_code ? [event.scans] : [],
      ),
    )
  await until(() => told().some((scans) => scans.at(-1)?.status === 'delivered'))
  await simulator.settled()
  const fullest = told().sort((a, b) => b.length - a.length)[0]!
  assert.deepEqual(
    fullest.map((scan) => scan.status),
    [
      'pre_transit',
      'in_transit',
      'in_transit',
      'in_transit',
      'in_transit',
      'out_for_delivery',
      'delivered',
    ],
  )
  assert.equal(told().length, 8)
})

test('easypost: a restarted simulator knows its labels, and its parcels travel on', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'onhand-easypost-'))
  t.after(() => rm(folder, { recursive: true }))
  const state_file = join(folder, 'state')
  const before = await startDuring(t, { state_file })
  const label = await buyOne(adapter(before))
  before.advance(label.tracking_code)
  await before.close()

  const receiver = await listenDuring(t)
  const later = { state_file, webhook_url: receiver.url, scan_interval_ms: 10 }
  const after = await startDuring(t, later)
  assert.equal(after.labelsPaid(), 1)
  await until(() => receiver.raws.length > 0)
  after.advance(label.tracking_code)
  const provider = adapter(after)
  await until(() =>
    receiver.raws.some(({ body }) => Buffer.from(body).includes('"finalized":true')),
  )
  const report = await provider.track({
    tracking_code: label.tracking_code,
    carrier: label.carrier,
  })
  assert(report.kind === 'scans')
  assert.equal(report.scans.at(-1)?.status, 'delivered')
  const path = new URL(label.label_url).pathname
  assert.equal((await provider.fetchLabel(after.url + path)).kind, 'file')
})

test('easypost: the label has 4 × 6 inches and is fetched without the key', async (t) => {
  const simulator = await startDuring(t, {})
  const requests: HttpRequest[] = []
  const provider = adapter(simulator, (request) => {
    requests.push(request)
    return realSend(request)
  })
  const { label_url } = await buyOne(provider)
  const file = await provider.fetchLabel(label_url)
  assert(file.kind === 'file')
  assert.match(Buffer.from(file.bytes).toString('latin1'), /\/MediaBox \[0 0 288 432\]/)
  const headers = requests.at(-1)!.headers
  assert.equal(headers['authorization'], undefined)
  assert.match(requests[0]!.headers['authorization']!, /^Basic [A-Za-z0-9+/]+=*$/)
})

test('easypost: a label that was bought as PNG elsewhere is adopted as PDF', async (t) => {
  const simulator = await startDuring(t, {})
  const asPng: Send = (request) =>
    realSend({ ...request, body: String(request.body ?? '').replace('"PDF"', '"PNG"') || null })
  const label = await buyOne(adapter(simulator, asPng))
  assert.match(label.label_url, /\.pdf$/)
  assert.equal(simulator.labelsPaid(), 1)
})

test('easypost: buying again only asks, also when the wallet is empty by then', async (t) => {
  const simulator = await startDuring(t, {})
  const provider = adapter(simulator)
  const outcome = await provider.prepare(shipment())
  assert(outcome.kind === 'prepared')
  const { reference, rates } = outcome
  const request = { label: newId<LabelId>(), reference, rate: rates[0]! }
  const first = await provider.buy(request)
  simulator.setWallet(0)
  assert.deepEqual(await provider.buy(request), first)
  assert.equal(simulator.seen.get(`POST /v2/shipments/${reference}/buy`), 1)
})

test('easypost: a label whose refund was rejected is still the label', async (t) => {
  const simulator = await startDuring(t, {})
  const provider = adapter(simulator)
  const prepared = await provider.prepare(shipment())
  assert(prepared.kind === 'prepared')
  const { reference, rates } = prepared
  const request = { label: newId<LabelId>(), reference, rate: rates[0]! }
  const bought = await provider.buy(request)
  assert(bought.kind === 'bought')
  // It was handed over before anybody asked for the money.
  simulator.advance(bought.tracking_code, 'in_transit')
  assert.equal((await provider.voidLabel(request)).kind, 'pending')
  const waiting = await provider.buy(request)
  assert(waiting.kind === 'refused' && waiting.code === 'label_voided')
  simulator.settleRefunds()
  const told = await provider.voidLabel(request)
  assert(told.kind === 'refused' && told.code === 'void_rejected')
  assert.deepEqual(await provider.buy(request), bought)
  assert.equal(simulator.labelsPaid(), 1)
})

test('easypost: abroad with customs there are rates, without there are none', async (t) => {
  const simulator = await startDuring(t, {})
  const provider = adapter(simulator)
  const to = { ...home, city: 'Berlin', region: null, postal_code: '10115', country: 'DE' }
  const none = await provider.prepare({ ...shipment(), to })
  assert(none.kind === 'refused')
  assert.equal(none.code, 'no_rates')
  assert.match(none.message, /Customs information is required/)
  const { cost } = await buyOne(provider)
  const line = { quantity: 2, value: cost, weight_g: 800, hs_code: '610910' }
  const customs = [{ ...line, description: 'T-shirt', origin_country: 'US' }]
  const outcome = await provider.prepare({ ...shipment(), to, customs })
  assert(outcome.kind === 'prepared' && outcome.rates.length >= 2)
})

test('easypost: more than five lists a second are unknown, not empty', async (t) => {
  const simulator = await startDuring(t, {})
  const provider = adapter(simulator)
  const { tracking_code, carrier } = await buyOne(provider)
  const reports = await Promise.all(
    Array.from({ length: 20 }, () => provider.track({ tracking_code, carrier })),
  )
  const answered = reports.filter((report) => report.kind === 'scans').length
  // A slow machine may need more than one second for all of them.
  assert(answered >= 5 && answered < 20, String(answered))
})

test('easypost: the test codes report their status, other codes are not followed', async (t) => {
  const simulator = await startDuring(t, { lists_per_s: 100 })
  const provider = adapter(simulator)
  const last = async (tracking_code: string) => {
    const report = await provider.track({ tracking_code, carrier: 'USPS' })
    return report.kind === 'scans' ? report.scans.at(-1)?.status : report.kind
  }
  assert.equal(await last('EZ2000000002'), 'in_transit')
  assert.equal(await last('EZ4000000004'), 'delivered')
  assert.equal(await last('EZ4000000004'), 'delivered')
  assert.equal(await last('EZ5000000005'), 'returning')
  assert.equal(await last('EZ6000000006'), 'exception')
  assert.equal(await last('9400000000000000000000'), 'unknown')
})

test('easypost simulator: speaks the wire protocol', async (t) => {
  const simulator = await startDuring(t, {})
  const call = async (method: string, path: string, body?: unknown, user = `${api_key}:`) => {
    const authorization = `Basic ${Buffer.from(user).toString('base64')}`
    const init = {
      method,
      headers: { authorization },
      ...(body ? { body: JSON.stringify(body) } : {}),
    }
    const answer = await fetch(simulator.url + path, init)
    assert(answer.headers.get('x-ep-request-uuid'))
    return { status: answer.status, body: (await answer.json()) as Record<string, never> }
  }
  const from_address = {
    street1: '1 A St',
    city: 'Oakland',
    state: 'CA',
    zip: '94607',
    country: 'US',
  }
  const parcel = { weight: 17.6, length: 10, width: 8, height: 4 }
  const good = { shipment: { from_address, to_address: from_address, parcel } }

  assert.equal((await call('POST', '/v2/shipments', good, `${api_key}:x`)).status, 401)
  assert.equal((await call('POST', '/v2/shipments', good, 'EZTKother:')).status, 401)
  assert.equal((await call('POST', '/v2/shipments', { shipment: {} })).status, 422)
  assert.equal((await call('GET', '/v2/nothing')).status, 404)
  assert.equal((await call('DELETE', '/v2/shipments')).status, 405)

  const created = await call('POST', '/v2/shipments', good)
  assert.equal(created.status, 201)
  const { id, rates } = created.body as { id: string; rates: { id: string }[] } & object
  const carriers = new Set((rates as unknown as { carrier: string }[]).map((rate) => rate.carrier))
  assert(carriers.size >= 3)
  const rate = { rate: { id: rates[0]!.id } }
  const code = (answer: { body: Record<string, never> }) =>
    (answer.body['error'] as { code: string } | undefined)?.code

  const both = await Promise.all([1, 2].map(() => call('POST', `/v2/shipments/${id}/buy`, rate)))
  assert.deepEqual(both.map((answer) => answer.status).sort(), [200, 422])
  const no = both.map(code).find((word) => word !== undefined)
  assert.match(no ?? '', /^SHIPMENT\.(PURCHASE\.IN_PROGRESS|POSTAGE\.EXISTS)$/)
  const again = await call('POST', `/v2/shipments/${id}/buy`, rate)
  assert.equal(again.status, 422)
  assert.equal(code(again), 'SHIPMENT.POSTAGE.EXISTS')

  const control = (path: string, body: object) =>
    fetch(`${simulator.url}/_simulator/${path}`, { method: 'POST', body: JSON.stringify(body) })
  const { tracking_code } = both.find((answer) => answer.status === 200)!.body
  const moved = await control('advance', { tracking_code, status: 'delivered' })
  assert.equal(((await moved.json()) as { status: string }).status, 'delivered')
  assert.equal((await control('advance', { tracking_code: 'no such parcel' })).status, 404)
  await control('wallet', { cents: 1 })
  const other = await call('POST', '/v2/shipments', good)
  const { id: other_id, rates: other_rates } = other.body as unknown as {
    id: string
    rates: { id: string }[]
  }
  const poor = await call('POST', `/v2/shipments/${other_id}/buy`, { rate: other_rates[0] })
  assert.equal(poor.status, 402)
  assert.equal(code(poor), 'PAYMENT_REQUIRED')
})

test('easypost: settings are checked', () => {
  const check = (name: string, text: string) =>
    easypost_settings.find((setting) => setting.name === name)!.check(text)
  assert.equal(check('EASYPOST_API_KEY', 'EZTKabcdef'), null)
  assert.match(check('EASYPOST_API_KEY', 'sk_test_1') ?? '', /EZTK/)
  assert.equal(check('EASYPOST_API_BASE', 'https://api.easypost.com'), null)
  assert.equal(check('EASYPOST_API_BASE', 'http://127.0.0.1:9000'), null)
  assert.match(check('EASYPOST_API_BASE', 'http://api.easypost.com') ?? '', /https/)
  assert(check('EASYPOST_API_BASE', 'nowhere'))
  assert(check('EASYPOST_WEBHOOK_SECRET', 'short'))
})
