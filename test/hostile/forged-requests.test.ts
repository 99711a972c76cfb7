// Pages of other sites, in the browser of somebody who is signed in here: what they can make it
// send changes nothing, and what they may read is what everybody may read.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { routes } from '#src/app/routes.ts'
import { transaction } from '#src/db/transaction.ts'
import { asServer, createStaff } from '#src/staff/edit-staff.ts'
import { testApp, testServer, withServerRoutes } from '#test/app.ts'
import { openClock } from '#test/movable-clock.ts'
import { freshKey, openWorld } from '#test/world.ts'
import { fillShop, idsFor, readAnswer, readIds } from './attacker.ts'
import { addressOf, isStaff, type Operation, readOperations } from './document.ts'
import { watchTables } from './unchanged.ts'
import { fittingValue, type Ids } from './values.ts'

const clock = openClock()
const world = await openWorld({ worker: false, clock })
await fillShop(world)
const operations = await readOperations(world.url)
const password = 'correct horse battery'
for (const name of ['owner', 'second', 'victim', 'guessed']) {
  const person = { email: `${name}@shop.example`, name, role: 'owner', password }
  await createStaff(world.db, person, asServer(clock()))
}
const ids: Ids = await readIds(world)
const watch = await watchTables(world.db)

type Headers = Readonly<Record<string, string>>
type SignedIn = {
  readonly status: number
  readonly token: string
  readonly flags: readonly string[]
  readonly csrf: string
}

async function signIn(email: string, headers: Headers = {}, word = password): Promise<SignedIn> {
  const answer = await fetch(`${world.url}/admin/sign-in`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ email, password: word }),
  })
  const cookies = answer.headers.getSetCookie()
  const [pair = '', ...flags] = (cookies[0] ?? '').split('; ')
  const body = (await answer.json()) as { csrf_token: string }
  return { status: answer.status, token: pair.split('=')[1] ?? '', flags, csrf: body.csrf_token }
}
const cookieOf = ({ token }: SignedIn): Headers => ({ cookie: `onhand_session=${token}` })
const me = (headers: Headers): Promise<Response> => fetch(`${world.url}/admin/me`, { headers })

const session = await signIn('owner@shop.example')
const other = await signIn('second@shop.example')
await watch.accept()

test('the cookie: no script reads it, no other site sends it, and it is for this host', async () => {
  assert.match(session.token, /^[\w-]{43}$/)
  assert.deepEqual([...session.flags].sort(), [
    'HttpOnly',
    'Max-Age=43200',
    'Path=/',
    'SameSite=Lax',
  ])
  const secure = await testServer(
    await testApp({ public_url: 'https://shop.example', database: world.database }),
    withServerRoutes(routes),
  )
  const answer = await secure.fastify.inject({
    method: 'POST',
    url: '/admin/sign-in',
    payload: { email: 'owner@shop.example', password },
  })
  assert.match(String(answer.headers['set-cookie']), /; Secure$/)
  assert.match(String(answer.headers['strict-transport-security']), /max-age=31536000/)
  await secure.drain(100)
  await watch.accept()
})

test('who signs in gets a session of their own, whatever cookie they came with', async () => {
  const fixed = 'F'.repeat(43)
  const came = await signIn('victim@shop.example', { cookie: `onhand_session=${fixed}` })
  const again = await signIn('victim@shop.example', cookieOf(came))
  assert.equal(new Set([fixed, came.token, again.token, session.token]).size, 4)
  assert.equal(new Set([came.csrf, again.csrf, session.csrf]).size, 3)
  assert.equal((await me({ cookie: `onhand_session=${fixed}` })).status, 401)
  // The names in a cookie header are not guessed at.
  for (const cookie of [
    `xonhand_session=${came.token}`,
    `onhand_session = ${came.token}`,
    `ONHAND_SESSION=${came.token}`,
    `onhand_session=${came.token.slice(1)}`,
    `onhand_session=${came.token}x`,
  ]) {
    assert.equal((await me({ cookie })).status, 401, cookie)
  }
  await watch.accept()
})

test('signing out ends the session on the server, and of one person only that one', async () => {
  const [one, two] = [await signIn('victim@shop.example'), await signIn('victim@shop.example')]
  const answer = await fetch(`${world.url}/admin/sign-out`, {
    method: 'POST',
    headers: { ...cookieOf(one), 'x-csrf-token': one.csrf },
  })
  assert.equal(answer.status, 204)
  assert.match(answer.headers.getSetCookie()[0]!, /^onhand_session=; Max-Age=0; Path=\/; HttpOnly/)
  assert.equal((await me(cookieOf(one))).status, 401)
  assert.equal((await me(cookieOf(two))).status, 200)
  await watch.accept()
})

const writing = operations.filter((one) => isStaff(one) && one.method !== 'GET')
const reading = operations.filter((one) => isStaff(one) && one.method === 'GET')

async function send(operation: Operation, headers: Headers, query = ''): Promise<string> {
  const found = Object.entries(idsFor(operation, ids)).map(([name, some]) => [name, some[0]!])
  const { body } = operation
  const typed = { 'content-type': 'application/json', ...headers }
  const response = await fetch(
    `${world.url}${addressOf(operation, Object.fromEntries(found))}${query}`,
    {
      method: operation.method,
      headers: { 'idempotency-key': freshKey(), ...(body ? typed : headers) },
      ...(body ? { body: JSON.stringify(fittingValue(body)) } : {}),
    },
  )
  const { status, code } = await readAnswer(response)
  return `${status} ${code}`
}

