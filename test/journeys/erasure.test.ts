// All that the shop knows about somebody is told, and all of it is erased: theirs, no one else's.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { transaction } from '#src/db/transaction.ts'
import type { CustomerId, PromotionId } from '#src/lib/ids.ts'
import { openStrangers } from '#src/lib/stranger-client.ts'
import { buyerKeys } from '#src/pricing/promotion-uses.ts'
import { enterCustomer, makeCustomer, password, signUp } from '#test/customers.ts'
import { openClock } from '#test/movable-clock.ts'
import { openReceiver } from '#test/receiver.ts'
import {
  type Answer,
  admin,
  ask,
  assertPromises,
  complete,
  fillCart,
  german_address,
  openWorld,
  until,
} from '#test/world.ts'
import { type Json, levelOf, orderOf, untilException, untilOrder } from './steps.ts'

const clock = openClock()
const world = await openWorld({ clock, strangers: openStrangers(true) })
const { easypost } = world.simulators

const said = ({ status, body }: Answer): string => `${status} ${body?.code ?? ''}`.trim()
const mine = (token: string, method: string, path: string, body?: object): Promise<Answer> =>
  ask(world, method, path, { customer_token: token, ...(body ? { body } : {}) })

async function buy(
  token: string,
  more: object = {},
  paying: { readonly note?: string; readonly card?: string } = {},
): Promise<Json> {
  const guest = await fillCart(world, [['MUG-BLUE', 2]])
  const lines = [{ variant_id: world.variants.get('MUG-BLUE'), quantity: 2 }]
  const { shipping_option_id, shipping_address } = guest.cart
  const address = { ...shipping_address, phone: null }
  const body = { lines, shipping_option_id, shipping_address: address, ...more }
  const made = await ask(world, 'POST', '/store/carts', { customer_token: token, body })
  assert.equal(made.status, 201, JSON.stringify(made.body))
  const { cart, token: cart_token } = made.body
  const done = await complete(world, { id: cart.id, token: cart_token, cart }, paying)
  assert.equal(done.status, 201, JSON.stringify(done.body))
  return done.body.order
}

/** Words that stand nowhere else in the database. */
const person = {
  email: 'zebedee.quux@mailbox.example',
  name: 'Zebedee Quuxworth',
  phone: '+4915100998877',
  line1: 'Flohmarktgasse 4711',
  line2: 'Hinterhaus Quuxeck',
  city: 'Zwickelburg',
  postal_code: '07937',
  company: 'Quuxworks',
  device: 'Zebedees Taschentelefon',
  tax_id: 'DE136695976',
  certificate: 'QX-0815-NULL',
}
const address = {
  name: person.name,
  company: person.company,
  line1: person.line1,
  line2: person.line2,
  city: person.city,
  postal_code: person.postal_code,
  country: 'DE',
  phone: person.phone,
}

/** Every column of every table, the queue's as well, in which one of the words stands. */
async function findPerson(): Promise<string[]> {
  type Column = { readonly at: string; readonly name: string; readonly look: string }
  const { rows: columns } = await world.db.query<Column>(
    `select format('%I.%I', table_schema, table_name) as at, column_name as name,
       format(case when data_type = 'bytea' then 'encode(%I, ''escape'')' else '%I::text' end,
         column_name) as look
     from information_schema.columns join information_schema.tables
       using (table_schema, table_name)
     where table_schema in ('public', 'graphile_worker') and table_type = 'BASE TABLE'`,
  )
  assert(columns.length > 400, `${columns.length}`)
  const found: string[] = []
  const words = Object.values(person).map((word) => `%${word}%`)
  for (const { at, name, look } of columns) {
    const { rowCount } = await world.db.query(
      `select from ${at} where ${look} ilike any($1) limit 1`,
      [words],
    )
    if (rowCount !== 0) found.push(`${at}.${name}`)
  }
  return found.sort()
}

async function ledgers(): Promise<unknown> {
  const { rows } = await world.db.query(
    `select (select jsonb_agg(to_jsonb(j) order by id) from journal_entry as j) as journal,
       (select jsonb_agg(to_jsonb(m) order by id) from stock_movement as m) as stock,
       (select jsonb_agg(to_jsonb(i) order by id) from invoice as i) as invoices,
       (select jsonb_agg(to_jsonb(l) - 'price_reason' order by id) from order_line as l) as lines,
       (select jsonb_agg(jsonb_build_array(id, number, state, total, payment_state) order by id)
         from orders) as orders`,
  )
  return rows[0]
}

