-- What owners demand of all who work here: one row.
create table staff_policy (
  one boolean primary key default true check (one),
  -- Roles whose members sign in with a second factor; with `second_factor_of_all` everybody does.
  second_factor_roles text[] not null default '{}',
  second_factor_of_all boolean not null default false,
  -- Secret keys that are made from now on end after so many days at most; null sets no limit.
  key_days_max int check (key_days_max between 1 and 3650)
);
insert into staff_policy default values;

-- The second factor of a person: time-based codes (RFC 6238). It counts once it was confirmed.
create table second_factor (
  staff_id uuid primary key references staff (id),
  -- Encrypted with a key that is drawn from the key of the server.
  sealed_secret bytea not null,
  confirmed_at timestamptz,
  -- The step of the last code that was taken: no code is taken twice, and none before it.
  last_step bigint not null default 0,
  -- Wrong codes since the last right one.
  failed int not null default 0,
  created_at timestamptz not null
);

-- Codes for whoever has lost the device: each opens once. Only a keyed hash is kept.
create table recovery_code (
  staff_id uuid not null references second_factor (staff_id) on delete cascade,
  code_hash bytea not null,
  used_at timestamptz,
  primary key (staff_id, code_hash)
);

-- When the second factor was shown; null in a session that waits for it, where one is needed.
alter table staff_session add second_factor_at timestamptz;

-- Who an OpenID provider says that somebody is: bound at the first sign-in, never by mail again.
create table staff_identity (
  issuer text not null check (length(issuer) <= 500),
  subject text not null check (length(subject) <= 255),
  staff_id uuid not null references staff (id),
  created_at timestamptz not null,
  last_used_at timestamptz not null,
  primary key (issuer, subject),
  unique (issuer, staff_id)
);
-- Who came by way of an OpenID provider has no password.
alter table staff alter password_hash drop not null;

-- A key may never do more than the member of staff who made it may do now; of a key that was made
-- by a key that is whoever made that one. Null where the server itself has made it.
alter table api_key add made_by uuid references staff (id);
alter table api_key add made_by_key uuid references api_key (id);
-- The key in whose place it came.
alter table api_key add rotated_from uuid references api_key (id);
create index api_key_made_by_key on api_key (made_by_key) where made_by_key is not null;
create unique index api_key_rotated_from on api_key (rotated_from) where rotated_from is not null;

-- When a secret key was last used, to the minute.
create table api_key_use (
  key_id uuid primary key references api_key (id),
  last_used_at timestamptz not null
) with (fillfactor = 50);

-- What staff and their keys have written: one row for each row of the shop that changed, from the
-- transaction that changed it. A moment later a worker gives each its place in the chain: `hash`
-- covers the row and the hash before it, so that whoever changes, takes out or puts in a row
-- breaks the chain. `seal` is a hash of that with the key of the server, which no database holds.
create table audit_entry (
  id bigint generated always as identity primary key,
  at timestamptz not null,
  -- `staff:` or `key:`, and the id.
  actor text not null,
  via text not null check (via in ('session', 'key')),
  request_id uuid not null,
  -- `PATCH /admin/orders/:id`
  route text not null,
  -- The table and the key of the row in it.
  resource text not null,
  resource_id text not null,
  change text not null check (change in ('insert', 'update', 'delete')),
  -- Only what has changed. Of personal data and secrets it says "[hidden]".
  before jsonb,
  after jsonb,
  seq bigint unique,
  hash bytea,
  seal bytea,
  check ((seq is null) = (hash is null))
);
create index audit_entry_unchained on audit_entry (id) where seq is null;
create index audit_entry_actor on audit_entry (actor, id);
create index audit_entry_resource on audit_entry (resource, resource_id, id);
create index audit_entry_at on audit_entry (at, id);
create index audit_entry_request on audit_entry (request_id);

