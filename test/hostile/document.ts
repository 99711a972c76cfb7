// What the shop tells the world that it takes: the attacks are made from the OpenAPI document as
// it is served, so that a route which is not described is not overlooked but missed by name.
import assert from 'node:assert/strict'
import { type Schema, simplify } from '#src/http/schema.ts'

export type Limits = Schema & {
  readonly minLength?: number
  readonly maxLength?: number
  readonly pattern?: string
  readonly format?: string
  readonly minimum?: number
  readonly maximum?: number
  readonly minItems?: number
  readonly maxItems?: number
}
export type Parameter = {
  readonly name: string
  readonly in: string
  readonly required?: boolean
  readonly schema: Schema
}
type Described = {
  readonly parameters: readonly (Parameter | { readonly $ref: string })[]
  readonly requestBody?: { readonly content: Readonly<Record<string, { schema: Schema }>> }
  readonly security: readonly Readonly<Record<string, unknown>>[]
  readonly description?: string
  readonly 'x-before-second-factor'?: boolean
}
type Document = {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>
  readonly components: { readonly parameters: Readonly<Record<string, Parameter>> }
}

export type Operation = {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** `/store/carts/{id}` */
  readonly path: string
  readonly name: string
  readonly in_path: readonly Parameter[]
  readonly in_query: readonly Parameter[]
  readonly needs_key: boolean
  /** Null when it takes none; `{}` when it takes any bytes. */
  readonly body: Limits | null
  readonly takes_bytes: boolean
  readonly security: readonly string[]
  /** `orders:read`; null where any member of staff may, or no member is asked for. */
  readonly permission: string | null
  /** Open to a session that waits for its second factor. */
  readonly waiting: boolean
}
export const isRead = ({ method }: Operation): boolean => method === 'GET' || method === 'HEAD'

function operationOf(document: Document, path: string, method: string): Operation {
  const described = document.paths[path]![method]!
  const { parameters, requestBody, security, description } = described
  const before_second_factor = described['x-before-second-factor']
  const all = parameters.map((one) =>
    '$ref' in one ? document.components.parameters[one.$ref.split('/').at(-1)!]! : one,
  )
  const json = requestBody?.content['application/json']?.schema
  const permission = /Needs the permission ([\w:]+)\./.exec(description ?? '')?.[1] ?? null
  return {
    method: method.toUpperCase() as Operation['method'],
    path,
    name: `${method.toUpperCase()} ${path}`,
    in_path: all.filter((one) => one.in === 'path'),
    in_query: all.filter((one) => one.in === 'query'),
    needs_key: all.some((one) => one.in === 'header' && one.name === 'Idempotency-Key'),
    body: json ? simplify(json) : requestBody ? {} : null,
    takes_bytes: requestBody !== undefined && json === undefined,
    security: security.flatMap((one) => Object.keys(one)),
    permission,
    waiting: before_second_factor === true,
  }
}

/** All operations of the document that is served there. */
export async function readOperations(url: string): Promise<readonly Operation[]> {
  const answer = await fetch(`${url}/openapi.json`)
  assert.equal(answer.status, 200)
  const document = (await answer.json()) as Document
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => operationOf(document, path, method)),
  )
  assert(operations.length > 100, `only ${operations.length} operations`)
  return operations
}

export const isStore = ({ security }: Operation): boolean => security.includes('publishable_key')
/** It asks for the session of a customer, beside the key. */
export const isOfCustomer = ({ security }: Operation): boolean =>
  security.includes('customer_token')
export const isStaff = ({ security }: Operation): boolean => security.includes('secret_key')

/** The address of an operation; what `values` leaves open gets an id that nobody has. */
export const nobody = '00000000-0000-7000-8000-000000000000'
export const addressOf = (
  { path }: Operation,
  values: Readonly<Record<string, string>> = {},
): string =>
  path
    .replace('/docs/*', '/docs/nothing.js')
    .replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(values[name] ?? nobody))
