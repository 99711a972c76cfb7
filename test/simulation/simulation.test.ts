// A shop in which everything happens at once, against a model of its money and stock. SIM_SEED
// names the dice and SIM_ORDERS the length; a failure prints the seed.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { is_fleet_wanted } from '#test/fleet.ts'
import { sizeOf } from '#test/proof.ts'
import { few_orders, simulate } from './simulate.ts'

const seed = sizeOf('SIM_SEED', 20_260_101)
const orders = sizeOf('SIM_ORDERS', 70)
const shoppers = sizeOf('SIM_SHOPPERS', 24)

test(`the shop and the model agree after every burst (seed ${seed})`, async (t) => {
  const tally = await simulate(seed, { orders, shoppers })
  t.diagnostic(JSON.stringify(Object.fromEntries([...tally].sort())))
  // A day on which nothing happened proves nothing.
  const wanted = [
    'placed at rest',
    'declined',
    'canceled',
    'canceled in part',
    'refunded',
    'expired',
    'waiting at rest',
    'shipped',
    'adjusted',
    'asked to approve',
    'late money',
    'repeated',
    'out_of_stock',
    'mail spoiled',
    'refused for a while',
    'refunded by one of two',
    ...(is_fleet_wanted ? ['killed web', 'killed worker', 'cut'] : []),
    // It is left alone where the promises are asked in every burst.
    ...(is_fleet_wanted && orders > few_orders ? ['killed PostgreSQL'] : []),
  ]
  const missing = wanted.filter((what) => !tally.has(what))
  assert.deepEqual(missing, [], `seed ${seed}`)
})
