// One trace from the click on Pay to the label, across web server, provider, webhook and worker;
// and nothing of it where nobody asked for traces.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import path from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { openTracing, readTraceparent } from '#src/app/otlp.ts'
import { readConfig } from '#src/app/settings.ts'
import { createLog } from '#src/lib/log.ts'
import { pathShape, useTracer } from '#src/lib/trace.ts'
import { atEnd } from '#test/cleanup.ts'
import { openCollector, type Span } from '#test/collector.ts'
import { openPostOffice } from '#test/hostile/post-office.ts'
import {
  admin,
  ask,
  assertPromises,
  complete,
  type FilledCart,
  fillCart,
  openWorld,
  until,
} from '#test/world.ts'
import { untilOrder } from './steps.ts'

const collector = await openCollector()
const logged: string[] = []
const log = createLog({
  level: 'warn',
  part: 'test',
  destination: { write: (line) => void logged.push(line) },
})
const telemetry = { headers: { 'x-collector': 'key' }, service_name: 'test shop', share: 1 }
const open = (endpoint: string, share = 1) => {
  const about = { ...telemetry, endpoint, share }
  const { tracer, close } = openTracing(about, {
    part: 'test',
    version: '1',
    log,
    every_ms: 50,
    export_ms: 500,
  })
  useTracer(tracer)
  return close
}
const close = open(collector.url)
atEnd(async () => {
  useTracer(null)
  await close()
})
const { office, mailer } = await openPostOffice()
const world = await openWorld({ mailer })
const { stripe } = world.simulators

const click = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
const [, click_trace, click_span] = click.split('-') as [string, string, string, string]

