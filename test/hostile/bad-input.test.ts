// Bad input of every kind, over HTTP: each is answered as problem+json with a stable code, and
// nothing is written by any of them. The fingerprint of all tables says so.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { routes } from '#src/app/routes.ts'
import { type Schema, simplify } from '#src/http/schema.ts'
import { plusMs } from '#src/lib/clock.ts'
import { signToken } from '#src/lib/tokens.ts'
import { testSecret } from '#test/app.ts'
import { enterCustomer } from '#test/customers.ts'
import { readFingerprint } from '#test/fingerprint.sql.ts'
import {
  admin,
  ask,
  assertPromises,
  complete,
  fillCart,
  freshKey,
  german_address,
  openWorld,
} from '#test/world.ts'

const world = await openWorld({ worker: false })
const { web } = world.keys.keys
const secret = world.keys.secret_key
const variant_id = world.variants.get('MUG-BLUE')!
const nobody = '00000000-0000-7000-8000-000000000000'
const hour_ago = plusMs(new Date(), -3_600_000)

async function makeCoupon(code: string, more: object): Promise<void> {
  const made = await admin(world, 'POST', '/admin/coupons', { code, rate_ppm: 100_000, ...more })
  assert.equal(made.status, 201, JSON.stringify(made.body))
}
await makeCoupon('LAST-YEAR', { ends_at: hour_ago.toISOString() })
await makeCoupon('USED-UP', { usage_limit: 0 })
await makeCoupon('RUPEES', { currency: 'INR' })
await makeCoupon('IN-INDIA', { channel_id: world.frame.indian })
await makeCoupon('BIG-BUYS', { currency: 'EUR', min_subtotal: 1_000_000 })

const cart = await fillCart(world)
const other = await fillCart(world, [['TEA-EARL-GREY', 1]])
const bought = await complete(world, await fillCart(world, [['TEA-EARL-GREY', 1]]))
assert.equal(bought.status, 201, JSON.stringify(bought.body))
const customer = await enterCustomer(world, 'grace@example.com')
const used_key = freshKey()
const first_use = await ask(world, 'POST', '/store/carts', {
  idempotency_key: used_key,
  body: { email: 'first@example.com' },
})
assert.equal(first_use.status, 201)
// Sold out and re-priced while the buyer was typing.
const greedy = await fillCart(world, [
  ['MUG-BLUE', 1],
  ['LAMP-DESK', 10],
])
const slow = await fillCart(world, [['LAMP-DESK', 1]])
const lamps = await admin(world, 'GET', '/admin/stock?sku=LAMP-DESK')
const lamp = lamps.body.items.find(({ location }: { location: string }) => location === 'berlin')
const shelf = `/admin/stock/${lamp.stock_item_id}/${lamp.location_id}`
const counted = { change: { kind: 'count', quantity: 4 }, reason: 'counted' }
assert.equal((await admin(world, 'POST', `${shelf}/adjust`, counted)).status, 200)
const dearer = { variant_id: world.variants.get('LAMP-DESK'), min_quantity: 1, amount: 5_900 }
const prices = `/admin/price-lists/${world.frame.eur_list}/prices`
assert.equal((await admin(world, 'PUT', prices, { prices: [dearer] })).status, 204)

type Case = {
  readonly method?: string
  readonly path: string
  readonly key?: string | null
  readonly headers?: Record<string, string>
  readonly body?: unknown
  /** Sent as it is. */
  readonly text?: string
  readonly says: string
  /** What stands in the errors, as `field code`. */
  readonly errors?: readonly string[]
  /** What else the problem tells. */
  readonly holds?: object
}
type Problem = {
  readonly code: string
  readonly status: number
  readonly title: string
  readonly type: string
  readonly request_id: string
  readonly errors?: readonly { readonly field: string; readonly code: string }[]
}

async function send(one: Case): Promise<{ status: number; type: string; problem: Problem }> {
  const { method = 'POST', path, key = web, headers, body, text } = one
  const payload = text ?? (body === undefined ? undefined : JSON.stringify(body))
  const response = await fetch(`${world.url}${path}`, {
    method,
    headers: {
      ...(key === null ? {} : { authorization: `Bearer ${key}` }),
      ...(payload === undefined ? {} : { 'content-type': 'application/json' }),
      'idempotency-key': freshKey(),
      'x-cart-token': cart.token,
      ...headers,
    },
    ...(payload === undefined ? {} : { body: payload }),
  })
  const type = response.headers.get('content-type') ?? ''
  return { status: response.status, type, problem: (await response.json()) as Problem }
}

