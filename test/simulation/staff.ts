// Staff and carriers of the simulation. What they were told to have done goes into the model.
import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import { snapshot } from '#src/db/transaction.ts'
import { readStockFacts } from '#test/books.sql.ts'
import { type Answer, admin, ask, freshKey, until } from '#test/world.ts'
import type { Dice } from './dice.ts'
import { insist } from './insist.ts'
import type { Line, Place } from './model.ts'
import { count, type Scene } from './shoppers.ts'

/** A carrier may refuse for a while, a database be away. */
const label_patience_ms = 120_000

type DetailLine = Line & { readonly id: string; readonly canceled: number }

const detailOf = async ({ world }: Scene, id: string) =>
  (await insist(() => admin(world, 'GET', `/admin/orders/${id}`))).body

/** Some requests are sent twice with the same key, as by a proxy that lost the answer. */
async function post(
  scene: Scene,
  { path, twice }: { readonly path: string; readonly twice: boolean },
  body: object,
): Promise<Answer> {
  const { world } = scene
  const asking = { key: world.keys.secret_key, idempotency_key: freshKey(), body }
  const send = () => insist(() => ask(world, 'POST', path, asking))
  if (!twice) return send()
  const answers = await Promise.all([send(), send()])
  count(scene.tally, 'repeated')
  const [done, repeat] = answers.toSorted((a, b) => a.status - b.status) as [Answer, Answer]
  // What was refused has written nothing and keeps no key: sent again it may succeed. The stock
  // is the only thing here that others can change between the two.
  if (repeat.body.code !== 'stock_would_be_negative') {
    assert.equal(repeat.status, done.status, JSON.stringify([done.body, repeat.body]))
  }
  return done
}

export async function cancelWhole(scene: Scene, id: string, twice: boolean): Promise<void> {
  const path = `/admin/orders/${id}/cancel`
  const answer = await post(scene, { path, twice }, { reason: 'simulated' })
  assert.equal(answer.status, 200, JSON.stringify(answer.body))
  scene.model.canceledWhole(id)
  count(scene.tally, 'canceled')
}

export async function cancelPart(scene: Scene, id: string, twice: boolean): Promise<void> {
  const { lines } = (await detailOf(scene, id)) as { lines: DetailLine[] }
  const left = lines.reduce((sum, line) => sum + line.quantity - line.canceled, 0)
  const line = lines.find(({ quantity, canceled }) => quantity - canceled > 0)!
  // Taking the last unit would be canceling the whole.
  if (left < 2) return cancelWhole(scene, id, twice)
  const body = { lines: [{ line_id: line.id, quantity: 1 }] }
  const answer = await post(scene, { path: `/admin/orders/${id}/cancel`, twice }, body)
  assert.equal(answer.status, 200, JSON.stringify(answer.body))
  scene.model.canceledPart(id, line, 1, line.canceled)
  count(scene.tally, 'canceled in part')
}

/** So many quarters of what the shop has; five are more than that. */
export async function refund(
  scene: Scene,
  id: string,
  { quarters, twice }: { readonly quarters: number; readonly twice: boolean },
): Promise<void> {
  const { kept } = scene.model.orders.get(id)!
  const amount = quarters > 4 ? kept + 1 : Math.max(1, Math.floor((kept * quarters) / 4))
  const answer = await post(scene, { path: `/admin/orders/${id}/refunds`, twice }, { amount })
  if (amount > kept) {
    assert.equal(answer.body.code, 'refund_exceeds_captured', JSON.stringify(answer.body))
    return count(scene.tally, 'refund refused')
  }
  assert.equal(answer.status, 201, JSON.stringify(answer.body))
  scene.model.refunded(id, amount)
  count(scene.tally, 'refunded')
}

/** One order, one thing that staff do about it. */
export function act(scene: Scene, dice: Dice, id: string): Promise<void> {
  const what = dice.roll(3)
  const twice = dice.chance(30)
  if (what === 0) return cancelWhole(scene, id, twice)
  if (what === 1) return cancelPart(scene, id, twice)
  return refund(scene, id, { quarters: dice.chance(15) ? 5 : 1 + dice.roll(3), twice })
}

const levelAt = async ({ world }: Scene, sku: string, place: Place) => {
  const stock = await insist(() => admin(world, 'GET', `/admin/stock?sku=${sku}`))
  return stock.body.items.find((one: { location: string }) => one.location === place)
}

type Change = {
  readonly sku: string
  readonly place: Place
  readonly quantity: number
  readonly twice: boolean
}

