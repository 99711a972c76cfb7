// What somebody filters goods by: `material:cotton`, or `width:10..20`. Pure.
import { fieldError } from '#src/lib/field-errors.ts'
import { type FieldError, refuse } from '#src/lib/refusal.ts'
import {
  type FieldDefinition,
  type FieldValue,
  isDay,
  isRange,
  isReference,
  numberOfValue,
} from './fields.ts'

/** Both belong to the range; days count from 1970, as in `numberOfValue`. */
export type Ends = { readonly from: number | null; readonly to: number | null }

export type FieldFilter =
  | {
      readonly kind: 'values'
      readonly field: FieldDefinition
      /** One of them is enough. */
      readonly values: readonly FieldValue[]
    }
  | {
      readonly kind: 'ranges'
      readonly field: FieldDefinition
      /** One of them is enough. */
      readonly ranges: readonly Ends[]
    }

/** Only by these may be filtered, by their key. */
export const filterFields = (
  definitions: readonly FieldDefinition[],
): ReadonlyMap<string, FieldDefinition> =>
  new Map(
    definitions
      .filter(({ filterable, archived_at }) => filterable && archived_at === null)
      .map((one) => [one.key, one]),
  )

/** `Size:M` as name and value; a colon in the value stays there. */
export function splitPair(text: string): [string, string] | null {
  const at = text.indexOf(':')
  return at < 1 || at === text.length - 1 ? null : [text.slice(0, at), text.slice(at + 1)]
}

export const pairErrors = (name: string, given: readonly string[]): FieldError[] =>
  given.flatMap((text, i) =>
    splitPair(text) === null
      ? [fieldError(`${name}.${i}`, 'malformed', 'Write a name, a colon and a value.')]
      : [],
  )

export const rangeError = (field: string): FieldError =>
  fieldError(field, 'range', 'The range ends before it begins.')

const number_form = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d{1,3})?$/i

function readPoint({ type }: FieldDefinition, text: string): number | null {
  if (type === 'date') return isDay(text) ? numberOfValue(text) : null
  return number_form.test(text) ? Number(text) : null
}

/** `10..20`, open at one end, or one point. */
function readRange(field: FieldDefinition, text: string): Ends | null {
  const at = text.indexOf('..')
  const [first, last] = at === -1 ? [text, text] : [text.slice(0, at), text.slice(at + 2)]
  const [from, to] = [readPoint(field, first), readPoint(field, last)]
  const is_wrong = (first !== '' && from === null) || (last !== '' && to === null)
  return is_wrong || (from === null && to === null) ? null : { from, to }
}

function readValue({ type }: FieldDefinition, text: string): FieldValue | null {
  if (type === 'boolean') return text === 'true' ? true : text === 'false' ? false : null
  return type === 'reference' && !isReference(text) ? null : text
}

function expectedOf({ type }: FieldDefinition): string {
  if (type === 'date') return 'a day like 2026-11-22, or a range like 2026-11-01..2026-11-30'
  if (type === 'boolean') return 'true or false'
  return type === 'reference' ? 'an id' : 'a number, or a range like 10..20'
}

/** @throws invalid_input for a field nobody filters by, and a value that cannot stand in it */
export function readFieldFilters(
  fields: ReadonlyMap<string, FieldDefinition>,
  given: readonly string[],
): FieldFilter[] {
  const errors = pairErrors('field', given)
  const ranges = new Map<FieldDefinition, Ends[]>()
  const values = new Map<FieldDefinition, FieldValue[]>()
  given.forEach((text, i) => {
    const [key, written] = splitPair(text) ?? []
    if (key === undefined || written === undefined) return
    const say = (code: string, message: string): void => {
      errors.push(fieldError(`field.${i}`, code, message))
    }
    const field = fields.get(key)
    if (!field) return say('unknown', 'Goods are filtered by no field with this key.')
    if (!isRange(field)) {
      const value = readValue(field, written)
      if (value === null) return say('wrong_type', `This must be ${expectedOf(field)}.`)
      values.set(field, [...(values.get(field) ?? []), value])
      return
    }
    const ends = readRange(field, written)
    if (ends === null) return say('wrong_type', `This must be ${expectedOf(field)}.`)
    const { from, to } = ends
    if (from !== null && to !== null && from > to) errors.push(rangeError(`field.${i}`))
    ranges.set(field, [...(ranges.get(field) ?? []), ends])
  })
  if (errors.length > 0) throw refuse('invalid_input', { in: 'query', errors })
  const chosen = [...values].map(
    ([field, some]) => ({ kind: 'values', field, values: some }) as const,
  )
  const within = [...ranges].map(
    ([field, some]) => ({ kind: 'ranges', field, ranges: some }) as const,
  )
  return [...chosen, ...within]
}
