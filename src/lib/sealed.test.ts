import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seal, unseal } from './sealed.ts'
import { Secret } from './secret.ts'

const sealing = { key: new Secret('k'.repeat(32)), purpose: 'a test', about: 'ada' }
const content = Buffer.from('what nobody else may read')

test('what was sealed opens for the same key, purpose and person, and is never the same twice', () => {
  const [once, twice] = [seal(content, sealing), seal(content, sealing)]
  assert(!once.equals(twice))
  assert(!once.includes(content))
  for (const sealed of [once, twice]) assert.deepEqual(unseal(sealed, sealing), content)
  assert.deepEqual(unseal(seal(Buffer.alloc(0), sealing), sealing), Buffer.alloc(0))
})

test('nothing opens with another key, for another purpose or person, or after a change', () => {
  const sealed = seal(content, sealing)
  assert.equal(unseal(sealed, { ...sealing, key: new Secret('l'.repeat(32)) }), null)
  assert.equal(unseal(sealed, { ...sealing, purpose: 'another' }), null)
  assert.equal(unseal(sealed, { ...sealing, about: 'eve' }), null)
  for (let at = 0; at < sealed.length; at++) {
    const changed = Buffer.from(sealed)
    changed[at]! ^= 1
    assert.equal(unseal(changed, sealing), null, `byte ${at}`)
  }
  for (const length of [0, 11, 27, sealed.length - 1]) {
    assert.equal(unseal(sealed.subarray(0, length), sealing), null)
  }
})
