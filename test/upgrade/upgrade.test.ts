// The database of a shop that has grown is brought up to date while a version of long ago serves
// buyers on it, also while somebody reads from all tables for long. No request fails or is held up,
// that version goes on with the newer tables, and today's version after it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertAtRest, migrateUnderLoad, today } from './migrate-under-load.ts'
import { findOldestVersion } from './previous-version.ts'
import { openBrowser, startWholeShop } from './whole-shop.ts'

const oldest = findOldestVersion()
// In `npm test` the previous version stands for it: see beside.test.ts.
const is_proof = process.env['UPGRADE_ORDERS'] !== undefined

test("today's migrations while an older version serves: no request fails or is held up", {
  skip: typeof oldest === 'string' ? oldest : !is_proof && 'npm run prove does it',
}, async (t) => {
  assert(typeof oldest !== 'string')
  const { db, settings, older } = await migrateUnderLoad(oldest, (text) => t.diagnostic(text))
  await older.stop()
  await openBrowser(await startWholeShop(today, settings)).buy()
  await assertAtRest(db)
})
