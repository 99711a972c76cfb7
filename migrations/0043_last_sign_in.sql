-- When a customer signed in last, for segments. Sessions that have ended are not kept.
alter table customer add column signed_in_at timestamptz;
update customer set signed_in_at = last.created_at
from (
  select customer_id, max(created_at) as created_at from customer_session group by customer_id
) as last
where customer.id = last.customer_id;
