// From a database without a table to the first order, as the README's "Going live" has it.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { before, test } from 'node:test'
import { manualPayments } from '#plugins/payments-manual/manual.ts'
import { permissions } from '#src/staff/staff.ts'
import { testApp, testServer } from '#test/app.ts'
import { atEnd } from '#test/cleanup.ts'
import { emptyDatabase } from '#test/database.ts'
import { sample_catalog, seedDemoShop } from './demo-shop.ts'
import { runImport } from './import.ts'
import { runMakeOwner } from './make-owner.ts'
import { routes } from './routes.ts'

const database = await emptyDatabase()
const folder = mkdtempSync(path.join(tmpdir(), 'onhand-owner-'))
atEnd(() => rmSync(folder, { recursive: true, force: true }))
const app = await testApp({ database, payments: new Map([['manual', manualPayments()]]) })
const server = await testServer(app, routes)

const environment = { DATABASE_URL: database.url, DATA_DIR: folder, DEMO_SHOP: 'no' }
const email = 'Asha@shop.example'
const password = 'a long password of ours'

async function makeOwner(args: readonly string[], typed: string): Promise<[number, string]> {
  let said = ''
  const input = Readable.from(typed === '' ? [] : [Buffer.from(typed)])
  const code = await runMakeOwner(args, environment, {
    input,
    write: (text) => {
      said += text
    },
  })
  return [code, said]
}

/** Types each line when it is asked for; tells what was shown. */
async function atTerminal(...typed: string[]): Promise<[number, string]> {
  const input = Object.assign(new PassThrough(), { isTTY: true })
  let said = ''
  const code = await runMakeOwner(['second@shop.example', '--another'], environment, {
    input,
    write: (text) => {
      said += text
      if (text.endsWith(': ')) setImmediate(() => input.write(typed.shift() ?? '\u0003'))
    },
  })
  return [code, said]
}

// biome-ignore lint/suspicious/noExplicitAny: a test reads JSON whose shape it then asserts
type Json = any
let calls = 0

async function call(
  method: 'GET' | 'POST' | 'PATCH',
  url: string,
  { headers = {}, body }: { readonly headers?: Record<string, string>; readonly body?: object },
): Promise<{ readonly json: Json; readonly cookie: string }> {
  const answer = await server.fastify.inject({
    method,
    url,
    headers: { 'idempotency-key': `first-steps-${++calls}`, ...headers },
    ...(body ? { payload: body } : {}),
  })
  assert(answer.statusCode < 300, `${method} ${url}: ${answer.statusCode} ${answer.body}`)
  const cookie = String(answer.headers['set-cookie'] ?? '').split(';')[0]!
  return { json: answer.json(), cookie }
}

before(async () => {
  for (const [args, typed, code, said] of [
    [[], password, 2, /^Usage: npm run owner/],
    [['--wrong', email], password, 2, /^Usage/],
    [['--help'], '', 0, /^Usage/],
    [['asha.shop.example'], password, 2, /^EMAIL is no e-mail address/],
    [[email], '', 2, /must have from 12 to 200 characters, and has 0/],
    [[email], 'eleven char\n', 2, /must have from 12 to 200 characters, and has 11/],
    [[email, '--name', 'Asha'], `${password}\n`, 0, /^asha@shop\.example is an owner now/],
    [['other@shop.example'], password, 1, /has an owner already/],
    [[email, '--another'], password, 1, /Somebody signs in as Asha@shop\.example already/],
  ] as const) {
    const [got, text] = await makeOwner(args, typed)
    assert.equal(got, code, text)
    assert.match(text, said)
    assert.doesNotMatch(text, /eleven char|a long password/)
  }
})

async function signIn(): Promise<Record<string, string>> {
  const { json, cookie } = await call('POST', '/admin/sign-in', { body: { email, password } })
  assert.deepEqual([json.name, json.role, json.permissions.length > 10], ['Asha', 'owner', true])
  return { cookie, 'x-csrf-token': json.csrf_token }
}

const address = {
  name: 'Asha Rao',
  line1: 'Lindenstraße 12',
  postal_code: '10969',
  city: 'Berlin',
  country: 'DE',
}

type Made = { readonly publishable: Record<string, string>; readonly secret: string }

