// Fields of the merchant's own: what they are, and which values may stand in them. Pure.
import type { FieldError } from '#src/lib/refusal.ts'

export const field_owners = ['product', 'variant'] as const
export type FieldOwner = (typeof field_owners)[number]
export const field_types = [
  'text',
  'number',
  'boolean',
  'date',
  'choice',
  'money',
  'reference',
] as const
export type FieldType = (typeof field_types)[number]
export const reference_targets = ['product', 'category', 'collection'] as const
export type ReferenceTarget = (typeof reference_targets)[number]

export const field_limits = {
  fields: 100,
  filterable: 30,
  name_length: 100,
  choices: 200,
  choice_length: 100,
  text_length: 5_000,
  number_max: 1e12,
} as const

export type FieldDefinition = {
  readonly id: string
  readonly key: string
  readonly owner: FieldOwner
  readonly name: string
  readonly type: FieldType
  readonly choices: readonly string[]
  readonly currency: string | null
  readonly refers_to: ReferenceTarget | null
  readonly required: boolean
  readonly translatable: boolean
  readonly filterable: boolean
  readonly position: number
  readonly created_at: Date
  readonly archived_at: Date | null
}
export type AskedField = Omit<FieldDefinition, 'id' | 'created_at' | 'archived_at'>
/** An amount is a whole number of minor units, a day is `2026-11-22`, a reference is an id. */
export type FieldValue = string | number | boolean
export type FieldValues = Readonly<Record<string, FieldValue>>
/** Null takes a value away. */
export type FieldChanges = Readonly<Record<string, FieldValue | null>>

const key_form = /^[a-z][a-z0-9_]{0,39}$/
export const isFieldKey = (text: string): boolean => key_form.test(text)

const uuid_form = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

export const isReference = (text: string): boolean => uuid_form.test(text)

export const isDay = (text: string): boolean => {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return false
  const day = new Date(`${text}T00:00:00Z`)
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text)
}

/** Of these types a value is a point on a line: filters are ranges. */
export const isRange = ({ type }: Pick<FieldDefinition, 'type'>): boolean =>
  type === 'number' || type === 'money' || type === 'date'

/** Days count from 1970. */
export const numberOfValue = (value: FieldValue): number =>
  typeof value === 'string' ? Date.parse(`${value}T00:00:00Z`) / 86_400_000 : Number(value)

export const dayOfNumber = (days: number): string =>
  new Date(days * 86_400_000).toISOString().slice(0, 10)

export function checkDefinition(definition: AskedField): FieldError[] {
  const { key, type, choices, currency, refers_to, translatable } = definition
  const errors: FieldError[] = []
  const add = (field: string, code: string, message: string): void => {
    errors.push({ field, code, message })
  }
  if (!isFieldKey(key)) {
    add('key', 'malformed', 'A key is made of small letters, digits and _, and begins with one.')
  }
  if (type === 'choice' && choices.length === 0) add('choices', 'missing', 'Name the choices.')
  if (type !== 'choice' && choices.length > 0) {
    add('choices', 'not_allowed', 'Only a field of the type choice has choices.')
  }
  if (new Set(choices).size < choices.length) {
    add('choices', 'repeated', 'A choice stands there twice.')
  }
  if ((type === 'money') !== (currency !== null)) {
    add('currency', type === 'money' ? 'missing' : 'not_allowed', 'Money has a currency.')
  }
  if ((type === 'reference') !== (refers_to !== null)) {
    const code = type === 'reference' ? 'missing' : 'not_allowed'
    add('refers_to', code, 'A reference says what it leads to.')
  }
  if (translatable && type !== 'text') {
    add('translatable', 'not_allowed', 'Only texts have translations.')
  }
  return errors
}

/** Null when the value may stand there. */
function faultOf(definition: FieldDefinition, value: FieldValue): [string, string] | null {
  const wrong = (expected: string): [string, string] => ['wrong_type', `This must be ${expected}.`]
  switch (definition.type) {
    case 'text':
      if (typeof value !== 'string') return wrong('a text')
      return value.length <= field_limits.text_length
        ? null
        : ['too_long', `At most ${field_limits.text_length} characters.`]
    case 'number':
      if (typeof value !== 'number') return wrong('a number')
      return Math.abs(value) <= field_limits.number_max ? null : ['range', 'At most 10^12.']
    case 'money':
      if (typeof value !== 'number' || !Number.isInteger(value)) {
        return wrong('a whole number of minor units')
      }
      return Math.abs(value) <= field_limits.number_max ? null : ['range', 'At most 10^12.']
    case 'boolean':
      return typeof value === 'boolean' ? null : wrong('true or false')
    case 'date':
      return typeof value === 'string' && isDay(value) ? null : wrong('a day like 2026-11-22')
    case 'choice':
      return definition.choices.includes(String(value)) && typeof value === 'string'
        ? null
        : ['not_allowed', `Choose one of: ${definition.choices.join(', ').slice(0, 300)}`]
    case 'reference':
      return typeof value === 'string' && isReference(value) ? null : wrong('an id')
  }
}

/**
 * The values after a change, with what is wrong about it by field. `known` is what stands there
 * now; null is for something new, which needs all required fields.
 */
export function applyFields(
  definitions: readonly FieldDefinition[],
  owner: FieldOwner,
  known: FieldValues | null,
  changes: FieldChanges,
  path = 'fields',
): { readonly values: FieldValues; readonly errors: readonly FieldError[] } {
  const own = new Map(
    definitions
      .filter((one) => one.owner === owner && one.archived_at === null)
      .map((one) => [one.key, one]),
  )
  const errors: FieldError[] = []
  const values: Record<string, FieldValue> = { ...known }
  for (const [key, value] of Object.entries(changes)) {
    const field = `${path}.${key}`
    const definition = own.get(key)
    if (!definition) {
      errors.push({ field, code: 'unknown', message: 'There is no such field.' })
    } else if (value === null) {
      if (definition.required) {
        errors.push({ field, code: 'required', message: 'This field must have a value.' })
      }
      delete values[key]
    } else {
      const fault = faultOf(definition, value)
      if (fault) errors.push({ field, code: fault[0], message: fault[1] })
      values[key] = value
    }
  }
  if (known === null) {
    for (const { key, required } of own.values()) {
      if (required && values[key] === undefined && changes[key] === undefined) {
        const field = `${path}.${key}`
        errors.push({ field, code: 'required', message: 'This field must have a value.' })
      }
    }
  }
  return { values, errors }
}

/** What is shown of stored values: fields that were taken away meanwhile are not. */
export function shownFields(
  definitions: readonly FieldDefinition[],
  owner: FieldOwner,
  values: FieldValues,
): FieldValues {
  const shown: Record<string, FieldValue> = {}
  for (const { key, owner: of, archived_at } of definitions) {
    const value = values[key]
    if (of === owner && archived_at === null && value !== undefined) shown[key] = value
  }
  return shown
}
