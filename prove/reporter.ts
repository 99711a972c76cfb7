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
  /** What it has counted, in its own words. */
  readonly seen: string | null
}

const error_chars_max = 4_000
const seen_chars_max = 600

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

const lineOf = (told: Told): string => `${JSON.stringify(told)}\n`

const withWords = (told: Told, words: string): Told => ({
  ...told,
  seen: [told.seen ?? '', words].filter(Boolean).join('; ').slice(0, seen_chars_max),
})

export default async function* report(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  /** The last test, whose own words follow it. */
  let last: Told | null = null
  for await (const { type, data } of events) {
    if (type === 'test:diagnostic' && last !== null && data.file === last.file) {
      last = withWords(last, data.message)
    }
    if (type !== 'test:pass' && type !== 'test:fail') continue
    if (last !== null) yield lineOf(last)
    last = null
    const passed = type === 'test:pass'
    const whole = isFile(data.name, data.file)
    // A file or a group that passed is told of by its tests; one that failed has failed itself.
    if (passed && (whole || data.details.type === 'suite')) continue
    last = {
      name: whole ? `${path.basename(data.name)} as a whole` : data.name,
      file: data.file ?? '',
      passed,
      skipped: data.skip !== undefined,
      ms: data.details.duration_ms,
      error: passed ? null : explain(data.details.error),
      seen: null,
    }
  }
  if (last !== null) yield lineOf(last)
}
