// A customer signs up, comes back, forgets the password, and finds everything where it was.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { transaction } from '#src/db/transaction.ts'
import { linkToken, makeCustomer, password, readMail, signIn, signUp } from '#test/customers.ts'
import { openClock } from '#test/movable-clock.ts'
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
import { type Json, levelOf } from './steps.ts'

const clock = openClock()
const world = await openWorld({ clock })
const mug = world.variants.get('MUG-BLUE')!
const tea = world.variants.get('TEA-EARL-GREY')!

const said = ({ status, body }: Answer): string => `${status} ${body?.code ?? ''}`.trim()
const mine = (token: string, method: string, path: string, body?: object): Promise<Answer> =>
  ask(world, method, path, { customer_token: token, ...(body ? { body } : {}) })
const linesOf = (cart: Json): Record<string, number> =>
  Object.fromEntries(cart.lines.map(({ sku, quantity }: Json) => [sku, quantity]))
const countOf = async (table: string): Promise<number> =>
  Number((await world.db.query(`select count(*) from ${table}`)).rows[0].count)

test('there is no account before the link was followed, and the link works once', async () => {
  const asked = await signUp(world, 'Grace@Example.com', { consents: ['email'] })
  assert.equal(asked.status, 202)
  assert.equal(said(await signIn(world, 'grace@example.com')), '401 sign_in_failed')
  assert.equal((await admin(world, 'GET', '/admin/customers?q=grace')).body.items.length, 0)
  const mail = await readMail(world, 'grace@example.com', 'verify_email')
  assert.match(mail.text, /^Somebody signed up at /m)
  assert.doesNotMatch(mail.text + mail.html, /Ada Example/, 'the name is not proved to be theirs')
  const token = linkToken(mail)
  // Neither the text that is kept nor any other row holds the token.
  const { rows } = await world.db.query('select html || text as words from message')
  assert(rows.every(({ words }) => !words.includes(token)))
  const path = '/store/customers/verification'
  const both = await Promise.all(
    [0, 1].map(() => ask(world, 'POST', path, { body: { token, device: 'Phone' } })),
  )
  assert.deepEqual(both.map(said).sort(), ['201', '422 link_invalid'])
  assert.equal(said(await ask(world, 'POST', path, { body: { token } })), '422 link_invalid')
  assert.match((await readMail(world, 'grace@example.com', 'welcome')).text, /Ada Example, your/)
  const entered = await signIn(world, 'GRACE@example.com')
  assert.equal(entered.status, 201, JSON.stringify(entered.body))
  assert.match(entered.body.customer_token, /^cs_[\w-]{43}$/)
  const found = await admin(world, 'GET', '/admin/customers?q=grace@')
  assert.equal(found.body.items[0].has_account, true)
})

test('what is known and what is not gets the same answer; the owner of the address is told', async () => {
  await makeCustomer(world, 'known@example.com')
  const known = await signUp(world, 'known@example.com', { password: 'another long one' })
  const fresh = await signUp(world, 'fresh@example.com')
  assert.deepEqual([known.status, known.body], [fresh.status, fresh.body])
  assert.match((await readMail(world, 'known@example.com', 'account_known')).text, /has an account/)
  assert.equal(said(await signIn(world, 'known@example.com')), '201', 'the old password counts')
  const reset = (email: string) => ask(world, 'POST', '/store/password-resets', { body: { email } })
  const [one, other] = [await reset('known@example.com'), await reset('nobody@example.com')]
  assert.deepEqual([one.status, one.body], [other.status, other.body])
  const mail = await readMail(world, 'nobody@example.com', 'account_unknown')
  assert.match(mail.text, /there is no account with this address/)
  const wrong = await ask(world, 'POST', '/store/sessions', {
    body: { email: 'known@example.com', password: 'wrong' },
  })
  const nobody = await ask(world, 'POST', '/store/sessions', {
    body: { email: 'nobody@example.com', password: 'wrong' },
  })
  const { request_id: _, ...told } = wrong.body
  const { request_id: __, ...told_too } = nobody.body
  assert.deepEqual(told, told_too)
})

