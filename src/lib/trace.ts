// Traces: what led to what, and how long each step took. Off, nothing of this does anything; on,
// app/otlp.ts brings the tracer that sends spans to a collector. Attributes are ids, codes and
// words of our own: never what a person has typed, and no address with its values in it.
import { AsyncLocalStorage } from 'node:async_hooks'
import { Refusal } from './refusal.ts'

export type Attributes = Readonly<Record<string, string | number | boolean>>
export type SpanKind = 'internal' | 'server' | 'client' | 'consumer'
export type OpenSpan = {
  /** How others go on with it, in this process or in another one: W3C Trace Context. */
  readonly traceparent: string
  set(attributes: Attributes): void
  fail(reason: string): void
  link(traceparent: string): void
  end(): void
}
export type SpanStart = {
  readonly name: string
  readonly kind?: SpanKind
  /** The span around it, or what was handed on by another process. */
  readonly parent?: OpenSpan | string | null
  readonly attributes?: Attributes
  readonly links?: readonly string[]
}
export type Tracer = { start(span: SpanStart): OpenSpan }

/** Where the code that runs now stands in its trace. */
export type Frame = {
  readonly span: OpenSpan
  /** The command in whose name transactions are run. */
  readonly command: string
  /**
   * What is stored with work that is promised here. Null where many share a transaction, and
   * where a provider speaks: there it is the trace of the order that counts.
   */
  readonly hands_on: string | null
}

let tracer: Tracer | null = null
const frames = new AsyncLocalStorage<Frame | null>()

/** One per process. Null switches traces off. */
export const useTracer = (given: Tracer | null): void => {
  tracer = given
}
export const isTracing = (): boolean => tracer !== null

/** What is to be stored with work that another process will do. */
export const handOn = (): string | null =>
  tracer === null ? null : (frames.getStore()?.hands_on ?? null)

/** The id of the trace, for log lines. */
export const traceId = (): string | undefined =>
  tracer === null ? undefined : frames.getStore()?.span.traceparent.slice(3, 35)

export const within = <T>(frame: Frame | null, work: () => T): T => frames.run(frame, work)

export const beginSpan = (span: SpanStart): OpenSpan | null => tracer?.start(span) ?? null

/** A refusal is an answer, not a failure. */
function noteError(open: OpenSpan, error: unknown): void {
  if (error instanceof Refusal) open.set({ 'onhand.refusal': error.code })
  else open.fail(error instanceof Error ? error.name : typeof error)
}

async function during<T>(frame: Frame, work: () => Promise<T>): Promise<T> {
  try {
    return await within(frame, work)
  } catch (error) {
    noteError(frame.span, error)
    throw error
  } finally {
    frame.span.end()
  }
}

/** A step inside what runs now; outside every trace it is none, and only the work is done. */
export function step<T>(
  name: string | ((command: string) => string),
  about: Omit<SpanStart, 'name' | 'parent'>,
  work: (open: OpenSpan | null) => Promise<T>,
): Promise<T> {
  const around = tracer === null ? null : frames.getStore()
  if (!around || tracer === null) return work(null)
  const words = typeof name === 'string' ? name : name(around.command)
  const open = tracer.start({ ...about, name: words, parent: around.span })
  return during({ ...around, span: open }, () => work(open))
}

/** Work of its own: a job, an effect, a question to a provider long after. */
export function job<T>(
  { command, ...about }: SpanStart & { readonly command: string },
  work: (open: OpenSpan | null) => Promise<T>,
): Promise<T> {
  if (tracer === null) return work(null)
  const around = frames.getStore()
  const links = around ? [around.span.traceparent] : []
  const open = tracer.start({ kind: 'consumer', links, ...about })
  return during({ span: open, command, hands_on: open.traceparent }, () => work(open))
}

/** One of many that will share a transaction: from its asking to its answer. */
export const beginShare = (name: string): OpenSpan | null => {
  const around = tracer === null ? null : frames.getStore()
  return around && tracer ? tracer.start({ name, parent: around.span }) : null
}

/** The transaction stands in the trace of the first who asked; the others point to it. */
export function shared<T>(
  command: string,
  shares: readonly (OpenSpan | null)[],
  work: () => Promise<T>,
): Promise<T> {
  if (tracer === null) return work()
  const [span, ...others] = shares.filter((one) => one !== null)
  if (!span) return within(null, work)
  for (const other of others) other.link(span.traceparent)
  return within({ span, command, hands_on: null }, work)
}

/** Tells in the trace of an order what was heard of it elsewhere. */
export function tell(name: string, traceparent: string | null, attributes: Attributes): void {
  if (tracer === null || traceparent === null) return
  const around = frames.getStore()
  const links = around ? [around.span.traceparent] : []
  tracer.start({ name, parent: traceparent, attributes, links }).end()
}

type Call = { readonly method: string; readonly url: string }
type Called = { readonly kind: 'answer'; readonly status: number } | Unanswered
type Unanswered = { readonly kind: 'no_answer'; readonly reason: string }

/**
 * A request to somebody else. Where paths are secrets, as those of receivers that others have
 * named may be, only the host is told.
 */
export function call<T extends Called>(
  { method, url }: Call,
  { tells_path }: { readonly tells_path: boolean },
  work: () => Promise<T>,
): Promise<T> {
  if (tracer === null) return work()
  const address = URL.parse(url)
  const template = address && tells_path ? pathShape(address.pathname) : null
  const about = {
    kind: 'client' as const,
    attributes: {
      'http.request.method': method,
      'server.address': address?.hostname ?? '',
      ...(template ? { 'url.template': template } : {}),
    },
  }
  const note = async (open: OpenSpan | null): Promise<T> => {
    const called = await work()
    if (called.kind === 'answer') open?.set({ 'http.response.status_code': called.status })
    const failed = called.kind === 'no_answer' ? called.reason : String(called.status)
    if (called.kind === 'no_answer' || called.status >= 400) open?.fail(failed)
    return called
  }
  const name = template ? `${method} ${template}` : method
  if (frames.getStore()) return step(name, about, note)
  return job({ name, command: name, ...about }, note)
}

const is_id = /\d|[A-Z]/
const is_version = /^v\d+$/

/** `/v1/payment_intents/{id}/confirm`: which request it is, and not whose. */
export const pathShape = (path: string): string =>
  path
    .split('/')
    .map((part) => (is_id.test(part) && !is_version.test(part) ? '{id}' : part))
    .join('/')
    .slice(0, 120)
