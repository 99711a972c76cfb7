// The types of the client as text: what each route takes and answers, by method and path. Pure.
import type { OpenApi } from '#src/http/openapi.ts'
import { StartError } from './start-error.ts'

type Word = string | number | boolean | null
type Schema = {
  readonly type?: string | readonly string[]
  readonly nullable?: boolean
  readonly const?: Word
  readonly enum?: readonly Word[]
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
  readonly allOf?: readonly Schema[]
  /** Of a tuple its members, or what follows on those of `prefixItems`. */
  readonly items?: boolean | Schema | readonly Schema[]
  readonly prefixItems?: readonly Schema[]
  readonly additionalItems?: boolean | Schema
  readonly minItems?: number
  readonly maxItems?: number
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: boolean | Schema
  readonly patternProperties?: Readonly<Record<string, Schema>>
  readonly description?: string
}
type Content = { readonly content?: Readonly<Record<string, { readonly schema?: Schema }>> }
type Operation = {
  readonly summary: string
  readonly parameters: readonly {
    readonly $ref?: string
    readonly name: string
    readonly in: string
    readonly required: boolean
    readonly schema: Schema
  }[]
  readonly requestBody?: Content & { readonly required?: boolean }
  readonly responses: Readonly<Record<string, Content>>
}

const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value)

const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1)
const pascal = (text: string): string =>
  text
    .split(/[^A-Za-z0-9]+/)
    .map(capital)
    .join('')
const singular = (word: string): string =>
  word
    .replace(/ies$/, 'y')
    .replace(/(ss|x|ch)es$/, '$1')
    .replace(/([^s])s$/, '$1')

const indented = (text: string): string => text.replaceAll(/^(?=.)/gm, '  ')

/** What two schemas must have in common to be one type. Descriptions are none of it. */
const shapeOf = (schema: Schema): string =>
  JSON.stringify(schema, (name, value) => (name === 'description' ? undefined : value))

/** Objects worth a name of their own: those that several places share. */
class Names {
  readonly #counts = new Map<string, number>()
  readonly #names = new Map<string, string>()
  readonly #taken = new Set<string>()
  readonly declarations: string[] = []

  count(schema: Schema): void {
    const { anyOf = [], oneOf = [], allOf = [], items, prefixItems = [] } = schema
    for (const one of [...anyOf, ...oneOf, ...allOf, ...prefixItems]) this.count(one)
    for (const one of [items ?? []].flat()) if (typeof one === 'object') this.count(one)
    for (const one of Object.values(schema.patternProperties ?? {})) this.count(one)
    if (!schema.properties) return
    const shape = shapeOf(schema)
    this.#counts.set(shape, (this.#counts.get(shape) ?? 0) + 1)
    for (const one of Object.values(schema.properties)) this.count(one)
  }

