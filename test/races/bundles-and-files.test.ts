// Bundles that share their parts with what is sold alone, and files that are granted by many
// workers at once, some of which die half-way. Two web servers on one database.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { grantFiles } from '#src/checkout/grant-files.ts'
import type { OrderId } from '#src/lib/ids.ts'
import { sizeOf } from '#test/proof.ts'
import { sellFile } from '#test/sell-file.ts'
import { admin, ask, openWorld, until } from '#test/world.ts'
import {
  assertOnly,
  assertWell,
  calm,
  crowd,
  in_a_crowd,
  openTwin,
  prepareOrder,
  stockOf,
  tally,
} from './crowd.ts'

const stock = 20
const goods = [
  ...['PART', 'OTHER'].map((sku) => ({ sku, price: '10.00', stock })),
  // Enough for everybody: nobody races for songs.
  { sku: 'SONG', price: '10.00', stock: 1_000 },
  { sku: 'COVER', price: '1.00', stock: 1_000 },
]
const world = await openWorld({ goods, worker: false, timings: in_a_crowd })
const twin = await openTwin(world)
const serverOf = (i: number) => (i % 2 === 0 ? world : twin)

const price = (amount: number) => [{ price_list_id: world.frame.eur_list, amount }]
const made = await admin(world, 'POST', '/admin/products', {
  title: 'Gift set',
  handle: 'gift-set',
  state: 'active',
  options: ['Kind'],
  channel_ids: [world.frame.web, world.frame.counter],
  variants: [
    {
      sku: 'SET',
      option_values: ['Both'],
      items: [
        { sku: 'PART', quantity: 2 },
        { sku: 'OTHER', quantity: 1 },
      ],
      prices: price(2_500),
    },
    {
      sku: 'DOZEN',
      option_values: ['Many'],
      items: [{ sku: 'PART', quantity: 12 }],
      prices: price(9_900),
    },
    {
      sku: 'ALBUM',
      option_values: ['Songs'],
      items: [
        { sku: 'SONG', quantity: 2 },
        { sku: 'COVER', quantity: 1 },
      ],
      prices: price(1_900),
    },
  ],
})
assert.equal(made.status, 201, JSON.stringify(made.body))
const variants = await admin(world, 'GET', `/admin/products/${made.body.id}/variants`)
for (const { sku, id } of variants.body.items) world.variants.set(sku, id)

const shown = async (): Promise<Record<string, number>> => {
  const { body } = await ask(world, 'GET', '/store/products/gift-set')
  const all: { sku: string; available_quantity: number }[] = body.variants
  return Object.fromEntries(all.map((one) => [one.sku, one.available_quantity]))
}

test('a bundle is there as often as its scarcest part, and says what it is made of', async () => {
  assert.deepEqual(await shown(), { SET: 10, DOZEN: 1, ALBUM: 500 })
  const { body } = await ask(world, 'GET', '/store/products/gift-set')
  assert.deepEqual(
    body.variants.map(({ components }: { components: { sku: string; quantity: number }[] }) =>
      components.map(({ sku, quantity }) => [sku, quantity]),
    ),
    [
      [
        ['OTHER', 1],
        ['PART', 2],
      ],
      [['PART', 12]],
      [
        ['COVER', 1],
        ['SONG', 2],
      ],
    ],
  )
})

test('two lines on one part never take more of it than there is', async () => {
  // Each order takes 2 in the bundle and 1 alone: of 20 there are 6 orders and 2 left.
  const buy = await prepareOrder(world, [
    ['SET', 1],
    ['PART', 1],
  ])
  const answers = await crowd(sizeOf('BUNDLE_BUYERS', 40), (i) => buy(serverOf(i)))
  assertOnly(answers, ['201', '409 out_of_stock'])
  assert.equal(tally(answers)['201'], 6)
  assert.deepEqual(await stockOf(world, 'PART'), { on_hand: stock, held: 18 })
  assert.deepEqual(await stockOf(world, 'OTHER'), { on_hand: stock, held: 6 })
  assert.deepEqual(await shown(), { SET: 1, DOZEN: 0, ALBUM: 500 })
  const greedy = await prepareOrder(world, [
    ['SET', 1],
    ['PART', 1],
  ])
  assert.equal((await greedy(world)).status, 409)
  const last = await prepareOrder(world, [['SET', 1]])
  assert.equal((await last(twin)).status, 201)
  assert.deepEqual(await stockOf(world, 'PART'), { on_hand: stock, held: 20 })
  await assertWell(world)
})

/** Connections of the shop write only where a transaction says so. */
const change = (statement: string) => world.db.query(`begin read write; ${statement}; commit`)

type Basket = Parameters<typeof prepareOrder>[1]

/** Orders whose files ten grant at once; half of them die with what they have written. */
async function grantAmidDeaths(basket: Basket): Promise<OrderId[]> {
  const orders = sizeOf('FILE_ORDERS', 6)
  const buy = await prepareOrder(world, basket, { provider: 'manual' })
  const bought = await crowd(orders, (i) => buy(serverOf(i)))
  assertOnly(bought, ['201'])
  const ids = bought.map(({ body }) => body.order.id as OrderId)
  await change(`
    create function die_half_way() returns trigger language plpgsql as $$
    begin
      if random() < 0.5 then raise exception 'the worker died'; end if;
      return null;
    end $$;
    create trigger die after insert on entitlement
      for each statement execute function die_half_way()`)
  const tries = await crowd(10 * orders, (i) =>
    grantFiles(serverOf(i).db, ids[i % orders]!, new Date()).then(
      () => 'done',
      () => 'died',
    ),
  )
  assert(tries.includes('died') && tries.includes('done'), tries.join())
  await change('drop trigger die on entitlement; drop function die_half_way()')
  return ids
}

/** How many rights each of the orders has, and for how many copies. */
const rightsOf = async (ids: readonly OrderId[]) => {
  const { rows } = await world.db.query<{ rights: number; copies: number }>(
    `select count(*)::int as rights, count(distinct (order_line_id, unit, file_id))::int as copies
     from entitlement where order_id = any($1)`,
    [ids],
  )
  return rows[0]!
}

test('files granted by ten at once, of whom half die: one right per paid unit', async () => {
  await sellFile(world, ['SONG'])
  const songs = await grantAmidDeaths([['SONG', 3]])
  // Of each album two copies of the song and a cover, which brings none.
  const albums = await grantAmidDeaths([['ALBUM', 2]])
  const mixed = await grantAmidDeaths([
    ['SONG', 1],
    ['ALBUM', 1],
  ])
  await world.startWorker()
  for (const [ids, copies] of [
    [songs, 3],
    [albums, 4],
    [mixed, 3],
  ] as const) {
    const wanted = copies * ids.length
    await until('all files', async () => (await rightsOf(ids)).rights >= wanted)
    await calm(world)
    assert.deepEqual(await rightsOf(ids), { rights: wanted, copies: wanted })
  }
  await assertWell(world)
})