const lines = `/store/carts/${cart.id}/lines`
const line = `${lines}/${cart.cart.lines[0].id}`
const here = `/store/carts/${cart.id}`
const pay = (path: string, headers: Record<string, string>, more: object = {}): Case => ({
  path,
  headers,
  body: {
    expected_total: cart.cart.total,
    payment: { provider: 'stripe', token: 'pm_card_visa' },
    ...more,
  },
  says: '',
})
const complete_here = (more: object = {}) => pay(`${here}/complete`, {}, more)
const address = (changes: object) => ({
  method: 'PATCH',
  path: here,
  body: { shipping_address: { ...german_address, ...changes } },
})
const coupon = (coupon_code: string) => ({ method: 'PATCH', path: here, body: { coupon_code } })
const expired_token = signToken(testSecret, 'customer', nobody, hour_ago)

const cases: Readonly<Record<string, Case>> = {
  // goods
  'an unknown product': {
    path: lines,
    body: { variant_id: nobody, quantity: 1 },
    says: '422 unknown_product',
    errors: ['variant_id unknown_product'],
  },
  'a negative quantity': {
    path: lines,
    body: { variant_id, quantity: -1 },
    says: '400 invalid_input',
    errors: ['quantity too_small'],
  },
  'a quantity of zero': {
    path: lines,
    body: { variant_id, quantity: 0 },
    says: '400 invalid_input',
    errors: ['quantity too_small'],
  },
  'a huge quantity': {
    path: lines,
    body: { variant_id, quantity: 1e15 },
    says: '400 invalid_input',
    errors: ['quantity too_large'],
  },
  'half a unit': {
    path: lines,
    body: { variant_id, quantity: 0.5 },
    says: '400 invalid_input',
    errors: ['quantity wrong_type'],
  },
  'a quantity as text': {
    path: lines,
    body: { variant_id, quantity: '1' },
    says: '400 invalid_input',
    errors: ['quantity wrong_type'],
  },
  'more than a line holds, little by little': {
    path: lines,
    body: { variant_id, quantity: 9_999 },
    says: '422 limit_exceeded',
    errors: ['quantity limit_exceeded'],
  },
  'a line of no cart': {
    method: 'PATCH',
    path: `${lines}/${nobody}`,
    body: { quantity: 1 },
    says: '404 not_found',
  },
  'a line set below zero': {
    method: 'PATCH',
    path: line,
    body: { quantity: -1 },
    says: '400 invalid_input',
  },
  'a currency that is not sold in': {
    path: '/store/carts',
    body: { currency: 'USD' },
    says: '422 unknown_currency',
    errors: ['currency unknown_currency'],
  },
  'a currency that does not exist': {
    path: '/store/carts',
    body: { currency: 'XXQ' },
    says: '422 unknown_currency',
    errors: ['currency unknown_currency'],
  },
  // coupons
  'an unknown coupon': {
    ...coupon('NO-SUCH'),
    says: '422 coupon_unknown',
    errors: ['coupon_code coupon_unknown'],
  },
  'an expired coupon': { ...coupon('LAST-YEAR'), says: '422 coupon_expired' },
  'a used-up coupon': { ...coupon('USED-UP'), says: '409 coupon_used_up' },
  'a coupon of another currency': { ...coupon('RUPEES'), says: '422 coupon_not_applicable' },
  'a coupon of another channel': { ...coupon('in-india'), says: '422 coupon_not_applicable' },
  // addresses
  'a German postal code of four digits': {
    ...address({ postal_code: '1011' }),
    says: '422 address_invalid',
    errors: ['shipping_address.postal_code malformed'],
  },
  'no postal code in Germany': {
    ...address({ postal_code: null }),
    says: '422 address_invalid',
    errors: ['shipping_address.postal_code required'],
  },
  'an American ZIP code in letters, without a state': {
    ...address({ country: 'US', postal_code: 'ABCDE' }),
    says: '422 address_invalid',
    errors: ['shipping_address.postal_code malformed', 'shipping_address.region required'],
  },
  'a state that India has not': {
    ...address({ country: 'IN', postal_code: '400050', region: 'ZZ' }),
    says: '422 address_invalid',
    errors: ['shipping_address.region unknown'],
  },
  'a country that does not exist': {
    ...address({ country: 'XX' }),
    says: '422 address_invalid',
    errors: ['shipping_address.country unknown'],
  },
  'a phone without its country, and a bad e-mail': {
    method: 'PATCH',
    path: here,
    body: { email: 'ada@', shipping_address: { ...german_address, phone: '030 123' } },
    says: '422 address_invalid',
    errors: ['email email_invalid', 'shipping_address.phone malformed'],
  },
  'a bell in a name': {
    ...address({ name: 'Ada\u0007' }),
    says: '422 address_invalid',
  },
  'a street of 300 letters': {
    ...address({ line1: 'x'.repeat(300) }),
    says: '400 invalid_input',
    errors: ['shipping_address.line1 too_long'],
  },
  // text
  'a NUL in a name': {
    ...address({ name: 'A\0B' }),
    says: '400 invalid_input',
    errors: ['shipping_address.name not_text'],
  },
  'half a surrogate pair': {
    path: '/store/carts',
    text: '{"email":"\\ud800@example.com"}',
    says: '400 invalid_input',
    errors: ['email not_text'],
  },
  'a NUL in a query': {
    method: 'GET',
    path: '/store/products?q=%00',
    says: '400 invalid_input',
    errors: ['q not_text'],
  },
  'a NUL in a path': {
    method: 'GET',
    path: '/store/products/a%00b',
    says: '400 invalid_input',
    errors: ['handle not_text'],
  },
  // checkout
  'another total than agreed to': {
    ...complete_here({ expected_total: 1 }),
    says: '409 price_has_changed',
  },
  'a total in fractions': { ...complete_here({ expected_total: 10.5 }), says: '400 invalid_input' },
  'a negative total': { ...complete_here({ expected_total: -1 }), says: '400 invalid_input' },
  'a payment method of nobody': {
    ...complete_here({ payment: { provider: 'paypal' } }),
    says: '422 payment_method_unknown',
    errors: ['payment.provider payment_method_unknown'],
  },
  'a payment method of another channel': {
    ...complete_here({ payment: { provider: 'razorpay' } }),
    says: '422 payment_method_unknown',
    errors: ['payment.provider payment_method_unknown'],
  },
  'no payment at all': {
    path: `${here}/complete`,
    body: { expected_total: 1 },
    says: '400 invalid_input',
    errors: ['payment required'],
  },
  'sold out meanwhile': {
    ...pay(
      `/store/carts/${greedy.id}/complete`,
      { 'x-cart-token': greedy.token },
      { expected_total: 1_490 + 10 * 5_900 },
    ),
    says: '409 out_of_stock',
    errors: ['lines.1.quantity out_of_stock'],
    holds: { items: [{ sku: 'LAMP-DESK', wanted: 10, available: 4 }] },
  },
  'the price changed meanwhile': {
    ...pay(
      `/store/carts/${slow.id}/complete`,
      { 'x-cart-token': slow.token },
      { expected_total: slow.cart.total },
    ),
    says: '409 price_has_changed',
    holds: { total: 5_900, lines: [{ field: 'lines.0', unit_price: 5_900 }] },
  },
  'nothing in the cart, nobody to send it to': {
    ...pay(
      `/store/carts/${first_use.body.cart.id}/complete`,
      { 'x-cart-token': first_use.body.token },
      { expected_total: 0 },
    ),
    says: '409 cart_is_incomplete',
    errors: ['lines cart_is_empty'],
  },
  // who
  'a cart without its token': {
    method: 'GET',
    path: here,
    headers: { 'x-cart-token': '' },
    says: '401 token_missing',
  },
  "someone else's cart": {
    path: `/store/carts/${other.id}/lines`,
    body: { variant_id, quantity: 1 },
    says: '403 token_wrong',
  },
  'a cart of nobody': {
    method: 'GET',
    path: `/store/carts/${nobody}`,
    headers: { 'x-cart-token': signToken(testSecret, 'cart', nobody) },
    says: '404 not_found',
  },
  "someone else's order": {
    ...pay(`/store/orders/${nobody}/payments`, { 'x-order-token': bought.body.token }),
    says: '403 token_wrong',
  },
  'an order with the token of a cart': {
    method: 'GET',
    path: `/store/orders/${bought.body.order.id}`,
    headers: { 'x-order-token': cart.token },
    says: '403 token_wrong',
  },
  'an expired customer token': {
    path: '/store/carts',
    body: { customer_token: expired_token },
    says: '403 customer_token_wrong',
  },
  'a forged customer token': {
    path: '/store/carts',
    body: { customer_token: 'u.x.y.z' },
    says: '403 customer_token_wrong',
  },
  'a payment of nobody': {
    path: `/store/payments/${nobody}/continue`,
    headers: { 'x-order-token': bought.body.token },
    body: {},
    says: '404 not_found',
  },
  'no key': { path: '/store/carts', key: null, body: {}, says: '401 key_missing' },
  'a wrong key': { path: '/store/carts', key: 'pk_wrong', body: {}, says: '401 key_invalid' },
  'a publishable key in the back office': {
    method: 'GET',
    path: '/admin/orders',
    says: '403 permission_missing',
  },
  // the request itself
  'no Idempotency-Key': {
    path: '/store/carts',
    headers: { 'idempotency-key': '' },
    body: {},
    says: '400 idempotency_key_missing',
  },
  'a short Idempotency-Key': {
    path: '/store/carts',
    headers: { 'idempotency-key': 'short' },
    body: {},
    says: '400 idempotency_key_missing',
  },
  'a card number as Idempotency-Key': {
    path: '/store/carts',
    headers: { 'idempotency-key': '4242424242424242' },
    body: {},
    says: '422 card_number_refused',
    holds: { in: 'header', field: 'idempotency-key' },
  },
  'an Idempotency-Key of another request': {
    path: '/store/carts',
    headers: { 'idempotency-key': used_key },
    body: { email: 'eve@example.com' },
    says: '422 idempotency_key_reused',
  },
  'a body over the limit': {
    path: '/store/carts',
    text: JSON.stringify({ email: 'x'.repeat(300_000) }),
    says: '413 body_too_large',
  },
  'malformed JSON': { path: '/store/carts', text: '{"email":', says: '400 malformed_json' },
  'JSON of another shape': { path: '/store/carts', text: '[]', says: '400 invalid_input' },
  'a body that is no JSON': {
    path: '/store/carts',
    headers: { 'content-type': 'text/xml' },
    text: '<cart/>',
    says: '415 unsupported_media_type',
  },
  'JSON a thousand levels deep': {
    path: '/store/carts',
    text: `{"lines":${'['.repeat(1_000)}${']'.repeat(1_000)}}`,
    says: '400 malformed_json',
  },
  'a field that hides a prototype': {
    path: '/store/carts',
    text: '{"__proto__":{"admin":true}}',
    says: '400 malformed_json',
  },
  'an unknown field': {
    path: '/store/carts',
    body: { emial: 'ada@example.com' },
    says: '400 invalid_input',
    errors: ['emial unknown_field'],
  },
  'a wrong method': { method: 'PUT', path: here, body: {}, says: '405 method_not_allowed' },
  'an address of nothing': { method: 'GET', path: '/store/nothing', says: '404 not_found' },
  'an id that is none': { method: 'GET', path: '/store/carts/1', says: '404 not_found' },
  // staff
  'a refund of nothing': {
    path: `/admin/orders/${bought.body.order.id}/refunds`,
    key: secret,
    body: { amount: 0 },
    says: '400 invalid_input',
  },
  'a refund of more than was paid': {
    path: `/admin/orders/${bought.body.order.id}/refunds`,
    key: secret,
    body: { amount: 10_000_000 },
    says: '422 refund_exceeds_captured',
  },
  'an order of nobody canceled': {
    path: `/admin/orders/${nobody}/cancel`,
    key: secret,
    body: {},
    says: '404 not_found',
  },
  'stock taken below zero': {
    path: `${shelf}/adjust`,
    key: secret,
    body: { change: { kind: 'by', quantity: -5 }, reason: 'slip' },
    says: '422 stock_would_be_negative',
  },
  'stock compared with another level': {
    path: `${shelf}/adjust`,
    key: secret,
    body: { change: { kind: 'by', quantity: 1 }, expected_on_hand: 99, reason: 'late' },
    says: '409 stock_has_changed',
  },
  'settings of a shelf that is none': {
    method: 'PUT',
    path: `/admin/stock/${nobody}/${nobody}/settings`,
    key: secret,
    body: { safety: 0, backorder_limit: 0 },
    says: '404 not_found',
  },
  'an exception of nobody': {
    path: `/admin/exceptions/${nobody}/retry`,
    key: secret,
    says: '404 not_found',
  },
  'a cursor of no page': {
    method: 'GET',
    path: '/admin/orders?after=abc',
    key: secret,
    says: '400 invalid_input',
  },
  'a cursor with a NUL in it': {
    method: 'GET',
    path: '/admin/stock?after=AAAA',
    key: secret,
    says: '400 invalid_input',
  },
  'a webhook that nobody signed': {
    path: '/hooks/stripe',
    body: { type: 'payment_intent.succeeded' },
    says: '401 webhook_not_authentic',
  },
  'a webhook of a plug-in that is none': { path: '/hooks/nobody', body: {}, says: '404 not_found' },
}

