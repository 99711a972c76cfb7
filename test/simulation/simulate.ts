// One run of the simulation: bursts in which everybody acts at once while gateways, carriers and
// mail servers misbehave and, where the shop has processes of its own, these are killed and cut off
// from the database; after each burst the promises and the comparison with the model.
import assert from 'node:assert/strict'
import { smtpMailer } from '#plugins/mail-smtp/smtp.ts'
import { snapshot } from '#src/db/transaction.ts'
import { Secret } from '#src/lib/secret.ts'
import { type OrderFacts, readOrderFacts } from '#test/books.sql.ts'
import { openClock } from '#test/movable-clock.ts'
import { assertInbox, calm } from '#test/races/crowd.ts'
import { admin, assertPromises, openWorld, until, type World } from '#test/world.ts'
import { compareLabels, compareMoney } from './banks.ts'
import { breakDown, openFragile } from './breakdowns.ts'
import { type Dice, openDice } from './dice.ts'
import { openModel, type Place, type Status } from './model.ts'
import { code_on_paper, goods_on_paper } from './prices.ts'
import { openDoors, type Regulars, wantTooMuch } from './regulars.ts'
import { count, payAtRazorpay, type Scene, shop, type Tally } from './shoppers.ts'
import {
  act,
  adjust,
  cancelPart,
  cancelWhole,
  carry,
  readShelves,
  refund,
  refundTwice,
  shipOrCancel,
} from './staff.ts'

/** Bursts of so many shoppers, until there are so many orders. */
export type SimulationSize = { readonly orders: number; readonly shoppers: number }

type Day = {
  readonly seeds: readonly number[]
  /** Whether the promises are asked in it and after it. */
  readonly asks: boolean
  readonly may_lose_database: boolean
}

const minutes = 60_000
const staff = 24
/** What each of them has time for in a burst. */
const chores_each = 2
const skus = goods_on_paper.map(({ sku }) => sku)
/** Enough for most, so that some find nothing left. */
const stockFor = ({ orders }: SimulationSize): number => Math.ceil(orders / 2.5)
/** Requests of one shopper, about: of those that cover a burst, things break within. */
const answers_each = 1
/** Up to so many orders, the promises are asked in every burst. */
export const few_orders = 200

const clock = openClock()

async function openScene(size: SimulationSize): Promise<Scene> {
  const stock = stockFor(size)
  const goods = goods_on_paper.map((one) => ({ ...one, stock }))
  const fragile = await openFragile()
  const { database, mail_server } = fragile
  const mailer = smtpMailer({
    from: 'Shop <orders@shop.example>',
    url: new Secret(mail_server.url),
    timeout_ms: 5_000,
  })
  const world = await openWorld({ goods, clock, database, mailer, smtp_url: mail_server.url })
  assert.equal((await admin(world, 'POST', '/admin/coupons', code_on_paper)).status, 201)
  const places: readonly Place[] = ['berlin', 'mumbai']
  const shelves = skus.flatMap((sku) => places.map((place) => ({ sku, place, quantity: stock })))
  return { world, fragile, model: openModel(shelves), tally: new Map(), skus, open_pages: [] }
}

/** Every gateway has its own bad day. */
function disturb({ stripe, razorpay, easypost }: World['simulators'], dice: Dice): void {
  const webhooks = () => ({
    webhook_copies: 1 + dice.roll(3),
    webhook_reorder: dice.roll(5),
    webhook_delay_ms: dice.roll(40),
  })
  const answers = () => ({
    lose_answers: dice.roll(4),
    lose_each: dice.roll(2),
    refuse: dice.roll(3),
    // One in three is slow today.
    latency_ms: dice.chance(33) ? 50 + dice.roll(250) : 0,
  })
  Object.assign(stripe.faults, { ...webhooks(), ...answers(), webhook_drop: dice.roll(4) })
  Object.assign(razorpay.faults, { ...webhooks(), ...answers(), webhook_drop: dice.roll(3) })
  Object.assign(easypost.faults, { ...webhooks(), ...answers() })
  // Buyers' browsers speak to Razorpay too; what they do is never lost.
  razorpay.faults.only = '/v1/'
}

async function calmDown({ world }: Scene): Promise<void> {
  const simulators = Object.values(world.simulators)
  for (const { url } of simulators) await fetch(`${url}/_simulator/faults`, { method: 'DELETE' })
  for (const one of simulators) await one.settled()
  await calm(world, 120_000)
  world.simulators.easypost.settleRefunds()
  await world.simulators.easypost.settled()
  await calm(world, 120_000)
}

/** Orders that nobody holds an answer about are asked; what was said before must still hold. */
function findOut({ model, tally }: Scene, facts: readonly OrderFacts[]): void {
  for (const { id, state } of facts) {
    const known = model.orders.get(id)
    if (known === undefined) continue
    const status: Status = state === 'placed' ? 'placed' : state === 'pending' ? 'waiting' : 'gone'
    if (known.status === 'unclear') {
      count(tally, `found ${status}`)
      model.found(id, status)
    } else if (known.status === 'waiting' && status === 'placed') {
      // The webhook was faster than the buyer's browser.
      count(tally, 'found placed')
      model.found(id, status)
    } else {
      assert.equal(status, known.status, `order ${id} was said to be ${known.status}`)
    }
  }
  const lost = facts.filter(({ id }) => !model.orders.has(id))
  assert.deepEqual(lost, [], 'orders that nobody was ever told of')
}

