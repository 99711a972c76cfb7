// Carrier time: how simulated parcels travel, scan by scan, and who is told.
import { randomBytes } from 'node:crypto'
import { toJson } from '#src/lib/json.ts'
import { hmacSha256 } from '#src/lib/signature.ts'
import type { SimulatorAnswer, SimulatorStore, Webhook } from '#src/lib/simulator.ts'
import type { LabelAddress } from './simulator-label.ts'
import type { Shipment } from './simulator-shipments.ts'

export type Json = Readonly<Record<string, unknown>>
type Scan = {
  readonly status: string
  readonly status_detail: string
  readonly message: string
  readonly datetime: string
  readonly place: { readonly city: string | null; readonly state: string | null } & {
    readonly country: string | null
    readonly zip: string | null
  }
}
/** When a carrier saw a parcel, and what it wrote. */
export type Said = { readonly at?: Date | undefined; readonly words?: string }
export type Tracker = {
  readonly id: string
  readonly tracking_code: string
  readonly carrier: string
  readonly service: string | null
  readonly shipment_id: string | null
  readonly weight_oz: number
  readonly from: LabelAddress | null
  readonly to: LabelAddress | null
  readonly status: string
  readonly status_detail: string
  readonly scans: readonly Scan[]
  /** How far along the route below the parcel is. */
  readonly step: number
  readonly next_scan_at_ms: number | null
  readonly created_at: string
  readonly updated_at: string
  /** Sent again after a restart, since nobody knows whether it arrived. */
  readonly last_event: Event
}
type Event = {
  readonly id: string
  readonly description: string
  readonly previous_status: string | null
  readonly created_at: string
}

export type World = {
  readonly api_key: string
  readonly webhook_secret: string
  readonly webhook_url: string | null
  readonly scan_interval_ms: number | null
  readonly lists_per_s: number
  readonly shipments: SimulatorStore<Shipment>
  /** Whose each label is. */
  readonly labels: SimulatorStore<{ readonly shipment_id: string }>
  readonly addresses: SimulatorStore<Json & { readonly id: string }>
  /** By tracking code. */
  readonly trackers: SimulatorStore<Tracker>
  readonly wallet: SimulatorStore<{ readonly cents: number }>
  /** Shipments whose purchase is under way. */
  readonly buying: Set<string>
  readonly timers: Map<string, NodeJS.Timeout>
  /** When the last lists were asked for. */
  readonly list_times: number[]
  isOpen(): boolean
  url(): string
  sendWebhook(sign: () => Webhook): void
}

export const hexId = (prefix: string): string => `${prefix}_${randomBytes(16).toString('hex')}`
export const stamp = (): string => new Date().toISOString().replace(/\.\d+Z$/, 'Z')
export const fail = (
  status: number,
  code: string,
  message: string,
  errors: readonly unknown[] = [],
): SimulatorAnswer => ({ status, body: { error: { code, message, errors } } })

/** Ounces are floats over there: a whole weight is written `17.0`. */
export const writeOunces = (oz: number): unknown => JSON.rawJSON(oz.toFixed(1))

type Where = 'nowhere' | 'from' | 'hub' | 'to'
const route: readonly (readonly [string, string, string, Where])[] = [
  ['pre_transit', 'label_created', 'Shipping label created', 'nowhere'],
  ['in_transit', 'received_at_origin_facility', 'Accepted at origin facility', 'from'],
  ['in_transit', 'departed_origin_facility', 'Departed origin facility', 'from'],
  ['in_transit', 'arrived_at_facility', 'Arrived at regional facility', 'hub'],
  ['in_transit', 'received_at_destination_facility', 'Arrived at post office', 'to'],
  ['out_for_delivery', 'out_for_delivery', 'Out for delivery', 'to'],
  ['delivered', 'arrived_at_destination', 'Delivered, front door', 'to'],
]
const final_statuses = new Set(['delivered', 'return_to_sender', 'cancelled'])
const isFinal = (tracker: Tracker): boolean => final_statuses.has(tracker.status)

function placeOf(tracker: Tracker, where: Where): Scan['place'] {
  const { from, to } = tracker
  const address = where === 'from' ? from : where === 'to' ? to : null
  if (address) {
    const { city, state, country, zip } = address
    return { city: city?.toUpperCase() ?? null, state, country, zip }
  }
  if (where === 'hub' && to?.country === 'US') {
    return { city: 'MEMPHIS', state: 'TN', country: 'US', zip: '38118' }
  }
  return {
    city: null,
    state: null,
    country: where === 'hub' ? (to?.country ?? null) : null,
    zip: null,
  }
}

