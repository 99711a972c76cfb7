// What the suite of label providers asks of the system under test, and its first steps.
import assert from 'node:assert/strict'
import type { HttpAnswer, NoAnswer, Send } from '../lib/http-client.ts'
import { type LabelId, newId } from '../lib/ids.ts'
import { toJson } from '../lib/json.ts'
import type { Faults } from '../lib/simulator.ts'
import type { RawWebhook } from './raw-webhook.ts'
import type {
  BoughtLabel,
  BuyLabel,
  PrepareShipment,
  ShippingAddress,
  ShippingProvider,
  ShippingWebhookEvent,
  TrackingReport,
  TrackingScan,
  TrackingStatus,
} from './shipping-provider.ts'

export type ShippingBench = {
  readonly provider: ShippingProvider
  /** The same adapter over another network. */
  over(send: Send): ShippingProvider
  /** Of the simulator behind `provider`. */
  readonly faults: Faults
  /** A shipment like any other, new at each call. */
  shipment(): PrepareShipment
  readonly nowhere: ShippingAddress
  /** An address that exists, but no carrier goes there. */
  readonly unserved: ShippingAddress
  /** Has the form of a reference, but was never given out. */
  readonly unknown_reference: string
  setWallet(filled: boolean): void
  /** The next buy is carried out, and its answer lost. */
  loseBuyAnswer(): void
  /** From the provider's own books. */
  labelsPaid(): number
  /** The carrier scans the parcel, now or at the given time. */
  scan(tracking_code: string, status: TrackingStatus | 'a word nobody knows', at?: Date): void
  /** What `scan` can express. */
  readonly statuses: readonly TrackingStatus[]
  settleVoids(): void
  /** All deliveries so far, once nothing is on its way. */
  webhooks(): Promise<readonly RawWebhook[]>
  close(): Promise<void>
}
export type Cases = Readonly<Record<string, (bench: ShippingBench) => Promise<void>>>

export async function prepared(bench: ShippingBench, provider = bench.provider): Promise<BuyLabel> {
  const outcome = await provider.prepare(bench.shipment())
  assert(outcome.kind === 'prepared', toJson(outcome))
  const [rate] = outcome.rates
  assert(rate)
  return { label: newId<LabelId>(), reference: outcome.reference, rate }
}

export async function bought(
  bench: ShippingBench,
): Promise<BoughtLabel & { readonly label: LabelId }> {
  const request = await prepared(bench)
  const outcome = await bench.provider.buy(request)
  assert(outcome.kind === 'bought', toJson(outcome))
  return { ...outcome, label: request.label }
}

export const eventsOf = async (bench: ShippingBench): Promise<readonly ShippingWebhookEvent[]> =>
  (await bench.webhooks()).flatMap((raw) => {
    const events = bench.provider.readWebhook(raw)
    assert(events, 'an authentic webhook was not believed')
    return events
  })

export const lastScanOf = (report: TrackingReport): TrackingScan => {
  assert(report.kind === 'scans', toJson(report))
  const last = report.scans.at(-1)
  assert(last, 'no scans')
  return last
}

export const answering =
  (status: number, body: string | Uint8Array, type = 'application/json'): Send =>
  async (): Promise<HttpAnswer> => ({
    kind: 'answer',
    status,
    headers: new Headers({ 'content-type': type }),
    body: Buffer.from(body as string),
  })
export const silent =
  (sent: boolean): Send =>
  async (): Promise<NoAnswer> => ({ kind: 'no_answer', reason: 'UND_ERR_SOCKET', sent })