-- The same bytes for the same row, whatever the settings of the connection are.
create function audit_digest(entry audit_entry) returns bytea
language sql stable as $$
  select sha256(convert_to(jsonb_build_array(
    entry.id, (extract(epoch from entry.at) * 1000000)::bigint, entry.actor, entry.via,
    entry.request_id, entry.route, entry.resource, entry.resource_id, entry.change, entry.before,
    entry.after)::text, 'UTF8'))
$$;

create function audit_is_for_ever() returns trigger language plpgsql as $$
begin
  -- The one change there is: an entry gets its place in the chain.
  if tg_op = 'UPDATE' and old.seq is null and new.seq is not null
    and audit_digest(old) = audit_digest(new) then
    return new;
  end if;
  raise exception 'entries of the audit never change';
end $$;
create trigger audit_is_for_ever before update or delete on audit_entry
  for each row execute function audit_is_for_ever();
create trigger audit_is_not_emptied before truncate on audit_entry
  for each statement execute function audit_is_for_ever();

-- What is told of one value: nothing of what is hidden but that it is there, of what is large its
-- length and its hash.
create function audit_value(value jsonb, is_hidden boolean) returns jsonb
language sql immutable as $$
  select case
    when value is null or value = 'null' then value
    when is_hidden then '"[hidden]"'
    when length(value::text) > 20000 then jsonb_build_object(
      'characters', length(value::text),
      'sha256', encode(sha256(convert_to(value::text, 'UTF8')), 'hex'))
    else value
  end
$$;

-- The columns of a table that are not told. `shown` null hides those in `hidden` alone; else every
-- column of text, documents or bytes is hidden that `shown` does not name, those of later versions
-- as well.
create function audit_hidden(of_table oid, hidden text[], shown text[]) returns text[]
language sql stable as $$
  select coalesce(array_agg(attname::text), '{}') from pg_attribute
  where attrelid = of_table and attnum > 0 and not attisdropped
    and (attname = any (hidden) or shown is not null and not attname = any (shown)
      and atttypid in ('text'::regtype, 'text[]'::regtype, 'varchar'::regtype, 'jsonb'::regtype,
        'json'::regtype, 'bytea'::regtype))
$$;

-- Arguments of the two triggers: the columns of the key, `hidden`, `shown`.
create function audit_row() returns trigger language plpgsql as $$
declare
  acting jsonb := current_setting('onhand.acting')::jsonb;
  was jsonb := case when tg_op <> 'INSERT' then to_jsonb(old) end;
  is_now jsonb := case when tg_op <> 'DELETE' then to_jsonb(new) end;
  hidden text[] := audit_hidden(tg_relid, tg_argv[1]::text[], nullif(tg_argv[2], 'all')::text[]);
  told_before jsonb;
  told_after jsonb;
begin
  select jsonb_object_agg(name, audit_value(was -> name, name = any (hidden)))
      filter (where was is not null),
    jsonb_object_agg(name, audit_value(is_now -> name, name = any (hidden)))
      filter (where is_now is not null)
  into told_before, told_after
  from jsonb_object_keys(coalesce(is_now, was)) as name
  where was is null or is_now is null or was -> name is distinct from is_now -> name;
  if told_before is null and told_after is null then return null; end if;
  insert into audit_entry (at, actor, via, request_id, route, resource, resource_id, change,
    before, after)
  select (acting ->> 'at')::timestamptz, acting ->> 'actor', acting ->> 'via',
    (acting ->> 'request_id')::uuid, acting ->> 'route', tg_table_name,
    (select string_agg(case when part = any (hidden) then '[hidden]'
        else coalesce(coalesce(is_now, was) ->> part, '') end, '/' order by n)
     from unnest(tg_argv[0]::text[]) with ordinality as parts (part, n)),
    lower(tg_op), told_before, told_after;
  return null;
end $$;

