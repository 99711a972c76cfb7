// A small EasyPost on loopback, written from its documentation: Basic authentication, rates,
// labels, refunds, trackers and signed webhooks. Parcels travel by themselves.
import { randomUUID } from 'node:crypto'
import { readJsonObject } from '#src/lib/http-client.ts'
import { sameBytes } from '#src/lib/signature.ts'
import {
  openStore,
  type SimulatorAnswer,
  type SimulatorOptions,
  type SimulatorRequest,
  type SimulatorServer,
  startSimulatorServer,
} from '#src/lib/simulator.ts'
import {
  buyShipment,
  convertLabel,
  readLabelFile,
  refundShipment,
  resumeRefunds,
  settleRefunds,
  setWalletCents,
  walletCents,
} from './simulator-postage.ts'
import { createAddress, createShipment, shipmentView } from './simulator-shipments.ts'
import {
  advance,
  createTracker,
  fail,
  type Json,
  listTrackers,
  resumeTravel,
  type Said,
  trackerView,
  type World,
} from './simulator-trackers.ts'

export type EasypostSimulatorOptions = SimulatorOptions & {
  readonly api_key: string
  readonly webhook_secret: string
  /** How long a parcel needs from scan to scan. Null: it moves only when `advance` is called. */
  readonly scan_interval_ms: number | null
  /** Lists per second before 429; EasyPost allows 5. */
  readonly lists_per_s?: number
}
export type EasypostSimulator = SimulatorServer & {
  /** The next scan, or one with the given status (of EasyPost, or any other), time, words. */
  advance(tracking_code: string, status?: string, said?: Said): void
  settleRefunds(): void
  setWallet(cents: number): void
  /** How many labels are paid for and not given back. */
  labelsPaid(): number
  /** Of all parcels, the newest last: known here before the shop hears of it. */
  trackingCodes(): readonly string[]
}

const not_found = fail(404, 'NOT_FOUND', 'The requested resource could not be found.')

function isAuthorized(world: World, header: string | undefined): boolean {
  const expected = `Basic ${Buffer.from(`${world.api_key}:`).toString('base64')}`
  return header !== undefined && sameBytes(header, expected)
}

function isListTooOften(world: World): boolean {
  const now = Date.now()
  while (world.list_times.length > 0 && world.list_times[0]! <= now - 1000) world.list_times.shift()
  if (world.list_times.length >= world.lists_per_s) return true
  world.list_times.push(now)
  return false
}

type Route = (world: World, id: string, body: Json, query: URLSearchParams) => Reply
type Reply = SimulatorAnswer | Promise<SimulatorAnswer>

const readShipment: Route = (world, id) => {
  const shipment = world.shipments.get(id)
  return shipment ? { status: 200, body: shipmentView(world, shipment) } : not_found
}
const readTracker: Route = (world, id) => {
  const tracker = [...world.trackers.values()].find((row) => row.id === id)
  return tracker ? { status: 200, body: trackerView(world, tracker) } : not_found
}
const readAddress: Route = (world, id) => {
  const address = world.addresses.get(id)
  return address ? { status: 200, body: { object: 'Address', ...address } } : not_found
}
const listOnce: Route = (world, _id, _body, query) =>
  isListTooOften(world)
    ? fail(429, 'RATE_LIMITED', 'Too many requests. Please slow down.')
    : listTrackers(world, query)

const routes: readonly (readonly [method: string, path: RegExp, route: Route])[] = [
  ['POST', /^\/v2\/addresses$/, (world, _id, body) => createAddress(world, body)],
  ['GET', /^\/v2\/addresses\/(adr_\w+)$/, readAddress],
  ['POST', /^\/v2\/shipments$/, (world, _id, body) => createShipment(world, body)],
  ['GET', /^\/v2\/shipments\/(\w+)$/, readShipment],
  ['POST', /^\/v2\/shipments\/(\w+)\/buy$/, (world, id, body) => buyShipment(world, id, body)],
  ['POST', /^\/v2\/shipments\/(\w+)\/refund$/, (world, id) => refundShipment(world, id)],
  [
    'GET',
    /^\/v2\/shipments\/(\w+)\/label$/,
    (world, id, _body, query) => convertLabel(world, id, query.get('file_format')),
  ],
  ['POST', /^\/v2\/trackers$/, (world, _id, body) => createTracker(world, body)],
  ['GET', /^\/v2\/trackers$/, listOnce],
  ['GET', /^\/v2\/trackers\/(\w+)$/, readTracker],
]

