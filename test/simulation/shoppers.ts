// Shoppers of the simulation: they buy with good and bad cards, approve, refuse or forget, press
// twice and come back. Whatever they are told goes into the model.
import assert from 'node:assert/strict'
import {
  type Answer,
  ask,
  type Basket,
  type Channel,
  type FilledCart,
  freshKey,
  type World,
} from '#test/world.ts'
import type { Fragile } from './breakdowns.ts'
import type { Dice } from './dice.ts'
import { fillPatiently, insist, press } from './insist.ts'
import type { Model, Place, Status } from './model.ts'
import { code_on_paper, onPaper, type Paper } from './prices.ts'

export type Tally = Map<string, number>
export const count = (tally: Tally, what: string): void =>
  void tally.set(what, (tally.get(what) ?? 0) + 1)

export type Scene = {
  readonly world: World
  readonly model: Model
  readonly tally: Tally
  readonly skus: readonly string[]
  readonly fragile: Fragile
  /** Pages of Razorpay that buyers have left open; some come back for sure, but too late. */
  readonly open_pages: OpenPage[]
}
type OpenPage = {
  readonly id: string
  readonly client_data: PageData
  readonly comes_back: boolean
}
type PageData = { readonly order_id: string; readonly notes: unknown }
export type Shopping = {
  readonly channel: Channel
  readonly place: Place
  readonly basket: Basket
  readonly cart: FilledCart
  readonly paper: Paper
}

const statusOf = ({ status, body }: Answer): Status => {
  if (status === 201) return 'placed'
  if (status === 402) return 'waiting'
  return body.payment?.state === 'requires_action' ? 'waiting' : 'unclear'
}

const providers = { web: 'stripe', india: 'razorpay', counter: 'manual' } as const

/** Refusals that leave no order behind. */
const no_order = ['out_of_stock', 'coupon_used_up', 'cart_is_incomplete', 'price_has_changed']
const told_later = ['payment_in_progress', 'cart_is_completed', 'request_in_progress']

/** Tells the model what was answered; null when no order came of it. */
export function hear({ model, tally }: Scene, shopping: Shopping, answer: Answer): string | null {
  const { channel, place, basket, paper } = shopping
  const about = { provider: providers[channel], place, basket, ...paper }
  const { status, body } = answer
  if (status === 409 && no_order.includes(body.code)) {
    count(tally, body.code)
    return null
  }
  const id = (body.order?.id ?? body.order_id ?? null) as string | null
  if (id === null || (status === 409 && told_later.includes(body.code))) {
    assert(status < 500 && status !== 422, JSON.stringify(answer))
    count(tally, 'told later')
    if (id !== null) model.told(id, about, 'unclear')
    return id
  }
  assert([201, 202, 402].includes(status), JSON.stringify(answer))
  if (status === 402) count(tally, 'declined')
  if (status === 202) count(tally, statusOf(answer) === 'waiting' ? 'asked to approve' : 'unclear')
  model.told(id, about, statusOf(answer))
  return id
}

const cards: readonly (readonly [weight: number, card: string])[] = [
  [60, 'pm_card_visa'],
  [15, 'pm_card_visa_chargeDeclined'],
  [25, 'pm_card_threeDSecure2Required'],
]
const chooseCard = (dice: Dice): string => {
  let left = dice.roll(100)
  for (const [weight, card] of cards) {
    if (left < weight) return card
    left -= weight
  }
  return cards[0]![1]
}

/** At the page of the bank: yes, no, or the buyer closes the window. */
async function approve(scene: Scene, dice: Dice, shopping: Shopping, done: Answer): Promise<void> {
  const { world } = scene
  const { order, token, payment } = done.body
  if (dice.chance(30)) return
  const { stripe } = world.simulators
  const intents = [...stripe.account.intents.values()]
  const intent = intents.find((row) => row.metadata['order'] === order.id)
  if (intent?.status === 'requires_action') stripe.answerChallenge(intent.id, dice.chance(75))
  if (dice.chance(20)) return
  const path = `/store/payments/${payment.id}/continue`
  hear(
    scene,
    shopping,
    await insist(() => ask(world, 'POST', path, { order_token: token, body: {} })),
  )
}