-- For tables where one request may write thousands of rows at once: beyond a hundred, one entry
-- tells how many there were, and their hash.
create function audit_rows() returns trigger language plpgsql as $$
declare
  acting jsonb := current_setting('onhand.acting')::jsonb;
  hidden text[] := audit_hidden(tg_relid, tg_argv[1]::text[], nullif(tg_argv[2], 'all')::text[]);
  number bigint := (select count(*) from touched);
begin
  insert into audit_entry (at, actor, via, request_id, route, resource, resource_id, change,
    before, after)
  select (acting ->> 'at')::timestamptz, acting ->> 'actor', acting ->> 'via',
    (acting ->> 'request_id')::uuid, acting ->> 'route', tg_table_name, key, lower(tg_op),
    case when tg_op = 'DELETE' then told end, case when tg_op <> 'DELETE' then told end
  from (
    select (select string_agg(case when part = any (hidden) then '[hidden]'
          else coalesce(whole ->> part, '') end, '/' order by n)
        from unnest(tg_argv[0]::text[]) with ordinality as parts (part, n)) as key,
      (select jsonb_object_agg(name, audit_value(value, name = any (hidden)))
        from jsonb_each(whole) as each (name, value)) as told
    from (select to_jsonb(t) as whole from touched as t where number <= 100) as few
    union all
    select number || ' rows', jsonb_build_object('rows', number, 'sha256',
      (select encode(sha256(convert_to(string_agg(t::text, e'\n' order by t::text), 'UTF8')), 'hex')
       from touched as t))
    where number > 100) as entries;
  return null;
end $$;

-- The columns by which a row of the table is known.
create function audit_key(of_table regclass) returns text[] language sql stable as $$
  select coalesce(
    (select array_agg(attname::text order by array_position(indkey::int[], attnum::int))
     from pg_index join pg_attribute on attrelid = indrelid and attnum = any (indkey)
     where indrelid = of_table and indisprimary),
    (select array_agg(attname::text order by attnum) from pg_attribute
     where attrelid = of_table and attnum > 0 and not attisdropped and atttypid = 'uuid'::regtype))
$$;

-- Writes down what staff change in this table. The triggers are asked for each row, and cost
-- nothing beyond that where nobody of the staff acts: see src/db/acting.ts.
create function audit_table(of_table regclass, hidden text[] default '{}',
  shown text[] default null) returns void language plpgsql as $$
begin
  execute format('drop trigger if exists audit on %s', of_table);
  execute format(
    $sql$create trigger audit after insert or update or delete on %s for each row
    when (current_setting('onhand.acting', true) <> '')
    execute function audit_row(%L, %L, %L)$sql$,
    of_table, audit_key(of_table), hidden, coalesce(shown::text, 'all'));
end $$;

create function audit_table_of_many(of_table regclass, hidden text[] default '{}',
  shown text[] default null) returns void language plpgsql as $$
declare
  arguments text := format('%L, %L, %L', audit_key(of_table), hidden, coalesce(shown::text, 'all'));
  acts constant text := $sql$when (current_setting('onhand.acting', true) <> '')$sql$;
begin
  execute format($sql$create trigger audit after update on %s for each row %s
    execute function audit_row(%s)$sql$, of_table, acts, arguments);
  execute format($sql$create trigger audit_made after insert on %s
    referencing new table as touched for each statement %s
    execute function audit_rows(%s)$sql$, of_table, acts, arguments);
  execute format($sql$create trigger audit_gone after delete on %s
    referencing old table as touched for each statement %s
    execute function audit_rows(%s)$sql$, of_table, acts, arguments);
end $$;

-- The shop, its goods and its prices: all that is not secret is told.
select audit_table(name::regclass) from unnest(array['channel', 'channel_location',
  'legal_entity', 'location', 'category', 'product_category', 'collection', 'media', 'variant',
  'publication', 'field_definition', 'translation', 'stock_item', 'variant_item', 'stock_level',
  'digital_file', 'variant_file', 'price_list', 'price', 'promotion', 'tax_zone', 'tax_rate',
  'tax_district', 'shipping_zone', 'shipping_option', 'shipping_rate', 'cart_hold_rule',
  'cart_watch', 'message_template', 'role', 'customer_group', 'customer_segment', 'staff_policy',
  'webhook_replay', 'order_change_line', 'order_line', 'hold', 'entitlement', 'pick_task',
  'shipment_line', 'capture', 'payment_attempt']) as name;
