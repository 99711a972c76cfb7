-- A set of prices and whom it is for. Null means: for everybody. Of all that apply, the highest
-- priority wins, then the more specific, then the lower price.
create table price_list (
  id uuid primary key,
  code text not null unique,
  name text not null,
  currency currency_code not null,
  prices_include_tax boolean not null,
  channel_id uuid references channel (id),
  customer_group_id uuid references customer_group (id),
  countries text[],
  starts_at timestamptz,
  ends_at timestamptz,
  priority int not null default 0,
  archived_at timestamptz,
  check (starts_at < ends_at)
);
create index price_list_group on price_list (customer_group_id) where customer_group_id is not null;

-- `amount` buys `per_units` units, from `min_quantity` on.
create table price (
  price_list_id uuid not null references price_list (id),
  variant_id uuid not null references variant (id),
  min_quantity int not null default 1 check (min_quantity >= 1),
  amount minor_units not null check (amount >= 0),
  per_units int not null default 1 check (per_units >= 1),
  compare_at minor_units check (compare_at >= 0),
  primary key (price_list_id, variant_id, min_quantity)
);
create index price_variant on price (variant_id);

-- Where a rate holds. The more specific zone wins: a region before its country.
create table tax_zone (
  id uuid primary key,
  country text not null check (country ~ '^[A-Z]{2}$'),
  region text,
  unique nulls not distinct (country, region)
);

-- One component of the tax of a category: VAT 19 %, or CGST 9 % and beside it SGST 9 %.
create table tax_rate (
  id uuid primary key,
  zone_id uuid not null references tax_zone (id),
  category text not null,
  component text not null,
  rate_ppm int not null check (rate_ppm between 0 and 1000000),
  position int not null default 0,
  unique (zone_id, category, component)
);

-- `used` counts the orders that hold or have spent a use. The constraint is what keeps the
-- limit, however many buyers come at once.
create table coupon (
  id uuid primary key,
  code text not null unique check (code = upper(code) and length(code) between 3 and 40),
  kind text not null check (kind = 'percentage'),
  rate_ppm int not null check (rate_ppm between 1 and 1000000),
  currency currency_code,
  min_subtotal minor_units not null default 0,
  channel_id uuid references channel (id),
  starts_at timestamptz,
  ends_at timestamptz,
  usage_limit int check (usage_limit >= 0),
  used int not null default 0 check (used >= 0),
  archived_at timestamptz,
  created_at timestamptz not null,
  constraint coupon_limit check (used <= usage_limit),
  -- An amount without its currency means nothing.
  check (min_subtotal = 0 or currency is not null)
) with (fillfactor = 50);

-- Which order took a use of which coupon; released when the order is canceled.
create table coupon_use (
  -- No foreign key: every order with the coupon would look at its one row. It is never deleted.
  coupon_id uuid not null,
  order_id uuid not null,
  released_at timestamptz,
  primary key (coupon_id, order_id)
);
create index coupon_use_order on coupon_use (order_id);
