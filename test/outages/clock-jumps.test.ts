// The clocks of the shop's processes jump by hours, forward and back, together and apart, while
// buyers buy and pay late. The world outside and the database keep the right time.
import assert from 'node:assert/strict'
import path from 'node:path'
import { test } from 'node:test'
import { snapshot } from '#src/db/transaction.ts'
import { readExceptions, readOrderFacts } from '#test/books.sql.ts'
import { testDatabase } from '#test/database.ts'
import { openLoad } from '#test/load.ts'
import { sizeOf, tellProof } from '#test/proof.ts'
import { assertOnly, crowd, stockOf, stripeBooks, tally } from '#test/races/crowd.ts'
import {
  type Answer,
  admin,
  ask,
  assertPromises,
  complete,
  fillCart,
  until,
  type World,
} from '#test/world.ts'
import { type Bought, openShop } from './shop.ts'

const orders = sizeOf('OUTAGE_ORDERS', 12)
const hour = 3_600_000
/** Fewer than elsewhere: what they buy between two jumps has to be sent too. */
const buyers = 5
const lamps = 12
/** Of each kind of goods, before each jump. */
const late_payers = 4
/** Who close the page before they are told. */
const leavers = 6
const patience_ms = 60_000
const email = 'clock@example.com'
const password = 'a long password for a test'

const shop = await openShop({
  database: await testDatabase(20),
  goods: [{ sku: 'LAMP', price: '49.00', stock: lamps }],
})
const { world, webs, members } = shop
const { stripe, easypost } = world.simulators
const webOf = (i: number): World => webs[i % webs.length]!

/** Web servers and workers, in the order in which they were started. */
type Clocks = { readonly name: string; readonly hours: readonly number[] }
const jumps: readonly Clocks[] = [
  { name: 'five hours ahead', hours: [5, 5, 5, 5] },
  { name: 'back, to two hours behind', hours: [-2, -2, -2, -2] },
  { name: 'apart by up to six hours', hours: [3, 0, -3, 0] },
  { name: 'right again', hours: [0, 0, 0, 0] },
]
const setClocks = ({ hours }: Clocks): Promise<unknown> =>
  Promise.all(members.map((member, i) => member.setAhead(hours[i]! * hour)))

/** Of whatever was asked beside the buying. */
const answers: Answer[] = []
const heard = async (answer: Promise<Answer>): Promise<Answer> => {
  answers.push(await answer)
  return answer
}

/**
 * Labels that were refused, and payments of which nobody tells: their answers are lost, Stripe is
 * silent and the buyers do not come back. All are to be tried again and looked up soon.
 */
async function leaveOpen(are_right: boolean): Promise<void> {
  const carts = await crowd(leavers, (i) => fillCart(webOf(i), [['MUG', 1]]))
  easypost.faults.refuse = leavers
  await until('refused labels', async () => easypost.faults.refuse === 0, patience_ms, 1)
  // Stripe is asked for payments by their time: those of a wrong clock only it can tell of.
  if (!are_right) return
  Object.assign(stripe.faults, { lose_answers: 1_000, webhook_drop: 1_000 })
  await crowd(leavers, (i) => heard(complete(webOf(i), carts[i]!)))
}

const speakAgain = (): void => {
  Object.assign(stripe.faults, { lose_answers: 0, webhook_drop: 0 })
}

/** The bank asks these buyers, who answer when the clocks have jumped. */
const startLate = (sku: string): Promise<Answer[]> =>
  crowd(late_payers, async (i) => {
    const cart = await fillCart(webOf(i), [[sku, 1]])
    const card = 'pm_card_threeDSecure2Required'
    return heard(complete(webOf(i), cart, { card }))
  })

async function payLate({ status, body }: Answer, i: number): Promise<void> {
  // Some never come back.
  if (status !== 202 || i % 4 === 3) return
  const intents = [...stripe.account.intents.values()]
  const intent = intents.find((row) => row.metadata['order'] === body.order.id)
  if (intent?.status === 'requires_action') stripe.answerChallenge(intent.id, true)
  // Of the others only Stripe tells.
  if (i % 2 === 0) return
  const order_token = body.token
  await heard(
    ask(webOf(i), 'POST', `/store/payments/${body.payment.id}/continue`, { order_token, body: {} }),
  )
}

const staff = await admin(world, 'POST', '/admin/staff', {
  email,
  password,
  name: 'Owner',
  role: 'owner',
})
assert.equal(staff.status, 201, JSON.stringify(staff.body))
const customer = await admin(world, 'POST', '/admin/customers', {
  email: 'clara@example.com',
  name: 'Clara',
})
assert.equal(customer.status, 201, JSON.stringify(customer.body))

async function signIn(web: World, typed: string): Promise<string | null> {
  const answer = await fetch(`${web.url}/admin/sign-in`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email, password: typed }),
  })
  answers.push({ status: answer.status, body: await answer.json() })
  return answer.headers.get('set-cookie')
}