test('no write of staff goes through with the cookie alone, or with the token of another', async () => {
  assert(writing.length > 50, `${writing.length}`)
  const here = cookieOf(session)
  const forged: Readonly<Record<string, Headers>> = {
    'no token': here,
    'from another site': {
      ...here,
      origin: 'https://evil.example',
      'sec-fetch-site': 'cross-site',
    },
    'an empty token': { ...here, 'x-csrf-token': '' },
    'the token of another session': { ...here, 'x-csrf-token': other.csrf },
    'half of the token': { ...here, 'x-csrf-token': session.csrf.slice(0, 16) },
    'the token in other letters': { ...here, 'x-csrf-token': session.csrf.toLowerCase() },
    'the session for a token': { ...here, 'x-csrf-token': session.token },
    'the token in a cookie': {
      cookie: `${here['cookie']}; x-csrf-token=${session.csrf}; csrf_token=${session.csrf}`,
    },
    'an override of the method': { ...here, 'x-http-method-override': 'GET' },
  }
  for (const operation of writing) {
    for (const [how, headers] of Object.entries(forged)) {
      const said = await send(operation, headers)
      assert.equal(said, '403 csrf_token_wrong', `${how}: ${operation.name}`)
    }
    const said = await send(operation, here, `?x-csrf-token=${session.csrf}`)
    assert.equal(said, '403 csrf_token_wrong', `in the address: ${operation.name}`)
    await watch.assertUnchanged(operation.name)
  }
  // With it they go through, so that nothing else has held them back.
  const good = { ...here, 'x-csrf-token': session.csrf }
  const codes = new Set<string>()
  for (const operation of writing.filter(({ path }) => !path.endsWith('/sign-out')))
    codes.add((await send(operation, good)).split(' ')[1]!)
  assert(!codes.has('csrf_token_wrong') && !codes.has('session_missing'), [...codes].join())
  await watch.accept()
})

test('what a form can send without asking first is no JSON, and is refused', async () => {
  const { keys, secret_key } = world.keys
  const body = JSON.stringify({ email: 'owner@shop.example', password })
  const types = [
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=a',
    'text/plain; application/json',
    'text/plain;a=application/json',
    'application/jsonx',
    'application/xml+json',
  ]
  for (const type of types) {
    for (const path of ['/admin/sign-in', '/store/carts', '/admin/categories']) {
      const answer = await fetch(`${world.url}${path}`, {
        method: 'POST',
        headers: {
          'content-type': type,
          origin: 'https://evil.example',
          'idempotency-key': freshKey(),
          authorization: `Bearer ${path === '/store/carts' ? keys.web : secret_key}`,
        },
        body,
      })
      assert.equal(answer.status, 415, `${type} ${path}`)
      assert.deepEqual(answer.headers.getSetCookie(), [])
      await answer.body?.cancel()
    }
  }
  await watch.assertUnchanged('forms')
})

test('other sites read what a key opens, never what a cookie does', async () => {
  const origins = ['https://evil.example', 'null', world.url, 'http://localhost:3000']
  for (const [path, here] of Map.groupBy(operations, (one) => one.path)) {
    const address = addressOf(here[0]!, { file: 'a.svg', kind: 'receipt', locale: 'en' })
    for (const origin of origins) {
      const asked = { origin, 'access-control-request-headers': 'content-type,x-csrf-token' }
      for (const { method } of here) {
        const answer = await fetch(`${world.url}${address}`, {
          method: 'OPTIONS',
          headers: { ...asked, 'access-control-request-method': method },
        })
        await answer.text()
        const allowed = answer.headers.get('access-control-allow-origin')
        assert.equal(allowed, path.startsWith('/store/') ? '*' : null, `${origin} ${path}`)
        assert.equal(answer.headers.get('access-control-allow-credentials'), null, path)
      }
    }
  }
  const answer = await me({ ...cookieOf(session), origin: 'https://evil.example' })
  assert.equal(answer.status, 200)
  assert.equal(answer.headers.get('access-control-allow-origin'), null)
  assert.equal(answer.headers.get('access-control-allow-credentials'), null)
  assert.equal(answer.headers.get('cache-control'), 'no-store')
  await watch.assertUnchanged('preflights')
})

test('a link that somebody is made to follow changes nothing: no reading route writes', async () => {
  // What was sent before, with everything that it takes, has demanded a second factor of all.
  await transaction(world.db, (tx) => tx.run`update staff_policy set second_factor_of_all = false`)
  await watch.accept()
  for (const operation of reading) {
    if (operation.path.endsWith('/stream')) continue
    const said = await send(operation, cookieOf(session))
    assert.doesNotMatch(said, /^(401|403|5)/, operation.name)
    await watch.assertUnchanged(operation.name)
  }
})

test('passwords are not guessed: by person, by address, and not by pretending to be elsewhere', async () => {
  const email = 'guessed@shop.example'
  const said: number[] = []
  for (let i = 0; i < 12; i++) {
    const elsewhere = { 'x-forwarded-for': `203.0.113.${i}`, 'x-real-ip': `203.0.113.${i}` }
    const { status } = await signIn(i % 2 ? email : email.toUpperCase(), elsewhere, `guess ${i}`)
    said.push(status)
  }
  assert.equal(said.filter((status) => status === 401).length, 10, said.join())
  assert.deepEqual(said.slice(10), [429, 429])
  assert.equal((await signIn(email)).status, 429, 'the right one, too late')
  await watch.assertUnchanged('guesses')
  const left: number[] = []
  while (left.at(-1) !== 429 && left.length < 30) {
    const forwarded = { 'x-forwarded-for': `198.51.100.${left.length}` }
    left.push((await signIn(`nobody${left.length}@shop.example`, forwarded, 'x')).status)
  }
  assert(left.length < 20, `${left.length} more from one address: ${left.join()}`)
})
