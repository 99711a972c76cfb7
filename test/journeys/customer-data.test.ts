// What the shop knows about customers: segments made of it, all of it told, and all of it erased.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { evaluateAll } from '#src/customers/evaluate-segments.ts'
import { actAs } from '#src/db/acting.ts'
import { transaction } from '#src/db/transaction.ts'
import { newId } from '#src/lib/ids.ts'
import { makeCustomer, password, signUp } from '#test/customers.ts'
import { openClock } from '#test/movable-clock.ts'
import { withPlanted } from '#test/plant.ts'
import {
  type Answer,
  admin,
  ask,
  assertPromises,
  complete,
  fillCart,
  openWorld,
  until,
} from '#test/world.ts'
import { type Json, untilOrder } from './steps.ts'

const clock = openClock()
const world = await openWorld({ clock })
const { easypost } = world.simulators
const day_ms = 86_400_000

const said = ({ status, body }: Answer): string => `${status} ${body?.code ?? ''}`.trim()
const mine = (token: string, method: string, path: string, body?: object): Promise<Answer> =>
  ask(world, method, path, { customer_token: token, ...(body ? { body } : {}) })

async function buy(token: string, more: object = {}, sku = 'MUG-BLUE'): Promise<Json> {
  const guest = await fillCart(world, [[sku, 2]])
  const lines = [{ variant_id: world.variants.get(sku), quantity: 2 }]
  const { shipping_option_id, shipping_address } = guest.cart
  const address = { ...shipping_address, phone: null }
  const body = { lines, shipping_option_id, shipping_address: address, ...more }
  const made = await ask(world, 'POST', '/store/carts', { customer_token: token, body })
  assert.equal(made.status, 201, JSON.stringify(made.body))
  const { cart, token: cart_token } = made.body
  const done = await complete(world, { id: cart.id, token: cart_token, cart })
  assert.equal(done.status, 201, JSON.stringify(done.body))
  return done.body.order
}

async function makeSegment(code: string, match: string, rules: readonly object[]): Promise<Json> {
  const body = { code, name: code, match, rules }
  const made = await admin(world, 'POST', '/admin/customer-segments', body)
  assert.equal(made.status, 201, JSON.stringify(made.body))
  return made.body
}
async function membersOf({ id }: Json): Promise<string[]> {
  const { body } = await admin(world, 'GET', `/admin/customers?group_id=${id}`)
  const { body: segment } = await admin(world, 'GET', `/admin/customer-segments/${id}`)
  assert.equal(segment.members, body.items.length)
  return body.items.map(({ email }: Json) => email.split('@')[0]).sort()
}

