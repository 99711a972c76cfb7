-- A parcel on its way. One location, one label. The state never moves backwards.
create table shipment (
  id uuid primary key,
  order_id uuid not null references orders (id),
  location_id uuid not null,
  seller_id uuid,
  state text not null check (state in ('waiting', 'labeled', 'shipped', 'delivered',
    'returning', 'returned', 'canceled')),
  carrier text,
  service text,
  tracking_code text,
  tracking_url text,
  weight_g int not null check (weight_g >= 0),
  -- When to ask the carrier, if no scan has come by itself.
  next_track_at timestamptz,
  created_at timestamptz not null,
  shipped_at timestamptz,
  delivered_at timestamptz
) with (fillfactor = 80);
create index shipment_order on shipment (order_id);
create index shipment_tracking_due on shipment (next_track_at) where next_track_at is not null;
create index shipment_tracking on shipment (tracking_code) where tracking_code is not null;

create table shipment_line (
  shipment_id uuid not null references shipment (id),
  order_line_id uuid not null,
  stock_item_id uuid not null,
  quantity int not null check (quantity > 0),
  primary key (shipment_id, order_line_id, stock_item_id)
);
create index shipment_line_line on shipment_line (order_line_id);

-- Buying a label. The row, and then the carrier's own reference, are stored before money is
-- spent, so that a lost answer never buys a second one.
create table label (
  id uuid primary key,
  shipment_id uuid not null references shipment (id),
  provider text not null,
  state text not null check (state in ('preparing', 'buying', 'bought', 'voiding', 'voided',
    'failed')),
  reference text,
  rate jsonb,
  label_url text,
  carrier text,
  service text,
  tracking_code text,
  tracking_url text,
  currency currency_code,
  cost minor_units,
  file bytea,
  created_at timestamptz not null,
  bought_at timestamptz
);
-- One label per parcel: a second one needs the first to be voided.
create unique index label_live on label (shipment_id)
  where state in ('preparing', 'buying', 'bought', 'voiding');
create index label_reference on label (provider, reference) where reference is not null;

-- What the carrier saw. Kept in any order and once each.
create table tracking_scan (
  id uuid primary key,
  shipment_id uuid not null references shipment (id),
  status text not null,
  detail text not null,
  place text,
  at timestamptz not null,
  received_at timestamptz not null,
  unique nulls not distinct (shipment_id, status, at, detail, place)
);
