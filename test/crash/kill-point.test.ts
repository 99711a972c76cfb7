// A place that is somewhere else than its name says proves nothing of that place.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { given, isMet } from './kill-point.ts'

const outcome = 'update payment_attempt set state'
const moved = {
  text: `${outcome} = row.state, captured = row.captured where state <> 'canceled'`,
  values: ['{"declined","captured"}', '{0,10}', new Date(0)],
}
const told = { text: 'insert into provider_event (provider)', values: ['stripe'] }

test('a place is met by the values of its own statement, not by words of texts', () => {
  assert(isMet([outcome], [told, moved]))
  assert(isMet([outcome, given('captured')], [told, moved]))
  assert(isMet(['insert into provider_event', given('stripe'), outcome], [told, moved]))
  assert(!isMet([outcome, given('canceled')], [told, moved]), 'in a text only')
  assert(!isMet([outcome, given('row.captured')], [told, moved]), 'in a text only')
  assert(!isMet([outcome, given('stripe')], [told, moved]), 'given to another statement')
  assert(!isMet([outcome, given('capture')], [told, moved]), 'a part of a value')
  assert(!isMet(['insert into provider_event', outcome], [told]), 'one of two statements')
})

test('a request is met by all parts of its method and path', () => {
  const request = [{ text: 'POST /v1/payment_intents/pi_1/cancel', values: [] }]
  assert(isMet(['POST /v1/', '/cancel'], request))
  assert(!isMet(['POST /v1/', '/capture'], request))
})
