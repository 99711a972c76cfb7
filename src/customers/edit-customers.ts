// What staff and machines do with customers. Events name them by id only: no name, no address.
import type { Tx } from '#src/db/sql.ts'
import { addEvents } from '#src/events/events.sql.ts'
import { fieldError, refuseErrors } from '#src/lib/field-errors.ts'
import type { CustomerGroupId, CustomerId } from '#src/lib/ids.ts'
import { refuse, refuseField } from '#src/lib/refusal.ts'
import {
  insertCustomer,
  insertGroup,
  knownGroups,
  lockCustomer,
  readCustomer,
  renameGroup,
  updateCustomer,
  writeGroups,
} from './customers.sql.ts'
import type { Customer, CustomerGroup } from './customers.ts'
import { evaluateFor } from './evaluate-segments.ts'

export type Editing = { readonly actor: string; readonly now: Date }

export const noteCustomers = (
  tx: Tx,
  kind: string,
  { id, ...detail }: { readonly id: string; readonly [name: string]: unknown },
  { actor, now }: Editing,
): Promise<unknown> => {
  const subject = kind.split('.')[0]!
  return addEvents(tx, [{ kind, subject, subject_id: id, actor, detail, at: now }])
}

/** Members of a segment are told by its rules: naming one that has them already is no mistake. */
async function checkGroups(
  tx: Tx,
  groups: readonly CustomerGroupId[],
  before: readonly CustomerGroupId[],
): Promise<void> {
  const known = new Map((await knownGroups(tx, groups)).map((group) => [group.id, group]))
  refuseErrors(
    groups.flatMap((id, i) => {
      const group = known.get(id)
      if (!group) return [fieldError(`group_ids.${i}`, 'unknown', 'There is no such group.')]
      if (!group.is_segment || before.includes(id)) return []
      const message = 'The rules of this segment say who is in it.'
      return [fieldError(`group_ids.${i}`, 'is_segment', message)]
    }),
  )
}

/** @throws already_exists, invalid_input */
export async function createCustomer(
  tx: Tx,
  customer: Pick<Customer, 'id' | 'email' | 'name' | 'phone' | 'created_at' | 'group_ids'>,
  editing: Editing,
): Promise<void> {
  await checkGroups(tx, customer.group_ids, [])
  if (!(await insertCustomer(tx, customer)))
    throw refuseField('already_exists', 'email', { field: 'email' })
  await writeGroups(tx, customer.id, customer.group_ids)
  await noteCustomers(
    tx,
    'customer.created',
    { id: customer.id, groups: customer.group_ids },
    editing,
  )
  await evaluateFor(tx, [customer.id], editing.now)
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
    await checkGroups(tx, group_ids, (await readCustomer(tx, id))!.group_ids)
    await writeGroups(tx, id, group_ids)
  }
  const detail = { fields: Object.keys(patch), ...(group_ids ? { groups: group_ids } : {}) }
  await noteCustomers(tx, 'customer.changed', { id, ...detail }, editing)
  if (group_ids) await evaluateFor(tx, [id], editing.now)
  return (await readCustomer(tx, id))!
}

/** @throws already_exists */
export async function createGroup(
  tx: Tx,
  group: Omit<CustomerGroup, 'is_segment'>,
  editing: Editing,
): Promise<void> {
  if (!(await insertGroup(tx, group)))
    throw refuseField('already_exists', 'code', { code: group.code })
  await noteCustomers(tx, 'customer_group.created', { id: group.id, code: group.code }, editing)
}

/** Also a segment, whose rules stay. @throws not_found */
export async function changeGroup(
  tx: Tx,
  id: CustomerGroupId,
  name: string,
  editing: Editing,
): Promise<void> {
  if (!(await renameGroup(tx, id, name))) throw refuse('not_found', { customer_group_id: id })
  await noteCustomers(tx, 'customer_group.renamed', { id, name }, editing)
}
