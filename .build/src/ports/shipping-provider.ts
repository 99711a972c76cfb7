// What a carrier or label plug-in is. Preparing is free, buying costs money.
import type { LabelId, ShipmentId } from '../lib/ids.ts'
import type { Money } from '../lib/money.ts'
import type { Capability } from './payment-provider.ts'
import type { RawWebhook } from './raw-webhook.ts'

export type ShippingAddress = {
  readonly name: string
  readonly company: string | null
  readonly line1: string
  readonly line2: string | null
  readonly city: string
  readonly region: string | null
  readonly postal_code: string | null
  /** ISO 3166-1 alpha-2. */
  readonly country: string
  readonly phone: string | null
  readonly email: string | null
}
export type Parcel = {
  readonly weight_g: number
  readonly length_mm: number
  readonly width_mm: number
  readonly height_mm: number
}
/** `value` and `weight_g` are those of the whole line, not of one unit. */
export type CustomsLine = {
  readonly description: string
  readonly quantity: number
  readonly value: Money
  readonly weight_g: number
  readonly hs_code: string | null
  readonly origin_country: string | null
}
export type PrepareShipment = {
  /** Ours; sent as the carrier's reference. */
  readonly shipment: ShipmentId
  readonly order_number: string
  readonly from: ShippingAddress
  readonly to: ShippingAddress
  readonly parcel: Parcel
  readonly customs: readonly CustomsLine[]
}
export type Rate = {
  readonly reference: string
  readonly carrier: string
  readonly service: string
  readonly cost: Money
  readonly delivery_days: number | null
}

/** What every provider calls by the same name; other refusals carry the provider's own code. */
export const shipping_refusals = [
  'address_invalid',
  'no_rates',
  'wallet_empty',
  'key_refused',
  'label_unknown',
  'label_voided',
] as const
export type ShippingRefusal = (typeof shipping_refusals)[number]

export type PrepareOutcome =
  | { readonly kind: 'prepared'; readonly reference: string; readonly rates: readonly Rate[] }
  /** The carrier will never take this parcel as it is described: a person must act. */
  | { readonly kind: 'refused'; readonly code: string; readonly message: string }
  /** No answer, busy, or out of order: preparing again costs nothing. */
  | { readonly kind: 'unknown'; readonly reason: string }

export type BuyLabel = {
  readonly label: LabelId
  /** What `prepare` returned; stored before the buy. */
  readonly reference: string
  readonly rate: Rate
}
export type BoughtLabel = {
  readonly kind: 'bought'
  readonly reference: string
  readonly tracking_code: string
  readonly tracking_url: string | null
  readonly carrier: string
  readonly service: string
  readonly cost: Money
  /** Where the label can be fetched with `fetchLabel`. */
  readonly label_url: string
}
export type BuyOutcome =
  | BoughtLabel
  | { readonly kind: 'refused'; readonly code: string; readonly message: string }
  /** The label may have been bought: buy again with the same reference, which looks first. */
  | { readonly kind: 'unknown'; readonly reason: string }

export type LabelFile =
  | { readonly kind: 'file'; readonly media_type: 'application/pdf'; readonly bytes: Uint8Array }
  | { readonly kind: 'unknown'; readonly reason: string }

export type VoidOutcome =
  | { readonly kind: 'voided' }
  | { readonly kind: 'pending' }
  | { readonly kind: 'refused'; readonly code: string; readonly message: string }
  | { readonly kind: 'unknown'; readonly reason: string }

export const tracking_statuses = [
  'unknown',
  'pre_transit',
  'in_transit',
  'out_for_delivery',
  'available_for_pickup',
  'delivered',
  'exception',
  'returning',
  'returned',
  'canceled',
] as const
export type TrackingStatus = (typeof tracking_statuses)[number]

export type TrackingScan = {
  readonly status: TrackingStatus
  /** The carrier's own word, for people. */
  readonly detail: string
  readonly at: Date
  readonly place: string | null
}
export type TrackingReport =
  | { readonly kind: 'scans'; readonly scans: readonly TrackingScan[] }
  | { readonly kind: 'unknown'; readonly reason: string }

export type ShippingWebhookEvent = { readonly event_id: string } & (
  | {
      readonly about: 'tracking'
      readonly tracking_code: string
      readonly scans: readonly TrackingScan[]
    }
  | { readonly about: 'void'; readonly reference: string; readonly outcome: VoidOutcome }
  | { readonly about: 'nothing' }
)

export type ShippingProvider = {
  readonly name: string
  readonly capabilities: { readonly void: Capability }
  prepare(request: PrepareShipment): Promise<PrepareOutcome>
  /** Asking twice with one reference buys once: the provider is asked first what it knows. */
  buy(request: BuyLabel): Promise<BuyOutcome>
  fetchLabel(label_url: string): Promise<LabelFile>
  voidLabel(request: { readonly label: LabelId; readonly reference: string }): Promise<VoidOutcome>
  track(request: {
    readonly tracking_code: string
    readonly carrier: string
  }): Promise<TrackingReport>
  /** Verifies the signature over the raw bytes; null when it is not the provider speaking. */
  readWebhook(raw: RawWebhook): readonly ShippingWebhookEvent[] | null
}
