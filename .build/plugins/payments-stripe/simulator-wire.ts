// How Stripe speaks on the wire: form-encoded requests, its errors, lists and expansion.
import { randomBytes } from 'node:crypto'

export type Params = { readonly [name: string]: ParamValue }
export type ParamValue = string | Params
export type Json = Record<string, unknown>

export type ErrorBody = {
  readonly type: 'api_error' | 'card_error' | 'idempotency_error' | 'invalid_request_error'
  readonly code?: string
  readonly decline_code?: string
  readonly message: string
  readonly param?: string
  readonly [more: string]: unknown
}
/** What the endpoints throw. `began` errors are kept under the idempotency key. */
export class StripeApiError extends Error {
  readonly status: number
  readonly body: ErrorBody
  readonly began: boolean
  constructor(status: number, body: ErrorBody, began = false) {
    super(body.message)
    this.name = 'StripeApiError'
    this.status = status
    this.body = body
    this.began = began
  }
}
export const invalid = (message: string, code?: string, param?: string): StripeApiError =>
  new StripeApiError(400, {
    type: 'invalid_request_error',
    ...(code ? { code } : {}),
    message,
    ...(param ? { param } : {}),
  })
export const missing = (kind: string, id: string): StripeApiError =>
  new StripeApiError(404, {
    type: 'invalid_request_error',
    code: 'resource_missing',
    message: `No such ${kind}: '${id}'`,
    param: 'id',
  })

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
export const newStripeId = (prefix: string): string =>
  `${prefix}_3${[...randomBytes(23)].map((byte) => alphabet[byte % 62]).join('')}`

/** `a[b][0]=c` becomes `{a: {b: {0: 'c'}}}`. Arrays are objects whose names are numbers. */
export function decodeForm(pairs: Iterable<[string, string]>): Params {
  const root: Record<string, ParamValue> = Object.create(null)
  let unnumbered = 0
  for (const [key, value] of pairs) {
    const path = [
      key.split('[')[0]!,
      ...[...key.matchAll(/\[([^\]]*)\]/g)].map(([, part]) => part!),
    ]
    let level = root
    for (const part of path.slice(0, -1)) {
      const inner = level[part]
      if (typeof inner === 'string') throw invalid(`Invalid object: ${key}`)
      level = (level[part] ??= Object.create(null)) as Record<string, ParamValue>
    }
    const last = path.at(-1)!
    level[last === '' ? String(unnumbered++) : last] = value
  }
  return root
}

export const textOf = (params: Params, name: string): string | null => {
  const value = params[name]
  if (value === undefined || value === '') return null
  if (typeof value !== 'string') throw invalid(`Invalid string: ${name}`, undefined, name)
  return value
}
export const groupOf = (params: Params, name: string): Params => {
  const value = params[name]
  if (value === undefined || value === '') return {}
  if (typeof value === 'string') throw invalid('Invalid object', undefined, name)
  return value
}
export const listOf = (params: Params, name: string): string[] =>
  Object.values(groupOf(params, name)).filter((value) => typeof value === 'string')
export const integerOf = (params: Params, name: string): number | null => {
  const value = textOf(params, name)
  if (value === null) return null
  if (!/^-?\d{1,15}$/.test(value))
    throw invalid(`Invalid integer: ${value}`, 'parameter_invalid_integer', name)
  return Number(value)
}
export const booleanOf = (params: Params, name: string): boolean | null => {
  const value = textOf(params, name)
  if (value === null) return null
  if (value !== 'true' && value !== 'false')
    throw invalid(`Invalid boolean: ${value}`, undefined, name)
  return value === 'true'
}
export function assertKnown(params: Params, known: string): void {
  const names = known.split(' ')
  const other = Object.keys(params).find((name) => !names.includes(name))
  if (other) throw invalid(`Received unknown parameter: ${other}`, 'parameter_unknown', other)
}
/** Metadata is merged; an empty text takes a key away. */
export function mergeMetadata(old: Json, params: Params): Json {
  const merged = { ...old }
  for (const [key, value] of Object.entries(groupOf(params, 'metadata'))) {
    if (typeof value !== 'string' || key.length > 40 || value.length > 500)
      throw invalid(
        'Metadata keys have at most 40 characters and values 500.',
        undefined,
        'metadata',
      )
    if (value === '') delete merged[key]
    else merged[key] = value
  }
  if (Object.keys(merged).length > 50)
    throw invalid('Metadata can have up to 50 keys.', undefined, 'metadata')
  return merged
}

/** One page of a list, newest first, as all of Stripe's lists are. */
export function pageOf(rows: readonly Json[], params: Params, url: string): Json {
  const limit = integerOf(params, 'limit') ?? 10
  if (limit < 1 || limit > 100)
    throw invalid('Invalid integer: limit is 1 to 100', undefined, 'limit')
  const created = groupOf(params, 'created')
  const bound = (name: string, fallback: number): number => integerOf(created, name) ?? fallback
  const from = Math.max(bound('gte', -1), bound('gt', -2) + 1)
  const to = Math.min(bound('lte', Infinity), bound('lt', Infinity) - 1)
  const found = rows.filter((row) => (row['created'] as number) >= from)
  const within = found.filter((row) => (row['created'] as number) <= to).reverse()
  const after = textOf(params, 'starting_after')
  const index = after ? within.findIndex((row) => row['id'] === after) : -1
  if (after && index < 0) throw missing('object', after)
  const data = within.slice(index + 1, index + 1 + limit)
  return { object: 'list', data, has_more: index + 1 + limit < within.length, url }
}

/** Puts whole objects where ids stand, along paths such as `latest_charge.balance_transaction`. */
export function expandAll(
  object: Json,
  paths: readonly string[],
  find: (id: string) => Json | undefined,
): Json {
  const expand = (value: unknown, path: readonly string[]): unknown => {
    if (Array.isArray(value)) return value.map((row) => expand(row, path))
    const whole = typeof value === 'string' ? (find(value) ?? value) : value
    const [name, ...rest] = path
    if (name === undefined || whole === null || typeof whole !== 'object') return whole
    if (!Object.hasOwn(whole, name)) return whole
    return { ...whole, [name]: expand((whole as Json)[name], rest) }
  }
  return paths.reduce((result, path) => expand(result, path.split('.')) as Json, object)
}
