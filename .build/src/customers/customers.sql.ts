import { and, type Statement, sql, type Tx } from '../db/sql.ts'
import type { CustomerGroupId, CustomerId } from '../lib/ids.ts'
import type { Customer, CustomerGroup } from './customers.ts'

const columns = sql`
  id, email, name, phone, created_at, array(
    select group_id from customer_group_member
    where customer_id = customer.id order by group_id) as group_ids`

export const readCustomer = (tx: Tx, id: CustomerId): Promise<Customer | null> =>
  tx.maybe<Customer>`select ${columns} from customer where id = ${id}`

export type CustomerFilter = {
  readonly email: string | null
  readonly group_id: CustomerGroupId | null
  readonly after: string | null
}

export const readCustomerPage = (
  tx: Tx,
  { email, group_id, after }: CustomerFilter,
  limit: number,
): Promise<Customer[]> => {
  const conditions: Statement[] = []
  if (email !== null) conditions.push(sql`email = lower(${email})`)
  if (after !== null) conditions.push(sql`id > ${after}::uuid`)
  if (group_id !== null) {
    conditions.push(sql`exists (
      select from customer_group_member where customer_id = customer.id
        and group_id = ${group_id}::uuid)`)
  }
  return tx.many<Customer>`
    select ${columns} from customer where ${and(conditions)} order by id limit ${limit}`
}

type Facts = Omit<Customer, 'group_ids'>

/** False when another customer has the e-mail address. */
export const insertCustomer = async (tx: Tx, customer: Facts): Promise<boolean> =>
  (await tx.run`
    insert into customer (id, email, name, phone, created_at)
    values (${customer.id}, ${customer.email}, ${customer.name}, ${customer.phone},
      ${customer.created_at})
    on conflict (email) do nothing`) === 1

/** Locked until commit, so that two changes of one customer do not mix. */
export const lockCustomer = (tx: Tx, id: CustomerId): Promise<Facts | null> =>
  tx.maybe<Facts>`
    select id, email, name, phone, created_at from customer where id = ${id} for update`

export const updateCustomer = (tx: Tx, { id, name, phone }: Facts): Promise<number> =>
  tx.run`update customer set name = ${name}, phone = ${phone} where id = ${id}`

/** The customer must be locked. The groups become these, whatever they were. */
export async function writeGroups(
  tx: Tx,
  id: CustomerId,
  groups: readonly CustomerGroupId[],
): Promise<void> {
  await tx.run`
    delete from customer_group_member
    where customer_id = ${id} and group_id <> all(${groups}::uuid[])`
  await tx.run`
    insert into customer_group_member (customer_id, group_id)
    select ${id}, group_id from unnest(${groups}::uuid[]) as wanted (group_id)
    on conflict do nothing`
}

/** Those of the ids that are groups. */
export const knownGroups = (
  tx: Tx,
  ids: readonly CustomerGroupId[],
): Promise<{ id: CustomerGroupId }[]> =>
  tx.many<{ id: CustomerGroupId }>`select id from customer_group where id = any(${ids})`

export const insertGroup = async (tx: Tx, group: CustomerGroup): Promise<boolean> =>
  (await tx.run`
    insert into customer_group (id, code, name) values (${group.id}, ${group.code}, ${group.name})
    on conflict (code) do nothing`) === 1

export const readGroup = (tx: Tx, id: CustomerGroupId): Promise<CustomerGroup | null> =>
  tx.maybe<CustomerGroup>`select id, code, name from customer_group where id = ${id}`

export const readGroupPage = (
  tx: Tx,
  after: string | null,
  limit: number,
): Promise<CustomerGroup[]> =>
  tx.many<CustomerGroup>`
    select id, code, name from customer_group
    where ${after}::uuid is null or id > ${after}::uuid
    order by id limit ${limit}`
