-- What a carrier writes about a parcel may name who has signed for it. It is no part of events any
-- more; from those of before erasing takes it out, by the index of their order. Nothing else of an
-- event can change, and no row goes.
create function refuse_change_of_event() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and old.kind = 'shipment.scanned'
    and to_jsonb(new) = to_jsonb(old) || jsonb_build_object('detail', old.detail - 'detail')
  then
    return new;
  end if;
  raise exception '% is append-only', tg_table_name;
end
$$;
create or replace trigger events_are_append_only before update or delete on event
  for each row execute function refuse_change_of_event();
comment on trigger events_are_append_only on event is
  'What happened stays told: only an erasure takes out what a carrier wrote into it.';

-- When who has ordered was taken out of an order. What is written about it later names nobody.
alter table orders add erased_at timestamptz;
