// Staff who change their password, and staff who have forgotten it: by a link that works once, not
// for long, for nobody else, and without getting around a second factor.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { transaction } from '#src/db/transaction.ts'
import { newId } from '#src/lib/ids.ts'
import { hotp, stepAt } from '#src/lib/totp.ts'
import { asServer, createStaff } from '#src/staff/edit-staff.ts'
import { readMail } from '#test/customers.ts'
import { openClock } from '#test/movable-clock.ts'
import { type Answer, admin, ask, openWorld, until } from '#test/world.ts'

const clock = openClock()
const world = await openWorld({ clock })
const password = 'correct horse battery'
const fresh = 'seven quiet lanterns'
type Session = { readonly cookie: string; readonly 'x-csrf-token': string }

async function call(method: string, path: string, body?: object, who?: Session | string) {
  const key = typeof who === 'string' ? { authorization: `Bearer ${who}` } : who
  const answer = await fetch(`${world.url}${path}`, {
    method,
    headers: { 'content-type': 'application/json', 'idempotency-key': newId(), ...key },
    ...(body ? { body: JSON.stringify(body) } : {}),
  })
  const text = await answer.text()
  const json: Answer['body'] = text === '' ? {} : JSON.parse(text)
  const cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? ''
  const session: Session = { cookie, 'x-csrf-token': json.csrf_token ?? '' }
  return { said: `${answer.status} ${json.code ?? ''}`.trim(), body: json, session }
}
const mailOf = (name: string): string => `${name}@shop.example`
async function hire(name: string, role = 'support') {
  const asked = { email: mailOf(name), name, role, password }
  return (await createStaff(world.db, asked, asServer(world.app.clock()))).id
}
const enter = (name: string, word: string) =>
  call('POST', '/admin/sign-in', { email: mailOf(name), password: word })
const askLink = (name: string) =>
  call('POST', '/admin/password-resets', { email: mailOf(name).toUpperCase() })
const confirm = (token: string, word = fresh) =>
  call('POST', '/admin/password-resets/confirmation', { token, password: word })
const me = (who: Session) => call('GET', '/admin/me', undefined, who)

const countMails = async (name: string): Promise<number> => {
  const path = `/admin/messages?recipient=${mailOf(name)}&kind=staff_reset_password`
  return (await admin(world, 'GET', path)).body.items.length
}
async function linkFor(name: string): Promise<string> {
  const before = await countMails(name)
  assert.equal((await askLink(name)).said, '202')
  await until('the mail', async () => (await countMails(name)) > before)
  const { text } = await readMail(world, mailOf(name), 'staff_reset_password')
  const found = /\/admin\/new-password#([\w-]{43})\s/.exec(text)
  assert(found, text)
  return found[1]!
}
/** What the audit says of this person. */
async function auditOf(id: string): Promise<Answer['body'][]> {
  const { body } = await admin(world, 'GET', `/admin/audit?resource=staff&resource_id=${id}`)
  return body.items
}

test('whoever knows their password changes it: other sessions end, and a mail says so', async () => {
  const id = await hire('ada')
  const [here, elsewhere] = [await enter('ada', password), await enter('ada', password)]
  const change = (current_password: string, word: string) =>
    call('PUT', '/admin/me/password', { current_password, password: word }, here.session)
  assert.equal((await change('not the one it is', fresh)).said, '401 sign_in_failed')
  assert.equal((await change(password, 'short')).said, '400 invalid_input')
  assert.equal((await me(elsewhere.session)).said, '200')
  assert.equal((await change(password, fresh)).said, '204')
  assert.equal((await me(here.session)).said, '200')
  assert.equal((await me(elsewhere.session)).said, '401 session_missing')
  assert.equal((await enter('ada', password)).said, '401 sign_in_failed')
  assert.equal((await enter('ada', fresh)).said, '200')
  await readMail(world, mailOf('ada'), 'staff_password_changed')
  const entry = (await auditOf(id)).find(({ route }) => route === 'PUT /admin/me/password')
  assert.deepEqual([entry.actor, entry.via], [`staff:${id}`, 'session'])
  assert.deepEqual(entry.after, { password_hash: '[hidden]' })
  const body = { current_password: fresh, password }
  const by_key = await call('PUT', '/admin/me/password', body, world.keys.secret_key)
  assert.equal(by_key.said, '403 permission_missing', 'a key has no password')
})

test('a forgotten password: the link works once, ends all sessions, and opens none', async () => {
  const id = await hire('bo')
  const { session } = await enter('bo', password)
  const earlier = await linkFor('bo')
  const link = await linkFor('bo')
  assert.equal((await confirm(link, 'short')).said, '400 invalid_input')
  const both = await Promise.all([confirm(link), confirm(link)])
  assert.deepEqual(both.map(({ said }) => said).sort(), ['204', '422 link_invalid'])
  assert.equal((await confirm(link, password)).said, '422 link_invalid')
  assert.equal((await confirm(earlier, password)).said, '422 link_invalid', 'no other is open')
  assert.equal((await me(session)).said, '401 session_missing')
  assert.equal((await enter('bo', password)).said, '401 sign_in_failed')
  assert.equal((await enter('bo', fresh)).said, '200')
  await readMail(world, mailOf('bo'), 'staff_password_changed')
  const [entry] = await auditOf(id)
  assert.deepEqual(
    [entry.actor, entry.via, entry.route],
    [`staff:${id}`, 'link', 'POST /admin/password-resets/confirmation'],
  )
  const { rows } = await world.db.query(
    'select html, text, token_hash from message join account_mail on account_mail.id = cause_id',
  )
  for (const row of rows) assert(!`${row.html}${row.text}${row.token_hash}`.includes(link))
})

