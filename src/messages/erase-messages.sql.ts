import type { Tx } from '#src/db/sql.ts'
import type { CartId, OrderId } from '#src/lib/ids.ts'

type OfPerson = {
  readonly orders: readonly OrderId[]
  readonly carts: readonly CartId[]
  readonly email: string
}

/**
 * That something was written stays; to whom and what does not. It can not be sent again. Gives the
 * effects that have written them.
 */
export async function eraseMessages(
  tx: Tx,
  { orders, carts, email }: OfPerson,
): Promise<{ kind: string; cause_id: string }[]> {
  return tx.many<{ kind: string; cause_id: string }>`
    update message set recipient = 'erased', subject = '', html = '', text = '',
      reference = null, last_error = null
    where order_id = any(${orders}) or lower(recipient) = ${email}
      or (kind = 'cart_abandoned' and cause_id = any(${carts}))
    returning 'message_' || kind as kind, cause_id`
}