/** Each mail has arrived: one that came twice says that it is the same. */
async function compareMails({ world, fragile }: Scene): Promise<void> {
  const { rows } = await world.db.query<{ state: string; mails: number }>(
    'select state, count(*)::int as mails from message group by state',
  )
  const sent = rows.find(({ state }) => state === 'sent')?.mails ?? 0
  assert.deepEqual(rows, [{ state: 'sent', mails: sent }])
  const ids = fragile.mail_server.mails.map(({ raw }) => /^message-id: *(\S+)/im.exec(raw)?.[1])
  assert.equal(new Set(ids).size, sent, 'mails that were sent, and mails that have arrived')
}

async function compare(scene: Scene, { asks }: Day): Promise<void> {
  const { world, model, tally } = scene
  const facts = await snapshot(world.db, readOrderFacts)
  findOut(scene, facts)
  compareMoney(world, model, facts)
  compareLabels(world, model)
  for (const { status } of model.orders.values()) {
    if (status === 'placed' || status === 'waiting') count(tally, `${status} at rest`)
  }
  const real = await readShelves(scene)
  for (const [shelf, expected] of model.shelves()) {
    assert.deepEqual(real.get(shelf), expected, `shelf ${shelf}`)
  }
  await compareMails(scene)
  await assertInbox(world)
  if (asks) await assertPromises(world)
}

/** All holds run out; some of the buyers pay all the same, on pages they had left open. */
async function letTimePass(scene: Scene, dice: Dice): Promise<void> {
  const { world, model, tally, open_pages } = scene
  await clock.advance(16 * minutes)
  const waiting = [...model.orders.values()].filter(({ status }) => status === 'waiting')
  await until(
    'all holds to run out',
    async () => {
      const facts = await snapshot(world.db, readOrderFacts)
      return facts.every(({ state }) => state !== 'pending')
    },
    30_000,
    100,
  )
  for (const { id } of waiting) {
    model.expired(id)
    count(tally, 'expired')
  }
  const late = open_pages.splice(0).filter(({ comes_back }) => comes_back || dice.chance(60))
  model.paidLate(late.map(({ id }) => id))
  for (const { client_data } of late) {
    await payAtRazorpay(world, client_data, 'success@razorpay')
    count(tally, 'late money')
  }
}

/** What happens in every burst, whatever the dice say. */
const sureWork = (scene: Scene, dice: Dice, { orders }: Regulars): Promise<void>[] => [
  cancelWhole(scene, orders.to_cancel, true),
  cancelPart(scene, orders.to_cut, dice.chance(30)),
  refund(scene, orders.to_refund, { quarters: 1 + dice.roll(3), twice: dice.chance(30) }),
  carry(scene, dice, orders.to_ship),
  shipOrCancel(scene, dice, orders.to_ship_or_cancel),
  refundTwice(scene, orders.to_refund_twice),
  wantTooMuch(scene),
]

/** One of the staff, as long as something is left to do and there is time. */
async function doInTurn(chores: (() => Promise<void>)[]): Promise<void> {
  for (let done = 0; done < chores_each; done++) await chores.shift()?.()
}

async function burst(
  scene: Scene,
  dice: Dice,
  { seeds, asks, may_lose_database, size }: Day & { readonly size: SimulationSize },
): Promise<void> {
  const { world, model } = scene
  const regulars = await openDoors(scene)
  disturb(world.simulators, dice)
  const work = sureWork(scene, openDice(...seeds, 4), regulars)
  const taken = new Set(Object.values(regulars.orders))
  const placed = [...model.orders.values()].filter(({ status }) => status === 'placed')
  // The newest first, as on the list of the staff.
  const free = placed
    .filter(({ id, shipped, kept }) => !shipped && kept > 0 && !taken.has(id))
    .reverse()
  const chores = free.flatMap(({ id }, i) => {
    const own = openDice(...seeds, 1, i)
    if (own.chance(35)) return () => act(scene, own, id)
    return own.chance(25) ? () => carry(scene, own, id) : []
  })
  for (let i = 0; i < staff; i++) work.push(doInTurn(chores))
  for (let i = 0; i < 4; i++) work.push(adjust(scene, openDice(...seeds, 2, i)))
  for (let i = 0; i < size.shoppers; i++) work.push(shop(scene, openDice(...seeds, 3, i)))
  // In a shop that sells they are asked by the clock: they hold while everybody acts.
  if (asks) work.push(assertPromises(world))
  let over = false
  const acting = Promise.allSettled(work).finally(() => {
    over = true
  })
  const answers = size.shoppers * answers_each
  const breaking = { answers, isOver: () => over, may_lose_database }
  const broken = breakDown(scene, openDice(...seeds, 5), breaking)
  // All of them end before anything is said, so that a failure leaves nobody acting.
  const ended = [...(await acting), ...(await Promise.allSettled([broken]))]
  for (const one of ended) if (one.status === 'rejected') throw one.reason
}

/** @throws with the seed in its message */
export async function simulate(seed: number, size: SimulationSize): Promise<Tally> {
  const scene = await openScene(size)
  const { model, tally } = scene
  const isOver = (): boolean => model.orders.size >= size.orders
  let n = 0
  try {
    for (; !isOver(); n++) {
      const dice = openDice(seed, n)
      // All promises read all rows: a long day asks them after each fourth burst.
      const asks = size.orders <= few_orders || n % 4 === 3
      const day = { seeds: [seed, n], asks, may_lose_database: !asks && n % 4 === 1 }
      await burst(scene, dice, { ...day, size })
      await calmDown(scene)
      await compare(scene, day)
      if (n % 2 === 0 && !isOver()) continue
      await letTimePass(scene, dice)
      await calmDown(scene)
      await compare(scene, { ...day, asks: asks || isOver() })
    }
  } catch (error) {
    const told = JSON.stringify(Object.fromEntries(tally))
    throw new Error(`burst ${n} of seed ${seed} (npm run sim -- ${seed}): ${told}`, {
      cause: error,
    })
  }
  tally.set('bursts', n)
  tally.set('orders', model.orders.size)
  return tally
}
