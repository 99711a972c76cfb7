// Staff sign in by an OpenID provider: a real one, on this machine, through HTTP alone. Then the
// same with everything that somebody in between could change.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { routes } from '#src/app/routes.ts'
import { transaction } from '#src/db/transaction.ts'
import { send } from '#src/lib/http-client.ts'
import { Secret } from '#src/lib/secret.ts'
import { asServer, createStaff, editStaff, seedRoles } from '#src/staff/edit-staff.ts'
import { openid_callback, openOpenId } from '#src/staff/openid.ts'
import { testApp, testSecret, testServer, withServerRoutes } from '#test/app.ts'
import { atEnd } from '#test/cleanup.ts'
import { client, startOpenIdProvider } from '#test/openid-provider.ts'
import { freePort } from '#test/world.ts'

const port = await freePort()
const url = `http://127.0.0.1:${port}`
const redirect_uri = url + openid_callback
const provider = await startOpenIdProvider(redirect_uri)
const terms = {
  issuer: provider.issuer,
  client_id: client.client_id,
  client_secret: new Secret(client.client_secret),
  default_role: null,
  return_url: '/admin/me',
}
const parts = { send, key: testSecret, redirect_uri }
const settings: { default_role: string | null } & Omit<typeof terms, 'default_role'> = { ...terms }
const app = await testApp({ public_url: url, openid: openOpenId(settings, parts) })
await seedRoles(app.db)
const server = await testServer(app, withServerRoutes(routes))
await server.listen('127.0.0.1', port)
atEnd(() => server.drain(500))

const now = new Date()
const hire = (email: string, role = 'support') =>
  createStaff(
    app.db,
    { email, name: email, role, password: 'correct horse battery' },
    asServer(now),
  )

type Begun = { readonly location: string; readonly cookie: string }
const cookieOf = (answer: Response, name: string): string | null =>
  answer.headers
    .getSetCookie()
    .map((one) => one.split(';')[0]!)
    .find((one) => one.startsWith(`${name}=`)) ?? null

async function begin(): Promise<Begun> {
  const answer = await fetch(`${url}/admin/sign-in/openid`, { redirect: 'manual' })
  assert.equal(answer.status, 303, await answer.clone().text())
  return { location: answer.headers.get('location')!, cookie: cookieOf(answer, 'onhand_openid')! }
}
type Landed = {
  readonly status: number
  readonly code: string
  readonly reason: string
  readonly session: string | null
  readonly answer: Response
}
async function land(address: string, cookie: string | null): Promise<Landed> {
  const headers = cookie === null ? {} : { cookie }
  const answer = await fetch(address, { redirect: 'manual', headers })
  const session = cookieOf(answer, 'onhand_session')
  if (answer.status === 303) return { status: 303, code: '', reason: '', session, answer }
  const { code, reason = '' } = (await answer.json()) as { code: string; reason?: string }
  return { status: answer.status, code, reason, session, answer }
}
async function enter(sub: string): Promise<Landed> {
  const { location, cookie } = await begin()
  return land(await provider.enter(location, sub), cookie)
}
// biome-ignore lint/suspicious/noExplicitAny: a test reads JSON whose shape it then asserts
type Any = any
async function me(session: string): Promise<Any> {
  const answer = await fetch(`${url}/admin/me`, { headers: { cookie: session } })
  return (await answer.json()) as Any
}
const sessions = async (): Promise<number> =>
  (await app.db.query<{ n: number }>('select count(*)::int as n from staff_session')).rows[0]!.n

test('the first time by the verified address, and then by who it is there', async () => {
  const ada = await hire('ada@shop.example')
  provider.people.set('sub-ada', { email: 'Ada@Shop.example', email_verified: true, name: 'Ada' })
  const first = await enter('sub-ada')
  assert.deepEqual([first.status, first.answer.headers.get('location')], [303, '/admin/me'])
  const cookie = first.answer.headers.getSetCookie().find((one) => one.includes('onhand_session'))
  assert.match(cookie!, /HttpOnly; SameSite=Lax/)
  assert.equal(cookieOf(first.answer, 'onhand_openid'), 'onhand_openid=', 'it is used up')
  const who = await me(first.session!)
  assert.deepEqual([who.id, who.role, who.waits_for], [ada.id, 'support', null])
  // Whatever becomes of the address there, the person stays the same one here.
  provider.people.set('sub-ada', { email: 'married@shop.example', email_verified: true })
  assert.equal((await me((await enter('sub-ada')).session!)).id, ada.id)
  provider.people.set('sub-ada', {})
  assert.equal((await me((await enter('sub-ada')).session!)).id, ada.id)
  const { rows } = await app.db.query('select issuer, subject from staff_identity')
  assert.deepEqual(rows, [{ issuer: provider.issuer, subject: 'sub-ada' }])
})

