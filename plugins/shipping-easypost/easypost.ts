// EasyPost as a label provider: https://docs.easypost.com. A shipment is created with its rates
// (free), then bought (money). EasyPost knows no idempotency keys, so each step looks first.
import assert from 'node:assert/strict'
import { type HttpAnswer, type NoAnswer, readJsonObject, type Send } from '#src/lib/http-client.ts'
import { toJson } from '#src/lib/json.ts'
import type { Secret } from '#src/lib/secret.ts'
import type { Setting } from '#src/lib/settings.ts'
import { hmacSha256, sameBytes, sha256 } from '#src/lib/signature.ts'
import type { RawWebhook } from '#src/ports/raw-webhook.ts'
import type {
  BuyLabel,
  BuyOutcome,
  LabelFile,
  PrepareOutcome,
  PrepareShipment,
  ShippingProvider,
  ShippingWebhookEvent,
  TrackingReport,
  VoidOutcome,
} from '#src/ports/shipping-provider.ts'
import {
  fromAddress,
  fromShipment,
  type Json,
  listIn,
  objectIn,
  readBought,
  readError,
  readMessages,
  readPdfUrl,
  readRates,
  readRefundStatus,
  readScans,
  refusalCode,
  textIn,
} from './translate.ts'

export type EasypostConfig = {
  readonly api_key: Secret
  readonly webhook_secret: Secret
  /** Without the `/v2`. */
  readonly api_base: string
}

const checkUrl = (text: string): string | null => {
  if (!URL.canParse(text)) return 'is not a URL'
  const { protocol, hostname } = new URL(text)
  const loopback = hostname === '127.0.0.1' || hostname === 'localhost'
  if (protocol === 'https:' || (protocol === 'http:' && loopback)) return null
  return 'must be https (http is for a simulator on this machine)'
}
const checkKey = (text: string): string | null =>
  /^EZ[A-Z]K[\x21-\x7e]{4,}$/.test(text) ? null : 'starts with EZTK (test) or EZAK (production)'
const checkSecret = (text: string): string | null =>
  text.length >= 8 ? null : 'is shorter than 8 characters'

export const easypost_settings = [
  {
    name: 'EASYPOST_API_KEY',
    describe: 'API key of your EasyPost account',
    secret: true,
    fallback: null,
    check: checkKey,
  },
  {
    name: 'EASYPOST_WEBHOOK_SECRET',
    describe: 'The secret that you gave to the EasyPost webhook',
    secret: true,
    fallback: null,
    check: checkSecret,
  },
  {
    name: 'EASYPOST_API_BASE',
    describe: 'Address of the EasyPost API',
    secret: false,
    fallback: 'https://api.easypost.com',
    check: checkUrl,
  },
] as const satisfies readonly Setting[]

// Rating asks all carriers and may take several seconds.
const api_timeout_ms = 60_000
const label_timeout_ms = 30_000
const label_bytes_max = 10 * 1024 * 1024

type Answer = { readonly status: number; readonly body: Json | null }
type Call = (method: 'GET' | 'POST', path: string, body?: Json) => Promise<Answer | NoAnswer>
type Unclear = { readonly kind: 'unknown'; readonly reason: string }
type No = Unclear | { readonly kind: 'refused'; readonly code: string; readonly message: string }

const unknown = (reason: string): Unclear => ({ kind: 'unknown', reason })

const makeCall =
  (config: EasypostConfig, send: Send): Call =>
  async (method, path, body) => {
    const credentials = Buffer.from(`${config.api_key.reveal()}:`).toString('base64')
    const answer = await send({
      method,
      url: `${config.api_base.replace(/\/+$/, '')}/v2${path}`,
      headers: {
        authorization: `Basic ${credentials}`,
        accept: 'application/json',
        ...(body ? { 'content-type': 'application/json' } : {}),
      },
      body: body ? toJson(body) : null,
      timeout_ms: api_timeout_ms,
    })
    if (answer.kind === 'no_answer') return answer
    return { status: answer.status, body: readJsonObject(answer.body) }
  }

/** Only a clear no is a no; all that we cannot read is unknown. */
function readNo(answer: Answer | NoAnswer): No {
  if ('kind' in answer) return unknown(`no answer: ${answer.reason}`)
  const error = readError(answer.body)
  if (!error || answer.status < 400) return unknown(`status ${answer.status}`)
  const code = refusalCode(answer.status, error)
  if (code === null) return unknown(`${error.code}: ${error.message}`)
  return { kind: 'refused', code, message: error.message }
}
/** A yes is a 2xx that holds what was asked for. */
const readYes = (answer: Answer | NoAnswer): Json | null =>
  !('kind' in answer) && answer.status >= 200 && answer.status < 300 ? answer.body : null

