// The simulator on the wire, as any client of Stripe would see it.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { type StripeSimulator, startStripeSimulator } from './simulator.ts'

type Answer = {
  readonly status: number
  readonly headers: Headers
  readonly body: Record<string, unknown>
}
const secret_key = 'sk_test_51OnhandTestKey'
let simulator: StripeSimulator

async function ask(
  method: string,
  path: string,
  fields: Record<string, string> = {},
  { key = secret_key, idempotency_key = '' } = {},
): Promise<Answer> {
  const form = new URLSearchParams(fields)
  const query = method === 'GET' && form.size > 0 ? `?${form}` : ''
  const answer = await fetch(`${simulator.url}${path}${query}`, {
    method,
    headers: {
      authorization: `Bearer ${key}`,
      ...(idempotency_key ? { 'idempotency-key': idempotency_key } : {}),
    },
    body: method === 'GET' ? null : form,
  })
  const body = (await answer.json()) as Record<string, unknown>
  return { status: answer.status, headers: answer.headers, body }
}
const errorOf = ({ body }: Answer) => body['error'] as Record<string, unknown>
const good = {
  amount: '1099',
  currency: 'eur',
  payment_method: 'pm_card_visa',
  confirm: 'true',
  return_url: 'http://127.0.0.1/return',
}
const create = (fields: Record<string, string> = {}, idempotency_key = ''): Promise<Answer> =>
  ask('POST', '/v1/payment_intents', { ...good, ...fields }, { idempotency_key })

