import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { newId } from './ids.ts'
import { Secret } from './secret.ts'
import { readToken, signToken } from './tokens.ts'

const secret = new Secret('one secret')
const id = newId<string & {}>()
const now = new Date('2026-01-01T00:00:00Z')
const later = new Date('2026-01-02T00:00:00Z')

test('a token proves its id', () => {
  assert.equal(readToken(secret, 'cart', signToken(secret, 'cart', id), now), id)
  assert.equal(readToken(secret, 'order', signToken(secret, 'order', id, later), now), id)
})

test('another kind, another key or a moment too late prove nothing', () => {
  const token = signToken(secret, 'order', id, later)
  assert.equal(readToken(secret, 'cart', token, now), null)
  assert.equal(readToken(new Secret('other'), 'order', token, now), null)
  assert.equal(readToken(secret, 'order', token, later), null)
})

test('any change to a token spoils it', () => {
  const token = signToken(secret, 'cart', id, later)
  fc.assert(
    fc.property(fc.nat(token.length - 1), fc.constantFrom(...'abcxyz019.-_'), (at, letter) => {
      const other = token.slice(0, at) + letter + token.slice(at + 1)
      // The last letter of base64url holds two bits that are not used: it must match as well.
      if (other !== token) assert.equal(readToken(secret, 'cart', other, now), null)
    }),
  )
  fc.assert(fc.property(fc.string(), (text) => readToken(secret, 'cart', text, now) === null))
})