function readShipment(answer: Answer | NoAnswer): Json | null {
  const body = readYes(answer)
  return body && textIn(body, 'id') ? body : null
}
const shipmentPath = (reference: string): string => `/shipments/${encodeURIComponent(reference)}`

/** No carrier made an offer: the address checker may know why. */
async function explainNoRates(
  call: Call,
  request: PrepareShipment,
  messages: string,
): Promise<PrepareOutcome> {
  const answer = await call('POST', '/addresses', {
    address: fromAddress(request.to),
    verify: true,
  })
  const body = readYes(answer)
  const verifications = body && objectIn(body, 'verifications')
  const delivery = verifications && objectIn(verifications, 'delivery')
  if (delivery?.['success'] === false) {
    const reasons = listIn(delivery, 'errors').map((row) => textIn(row, 'message') ?? '')
    const message = reasons.filter(Boolean).join('; ') || 'The address cannot be delivered to.'
    return { kind: 'refused', code: 'address_invalid', message: message.slice(0, 500) }
  }
  return { kind: 'refused', code: 'no_rates', message: messages || 'No carrier made an offer.' }
}

async function prepare(call: Call, request: PrepareShipment): Promise<PrepareOutcome> {
  const answer = await call('POST', '/shipments', fromShipment(request))
  const shipment = readShipment(answer)
  if (!shipment) return readNo(answer)
  if (!Array.isArray(shipment['rates'])) return unknown('a shipment without a list of rates')
  const rates = readRates(shipment)
  if (rates.length > 0) return { kind: 'prepared', reference: textIn(shipment, 'id')!, rates }
  if (shipment['rates'].length > 0) return unknown('no rate could be read')
  return explainNoRates(call, request, readMessages(shipment))
}

/** The label on this shipment, if there is one; its PDF is made when it has another format. */
async function adopt(call: Call, shipment: Json): Promise<BuyOutcome | null> {
  if (!objectIn(shipment, 'postage_label')) return null
  if (textIn(shipment, 'refund_status')) {
    return { kind: 'refused', code: 'label_voided', message: 'This label was given back.' }
  }
  if (readPdfUrl(shipment)) return readBought(shipment) ?? unknown('the label could not be read')
  const path = `${shipmentPath(textIn(shipment, 'id')!)}/label?file_format=PDF`
  const converted = readShipment(await call('GET', path))
  return (converted && readBought(converted)) ?? unknown('the label is not there as a PDF yet')
}

async function buy(call: Call, { reference, rate }: BuyLabel): Promise<BuyOutcome> {
  const before = await call('GET', shipmentPath(reference))
  const known = readShipment(before)
  if (!known) return readNo(before)
  const earlier = await adopt(call, known)
  if (earlier) return earlier

  const answer = await call('POST', `${shipmentPath(reference)}/buy`, {
    rate: { id: rate.reference },
  })
  const shipment = readShipment(answer)
  if (shipment) return (await adopt(call, shipment)) ?? unknown('an answer without a label')
  const no = readNo(answer)
  if (no.kind !== 'refused' || no.code !== 'shipment_postage_exists') return no
  // Somebody else bought it between our two calls.
  const after = readShipment(await call('GET', shipmentPath(reference)))
  return (after && (await adopt(call, after))) ?? unknown('bought, but not shown yet')
}

async function voidLabel(call: Call, reference: string): Promise<VoidOutcome> {
  const before = await call('GET', shipmentPath(reference))
  const known = readShipment(before)
  if (!known) return readNo(before)
  const earlier = readRefundStatus(known, 'refund_status')
  if (earlier) return earlier
  if (!objectIn(known, 'postage_label')) {
    return { kind: 'refused', code: 'label_unknown', message: 'No label was bought for it.' }
  }
  const answer = await call('POST', `${shipmentPath(reference)}/refund`)
  const shipment = readShipment(answer)
  if (!shipment) return readNo(answer)
  return readRefundStatus(shipment, 'refund_status') ?? unknown('an answer without a status')
}