/** A staff member writes about the buyer wherever there is room for it: offers, edits, refusals. */
async function writeEverywhere(id: string, canceled: string, delivered: string): Promise<void> {
  const say = async (path: string, body: object, method = 'POST'): Promise<Json> => {
    const answer = await admin(world, method, `/admin/${path}`, body)
    assert(answer.status < 300, `${path}: ${JSON.stringify(answer.body)}`)
    return answer.body
  }
  await say('drafts', {
    channel_id: world.frame.web,
    customer_id: id,
    email: person.email,
    phone: person.phone,
    tax_id: person.tax_id,
    shipping_address: address,
    note: `Greetings to ${person.name}`,
    lines: [
      {
        variant_id: world.variants.get('MUG-BLUE'),
        quantity: 2,
        unit_price: 1_000,
        reason: `${person.name} is a regular`,
      },
    ],
    discount: 100,
    discount_reason: `${person.name} has waited`,
  })
  const { lines, version } = await untilOrder(world, canceled, 'an invoice', (order) => {
    return order.invoices.length > 0
  })
  await say(`orders/${canceled}/edits`, {
    version,
    settle: 'now',
    reason: `${person.name} rang`,
    lines: [{ line_id: lines[0].id, unit_price: 1_000, reason: `For ${person.name}` }],
  })
  await say(`orders/${canceled}/hold`, { reason: `Who is ${person.name}?` })
  await say(`orders/${canceled}/cancel`, { reason: `${person.name} is moving` })
  await say(`orders/${delivered}/refunds`, {
    amount: 100,
    reason: `${person.name} did not like it`,
  })
  await say(`orders/${delivered}/tags`, { tags: [person.name] }, 'PUT')
  await say(`orders/${delivered}/notes`, { content: `${person.name} has called` })
}

/** Who has signed, in the words of the carrier, at the place where the buyer lives. */
async function deliver(order_id: string): Promise<string> {
  const labeled = await untilOrder(world, order_id, 'a label', (o) => o.shipments[0]?.label_id)
  const code: string = labeled.shipments[0].tracking_code
  easypost.advance(code, 'failure', { words: `${person.name} was out` })
  await untilException(world, order_id, 'delivery_problem')
  await travel(order_id, code, `Signed by ${person.name}`)
  return code
}
async function travel(order_id: string, code: string, words: string): Promise<void> {
  for (const status of ['pre_transit', 'in_transit', 'out_for_delivery']) {
    easypost.advance(code, status)
  }
  easypost.advance(code, 'delivered', { words })
  await untilOrder(world, order_id, 'delivery', (o) => o.fulfillment_state === 'delivered')
}

