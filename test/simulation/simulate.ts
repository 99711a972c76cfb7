// One run of the simulation: bursts in which everybody acts at once while gateways misbehave,
// and after each burst the promises and the comparison with the model.
import assert from 'node:assert/strict'
import { snapshot } from '#src/db/transaction.ts'
import { type OrderFacts, readOrderFacts } from '#test/books.sql.ts'
import { openClock } from '#test/movable-clock.ts'
import { allStripeBooks, calm } from '#test/races/crowd.ts'
import { admin, assertPromises, openWorld, until, type World } from '#test/world.ts'
import { type Dice, openDice } from './dice.ts'
import { openModel, type Place, type Status } from './model.ts'
import { openDoors, type Regulars, wantTooMuch } from './regulars.ts'
import { count, payAtRazorpay, type Scene, shop, type Tally } from './shoppers.ts'
import { act, adjust, cancelPart, cancelWhole, carry, readShelves, refund } from './staff.ts'

export type SimulationSize = { readonly bursts: number; readonly shoppers: number }

type Day = {
  readonly seeds: readonly number[]
  /** Whether the promises are asked in it and after it. */
  readonly asks: boolean
}

const minutes = 60_000
const staff = 24
/** What each of them has time for in a burst. */
const chores_each = 2
const skus = ['CUP', 'PLATE', 'FORK', 'KNIFE', 'SPOON']
/** Enough for most, so that some find nothing left. */
const stockFor = ({ shoppers, bursts }: SimulationSize): number =>
  Math.ceil((shoppers * bursts) / 3.2)

const clock = openClock()

async function openScene(size: SimulationSize): Promise<Scene> {
  const stock = stockFor(size)
  const goods = skus.map((sku, i) => ({ sku, price: `${7 + 3 * i}.00`, stock }))
  const world = await openWorld({ goods, clock })
  const coupon = { code: 'FEW', rate_ppm: 150_000, usage_limit: 6 }
  assert.equal((await admin(world, 'POST', '/admin/coupons', coupon)).status, 201)
  const places: readonly Place[] = ['berlin', 'mumbai']
  const shelves = skus.flatMap((sku) => places.map((place) => ({ sku, place, quantity: stock })))
  return { world, model: openModel(shelves), tally: new Map(), skus, open_pages: [] }
}

/** Every gateway has its own bad day. */
function disturb({ stripe, razorpay, easypost }: World['simulators'], dice: Dice): void {
  const webhooks = () => ({
    webhook_copies: 1 + dice.roll(3),
    webhook_reorder: dice.roll(5),
    webhook_delay_ms: dice.roll(40),
  })
  const answers = () => ({ lose_answers: dice.roll(4), refuse: dice.roll(3) })
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
  await calm(world, 60_000)
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

/** What the banks keep of each order, and what the shop says itself where no bank has a say. */
function openBanks({ world }: Scene): (order: OrderFacts) => number {
  const stripe = allStripeBooks(world)
  const { bank } = world.simulators.razorpay
  const theirs = Map.groupBy(bank.orders.values(), (row) => row.notes['order'])
  const payments = Map.groupBy(bank.payments.values(), (row) => row.order_id)
  return (order) => {
    const charged = stripe.get(order.id)
    if (charged) {
      const { captured, refunded } = charged
      assert.equal(order.captured, captured, `Stripe has taken another amount for ${order.id}`)
      return Number(captured - refunded)
    }
    const asked = theirs.get(order.id)
    if (!asked) return Number(order.captured - order.refunded)
    return asked
      .flatMap(({ id }) => payments.get(id) ?? [])
      .filter((row) => row.captured)
      .reduce((kept, row) => kept + row.amount - row.amount_refunded, 0)
  }
}

async function compare(scene: Scene, { asks }: Day): Promise<void> {
  const { world, model, tally } = scene
  const facts = await snapshot(world.db, readOrderFacts)
  findOut(scene, facts)
  const keptAt = openBanks(scene)
  for (const order of facts) {
    const expected = model.orders.get(order.id)!
    assert.equal(keptAt(order), expected.kept, `money of order ${order.id}`)
    if (expected.status === 'placed') count(tally, 'placed at rest')
    if (expected.status === 'waiting') count(tally, 'waiting at rest')
  }
  const real = await readShelves(scene)
  for (const [shelf, expected] of model.shelves()) {
    assert.deepEqual(real.get(shelf), expected, `shelf ${shelf}`)
  }
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
  for (const { id, client_data, comes_back } of open_pages.splice(0)) {
    if (!comes_back && !dice.chance(60)) continue
    await payAtRazorpay(world, client_data, 'success@razorpay')
    count(tally, 'late money')
    // Held again or given back: the shop decides, and everything must follow from it.
    model.orders.get(id)!.status = 'unclear'
  }
}

/** What happens in every burst, whatever the dice say. */
const sureWork = (scene: Scene, dice: Dice, { orders }: Regulars): Promise<void>[] => [
  cancelWhole(scene, orders.to_cancel, true),
  cancelPart(scene, orders.to_cut, dice.chance(30)),
  refund(scene, orders.to_refund, { quarters: 1 + dice.roll(3), twice: dice.chance(30) }),
  carry(scene, dice, orders.to_ship),
  wantTooMuch(scene),
]

/** One of the staff, as long as something is left to do and there is time. */
async function doInTurn(chores: (() => Promise<void>)[]): Promise<void> {
  for (let done = 0; done < chores_each; done++) await chores.shift()?.()
}

async function burst(
  scene: Scene,
  dice: Dice,
  { seeds, asks, size }: Day & { readonly size: SimulationSize },
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
  // All of them end before anything is said, so that a failure leaves nobody acting.
  const ended = await Promise.allSettled(work)
  for (const one of ended) if (one.status === 'rejected') throw one.reason
}

/** @throws with the seed in its message */
export async function simulate(seed: number, size: SimulationSize): Promise<Tally> {
  const scene = await openScene(size)
  let n = 0
  try {
    for (; n < size.bursts; n++) {
      const dice = openDice(seed, n)
      // All promises read all rows: a long day asks them after each fourth burst.
      const asks = size.bursts <= 4 || n % 4 === 3 || n === size.bursts - 1
      const day = { seeds: [seed, n], asks }
      await burst(scene, dice, { ...day, size })
      await calmDown(scene)
      await compare(scene, day)
      if (n % 2 === 0 && n + 1 < size.bursts) continue
      await letTimePass(scene, dice)
      await calmDown(scene)
      await compare(scene, day)
    }
  } catch (error) {
    const tally = JSON.stringify(Object.fromEntries(scene.tally))
    throw new Error(`burst ${n} of seed ${seed} (npm run sim -- ${seed}): ${tally}`, {
      cause: error,
    })
  }
  scene.tally.set('orders', scene.model.orders.size)
  return scene.tally
}
