// The address book of a customer. Addresses come here checked.
import type { Tx } from '#src/db/sql.ts'
import type { Address } from '#src/lib/addresses.ts'
import type { CustomerAddressId, CustomerId } from '#src/lib/ids.ts'
import { refuse } from '#src/lib/refusal.ts'
import {
  countAddresses,
  deleteAddress,
  insertAddress,
  readSavedAddress,
  type SavedAddress,
  updateAddress,
} from './addresses.sql.ts'
import { lockCustomer } from './customers.sql.ts'
import { customer_limits } from './customers.ts'
import { type Editing, noteCustomers } from './edit-customers.ts'
import { evaluateFor } from './evaluate-segments.ts'

async function lock(tx: Tx, customer_id: CustomerId): Promise<void> {
  if (!(await lockCustomer(tx, customer_id))) throw refuse('not_found', { customer_id })
}

/** @throws not_found, limit_exceeded */
export async function addAddress(
  tx: Tx,
  customer_id: CustomerId,
  saved: SavedAddress,
  editing: Editing,
): Promise<void> {
  await lock(tx, customer_id)
  const { addresses_per_customer: limit } = customer_limits
  if ((await countAddresses(tx, customer_id)) >= limit) throw refuse('limit_exceeded', { limit })
  await insertAddress(tx, customer_id, saved)
  await noteCustomers(tx, 'customer.address_added', { id: customer_id }, editing)
  await evaluateFor(tx, [customer_id], editing.now)
}

export type AddressPatch = {
  readonly address?: Address
  readonly default_shipping?: boolean
  readonly default_billing?: boolean
}

/** @throws not_found */
export async function changeAddress(
  tx: Tx,
  customer_id: CustomerId,
  id: CustomerAddressId,
  { patch, ...editing }: Editing & { readonly patch: AddressPatch },
): Promise<SavedAddress> {
  await lock(tx, customer_id)
  const known = await readSavedAddress(tx, customer_id, id)
  if (!known) throw refuse('not_found', { address_id: id })
  const saved = { ...known, ...patch }
  await updateAddress(tx, customer_id, saved)
  await noteCustomers(tx, 'customer.address_changed', { id: customer_id }, editing)
  await evaluateFor(tx, [customer_id], editing.now)
  return saved
}

/** @throws not_found */
export async function removeAddress(
  tx: Tx,
  customer_id: CustomerId,
  id: CustomerAddressId,
  editing: Editing,
): Promise<void> {
  await lock(tx, customer_id)
  if ((await deleteAddress(tx, customer_id, id)) === 0) {
    throw refuse('not_found', { address_id: id })
  }
  await noteCustomers(tx, 'customer.address_removed', { id: customer_id }, editing)
  await evaluateFor(tx, [customer_id], editing.now)
}
