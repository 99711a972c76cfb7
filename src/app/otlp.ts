// The tracer that sends spans to a collector by OTLP over HTTP. Loaded only where an endpoint is
// set: its packages cost memory that a shop without a collector keeps for itself.
import { randomUUID } from 'node:crypto'
import {
  type Context,
  SpanKind as Kind,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  type SpanExporter,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace'
import type { Logger } from 'pino'
import type { OpenSpan, SpanKind, SpanStart, Tracer } from '#src/lib/trace.ts'

export type Telemetry = {
  readonly endpoint: string
  readonly headers: Readonly<Record<string, string>>
  readonly service_name: string
  /** Of the traces that begin here, this share is kept. */
  readonly share: number
}
export type Telling = {
  readonly part: string
  readonly version: string
  readonly log: Logger
  /** How often spans are sent. */
  readonly every_ms?: number
  /** How long one sending of them may take, with its repeats. */
  readonly export_ms?: number
}
export type Tracing = { readonly tracer: Tracer; close(): Promise<void> }

const kinds: Readonly<Record<SpanKind, Kind>> = {
  internal: Kind.INTERNAL,
  server: Kind.SERVER,
  client: Kind.CLIENT,
  consumer: Kind.CONSUMER,
}
/** More spans than these wait for nobody: the newest are dropped, and no request is slower. */
const queue_max = 8_192
const usual_every_ms = 2_000
const usual_export_ms = 10_000
/** A collector that is away must not keep a process from ending. */
const close_ms = 2_000
const warn_again_ms = 60_000

const form = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-|$)/

/** Null for what is no valid traceparent: W3C says to begin a trace of one's own then. */
export function readTraceparent(text: string): SpanContext | null {
  const [, traceId, spanId, flags] = form.exec(text) ?? []
  if (!traceId || !spanId || text.startsWith('ff') || text.length > 512) return null
  if (text.startsWith('00') && text.length !== 55) return null
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return null
  return { traceId, spanId, traceFlags: Number.parseInt(flags!, 16) & 1, isRemote: true }
}

const writeTraceparent = ({ traceId, spanId, traceFlags }: SpanContext): string =>
  `00-${traceId}-${spanId}-${(traceFlags & 1).toString(16).padStart(2, '0')}`

class Opened implements OpenSpan {
  readonly span: Span
  readonly traceparent: string
  constructor(span: Span) {
    this.span = span
    this.traceparent = writeTraceparent(span.spanContext())
  }
  set(attributes: SpanStart['attributes'] & object): void {
    this.span.setAttributes(attributes)
  }
  fail(reason: string): void {
    this.span.setAttribute('error.type', reason)
    this.span.setStatus({ code: SpanStatusCode.ERROR })
  }
  link(traceparent: string): void {
    const context = readTraceparent(traceparent)
    if (context) this.span.addLink({ context })
  }
  end(): void {
    this.span.end()
  }
}

function contextOf(parent: SpanStart['parent']): Context {
  if (parent instanceof Opened) return trace.setSpan(ROOT_CONTEXT, parent.span)
  const handed_on = typeof parent === 'string' ? readTraceparent(parent) : null
  return handed_on ? trace.setSpanContext(ROOT_CONTEXT, handed_on) : ROOT_CONTEXT
}

/** Says once a minute that spans are lost; whoever waits for an answer never hears of it. */
function telling(exporter: SpanExporter, log: Logger): SpanExporter {
  let warned_at = Number.NEGATIVE_INFINITY
  const warn = (count: number): void => {
    const now = performance.now()
    if (now - warned_at < warn_again_ms) return
    warned_at = now
    log.warn({ count }, 'Traces could not be sent to the collector')
  }
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        if (result.code !== 0) warn(spans.length)
        done(result)
      }),
    forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve(),
    shutdown: () => exporter.shutdown(),
  }
}

export function openTracing(
  { endpoint, headers, service_name, share }: Telemetry,
  { part, version, log, every_ms = usual_every_ms, export_ms = usual_export_ms }: Telling,
): Tracing {
  const exporter = new OTLPTraceExporter({
    url: `${endpoint.replace(/\/$/, '')}/v1/traces`,
    headers: { ...headers },
    timeoutMillis: export_ms,
  })
  const provider = new TracerProvider({
    resource: resourceFromAttributes({
      'service.name': service_name,
      'service.version': version,
      'service.instance.id': randomUUID(),
      'onhand.part': part,
    }),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(share) }),
    spanProcessors: [
      new BatchSpanProcessor({
        exporter: telling(exporter, log),
        maxQueueSize: queue_max,
        scheduledDelayMillis: every_ms,
        exportTimeoutMillis: export_ms,
      }),
    ],
  })
  const tracer = provider.getTracer('onhand', version)
  return {
    tracer: {
      start: ({ name, kind = 'internal', parent, attributes = {}, links = [] }) => {
        const known = links.map(readTraceparent).filter((context) => context !== null)
        const about = {
          kind: kinds[kind],
          attributes,
          links: known.map((context) => ({ context })),
        }
        return new Opened(tracer.startSpan(name, about, contextOf(parent)))
      },
    },
    close: async () => {
      const late = new Promise<void>((resolve) => setTimeout(resolve, close_ms).unref())
      await Promise.race([provider.shutdown().catch(() => {}), late])
    },
  }
}
