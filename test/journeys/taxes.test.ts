// Taxes over HTTP: who owes none, which documents say so, districts and certificates, India, and an
// engine outside that answers, is slow, is down, and comes back.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { httpTaxes } from '#plugins/tax-http/http.ts'
import { startTaxHttpSimulator } from '#plugins/tax-http/simulator.ts'
import { send } from '#src/lib/http-client.ts'
import { Secret } from '#src/lib/secret.ts'
import type { TaxSource } from '#src/ports/tax-source.ts'
import { localDate } from '#src/shop/shop.ts'
import { atEnd } from '#test/cleanup.ts'
import { openClock } from '#test/movable-clock.ts'
import {
  type Answer,
  admin,
  ask,
  assertPromises,
  type Channel,
  complete,
  type FilledCart,
  fillCart,
  german_address,
  indian_address,
  openWorld,
} from '#test/world.ts'
import { type Json, orderOf, untilException, untilOrder } from './steps.ts'

const engine_key = 'engine-key-of-tests'
const engine = await startTaxHttpSimulator({
  port: 0,
  webhook_url: null,
  state_file: null,
  key: engine_key,
})
atEnd(() => engine.close())
const source = httpTaxes({ key: new Secret(engine_key), api_base: engine.url }, send)
const day_ms = 24 * 3_600_000
const clock = openClock()
/** It is another day whenever this one has answered. */
const overnight: TaxSource = {
  ...source,
  name: 'overnight',
  quote: async (question, timeout_ms) => {
    const answer = await source.quote(question, timeout_ms)
    await clock.advance(day_ms)
    return answer
  },
}
const world = await openWorld({
  clock,
  tax_sources: new Map([source, overnight].map((one) => [one.name, one])),
  timings: { tax_ms: 400 },
})

const ok = ({ status, body }: Answer): Json => {
  assert(status >= 200 && status < 300, `${status} ${JSON.stringify(body)}`)
  return body
}
const load = async (name: string, replace = false): Promise<Json> =>
  ok(await admin(world, 'PUT', `/admin/tax-presets/${name}`, { replace }))
const entities = ok(await admin(world, 'GET', '/admin/legal-entities')).items
const entity = entities.find(({ code }: Json) => code === 'germany')
const setTaxes = async (tax: object): Promise<Json> =>
  ok(await admin(world, 'PATCH', `/admin/legal-entities/${entity.id}`, { tax }))

const patch = (cart: FilledCart, body: object, channel: Channel = 'web') =>
  ask(world, 'PATCH', `/store/carts/${cart.id}`, {
    key: world.keys.keys[channel],
    token: cart.token,
    body,
  })
async function cartTo(address: object, more: object = {}): Promise<FilledCart> {
  const cart = await fillCart(world, [['MUG-BLUE', 2]])
  const moved = ok(await patch(cart, { shipping_address: { ...german_address, ...address } }))
  const shipping_option_id = moved.shipping_options[0].id
  return { ...cart, cart: ok(await patch(cart, { shipping_option_id, ...more })) }
}
const vienna = { country: 'AT', city: 'Wien', postal_code: '1010' }
const new_york = { country: 'US', region: 'NY', city: 'New York', postal_code: '10001' }

async function place(cart: FilledCart, more: object = {}): Promise<Json> {
  return ok(await complete(world, cart, more)).order
}
const withInvoice = (id: string): Promise<Json> =>
  untilOrder(world, id, 'its invoice', (order) => order.invoices.length > 0)
const documentOf = async (id: string): Promise<Json> => {
  const [invoice] = (await withInvoice(id)).invoices
  return ok(await admin(world, 'GET', `/admin/invoices/${invoice.id}`)).document
}
const quoteOfToday = (): string => `quote_1_DE_${localDate(clock(), 'Europe/Berlin')}`
const components = (rows: Json): string[] =>
  rows.map(({ component, amount }: Json) => `${component} ${amount}`)

