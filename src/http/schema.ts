// The part of JSON Schema that routes use, and the small compilers that walk it once at start:
// number → bigint on the way in, text → number in queries, objects → JSON on the way out.
import assert from 'node:assert/strict'

export type Schema = {
  readonly type?: string | readonly string[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly patternProperties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: boolean
  readonly items?: Schema
  readonly maxItems?: number
  readonly anyOf?: readonly Schema[]
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly nullable?: boolean
  readonly 'x-minor-units'?: boolean
  readonly 'x-moment'?: boolean
}

type Fields = Record<string, unknown>
const isObject = (value: unknown): value is Fields =>
  value !== null && typeof value === 'object' && !Array.isArray(value) && !(value instanceof Date)

/**
 * Says the same in words that give one error per mistake: "X or null" becomes a nullable X, and
 * a choice of literals becomes an enum. What the compilers below cannot do is refused here.
 */
export function simplify(schema: Schema): Schema {
  for (const word of ['allOf', 'oneOf', '$ref', 'not', 'if']) {
    assert(!(word in schema), `routes do not use "${word}" in schemas`)
  }
  assert(!Array.isArray(schema.items), 'routes do not use tuples')
  const inner = withInner(schema, simplify)
  return schema.anyOf ? simplifyChoice(inner, schema.anyOf.map(simplify)) : inner
}

/** The same with something else in place of each schema inside, but for the branches of a union. */
export function withInner(schema: Schema, change: (inner: Schema) => Schema): Schema {
  const mapped = (of: Readonly<Record<string, Schema>>) =>
    Object.fromEntries(Object.entries(of).map(([name, one]) => [name, change(one)]))
  return {
    ...schema,
    ...(schema.properties ? { properties: mapped(schema.properties) } : {}),
    ...(schema.patternProperties ? { patternProperties: mapped(schema.patternProperties) } : {}),
    ...(schema.items ? { items: change(schema.items) } : {}),
  }
}

function simplifyChoice(schema: Schema, choices: readonly Schema[]): Schema {
  const others = choices.filter(({ type }) => type !== 'null')
  const nullable = others.length < choices.length
  const { anyOf: _, ...rest } = schema
  if (others.length > 0 && others.every((one) => typeof one.const === 'string')) {
    const words = others.map((one) => one.const)
    return { ...rest, type: 'string', enum: nullable ? [...words, null] : words, nullable }
  }
  const [only] = others
  if (nullable && others.length === 1 && typeof only!.type === 'string' && !('const' in only!)) {
    const words = only!.enum && !only!.enum.includes(null) ? { enum: [...only!.enum, null] } : {}
    return { ...rest, ...only, ...words, nullable: true }
  }
  return { ...rest, anyOf: choices }
}

/** Whether a value looks like this branch of a union: types, literals and required fields. */
function fits(schema: Schema): (value: unknown) => boolean {
  if ('const' in schema) return (value) => value === schema.const
  if (schema.enum) return (value) => schema.enum!.includes(value)
  const tests: Record<string, (value: unknown) => boolean> = {
    null: (value) => value === null,
    string: (value) => typeof value === 'string' || value instanceof Date,
    integer: (value) => typeof value === 'number' || typeof value === 'bigint',
    number: (value) => typeof value === 'number' || typeof value === 'bigint',
    boolean: (value) => typeof value === 'boolean',
    array: Array.isArray,
    object: isObject,
  }
  const test = tests[String(schema.type)] ?? (() => true)
  const literals = Object.entries(schema.properties ?? {})
    .filter(([, one]) => 'const' in one || one.enum)
    .map(([name, one]) => ({ name, fits: fits(one) }))
  const required = schema.required ?? []
  return (value) =>
    (schema.nullable === true && value === null) ||
    (test(value) &&
      required.every((name) => (value as Fields)[name] !== undefined) &&
      literals.every(({ name, fits: is }) => {
        const field = (value as Fields)[name]
        return field === undefined || is(field)
      }))
}

export type LongList = { readonly field: string; readonly limit: number }
type FindLongList = (value: unknown, path: string) => LongList | null

/**
 * Finds a list that is longer than its schema allows, before anybody looks at what is in it: each
 * of a million entries can hold several mistakes, and all of them are told of. Null where there
 * are no lists.
 */
export function compileListLimits(schema: Schema): FindLongList | null {
  if (schema.items) {
    const { maxItems = Number.POSITIVE_INFINITY, items } = schema
    const inner = compileListLimits(items)
    return (value, path) => {
      if (!Array.isArray(value)) return null
      if (value.length > maxItems) return { field: path, limit: maxItems }
      return inner && firstOf(value, (one, i) => inner(one, `${path}.${i}`))
    }
  }
  const parts = Object.entries(schema.properties ?? {}).flatMap(([name, one]) => {
    const find = compileListLimits(one)
    return find ? [{ name, find }] : []
  })
  const branches = (schema.anyOf ?? []).flatMap((one) => compileListLimits(one) ?? [])
  if (parts.length === 0 && branches.length === 0) return null
  return (value, path) =>
    (isObject(value)
      ? firstOf(parts, ({ name, find }) => find(value[name], path ? `${path}.${name}` : name))
      : null) ?? firstOf(branches, (find) => find(value, path))
}

function firstOf<T, R>(all: readonly T[], look: (one: T, i: number) => R | null): R | null {
  for (const [i, one] of all.entries()) {
    const found = look(one, i)
    if (found !== null) return found
  }
  return null
}

type Read = (value: unknown) => unknown

/** Turns a checked body into what its type says: minor units to bigint, moments to Date. */
export function compileReader(schema: Schema): Read | null {
  if (schema['x-minor-units']) return (value) => (typeof value === 'number' ? BigInt(value) : value)
  if (schema['x-moment']) return (value) => (typeof value === 'string' ? new Date(value) : value)
  if (schema.anyOf) {
    const branches = schema.anyOf.map((one) => ({ fits: fits(one), read: compileReader(one) }))
    if (branches.every(({ read }) => read === null)) return null
    return (value) => branches.find((one) => one.fits(value))?.read?.(value) ?? value
  }
  if (schema.items) {
    const read = compileReader(schema.items)
    return read && ((value) => (Array.isArray(value) ? value.map(read) : value))
  }
  const [pattern] = Object.values(schema.patternProperties ?? {})
  const any = pattern ? compileReader(pattern) : null
  const fields = Object.entries(schema.properties ?? {})
    .map(([name, one]) => ({ name, read: compileReader(one) }))
    .filter((one): one is { name: string; read: Read } => one.read !== null)
  if (fields.length === 0 && !any) return null
  return (value) => {
    if (!isObject(value)) return value
    for (const { name, read } of fields) {
      if (value[name] !== undefined) value[name] = read(value[name])
    }
    if (any) for (const name of Object.keys(value)) value[name] = any(value[name])
    return value
  }
}

const integer = /^-?\d{1,16}$/
const decimal = /^-?\d{1,16}(\.\d{1,16})?$/

function readText(schema: Schema): Read {
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type
  if (type === 'array') {
    const read = readText(schema.items ?? {})
    return (value) => (Array.isArray(value) ? value : [value]).map(read)
  }
  const pattern = type === 'integer' ? integer : type === 'number' ? decimal : null
  if (pattern) {
    return (value) => (typeof value === 'string' && pattern.test(value) ? Number(value) : value)
  }
  if (type !== 'boolean') return (value) => value
  return (value) => (value === 'true' ? true : value === 'false' ? false : value)
}

/** Queries are text: `?limit=20` becomes a number where the schema says so. */
export function compileQueryReader(schema: Schema): (query: Fields) => void {
  const fields = Object.entries(schema.properties ?? {}).map(([name, one]): [string, Read] => [
    name,
    readText(one),
  ])
  return (query) => {
    for (const [name, read] of fields) {
      if (query[name] !== undefined) query[name] = read(query[name])
    }
  }
}

export type Write = (value: unknown) => string
/** A value as JSON has it: what the schema names, and nothing that JSON cannot say. */
type Shape = (value: unknown) => unknown

/** Whole numbers are numbers on the wire; one beyond what a double holds is written as it is. */
function shapeBigint(value: bigint): unknown {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : JSON.rawJSON(value.toString())
}

/** Where a schema says nothing. What has a JSON form of its own is left to it. */
function shapeAnything(value: unknown): unknown {
  if (typeof value === 'bigint') return shapeBigint(value)
  if (value === null || typeof value !== 'object') return value
  if (Array.isArray(value)) return value.map(shapeAnything)
  if (value instanceof Date) return value
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, shapeAnything(one)]))
}