async function track(
  call: Call,
  { tracking_code, carrier }: { readonly tracking_code: string; readonly carrier: string },
): Promise<TrackingReport> {
  const answer = await call('GET', `/trackers?${new URLSearchParams({ tracking_code, carrier })}`)
  const body = readYes(answer)
  if (!body || !Array.isArray(body['trackers'])) {
    const no = readNo(answer)
    return no.kind === 'refused' ? unknown(`${no.code}: ${no.message}`) : no
  }
  const found = listIn(body, 'trackers').find((row) => row['tracking_code'] === tracking_code)
  if (found) return { kind: 'scans', scans: readScans(found) }
  // Codes of labels bought elsewhere are unknown to EasyPost until it is told to follow them.
  const created = readYes(await call('POST', '/trackers', { tracker: { tracking_code, carrier } }))
  if (!created || !textIn(created, 'id')) return unknown('nobody follows this tracking code')
  return { kind: 'scans', scans: readScans(created) }
}

/** Labels lie on EasyPost's file hosts; the API's own origin serves them in the simulator. */
function isLabelHost(url: URL, api_base: string): boolean {
  if (url.username !== '' || url.password !== '') return false
  if (url.origin === new URL(api_base).origin) return true
  if (url.protocol !== 'https:' || url.port !== '') return false
  return (
    url.hostname.endsWith('.easypost.com') ||
    /^easypost-files\.s3(?:[.-][a-z0-9-]+)?\.amazonaws\.com$/.test(url.hostname)
  )
}

/** The API key is not sent along: labels lie behind unguessable addresses. */
async function fetchLabel(api_base: string, send: Send, label_url: string): Promise<LabelFile> {
  if (!URL.canParse(label_url)) return unknown('the address of the label is no URL')
  const url = new URL(label_url)
  if (!isLabelHost(url, api_base)) return unknown(`labels are not fetched from ${url.hostname}`)
  const answer: HttpAnswer | NoAnswer = await send({
    method: 'GET',
    url: url.href,
    headers: { accept: 'application/pdf' },
    body: null,
    timeout_ms: label_timeout_ms,
  })
  if (answer.kind === 'no_answer') return unknown(`no answer: ${answer.reason}`)
  if (answer.status !== 200) return unknown(`status ${answer.status}`)
  if (answer.body.length > label_bytes_max) return unknown('the label is larger than 10 MB')
  if (answer.body.subarray(0, 5).toString('latin1') !== '%PDF-') return unknown('not a PDF')
  return { kind: 'file', media_type: 'application/pdf', bytes: answer.body }
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
  const isSignatureOf = (bytes: string | Uint8Array): boolean =>
    sameBytes(given, hmacSha256(key, bytes).toString('hex'))
  if (isSignatureOf(body)) return true
  const text = Buffer.from(body).toString('utf8')
  return isSignatureOf(text.replace(/("weight":\s*)(\d+)(?=\s*[,}])/g, '$1$2.0'))
}

function readWebhook(secret: Secret, raw: RawWebhook): readonly ShippingWebhookEvent[] | null {
  if (!isAuthentic(secret, raw)) return null
  const event = readJsonObject(raw.body) ?? {}
  const event_id = textIn(event, 'id') ?? sha256(raw.body).toString('hex')
  const result = objectIn(event, 'result') ?? {}
  const description = textIn(event, 'description') ?? ''
  const tracking_code = textIn(result, 'tracking_code')
  if (description.startsWith('tracker.') && tracking_code) {
    return [{ event_id, about: 'tracking', tracking_code, scans: readScans(result) }]
  }
  const reference = textIn(result, 'shipment_id')
  const outcome = readRefundStatus(result, 'status')
  if (description.startsWith('refund.') && reference && outcome) {
    return [{ event_id, about: 'void', reference, outcome }]
  }
  return [{ event_id, about: 'nothing' }]
}

export function easypostShipping(config: EasypostConfig, send: Send): ShippingProvider {
  assert(config.api_key.reveal() !== '' && config.webhook_secret.reveal() !== '', 'empty secret')
  const call = makeCall(config, send)
  return {
    name: 'easypost',
    capabilities: { void: true },
    prepare: (request) => prepare(call, request),
    buy: (request) => buy(call, request),
    fetchLabel: (label_url) => fetchLabel(config.api_base, send, label_url),
    voidLabel: ({ reference }) => voidLabel(call, reference),
    track: (request) => track(call, request),
    readWebhook: (raw) => readWebhook(config.webhook_secret, raw),
  }
}
