// What every tax engine plug-in must keep, asked of the real adapter against its simulator. A
// source that cannot do a case lists it by name, with the reason.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readCurrency } from '#src/lib/currency.ts'
import { toJson } from '#src/lib/json.ts'
import { whileInTransaction } from '#src/lib/transaction-guard.ts'
import {
  answerProblem,
  type TaxAnswer,
  type TaxOutcome,
  type TaxQuestion,
  type TaxSource,
} from './tax-source.ts'

export type TaxBench = {
  readonly source: TaxSource
  /** With a key that the engine does not know. */
  readonly stranger: TaxSource
  /** Answers come only after so long, or are lost, or are those of a server that is down. */
  readonly trouble: (what: 'slow' | 'lost' | 'down' | 'nonsense') => void
  close(): Promise<void>
}

const address = { line1: '1 Main Street', line2: null, city: 'New York', region: 'NY' }
const line = { sku: 'MUG', quantity: 2, tax_category: 'standard', hs_code: null, taxable: true }
/** For a case of an engine's own as well. */
export const a_tax_question: TaxQuestion = {
  date: '2026-06-01',
  currency: readCurrency('USD'),
  from: { ...address, postal_code: '10001', country: 'US' },
  to: { ...address, postal_code: '10001', country: 'US' },
  tax_id: null,
  lines: [
    { ...line, line: 'one', amount: 10_000n, includes_tax: false },
    { ...line, line: 'two', amount: 10_888n, includes_tax: true },
    { ...line, line: 'three', amount: 5_000n, includes_tax: false, taxable: false },
  ],
  shipping: { amount: 1_000n, includes_tax: false, tax_category: 'standard' },
}
const timeout_ms = 5_000

const answerOf = (outcome: TaxOutcome): TaxAnswer => {
  assert.equal(outcome.kind, 'answer', toJson(outcome))
  return outcome as TaxAnswer
}

type Case = (bench: TaxBench) => Promise<void>
const cases: Readonly<Record<string, Case>> = {
  'an answer for each line and for shipping, that can be charged': async ({ source }) => {
    const answer = answerOf(await source.quote(a_tax_question, timeout_ms))
    assert.equal(answerProblem(a_tax_question, answer), null)
    assert.deepEqual(
      answer.lines.map((one) => one.line),
      ['one', 'two', 'three'],
    )
    const added = answer.lines[0]!.taxes.reduce((sum, { amount }) => sum + amount, 0n)
    assert(added > 0n, 'New York has a sales tax')
    assert(answer.lines[0]!.taxes.length > 1, 'its components come one by one')
    assert.deepEqual(answer.lines[2]!.taxes, [])
  },

  'a price that includes tax contains it': async ({ source }) => {
    const answer = answerOf(await source.quote(a_tax_question, timeout_ms))
    const contained = answer.lines[1]!.taxes.reduce((sum, { amount }) => sum + amount, 0n)
    assert(contained > 0n && contained < 1_000n, String(contained))
  },

  'the same question has the same answer': async ({ source }) => {
    const [first, second] = [
      await source.quote(a_tax_question, timeout_ms),
      await source.quote(a_tax_question, timeout_ms),
    ]
    assert.deepEqual(first, second)
  },

  'a place it does not know is refused, with a code': async ({ source }) => {
    const to = { ...a_tax_question.to, country: 'AQ', region: null }
    const outcome = await source.quote({ ...a_tax_question, to }, timeout_ms)
    assert.equal(outcome.kind, 'refused')
    assert(outcome.kind === 'refused' && outcome.code !== '' && outcome.message !== '')
  },

  'a wrong key is in doubt, not an answer': async ({ stranger }) => {
    assert.equal((await stranger.quote(a_tax_question, timeout_ms)).kind, 'unknown')
  },

  'it gives up in time': async ({ source, trouble }) => {
    trouble('slow')
    const began = performance.now()
    assert.equal((await source.quote(a_tax_question, 200)).kind, 'unknown')
    assert(performance.now() - began < 2_000)
  },

  'a lost answer is unknown': async ({ source, trouble }) => {
    trouble('lost')
    assert.equal((await source.quote(a_tax_question, timeout_ms)).kind, 'unknown')
  },

  'an engine that is down is unknown': async ({ source, trouble }) => {
    trouble('down')
    assert.equal((await source.quote(a_tax_question, timeout_ms)).kind, 'unknown')
  },

  'an answer that cannot be read is unknown': async ({ source, trouble }) => {
    trouble('nonsense')
    assert.equal((await source.quote(a_tax_question, timeout_ms)).kind, 'unknown')
  },

  'it is never asked inside a transaction': async ({ source }) => {
    await assert.rejects(
      whileInTransaction(() => source.quote(a_tax_question, timeout_ms)),
      /inside a transaction/,
    )
  },
}

export function testTaxSource(
  name: string,
  makeBench: () => Promise<TaxBench>,
  listed_exceptions: Readonly<Record<string, string>>,
): void {
  const unmet = new Set(Object.keys(listed_exceptions))
  for (const [title, run] of Object.entries(cases)) {
    const reason = unmet.delete(title) ? listed_exceptions[title] : undefined
    test(`${name}: ${title}`, { skip: reason ?? false, timeout: 30_000 }, async () => {
      const bench = await makeBench()
      try {
        await run(bench)
      } finally {
        await bench.close()
      }
    })
  }
  assert.deepEqual([...unmet], [], 'exceptions that name no case')
}
