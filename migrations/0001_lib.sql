-- Money is a whole number of minor units. On the wire it is a JSON integer, so it must fit a
-- double exactly.
create domain minor_units as bigint
  check (value between -9007199254740991 and 9007199254740991);

create domain currency_code as text check (value ~ '^[A-Z]{3}$');

-- True when the signed amounts of an entry add up to zero in each currency. Nearly every entry
-- has one currency: a loop over it costs a seventh of the grouping query.
create function is_balanced(currencies text[], amounts bigint[]) returns boolean
language plpgsql immutable strict parallel safe as $$
declare
  total bigint := 0;
  amount bigint;
begin
  if currencies[1] = all (currencies) then
    foreach amount in array amounts loop
      total := total + amount;
    end loop;
    return coalesce(total = 0, false);
  end if;
  return not exists (
    select from unnest(currencies, amounts) as line (currency, amount)
    group by line.currency having sum(line.amount) <> 0
  );
end
$$;

-- Tables that only grow are cut by month along their UUIDv7 id. Makes the partitions of
-- `parent` for the months around `at`; safe to run at any time, by any number of processes.
create function make_partitions(parent text, at timestamptz, months_ahead int) returns int
language plpgsql as $$
declare
  made int := 0;
  month timestamptz;
  partition_name text;
begin
  for month in
    select generate_series(
      date_trunc('month', at, 'UTC'),
      date_trunc('month', at, 'UTC') + make_interval(months => months_ahead),
      interval '1 month')
  loop
    partition_name := parent || '_' || to_char(month at time zone 'UTC', 'YYYYMM');
    if to_regclass(partition_name) is null then
      execute format(
        'create table %I partition of %I for values from (%L) to (%L)',
        partition_name, parent, id_floor(month),
        id_floor(date_trunc('month', month + interval '32 days', 'UTC')));
      made := made + 1;
    end if;
  end loop;
  return made;
end
$$;

-- The smallest UUIDv7 of a moment.
create function id_floor(at timestamptz) returns uuid
language sql immutable parallel safe as $$
  select (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '70008000000000000000')::uuid
$$;
