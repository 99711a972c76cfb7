// Staff note that a buyer owes no tax at a place, and take it back. The certificate's number is of
// a person or a business: it stays out of events.
import { bumpRevision } from '#src/db/revision.sql.ts'
import type { Tx } from '#src/db/sql.ts'
import { addEvents } from '#src/events/events.sql.ts'
import { fieldError, refuseErrors } from '#src/lib/field-errors.ts'
import type { FieldError } from '#src/lib/refusal.ts'
import { refuse } from '#src/lib/refusal.ts'
import { localDate } from '#src/shop/shop.ts'
import { placeErrors } from './check-tax.ts'
import {
  countExemptions,
  insertExemption,
  isOwnerKnown,
  revokeExemption,
  type StoredExemption,
} from './exemptions.sql.ts'
import { pricing_limits } from './pricing.ts'

type Editing = { readonly actor: string; readonly now: Date }
type Told = Pick<StoredExemption, 'id' | 'country' | 'region' | 'customer_id' | 'cart_id'>

const note = async (tx: Tx, kind: string, told: Told, { actor, now }: Editing): Promise<void> => {
  const { id, ...detail } = told
  const subject = 'tax_exemption'
  await addEvents(tx, [
    { kind: `${subject}.${kind}`, subject, subject_id: id, actor, detail, at: now },
  ])
  await bumpRevision(tx, 'settings')
}

/** `2027-02-30` is no day. */
const isDay = (text: string): boolean => {
  const at = new Date(`${text}T00:00:00Z`)
  return !Number.isNaN(+at) && at.toISOString().startsWith(text)
}

/** No place on earth is later with its days. */
const last_zone = 'Etc/GMT+12'

function errorsOf(exemption: StoredExemption, now: Date): FieldError[] {
  const { customer_id, cart_id, valid_until } = exemption
  const errors = placeErrors(exemption)
  if ((customer_id === null) === (cart_id === null)) {
    errors.push(fieldError('customer_id', 'required', 'Name a customer, or else a cart.'))
  }
  if (valid_until !== null && !isDay(valid_until)) {
    errors.push(fieldError('valid_until', 'malformed', 'This is no day: write 2027-12-31.'))
  } else if (valid_until !== null && valid_until < localDate(now, last_zone)) {
    errors.push(fieldError('valid_until', 'out_of_range', 'This day is over.'))
  }
  return errors
}

/** @throws invalid_input, limit_exceeded */
export async function createExemption(
  tx: Tx,
  exemption: StoredExemption,
  editing: Editing,
): Promise<void> {
  refuseErrors(errorsOf(exemption, editing.now))
  if (!(await isOwnerKnown(tx, exemption))) {
    const field = exemption.customer_id === null ? 'cart_id' : 'customer_id'
    refuseErrors([fieldError(field, 'unknown', 'There is none with this id.')])
  }
  const max = pricing_limits.exemptions_per_buyer
  if ((await countExemptions(tx, exemption)) >= max) {
    throw refuse('limit_exceeded', { exemptions_per_buyer_max: max })
  }
  await insertExemption(tx, exemption)
  const { id, country, region, customer_id, cart_id } = exemption
  await note(tx, 'created', { id, country, region, customer_id, cart_id }, editing)
}

/**
 * Orders that were granted it keep it.
 * @throws not_found
 */
export async function endExemption(tx: Tx, id: string, editing: Editing): Promise<void> {
  const revoked = await revokeExemption(tx, id, editing.now)
  if (!revoked) throw refuse('not_found', { id })
  await note(tx, 'revoked', { id, ...revoked }, editing)
}
