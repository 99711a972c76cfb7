// What has changed between two OpenAPI documents of ours, and what of it breaks a client.
// `npm run api` compares today's API with the released one; `npm run api -- --release` keeps it.
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { routes } from '#src/app/routes.ts'
import { type OpenApi, openApi } from '#src/http/openapi.ts'

export type Change = {
  /** `GET /store/products`. */
  readonly operation: string
  /** Where in it, as in `reply 200 .items[].price`. */
  readonly at: string
  readonly what: string
  readonly breaks: boolean
}

type Schema = {
  readonly type?: string
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly anyOf?: readonly Schema[]
  readonly items?: Schema
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly pattern?: string
  readonly format?: string
  readonly minimum?: number
  readonly maximum?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly minItems?: number
  readonly maxItems?: number
}
type Content = { readonly content?: Readonly<Record<string, { readonly schema?: Schema }>> }
type Parameter = {
  readonly $ref?: string
  readonly name?: string
  readonly in?: string
  readonly required?: boolean
  readonly schema?: Schema
}
type Operation = {
  readonly description?: string
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: Content
  readonly responses: Readonly<Record<string, Content>>
  readonly security?: unknown
}

/** A request must still be allowed what it was; in a reply there must still be what there was. */
type Side = 'request' | 'reply'
type Found = { readonly at: string; readonly what: string; readonly breaks: boolean }

/** Kinds of value that a schema lets through, each with the schema that speaks of it. */
function kindsOf(schema: Schema): Map<string, Schema> {
  if (schema.anyOf) return new Map(schema.anyOf.flatMap((one) => [...kindsOf(one)]))
  if (schema.const !== undefined) return new Map([[`= ${JSON.stringify(schema.const)}`, schema]])
  if (schema.enum) return new Map(schema.enum.map((one) => [`= ${JSON.stringify(one)}`, schema]))
  return new Map([[schema.type ?? 'anything', schema]])
}

const lower = ['minimum', 'minLength', 'minItems'] as const
const upper = ['maximum', 'maxLength', 'maxItems'] as const

function limitChanges(before: Schema, after: Schema, at: string): Found[] {
  const found: Found[] = []
  for (const name of lower) {
    if ((after[name] ?? -Infinity) > (before[name] ?? -Infinity)) {
      found.push({ at, what: `${name} rose to ${after[name]}`, breaks: true })
    }
  }
  for (const name of upper) {
    if ((after[name] ?? Infinity) < (before[name] ?? Infinity)) {
      found.push({ at, what: `${name} fell to ${after[name]}`, breaks: true })
    }
  }
  if (after.pattern !== undefined && after.pattern !== before.pattern) {
    found.push({ at, what: 'has another pattern', breaks: true })
  }
  return found
}

function fieldChanges(before: Schema, after: Schema, at: string, side: Side): Found[] {
  const [were, are] = [before.properties ?? {}, after.properties ?? {}]
  const [needed, needs] = [new Set(before.required), new Set(after.required)]
  const gone = Object.keys(were).filter((name) => !(name in are))
  const fresh = Object.keys(are).filter((name) => !(name in were))
  const kept = Object.keys(were).filter((name) => name in are)
  return [
    ...gone.map((name) => ({ at: `${at}.${name}`, what: 'is gone', breaks: true })),
    ...fresh.map((name) => {
      const must = side === 'request' && needs.has(name)
      return {
        at: `${at}.${name}`,
        what: must ? 'is new and must be sent' : 'is new',
        breaks: must,
      }
    }),
    ...kept.flatMap((name) => {
      const field = `${at}.${name}`
      const found = schemaChanges(were[name]!, are[name]!, field, side)
      if (side === 'request' && needs.has(name) && !needed.has(name)) {
        found.push({ at: field, what: 'must be sent now', breaks: true })
      }
      if (side === 'reply' && needed.has(name) && !needs.has(name)) {
        found.push({ at: field, what: 'may be missing now', breaks: true })
      }
      return found
    }),
  ]
}

function schemaChanges(before: Schema, after: Schema, at: string, side: Side): Found[] {
  const [were, are] = [kindsOf(before), kindsOf(after)]
  const takes = (kinds: Map<string, Schema>, kind: string): boolean =>
    kinds.has(kind) || kinds.has('anything') || (kind.startsWith('= "') && kinds.has('string'))
  const gone = [...were.keys()].filter((kind) => !takes(are, kind))
  const fresh = [...are.keys()].filter((kind) => !takes(were, kind))
  const found: Found[] = [
    ...gone.map((kind) => ({ at, what: `is never ${kind} any more`, breaks: side === 'request' })),
    // A client must be ready for another word in a list of words, not for another kind of value.
    ...fresh.map((kind) => ({
      at,
      what: `may be ${kind}`,
      breaks: side === 'reply' && !kind.startsWith('= '),
    })),
  ]
  for (const [kind, one] of were) {
    const other = are.get(kind)
    if (!other) continue
    if (side === 'request') found.push(...limitChanges(one, other, at))
    if (kind === 'object') found.push(...fieldChanges(one, other, at, side))
    if (kind === 'array' && one.items && other.items) {
      found.push(...schemaChanges(one.items, other.items, `${at}[]`, side))
    }
  }
  return found
}