function shapeObject(schema: Schema, at: string): Shape {
  const required = new Set(schema.required)
  const fields = Object.entries(schema.properties ?? {}).map(([name, one]) => ({
    name,
    is_required: required.has(name),
    shape: compileShape(one, `${at}.${name}`),
  }))
  const [pattern] = Object.values(schema.patternProperties ?? {})
  if (pattern) {
    const shape = compileShape(pattern, `${at}.*`)
    return (value) => {
      const entries = Object.entries(value as Fields).filter(([, one]) => one !== undefined)
      return Object.fromEntries(entries.map(([name, one]) => [name, shape(one)]))
    }
  }
  if (fields.length === 0) return shapeAnything
  const named = new Set(fields.map(({ name }) => name))
  const is_open = schema.additionalProperties === true
  return (value) => {
    assert(isObject(value), `reply${at} is no object`)
    const shaped: Record<string, unknown> = {}
    for (const { name, is_required, shape } of fields) {
      const field = value[name]
      if (field === undefined) assert(!is_required, `reply${at} lacks ${name}`)
      else shaped[name] = shape(field)
    }
    return is_open ? withOthers(shaped, value, named) : shaped
  }
}

/** Where a schema says that there may be more, what it does not name is written as it is. */
const withOthers = (shaped: Fields, value: Fields, named: ReadonlySet<string>): Fields =>
  Object.fromEntries([
    ...Object.entries(shaped),
    ...Object.entries(value)
      .filter(([name, field]) => !named.has(name) && field !== undefined)
      .map(([name, field]): [string, unknown] => [name, shapeAnything(field)]),
  ])

