import { asTable } from '../db/as-table.ts'
import type { RequestKey } from '../db/idempotency.sql.ts'
import type { Tx } from '../db/sql.ts'
import type { OrderId } from '../lib/ids.ts'
import type { Currency } from '../lib/money.ts'
import type { FulfillmentState, OrderState, PaymentState } from '../orders/orders.ts'

/** What the answer to a checkout says about the order. */
export type OrderBrief = {
  readonly id: OrderId
  readonly number: string | null
  readonly state: OrderState
  readonly payment_state: PaymentState
  readonly fulfillment_state: FulfillmentState
  readonly currency: Currency
  readonly total: bigint
  readonly hold_expires_at: Date | null
}

export async function readOrderBriefs(
  tx: Tx,
  ids: readonly OrderId[],
): Promise<Map<OrderId, OrderBrief>> {
  if (ids.length === 0) return new Map()
  const rows = await tx.many<OrderBrief>`
    select id, number, state, payment_state, fulfillment_state, currency, total, hold_expires_at
    from orders where id = any(${ids})`
  return new Map(rows.map((row) => [row.id, row]))
}

export type EarlierRequest = {
  readonly position: number
  readonly request_hash: Buffer
  readonly resource_id: string
}

/** Requests that were carried out before, by their position in the list. */
export const findEarlier = (tx: Tx, requests: readonly RequestKey[]): Promise<EarlierRequest[]> =>
  tx.many<EarlierRequest>`
    select position, idempotency.request_hash, idempotency.resource_id
    from ${asTable(
      requests.map((request, position) => ({ ...request, position })),
      'row (principal_id uuid, route text, key text, position int)',
    )}
    join idempotency using (principal_id, route, key)`