async function payByCard(scene: Scene, dice: Dice, shopping: Shopping): Promise<void> {
  const { world } = scene
  const card = chooseCard(dice)
  const more = { card, idempotency_key: freshKey() }
  // Impatient ones press twice, with the same key or with another one.
  const presses = [press(world, shopping.cart, more)]
  if (dice.chance(20)) {
    const idempotency_key = dice.chance(50) ? more.idempotency_key : freshKey()
    presses.push(press(world, shopping.cart, { ...more, idempotency_key }))
  }
  const answers = await Promise.all(presses)
  for (const answer of answers) hear(scene, shopping, answer)
  const asked = answers.find((one) => one.body.payment?.state === 'requires_action')
  if (asked) await approve(scene, dice, shopping, asked)
  if (answers.some(({ status }) => status === 402) && dice.chance(60)) {
    hear(scene, shopping, await press(world, shopping.cart, { card: 'pm_card_visa' }))
  }
}

export async function payAtRazorpay(world: World, page: PageData, vpa: string) {
  const { order_id, notes } = page
  const answer = await fetch(`${world.simulators.razorpay.url}/_checkout/pay`, {
    method: 'POST',
    body: JSON.stringify({ order_id, notes, method: 'upi', vpa }),
  })
  return (await answer.json()) as Record<string, unknown>
}

async function payByUpi(scene: Scene, dice: Dice, shopping: Shopping): Promise<void> {
  const { world } = scene
  const more = { channel: 'india', provider: 'razorpay', card: null } as const
  const done = await press(world, shopping.cart, more)
  const id = hear(scene, shopping, done)
  const client_data = done.body.payment?.client_data
  if (id === null || !client_data) return
  if (dice.chance(25)) return void scene.open_pages.push({ id, client_data, comes_back: false })
  const vpa = dice.chance(80) ? 'success@razorpay' : 'failure@razorpay'
  const page = await payAtRazorpay(world, client_data, vpa)
  if (dice.chance(30)) return
  const path = `/store/payments/${done.body.payment.id}/continue`
  const { token: order_token } = done.body
  const asking = { key: world.keys.keys.india, order_token, body: { answer: page } }
  hear(scene, shopping, await insist(() => ask(world, 'POST', path, asking)))
}

/** Half of them come to the second web server, where there is one. */
function enter(scene: Scene, dice: Dice): Scene {
  const { twin_url } = scene.world
  const is_twin = dice.chance(50) && twin_url !== null
  return is_twin ? { ...scene, world: { ...scene.world, url: twin_url } } : scene
}

/** With a coupon as long as it can be used, else without. Null when nothing can be bought. */
async function fillBasket(
  { world, tally }: Scene,
  basket: Basket,
  channel: Channel,
  coupon: boolean,
) {
  if (coupon) {
    const { code } = code_on_paper
    const cart = await fillPatiently(world, basket, { channel, coupon: code }).catch(() => null)
    if (cart !== null) return { cart, paper: onPaper(cart, channel, basket, code) }
    count(tally, 'coupon used up')
  }
  const cart = await fillPatiently(world, basket, { channel }).catch(() => null)
  return cart && { cart, paper: onPaper(cart, channel, basket, null) }
}

/** One shopper from an empty cart to whatever comes of it. */
export async function shop(given: Scene, dice: Dice): Promise<void> {
  const scene = enter(given, dice)
  const { world, skus } = scene
  const channel = dice.pick<Channel>(['web', 'web', 'web', 'india', 'counter'])
  const first = dice.roll(skus.length)
  const basket: [string, number][] = [[skus[first]!, 1 + dice.roll(3)]]
  if (dice.chance(50)) basket.push([skus[(first + 1) % skus.length]!, 1 + dice.roll(2)])
  // Half of the baskets are filled the other way round.
  if (dice.chance(50)) basket.reverse()
  const filled = await fillBasket(scene, basket, channel, dice.chance(25))
  if (filled === null) return count(scene.tally, 'no cart')
  const shopping = {
    channel,
    place: channel === 'india' ? 'mumbai' : 'berlin',
    basket,
    ...filled,
  } as const
  if (channel === 'web') return payByCard(scene, dice, shopping)
  if (channel === 'india') return payByUpi(scene, dice, shopping)
  const more = { channel, provider: 'manual', card: null } as const
  hear(scene, shopping, await press(world, filled.cart, more))
}
