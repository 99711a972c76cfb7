-- `pending`: held and priced, the money is not sure yet. `placed`: it has its number and is
-- ours to fulfil. The three *_state columns are projections for lists; their source is the
-- attempt, shipment and return tables, and a promise compares them.
create table orders (
  id uuid primary key,
  number text,
  cart_id uuid,
  cart_version int,
  channel_id uuid not null,
  legal_entity_id uuid not null,
  customer_id uuid,
  company_id uuid,
  payment_terms text,
  origin text not null check (origin in ('web', 'staff', 'marketplace', 'subscription', 'agent')),
  state text not null check (state in ('pending', 'placed', 'canceled', 'superseded', 'closed')),
  payment_state text not null default 'unpaid' check (payment_state in
    ('unpaid', 'pending', 'authorized', 'partially_captured', 'captured',
     'partially_refunded', 'refunded', 'voided')),
  fulfillment_state text not null default 'unfulfilled' check (fulfillment_state in
    ('not_needed', 'unfulfilled', 'partially_shipped', 'shipped', 'delivered', 'returned')),
  return_state text not null default 'none' check (return_state in
    ('none', 'requested', 'partially_returned', 'returned')),
  currency currency_code not null,
  subtotal minor_units not null,
  discount_total minor_units not null,
  shipping_total minor_units not null,
  tax_total minor_units not null,
  total minor_units not null,
  -- Tax that is contained in the lines and in shipping, and so not added again.
  tax_included minor_units not null,
  shipping_option_id uuid,
  shipping_name text,
  shipping_taxes jsonb not null default '[]',
  shipping_tax minor_units not null default 0,
  shipping_tax_included boolean not null default false,
  coupon_code text,
  email text not null,
  phone text,
  shipping_address jsonb,
  billing_address jsonb,
  locale text not null,
  version int not null default 1,
  hold_expires_at timestamptz,
  created_at timestamptz not null,
  placed_at timestamptz,
  canceled_at timestamptz,
  cancel_reason text,
  check (total >= 0 and subtotal >= 0 and discount_total >= 0 and shipping_total >= 0),
  constraint total_adds_up
    check (total = subtotal + shipping_total + tax_total - tax_included - discount_total),
  check ((state = 'pending') = (hold_expires_at is not null)),
  check (state not in ('placed', 'closed') or number is not null)
) with (fillfactor = 80);
create unique index order_number on orders (legal_entity_id, number) where number is not null;
-- One live order per cart.
create unique index order_of_cart on orders (cart_id)
  where cart_id is not null and state in ('pending', 'placed', 'closed');
create index order_holds on orders (hold_expires_at) where state = 'pending';
create index order_newest on orders (id desc) where state <> 'superseded';
create index order_customer on orders (customer_id, id) where customer_id is not null;

-- What was sold, at what price, with which tax. Never changed: see order_change.
create table order_line (
  id uuid primary key,
  -- Written in the statement after its order and never deleted: a foreign key would only cost.
  order_id uuid not null,
  position int not null,
  variant_id uuid not null,
  seller_id uuid,
  sku text not null,
  title text not null,
  quantity int not null check (quantity > 0),
  unit_price minor_units not null,
  per_units int not null default 1,
  subtotal minor_units not null check (subtotal >= 0),
  discount minor_units not null default 0 check (discount between 0 and subtotal),
  tax minor_units not null,
  tax_included boolean not null,
  taxes jsonb not null default '[]',
  total minor_units not null,
  tax_category text not null,
  hs_code text,
  weight_g int not null,
  requires_shipping boolean not null,
  -- Which stock items one unit is made of: [{stock_item_id, quantity}].
  items jsonb not null
);
create index order_line_order on order_line (order_id);

-- Everything that changed an order after it was placed: who, why, and what it did to the money.
create table order_change (
  id uuid primary key,
  order_id uuid not null references orders (id),
  version int not null,
  kind text not null check (kind in ('cancel')),
  reason text not null default '' check (length(reason) <= 500),
  actor text not null,
  amount minor_units not null,
  at timestamptz not null,
  unique (order_id, version)
);
create table order_change_line (
  change_id uuid not null references order_change (id),
  -- Null stands for the shipping charge.
  order_line_id uuid,
  quantity int not null check (quantity >= 0),
  amount minor_units not null,
  tax minor_units not null,
  unique nulls not distinct (change_id, order_line_id)
);
create index order_change_line_line on order_change_line (order_line_id);
create index order_any_of_cart on orders (cart_id) where cart_id is not null;
