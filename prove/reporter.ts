// What the test runner tells, as one line of JSON per test: `npm run prove` reads them.
import path from 'node:path'
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

/** How a process ended that ended badly: its own words went to stderr. */
function endOf(error: Error): string {
  const { exitCode: code, signal } = error as { exitCode?: number | null; signal?: string | null }
  if (signal) return `its process was ended by ${signal}`
  return typeof code === 'number' ? `its process ended with code ${code}` : ''
}

function explain(error: unknown): string {
  const parts: string[] = []
  for (let at = error; at instanceof Error && parts.length < 5; at = at.cause) {
    for (const part of [at.message, endOf(at)]) {
      if (part !== '' && parts.at(-1) !== part) parts.push(part)
    }
  }
  return parts.join('\n').slice(0, error_chars_max)
}

/** A file is told of as a test of its own name: when it has failed as a whole, or holds no test. */
const isFile = (name: string, file: string | undefined): boolean =>
  file !== undefined && path.basename(name) === path.basename(file)

export default async function* report(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const { type, data } of events) {
    if (type !== 'test:pass' && type !== 'test:fail') continue
    const passed = type === 'test:pass'
    const whole = isFile(data.name, data.file)
    // A file or a group that passed is told of by its tests; one that failed has failed itself.
    if (passed && (whole || data.details.type === 'suite')) continue
    const told: Told = {
      name: whole ? `${path.basename(data.name)} as a whole` : data.name,
      file: data.file ?? '',
      passed,
      skipped: data.skip !== undefined,
      ms: data.details.duration_ms,
      error: passed ? null : explain(data.details.error),
    }
    yield `${JSON.stringify(told)}\n`
  }
}
