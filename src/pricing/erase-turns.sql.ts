import { asTable } from '#src/db/as-table.ts'
import type { Tx } from '#src/db/sql.ts'
import type { CustomerId, OrderId, PromotionId } from '#src/lib/ids.ts'
import { buyerKeys } from './promotion-uses.ts'

/**
 * The turns that these orders took by an e-mail address: whoever guesses the address finds its
 * digest. Those by the customer's id say nothing about anybody, and stay. The orders must be
 * locked.
 */
export async function eraseTurns(
  tx: Tx,
  customer_id: CustomerId,
  orders: readonly OrderId[],
): Promise<void> {
  const taken = await tx.many<{ promotion_id: PromotionId }>`
    select distinct promotion_id from promotion_turn where order_id = any(${orders})`
  const kept = taken.flatMap(({ promotion_id }) =>
    buyerKeys(promotion_id, { customer_id, email: null }).map((buyer) => ({ promotion_id, buyer })),
  )
  await tx.run`
    delete from promotion_turn
    where order_id = any(${orders}) and (promotion_id, buyer) not in (
      select promotion_id, buyer from ${asTable(kept, 'kept (promotion_id uuid, buyer text)')})`
}
