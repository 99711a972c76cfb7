// Goods that are files: what they are, and when a buyer may still download one. Pure.
import type { DigitalFileId, EntitlementId, OrderLineId } from '#src/lib/ids.ts'

export const download_limits = {
  name_length: 200,
  part_bytes: 4 * 1024 * 1024,
  parts: 128,
  files_per_variant: 20,
  valid_days: 3_650,
  downloads: 10_000,
} as const

/** How long one link holds; the page of the order makes a new one each time it is opened. */
export const link_ms = 24 * 3_600_000

/** How long after a download was counted the rest of it may be asked for. */
export const resume_ms = 3_600_000

export type DigitalFile = {
  readonly id: DigitalFileId
  readonly name: string
  readonly media_type: string
  /** Null as long as it is being uploaded. */
  readonly bytes: bigint | null
  readonly sha256: string | null
  readonly downloads_max: number | null
  readonly valid_days: number | null
  readonly created_at: Date
  readonly archived_at: Date | null
}

/** The right to one file for one unit, or for one of its parts, with what may have ended it. */
export type Entitlement = {
  readonly id: EntitlementId
  readonly order_line_id: OrderLineId
  readonly unit: number
  readonly file_id: DigitalFileId
  readonly name: string
  readonly media_type: string
  readonly bytes: bigint
  readonly sha256: string
  readonly granted_at: Date
  readonly expires_at: Date | null
  readonly downloads: number
  readonly downloads_max: number | null
  /** When a download was counted last. */
  readonly counted_at: Date | null
  readonly revoked_at: Date | null
  /** Whether this unit was taken off the order, or the order was paid back. */
  readonly given_back: boolean
}
export const entitlement_states = ['open', 'used_up', 'expired', 'revoked'] as const
export type EntitlementState = (typeof entitlement_states)[number]

export function stateOf(one: Entitlement, now: Date): EntitlementState {
  if (one.revoked_at !== null || one.given_back) return 'revoked'
  if (one.expires_at !== null && one.expires_at <= now) return 'expired'
  return one.downloads_max !== null && one.downloads >= one.downloads_max ? 'used_up' : 'open'
}

/** Whether a download was counted lately, so that the rest of it may still be asked for. */
export const isUnderWay = ({ counted_at }: Entitlement, now: Date): boolean =>
  counted_at !== null && now.getTime() - counted_at.getTime() < resume_ms

/** The same bytes have the same tag, whoever bought them. */
export const etagOf = ({ sha256 }: Entitlement): string => `"${sha256}"`

/** A link ends with the right to the file, if that is sooner. */
export function linkEnd({ expires_at }: Entitlement, now: Date): Date {
  const end = new Date(now.getTime() + link_ms)
  return expires_at !== null && expires_at < end ? expires_at : end
}

/** A media type without parameters; anything else is sent as bytes of no known kind. */
export const isMediaType = (text: string): boolean =>
  text.length <= 100 && /^[a-z0-9][a-z0-9.+-]*\/[a-z0-9][a-z0-9.+-]*$/.test(text)

/** A name as a header can carry it: plain letters for old programs, all of it for the others. */
export function contentDisposition(name: string): string {
  const plain = name.replaceAll(/[^\w .()-]/g, '_')
  const whole = encodeURIComponent(name).replaceAll(
    /['()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return `attachment; filename="${plain}"; filename*=UTF-8''${whole}`
}
