// The server asks only its providers. Whatever address somebody writes into whatever field, by the
// API, in a file or in a header, nobody calls there: not the web server, not the worker.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import type { Schema } from '#src/http/schema.ts'
import { systemClock } from '#src/lib/clock.ts'
import { sha256 } from '#src/lib/signature.ts'
import { importProducts } from '#src/offers/import-products.ts'
import { atEnd } from '#test/cleanup.ts'
import { type Json, untilMessages } from '#test/journeys/steps.ts'
import { admin, ask, complete, fillCart, german_address, openWorld, until } from '#test/world.ts'
import { assertTold, attack, behind_proxy, fillShop, idsFor, inTurns, readIds } from './attacker.ts'
import { nobody, type Operation, readOperations } from './document.ts'
import { placesOf } from './places.ts'
import { openPostOffice } from './post-office.ts'
import {
  easypostRefund,
  easypostTracker,
  razorpayEvents,
  signers,
  stripeDispute,
  stripeIntent,
  stripeRefund,
} from './provider-events.ts'
import { fittingValue, placesIn } from './values.ts'

// Somebody listens, and notes who calls: by HTTP, and by anything else that connects.
const calls: string[] = []
let connections = 0
const canary = createServer((request, response) => {
  calls.push(`${request.method} ${request.url}`)
  response.end('a canary')
})
canary.on('connection', () => {
  connections += 1
})
canary.listen(0, '127.0.0.1')
await once(canary, 'listening')
atEnd(() => canary.close())
const there = `http://127.0.0.1:${(canary.address() as AddressInfo).port}`

const { office: post_office, mailer } = await openPostOffice()
const world = await openWorld({ mailer, ...behind_proxy })
await fillShop(world)
const operations = await readOperations(world.url)
const ids = await readIds(world)

async function assertNotCalled(what: string): Promise<void> {
  await until('the worker has done everything', async () => {
    const { rows } = await world.db.query<{ open: number }>(
      `select count(*)::int as open from effect
       where state not in ('done', 'dismissed') and tries = 0`,
    )
    return rows[0]!.open === 0
  })
  assert.deepEqual([calls, connections], [[], 0], what)
}

/** The fields of bodies that hold an address, by what they are called. */
const url_fields = new Set([
  'POST /admin/products media.url',
  'POST /admin/products variants.image_url',
  'PUT /admin/products/{id}/media media.url',
  'POST /admin/products/{id}/variants variants.image_url',
  'PATCH /admin/variants/{id} image_url',
  'POST /admin/channels storefront_url',
  'PATCH /admin/channels/{id} storefront_url',
  'POST /admin/webhook-endpoints url',
  'PATCH /admin/webhook-endpoints/{id} url',
])
/** They only sound like it: one of a few words. */
const words_only = new Set(['GET /admin/orders ?origin'])
const url_like = /ur[li]s?$|href|link|webhook|callback|redirect|endpoint|host|domain|origin$|src$/i

function fieldsOf(schema: Schema, path: readonly string[] = []): string[] {
  const inner = [...(schema.anyOf ?? []), ...(schema.items ? [schema.items] : [])]
  const named = Object.entries(schema.properties ?? {})
  return [
    ...(inner.length === 0 && named.length === 0 ? [path.join('.')] : []),
    ...inner.flatMap((one) => fieldsOf(one, path)),
    ...named.flatMap(([name, one]) => fieldsOf(one, [...path, name])),
  ]
}

test('the fields that take an address are the ones that are attacked here, and no other', () => {
  const found = operations.flatMap(({ name, body, in_query }) => [
    ...(body ? fieldsOf(body) : [])
      .filter((field) => url_like.test(field.split('.').at(-1)!))
      .map((field) => `${name} ${field}`),
    ...in_query
      .filter((one) => url_like.test(one.name))
      .map((one) => `${name} ?${one.name}`)
      .filter((one) => !words_only.has(one)),
  ])
  assert.deepEqual([...new Set(found)].sort(), [...url_fields].sort())
})

