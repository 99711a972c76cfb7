// Customers do several things at once: they sign in from many windows, follow a link twice, and
// ask to be erased while an order of theirs is on its way.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { giveCart } from '#src/carts/carts.sql.ts'
import { transaction } from '#src/db/transaction.ts'
import type { CartId } from '#src/lib/ids.ts'
import { enterCustomer, linkToken, password, readMail, signIn, signUp } from '#test/customers.ts'
import { sizeOf } from '#test/proof.ts'
import { openDice } from '#test/simulation/dice.ts'
import {
  type Answer,
  admin,
  ask,
  complete,
  type FilledCart,
  fillCart,
  freshKey,
  german_address,
  openWorld,
  until,
  type World,
} from '#test/world.ts'
import {
  assertOnly,
  assertWell,
  calm,
  contested,
  crowd,
  in_a_crowd,
  openTwin,
  stripeBooks,
  tally,
} from './crowd.ts'

const goods = Array.from({ length: 12 }, (_, i) => ({
  sku: `GOOD-${i}`,
  price: '10.00',
  stock: 10_000,
}))
const world = await openWorld({ goods, timings: in_a_crowd })
const twin = await openTwin(world)
const serverOf = (i: number): World => (i % 2 === 0 ? world : twin)
const skus = goods.map(({ sku }) => sku)
const rounds = Math.max(1, Math.round(sizeOf('RACES', 40) / 40))
const seed = sizeOf('RACE_SEED', 20_260_101)

type Lines = Readonly<Record<string, number>>
type Json = Answer['body']
const linesOf = (cart: Json): Lines =>
  Object.fromEntries(
    cart.lines
      .map(({ sku, quantity }: Json) => [sku, quantity])
      .toSorted(([a]: [string], [b]: [string]) => (a < b ? -1 : 1)),
  )
const startCart = (server: World, lines: Lines, customer_token?: string): Promise<Answer> =>
  ask(server, 'POST', '/store/carts', {
    ...(customer_token ? { customer_token } : {}),
    body: {
      lines: Object.entries(lines).map(([sku, quantity]) => ({
        variant_id: world.variants.get(sku),
        quantity,
      })),
    },
  })

