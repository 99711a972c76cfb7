// A shop that is no demo, from an empty database to its first order: the owner by the command, all
// else over the API, the goods by an import.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { manualPayments } from '#plugins/payments-manual/manual.ts'
import { runImport } from '#src/app/import.ts'
import { runOwner } from '#src/app/owner.ts'
import { routes } from '#src/app/routes.ts'
import { testApp, testServer } from '#test/app.ts'
import { atEnd } from '#test/cleanup.ts'
import { emptyDatabase } from '#test/database.ts'
import { freshKey, german_address } from '#test/world.ts'
import type { Json } from './steps.ts'

const database = await emptyDatabase()
const environment = { DATABASE_URL: database.url, DEMO_SHOP: 'no', SECRET_KEY: 's'.repeat(32) }

async function makeOwner(password: string, ...words: readonly string[]) {
  let said = ''
  const say = (text: string): void => {
    said += `${text}\n`
  }
  const piped = Readable.from([`${password}\n`])
  const code = await runOwner([...words, '--password-stdin'], environment, { say, piped })
  return { code, said }
}

test('what is no owner is refused, and the first one is made once', async () => {
  assert.equal((await makeOwner('a long password', 'nobody')).code, 2)
  assert.equal((await makeOwner('short', 'owner@shop.example')).code, 2)
  const made = await makeOwner('a long password', 'owner@shop.example')
  assert.equal(made.code, 0, made.said)
  assert(!made.said.includes('a long password'))
  const second = await makeOwner('a long password', 'other@shop.example')
  assert.notEqual(second.code, 0)
  assert.match(second.said, /has an owner already/)
  assert.equal((await makeOwner('a long password', 'other@shop.example', '--another')).code, 0)
})

test('the owner signs in, makes the shop, imports goods, and a buyer orders', async () => {
  const payments = new Map([['manual', manualPayments()]])
  const app = await testApp({ database, payments })
  const server = await testServer(app, routes)
  atEnd(() => server.drain(100))
  const url = `http://127.0.0.1:${await server.listen('127.0.0.1', 0)}`
  const signed = await fetch(`${url}/admin/sign-in`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email: 'owner@shop.example', password: 'a long password' }),
  })
  assert.equal(signed.status, 200, await signed.clone().text())
  const { csrf_token } = (await signed.json()) as { csrf_token: string }
  const cookie = signed.headers.get('set-cookie')!.split(';')[0]!

  const send = async (
    address: string,
    body: object,
    headers: Readonly<Record<string, string>> = { cookie, 'x-csrf-token': csrf_token },
    method = 'POST',
  ) => {
    const response = await fetch(url + address, {
      method,
      headers: { 'content-type': 'application/json', 'idempotency-key': freshKey(), ...headers },
      body: JSON.stringify(body),
    })
    const text = await response.text()
    assert(response.ok, `${address}: ${response.status} ${text}`)
    return JSON.parse(text) as Json
  }
  const address = german_address
  const entity = await send('/admin/legal-entities', {
    code: 'de',
    name: 'Onhand Test GmbH',
    number_prefix: 'DE',
    time_zone: 'Europe/Berlin',
    fiscal_year_starts_month: 1,
    tax_ids: [],
    address,
  })
  const place = { code: 'berlin', name: 'Berlin', priority: 1, address }
  const location = await send('/admin/locations', place)
  const channel = await send('/admin/channels', {
    code: 'web',
    legal_entity_id: entity.id,
    name: 'Web shop',
    currencies: ['EUR'],
    countries: ['DE'],
    default_country: 'DE',
    locale: 'de-DE',
    storefront_url: 'https://shop.example',
    reply_to: 'help@shop.example',
    payment_providers: ['manual'],
    capture: 'now',
    locations: [location.id],
  })
  const list = { code: 'eur', currency: 'EUR', name: 'Euro', prices_include_tax: true }
  await send('/admin/price-lists', list)
  const zone = await send('/admin/shipping-zones', { name: 'Germany', countries: ['DE'] })
  const rate = { currency: 'EUR', min_weight_g: 0, min_subtotal: 0, amount: 490 }
  await send('/admin/shipping-options', {
    code: 'standard',
    zone_id: zone.id,
    name: 'Standard',
    rates: [{ ...rate, includes_tax: true }],
  })
  const vat = { component: 'VAT', category: 'standard', rate_ppm: 190_000 }
  await send('/admin/tax-zones', { country: 'DE', rates: [vat] })
  const key = { kind: 'publishable', name: 'Web shop', channel_id: channel.id }
  const { token: shop_key } = await send('/admin/keys', key)

  const file = path.join(tmpdir(), `onhand-goods-${process.pid}.csv`)
  writeFileSync(
    file,
    'Handle,Title,Published,Variant SKU,Variant Grams,Variant Inventory Qty,Variant Price\n' +
      'mug,Mug,true,MUG,300,5,12.00\n',
  )
  let said = ''
  const terminal = { write: (text: string) => void (said += text), is_live: false }
  const signal = new AbortController().signal
  assert.equal(await runImport([file], environment, { terminal, signal }), 0, said)

  const as = (token = '') => ({
    authorization: `Bearer ${shop_key}`,
    ...(token ? { 'x-cart-token': token } : {}),
  })
  const mug = await fetch(`${url}/store/products/mug`, { headers: as() })
  const { variants } = (await mug.json()) as { variants: readonly { readonly id: string }[] }
  const made = await send(
    '/store/carts',
    {
      email: 'ada@example.com',
      shipping_address: address,
      lines: [{ variant_id: variants[0]!.id, quantity: 2 }],
    },
    as(),
  )
  const cart = `/store/carts/${made.cart.id}`
  const shipping_option_id = made.cart.shipping_options[0].id
  const priced = await send(cart, { shipping_option_id }, as(made.token), 'PATCH')
  const done = await send(
    `${cart}/complete`,
    { expected_total: priced.total, payment: { provider: 'manual', token: null } },
    as(made.token),
  )
  assert.equal(done.order.total, 2_890)
  assert.match(done.order.number, /^DE\d\d-000001$/)
})
