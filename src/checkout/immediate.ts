// Payment methods that need nobody outside (see `immediate` of the port) are settled in the
// transaction that places the order.
import { Refusal } from '#src/lib/refusal.ts'
import type { Report } from '#src/payments/record-outcomes.ts'
import type { PaymentProvider, StartPayment } from '#src/ports/payment-provider.ts'
import type { Wanted, WrittenIntent } from './intents.ts'
import { startOf } from './start-payment.ts'

export function immediateReports(
  wanted: readonly Wanted[],
  written: readonly WrittenIntent[],
  payments: ReadonlyMap<string, PaymentProvider>,
): Report[] {
  return written.flatMap((one, i): Report[] => {
    if (one instanceof Refusal || one.kind === 'repeat' || one.attempt_id === null) return []
    const provider = payments.get(wanted[i]!.payment.provider)!
    if (provider.immediate === null) return []
    const start: StartPayment = startOf(wanted[i]!, one.order_id, '')
    const outcome = provider.immediate(start)
    return [{ attempt_id: one.attempt_id, outcome, source: `provider:${provider.name}` }]
  })
}
