-- What a run has counted so far, so that nothing counts twice when its handle or SKU comes again
-- later in the file, also after a kill. Empty when the run has ended.
create table import_counted (
  import_id uuid not null references import_run (id),
  id uuid not null,
  primary key (import_id, id)
);

-- The row is in, but otherwise than it stands in the file.
alter table import_refusal add column is_warning boolean not null default false;
