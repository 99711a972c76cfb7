-- 0043 knew only of the sessions that there still were: the events know of all sign-ins. They are
-- read once. A customer is written, and locked, only where that tells more.
update customer set signed_in_at = last.at
from (
  select subject_id, max(at) as at from event where kind = 'customer.signed_in' group by subject_id
) as last
where customer.id = last.subject_id and erased_at is null
  and (signed_in_at is null or signed_in_at < last.at);

-- How much an edit has left with the shop: what comes on top of it goes back at once. A row stands
-- for each order that keeps something; what waits for staff has no time. Rows of before, and of a
-- version of before that still runs, have no amount: all there is was kept.
alter table kept_refund alter column due_at drop not null, add column amount minor_units;
alter table kept_refund add constraint kept_refund_amount check (amount > 0) not valid;
comment on constraint kept_refund_amount on kept_refund is
  'An order that keeps nothing of a buyer stands in no row.';
