// Values for fields: such as a schema asks for, and such as it does not.
import fc from 'fast-check'
import type { Schema } from '#src/http/schema.ts'
import { type Limits, nobody } from './document.ts'

export const odd_texts = [
  '',
  ' ',
  '\0',
  'a\0b',
  '\ud800',
  '�',
  'EUR',
  'DE',
  'ä'.repeat(40),
  '👩‍👩‍👧'.repeat(20),
  '\u202eevil\u202c',
  'e\u0301'.repeat(50),
  'ﷺ'.repeat(30),
  "'; drop table orders; --",
  '{{ 7 | times: 7 }}',
  '<script>alert(1)</script>',
  '../../etc/passwd',
  '%00',
  '\r\nset-cookie: a=b',
  '__proto__',
  'constructor',
  '2026-02-30',
  '2026-11-22T10:00:00Z',
  '+999999-01-01T00:00:00Z',
  'infinity',
  'NaN',
  '1e400',
  'x'.repeat(3_000),
]
const odd_numbers = [0, 1, -1, 2, 2 ** 31 - 1, 2 ** 31, Number.MAX_SAFE_INTEGER, 0.5, -(2 ** 53)]

/** Ids that something has, by the name of the field that holds them. */
export type Ids = Readonly<Record<string, readonly string[]>>

export const isId = ({ pattern }: Limits): boolean => pattern?.startsWith('^[0-9a-f]{8}-') === true

function textOf(schema: Limits, ids: readonly string[]): fc.Arbitrary<unknown> {
  const { minLength = 0, maxLength = 200, pattern } = schema
  if (isId(schema)) return fc.constantFrom(...ids, ...ids, nobody, 'no-id')
  const fitting = fc.string({ minLength, maxLength: Math.min(maxLength, 60), unit: 'binary' })
  if (!pattern) return fc.oneof(fitting, fc.constantFrom(...odd_texts))
  return fc.oneof(fc.stringMatching(new RegExp(pattern)), fc.constantFrom(...odd_texts))
}

function numberOf({ minimum, maximum }: Limits): fc.Arbitrary<unknown> {
  const min = Math.max(minimum ?? -1_000, Number.MIN_SAFE_INTEGER)
  const max = Math.min(maximum ?? Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)
  return fc.oneof(
    fc.integer({ min, max: Math.max(min, max) }),
    fc.constantFrom(min, max, ...odd_numbers),
  )
}

/** Mostly what the schema asks for, now and then something else. */
export function inputOf(schema: Schema, ids: Ids, name = ''): fc.Arbitrary<unknown> {
  const usual = usualOf(schema, ids, name)
  const nullable = schema.nullable ? [{ arbitrary: fc.constant(null), weight: 2 }] : []
  const odd = fc.constantFrom<unknown>(null, true, 7, 'text', [], {}, [[]])
  return fc.oneof({ arbitrary: usual, weight: 18 }, ...nullable, { arbitrary: odd, weight: 1 })
}

export function usualOf(schema: Schema, ids: Ids, name = ''): fc.Arbitrary<unknown> {
  const known = ids[name] ?? Object.values(ids).flat()
  if ('const' in schema) return fc.constant(schema.const)
  if (schema.enum) return fc.constantFrom(...schema.enum)
  if (schema.anyOf) return fc.oneof(...schema.anyOf.map((one) => usualOf(one, ids, name)))
  if (schema['x-moment']) return fc.constantFrom('2026-11-22T10:00:00Z', '1970-01-01T00:00:00Z')
  switch (schema.type) {
    case 'string':
      return textOf(schema as Limits, known)
    case 'integer':
    case 'number':
      return numberOf(schema as Limits)
    case 'boolean':
      return fc.boolean()
    case 'array':
      return fc.array(inputOf(schema.items ?? {}, ids, name), { maxLength: 3 })
    case 'object':
      return objectOf(schema, ids)
    default:
      return fc.constantFrom<unknown>(null, 1, 'text', {})
  }
}

function objectOf(schema: Schema, ids: Ids): fc.Arbitrary<unknown> {
  const fields = Object.entries(schema.properties ?? {})
  if (fields.length === 0) return fc.dictionary(fc.string(), fc.string())
  const record = Object.fromEntries(fields.map(([name, one]) => [name, inputOf(one, ids, name)]))
  const requiredKeys = (schema.required ?? []).filter((name) => name in record)
  return fc.record(record, { requiredKeys })
}

// A value that fits, made without dice: the ground from which one thing at a time is made wrong.

const fitting_texts: readonly string[] = ['EUR', 'DE', 'EU', 'de', 'a', 'A', 'AB1', '2026-01-31']

function fittingText(schema: Limits, size: number): string {
  const { pattern, format } = schema
  if (isId(schema)) return nobody
  if (format === 'email') return 'a@b.example'
  if (schema['x-moment']) return '2026-11-22T10:00:00Z'
  if (!pattern) return 'x'.repeat(size)
  const known = fitting_texts.find((text) => new RegExp(pattern).test(text))
  return known ?? String(fc.sample(fc.stringMatching(new RegExp(pattern)), { numRuns: 1, seed: 1 }))
}

/** The smallest value that a schema takes. */
export function fittingValue(schema: Schema): unknown {
  const limits = schema as Limits
  if ('const' in schema) return schema.const
  if (schema.enum) return schema.enum[0]
  if (schema.anyOf) return fittingValue(schema.anyOf[0]!)
  switch (schema.type) {
    case 'string':
      return fittingText(limits, Math.max(1, limits.minLength ?? 0))
    case 'integer':
    case 'number':
      return Math.max(1, limits.minimum ?? 1)
    case 'boolean':
      return true
    case 'array':
      return Array.from({ length: limits.minItems ?? 0 }, () => fittingValue(schema.items ?? {}))
    case 'object': {
      const required = schema.required ?? []
      const fields = Object.entries(schema.properties ?? {})
      return Object.fromEntries(
        fields
          .filter(([name]) => required.includes(name))
          .map(([name, one]) => [name, fittingValue(one)]),
      )
    }
    default:
      return {}
  }
}

