// A rule of a shop's own that fails is told by its name.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Refusal, refuse } from '#src/lib/refusal.ts'
import { type CheckoutFacts, type CheckoutRule, checkByRules } from './checkout-rules.ts'

const throwing = (error: unknown) => () => {
  throw error
}

test('a rule of checkout that fails is told by its name, and may refuse', () => {
  const facts = {} as CheckoutFacts
  const checked = (check: () => unknown) =>
    checkByRules({ checkout: [{ name: 'no pallets', check } as CheckoutRule], data: null }, facts)
  const one = { field: 'lines', code: 'too_heavy', message: 'Too heavy.' }
  assert.deepEqual(
    checked(() => [one]),
    [one],
  )
  assert.throws(
    () => checked(throwing(new TypeError('a bug'))),
    /^RuleError: The checkout rule "no pallets" has failed\.$/,
  )
  assert.throws(() => checked(async () => []), /"no pallets" gives no list/)
  assert.throws(() => checked(throwing(refuse('refused_by_shop'))), Refusal)
})
