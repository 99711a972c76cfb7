// All processes of PostgreSQL are killed with -9 under load, and it is started again on the same
// data. The shop's own processes are left alone.
import assert from 'node:assert/strict'
import path from 'node:path'
import { test } from 'node:test'
import { openLoad } from '#test/load.ts'
import { sizeOf, tellProof } from '#test/proof.ts'
import { openOwnServer } from './own-server.ts'
import { buyers, openShop } from './shop.ts'

const kills = sizeOf('OUTAGE_KILLS', 1)
/** So many are sold before each kill, and after the last one. */
const orders = sizeOf('OUTAGE_ORDERS', 12)

const server = await openOwnServer()
const shop = await openShop({ database: server.database })

test('PostgreSQL is killed with -9 under load and started again: nothing told is lost', async (t) => {
  // The server is away for a moment only: somebody must be buying in it.
  const load = openLoad(buyers, shop.buy, 0)
  let killed_at = 0
  for (let kill = 0; kill < kills; kill++) {
    await load.more(orders)
    const times = await server.kill()
    killed_at = times.killed_at
    await load.more(orders)
    // An answer may have been under way when it was killed.
    const next = load.told.find(({ at }) => at > times.back_at)!
    t.diagnostic(`sells again ${Math.round(next.at - killed_at)} ms after the kill`)
  }
  await load.stop()
  await shop.rest()
  tellProof({
    about: 'crash',
    file: path.basename(import.meta.filename),
    point: 'PostgreSQL, kill -9 and restart',
    hits: kills,
    healed_ms: performance.now() - killed_at,
  })
  t.diagnostic(JSON.stringify({ told: shop.told.size, answers: shop.answers() }))
  assert(shop.answers()['503 database_unavailable']! > 0, 'nobody has felt it')
  await shop.assertNothingLost()
})