test('segments follow what customers do, each rule by itself and turned round', async () => {
  const rich = await makeCustomer(world, 'rich@example.com')
  const poor = await makeCustomer(world, 'poor@example.com', { sign_up: { consents: ['email'] } })
  const staff_made = await admin(world, 'POST', '/admin/customers', {
    email: 'known@example.com',
    name: 'Known',
  })
  assert.equal(staff_made.status, 201)
  await buy(rich.token)
  await buy(rich.token, {}, 'LAMP-DESK')
  await buy(poor.token)
  const { rows } = await world.db.query<{ id: string }>(
    "select product_id as id from variant where sku = 'LAMP-DESK'",
  )
  const lamp = rows[0]!.id
  const top = await admin(world, 'POST', '/admin/categories', { title: 'Home', handle: 'home' })
  const below = await admin(world, 'POST', '/admin/categories', {
    title: 'Lamps',
    handle: 'lamps',
    parent_id: top.body.id,
  })
  const put = await admin(world, 'PUT', `/admin/products/${lamp}/categories`, {
    category_ids: [below.body.id],
  })
  assert(put.status < 300, JSON.stringify(put.body))
  const category_ids = [top.body.id]
  const group = await admin(world, 'POST', '/admin/customer-groups', { code: 'vip', name: 'VIP' })
  await admin(world, 'PATCH', `/admin/customers/${poor.id}`, { group_ids: [group.body.id] })
  // One has come back to the cart since, and one has not.
  for (const { token, id } of [rich, poor]) {
    const lines = [{ variant_id: world.variants.get('TEA-EARL-GREY'), quantity: 1 }]
    const made = await ask(world, 'POST', '/store/carts', {
      customer_token: token,
      body: { lines },
    })
    assert.equal(made.status, 201, JSON.stringify(made.body))
    const minutes = id === rich.id ? 0 : 1
    await transaction(
      world.db,
      (tx) => tx.run`
        update cart set abandoned_at = updated_at - make_interval(mins => ${minutes})
        where id = ${made.body.cart.id}`,
    )
  }
  const past = new Date(clock().getTime() - day_ms).toISOString()
  const all = ['known', 'poor', 'rich']
  const one_by_one: readonly (readonly [object, readonly string[]])[] = [
    [{ kind: 'orders_placed', at_least: 2 }, ['rich']],
    [{ kind: 'orders_placed', at_most: 1 }, ['known', 'poor']],
    [{ kind: 'orders_placed', at_least: 1, at_most: 1, within_days: 1 }, ['poor']],
    [{ kind: 'spent', currency: 'EUR', at_least: 10_000 }, ['rich']],
    [{ kind: 'spent', currency: 'INR', at_least: 1 }, []],
    [{ kind: 'last_order', after: past }, ['poor', 'rich']],
    [{ kind: 'last_order', before: past }, []],
    [{ kind: 'last_order', within_days: 1 }, ['poor', 'rich']],
    [{ kind: 'last_order', not_for_days: 1 }, []],
    [{ kind: 'last_sign_in', after: past }, ['poor', 'rich']],
    [{ kind: 'last_sign_in', before: past }, []],
    [{ kind: 'last_sign_in', within_days: 1 }, ['poor', 'rich']],
    [{ kind: 'last_sign_in', not_for_days: 1 }, []],
    [{ kind: 'left_cart' }, ['rich']],
    [{ kind: 'left_cart', within_days: 1 }, ['rich']],
    [{ kind: 'left_cart', not_for_days: 1 }, []],
    [{ kind: 'bought', product_ids: [lamp] }, ['rich']],
    [{ kind: 'bought', category_ids }, ['rich']],
    [{ kind: 'country', countries: ['DE'] }, ['poor', 'rich']],
    [{ kind: 'country', countries: ['FR', 'IN'] }, []],
    [{ kind: 'consent', contact: 'email' }, ['poor']],
    [{ kind: 'consent', contact: 'sms' }, []],
    [{ kind: 'group', group_id: group.body.id }, ['poor']],
    [{ kind: 'account' }, ['poor', 'rich']],
  ]
  for (const [i, [rule, expected]] of one_by_one.entries()) {
    assert.deepEqual(await membersOf(await makeSegment(`is-${i}`, 'all', [rule])), expected)
    const others = all.filter((name) => !expected.includes(name))
    const turned = await makeSegment(`not-${i}`, 'any', [{ ...rule, not: true }])
    assert.deepEqual(await membersOf(turned), others, JSON.stringify(rule))
  }
  const both = [{ kind: 'account' }, { kind: 'consent', contact: 'email' }]
  assert.deepEqual(await membersOf(await makeSegment('both', 'all', both)), ['poor'])
  assert.deepEqual(await membersOf(await makeSegment('either', 'any', both)), ['poor', 'rich'])
  const preview = await admin(world, 'POST', '/admin/customer-segment-previews', {
    match: 'all',
    rules: both,
  })
  assert.deepEqual(preview.body, { members: 1 })
})

test('a cart that was left counts by the last one, until its buyer has bought another', async () => {
  const { id, token } = await makeCustomer(world, 'left@example.com')
  for (const days of [10, 1]) {
    const cart = await fillCart(world)
    await transaction(
      world.db,
      (tx) => tx.run`
        update cart set customer_id = ${id}, email = null,
          updated_at = ${clock()}::timestamptz - make_interval(days => ${days}),
          abandoned_at = ${clock()}::timestamptz - make_interval(days => ${days})
        where id = ${cart.id}`,
    )
  }
  let segments = 0
  const isIn = async (more: object): Promise<boolean> => {
    const rule = { kind: 'left_cart', ...more }
    return (await membersOf(await makeSegment(`left-${++segments}`, 'all', [rule]))).includes('left')
  }
  assert.equal(await isIn({}), true)
  assert.equal(await isIn({ within_days: 5 }), true)
  assert.equal(await isIn({ not_for_days: 5 }), false)
  await buy(token)
  assert.equal(await isIn({}), false)
})

