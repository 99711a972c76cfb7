-- Who sells: the name, address and tax numbers on the invoice, and the zone its days are cut by.
create table legal_entity (
  id uuid primary key,
  code text not null unique,
  name text not null,
  address jsonb not null,
  tax_ids jsonb not null default '[]',
  time_zone text not null,
  fiscal_year_starts_month int not null default 1 check (fiscal_year_starts_month between 1 and 12),
  number_prefix text not null default '' check (number_prefix ~ '^[A-Z0-9]{0,4}$')
);

-- Where orders come from: a web shop, a marketplace, a market abroad.
create table channel (
  id uuid primary key,
  code text not null unique,
  name text not null,
  legal_entity_id uuid not null references legal_entity (id),
  currencies text[] not null check (cardinality(currencies) >= 1),
  countries text[] not null,
  default_country text not null,
  locale text not null default 'en',
  -- The address of the shop's own pages; the buyer comes back here from a bank page.
  storefront_url text not null,
  reply_to text not null,
  payment_providers text[] not null,
  capture text not null default 'now' check (capture in ('now', 'later'))
);

-- Where stock lies.
create table location (
  id uuid primary key,
  code text not null unique,
  name text not null,
  address jsonb not null,
  priority int not null default 0
);

-- Which locations serve a channel, the lowest priority first.
create table channel_location (
  channel_id uuid not null references channel (id),
  location_id uuid not null references location (id),
  priority int not null default 0,
  primary key (channel_id, location_id)
);

-- Legal numbers without gaps: the row is locked last and given back when the order fails.
create table number_series (
  legal_entity_id uuid not null references legal_entity (id),
  kind text not null check (kind in ('order', 'invoice', 'credit_note')),
  fiscal_year int not null,
  last_number bigint not null default 0 check (last_number >= 0),
  primary key (legal_entity_id, kind, fiscal_year)
) with (fillfactor = 10);
