// The buyer is sent the link on which to pay: of an offer, and of what an edit has left to pay.
// Once each, and not when it was paid, taken back or changed before the mail has left.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Effect } from '#src/jobs/effects.ts'
import { withheld_reason } from '#src/messages/pay-links.ts'
import { sendMessage } from '#src/messages/send-message.ts'
import type { Mail, MailOutcome } from '#src/ports/mailer.ts'
import {
  admin,
  ask,
  assertPromises,
  complete,
  fillCart,
  german_address,
  openWorld,
  until,
} from '#test/world.ts'
import { type Json, orderOf } from './steps.ts'

/** The mail server does what this says, and remembers what it took. */
let answer: MailOutcome = { kind: 'sent', reference: '250' }
const taken: Mail[] = []
const world = await openWorld({
  worker: false,
  mailer: {
    name: 'test',
    async send(mail) {
      if (answer.kind === 'sent') taken.push(mail)
      return answer
    },
  },
})
const option = (await world.db.query('select id from shipping_option order by code')).rows[0].id
const mugs = (quantity: number) => [{ variant_id: world.variants.get('MUG-BLUE'), quantity }]
const expires_at = new Date(Date.now() + 48 * 3_600_000).toISOString()

async function effectsOf(kind: Effect['kind'], about: string): Promise<Effect[]> {
  const { rows } = await world.db.query<Effect>(
    `select effect.* from effect where kind = $1 and (order_id = $2
       or cause_id in (select id from draft_sending where draft_id = $2)) order by id`,
    [kind, about],
  )
  return rows
}
const run = (effect: Effect) => sendMessage(world.app, effect)
/** What became of the mail of an effect; undefined when none was written. */
const mailOf = async ({ kind, cause_id }: Effect): Promise<Json> =>
  (
    await world.db.query('select * from message where kind = $1 and cause_id = $2', [
      kind.replace('message_', ''),
      cause_id,
    ])
  ).rows[0]
const takenBy = (email: string): Mail[] => taken.filter(({ to }) => to === email)

async function draftFor(email: string): Promise<Json> {
  const { status, body } = await admin(world, 'POST', '/admin/drafts', {
    ...{ channel_id: world.frame.web, email, shipping_address: german_address },
    ...{ shipping_option_id: option, lines: mugs(2) },
  })
  assert.equal(status, 201, JSON.stringify(body))
  return body
}
async function send({ id, version }: Json, more: object = {}): Promise<Json> {
  const asked = { version, expires_at, ...more }
  const { status, body } = await admin(world, 'POST', `/admin/drafts/${id}/send`, asked)
  assert.equal(status, 200, JSON.stringify(body))
  return body
}
const change = async ({ id, version }: Json): Promise<Json> =>
  (await admin(world, 'PATCH', `/admin/drafts/${id}`, { version, lines: mugs(3) })).body
async function placed(): Promise<Json> {
  const done = await complete(world, await fillCart(world, [['MUG-BLUE', 2]]))
  assert.equal(done.status, 201, JSON.stringify(done.body))
  return orderOf(world, done.body.order.id)
}
async function edit({ id }: Json, change: object): Promise<Json> {
  const { version } = await orderOf(world, id)
  const asked = { version, ...change }
  const { status, body } = await admin(world, 'POST', `/admin/orders/${id}/edits`, asked)
  assert.equal(status, 200, JSON.stringify(body))
  return body
}
const one_more = { add: mugs(1) }
async function takeBack({ id }: Json): Promise<Json> {
  const { lines } = await orderOf(world, id)
  const added = lines.find(({ change_id }: Json) => change_id !== null)
  return edit({ id }, { lines: [{ line_id: added.id, quantity: 0 }] })
}
const payByHand = async (id: string, expected_total: number): Promise<void> => {
  const path = `/admin/orders/${id}/payments`
  const { status, body } = await admin(world, 'POST', path, { expected_total })
  assert.equal(status, 201, JSON.stringify(body))
}

test('an offer: what it holds, its price and its link, once for each time it is sent', async () => {
  const email = 'once@example.com'
  const sent = await send(await draftFor(email))
  const [effect, ...more] = await effectsOf('message_offer', sent.id)
  assert.equal(more.length, 0)
  for (const _ of [1, 2]) assert.deepEqual(await run(effect!), { kind: 'done' })
  const [mail, ...others] = takenBy(email)
  assert.equal(others.length, 0)
  assert.match(mail!.subject, /^Your offer from /)
  assert(mail!.text.includes(sent.pay_url), mail!.text)
  assert.match(mail!.text, /2 x MUG-BLUE \(MUG-BLUE\): €29\.80/)
  assert.match(mail!.text, /Berlin/)
  assert(mail!.html.includes('See and pay'))

  const longer = new Date(Date.now() + 72 * 3_600_000).toISOString()
  const anew = await send(await change(sent), { expires_at: longer })
  assert.notEqual(anew.pay_url, sent.pay_url)
  const [, second] = await effectsOf('message_offer', sent.id)
  await run(second!)
  assert.deepEqual(
    takenBy(email).map(({ text }) => text.includes(anew.pay_url)),
    [false, true],
  )
})

