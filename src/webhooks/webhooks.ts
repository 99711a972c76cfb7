// Outgoing webhooks by the specification of Standard Webhooks: what an endpoint wants to hear,
// what is sent and how it is signed, and when it is tried again. Pure.
import type { EventRow } from '#src/events/events.sql.ts'
import { holdsCardNumber } from '#src/lib/card-guard.ts'
import { plusMs } from '#src/lib/clock.ts'
import { fieldError } from '#src/lib/field-errors.ts'
import type { ChannelId, OrderId, WebhookEndpointId } from '#src/lib/ids.ts'
import { toJson } from '#src/lib/json.ts'
import { addressIn, isPublicAddress } from '#src/lib/public-addresses.ts'
import type { FieldError } from '#src/lib/refusal.ts'
import type { Secret } from '#src/lib/secret.ts'
import { hmacSha256 } from '#src/lib/signature.ts'

/** What an endpoint wants to hear; null takes all. */
export type Wishes = {
  readonly kinds: readonly string[]
  readonly channel_ids: readonly ChannelId[] | null
  readonly order_states: readonly string[] | null
}

/** `*`, `order.*`, `order.placed`. */
export const kind_pattern = '^(\\*|[a-z_]{1,40}\\.(\\*|[a-z_]{1,40}))$'

export const ping_kind = 'webhook.ping'
/** In the inbox, once per endpoint: something for it was given up. */
export const given_up_exception = 'webhook_given_up'

const isKind = (kinds: readonly string[], kind: string): boolean =>
  kinds.some(
    (pattern) =>
      pattern === '*' ||
      pattern === kind ||
      (pattern.endsWith('.*') && kind.startsWith(pattern.slice(0, -1))),
  )

/** What is told of an order beside its events: nothing about the person who has ordered. */
export type OrderSummary = {
  readonly id: OrderId
  readonly number: string | null
  readonly channel_id: ChannelId
  readonly state: string
  readonly payment_state: string
  readonly fulfillment_state: string
  readonly return_state: string
  readonly currency: string
  readonly total: bigint
  readonly version: number
  readonly created_at: Date
  readonly placed_at: Date | null
  readonly canceled_at: Date | null
}

/** The channel that an event belongs to, if any. */
function channelIn({ subject, subject_id, detail }: EventRow, order: OrderSummary | null) {
  if (order) return order.channel_id
  if (subject === 'channel') return subject_id
  const { channel_id } = detail
  return typeof channel_id === 'string' ? channel_id : null
}

export type Miss = 'kind' | 'channel' | 'order_state'

/** Why an event is not sent to an endpoint; null when it is. */
export function missOf(wishes: Wishes, event: EventRow, order: OrderSummary | null): Miss | null {
  if (!isKind(wishes.kinds, event.kind)) return 'kind'
  if (wishes.channel_ids !== null) {
    const channel = channelIn(event, order)
    if (!wishes.channel_ids.some((id) => id === channel)) return 'channel'
  }
  if (wishes.order_states !== null) {
    if (order === null || !wishes.order_states.includes(order.state)) return 'order_state'
  }
  return null
}

/** The thing whose events go out one after the other. */
export const aggregateOf = ({ order_id, subject_id }: EventRow): string => order_id ?? subject_id

/** Larger ones are sent without their detail: receivers bound what they take. */
const body_bytes_max = 200_000

export function bodyOf(event: EventRow, order: OrderSummary | null): string {
  const { id, at, kind, subject, subject_id, order_id, actor, cause_id, detail } = event
  const about = { event_id: id, subject, subject_id, order_id, actor, cause_id }
  const write = (told: object): string =>
    toJson({ type: kind, timestamp: at, data: { ...about, detail: told, order } })
  const body = write(detail)
  return Buffer.byteLength(body) <= body_bytes_max ? body : write({ too_large: true })
}

export const pingBody = (endpoint_id: WebhookEndpointId, at: Date): string =>
  toJson({ type: ping_kind, timestamp: at, data: { endpoint_id } })

/** Events of one id have one webhook-id, at every try and after a replay. */
export const messageIdOf = (event_id: string): string => `evt_${event_id}`