/** All that is needed before anything can be sold. */
async function setUp(headers: Record<string, string>): Promise<Made> {
  const make = async (url: string, body: object): Promise<Json> =>
    (await call('POST', url, { headers, body })).json
  const entity = await make('/admin/legal-entities', {
    code: 'ours',
    name: 'Asha Rao GmbH',
    address,
    tax_ids: [{ kind: 'VAT ID', number: 'DE123456789' }],
    time_zone: 'Europe/Berlin',
    fiscal_year_starts_month: 1,
    number_prefix: 'AR',
  })
  const place = { code: 'berlin', name: 'Warehouse', priority: 0, address }
  const location = await make('/admin/locations', place)
  const channel = await make('/admin/channels', {
    code: 'web',
    name: 'Web shop',
    legal_entity_id: entity.id,
    currencies: ['EUR'],
    countries: ['DE'],
    default_country: 'DE',
    locale: 'en',
    storefront_url: 'https://shop.example',
    reply_to: 'help@shop.example',
    payment_providers: ['manual'],
    capture: 'now',
    locations: [location.id],
  })
  const list = { code: 'eur', name: 'Prices', currency: 'EUR', prices_include_tax: true }
  await make('/admin/price-lists', list)
  const vat = { category: 'standard', component: 'VAT', rate_ppm: 190_000 }
  await make('/admin/tax-zones', { country: 'DE', rates: [vat] })
  const zone = await make('/admin/shipping-zones', { name: 'Germany', countries: ['DE'] })
  const rate = { currency: 'EUR', min_weight_g: 0, min_subtotal: 0, amount: 490 }
  await make('/admin/shipping-options', {
    code: 'standard',
    zone_id: zone.id,
    name: 'Standard',
    rates: [{ ...rate, includes_tax: true }],
  })
  const browser = { kind: 'publishable', name: 'Storefront', channel_id: channel.id }
  const { token } = await make('/admin/keys', browser)
  const machine = { kind: 'secret', name: 'ERP', permissions: [...permissions] }
  const { token: secret } = await make('/admin/keys', machine)
  return { publishable: { authorization: `Bearer ${token}` }, secret }
}

test('the first owner sets up an empty shop over HTTP, imports goods, and a buyer orders', async () => {
  const { publishable, secret } = await setUp(await signIn())
  let said = ''
  const terminal = { write: (text: string) => void (said += text), is_live: false }
  const { signal } = new AbortController()
  assert.equal(await runImport([sample_catalog], environment, { terminal, signal }), 0, said)

  const { json: found } = await call('GET', '/store/products?limit=50', { headers: publishable })
  assert(found.items.length > 5, JSON.stringify(found))
  const { handle } = found.items[0]
  const { json: product } = await call('GET', `/store/products/${handle}`, { headers: publishable })
  const variant = product.variants.find((one: Json) => one.available)
  assert(variant, JSON.stringify(product.variants))
  const basket = {
    email: 'ada@example.com',
    shipping_address: { ...address, name: 'Ada Löwe' },
    lines: [{ variant_id: variant.id, quantity: 1 }],
  }
  const { json: made } = await call('POST', '/store/carts', { headers: publishable, body: basket })
  const headers = { ...publishable, 'x-cart-token': made.token }
  const [option] = made.cart.shipping_options
  const { json: cart } = await call('PATCH', `/store/carts/${made.cart.id}`, {
    headers,
    body: { shipping_option_id: option.id },
  })
  assert.deepEqual(cart.missing, [])
  assert(cart.tax_total > 0)
  const { json: done } = await call('POST', `/store/carts/${cart.id}/complete`, {
    headers,
    body: { expected_total: cart.total, payment: { provider: 'manual' } },
  })
  assert.deepEqual([done.order.state, done.payment.state], ['placed', 'captured'])
  assert.match(done.order.number, /^AR\d\d-0*1$/)
  const machine = { authorization: `Bearer ${secret}` }
  const { json: orders } = await call('GET', '/admin/orders', { headers: machine })
  assert.deepEqual(
    orders.items.map(({ id }: Json) => id),
    [done.order.id],
  )
})

test('a database with an owner and nothing else is no empty one: it gets no demo shop', async () => {
  const own = await emptyDatabase()
  const environment_of_own = { DATABASE_URL: own.url, DATA_DIR: folder }
  const terminal = { input: Readable.from([Buffer.from(password)]), write: () => {} }
  assert.equal(await runMakeOwner([email], environment_of_own, terminal), 0)
  assert.equal(await seedDemoShop(await testApp({ database: own })), false)
})

test('at a terminal the password is asked for twice and never shown', async () => {
  assert.deepEqual(await atTerminal(`${password}\r`, `${password}?\r`), [
    2,
    'Password: \nOnce more: \nThe two passwords are not the same.\n',
  ])
  const [stopped, said] = await atTerminal(`${password}\r`)
  assert.deepEqual([stopped, said], [130, 'Password: \nOnce more: \nNobody was made.\n'])
  const [code, text] = await atTerminal(`${password}\r`, `${password}\r`)
  assert.equal(code, 0, text)
  assert.match(text, /^Password: \nOnce more: \nsecond@shop\.example is an owner now/)
  await call('POST', '/admin/sign-in', { body: { email: 'second@shop.example', password } })
})

test('of two who make the first owner at once, one does', async () => {
  const own = await emptyDatabase()
  const owner = (name: string) =>
    runMakeOwner(
      [`${name}@shop.example`],
      { DATABASE_URL: own.url, DATA_DIR: folder },
      { input: Readable.from([Buffer.from(password)]), write: () => {} },
    )
  const codes = await Promise.all(['a', 'b', 'c'].map(owner))
  assert.deepEqual(codes.sort(), [0, 1, 1])
})
