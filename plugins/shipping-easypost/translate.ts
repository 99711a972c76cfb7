// EasyPost's JSON to our types and back. Pure; what comes in may be anything.
import { isCurrency, readDecimal, toDecimal } from '#src/lib/currency.ts'
import { type Currency, type Money, share } from '#src/lib/money.ts'
import type {
  BoughtLabel,
  CustomsLine,
  PrepareShipment,
  Rate,
  ShippingAddress,
  ShippingRefusal,
  TrackingScan,
  TrackingStatus,
  VoidOutcome,
} from '#src/ports/shipping-provider.ts'

export type Json = Readonly<Record<string, unknown>>

const text_max = 500
const rates_max = 200
const scans_max = 500

const isObject = (value: unknown): value is Json =>
  value !== null && typeof value === 'object' && !Array.isArray(value)
export const objectIn = (from: Json, name: string): Json | null => {
  const value = from[name]
  return isObject(value) ? value : null
}
export const listIn = (from: Json, name: string): readonly Json[] => {
  const value = from[name]
  return Array.isArray(value) ? value.filter(isObject) : []
}
export const textIn = (from: Json, name: string): string | null => {
  const value = from[name]
  return typeof value === 'string' && value !== '' ? value.slice(0, text_max) : null
}

const ounce_ng = 28_349_523_125n
/** In tenths of an ounce, rounded up: a parcel must never be declared lighter than it is. */
export const toOunces = (weight_g: number): number => {
  const tenths_ng = BigInt(weight_g) * 10_000_000_000n
  return Number((tenths_ng + ounce_ng - 1n) / ounce_ng) / 10
}
/** In tenths of an inch, rounded up. */
export const toInches = (length_mm: number): number => Math.ceil((length_mm * 100) / 254) / 10

/** Some carriers quote fractions of a cent; those are rounded. */
export function readMoney(amount: string | null, currency: string | null): Money | null {
  if (amount === null || currency === null || !isCurrency(currency)) return null
  const exact = readDecimal(amount, currency)
  if (exact !== null) return { amount: exact, currency }
  const [, whole, fraction] = /^(\d{1,13})\.(\d{1,6})$/.exec(amount) ?? []
  if (whole === undefined || fraction === undefined) return null
  return { amount: roundFraction(whole, fraction, currency), currency }
}
function roundFraction(whole: string, fraction: string, currency: Currency): bigint {
  const one_text = toDecimal({ amount: 1n, currency })
  const digits = one_text.length - 1 - one_text.indexOf('.')
  const per_unit = one_text.includes('.') ? 10n ** BigInt(digits) : 1n
  return share(BigInt(whole + fraction), per_unit, 10n ** BigInt(fraction.length))
}

export const fromAddress = (address: ShippingAddress): Json => ({
  name: address.name,
  company: address.company,
  street1: address.line1,
  street2: address.line2,
  city: address.city,
  state: address.region,
  zip: address.postal_code,
  country: address.country,
  phone: address.phone,
  email: address.email,
})

const fromCustomsLine = (line: CustomsLine): Json => ({
  description: line.description,
  quantity: line.quantity,
  // As written, so that no amount passes through a double.
  value: JSON.rawJSON(toDecimal(line.value)),
  currency: line.value.currency,
  weight: toOunces(line.weight_g),
  hs_tariff_number: line.hs_code,
  origin_country: line.origin_country,
})

const fromCustoms = (request: PrepareShipment): Json => ({
  customs_certify: true,
  customs_signer: request.from.name,
  contents_type: 'merchandise',
  restriction_type: 'none',
  non_delivery_option: 'return',
  eel_pfc: 'NOEEI 30.37(a)',
  customs_items: request.customs.map(fromCustomsLine),
})

export function fromShipment(request: PrepareShipment): Json {
  const { parcel } = request
  const abroad = request.from.country !== request.to.country && request.customs.length > 0
  return {
    shipment: {
      reference: request.shipment,
      from_address: fromAddress(request.from),
      to_address: fromAddress(request.to),
      parcel: {
        weight: toOunces(parcel.weight_g),
        length: toInches(parcel.length_mm),
        width: toInches(parcel.width_mm),
        height: toInches(parcel.height_mm),
      },
      ...(abroad ? { customs_info: fromCustoms(request) } : {}),
      options: {
        label_format: 'PDF',
        label_size: '4x6',
        invoice_number: request.order_number,
        print_custom_1: request.order_number,
      },
    },
  }
}

function readDays(rate: Json): number | null {
  for (const days of [rate['delivery_days'], rate['est_delivery_days']]) {
    if (typeof days === 'number' && Number.isInteger(days) && days >= 0) return days
  }
  return null
}

export function readRate(rate: Json): Rate | null {
  const reference = textIn(rate, 'id')
  const carrier = textIn(rate, 'carrier')
  const service = textIn(rate, 'service')
  const cost = readMoney(textIn(rate, 'rate'), textIn(rate, 'currency'))
  if (!reference || !carrier || !service || !cost || cost.amount < 0n) return null
  return { reference, carrier, service, cost, delivery_days: readDays(rate) }
}

/** Rates that we cannot read are left out: nobody could choose them. */
export const readRates = (shipment: Json): readonly Rate[] =>
  listIn(shipment, 'rates')
    .slice(0, rates_max)
    .map(readRate)
    .filter((rate) => rate !== null)

/** Why each carrier said no. */
export const readMessages = (shipment: Json): string =>
  listIn(shipment, 'messages')
    .map((row) => `${textIn(row, 'carrier') ?? 'carrier'}: ${textIn(row, 'message') ?? 'no'}`)
    .join('; ')
    .slice(0, text_max)

