import type { Tx } from '#src/db/sql.ts'
import type { CartId, DraftId, OrderId } from '#src/lib/ids.ts'

type OfPerson = {
  readonly orders: readonly OrderId[]
  readonly carts: readonly CartId[]
  readonly drafts: readonly DraftId[]
  readonly email: string
}

/**
 * That something was written stays; to whom and what does not. It can not be sent again. Gives the
 * effects that have written them.
 */
export async function eraseMessages(
  tx: Tx,
  { orders, carts, drafts, email }: OfPerson,
): Promise<{ kind: string; cause_id: string }[]> {
  return tx.many<{ kind: string; cause_id: string }>`
    update message set recipient = 'erased', subject = '', html = '', text = '',
      reference = null, last_error = null
    where order_id = any(${orders}) or lower(recipient) = ${email}
      or (kind = 'cart_abandoned' and cause_id = any(${carts}))
      or (kind = 'offer' and cause_id in (
        select id from draft_sending where draft_id = any(${drafts})))
    returning 'message_' || kind as kind, cause_id`
}