async function adjustBy(scene: Scene, { sku, place, quantity, twice }: Change): Promise<void> {
  const level = await levelAt(scene, sku, place)
  const path = `/admin/stock/${level.stock_item_id}/${level.location_id}/adjust`
  const change = { kind: 'by', quantity }
  const answer = await post(scene, { path, twice }, { change, reason: 'simulated' })
  if (answer.body.code === 'stock_would_be_negative') return count(scene.tally, 'adjust refused')
  assert.equal(answer.status, 200, JSON.stringify(answer.body))
  scene.model.adjusted(sku, place, quantity)
  count(scene.tally, 'adjusted')
}

export const adjust = (scene: Scene, dice: Dice): Promise<void> =>
  adjustBy(scene, {
    sku: dice.pick(scene.skus),
    place: dice.pick<Place>(['berlin', 'mumbai']),
    quantity: dice.chance(70) ? 1 + dice.roll(12) : -1 - dice.roll(3),
    twice: dice.chance(30),
  })

/** Puts goods on a shelf until so many can be sold. */
export async function fillShelf(
  scene: Scene,
  { sku, place, units }: { readonly sku: string; readonly place: Place; readonly units: number },
): Promise<void> {
  const { on_hand, held } = await levelAt(scene, sku, place)
  const quantity = Math.max(1, units - (on_hand - held))
  await adjustBy(scene, { sku, place, quantity, twice: false })
}

type Parcel = { readonly id: string; readonly tracking_code: string }

const labelOf = (scene: Scene, id: string): Promise<Parcel> =>
  until(
    'a label',
    async () => {
      const { shipments } = await detailOf(scene, id)
      return shipments.find(
        (one: { state: string; label_id: string | null }) =>
          one.state === 'labeled' && one.label_id !== null,
      )
    },
    label_patience_ms,
  )

/** The carrier takes the parcel away, and sometimes brings it before it says that it has it. */
export async function carry(scene: Scene, dice: Dice, id: string): Promise<void> {
  const { easypost } = scene.world.simulators
  const parcel = await labelOf(scene, id)
  scene.model.shipped(id)
  easypost.advance(parcel.tracking_code, 'in_transit')
  count(scene.tally, 'shipped')
  if (dice.chance(50)) easypost.advance(parcel.tracking_code, 'delivered')
}

/** One hands the parcel over while another one cancels, a little earlier: only one of them can. */
export async function shipOrCancel(scene: Scene, dice: Dice, id: string): Promise<void> {
  const { world } = scene
  const parcel = await labelOf(scene, id)
  const hand_over = `/admin/shipments/${parcel.id}/ship`
  const [shipped, canceled] = await Promise.all([
    pause(dice.roll(100)).then(() => insist(() => admin(world, 'POST', hand_over))),
    post(scene, { path: `/admin/orders/${id}/cancel`, twice: false }, { reason: 'simulated' }),
  ])
  const is_canceled = canceled.status === 200
  // Handing over has no key: who asks again because an answer was lost is told that it is shipped.
  const is_shipped = shipped.status === 200 || shipped.body.state === 'shipped'
  assert.notEqual(is_shipped, is_canceled, JSON.stringify([shipped, canceled]))
  if (is_shipped) scene.model.shipped(id)
  else scene.model.canceledWhole(id)
  count(scene.tally, is_shipped ? 'shipped, not canceled' : 'canceled, not shipped')
}

/** Two give back more than half of the money at once: there is only enough for one. */
export async function refundTwice(scene: Scene, id: string): Promise<void> {
  const { kept } = scene.model.orders.get(id)!
  const amount = Math.floor(kept / 2) + 1
  const path = `/admin/orders/${id}/refunds`
  const give = () => post(scene, { path, twice: false }, { amount })
  const [won, lost] = (await Promise.all([give(), give()])).toSorted(
    (a, b) => a.status - b.status,
  ) as [Answer, Answer]
  assert.equal(won.status, 201, JSON.stringify(won.body))
  assert.equal(lost.body.code, 'refund_exceeds_captured', JSON.stringify(lost.body))
  scene.model.refunded(id, amount)
  count(scene.tally, 'refunded by one of two')
}

/** What lies on the shelves, as the shop has it, by `<sku> <place>`. */
export async function readShelves({ world }: Scene) {
  const levels = await snapshot(world.db, readStockFacts)
  return new Map(
    levels.map(({ sku, location, on_hand, held }) => [`${sku} ${location}`, { on_hand, held }]),
  )
}
