// What a payment plug-in is. It translates and sends; it does not store, log, wait or retry.
// Two steps are the rule: start, maybe let the buyer act, finish.
import type { AttemptId, CaptureId, OrderId, RefundId } from '../lib/ids.ts'
import type { Money } from '../lib/money.ts'
import type { RawWebhook } from './raw-webhook.ts'

export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [k: string]: Json }
export type JsonObject = { readonly [name: string]: Json }

export type Buyer = {
  readonly email: string
  readonly name: string
  readonly phone: string | null
  readonly address: {
    readonly line1: string
    readonly line2: string | null
    readonly city: string
    readonly region: string | null
    readonly postal_code: string | null
    readonly country: string
  }
}

export type StartPayment = {
  /** Ours, and also the provider's idempotency key: starting twice charges once. */
  readonly attempt: AttemptId
  readonly order: OrderId
  readonly price: Money
  /** Whether the money is taken now, or only reserved until shipment. */
  readonly capture: 'now' | 'later'
  /** What the provider's own page gave for the card. Null when the buyer acts after the start. */
  readonly token: string | null
  readonly buyer: Buyer
  /** Where a bank page sends the buyer back to. */
  readonly return_url: string
}

/** Names an attempt at the provider. `reference` is null while no answer has ever reached us. */
export type AttemptAt = {
  readonly attempt: AttemptId
  readonly order: OrderId
  readonly reference: string | null
  readonly price: Money
  readonly started_at: Date
}
export type FinishPayment = AttemptAt & {
  readonly reference: string
  /** What the provider's script handed to the browser, unverified. */
  readonly answer: JsonObject
}

export const decline_reasons = [
  'insufficient_funds',
  'expired_card',
  'incorrect_cvc',
  'incorrect_number',
  'not_supported',
  'limit_exceeded',
  'authentication_failed',
  'do_not_honor',
  'abandoned',
  'try_again',
  'generic',
] as const
/** Lost, stolen and fraud are told as `generic`: the buyer in front of us may be the thief. */
export type DeclineReason = (typeof decline_reasons)[number]

/**
 * What the provider keeps of a capture. `later`: it takes something and has not said how much
 * here; `lookup` tells. Null: none, or none that it tells of.
 */
export type Fee = Money | 'later' | null

export type PaymentOutcome =
  /** `amount` is all that was captured for this attempt so far. */
  | {
      readonly kind: 'captured'
      readonly reference: string
      readonly amount: Money
      readonly fee: Fee
    }
  | {
      readonly kind: 'authorized'
      readonly reference: string
      readonly amount: Money
      readonly capture_before: Date | null
    }
  /** The buyer must act in the browser; `client_data` is handed to it and never stored. */
  | {
      readonly kind: 'requires_action'
      readonly reference: string
      readonly client_data: JsonObject
    }
  /** The bank is thinking. An answer will come by webhook or lookup. */
  | { readonly kind: 'pending'; readonly reference: string }
  | { readonly kind: 'declined'; readonly reference: string | null; readonly reason: DeclineReason }
  /** Voided or lapsed: it is certain that no money will move for this attempt any more. */
  | { readonly kind: 'canceled'; readonly reference: string | null }
  /** Only from `lookup`: the provider has never heard of this attempt. */
  | { readonly kind: 'not_found' }
  /** No answer that we could read, or not the last word. Money may move: ask `lookup`. */
  | { readonly kind: 'unknown'; readonly reason: string }

export type CapturePayment = AttemptAt & {
  readonly capture: CaptureId
  readonly reference: string
  readonly amount: Money
  /** True when no further capture of this attempt will follow: the rest is released. */
  readonly final: boolean
}
export type RefundPayment = AttemptAt & {
  readonly refund: RefundId
  readonly reference: string
  readonly amount: Money
}
/** The fate of one capture or refund. */
export type TransferOutcome =
  | { readonly kind: 'succeeded'; readonly reference: string; readonly fee: Fee }
  | { readonly kind: 'pending'; readonly reference: string }
  | { readonly kind: 'refused'; readonly code: string; readonly message: string }
  | { readonly kind: 'unknown'; readonly reason: string }

export type PaymentWebhookEvent = { readonly event_id: string } & (
  | {
      readonly about: 'payment'
      readonly attempt: AttemptId | null
      readonly reference: string
      readonly outcome: PaymentOutcome
    }
  | {
      readonly about: 'refund'
      readonly refund: RefundId | null
      /** The provider's id of the refund and of the payment it belongs to. */
      readonly reference: string
      readonly payment_reference: string
      readonly amount: Money
      readonly outcome: TransferOutcome
    }
  | {
      readonly about: 'dispute'
      readonly reference: string
      readonly payment_reference: string
      readonly amount: Money
      readonly state: 'open' | 'under_review' | 'won' | 'lost' | 'closed'
    }
  | { readonly about: 'nothing' }
)

/** `true`, or the reason why not. It is checked before anything is sent. */
export type Capability = true | { readonly no: string }

/** There are no optional members and no defaults to forget. */
export type PaymentProvider = {
  readonly name: string
  readonly capabilities: {
    /** Less than was authorized can be taken; the rest is released. */
    readonly partial_capture: Capability
    /** One authorization can be captured again and again, a part each time. */
    readonly several_captures: Capability
    readonly void: Capability
    readonly capture_later: Capability
  }
  /** What the browser needs to show this provider's fields. Public. */
  readonly browser: JsonObject
  /**
   * A method that needs nobody outside decides here, inside the transaction that places the
   * order, and its `start` is never called. Null for all that talk to a network.
   */
  readonly immediate: ((request: StartPayment) => PaymentOutcome) | null
  start(request: StartPayment): Promise<PaymentOutcome>
  /** After 3-D Secure, an approval window or a bank page. Re-reads the truth from the provider. */
  finish(request: FinishPayment): Promise<PaymentOutcome>
  lookup(request: AttemptAt): Promise<PaymentOutcome>
  /** Makes sure that nothing will be charged: `canceled` only when that is certain. */
  cancel(request: AttemptAt): Promise<PaymentOutcome>
  /** Asking twice with one id captures once. */
  capture(request: CapturePayment): Promise<TransferOutcome>
  /** Asking twice with one id refunds once. */
  refund(request: RefundPayment): Promise<TransferOutcome>
  /** Verifies the signature over the raw bytes; null when it is not the provider speaking. */
  readWebhook(raw: RawWebhook): readonly PaymentWebhookEvent[] | null
}
