-- One try of the buyer to pay an order. Its id is the provider's idempotency key. A row exists
-- before the provider hears of it, so nothing that happens out there is ever unknown to us.
create table payment_attempt (
  id uuid primary key,
  order_id uuid not null references orders (id),
  provider text not null,
  capture_mode text not null check (capture_mode in ('now', 'later')),
  state text not null check (state in ('created', 'requires_action', 'pending', 'unknown',
    'authorized', 'captured', 'declined', 'canceled')),
  currency currency_code not null,
  amount minor_units not null check (amount > 0),
  authorized minor_units not null default 0,
  captured minor_units not null default 0,
  refunded minor_units not null default 0,
  reference text,
  decline_reason text,
  -- When to ask the provider, if nothing has been heard by then.
  lookup_due_at timestamptz,
  lookups int not null default 0,
  capture_before timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint captured_within_authorized check (captured between 0 and authorized),
  constraint refunded_within_captured check (refunded between 0 and captured),
  constraint authorized_within_amount check (authorized between 0 and amount)
) with (fillfactor = 60);
create unique index payment_attempt_reference on payment_attempt (provider, reference)
  where reference is not null;
-- One open try per order: nobody pays twice. Late money on an older try must still be recordable,
-- so what has ended is not part of it.
create unique index payment_attempt_live on payment_attempt (order_id)
  where state in ('created', 'requires_action', 'pending', 'unknown');
create index payment_attempt_order on payment_attempt (order_id);
create index payment_attempt_lookup on payment_attempt (lookup_due_at)
  where lookup_due_at is not null;

-- Money taken. `requested` rows are ours to carry out; their id is the provider's key.
create table capture (
  id uuid primary key,
  -- The attempt is locked when its capture is written, and attempts are never deleted.
  attempt_id uuid not null,
  order_id uuid not null,
  state text not null check (state in ('requested', 'pending', 'succeeded', 'failed')),
  currency currency_code not null,
  amount minor_units not null check (amount > 0),
  final boolean not null default true,
  reference text,
  fee minor_units,
  settled_currency currency_code,
  settled_amount minor_units,
  exchange_rate numeric,
  -- Which lines it pays for: [{order_line_id, amount}], null for shipping.
  allocations jsonb not null default '[]',
  created_at timestamptz not null,
  settled_at timestamptz
) with (fillfactor = 80);
create index capture_order on capture (order_id);
create index capture_attempt on capture (attempt_id);

create table refund (
  id uuid primary key,
  attempt_id uuid not null references payment_attempt (id),
  order_id uuid not null,
  -- What made it necessary; one refund per cause and attempt.
  cause_id uuid not null,
  state text not null check (state in ('requested', 'pending', 'succeeded', 'failed')),
  currency currency_code not null,
  amount minor_units not null check (amount > 0),
  reason text not null default '' check (length(reason) <= 500),
  reference text,
  allocations jsonb not null default '[]',
  created_at timestamptz not null,
  settled_at timestamptz,
  unique (attempt_id, cause_id)
);
create index refund_order on refund (order_id);
create unique index refund_reference on refund (attempt_id, reference) where reference is not null;

-- Webhooks that were verified, before anything was done with them. Only what the plug-in read
-- out of them is kept: the raw bodies hold personal data.
create table provider_event (
  id uuid primary key,
  provider text not null,
  event_id text not null,
  content jsonb not null,
  received_at timestamptz not null,
  done_at timestamptz,
  unique (provider, event_id)
);
create index provider_event_open on provider_event (received_at) where done_at is null;