test('all of it is told, and all of it is erased but for what the law keeps', async () => {
  const receiver = await openReceiver()
  const endpoint = { url: `${receiver.url}/hooks`, kinds: ['*'] }
  const heard = await admin(world, 'POST', '/admin/webhook-endpoints', endpoint)
  assert.equal(heard.status, 201, JSON.stringify(heard.body))
  const promotion = await admin(world, 'POST', '/admin/promotions', {
    name: 'Twice each',
    is_automatic: false,
    buyer_limit: 2,
    effect: { kind: 'percentage', on: 'order', rate_ppm: 100_000 },
  })
  assert.equal(promotion.status, 201, JSON.stringify(promotion.body))
  const promotion_id = promotion.body.id as PromotionId
  const codes = `/admin/promotions/${promotion_id}/codes`
  const given = await admin(world, 'POST', codes, { codes: ['TWICE'] })
  assert.equal(given.status, 201, JSON.stringify(given.body))
  // As a guest first, with the same address.
  const guest = await fillCart(world, [['TEA-EARL-GREY', 1]])
  const patch = { email: person.email.toUpperCase(), shipping_address: address }
  const path = `/store/carts/${guest.id}`
  const cart = await ask(world, 'PATCH', path, { token: guest.token, body: patch })
  const as_guest = await complete(world, { ...guest, cart: cart.body })
  assert.equal(as_guest.status, 201, JSON.stringify(as_guest.body))
  const customer = await makeCustomer(world, person.email, {
    sign_up: { name: person.name, phone: person.phone, consents: ['email', 'sms'] },
  })
  const { id, token } = customer
  const body = { email: person.email, password, device: person.device }
  const phone = await ask(world, 'POST', '/store/sessions', { body })
  assert.equal(phone.status, 201)
  await mine(token, 'POST', '/store/customers/me/addresses', { address, default_shipping: true })
  const exempt = (whom: object) =>
    admin(world, 'POST', '/admin/tax-exemptions', {
      ...whom,
      country: 'DE',
      number: person.certificate,
      reason: `${person.company} is an embassy`,
    })
  assert.equal((await exempt({ customer_id: id })).status, 201)
  const wording = `I, ${person.name}, want news.`
  const agreed = { contact: 'sms', granted: true, wording }
  assert.equal((await mine(token, 'PUT', '/store/customers/me/consents', agreed)).status, 200)
  const order = await buy(
    token,
    {
      shipping_address: address,
      billing_address: address,
      phone: person.phone,
      tax_id: person.tax_id,
      email: `other.${person.email}`,
      coupon_code: 'TWICE',
    },
    { note: `For ${person.name}, at last` },
  )
  const turns = async (): Promise<string[]> => {
    const { rows } = await world.db.query<{ buyer: string }>(
      'select buyer from promotion_turn where order_id = $1',
      [order.id],
    )
    return rows.map(({ buyer }) => buyer)
  }
  assert.equal((await turns()).length, 2, 'one by the customer, and one by the address')
  const canceled = await buy(token, { shipping_address: address })
  const open_cart = await ask(world, 'POST', '/store/carts', {
    customer_token: token,
    body: { phone: person.phone, tax_id: person.tax_id },
  })
  assert.equal((await exempt({ cart_id: open_cart.body.cart.id })).status, 201)
  assert.equal(open_cart.body.cart.shipping_address.line1, person.line1)
  await ask(world, 'POST', '/store/password-resets', { body: { email: person.email } })
  await signUp(world, person.email, { name: person.name })

  const erase = () => admin(world, 'POST', `/admin/customers/${id}/erase`)
  const too_early = await erase()
  assert.equal(said(too_early), '409 customer_has_open_orders')
  assert.equal(too_early.body.orders.length, 3)
  await writeEverywhere(id, canceled.id, order.id)
  await deliver(as_guest.body.order.id)
  const code = await deliver(order.id)
  // A tax engine refuses, and quotes what it was asked.
  const fallback = `There is no ${person.line1}.`
  await transaction(world.db, async (tx) => {
    await tx.run`
      insert into tax_quote (cart_id, question, answer, asked_at)
      values (${open_cart.body.cart.id}, '', jsonb_build_object('kind', 'fallback',
        'reason', ${fallback}::text), ${clock()})`
    await tx.run`
      update orders set tax_facts = jsonb_set(tax_facts, '{source}',
        jsonb_build_object('name', 'http', 'reference', null, 'fallback', ${fallback}::text))
      where id = ${order.id}`
  })
  // A mail server quotes the address that it refuses.
  const cart_id = open_cart.body.cart.id
  await transaction(world.db, async (tx) => {
    await tx.run`
      update effect set last_error = ${`550 no such user ${person.email}`}
      where cause_id in (select cause_id from message
        where recipient = ${person.email} and order_id is null)`
    await tx.run`
      insert into exception (id, kind, cause_id, message, detail, opened_at)
      select uuidv7(), kind, cause_id, last_error, '{}', ${clock()} from effect
      where kind = 'message_reset_password' and last_error is not null`
    await tx.run`
      insert into message (id, kind, cause_id, channel_id, recipient, subject, html, text, state,
        transport, created_at)
      values (uuidv7(), 'cart_abandoned', ${cart_id}, ${world.frame.web}, ${`cart.${person.email}`},
        '', ${person.name}, '', 'sent', 'smtp', ${clock()})`
  })
  const waits = async () => {
    const { rows } = await world.db.query(
      "select kind from effect where state in ('waiting', 'failed')",
    )
    return rows.length === 0
  }
  await until('all that follows', waits)
  const before = await findPerson()
  for (const place of [
    'account_mail.email',
    'cart.shipping_address',
    'cart.tax_id',
    'customer.phone',
    'draft.buyer_note',
    'draft.discount_reason',
    'draft.phone',
    'draft_line.reason',
    'effect.last_error',
    'exception.message',
    'order_line.price_reason',
    'order_tag.tag',
    'customer_address.address',
    'customer_consent.wording',
    'customer_session.device',
    'invoice.document',
    'message.html',
    'order_change.reason',
    'order_note.content',
    'orders.billing_address',
    'orders.buyer_note',
    'orders.cancel_reason',
    'orders.email',
    'orders.hold_reasons',
    'orders.tax_facts',
    'refund.reason',
    'tax_exemption.number',
    'tax_exemption.reason',
    'tax_quote.answer',
    'tracking_scan.detail',
    'tracking_scan.place',
  ]) {
    assert(before.includes(`public.${place}`), `${place} is not found: ${before}`)
  }
  // Others hear that a parcel was seen, and no word of the carrier.
  await until('the scans', async () =>
    receiver.got.some(({ json }) => json.data.detail?.status === 'delivered'),
  )
  for (const place of ['event', 'webhook_']) {
    assert(!before.some((one) => one.startsWith(`public.${place}`)), `${before}`)
  }

  const headers = { authorization: `Bearer ${world.keys.keys.web}`, 'x-customer-token': token }
  const export_path = `${world.url}/store/customers/me/export`
  const exported = (await (await fetch(export_path, { headers })).json()) as Json
  const told = JSON.stringify(exported)
  for (const word of Object.values(person)) assert(told.includes(word), word)
  assert.deepEqual(
    [exported.customer.length, exported.orders.length, exported.addresses.length],
    [1, 3, 1],
  )
  assert.equal(exported.orders[0].documents.length, 1)
  const written = exported.orders.find((one: Json) => one.id === order.id)
  assert.deepEqual(
    written.notes.map(({ content }: Json) => content),
    [`${person.name} has called`],
  )
  assert.deepEqual(written.tags, [person.name.toLowerCase()])
  assert(written.refunds.some(({ reason }: Json) => reason.includes(person.name)))
  const priced = exported.orders.find((one: Json) => one.id === canceled.id)
  assert(priced.lines.some((line: Json) => line.price_reason === `For ${person.name}`))
  assert.doesNotMatch(told, /argon2|cs_[\w-]{43}/, 'no secret is told')

  const books = await ledgers()
  const erased = await erase()
  assert.equal(erased.status, 200, JSON.stringify(erased.body))
  assert.equal(erased.body.orders, 3)
  const kinds = erased.body.kept.map(({ kind }: Json) => kind).sort()
  const [notes, invoices] = [Array(3).fill('credit_note'), Array(4).fill('invoice')]
  assert.deepEqual(kinds, [...notes, ...invoices])
  // The law keeps documents, and they name who bought. Nothing else does.
  assert.deepEqual(await findPerson(), ['public.invoice.document'])
  assert.deepEqual(await ledgers(), books)
  const kept = buyerKeys(promotion_id, { customer_id: id as CustomerId, email: null })
  assert.deepEqual(await turns(), kept)
  // The carrier goes on telling all it knows: of an order of nobody, what and when is kept.
  const problem = () => untilException(world, order.id, 'delivery_problem')
  assert.equal((await problem()).message, 'erased')
  easypost.advance(code, 'failure', { words: `${person.name} has complained` })
  await until('the carrier is heard', async () => (await problem()).message !== 'erased')
  assert.equal((await problem()).message, 'The carrier reports a problem.')
  const seen = (await orderOf(world, order.id)).shipments[0].scans
  assert(seen.length > 4 && seen.every((one: Json) => one.detail === '' && one.place === null))
  assert.deepEqual(await findPerson(), ['public.invoice.document'])
  assert.equal(said(await mine(token, 'GET', '/store/customers/me')), '401 session_missing')
  assert.equal(said(await ask(world, 'POST', '/store/sessions', { body })), '401 sign_in_failed')
  assert.equal(said(await erase()), '404 not_found')
  const shown = await admin(world, 'GET', `/admin/customers/${id}`)
  assert.deepEqual([shown.body.name, shown.body.email], ['', `${id}@erased.invalid`])
  assert(shown.body.consents.every(({ granted }: Json) => !granted))
  const staff_view = await admin(world, 'GET', `/admin/orders/${order.id}`)
  assert.equal(staff_view.body.total, order.total)
  assert.deepEqual(staff_view.body.tax, {
    treatment: 'exempt',
    tax_id: { kind: 'vat', country: 'DE', number: 'erased', name: 'VAT ID' },
    place_of_supply: null,
    exemption: {
      country: 'DE',
      region: null,
      number: 'erased',
      reason: 'erased',
      valid_until: null,
    },
    notes: ['Tax exempt by a certificate, which the invoice names.'],
    source: { name: 'http', reference: null, fallback: 'erased' },
  })
  const certificate = await exempt({ customer_id: id })
  assert.deepEqual([certificate.status, certificate.body.errors[0].code], [400, 'unknown'])
  // The address is free again, for somebody new.
  const anew = await makeCustomer(world, person.email)
  assert.notEqual(anew.id, id)
  const history = await mine(anew.token, 'GET', '/store/customers/me/orders')
  assert.deepEqual(history.body.items, [])
  await assertPromises(world)
})

