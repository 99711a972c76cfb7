// The regulars of the simulated shop. Dice may leave out anything; what a run is asked to have
// seen is done by them, in every burst. Whatever a gateway could spoil, or other shoppers could
// buy away, happens before the burst; the rest happens in it.
import assert from 'node:assert/strict'
import { line_quantity_max } from '#src/carts/carts.ts'
import type { Answer } from '#test/world.ts'
import { fillPatiently, press } from './insist.ts'
import { onPaper } from './prices.ts'
import { hear, type Scene, type Shopping } from './shoppers.ts'
import { fillShelf } from './staff.ts'

/** Orders that are placed and untouched, each for one thing that staff do to it for sure. */
export type Regulars = {
  readonly orders: {
    readonly to_cancel: string
    readonly to_cut: string
    readonly to_refund: string
    readonly to_ship: string
    readonly to_ship_or_cancel: string
    readonly to_refund_twice: string
  }
}

const places = { web: 'berlin', india: 'mumbai', counter: 'berlin' } as const
/** More than all regulars of a burst take. */
const enough = 20
/** The most that a cart takes; no shelf gets that full. */
const too_many = line_quantity_max

async function fill(scene: Scene, channel: keyof typeof places, quantity: number) {
  const basket = [[scene.skus[0]!, quantity]] as const
  const cart = await fillPatiently(scene.world, basket, { channel })
  const paper = onPaper(cart, channel, basket, null)
  return { channel, place: places[channel], basket, cart, paper } satisfies Shopping
}

function expect(answer: Answer, status: number): Answer {
  assert.equal(answer.status, status, JSON.stringify(answer.body))
  return answer
}

async function buyAtCounter(scene: Scene): Promise<string> {
  const shopping = await fill(scene, 'counter', 2)
  const more = { channel: 'counter', provider: 'manual', card: null } as const
  return hear(scene, shopping, expect(await press(scene.world, shopping.cart, more), 201))!
}

/** Declined, or asked to approve and gone: the order waits until its hold runs out. */
async function leaveUnpaid(scene: Scene, card: string, status: 202 | 402): Promise<void> {
  const shopping = await fill(scene, 'web', 1)
  hear(scene, shopping, expect(await press(scene.world, shopping.cart, { card }), status))
}

/** Leaves the page of Razorpay open, and pays there when the hold has run out. */
async function payTooLate(scene: Scene): Promise<void> {
  const shopping = await fill(scene, 'india', 1)
  const more = { channel: 'india', provider: 'razorpay', card: null } as const
  const answer = expect(await press(scene.world, shopping.cart, more), 202)
  const { client_data } = answer.body.payment
  scene.open_pages.push({ id: hear(scene, shopping, answer)!, client_data, comes_back: true })
}

/** Before anybody else comes, and while no gateway misbehaves: nothing can turn out otherwise. */
export async function openDoors(scene: Scene): Promise<Regulars> {
  const sku = scene.skus[0]!
  await fillShelf(scene, { sku, place: 'berlin', units: enough })
  await fillShelf(scene, { sku, place: 'mumbai', units: enough })
  await leaveUnpaid(scene, 'pm_card_visa_chargeDeclined', 402)
  await leaveUnpaid(scene, 'pm_card_threeDSecure2Required', 202)
  await payTooLate(scene)
  return {
    orders: {
      to_cancel: await buyAtCounter(scene),
      to_cut: await buyAtCounter(scene),
      to_refund: await buyAtCounter(scene),
      to_ship: await buyAtCounter(scene),
      to_ship_or_cancel: await buyAtCounter(scene),
      to_refund_twice: await buyAtCounter(scene),
    },
  }
}

/** A cart may ask for anything; the shelf decides when it is ordered, before a provider hears. */
export async function wantTooMuch(scene: Scene): Promise<void> {
  const shopping = await fill(scene, 'web', too_many)
  const answer = await press(scene.world, shopping.cart)
  assert.equal(answer.body.code, 'out_of_stock', JSON.stringify(answer))
  hear(scene, shopping, answer)
}
