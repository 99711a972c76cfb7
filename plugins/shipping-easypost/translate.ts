// EasyPost's JSON to our types and back. Pure; what comes in may be anything.
import { isCurrency, readDecimal, toDecimal } from '#src/lib/currency.ts'
import { type Foreign, isObject, momentAt, nameAt, textAt, valueAt } from '#src/lib/foreign-json.ts'
import { readJsonObject } from '#src/lib/http-client.ts'
import { type Currency, type Money, share } from '#src/lib/money.ts'
import type { Secret } from '#src/lib/secret.ts'
import { isHmacHex, sha256 } from '#src/lib/signature.ts'
import type { RawWebhook } from '#src/ports/raw-webhook.ts'
import { Doubt, type Reply, refused } from '#src/ports/reply.ts'
import type {
  BoughtLabel,
  CustomsLine,
  PrepareShipment,
  Rate,
  ShippingAddress,
  ShippingRefusal,
  ShippingWebhookEvent,
  TrackingScan,
  TrackingStatus,
  VoidOutcome,
} from '#src/ports/shipping-provider.ts'

const text_max = 500
const rates_max = 200
const scans_max = 500
/** Both are part of what tells a scan from others, in an index: together below 2 kB. */
const detail_max = 300
const place_max = 200

export const listIn = (from: unknown, name: string): readonly Foreign[] => {
  const value = valueAt(from, name)
  return Array.isArray(value) ? value.filter(isObject) : []
}
/** Words for people and our rows: cut, unlike ids and addresses. */
const wordsAt = (from: unknown, ...path: string[]): string | null =>
  textAt(from, ...path)?.slice(0, text_max) ?? null

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

