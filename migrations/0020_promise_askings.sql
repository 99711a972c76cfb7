-- When each promise was asked last by the clock, hourly of what was touched and nightly of all.
create table promise_asking (
  promise text not null,
  scope text not null check (scope in ('touched', 'all')),
  asked_at timestamptz not null,
  took_ms int not null,
  -- How many orders, stock items or coupons were looked at. Null stands for all of them.
  things int,
  -- How many rows were guilty. Null: it could not be asked to the end, see the log.
  guilty int,
  primary key (promise, scope)
);

-- What was touched is read from the events. What happened before this moment waits for the night.
insert into event_cursor (reader, xid, id)
values ('promises', pg_current_xact_id(), '00000000-0000-0000-0000-000000000000');