test('nobody fills the mailbox of others: five mails in an hour, also of twenty at once', async () => {
  const email = 'victim@example.com'
  const asked = await Promise.all(
    Array.from({ length: 20 }, (_, i) =>
      i % 2 === 0
        ? signUp(world, email)
        : ask(world, 'POST', '/store/password-resets', { body: { email } }),
    ),
  )
  assert(asked.every(({ status }) => status === 202))
  const { rows } = await world.db.query('select from account_mail where email = $1', [email])
  assert.equal(rows.length, 5)
})

test('guesses at one customer end after ten, also made side by side; others sign in', async () => {
  await makeCustomer(world, 'guessed@example.com')
  const before = await countOf('customer_session')
  const guesses = await Promise.all(
    Array.from({ length: 25 }, (_, i) =>
      ask(world, 'POST', '/store/sessions', {
        body: { email: 'guessed@example.com', password: `guess number ${i}` },
      }),
    ),
  )
  const failed = guesses.map(said).filter((one) => one === '401 sign_in_failed')
  assert.equal(failed.length, 10)
  assert.equal(said(await signIn(world, 'guessed@example.com')), '429 too_many_requests')
  assert.equal(await countOf('customer_session'), before)
  await clock.advance(6 * 60_000)
  assert.equal(said(await signIn(world, 'guessed@example.com')), '201')
})

test('a forgotten password: the link works once and not for long, and ends all sessions', async () => {
  const { token } = await makeCustomer(world, 'forgetful@example.com')
  const path = '/store/password-resets'
  const ask_link = async () => {
    await ask(world, 'POST', path, { body: { email: 'forgetful@example.com' } })
    return linkToken(await readMail(world, 'forgetful@example.com', 'reset_password'))
  }
  const late = await ask_link()
  await clock.advance(61 * 60_000)
  const confirm = (link: string, fresh: string) =>
    ask(world, 'POST', `${path}/confirmation`, { body: { token: link, password: fresh } })
  assert.equal(said(await confirm(late, 'quite another one')), '422 link_invalid')
  const before = await countOf('message')
  await ask(world, 'POST', path, { body: { email: 'forgetful@example.com' } })
  await until('the mail', async () => (await countOf('message')) > before)
  const link = linkToken(await readMail(world, 'forgetful@example.com', 'reset_password'))
  assert.notEqual(link, late)
  const short = await confirm(link, 'short')
  assert.deepEqual([short.status, short.body.errors[0].field], [400, 'password'])
  assert.equal(said(await confirm(link, 'quite another one')), '204')
  assert.equal(said(await confirm(link, 'quite another one')), '422 link_invalid')
  assert.equal(said(await mine(token, 'GET', '/store/customers/me')), '401 session_missing')
  assert.equal(said(await signIn(world, 'forgetful@example.com')), '401 sign_in_failed')
  const body = { email: 'forgetful@example.com', password: 'quite another one' }
  assert.equal(said(await ask(world, 'POST', '/store/sessions', { body })), '201')
  await readMail(world, 'forgetful@example.com', 'password_changed')
})

