// People who work at the shop: the second factor by which they sign in, what owners demand, and
// the keys they make.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { routes } from '#src/app/routes.ts'
import { plusMs } from '#src/lib/clock.ts'
import { newId } from '#src/lib/ids.ts'
import { hotp, stepAt } from '#src/lib/totp.ts'
import { createKey } from '#src/staff/edit-keys.ts'
import { asServer, createStaff, seedRoles } from '#src/staff/edit-staff.ts'
import { permissions } from '#src/staff/staff.ts'
import { testApp, testServer, withServerRoutes } from '#test/app.ts'
import { behind_proxy, fromElsewhere } from '#test/hostile/attacker.ts'
import { until } from '#test/world.ts'

// It stands still unless somebody moves it, so that a code stays the one that is shown.
let now = new Date('2026-11-22T10:00:00Z')
const clock = (): Date => now
const advance = (ms: number): void => {
  now = plusMs(now, ms)
}
const app = await testApp({ clock })
await seedRoles(app.db)
const { fastify } = await testServer(app, withServerRoutes(routes), behind_proxy.server)
const password = 'correct horse battery'
const day_ms = 86_400_000

// biome-ignore lint/suspicious/noExplicitAny: a test reads JSON whose shape it then asserts
type Any = any
type Who = { readonly cookie: string; readonly 'x-csrf-token': string } | { authorization: string }
type Answer = { readonly status: number; readonly code: string; readonly body: Any; said: string }

async function call(method: string, url: string, who: Who | null, body?: object) {
  const answer = await fastify.inject({
    method: method as 'GET',
    url,
    headers: { ...fromElsewhere(), 'idempotency-key': newId(), ...who },
    ...(body ? { payload: body } : {}),
  })
  const json = answer.body === '' ? {} : answer.json()
  const { statusCode: status } = answer
  const told: Answer = { status, code: json.code ?? '', body: json, said: '' }
  told.said = `${status} ${told.code}`.trim()
  const cookie = [answer.headers['set-cookie'] ?? []].flat()[0]?.split(';')[0] ?? ''
  return { ...told, session: { cookie, 'x-csrf-token': json.csrf_token ?? '' } }
}
const hire = (name: string, role: string) =>
  createStaff(app.db, { email: `${name}@shop.example`, name, role, password }, asServer(clock()))
const enter = (name: string, more: object = {}) =>
  call('POST', '/admin/sign-in', null, { email: `${name}@shop.example`, password, ...more })

function bytesOf(secret: string): Buffer {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
  const bits = [...secret].map((one) => letters.indexOf(one).toString(2).padStart(5, '0')).join('')
  return Buffer.from(bits.match(/.{8}/g)!.map((eight) => Number.parseInt(eight, 2)))
}
/** What the app on the phone shows now, or so many steps later. */
const shown = (secret: string, later = 0): string => hotp(bytesOf(secret), stepAt(clock()) + later)
const nextStep = (): void => advance(30_000)

/** Sets up a factor in this session: gives its secret and the recovery codes. */
async function enrol(who: Who) {
  const begun = await call('POST', '/admin/second-factor', who)
  assert.equal(begun.status, 200, begun.said)
  const { secret, uri } = begun.body
  assert.equal(new URL(uri).searchParams.get('secret'), secret)
  assert.match(secret, /^[A-Z2-7]{32}$/)
  const done = await call('POST', '/admin/second-factor/confirm', who, { code: shown(secret) })
  assert.equal(done.status, 200, done.said)
  assert.equal(done.body.recovery_codes.length, 10)
  nextStep()
  return { secret: secret as string, recovery: done.body.recovery_codes as string[] }
}

await hire('olga', 'owner')
const owner = (await enter('olga')).session

