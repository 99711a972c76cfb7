// What an edit makes necessary: parcels are planned, documents follow, and the buyer hears of what
// is left to pay. Pure.
import type { NewEffect } from '#src/jobs/effects.sql.ts'
import type { ChangeId, OrderId } from '#src/lib/ids.ts'
import type { Balance } from '#src/payments/balance.ts'
import type { EditPlan } from './edits.ts'

export function followUpsOf(
  { order_id, change_id }: { readonly order_id: OrderId; readonly change_id: ChangeId },
  { off, added, amount }: EditPlan,
  { after, tell_buyer }: { readonly after: Balance; readonly tell_buyer: boolean },
): NewEffect[] {
  const of = (kind: NewEffect['kind']): NewEffect => ({ kind, cause_id: change_id, order_id })
  // It is about what this edit has added: what was due before was asked for then.
  const asks = tell_buyer && amount < 0n && after.to_collect > 0n
  return [
    of('fulfill'),
    ...(off.length + added.length > 0 ? [of('correct_invoices')] : []),
    ...(asks ? [of('message_payment_due')] : []),
  ]
}
