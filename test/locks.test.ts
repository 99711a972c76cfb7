// docs/locks.md is what the sources say: whoever adds a lock or a constraint writes it anew.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { inventory_file, writeInventory } from '../scripts/lock-inventory.ts'

test('the inventory of locks and constraints is up to date: npm run locks', () => {
  assert.equal(readFileSync(inventory_file, 'utf8'), writeInventory())
})
