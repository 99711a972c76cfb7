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

test('a cart speaks the language of its buyer, as pages of goods do, on every server', async () => {
  const made = await admin(world, 'POST', '/admin/products', {
    title: 'Shirt',
    handle: 'shirt',
    state: 'active',
    channel_ids: [world.frame.web],
    options: ['Colour', 'Size'],
    variants: [
      {
        sku: 'SHIRT',
        option_values: ['Blue', 'M'],
        prices: [{ price_list_id: world.frame.eur_list, amount: 2_000 }],
      },
    ],
  })
  assert.equal(made.status, 201, JSON.stringify(made.body))
  const path = `/admin/translations/product/${made.body.id}`
  const say = async (locale: string, texts: object) => {
    const put = await admin(world, 'PUT', `${path}/${locale}`, texts)
    assert.equal(put.status, 200, JSON.stringify(put.body))
  }
  await say('fr', { title: 'Chemise', values: { Blue: 'Bleu' } })
  const { body: offer } = await ask(world, 'GET', '/store/products/shirt')
  const filled = await ask(world, 'POST', '/store/carts', {
    body: { lines: [{ variant_id: offer.variants[0].id, quantity: 1 }] },
    language: 'fr',
  })
  const { token, cart } = filled.body
  const shown = ({ lines: [line] }: { lines: { title: string; variant_title: string }[] }) =>
    `${line!.title}, ${line!.variant_title}`
  assert.equal(shown(cart), 'Chemise, Bleu / M')
  const everywhere = async (language: string) => {
    for (const server of [world, twin]) {
      const read = await ask(server, 'GET', `/store/carts/${cart.id}`, { token, language })
      const page = await ask(server, 'GET', '/store/products/shirt', { language })
      assert.equal(
        shown(read.body),
        `${page.body.title}, ${page.body.variants[0].title}`,
        `${language} on ${server.url}`,
      )
    }
    return shown((await ask(twin, 'GET', `/store/carts/${cart.id}`, { token, language })).body)
  }
  assert.equal(await everywhere('fr-CA, en'), 'Chemise, Bleu / M')
  assert.equal(await everywhere('sv'), 'Shirt, Blue / M')
  await say('sv', { title: 'Skjorta' })
  assert.equal(await everywhere('sv'), 'Skjorta, Blue / M')
  assert.equal((await admin(world, 'DELETE', `${path}/sv`)).status, 204)
  assert.equal(await everywhere('sv'), 'Shirt, Blue / M')
})
