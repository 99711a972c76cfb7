// Where the simulated EasyPost takes money: buying labels, printing them, giving them back.
import { randomInt } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import type { SimulatorAnswer } from '../../src/lib/simulator.ts'
import { drawLabelPdf, drawLabelPng } from './simulator-label.ts'
import { type Shipment, shipmentView } from './simulator-shipments.ts'
import {
  announce,
  fail,
  hexId,
  type Json,
  stamp,
  startTracker,
  stopTravel,
  type World,
} from './simulator-trackers.ts'

const wallet_cents_at_first = 100_000_000
export const walletCents = (world: World): number =>
  world.wallet.get('balance')?.cents ?? wallet_cents_at_first
export const setWalletCents = (world: World, cents: number): void =>
  world.wallet.put('balance', { cents })

const digits = (count: number): string =>
  Array.from({ length: count }, () => randomInt(10)).join('')

/** USPS codes end in a check digit: weights 3 and 1 from the right, modulo 10. */
function uspsCode(): string {
  const body = `94${digits(19)}`
  const sum = [...body].reduceRight(
    (total, digit, index) => total + Number(digit) * ((body.length - 1 - index) % 2 === 0 ? 3 : 1),
    0,
  )
  return `${body}${(10 - (sum % 10)) % 10}`
}
function newTrackingCode(world: World, carrier: string): string {
  for (;;) {
    const code =
      carrier === 'USPS'
        ? uspsCode()
        : carrier === 'UPSDAP'
          ? `1Z${digits(16)}`
          : carrier === 'FedEx'
            ? digits(12)
            : `JD${digits(18)}`
    if (!world.trackers.get(code)) return code
  }
}

// Long enough that two buys of one shipment can meet.
const carrier_answer_ms = 20

export async function buyShipment(world: World, id: string, body: Json): Promise<SimulatorAnswer> {
  const shipment = world.shipments.get(id)
  if (!shipment) return fail(404, 'NOT_FOUND', 'The requested resource could not be found.')
  const rate = (body['rate'] ?? {}) as Json
  const quote = shipment.quotes.find((row) => row.id === rate['id'])
  if (shipment.bought) {
    return fail(422, 'SHIPMENT.POSTAGE.EXISTS', 'Postage already exists for this shipment.')
  }
  if (world.buying.has(id)) {
    return fail(422, 'SHIPMENT.PURCHASE.IN_PROGRESS', 'A purchase of this shipment is under way.')
  }
  if (!quote) return fail(422, 'SHIPMENT.RATES.UNAVAILABLE', 'This rate is not available.')
  if (walletCents(world) < quote.cents) {
    return fail(402, 'PAYMENT_REQUIRED', 'Insufficient funds. Please add funds to your account.')
  }
  world.buying.add(id)
  await wait(carrier_answer_ms)
  const is_pdf = shipment.options['label_format'] === 'PDF'
  const tracking_code = newTrackingCode(world, quote.carrier)
  const label_id = hexId('pl')
  const bought: Shipment = {
    ...shipment,
    updated_at: stamp(),
    tracking_code,
    bought: {
      quote,
      label_id,
      label_format: is_pdf ? 'PDF' : 'PNG',
      has_pdf: is_pdf,
      at: stamp(),
    },
  }
  world.shipments.put(id, bought)
  world.labels.put(label_id, { shipment_id: id })
  setWalletCents(world, walletCents(world) - quote.cents)
  world.buying.delete(id)
  const { carrier, service } = quote
  const { from, to, parcel } = shipment
  startTracker(world, {
    tracking_code,
    carrier,
    service,
    shipment_id: id,
    weight_oz: parcel.weight,
    from,
    to,
  })
  return { status: 200, body: shipmentView(world, bought) }
}

export function convertLabel(world: World, id: string, format: string | null): SimulatorAnswer {
  const shipment = world.shipments.get(id)
  if (!shipment) return fail(404, 'NOT_FOUND', 'The requested resource could not be found.')
  if (!shipment.bought) return fail(422, 'SHIPMENT.POSTAGE.REQUIRED', 'Buy the shipment first.')
  if (format !== 'PDF') {
    return fail(422, 'SHIPMENT.LABEL_GENERATION.FAILURE', 'This simulator prints only PDF.')
  }
  const converted = { ...shipment, bought: { ...shipment.bought, has_pdf: true } }
  world.shipments.put(id, converted)
  return { status: 200, body: shipmentView(world, converted) }
}