test('no offer is sent that cannot be ordered any more, or that staff bring themselves', async () => {
  const silent = await send(await draftFor('silent@example.com'), { tell_buyer: false })
  assert.deepEqual(await effectsOf('message_offer', silent.id), [])

  const over: readonly (readonly [string, (sent: Json) => Promise<unknown>])[] = [
    ['changed', change],
    ['canceled', ({ id }) => admin(world, 'POST', `/admin/drafts/${id}/cancel`, {})],
    [
      'placed',
      ({ id, priced }) =>
        admin(world, 'POST', `/admin/drafts/${id}/place`, { expected_total: priced.total }),
    ],
    [
      'expired',
      ({ id }) =>
        world.db.query(`begin read write; update draft set expires_at = now() -
        interval '1 minute' where id = '${id}'; commit`),
    ],
  ]
  for (const [what, end] of over) {
    const email = `${what}@example.com`
    const sent = await send(await draftFor(email))
    const [effect] = await effectsOf('message_offer', sent.id)
    await end(sent)
    assert.deepEqual(await run(effect!), { kind: 'done' }, what)
    assert.equal(await mailOf(effect!), undefined, what)
    assert.deepEqual(takenBy(email), [], what)
  }
})

test('what is written already is withheld too, when the mail server was away till then', async () => {
  const email = 'late@example.com'
  const sent = await send(await draftFor(email))
  const [effect] = await effectsOf('message_offer', sent.id)
  answer = { kind: 'unavailable', reason: 'away' }
  assert.equal((await run(effect!)).kind, 'retry')
  answer = { kind: 'sent', reference: '250' }
  assert.equal((await mailOf(effect!)).state, 'sending')
  await admin(world, 'POST', `/admin/drafts/${sent.id}/cancel`, {})
  assert.deepEqual(await run(effect!), { kind: 'done' })
  const { state, last_error } = await mailOf(effect!)
  assert.deepEqual([state, last_error], ['failed', withheld_reason])
  assert.deepEqual(takenBy(email), [])
})

test('an edit that leaves something to pay asks for it once, with the link', async () => {
  const order = await placed()
  const edited = await edit(order, one_more)
  assert.equal(edited.money.to_collect, 1490)
  const [effect] = await effectsOf('message_payment_due', order.id)
  for (const _ of [1, 2]) assert.deepEqual(await run(effect!), { kind: 'done' })
  const mails = taken.filter(({ subject }) => subject.includes(`for order ${order.number}`))
  assert.deepEqual(
    mails.map(({ subject }) => subject),
    [`€14.90 left to pay for order ${order.number}`],
  )
  assert(mails[0]!.text.includes(edited.pay_url), mails[0]!.text)
  assert.equal((await mailOf(effect!)).order_id, order.id)
  // Of two edits the later one asks for all of it.
  await edit(order, one_more)
  const more = await edit(order, one_more)
  const [, earlier, last] = await effectsOf('message_payment_due', order.id)
  for (const one of [earlier!, last!]) await run(one)
  assert.equal(await mailOf(earlier!), undefined)
  assert.equal(more.money.to_collect, 4470)
  assert.match((await mailOf(last!)).subject, /^€44\.70 left/)
})

test('nothing is asked for that is paid, taken back or canceled, or where staff ask themselves', async () => {
  const silent = await placed()
  await edit(silent, { ...one_more, tell_buyer: false })
  const less = await placed()
  await edit(less, { lines: [{ line_id: less.lines[0].id, quantity: 1 }] })
  for (const { id } of [silent, less]) {
    assert.deepEqual(await effectsOf('message_payment_due', id), [])
  }
  const over: readonly ((order: Json) => Promise<unknown>)[] = [
    ({ id }) => payByHand(id, 1490),
    takeBack,
    ({ id }) => admin(world, 'POST', `/admin/orders/${id}/cancel`, { reason: 'changed its mind' }),
  ]
  for (const end of over) {
    const order = await placed()
    await edit(order, one_more)
    const [effect] = await effectsOf('message_payment_due', order.id)
    await end(order)
    assert.deepEqual(await run(effect!), { kind: 'done' })
    assert.equal(await mailOf(effect!), undefined, end.toString())
  }
})

test('the worker sends them; who is erased leaves no offer behind', async () => {
  const email = 'gone@example.com'
  const person = { email: 'other@example.com', name: 'Ada Muster' }
  const made = await admin(world, 'POST', '/admin/customers', person)
  assert.equal(made.status, 201, JSON.stringify(made.body))
  const draft = await draftFor(email)
  const { version } = draft
  const of_customer = { version, customer_id: made.body.id }
  const { body } = await admin(world, 'PATCH', `/admin/drafts/${draft.id}`, of_customer)
  await world.startWorker()
  const sent = await send(body)
  const [effect] = await effectsOf('message_offer', sent.id)
  await until('the offer', async () => (await mailOf(effect!))?.state === 'sent')
  assert.equal(takenBy(email).length, 1)
  const erased = await ask(world, 'POST', `/admin/customers/${made.body.id}/erase`, {
    key: world.keys.secret_key,
  })
  assert(erased.status < 300, JSON.stringify(erased.body))
  const { recipient, text } = await mailOf(effect!)
  assert.deepEqual([recipient, text], ['erased', ''])
  await assertPromises(world)
})
