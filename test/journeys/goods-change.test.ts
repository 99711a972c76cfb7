// Goods that carts have asked for are kept in memory: what staff change is seen by the next
// request, on every server.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openTwin } from '#test/races/crowd.ts'
import { admin, ask, complete, fillCart, openWorld } from '#test/world.ts'

const world = await openWorld({ worker: false })
const twin = await openTwin(world)

test('what is no longer sold is not ordered, though every server knew it a moment ago', async () => {
  const cart = await fillCart(world, [['MUG-BLUE', 1]])
  const seen = async (server: typeof world) => {
    const { body } = await ask(server, 'GET', `/store/carts/${cart.id}`, { token: cart.token })
    return body.missing.map(({ code }: { code: string }) => code)
  }
  for (const server of [world, twin]) assert.deepEqual(await seen(server), [])
  const { body } = await admin(world, 'GET', '/admin/products?limit=100')
  const { id } = body.items.find(({ handle }: { handle: string }) => handle === 'mug-blue')
  const path = `/admin/products/${id}/publications/${world.frame.web}`
  assert.equal((await admin(world, 'DELETE', path)).status, 200)
  for (const server of [world, twin]) {
    assert.notDeepEqual(await seen(server), [])
    const refused = await complete(server, cart)
    assert.deepEqual([refused.status, refused.body.code], [409, 'cart_is_incomplete'])
  }
  assert.equal((await admin(world, 'PUT', path, {})).status, 200)
  for (const server of [world, twin]) assert.deepEqual(await seen(server), [])
  assert.equal((await complete(twin, cart)).status, 201)
})
