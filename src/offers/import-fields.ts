// Fields of the shop's own in a product file: a column `Field material` for the field `material`.
import { readFieldText, unreadableAs } from '#src/catalog/field-texts.ts'
import { missingTargets, readFields } from '#src/catalog/fields.sql.ts'
import {
  applyFields,
  type FieldChanges,
  type FieldDefinition,
  type FieldOwner,
  type FieldValue,
  type FieldValues,
  isReference,
} from '#src/catalog/fields.ts'
import type { Tx } from '#src/db/sql.ts'
import type { FieldTexts } from './product-columns.ts'

export type FieldsRead = { readonly values: FieldValues; readonly faults: readonly string[] }
/** The values after what a file says; `known` is null for something new. */
export type FieldReader = (
  owner: FieldOwner,
  known: FieldValues | null,
  texts: FieldTexts,
) => FieldsRead

type Source = { readonly fields: FieldTexts }

/** Ids in the file that lead to nothing, by the key of their field. */
async function findLost(
  tx: Tx,
  definitions: readonly FieldDefinition[],
  texts: readonly FieldTexts[],
): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const lost = new Map<string, ReadonlySet<string>>()
  for (const { key, refers_to } of definitions) {
    if (refers_to === null) continue
    const ids = new Set(texts.map((one) => (one.get(key) ?? '').trim()).filter(isReference))
    if (ids.size > 0) lost.set(key, await missingTargets(tx, refers_to, [...ids]))
  }
  return lost
}

/** Reads the fields of these, as they are defined now. */
export async function openFieldReader(
  tx: Tx,
  sources: readonly (Source & { readonly variants: readonly Source[] })[],
): Promise<FieldReader> {
  const definitions = (await readFields(tx)).filter(({ archived_at }) => archived_at === null)
  const by_key = new Map(definitions.map((one) => [one.key, one]))
  const texts = sources.flatMap(({ fields, variants }) => [
    fields,
    ...variants.map((one) => one.fields),
  ])
  const lost = await findLost(tx, definitions, texts)
  return (owner, known, given) => {
    const faults: string[] = []
    const changes: Record<string, FieldValue | null> = {}
    for (const [key, text] of given) {
      const definition = by_key.get(key)
      if (!definition) {
        faults.push(`field ${key} was removed meanwhile`)
        continue
      }
      if (text === '' || (definition.type !== 'text' && text.trim() === '')) {
        // Nothing, or an empty text, stands there as the file says: none of it is taken away.
        const before = known?.[key] ?? ''
        if (before !== '') changes[key] = null
        continue
      }
      const value = readFieldText(definition, text)
      if (value === null) {
        faults.push(`field ${key} "${text.slice(0, 40)}" is ${unreadableAs(definition)}`)
      } else if (lost.get(key)?.has(String(value))) {
        faults.push(`field ${key}: there is no ${definition.refers_to} with this id`)
      } else changes[key] = value
    }
    return merge(definitions, owner, known, changes, faults)
  }
}

function merge(
  definitions: readonly FieldDefinition[],
  owner: FieldOwner,
  known: FieldValues | null,
  changes: FieldChanges,
  faults: readonly string[],
): FieldsRead {
  const { values, errors } = applyFields(definitions, owner, known, changes, 'field')
  const told = errors.map(({ field, message }) => `${field.replace('.', ' ')}: ${message}`)
  return { values, faults: [...faults, ...told] }
}
