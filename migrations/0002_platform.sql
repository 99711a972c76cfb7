-- Which request was already carried out. Written in the transaction of its effect; the replay is
-- computed from the resource, so no answer, secret or address is kept here.
create table idempotency (
  principal_id uuid not null,
  route text not null,
  key text not null check (length(key) between 8 and 255),
  request_hash bytea not null,
  resource_id uuid not null,
  created_at timestamptz not null,
  primary key (principal_id, route, key)
);
create index idempotency_age on idempotency using brin (created_at);

-- Who did what, when and why: the timeline of an order, the audit of a setting, the source of
-- live updates and outgoing webhooks. Holds no personal data, so that a customer can be erased.
-- Readers go by (xid, id) and stop at the snapshot's xmin: a row of a transaction that commits
-- late is never skipped.
create table event (
  id uuid not null,
  xid xid8 not null default pg_current_xact_id(),
  at timestamptz not null,
  kind text not null,
  subject text not null,
  subject_id uuid not null,
  order_id uuid,
  actor text not null,
  cause_id uuid,
  detail jsonb not null default '{}',
  primary key (id)
) partition by range (id);
create index event_order on event (order_id, id) where order_id is not null;
create index event_reading on event (xid, id);
create table event_default partition of event default;

-- How far a reader of the event table has come.
create table event_cursor (
  reader text primary key,
  xid xid8 not null,
  id uuid not null
);

-- Rises with each change of catalogue, prices or settings, in the transaction of the change.
-- Whoever keeps such things in memory compares it first.
create table revision (
  name text primary key,
  number bigint not null
);
insert into revision values ('settings', 1), ('catalog', 1);

-- Work that must be done once per cause after something was committed: an invoice, a label, a
-- mail. The row is the promise; a job only wakes whoever keeps it. Done rows stay as proof.
create table effect (
  id uuid primary key,
  kind text not null,
  cause_id uuid not null,
  order_id uuid,
  state text not null default 'waiting'
    check (state in ('waiting', 'done', 'failed', 'dismissed')),
  due_at timestamptz not null,
  created_at timestamptz not null,
  tries int not null default 0,
  next_try_at timestamptz not null,
  last_error text check (length(last_error) <= 2000),
  done_at timestamptz,
  unique (kind, cause_id)
) with (fillfactor = 80);
create index effect_waiting on effect (next_try_at) where state = 'waiting';
create index effect_unfinished on effect (due_at) where state in ('waiting', 'failed');
create index effect_order on effect (order_id);

-- What the machine could not finish by itself, with the reason and what it will do next.
create table exception (
  id uuid primary key,
  kind text not null,
  cause_id uuid not null,
  order_id uuid,
  effect_id uuid references effect (id),
  message text not null check (length(message) <= 2000),
  detail jsonb not null default '{}',
  opened_at timestamptz not null,
  resolved_at timestamptz,
  resolved_by text,
  resolution text check (resolution in ('healed', 'retried', 'dismissed'))
);
create unique index exception_open on exception (kind, cause_id) where resolved_at is null;
create index exception_order on exception (order_id);

-- A worker process says here that it is alive; jobs of the silent ones are set free.
create table worker_heartbeat (
  worker_id text primary key,
  beat_at timestamptz not null
);

select make_partitions('event', now(), 3);
