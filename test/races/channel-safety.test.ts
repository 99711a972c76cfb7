// Two channels sell from one shelf, and one of them leaves the last ones to the other. Two web
// servers on one database.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Answer, admin, ask, openWorld } from '#test/world.ts'
import {
  assertOnly,
  assertWell,
  crowd,
  in_a_crowd,
  openTwin,
  prepareOrder,
  stockOf,
  tally,
} from './crowd.ts'

const stock = 40
const kept = 15
const goods = ['RACE', 'ONE-BY-ONE', 'SHOWN', 'LATE'].map((sku) => ({ sku, price: '10.00', stock }))
const world = await openWorld({ goods, worker: false, timings: in_a_crowd })
const twin = await openTwin(world)
const serverOf = (i: number) => (i % 2 === 0 ? world : twin)
const { web, berlin } = world.frame

async function levelOf(sku: string) {
  const { body } = await admin(world, 'GET', `/admin/stock?sku=${sku}`)
  return body.items.find(({ location }: { location: string }) => location === 'berlin')
}
/** Null takes back what was said of this item. */
async function keepForOthers(sku: string, safety: number | null): Promise<Answer> {
  const { stock_item_id } = await levelOf(sku)
  const path = `/admin/stock/${stock_item_id}/${berlin}/channels/${web}`
  return safety === null ? admin(world, 'DELETE', path) : admin(world, 'PUT', path, { safety })
}
const keepOfAll = (safety: number): Promise<Answer> =>
  admin(world, 'PATCH', `/admin/channels/${web}`, { safety })

/** Both channels sell in euros; the web shop pays at Stripe. */
const buyOn = (channel: 'web' | 'counter', sku: string) =>
  prepareOrder(world, [[sku, 1]], {
    channel,
    ...(channel === 'web' ? { provider: 'stripe', card: 'pm_card_visa' } : {}),
  })
/** Whose bank takes longer than the shop waits (202) holds the goods like everybody else. */
const sold = (answers: readonly Answer[]): number => {
  const { '201': placed = 0, '202': waiting = 0 } = tally(answers)
  return placed + waiting
}

test('64 buyers on two channels: the web shop leaves the last 15, the counter gets them', async () => {
  const [inWeb, atCounter] = [await buyOn('web', 'RACE'), await buyOn('counter', 'RACE')]
  assert.equal((await keepForOthers('RACE', kept)).status, 204)
  // Three of four are in the web shop: without a limit they would take most of the shelf.
  const answers = await crowd(64, (i) => (i % 4 === 0 ? atCounter : inWeb)(serverOf(i >> 2)))
  assertOnly(answers, ['201', '202', '409 out_of_stock'])
  const by_web = sold(answers.filter((_, i) => i % 4 !== 0))
  const by_counter = sold(answers.filter((_, i) => i % 4 === 0))
  assert(by_web <= stock - kept, `${by_web} in the web shop`)
  assert(by_counter >= kept, `${by_counter} at the counter`)
  assert.equal((await stockOf(world, 'RACE')).held, by_web + by_counter)
  // What is left is the counter's alone.
  const left = stock - by_web - by_counter
  assert.deepEqual(tally(await crowd(8, (i) => inWeb(serverOf(i)))), { '409 out_of_stock': 8 })
  assert.equal(sold(await crowd(left + 8, (i) => atCounter(serverOf(i)))), left)
  assert.deepEqual(await stockOf(world, 'RACE'), { on_hand: stock, held: stock })
  await assertWell(world)
})

test('64 buyers in the web shop alone stop exactly at what it leaves of all items', async () => {
  const inWeb = await buyOn('web', 'ONE-BY-ONE')
  const atCounter = await buyOn('counter', 'ONE-BY-ONE')
  assert.equal((await keepOfAll(kept)).status, 200)
  const answers = await crowd(64, (i) => inWeb(serverOf(i)))
  assertOnly(answers, ['201', '202', '409 out_of_stock'])
  assert.equal(sold(answers), stock - kept)
  const refused = answers.find(({ status }) => status === 409)!
  assert.equal(refused.body.errors[0].code, 'out_of_stock')
  assert.equal(refused.body.items[0].available, 0)
  const others = await crowd(kept + 5, (i) => atCounter(serverOf(i)))
  assert.deepEqual(tally(others), { '201': kept, '409 out_of_stock': 5 })
  // The item may be told apart from all others.
  assert.equal((await keepForOthers('LATE', 0)).status, 204)
  const last = await prepareOrder(world, [['LATE', stock]], {
    channel: 'web',
    provider: 'stripe',
    card: 'pm_card_visa',
  })
  assert.equal((await last(twin)).status, 201)
  assert.equal((await keepOfAll(0)).status, 200)
  await assertWell(world)
})

test('lists and pages of each channel tell what it can sell, at once and everywhere', async () => {
  const seen = async (channel: 'web' | 'counter', server = world) => {
    const key = world.keys.keys[channel]
    const page = await ask(server, 'GET', '/store/products/shown', { key })
    const list = await ask(server, 'GET', '/store/products?limit=100', { key })
    const row = list.body.items.find(({ handle }: { handle: string }) => handle === 'shown')
    return [page.body.variants[0].available_quantity, page.body.available, row.available]
  }
  const everywhere = async (web_sells: number) => {
    for (const server of [world, twin]) {
      assert.deepEqual(await seen('web', server), [web_sells, web_sells > 0, web_sells > 0])
      assert.deepEqual(await seen('counter', server), [stock, true, true])
    }
  }
  await everywhere(stock)
  await keepForOthers('SHOWN', 10)
  await everywhere(stock - 10)
  assert.deepEqual((await levelOf('SHOWN')).channels, [{ channel_id: web, safety: 10 }])
  await keepOfAll(stock)
  await everywhere(stock - 10)
  await keepForOthers('SHOWN', null)
  await everywhere(0)
  assert.deepEqual((await levelOf('SHOWN')).channels, [])
  await keepOfAll(0)
  await everywhere(stock)
})

test('numbers that are none, and shelves and channels that are none, are refused', async () => {
  const { stock_item_id } = await levelOf('SHOWN')
  const nobody = '00000000-0000-7000-8000-000000000000'
  const put = async (item: string, channel: string, safety: unknown) => {
    const path = `/admin/stock/${item}/${berlin}/channels/${channel}`
    const { status, body } = await admin(world, 'PUT', path, { safety })
    return `${status} ${body.code}`
  }
  for (const safety of [-1, 1.5, '5', 1_000_000_001, null]) {
    assert.equal(await put(stock_item_id, web, safety), '400 invalid_input')
    const { status } = await admin(world, 'PATCH', `/admin/channels/${web}`, { safety })
    assert.equal(status, 400)
  }
  assert.equal(await put(stock_item_id, nobody, 1), '404 not_found')
  assert.equal(await put(nobody, web, 1), '404 not_found')
  assert.deepEqual((await levelOf('SHOWN')).channels, [])
})