test('what is sent to the provider: PKCE by S256, state, nonce, and no secret', async () => {
  const [one, two] = [new URL((await begin()).location), new URL((await begin()).location)]
  assert.equal(one.origin, provider.issuer)
  const asked = Object.fromEntries(one.searchParams)
  assert.equal(asked['code_challenge_method'], 'S256')
  assert.equal(asked['scope'], 'openid email profile')
  assert.equal(asked['redirect_uri'], redirect_uri)
  for (const name of ['state', 'nonce', 'code_challenge']) {
    assert.match(asked[name]!, /^[\w-]{43}$/, name)
    assert.notEqual(asked[name], two.searchParams.get(name), name)
  }
  assert(!one.href.includes(encodeURIComponent(client.client_secret)))
})

test('who is not let in, each with a code of its own, and no session for any of them', async () => {
  const eve = await hire('eve@shop.example')
  await editStaff(app.db, eve.id, { disabled: true }, asServer(now))
  provider.people.set('unverified', { email: 'ada@shop.example', email_verified: false })
  provider.people.set('says-nothing', { email: 'ada@shop.example' })
  provider.people.set('stranger', { email: 'stranger@shop.example', email_verified: true })
  provider.people.set('nameless', {})
  provider.people.set('odd', { email: 'no address', email_verified: true })
  provider.people.set('sub-eve', { email: 'eve@shop.example', email_verified: true })
  provider.people.set('other-ada', { email: 'ada@shop.example', email_verified: true })
  const expected: Readonly<Record<string, string>> = {
    unverified: '403 email_not_verified',
    'says-nothing': '403 email_not_verified',
    stranger: '403 staff_unknown',
    nameless: '403 staff_unknown',
    odd: '403 staff_unknown',
    'sub-eve': '403 staff_disabled',
    'other-ada': '409 identity_is_bound',
    'nobody-there': '401 sign_in_denied',
  }
  const before = await sessions()
  for (const [sub, refusal] of Object.entries(expected)) {
    const { status, code, session } = await enter(sub)
    assert.deepEqual([`${status} ${code}`, session], [refusal, null], sub)
  }
  assert.equal(await sessions(), before)
  // Bound already, and disabled afterwards.
  const max = await hire('max@shop.example')
  provider.people.set('sub-max', { email: 'max@shop.example', email_verified: true })
  const { session } = await enter('sub-max')
  assert.equal((await me(session!)).id, max.id)
  await editStaff(app.db, max.id, { disabled: true }, asServer(now))
  assert.equal((await me(session!)).code, 'session_missing')
  assert.equal((await enter('sub-max')).code, 'staff_disabled')
})

test('with a role for them, unknown people come in, once', async () => {
  settings.default_role = 'warehouse'
  provider.people.set('new', { email: 'new@shop.example', email_verified: true, name: 'New' })
  const [one, two] = [await enter('new'), await enter('new')]
  const [first, again] = [await me(one.session!), await me(two.session!)]
  assert.deepEqual([first.email, first.name, first.role], ['new@shop.example', 'New', 'warehouse'])
  assert.equal(again.id, first.id)
  // They have no password, and so none is right.
  const answer = await fetch(`${url}/admin/sign-in`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email: 'new@shop.example', password: 'correct horse battery' }),
  })
  assert.equal(answer.status, 401)
  settings.default_role = 'no_such_role'
  provider.people.set('newer', { email: 'newer@shop.example', email_verified: true })
  assert.equal((await enter('newer')).code, 'staff_unknown')
  settings.default_role = null
})

test('a code, state or cookie that is used again, changed, or of another browser', async () => {
  const before = await sessions()
  const { location, cookie } = await begin()
  const back = await provider.enter(location, 'sub-ada')
  const changed = (name: string, value: string | null): string => {
    const address = new URL(back)
    if (value === null) address.searchParams.delete(name)
    else address.searchParams.set(name, value)
    return address.href
  }
  const other = await begin()
  const interrupted: readonly (readonly [string, string, string | null])[] = [
    ['another state', changed('state', 'x'.repeat(43)), cookie],
    ['no state', changed('state', null), cookie],
    ['no cookie', back, null],
    ['the cookie of another sign-in', back, other.cookie],
    ['a cookie that was changed', back, `${cookie.slice(0, -2)}AA`],
    ['a made-up cookie', back, 'onhand_openid=AAAA'],
  ]
  for (const [what, address, carried] of interrupted) {
    const { status, code } = await land(address, carried)
    assert.deepEqual([status, code], [400, 'sign_in_interrupted'], what)
  }
  assert.equal((await land(changed('code', null), cookie)).code, 'sign_in_not_authentic')
  assert.equal(
    (await land(changed('iss', 'https://evil.example'), cookie)).code,
    'sign_in_not_authentic',
  )
  const wrong_code = await land(changed('code', 'x'.repeat(43)), cookie)
  assert.deepEqual([wrong_code.status, wrong_code.code], [400, 'sign_in_interrupted'])
  assert.equal(await sessions(), before)
  assert.equal((await land(back, cookie)).status, 303, 'the one it was meant for')
  const replayed = await land(back, cookie)
  assert.deepEqual([replayed.code, replayed.reason], ['sign_in_interrupted', 'invalid_grant'])
  // With the verifier of another sign-in the code is worth nothing: PKCE.
  const [mine, theirs] = [await begin(), await begin()]
  const stolen = new URL(await provider.enter(theirs.location, 'sub-ada'))
  stolen.searchParams.set('state', new URL(mine.location).searchParams.get('state')!)
  const used = await land(stolen.href, mine.cookie)
  assert.deepEqual([used.code, used.reason], ['sign_in_interrupted', 'invalid_grant'])
  assert.equal(await sessions(), before + 1)
})