for (const [name, one] of Object.entries(cases)) {
  test(name, async () => {
    const before = await readFingerprint(world.db)
    const { status, type, problem } = await send(one)
    assert.equal(`${status} ${problem.code}`, one.says, JSON.stringify(problem))
    assert.match(type, /^application\/problem\+json/)
    assert.equal(problem.status, status)
    assert.equal(problem.type, `/problems/${problem.code}`)
    assert.match(problem.request_id, /^[0-9a-f-]{36}$/)
    assert(problem.title.length > 10)
    const told = (problem.errors ?? []).map(({ field, code }) => `${field} ${code}`)
    for (const error of one.errors ?? []) assert(told.includes(error), `${error} in ${told}`)
    assert.partialDeepStrictEqual(problem, one.holds ?? {})
    assert.deepEqual(await readFingerprint(world.db), before)
  })
}

/** The places in a body where text may stand, as paths of fields. */
function textsOf(schema: Schema, path: readonly string[] = []): string[][] {
  if (schema.anyOf) return schema.anyOf.flatMap((one) => textsOf(one, path))
  if (schema.type === 'string') return [[...path]]
  if (schema.items) return textsOf(schema.items, [...path, '0'])
  return Object.entries(schema.properties ?? {}).flatMap(([name, one]) =>
    textsOf(one, [...path, name]),
  )
}
const bodyWith = (path: readonly string[], value: string): unknown =>
  path.reduceRight<unknown>((inner, name) => (name === '0' ? [inner] : { [name]: inner }), value)