describe('the simulated Stripe', () => {
  before(async () => {
    simulator = await startStripeSimulator({
      port: 0,
      webhook_url: null,
      state_file: null,
      secret_key,
      publishable_key: 'pk_test_51OnhandTestKey',
      webhook_secret: 'whsec_onhandTestSecret',
      work_ms: 20,
    })
  })
  after(() => simulator.close())

  test('asks for a key, and lets a browser do only what a browser may', async () => {
    assert.equal((await create()).status, 200)
    const wrong = await ask('GET', '/v1/payment_intents', {}, { key: 'sk_test_other' })
    assert.equal(wrong.status, 401)
    assert(!JSON.stringify(wrong.body).includes('sk_test_other'))
    const browser = { key: 'pk_test_51OnhandTestKey' }
    assert.equal((await ask('GET', '/v1/payment_intents', {}, browser)).status, 403)
    const { body } = await create({ confirm: 'false' })
    const path = `/v1/payment_intents/${body['id']}`
    assert.equal((await ask('GET', path, {}, browser)).status, 404)
    const { client_secret } = body as { client_secret: string }
    assert.equal((await ask('GET', path, { client_secret }, browser)).status, 200)
    assert.match((await ask('GET', path)).headers.get('request-id') ?? '', /^req_/)
  })

  test('plays an answer back under its key, declines too', async () => {
    const first = await create({}, 'key-1')
    const second = await create({}, 'key-1')
    assert.deepEqual(second.body, first.body)
    assert.equal(first.headers.get('idempotent-replayed'), null)
    assert.equal(second.headers.get('idempotent-replayed'), 'true')
    const declined = { payment_method: 'pm_card_visa_chargeDeclined' }
    const no = await create(declined, 'key-2')
    assert.equal(no.status, 402)
    assert.deepEqual((await create(declined, 'key-2')).body, no.body)
  })

  test('refuses other parameters under a key, and a second request beside the first', async () => {
    await create({}, 'key-3')
    const other = await create({ amount: '2000' }, 'key-3')
    assert.equal(other.status, 400)
    assert.equal(errorOf(other)['type'], 'idempotency_error')
    const both = await Promise.all([create({}, 'key-4'), create({}, 'key-4')])
    assert.deepEqual(both.map(({ status }) => status).sort(), [200, 409])
    const busy = both.find(({ status }) => status === 409)!
    assert.equal(errorOf(busy)['code'], 'idempotency_key_in_use')
  })

  test('keeps nothing under a key when the request was not valid', async () => {
    assert.equal((await create({ amount: 'much' }, 'key-5')).status, 400)
    assert.equal((await create({}, 'key-5')).status, 200)
  })

  test('names the key of a request in the events that it caused', async () => {
    const { body } = await create({}, 'key-6')
    await ask('POST', '/v1/refunds', { payment_intent: String(body['id']) })
    const { data } = (await ask('GET', '/v1/events', { limit: '20' })).body
    const told = data as { type: string; request: { idempotency_key: string | null } }[]
    const keyOf = (type: string) => told.find((row) => row.type === type)?.request.idempotency_key
    assert.equal(keyOf('payment_intent.succeeded'), 'key-6')
    assert.equal(keyOf('refund.created'), null)
  })

  test('checks what it is sent', async () => {
    const bad: [Record<string, string>, string | undefined][] = [
      [{ amount: '10.99' }, 'parameter_invalid_integer'],
      [{ amount: '0' }, 'parameter_invalid_integer'],
      [{ amount: '' }, 'parameter_missing'],
      [{ amount: '49' }, 'amount_too_small'],
      [{ amount: '100000000' }, 'amount_too_large'],
      [{ currency: 'EUR' }, undefined],
      [{ currency: 'kwd', amount: '10991' }, undefined],
      [{ currency: 'isk', amount: '10990' }, undefined],
      [{ colour: 'red' }, 'parameter_unknown'],
      [{ payment_method: 'pm_nobody' }, 'resource_missing'],
      [{ return_url: '' }, undefined],
      [{ capture_method: 'sometimes' }, undefined],
      [{ 'metadata[k]': 'x'.repeat(501) }, undefined],
      [{ 'expand[0]': 'moon' }, undefined],
    ]
    const made = [...simulator.account.intents.values()].length
    for (const [fields, code] of bad) {
      const answer = await create(fields)
      assert.equal(answer.status, 400, JSON.stringify(fields))
      assert.equal(errorOf(answer)['type'], 'invalid_request_error')
      assert.equal(errorOf(answer)['code'], code, JSON.stringify(fields))
    }
    assert.equal([...simulator.account.intents.values()].length, made)
    assert.equal((await ask('GET', '/v1/payment_intents/pi_none')).status, 404)
    assert.equal((await ask('GET', '/v1/moon')).status, 404)
  })

  test('expands what is asked for, and filters and pages its lists', async () => {
    const made = await create({ 'expand[0]': 'latest_charge.balance_transaction' })
    const charge = made.body['latest_charge'] as Record<string, Record<string, unknown>>
    assert.equal(charge['balance_transaction']!['amount'], 1099)
    const first = await ask('GET', '/v1/payment_intents', { limit: '2' })
    const rows = first.body['data'] as { id: string; created: number }[]
    assert.equal(rows[0]!.id, made.body['id'])
    assert.equal(first.body['has_more'], true)
    const next = await ask('GET', '/v1/payment_intents', {
      limit: '2',
      starting_after: rows[1]!.id,
    })
    const ids = (next.body['data'] as { id: string }[]).map(({ id }) => id)
    assert(ids.length === 2 && !ids.includes(rows[1]!.id))
    const none = await ask('GET', '/v1/payment_intents', {
      'created[gt]': String(rows[0]!.created + 60),
    })
    assert.deepEqual(none.body['data'], [])
  })

  test('the bank’s page fails or approves a challenge once', async () => {
    const { body } = await create({ payment_method: 'pm_card_authenticationRequired' })
    assert.equal(body['status'], 'requires_action')
    const { url } = (body['next_action'] as { redirect_to_url: { url: string } }).redirect_to_url
    assert.match(await (await fetch(url)).text(), /Approve this payment/)
    const press = (outcome: string) =>
      fetch(url, { method: 'POST', body: new URLSearchParams({ outcome }), redirect: 'manual' })
    const back = await press('fail')
    assert.match(back.headers.get('location') ?? '', /redirect_status=failed/)
    const read = await ask('GET', `/v1/payment_intents/${body['id']}`)
    assert.equal(read.body['status'], 'requires_payment_method')
    assert.equal((await press('approve')).status, 400)
  })

  test('a card number is used and not kept', async () => {
    const card = { type: 'card', 'card[number]': '4000 0000 0000 9995' }
    const key = { key: 'pk_test_51OnhandTestKey' }
    const method = await ask('POST', '/v1/payment_methods', card, key)
    assert(!JSON.stringify([...simulator.account.methods.values()]).includes('4000000000009995'))
    const declined = await create({ payment_method: String(method.body['id']) })
    assert.equal(errorOf(declined)['decline_code'], 'insufficient_funds')
    const wrong = { type: 'card', 'card[number]': '4242424242424241' }
    const refused = await ask('POST', '/v1/payment_methods', wrong, key)
    assert.equal(errorOf(refused)['code'], 'incorrect_number')
  })

  test('its objects have only fields that Stripe has', async () => {
    const file = join(import.meta.dirname, 'recorded/object-fields.json')
    const { fields: known } = JSON.parse(readFileSync(file, 'utf8'))
    const { body } = await create({ 'expand[0]': 'latest_charge.balance_transaction' })
    const charge = body['latest_charge'] as Record<string, object>
    const fields = { payment_intent: String(body['id']) }
    const refund = await ask('POST', '/v1/refunds', fields)
    const events = await ask('GET', '/v1/events', { limit: '1' })
    const made: Record<string, object> = {
      payment_intent: body,
      charge,
      balance_transaction: charge['balance_transaction']!,
      refund: refund.body,
      event: (events.body['data'] as object[])[0]!,
    }
    for (const [name, object] of Object.entries(made)) {
      const theirs: string[] = known[name]
      assert.deepEqual(
        Object.keys(object).filter((field) => !theirs.includes(field)),
        [],
        name,
      )
    }
  })
})