/** What has an end by the clock: sessions, tokens, limits. */
async function askWhatEnds(
  web: World,
  kept: { cookie: string | null; token: string },
): Promise<void> {
  await signIn(web, 'a wrong password')
  const cookie = (await signIn(web, password)) ?? kept.cookie
  for (const held of [cookie, kept.cookie]) {
    const me = await fetch(`${web.url}/admin/me`, { headers: { cookie: held ?? '' } })
    answers.push({ status: me.status, body: await me.json() })
  }
  const fresh = await heard(
    admin(web, 'POST', `/admin/customers/${customer.body.id}/token`, { valid_s: 3_600 }),
  )
  for (const customer_token of [kept.token, fresh.body.customer_token]) {
    await heard(ask(web, 'POST', '/store/carts', { body: { customer_token } }))
  }
  await heard(admin(web, 'GET', '/admin/orders'))
  kept.cookie = cookie
  kept.token = fresh.body.customer_token
}

async function assertRepeats(told: readonly Bought[]): Promise<void> {
  for (const { order_id, repeat } of told.slice(-5)) {
    const { status, body } = await repeat()
    assert.deepEqual([status, body.order?.id ?? body.order_id], [201, order_id])
  }
}

async function assertBooks(): Promise<void> {
  const all = await snapshot(world.db, readOrderFacts)
  const placed = all.filter(({ state }) => state === 'placed')
  const placed_ids = new Set(placed.map(({ id }) => id))
  assert.deepEqual(
    [...shop.told].filter((id) => !placed_ids.has(id)),
    [],
  )
  for (const order of all) {
    const { charges, captured, refunded } = stripeBooks(world, order.id)
    const total = order.state === 'placed' ? order.total : 0n
    assert(charges <= 1, `${order.id} was charged ${charges} times`)
    if (charges > 0) assert.equal(captured - refunded, total, order.id)
    assert.equal(order.captured - order.refunded, total, order.id)
  }
  const lamp = await stockOf(world, 'LAMP')
  const mugs = await stockOf(world, 'MUG')
  assert(lamp.held <= lamps, JSON.stringify(lamp))
  assert.equal(lamp.held + mugs.held, placed.length)
  assert.equal(lamp.on_hand, lamps)
  await until('labels of all parcels', async () => easypost.labelsPaid() === placed.length)
}

test('clocks jump by hours while buyers buy: nothing is lost, doubled or left lying', async (t) => {
  const load = openLoad(buyers, shop.buy)
  const kept = { cookie: await signIn(world, password), token: '' }
  await load.more(orders)
  let before_it = jumps.at(-1)!
  for (const jump of jumps) {
    const late = (await Promise.all([startLate('MUG'), startLate('LAMP')])).flat()
    await leaveOpen(before_it.hours.every((hours) => hours === 0))
    await setClocks(jump)
    speakAgain()
    before_it = jump
    const before = load.told.slice()
    await Promise.all([
      load.more(orders),
      crowd(late.length, (i) => payLate(late[i]!, i)),
      askWhatEnds(webOf(jumps.indexOf(jump)), kept),
      assertRepeats(before),
    ])
    t.diagnostic(`${jump.name}: ${load.told.length} orders`)
  }
  const right_at = performance.now()
  await load.stop()
  // Nobody waits for hours because a clock was ahead: holds end in their usual time.
  const { rows } = await until(
    'holds of the usual length',
    async () => {
      const found = await world.db.query<{ ahead: number }>(
        `select count(*)::int as ahead from orders
         where state = 'pending' and hold_expires_at > now() + interval '2 hours'`,
      )
      return found.rows[0]!.ahead === 0 && found
    },
    patience_ms,
  )
  assert.equal(rows.length, 1)
  await shop.rest()
  tellProof({
    about: 'crash',
    file: path.basename(import.meta.filename),
    point: 'clocks of web servers and workers jump by hours, forward, back and apart',
    hits: jumps.length,
    healed_ms: performance.now() - right_at,
  })
  t.diagnostic(JSON.stringify({ answers: shop.answers(), others: tally(answers) }))
  const faults = answers.filter(({ status }) => status >= 500)
  assert.deepEqual(faults, [])
  // The holds of those who never paid end an hour later.
  await setClocks({ name: 'an hour later', hours: [1, 1, 1, 1] })
  await until(
    'the end of all holds',
    async () => {
      const all = await snapshot(world.db, readOrderFacts)
      return all.every(({ state }) => state !== 'pending')
    },
    patience_ms,
  )
  await setClocks({ name: 'right again', hours: [0, 0, 0, 0] })
  await shop.rest()
  await assertBooks()
  assert.deepEqual(await snapshot(world.db, readExceptions), [])
  await assertPromises(world)
})

test('payments that a clock five hours ahead has looked for in vain are found when it is right', async () => {
  const carts = await crowd(leavers, (i) => fillCart(webOf(i), [['MUG', 1]]))
  // Nobody tells of them, and nobody comes back.
  Object.assign(stripe.faults, { lose_answers: 100_000, webhook_drop: 100_000 })
  const started = await crowd(leavers, (i) => complete(webOf(i), carts[i]!))
  assertOnly(started, ['202', '503 payment_unavailable'])
  await setClocks(jumps[0]!)
  await until(
    'lookups that are put off to a time that is hours ahead',
    async () => {
      const { rows } = await world.db.query<{ ahead: number }>(
        `select count(*)::int as ahead from payment_attempt
         where state in ('created', 'unknown', 'pending')
           and lookup_due_at > now() + interval '4 hours'`,
      )
      return rows[0]!.ahead === leavers
    },
    patience_ms,
  )
  await setClocks(jumps.at(-1)!)
  Object.assign(stripe.faults, { lose_answers: 0 })
  await shop.rest()
  speakAgain()
  await assertBooks()
  await assertPromises(world)
})
