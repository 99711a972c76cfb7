import type { Tx } from '#src/db/sql.ts'
import type { InvoiceId, OrderId } from '#src/lib/ids.ts'

export type KeptDocument = {
  readonly id: InvoiceId
  readonly kind: 'invoice' | 'credit_note'
  readonly number: string
  readonly order_id: OrderId
  readonly issued_on: string
}

/** Documents of these orders. They name the buyer, and the law says that they are kept. */
export const readKeptDocuments = (tx: Tx, orders: readonly OrderId[]): Promise<KeptDocument[]> =>
  tx.many<KeptDocument>`
    select id, kind, number, order_id, issued_on::text from invoice
    where order_id = any(${orders}) order by id`
