// Branded ids of all tables. UUIDv7 (RFC 9562, 5.7): sorted by time, so that new rows
// land at the right edge of every index, and partitions can be cut by id.
import { randomFillSync } from 'node:crypto'

type Id<Brand extends string> = string & { readonly brand: Brand }
export type ApiKeyId = Id<'ApiKey'>
export type StaffId = Id<'Staff'>
export type CustomerId = Id<'Customer'>
export type CustomerGroupId = Id<'CustomerGroup'>
export type CustomerSessionId = Id<'CustomerSession'>
export type CustomerAddressId = Id<'CustomerAddress'>
export type AccountMailId = Id<'AccountMail'>
export type ChannelId = Id<'Channel'>
export type LegalEntityId = Id<'LegalEntity'>
export type LocationId = Id<'Location'>
export type ProductId = Id<'Product'>
export type VariantId = Id<'Variant'>
export type MediaId = Id<'Media'>
export type CategoryId = Id<'Category'>
export type CollectionId = Id<'Collection'>
export type DigitalFileId = Id<'DigitalFile'>
export type EntitlementId = Id<'Entitlement'>
export type ImportId = Id<'Import'>
export type StockItemId = Id<'StockItem'>
export type PriceListId = Id<'PriceList'>
export type CouponId = Id<'Coupon'>
export type PromotionId = Id<'Promotion'>
export type ShippingOptionId = Id<'ShippingOption'>
export type CartId = Id<'Cart'>
export type CartLineId = Id<'CartLine'>
export type OrderId = Id<'Order'>
export type OrderLineId = Id<'OrderLine'>
export type ChangeId = Id<'Change'>
export type NoteId = Id<'Note'>
export type DraftId = Id<'Draft'>
export type AttemptId = Id<'Attempt'>
export type CaptureId = Id<'Capture'>
export type RefundId = Id<'Refund'>
export type VoidId = Id<'Void'>
export type InvoiceId = Id<'Invoice'>
export type ShipmentId = Id<'Shipment'>
export type LabelId = Id<'Label'>
export type PickTaskId = Id<'PickTask'>
export type MessageId = Id<'Message'>
export type EventId = Id<'Event'>
export type EffectId = Id<'Effect'>
export type ExceptionId = Id<'Exception'>
export type WebhookEndpointId = Id<'WebhookEndpoint'>
export type WebhookDeliveryId = Id<'WebhookDelivery'>
export type WebhookReplayId = Id<'WebhookReplay'>

const pool = Buffer.alloc(4096)
let pool_at = pool.length
let last_ms = 0
/** The part of an id that tells `last_ms`. */
let prefix = ''
let sequence = 0

const hex = Array.from({ length: 0x1000 }, (_, n) => n.toString(16).padStart(3, '0'))

function setTime(ms: number): void {
  last_ms = ms
  const time = ms.toString(16).padStart(12, '0')
  prefix = `${time.slice(0, 8)}-${time.slice(8)}-7`
}

/** A new UUIDv7; ids of one process are strictly rising, also within a millisecond. */
export function newId<T extends string>(): T {
  if (pool_at + 9 > pool.length) {
    randomFillSync(pool)
    pool_at = 0
  }
  const now_ms = Date.now()
  if (now_ms > last_ms) {
    setTime(now_ms)
    sequence = pool.readUInt16BE(pool_at) & 0x7ff
  } else if (++sequence > 0xfff) {
    setTime(last_ms + 1)
    sequence = 0
  }
  // 62 random bits: the first two of the 64 are the variant.
  const a = pool.readUIntBE(pool_at, 3)
  const b = pool.readUIntBE(pool_at + 3, 6)
  pool_at += 9
  const variant = (0x8000 | (a & 0x3fff)).toString(16)
  const middle = Math.floor(b / 0x1000000)
  const last = b % 0x1000000
  return `${prefix}${hex[sequence]}-${variant}-${hex[middle >> 12]}${hex[middle & 0xfff]}${
    hex[last >> 12]
  }${hex[last & 0xfff]}` as T
}

const id_ms_max = 2 ** 48 - 1

/**
 * The smallest UUIDv7 of a moment: where a partition or a time range begins. No id is from before
 * 1970, so that what begins earlier begins with the first.
 */
export const idFloor = (at: Date): string => {
  const ms = Math.min(Math.max(at.getTime(), 0), id_ms_max)
  const time = ms.toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-000000000000`
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
export const isId = (text: string): boolean => uuid.test(text)
