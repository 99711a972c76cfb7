import type { Tx } from '#src/db/sql.ts'
import { erasedEmailOf } from '#src/lib/erased.ts'
import type { CustomerId } from '#src/lib/ids.ts'

/** The customer must be locked. Of consents stays what was allowed and when, not their words. */
export async function eraseCustomerRow(
  tx: Tx,
  { id, email }: { readonly id: CustomerId; readonly email: string },
  now: Date,
): Promise<void> {
  await tx.run`delete from customer_session where customer_id = ${id}`
  await tx.run`delete from customer_address where customer_id = ${id}`
  await tx.run`
    update customer_consent set wording = null
    where customer_id = ${id} and wording is not null`
  await tx.run`delete from account_mail where customer_id = ${id} or email = ${email}`
  await tx.run`
    with gone as (
      delete from customer_group_member where customer_id = ${id} returning group_id
    )
    update customer_segment set members = members - 1 from gone
    where customer_segment.group_id = gone.group_id`
  await tx.run`
    update customer set email = ${erasedEmailOf(id)}, name = '', phone = null, company_id = null,
      password_hash = null, email_verified_at = null, signed_in_at = null, erased_at = ${now}
    where id = ${id}`
}
