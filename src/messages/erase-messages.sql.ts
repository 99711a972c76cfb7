import type { Tx } from '#src/db/sql.ts'
import type { OrderId } from '#src/lib/ids.ts'

/** That something was written stays; to whom and what does not. It can not be sent again. */
export const eraseMessages = (
  tx: Tx,
  { orders, email }: { readonly orders: readonly OrderId[]; readonly email: string },
): Promise<number> =>
  tx.run`
    update message set recipient = 'erased', subject = '', html = '', text = '',
      reference = null, last_error = null
    where order_id = any(${orders}) or lower(recipient) = ${email}`
