-- What somebody means to buy. `version` rises with each change, so that what was priced can be
-- compared with what is ordered.
create table cart (
  id uuid primary key,
  channel_id uuid not null,
  currency currency_code not null,
  customer_id uuid,
  version int not null default 1,
  email text,
  phone text,
  shipping_address jsonb,
  billing_address jsonb,
  shipping_option_id uuid,
  coupon_code text,
  created_at timestamptz not null,
  updated_at timestamptz not null
) with (fillfactor = 70);
create index cart_age on cart (updated_at);

create table cart_line (
  id uuid primary key,
  cart_id uuid not null references cart (id) on delete cascade,
  variant_id uuid not null,
  quantity int not null check (quantity between 1 and 100000),
  unique (cart_id, variant_id)
) with (fillfactor = 70);
