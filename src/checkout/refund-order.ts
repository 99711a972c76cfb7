// Staff give money back: for goods, for shipping, or out of goodwill.

import type { RequestKey } from '#src/db/idempotency.sql.ts'
import { claimKey } from '#src/db/idempotency.sql.ts'
import { transaction } from '#src/db/transaction.ts'
import { addEvents } from '#src/events/events.sql.ts'
import { addEffects } from '#src/jobs/effects.sql.ts'
import { addEntries } from '#src/ledger/ledger.sql.ts'
import { goodwillEntry } from '#src/ledger/ledger.ts'
import { newId, type OrderId, type RefundId } from '#src/lib/ids.ts'
import { refuse, refuseField } from '#src/lib/refusal.ts'
import { lockOrders } from '#src/orders/orders.sql.ts'
import { insertRefunds, readOrderAttempts, readRefundsOf } from '#src/payments/payments.sql.ts'
import { readBalance } from '#src/payments/read-balances.ts'
import { refundableOf } from '#src/payments/settle-money.ts'
import type { Desk } from './desk.ts'

export type RefundRequest = {
  readonly amount: bigint
  readonly reason: string
  readonly actor: string
  readonly request: RequestKey
}

/**
 * The same request refunds once. Two staff at once cannot refund more than was captured: the
 * order's row is their lock, and a constraint stands behind it.
 * @throws not_found, settle_first, refund_exceeds_captured
 */
export async function refundOrder(
  desk: Desk,
  order_id: OrderId,
  { amount, reason, actor, request }: RefundRequest,
): Promise<RefundId> {
  return transaction(desk.db, async (tx) => {
    const now = desk.clock()
    const id = newId<RefundId>()
    const earlier = await claimKey(tx, { ...request, resource_id: id }, now)
    if (earlier) return earlier as RefundId
    const [order] = await lockOrders(tx, [order_id])
    if (!order) throw refuse('not_found', { order_id })
    // What was paid too much is given back as such: it takes nothing off what the order costs.
    const kept = order.settle_later ? (await readBalance(tx, order)).to_refund : 0n
    if (kept > 0n) throw refuse('settle_first', { to_refund: kept })
    const refunds = await readRefundsOf(tx, [order_id])
    const attempts = await readOrderAttempts(tx, [order_id])
    const attempt = attempts.find((one) => refundableOf(one, refunds) >= amount)
    if (!attempt) {
      const left = attempts.reduce((most, one) => {
        const refundable = refundableOf(one, refunds)
        return refundable > most ? refundable : most
      }, 0n)
      throw refuseField('refund_exceeds_captured', 'amount', { refundable: left })
    }
    const { currency } = attempt
    await insertRefunds(
      tx,
      [
        {
          id,
          attempt_id: attempt.id,
          order_id,
          cause_id: id,
          state: 'requested',
          currency,
          amount,
          reason,
          reference: null,
          takes_off: amount,
          allocations: [],
        },
      ],
      now,
    )
    await addEffects(tx, [{ kind: 'refund', cause_id: id, order_id }], now)
    await addEntries(
      tx,
      [
        {
          kind: 'goodwill',
          order_id,
          cause_id: id,
          legal_entity_id: order.legal_entity_id,
          currency,
          party_id: order.customer_id,
          postings: goodwillEntry(amount),
        },
      ],
      now,
    )
    await addEvents(tx, [
      {
        kind: 'refund.requested',
        subject: 'refund',
        subject_id: id,
        order_id,
        actor,
        cause_id: id,
        // The reason stands with the refund: events outlive what staff write about people.
        detail: { amount, currency },
        at: now,
      },
    ])
    return id
  })
}
