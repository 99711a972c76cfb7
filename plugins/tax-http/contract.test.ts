import assert from 'node:assert/strict'
import { test } from 'node:test'
import { send } from '#src/lib/http-client.ts'
import { Secret } from '#src/lib/secret.ts'
import { a_tax_question, testTaxSource } from '#src/ports/tax-source.contract.ts'
import { httpTaxes, tax_http_settings } from './http.ts'
import { startTaxHttpSimulator } from './simulator.ts'

const key = 'engine-key-of-tests'

const startSimulator = () =>
  startTaxHttpSimulator({ port: 0, webhook_url: null, state_file: null, key })

testTaxSource(
  'HTTP engine',
  async () => {
    const simulator = await startSimulator()
    const config = { key: new Secret(key), api_base: simulator.url }
    return {
      source: httpTaxes(config, send),
      stranger: httpTaxes({ ...config, key: new Secret('another-key') }, send),
      trouble: (what) => {
        if (what === 'slow') simulator.faults.latency_ms = 3_000
        if (what === 'lost') simulator.faults.lose_answers = 1
        if (what === 'down') simulator.faults.refuse = 1
        if (what === 'nonsense')
          simulator.say({ lines: [{ line: 'one', taxes: [{ amount: 1.5 }] }] })
      },
      close: () => simulator.close(),
    }
  },
  {},
)

test('the engine answers for the day that it is asked about', async () => {
  const simulator = await startSimulator()
  try {
    const source = httpTaxes({ key: new Secret(key), api_base: simulator.url }, send)
    const ppms: number[] = []
    for (const date of ['2020-06-30', '2020-07-01', '2020-12-31', '2021-01-01']) {
      const to = { ...a_tax_question.to, country: 'DE', region: null }
      const answer = await source.quote({ ...a_tax_question, date, to }, 5_000)
      assert(answer.kind === 'answer' && answer.reference?.endsWith(date))
      ppms.push(answer.lines[0]!.taxes[0]!.rate_ppm)
    }
    assert.deepEqual(ppms, [190_000, 160_000, 160_000, 190_000])
  } finally {
    await simulator.close()
  }
})

test('its settings refuse what cannot work', () => {
  const [engine_key, base] = tax_http_settings
  assert.equal(engine_key!.check('long-enough'), null)
  assert(engine_key!.check('short'))
  assert.equal(base!.check('https://taxes.example'), null)
  assert(base!.check('http://taxes.example'))
})