const claimsOf = (jwt: string) =>
  JSON.parse(Buffer.from(jwt.split('.')[1]!, 'base64url').toString())
const partOf = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

test('an ID token that was changed, is of another shop, nonce, issuer or time, or unsigned', async () => {
  const before = await sessions()
  const rewritten = (change: (claims: Record<string, unknown>) => object) => (jwt: string) => {
    const [head, , signature] = jwt.split('.')
    return `${head}.${partOf(change(claimsOf(jwt)))}.${signature}`
  }
  const with_claim = (name: string, value: unknown) =>
    rewritten((all) => ({ ...all, [name]: value }))
  const wrong: Readonly<Record<string, (jwt: string) => string>> = {
    'another nonce': with_claim('nonce', 'x'.repeat(43)),
    'no nonce': with_claim('nonce', undefined),
    'another audience': with_claim('aud', 'another-shop'),
    'another issuer': with_claim('iss', 'https://evil.example'),
    'run out': with_claim('exp', 1),
    'another person': with_claim('sub', 'sub-max'),
    'another signature': (jwt) => `${jwt.split('.').slice(0, 2).join('.')}.${'A'.repeat(342)}`,
    unsigned: (jwt) => `${partOf({ alg: 'none' })}.${jwt.split('.')[1]}.`,
    'no token': () => 'no-token',
  }
  for (const [what, change] of Object.entries(wrong)) {
    provider.tamper = (path, body) =>
      path.startsWith('/token') && typeof body['id_token'] === 'string'
        ? { ...body, id_token: change(body['id_token']) }
        : body
    const { status, code } = await enter('sub-ada')
    assert.deepEqual([status, code], [401, 'sign_in_not_authentic'], what)
  }
  // The userinfo of somebody else: the address of an owner for one's own sub.
  provider.people.set('sub-mallory', { email: 'mallory@shop.example', email_verified: true })
  provider.tamper = (path, body) => (path.startsWith('/me') ? { ...body, sub: 'sub-ada' } : body)
  assert.equal((await enter('sub-mallory')).code, 'sign_in_not_authentic')
  provider.tamper = null
  assert.equal(await sessions(), before)
  assert.equal((await enter('sub-ada')).status, 303)
})

test('a provider that is down, and a shop that has none', async () => {
  const fresh = openOpenId(terms, parts)
  provider.down = true
  const { location, cookie } = await begin().catch(() => ({ location: '', cookie: '' }))
  assert.notEqual(location, '', 'what it says of itself is remembered')
  await assert.rejects(fresh.begin(now), { code: 'sign_in_provider_unavailable' })
  provider.down = false
  const back = await provider.enter(location, 'sub-ada')
  provider.down = true
  const landed = await land(back, cookie)
  assert.deepEqual([landed.status, landed.code], [503, 'sign_in_provider_unavailable'])
  provider.down = false
  assert.equal((await land(back, cookie)).status, 303, 'the same can be sent again')
  // Nobody finishes what was begun too long ago.
  const begun = await fresh.begin(new Date(now.getTime() - 11 * 60_000))
  await assert.rejects(fresh.finish(new URLSearchParams(), begun.carried, now), {
    code: 'sign_in_interrupted',
  })
  const without = await testServer({ ...app, openid: null }, withServerRoutes(routes))
  for (const path of ['/admin/sign-in/openid', openid_callback]) {
    const answer = await without.fastify.inject({ url: path })
    assert.deepEqual([answer.statusCode, answer.json().code], [404, 'sign_in_not_offered'])
  }
})

test('a second factor shown to the provider counts here; a password there does not', async () => {
  const zoe = await hire('zoe@shop.example', 'accounting')
  await transaction(
    app.db,
    (tx) => tx.run`update staff_policy set second_factor_roles = '{accounting}'`,
  )
  provider.people.set('zoe', { email: 'zoe@shop.example', email_verified: true, amr: ['pwd'] })
  assert.equal((await me((await enter('zoe')).session!)).waits_for, 'enrolment')
  provider.people.set('zoe', { amr: ['pwd', 'otp', 'mfa'] })
  const who = await me((await enter('zoe')).session!)
  assert.deepEqual([who.id, who.waits_for], [zoe.id, null])
})

test('one person who comes in by two browsers at once is bound once', async () => {
  settings.default_role = 'support'
  provider.people.set('twins', { email: 'twins@shop.example', email_verified: true })
  const begun = await Promise.all(Array.from({ length: 4 }, begin))
  const landed = await Promise.all(
    begun.map(async ({ location, cookie }) =>
      land(await provider.enter(location, 'twins'), cookie),
    ),
  )
  for (const { status, code } of landed) assert.deepEqual([status, code], [303, ''])
  const people = await Promise.all(landed.map(({ session }) => me(session!)))
  assert.equal(new Set(people.map(({ id }) => id)).size, 1)
})