test('a set of rates is loaded by one call, and by the second nothing more', async () => {
  const { items } = ok(await admin(world, 'GET', '/admin/tax-presets'))
  assert(items.every(({ source: from, as_of }: Json) => from.length > 20 && /^20\d\d-/.test(as_of)))
  const first = await load('eu-vat')
  assert.equal(first.made + first.left, 33)
  assert(first.left > 0, 'the zones of the demo stay')
  assert.deepEqual(await load('eu-vat'), { made: 0, replaced: 0, left: 33 })
  const replaced = await load('eu-vat', true)
  assert.deepEqual(replaced, { made: 0, replaced: 33, left: 0 })
  const us = await load('us-sample')
  assert.equal(us.made, 25)
  assert.equal((await load('us-sample', true)).replaced, 25)
  assert.equal((await admin(world, 'PUT', '/admin/tax-presets/no-such', {})).status, 404)
})

test('of those who load one set at once each gets it, and each zone is made once', async () => {
  const names = ['us-sample', 'ca-sales', 'pacific-gst', 'us-sample', 'ca-sales', 'pacific-gst']
  const { items } = ok(await admin(world, 'GET', '/admin/tax-presets'))
  const sizeOf = (name: string): number => {
    const { zones, districts } = items.find((one: Json) => one.name === name)
    return zones + districts
  }
  const told = await Promise.all(names.map((name, i) => load(name, i % 2 === 1)))
  for (const [i, { made, replaced, left }] of told.entries()) {
    assert.equal(made + replaced + left, sizeOf(names[i]!), names[i])
  }
  for (const name of ['ca-sales', 'pacific-gst']) {
    const [one, other] = told.filter((_, i) => names[i] === name)
    assert.equal(one!.made + other!.made, sizeOf(name), 'nobody made a zone again')
  }
})

test('a wrong tax number is told by its field, and nothing is written', async () => {
  const cart = await cartTo(vienna)
  const wrong = await patch(cart, { tax_id: 'ATU13585628', email: 'other@example.com' })
  assert.equal(wrong.status, 400)
  assert.deepEqual(
    wrong.body.errors.map(({ field, code }: Json) => [field, code]),
    [['tax_id', 'tax_id_invalid']],
  )
  const after = ok(await ask(world, 'GET', `/store/carts/${cart.id}`, { token: cart.token }))
  assert.equal(after.email, 'ada@example.com')
  assert.equal(after.tax_id, null)
})

test('a business of another member state owes the tax itself', async () => {
  const consumer = await cartTo(vienna)
  assert.equal(consumer.cart.tax, null)
  assert.equal(consumer.cart.lines[0].taxes[0].rate_ppm, 200_000)
  const cart = await cartTo(vienna, { tax_id: 'atu 13585627' })
  assert.equal(cart.cart.tax_id, 'ATU13585627')
  assert.equal(cart.cart.tax.treatment, 'reverse_charge')
  assert.equal(cart.cart.tax_total, 0)
  // 14.90 holds 2.48 at 20 %.
  assert.equal(cart.cart.lines[0].unit_price, 1242)
  assert(cart.cart.total < consumer.cart.total)
  const why = ok(await ask(world, 'GET', `/store/carts/${cart.id}/why`, { token: cart.token }))
  assert(why.rules.some(({ rule }: Json) => rule === 'tax treatment reverse_charge'))

  const { id } = await place(cart)
  const order = await orderOf(world, id)
  assert.equal(order.tax.tax_id.number, 'ATU13585627')
  const document = await documentOf(id)
  assert.match(document.notes[0], /^Reverse charge.*Articles 194 to 196/)
  assert.deepEqual(document.buyer.tax_ids, [{ name: 'VAT ID', value: 'ATU13585627' }])
  assert(document.seller.tax_ids.length > 0)
  assert.equal(document.tax, 0)

  ok(await admin(world, 'POST', `/admin/orders/${id}/cancel`, { reason: 'test' }))
  const credited = await untilOrder(world, id, 'credit note', ({ invoices }) => invoices.length > 1)
  const note = credited.invoices.find(({ kind }: Json) => kind === 'credit_note')
  const corrected = ok(await admin(world, 'GET', `/admin/invoices/${note.id}`)).document
  assert.deepEqual(corrected.notes, document.notes)
  assert.deepEqual(corrected.buyer.tax_ids, document.buyer.tax_ids)
})