test('sign-ins of sessions that have ended are found in the events', async () => {
  const { id } = await makeCustomer(world, 'long.ago@example.com')
  const migration = 'migrations/0047_kept_amounts_and_sign_ins.sql'
  const [backfill] = (await readFile(migration, 'utf8')).split(';')
  const forgotten = `update customer set signed_in_at = null where id = '${id}'`
  const found = await withPlanted(
    world.db,
    [forgotten, backfill!],
    (tx) => tx.one<{ is_right: boolean }>`
      select signed_in_at = (
        select max(at) from event where kind = 'customer.signed_in' and subject_id = ${id}
      ) as is_right from customer where id = ${id}`,
  )
  assert.deepEqual(found, { is_right: true })
})

test('a segment is a group: who joins it by an order pays its prices, and leaves it by the clock', async () => {
  const rule = { kind: 'orders_placed', at_least: 1, within_days: 30 }
  const segment = await makeSegment('buyers', 'all', [rule, { kind: 'account' }])
  const list = await admin(world, 'POST', '/admin/price-lists', {
    code: 'buyers-eur',
    name: 'Buyers',
    currency: 'EUR',
    prices_include_tax: true,
    customer_group_id: segment.id,
    priority: 10,
  })
  const tea = world.variants.get('TEA-EARL-GREY')
  await admin(world, 'PUT', `/admin/price-lists/${list.body.id}/prices`, {
    prices: [{ variant_id: tea, min_quantity: 1, amount: 500 }],
  })
  const { token, id } = await makeCustomer(world, 'joins@example.com')
  const priceOfTea = async (): Promise<number> => {
    const body = { lines: [{ variant_id: tea, quantity: 1 }] }
    const cart = await ask(world, 'POST', '/store/carts', { customer_token: token, body })
    return cart.body.cart.lines[0].unit_price
  }
  assert.equal(await priceOfTea(), 650)
  await buy(token)
  await until('the segment price', async () => (await priceOfTea()) === 500)
  const by_hand = await admin(world, 'PATCH', `/admin/customers/${id}`, { group_ids: [] })
  assert(by_hand.body.group_ids.includes(segment.id), 'rules say who is in it')
  const { id: other } = await makeCustomer(world, 'not-in-it@example.com')
  const forced = await admin(world, 'PATCH', `/admin/customers/${other}`, {
    group_ids: [segment.id],
  })
  assert.deepEqual([forced.status, forced.body.errors[0].code], [400, 'is_segment'])
  const later = new Date(clock().getTime() + 31 * day_ms)
  await evaluateAll(world.db, later, new AbortController().signal)
  assert.equal(await priceOfTea(), 650)
  const stale = await admin(world, 'PATCH', `/admin/customer-segments/${segment.id}`, {
    version: 7,
    name: 'Buyers!',
  })
  assert.equal(said(stale), '409 segment_has_changed')
  const changed = await admin(world, 'PATCH', `/admin/customer-segments/${segment.id}`, {
    version: 1,
    rules: [{ kind: 'orders_placed', at_least: 1 }],
  })
  assert.equal(changed.body.version, 2)
  assert((await membersOf(segment)).includes('joins'))
  const path = `/admin/customer-segments/${segment.id}?version=2`
  assert.equal((await admin(world, 'DELETE', path)).status, 204)
  assert.equal(await priceOfTea(), 650)
})

test('rules that say nothing, or name what is not there, are refused by field', async () => {
  const body = {
    code: 'wrong',
    name: 'Wrong',
    match: 'all',
    rules: [
      { kind: 'orders_placed' },
      { kind: 'spent', currency: 'ZZZ', at_least: 5, at_most: 1 },
      { kind: 'country', countries: ['XX'] },
      { kind: 'bought' },
    ],
  }
  const refused = await admin(world, 'POST', '/admin/customer-segments', body)
  assert.deepEqual(
    refused.body.errors.map(({ field }: Json) => field),
    ['rules.0', 'rules.1.currency', 'rules.1.at_least', 'rules.2.countries', 'rules.3'],
  )
  const { body: segments } = await admin(world, 'GET', '/admin/customer-segments?limit=1')
  const of_segment = { kind: 'group', group_id: segments.items[0].id }
  const nested = await admin(world, 'POST', '/admin/customer-segments', {
    ...body,
    rules: [of_segment],
  })
  assert.deepEqual(
    [nested.body.errors[0].field, nested.body.errors[0].code],
    ['rules.0.group_id', 'is_segment'],
  )
})

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

