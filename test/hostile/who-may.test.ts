// Every route of the description, asked by everybody who may not: each is refused, none writes.
// A route that is new is missed by name until somebody says here how it is guarded.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { routes } from '#src/app/routes.ts'
import { transaction } from '#src/db/transaction.ts'
import { plusMs } from '#src/lib/clock.ts'
import { signToken } from '#src/lib/tokens.ts'
import { revokeKey } from '#src/staff/keys.sql.ts'
import { hashKeyToken } from '#src/staff/keys.ts'
import { default_roles, type Permission, permissions } from '#src/staff/staff.ts'
import { testSecret, withServerRoutes } from '#test/app.ts'
import { enterCustomer } from '#test/customers.ts'
import { openClock } from '#test/movable-clock.ts'
import { ask, complete, fillCart, freshKey, german_address, openWorld } from '#test/world.ts'
import { assertTold, behind_proxy, fromElsewhere, idsFor, readAnswer, readIds } from './attacker.ts'
import {
  addressOf,
  isOfCustomer,
  isStaff,
  isStore,
  type Operation,
  readOperations,
} from './document.ts'
import {
  signIn as enterAs,
  hireAll,
  makeKey as makeKeyOf,
  openOutgrown,
  openWaiting,
  password,
  type Session,
} from './insiders.ts'
import { watchTables } from './unchanged.ts'
import { fittingValue } from './values.ts'

const clock = openClock()
const world = await openWorld({ worker: false, clock, ...behind_proxy })
const { web, india } = world.keys.keys
const operations = await readOperations(world.url)
const of_shop = operations.filter(isStore)
const of_staff = operations.filter(isStaff)
const open = operations.filter((one) => one.security.length === 0)
let asked = 0

// Two buyers, each with a cart and an order, and staff of every role.
const mine = await fillCart(world)
const theirs = await fillCart(world, [['TEA-EARL-GREY', 1]])
const paid = await complete(world, await fillCart(world))
const paid_too = await complete(world, await fillCart(world))
assert.deepEqual([paid.status, paid_too.status], [201, 201])
// Two customers. What belongs to the first lies under these addresses.
const grace = await enterCustomer(world, 'grace@example.com')
const eve = await enterCustomer(world, 'eve@example.com')
const leaving = await enterCustomer(world, 'leaving@example.com')
const gone = await ask(world, 'DELETE', '/store/session', { customer_token: leaving.token })
assert.equal(gone.status, 204)
const saved = await ask(world, 'POST', '/store/customers/me/addresses', {
  customer_token: grace.token,
  body: { address: german_address },
})
assert.equal(saved.status, 201, JSON.stringify(saved.body))
const of_grace = await ask(world, 'POST', '/store/carts', {
  customer_token: grace.token,
  body: { lines: [{ variant_id: world.variants.get('MUG-BLUE'), quantity: 1 }] },
})
const ordered = await complete(world, await fillCart(world))
await transaction(
  world.db,
  (tx) => tx.run`
    update orders set customer_id = ${grace.id} where id = ${ordered.body.order.id}`,
)
const sessions = await ask(world, 'GET', '/store/sessions', { customer_token: grace.token })
const things: Readonly<Record<string, string>> = {
  addresses: saved.body.id,
  orders: ordered.body.order.id,
  sessions: sessions.body.items[0].id,
}
await hireAll(world, clock())
const signIn = (name: string) => enterAs(world, name)
const makeKey = (may: readonly Permission[], expires_at: Date | null = null) =>
  makeKeyOf(world, may, { now: clock(), expires_at })
const powerless = await makeKey([])
const expired = await makeKey(permissions, plusMs(clock(), -1_000))
const revoked = await makeKey(permissions)
await transaction(world.db, (tx) => revokeKey(tx, revoked.id, clock()))

const ids = await readIds(world)
const watch = await watchTables(world.db)

