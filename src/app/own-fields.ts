// Fields of products and variants that the shop's own file defines: they are there, with what the
// file says of them, whenever Onhand has started.
import { isDeepStrictEqual } from 'node:util'
import { defineField, removeField } from '#src/catalog/edit-fields.ts'
import { lockFields, readFields } from '#src/catalog/fields.sql.ts'
import {
  type AskedField,
  type FieldDefinition,
  field_limits,
  isFieldKey,
} from '#src/catalog/fields.ts'
import type { Db } from '#src/db/pool.ts'
import { readOnce, transaction } from '#src/db/transaction.ts'
import { systemClock } from '#src/lib/clock.ts'
import { type FieldError, Refusal } from '#src/lib/refusal.ts'
import { StartError } from './start-error.ts'

type Removed = { readonly removed: true }
/**
 * What may be left out is as in `PUT /admin/fields/:key`; `position` as they stand in the file. One
 * that is `removed` goes as by `DELETE /admin/fields/:key`, if it is there.
 */
export type OwnField =
  | (Pick<AskedField, 'owner' | 'name' | 'type'> &
      Partial<Omit<AskedField, 'key' | 'owner' | 'name' | 'type'>>)
  | Removed
/** By their keys. */
export type OwnFields = Readonly<Record<string, OwnField>>

/** The file is not checked yet: anything may stand there. */
const isRemoved = (field: OwnField | null | undefined): field is Removed =>
  typeof field === 'object' && field !== null && 'removed' in field && field.removed === true

const wholeFields = (fields: OwnFields): AskedField[] =>
  Object.entries(fields).flatMap(([key, field], position) => {
    if (isRemoved(field)) return []
    const usual = {
      ...{ choices: [], currency: null, refers_to: null, position },
      ...{ required: false, translatable: false, filterable: false },
    }
    return [{ ...usual, ...field, key }]
  })

const told = (key: string, { field, code, message }: FieldError): string =>
  `the field ${key}: ${field === '' ? '' : `${field}: `}${message} (${code})`

/** What is wrong with them in themselves, in words; what is stored is looked at later. */
export async function fieldProblems(fields: OwnFields): Promise<string[]> {
  const entries = Object.entries(fields)
  if (entries.length === 0) return []
  // Most shops define none: theirs do not load what checks them.
  const { compileFieldCheck } = await import('#src/http/admin-fields.ts')
  const check = compileFieldCheck()
  const problems = entries.flatMap(([key, field]) => {
    if (!isFieldKey(key)) return [`"${key}" is no key of a field: small letters, digits and _`]
    if (!isRemoved(field)) return check(key, field).map((error) => told(key, error))
    const is_alone = Object.keys(field).length === 1
    return is_alone ? [] : [`the field ${key}: what is removed says nothing else of itself`]
  })
  const kept = entries.flatMap(([, field]) => (isRemoved(field) ? [] : [field]))
  if (kept.length > field_limits.fields) {
    problems.push(`there are more than ${field_limits.fields} fields`)
  }
  if (kept.filter((field) => field?.filterable === true).length > field_limits.filterable) {
    problems.push(`more than ${field_limits.filterable} fields are filterable`)
  }
  return problems
}

const isAsStored = (asked: AskedField, stored: FieldDefinition | undefined): boolean => {
  if (stored === undefined || stored.archived_at !== null) return false
  const { id: _, created_at: __, archived_at: ___, ...known } = stored
  return isDeepStrictEqual({ ...known }, { ...asked })
}

const liveOf = (stored: readonly FieldDefinition[]): FieldDefinition[] =>
  stored.filter(({ archived_at }) => archived_at === null)

/** What is not there as the file says it, in an order in which no limit is met but for good. */
function changesOf(fields: OwnFields, stored: readonly FieldDefinition[]) {
  const by_key = new Map(stored.map((one) => [one.key, one]))
  const removals = liveOf(stored).flatMap(({ key }) => (isRemoved(fields[key]) ? [key] : []))
  const changed = wholeFields(fields).filter((one) => !isAsStored(one, by_key.get(one.key)))
  const definitions = changed.toSorted((a, b) => Number(a.filterable) - Number(b.filterable))
  return { removals, definitions, is_none: removals.length + definitions.length === 0 }
}

type Detail = {
  readonly errors?: readonly FieldError[]
  readonly fields_max?: number
  readonly filterable_max?: number
}

/** Names what is in the way: whoever reads it has no server to ask. */
function limitReached(fields: OwnFields, stored: readonly FieldDefinition[], detail: Detail) {
  const { fields_max, filterable_max } = detail
  const counted = liveOf(stored).filter((one) => fields_max !== undefined || one.filterable)
  const others = counted.filter(({ key }) => !Object.hasOwn(fields, key)).map(({ key }) => key)
  const max = fields_max ?? `${filterable_max} filterable`
  const remedy = `say "${others[0]}: { removed: true }" to take one away`
  const names = others.join(', ')
  return `there would be more than ${max} fields. Not in the file are ${names}: ${remedy}`
}

function conflict(key: string, detail: Detail, limit: () => string): StartError {
  const errors = detail.errors?.map((error) => told(key, error))
  const lines = (errors ?? [`the field ${key}: ${limit()}`])
    .map((reason) => `  ${reason}`)
    .join('\n')
  return new StartError(`Onhand does not start, because of the fields of its file:\n${lines}`, 2)
}

/**
 * All of them or none. Any number of processes may do so at once, and what is there as it should
 * be is left alone.
 * @throws StartError when a field is there with another owner, type, currency or target, or when
 * there would be too many together with those that are not in the file
 */
export async function defineOwnFields(db: Db, fields: OwnFields): Promise<void> {
  if (Object.keys(fields).length === 0) return
  if (changesOf(fields, await readOnce(db, readFields)).is_none) return
  await transaction(db, async (tx) => {
    await lockFields(tx)
    const stored = await readFields(tx)
    const { removals, definitions } = changesOf(fields, stored)
    const by = { actor: 'system', now: systemClock() }
    for (const key of removals) await removeField(tx, key, by)
    for (const field of definitions) {
      try {
        await defineField(tx, field, by)
      } catch (error) {
        if (!(error instanceof Refusal)) throw error
        const detail = error.detail as Detail
        throw conflict(field.key, detail, () => limitReached(fields, stored, detail))
      }
    }
  })
}
