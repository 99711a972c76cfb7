import { sql, type Tx } from '#src/db/sql.ts'
import type { Address } from '#src/lib/addresses.ts'
import type { CustomerAddressId, CustomerId } from '#src/lib/ids.ts'

export type SavedAddress = {
  readonly id: CustomerAddressId
  readonly address: Address
  readonly default_shipping: boolean
  readonly default_billing: boolean
  readonly created_at: Date
}

const columns = sql`id, address, default_shipping, default_billing, created_at`

export const readAddressPage = (
  tx: Tx,
  customer_id: CustomerId,
  after: string | null,
  limit: number,
): Promise<SavedAddress[]> =>
  tx.many<SavedAddress>`
    select ${columns} from customer_address
    where customer_id = ${customer_id} and (${after}::uuid is null or id > ${after}::uuid)
    order by id limit ${limit}`

/** Null when it is another customer's, too. */
export const readSavedAddress = (
  tx: Tx,
  customer_id: CustomerId,
  id: CustomerAddressId,
): Promise<SavedAddress | null> =>
  tx.maybe<SavedAddress>`
    select ${columns} from customer_address where id = ${id} and customer_id = ${customer_id}`

export const readDefaultAddresses = (
  tx: Tx,
  customer_id: CustomerId,
): Promise<Pick<SavedAddress, 'address' | 'default_shipping' | 'default_billing'>[]> =>
  tx.many<SavedAddress>`
    select address, default_shipping, default_billing from customer_address
    where customer_id = ${customer_id} and (default_shipping or default_billing)`

export const countAddresses = async (tx: Tx, customer_id: CustomerId): Promise<number> => {
  const { count } = await tx.one<{ count: number }>`
    select count(*)::int as count from customer_address where customer_id = ${customer_id}`
  return count
}

type Defaults = Pick<SavedAddress, 'default_shipping' | 'default_billing'>

/** There is one default of each kind at most, so the one before gives way. */
const clearDefaults = (tx: Tx, customer_id: CustomerId, becomes: Defaults): Promise<number> =>
  tx.run`
    update customer_address set
      default_shipping = default_shipping and not ${becomes.default_shipping}::boolean,
      default_billing = default_billing and not ${becomes.default_billing}::boolean
    where customer_id = ${customer_id}
      and (default_shipping and ${becomes.default_shipping}::boolean
        or default_billing and ${becomes.default_billing}::boolean)`

/** The customer must be locked. */
export async function insertAddress(
  tx: Tx,
  customer_id: CustomerId,
  saved: SavedAddress,
): Promise<void> {
  await clearDefaults(tx, customer_id, saved)
  await tx.run`
    insert into customer_address (id, customer_id, address, default_shipping, default_billing,
      created_at)
    values (${saved.id}, ${customer_id}, ${JSON.stringify(saved.address)},
      ${saved.default_shipping}, ${saved.default_billing}, ${saved.created_at})`
}

/** The customer must be locked. */
export async function updateAddress(
  tx: Tx,
  customer_id: CustomerId,
  saved: SavedAddress,
): Promise<void> {
  await clearDefaults(tx, customer_id, saved)
  await tx.run`
    update customer_address set address = ${JSON.stringify(saved.address)}::jsonb,
      default_shipping = ${saved.default_shipping}, default_billing = ${saved.default_billing}
    where id = ${saved.id} and customer_id = ${customer_id}`
}

export const deleteAddress = (
  tx: Tx,
  customer_id: CustomerId,
  id: CustomerAddressId,
): Promise<number> =>
  tx.run`delete from customer_address where id = ${id} and customer_id = ${customer_id}`
