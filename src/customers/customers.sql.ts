import { and, type Statement, sql, type Tx } from '#src/db/sql.ts'
import type { CustomerGroupId, CustomerId } from '#src/lib/ids.ts'
import type { Customer, CustomerGroup } from './customers.ts'

const groups = sql`
  array(
    select group_id from customer_group_member
    where customer_id = customer.id order by group_id)`
const columns = sql`
  id, email, name, phone, created_at, email_verified_at, password_hash is not null as has_account,
  erased_at, ${groups} as group_ids`

export const readCustomer = (tx: Tx, id: CustomerId): Promise<Customer | null> =>
  tx.maybe<Customer>`select ${columns} from customer where id = ${id}`

export type BuyerPlace = {
  readonly customer_group_ids: readonly CustomerGroupId[]
  /** Of the address with which their carts begin. */
  readonly country: string | null
}

/** What tells the prices of a customer from those of everybody. */
export const readBuyerPlace = async (tx: Tx, id: CustomerId): Promise<BuyerPlace> => {
  const found = await tx.maybe<BuyerPlace>`
    select ${groups} as customer_group_ids, (
      select address->>'country' from customer_address
      where customer_id = customer.id and (default_shipping or default_billing)
      order by default_shipping desc limit 1) as country
    from customer where id = ${id}`
  return found ?? { customer_group_ids: [], country: null }
}

export type CustomerFilter = {
  readonly email: string | null
  /** How the e-mail address or the name begins. */
  readonly q: string | null
  readonly has_account: boolean | null
  readonly group_id: CustomerGroupId | null
  readonly after: string | null
}

export const readCustomerPage = (
  tx: Tx,
  { email, q, has_account, group_id, after }: CustomerFilter,
  limit: number,
): Promise<Customer[]> => {
  const conditions: Statement[] = []
  if (email !== null) conditions.push(sql`email = lower(${email})`)
  if (q !== null) {
    const begins = `${q.toLowerCase().replaceAll(/[\\%_]/g, '\\$&')}%`
    conditions.push(sql`(email like ${begins} or lower(name) like ${begins})`)
  }
  if (has_account !== null) conditions.push(sql`(password_hash is not null) = ${has_account}`)
  if (after !== null) conditions.push(sql`id > ${after}::uuid`)
  if (group_id !== null) {
    conditions.push(sql`exists (
      select from customer_group_member where customer_id = customer.id
        and group_id = ${group_id}::uuid)`)
  }
  return tx.many<Customer>`
    select ${columns} from customer where ${and(conditions)} order by id limit ${limit}`
}

type Facts = Pick<Customer, 'id' | 'email' | 'name' | 'phone' | 'created_at'>

/** False when another customer has the e-mail address. */
export const insertCustomer = async (tx: Tx, customer: Facts): Promise<boolean> =>
  (await tx.run`
    insert into customer (id, email, name, phone, created_at)
    values (${customer.id}, ${customer.email}, ${customer.name}, ${customer.phone},
      ${customer.created_at})
    on conflict (email) do nothing`) === 1

/**
 * Locked until commit, so that two changes of one customer do not mix. Customers come before their
 * carts and orders. Null for whoever was erased.
 */
export const lockCustomer = (tx: Tx, id: CustomerId): Promise<Facts | null> =>
  tx.maybe<Facts>`
    select id, email, name, phone, created_at from customer
    where id = ${id} and erased_at is null for no key update`

/**
 * Those of them who were not erased. Whoever orders in their names holds this until commit, so
 * that nobody is erased while an order of theirs comes into being.
 */
export async function holdCustomers(
  tx: Tx,
  ids: readonly CustomerId[],
): Promise<ReadonlySet<CustomerId>> {
  const rows = await tx.many<{ id: CustomerId }>`
    select id from customer where id = any(${ids}) and erased_at is null order by id for share`
  return new Set(rows.map(({ id }) => id))
}

export const updateCustomer = (tx: Tx, { id, name, phone }: Facts): Promise<number> =>
  tx.run`update customer set name = ${name}, phone = ${phone} where id = ${id}`

/** The customer must be locked. The groups become these; those of segments stay as they are. */
export async function writeGroups(
  tx: Tx,
  id: CustomerId,
  groups: readonly CustomerGroupId[],
): Promise<void> {
  await tx.run`
    delete from customer_group_member
    where customer_id = ${id} and group_id <> all(${groups}::uuid[])
      and not exists (select from customer_segment where group_id = customer_group_member.group_id)`
  await tx.run`
    insert into customer_group_member (customer_id, group_id)
    select ${id}, group_id from unnest(${groups}::uuid[]) as wanted (group_id)
    on conflict do nothing`
}

export type KnownGroup = { readonly id: CustomerGroupId; readonly is_segment: boolean }

/** Those of the ids that are groups. */
export const knownGroups = (tx: Tx, ids: readonly CustomerGroupId[]): Promise<KnownGroup[]> =>
  tx.many<KnownGroup>`
    select id, exists (select from customer_segment where group_id = id) as is_segment
    from customer_group where id = any(${ids})`

export const insertGroup = async (
  tx: Tx,
  group: Omit<CustomerGroup, 'is_segment'>,
): Promise<boolean> =>
  (await tx.run`
    insert into customer_group (id, code, name) values (${group.id}, ${group.code}, ${group.name})
    on conflict (code) do nothing`) === 1

export const readGroup = (tx: Tx, id: CustomerGroupId): Promise<CustomerGroup | null> =>
  tx.maybe<CustomerGroup>`select id, code, name,
    exists (select from customer_segment where group_id = id) as is_segment
    from customer_group where id = ${id}`

/** False when there is none. */
export const renameGroup = async (tx: Tx, id: CustomerGroupId, name: string): Promise<boolean> =>
  (await tx.run`update customer_group set name = ${name} where id = ${id}`) === 1

export const readGroupPage = (
  tx: Tx,
  after: string | null,
  limit: number,
): Promise<CustomerGroup[]> =>
  tx.many<CustomerGroup>`
    select id, code, name,
      exists (select from customer_segment where group_id = id) as is_segment
    from customer_group
    where ${after}::uuid is null or id > ${after}::uuid
    order by id limit ${limit}`
