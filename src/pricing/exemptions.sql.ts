// Certificates of buyers who owe no tax.
import type { Tx } from '#src/db/sql.ts'
import type { CartId, CustomerId } from '#src/lib/ids.ts'
import type { TaxExemption } from './tax-treatment.ts'

export type StoredExemption = TaxExemption & {
  readonly customer_id: CustomerId | null
  readonly cart_id: CartId | null
  readonly created_at: Date
  readonly revoked_at: Date | null
}
export type ExemptionFilter = {
  readonly customer_id: CustomerId | null
  readonly cart_id: CartId | null
  readonly id: string | null
}

export const readExemptionPage = (
  tx: Tx,
  { customer_id, cart_id, id }: ExemptionFilter,
  after: string | null,
  limit: number,
): Promise<StoredExemption[]> =>
  tx.many<StoredExemption>`
    select id, customer_id, cart_id, country, region, number, reason, valid_until::text,
      created_at, revoked_at
    from tax_exemption
    where (${after}::uuid is null or id > ${after}::uuid)
      and (${id}::uuid is null or id = ${id})
      and (${customer_id}::uuid is null or customer_id = ${customer_id})
      and (${cart_id}::uuid is null or cart_id = ${cart_id})
    order by id limit ${limit}`

/** What these customers and carts may show, the oldest certificate first. */
export const readExemptionsOf = (
  tx: Tx,
  customers: readonly CustomerId[],
  carts: readonly CartId[],
): Promise<StoredExemption[]> =>
  tx.many<StoredExemption>`
    select id, customer_id, cart_id, country, region, number, reason, valid_until::text,
      created_at, revoked_at
    from tax_exemption
    where (customer_id = any(${customers}) or cart_id = any(${carts})) and revoked_at is null
    order by id`

/** Whether carts have to be asked about at all. */
export const hasExemptions = async (tx: Tx): Promise<boolean> =>
  (await tx.maybe`select from tax_exemption where revoked_at is null limit 1`) !== null

export const insertExemption = (tx: Tx, exemption: StoredExemption): Promise<number> =>
  tx.run`
    insert into tax_exemption (id, customer_id, cart_id, country, region, number, reason,
      valid_until, created_at)
    values (${exemption.id}, ${exemption.customer_id}, ${exemption.cart_id},
      ${exemption.country}, ${exemption.region}, ${exemption.number}, ${exemption.reason},
      ${exemption.valid_until}, ${exemption.created_at})`

/** Whether there is such a customer, who then is not erased before commit, or such a cart. */
export const isOwnerKnown = async (
  tx: Tx,
  { customer_id, cart_id }: Pick<StoredExemption, 'customer_id' | 'cart_id'>,
): Promise<boolean> =>
  customer_id === null
    ? (await tx.maybe`select from cart where id = ${cart_id}`) !== null
    : // Whoever is being erased is waited for, and is gone then.
      (await tx.maybe`
        select from customer where id = ${customer_id} and erased_at is null
        for key share`) !== null

export const countExemptions = async (
  tx: Tx,
  { customer_id, cart_id }: Pick<StoredExemption, 'customer_id' | 'cart_id'>,
): Promise<bigint> => {
  const { count } = await tx.one<{ count: bigint }>`
    select count(*) from tax_exemption
    where (customer_id = ${customer_id} or cart_id = ${cart_id}) and revoked_at is null`
  return count
}

/** Null when there is none that is in force. */
export const revokeExemption = (
  tx: Tx,
  id: string,
  now: Date,
): Promise<Pick<StoredExemption, 'country' | 'region' | 'customer_id' | 'cart_id'> | null> =>
  tx.maybe<Pick<StoredExemption, 'country' | 'region' | 'customer_id' | 'cart_id'>>`
    update tax_exemption set revoked_at = ${now}
    where id = ${id} and revoked_at is null
    returning country, region, customer_id, cart_id`

/** Certificates of carts whose goods are in another one now. The carts must be locked. */
export const moveExemptions = (tx: Tx, from: readonly CartId[], to: CartId): Promise<number> =>
  tx.run`update tax_exemption set cart_id = ${to} where cart_id = any(${from})`

/** What an order was granted stands on the order, and on its invoice. */
export const eraseExemptions = (
  tx: Tx,
  customer_id: CustomerId,
  carts: readonly CartId[],
): Promise<number> =>
  tx.run`
    delete from tax_exemption where customer_id = ${customer_id} or cart_id = any(${carts})`
