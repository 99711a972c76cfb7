-- A region's rates either stand in for those of its country, as before, or are added to them:
-- provincial taxes beside the federal one.
alter table tax_zone add column adds boolean not null default false;

-- A compound component is reckoned on the net and the components before it. Steps make a rate
-- depend on the price of a unit; rate_ppm holds where the steps are in another currency.
alter table tax_rate add column is_compound boolean not null default false;
alter table tax_rate add column steps jsonb;

-- A part of a country or region that taxes on top of it: a county, a city, a special district.
-- Several hold at one address. `rates` are written as a whole, as the rows of tax_rate are. A
-- table of its own, because versions before this one would take its rows for those of regions.
create table tax_district (
  id uuid primary key,
  country text not null check (country ~ '^[A-Z]{2}$'),
  region text,
  kind text not null check (kind in ('county', 'city', 'special')),
  name text not null,
  -- Names in capitals; none stands for any city.
  cities text[] not null,
  -- [{from, to}], both inclusive; none stands for any postal code.
  postal_codes jsonb not null,
  rates jsonb not null,
  unique nulls not distinct (country, region, kind, name),
  check (cardinality(cities) > 0 or jsonb_array_length(postal_codes) > 0)
);

-- A certificate by which a customer, or whoever holds one cart, owes no tax at a place.
create table tax_exemption (
  id uuid primary key,
  customer_id uuid references customer (id),
  -- No foreign key: carts are cleared away, and what an order was granted stands on the order.
  cart_id uuid,
  country text not null check (country ~ '^[A-Z]{2}$'),
  region text,
  number text not null check (length(number) between 1 and 60),
  reason text not null check (length(reason) between 1 and 200),
  -- The last day on which it holds; null holds until it is revoked.
  valid_until date,
  created_at timestamptz not null,
  revoked_at timestamptz,
  check (num_nonnulls(customer_id, cart_id) = 1)
);
create index tax_exemption_customer on tax_exemption (customer_id) where customer_id is not null;
create index tax_exemption_cart on tax_exemption (cart_id) where cart_id is not null;

-- The last answer of an outside tax engine for a cart. It holds for as long as the question
-- would be the same: then nobody is asked again.
create table tax_quote (
  cart_id uuid primary key,
  question bytea not null,
  answer jsonb not null,
  asked_at timestamptz not null
) with (fillfactor = 70);

-- Where and how this seller collects tax: see TaxSettings. An empty object is the usual way.
alter table legal_entity add column tax jsonb not null default '{}';

-- A VAT number, GSTIN or the like, in its usual form.
alter table cart add column tax_id text check (length(tax_id) <= 30);

-- What the taxes of the order rest on, where that is more than the rates of a place: treatment,
-- the buyer's tax number, a certificate, the place of supply, notes for the invoice, and an
-- outside engine. Frozen with the order.
alter table orders add column tax_facts jsonb;