test('a seller from outside collects in the EU up to a value; what is worth more it exports', async () => {
  const india = entities.find(({ code }: Json) => code === 'india')
  const setIndian = async (tax: object): Promise<unknown> =>
    ok(await admin(world, 'PATCH', `/admin/legal-entities/${india.id}`, { tax }))
  const limit = (amount: number) =>
    setIndian({ import_limits: [{ place: 'EU', currency: 'INR', amount }] })
  await setIndian({ collects_in: ['EU'], import_limits: [] })
  const cart = await fillCart(world, [['MUG-BLUE', 2]], { channel: 'india' })
  const to = { shipping_address: german_address }
  const shown = async (more: object = {}): Promise<Json> =>
    ok(await patch(cart, { ...to, ...more }, 'india'))
  const [line] = (await shown()).lines
  assert(line.tax > 0)
  const worth = line.total - line.tax
  await limit(worth)
  assert.deepEqual([(await shown()).tax, (await shown()).tax_total], [null, line.tax])
  await limit(worth - 1)
  const beyond = await shown()
  assert.deepEqual([beyond.tax.treatment, beyond.tax_total], ['export', 0])
  assert.match(beyond.tax.notes[0], /export under bond/)
  const path = `/store/carts/${cart.id}/why`
  const { key, token } = { key: world.keys.keys.india, token: cart.token }
  const why = ok(await ask(world, 'GET', path, { key, token }))
  assert(
    why.rules.some(({ reason }: Json) => /worth more/.test(reason)),
    JSON.stringify(why.rules),
  )
  await limit(worth)
  const business = await shown({ tax_id: 'DE136695976' })
  assert.deepEqual([business.tax.treatment, business.tax_total], ['export', 0])
  const wrong = { import_limits: [{ place: 'Europe', currency: 'XXX', amount: 1 }] }
  const refused = await admin(world, 'PATCH', `/admin/legal-entities/${india.id}`, { tax: wrong })
  assert.deepEqual(
    refused.body.errors.map(({ field }: Json) => field),
    ['tax.import_limits.0.place', 'tax.import_limits.0.currency'],
  )
  await setIndian({ collects_in: [] })
})

test('an export owes none; where the seller collects, every district is charged', async () => {
  const exported = await cartTo(new_york)
  assert.equal(exported.cart.tax.treatment, 'export')
  assert.equal(exported.cart.tax_total, 0)
  await setTaxes({ collects_in: ['US-NY'] })
  const cart = await cartTo(new_york)
  const [line] = cart.cart.lines
  // 29.80 holds 27.37: 1.09, 1.23 and 0.10 on top are 29.79; 27.38 makes 29.81.
  assert.deepEqual(
    line.taxes.map(({ component }: Json) => component),
    ['State', 'City', 'MCTD'],
  )
  assert.equal(
    line.taxes.reduce((sum: number, { amount }: Json) => sum + amount, 0),
    line.tax,
  )
  const why = ok(await ask(world, 'GET', `/store/carts/${cart.id}/why`, { token: cart.token }))
  const rules = why.lines[0].rules.map(({ rule }: Json) => rule)
  assert(rules.includes('tax in US-NY, New York City, MCTD'), rules.join())

  const { id } = await place(cart)
  const elsewhere = { ...german_address, ...new_york, city: 'Buffalo', postal_code: '14201' }
  const { version } = await orderOf(world, id)
  const corrected = await admin(world, 'PATCH', `/admin/orders/${id}/address`, {
    version,
    shipping_address: elsewhere,
  })
  assert(['address_changes_price', 'address_is_printed'].includes(corrected.body.code))
})

test('an edit adds no goods that would make an order worth more than may be collected for', async () => {
  const place_limit = (amount: number) => ({ place: 'US-NY', currency: 'EUR', amount })
  const cart = await cartTo(new_york)
  const [line] = cart.cart.lines
  const worth = line.total - line.tax
  await setTaxes({ import_limits: [place_limit(worth)] })
  const { id } = await place(cart)
  await withInvoice(id)
  const edit = async (quantity: number, path = 'edits'): Promise<Answer> => {
    const { version, lines } = await orderOf(world, id)
    const body = { version, lines: [{ line_id: lines[0].id, quantity }] }
    return admin(world, 'POST', `/admin/orders/${id}/${path}`, body)
  }
  for (const path of ['edits/preview', 'edits']) {
    const refused = await edit(3, path)
    assert.equal(refused.status, 400, JSON.stringify(refused.body))
    const [error] = refused.body.errors
    assert.deepEqual([error.field, error.code], ['lines', 'import_limit'])
    assert.match(error.message, /worth [\d.]+ EUR without tax.* up to [\d.]+ EUR: make another/)
  }
  const { version } = await orderOf(world, id)
  const tea = { variant_id: world.variants.get('TEA-EARL-GREY'), quantity: 1 }
  const added = { version, add: [tea] }
  const more = await admin(world, 'POST', `/admin/orders/${id}/edits`, added)
  assert.deepEqual(
    more.body.errors.map(({ field, code }: Json) => [field, code]),
    [['add', 'import_limit']],
  )
  assert.equal((await orderOf(world, id)).version, version)
  // What comes off, and what comes back within the limit, is nobody's concern.
  ok(await edit(1))
  ok(await edit(2))
  await setTaxes({ import_limits: [place_limit(2 * worth)] })
  const raised = ok(await edit(3))
  assert(raised.money.to_collect > 0)
  await setTaxes({ import_limits: [] })
})

