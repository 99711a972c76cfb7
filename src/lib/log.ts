// Logging that cannot print a secret, a card number or an address: only fields that are known to
// be safe, in the form they must have, are written. Messages are fixed sentences; what varies
// stands in fields. Of errors we keep the kind and the place, since the source tells the rest.
import pino, { type Logger } from 'pino'
import { holdsCardNumber } from './card-guard.ts'
import { Refusal, refusals } from './refusal.ts'
import { RuleError } from './rule-error.ts'
import { traceId } from './trace.ts'

type Shape = (value: unknown) => boolean

const word: Shape = (value) =>
  typeof value === 'string' && /^[a-zA-Z][\w.:-]{0,63}$/.test(value) && !/\d{9}|_\w{16}/.test(value)
/** Our own codes are known words, however long. */
const code: Shape = (value) => word(value) || (typeof value === 'string' && value in refusals)
const words: Shape = (value) => Array.isArray(value) && value.length <= 50 && value.every(word)
const count: Shape = (value) =>
  typeof value === 'number' && Number.isFinite(value) && Math.abs(value) < 1e12
const id: Shape = (value) =>
  typeof value === 'string' && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(value)
const flag: Shape = (value) => typeof value === 'boolean'
// A pattern such as /store/carts/:id, never an address with its values and query.
const route_pattern: Shape = (value) =>
  typeof value === 'string' && /^\/[a-z0-9_\-/:.*]{0,120}$/.test(value) && !/\d{4}/.test(value)
const trace: Shape = (value) => typeof value === 'string' && /^[0-9a-f]{32}$/.test(value)
const version: Shape = (value) => typeof value === 'string' && /^v?\d+(\.\d+){1,3}$/.test(value)

const shaped = (names: string, shape: Shape): Record<string, Shape> =>
  Object.fromEntries(names.split(' ').map((name) => [name, shape]))

// What may be logged, and the form that it must have.
const fields: Readonly<Record<string, Shape>> = {
  ...shaped(
    'request_id order_id attempt_id capture_id refund_id void_id shipment_id label_id ' +
      'invoice_id message_id effect_id exception_id cause_id cart_id staff_id key_id channel_id ' +
      'product_id variant_id',
    id,
  ),
  ...shaped(
    'status ms count tries port size attempts pid job_id orders rows max waiting worker_pid ' +
      'restarts exit_code seconds',
    count,
  ),
  ...shaped(
    'method kind task effect provider plugin state role signal part process level_name ' +
      'setting sqlstate promise outcome scheme',
    word,
  ),
  code,
  route: route_pattern,
  codes: words,
  migrations: words,
  repeat: flag,
  trace_id: trace,
  version,
}

/** Places only: the text before the first frame may quote a value. */
const framesOf = (error: Error): string[] =>
  (error.stack ?? '')
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, 12)
    .map((line) => /([^/\\(]+(?:[/\\][^/\\]+){0,2}:\d+:\d+)\)?$/.exec(line)?.[1] ?? 'native')

// Messages of V8 that quote names of the code and never values.
const engine_messages = [
  /^Cannot (read|set) properties of (undefined|null) \((reading|setting) '[\w$]{1,60}'\)$/,
  /^[\w$.]{1,80} is not (a function|defined|iterable|a constructor)$/,
]

/** What may be told of an error in words: sentences of the engine, and which rule has failed. */
const messageOf = (error: Error): { readonly message?: string } =>
  engine_messages.some((pattern) => pattern.test(error.message)) ||
  (error instanceof RuleError &&
    /^[\w" .,:-]{1,200}$/.test(error.message) &&
    !/\d{5}/.test(error.message))
    ? { message: error.message }
    : {}

function describeError(error: unknown, depth = 0): object {
  if (!(error instanceof Error)) return { name: typeof error }
  const { code: known, table, constraint, syscall } = error as Error & Record<string, unknown>
  const safe = Object.entries({ code: known, table, constraint, syscall }).filter(
    ([, value]) => code(value) || (typeof value === 'string' && /^[0-9A-Z]{5}$/.test(value)),
  )
  const cause = error.cause === undefined || depth >= 3 ? {} : { cause: error.cause }
  return {
    name: word(error.constructor.name) ? error.constructor.name : 'Error',
    ...Object.fromEntries(safe),
    ...messageOf(error),
    ...(error instanceof Refusal ? {} : { frames: framesOf(error) }),
    ...('cause' in cause ? { cause: describeError(cause.cause, depth + 1) } : {}),
  }
}

function keepSafe(given: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const kept: Record<string, unknown> = {}
  let dropped = 0
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue
    if (name === 'error' || name === 'err') kept['error'] = describeError(value)
    else if (Object.hasOwn(fields, name) && fields[name]!(value)) kept[name] = value
    else dropped += 1
  }
  return dropped > 0 ? { ...kept, dropped } : kept
}

/** A message is a fixed sentence, but a mistake must not become a leak. */
const scrub = (message: string): string =>
  (holdsCardNumber(message) ? '' : message)
    .slice(0, 300)
    .replaceAll(/\S+@\S+/g, '…')
    .replaceAll(/\S*(?:\d{5,}|[?&=]|\b(?:sk|pk|rk|whsec|tok|Bearer)[_ ])\S*/gi, '…')
    .replaceAll(/(["'`]).{0,200}?\1/g, '…')
    .replaceAll(/\S{25,}/g, '…')

export const log_levels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const
export type LogLevel = (typeof log_levels)[number]

export type LogOptions = {
  readonly level: LogLevel
  /** Which of our processes speaks. */
  readonly part: string
  readonly destination?: { write(line: string): void }
}

export function createLog({ level, part, destination }: LogOptions): Logger {
  const log = pino(
    {
      level,
      base: { part, pid: process.pid },
      mixin: () => ({ trace_id: traceId() }),
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: {
        level: (label) => ({ level: label }),
        log: keepSafe,
      },
      // pino would write what `error` holds by itself and take an error's text as the message.
      serializers: { err: (value: unknown) => value, error: (value: unknown) => value },
      hooks: {
        logMethod(given, method) {
          const [first, second] = given as unknown[]
          const message = typeof first === 'string' ? first : second
          const details = first instanceof Error ? { error: first } : first
          method.call(
            this,
            details !== null && typeof details === 'object' ? details : {},
            typeof message === 'string' ? scrub(message) : '',
          )
        },
      },
    },
    destination ?? pino.destination({ dest: 1, sync: true }),
  )
  // Bindings of children would pass by the formatters.
  const { child, setBindings } = log
  log.child = function (this: Logger, bindings, options) {
    return child.call(this, keepSafe(bindings), options)
  } as Logger['child']
  log.setBindings = function (this: Logger, bindings) {
    setBindings.call(this, keepSafe(bindings))
  }
  return log
}
