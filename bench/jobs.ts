// What the processes of the benchmark ask of each other.
import type { Address } from '#src/lib/addresses.ts'

/** What every kind of load needs: where to, who as, and when to stop. */
export type Load = {
  readonly port: number
  /** The publishable key of the channel. */
  readonly key: string
  /** The server's key, so that carts made by SQL have their tokens. */
  readonly secret: string
  readonly clients: number
  readonly count_max: number
  readonly ms_max: number
}
export type LoadJob = Load &
  (
    | {
        readonly kind: 'complete'
        readonly carts: readonly string[]
        readonly total: number
        readonly payment: { readonly provider: string; readonly token?: string }
      }
    | {
        readonly kind: 'journey'
        readonly variants: readonly string[]
        readonly address: Address
        readonly coupon_code: string
      }
    | {
        readonly kind: 'add_line'
        readonly carts: readonly string[]
        readonly variants: readonly string[]
      }
    | {
        readonly kind: 'create_cart'
        readonly customer_id: string
        readonly variants: readonly string[]
      }
    | { readonly kind: 'get'; readonly paths: readonly string[] }
  )
export type LoadResult = {
  readonly count: number
  readonly elapsed_ms: number
  readonly statuses: Readonly<Record<string, number>>
  readonly p50_ms: number
  readonly p95_ms: number
  readonly p99_ms: number
  readonly max_ms: number
}

export type FloorJob = {
  readonly url: string
  readonly clients: number
  readonly ms: number
  /** Every order has the same SKU as one of its two. */
  readonly hot: boolean
}
export type FloorResult = { readonly count: number; readonly elapsed_ms: number }

export type OutsideJob = { readonly web_url: string; readonly stripe_latency_ms: number }
export type Outside = { readonly stripe_url: string; readonly easypost_url: string }

/** Keys of the simulated accounts. */
export const outside_keys = {
  STRIPE_SECRET_KEY: 'sk_test_benchbenchbenchbench',
  STRIPE_PUBLISHABLE_KEY: 'pk_test_benchbenchbenchbench',
  STRIPE_WEBHOOK_SECRET: 'whsec_benchbenchbenchbench',
  EASYPOST_API_KEY: 'EZTKbenchbenchbenchbenchbench',
  EASYPOST_WEBHOOK_SECRET: 'easypost_bench_secret',
} as const
