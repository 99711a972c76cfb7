// What has changed between two OpenAPI documents of ours, and what of it breaks a client.
// `npm run api` compares today's API with the released one; `npm run api -- --release` keeps it.
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { routes } from '#src/app/routes.ts'
import { type OpenApi, openApi } from '#src/http/openapi.ts'
import {
  type Found,
  fieldChanges,
  type Schema,
  type Side,
  schemaChanges,
} from './schema-changes.ts'

export type Change = {
  /** `GET /store/products`. */
  readonly operation: string
  /** Where in it, as in `reply 200 .items[].price`. */
  readonly at: string
  readonly what: string
  readonly breaks: boolean
}

type Media = { readonly schema?: Schema }
type Content = { readonly content?: Readonly<Record<string, Media>> }
type Answer = Content & {
  readonly $ref?: string
  readonly headers?: Readonly<
    Record<string, { readonly required?: boolean; readonly schema?: Schema }>
  >
}
type Parameter = {
  readonly $ref?: string
  readonly name?: string
  readonly in?: string
  readonly required?: boolean
  readonly schema?: Schema
}
type Operation = {
  readonly operationId?: string
  readonly description?: string
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: Content & { readonly required?: boolean }
  readonly responses: Readonly<Record<string, Answer>>
  readonly security?: readonly Readonly<Record<string, unknown>>[]
  readonly 'x-before-second-factor'?: boolean
}
type Named<T> = Readonly<Record<string, T>>
type Components = {
  readonly parameters?: Named<Parameter>
  readonly responses?: Named<Answer>
  readonly securitySchemes?: Named<Named<unknown>>
}
type Document = Pick<OpenApi, 'paths'> & { readonly components?: Components }

/** Everything that is told by its place among the components, told where it stands. */
function inlined<T>(value: unknown, document: Document): T {
  if (value === null || typeof value !== 'object') return value as T
  if (Array.isArray(value)) return value.map((one) => inlined(one, document)) as T
  const { $ref } = value as { $ref?: string }
  if (typeof $ref === 'string') {
    const place = $ref.split('/').slice(1)
    const found = place.reduce<unknown>((at, name) => (at as Named<unknown>)?.[name], document)
    assert(found !== undefined, `${$ref} stands nowhere`)
    return inlined(found, document)
  }
  const entries = Object.entries(value).map(([name, one]) => [name, inlined(one, document)])
  return Object.fromEntries(entries) as T
}

const asFields = (
  fields: readonly { name?: string; required?: boolean; schema?: Schema }[],
): Schema => ({
  properties: Object.fromEntries(fields.map(({ name, schema }) => [name!, schema ?? {}])),
  required: fields.filter(({ required }) => required).map(({ name }) => name!),
})

/** Of shared ones only whether they are asked for: what they are is compared once for all. */
const parametersIn = (one: Operation, where: string, document: Document): Schema =>
  asFields(
    (one.parameters ?? [])
      .map((given): Parameter => {
        if (!given.$ref) return given
        return { ...inlined<Parameter>(given, document), schema: {} }
      })
      .filter((parameter) => parameter.in === where),
  )

const headersOf = ({ headers = {} }: Answer): Schema =>
  asFields(Object.entries(headers).map(([name, one]) => ({ ...one, name: name.toLowerCase() })))

function contentChanges(before: Content, after: Content, at: string, side: Side): Found[] {
  const given = after.content ?? {}
  return Object.entries(before.content ?? {}).flatMap(([type, { schema = {} }]) => {
    const place = type === 'application/json' ? `${at} ` : `${at} ${type} `
    const other = given[type]
    if (!other) return [{ at, what: `is no ${type} any more`, breaks: true }]
    return schemaChanges(schema, other.schema ?? {}, place, side)
  })
}

function bodyChanges(before: Operation, after: Operation): Found[] {
  const [had, has] = [before.requestBody, after.requestBody]
  if (!had && !has) return []
  if (!has) return [{ at: 'body', what: 'is not taken any more', breaks: true }]
  if (had) {
    const must = has.required === true && had.required !== true
    const found = contentChanges(had, has, 'body', 'request')
    return must ? [...found, { at: 'body', what: 'must be sent now', breaks: true }] : found
  }
  const schemas = Object.values(has.content ?? {})
  const breaks = schemas.some(({ schema }) => (schema?.required ?? []).length > 0)
  return [{ at: 'body', what: 'is new', breaks }]
}

function answerChanges(before: Answer, after: Answer | undefined, at: string): Found[] {
  if (!after) return [{ at, what: 'is gone', breaks: true }]
  return [
    ...contentChanges(before, after, at, 'reply'),
    ...fieldChanges(headersOf(before), headersOf(after), `${at} header `, 'reply'),
  ]
}

/** Ways to say who asks; each must still do. */
const identitiesOf = ({ security = [] }: Operation, { components }: Document): string[] =>
  security.map((way) =>
    JSON.stringify(
      Object.keys(way).map((name) => {
        const { description: _, ...scheme } = components?.securitySchemes?.[name] ?? {}
        return [name, way[name], scheme]
      }),
    ),
  )

