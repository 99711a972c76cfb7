// EasyPost as a label provider: https://docs.easypost.com. A shipment is created with its rates
// (free), then bought (money). EasyPost knows no idempotency keys, so each step looks first.
import assert from 'node:assert/strict'
import { type Foreign, isObject, textAt, valueAt } from '../../src/lib/foreign-json.ts'
import { readJsonObject, type Send } from '../../src/lib/http-client.ts'
import { toJson } from '../../src/lib/json.ts'
import type { Secret } from '../../src/lib/secret.ts'
import {
  checkApiBase,
  matches,
  openSetting,
  type Setting,
  secretSetting,
} from '../../src/lib/settings.ts'
import { Doubt, orUnknown, type Reply, refused, sure } from '../../src/ports/reply.ts'
import type {
  BuyLabel,
  BuyOutcome,
  LabelFile,
  PrepareOutcome,
  PrepareShipment,
  ShippingProvider,
  TrackingReport,
  VoidOutcome,
} from '../../src/ports/shipping-provider.ts'
import {
  fromAddress,
  fromShipment,
  isGivenBack,
  listIn,
  readBought,
  readEasypostWebhook,
  readMessages,
  readPdfUrl,
  readRates,
  readRefundStatus,
  readReply,
  readScans,
} from './translate.ts'

export type EasypostConfig = {
  readonly api_key: Secret
  readonly webhook_secret: Secret
  /** Without the `/v2`. */
  readonly api_base: string
}

export const easypost_settings: readonly Setting[] = [
  secretSetting(
    'EASYPOST_API_KEY',
    'API key of your EasyPost account',
    matches(/^EZ[A-Z]K[\x21-\x7e]{4,}$/, 'starts with EZTK (test) or EZAK (production)'),
  ),
  secretSetting(
    'EASYPOST_WEBHOOK_SECRET',
    'The secret that you gave to the EasyPost webhook',
    matches(/^.{8,}$/s, 'is shorter than 8 characters'),
  ),
  openSetting(
    'EASYPOST_API_BASE',
    'https://api.easypost.com',
    'Address of the EasyPost API',
    checkApiBase,
  ),
]

// Rating asks all carriers and may take several seconds.
const api_timeout_ms = 60_000
const label_timeout_ms = 30_000
const label_bytes_max = 10 * 1024 * 1024

type At = { readonly config: EasypostConfig; readonly send: Send }

async function call(
  { config, send }: At,
  method: 'GET' | 'POST',
  path: string,
  body?: Foreign,
): Promise<Reply> {
  const credentials = Buffer.from(`${config.api_key.reveal()}:`).toString('base64')
  const answer = await send({
    method,
    url: `${new URL(config.api_base).origin}/v2${path}`,
    headers: {
      authorization: `Basic ${credentials}`,
      accept: 'application/json',
      ...(body ? { 'content-type': 'application/json' } : {}),
    },
    body: body ? toJson(body) : null,
    timeout_ms: api_timeout_ms,
  })
  if (answer.kind === 'no_answer') throw new Doubt(`no answer: ${answer.reason}`)
  return readReply(answer.status, readJsonObject(answer.body))
}

/** For answers that hold a thing of EasyPost, which always has an id. */
async function callForOne(...asked: Parameters<typeof call>): Promise<Reply> {
  const reply = await call(...asked)
  if (reply.kind === 'refused' || textAt(reply.body, 'id')) return reply
  throw new Doubt('an answer without what was asked for')
}

const shipmentPath = (reference: string): string => `/shipments/${encodeURIComponent(reference)}`

/** No carrier made an offer: the address checker may know why. */
async function explainNoRates(
  at: At,
  request: PrepareShipment,
  messages: string,
): Promise<PrepareOutcome> {
  const check = orUnknown((body: Foreign) => call(at, 'POST', '/addresses', body))
  const reply = await check({ address: fromAddress(request.to), verify: true })
  const delivery =
    reply.kind === 'ok' ? valueAt(reply.body, 'verifications', 'delivery') : undefined
  if (valueAt(delivery, 'success') === false) {
    const reasons = listIn(delivery, 'errors').map((row) => textAt(row, 'message') ?? '')
    const message = reasons.filter(Boolean).join('; ') || 'The address cannot be delivered to.'
    return refused('address_invalid', message.slice(0, 500))
  }
  return refused('no_rates', messages || 'No carrier made an offer.')
}

async function prepare(at: At, request: PrepareShipment): Promise<PrepareOutcome> {
  const reply = await callForOne(at, 'POST', '/shipments', fromShipment(request))
  if (reply.kind === 'refused') return reply
  const { rates: offers } = reply.body
  if (!Array.isArray(offers)) throw new Doubt('a shipment without a list of rates')
  const rates = readRates(reply.body)
  if (rates.length > 0) return { kind: 'prepared', reference: textAt(reply.body, 'id')!, rates }
  if (offers.length > 0) throw new Doubt('no rate could be read')
  return explainNoRates(at, request, readMessages(reply.body))
}

