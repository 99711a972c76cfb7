// What staff do with fields of their own, and what writers of goods ask before they write some.
import { bumpRevision } from '#src/db/revision.sql.ts'
import type { Tx } from '#src/db/sql.ts'
import { addEvents } from '#src/events/events.sql.ts'
import { currencyErrors } from '#src/lib/field-errors.ts'
import { newId } from '#src/lib/ids.ts'
import { type FieldError, refuse } from '#src/lib/refusal.ts'
import type { By } from './edit-product.ts'
import { lockFields, missingTargets, readFields, saveField } from './fields.sql.ts'
import {
  type AskedField,
  applyFields,
  checkDefinition,
  type FieldChanges,
  type FieldDefinition,
  type FieldOwner,
  type FieldValues,
  field_limits,
} from './fields.ts'

const isNamed = (error: FieldError): string => error.field

/**
 * Makes a field or changes it. Owner, type, currency and target stay: values stand there already.
 * @throws invalid_input, limit_exceeded
 */
export async function defineField(
  tx: Tx,
  asked: AskedField,
  { actor, now }: By,
): Promise<FieldDefinition> {
  await lockFields(tx)
  const all = await readFields(tx)
  const known = all.find(({ key }) => key === asked.key)
  const field: FieldDefinition = {
    ...asked,
    id: known?.id ?? newId(),
    created_at: known?.created_at ?? now,
    archived_at: null,
  }
  const errors = [...checkDefinition(field), ...currencyErrors('currency', field.currency)]
  for (const name of ['owner', 'type', 'currency', 'refers_to'] as const) {
    if (known && known[name] !== field[name] && !errors.map(isNamed).includes(name)) {
      const message = 'Values stand there already: make another field.'
      errors.push({ field: name, code: 'cannot_change', message })
    }
  }
  if (errors.length > 0) throw refuse('invalid_input', { errors })
  const live = all.filter(({ archived_at, key }) => archived_at === null && key !== field.key)
  if (live.length >= field_limits.fields) {
    throw refuse('limit_exceeded', { fields_max: field_limits.fields })
  }
  const filterable = live.filter((one) => one.filterable).length
  if (field.filterable && filterable >= field_limits.filterable) {
    throw refuse('limit_exceeded', { filterable_max: field_limits.filterable })
  }
  await saveField(tx, field)
  await noteField(tx, known ? 'field.changed' : 'field.defined', field, { actor, now })
  return field
}

/** The values stay where they are and are shown no more. @throws not_found */
export async function removeField(tx: Tx, key: string, by: By): Promise<void> {
  await lockFields(tx)
  const known = (await readFields(tx)).find((one) => one.key === key)
  if (!known || known.archived_at !== null) throw refuse('not_found', { key })
  await saveField(tx, { ...known, archived_at: by.now })
  await noteField(tx, 'field.removed', known, by)
}

async function noteField(
  tx: Tx,
  kind: string,
  { id: subject_id, key }: FieldDefinition,
  { actor, now }: By,
): Promise<void> {
  await addEvents(tx, [{ kind, subject: 'field', subject_id, actor, detail: { key }, at: now }])
  await bumpRevision(tx, 'catalog')
}

export type FieldsAsked = {
  readonly known: FieldValues | null
  readonly changes: FieldChanges
  /** Where the fields stand in the request. */
  readonly path: string
}

/** The values of each after its change. @throws invalid_input */
export async function applyFieldChanges(
  tx: Tx,
  owner: FieldOwner,
  asked: readonly FieldsAsked[],
): Promise<FieldValues[]> {
  const definitions = await readFields(tx)
  const applied = asked.map(({ known, changes, path }) =>
    applyFields(definitions, owner, known, changes, path),
  )
  const errors = applied.flatMap((one) => one.errors)
  if (errors.length === 0) errors.push(...(await findLostReferences(tx, definitions, asked)))
  if (errors.length > 0) throw refuse('invalid_input', { errors: errors.slice(0, 100) })
  return applied.map(({ values }) => values)
}

async function findLostReferences(
  tx: Tx,
  definitions: readonly FieldDefinition[],
  asked: readonly FieldsAsked[],
): Promise<FieldError[]> {
  const errors: FieldError[] = []
  for (const { key, refers_to } of definitions) {
    if (refers_to === null) continue
    const given = asked.filter(({ changes }) => typeof changes[key] === 'string')
    if (given.length === 0) continue
    const ids = given.map(({ changes }) => String(changes[key]))
    const missing = await missingTargets(tx, refers_to, ids)
    given.forEach(({ path }, i) => {
      if (!missing.has(ids[i]!)) return
      const message = `There is no ${refers_to} with this id.`
      errors.push({ field: `${path}.${key}`, code: 'unknown', message })
    })
  }
  return errors
}
