import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cutAtHoles, fillFlags, fillHoles, makeFlagPage } from './holes.ts'

const parts = cutAtHoles(['{"é":', null, ',"b":', null, ',', '"c":1}'])

test('holes are filled in their order', () => {
  assert.deepEqual(parts, ['{"é":', ',"b":', ',"c":1}'])
  assert.deepEqual(JSON.parse(fillHoles(parts, ['1', '[2]'])), { é: 1, b: [2], c: 1 })
})

test('a page is filled again and again, and what was given out stays', () => {
  const page = makeFlagPage(parts)
  const read = (bytes: Uint8Array): unknown => JSON.parse(new TextDecoder().decode(bytes))
  const first = fillFlags(page, [])
  assert.equal(fillFlags(page, []), first)
  assert.deepEqual(read(fillFlags(page, [0])), { é: false, b: true, c: 1 })
  assert.deepEqual(read(fillFlags(page, [1])), { é: true, b: false, c: 1 })
  assert.deepEqual(read(fillFlags(page, [0, 1])), { é: false, b: false, c: 1 })
  assert.deepEqual(read(fillFlags(page, [])), { é: true, b: true, c: 1 })
  assert.deepEqual(read(first), { é: true, b: true, c: 1 })
})