test('a guest is erased by way of a customer that is made for their address', async () => {
  const guest = await fillCart(world, [['TEA-EARL-GREY', 1]])
  const email = 'once@example.com'
  const patch = { token: guest.token, body: { email } }
  const cart = await ask(world, 'PATCH', `/store/carts/${guest.id}`, patch)
  const bought = await complete(world, { ...guest, cart: cart.body })
  const order_id = bought.body.order.id
  const canceled = await admin(world, 'POST', `/admin/orders/${order_id}/cancel`, {})
  assert.equal(canceled.status, 200, JSON.stringify(canceled.body))
  const made = await admin(world, 'POST', '/admin/customers', { email, name: 'Guest' })
  const path = `/admin/customers/${made.body.id}`
  assert.equal((await admin(world, 'GET', `${path}/export`)).body.orders[0].id, order_id)
  const erased = await until('the work of the order is done', async () => {
    const answer = await admin(world, 'POST', `${path}/erase`)
    return answer.status === 200 && answer
  })
  assert.equal(erased.body.orders, 1)
  const { body: order } = await admin(world, 'GET', `/admin/orders/${order_id}`)
  assert.match(order.email, /erased/)
})

test('customers erase themselves, with their password', async () => {
  const { token, id } = await makeCustomer(world, 'leaves@example.com')
  const path = '/store/customers/me/erasure'
  assert.equal(said(await mine(token, 'POST', path, { password: 'wrong' })), '401 sign_in_failed')
  assert.equal((await mine(token, 'POST', path, { password })).status, 204)
  const shown = await admin(world, 'GET', `/admin/customers/${id}`)
  assert.notEqual(shown.body.erased_at, null)
  await assertPromises(world)
})

