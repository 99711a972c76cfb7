// Staff and carriers of the simulation. What they were told to have done goes into the model.
import assert from 'node:assert/strict'
import { snapshot } from '#src/db/transaction.ts'
import { readStockFacts } from '#test/books.sql.ts'
import { type Answer, admin, ask, freshKey, until } from '#test/world.ts'
import type { Dice } from './dice.ts'
import type { Line, Place } from './model.ts'
import { count, type Scene } from './shoppers.ts'

type DetailLine = Line & { readonly id: string; readonly canceled: number }

const detailOf = async ({ world }: Scene, id: string) =>
  (await admin(world, 'GET', `/admin/orders/${id}`)).body

/** Some requests are sent twice with the same key, as by a proxy that lost the answer. */
async function post(scene: Scene, dice: Dice, path: string, body: object): Promise<Answer> {
  const { world } = scene
  const asking = { key: world.keys.secret_key, idempotency_key: freshKey(), body }
  const send = () => ask(world, 'POST', path, asking)
  const [answer, repeat] = await Promise.all([send(), ...(dice.chance(30) ? [send()] : [])])
  if (repeat) {
    count(scene.tally, 'repeated')
    assert.equal(repeat.status, answer!.status, JSON.stringify([answer!.body, repeat.body]))
  }
  return answer!
}

async function cancelWhole(scene: Scene, dice: Dice, id: string): Promise<void> {
  const answer = await post(scene, dice, `/admin/orders/${id}/cancel`, { reason: 'simulated' })
  assert.equal(answer.status, 200, JSON.stringify(answer.body))
  scene.model.canceledWhole(id)
  count(scene.tally, 'canceled')
}

async function cancelPart(scene: Scene, dice: Dice, id: string): Promise<void> {
  const { lines } = (await detailOf(scene, id)) as { lines: DetailLine[] }
  const left = lines.reduce((sum, line) => sum + line.quantity - line.canceled, 0)
  const line = lines.find(({ quantity, canceled }) => quantity - canceled > 0)!
  // Taking the last unit would be canceling the whole.
  if (left < 2) return cancelWhole(scene, dice, id)
  const body = { lines: [{ line_id: line.id, quantity: 1 }] }
  const answer = await post(scene, dice, `/admin/orders/${id}/cancel`, body)
  assert.equal(answer.status, 200, JSON.stringify(answer.body))
  scene.model.canceledPart(id, line, 1, line.canceled)
  count(scene.tally, 'canceled in part')
}

async function refund(scene: Scene, dice: Dice, id: string): Promise<void> {
  const { kept } = scene.model.orders.get(id)!
  const amount = dice.chance(15)
    ? kept + 1
    : Math.max(1, Math.floor((kept * (1 + dice.roll(3))) / 4))
  const answer = await post(scene, dice, `/admin/orders/${id}/refunds`, { amount })
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
  if (what === 0) return cancelWhole(scene, dice, id)
  return what === 1 ? cancelPart(scene, dice, id) : refund(scene, dice, id)
}

export async function adjust(scene: Scene, dice: Dice): Promise<void> {
  const sku = dice.pick(scene.skus)
  const place = dice.pick<Place>(['berlin', 'mumbai'])
  const stock = await admin(scene.world, 'GET', `/admin/stock?sku=${sku}`)
  const level = stock.body.items.find((one: { location: string }) => one.location === place)
  const quantity = dice.chance(70) ? 1 + dice.roll(12) : -1 - dice.roll(3)
  const path = `/admin/stock/${level.stock_item_id}/${level.location_id}/adjust`
  const change = { kind: 'by', quantity }
  const answer = await post(scene, dice, path, { change, reason: 'simulated' })
  if (answer.body.code === 'stock_would_be_negative') return count(scene.tally, 'adjust refused')
  assert.equal(answer.status, 200, JSON.stringify(answer.body))
  scene.model.adjusted(sku, place, quantity)
  count(scene.tally, 'adjusted')
}

/** The carrier takes the parcel away, and sometimes brings it before it says that it has it. */
export async function carry(scene: Scene, dice: Dice, id: string): Promise<void> {
  const { easypost } = scene.world.simulators
  const parcel = await until(
    'a label',
    async () => {
      const { shipments } = await detailOf(scene, id)
      return shipments.find(
        (one: { state: string; label_id: string | null }) =>
          one.state === 'labeled' && one.label_id !== null,
      )
    },
    30_000,
  )
  scene.model.shipped(id)
  easypost.advance(parcel.tracking_code, 'in_transit')
  count(scene.tally, 'shipped')
  if (dice.chance(50)) easypost.advance(parcel.tracking_code, 'delivered')
}

/** What lies on the shelves, as the shop has it, by `<sku> <place>`. */
export async function readShelves({ world }: Scene) {
  const levels = await snapshot(world.db, readStockFacts)
  return new Map(
    levels.map(({ sku, location, on_hand, held }) => [`${sku} ${location}`, { on_hand, held }]),
  )
}