test('a certificate frees a cart and a customer, the order keeps it, and it can be revoked', async () => {
  const cart = await cartTo(new_york)
  const granted = { country: 'US', region: 'NY', number: 'ST-119 77', reason: 'charity' }
  const made = ok(
    await admin(world, 'POST', '/admin/tax-exemptions', { cart_id: cart.id, ...granted }),
  )
  const freed = ok(await ask(world, 'GET', `/store/carts/${cart.id}`, { token: cart.token }))
  assert.equal(freed.tax.treatment, 'exempt')
  assert.equal(freed.tax_total, 0)
  const { id } = await place({ ...cart, cart: freed })
  ok(await admin(world, 'DELETE', `/admin/tax-exemptions/${made.id}`))
  assert.equal((await admin(world, 'DELETE', `/admin/tax-exemptions/${made.id}`)).status, 404)
  const order = await orderOf(world, id)
  assert.equal(order.tax.exemption.number, 'ST-119 77')
  assert.match((await documentOf(id)).notes[0], /Tax exempt in US-NY: certificate ST-119 77/)

  const customer = ok(
    await admin(world, 'POST', '/admin/customers', { email: 'help@charity.example', name: 'Help' }),
  )
  const customer_id = customer.id
  const until = { ...granted, customer_id, valid_until: '2020-12-31' }
  const late = await admin(world, 'POST', '/admin/tax-exemptions', until)
  assert.deepEqual([late.status, late.body.errors[0].field], [400, 'valid_until'])
  const today = { ...until, valid_until: localDate(clock(), 'UTC') }
  const { id: old } = ok(await admin(world, 'POST', '/admin/tax-exemptions', today))
  const long_ago = `update tax_exemption set valid_until = '2020-12-31' where id = '${old}'`
  await world.db.query(`begin read write; ${long_ago}; commit`)
  const { customer_token } = ok(
    await admin(world, 'POST', `/admin/customers/${customer_id}/token`, { valid_s: 600 }),
  )
  const body = { customer_token, shipping_address: { ...german_address, ...new_york } }
  const run_out = ok(await ask(world, 'POST', '/store/carts', { body }))
  assert.equal(run_out.cart.tax, null)
  ok(await admin(world, 'POST', '/admin/tax-exemptions', { ...until, valid_until: null }))
  const valid = ok(await ask(world, 'POST', '/store/carts', { body }))
  assert.equal(valid.cart.tax.treatment, 'exempt')
  const list = ok(await admin(world, 'GET', `/admin/tax-exemptions?customer_id=${customer_id}`))
  assert.equal(list.items.length, 2)
  const errors = await admin(world, 'POST', '/admin/tax-exemptions', {
    ...granted,
    region: 'ZZ',
    valid_until: '2027-02-30',
  })
  assert.deepEqual(
    errors.body.errors.map(({ field, code }: Json) => `${field} ${code}`),
    ['region unknown', 'customer_id required', 'valid_until malformed'],
  )
})