test('sessions: listed, renewed, ended one by one and all together, over after a month', async () => {
  const { token } = await makeCustomer(world, 'sessions@example.com')
  const phone = await signIn(world, 'sessions@example.com', { device: 'Phone' })
  const tablet = await signIn(world, 'sessions@example.com', { device: 'Tablet' })
  const list = await mine(token, 'GET', '/store/sessions')
  assert.deepEqual(
    list.body.items.map(({ device, current }: Json) => [device, current]),
    [
      ['Tablet', false],
      ['Phone', false],
      [null, true],
    ],
  )
  assert.equal((await mine(token, 'GET', '/store/sessions?limit=2')).body.next_cursor.length, 36)
  const ended = await mine(token, 'DELETE', `/store/sessions/${phone.body.session.id}`)
  assert.equal(ended.status, 204)
  const [of_phone, of_tablet] = [phone.body.customer_token, tablet.body.customer_token]
  assert.equal(said(await mine(of_phone, 'GET', '/store/customers/me')), '401 session_missing')
  const renewed = await mine(of_tablet, 'POST', '/store/session/renewal')
  assert.equal(renewed.status, 200, JSON.stringify(renewed.body))
  const fresh = renewed.body.customer_token
  assert.equal(said(await mine(fresh, 'GET', '/store/customers/me')), '200')
  assert.equal(said(await mine(of_tablet, 'GET', '/store/customers/me')), '200', 'for a minute')
  await clock.advance(61_000)
  assert.equal(said(await mine(of_tablet, 'GET', '/store/customers/me')), '401 session_missing')
  const change = { current_password: password, password: 'the next long one' }
  const wrong = { ...change, current_password: 'wrong' }
  const path = '/store/customers/me/password'
  assert.equal(said(await mine(fresh, 'POST', path, wrong)), '401 sign_in_failed')
  assert.equal(said(await mine(fresh, 'POST', path, change)), '204')
  assert.equal(said(await mine(token, 'GET', '/store/customers/me')), '401 session_missing')
  assert.equal(said(await mine(fresh, 'GET', '/store/customers/me')), '200')
  await clock.advance(31 * 86_400_000)
  assert.equal(said(await mine(fresh, 'GET', '/store/customers/me')), '401 session_missing')
  const body = { email: 'sessions@example.com', password: 'the next long one' }
  const last = await ask(world, 'POST', '/store/sessions', { body })
  assert.equal(said(await mine(last.body.customer_token, 'DELETE', '/store/sessions')), '204')
  assert.equal(
    said(await mine(last.body.customer_token, 'DELETE', '/store/session')),
    '401 session_missing',
  )
  const { rows } = await world.db.query('select token_hash from customer_session limit 1')
  assert(rows.length === 0 || rows[0].token_hash.length === 32)
})

test('the token of a cart that opens nothing keeps nobody out, and is told', async () => {
  const { email } = await makeCustomer(world, 'late@example.com')
  const entered = await signIn(world, email, { cart_token: 'c.kept.for.too.long' })
  assert.equal(said(entered), '201')
  assert.deepEqual([entered.body.cart, entered.body.cart_token_ignored], [null, true])
  const body = { lines: [{ variant_id: mug, quantity: 1 }] }
  const { token } = (await ask(world, 'POST', '/store/carts', { body })).body
  const taken = await signIn(world, email, { cart_token: token })
  assert.deepEqual([taken.body.cart.cart.lines.length, taken.body.cart_token_ignored], [1, false])
})

