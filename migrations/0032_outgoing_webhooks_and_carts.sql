-- Where the shop tells others what happens, by Standard Webhooks. The secret is not stored: it is
-- drawn from the key of the server, this id and `secret_version`.
create table webhook_endpoint (
  id uuid primary key,
  url text not null check (length(url) <= 2000),
  description text not null default '' check (length(description) <= 500),
  -- Kinds of events: `order.placed`, `order.*`, `*`.
  kinds text[] not null check (cardinality(kinds) between 1 and 50),
  -- Only what belongs to these channels; null takes all.
  channel_ids uuid[],
  -- Only what belongs to an order that is in one of these states by then; null takes all.
  order_states text[],
  enabled boolean not null default true,
  disabled_at timestamptz,
  disabled_reason text check (disabled_reason in ('staff', 'failing', 'gone')),
  -- Since when every try has failed.
  failing_since timestamptz,
  secret_version int not null default 1,
  -- Until then what is sent is signed with the secret before this one as well.
  previous_secret_until timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  deleted_at timestamptz
);

-- One event for one endpoint. What is sent is the same at every try, and so is its webhook-id. Of
-- one thing (an order, or whatever the event is about) the next waits until the one before it was
-- delivered or given up.
create table webhook_delivery (
  id uuid primary key,
  endpoint_id uuid not null references webhook_endpoint (id),
  -- The event; of a ping its own id.
  event_id uuid not null,
  kind text not null,
  -- The thing whose events go out in their order: the order, else what the event is about.
  aggregate_id uuid not null,
  -- What is sent, to the byte.
  body text not null,
  state text not null default 'waiting' check (state in ('waiting', 'delivered', 'failed')),
  tries int not null default 0,
  next_try_at timestamptz not null,
  -- One worker at a time tries it; after this moment another one may.
  claimed_until timestamptz,
  last_status int,
  last_error text check (length(last_error) <= 500),
  created_at timestamptz not null,
  delivered_at timestamptz,
  unique (endpoint_id, event_id)
) with (fillfactor = 70);
create index webhook_delivery_order on webhook_delivery (endpoint_id, aggregate_id, event_id)
  where state = 'waiting';
create index webhook_delivery_due on webhook_delivery (endpoint_id, next_try_at)
  where state = 'waiting';
create index webhook_delivery_log on webhook_delivery (endpoint_id, id desc);
create index webhook_delivery_age on webhook_delivery (created_at);

-- Every try of a delivery, and how it ended. Kept as long as the delivery.
create table webhook_attempt (
  id uuid primary key,
  delivery_id uuid not null references webhook_delivery (id) on delete cascade,
  at timestamptz not null,
  duration_ms int not null,
  -- Null when no answer came.
  status int,
  error text check (length(error) <= 500),
  -- The beginning of what was answered.
  response text not null default '' check (length(response) <= 1000)
);
create index webhook_attempt_delivery on webhook_attempt (delivery_id, id);

-- Staff want everything since a moment sent again: done in parts, and gone on with after a kill.
create table webhook_replay (
  id uuid primary key,
  endpoint_id uuid not null references webhook_endpoint (id),
  since timestamptz not null,
  until timestamptz not null,
  -- What was delivered already is sent again as well.
  everything boolean not null,
  -- The event it has come to.
  after_id uuid not null,
  queued int not null default 0,
  created_at timestamptz not null,
  done_at timestamptz
);
create index webhook_replay_open on webhook_replay (id) where done_at is null;
create index webhook_replay_endpoint on webhook_replay (endpoint_id, id desc);

-- What happened before this moment is sent to nobody, unless it is asked for.
insert into event_cursor (reader, xid, id)
values ('webhooks', pg_current_xact_id(), '00000000-0000-0000-0000-000000000000'),
  ('funnel', pg_current_xact_id(), '00000000-0000-0000-0000-000000000000');

-- Whether carts hold goods before they are ordered: for a channel, or for one item in it. No rule,
-- no hold.
create table cart_hold_rule (
  channel_id uuid not null references channel (id),
  -- Null stands for all items of the channel that have no rule of their own.
  stock_item_id uuid references stock_item (id),
  minutes int not null check (minutes between 1 and 60),
  -- Of what is there for sale, carts together hold so many percent at most.
  share_percent int not null check (share_percent between 1 and 50),
  -- One cart, and all carts of one customer together, hold so many units of an item at most.
  units_max int not null check (units_max between 1 and 100),
  -- Held only where no more than so many are left; null always.
  scarce_below int check (scarce_below between 1 and 1000000),
  unique nulls not distinct (channel_id, stock_item_id)
);

-- Units set aside for a cart, which `stock_level.held` counts like those of orders. They go to
-- the order when the cart becomes one, and back when their time is over.
create table cart_hold (
  cart_id uuid not null,
  stock_item_id uuid not null,
  location_id uuid not null,
  quantity int not null check (quantity > 0),
  expires_at timestamptz not null,
  created_at timestamptz not null,
  primary key (cart_id, stock_item_id, location_id)
);
create index cart_hold_due on cart_hold (expires_at);
create index cart_hold_item on cart_hold (stock_item_id, location_id);

-- The part of `held` that carts hold. Known under the lock of the level, so that carts never hold
-- more than their share of it.
alter table stock_level
  add cart_held int not null default 0 constraint carts_hold_part_of_held
    check (cart_held between 0 and held);

-- Set with the first hold of a cart, which has its turn once: until then its goods are held, and
-- afterwards it holds none again.
alter table cart add hold_expires_at timestamptz;
-- The buyer wants to be reminded of this cart, and when it was last found to be abandoned.
alter table cart add accepts_reminders boolean not null default false;
alter table cart add abandoned_at timestamptz;

-- When a cart of a channel counts as abandoned, and whether its buyer is written to. Each change
-- of a cart moves its updated_at beyond the cursor once, so each abandonment is found once.
create table cart_watch (
  channel_id uuid primary key references channel (id),
  after_minutes int not null default 60 check (after_minutes between 10 and 10080),
  message boolean not null default false,
  seen_until timestamptz not null,
  seen_id uuid not null
);

-- How many carts came how far, and why others were refused: by channel and hour.
create table cart_funnel (
  channel_id uuid not null,
  hour timestamptz not null,
  step text not null,
  -- Of a refusal its code, of a declined payment the reason.
  code text not null default '',
  count bigint not null check (count > 0),
  primary key (hour, channel_id, step, code)
) with (fillfactor = 70);