/** Served to anyone who knows the address, as the real files are. */
export async function readLabelFile(world: World, file: string): Promise<SimulatorAnswer> {
  const [label_id, format] = file.split('.')
  const owner = world.labels.get(label_id ?? '')
  const shipment = owner && world.shipments.get(owner.shipment_id)
  if (!shipment?.bought || !shipment.tracking_code) return { status: 403, body: 'AccessDenied' }
  const { carrier, service } = shipment.bought.quote
  const note = shipment.options['print_custom_1']
  const label = {
    carrier,
    service,
    tracking_code: shipment.tracking_code,
    from: shipment.from,
    to: shipment.to,
    weight_oz: shipment.parcel.weight,
    note: typeof note === 'string' ? note : null,
  }
  return format === 'pdf'
    ? {
        status: 200,
        headers: { 'content-type': 'application/pdf' },
        body: await drawLabelPdf(label),
      }
    : { status: 200, headers: { 'content-type': 'image/png' }, body: await drawLabelPng(label) }
}

const refundTimer = (id: string): string => `refund ${id}`
function scheduleRefund(world: World, { id, refund }: Shipment): void {
  if (refund?.status !== 'submitted' || world.scan_interval_ms === null) return
  const timer = setTimeout(
    () => settleRefund(world, id),
    Math.max(0, refund.due_at_ms - Date.now()),
  )
  world.timers.set(refundTimer(id), timer)
}

export function refundShipment(world: World, id: string): SimulatorAnswer {
  const shipment = world.shipments.get(id)
  if (!shipment) return fail(404, 'NOT_FOUND', 'The requested resource could not be found.')
  if (!shipment.bought || !shipment.tracking_code) {
    return fail(422, 'SHIPMENT.REFUND.UNAVAILABLE', 'There is no postage to refund.')
  }
  if (shipment.refund) {
    return fail(422, 'SHIPMENT.REFUND.UNAVAILABLE', 'A refund was already requested.')
  }
  const due_at_ms = Date.now() + (world.scan_interval_ms ?? 0)
  const refund = { id: hexId('rfnd'), status: 'submitted', due_at_ms }
  const submitted = { ...shipment, refund, updated_at: stamp() }
  world.shipments.put(id, submitted)
  stopTravel(world, shipment.tracking_code)
  scheduleRefund(world, submitted)
  return { status: 200, body: shipmentView(world, submitted) }
}

/** The carrier pays back what was never handed over, and refuses the rest. */
export function settleRefund(world: World, id: string): void {
  const shipment = world.shipments.get(id)
  if (!shipment?.bought || shipment.refund?.status !== 'submitted') return
  clearTimeout(world.timers.get(refundTimer(id)))
  world.timers.delete(refundTimer(id))
  const { tracking_code, bought, refund } = shipment
  const tracker = tracking_code === null ? undefined : world.trackers.get(tracking_code)
  const was_used = tracker?.scans.some((scan) => scan.status !== 'pre_transit') ?? false
  const status = was_used ? 'rejected' : 'refunded'
  const settled = { ...shipment, refund: { ...refund, status }, updated_at: stamp() }
  world.shipments.put(id, settled)
  if (was_used) return
  setWalletCents(world, walletCents(world) + bought.quote.cents)
  announce(world, 'refund.successful', {
    id: refund.id,
    object: 'Refund',
    created_at: settled.updated_at,
    updated_at: settled.updated_at,
    tracking_code,
    confirmation_number: null,
    status,
    carrier: bought.quote.carrier,
    shipment_id: id,
  })
}

export function resumeRefunds(world: World): void {
  for (const shipment of world.shipments.values()) scheduleRefund(world, shipment)
}
export function settleRefunds(world: World): void {
  for (const shipment of world.shipments.values()) settleRefund(world, shipment.id)
}
