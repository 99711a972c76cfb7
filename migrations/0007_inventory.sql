-- A thing that lies on a shelf. A variant is made of one or more of them.
create table stock_item (
  id uuid primary key,
  sku text not null unique,
  title text not null
);

create table variant_item (
  variant_id uuid not null references variant (id),
  stock_item_id uuid not null references stock_item (id),
  quantity int not null check (quantity between 1 and 10000),
  primary key (variant_id, stock_item_id)
);
create index variant_item_item on variant_item (stock_item_id);

-- How many there are. `held` is set aside for orders. More may be held than there are only as
-- far as back-order allows, or after a count has found too few: `shortfall` then says by how
-- much, and an exception is open. No lock or check in the code stands behind "never oversold":
-- this constraint does. `safety` keeps the last ones back from sale.
create table stock_level (
  stock_item_id uuid not null references stock_item (id),
  location_id uuid not null references location (id),
  on_hand int not null default 0 check (on_hand >= 0),
  held int not null default 0 check (held >= 0),
  safety int not null default 0 check (safety >= 0),
  backorder_limit int not null default 0 check (backorder_limit >= 0),
  shortfall int not null default 0 check (shortfall >= 0),
  primary key (stock_item_id, location_id),
  constraint never_oversold check (held <= on_hand + backorder_limit + shortfall)
) with (fillfactor = 50);

-- Every change of on_hand, for ever: on_hand = sum(quantity). "Why is it 47?"
create table stock_movement (
  id uuid not null,
  stock_item_id uuid not null,
  location_id uuid not null,
  quantity int not null check (quantity <> 0),
  kind text not null check (kind in ('import', 'adjustment', 'count', 'sale', 'return', 'receipt')),
  reason text not null default '' check (length(reason) <= 500),
  cause_id uuid,
  actor text not null,
  at timestamptz not null,
  primary key (id)
) partition by range (id);
create index stock_movement_item on stock_movement (stock_item_id, location_id, id);
create table stock_movement_default partition of stock_movement default;

-- Units set aside for one order line. Open units = quantity − shipped − released, and
-- stock_level.held is their sum.
create table hold (
  id uuid primary key,
  order_id uuid not null,
  order_line_id uuid not null,
  stock_item_id uuid not null,
  location_id uuid not null,
  quantity int not null check (quantity > 0),
  shipped int not null default 0 check (shipped >= 0),
  released int not null default 0 check (released >= 0),
  created_at timestamptz not null,
  unique (order_line_id, stock_item_id, location_id),
  check (shipped + released <= quantity)
) with (fillfactor = 80);
create index hold_order on hold (order_id);
create index hold_open on hold (stock_item_id, location_id) where shipped + released < quantity;

select make_partitions('stock_movement', now(), 3);