/** The label on this shipment, if there is one; its PDF is made when it has another format. */
async function adopt(at: At, path: string, shipment: Foreign): Promise<BuyOutcome | null> {
  if (!isObject(shipment['postage_label'])) return null
  if (isGivenBack(shipment)) return refused('label_voided', 'This label was given back.')
  const printed = readPdfUrl(shipment)
    ? shipment
    : await sure(callForOne(at, 'GET', `${path}/label?file_format=PDF`))
  const bought = readBought(printed)
  if (bought) return bought
  throw new Doubt('the label could not be read, or is not there as a PDF yet')
}

async function buy(at: At, { reference, rate }: BuyLabel): Promise<BuyOutcome> {
  const path = shipmentPath(reference)
  const before = await callForOne(at, 'GET', path)
  if (before.kind === 'refused') return before
  const earlier = await adopt(at, path, before.body)
  if (earlier) return earlier

  const reply = await callForOne(at, 'POST', `${path}/buy`, { rate: { id: rate.reference } })
  if (reply.kind === 'refused' && reply.code !== 'shipment_postage_exists') return reply
  // When it exists, somebody else bought it between our two calls.
  const after = reply.kind === 'ok' ? reply.body : await sure(callForOne(at, 'GET', path))
  const label = await adopt(at, path, after)
  if (label) return label
  throw new Doubt('bought, but not shown yet')
}

async function voidLabel(at: At, reference: string): Promise<VoidOutcome> {
  const path = shipmentPath(reference)
  const before = await callForOne(at, 'GET', path)
  if (before.kind === 'refused') return before
  const earlier = readRefundStatus(before.body, 'refund_status')
  if (earlier) return earlier
  if (!isObject(before.body['postage_label'])) {
    return refused('label_unknown', 'No label was bought for it.')
  }
  const reply = await callForOne(at, 'POST', `${path}/refund`)
  if (reply.kind === 'refused') return reply
  const asked = readRefundStatus(reply.body, 'refund_status')
  if (asked) return asked
  throw new Doubt('an answer without a status')
}

async function track(
  at: At,
  wanted: { readonly tracking_code: string; readonly carrier: string },
): Promise<TrackingReport> {
  const { tracking_code, carrier } = wanted
  const query = new URLSearchParams({ tracking_code, carrier })
  const body = await sure(call(at, 'GET', `/trackers?${query}`))
  if (!Array.isArray(body['trackers'])) throw new Doubt('a list without trackers')
  const found = listIn(body, 'trackers').find((row) => row['tracking_code'] === tracking_code)
  if (found) return { kind: 'scans', scans: readScans(found) }
  // Codes of labels bought elsewhere are unknown to EasyPost until it is told to follow them.
  const tracker = { tracking_code, carrier }
  const created = await sure(callForOne(at, 'POST', '/trackers', { tracker }))
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
async function fetchLabel({ config, send }: At, label_url: string): Promise<LabelFile> {
  const url = URL.parse(label_url)
  if (!url) throw new Doubt('the address of the label is no URL')
  if (!isLabelHost(url, config.api_base)) {
    throw new Doubt(`labels are not fetched from ${url.hostname}`)
  }
  const answer = await send({
    method: 'GET',
    url: url.href,
    headers: { accept: 'application/pdf' },
    body: null,
    timeout_ms: label_timeout_ms,
  })
  if (answer.kind === 'no_answer') throw new Doubt(`no answer: ${answer.reason}`)
  if (answer.status !== 200) throw new Doubt(`status ${answer.status}`)
  if (answer.body.length > label_bytes_max) throw new Doubt('the label is larger than 10 MB')
  if (answer.body.subarray(0, 5).toString('latin1') !== '%PDF-') throw new Doubt('not a PDF')
  return { kind: 'file', media_type: 'application/pdf', bytes: answer.body }
}

export function easypostShipping(config: EasypostConfig, send: Send): ShippingProvider {
  assert(config.api_key.reveal() !== '' && config.webhook_secret.reveal() !== '', 'empty secret')
  const at: At = { config, send }
  return {
    name: 'easypost',
    capabilities: { void: true },
    prepare: orUnknown((request) => prepare(at, request)),
    buy: orUnknown((request) => buy(at, request)),
    fetchLabel: orUnknown((label_url) => fetchLabel(at, label_url)),
    voidLabel: orUnknown(({ reference }) => voidLabel(at, reference)),
    track: orUnknown((wanted) => track(at, wanted)),
    readWebhook: (raw) => readEasypostWebhook(config.webhook_secret, raw),
  }
}
