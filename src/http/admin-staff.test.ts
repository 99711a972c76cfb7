import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { transaction } from '#src/db/transaction.ts'
import { type ChannelId, newId } from '#src/lib/ids.ts'
import { hashPassword, isPassword } from '#src/lib/passwords.ts'
import { createKey, derivedKeyToken } from '#src/staff/edit-keys.ts'
import { asServer, createStaff, seedRoles } from '#src/staff/edit-staff.ts'
import { createKeyLookup } from '#src/staff/keys.ts'
import { testApp, testSecret, testServer } from '#test/app.ts'
import { admin_key_routes } from './admin-keys.ts'
import { admin_sign_in_routes } from './admin-sign-in.ts'
import { admin_staff_routes } from './admin-staff.ts'
import { Closed, type Route, route } from './route.ts'

const guarded: readonly Route[] = [
  route({
    method: 'GET',
    path: '/store/shop',
    who: 'shop',
    summary: 'For shoppers',
    replies: { 204: null },
    handle: async () => ({ status: 204 }),
  }),
  route({
    method: 'POST',
    path: '/admin/stock',
    who: { staff: 'stock:write' },
    summary: 'For those who may write stock',
    replies: { 200: Closed({}) },
    handle: async () => ({ status: 200, body: {} }),
  }),
]

const app = await testApp()
const staff_routes = [...admin_sign_in_routes, ...admin_staff_routes, ...admin_key_routes]
const server = await testServer(app, [...staff_routes, ...guarded])
after(() => server.drain(100))

const password = 'correct horse battery'
await seedRoles(app.db)
const by_us = asServer(new Date())
const owner = await createStaff(
  app.db,
  { email: 'Owner@Shop.example', name: 'Owner', role: 'owner', password },
  by_us,
)
await createStaff(
  app.db,
  { email: 'ware@shop.example', name: 'Ware', role: 'warehouse', password },
  by_us,
)
const channel_id = newId<ChannelId>()
const entity_id = newId<string & {}>()
await transaction(app.db, async (tx) => {
  await tx.run`
    insert into legal_entity (id, code, name, address, time_zone)
    values (${entity_id}, 'one', 'One', '{}', 'UTC')`
  await tx.run`
    insert into channel (id, code, name, legal_entity_id, currencies, countries, default_country,
      storefront_url, reply_to, payment_providers)
    values (${channel_id}, 'web', 'Web', ${entity_id}, '{EUR}', '{DE}', 'DE', 'http://shop',
      'a@b.example', '{}')`
})

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
type Call = { readonly headers?: Record<string, string>; readonly body?: object }
let calls = 0

async function call(method: Method, url: string, { headers = {}, body }: Call = {}) {
  const answer = await server.fastify.inject({
    method,
    url,
    headers: { 'idempotency-key': `test-key-${++calls}`, ...headers },
    ...(body ? { payload: body } : {}),
  })
  const json = answer.body === '' ? {} : answer.json<Record<string, unknown>>()
  return { status: answer.statusCode, code: json['code'], json, headers: answer.headers }
}
const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

async function signInAs(email: string): Promise<Record<string, string>> {
  const answer = await call('POST', '/admin/sign-in', { body: { email, password } })
  assert.equal(answer.status, 200)
  const cookie = String(answer.headers['set-cookie']).split(';')[0]!
  return { cookie, 'x-csrf-token': answer.json['csrf_token'] as string }
}

test('the session cookie cannot be read by scripts nor sent by other sites', async () => {
  const { headers, json } = await call('POST', '/admin/sign-in', {
    body: { email: 'owner@shop.example', password },
  })
  const cookie = String(headers['set-cookie'])
  assert.match(cookie, /^onhand_session=[\w-]{43}; Max-Age=43200; Path=\/; HttpOnly; SameSite=Lax$/)
  assert.equal(json['id'], owner.id)
  assert.doesNotMatch(JSON.stringify(json), /argon2|password/)
  const secure = await testServer({ ...app, public_url: 'https://shop.example' }, staff_routes)
  const answer = await secure.fastify.inject({
    method: 'POST',
    url: '/admin/sign-in',
    payload: { email: 'owner@shop.example', password },
  })
  assert.match(String(answer.headers['set-cookie']), /; Secure/)
  await secure.drain(100)
})

test('a wrong password, a stranger and a disabled person get one and the same answer', async () => {
  const gone = await createStaff(
    app.db,
    { email: 'gone@shop.example', name: 'Gone', role: 'support', password },
    by_us,
  )
  const session = await signInAs('gone@shop.example')
  const boss = await signInAs('owner@shop.example')
  const path = `/admin/staff/${gone.id}`
  await call('PATCH', path, { headers: boss, body: { disabled: true } })
  assert.equal((await call('GET', '/admin/me', { headers: session })).code, 'session_missing')
  for (const body of [
    { email: 'owner@shop.example', password: 'wrong' },
    { email: 'nobody@shop.example', password },
    { email: 'gone@shop.example', password },
  ]) {
    assert.equal((await call('POST', '/admin/sign-in', { body })).code, 'sign_in_failed')
  }
  await call('PATCH', path, { headers: boss, body: { disabled: false } })
  assert(await signInAs('gone@shop.example'))
})

