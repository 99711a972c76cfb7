// A route is a row of data. Its schemas check the request, type the handler, write the OpenAPI
// document and shape the answer; there is no second description of any of it.
import Type, { type Static, type TSchema } from 'typebox'
import type { JsonObject } from '#src/ports/payment-provider.ts'
import type { Permission } from '#src/staff/staff.ts'
import type { App } from './app.ts'
import type { Identity } from './identity.ts'

/**
 * `shop` needs a publishable key, `customer` the token of a session as well; `{ staff }` a session
 * or secret key with that permission, `staff` alone any of them, whatever it may do, and
 * `staff_waiting` also a session that waits for its second factor.
 */
export type Who =
  | 'anyone'
  | 'shop'
  | 'customer'
  | 'staff'
  | 'staff_waiting'
  | { readonly staff: Permission }

/** An answer that is no JSON: a PDF, a page, a stream of events. */
export type RawReply = {
  readonly media_type: string
  readonly headers?: Readonly<Record<string, string>>
  readonly content: Uint8Array | string | AsyncIterable<string | Uint8Array>
}

/** What an answer is that no schema shapes, as in `text/csv`. Its handler answers with `raw`. */
export type Media = { readonly media_type: string }
export const Media = (media_type: string): Media => ({ media_type })
/** Of a file that people have uploaded. */
export const AnyMedia = Media('*/*')
export const isMedia = (reply: TSchema | Media): reply is Media => 'media_type' in reply

export type Asked<P, Q, B> = {
  readonly app: App
  readonly identity: Identity
  readonly params: P
  readonly query: Q
  readonly body: B
  /** Lower-case header names. */
  readonly headers: Readonly<Record<string, string | undefined>>
  /** The raw bytes, only for routes with `raw_body`. */
  readonly raw_body: Uint8Array
  /** Present when the route asks for an Idempotency-Key, else empty. */
  readonly key: string
  readonly now: Date
  readonly request_id: string
  readonly ip: string
  /** Aborts when the client has gone or the server drains: for streams. */
  readonly gone: AbortSignal
}
export type Reply = {
  readonly status: number
  readonly body?: unknown
  readonly raw?: RawReply
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
}

export type RouteDefinition<P extends TSchema, Q extends TSchema, B extends TSchema> = {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** `/store/carts/:id` */
  readonly path: string
  readonly who: Who
  readonly summary: string
  /** A body as a client would send it, shown in the API reference. */
  readonly example?: JsonObject
  readonly params?: P
  readonly query?: Q
  readonly body?: B
  /** Schemas by status, or the media type of what is no JSON; `null` where there is no body. */
  readonly replies: Readonly<Record<number, TSchema | Media | null>>
  /** True demands an Idempotency-Key header; every POST that creates or moves something does. */
  readonly idempotent?: boolean
  /** Providers sign raw bytes: the body is not parsed. */
  readonly raw_body?: boolean
  readonly body_bytes_max?: number
  readonly rate_per_minute?: number
  /** Fields where a long number is no card: bar codes, serials, tracking codes. */
  readonly number_fields?: readonly string[]
  readonly handle: (asked: Asked<Static<P>, Static<Q>, Static<B>>) => Promise<Reply>
}
/** A route whose types have done their work. */
export type Route = RouteDefinition<TSchema, TSchema, TSchema>

export const route = <P extends TSchema, Q extends TSchema, B extends TSchema>(
  definition: RouteDefinition<P, Q, B>,
): Route => definition as unknown as Route

/** Money in a body: an integer on the wire, a bigint in the handler. */
export const Minor = (options: { readonly minimum?: number; readonly description?: string } = {}) =>
  Type.Unsafe<bigint>({
    type: 'integer',
    minimum: -Number.MAX_SAFE_INTEGER,
    maximum: Number.MAX_SAFE_INTEGER,
    'x-minor-units': true,
    ...options,
  })

const uuid = '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$'
export const Id = <T extends string>(description = '') =>
  Type.Unsafe<T>({ type: 'string', pattern: uuid, description })

export const Text = (max: number, min = 0) => Type.String({ minLength: min, maxLength: max })
export const Nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])
export const Closed = <P extends Record<string, TSchema>>(properties: P) =>
  Type.Object(properties, { additionalProperties: false })
/** A moment, ISO 8601: text on the wire, a Date in the handler. */
export const Moment = (options: { readonly description?: string } = {}) =>
  Type.Unsafe<Date>({ type: 'string', format: 'date-time', 'x-moment': true, ...options })

export const PageQuery = {
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 20 })),
  after: Type.Optional(Type.String({ maxLength: 200, description: 'next_cursor of a page' })),
}
export const Page = <T extends TSchema>(item: T) =>
  Closed({ items: Type.Array(item), next_cursor: Nullable(Type.String()) })
