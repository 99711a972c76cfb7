// Every route of the shop, asked by those who may not: each is refused, none breaks.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { makeFrame } from '#src/app/demo-frame.ts'
import { demoShopOf, makeKeys } from '#src/app/demo-shop.ts'
import { routes } from '#src/app/routes.ts'
import { transaction } from '#src/db/transaction.ts'
import type { Route } from '#src/http/route.ts'
import { type ApiKeyId, newId } from '#src/lib/ids.ts'
import { seedRoles } from '#src/staff/edit-staff.ts'
import { insertKey } from '#src/staff/keys.sql.ts'
import { hashKeyToken, hintOf, newKeyToken } from '#src/staff/keys.ts'
import { testApp, testSecret, testServer } from '#test/app.ts'
import { readFingerprint } from '#test/fingerprint.sql.ts'

const app = await testApp()
const server = await testServer(app, routes)
after(() => server.drain(100))
await seedRoles(app.db)
const frame = await transaction(app.db, (tx) => makeFrame(tx, 'http://shop.example', app.clock()))
await makeKeys(app.db, testSecret, frame, app.clock())
const { keys, secret_key } = demoShopOf(testSecret)
/** A secret key that may do nothing at all. */
const powerless = newKeyToken('secret')
await transaction(app.db, (tx) =>
  insertKey(tx, {
    id: newId<ApiKeyId>(),
    kind: 'secret',
    name: 'powerless',
    token_hash: hashKeyToken(powerless),
    hint: hintOf(powerless),
    channel_id: null,
    permissions: [],
    expires_at: null,
    created_at: app.clock(),
  }),
)

const id = '00000000-0000-7000-8000-000000000000'
const pathOf = ({ path }: Route): string => path.replaceAll(/:\w+/g, id)

async function statusOf(route: Route, key: string | null, cookie?: string): Promise<string> {
  const answer = await server.fastify.inject({
    method: route.method,
    url: pathOf(route),
    headers: {
      'idempotency-key': newId<string>(),
      ...(key === null ? {} : { authorization: `Bearer ${key}` }),
      ...(cookie ? { cookie } : {}),
      ...(route.body ? { 'content-type': 'application/json' } : {}),
    },
    ...(route.body ? { payload: '{}' } : {}),
  })
  const { code } = answer.json<{ code?: string }>()
  assert.match(answer.headers['content-type'] ?? '', /application\/problem\+json/, route.path)
  return `${answer.statusCode} ${code}`
}

const guarded = routes.filter(({ who }) => who !== 'anyone')
const of_staff = guarded.filter(({ who }) => who !== 'shop')
const of_shop = guarded.filter(({ who }) => who === 'shop')

test('the guarded routes are refused without a key, with a wrong one and with one of others', async () => {
  assert(of_staff.length > 60 && of_shop.length > 10)
  const before = await readFingerprint(app.db)
  const forged_cookie = `onhand_session=${'x'.repeat(43)}`
  for (const route of of_staff) {
    const name = `${route.method} ${route.path}`
    const refused = {
      no_key: await statusOf(route, null),
      wrong_key: await statusOf(route, 'sk_wrong_key_that_nobody_has'),
      publishable: await statusOf(route, keys.web),
      forged_session: await statusOf(route, null, forged_cookie),
    }
    assert.deepEqual(
      [name, refused],
      [
        name,
        {
          no_key: '401 session_missing',
          wrong_key: '401 key_invalid',
          publishable: '403 permission_missing',
          forged_session: '401 session_missing',
        },
      ],
    )
    // Routes for any member of staff ask for no permission.
    if (typeof route.who === 'object') {
      assert.deepEqual([name, await statusOf(route, powerless)], [name, '403 permission_missing'])
    }
  }
  for (const route of of_shop) {
    const name = `${route.method} ${route.path}`
    assert.deepEqual([name, await statusOf(route, null)], [name, '401 key_missing'])
    assert.deepEqual([name, await statusOf(route, 'pk_wrong')], [name, '401 key_invalid'])
    assert.deepEqual([name, await statusOf(route, secret_key)], [name, '403 permission_missing'])
  }
  assert.deepEqual(await readFingerprint(app.db), before)
})

test('routes that everyone may ask want a token or a signature, or break nothing', async () => {
  const open = routes.filter(({ who }) => who === 'anyone')
  const before = await readFingerprint(app.db)
  for (const route of open) {
    const answer = await server.fastify.inject({
      method: route.method,
      url: pathOf(route),
      ...(route.body ? { payload: {} } : {}),
    })
    const name = `${route.method} ${route.path}`
    assert(answer.statusCode >= 400 && answer.statusCode < 500, `${name} ${answer.statusCode}`)
  }
  assert.deepEqual(await readFingerprint(app.db), before)
})

test('another method at the address of a route is refused with those it takes', async () => {
  for (const path of new Set(guarded.map(({ path }) => path))) {
    const methods = new Set(guarded.filter((one) => one.path === path).map((one) => one.method))
    const other = (['PUT', 'DELETE', 'PATCH'] as const).find((method) => !methods.has(method))!
    const url = path.replaceAll(/:\w+/g, id)
    const answer = await server.fastify.inject({ method: other, url })
    assert.equal(answer.statusCode, 405, `${other} ${path}`)
    const allowed = String(answer.headers['allow']).split(', ')
    for (const method of methods) assert(allowed.includes(method), `${path} allows ${method}`)
  }
})