export const trackerView = (world: World, tracker: Tracker): Json => ({
  id: tracker.id,
  object: 'Tracker',
  mode: 'test',
  tracking_code: tracker.tracking_code,
  status: tracker.status,
  status_detail: tracker.status_detail,
  created_at: tracker.created_at,
  updated_at: tracker.updated_at,
  signed_by: null,
  weight: writeOunces(tracker.weight_oz),
  est_delivery_date: null,
  shipment_id: tracker.shipment_id,
  carrier: tracker.carrier,
  tracking_details: tracker.scans.map(({ place, ...scan }) => ({
    object: 'TrackingDetail',
    ...scan,
    description: '',
    source: tracker.carrier,
    carrier_code: '',
    tracking_location: { object: 'TrackingLocation', ...place },
  })),
  fees: [],
  carrier_detail: { object: 'CarrierDetail', service: tracker.service, container_type: null },
  finalized: isFinal(tracker),
  is_return: false,
  public_url: `${world.url()}/track/${tracker.id}`,
})

/** Signs as EasyPost does: v1 over the body, v2 also over time, method and path. */
function sign(world: World, body: string): Webhook {
  const key = world.webhook_secret.normalize('NFKD')
  const path = new URL(world.webhook_url ?? 'http://nowhere/').pathname
  const timestamp = new Date().toUTCString().replace('GMT', '-0000')
  const v1 = hmacSha256(key, body).toString('hex')
  const v2 = hmacSha256(key, timestamp, 'POST', path, body).toString('hex')
  return {
    headers: {
      'content-type': 'application/json',
      'user-agent': 'EasyPost/v2 (simulator)',
      'x-hmac-signature': `hmac-sha256-hex=${v1}`,
      'x-hmac-signature-v2': `hmac-sha256-hex=${v2}`,
      'x-timestamp': timestamp,
      'x-path': path,
    },
    body,
  }
}

const newEvent = (description: string, previous_status: string | null = null): Event => ({
  id: hexId('evt'),
  description,
  previous_status,
  created_at: new Date().toISOString(),
})

function sendEvent(world: World, event: Event, result: Json): void {
  const { id, description, previous_status, created_at } = event
  const body = toJson({
    id,
    object: 'Event',
    description,
    mode: 'test',
    previous_attributes: previous_status === null ? {} : { status: previous_status },
    created_at,
    updated_at: created_at,
    pending_urls: world.webhook_url ? [world.webhook_url] : [],
    completed_urls: [],
    status: 'pending',
    result,
  })
  world.sendWebhook(() => sign(world, body))
}
export const announce = (world: World, description: string, result: Json): void =>
  sendEvent(world, newEvent(description), result)

function keep(world: World, tracker: Tracker): Tracker {
  world.trackers.put(tracker.tracking_code, tracker)
  sendEvent(world, tracker.last_event, trackerView(world, tracker))
  schedule(world, tracker)
  return tracker
}

function schedule(world: World, tracker: Tracker): void {
  clearTimeout(world.timers.get(tracker.tracking_code))
  world.timers.delete(tracker.tracking_code)
  if (tracker.next_scan_at_ms === null || world.scan_interval_ms === null) return
  if (!world.isOpen()) return
  const timer = setTimeout(
    () => advance(world, tracker.tracking_code),
    Math.max(0, tracker.next_scan_at_ms - Date.now()),
  )
  world.timers.set(tracker.tracking_code, timer)
}

const nextScanAt = (world: World, tracker: Tracker): number | null =>
  world.scan_interval_ms === null || isFinal(tracker) || tracker.step >= route.length
    ? null
    : Date.now() + world.scan_interval_ms

/**
 * The next scan of the route or, when a status is given, a scan with that status, whether it
 * makes sense or not; in the carrier's usual words, or in others. Null when the parcel is unknown
 * or has arrived.
 */