/** Where the PDF is; null when the label exists only in another format. */
export function readPdfUrl(shipment: Json): string | null {
  const label = objectIn(shipment, 'postage_label')
  if (!label) return null
  const is_pdf = label['label_file_type'] === 'application/pdf'
  return textIn(label, 'label_pdf_url') ?? (is_pdf ? textIn(label, 'label_url') : null)
}

/** Null while it is not certain that a label was bought. */
export function readBought(shipment: Json): BoughtLabel | null {
  const reference = textIn(shipment, 'id')
  const tracking_code = textIn(shipment, 'tracking_code')
  const label_url = readPdfUrl(shipment)
  const selected = objectIn(shipment, 'selected_rate')
  const rate = selected && readRate(selected)
  if (!reference || !tracking_code || !label_url || !rate) return null
  const tracker = objectIn(shipment, 'tracker')
  const { carrier, service, cost } = rate
  const tracking_url = tracker && textIn(tracker, 'public_url')
  return {
    kind: 'bought',
    reference,
    tracking_code,
    tracking_url,
    carrier,
    service,
    cost,
    label_url,
  }
}

/** Null when no refund was asked for. */
export function readRefundStatus(holder: Json, field: string): VoidOutcome | null {
  const status = textIn(holder, field)
  if (status === null) return null
  if (status === 'submitted') return { kind: 'pending' }
  if (status === 'refunded') return { kind: 'voided' }
  if (status === 'rejected' || status === 'not_applicable') {
    return { kind: 'refused', code: `void_${status}`, message: `The refund is ${status}.` }
  }
  return { kind: 'unknown', reason: `refund status ${status}` }
}

const statuses: Readonly<Record<string, TrackingStatus>> = {
  unknown: 'unknown',
  pre_transit: 'pre_transit',
  in_transit: 'in_transit',
  out_for_delivery: 'out_for_delivery',
  delivered: 'delivered',
  available_for_pickup: 'available_for_pickup',
  return_to_sender: 'returning',
  failure: 'exception',
  error: 'exception',
  cancelled: 'canceled',
}
export const readStatus = (word: string | null): TrackingStatus =>
  word !== null && Object.hasOwn(statuses, word) ? statuses[word]! : 'unknown'

/** Times without a zone are UTC, as all others here. */
export function readTime(text: string | null): Date | null {
  if (text === null || !/^\d{4}-\d\d-\d\dT/.test(text)) return null
  const at = new Date(/(?:[zZ]|[+-]\d\d:?\d\d)$/.test(text) ? text : `${text}Z`)
  return Number.isNaN(at.getTime()) ? null : at
}

function readPlace(detail: Json): string | null {
  const place = objectIn(detail, 'tracking_location')
  if (!place) return null
  const words = ['city', 'state', 'zip', 'country'].map((name) => textIn(place, name))
  return words.filter((word) => word !== null).join(' ') || null
}

/** In the order in which EasyPost tells them, which need not be that of time. */
export function readScans(tracker: Json): readonly TrackingScan[] {
  const updated_at = readTime(textIn(tracker, 'updated_at'))
  const scans: TrackingScan[] = []
  for (const row of listIn(tracker, 'tracking_details').slice(-scans_max)) {
    const at = readTime(textIn(row, 'datetime')) ?? updated_at
    if (at === null) continue
    const word = textIn(row, 'status')
    const detail = textIn(row, 'message') ?? textIn(row, 'status_detail') ?? word ?? 'unknown'
    scans.push({ status: readStatus(word), detail, at, place: readPlace(row) })
  }
  // Some carriers move the head of the tracker without a scan.
  const head = textIn(tracker, 'status')
  const status = readStatus(head)
  if (head && status !== 'unknown' && updated_at && !scans.some((scan) => scan.status === status)) {
    const detail = textIn(tracker, 'status_detail') ?? head
    scans.push({ status, detail, at: updated_at, place: null })
  }
  return scans
}

export type ApiError = { readonly code: string; readonly message: string }

/** Null when the answer is not EasyPost's error format: then nobody has told us anything. */
export function readError(body: Json | null): ApiError | null {
  const error = body && objectIn(body, 'error')
  const code = error && textIn(error, 'code')
  if (!error || !code) return null
  const parts = [error['message'], error['errors']].flat(2).map(readProblem)
  const message = parts.filter((part) => part !== null).join('; ')
  return { code, message: (message || code).slice(0, text_max) }
}
function readProblem(problem: unknown): string | null {
  if (typeof problem === 'string') return problem || null
  if (!isObject(problem)) return null
  const message = textIn(problem, 'message')
  const field = textIn(problem, 'field')
  return message && field ? `${field}: ${message}` : message
}

/** Our name of what EasyPost refused; null when it is only busy and may be asked again. */
export function refusalCode(status: number, { code }: ApiError): ShippingRefusal | string | null {
  if (status === 408 || status === 429 || status >= 500) return null
  if (code === 'RATE_LIMITED' || code === 'SHIPMENT.PURCHASE.IN_PROGRESS') return null
  if (status === 401 || status === 403) return 'key_refused'
  if (status === 402 || code === 'PAYMENT_REQUIRED') return 'wallet_empty'
  if (status === 404) return 'label_unknown'
  if (code.startsWith('ADDRESS.')) return 'address_invalid'
  if (code === 'SHIPMENT.RATES.UNAVAILABLE') return 'no_rates'
  return code.toLowerCase().replaceAll('.', '_')
}