select audit_table('product', '{search}');
select audit_table('api_key', '{token_hash}');
select audit_table('webhook_endpoint', '{url}');
select audit_table('shipment', '{tracking_code,tracking_url}');
select audit_table('refund', '{reason}');
select audit_table('effect', '{last_error}');
select audit_table('order_change', shown => '{kind,actor}');
select audit_table_of_many('coupon');
select audit_table_of_many('customer_group_member');

-- Where people stand in the rows, only what is named here is told.
select audit_table('staff', shown => '{role}');
select audit_table('second_factor', shown => '{}');
select audit_table('recovery_code', '{code_hash}');
select audit_table('staff_identity', '{subject}');
select audit_table('customer', shown => '{}');
select audit_table('customer_address', shown => '{}');
select audit_table('customer_consent', shown => '{contact,source,actor}');
select audit_table('tax_exemption', shown => '{country,region}');
select audit_table('orders', shown => '{number,payment_terms,origin,state,payment_state,
  fulfillment_state,return_state,shipping_name,coupon_code,locale}');
select audit_table('order_note', shown => '{author}');
select audit_table('order_tag');
select audit_table('draft', shown => '{state,created_by}');
select audit_table('draft_line', '{reason}');
select audit_table('cart', shown => '{coupon_code}');
select audit_table('cart_line');
select audit_table('message', shown => '{kind,state,transport}');
select audit_table('exception', shown => '{kind,resolved_by,resolution}');
select audit_table('webhook_delivery', shown => '{kind,state}');
select audit_table('label', shown => '{provider,state,carrier,service}');

comment on index api_key_rotated_from is
  'A key is rotated once: two people who do it at once make one new key, not two.';
comment on constraint api_key_use_pkey on api_key_use is
  'Of each key one moment of last use is known.';
comment on constraint audit_entry_change_check on audit_entry is
  'A row was made, changed or taken away: nothing else can have happened to it.';
comment on constraint audit_entry_check on audit_entry is
  'An entry has its place in the chain and its hash together, or neither yet.';
comment on constraint audit_entry_seq_key on audit_entry is
  'Each place in the chain is that of one entry: none can be slipped in beside another.';
comment on constraint audit_entry_via_check on audit_entry is
  'Staff write through a session or a key: it is always known which.';
comment on trigger audit_is_for_ever on audit_entry is
  'No entry is changed or taken out: all that ever happens to one is that it gets its place.';
comment on trigger audit_is_not_emptied on audit_entry is
  'The audit is not emptied in one stroke either.';
comment on constraint recovery_code_pkey on recovery_code is
  'A code stands there once, so that using it uses it up.';
comment on constraint second_factor_pkey on second_factor is
  'A person has one second factor: a second device takes the place of the first.';
comment on constraint staff_identity_issuer_check on staff_identity is
  'What a provider calls itself has a limit.';
comment on constraint staff_identity_subject_check on staff_identity is
  'What a provider calls somebody has the limit that OpenID Connect sets.';
comment on constraint staff_identity_pkey on staff_identity is
  'Whoever a provider says that somebody is opens one account here, and always the same.';
comment on constraint staff_identity_issuer_staff_id_key on staff_identity is
  'Nobody else at the same provider gets into the account of a person who is bound already.';
comment on constraint staff_policy_key_days_max_check on staff_policy is
  'The longest life of a key is a day at least and ten years at most.';
comment on constraint staff_policy_one_check on staff_policy is
  'There is one policy for all who work here: its only key is true.';
comment on constraint staff_policy_pkey on staff_policy is
  'There is one policy, so that no two contradict each other.';