/** 32 bytes that nobody has stored: the same for as long as the key of the server is. */
export const secretOf = (key: Secret, id: WebhookEndpointId, version: number): string =>
  `whsec_${hmacSha256(key.reveal(), 'webhook\n', `${id}.${version}`).toString('base64')}`

export function signatureOf(secret: string, id: string, timestamp: number, body: string): string {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64')
  return `v1,${hmacSha256(key, `${id}.${timestamp}.${body}`).toString('base64')}`
}

export type Signed = {
  readonly endpoint_id: WebhookEndpointId
  readonly secret_version: number
  readonly previous_secret_until: Date | null
}

/** With both secrets while the older one is still good: receivers take either. */
export function headersOf(
  key: Secret,
  { endpoint_id, secret_version, previous_secret_until }: Signed,
  { event_id, body, now }: { readonly event_id: string; readonly body: string; readonly now: Date },
): Record<string, string> {
  const is_rolling = previous_secret_until !== null && previous_secret_until > now
  const versions = is_rolling ? [secret_version, secret_version - 1] : [secret_version]
  const id = messageIdOf(event_id)
  const timestamp = Math.floor(now.getTime() / 1000)
  const signatures = versions.map((version) =>
    signatureOf(secretOf(key, endpoint_id, version), id, timestamp, body),
  )
  return {
    'content-type': 'application/json',
    'user-agent': 'Onhand-Webhooks/1',
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': signatures.join(' '),
  }
}

const [s, min, hour] = [1_000, 60_000, 3_600_000]
/** After each try the pause until the next one: over three days, as Standard Webhooks advises. */
export const pauses_ms = [
  ...[5 * s, 30 * s, 5 * min, 30 * min, 2 * hour, 5 * hour],
  ...[10 * hour, 14 * hour, 20 * hour, 24 * hour],
] as const
/** An answer may ask for more patience than that, but not for more than this. */
export const pause_ms_max = 24 * hour
/** An endpoint that has failed for so long without a break is not tried any more. */
export const failing_ms_max = 5 * 24 * hour

/** Seconds or a date, as RFC 9110 has it; null when it is neither. */
export function readRetryAfter(text: string | null, now: Date): number | null {
  if (text === null) return null
  if (/^\d{1,9}$/.test(text)) return Number(text) * s
  const at = Date.parse(text)
  return Number.isNaN(at) ? null : Math.max(0, at - now.getTime())
}

/**
 * When it is tried again after `tries` tries; null when it is given up. Pauses differ by a tenth,
 * so that what has failed together does not come back together.
 */
export function nextTry(
  tries: number,
  { now, retry_after_ms, dice }: { now: Date; retry_after_ms: number | null; dice: number },
): Date | null {
  const pause = pauses_ms[tries - 1]
  if (pause === undefined) return null
  const asked = Math.min(retry_after_ms ?? 0, pause_ms_max)
  return plusMs(now, Math.max(Math.round(pause * (0.95 + dice / 10)), asked))
}

/** The start of an answer, for people: as text, and nothing that must not be kept. */
export function readResponse(body: Uint8Array): string {
  // PostgreSQL takes no NUL.
  const text = Buffer.from(body).toString('utf8').replaceAll('\0', '').slice(0, 1_000)
  return holdsCardNumber(text) ? '' : text
}

export function urlErrors(text: string, allow_private: boolean): FieldError[] {
  const error = (code: string, message: string) => [fieldError('url', code, message)]
  const url = URL.parse(text)
  // The parser leaves out line ends and the like; what is stored is the text itself.
  if (url === null || !/^https?:\/\/[^\s\p{Cc}\\]+$/iu.test(text)) {
    return error('malformed', 'Write an address: https://example.com/webhooks')
  }
  if (url.username !== '' || url.password !== '' || url.hash !== '') {
    return error('malformed', 'No user, password or #fragment: what is sent is signed.')
  }
  if (allow_private) return []
  if (url.protocol !== 'https:') return error('not_encrypted', 'It must begin with https://')
  const digits = addressIn(url.hostname)
  const is_local = /(^|\.)(localhost|local|internal)\.?$/i.test(url.hostname)
  if (is_local || (digits !== null && !isPublicAddress(digits))) {
    return error('private_address', 'This address is not on the open internet.')
  }
  return []
}
