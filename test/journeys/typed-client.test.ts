// The typed client at a real shop: files, bytes, streams and customers, and answers of others.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { createClient, NoAnswer, Problem } from '#src/client/client.ts'
import { sha256 } from '#src/lib/signature.ts'
import { signToken } from '#src/lib/tokens.ts'
import { testSecret } from '#test/app.ts'
import { makeCustomer } from '#test/customers.ts'
import { complete, fillCart, openWorld, until } from '#test/world.ts'
import { untilOrder } from './steps.ts'

const world = await openWorld()
const { url } = world
const staff = createClient({ url, key: world.keys.secret_key })
const shop = createClient({ url, key: world.keys.keys.web })

async function upload(media_type: string, ...parts: (Uint8Array<ArrayBuffer> | Blob)[]) {
  const about = { name: `sold.${media_type.split('/')[1]}`, media_type }
  const made = await staff.post('/admin/digital-files', { body: about })
  const { id } = made.body
  for (const [n, body] of parts.entries()) {
    const params = { id, n: String(n) }
    const put = await staff.put('/admin/digital-files/:id/parts/:n', { params, body })
    assert.deepEqual([put.status, put.body], [204, null])
  }
  return (await staff.put('/admin/digital-files/:id/complete', { params: { id }, body: {} })).body
}

async function buy(sku: string) {
  const done = await complete(world, await fillCart(world, [[sku, 1]]))
  assert.equal(done.status, 201, JSON.stringify(done.body))
  const { id } = done.body.order
  return { id, order_token: signToken(testSecret, 'order', id) }
}

test('exports are files, and an own part of a sold file arrives byte by byte', async () => {
  const { body: products } = await staff.get('/admin/exports/products')
  assert(products instanceof Blob)
  assert.match(await products.text(), /^Handle,Title,[\s\S]*MUG-BLUE/)
  const parts = [randomBytes(70_000), randomBytes(5_000)]
  const file = await upload('audio/mpeg', parts[0]!, new Blob([parts[1]!]))
  const hash = sha256(Buffer.concat(parts)).toString('hex')
  assert.deepEqual([file.bytes, file.sha256], [75_000, hash])
  const { body: audit, headers } = await staff.get('/admin/exports/audit')
  assert.match(headers.get('content-type')!, /ndjson/)
  for (const line of (await audit.text()).trimEnd().split('\n')) JSON.parse(line)
})

test('a file that is sold is a file, also where it is JSON itself', async () => {
  const text = '{"not":"an answer"}'
  const file = await upload('application/json', new TextEncoder().encode(text))
  const params = { id: world.variants.get('TEA-EARL-GREY')! }
  await staff.put('/admin/variants/:id/files', { params, body: { file_ids: [file.id] } })
  const { id, order_token } = await buy('TEA-EARL-GREY')
  const path = await until('a link', async () => {
    const { body } = await shop.get('/store/orders/:id/downloads', { params: { id }, order_token })
    return body.items[0]?.path
  })
  const token = path.split('/').at(-1)!
  const { body } = await shop.get('/store/downloads/:token', { params: { token } })
  assert(body instanceof Blob)
  assert.equal(await body.text(), text)
})

test('an invoice is a PDF, a label too, a mail is a page', async () => {
  const { id, order_token } = await buy('MUG-BLUE')
  const order = await untilOrder(
    world,
    id,
    'an invoice and a label',
    ({ invoices, shipments }) => invoices[0]?.has_pdf && shipments[0]?.label_id,
  )
  const invoice_id = order.invoices[0].id
  const at = '/store/orders/:id/invoices/:invoice_id/pdf'
  const { body: own } = await shop.get(at, { params: { id, invoice_id }, order_token })
  const asked = { params: { id: invoice_id } }
  const { body: seen } = await staff.get('/admin/invoices/:id/pdf', asked)
  const parcel = { params: { id: order.shipments[0].id } }
  const { body: label } = await staff.get('/admin/shipments/:id/label', parcel)
  for (const pdf of [own, seen, label]) {
    assert.deepEqual([pdf.type, (await pdf.text()).slice(0, 5)], ['application/pdf', '%PDF-'])
  }
  const mail = await until('a mail', async () => {
    const { body } = await staff.get('/admin/messages', { query: { order_id: id } })
    return body.items[0]
  })
  const page = await staff.get('/admin/messages/:id/html', { params: { id: mail.id } })
  assert.match(await page.body.text(), /^<!doctype html>/i)
})

