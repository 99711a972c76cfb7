// The previous version goes on while processes of today's version start beside it, as in a rolling
// upgrade: on one migrated database, with the same providers, both of them serve buyers and work.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openLoad } from '#test/load.ts'
import { assertAtRest, buyers, migrateUnderLoad, orders, today } from './migrate-under-load.ts'
import { findPreviousVersion } from './previous-version.ts'
import { openBrowser, startBeside } from './whole-shop.ts'

const previous = findPreviousVersion()

test("the previous version and today's serve one shop side by side: no request fails", {
  skip: typeof previous === 'string' ? previous : false,
}, async (t) => {
  assert(typeof previous !== 'string')
  const running = await migrateUnderLoad(previous, (text) => t.diagnostic(text))
  const newer = await startBeside(running.older, today, running.settings)
  const browsers = [openBrowser(running.older), openBrowser(newer)]
  const load = openLoad(buyers, (buyer) => browsers[buyer % browsers.length]!.buy())
  await load.more(2 * orders)
  await load.stop()
  for (const { asked } of browsers) assert(asked.length > 0, 'nobody has asked one of them')
  t.diagnostic(`${load.told.length} orders on both, none failed`)
  await assertAtRest(running.db)
})
