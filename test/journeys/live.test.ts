// Staff and the shopper watch an order live, lose the line and take it up where it broke.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertPromises, complete, fillCart, openWorld, until, type World } from '#test/world.ts'
import { type Json, untilOrder } from './steps.ts'

type Heard = { readonly id: string; readonly kind: string; readonly data: Json }
const world = await openWorld()

/** Listens until `enough`, then hangs up. `opened` is called when the line stands. */
async function listen(
  from: World,
  path: string,
  headers: Record<string, string>,
  enough: (heard: readonly Heard[]) => boolean,
  opened: () => void = () => {},
): Promise<Heard[]> {
  const hang_up = new AbortController()
  const patience = setTimeout(() => hang_up.abort(), 40_000)
  const response = await fetch(`${from.url}${path}`, { headers, signal: hang_up.signal })
  assert.equal(response.status, 200)
  assert.match(response.headers.get('content-type') ?? '', /text\/event-stream/)
  opened()
  const heard: Heard[] = []
  let text = ''
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const [, id, kind, json] =
        /^id: (.*)\nevent: (.*)\ndata: (.*)$/.exec(text.slice(0, end)) ?? []
      text = text.slice(end + 2)
      if (id) heard.push({ id, kind: kind!, data: JSON.parse(json!) })
    }
    if (enough(heard)) break
  }
  clearTimeout(patience)
  hang_up.abort()
  return heard
}
const has =
  (kind: string) =>
  (heard: readonly Heard[]): boolean =>
    heard.some((event) => event.kind === kind)

test('an order is followed live by staff and by its buyer, and resumed', async () => {
  const staff = { authorization: `Bearer ${world.keys.secret_key}` }
  const cart = await fillCart(world, [['MUG-BLUE', 1]])
  const line = Promise.withResolvers<void>()
  const stream = '/admin/events/stream'
  const watching = listen(world, stream, staff, has('label.bought'), line.resolve)
  await Promise.race([line.promise, watching])
  const done = await complete(world, cart)
  const { order, token } = done.body
  const seen = (await watching).filter(({ data }) => data.order_id === order.id)
  const kinds = seen.map(({ kind }) => kind)
  for (const kind of ['order.created', 'payment.captured', 'order.placed', 'shipment.planned']) {
    assert(kinds.includes(kind), `${kind} in ${kinds}`)
  }
  assert(seen.every(({ data }) => typeof data.actor === 'string'))

  const path = `/store/orders/${order.id}/events`
  const first = await listen(
    world,
    `${path}?token=${token}&after=0-${order.id}`,
    {},
    has('order.placed'),
  )
  for (const { data } of first)
    assert.deepEqual(Object.keys(data).sort(), ['at', 'kind', 'order_id'])
  const at = first.findIndex(({ kind }) => kind === 'order.placed')
  const last = first[at]!
  const resumed = await listen(
    world,
    path,
    { 'x-order-token': token, 'last-event-id': last.id },
    has('label.bought'),
  )
  const before = new Set(first.slice(0, at + 1).map(({ id }) => id))
  assert(!resumed.some(({ id }) => before.has(id)))
  assert(has('label.bought')(resumed))

  const denied = await fetch(`${world.url}${path}?token=${token.slice(0, -2)}xx`)
  assert.equal(denied.status, 403)
  const bad = await fetch(`${world.url}${path}?token=${token}&after=nonsense`)
  assert.equal(bad.status, 400)
})

test('the order page shows state, tracking and invoice to whoever has the link', async () => {
  const done = await complete(world, await fillCart(world, [['LAMP-DESK', 1]]))
  const { order, page_url, token } = done.body
  const labeled = await untilOrder(world, order.id, 'label and invoice', (one) => {
    return one.shipments[0]?.label_id && one.invoices[0]?.has_pdf
  })
  const code = labeled.shipments[0].tracking_code
  world.simulators.easypost.advance(code, 'in_transit')
  const page = await until('the scan on the page', async () => {
    const response = await fetch(page_url)
    assert.equal(response.status, 200)
    const html = await response.text()
    return html.includes(code) && /transit|way/i.test(html) && html
  })
  assert(page.includes(order.number))
  assert(page.includes('LAMP-DESK'))
  const pdf = await fetch(
    `${world.url}/store/orders/${order.id}/invoices/${labeled.invoices[0].id}/pdf?token=${token}`,
  )
  assert.equal(pdf.headers.get('content-type'), 'application/pdf')
  assert.equal((await fetch(`${page_url}x`)).status, 404)
  await assertPromises(world)
})
