// What the database itself refuses, read from a database on which all migrations ran.
import type { Tx } from '#src/db/sql.ts'

export type Rule = {
  readonly kind: 'constraint' | 'index' | 'trigger' | 'domain'
  readonly of: string
  readonly name: string
  readonly said: string
  /** What `comment on …` says of it; of a trigger without one, of the function that it calls. */
  readonly why: string | null
}
export type Reference = {
  readonly of: string
  readonly column: string
  readonly names: string
  readonly on_delete: 'refused' | 'deletes this'
}

/** All but foreign keys, keys of one id, what partitions inherit, and what is never null. */
export const readRules = (tx: Tx): Promise<Rule[]> => tx.many<Rule>`
  with rule as (
    select case when contypid = 0 then 'constraint' else 'domain' end as kind,
      case when contypid = 0 then conrelid::regclass::text else contypid::regtype::text end as of,
      conname as name, pg_get_constraintdef(oid, true) as said,
      obj_description(oid, 'pg_constraint') as why
    from pg_constraint
    where connamespace = current_schema()::regnamespace and contype in ('c', 'p', 'u', 'x')
      and conparentid = 0 and coninhcount = 0
      and not (contype = 'p' and pg_get_constraintdef(oid) = 'PRIMARY KEY (id)')
    union all
    select 'index', indrelid::regclass::text, relname,
      regexp_replace(pg_get_indexdef(indexrelid, 0, true), '^.* USING btree', 'UNIQUE'),
      obj_description(indexrelid, 'pg_class')
    from pg_index join pg_class on pg_class.oid = indexrelid
    where relnamespace = current_schema()::regnamespace and indisunique and not relispartition
      and not exists (select from pg_constraint where conindid = indexrelid)
    union all
    select 'trigger', tgrelid::regclass::text, tgname,
      regexp_replace(pg_get_triggerdef(pg_trigger.oid, true), '^CREATE TRIGGER [^ ]+ ', ''),
      coalesce(obj_description(pg_trigger.oid, 'pg_trigger'), obj_description(tgfoid, 'pg_proc'))
    from pg_trigger join pg_class on pg_class.oid = tgrelid
    where relnamespace = current_schema()::regnamespace and not tgisinternal and tgparentid = 0)
  select * from rule order by of, name`

/** Foreign keys: all of them say the same thing of other rows. */
export const readReferences = (tx: Tx): Promise<Reference[]> => tx.many<Reference>`
  select conrelid::regclass::text as of, confrelid::regclass::text as names,
    (select string_agg(attname, ', ' order by attnum) from pg_attribute
     where attrelid = conrelid and attnum = any(conkey)) as "column",
    case confdeltype when 'c' then 'deletes this' else 'refused' end as on_delete
  from pg_constraint
  where connamespace = current_schema()::regnamespace and contype = 'f' and conparentid = 0
  order by of, names, "column"`

/** What the shop has put into the database as programs, with what `comment on function` says. */
export const readFunctions = (tx: Tx): Promise<{ name: string; source: string; why: string }[]> =>
  tx.many<{ name: string; source: string; why: string }>`
    select proname as name, prosrc as source, coalesce(obj_description(oid, 'pg_proc'), '') as why
    from pg_proc where pronamespace = current_schema()::regnamespace and prosrc is not null
    order by proname`