const json = (content: Content | undefined): Schema | undefined =>
  content?.content?.['application/json']?.schema

const asObject = (parameters: readonly Parameter[] = [], where: string): Schema => {
  const own = parameters.filter((one) => one.in === where)
  return {
    type: 'object',
    properties: Object.fromEntries(own.map(({ name, schema }) => [name!, schema ?? {}])),
    required: own.filter(({ required }) => required).map(({ name }) => name!),
  }
}

const needsKey = ({ parameters = [] }: Operation): boolean =>
  parameters.some(({ $ref }) => $ref?.endsWith('IdempotencyKey'))

function operationChanges(before: Operation, after: Operation): Found[] {
  const found: Found[] = []
  const say = (at: string, what: string, breaks: boolean): void => {
    found.push({ at, what, breaks })
  }
  for (const where of ['path', 'query']) {
    const [one, other] = [asObject(before.parameters, where), asObject(after.parameters, where)]
    found.push(...fieldChanges(one, other, where, 'request'))
  }
  if (!needsKey(before) && needsKey(after)) say('request', 'needs an Idempotency-Key now', true)
  if (JSON.stringify(before.security) !== JSON.stringify(after.security)) {
    say('request', 'asks for another identity', true)
  }
  if (before.description !== after.description) say('request', 'needs another permission', true)
  const [had, has] = [json(before.requestBody), json(after.requestBody)]
  if (had && has) found.push(...schemaChanges(had, has, 'body ', 'request'))
  else if (had) say('body', 'is not taken any more', true)
  else if (has) say('body', 'is new', (has.required ?? []).length > 0)
  for (const [status, content] of Object.entries(before.responses)) {
    const answered = after.responses[status]
    if (!answered) say(`reply ${status}`, 'is gone', true)
    const [one, other] = [json(content), json(answered)]
    if (one && other) found.push(...schemaChanges(one, other, `reply ${status} `, 'reply'))
    else if (one && answered) say(`reply ${status}`, 'has no body any more', true)
  }
  for (const status of Object.keys(after.responses)) {
    if (!(status in before.responses)) say(`reply ${status}`, 'is new', status.startsWith('2'))
  }
  return found
}

const operationsOf = (document: Pick<OpenApi, 'paths'>): Map<string, Operation> =>
  new Map(
    Object.entries(document.paths).flatMap(([where, operations]) =>
      Object.entries(operations).map(([method, one]): [string, Operation] => [
        `${method.toUpperCase()} ${where.replaceAll(/\{(\w+)\}/g, ':$1')}`,
        one as unknown as Operation,
      ]),
    ),
  )

/** In the order of the routes; a change that breaks is one that a client of before can notice. */
export function apiChanges(
  before: Pick<OpenApi, 'paths'>,
  after: Pick<OpenApi, 'paths'>,
): readonly Change[] {
  const [were, are] = [operationsOf(before), operationsOf(after)]
  const kept = [...were].flatMap(([operation, one]) => {
    const other = are.get(operation)
    if (!other) return [{ operation, at: 'route', what: 'is gone', breaks: true }]
    return operationChanges(one, other).map((change) => ({ operation, ...change }))
  })
  const fresh = [...are.keys()].filter((operation) => !were.has(operation))
  return [
    ...kept,
    ...fresh.map((operation) => ({ operation, at: 'route', what: 'is new', breaks: false })),
  ]
}

/**
 * The operations whose breaking is told in the changelog: those in backquotes under "Breaking" of
 * what is not released yet.
 */
export function declaredIn(changelog: string): ReadonlySet<string> {
  const unreleased = /## Unreleased\n([\s\S]*?)(?=\n## |$)/.exec(changelog)?.[1] ?? ''
  const breaking = /### Breaking\n([\s\S]*?)(?=\n### |$)/.exec(unreleased)?.[1] ?? ''
  return new Set([...breaking.matchAll(/`([A-Z]+ \/[^`]*)`/g)].map(([, name]) => name!))
}

const root = path.resolve(import.meta.dirname, '..')
const released_file = path.join(root, 'docs/openapi.json')

export const readReleased = (): Pick<OpenApi, 'paths'> =>
  JSON.parse(readFileSync(released_file, 'utf8')) as Pick<OpenApi, 'paths'>
export const readDeclared = (): ReadonlySet<string> =>
  declaredIn(readFileSync(path.join(root, 'CHANGELOG.md'), 'utf8'))

if (process.argv[1] === import.meta.filename) {
  const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'))
  const today = openApi(routes, version)
  if (process.argv[2] === '--release') {
    writeFileSync(released_file, `${JSON.stringify(today, null, 1)}\n`)
  } else {
    const declared = readDeclared()
    const changes = apiChanges(readReleased(), today)
    for (const { operation, at, what, breaks } of changes) {
      const mark = !breaks ? ' ' : declared.has(operation) ? 'declared' : 'BREAKS'
      process.stdout.write(`${mark.padEnd(8)} ${operation}  ${at} ${what}\n`)
    }
    if (changes.some(({ breaks, operation }) => breaks && !declared.has(operation))) {
      process.exitCode = 1
    }
  }
}