const free = /bar_?code|tracking|serial|sku|gtin|ean\b|upc|imei|isbn|hs_?code/i

test('a card number is refused in every text field of every route, and is not told back', async () => {
  const before = await readFingerprint(world.db)
  let asked = 0
  for (const { method, path, body, who } of routes) {
    if (!body || path === '/hooks/:plugin') continue
    for (const field of textsOf(simplify(body as Schema))) {
      if (field.some((name) => free.test(name))) continue
      const { status, problem } = await send({
        method,
        path: path.replaceAll(/:\w+/g, nobody),
        key: who === 'shop' || who === 'customer' || who === 'anyone' ? web : secret,
        headers: { 'x-customer-token': customer.token },
        body: bodyWith(field, 'my card: 4242 4242 4242 4242'),
        says: '',
      })
      assert.equal(`${status} ${problem.code}`, '422 card_number_refused', `${path} ${field}`)
      assert.doesNotMatch(JSON.stringify(problem), /4242\W?4242/)
      asked += 1
    }
  }
  assert(asked > 100, `${asked} fields`)
  assert.deepEqual(await readFingerprint(world.db), before)
})

test('10,000 bar codes, serial and article numbers pass where they belong', async () => {
  const digits = (count: number) =>
    fc.array(fc.integer({ min: 0, max: 9 }), { minLength: count, maxLength: count })
  const codes = fc.oneof(...[12, 13, 14, 15, 16, 18].map(digits)).map((all) => all.join(''))
  const cards = fc.constantFrom('4242424242424242', '378282246310005', '5555555555554444')
  const before = await readFingerprint(world.db)
  const numbers = fc.sample(fc.oneof({ arbitrary: codes, weight: 9 }, cards), {
    numRuns: 10_000,
    seed: 1,
  })
  const per_request = 500
  for (let at = 0; at < numbers.length; at += per_request) {
    const variants = numbers
      .slice(at, at + per_request)
      .map((code) => ({ sku: code, barcode: code }))
    // The title is too long, so that nothing is made of it: only the guard is asked.
    const { problem } = await send({
      path: '/admin/products',
      key: secret,
      body: { title: 'x'.repeat(5_000), variants },
      says: '',
    })
    assert.notEqual(problem.code, 'card_number_refused')
  }
  for (const code of numbers.slice(0, 100)) {
    const { status, body } = await admin(world, 'GET', `/admin/stock-items?sku=${code}`)
    assert.equal(status, 200, JSON.stringify(body))
  }
  assert.deepEqual(await readFingerprint(world.db), before)
})

test('a declined card leaves an order that waits, and tells how to go on', async () => {
  const declined = await complete(world, cart, { card: 'pm_card_visa_chargeDeclined' })
  assert.equal(declined.status, 402)
  assert.equal(declined.body.code, 'payment_declined')
  assert.deepEqual(Object.keys(declined.body.next).sort(), ['pay_cart', 'pay_order'])
  assert.equal(declined.body.next.pay_order, `/store/orders/${declined.body.order_id}/payments`)
  assert.equal(declined.body.next.pay_cart, `/store/carts/${cart.id}/complete`)
  const number = await ask(world, 'GET', `/store/orders/${declined.body.order_id}`, {
    order_token: declined.body.order_token,
  })
  assert.deepEqual([number.body.number, number.body.state], [null, 'pending'])
  await assertPromises(world)
})