async function answerApi(world: World, request: SimulatorRequest): Promise<SimulatorAnswer> {
  if (!isAuthorized(world, request.headers['authorization'])) {
    return fail(401, 'APIKEY.INACTIVE', 'This api key is no longer active.')
  }
  const body = request.body.length > 0 ? readJsonObject(request.body) : {}
  if (body === null) return fail(400, 'BAD_REQUEST', 'The body is not a JSON object.')
  const here = routes.filter(([, path]) => path.test(request.path))
  if (here.length === 0) return not_found
  const found = here.find(([method]) => method === request.method)
  if (!found) return fail(405, 'METHOD_NOT_ALLOWED', 'This method is not allowed here.')
  const [, path, route] = found
  return route(world, path.exec(request.path)?.[1] ?? '', body, request.query)
}

async function answer(world: World, request: SimulatorRequest): Promise<SimulatorAnswer> {
  const [, file] = /^\/files\/postage_label\/(pl_\w+\.(?:pdf|png))$/.exec(request.path) ?? []
  if (file !== undefined && request.method === 'GET') return readLabelFile(world, file)
  const page = /^\/track\/(trk_\w+)$/.exec(request.path)
  if (page) return trackingPage(world, page[1]!)
  const reply = await answerApi(world, request)
  return { ...reply, headers: { ...reply.headers, 'x-ep-request-uuid': randomUUID() } }
}

/** What the tracking link in a mail leads to. */
function trackingPage(world: World, id: string): SimulatorAnswer {
  const tracker = [...world.trackers.values()].find((row) => row.id === id)
  if (!tracker) return { status: 404, body: 'No such parcel.' }
  const scans = tracker.scans.map(({ datetime, message, place }) =>
    [datetime, message, place.city, place.state, place.country].filter(Boolean).join('  '),
  )
  const head = `${tracker.carrier} ${tracker.tracking_code}: ${tracker.status}`
  return { status: 200, body: [head, '', ...scans, ''].join('\n') }
}

/** Every label that was paid, also those given back: what the shop says can be compared with it. */
const showBooks = ({ shipments }: World): SimulatorAnswer => {
  const bought = [...shipments.values()].filter((shipment) => shipment.bought !== null)
  return { status: 200, body: { labels: bought.map(({ id }) => ({ id })) } }
}

function control(world: World, { method, path, body }: SimulatorRequest): SimulatorAnswer | null {
  if (path === '/_simulator/books') return showBooks(world)
  if (method !== 'POST') return null
  const input = readJsonObject(body) ?? {}
  if (path === '/_simulator/advance') {
    const { tracking_code, status } = input
    if (typeof tracking_code !== 'string' || !world.trackers.get(tracking_code)) return not_found
    const moved = advance(world, tracking_code, typeof status === 'string' ? status : undefined)
    const tracker = moved ?? world.trackers.get(tracking_code)!
    return { status: 200, body: trackerView(world, tracker) }
  }
  if (path === '/_simulator/settle_refunds') {
    settleRefunds(world)
    return { status: 200, body: {} }
  }
  if (path === '/_simulator/wallet') {
    const { cents } = input
    if (!Number.isSafeInteger(cents)) return fail(422, 'INVALID', 'cents must be an integer.')
    setWalletCents(world, cents as number)
    return { status: 200, body: { cents: walletCents(world) } }
  }
  return null
}

const isPaid = ({ bought, refund }: { bought: unknown; refund: { status: string } | null }) =>
  bought !== null && refund?.status !== 'refunded'

export async function startEasypostSimulator(
  options: EasypostSimulatorOptions,
): Promise<EasypostSimulator> {
  const { state_file } = options
  let is_open = true
  const world: World = {
    api_key: options.api_key,
    webhook_secret: options.webhook_secret,
    webhook_url: options.webhook_url,
    scan_interval_ms: options.scan_interval_ms,
    lists_per_s: options.lists_per_s ?? 5,
    shipments: openStore(state_file, 'shipment'),
    labels: openStore(state_file, 'label'),
    addresses: openStore(state_file, 'address'),
    trackers: openStore(state_file, 'tracker'),
    wallet: openStore(state_file, 'wallet'),
    buying: new Set(),
    timers: new Map(),
    list_times: [],
    isOpen: () => is_open,
    url: () => server.url,
    sendWebhook: (sign) => server.sendWebhook(sign),
  }
  const server = await startSimulatorServer(
    options,
    (request) => answer(world, request),
    (request) => control(world, request),
  )
  resumeTravel(world)
  resumeRefunds(world)
  return {
    ...server,
    advance: (tracking_code, status, said) => {
      advance(world, tracking_code, status, said)
    },
    settleRefunds: () => settleRefunds(world),
    setWallet: (cents) => setWalletCents(world, cents),
    trackingCodes: () => [...world.trackers.values()].map((row) => row.tracking_code),
    labelsPaid: () => [...world.shipments.values()].filter(isPaid).length,
    close: async () => {
      is_open = false
      for (const timer of world.timers.values()) clearTimeout(timer)
      await server.close()
    },
  }
}