  /** Null when the object is written where it stands. */
  nameFor(schema: Schema, wish: string): string | null {
    const shape = shapeOf(schema)
    if ((this.#counts.get(shape) ?? 0) < 2 || shape.length < 160) return null
    const known = this.#names.get(shape)
    if (known) return known
    let name = wish
    for (let n = 2; this.#taken.has(name); n++) name = `${wish}${n}`
    this.#taken.add(name)
    this.#names.set(shape, name)
    this.declarations.push(`export type ${name} = ${objectType(schema, wish, this)}\n`)
    return name
  }
}

/** What stands under names that are not told one by one. */
function moreOf({
  additionalProperties,
  patternProperties = {},
}: Schema): boolean | Schema | undefined {
  const patterns = Object.values(patternProperties)
  if (patterns.length === 0 || additionalProperties !== false) return additionalProperties
  return patterns.length === 1 ? patterns[0] : { anyOf: patterns }
}

function objectType(schema: Schema, wish: string, names: Names): string {
  const required = new Set(schema.required)
  const fields = Object.entries(schema.properties ?? {}).map(([name, one]) => {
    const key = /^[a-z_]\w*$/i.test(name) ? name : JSON.stringify(name)
    const comment = one.description ? `/** ${one.description.replaceAll('*/', '')} */\n` : ''
    // A page and its items are about the same thing; a line of a cart is not one of an order.
    const type = typeOf(one, name === 'items' ? wish : wish + pascal(name), names)
    return `${comment}readonly ${key}${required.has(name) ? '' : '?'}: ${type}`
  })
  const more = moreOf(schema)
  if (more === true || (more === undefined && fields.length === 0)) {
    fields.push('readonly [name: string]: unknown')
  } else if (typeof more === 'object') {
    fields.push(`readonly [name: string]: ${typeOf(more, wish, names)}`)
  }
  if (fields.length === 0) return 'Record<string, never>'
  return `{\n${indented(fields.join('\n'))}\n}`
}

const literal = (value: Word): string =>
  typeof value === 'string' && !/['\\\n]/.test(value) ? `'${value}'` : JSON.stringify(value)

/** Words that say more than a type here can, or that mean nothing without a `type`. */
const untold = ['$ref', '$dynamicRef', 'not', 'if']
const of_a_type = ['properties', 'patternProperties', 'required', 'items', 'prefixItems']
const joining = ['anyOf', 'oneOf', 'allOf']

/** A type that lets more through than the schema would be believed. @throws StartError */
function assertTold(schema: Schema, wish: string): void {
  const has = (word: string): boolean => word in schema
  const joined = joining.filter(has)
  const [odd] = [
    ...untold.filter(has),
    ...(schema.type === undefined || joined.length > 0 ? of_a_type.filter(has) : []),
    ...joined.slice(1),
  ]
  if (odd === undefined) return
  const where = joined.length > 0 && odd !== joined[0] ? ` beside "${joined[0]}"` : ''
  throw new StartError(`the schema of ${wish} cannot be told as a type: "${odd}"${where}`, 2)
}

/** The kinds of value that a schema lets through, each by itself. */
function choicesOf(schema: Schema, wish: string): readonly Schema[] {
  assertTold(schema, wish)
  const { nullable, ...known } = schema
  if (nullable === true) return [...choicesOf(known, wish), { type: 'null' }]
  const { anyOf, oneOf, enum: words, type } = schema
  const choice = anyOf ?? oneOf
  if (choice) return choice.flatMap((one) => choicesOf(one, wish))
  if (words) return words.map((word) => ({ const: word }))
  return isList(type) ? type.map((one) => ({ ...schema, type: one })) : [schema]
}

function typeOf(schema: Schema, wish: string, names: Names): string {
  const types = choicesOf(schema, wish).map((one) => plainType(one, wish, names))
  return types.length === 0 ? 'never' : [...new Set(types)].join(' | ')
}

/** As a part of something that binds more tightly. */
function partType(schema: Schema, wish: string, names: Names): string {
  const [first, ...others] = choicesOf(schema, wish)
  const is_joined = others.length > 0 || (first?.allOf?.length ?? 0) > 1
  const type = typeOf(schema, wish, names)
  return is_joined ? `(${type})` : type
}

/** With a minimum that lets members of a tuple be missing, and with what may follow on them. */
function arrayType(schema: Schema, wish: string, names: Names): string {
  const { items, prefixItems, additionalItems, minItems = 0, maxItems = Infinity } = schema
  const members = isList(items) ? items : (prefixItems ?? [])
  const more = isList(items) ? additionalItems : items
  const may_follow = more !== false && members.length < maxItems
  const rest = `${partType(typeof more === 'object' ? more : {}, wish, names)}[]`
  if (members.length === 0) return may_follow ? `readonly ${rest}` : 'readonly []'
  const types = members.map((one, n) =>
    n < minItems ? typeOf(one, wish, names) : `${partType(one, wish, names)}?`,
  )
  return `readonly [${[...types, ...(may_follow ? [`...${rest}`] : [])].join(', ')}]`
}

/** Of one kind of value. */
function plainType(schema: Schema, wish: string, names: Names): string {
  if (schema.const !== undefined) return literal(schema.const)
  if (schema.allOf) return schema.allOf.map((one) => partType(one, wish, names)).join(' & ')
  switch (schema.type) {
    case 'string':
    case 'boolean':
    case 'null':
      return schema.type
    case 'integer':
    case 'number':
      return 'number'
    case 'array':
      return arrayType(schema, singular(wish), names)
    case 'object':
      return names.nameFor(schema, wish) ?? objectType(schema, wish, names)
    case undefined:
      return 'unknown'
    default:
      throw new StartError(`the schema of ${wish} cannot be told: "${schema.type}" is no type`, 2)
  }
}

const json = 'application/json'
/** Bytes are taken in any of the forms in which a program has them. */
const bytes_type = 'Blob | Uint8Array | ArrayBuffer'

const jsonOf = (content: Content | undefined): Schema | undefined =>
  content?.content?.[json]?.schema
const mediaOf = ({ content = {} }: Content): string | undefined => Object.keys(content)[0]

function bodyType(body: Content | undefined, wish: string, names: Names): string {
  const schema = jsonOf(body)
  if (schema) return typeOf(schema, wish, names)
  return body && mediaOf(body) ? bytes_type : 'null'
}

function replyType(reply: Content, wish: string, names: Names): string {
  const schema = jsonOf(reply)
  if (schema) return typeOf(schema, wish, names)
  const media = mediaOf(reply)
  if (media === undefined) return 'null'
  return media === 'text/event-stream' ? 'ReadableStream<Uint8Array>' : 'Blob'
}

function partOf(operation: Operation, part: 'path' | 'query'): Schema {
  const wanted = operation.parameters.filter((one) => one.in === part)
  return {
    type: 'object',
    additionalProperties: false,
    properties: Object.fromEntries(wanted.map(({ name, schema }) => [name, schema])),
    required: wanted.filter(({ required }) => required).map(({ name }) => name),
  }
}

const successes = (operation: Operation): [string, Content][] =>
  Object.entries(operation.responses).filter(([status]) => status.startsWith('2'))

function operationType(name: string, operation: Operation, names: Names): string {
  const [, where = ''] = name.split(' ')
  const words = where.split('/').filter((word) => word !== '' && !/[:*]/.test(word))
  const admin = words[0] === 'admin' ? 'Admin' : ''
  const wish = admin + pascal(singular(words.at(-1) ?? 'Root'))
  const inPath = partOf(operation, 'path')
  const inQuery = partOf(operation, 'query')
  const has = (schema: Schema): boolean => Object.keys(schema.properties ?? {}).length > 0
  const replies = successes(operation).map(
    ([status, reply]) => `readonly ${status}: ${replyType(reply, wish, names)}`,
  )
  const idempotent = operation.parameters.some(({ $ref }) => $ref?.endsWith('IdempotencyKey'))
  const parts = [
    `readonly params: ${has(inPath) ? objectType(inPath, wish, names) : 'null'}`,
    `readonly query: ${has(inQuery) ? objectType(inQuery, wish, names) : 'null'}`,
    `readonly body: ${bodyType(operation.requestBody, `${wish}Input`, names)}`,
    `readonly idempotent: ${idempotent}`,
    `readonly replies: {\n${indented(replies.join('\n'))}\n}`,
  ]
  return `/** ${operation.summary} */\nreadonly '${name}': {\n${indented(parts.join('\n'))}\n}`
}

const depth = (name: string): number => name.split('/').length

type Types = {
  /** Of what several places share. */
  readonly declarations: string
  readonly operations: string
}

function typesOf(document: OpenApi): Types {
  const found = Object.entries(document.paths).flatMap(([where, operations]) =>
    Object.entries(operations).map(([method, one]): [string, Operation] => [
      `${method.toUpperCase()} ${where.replaceAll(/\{(\w+)\}/g, ':$1')}`,
      one as unknown as Operation,
    ]),
  )
  const wanted = found
    // Where a browser is only sent on, no client calls.
    .filter(([name, one]) => / \/(store|admin|custom)\//.test(name) && successes(one).length > 0)
    // A thing is named by its own address, before those that stand under it.
    .sort(([a], [b]) => depth(a) - depth(b) || (a < b ? -1 : 1))
  const names = new Names()
  for (const [, operation] of wanted) {
    for (const content of [operation.requestBody, ...Object.values(operation.responses)]) {
      const schema = jsonOf(content)
      if (schema) names.count(schema)
    }
  }
  const types = wanted.map(([name, operation]) => {
    try {
      return operationType(name, operation, names)
    } catch (error) {
      if (!(error instanceof StartError)) throw error
      throw new StartError(`${name}: ${error.message}`, error.exit_code)
    }
  })
  return { declarations: names.declarations.sort().join('\n'), operations: types.join('\n') }
}

/** Of our own routes. An interface, so that a shop can add those of its own. */
export function clientTypes(document: OpenApi): string {
  const { declarations, operations } = typesOf(document)
  return `// Written by "npm run client" from the route table: do not edit.
// Money is a whole number of minor units, moments are ISO 8601.

${declarations}
export interface Api {
${indented(operations)}
}
`
}

/** Of the routes of a shop's own: wherever the file lies, the client knows them as well. */
export function ownClientTypes(document: OpenApi): string {
  const { declarations, operations } = typesOf(document)
  return `// Written by "npx onhand client" from the routes of onhand.config: do not edit.
import 'onhand/client'

${declarations === '' ? '' : `${declarations}\n`}declare module 'onhand/client' {
  interface Api {
${indented(indented(operations))}
  }
}
`
}