test('a factor counts once its first code was sent back, and not before', async () => {
  await hire('ada', 'support')
  const { session } = await enter('ada')
  const first = await call('POST', '/admin/second-factor', session)
  assert.equal((await enter('ada')).body.waits_for, null)
  const wrong = await call('POST', '/admin/second-factor/confirm', session, { code: '000000' })
  assert.equal(wrong.said, '401 second_factor_wrong')
  const factor = await enrol(session)
  const { rows } = await app.db.query('select sealed_secret from second_factor')
  assert(!JSON.stringify(rows).includes(factor.secret))
  const { rows: codes } = await app.db.query(
    "select encode(code_hash, 'escape') from recovery_code",
  )
  for (const code of factor.recovery) assert(!JSON.stringify(codes).includes(code))
  assert.notEqual(first.body.secret, factor.secret, 'beginning again makes another')
  // The session in which it was set up goes on; the other one must show it.
  assert.equal((await call('GET', '/admin/me', session)).body.waits_for, null)
  const { session: waiting, body } = await enter('ada')
  assert.deepEqual([body.waits_for, body.permissions], ['code', []])
  assert.equal((await call('GET', '/admin/orders', waiting)).said, '403 second_factor_missing')
  const again = await call('POST', '/admin/second-factor', waiting)
  assert.equal(again.said, '409 already_exists', 'no other factor in place of the one that is lost')
  const opened = await call('POST', '/admin/second-factor/code', waiting, {
    code: shown(factor.secret),
  })
  assert.deepEqual([opened.status, opened.body.waits_for], [200, null])
  assert.equal((await call('GET', '/admin/orders', opened.session)).status, 200)
  assert.equal((await call('GET', '/admin/me', waiting)).said, '401 session_missing')
  nextStep()
  const at_once = await enter('ada', { code: shown(factor.secret) })
  assert.deepEqual([at_once.status, at_once.body.waits_for], [200, null])
})

test('one code is taken once: by one of twenty at once, and by nobody after it', async () => {
  await hire('once', 'support')
  const factor = await enrol((await enter('once')).session)
  const waiting = await Promise.all(Array.from({ length: 8 }, () => enter('once')))
  const code = shown(factor.secret)
  const shots = waiting.map(({ session }) =>
    call('POST', '/admin/second-factor/code', session, { code }),
  )
  const said = (await Promise.all(shots)).map((one) => one.said).sort()
  assert.deepEqual(said, ['200', ...Array(7).fill('401 second_factor_wrong')])
  advance(6 * 60_000)
  const { rows } = await app.db.query(
    `select second_factor_at from staff_session join staff on staff.id = staff_id
     where email = 'once@shop.example' and second_factor_at is not null`,
  )
  assert.equal(rows.length, 2, 'that of the enrolment, and one more')
  const earlier = await enter('once', { code: shown(factor.secret, -3) })
  assert.equal(earlier.said, '401 second_factor_wrong')
  assert.equal((await enter('once', { code: shown(factor.secret) })).status, 200)
  assert.equal(
    (await enter('once', { code: shown(factor.secret) })).said,
    '401 second_factor_wrong',
  )
})

test('recovery codes open once each, and new ones end the old', async () => {
  await hire('rita', 'support')
  const factor = await enrol((await enter('rita')).session)
  const [first, second, third] = factor.recovery as [string, string, string]
  const opened = await enter('rita', { code: first })
  assert.equal(opened.body.waits_for, null)
  assert.equal((await enter('rita', { code: first })).said, '401 second_factor_wrong')
  const parallel = await Promise.all(
    Array.from({ length: 5 }, () => enter('rita', { code: second })),
  )
  assert.equal(parallel.filter(({ status }) => status === 200).length, 1)
  nextStep()
  const path = '/admin/second-factor/recovery-codes'
  const renewed = await call('POST', path, opened.session, { code: shown(factor.secret) })
  assert.equal(renewed.body.recovery_codes.length, 10)
  advance(6 * 60_000)
  assert.equal((await enter('rita', { code: third })).said, '401 second_factor_wrong')
  const one = renewed.body.recovery_codes[9]
  assert.equal((await enter('rita', { code: one })).status, 200)
  const others = await hire('other', 'support')
  assert(others.id)
  const foreign = await enrol((await enter('other')).session)
  const theirs = await enter('rita', { code: foreign.recovery[0] })
  assert.equal(theirs.said, '401 second_factor_wrong', 'the code of somebody else')
})

