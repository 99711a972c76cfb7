// The attack of a disk that is full and gets room again, whatever it is that fills it.
import assert from 'node:assert/strict'
import { openLoad } from '#test/load.ts'
import { sizeOf, tellProof } from '#test/proof.ts'
import { admin, ask, fillCart, until } from '#test/world.ts'
import { buyers, type Shop } from './shop.ts'

const orders = sizeOf('OUTAGE_ORDERS', 12)
const refusals_min = 4 * buyers
const patience_ms = 60_000

export type Disk = {
  readonly file: string
  /** What the report calls it. */
  readonly point: string
  fill(): Promise<void>
  free(): Promise<void>
}

const refusalsOf = (shop: Shop): number => shop.answers()['503 database_full'] ?? 0

/** What somebody is told who asks for something to be stored. */
async function assertProblem(shop: Shop): Promise<void> {
  const refused = await until(
    'a refusal',
    async () => {
      const body = { email: refused_email }
      const answer = await ask(shop.world, 'POST', '/store/carts', { body })
      return answer.status !== 201 && answer
    },
    patience_ms,
  )
  const { request_id, ...problem } = refused.body
  assert.equal(typeof request_id, 'string')
  assert.deepEqual(problem, {
    type: '/problems/database_full',
    title: 'The database has no room for more now. Send the same again.',
    status: 503,
    code: 'database_full',
  })
}
const refused_email = 'refused@example.com'

export async function attackByFullDisk(
  shop: Shop,
  disk: Disk,
  tell: (text: string) => void,
): Promise<void> {
  const { world } = shop
  const cart = await fillCart(world, [['MUG', 1]])
  const full = await Promise.all(Array.from({ length: buyers }, (_, buyer) => shop.fill(buyer)))
  const load = openLoad(buyers, shop.buy)
  await load.more(orders)
  // A buyer who is told of our fault is heard at once.
  await Promise.race([disk.fill(), load.more(Number.MAX_SAFE_INTEGER)])
  await assertProblem(shop)
  // Buyers meet it at every step, many of them while they fill carts; these come with full ones.
  const waiting = Promise.all(full.map((one, buyer) => shop.order(buyer, one)))
  waiting.catch(() => {})
  const felt = until('refusals', async () => refusalsOf(shop) >= refusals_min, patience_ms)
  await Promise.race([felt, load.more(Number.MAX_SAFE_INTEGER)])
  // What is there can still be read.
  for (const web of shop.webs) {
    const read = await ask(web, 'GET', `/store/carts/${cart.id}`, { token: cart.token })
    assert.equal(read.status, 200)
    assert.equal((await admin(web, 'GET', '/admin/orders')).status, 200)
  }
  await disk.free()
  const freed_at = performance.now()
  await waiting
  await load.more(orders)
  await load.stop()
  await shop.rest()
  const healed_ms = performance.now() - freed_at
  tellProof({ about: 'crash', file: disk.file, point: disk.point, hits: 1, healed_ms })
  tell(JSON.stringify({ told: shop.told.size, answers: shop.answers() }))
  await shop.assertNothingLost()
}