test('what belongs to other customers stays theirs, but for the address', async () => {
  const email = 'lends@example.com'
  const lender = await enterCustomer(world, email)
  const other = await enterCustomer(world, 'borrows@example.com')
  const lines = [{ variant_id: world.variants.get('MUG-BLUE'), quantity: 1 }]
  const about = { email: email.toUpperCase(), shipping_address: german_address, lines }
  const cartOf = async (customer_token?: string): Promise<string> => {
    const asking = { ...(customer_token ? { customer_token } : {}), body: about }
    const made = await ask(world, 'POST', '/store/carts', asking)
    assert.equal(made.status, 201, JSON.stringify(made.body))
    return made.body.cart.id
  }
  const [of_guest, of_other] = [await cartOf(), await cartOf(other.token)]
  const offers = { channel_id: world.frame.web, ...about }
  const draftOf = async (more: object): Promise<string> => {
    const made = await admin(world, 'POST', '/admin/drafts', { ...offers, ...more })
    assert.equal(made.status, 201, JSON.stringify(made.body))
    return made.body.id
  }
  const [for_nobody, for_other] = [await draftOf({}), await draftOf({ customer_id: other.id })]
  const certificate = { country: 'DE', number: 'QX-1', reason: 'embassy', cart_id: of_other }
  assert.equal((await admin(world, 'POST', '/admin/tax-exemptions', certificate)).status, 201)

  const path = `/admin/customers/${lender.id}`
  const { body: told } = await admin(world, 'GET', `${path}/export`)
  const idsOf = (rows: readonly Json[]): string[] => rows.map(({ id }) => id)
  assert.deepEqual(idsOf(told.carts), [of_guest])
  assert.deepEqual(idsOf(told.drafts), [for_nobody])
  assert.deepEqual(told.tax_exemptions, [])
  assert.equal((await admin(world, 'POST', `${path}/erase`)).status, 200)

  const { rows: carts } = await world.db.query(
    `select id, email, shipping_address ->> 'name' as name,
       (select count(*)::int from cart_line where cart_id = cart.id) as lines
     from cart where id = any($1)`,
    [[of_guest, of_other]],
  )
  assert.deepEqual(carts, [{ id: of_other, email: null, name: german_address.name, lines: 1 }])
  const { rows: drafts } = await world.db.query(
    `select id, state, email, shipping_address ->> 'name' as name from draft
     where id = any($1) order by id`,
    [[for_nobody, for_other]],
  )
  assert.deepEqual(drafts, [
    { id: for_nobody, state: 'canceled', email: null, name: null },
    { id: for_other, state: 'open', email: null, name: german_address.name },
  ])
  const kept = await admin(world, 'GET', `/admin/tax-exemptions?cart_id=${of_other}`)
  assert.equal(kept.body.items.length, 1)
  const open = await mine(other.token, 'GET', '/store/customers/me/cart')
  assert.equal(open.body.open.cart.id, of_other)
  await assertPromises(world)
})