test('events are a stream that goes on past the time that an answer has', async () => {
  const patient = createClient({ url, key: world.keys.secret_key, timeout_ms: 500 })
  const hang_up = new AbortController()
  const { body } = await patient.get('/admin/events/stream', { signal: hang_up.signal })
  const opened_at = performance.now()
  await until('the time of an answer is over', async () => performance.now() - opened_at > 700)
  const { id } = await buy('MUG-BLUE')
  let heard = ''
  const text = new TextDecoder()
  for await (const bytes of body) {
    heard += text.decode(bytes, { stream: true })
    if (heard.includes('event: order.placed') && heard.includes(id)) break
  }
  hang_up.abort()
})

test('a customer says who they are by their token', async () => {
  const { token: customer_token, email } = await makeCustomer(world, 'typed@example.com')
  assert.equal((await shop.get('/store/customers/me', { customer_token })).body.email, email)
  const { body } = await shop.get('/store/customers/me/export', { customer_token })
  assert(JSON.stringify(body).includes(email), JSON.stringify(body))
  const nobody = shop.get('/store/customers/me', { customer_token: 'nobody' })
  await assert.rejects(nobody, (error) => error instanceof Problem && error.status === 401)
})

const by = (type: string, body: string | ReadableStream) => () =>
  new Response(body, { headers: { 'content-type': type } })
const cut = () =>
  new ReadableStream({
    start: (stream) => stream.error(new TypeError('the line is cut')),
  })
for (const [what, answer] of [
  ['JSON that ends early', by('application/json', '{"items":[')],
  ['the page of a proxy', by('text/html', '<!doctype html>Please sign in')],
  ['a line that is cut', () => by('application/json', cut())()],
] as const) {
  test(`${what} is no answer`, async () => {
    const client = createClient({ url, key: null, fetch: async () => answer() })
    const asked = client.post('/store/carts', { body: {}, idempotency_key: 'the same again' })
    await assert.rejects(
      asked,
      (error) => error instanceof NoAnswer && error.idempotency_key === 'the same again',
    )
  })
}

test('a refusal whose words are cut is a refusal all the same', async () => {
  const fetch = async () => new Response(cut(), { status: 400 })
  const asked = createClient({ url, key: null, fetch }).get('/store/products')
  await assert.rejects(asked, (error) => error instanceof Problem && error.status === 400)
})

test('a POST is repeated where the server does the same key once, and no other is', async () => {
  let sent = 0
  const fetch = async () => {
    sent += 1
    return new Response('{}', { status: 503, headers: { 'retry-after': '0.001' } })
  }
  const client = createClient({ url, key: null, fetch })
  const countOf = async (act: () => Promise<unknown>): Promise<number> => {
    sent = 0
    await assert.rejects(act(), Problem)
    return sent
  }
  const reset = { body: { email: 'ada@example.com' } }
  assert.equal(await countOf(() => client.post('/store/password-resets', reset)), 1)
  const body = { name: 'Half', is_automatic: true, effect: { kind: 'free_shipping' } } as const
  assert.equal(await countOf(() => client.post('/admin/promotions', { body })), 3)
  const keyed = { ...reset, idempotency_key: 'mine' }
  assert.equal(await countOf(() => client.post('/store/password-resets', keyed)), 3)
  assert.equal(await countOf(() => client.get('/store/products')), 3)
})