test('guessing is slowed down like passwords, and stopped for good in the end', async () => {
  const { id } = await hire('gus', 'support')
  const factor = await enrol((await enter('gus')).session)
  const tries = []
  for (let n = 0; n < 12; n++) tries.push((await enter('gus', { code: '000000' })).said)
  assert.deepEqual(tries.slice(0, 10), Array(10).fill('401 second_factor_wrong'))
  assert.deepEqual(tries.slice(10), Array(2).fill('429 too_many_requests'))
  const right = await enter('gus', { code: shown(factor.secret) })
  assert.equal(right.said, '429 too_many_requests')
  advance(6 * 60_000)
  assert.equal((await enter('gus', { code: shown(factor.secret) })).status, 200)
  const { rows } = await app.db.query('select failed from second_factor where staff_id = $1', [id])
  assert.equal(rows[0].failed, 0)
  const { session } = await enter('gus')
  for (let n = 1; n <= 100; n++) {
    await call('POST', '/admin/second-factor/code', session, { code: '000000' })
    if (n % 10 === 0) advance(6 * 60_000)
  }
  const locked = await enter('gus', { code: shown(factor.secret) })
  assert.equal(locked.said, '409 second_factor_locked')
  assert.equal((await enter('gus', { code: factor.recovery[0] })).status, 200)
  assert.equal((await enter('gus', { code: shown(factor.secret) })).status, 200)
})

test('taking the factor away asks for a code; an owner can reset it, and not whoever may less', async () => {
  const lea = await hire('lea', 'owner')
  const { session } = await enter('lea')
  const factor = await enrol(session)
  const remove = '/admin/second-factor/remove'
  const wrong = await call('POST', remove, session, { code: '000000' })
  assert.equal(wrong.said, '401 second_factor_wrong')
  assert.equal((await call('POST', remove, session, { code: shown(factor.secret) })).status, 204)
  assert.equal((await enter('lea')).body.waits_for, null)
  const second = await enrol((await enter('lea')).session)
  const reset = `/admin/staff/${lea.id}/second-factor`
  const few = ['staff:write', 'orders:read'] as const
  const asked = { kind: 'secret', name: 'HR', channel_id: null, expires_at: null } as const
  const hr = await createKey(app.db, { ...asked, permissions: few, token: null }, asServer(clock()))
  const machine = { authorization: `Bearer ${hr.token}` }
  assert.equal((await call('DELETE', reset, machine)).said, '403 permission_missing')
  assert.equal((await call('DELETE', reset, owner)).status, 204)
  assert.equal((await call('GET', '/admin/me', session)).said, '401 session_missing')
  assert.equal((await call('DELETE', reset, owner)).said, '404 not_found')
  assert.equal((await enter('lea')).body.waits_for, null)
  assert.equal((await enter('lea', { code: second.recovery[0] })).said, '404 not_found')
  for (const path of ['/admin/second-factor', '/admin/second-factor/code', remove]) {
    const body = path === '/admin/second-factor' ? undefined : { code: '123456' }
    assert.equal((await call('POST', path, machine, body)).said, '403 permission_missing', path)
  }
})