async function pay(cart: FilledCart, traceparent: string) {
  const response = await fetch(`${world.url}/store/carts/${cart.id}/complete`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${world.keys.keys.web}`,
      'content-type': 'application/json',
      'idempotency-key': `click-${traceparent}`,
      'x-cart-token': cart.token,
      traceparent,
    },
    body: JSON.stringify({
      expected_total: cart.cart.total,
      payment: { provider: 'stripe', token: 'pm_card_visa' },
    }),
  })
  return (await response.json()) as { order: { id: string } }
}

const has = (spans: ReadonlyMap<string, Span>, name: string): Span => {
  const span = spans.get(name)
  assert(span, `no span ${name} among: ${[...spans.keys()].join(', ')}`)
  return span
}

const label_call = 'POST /v2/shipments/{id}/buy'

test('the click, the provider, the invoice, the mail and the label are one trace', async () => {
  const { order } = await pay(await fillCart(world), click)
  await untilOrder(world, order.id, 'a label', (o) => o.shipments[0]?.label_id)
  const spans = await until('all of the trace', async () => {
    const found = collector.of(click_trace)
    const ends = ['effect label', 'effect invoice_pdf', 'effect message_receipt', 'effect fulfill']
    return ends.every((name) => found.has(name)) && found
  })
  const parentOf = (name: string): Span | undefined =>
    [...spans.values()].find(({ spanId }) => spanId === has(spans, name).parentSpanId)

  const clicked = has(spans, 'POST /store/carts/:id/complete')
  assert.equal(clicked.parentSpanId, click_span)
  assert.equal(clicked.attributes['http.response.status_code'], '201')
  assert.equal(clicked.service, 'test shop')
  assert.equal(parentOf('POST /v1/payment_intents'), clicked)
  assert.equal(parentOf('intend'), clicked)
  assert.equal(parentOf('transaction: intend')?.name, 'intend')
  assert.equal(parentOf('transaction: record')?.name, 'record')
  for (const name of [
    'payment captured',
    'effect invoice',
    'effect invoice_pdf',
    'effect fulfill',
  ]) {
    assert.equal(parentOf(name), clicked, name)
  }
  assert.equal(parentOf('effect label')?.name, 'effect fulfill')
  assert.equal(parentOf(label_call)?.name, 'effect label')
  const mailed = [...spans.values()].find(({ name }) => name.startsWith('mail '))
  assert.match(
    [...spans.values()].find(({ spanId }) => spanId === mailed?.parentSpanId)?.name ?? '',
    /^effect message_/,
  )
  for (const { attributes, name } of spans.values()) {
    if (name.startsWith('effect ')) assert.equal(attributes['onhand.order_id'], order.id, name)
  }
})

test('the webhook and the lookup of a lost answer stand in the trace of the click', async () => {
  const second = '00-aaaabbbbccccddddeeeeffff00001111-00f067aa0ba902b7-01'
  Object.assign(stripe.faults, { only: 'POST /v1/payment_intents', lose_answers: 1 })
  Object.assign(stripe.faults, { webhook_drop: 1_000 })
  const lost = await pay(await fillCart(world), second)
  await untilOrder(world, lost.order.id, 'the lookup', (o) => o.payment_state === 'captured')
  Object.assign(stripe.faults, { only: '', webhook_drop: 0 })
  const looked = await until('the lookup', async () => {
    const found = collector.of('aaaabbbbccccddddeeeeffff00001111')
    return found.has('payment captured') && found.has('payment lookup') && found
  })
  const clicked = has(looked, 'POST /store/carts/:id/complete')
  assert.equal(has(looked, 'payment lookup').parentSpanId, clicked.spanId)
  assert.equal(has(looked, 'payment captured').parentSpanId, clicked.spanId)
  assert.equal(has(looked, 'payment captured').attributes['onhand.source'], 'lookup')

  const third = '00-22223333444455556666777788889999-00f067aa0ba902b7-01'
  Object.assign(stripe.faults, { only: 'POST /v1/payment_intents', lose_answers: 1_000 })
  await pay(await fillCart(world), third)
  const heard = await until('the webhook', async () => {
    const found = collector.of('22223333444455556666777788889999')
    const captured = found.get('payment captured')
    return captured?.attributes['onhand.source'] === 'provider:stripe' && captured
  })
  Object.assign(stripe.faults, { only: '', lose_answers: 0 })
  // The webhook is a request of the provider, with a trace of its own, to which a link leads.
  const linked = (heard.links ?? []).map(({ traceId }) => traceId)
  await until('the request of the provider', async () =>
    collector.spans().some(({ name, traceId }) => name === 'hear' && linked.includes(traceId)),
  )
})

test('what many orders share is told in each of their traces', async () => {
  const carts = await Promise.all(Array.from({ length: 6 }, () => fillCart(world)))
  const traces = carts.map((_, n) => `${n}`.repeat(32).replaceAll('0', 'a'))
  await Promise.all(carts.map((cart, n) => pay(cart, `00-${traces[n]}-00f067aa0ba902b7-01`)))
  const names = ['intend', 'record', 'payment captured', 'effect label', label_call]
  for (const trace of traces) {
    await until(`the trace ${trace}`, async () => {
      const found = collector.of(trace)
      return names.every((name) => found.has(name))
    })
    const spans = collector.of(trace)
    const clicked = has(spans, 'POST /store/carts/:id/complete')
    assert.equal(has(spans, 'effect fulfill').parentSpanId, clicked.spanId)
  }
})

test('a trace that the caller does not keep is kept by nobody', async () => {
  const unkept = '00-99998888777766665555444433332222-00f067aa0ba902b7-00'
  const { order } = await pay(await fillCart(world), unkept)
  await untilOrder(world, order.id, 'a label', (o) => o.shipments[0]?.label_id)
  await fillCart(world)
  assert.equal(collector.of('99998888777766665555444433332222').size, 0)
})

test('a refusal is told by its code, and is no failure', async () => {
  const refused = await ask(world, 'GET', '/store/carts/0192aaaa-0000-7000-8000-000000000000')
  assert.equal(refused.status, 401)
  const span = await until('the refusal', async () =>
    collector.spans().find(({ attributes }) => attributes['onhand.refusal'] === refused.body.code),
  )
  assert.notEqual(span.status?.code, 2)
})

test('no span holds what a person has typed, a token or a key', async () => {
  assert(office.mails.length > 0, 'no mail was sent')
  const all = JSON.stringify(collector.receiver.got.map(({ json }) => json))
  const secrets = [
    'ada@example.com',
    'Muster',
    '"10115"',
    'Berlin',
    world.keys.secret_key,
    'select',
  ]
  for (const text of [...secrets, world.keys.keys.web, 'sk_', 'pm_card', 'c.0']) {
    assert(!all.includes(text), `a span holds ${text}`)
  }
  const header = collector.receiver.got[0]!.headers['x-collector']
  assert.equal(header, 'key')
})

test('a collector that is away harms no order, and is told of once a minute', async () => {
  const away = open('http://127.0.0.1:9')
  for (let n = 0; n < 3; n++) {
    const done = await complete(world, await fillCart(world))
    assert.equal(done.status, 201, JSON.stringify(done.body))
  }
  const lines = await until('the warning', async () => {
    const found = logged.filter((line) => line.includes('Traces could not be sent'))
    return found.length > 0 && found
  })
  assert.equal(lines.length, 1)
  const from = performance.now()
  await away()
  assert(performance.now() - from < 4_000, 'a process waits for its collector')
  useTracer(null)
  const after = await complete(world, await fillCart(world))
  assert.equal(after.status, 201)
  const { rows } = await world.db.query(
    `select (select count(*) from effect where traceparent is not null and order_id = $1)::int
       + (select count(*) from payment_attempt
          where traceparent is not null and order_id = $1)::int as traced`,
    [after.body.order.id],
  )
  assert.deepEqual(rows, [{ traced: 0 }])
  const { body } = await admin(world, 'GET', `/admin/orders/${after.body.order.id}`)
  assert.equal(body.payment_state, 'captured')
  await assertPromises(world)
})

test('the settings are those of OpenTelemetry, and a bad one is refused by its name', () => {
  assert.equal(readConfig({}).telemetry, null)
  const set = {
    OTEL_EXPORTER_OTLP_ENDPOINT: 'https://collector.example.com/otlp',
    OTEL_EXPORTER_OTLP_HEADERS: 'api-key=a%20b%3D, x-team = shop',
    OTEL_TRACES_SAMPLER_ARG: '0.05',
  }
  assert.deepEqual(readConfig(set).telemetry, {
    endpoint: 'https://collector.example.com/otlp',
    headers: { 'api-key': 'a b=', 'x-team': 'shop' },
    service_name: 'onhand',
    share: 0.05,
  })
  const bad = [
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector:4318'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'https://user:secret@collector.example.com'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'api-key'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'api-key=%zz'],
    ['OTEL_TRACES_SAMPLER_ARG', '1.5'],
    ['OTEL_TRACES_SAMPLER_ARG', 'half'],
  ] as const
  for (const [name, value] of bad) {
    assert.throws(
      () => readConfig({ ...set, [name]: value }),
      ({ message }: Error) => message.includes(name) && !message.includes('secret'),
      `${name}=${value}`,
    )
  }
})

test('of the traces that begin here only the wanted share is kept', async () => {
  const kept = new Set(collector.spans().map(({ traceId }) => traceId)).size
  const none = open(collector.url, 0)
  for (let n = 0; n < 5; n++) await fillCart(world)
  await none()
  useTracer(null)
  assert.equal(new Set(collector.spans().map(({ traceId }) => traceId)).size, kept)
})

test('only a valid traceparent is gone on with', () => {
  const [trace, span] = [click_trace, click_span]
  assert.deepEqual(readTraceparent(click), {
    traceId: trace,
    spanId: span,
    traceFlags: 1,
    isRemote: true,
  })
  assert.equal(readTraceparent(`cc-${trace}-${span}-01-what-will-be`)?.traceId, trace)
  const wrong = [
    '',
    `00-${trace}-${span}-01-more`,
    `ff-${trace}-${span}-01`,
    `00-${'0'.repeat(32)}-${span}-01`,
    `00-${trace}-${'0'.repeat(16)}-01`,
    `00-${trace.toUpperCase()}-${span}-01`,
    `00-${trace}-${span}`,
  ]
  for (const text of wrong) assert.equal(readTraceparent(text), null, text)
})

test('an address is told by its shape', () => {
  const shapes = [
    ['/v1/payment_intents/pi_3abc/confirm', '/v1/payment_intents/{id}/confirm'],
    ['/v2/shipments/shp_12/buy', '/v2/shipments/{id}/buy'],
    ['/v1/orders/order_AbcDefGhi/payments', '/v1/orders/{id}/payments'],
    ['/', '/'],
  ] as const
  for (const [address, shape] of shapes) assert.equal(pathShape(address), shape)
})

test('without an endpoint nothing of it is loaded', async () => {
  const src = path.resolve(import.meta.dirname, '../../src')
  const program = `
    import { registerHooks } from 'node:module'
    let loaded = 0
    registerHooks({ load: (url, context, next) => {
      if (/@opentelemetry\\/(sdk|exporter|otlp|resources|core)/.test(url)) loaded += 1
      return next(url, context)
    } })
    const names = ['start', 'parts', 'routes', 'worker', 'tasks', 'compose', 'simulators']
    for (const name of names) await import('${src}/app/' + name + '.ts')
    await import('${src}/http/server.ts')
    await import('${src}/onhand.ts')
    const before = loaded
    await import('${src}/app/otlp.ts')
    console.log(JSON.stringify([before, loaded > 0]))
    process.exit(0)`
  const words = ['--input-type=module', '--disable-warning=ExperimentalWarning', '-e', program]
  const { stdout } = await promisify(execFile)(process.execPath, words, { cwd: src })
  assert.deepEqual(JSON.parse(stdout), [0, true])
})