export const fromAddress = (address: ShippingAddress): Foreign => ({
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

const fromCustomsLine = (line: CustomsLine): Foreign => ({
  description: line.description,
  quantity: line.quantity,
  // As written, so that no amount passes through a double.
  value: JSON.rawJSON(toDecimal(line.value)),
  currency: line.value.currency,
  weight: toOunces(line.weight_g),
  hs_tariff_number: line.hs_code,
  origin_country: line.origin_country,
})

const fromCustoms = (request: PrepareShipment): Foreign => ({
  customs_certify: true,
  customs_signer: request.from.name,
  contents_type: 'merchandise',
  restriction_type: 'none',
  non_delivery_option: 'return',
  eel_pfc: 'NOEEI 30.37(a)',
  customs_items: request.customs.map(fromCustomsLine),
})

export function fromShipment(request: PrepareShipment): Foreign {
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

function readDays(rate: unknown): number | null {
  for (const days of [valueAt(rate, 'delivery_days'), valueAt(rate, 'est_delivery_days')]) {
    if (typeof days === 'number' && Number.isInteger(days) && days >= 0) return days
  }
  return null
}

export function readRate(rate: unknown): Rate | null {
  const reference = textAt(rate, 'id')
  const carrier = wordsAt(rate, 'carrier')
  const service = wordsAt(rate, 'service')
  const cost = readMoney(textAt(rate, 'rate'), textAt(rate, 'currency'))
  if (!reference || !carrier || !service || !cost || cost.amount < 0n) return null
  return { reference, carrier, service, cost, delivery_days: readDays(rate) }
}

/** Rates that we cannot read are left out: nobody could choose them. */
export const readRates = (shipment: Foreign): readonly Rate[] =>
  listIn(shipment, 'rates')
    .slice(0, rates_max)
    .map(readRate)
    .filter((rate) => rate !== null)

/** Why each carrier said no. */
export const readMessages = (shipment: Foreign): string =>
  listIn(shipment, 'messages')
    .map((row) => `${textAt(row, 'carrier') ?? 'carrier'}: ${textAt(row, 'message') ?? 'no'}`)
    .join('; ')
    .slice(0, text_max)

/** Where the PDF is; null when the label exists only in another format. */
export function readPdfUrl(shipment: Foreign): string | null {
  const label = shipment['postage_label']
  const is_pdf = valueAt(label, 'label_file_type') === 'application/pdf'
  return textAt(label, 'label_pdf_url') ?? (is_pdf ? textAt(label, 'label_url') : null)
}

/** Null while it is not certain that a label was bought. */
export function readBought(shipment: Foreign): BoughtLabel | null {
  const reference = textAt(shipment, 'id')
  const tracking_code = textAt(shipment, 'tracking_code')
  const label_url = readPdfUrl(shipment)
  const rate = readRate(shipment['selected_rate'])
  if (!reference || !tracking_code || !label_url || !rate) return null
  const { carrier, service, cost } = rate
  const tracking_url = textAt(shipment, 'tracker', 'public_url')
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
export function readRefundStatus(holder: unknown, field: string): VoidOutcome | null {
  const status = wordsAt(holder, field)
  if (status === null) return null
  if (status === 'submitted') return { kind: 'pending' }
  if (status === 'refunded') return { kind: 'voided' }
  if (status === 'rejected' || status === 'not_applicable') {
    return refused(`void_${status}`, `The refund is ${status}.`)
  }
  return { kind: 'unknown', reason: `refund status ${status}` }
}

/** A label whose refund was refused is paid for and still good. */
export function isGivenBack(shipment: Foreign): boolean {
  const refund = readRefundStatus(shipment, 'refund_status')
  return refund !== null && refund.kind !== 'refused'
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
  return momentAt(at.getTime())
}

function readPlace(detail: Foreign): string | null {
  const there = detail['tracking_location']
  const words = ['city', 'state', 'zip', 'country'].map((name) => wordsAt(there, name))
  const place = words.filter((word) => word !== null).join(' ')
  return place.slice(0, place_max) || null
}

const cut = (detail: string): string => detail.slice(0, detail_max)

/** In the order in which EasyPost tells them, which need not be that of time. */
export function readScans(tracker: unknown): readonly TrackingScan[] {
  const updated_at = readTime(wordsAt(tracker, 'updated_at'))
  const scans: TrackingScan[] = []
  for (const row of listIn(tracker, 'tracking_details').slice(-scans_max)) {
    const at = readTime(wordsAt(row, 'datetime')) ?? updated_at
    if (at === null) continue
    const word = wordsAt(row, 'status')
    const detail = wordsAt(row, 'message') ?? wordsAt(row, 'status_detail') ?? word ?? 'unknown'
    scans.push({ status: readStatus(word), detail: cut(detail), at, place: readPlace(row) })
  }
  // Some carriers move the head of the tracker without a scan.
  const head = wordsAt(tracker, 'status')
  const status = readStatus(head)
  if (head && status !== 'unknown' && updated_at && !scans.some((scan) => scan.status === status)) {
    const detail = wordsAt(tracker, 'status_detail') ?? head
    scans.push({ status, detail: cut(detail), at: updated_at, place: null })
  }
  return scans
}

export type ApiError = { readonly code: string; readonly message: string }

/** Null when the answer is not EasyPost's error format: then nobody has told us anything. */
export function readError(body: Foreign | null): ApiError | null {
  const error = valueAt(body, 'error')
  const code = wordsAt(error, 'code')
  if (code === null) return null
  const parts = [valueAt(error, 'message'), valueAt(error, 'errors')].flat(2).map(readProblem)
  const message = parts.filter((part) => part !== null).join('; ')
  return { code, message: (message || code).slice(0, text_max) }
}
function readProblem(problem: unknown): string | null {
  if (typeof problem === 'string') return problem || null
  const message = textAt(problem, 'message')
  const field = textAt(problem, 'field')
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

/** Only a clear no is a no; all that we cannot read is in doubt. */
export function readReply(status: number, body: Foreign | null): Reply {
  if (status >= 200 && status < 300 && body !== null) return { kind: 'ok', body }
  const error = readError(body)
  if (!error || status < 400) throw new Doubt(`status ${status}`)
  const code = refusalCode(status, error)
  if (code === null) throw new Doubt(`${error.code}: ${error.message}`)
  return refused(code, error.message)
}

/**
 * The signature is over the raw bytes; the key is the secret in its NFKD form. Bodies that a
 * proxy wrote anew have lost the `.0` of whole weights, which EasyPost's own clients put back.
 * The second, dated signature is not asked for: its definition is not public, and a repeated
 * event changes nothing, since events are told apart by their id.
 */
function isAuthentic(secret: Secret, { headers, body }: RawWebhook): boolean {
  const given = /^hmac-sha256-hex=([0-9a-f]{64})$/.exec(headers['x-hmac-signature'] ?? '')?.[1]
  if (given === undefined) return false
  const key = secret.reveal().normalize('NFKD')
  if (isHmacHex(given, key, body)) return true
  const text = Buffer.from(body).toString('utf8')
  return isHmacHex(given, key, text.replace(/("weight":\s*)(\d+)(?=\s*[,}])/g, '$1$2.0'))
}

export function readEasypostWebhook(
  secret: Secret,
  raw: RawWebhook,
): readonly ShippingWebhookEvent[] | null {
  if (!isAuthentic(secret, raw)) return null
  const event = readJsonObject(raw.body)
  const event_id = nameAt(event, 'id') ?? sha256(raw.body).toString('hex')
  const result = valueAt(event, 'result')
  const description = textAt(event, 'description') ?? ''
  const tracking_code = nameAt(result, 'tracking_code')
  if (description.startsWith('tracker.') && tracking_code) {
    return [{ event_id, about: 'tracking', tracking_code, scans: readScans(result) }]
  }
  const reference = nameAt(result, 'shipment_id')
  const outcome = readRefundStatus(result, 'status')
  if (description.startsWith('refund.') && reference && outcome) {
    return [{ event_id, about: 'void', reference, outcome }]
  }
  return [{ event_id, about: 'nothing' }]
}