test('a link is good for half an hour, and for whom it was sent to while they work here', async () => {
  const id = await hire('cy')
  const late = await linkFor('cy')
  await clock.advance(31 * 60_000)
  assert.equal((await confirm(late)).said, '422 link_invalid')
  const link = await linkFor('cy')
  assert.equal((await admin(world, 'PATCH', `/admin/staff/${id}`, { disabled: true })).status, 200)
  assert.equal((await confirm(link)).said, '422 link_invalid')
  await admin(world, 'PATCH', `/admin/staff/${id}`, { disabled: false })
  assert.equal((await enter('cy', password)).said, '200')
})

test('the answer is the same for everybody, and only staff with a password get a mail', async () => {
  await hire('dan')
  const oid = await hire('olga')
  await transaction(
    world.db,
    (tx) => tx.run`update staff set password_hash = null where id = ${oid}`,
  )
  const answers = [await askLink('olga'), await askLink('nobody'), await askLink('dan')]
  assert.deepEqual(new Set(answers.map(({ said }) => said)), new Set(['202']))
  assert.equal(new Set(answers.map(({ body }) => body.message)).size, 1)
  await until('the mail', async () => (await countMails('dan')) === 1)
  const open = `select from effect
    where kind = 'message_staff_reset_password' and state in ('waiting', 'failed')`
  await until('all effects', async () => (await world.db.query(open)).rows.length === 0)
  assert.deepEqual([await countMails('olga'), await countMails('nobody')], [0, 0])
  await Promise.all(Array.from({ length: 6 }, () => askLink('dan')))
  const { rows } = await world.db.query('select from account_mail where email = $1', [
    mailOf('dan'),
  ])
  assert.equal(rows.length, 5, 'nobody fills the mailbox of others')
})

test('who asks for mails to a customer of that address keeps no mail from staff', async () => {
  await hire('fay')
  const asked = { email: mailOf('fay'), password, name: 'Not Fay' }
  for (let n = 0; n < 5; n++) {
    const { status } = await ask(world, 'POST', '/store/customers', { body: asked })
    assert.equal(status, 202)
  }
  assert.equal((await confirm(await linkFor('fay'))).said, '204')
})

test('who has a second factor shows it after a reset as well', async () => {
  await hire('eve')
  const { session } = await enter('eve', password)
  const { body } = await call('POST', '/admin/second-factor', undefined, session)
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
  const bits = [...body.secret].map((one) => letters.indexOf(one).toString(2).padStart(5, '0'))
  const bytes = bits
    .join('')
    .match(/.{8}/g)!
    .map((eight) => Number.parseInt(eight, 2))
  const code = hotp(Buffer.from(bytes), stepAt(world.app.clock()))
  const confirmed = await call('POST', '/admin/second-factor/confirm', { code }, session)
  assert.equal(confirmed.said, '200')
  assert.equal((await confirm(await linkFor('eve'))).said, '204')
  const entered = await enter('eve', fresh)
  assert.deepEqual([entered.said, entered.body.waits_for], ['200', 'code'])
})

test('whoever may read the mailbox, or write its words, gets into no account by it', async () => {
  await hire('boss', 'owner')
  const link = await linkFor('boss')
  const asked = { kind: 'secret', name: 'reads', permissions: ['messages:read', 'messages:write'] }
  const { body: made } = await admin(world, 'POST', '/admin/keys', asked)
  const { items } = (
    await call('GET', `/admin/messages?recipient=${mailOf('boss')}`, undefined, made.token)
  ).body
  const { body: seen } = await call('GET', `/admin/messages/${items[0].id}`, undefined, made.token)
  assert.match(seen.text, /new-password#/)
  assert(!seen.text.includes(link), 'the token is not shown')
  const template = '/admin/message-templates/staff_reset_password/en'
  const { body: words } = await call('GET', template, undefined, made.token)
  const { subject, mjml, text } = words
  const put = { subject, mjml, text, enabled: true, version: 0 }
  assert.equal((await call('PUT', template, put, made.token)).said, '403 permission_missing')
  assert.equal(
    (await call('DELETE', template, undefined, made.token)).said,
    '403 permission_missing',
  )
  assert.equal((await call('PUT', template, put, world.keys.secret_key)).said, '200')
})

test('the page of the link runs its own script alone, and stays out of logs and caches', async () => {
  const answer = await fetch(`${world.url}/admin/new-password`)
  const html = await answer.text()
  assert.equal(answer.status, 200)
  const policy = answer.headers.get('content-security-policy')!
  const script = /<script>([\s\S]*)<\/script>/.exec(html)![1]!
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(script))
  assert(policy.includes(`script-src 'sha256-${Buffer.from(digest).toString('base64')}'`), policy)
  assert.match(policy, /default-src 'none'/)
  assert.equal(answer.headers.get('referrer-policy'), 'no-referrer')
  assert.match(script, /\/admin\/password-resets\/confirmation/)
})