/** What must be in the cart: of each good the largest quantity of all carts. */
function unionOf(carts: readonly Lines[]): Lines {
  const union: Record<string, number> = {}
  for (const lines of carts) {
    for (const [sku, quantity] of Object.entries(lines)) {
      union[sku] = Math.max(union[sku] ?? 0, quantity)
    }
  }
  return Object.fromEntries(Object.entries(union).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

for (let round = 0; round < rounds; round++) {
  test(`20 sign-ins with carts: nothing lost, nothing doubled (${round})`, async () => {
    const dice = openDice(seed, round)
    const email = `merge-${round}@example.com`
    const customer = await enterCustomer(world, email)
    const someLines = (): Lines =>
      Object.fromEntries(
        Array.from({ length: 1 + dice.roll(4) }, () => [dice.pick(skus), 1 + dice.roll(9)]),
      )
    // Ten carts of guests, each brought along twice, and one that is theirs already.
    const own = someLines()
    assert.equal((await startCart(world, own, customer.token)).status, 201)
    const carts = Array.from({ length: 10 }, someLines)
    const made = await crowd(10, (i) => startCart(serverOf(i), carts[i]!))
    const entered = await crowd(20, (i) =>
      signIn(serverOf(i), email, { cart_token: made[i % 10]!.body.token }),
    )
    assertOnly(entered, ['201'])
    const { body } = await ask(world, 'GET', '/store/customers/me/cart', {
      customer_token: entered[0]!.body.customer_token,
    })
    assert.deepEqual(linesOf(body.open.cart), unionOf([own, ...carts]))
    const { rows } = await world.db.query(
      `select id from cart where customer_id = $1
       or id = any($2::uuid[])`,
      [customer.id, made.map((one) => one.body.cart.id)],
    )
    assert.equal(rows.length, 1, 'one cart is left, and it is theirs')
    assert.equal(new Set(entered.map((one) => one.body.session.id)).size, 20)
  })
}

test('carts are filled while their buyers sign in with them: what was put in is there', async () => {
  const [own, guest, other, late, later] = skus as [string, string, string, string, string]
  const add = (server: World, { body }: Answer, sku: string): Promise<Answer> =>
    ask(server, 'POST', `/store/carts/${body.cart.id}/lines`, {
      token: body.token,
      body: { variant_id: world.variants.get(sku), quantity: 1 },
    })
  const answers = await crowd(contested / 2, async (i) => {
    const email = `fills-${i}@example.com`
    const { token } = await enterCustomer(world, email)
    const carts = await Promise.all([
      startCart(world, { [own]: 1 }, token),
      startCart(world, { [guest]: 2 }),
      startCart(world, { [other]: 3 }),
    ])
    const [first, second, third] = carts
    // Two devices sign in, each with its cart. Meanwhile more and more is put into one of these,
    // and into the one that is theirs already.
    let are_in = false
    const fill = async (cart: Answer, sku: string): Promise<readonly Answer[]> => {
      const said: Answer[] = []
      while (!are_in) said.push(await add(serverOf(i + said.length), cart, sku))
      return said
    }
    const entering = Promise.all([
      signIn(serverOf(i), email, { cart_token: second.body.token }),
      signIn(serverOf(i + 1), email, { cart_token: third.body.token }),
    ]).finally(() => {
      are_in = true
    })
    const [entered, into_guest, into_own] = await Promise.all([
      entering,
      fill(second, late),
      fill(first, later),
    ])
    assertOnly(entered, ['201'])
    const { body } = await ask(world, 'GET', '/store/customers/me/cart', { customer_token: token })
    const wanted: Record<string, number> = { [own]: 1, [guest]: 2, [other]: 3 }
    for (const [sku, said] of [
      [late, into_guest],
      [later, into_own],
    ] as const) {
      assertOnly(said, ['200', '404 not_found'])
      const units = said.filter(({ status }) => status === 200).length
      if (units > 0) wanted[sku] = units
    }
    assert.deepEqual(linesOf(body.open.cart), unionOf([wanted]))
    return [...into_guest, ...into_own]
  })
  const told = tally(answers.flat())
  assert(told['200'] && told['404 not_found'], `one side never won: ${JSON.stringify(told)}`)
  await assertWell(world)
})

test('a link that is followed 20 times at once opens one account and one session', async () => {
  const email = 'twenty@example.com'
  await signUp(world, email)
  const token = linkToken(await readMail(world, email, 'verify_email'))
  const answers = await crowd(20, (i) =>
    ask(serverOf(i), 'POST', '/store/customers/verification', { body: { token } }),
  )
  assert.deepEqual(tally(answers), { '201': 1, '422 link_invalid': 19 })
  const { rows } = await world.db.query('select from customer where email = $1', [email])
  assert.equal(rows.length, 1)
})

test('two who signed up with one address: the links void each other, one password counts', async () => {
  const email = 'two-links@example.com'
  await signUp(world, email, { password: 'the first long one' })
  const first = linkToken(await readMail(world, email, 'verify_email'))
  await signUp(world, email)
  let second = first
  while (second === first) second = linkToken(await readMail(world, email, 'verify_email'))
  const follow = (token: string, i: number) =>
    ask(serverOf(i), 'POST', '/store/customers/verification', { body: { token } })
  const answers = await Promise.all([first, second].map(follow))
  assert.deepEqual(tally(answers), { '201': 1, '422 link_invalid': 1 })
  const tries = await Promise.all(
    [password, 'the first long one'].map((one) =>
      ask(world, 'POST', '/store/sessions', { body: { email, password: one } }),
    ),
  )
  assert.deepEqual(tally(tries), { '201': 1, '401 sign_in_failed': 1 })
})

const buyers = Math.min(60, Math.max(12, Math.round(sizeOf('RACES', 40) / 4)))

/** Who is told to send the same again does so. */
const insist = (send: () => Promise<Answer>): Promise<Answer> =>
  until('an answer', async () => {
    const answer = await send()
    return answer.status !== 503 && answer
  })

test('a guest pays their cart while they sign in with it: ordered or merged, never both', async () => {
  const [bought, kept] = [skus[0]!, skus[1]!]
  const dice = openDice(seed, 7)
  const pauses = Array.from({ length: buyers }, () => dice.roll(200))
  const guests = await crowd(buyers, async (i) => {
    const email = `pays-and-enters-${i}@example.com`
    const { token } = await enterCustomer(world, email)
    assert.equal((await startCart(serverOf(i), { [kept]: 1 }, token)).status, 201)
    return { email, token, cart: await fillCart(serverOf(i), [[bought, 2]]) }
  })
  const both = await crowd(buyers, async (i) => {
    const { email, cart } = guests[i]!
    const idempotency_key = freshKey()
    const pay = () => insist(() => complete(serverOf(i), cart, { idempotency_key }))
    const enter = () => insist(() => signIn(serverOf(i + 1), email, { cart_token: cart.token }))
    // One of each comes first for certain; of the others nobody knows.
    if (i === 0) return { entered: await enter(), paid: await pay() }
    if (i === 1) return { paid: await pay(), entered: await enter() }
    const later = () => new Promise((go) => setTimeout(go, pauses[i])).then(pay)
    const [entered, paid] = await Promise.all([enter(), later()])
    return { entered, paid }
  })
  await calm(world)
  assertOnly(
    both.map(({ entered }) => entered),
    ['201'],
  )
  const paid = both.map((one) => one.paid)
  assertOnly(paid, ['201', '403 customer_token_wrong', '404 not_found'])
  for (const [i, { status, body }] of paid.entries()) {
    const { token, cart } = guests[i]!
    const mine = await ask(serverOf(i), 'GET', '/store/customers/me/cart', {
      customer_token: token,
    })
    const is_ordered = status === 201
    const left = { ...(is_ordered ? {} : { [bought]: 2 }), [kept]: 1 }
    assert.deepEqual(linesOf(mine.body.open.cart), left, cart.id)
    const { rows } = await world.db.query('select id from orders where cart_id = $1', [cart.id])
    assert.deepEqual(rows, is_ordered ? [{ id: body.order.id }] : [], cart.id)
    if (is_ordered) assert.equal(stripeBooks(world, body.order.id).charges, 1)
  }
  const ordered = paid.filter(({ status }) => status === 201).length
  assert(ordered > 0 && ordered < buyers, `${ordered} of ${buyers} were ordered`)
  const charges = [...world.simulators.stripe.account.charges.values()]
  assert.equal(charges.length, ordered, 'a charge that belongs to no order')
  await assertWell(world)
})

type Leaver = { readonly id: string; readonly token: string; readonly cart: FilledCart }

async function makeLeaver(name: string, i: number): Promise<Leaver> {
  const email = `${name}-${i}@example.com`
  const customer = await enterCustomer(world, email)
  const guest = await fillCart(world, [[skus[0]!, 1]])
  const made = await ask(world, 'POST', '/store/carts', {
    customer_token: customer.token,
    body: {
      shipping_address: { ...german_address, name: `Leaving ${name} ${i}` },
      shipping_option_id: guest.cart.shipping_option_id,
      lines: [{ variant_id: world.variants.get(skus[0]!), quantity: 1 }],
    },
  })
  assert.equal(made.status, 201, JSON.stringify(made.body))
  const { cart, token } = made.body
  return { id: customer.id, token: customer.token, cart: { id: cart.id, token, cart } }
}

/** In one call, with a cart that is never stored: nothing of it can be locked before. */
const orderAtOnce = (server: World, { token, cart }: Leaver, i: number): Promise<Answer> =>
  ask(server, 'POST', '/store/orders', {
    customer_token: token,
    body: {
      shipping_address: { ...german_address, name: `Leaving in one call ${i}` },
      shipping_option_id: cart.cart.shipping_option_id,
      lines: [{ variant_id: world.variants.get(skus[0]!), quantity: 1 }],
      expected_total: cart.cart.total,
      payment: { provider: 'stripe', token: 'pm_card_visa' },
    },
  })

type Ordering = (server: World, leaver: Leaver, i: number) => Promise<Answer>
const ways: Readonly<Record<string, Ordering>> = {
  'a cart is ordered': (server, { cart }) => complete(server, cart),
  'an order comes in one call': orderAtOnce,
}

for (const [what, order] of Object.entries(ways)) {
  test(`erased while ${what}: one of the two comes first, and both know it`, async () => {
    const name = what.replaceAll(' ', '-')
    const leavers = await crowd(buyers, (i) => makeLeaver(name, i))
    const dice = openDice(seed)
    const pauses = leavers.map(() => dice.roll(120))
    const both = await crowd(buyers, async (i) => {
      const leaver = leavers[i]!
      const buy = () => order(serverOf(i), leaver, i)
      const erase = () => admin(serverOf(i + 1), 'POST', `/admin/customers/${leaver.id}/erase`)
      // One of each comes first for certain; of the others nobody knows.
      if (i === 0) return { leaver, erased: await erase(), ordered: await buy() }
      if (i === 1) return { leaver, ordered: await buy(), erased: await erase() }
      const later = () => new Promise((go) => setTimeout(go, pauses[i])).then(erase)
      const [ordered, erased] = await Promise.all([buy(), later()])
      return { leaver, ordered, erased }
    })
    let first = 0
    for (const { leaver, ordered, erased } of both) {
      const { rows } = await world.db.query(
        'select email, shipping_address from orders where customer_id = $1',
        [leaver.id],
      )
      if (ordered.status === 201) {
        first += 1
        assert.equal(`${erased.status} ${erased.body.code}`, '409 customer_has_open_orders')
        assert.equal(rows.length, 1)
        assert.match(rows[0].shipping_address.name, /^Leaving/)
        continue
      }
      assert.equal(erased.status, 200, JSON.stringify([ordered.body, erased.body]))
      assert.match(
        `${ordered.status} ${ordered.body.code}`,
        /^(403 customer_token_wrong|404 not_found|401 session_missing|409 cart_is_incomplete)$/,
      )
      assert.equal(rows.length, 0)
    }
    assert(first > 0 && first < buyers, `${first} of ${buyers} orders came first`)
    process.stderr.write(`# ${what}: ${first} of ${buyers} orders came first\n`)
    await calm(world)
    await assertWell(world)
  })
}

test('a link takes carts first, then orders, then stock, as everybody does', async () => {
  const email = 'in-order@example.com'
  const { body: known } = await admin(world, 'POST', '/admin/customers', { email, name: 'Ada' })
  const { rows: items } = await world.db.query<{ id: string }>(
    'select id from stock_item where sku = $1',
    [skus[0]],
  )
  const stock_item_id = items[0]!.id
  const rules = `/admin/channels/${world.frame.web}/cart-holds`
  const rule = { share_percent: 50, minutes: 10, units_max: 2, scarce_below: null }
  const setRules = async (...some: readonly object[]) =>
    assert.equal((await admin(world, 'PUT', rules, { rules: some })).status, 200)
  const bought = await fillCart(world, [[skus[1]!, 1]])
  const asked = { token: bought.token, body: { email } }
  const { body: cart } = await ask(world, 'PATCH', `/store/carts/${bought.id}`, asked)
  const done = await complete(world, { ...bought, cart })
  assert.equal(done.status, 201, JSON.stringify(done.body))
  const order_id = done.body.order.id
  await setRules({ stock_item_id, ...rule })
  // Both hold some: what the one gives back is counted in the stock again.
  const [own, guest] = [
    await fillCart(world, [[skus[0]!, 1]]),
    await fillCart(world, [[skus[0]!, 1]]),
  ]
  for (const one of [own, guest]) assert.notEqual(one.cart.hold_expires_at, null)
  await transaction(world.db, (tx) => giveCart(tx, own.id as CartId, known.id))
  await signUp(world, email)
  const token = linkToken(await readMail(world, email, 'verify_email'))
  await calm(world)

  const client = await world.db.connect()
  try {
    await client.query('begin read write')
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
    await client.query('select from orders where id = $1 for update', [order_id])
    const body = { token, cart_token: guest.token }
    const entering = ask(world, 'POST', '/store/customers/verification', { body })
    const waits = 'select from pg_stat_activity where $1 = any(pg_blocking_pids(pid))'
    await until('the link waits for the order', async () => {
      return (await world.db.query(waits, [rows[0]!.pid])).rowCount
    })
    await assert.rejects(
      client
        .query('savepoint here')
        .then(() => client.query('select from cart where id = $1 for update nowait', [guest.id])),
      { code: '55P03' },
    )
    await client.query('rollback to here')
    const stock = 'select from stock_level where stock_item_id = $1 for update nowait'
    await client.query(stock, [stock_item_id])
    await client.query('commit')
    assert.equal((await entering).status, 201)
  } finally {
    await client.query('rollback')
    client.release()
  }
  const adopted = 'select from orders where id = $1 and customer_id = $2'
  assert.equal((await world.db.query(adopted, [order_id, known.id])).rowCount, 1)
  await setRules()
  await assertWell(world)
})

test('customers join and leave a segment from all sides: it counts who is in it', async () => {
  const made = await admin(world, 'POST', '/admin/customer-segments', {
    code: 'mailed',
    name: 'Mailed',
    match: 'all',
    rules: [{ kind: 'consent', contact: 'email' }],
  })
  assert.equal(made.status, 201)
  const people = await crowd(4, (i) => enterCustomer(world, `segment-${i}@example.com`))
  const segment = `/admin/customer-segments/${made.body.id}`
  const answers = await crowd(40, (i) => {
    const person = people[i % 4]!
    if (i % 10 === 9) {
      const version = 1 + Math.floor(i / 10)
      return admin(serverOf(i), 'PATCH', segment, { version, name: `Mailed ${i}` })
    }
    return ask(serverOf(i), 'PUT', '/store/customers/me/consents', {
      customer_token: person.token,
      body: { contact: 'email', granted: i % 3 !== 0 },
    })
  })
  assertOnly(answers, ['200', '409 segment_has_changed'])
  for (const { token } of people.slice(0, 3)) {
    const body = { contact: 'email', granted: true }
    await ask(world, 'PUT', '/store/customers/me/consents', { customer_token: token, body })
  }
  const body = { contact: 'email', granted: false }
  await ask(twin, 'PUT', '/store/customers/me/consents', {
    customer_token: people[3]!.token,
    body,
  })
  assert.equal((await admin(world, 'GET', segment)).body.members, 3)
  await assertWell(world)
})