test('districts and steps are set by staff; what cannot be is told field by field', async () => {
  const district = {
    country: 'DE',
    kind: 'city',
    name: 'Berlin',
    cities: ['Berlin'],
    rates: [{ category: 'standard', component: 'Packaging', rate_ppm: 10_000 }],
  }
  const made = ok(await admin(world, 'POST', '/admin/tax-districts', district))
  assert.deepEqual(made.cities, ['BERLIN'])
  const twice = await admin(world, 'POST', '/admin/tax-districts', district)
  assert.equal(twice.body.code, 'already_exists')
  const berlin = await fillCart(world, [['TEA-EARL-GREY', 1]])
  assert.deepEqual(
    berlin.cart.lines[0].taxes.map(({ component }: Json) => component),
    ['VAT', 'Packaging'],
  )
  const munich = { ...german_address, city: 'München', postal_code: '80331' }
  const moved = ok(await patch(berlin, { shipping_address: munich }))
  assert.deepEqual(
    moved.lines[0].taxes.map(({ component }: Json) => component),
    ['VAT'],
  )
  const steps = { currency: 'EUR', of: 'part', steps: [{ from: 0, rate_ppm: 0 }] }
  const luxury = {
    ...district.rates[0],
    steps: { ...steps, steps: [...steps.steps, { from: 500, rate_ppm: 100_000 }] },
  }
  ok(await admin(world, 'PUT', `/admin/tax-districts/${made.id}`, { ...district, rates: [luxury] }))
  const stepped = ok(await patch(berlin, { shipping_address: german_address }))
  const [, added] = stepped.lines[0].taxes
  assert(added.base > 0 && added.base < 650, JSON.stringify(added))
  const falls = [
    { from: 5, rate_ppm: 20 },
    { from: 5, rate_ppm: 10 },
  ]
  const wrong = {
    ...luxury,
    is_compound: true,
    steps: { currency: 'XXQ', of: 'whole', steps: falls },
  }
  const refused = await admin(world, 'PUT', `/admin/tax-districts/${made.id}`, {
    ...district,
    region: null,
    cities: [],
    postal_codes: [{ from: '200', to: '10' }],
    rates: [wrong],
  })
  assert.deepEqual(
    refused.body.errors.map(({ field, code }: Json) => `${field} ${code}`),
    [
      'postal_codes.0.to range',
      'rates.0.steps.currency unknown',
      'rates.0.steps.steps.0.from range',
      'rates.0.steps.steps.1.from order',
      'rates.0.steps.steps.1.rate_ppm falls',
      'rates.0.is_compound not_allowed',
    ],
  )
  ok(await admin(world, 'DELETE', `/admin/tax-districts/${made.id}`))
  assert.equal((await admin(world, 'GET', `/admin/tax-districts/${made.id}`)).status, 404)
})

test('India: one rate is split by the place of supply, which the invoice prints with the HSN', async () => {
  const { items } = ok(await admin(world, 'GET', '/admin/tax-zones?limit=100'))
  const state = items.find(({ country, region }: Json) => country === 'IN' && region === 'MH')
  ok(await admin(world, 'DELETE', `/admin/tax-zones/${state.id}`))
  await load('in-gst', true)
  const variant = world.variants.get('MUG-BLUE')
  ok(await admin(world, 'PATCH', `/admin/variants/${variant}`, { hs_code: '691200' }))
  const cart = await fillCart(world, [['MUG-BLUE', 2]], { channel: 'india' })
  const of_line = cart.cart.lines[0].taxes
  assert.deepEqual(
    of_line.map(({ component }: Json) => component),
    ['CGST', 'SGST'],
  )
  assert.equal(of_line[0].amount, of_line[1].amount)
  assert.equal(cart.cart.tax.place_of_supply, '27-Maharashtra')
  const bengaluru = { ...indian_address, region: 'KA', city: 'Bengaluru', postal_code: '560001' }
  const business = { shipping_address: bengaluru, tax_id: '29AAGCB7383J1Z4' }
  const moved = ok(await patch(cart, business, 'india'))
  assert.deepEqual(
    moved.lines[0].taxes.map(({ component }: Json) => component),
    ['IGST'],
  )
  assert.equal(moved.tax.place_of_supply, '29-Karnataka')
  assert.equal(moved.tax.tax_id.kind, 'gstin')

  const channel = world.frame.indian
  ok(await admin(world, 'PATCH', `/admin/channels/${channel}`, { payment_providers: ['manual'] }))
  const paid = { channel: 'india', provider: 'manual', card: null } as const
  const { id } = await place({ ...cart, cart: moved }, paid)
  const document = await documentOf(id)
  assert.equal(document.place_of_supply, '29-Karnataka')
  assert.equal(document.lines[0].hs_code, '691200')
  assert.deepEqual(document.buyer.tax_ids, [{ name: 'GSTIN', value: '29AAGCB7383J1Z4' }])
})

const asked = (): number => engine.seen.get('POST /quotes') ?? 0

