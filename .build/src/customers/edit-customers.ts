// What staff and machines do with customers. Events name them by id only: no name, no address.
import type { Tx } from '../db/sql.ts'
import { addEvents } from '../events/events.sql.ts'
import { fieldError, refuseErrors } from '../lib/field-errors.ts'
import type { CustomerGroupId, CustomerId } from '../lib/ids.ts'
import { refuse } from '../lib/refusal.ts'
import {
  insertCustomer,
  insertGroup,
  knownGroups,
  lockCustomer,
  readCustomer,
  updateCustomer,
  writeGroups,
} from './customers.sql.ts'
import type { Customer, CustomerGroup } from './customers.ts'

export type Editing = { readonly actor: string; readonly now: Date }

const note = (
  tx: Tx,
  kind: string,
  { id, ...detail }: { readonly id: string; readonly [name: string]: unknown },
  { actor, now }: Editing,
): Promise<unknown> => {
  const subject = kind.split('.')[0]!
  return addEvents(tx, [{ kind, subject, subject_id: id, actor, detail, at: now }])
}

async function checkGroups(tx: Tx, groups: readonly CustomerGroupId[]): Promise<void> {
  const known = new Set((await knownGroups(tx, groups)).map(({ id }) => id))
  refuseErrors(
    groups.flatMap((id, i) =>
      known.has(id) ? [] : [fieldError(`group_ids.${i}`, 'unknown', 'There is no such group.')],
    ),
  )
}

/** @throws already_exists, invalid_input */
export async function createCustomer(tx: Tx, customer: Customer, editing: Editing): Promise<void> {
  await checkGroups(tx, customer.group_ids)
  if (!(await insertCustomer(tx, customer))) throw refuse('already_exists', { field: 'email' })
  await writeGroups(tx, customer.id, customer.group_ids)
  await note(tx, 'customer.created', { id: customer.id, groups: customer.group_ids }, editing)
}

export type CustomerPatch = Partial<Pick<Customer, 'name' | 'phone' | 'group_ids'>>

/** @throws not_found, invalid_input */
export async function changeCustomer(
  tx: Tx,
  id: CustomerId,
  patch: CustomerPatch,
  editing: Editing,
): Promise<Customer> {
  const known = await lockCustomer(tx, id)
  if (!known) throw refuse('not_found', { customer_id: id })
  const { group_ids, ...facts } = patch
  await updateCustomer(tx, { ...known, ...facts })
  if (group_ids) {
    await checkGroups(tx, group_ids)
    await writeGroups(tx, id, group_ids)
  }
  const detail = { fields: Object.keys(patch), ...(group_ids ? { groups: group_ids } : {}) }
  await note(tx, 'customer.changed', { id, ...detail }, editing)
  return (await readCustomer(tx, id))!
}

/** @throws already_exists */
export async function createGroup(tx: Tx, group: CustomerGroup, editing: Editing): Promise<void> {
  if (!(await insertGroup(tx, group))) throw refuse('already_exists', { code: group.code })
  await note(tx, 'customer_group.created', { id: group.id, code: group.code }, editing)
}