const valuesFor = (operation: Operation): Record<string, string> =>
  Object.fromEntries(
    Object.entries(idsFor(operation, ids)).map(([name, some]) => [name, some[0] ?? nobody]),
  )

test('an address in every text of every body: nobody calls there', async () => {
  let tried = 0
  for (const operation of operations) {
    const { body } = operation
    if (!body || operation.takes_bytes || operation.path.includes('/message-templates/')) continue
    const places = placesOf(body, fittingValue(body), (value) => value)
    await inTurns(places, async (put) => {
      const text = JSON.stringify(put(`${there}/api`))
      assertTold(await attack(world, operation, { values: valuesFor(operation), text }), text)
      tried += 1
    })
  }
  assert(tried > 100, `${tried}`)
  await assertNotCalled('texts of bodies')
})

test('addresses of pictures and of the shop, where they are taken: nobody calls there', async () => {
  const { items } = (await admin(world, 'GET', '/admin/products')).body
  const [product] = items
  const { body: detail } = await admin(world, 'GET', `/admin/products/${product.id}`)
  const media = [{ url: `${there}/media.png` }, { url: `${there}/media.svg`, alt: 'a' }]
  const answers = [
    await admin(world, 'PUT', `/admin/products/${product.id}/media`, { media }),
    await admin(world, 'PATCH', `/admin/products/${product.id}`, {
      description: `<img src="${there}/img"><a href="${there}/a">a</a><p>${there}</p>`,
    }),
    await admin(world, 'PATCH', `/admin/channels/${world.frame.web}`, { storefront_url: there }),
    await admin(world, 'POST', '/admin/products', {
      title: 'Canary',
      variants: [{ sku: 'CANARY', image_url: `${there}/media.png` }],
      media: [{ url: `${there}/media.png` }],
    }),
  ]
  for (const { status, body } of answers) assert(status < 300, JSON.stringify(body))
  assert.equal(typeof detail.title, 'string')
  for (const path of ['/store/products', '/store/products/canary', '/store/shop']) {
    await ask(world, 'GET', path)
  }
  await assertNotCalled('pictures')
})

test('a file of goods with addresses in it: nobody calls there, and scripts are left out', async () => {
  const head =
    'Handle,Title,Published,Option1 Name,Option1 Value,Variant SKU,Variant Grams,' +
    'Variant Inventory Qty,Variant Inventory Policy,Variant Price,Variant Requires Shipping,' +
    'Variant Taxable,Status,Body (HTML),Vendor,Image Src,Variant Image'
  const row = (sku: string, image: string): string =>
    `${sku},${sku},true,Title,Default Title,${sku},350,5,deny,9.90,true,true,active,` +
    `"<img src=""${there}/body"">",${there}/vendor,"${image}","${image}"`
  const rows = [
    row('good', `${there}/image.png`),
    row('script', 'javascript:alert(1)'),
    row('data', 'data:text/html,hello'),
    row('file', 'file:///etc/passwd'),
    row('user', 'http://user:password@127.0.0.1/a.png'),
  ]
  const bytes = Buffer.from(`${[head, ...rows].join('\n')}\n`)
  const summary = await importProducts(world.db, Readable.from([bytes]), {
    file_name: `${there}/goods.csv`,
    file_hash: sha256(bytes).toString('hex'),
    target: {
      channel_id: world.frame.web,
      location_id: world.frame.berlin,
      price_list_id: world.frame.eur_list,
      currency: 'EUR',
    } as Json,
    clock: systemClock,
  })
  assert(summary.refusals.length > 0)
  const { rows: stored } = await world.db.query<{ url: string }>('select url from media')
  assert(stored.some(({ url }) => url === `${there}/image.png`))
  for (const { url } of stored) assert.match(url, /^(https?:\/\/(?!\w+:\w+@)|\/media\/)/i)
  await ask(world, 'GET', '/store/products/good')
  await assertNotCalled('the file')
})