export function advance(
  world: World,
  tracking_code: string,
  status?: string,
  { at = new Date(), words }: Said = {},
): Tracker | null {
  const tracker = world.trackers.get(tracking_code)
  if (!tracker) return null
  const [planned, detail, message, where] = route[tracker.step] ?? []
  const word = status ?? planned
  if (word === undefined || (status === undefined && isFinal(tracker))) return null
  const is_planned = word === planned
  const step = is_planned
    ? tracker.step + 1
    : Math.max(tracker.step, 1 + route.findIndex(([known]) => known === word))
  const scan: Scan = {
    status: word,
    status_detail: (is_planned && detail) || 'status_update',
    message: words ?? ((is_planned && message) || word.replaceAll('_', ' ')),
    datetime: at.toISOString().replace(/\.\d+Z$/, 'Z'),
    place: placeOf(tracker, (is_planned && where) || 'hub'),
  }
  const moved: Tracker = {
    ...tracker,
    status: scan.status,
    status_detail: scan.status_detail,
    scans: [...tracker.scans, scan],
    step,
    updated_at: stamp(),
    last_event: newEvent('tracker.updated', tracker.status),
  }
  return keep(world, { ...moved, next_scan_at_ms: nextScanAt(world, moved) })
}

type NewTracker = Pick<Tracker, 'tracking_code' | 'carrier' | 'service' | 'shipment_id'> &
  Pick<Tracker, 'weight_oz' | 'from' | 'to'>

export function startTracker(world: World, parcel: NewTracker): Tracker {
  const now = stamp()
  const tracker: Tracker = {
    ...parcel,
    id: hexId('trk'),
    status: 'unknown',
    status_detail: 'unknown',
    scans: [],
    step: 0,
    next_scan_at_ms: null,
    created_at: now,
    updated_at: now,
    last_event: newEvent('tracker.created'),
  }
  return keep(world, { ...tracker, next_scan_at_ms: nextScanAt(world, tracker) })
}

/** A voided parcel is not handed over. */
export function stopTravel(world: World, tracking_code: string): void {
  const tracker = world.trackers.get(tracking_code)
  if (!tracker) return
  const stopped = { ...tracker, next_scan_at_ms: null }
  world.trackers.put(tracking_code, stopped)
  schedule(world, stopped)
}

const resend_for_ms = 3_600_000
/** After a restart parcels travel on, and what may not have arrived is told once more. */
export function resumeTravel(world: World): void {
  for (const tracker of world.trackers.values()) {
    schedule(world, tracker)
    if (Date.now() - Date.parse(tracker.updated_at) < resend_for_ms) {
      sendEvent(world, tracker.last_event, trackerView(world, tracker))
    }
  }
}

const test_codes: Readonly<Record<string, string>> = {
  EZ1000000001: 'pre_transit',
  EZ2000000002: 'in_transit',
  EZ3000000003: 'out_for_delivery',
  EZ4000000004: 'delivered',
  EZ5000000005: 'return_to_sender',
  EZ6000000006: 'failure',
  EZ7000000007: 'unknown',
}

export function createTracker(world: World, body: Json): SimulatorAnswer {
  const { tracking_code, carrier } = (body['tracker'] ?? {}) as Json
  if (typeof tracking_code !== 'string' || tracking_code === '') {
    return fail(422, 'TRACKER.CREATE.ERROR', 'A tracking code is required.')
  }
  const known = world.trackers.get(tracking_code)
  if (known) return { status: 200, body: trackerView(world, known) }
  const status = test_codes[tracking_code]
  if (status === undefined) {
    return fail(422, 'TRACKER.CREATE.ERROR', 'This tracking code is not one of the test mode.')
  }
  const parcel = { tracking_code, carrier: typeof carrier === 'string' ? carrier : 'USPS' }
  const nobody = { service: null, shipment_id: null, weight_oz: 0, from: null, to: null }
  startTracker(world, { ...parcel, ...nobody })
  // Test parcels have been on their way for a while, and stay where they are.
  const [wait_h, travelled] = [24, route.findIndex(([word]) => word === status)]
  for (const [index, [word]] of route.slice(0, Math.max(0, travelled)).entries()) {
    const at = new Date(Date.now() - (wait_h - index) * 3_600_000)
    advance(world, tracking_code, word, { at })
  }
  advance(world, tracking_code, status)
  stopTravel(world, tracking_code)
  return { status: 200, body: trackerView(world, world.trackers.get(tracking_code)!) }
}

export function listTrackers(world: World, query: URLSearchParams): SimulatorAnswer {
  const [code, carrier] = [query.get('tracking_code'), query.get('carrier')]
  const named = code === null ? [...world.trackers.values()] : [world.trackers.get(code)]
  const rows = named
    .filter((row) => row !== undefined)
    .filter((row) => carrier === null || row.carrier === carrier)
    .reverse()
  const size = Math.min(Number(query.get('page_size') ?? 30) || 30, 100)
  const trackers = rows.slice(0, size).map((row) => trackerView(world, row))
  return { status: 200, body: { trackers, has_more: rows.length > size } }
}