test('the cart of a guest goes along: nothing lost, nothing doubled, and prices of their groups', async () => {
  const guest = await ask(world, 'POST', '/store/carts', {
    body: { lines: [{ variant_id: mug, quantity: 2 }] },
  })
  const email = 'merges@example.com'
  const first = await makeCustomer(world, email, { cart_token: guest.body.token })
  assert.equal(first.cart.cart.id, guest.body.cart.id, 'the guest cart is theirs now')
  assert.equal(first.cart.cart.email, email)
  const again = await ask(world, 'POST', '/store/carts', {
    body: {
      lines: [
        { variant_id: mug, quantity: 1 },
        { variant_id: tea, quantity: 3 },
      ],
      tax_id: 'DE136695976',
    },
  })
  const certificate = await admin(world, 'POST', '/admin/tax-exemptions', {
    cart_id: again.body.cart.id,
    country: 'FR',
    number: 'FR-1',
    reason: 'charity',
  })
  assert.equal(certificate.status, 201, JSON.stringify(certificate.body))
  const group = await admin(world, 'POST', '/admin/customer-groups', { code: 'vip', name: 'VIP' })
  const group_path = `/admin/customer-groups/${group.body.id}`
  const renamed = await admin(world, 'PATCH', group_path, { name: 'Very important' })
  assert.deepEqual(renamed.body, { ...group.body, name: 'Very important' })
  const nobody = `/admin/customer-groups/${first.id}`
  assert.equal((await admin(world, 'PATCH', nobody, { name: 'Nobody' })).status, 404)
  const list = await admin(world, 'POST', '/admin/price-lists', {
    code: 'vip-eur',
    name: 'VIP',
    currency: 'EUR',
    prices_include_tax: true,
    customer_group_id: group.body.id,
    priority: 10,
  })
  await admin(world, 'PUT', `/admin/price-lists/${list.body.id}/prices`, {
    prices: [{ variant_id: mug, min_quantity: 1, amount: 990 }],
  })
  const patched = await admin(world, 'PATCH', `/admin/customers/${first.id}`, {
    group_ids: [group.body.id],
  })
  assert.equal(patched.status, 200, JSON.stringify(patched.body))
  const entered = await signIn(world, email, { cart_token: again.body.token })
  const { cart } = entered.body
  assert.equal(cart.cart.id, guest.body.cart.id)
  assert.deepEqual(linesOf(cart.cart), { 'MUG-BLUE': 2, 'TEA-EARL-GREY': 3 })
  assert.equal(cart.cart.lines[0].unit_price, 990)
  assert.equal(cart.cart.tax_id, 'DE136695976')
  const moved = await admin(world, 'GET', `/admin/tax-exemptions?cart_id=${cart.cart.id}`)
  assert.equal(moved.body.items[0].number, 'FR-1')
  const gone = await ask(world, 'GET', `/store/carts/${again.body.cart.id}`, {
    token: again.body.token,
  })
  assert.equal(said(gone), '404 not_found')
  // The same sign-in again, whose answer was lost: the cart is the same.
  const repeated = await signIn(world, email, { cart_token: again.body.token })
  assert.deepEqual(linesOf(repeated.body.cart.cart), { 'MUG-BLUE': 2, 'TEA-EARL-GREY': 3 })
  const open = await mine(first.token, 'GET', '/store/customers/me/cart')
  assert.equal(open.body.open.cart.id, cart.cart.id)
  // The same goods for a guest cost what they cost everybody; no answer may be kept by a cache.
  const guest_path = `${world.url}/store/carts/${cart.cart.id}`
  const headers = { authorization: `Bearer ${world.keys.keys.web}`, 'x-cart-token': cart.token }
  const answer = await fetch(guest_path, { headers })
  assert.equal(answer.headers.get('cache-control'), 'no-store')
  const another = await fillCart(world, [['MUG-BLUE', 1]])
  assert.equal(another.cart.lines[0].unit_price, 1490)
})

test('goods that the cart of a guest holds are held on after the sign-in', async () => {
  const rules = (body: object) =>
    admin(world, 'PUT', `/admin/channels/${world.frame.web}/cart-holds`, body)
  const rule = { stock_item_id: null, minutes: 10, share_percent: 50, units_max: 5 }
  const { token } = await makeCustomer(world, 'holds@example.com')
  const own = await ask(world, 'POST', '/store/carts', { customer_token: token, body: {} })
  assert.equal(own.status, 201, JSON.stringify(own.body))
  const set = await rules({ rules: [{ ...rule, scarce_below: 1_000 }] })
  assert.equal(set.status, 200, JSON.stringify(set.body))
  const guest = await ask(world, 'POST', '/store/carts', {
    body: { lines: [{ variant_id: mug, quantity: 2 }] },
  })
  const { hold_expires_at } = guest.body.cart
  assert(hold_expires_at, JSON.stringify(guest.body.cart))
  const held = async () => (await levelOf(world, 'MUG-BLUE')).held
  const before = await held()
  const entered = await signIn(world, 'holds@example.com', { cart_token: guest.body.token })
  const { cart } = entered.body.cart
  assert.deepEqual([cart.id, cart.hold_expires_at], [own.body.cart.id, hold_expires_at])
  assert.equal(await held(), before)
  const less = await ask(world, 'PATCH', `/store/carts/${cart.id}/lines/${cart.lines[0].id}`, {
    token: entered.body.cart.token,
    body: { quantity: 0 },
  })
  assert.equal(less.status, 200, JSON.stringify(less.body))
  assert.equal(await held(), before - 2)
  assert.equal((await rules({ rules: [] })).status, 200)
  await assertPromises(world)
})

