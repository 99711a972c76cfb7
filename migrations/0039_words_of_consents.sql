-- A consent is evidence: that it was given, when, where and by whom. Its wording may name a person,
-- so erasing takes it away; nothing else of a consent can change, and no row goes.
create function refuse_change_of_consent() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and new.wording is null
    and to_jsonb(new) - 'wording' = to_jsonb(old) - 'wording'
  then
    return new;
  end if;
  raise exception '% is append-only', tg_table_name;
end
$$;
create or replace trigger customer_consents_are_immutable before update or delete
  on customer_consent for each row execute function refuse_change_of_consent();
comment on trigger customer_consents_are_immutable on customer_consent is
  'What somebody agreed to, and when, is evidence: only an erasure takes its wording away.';