test('all of it is told, and all of it is erased but for what the law keeps', async () => {
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
  const order = await buy(token, {
    shipping_address: address,
    billing_address: address,
    phone: person.phone,
    tax_id: person.tax_id,
    email: `other.${person.email}`,
  })
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
  assert.equal(too_early.body.orders.length, 2)
  for (const { id: order_id } of [order, as_guest.body.order]) {
    const labeled = await untilOrder(world, order_id, 'a label', (o) => o.shipments[0]?.label_id)
    easypost.advance(labeled.shipments[0].tracking_code, 'in_transit')
    await untilOrder(world, order_id, 'the way', (o) => o.fulfillment_state === 'shipped')
    easypost.advance(labeled.shipments[0].tracking_code, 'delivered')
    await untilOrder(world, order_id, 'delivery', (o) => o.fulfillment_state === 'delivered')
  }
  // Somebody writes about the buyer where it does not belong, and a carrier as well.
  const reason = `${person.name} did not like it`
  const refund = await admin(world, 'POST', `/admin/orders/${order.id}/refunds`, {
    amount: 100,
    reason,
  })
  assert([200, 201, 202].includes(refund.status), JSON.stringify(refund.body))
  const signed = `Signed by ${person.name}`
  await transaction(
    world.db,
    (tx) => tx.run`
      update tracking_scan set place = ${person.city}, detail = ${signed}
      from shipment where shipment.id = shipment_id and order_id = ${order.id}
        and tracking_scan.status = 'delivered'`,
  )
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
  // Words of staff, and a mail server that quotes the address that it refuses.
  const of_order = `/admin/orders/${order.id}`
  const tags = await admin(world, 'PUT', `${of_order}/tags`, { tags: [person.name] })
  assert.equal(tags.status, 200, JSON.stringify(tags.body))
  const note = { content: `${person.name} has called` }
  assert.equal((await admin(world, 'POST', `${of_order}/notes`, note)).status, 201)
  const cart_id = open_cart.body.cart.id
  await actAs(
    {
      actor: 'key:test',
      via: 'key',
      request_id: newId(),
      route: 'POST /admin/orders/:id/edits',
      at: clock(),
    },
    () =>
      transaction(
        world.db,
        (tx) => tx.run`
          update order_line set price_reason = ${`For ${person.name}`}
          where order_id = ${order.id}`,
      ),
  )
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
    'effect.last_error',
    'exception.message',
    'order_line.price_reason',
    'order_tag.tag',
    'customer_address.address',
    'customer_consent.wording',
    'customer_session.device',
    'invoice.document',
    'message.html',
    'orders.billing_address',
    'orders.email',
    'orders.tax_facts',
    'refund.reason',
    'tax_exemption.number',
    'tax_exemption.reason',
    'tax_quote.answer',
    'tracking_scan.detail',
  ]) {
    assert(before.includes(`public.${place}`), `${place} is not found: ${before}`)
  }

  const headers = { authorization: `Bearer ${world.keys.keys.web}`, 'x-customer-token': token }
  const export_path = `${world.url}/store/customers/me/export`
  const exported = (await (await fetch(export_path, { headers })).json()) as Json
  const told = JSON.stringify(exported)
  for (const word of Object.values(person)) assert(told.includes(word), word)
  assert.deepEqual(
    [exported.customer.length, exported.orders.length, exported.addresses.length],
    [1, 2, 1],
  )
  assert.equal(exported.orders[0].documents.length, 1)
  const written = exported.orders.find((one: Json) => one.id === order.id)
  assert.deepEqual(
    written.notes.map(({ content }: Json) => content),
    [note.content],
  )
  assert.deepEqual(written.tags, [person.name.toLowerCase()])
  assert(written.refunds.some(({ reason }: Json) => reason.includes(person.name)))
  assert.equal(written.lines[0].price_reason, `For ${person.name}`)
  assert.doesNotMatch(told, /argon2|cs_[\w-]{43}/, 'no secret is told')

  const books = await ledgers()
  const erased = await erase()
  assert.equal(erased.status, 200, JSON.stringify(erased.body))
  assert.equal(erased.body.orders, 2)
  const kinds = erased.body.kept.map(({ kind }: Json) => kind).sort()
  assert.deepEqual(kinds, ['credit_note', 'invoice', 'invoice'])
  // The law keeps documents, and they name who bought. Nothing else does.
  assert.deepEqual(await findPerson(), ['public.invoice.document'])
  assert.deepEqual(await ledgers(), books)
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
