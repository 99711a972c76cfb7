-- What somebody has to take from the shelves: one task per parcel.
create table pick_task (
  id uuid primary key,
  shipment_id uuid not null unique references shipment (id),
  location_id uuid not null,
  state text not null check (state in ('open', 'done', 'canceled')),
  created_at timestamptz not null,
  done_at timestamptz,
  done_by text
);
create index pick_task_open on pick_task (location_id, id) where state = 'open';