test('guessing at one person is stopped, whoever else asks', async () => {
  const limited = await testServer(app, staff_routes)
  const ask = async (email: string, address: string) =>
    limited.fastify
      .inject({
        method: 'POST',
        url: '/admin/sign-in',
        remoteAddress: address,
        payload: { email, password: 'a guess' },
      })
      .then((answer) => answer.json<{ code: string }>().code)
  const codes = await Promise.all(
    Array.from({ length: 10 }, (_, i) => ask('target@shop.example', `10.0.0.${i}`)),
  )
  assert.deepEqual(new Set(codes), new Set(['sign_in_failed']))
  assert.equal(await ask('target@shop.example', '10.0.1.1'), 'too_many_requests')
  assert.equal(await ask('other@shop.example', '10.0.1.1'), 'sign_in_failed')
  await limited.drain(100)
})

test('writes of a session need its CSRF token, reads do not', async () => {
  const { cookie } = await signInAs('ware@shop.example')
  const other = await signInAs('owner@shop.example')
  const headers = { cookie: cookie! }
  assert.equal((await call('GET', '/admin/me', { headers })).status, 200)
  assert.equal((await call('POST', '/admin/stock', { headers })).code, 'csrf_token_wrong')
  const foreign = { ...headers, 'x-csrf-token': other['x-csrf-token']! }
  assert.equal((await call('POST', '/admin/stock', { headers: foreign })).code, 'csrf_token_wrong')
})

test('a role gives its permissions and no other, and changes count at once', async () => {
  const ware = await signInAs('ware@shop.example')
  const boss = await signInAs('owner@shop.example')
  assert.equal((await call('POST', '/admin/stock', { headers: ware })).status, 200)
  assert.equal((await call('GET', '/admin/staff', { headers: ware })).code, 'permission_missing')
  const role = { name: 'Warehouse', permissions: ['stock:read'] }
  const put = await call('PUT', '/admin/roles/warehouse', { headers: boss, body: role })
  assert.equal(put.status, 200)
  assert.equal((await call('POST', '/admin/stock', { headers: ware })).code, 'permission_missing')
  const bad = { name: 'X', permissions: ['everything'] }
  const refused = await call('PUT', '/admin/roles/x', { headers: boss, body: bad })
  assert.equal(refused.code, 'invalid_input')
  assert.equal(
    (await call('PUT', '/admin/roles/owner', { headers: boss, body: role })).code,
    'in_use',
  )
})

test('signing out ends the session', async () => {
  const headers = await signInAs('ware@shop.example')
  assert.equal((await call('POST', '/admin/sign-out', { headers })).status, 204)
  assert.equal((await call('GET', '/admin/me', { headers })).code, 'session_missing')
})

test('the last owner stays', async () => {
  const headers = await signInAs('owner@shop.example')
  for (const body of [{ disabled: true }, { role: 'support' }]) {
    const answer = await call('PATCH', `/admin/staff/${owner.id}`, { headers, body })
    assert.equal(answer.code, 'in_use')
  }
})

test('a person is created once per Idempotency-Key', async () => {
  const boss = await signInAs('owner@shop.example')
  const body = { email: 'new@shop.example', name: 'New', role: 'support', password }
  const headers = { ...boss, 'idempotency-key': 'create-new-person' }
  const first = await call('POST', '/admin/staff', { headers, body })
  const again = await call('POST', '/admin/staff', { headers, body })
  assert.equal(first.status, 201)
  assert.deepEqual(again.json, first.json)
  const other = await call('POST', '/admin/staff', { headers, body: { ...body, name: 'Other' } })
  assert.equal(other.code, 'idempotency_key_reused')
  const taken = await call('POST', '/admin/staff', { headers: boss, body })
  assert.equal(taken.code, 'already_exists')
  const { json } = await call('GET', '/admin/staff?limit=1', { headers: boss })
  const { items, next_cursor } = json as { items: { id: string }[]; next_cursor: string }
  assert.equal(items[0]!.id, first.json['id'])
  const next = await call('GET', `/admin/staff?limit=1&after=${next_cursor}`, { headers: boss })
  assert.notEqual((next.json['items'] as { id: string }[])[0]!.id, first.json['id'])
})