type Headers = Readonly<Record<string, string>>
const bearer = (key: string): Headers => ({ authorization: `Bearer ${key}` })

/** A request that lacks nothing but the right to make it. */
async function tryTo(operation: Operation, headers: Headers, values: Headers = {}) {
  const { body, takes_bytes } = operation
  asked += 1
  const found = Object.entries(idsFor(operation, ids)).map(([name, some]) => [name, some[0]!])
  const sends = body !== null && !takes_bytes
  const response = await fetch(
    `${world.url}${addressOf(operation, { ...Object.fromEntries(found), ...values })}`,
    {
      method: operation.method,
      headers: {
        ...fromElsewhere(),
        'idempotency-key': freshKey(),
        ...(sends ? { 'content-type': 'application/json' } : {}),
        ...headers,
      },
      ...(sends ? { body: JSON.stringify(fittingValue(body)) } : {}),
    },
  )
  const answer = await readAnswer(response, operation.method)
  return `${answer.status} ${answer.code}`
}

const missing = (name: string): string => `${name} would be let in by nobody's word`

test('every route that is served is described, but for the pages of the reference', () => {
  const served = withServerRoutes(routes)
    .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`)
    .filter((name) => !name.startsWith('GET /docs'))
  assert.deepEqual(operations.map(({ name }) => name).sort(), served.sort())
})

test('no key, wrong, malformed, expired and revoked ones, and those of others: no route', async () => {
  assert(of_staff.length > 90 && of_shop.length > 12)
  const letters = 'k'.repeat(32)
  const strangers: readonly (readonly [string, Headers, string])[] = [
    ['a wrong key', bearer(`sk_${letters}`), '401 key_invalid'],
    ['a malformed key', bearer('sk_wrong'), '401 key_invalid'],
    ['an SQL key', bearer("sk_'or'1'='1"), '401 key_invalid'],
    ['a key that has run out', bearer(expired.token), '401 key_expired'],
    ['a key that was revoked', bearer(revoked.token), '401 key_invalid'],
    ['a key of the other shop, cut short', bearer(web.slice(0, -1)), '401 key_invalid'],
    ['a hash for a key', bearer(hashKeyToken(web).toString('hex')), '401 key_invalid'],
  ]
  const keyless: readonly (readonly [string, Headers])[] = [
    ['no key', {}],
    ['no word Bearer', { authorization: world.keys.secret_key }],
    ['Basic', { authorization: `Basic ${btoa(`${world.keys.secret_key}:`)}` }],
    ['nothing behind Bearer', { authorization: 'Bearer ' }],
    ['two keys', { authorization: `Bearer ${web} ${world.keys.secret_key}` }],
    ['an endless key', { authorization: `Bearer sk_${'k'.repeat(4_000)}` }],
    ['a key in another header', { 'x-api-key': world.keys.secret_key }],
    ['a key in a cookie', { cookie: `authorization=Bearer ${world.keys.secret_key}` }],
  ]
  for (const operation of [...of_shop, ...of_staff]) {
    const none = isStore(operation) ? '401 key_missing' : '401 session_missing'
    const said: Record<string, string> = {}
    const expected: Record<string, string> = {}
    for (const [who, headers, says] of strangers) {
      said[who] = await tryTo(operation, headers)
      expected[who] = says
    }
    for (const [who, headers] of keyless) {
      said[who] = await tryTo(operation, headers)
      expected[who] = none
    }
    const other = isStore(operation) ? world.keys.secret_key : web
    said['a key of the other kind'] = await tryTo(operation, bearer(other))
    expected['a key of the other kind'] = '403 permission_missing'
    assert.deepEqual([operation.name, said], [operation.name, expected])
    await watch.assertUnchanged(operation.name)
  }
})

/** Who they are, their own password and second factor, and that they leave. */
const of_oneself = /^\/admin\/(sign-out|me|me\/password|second-factor(\/[a-z-]+)?)$/

test('every role and every single permission: what is not theirs is refused', async () => {
  const sessions = new Map<string, Session>()
  for (const role of Object.keys(default_roles)) sessions.set(role, await signIn(role))
  const single = new Map<Permission, string>()
  for (const one of permissions) single.set(one, (await makeKey([one])).token)
  await watch.accept()
  let refused = 0
  for (const operation of of_staff) {
    const { permission, name } = operation
    // All members of staff may say those.
    if (permission === null) {
      assert(of_oneself.test(operation.path), missing(name))
      continue
    }
    assert(permissions.includes(permission as Permission), `${name}: ${permission}`)
    for (const [role, session] of sessions) {
      const may: readonly string[] = default_roles[role as keyof typeof default_roles]
      if (may.includes(permission)) continue
      assert.equal(await tryTo(operation, session), '403 permission_missing', `${role} ${name}`)
      refused += 1
    }
    const others = [...single].filter(([one]) => one !== permission)
    for (const [one, key] of [...others, ['nothing', powerless.token] as const]) {
      const said = await tryTo(operation, bearer(key))
      assert.equal(said, '403 permission_missing', `whoever may ${one}: ${name}`)
      refused += 1
    }
    await watch.assertUnchanged(name)
    // The right alone opens the door, so that the others were kept out by the lack of it.
    if (operation.method !== 'GET' || operation.path.endsWith('/stream')) continue
    const own = single.get(permission as Permission)!
    assert.doesNotMatch(await tryTo(operation, bearer(own)), /^(401|403)/, name)
    await watch.accept()
  }
  assert(refused > 2_000, `${refused}`)
})

test('who may change staff but do little else neither gives nor takes what they have not', async () => {
  const { token } = await makeKey(['staff:write', 'orders:read'])
  const { rows } = await world.db.query<{ id: string; role: string }>('select id, role from staff')
  const owner = rows.find(({ role }) => role === 'owner')!.id
  const support = rows.find(({ role }) => role === 'support')!.id
  const person = { email: 'eve@shop.example', name: 'Eve', password }
  const secret = { kind: 'secret', name: 'Eve' }
  const own = { name: 'Clerks', permissions: ['orders:read'] }
  const made = await ask(world, 'PUT', '/admin/roles/clerks', { key: token, body: own })
  assert.equal(made.status, 200, 'what they have, they give')
  const steps: readonly (readonly [string, string, object])[] = [
    ['PATCH', `/admin/staff/${owner}`, { role: 'clerks' }],
    ['PATCH', `/admin/staff/${support}`, { role: 'clerks' }],
    ['PATCH', `/admin/staff/${owner}`, { disabled: true }],
    ['PATCH', `/admin/staff/${support}`, { role: 'owner' }],
    ['PATCH', `/admin/staff/${support}`, { disabled: true }],
    ['POST', '/admin/staff', { ...person, role: 'owner' }],
    ['PUT', '/admin/roles/support', { name: 'Support', permissions: ['orders:read'] }],
    ['PUT', '/admin/roles/eve', { name: 'Eve', permissions: ['orders:read', 'payments:write'] }],
    ['POST', '/admin/keys', { ...secret, permissions: ['orders:read', 'ledger:read'] }],
  ]
  await watch.accept()
  for (const [method, path, body] of steps) {
    const said = await ask(world, method, path, { key: token, body })
    const what = `${method} ${path} ${JSON.stringify(body)}`
    assert.equal(`${said.status} ${said.body.code}`, '403 permission_missing', what)
    await watch.assertUnchanged(what)
  }
})

test('a session that is over, is of somebody disabled or was signed out opens nothing', async () => {
  const [old, gone, out] = [await signIn('owner'), await signIn('support'), await signIn('owner')]
  const { rows } = await world.db.query<{ id: string }>(
    "select id from staff where role = 'support' and email like 'support@%'",
  )
  const disable = { key: world.keys.secret_key, body: { disabled: true } }
  assert.equal((await ask(world, 'PATCH', `/admin/staff/${rows[0]!.id}`, disable)).status, 200)
  const signed_out = await fetch(`${world.url}/admin/sign-out`, { method: 'POST', headers: out })
  assert.equal(signed_out.status, 204)
  await watch.accept()
  const forged = { ...old, cookie: `onhand_session=${'x'.repeat(43)}` }
  const others = { gone, out, forged }
  for (const operation of of_staff) {
    for (const [who, session] of Object.entries(others)) {
      const said = await tryTo(operation, session)
      assert.equal(said, '401 session_missing', `${who} ${operation.name}`)
    }
  }
  await clock.advance(12 * 3_600_000)
  for (const operation of of_staff) {
    assert.equal(await tryTo(operation, old), '401 session_missing', operation.name)
  }
  await watch.assertUnchanged('sessions')
})

const cart_token = { 'x-cart-token': mine.token }
const order_token = { 'x-order-token': paid.body.token as string }
const order_id = paid.body.order.id as string

/** What belongs to one buyer, by the address under which it lies. */
const owned: readonly { readonly path: RegExp; readonly own: Headers; readonly id: string }[] = [
  { path: /^\/store\/carts\/\{id\}/, own: cart_token, id: mine.id },
  { path: /^\/store\/orders\/\{id\}/, own: order_token, id: order_id },
  { path: /^\/store\/payments\/\{id\}/, own: order_token, id: paid.body.payment.id },
]
/** What everybody sees who has the key of the shop, and where something new begins. */
const of_all = new Set([
  'POST /store/carts',
  'POST /store/orders',
  // By the token in its body, which is for nothing else: see test/journeys/left-carts.test.ts.
  'POST /store/cart-recoveries',
  'GET /store/products',
  'GET /store/products/{handle}',
  'GET /store/categories',
  'GET /store/collections',
  'GET /store/search',
  // A link that holds its own token, looked at below.
  'GET /store/downloads/{token}',
  'HEAD /store/downloads/{token}',
  // Likewise: see test/journeys/drafts.test.ts.
  'GET /store/drafts/{token}',
  'POST /store/drafts/{token}/complete',
  'GET /store/shop',
  'POST /store/customers',
  'POST /store/sessions',
  'POST /store/password-resets',
])
/** Who holds the token that stands in the body, goes in. */
const by_link = new Set([
  'POST /store/customers/verification',
  'POST /store/password-resets/confirmation',
])
const ownedBy = ({ path }: Operation) => owned.find((one) => one.path.test(path))

test("another buyer's cart, order and payment: no route, with whatever token", async () => {
  const now = clock()
  const { order } = paid_too.body
  const wrong: Readonly<Record<string, Headers>> = {
    'no token': {},
    'the token of another cart': { 'x-cart-token': theirs.token },
    'the token of another order': { 'x-order-token': paid_too.body.token },
    'a cart token for an order, and the other way': {
      'x-cart-token': signToken(testSecret, 'order', mine.id),
      'x-order-token': signToken(testSecret, 'cart', order_id),
    },
    'a customer token': {
      'x-cart-token': signToken(testSecret, 'customer', mine.id),
      'x-order-token': signToken(testSecret, 'customer', order_id),
    },
    'tokens that have run out': {
      'x-cart-token': signToken(testSecret, 'cart', mine.id, plusMs(now, -1_000)),
      'x-order-token': signToken(testSecret, 'order', order_id, plusMs(now, -1_000)),
    },
    'a token whose id was changed': {
      'x-cart-token': theirs.token.replace(theirs.id, mine.id),
      'x-order-token': paid_too.body.token.replace(order.id, order_id),
    },
    'a token without its signature': {
      'x-cart-token': `c.${mine.id}..`,
      'x-order-token': `o.${order_id}..`,
    },
    'an odd token': { 'x-cart-token': "' or 1=1 --", 'x-order-token': '../../x' },
  }
  let tried = 0
  for (const operation of [...of_shop, ...open].filter(({ path }) => /^\/store\//.test(path))) {
    const owner = ownedBy(operation)
    if (isOfCustomer(operation)) continue
    if (by_link.has(operation.name)) {
      await watch.accept()
      assert.equal(await tryTo(operation, bearer(web)), '422 link_invalid', operation.name)
      await watch.assertUnchanged(operation.name)
      continue
    }
    if (!owner) {
      assert(of_all.has(operation.name), missing(operation.name))
      continue
    }
    const values = { id: owner.id }
    await watch.accept()
    for (const [who, headers] of Object.entries(wrong)) {
      const said = await tryTo(operation, { ...bearer(web), ...headers }, values)
      assert.match(said, /^(401 token_missing|403 token_wrong)$/, `${who}: ${operation.name}`)
      tried += 1
    }
    await watch.assertUnchanged(operation.name)
    // Documents and streams are opened by the link alone; all else asks for the shop's own key.
    if (!isStore(operation)) continue
    const said = await tryTo(operation, { ...bearer(india), ...owner.own }, values)
    assert.equal(said, '403 token_wrong', `the key of another channel: ${operation.name}`)
    await watch.assertUnchanged(operation.name)
  }
  assert(tried > 100, `${tried}`)
})

test('lines, documents and payments of others, by their own token', async () => {
  const line = theirs.cart.lines[0].id
  await watch.accept()
  for (const method of ['PATCH', 'DELETE']) {
    const path = `/store/carts/${mine.id}/lines/${line}`
    const body = method === 'PATCH' ? { body: { quantity: 5 } } : {}
    const said = await ask(world, method, path, { token: mine.token, ...body })
    assert.deepEqual([said.status, said.body.code], [404, 'not_found'], method)
  }
  const other_payment = paid_too.body.payment.id
  const said = await ask(world, 'POST', `/store/payments/${other_payment}/continue`, {
    order_token: paid.body.token,
    body: {},
  })
  assert.match(`${said.status} ${said.body.code}`, /^(403 token_wrong|404 not_found)$/)
  await watch.assertUnchanged('what is not theirs')
})

const of_customer = (token: string): Headers => ({ 'x-customer-token': token })

test('what belongs to a customer: not to another one, and to nobody without a session', async () => {
  const mine_all = operations.filter(isOfCustomer)
  assert(mine_all.length > 15, `${mine_all.length}`)
  const strangers: Readonly<Record<string, Headers>> = {
    'no session': {},
    'a session that was ended': of_customer(leaving.token),
    'a made-up session': of_customer(`cs_${'x'.repeat(43)}`),
    'a token cut short': of_customer(grace.token.slice(0, -1)),
    'an odd token': of_customer("cs_' or 1=1 --"),
    'the token of a cart': of_customer(of_grace.body.token),
    'a token as a bearer': { authorization: `Bearer ${grace.token}` },
    'the token that storefronts get from staff': of_customer(
      signToken(testSecret, 'customer', grace.id),
    ),
  }
  await watch.accept()
  let of_others = 0
  for (const operation of mine_all) {
    for (const [who, headers] of Object.entries(strangers)) {
      const said = await tryTo(operation, { ...bearer(web), ...headers })
      const expected = headers['authorization'] ? '401 key_invalid' : '401 session_missing'
      assert.equal(said, expected, `${who}: ${operation.name}`)
    }
    const thing = things[/([\w-]+)\/\{id\}$/.exec(operation.path)?.[1] ?? '']
    if (operation.path.includes('{id}')) {
      assert(thing, missing(operation.name))
      of_others += 1
      const headers = { ...bearer(web), ...of_customer(eve.token) }
      const body = operation.method === 'PATCH' ? '{}' : null
      const response = await fetch(`${world.url}${addressOf(operation, { id: thing })}`, {
        method: operation.method,
        headers: { ...fromElsewhere(), ...headers, 'content-type': 'application/json' },
        ...(body ? { body } : {}),
      })
      const said = await readAnswer(response)
      assert.equal(`${said.status} ${said.code}`, '404 not_found', operation.name)
    }
    await watch.assertUnchanged(operation.name)
  }
  assert(of_others >= 4, `${of_others}`)
  // A cart of a customer is opened by its own token, not by that of another customer.
  const path = `/store/carts/${of_grace.body.cart.id}`
  for (const token of [theirs.token, undefined]) {
    const said = await ask(world, 'GET', path, {
      customer_token: eve.token,
      ...(token ? { token } : {}),
    })
    assert.match(said.body.code, /^token_(wrong|missing)$/)
  }
})

/** Pages of goods take no token for none: one that is over is no shopper whom nobody knows. */
const showsOwnPrices = ({ path, method }: Operation): boolean =>
  method === 'GET' && /^\/store\/(products|search)\b/.test(path)

test('every route × every identity: the rules say who comes in, and the server says the same', async () => {
  const every = await makeKey(permissions)
  const roles = new Map<string, Session>()
  for (const role of ['owner', 'warehouse', 'accounting']) roles.set(role, await signIn(role))
  const waiting = await openWaiting(world, clock())
  const outgrown = await openOutgrown(world, clock())
  type Verdict = 'in' | string
  type Somebody = { readonly headers: Headers; readonly verdict: (op: Operation) => Verdict }
  const staffVerdict = (may: readonly string[]) => (operation: Operation) => {
    if (isStore(operation)) return '401 key_missing'
    const { permission } = operation
    return permission === null || may.includes(permission) ? 'in' : '403 permission_missing'
  }
  const customer = (token: string, holds: boolean): Somebody => ({
    headers: { ...bearer(web), ...of_customer(token) },
    verdict: (operation) => {
      if (isStaff(operation)) return '403 permission_missing'
      const is_asked = isOfCustomer(operation) || showsOwnPrices(operation)
      return is_asked && !holds ? '401 session_missing' : 'in'
    },
  })
  const waits = (headers: Headers): Somebody => ({
    headers,
    verdict: (operation) => {
      if (isStore(operation)) return '401 key_missing'
      return operation.waiting ? 'in' : '403 second_factor_missing'
    },
  })
  const machine = (token: string, may: readonly string[]): Somebody => ({
    headers: bearer(token),
    verdict: (operation) => {
      const { permission } = operation
      const opens = permission === null || may.includes(permission)
      return isStore(operation) || !opens ? '403 permission_missing' : 'in'
    },
  })
  const people: Readonly<Record<string, Somebody>> = {
    'an owner who has not shown the code': waits(waiting.code),
    'somebody who has no second factor yet': waits(waiting.enrolment),
    'a key of somebody who may do less now': machine(outgrown.less, default_roles.warehouse),
    'a key of somebody who has left': machine(outgrown.nothing, []),
    'a key that has expired': {
      headers: bearer(outgrown.expired),
      verdict: () => '401 key_expired',
    },
    nobody: {
      headers: {},
      verdict: (operation) => (isStore(operation) ? '401 key_missing' : '401 session_missing'),
    },
    'a shopper': {
      headers: bearer(web),
      verdict: (operation) => {
        if (isStaff(operation)) return '403 permission_missing'
        return isOfCustomer(operation) ? '401 session_missing' : 'in'
      },
    },
    'a customer': customer(grace.token, true),
    'another customer': customer(eve.token, true),
    'a customer who has left': customer(leaving.token, false),
    'a customer without a key': {
      headers: of_customer(grace.token),
      verdict: (operation) => (isStore(operation) ? '401 key_missing' : '401 session_missing'),
    },
    'a machine that may do all': machine(every.token, permissions),
    'a machine that may do nothing': machine(powerless.token, []),
    ...Object.fromEntries(
      [...roles].map(([role, session]) => [
        role,
        {
          headers: session,
          verdict: staffVerdict(default_roles[role as keyof typeof default_roles]),
        },
      ]),
    ),
  }
  const refused_by_the_door = /^(401 (key|session)_|403 (permission|second_factor)_missing)/
  let cells = 0
  for (const operation of [...of_shop, ...of_staff]) {
    await watch.accept()
    for (const [who, { headers, verdict }] of Object.entries(people)) {
      const expected = verdict(operation)
      const what = `${who}: ${operation.name}`
      cells += 1
      if (expected !== 'in') assert.equal(await tryTo(operation, headers), expected, what)
      else if (operation.method === 'GET' && !operation.path.endsWith('/stream')) {
        assert.doesNotMatch(await tryTo(operation, headers), refused_by_the_door, what)
      }
    }
    await watch.assertUnchanged(operation.name)
  }
  assert(cells > 3_000, `${cells}`)
})

type Guard = 'public' | 'link' | 'signature' | 'password' | 'provider'
/** The routes that ask for no key, each with what guards it. */
const doors: Readonly<Record<string, Guard>> = {
  'GET /store/orders/{id}/events': 'link',
  'GET /store/orders/{id}/invoices/{invoice_id}/pdf': 'link',
  'GET /o/{token}': 'link',
  'GET /store/downloads/{token}': 'link',
  'HEAD /store/downloads/{token}': 'link',
  'POST /hooks/{plugin}': 'signature',
  'POST /admin/sign-in': 'password',
  'POST /admin/password-resets/confirmation': 'link',
  // It tells nobody anything, and writes to who has the address: see staff-passwords.test.ts.
  'POST /admin/password-resets': 'public',
  'GET /admin/new-password': 'public',
  'GET /admin/sign-in/openid': 'provider',
  'GET /admin/sign-in/openid/callback': 'provider',
  'GET /media/{file}': 'public',
  'GET /healthz': 'public',
  'GET /readyz': 'public',
  'GET /metrics': 'public',
  'GET /problems/{code}': 'public',
  'GET /openapi.json': 'public',
}

test('routes without a key are the ones that are known to be open, and no other', async () => {
  const names = open.map(({ name }) => name)
  assert.deepEqual(
    names.filter((name) => !doors[name]),
    [],
    missing('what is new'),
  )
  assert.deepEqual(
    Object.keys(doors).filter((name) => !names.includes(name)),
    [],
  )
  await watch.accept()
  for (const operation of open) {
    if (doors[operation.name] === 'public') continue
    for (const headers of [{}, bearer(web), bearer(world.keys.secret_key)]) {
      const said = await tryTo(operation, headers, { token: 'no-token' })
      assert.match(said, /^(400|401|403|404|422) /, `${operation.name} ${said}`)
    }
  }
  await watch.assertUnchanged('open doors')
})

test('another method at the address of a route is refused with those it takes', async () => {
  for (const [path, here] of Map.groupBy(operations, (one) => one.path)) {
    const methods = here.map(({ method }) => method as string)
    const others = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH'].filter((one) => !methods.includes(one))
    for (const method of others) {
      asked += 1
      const address = addressOf(here[0]!, { file: 'a.svg', kind: 'receipt', locale: 'en' })
      const answer = await fetch(`${world.url}${address}`, { method })
      const told = await readAnswer(answer)
      assertTold(told, `${method} ${path}`)
      assert.equal(told.status, 405, `${method} ${path}`)
      assert.deepEqual(answer.headers.get('allow')?.split(', ').sort(), methods.sort(), path)
    }
  }
})

after(() => {
  process.stderr.write(`# ${asked} requests at ${operations.length} operations\n`)
})