test('an address in every text that a provider has signed: nobody calls there', async () => {
  const hook = operations.find(({ path }) => path === '/hooks/{plugin}')!
  const { rows } = await world.db.query<{ provider: string; reference: string; id: string }>(
    'select provider, reference, id from payment_attempt where reference is not null limit 1',
  )
  const { reference, id } = rows[0]!
  const told = [
    stripeIntent(reference, id, 1, { next_action: { redirect_to_url: { url: there } } }),
    stripeRefund(reference, 1),
    stripeDispute(reference),
    ...razorpayEvents('order_Wild0001', id, 100),
    easypostTracker('EZ1000000001', { public_url: there, label_url: there }),
    easypostRefund('shp_wild'),
  ]
  for (const { provider, body } of told) {
    await inTurns([...placesIn(body)], async ({ put }) => {
      const text = JSON.stringify(put(`${there}/hook`))
      const headers = signers[provider]!(text)
      const answer = await attack(world, hook, { values: { plugin: provider }, text, headers })
      assertTold(answer, text)
    })
  }
  await assertNotCalled('webhooks of providers')
})

test('an address in a file that is sold, and in its name: nobody calls there', async () => {
  const about = { name: `${there}/name`, media_type: 'text/html' }
  const { body: file } = await admin(world, 'POST', '/admin/digital-files', about)
  const part = operations.find(({ path }) => path === '/admin/digital-files/{id}/parts/{n}')!
  const text = `<link rel="stylesheet" href="${there}/file.css"><img src="${there}/file.png">`
  const { status } = await attack(world, part, { values: { id: file.id, n: '0' }, text })
  assert.equal(status, 204)
  const closed = await admin(world, 'PUT', `/admin/digital-files/${file.id}/complete`, {})
  assert.equal(closed.status, 200)
  await assertNotCalled('files that are sold')
})

const schemes = [
  'javascript:alert(1)',
  'JaVaScRiPt:alert(1)',
  ' javascript:alert(1)',
  '\tjavascript:alert(1)',
  'java\nscript:alert(1)',
  '\u0001javascript:alert(1)',
  'data:text/html,<script>alert(1)</script>',
  'vbscript:x',
  'file:///etc/passwd',
  'ftp://shop.example/a.png',
  'gopher://127.0.0.1/',
  'blob:https://shop.example/a',
  '//shop.example/a.png',
  '\\\\shop.example\\a.png',
  '/etc/passwd',
  '/media/../../etc/passwd',
  'https:',
  'https://',
  'https://user@shop.example/a.png',
  'https://user:password@shop.example/a.png',
  'https://:password@shop.example/a.png',
  'https:shop.example/a.png',
  'https://shop.example/\r\nx-injected: yes',
  'http://[::1',
  'http://a b/',
  'x',
] as const

test('what is no plain web address is refused in every field that takes one', async () => {
  const taken: string[] = []
  for (const name of url_fields) {
    const [method, path, field] = name.split(' ')
    const operation = operations.find((one) => one.name === `${method} ${path}`)!
    for (const url of schemes) {
      const text = JSON.stringify(bodyWith(operation, field!.split('.'), url))
      const answer = await attack(world, operation, { values: valuesFor(operation), text })
      assertTold(answer, `${name} ${url}`)
      if (answer.status < 400) taken.push(`${name} ${JSON.stringify(url)}`)
    }
    // A plain one in capitals is as good.
    const text = JSON.stringify(bodyWith(operation, field!.split('.'), 'HTTPS://SHOP.EXAMPLE/A'))
    assertTold(await attack(world, operation, { values: valuesFor(operation), text }), name)
  }
  assert.deepEqual(taken, [])
})

