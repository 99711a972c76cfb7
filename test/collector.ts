// A collector of traces, as OpenTelemetry describes one: it takes OTLP as JSON, and this one
// remembers every span.
import assert from 'node:assert/strict'
import { openReceiver, type Receiver } from './receiver.ts'

type Value = {
  readonly stringValue?: string
  readonly intValue?: number | string
  readonly boolValue?: boolean
}
type Attribute = { readonly key: string; readonly value: Value }
type Sent = {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly kind: number
  readonly attributes?: readonly Attribute[]
  readonly links?: readonly { readonly traceId: string; readonly spanId: string }[]
  readonly status?: { readonly code?: number }
}
export type Span = Omit<Sent, 'attributes'> & {
  readonly attributes: Readonly<Record<string, string>>
  readonly service: string
}
export type Collector = {
  readonly url: string
  readonly receiver: Receiver
  /** All spans that have arrived. */
  spans(): readonly Span[]
  /** Those of one trace, by name. */
  of(trace_id: string): ReadonlyMap<string, Span>
}

const readAttributes = (given: readonly Attribute[] = []): Record<string, string> =>
  Object.fromEntries(given.map(({ key, value }) => [key, String(Object.values(value)[0])]))

export async function openCollector(): Promise<Collector> {
  const receiver = await openReceiver()
  receiver.answer = () => ({
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: '{}',
  })
  const spans = (): Span[] =>
    receiver.got.flatMap(({ path, json }) => {
      assert.equal(path, '/v1/traces')
      return json.resourceSpans.flatMap(
        ({ resource, scopeSpans }: { resource: { attributes: Attribute[] }; scopeSpans: [] }) =>
          scopeSpans.flatMap(({ spans: sent }: { spans: Sent[] }) =>
            sent.map((span) => ({
              ...span,
              attributes: readAttributes(span.attributes),
              service: readAttributes(resource.attributes)['service.name'],
            })),
          ),
      )
    })
  return {
    url: receiver.url,
    receiver,
    spans,
    of: (trace_id) =>
      new Map(
        spans()
          .filter(({ traceId }) => traceId === trace_id)
          .map((span) => [span.name, span]),
      ),
  }
}