function operationChanges(
  [before, was]: readonly [Operation, Document],
  [after, is]: readonly [Operation, Document],
): Found[] {
  const found: Found[] = []
  const say = (at: string, what: string): void => void found.push({ at, what, breaks: true })
  for (const where of ['path', 'query', 'header', 'cookie']) {
    const [one, other] = [parametersIn(before, where, was), parametersIn(after, where, is)]
    const changes = fieldChanges(one, other, where, 'request')
    // A server reads on past headers that it does not know.
    const is_passed = where === 'header' || where === 'cookie'
    found.push(
      ...changes.map((one) =>
        is_passed && one.what === 'is gone' ? { ...one, breaks: false } : one,
      ),
    )
  }
  const identities = new Set(identitiesOf(after, is))
  if (identitiesOf(before, was).some((one) => !identities.has(one))) {
    say('request', 'asks for another identity')
  }
  if (before.description !== after.description) say('request', 'needs another permission')
  if (before['x-before-second-factor'] && !after['x-before-second-factor']) {
    say('request', 'needs the second factor now')
  }
  if (before.operationId !== after.operationId) say('request', 'has another operationId')
  found.push(...bodyChanges(inlined(before, was), inlined(after, is)))
  for (const [status, answer] of Object.entries(before.responses)) {
    const other = after.responses[status]
    // The same shared one is compared once for all.
    if (answer.$ref && answer.$ref === other?.$ref) continue
    found.push(...answerChanges(inlined(answer, was), inlined(other, is), `reply ${status}`))
  }
  for (const status of Object.keys(after.responses)) {
    if (status in before.responses) continue
    found.push({ at: `reply ${status}`, what: 'is new', breaks: status.startsWith('2') })
  }
  return found
}

const keptOf = <T>(before: Named<T> = {}, after: Named<T> = {}): Named<T> =>
  Object.fromEntries(Object.entries(before).filter(([name]) => name in after))

/** What all operations share, compared as if it were one of them. */
function sharedChanges(before: Document, after: Document): Found[] {
  const [were, are] = [before.components ?? {}, after.components ?? {}]
  const asOperation = (one: Components, other: Components): Operation => ({
    parameters: Object.values(keptOf(one.parameters, other.parameters)),
    responses: keptOf(one.responses, other.responses),
  })
  return operationChanges([asOperation(were, are), before], [asOperation(are, were), after])
}
/** Its name where breaking changes are declared. */
const all_operations = 'ANY /'

const operationsOf = (document: Document): Map<string, Operation> =>
  new Map(
    Object.entries(document.paths).flatMap(([where, operations]) =>
      Object.entries(operations).map(([method, one]): [string, Operation] => [
        `${method.toUpperCase()} ${where.replaceAll(/\{(\w+)\}/g, ':$1')}`,
        one as unknown as Operation,
      ]),
    ),
  )

/** In the order of the routes; a change that breaks is one that a client of before can notice. */
export function apiChanges(before: Document, after: Document): readonly Change[] {
  const [were, are] = [operationsOf(before), operationsOf(after)]
  const shared = sharedChanges(before, after)
  const kept = [...were].flatMap(([operation, one]) => {
    const other = are.get(operation)
    if (!other) return [{ operation, at: 'route', what: 'is gone', breaks: true }]
    const changes = operationChanges([one, before], [other, after])
    return changes.map((change) => ({ operation, ...change }))
  })
  const fresh = [...are.keys()].filter((operation) => !were.has(operation))
  return [
    ...shared.map((change) => ({ operation: all_operations, ...change })),
    ...kept,
    ...fresh.map((operation) => ({ operation, at: 'route', what: 'is new', breaks: false })),
  ]
}

/** What a change is called where it is declared: `GET /store/products reply 200 .items[].price`. */
export const placeOf = ({ operation, at }: Pick<Change, 'operation' | 'at'>): string =>
  `${operation} ${at}`

/**
 * The places whose breaking is told in the changelog: those in backquotes under "Breaking" of what
 * is not released yet. One is about itself alone, and a bare operation is about none of its places.
 */
export function declaredIn(changelog: string): ReadonlySet<string> {
  const unreleased = /## Unreleased\n([\s\S]*?)(?=\n## |$)/.exec(changelog)?.[1] ?? ''
  const breaking = /### Breaking\n([\s\S]*?)(?=\n### |$)/.exec(unreleased)?.[1] ?? ''
  const told = [...breaking.matchAll(/`([A-Z]+ \/\S*\s[^`]+)`/g)].map(([, place]) => place!)
  return new Set(told.map((place) => place.replaceAll(/\s+/g, ' ')))
}

/** Changes that break and are not told, and what is told and has not happened. */
export function compareDeclared(
  changes: readonly Change[],
  declared: ReadonlySet<string>,
): { readonly untold: readonly Change[]; readonly idle: readonly string[] } {
  const breaking = changes.filter(({ breaks }) => breaks)
  const places = new Set(breaking.map(placeOf))
  return {
    untold: breaking.filter((change) => !declared.has(placeOf(change))),
    idle: [...declared].filter((place) => !places.has(place)),
  }
}

const root = path.resolve(import.meta.dirname, '..')
const released_file = path.join(root, 'docs/openapi.json')

export const readReleased = (): Document =>
  JSON.parse(readFileSync(released_file, 'utf8')) as Document
export const readDeclared = (): ReadonlySet<string> =>
  declaredIn(readFileSync(path.join(root, 'CHANGELOG.md'), 'utf8'))

if (process.argv[1] === import.meta.filename) {
  const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'))
  const today = openApi(routes, version)
  if (process.argv[2] === '--release') {
    writeFileSync(released_file, `${JSON.stringify(today, null, 1)}\n`)
  } else {
    const changes = apiChanges(readReleased(), today)
    const { untold, idle } = compareDeclared(changes, readDeclared())
    for (const change of changes) {
      const mark = !change.breaks ? ' ' : untold.includes(change) ? 'BREAKS' : 'declared'
      process.stdout.write(`${mark.padEnd(8)} ${placeOf(change)}  ${change.what}\n`)
    }
    for (const place of idle) process.stdout.write(`IDLE     ${place}  is declared, and unbroken\n`)
    if (untold.length + idle.length > 0) process.exitCode = 1
  }
}