export type Wrong = { readonly what: string; readonly value: unknown; readonly heavy?: boolean }

const deep = (depth: number): unknown => {
  let value: unknown = 1
  for (let i = 0; i < depth; i++) value = i % 2 === 0 ? [value] : { a: value }
  return value
}

export const bottomless = 'fifty thousand levels'
/** Deeper than `JSON.stringify` goes, so it is put in afterwards. */
export const jsonOf = (body: unknown): string =>
  JSON.stringify(body).replace(JSON.stringify(bottomless), '['.repeat(5e4) + ']'.repeat(5e4))

function wrongTypes({ type, nullable }: Schema): Wrong[] {
  const others: readonly (readonly [string, unknown])[] = [
    ['string', 'a text where there is none'],
    ['integer', 7],
    ['boolean', true],
    ['array', []],
    ['object', {}],
  ]
  const same = (name: string): boolean =>
    name === type || (name === 'integer' && type === 'number') || type === undefined
  const wrong = others
    .filter(([name]) => !same(name))
    .map(([name, value]) => ({ what: `${name} for ${type}`, value }))
  return nullable || type === undefined ? wrong : [...wrong, { what: 'null', value: null }]
}

/** One after the other everything that a schema says, not kept. */
export function wrongValues(schema: Schema): Wrong[] {
  const { minLength, maxLength, minimum, maximum, maxItems, minItems } = schema as Limits
  if (schema.anyOf) return [{ what: 'none of the forms', value: [deep(3)] }]
  const wrong: Wrong[] = wrongTypes(schema)
  const add = (what: string, value: unknown): void => void wrong.push({ what, value })
  const heave = (what: string, value: unknown): void =>
    void wrong.push({ what, value, heavy: true })
  if (schema.enum) add('another word', 'no such word')
  if (schema.type === 'string' && !schema.enum) {
    if (maxLength !== undefined) add(`${maxLength} + 1 letters`, 'x'.repeat(maxLength + 1))
    if (maxLength !== undefined) heave('200,000 letters', 'x'.repeat(200_000))
    if (minLength) add('too short', 'x'.repeat(minLength - 1))
    add('a NUL', 'a\0b')
    add('half a pair', 'a\ud800')
  }
  if (schema.type === 'integer') {
    add('a half', 0.5)
    add('more than a double holds', 2 ** 60)
    if (minimum !== undefined) add(`${minimum} - 1`, minimum - 1)
    if (maximum !== undefined) add(`${maximum} + 1`, maximum + 1)
  }
  if (schema.type === 'array') {
    const item = fittingValue(schema.items ?? {})
    const many = (length: number): unknown[] => Array.from({ length }, () => item)
    if (maxItems !== undefined) add(`${maxItems} + 1 entries`, many(maxItems + 1))
    if (minItems) add(`${minItems} - 1 entries`, many(minItems - 1))
    add(
      '20,000 entries of no kind',
      Array.from({ length: 20_000 }, () => ({})),
    )
  }
  add('70 levels', deep(70))
  heave('50,000 levels', bottomless)
  return wrong
}

/** What lies just inside of the limits, in one letter and in such as take four bytes. */
export function edgeValues(schema: Schema): unknown[] {
  const { minLength = 0, maxLength, minimum, maximum, maxItems, pattern } = schema as Limits
  if (schema.enum || 'const' in schema) return [...(schema.enum ?? [])]
  if (schema.type === 'string' && !pattern && !schema['x-moment']) {
    const lengths = [minLength, ...(maxLength === undefined ? [] : [maxLength])]
    const letters = ['x', '7', ' ', '\u{1f600}', '\u0301', '\u202e', '<', '\\']
    return lengths.flatMap((length) => letters.map((letter) => letter.repeat(length)))
  }
  if (schema.type === 'string') return [fittingValue(schema)]
  if (schema.type === 'integer' || schema.type === 'number') {
    const ends = [minimum ?? -Number.MAX_SAFE_INTEGER, maximum ?? Number.MAX_SAFE_INTEGER]
    return ends.filter((one) => Number.isSafeInteger(one))
  }
  if (schema.type === 'array' && schema.items) {
    const item = fittingValue(schema.items)
    return [[], Array.from({ length: Math.min(maxItems ?? 100, 1_000) }, () => item)]
  }
  return []
}

/** What a body becomes when something else stands in one place of it; or nothing. */
export type Place = { readonly put: (inner: unknown) => unknown; readonly leave?: () => unknown }

/** Every place of some JSON, from the whole of it down to the last leaf. */
export function* placesIn(
  value: unknown,
  put: (inner: unknown) => unknown = (inner) => inner,
  leave?: () => unknown,
): Generator<Place> {
  yield leave ? { put, leave } : { put }
  if (value === null || typeof value !== 'object') return
  const is_list = Array.isArray(value)
  const fields = Object.entries(value)
  const whole = (some: [string, unknown][]): unknown =>
    put(is_list ? some.map(([, one]) => one) : Object.fromEntries(some))
  for (const [name, inner] of fields) {
    const others = fields.filter(([other]) => other !== name)
    yield* placesIn(
      inner,
      (one) => whole(fields.map(([other, old]) => [other, other === name ? one : old])),
      () => whole(others),
    )
  }
}
