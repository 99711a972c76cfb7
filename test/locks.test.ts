// docs/locks.md is what the sources say: whoever adds a lock or a constraint writes it anew.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { inventory_file, locksIn, ruleRow, writeInventory } from '../scripts/lock-inventory.ts'
import { testDatabase } from './database.ts'

const { db } = await testDatabase()

test('the inventory of locks and constraints is up to date: npm run locks', async () => {
  assert.equal(readFileSync(inventory_file, 'utf8'), await writeInventory(db))
})

test('a lock of any kind is seen, and one without a sentence is refused', () => {
  const kinds = [
    'select from cart where id = $1 for update',
    'select from cart order by id for no key update of cart skip locked',
    'select from cart FOR SHARE NOWAIT',
    'select from cart for key share',
    'lock table cart in share row exclusive mode',
    'select pg_advisory_xact_lock(1)',
    'select pg_try_advisory_lock_shared(1)',
  ]
  for (const words of kinds) {
    const bare = `export const take = (tx: Tx) => tx.run\`${words}\`\n`
    assert.equal(locksIn('a.sql.ts', `/** Says why. */\n${bare}`).length, 1, words)
    assert.throws(() => locksIn('a.sql.ts', bare), /the lock in take has no sentence/, words)
  }
})

test('a constraint without a sentence is refused', () => {
  const rule = { kind: 'constraint', of: 'cart', name: 'small', said: 'CHECK (n < 9)' } as const
  assert.throws(() => ruleRow({ ...rule, why: null }), /small of cart has no sentence/)
})
