-- Orders after they were placed: edits, holds for review, tags and notes; and drafts, which become
-- orders.

-- Edits. `amount` is what a change takes off what is owed: negative when it adds more than it takes.
alter table order_change drop constraint order_change_kind_check;
alter table order_change add constraint order_change_kind check (kind in ('cancel', 'edit')) not valid;
-- What an edit puts back has a negative quantity.
alter table order_change_line drop constraint order_change_line_quantity_check;

-- What was added by an edit stands beside what was ordered, and is never changed either.
alter table order_line
  -- The change that added it. Null: it was ordered.
  add column change_id uuid,
  -- `shipping` is a charge for another way of shipping.
  add column kind text not null default 'item',
  -- The line whose units it took over, at another price.
  add column replaces uuid,
  -- Why it costs something else than the price list says.
  add column price_reason text;
alter table order_change
  -- What the taxes rested on until then, where the order has moved to another place.
  add column taxed_before jsonb;
alter table order_line add constraint order_line_kind check (kind in ('item', 'shipping')) not valid;
alter table order_line add constraint order_line_price_reason
  check (length(price_reason) <= 500) not valid;

alter table orders
  -- What the buyer has paid too much is kept until staff settle it: see order_change for why.
  add column settle_later boolean not null default false,
  -- Held for review: nothing is sent and no money is taken at shipment until it is released.
  add column held_at timestamptz,
  add column hold_reasons text[],
  -- By whom it was looked at and let go; the rules of the channel do not hold it again.
  add column review_ended_at timestamptz,
  -- What the buyer wrote at checkout: a gift message, where to leave the parcel.
  add column buyer_note text;
alter table orders add constraint order_buyer_note check (length(buyer_note) <= 1000) not valid;

-- How much less the order costs by it: money given out of goodwill. Of refunds because too much was
-- paid it is nothing.
alter table refund add column takes_off minor_units not null default 0;
alter table refund add constraint refund_takes_off check (takes_off between 0 and amount) not valid;
comment on constraint refund_takes_off on refund is
  'No refund makes an order cheaper by more than it gives back.';

-- A payment of the whole order at its placement, or of a difference that came later.
alter table payment_attempt add column purpose text not null default 'order';
alter table payment_attempt add constraint payment_attempt_purpose
  check (purpose in ('order', 'difference')) not valid;

-- Which orders are held for review by themselves: amounts in minor units, by currency.
alter table channel add column review_rules jsonb;

-- What staff write to each other about an order. Shoppers never see it; may hold personal data.
create table order_note (
  id uuid primary key,
  order_id uuid not null references orders (id),
  author text not null,
  content text not null check (length(content) between 1 and 5000),
  at timestamptz not null
);
create index order_note_order on order_note (order_id, id);

-- Words by which staff find orders again.
create table order_tag (
  tag text not null check (length(tag) between 1 and 50),
  order_id uuid not null references orders (id),
  primary key (tag, order_id)
);
create index order_tag_order on order_tag (order_id);

-- An order that staff prepare, by phone or for a quotation. The order that comes of it has its id
-- as `cart_id`: so of one draft there is one order that lives, as of a cart.
create table draft (
  id uuid primary key,
  channel_id uuid not null,
  currency currency_code not null,
  customer_id uuid,
  version int not null default 1,
  state text not null default 'open' check (state in ('open', 'sent', 'canceled')),
  email text,
  phone text,
  tax_id text,
  shipping_address jsonb,
  billing_address jsonb,
  shipping_option_id uuid,
  -- Null takes the price of the option.
  shipping_amount minor_units check (shipping_amount >= 0),
  -- Off the goods, spread over the lines; on top of what is off each line.
  discount minor_units not null default 0 check (discount >= 0),
  discount_reason text not null default '' check (length(discount_reason) <= 500),
  buyer_note text check (length(buyer_note) <= 1000),
  -- Frozen when it is sent, as pricing gave it: what the buyer sees is what the buyer pays.
  priced jsonb,
  tax_facts jsonb,
  total minor_units,
  sent_at timestamptz,
  expires_at timestamptz,
  created_by text not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  check (state <> 'sent' or (priced is not null and total is not null and expires_at is not null))
);
create index draft_customer on draft (customer_id) where customer_id is not null;
create index draft_email on draft (lower(email));
create table draft_line (
  id uuid primary key,
  draft_id uuid not null references draft (id),
  position int not null,
  variant_id uuid not null,
  quantity int not null check (quantity > 0),
  -- Null takes the price of the lists.
  unit_price minor_units check (unit_price >= 0),
  discount minor_units not null default 0 check (discount >= 0),
  reason text not null default '' check (length(reason) <= 500)
);
create index draft_line_draft on draft_line (draft_id, position);

-- All that orders are filtered on and that has few values, in one number: so that one index leads
-- to any combination of them, newest first. See order-list.sql.ts, which has the same
-- numbers; a test compares the two.
create function order_facet(state text, payment_state text, fulfillment_state text,
  return_state text, origin text, is_held boolean) returns int
language sql immutable parallel safe as $$
  select case state when 'pending' then 0 when 'placed' then 1 when 'canceled' then 2
      when 'superseded' then 3 when 'closed' then 4 else 7 end
    | (case payment_state when 'unpaid' then 0 when 'pending' then 1 when 'authorized' then 2
      when 'partially_captured' then 3 when 'captured' then 4 when 'partially_refunded' then 5
      when 'refunded' then 6 when 'voided' then 7 else 7 end << 3)
    | (case fulfillment_state when 'not_needed' then 0 when 'unfulfilled' then 1
      when 'partially_shipped' then 2 when 'shipped' then 3 when 'delivered' then 4
      when 'returned' then 5 else 7 end << 6)
    | (case return_state when 'none' then 0 when 'requested' then 1
      when 'partially_returned' then 2 when 'returned' then 3 else 3 end << 9)
    | (case origin when 'web' then 0 when 'staff' then 1 when 'marketplace' then 2
      when 'subscription' then 3 when 'agent' then 4 else 7 end << 11)
    | (is_held::int << 14)
$$;

-- Outside a transaction: built while orders are written.
create index concurrently if not exists order_listing on orders (channel_id, currency,
  order_facet(state, payment_state, fulfillment_state, return_state, origin,
    held_at is not null), id);
create index concurrently if not exists order_total on orders (total, id);
-- Also for how an address begins, whatever the collation of the database: it takes the place of
-- one of 0027.
create index concurrently if not exists order_email_begin
  on orders (lower(email) text_pattern_ops, id);
drop index concurrently if exists order_email;
create index concurrently if not exists order_buyer
  on orders (lower(shipping_address ->> 'name') text_pattern_ops);
create index concurrently if not exists order_line_sku on order_line (sku, order_id);
-- A SKU is found in whatever case it is typed.
create index concurrently if not exists variant_sku_any_case on variant (upper(sku));
