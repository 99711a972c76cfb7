// What every label plug-in must keep, asked of the real adapter against its simulator.
// A provider that cannot do a case lists it by name, with the reason.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ShippingBench } from './shipping-bench.contract.ts'
import { buying, fetching, preparing, voiding } from './shipping-labels.contract.ts'
import { tracking, trouble, webhooks } from './shipping-tracking.contract.ts'

const groups = { preparing, buying, trouble, fetching, voiding, tracking, webhooks }

export function testShippingProvider(
  name: string,
  makeBench: () => Promise<ShippingBench>,
  listed_exceptions: Readonly<Record<string, string>>,
): void {
  const cases = Object.values(groups).flatMap((group) => Object.entries(group))
  const unmet = new Set(Object.keys(listed_exceptions))
  for (const [title, run] of cases) {
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
