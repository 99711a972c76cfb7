// Providers tell more than anybody needs: only what is about money or a dispute is taken in.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { snapshot } from '#src/db/transaction.ts'
import { readHeard } from '#test/books.sql.ts'
import { assertPromises, complete, fillCart, openWorld, until } from '#test/world.ts'

const world = await openWorld({ worker: false })

test('of three events of a payment the two that tell nothing leave no trace', async () => {
  const done = await complete(world, await fillCart(world, [['MUG-BLUE', 1]]))
  assert.equal(done.status, 201, JSON.stringify(done.body))
  // Each event is tried again until it is answered with success, so these all were.
  await world.simulators.stripe.settled()
  const heard = await until('the payment told', async () => {
    const found = await snapshot(world.db, readHeard)
    return found.length > 0 && found
  })
  assert.deepEqual(heard, [{ about: 'payment', times: 1 }])
  await assertPromises(world)
})
