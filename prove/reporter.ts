// What the test runner tells, as one line of JSON per test: `npm run prove` reads them.
import type { TestEvent } from 'node:test/reporters'

export type Told = {
  readonly name: string
  readonly file: string
  readonly passed: boolean
  readonly skipped: boolean
  readonly ms: number
  /** What was guilty: the message of the failure with its causes. */
  readonly error: string | null
}

const error_chars_max = 4_000

function explain(error: unknown): string {
  const parts: string[] = []
  for (let at = error; at instanceof Error && parts.length < 5; at = at.cause) {
    if (parts.at(-1) !== at.message) parts.push(at.message)
  }
  return parts.join('\n').slice(0, error_chars_max)
}

export default async function* report(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const { type, data } of events) {
    if (type !== 'test:pass' && type !== 'test:fail') continue
    // A file is told of as a test too.
    if (data.name.endsWith('.test.ts') || data.details.type === 'suite') continue
    const told: Told = {
      name: data.name,
      file: data.file ?? '',
      passed: type === 'test:pass',
      skipped: data.skip !== undefined,
      ms: data.details.duration_ms,
      error: type === 'test:fail' ? explain(data.details.error) : null,
    }
    yield `${JSON.stringify(told)}\n`
  }
}