function shapePlain(type: unknown, at: string): Shape {
  switch (type) {
    case 'string':
      return (value) => {
        if (typeof value === 'string') return value
        assert(value instanceof Date, `reply${at} is no text`)
        return value.toISOString()
      }
    case 'integer':
    case 'number':
      return (value) => {
        if (typeof value === 'bigint') return shapeBigint(value)
        assert(Number.isFinite(value), `reply${at} is no number`)
        return value
      }
    case 'boolean':
      return (value) => {
        assert(typeof value === 'boolean', `reply${at} is not true or false`)
        return value
      }
    default:
      return shapeAnything
  }
}

/**
 * A function that writes one kind of answer. Fields that the schema does not name are left out,
 * unless it says that there may be more; a required one that is missing is our bug. Unlike
 * fast-json-stringify it takes bigint at every place, also inside unions, and compiles nothing at
 * start. The text is put together by the engine in one go: in pieces, an answer of 200 lines
 * leaves ten thousand of them to the garbage collector.
 */
export function compileWriter(schema: Schema): Write {
  const shape = compileShape(schema, '')
  return (value) => JSON.stringify(shape(value))
}

function compileShape(schema: Schema, at: string): Shape {
  const shape = compileNonNull(schema, at)
  if (schema.nullable !== true) return shape
  return (value) => (value === null ? null : shape(value))
}

function compileNonNull(schema: Schema, at: string): Shape {
  if (schema.anyOf) {
    const branches = schema.anyOf.map((one) => ({ fits: fits(one), shape: compileShape(one, at) }))
    return (value) => {
      const branch = branches.find((one) => one.fits(value))
      assert(branch, `reply${at} fits no branch of its schema`)
      return branch.shape(value)
    }
  }
  if (schema.items) {
    const shape = compileShape(schema.items, `${at}[]`)
    return (value) => {
      assert(Array.isArray(value), `reply${at} is no list`)
      return value.map(shape)
    }
  }
  if (schema.type === 'object') return shapeObject(schema, at)
  return schema.type === 'null' ? () => null : shapePlain(schema.type, at)
}
