create table shipping_zone (
  id uuid primary key,
  name text not null unique,
  countries text[] not null check (cardinality(countries) >= 1)
);

create table shipping_option (
  id uuid primary key,
  zone_id uuid not null references shipping_zone (id),
  code text not null unique,
  name text not null,
  description text not null default '',
  tax_category text not null default 'standard',
  -- Which of the carrier's services fit, best first; empty takes the cheapest.
  services text[] not null default '{}',
  days_min int not null default 1 check (days_min >= 0),
  days_max int not null default 7,
  position int not null default 0,
  archived_at timestamptz,
  check (days_min <= days_max)
);

-- A row of the rate table: the last row whose weight and subtotal are reached counts.
create table shipping_rate (
  option_id uuid not null references shipping_option (id),
  currency currency_code not null,
  min_weight_g int not null default 0 check (min_weight_g >= 0),
  min_subtotal minor_units not null default 0 check (min_subtotal >= 0),
  amount minor_units not null check (amount >= 0),
  includes_tax boolean not null,
  primary key (option_id, currency, min_weight_g, min_subtotal)
);