test('a cart whose payment was declined, or has become an order, loses nothing at sign-in', async () => {
  const email = 'declined@example.com'
  await makeCustomer(world, email)
  const cart = await fillCart(world, [['TEA-EARL-GREY', 2]])
  const declined = await complete(world, cart, { card: 'pm_card_visa_chargeDeclined' })
  assert.equal(declined.status, 402, JSON.stringify(declined.body))
  const entered = await signIn(world, email, { cart_token: cart.token })
  assert.equal(entered.body.cart.cart.id, cart.id)
  assert.deepEqual(linesOf(entered.body.cart.cart), { 'TEA-EARL-GREY': 2 })
  const theirs = { id: cart.id, token: entered.body.cart.token, cart: entered.body.cart.cart }
  const done = await complete(world, theirs)
  assert.equal(done.status, 201, JSON.stringify(done.body))
  const next = await signIn(world, email, { cart_token: cart.token })
  assert.equal(next.body.cart, null, 'what was ordered is no cart any more')
  const history = await mine(next.body.customer_token, 'GET', '/store/customers/me/orders')
  assert.deepEqual(
    history.body.items.map(({ id, units }: Json) => [id, units]),
    [[done.body.order.id, 2]],
  )
})

test('a cart that was emptied into another one does not come up in its place', async () => {
  const email = 'twice@example.com'
  const { token } = await makeCustomer(world, email)
  const startCart = async (lines: readonly object[]): Promise<Json> => {
    const made = await ask(world, 'POST', '/store/carts', {
      customer_token: token,
      body: { lines },
    })
    assert.equal(made.status, 201, JSON.stringify(made.body))
    return made.body
  }
  const kept = await startCart([{ variant_id: tea, quantity: 1 }])
  const { cart: filled } = await fillCart(world)
  const { shipping_option_id, shipping_address } = filled
  const left = await startCart([{ variant_id: mug, quantity: 2 }])
  const body = { shipping_option_id, shipping_address: { ...shipping_address, phone: null } }
  const path = `/store/carts/${left.cart.id}`
  const { body: cart } = await ask(world, 'PATCH', path, { token: left.token, body })
  const about = { id: left.cart.id, token: left.token, cart }
  const declined = await complete(world, about, { card: 'pm_card_visa_chargeDeclined' })
  assert.equal(declined.status, 402, JSON.stringify(declined.body))
  await clock.advance(16 * 60_000)
  const { order_id } = declined.body
  await until('the end of its hold', async () => {
    const { body: order } = await admin(world, 'GET', `/admin/orders/${order_id}`)
    return order.state === 'canceled'
  })
  for (let time = 1; time <= 3; time++) {
    const entered = await signIn(world, email)
    const own = await mine(entered.body.customer_token, 'GET', '/store/customers/me/cart')
    for (const open of [entered.body.cart, own.body.open]) {
      assert.equal(open.cart.id, kept.cart.id, `time ${time}`)
      assert.deepEqual(linesOf(open.cart), { 'TEA-EARL-GREY': 1, 'MUG-BLUE': 2 })
    }
  }
})

test("another customer's cart does not change hands by its token", async () => {
  const one = await makeCustomer(world, 'one@example.com')
  const cart = await ask(world, 'POST', '/store/carts', {
    customer_token: one.token,
    body: { lines: [{ variant_id: mug, quantity: 1 }] },
  })
  const two = await makeCustomer(world, 'two@example.com', { cart_token: cart.body.token })
  assert.equal(two.cart, null)
  const own = await mine(one.token, 'GET', '/store/customers/me/cart')
  assert.equal(own.body.open.cart.id, cart.body.cart.id)
  const forged = await signIn(world, 'two@example.com', { cart_token: `${cart.body.token}x` })
  assert.deepEqual([said(forged), forged.body.cart_token_ignored], ['201', true])
  assert.equal(forged.body.cart, null)
})

