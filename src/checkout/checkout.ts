// The words of checkout: what is asked, what is answered, and how long things may take.
import type { Attempt } from '#src/payments/payments.ts'
import type { OrderBrief } from './checkout.sql.ts'

/** How an order and its payment stand. */
export type Standing = { readonly order: OrderBrief; readonly attempt: Attempt | null }

/** How long things may take. Tests and attacks shorten them. */
export type Timings = {
  /** A pending order keeps its goods this long. */
  readonly hold_ms: number
  /** Longer while the buyer is paying, but not beyond this. */
  readonly hold_max_ms: number
  /** Longer while a bank is thinking. */
  readonly hold_pending_ms: number
  /** An edit of less can be taken back this long before its money goes back. */
  readonly undo_ms: number
  /** The first lookup of an attempt nobody has answered for. */
  readonly lookup_ms: number
  /** An attempt unknown to the provider after this long is ended there: it may arrive no more. */
  readonly arrival_ms: number
  /** Late effects are shown to a person after this long. */
  readonly exception_ms: number
  /** A tax engine has this long; then the shop's own rates hold. */
  readonly tax_ms: number
}
export const default_timings: Timings = {
  hold_ms: 15 * 60_000,
  hold_max_ms: 60 * 60_000,
  hold_pending_ms: 60 * 60_000,
  undo_ms: 15 * 60_000,
  lookup_ms: 15_000,
  arrival_ms: 60_000,
  exception_ms: 120_000,
  tax_ms: 2_000,
}

export type PaymentChoice = {
  readonly provider: string
  /** From the provider's own fields in the browser; null when the buyer acts later. */
  readonly token: string | null
}
