import assert from 'node:assert/strict'
import { test } from 'node:test'
import { discountOf } from './ordered-lines.ts'

test('what was taken off some units is not taken off further ones', () => {
  const line = { discount: 200n, quantity: 4 } as Parameters<typeof discountOf>[0]
  assert.deepEqual(
    [0, 1, 2, 4, 5, 40].map((units) => discountOf(line, units)),
    [0n, 50n, 100n, 200n, 200n, 200n],
  )
})
