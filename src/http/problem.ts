// Whatever went wrong, told as RFC 9457 problem+json. No stack and no SQL ever leaves.
import { isDatabaseAway, isDatabaseFull } from '#src/db/transaction.ts'
import { type FieldError, Refusal, type RefusalCode, refusals } from '#src/lib/refusal.ts'

export type Problem = {
  readonly status: number
  readonly code: RefusalCode
  readonly body: Readonly<Record<string, unknown>>
  readonly retry_after_s: number | null
}

const errors_max = 50
const retry_after_s: Partial<Record<RefusalCode, number>> = {
  database_unavailable: 2,
  database_full: 5,
  overloaded: 2,
  shutting_down: 5,
  request_in_progress: 1,
  provider_unavailable: 5,
}

// Members that a refusal's own details must not replace.
const reserved = new Set(['type', 'title', 'status', 'code', 'instance', 'request_id'])

/** Details of the refusal stand beside the standard members, as RFC 9457 3.2 provides. */
export function problemOf(code: RefusalCode, request_id: string, details: object = {}): Problem {
  const [status, title] = refusals[code]
  const own = Object.entries(details).filter(([name]) => !reserved.has(name))
  const body = {
    type: `/problems/${code}`,
    title,
    status,
    code,
    ...Object.fromEntries(own),
    request_id,
  }
  return { status, code, body, retry_after_s: retry_after_s[code] ?? null }
}

/** What ajv reports, as far as we use it. */
export type SchemaError = {
  readonly instancePath: string
  readonly keyword: string
  readonly params: Readonly<Record<string, unknown>>
}

const cut = (name: unknown): string => String(name).slice(0, 64)

const fieldOf = ({ instancePath, keyword, params }: SchemaError): string => {
  const path = instancePath.split('/').slice(1).map(cut)
  if (keyword === 'required') path.push(cut(params['missingProperty']))
  if (keyword === 'additionalProperties') path.push(cut(params['additionalProperty']))
  return path.join('.')
}

const explain: Readonly<
  Record<string, (params: SchemaError['params']) => readonly [code: string, message: string]>
> = {
  required: () => ['required', 'This field is missing.'],
  additionalProperties: () => ['unknown_field', 'There is no such field.'],
  type: (p) => ['wrong_type', `Must be of type ${[p['type']].flat().join(' or ')}.`],
  enum: (p) => ['not_allowed', `Must be one of: ${(p['allowedValues'] as unknown[]).join(', ')}.`],
  const: (p) => ['not_allowed', `Must be ${p['allowedValue']}.`],
  minimum: (p) => ['too_small', `Must be ${p['limit']} or more.`],
  exclusiveMinimum: (p) => ['too_small', `Must be more than ${p['limit']}.`],
  maximum: (p) => ['too_large', `Must be ${p['limit']} or less.`],
  exclusiveMaximum: (p) => ['too_large', `Must be less than ${p['limit']}.`],
  multipleOf: (p) => ['wrong_format', `Must be a multiple of ${p['multipleOf']}.`],
  minLength: (p) => ['too_short', `Must have ${p['limit']} characters or more.`],
  maxLength: (p) => ['too_long', `Must have ${p['limit']} characters or fewer.`],
  minItems: (p) => ['too_short', `Must have ${p['limit']} entries or more.`],
  maxItems: (p) => ['too_long', `Must have ${p['limit']} entries or fewer.`],
  minProperties: (p) => ['too_short', `Must have ${p['limit']} fields or more.`],
  maxProperties: (p) => ['too_long', `Must have ${p['limit']} fields or fewer.`],
  uniqueItems: () => ['repeated', 'Must not hold the same entry twice.'],
  pattern: () => ['wrong_format', 'Does not have the right form.'],
  format: (p) => ['wrong_format', `Must be a valid ${p['format']}.`],
  anyOf: () => ['not_allowed', 'Fits none of the forms that are allowed here.'],
}

/** One entry per mistake, with the field as `lines.0.quantity`; values are never repeated. */
export function fieldErrors(errors: readonly SchemaError[]): FieldError[] {
  // Which branch of a union was meant is asked of its field as well, which says which there are.
  const told = errors.filter(({ keyword }) => keyword !== 'discriminator')
  return told.slice(0, errors_max).map((error) => {
    const [code, message] = explain[error.keyword]?.(error.params) ?? [
      'not_valid',
      'This value is not valid.',
    ]
    return { field: fieldOf(error), code, message }
  })
}

type ServerError = {
  readonly code?: string
  readonly validation?: readonly SchemaError[]
  readonly validationContext?: string
}

const server_codes: Readonly<Record<string, RefusalCode>> = {
  FST_ERR_CTP_INVALID_JSON_BODY: 'malformed_json',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'malformed_json',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'malformed_json',
  FST_ERR_CTP_BODY_TOO_LARGE: 'body_too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  FST_ERR_BAD_URL: 'not_found',
  FST_ERR_MAX_PARAM_LENGTH: 'not_found',
  // A statement that took too long was rolled back.
  '57014': 'database_unavailable',
}

// PostgreSQL keeps no NUL character in text (22021) or JSON (22P05), the only one it refuses.
const nul_codes = new Set(['22021', '22P05'])

/** What the caller is told about anything that was thrown. Everything unknown is our bug. */
export function toProblem(error: unknown, request_id: string): Problem {
  if (error instanceof Refusal) return problemOf(error.code, request_id, error.detail)
  if (!(error instanceof Error)) return problemOf('internal_error', request_id)
  const { code, validation, validationContext } = error as ServerError
  if (validation) {
    // An address that no id can have is an address of nothing.
    if (validationContext === 'params') return problemOf('not_found', request_id)
    const where = validationContext === 'querystring' ? 'query' : 'body'
    return problemOf('invalid_input', request_id, { in: where, errors: fieldErrors(validation) })
  }
  const known = code === undefined ? undefined : server_codes[code]
  if (known) return problemOf(known, request_id)
  if (code !== undefined && nul_codes.has(code)) {
    return problemOf('invalid_input', request_id, { reason: 'A text holds a NUL character.' })
  }
  if (isDatabaseAway(error)) return problemOf('database_unavailable', request_id)
  if (isDatabaseFull(error)) return problemOf('database_full', request_id)
  return problemOf('internal_error', request_id)
}