test('an offer that waits with its goods is given up; one that is being paid is not', async () => {
  const [first, option] = [
    world.variants.get('MUG-BLUE'),
    (await world.db.query('select id from shipping_option order by code')).rows[0].id,
  ]
  const held = async (): Promise<number> => (await levelOf(world, 'MUG-BLUE')).held
  const before = await held()
  async function offer(email: string): Promise<Json> {
    const { id } = await enterCustomer(world, email)
    const made = await admin(world, 'POST', '/admin/drafts', {
      ...{ channel_id: world.frame.web, customer_id: id, email, shipping_option_id: option },
      ...{ shipping_address: german_address, lines: [{ variant_id: first, quantity: 2 }] },
    })
    assert.equal(made.status, 201, JSON.stringify(made.body))
    const inHours = (hours: number) => new Date(clock().getTime() + hours * 3_600_000)
    const sent = await admin(world, 'POST', `/admin/drafts/${made.body.id}/send`, {
      ...{ version: made.body.version, expires_at: inHours(48), hold_until: inHours(24) },
      tell_buyer: false,
    })
    assert.equal(sent.status, 200, JSON.stringify(sent.body))
    return { ...sent.body, erase: () => admin(world, 'POST', `/admin/customers/${id}/erase`) }
  }
  const waits = await offer('waits@example.com')
  assert.equal(await held(), before + 2)
  const erased = await waits.erase()
  assert.deepEqual([erased.status, erased.body.orders], [200, 1], JSON.stringify(erased.body))
  assert.equal(await held(), before)
  const pay = ({ token, priced }: Json) =>
    ask(world, 'POST', `/store/drafts/${token}/complete`, {
      body: {
        expected_total: priced.total,
        payment: { provider: 'stripe', token: 'pm_card_authenticationRequired' },
      },
    })
  const gone = await pay(waits)
  assert.deepEqual([gone.status, gone.body.code], [409, 'draft_is_closed'])

  const paying = await offer('is-paying@example.com')
  assert.equal((await pay(paying)).status, 202)
  const refused = await paying.erase()
  assert.deepEqual([refused.status, refused.body.orders[0].reason], [409, 'It is being paid.'])
  await assertPromises(world)
})

test('nobody is forgotten whose money the shop still has', async () => {
  const { id, token } = await enterCustomer(world, 'owed@example.com')
  const erase = () => admin(world, 'POST', `/admin/customers/${id}/erase`)
  const order = await buy(token, {}, { card: 'pm_card_refundFail' })
  const placed = await untilOrder(world, order.id, 'a label', (o) => o.shipments[0]?.label_id)
  const cheaper = await admin(world, 'POST', `/admin/orders/${order.id}/edits`, {
    version: placed.version,
    settle: 'later',
    lines: [{ line_id: placed.lines[0].id, unit_price: 1_000, reason: 'a scratch' }],
  })
  assert.equal(cheaper.status, 200, JSON.stringify(cheaper.body))
  await travel(order.id, placed.shipments[0].tracking_code, 'Delivered')
  const untilRefused = (reason: RegExp) =>
    until(`${reason}`, async () => {
      const { status, body } = await erase()
      assert.equal(`${status} ${body.code}`, '409 customer_has_open_orders')
      return reason.test(body.orders[0].reason)
    })
  await untilRefused(/is kept/)
  assert.equal((await admin(world, 'POST', `/admin/orders/${order.id}/settle`, {})).status, 200)
  await untilOrder(world, order.id, 'the refund', (o) => o.refunds[0]?.state === 'succeeded')
  world.simulators.stripe.settleRefunds()
  const { id: exception } = await untilException(world, order.id, 'refund_failed')
  await untilRefused(/refund has failed/)
  await admin(world, 'POST', `/admin/exceptions/${exception}/dismiss`)
  await until('all work is done', async () => (await erase()).status === 200)
  await assertPromises(world)
})