test('what an owner demands counts at once, for roles or for all', async () => {
  await hire('sue', 'support')
  const { session } = await enter('sue')
  const policy = { second_factor_of_all: false, second_factor_roles: [], key_days_max: null }
  const put = (more: object, who: Who = owner) =>
    call('PUT', '/admin/staff-policy', who, { ...policy, ...more })
  assert.equal((await put({}, session)).said, '403 permission_missing')
  assert.equal((await put({ second_factor_roles: ['nobody'] })).said, '400 invalid_input')
  assert.equal((await put({ second_factor_roles: ['support'] })).status, 200)
  assert.equal((await call('GET', '/admin/orders', session)).said, '403 second_factor_missing')
  assert.equal((await call('GET', '/admin/me', session)).body.waits_for, 'enrolment')
  await enrol(session)
  assert.equal((await call('GET', '/admin/orders', session)).status, 200)
  assert.equal((await call('GET', '/admin/staff', owner)).status, 200)
  assert.equal((await put({ second_factor_of_all: true })).status, 200)
  assert.equal((await call('GET', '/admin/staff', owner)).said, '403 second_factor_missing')
  await enrol(owner)
  const told = await call('GET', '/admin/staff-policy', owner)
  assert.deepEqual(told.body, { ...policy, second_factor_of_all: true })
  assert.equal((await put({})).status, 200)
})

const keyOf = async (body: object, who: Who = owner) =>
  call('POST', '/admin/keys', who, { kind: 'secret', name: 'Nightly', permissions: [], ...body })
const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
const inDays = (days: number): string => new Date(clock().getTime() + days * day_ms).toISOString()

test('a key expires with a code of its own, lives as long as is allowed, and tells its last use', async () => {
  const made = await keyOf({ permissions: ['orders:read'], expires_at: inDays(1) })
  assert.equal(made.status, 201, made.said)
  const { token, key } = made.body
  const find = async (id: string) => {
    const list = await call('GET', '/admin/keys?limit=100', owner)
    assert(!JSON.stringify(list.body).includes(token), 'told once')
    return list.body.items.find((one: Any) => one.id === id)
  }
  assert.equal((await find(key.id)).last_used_at, null)
  assert.equal((await call('GET', '/admin/orders', bearer(token))).status, 200)
  await until('the use is noted', async () => (await find(key.id)).last_used_at !== null)
  assert.equal((await find(key.id)).last_used_at, clock().toISOString())
  advance(day_ms)
  app.keys.forget()
  assert.equal((await call('GET', '/admin/orders', bearer(token))).said, '401 key_expired')
  const again = (await enter('olga')).session
  const terms = { second_factor_of_all: false, second_factor_roles: [], key_days_max: 30 }
  const waits = (await call('GET', '/admin/me', again)).body.waits_for
  assert.equal(waits, 'code')
  for (const [expires_at, code] of [
    [null, 'too_late'],
    [inDays(31), 'too_late'],
    [inDays(-1), 'too_early'],
  ] as const) {
    await withTerms(terms, async (who) => {
      const refused = await keyOf({ expires_at }, who)
      assert.deepEqual([refused.said, refused.body.errors[0].code], ['400 invalid_input', code])
      assert.equal(refused.body.errors[0].field, 'expires_at')
      assert.equal((await keyOf({ expires_at: inDays(29) }, who)).status, 201)
    })
  }
})

/** A fresh owner without a factor, since sessions of the first one have run out. */
let bosses = 0
async function boss(): Promise<Who> {
  bosses += 1
  await hire(`boss${bosses}`, 'owner')
  return (await enter(`boss${bosses}`)).session
}
async function withTerms(terms: object, body: (who: Who) => Promise<void>): Promise<void> {
  const who = await boss()
  assert.equal((await call('PUT', '/admin/staff-policy', who, terms)).status, 200)
  await body(who)
  const none = { second_factor_of_all: false, second_factor_roles: [], key_days_max: null }
  assert.equal((await call('PUT', '/admin/staff-policy', who, none)).status, 200)
}