test('an engine answers once for a cart, and ordering it asks nobody again', async () => {
  const unknown = await admin(world, 'PATCH', `/admin/legal-entities/${entity.id}`, {
    tax: { source: 'no-such' },
  })
  assert.equal(unknown.body.errors[0].field, 'tax.source')
  await setTaxes({ source: 'http' })
  const before = asked()
  const cart = await cartTo({})
  assert.equal(cart.cart.tax.source.name, 'http')
  assert.equal(cart.cart.tax.source.fallback, null)
  assert.deepEqual(components(cart.cart.lines[0].taxes), ['VAT 476'])
  assert(asked() > before)
  const seen = asked()
  ok(await ask(world, 'GET', `/store/carts/${cart.id}`, { token: cart.token }))
  const { id } = await place(cart)
  assert.equal(asked(), seen, 'the answer is used again')
  const order = await orderOf(world, id)
  assert.equal(order.tax.source.reference, quoteOfToday())
  assert.equal(order.total, cart.cart.total)
})

test('promotions go first: taxes are reckoned on what is left, by whomever', async () => {
  const promotions: string[] = []
  const promise = async (effect: object, more: object = {}): Promise<void> => {
    const terms = { is_automatic: true, combines_with: ['product', 'order', 'shipping'] }
    const body = { name: `Summer ${promotions.length}`, effect, ...terms, ...more }
    promotions.push(ok(await admin(world, 'POST', '/admin/promotions', body)).id)
  }
  const bare = await cartTo(vienna, { tax_id: 'ATU13585627' })
  await promise({ kind: 'percentage', on: 'order', rate_ppm: 100_000 })
  await promise({ kind: 'free_shipping', max_amount: 200 }, { currency: 'EUR' })
  const gift = world.variants.get('TEA-EARL-GREY')
  await promise({ kind: 'gift', variant_id: gift, quantity: 1 })

  // The engine is asked about 26.82 for two mugs, and about no gift.
  const cart = await cartTo({})
  const [mugs, tea] = cart.cart.lines
  assert.deepEqual([mugs.subtotal, mugs.discount, mugs.total], [2980, 298, 2682])
  assert.deepEqual(components(mugs.taxes), ['VAT 428'])
  assert.deepEqual([tea.is_gift, tea.total, tea.taxes], [true, 0, []])
  const charged = cart.cart.shipping_total
  const vat_sent = cart.cart.tax_total - 428
  assert.equal(vat_sent, Math.round(charged - charged / 1.19))
  const { id } = await place(cart)
  assert.equal((await orderOf(world, id)).tax.source.reference, quoteOfToday())
  assert.equal((await documentOf(id)).tax, cart.cart.tax_total)

  // The same by the shop's own rates, and a business of another member state.
  await setTaxes({ source: null })
  const own = await cartTo({})
  assert.deepEqual([own.cart.total, own.cart.tax_total], [cart.cart.total, cart.cart.tax_total])
  const business = await cartTo(vienna, { tax_id: 'ATU13585627' })
  const { subtotal, discount_total, shipping_total, tax_total } = business.cart
  assert.deepEqual([subtotal, discount_total, tax_total], [2484, 248, 0])
  assert.equal(shipping_total, bare.cart.shipping_total - 200)
  const why = ok(
    await ask(world, 'GET', `/store/carts/${business.id}/why`, { token: business.token }),
  )
  const sent = why.rules.find(({ rule }: Json) => rule === 'promotion Summer 1')
  assert.match(sent.reason, /: 2.00 EUR off/)
  await place(business)
  await setTaxes({ source: 'http' })
  for (const one of promotions) {
    ok(await admin(world, 'PATCH', `/admin/promotions/${one}`, { archived: true }))
  }
})

test('while the engine is down the own rates hold; the order and the inbox say so', async () => {
  engine.faults.refuse = 1_000
  const cart = await cartTo({})
  assert.match(cart.cart.tax.source.fallback, /status 503|out of order/)
  assert.deepEqual(components(cart.cart.lines[0].taxes), ['VAT 476'])
  const { id, state } = await place(cart)
  assert.equal(state, 'placed')
  const exception = await untilException(world, id, 'tax_fallback')
  assert.match(exception.message, /own rates instead of http/)
  assert.match((await orderOf(world, id)).tax.source.fallback, /status 503|out of order/)
  engine.faults.refuse = 0
})

