-- Since when this worker has been heard without a break as long as silence lasts: only who was there
-- all the time can tell that another one was not. After an outage nobody has been.
alter table worker_heartbeat add column since timestamptz not null default now();

-- The worker that tries to send it: once that one is taken for dead, another one may.
alter table message add column claimed_by text;
