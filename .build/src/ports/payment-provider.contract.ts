// The suite that every payment plug-in passes. Each sentence of payment-provider.ts is a case.
// What a provider cannot do is listed by the case's name with the reason, and the suite checks
// that the case still fails: a list that has become wrong is red.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type MakeBench, type OpenBench, openBench } from './payment-bench.ts'
import { charging_cases } from './payment-charging.contract.ts'
import { doubt_cases } from './payment-doubt.contract.ts'
import { transfer_cases } from './payment-transfers.contract.ts'
import { webhook_cases } from './payment-webhooks.contract.ts'

export type PaymentCases = Readonly<Record<string, (bench: OpenBench) => Promise<void>>>

const cases: PaymentCases = {
  ...charging_cases,
  ...doubt_cases,
  ...transfer_cases,
  ...webhook_cases,
}

export function testPaymentProvider(
  name: string,
  makeBench: MakeBench,
  listed_exceptions: Readonly<Record<string, string>>,
): void {
  const onBench = async (body: (bench: OpenBench) => Promise<void>): Promise<void> => {
    const bench = await openBench(makeBench)
    try {
      await body(bench)
    } finally {
      await bench.close()
    }
  }
  describe(`${name} is a payment provider`, () => {
    test('every listed exception names a case', () => {
      for (const listed of Object.keys(listed_exceptions))
        assert(Object.hasOwn(cases, listed), listed)
    })
    for (const [title, body] of Object.entries(cases)) {
      const reason = listed_exceptions[title]
      if (reason === undefined) {
        test(title, { timeout: 20_000 }, () => onBench(body))
      } else {
        test(`cannot: ${title} (${reason})`, { timeout: 20_000 }, () =>
          assert.rejects(onBench(body), assert.AssertionError, 'it can after all'),
        )
      }
    }
  })
}
