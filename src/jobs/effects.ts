// Work that must be done once per cause after something was committed. See table `effect`.
import type { EffectId, OrderId } from '#src/lib/ids.ts'

/** Every kind of effect, and how long it may take before somebody must look (milliseconds). */
export const effect_deadlines_ms = {
  capture: 10_000,
  // Providers may count it only a while after the money.
  fee: 3_600_000,
  void: 60_000,
  refund: 60_000,
  invoice: 10_000,
  credit_note: 10_000,
  invoice_pdf: 10_000,
  correct_invoices: 20_000,
  fulfill: 10_000,
  grant: 10_000,
  label: 10_000,
  void_label: 60_000,
  message_confirmation: 10_000,
  message_receipt: 20_000,
  message_shipped: 10_000,
  message_delivered: 10_000,
  message_canceled: 10_000,
  message_refunded: 20_000,
  message_offer: 10_000,
  message_payment_due: 10_000,
  message_verify_email: 10_000,
  message_account_known: 10_000,
  message_reset_password: 10_000,
  message_account_unknown: 10_000,
  message_welcome: 10_000,
  message_password_changed: 10_000,
  message_staff_reset_password: 10_000,
  message_staff_password_changed: 10_000,
  message_cart_abandoned: 60_000,
} as const satisfies Record<string, number>
export type EffectKind = keyof typeof effect_deadlines_ms

export type Effect = {
  readonly id: EffectId
  readonly kind: EffectKind
  /** The capture, refund, shipment or order that made it necessary. */
  readonly cause_id: string
  readonly order_id: OrderId | null
  readonly tries: number
  /** Where in its trace it was promised; null unless traces are sent. */
  readonly traceparent: string | null
}

export type EffectOutcome =
  | { readonly kind: 'done' }
  /** Not possible now; it is tried again with growing pauses. */
  | { readonly kind: 'retry'; readonly reason: string }
  /** Trying again will not help: a person must look. */
  | { readonly kind: 'stuck'; readonly reason: string }