test('addresses: checked, one default of each kind, and new carts begin with them', async () => {
  const { token } = await makeCustomer(world, 'moves@example.com')
  const path = '/store/customers/me/addresses'
  const address = { ...german_address, phone: null }
  const bad = await mine(token, 'POST', path, { address: { ...address, postal_code: 'x' } })
  assert.deepEqual([bad.status, bad.body.errors[0].field], [422, 'address.postal_code'])
  const home = await mine(token, 'POST', path, { address, default_shipping: true })
  assert.equal(home.status, 201, JSON.stringify(home.body))
  const work = await mine(token, 'POST', path, {
    address: { ...address, line1: 'Werkstr. 5' },
    default_shipping: true,
    default_billing: true,
  })
  const list = await mine(token, 'GET', path)
  assert.deepEqual(
    list.body.items.map(({ default_shipping }: Json) => default_shipping),
    [false, true],
  )
  const cart = await ask(world, 'POST', '/store/carts', {
    customer_token: token,
    body: { lines: [{ variant_id: mug, quantity: 1 }] },
  })
  assert.equal(cart.body.cart.shipping_address.line1, 'Werkstr. 5')
  assert.equal(cart.body.cart.email, 'moves@example.com')
  assert.equal((await mine(token, 'DELETE', `${path}/${work.body.id}`)).status, 204)
  const again = await mine(token, 'DELETE', `${path}/${work.body.id}`)
  assert.equal(said(again), '404 not_found')
  const stranger = await makeCustomer(world, 'stranger@example.com')
  const not_theirs = await mine(stranger.token, 'PATCH', `${path}/${home.body.id}`, {
    default_billing: true,
  })
  assert.equal(said(not_theirs), '404 not_found')
})

test('what was ordered as a guest is in the history once the address is verified, and later', async () => {
  const email = 'ada@example.com'
  const before = await complete(world, await fillCart(world))
  assert.equal(before.status, 201)
  const { token } = await makeCustomer(world, email)
  const history = async (): Promise<string[]> => {
    const { body } = await mine(token, 'GET', '/store/customers/me/orders')
    return body.items.map(({ id }: Json) => id)
  }
  assert((await history()).includes(before.body.order.id))
  const later = await complete(world, await fillCart(world))
  await until('the later one', async () => (await history()).includes(later.body.order.id))
  const one = await mine(token, 'GET', `/store/customers/me/orders/${later.body.order.id}`)
  assert.equal(one.body.lines[0].sku, 'MUG-BLUE')
  const opened = await ask(world, 'GET', `/store/orders/${later.body.order.id}`, {
    order_token: one.body.token,
  })
  assert.equal(opened.status, 200)
  const stranger = await signIn(world, 'two@example.com')
  const path = `/store/customers/me/orders/${later.body.order.id}`
  assert.equal(said(await mine(stranger.body.customer_token, 'GET', path)), '404 not_found')
})

test('consent: what was said is kept with its time and source, and the last word counts', async () => {
  const { token, id } = await makeCustomer(world, 'consents@example.com', {
    sign_up: { consents: ['email'] },
  })
  const path = '/store/customers/me/consents'
  const yes = { contact: 'sms', granted: true, wording: 'Text me about offers.' }
  await mine(token, 'PUT', path, yes)
  await mine(token, 'PUT', path, yes)
  const no = { contact: 'email', granted: false, source: 'unsubscribe' }
  const left = await admin(world, 'PUT', `/admin/customers/${id}/consents`, no)
  assert.equal(left.status, 200, JSON.stringify(left.body))
  const { body } = await mine(token, 'GET', path)
  assert.deepEqual(
    body.items.map(({ contact, granted, source }: Json) => [contact, granted, source]),
    [
      ['email', false, 'unsubscribe'],
      ['sms', true, 'account'],
      ['email', true, 'sign_up'],
    ],
  )
  const detail = await admin(world, 'GET', `/admin/customers/${id}`)
  assert.deepEqual(
    detail.body.consents.map(({ contact, granted }: Json) => [contact, granted]),
    [
      ['email', false],
      ['sms', true],
    ],
  )
  const change = transaction(world.db, (tx) => tx.run`update customer_consent set granted = true`)
  await assert.rejects(change, /append-only|never changed|immutable|may not/)
})

test('after all of this every promise holds', () => assertPromises(world))

test('who changes the password voids the links that were asked for before', async () => {
  const email = 'careful@example.com'
  const { token } = await makeCustomer(world, email)
  await ask(world, 'POST', '/store/password-resets', { body: { email } })
  const link = linkToken(await readMail(world, email, 'reset_password'))
  const changed = await mine(token, 'POST', '/store/customers/me/password', {
    current_password: password,
    password: 'one that nobody knows',
  })
  assert.equal(said(changed), '204')
  const confirm = await ask(world, 'POST', '/store/password-resets/confirmation', {
    body: { token: link, password: 'of somebody else' },
  })
  assert.equal(said(confirm), '422 link_invalid')
})