test('an engine that is slow, talks nonsense or lets a connection die stops nobody', async () => {
  const reasons: Record<string, string> = {}
  const about = async (what: string) => {
    world.app.desk.tax_pauses.clear()
    const cart = await fillCart(world, [['TEA-EARL-GREY', 1]])
    reasons[what] = cart.cart.tax.source.fallback
    const { id } = await place(cart)
    await untilException(world, id, 'tax_fallback')
  }
  engine.faults.latency_ms = 3_000
  await about('slow')
  engine.faults.latency_ms = 0
  engine.faults.lose_answers = 1_000
  await about('lost')
  engine.faults.lose_answers = 0
  engine.say({ lines: [], shipping: [] })
  await about('nonsense')
  engine.say(undefined)
  assert.match(reasons['slow']!, /timeout|no answer in 400 ms/)
  assert.match(reasons['nonsense']!, /not one answer for each line/)
  assert.equal(Object.values(reasons).filter(Boolean).length, 3)
})

test('it is back: the next look at the cart has its answer; one call orders with it', async () => {
  engine.faults.refuse = 1_000
  world.app.desk.tax_pauses.clear()
  const cart = await fillCart(world, [['TEA-EARL-GREY', 2]])
  assert(cart.cart.tax.source.fallback)
  engine.faults.refuse = 0
  world.app.desk.tax_pauses.clear()
  const again = ok(await ask(world, 'GET', `/store/carts/${cart.id}`, { token: cart.token }))
  assert.equal(again.tax.source.fallback, null)
  const body = {
    email: 'ada@example.com',
    lines: [{ variant_id: world.variants.get('TEA-EARL-GREY'), quantity: 2 }],
    shipping_address: german_address,
    shipping_option_id: cart.cart.shipping_option_id,
    payment: { provider: 'stripe', token: 'pm_card_visa' },
  }
  const at_once = ok(
    await ask(world, 'POST', '/store/orders', { body: { ...body, expected_total: again.total } }),
  )
  const order = await orderOf(world, at_once.order.id)
  assert.equal(order.tax.source.fallback, null)
  const other = await ask(world, 'POST', '/store/orders', {
    body: { ...body, expected_total: again.total + 1 },
  })
  assert.equal(other.body.code, 'price_has_changed')
  await setTaxes({ source: null })
  await withInvoice(at_once.order.id)
  await assertPromises(world)
})

test('an answer is one for the day: on the next the engine is asked again', async () => {
  await setTaxes({ source: 'http' })
  const [shown, ordered] = [await cartTo({}), await cartTo({})]
  const yesterday = quoteOfToday()
  assert.equal(shown.cart.tax.source.reference, yesterday)
  const look = async (): Promise<Json> =>
    ok(await ask(world, 'GET', `/store/carts/${shown.id}`, { token: shown.token }))
  const before = asked()
  await clock.advance(day_ms)
  assert.notEqual(quoteOfToday(), yesterday)
  assert.equal((await look()).tax.source.reference, quoteOfToday())
  assert.equal((await look()).tax.source.reference, quoteOfToday())
  assert.equal(asked(), before + 1, 'once a day')
  const { id } = await place(ordered)
  assert.equal((await orderOf(world, id)).tax.source.reference, quoteOfToday())
  assert.equal(asked(), before + 2)
  await setTaxes({ source: null })
  await assertPromises(world)
})

test('a day that ends while the engine is asked takes nothing from its answer', async () => {
  await setTaxes({ source: 'overnight' })
  const cart = await cartTo({})
  assert.equal(cart.cart.tax.source.fallback, null)
  const { id, version } = ok(
    await admin(world, 'POST', '/admin/drafts', {
      channel_id: world.frame.web,
      email: 'phone@example.com',
      shipping_address: german_address,
      shipping_option_id: cart.cart.shipping_option_id,
      lines: [{ variant_id: world.variants.get('TEA-EARL-GREY'), quantity: 1 }],
    }),
  )
  const expires_at = new Date(clock().getTime() + 7 * day_ms).toISOString()
  const sent = ok(await admin(world, 'POST', `/admin/drafts/${id}/send`, { version, expires_at }))
  assert.equal(sent.state, 'sent')
  assert.equal(sent.priced.tax.source.fallback, null)
  await setTaxes({ source: null })
})