/** A body that lacks nothing, with this address in that field. */
function bodyWith({ body }: Operation, path: readonly string[], url: string): unknown {
  const fill = (schema: Schema, [first, ...rest]: readonly string[]): unknown => {
    if (schema.items) return [fill(schema.items, [first!, ...rest])]
    if (first === undefined) return url
    const whole = fittingValue(schema) as object
    return { ...whole, [first]: fill(schema.properties![first]!, rest) }
  }
  return fill(body!, path)
}

test('headers that name another place are not believed: no link leads there', async () => {
  const cart = await fillCart(world)
  const { hostname, port } = new URL(there)
  const lies = {
    'x-forwarded-host': `${hostname}:${port}`,
    'x-forwarded-proto': 'http',
    'x-host': `${hostname}:${port}`,
    forwarded: `host=${hostname}:${port}`,
    referer: `${there}/`,
    origin: there,
    'x-original-url': `${there}/`,
  }
  const answer = await fetch(`${world.url}/store/carts/${cart.id}`, {
    method: 'PATCH',
    headers: {
      authorization: `Bearer ${world.keys.keys.web}`,
      'content-type': 'application/json',
      'x-cart-token': cart.token,
      ...lies,
    },
    body: JSON.stringify({ shipping_address: { ...german_address, company: there } }),
  })
  assert.equal(answer.status, 200)
  await answer.text()
  const paid = await fetch(`${world.url}/store/carts/${cart.id}/complete`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${world.keys.keys.web}`,
      'content-type': 'application/json',
      'x-cart-token': cart.token,
      'idempotency-key': 'a-key-of-this-test',
      ...lies,
    },
    body: JSON.stringify({
      expected_total: cart.cart.total,
      payment: { provider: 'stripe', token: 'pm_card_visa' },
    }),
  })
  const told = (await paid.json()) as Json
  assert.equal(paid.status, 201, JSON.stringify(told))
  assert(told.page_url.startsWith(`${world.url}/o/`), told.page_url)
  await untilMessages(world, told.order.id, ['confirmation', 'receipt'])
  await assertNotCalled('headers')
})

test('templates and pages with addresses in them, made and sent: nobody calls there', async () => {
  const path = '/admin/message-templates/confirmation/en'
  const mjml = `<mjml>
    <mj-head>
      <mj-font name="Canary" href="${there}/font.css" />
      <mj-style inline="inline">@import url("${there}/style.css");</mj-style>
      <mj-raw><link rel="stylesheet" href="${there}/link.css"></mj-raw>
    </mj-head>
    <mj-body><mj-section background-url="${there}/background.png"><mj-column>
      <mj-image src="${there}/image.png" />
      <mj-include path="${there}/include.mjml" />
      <mj-text><img src="${there}/img.png">Order {{ order.number }}</mj-text>
    </mj-column></mj-section></mj-body>
  </mjml>`
  const saved = await admin(world, 'PUT', path, {
    subject: there,
    mjml,
    text: `${there} {{ order.number }}`,
    enabled: true,
    version: 0,
  })
  assert(saved.status === 200 || saved.status === 422, JSON.stringify(saved.body))
  const without = mjml.replace(/<mj-include[^>]*>/, '')
  if (saved.status === 422) {
    const again = { subject: there, mjml: without, text: 'a', enabled: true, version: 0 }
    const { status, body } = await admin(world, 'PUT', path, again)
    assert.equal(status, 200, JSON.stringify(body))
  }
  const bought = await complete(world, await fillCart(world))
  await untilMessages(world, bought.body.order.id, ['confirmation', 'receipt'])
  const mail = await until('the mail', async () =>
    post_office.mails.find(({ raw }) => raw.includes('image.png')),
  )
  assert(mail, 'the address was in it')
  await (await fetch(bought.body.page_url)).text()
  await assertNotCalled('templates')
})

test('the one who listens does hear calls', async () => {
  assert.equal(await (await fetch(`${there}/control`)).text(), 'a canary')
  assert.deepEqual([calls, connections], [['GET /control'], 1])
})