test('a secret key is told once, carries its permissions and ends when it is revoked', async () => {
  const boss = await signInAs('owner@shop.example')
  const body = { kind: 'secret', name: 'Robot', permissions: ['stock:write'] }
  const headers = { ...boss, 'idempotency-key': 'create-robot-key' }
  const made = await call('POST', '/admin/keys', { headers, body })
  const token = made.json['token'] as string
  assert.match(token, /^sk_[\w-]{32}$/)
  assert.equal((await call('POST', '/admin/keys', { headers, body })).json['token'], null)
  const robot = bearer(token)
  assert.equal((await call('POST', '/admin/stock', { headers: robot })).status, 200)
  assert.equal((await call('GET', '/admin/me', { headers: robot })).json['kind'], 'key')
  assert.equal((await call('GET', '/admin/keys', { headers: robot })).code, 'permission_missing')
  assert.equal((await call('GET', '/store/shop', { headers: robot })).code, 'permission_missing')
  const list = JSON.stringify((await call('GET', '/admin/keys', { headers: boss })).json)
  assert(list.includes('Robot') && !list.includes(token))
  const { id } = made.json['key'] as { id: string }
  assert.equal((await call('DELETE', `/admin/keys/${id}`, { headers: boss })).status, 200)
  assert.equal((await call('POST', '/admin/stock', { headers: robot })).code, 'key_invalid')
})

test('nobody hands out a right that they do not have', async () => {
  const permissions = ['staff:write', 'stock:write'] as const
  const { token } = await createKey(
    app.db,
    { kind: 'secret', name: 'HR', channel_id: null, permissions, expires_at: null, token: null },
    by_us,
  )
  const headers = bearer(token!)
  const key = { kind: 'secret', name: 'More', permissions: ['payments:write'] }
  const boss = { email: 'boss@shop.example', name: 'Boss', role: 'owner', password }
  const role = { name: 'More', permissions: ['payments:write'] }
  for (const answer of [
    await call('POST', '/admin/keys', { headers, body: key }),
    await call('POST', '/admin/staff', { headers, body: boss }),
    await call('PUT', '/admin/roles/more', { headers, body: role }),
  ]) {
    assert.equal(answer.code, 'permission_missing')
  }
  // But a key that has leaked is stopped by whoever sees it first.
  const asked = { kind: 'secret', name: 'Leaked', channel_id: null, expires_at: null } as const
  const more = { ...asked, permissions: ['payments:write'], token: null } as const
  const { key: leaked } = await createKey(app.db, more, by_us)
  const revoked = await call('DELETE', `/admin/keys/${leaked.id}`, { headers })
  assert.deepEqual([revoked.status, revoked.json['revoked_at'] !== null], [200, true])
})

test('a publishable key opens the shop of its channel and nothing else', async () => {
  const boss = await signInAs('owner@shop.example')
  const body = { kind: 'publishable', name: 'Web', channel_id }
  const made = await call('POST', '/admin/keys', { headers: boss, body })
  const headers = bearer(made.json['token'] as string)
  assert.equal((await call('GET', '/store/shop', { headers })).status, 204)
  assert.equal((await call('POST', '/admin/stock', { headers })).code, 'permission_missing')
  const nowhere = { ...body, channel_id: newId<ChannelId>() }
  const refused = await call('POST', '/admin/keys', { headers: boss, body: nowhere })
  assert.equal(refused.code, 'invalid_input')
})

test('no key, a wrong key and an expired key are refused', async () => {
  assert.equal((await call('GET', '/store/shop')).code, 'key_missing')
  assert.equal((await call('POST', '/admin/stock')).code, 'session_missing')
  const token = derivedKeyToken(testSecret, 'publishable', 'expired')
  assert.equal((await call('GET', '/store/shop', { headers: bearer(token) })).code, 'key_invalid')
  await createKey(
    app.db,
    {
      kind: 'publishable',
      name: 'Old',
      channel_id,
      permissions: [],
      expires_at: new Date('2020-01-01T00:00:00Z'),
      token,
    },
    by_us,
  )
  app.keys.forget()
  assert.equal((await call('GET', '/store/shop', { headers: bearer(token) })).code, 'key_expired')
})

test('a key that is revoked elsewhere ends within a second', async () => {
  const token = derivedKeyToken(testSecret, 'secret', 'elsewhere')
  const asked = { kind: 'secret', name: 'E', channel_id: null, permissions: [], token } as const
  const { key } = await createKey(app.db, { ...asked, expires_at: null }, by_us)
  const lookup = createKeyLookup(app.db)
  assert.equal((await lookup.find(token, new Date()))!.id, key.id)
  await transaction(
    app.db,
    (tx) => tx.run`
    update api_key set revoked_at = now() where id = ${key.id}`,
  )
  const revoked_at = performance.now()
  while (await lookup.find(token, new Date())) {
    assert(performance.now() - revoked_at < 3_000)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
})

test('passwords are compared by their argon2id hash', async () => {
  const hash = await hashPassword('pässwörd')
  assert.match(hash, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
  assert(await isPassword('pässwörd', hash))
  assert(await isPassword('pässwörd'.normalize('NFD'), hash))
  assert(!(await isPassword('password', hash)))
  assert(!(await isPassword('password', null)))
  assert(!(await isPassword('password', 'not a hash')))
})