test('a key is rotated with an overlap, once, and the new one may do the same', async () => {
  const who = await boss()
  const made = await keyOf({ permissions: ['orders:read'], expires_at: inDays(10) }, who)
  const path = `/admin/keys/${made.body.key.id}/rotate`
  const rotated = await call('POST', path, who, { overlap_minutes: 60 })
  assert.equal(rotated.status, 201, rotated.said)
  const { key, token } = rotated.body
  assert.deepEqual(
    [key.name, key.permissions, key.rotated_from, key.expires_at],
    ['Nightly', ['orders:read'], made.body.key.id, inDays(10)],
  )
  for (const one of [token, made.body.token]) {
    assert.equal((await call('GET', '/admin/orders', bearer(one))).status, 200)
  }
  const twice = await Promise.all([call('POST', path, who, {}), call('POST', path, who, {})])
  assert.deepEqual(
    twice.map(({ said }) => said),
    Array(2).fill('409 key_is_over'),
  )
  advance(61 * 60_000)
  app.keys.forget()
  assert.equal((await call('GET', '/admin/orders', bearer(token))).status, 200)
  const over = await call('GET', '/admin/orders', bearer(made.body.token))
  assert.equal(over.said, '401 key_expired')
  assert.equal((await call('POST', path, who, {})).said, '409 key_is_over')
  assert.equal((await call('POST', `/admin/keys/${newId()}/rotate`, who, {})).said, '404 not_found')
})

test('a key never has more than who made it: at once when that becomes less', async () => {
  const who = await boss()
  const role = { name: 'HR', permissions: ['staff:write', 'orders:read', 'stock:read'] }
  assert.equal((await call('PUT', '/admin/roles/hr', who, role)).status, 200)
  const hana = await hire('hana', 'hr')
  const { session } = await enter('hana')
  const more = await keyOf({ permissions: ['orders:read', 'payments:write'] }, session)
  assert.equal(more.said, '403 permission_missing')
  const made = await keyOf(
    { permissions: ['staff:write', 'orders:read'], expires_at: inDays(5) },
    session,
  )
  const parent = bearer(made.body.token)
  const longer = await keyOf({ permissions: ['orders:read'], expires_at: inDays(6) }, parent)
  assert.equal(longer.said, '400 invalid_input', 'no key outlives the one that makes it')
  const child = await keyOf({ permissions: ['orders:read'], expires_at: inDays(5) }, parent)
  assert.equal(child.status, 201, child.said)
  assert.deepEqual(
    [child.body.key.made_by, child.body.key.made_by_key],
    [hana.id, made.body.key.id],
  )
  const itself = `/admin/keys/${made.body.key.id}/rotate`
  const own = await call('POST', itself, parent, { expires_at: inDays(50) })
  assert.equal(own.said, '400 invalid_input', 'nor does it lengthen its own life')
  const read = async (token: string) => {
    app.keys.forget()
    return (await call('GET', '/admin/orders', bearer(token))).said
  }
  assert.equal(await read(child.body.token), '200')
  const less = { name: 'HR', permissions: ['staff:write'] }
  await call('PUT', '/admin/roles/hr', who, less)
  assert.equal(await read(child.body.token), '403 permission_missing')
  assert.equal(await read(made.body.token), '403 permission_missing')
  const list = await call('GET', `/admin/keys?made_by=${hana.id}`, who)
  assert.deepEqual(
    list.body.items.map((one: Any) => one.may),
    [[], ['staff:write']],
  )
  await call('PUT', '/admin/roles/hr', who, role)
  assert.equal(await read(child.body.token), '200')
  await call('PATCH', `/admin/staff/${hana.id}`, who, { disabled: true })
  assert.equal(await read(child.body.token), '403 permission_missing')
  await call('PATCH', `/admin/staff/${hana.id}`, who, { disabled: false })
  assert.equal(await read(child.body.token), '200')
  await call('DELETE', `/admin/keys/${made.body.key.id}`, who)
  assert.equal(await read(child.body.token), '401 key_invalid', 'with what it has made')
})

test('an owner always has every permission, that of the audit as well', async () => {
  const me = await call('GET', '/admin/me', await boss())
  assert.deepEqual(me.body.permissions, [...permissions])
})
