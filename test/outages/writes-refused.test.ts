// PostgreSQL refuses writes as it does when a disk is full (53100), but by dice: one statement of
// a transaction is stored and the next one is not, or all are and the commit fails; then none is.
import path from 'node:path'
import { test } from 'node:test'
import { openDb } from '#src/db/pool.ts'
import { atEnd } from '#test/cleanup.ts'
import { testDatabase } from '#test/database.ts'
import { until } from '#test/world.ts'
import { attackByFullDisk } from './full-disk.ts'
import { openShop } from './shop.ts'

const triggers = `
  create table full_disk (percent int not null);
  insert into full_disk values (0);
  create function refuse_as_full() returns trigger language plpgsql as $$
  begin
    if random() * 100 < (select percent from full_disk) then
      raise exception 'could not extend file "base/1/1": No space left on device'
        using errcode = 'disk_full', hint = 'Check free disk space.';
    end if;
    return null;
  end $$;
  do $$
  declare
    target text;
  begin
    for target in
      select format('%I.%I', nspname, relname)
      from pg_class join pg_namespace on pg_namespace.oid = relnamespace
      where relkind in ('r', 'p') and not relispartition and relname <> 'full_disk'
        and nspname in ('public', 'graphile_worker')
    loop
      execute format('create trigger no_room before insert or update on %s '
        'for each statement execute function refuse_as_full()', target);
    end loop;
  end $$;
  create constraint trigger no_room_at_commit after insert or update on orders
    deferrable initially deferred for each row execute function refuse_as_full();
  create constraint trigger no_room_at_commit after insert or update on payment_attempt
    deferrable initially deferred for each row execute function refuse_as_full();`

const database = await testDatabase(10)
const root = openDb({ url: database.url, connections_max: 1, name: 'disk' })
atEnd(() => root.end())
await root.query(triggers)
const shop = await openShop({ database })
const setPercent = (percent: number) => root.query('update full_disk set percent = $1', [percent])

test('writes are refused now and then, then all of them: nothing is half done or lost', async (t) => {
  const refused = (): number => shop.answers()['503 database_full'] ?? 0
  await attackByFullDisk(
    shop,
    {
      file: path.basename(import.meta.filename),
      point: 'PostgreSQL refuses writes (53100), now and then and then all of them',
      fill: async () => {
        await setPercent(10)
        await until('refusals now and then', async () => refused() >= 16, 60_000)
        await setPercent(100)
      },
      free: async () => void (await setPercent(0)),
    },
    (text) => t.diagnostic(text),
  )
})
