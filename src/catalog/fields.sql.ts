import { sql, type Tx } from '#src/db/sql.ts'
import type { FieldDefinition, ReferenceTarget } from './fields.ts'

const columns = sql`
  id, key, owner, name, type, choices, currency, refers_to, required, translatable,
  filterable, position, created_at, archived_at`

/** All of them, also those that were taken away: they are few. */
export const readFields = (tx: Tx): Promise<FieldDefinition[]> =>
  tx.many<FieldDefinition>`
    select ${columns} from field_definition order by owner, position, key`

/** Whoever defines a field holds this until commit, so that their number stays bounded. */
export const lockFields = async (tx: Tx): Promise<void> => {
  await tx.run`lock table field_definition in share row exclusive mode`
}

export const saveField = (tx: Tx, field: FieldDefinition): Promise<number> =>
  tx.run`
    insert into field_definition (${columns})
    values (${field.id}, ${field.key}, ${field.owner}, ${field.name}, ${field.type},
      ${field.choices}, ${field.currency}, ${field.refers_to}, ${field.required},
      ${field.translatable}, ${field.filterable}, ${field.position},
      ${field.created_at}, ${field.archived_at})
    on conflict (key) do update set name = excluded.name, choices = excluded.choices,
      required = excluded.required, translatable = excluded.translatable,
      filterable = excluded.filterable, position = excluded.position,
      archived_at = excluded.archived_at`

/** Which of these ids lead to nothing. */
export async function missingTargets(
  tx: Tx,
  target: ReferenceTarget,
  ids: readonly string[],
): Promise<Set<string>> {
  const tables = {
    product: sql`product`,
    category: sql`category`,
    collection: sql`collection`,
  } as const
  const rows = await tx.many<{ id: string }>`
    select id from unnest(${ids}::uuid[]) as asked (id)
    where not exists (select from ${tables[target]} as known where known.id = asked.id)`
  return new Set(rows.map(({ id }) => id))
}
