// Fields of products and variants that the shop's own file defines: they are there, with what the
// file says of them, whenever Onhand has started.
import { isDeepStrictEqual } from 'node:util'
import { defineField } from '#src/catalog/edit-fields.ts'
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

/** What may be left out is as in `PUT /admin/fields/:key`; `position` as they stand in the file. */
export type OwnField = Pick<AskedField, 'owner' | 'name' | 'type'> &
  Partial<Omit<AskedField, 'key' | 'owner' | 'name' | 'type'>>
/** By their keys. */
export type OwnFields = Readonly<Record<string, OwnField>>

const wholeFields = (fields: OwnFields): AskedField[] =>
  Object.entries(fields).map(([key, field], position) => ({
    ...{ choices: [], currency: null, refers_to: null, position },
    ...{ required: false, translatable: false, filterable: false },
    ...field,
    key,
  }))

const told = (key: string, { field, code, message }: FieldError): string =>
  `the field ${key}: ${field === '' ? '' : `${field}: `}${message} (${code})`

/** What is wrong with them in themselves, in words; what is stored is looked at later. */
export async function fieldProblems(fields: OwnFields): Promise<string[]> {
  const entries = Object.entries(fields)
  if (entries.length === 0) return []
  // Most shops define none: theirs do not load what checks them.
  const { compileFieldCheck } = await import('#src/http/admin-fields.ts')
  const check = compileFieldCheck()
  const filterable = entries.filter(([, field]) => field?.filterable === true).length
  const problems = entries.flatMap(([key, field]) => {
    if (!isFieldKey(key)) return [`"${key}" is no key of a field: small letters, digits and _`]
    return check(key, field).map((error) => told(key, error))
  })
  if (entries.length > field_limits.fields) {
    problems.push(`there are more than ${field_limits.fields} fields`)
  }
  if (filterable > field_limits.filterable) {
    problems.push(`more than ${field_limits.filterable} fields are filterable`)
  }
  return problems
}

const isAsStored = (asked: AskedField, stored: FieldDefinition | undefined): boolean => {
  if (stored === undefined || stored.archived_at !== null) return false
  const { id: _, created_at: __, archived_at: ___, ...known } = stored
  return isDeepStrictEqual({ ...known }, { ...asked })
}

/** Those that are not there as the file says it. */
function changedFields(asked: readonly AskedField[], stored: readonly FieldDefinition[]) {
  const by_key = new Map(stored.map((one) => [one.key, one]))
  return asked.filter((one) => !isAsStored(one, by_key.get(one.key)))
}

function conflict(key: string, { code, detail }: Refusal): StartError {
  const { errors = [] } = detail as { readonly errors?: readonly FieldError[] }
  const reasons = errors.map((error) => told(key, error))
  const list = reasons.length > 0 ? reasons : [`the field ${key}: ${code}`]
  const lines = list.map((reason) => `  ${reason}`).join('\n')
  return new StartError(`Onhand does not start, because of the fields of its file:\n${lines}`, 2)
}

/**
 * All of them or none. Any number of processes may do so at once, and what is there as it should
 * be is left alone.
 * @throws StartError when a field is there with another owner, type, currency or target
 */
export async function defineOwnFields(db: Db, fields: OwnFields): Promise<void> {
  const asked = wholeFields(fields)
  if (asked.length === 0) return
  if (changedFields(asked, await readOnce(db, readFields)).length === 0) return
  await transaction(db, async (tx) => {
    await lockFields(tx)
    for (const field of changedFields(asked, await readFields(tx))) {
      try {
        await defineField(tx, field, { actor: 'system', now: systemClock() })
      } catch (error) {
        throw error instanceof Refusal ? conflict(field.key, error) : error
      }
    }
  })
}
