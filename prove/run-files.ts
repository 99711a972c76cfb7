// Runs test files, each in a process of its own, and tells what each test came to. A file that
// falls over before, between or after its tests is a violation: its attacks did not run.
import { spawn } from 'node:child_process'
import path from 'node:path'
import { createInterface } from 'node:readline'
import type { Told } from './reporter.ts'

export type Run = {
  readonly files: readonly string[]
  readonly files_at_once: number
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
  /** Told of each test as it ends. */
  readonly onTold: (told: Told) => void
  /** Gets what ends the run before its time. */
  readonly onStart: (kill: () => void) => void
}

const isTold = (line: string): boolean => line.startsWith('{"name":')
const failed = (file: string, error: string): Told => ({
  name: `${path.basename(file)} as a whole`,
  file,
  passed: false,
  skipped: false,
  ms: 0,
  error,
  seen: null,
})

export async function runFiles(run: Run): Promise<Told[]> {
  const files = run.files.map((file) => path.resolve(run.cwd, file))
  const told: Told[] = []
  const hear = (one: Told): void => {
    told.push(one)
    run.onTold(one)
  }
  const args = [
    '--test',
    `--test-reporter=${path.join(import.meta.dirname, 'reporter.ts')}`,
    `--test-concurrency=${run.files_at_once}`,
    '--test-timeout=7200000',
    ...files,
  ]
  const child = spawn(process.execPath, args, {
    cwd: run.cwd,
    env: run.env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  run.onStart(() => void child.kill('SIGTERM'))
  const ended = new Promise<string>((done) => {
    child.once('error', (error) => done(error.message))
    child.once('close', (code, signal) => done(code === 0 ? '' : `${signal ?? `code ${code}`}`))
  })
  for await (const line of createInterface({ input: child.stdout })) {
    if (isTold(line)) hear(JSON.parse(line) as Told)
  }
  const end = await ended
  for (const file of files) {
    if (!told.some((one) => one.file === file)) hear(failed(file, 'not one of its tests was told'))
  }
  if (end !== '' && told.every(({ passed }) => passed)) {
    hear(failed('the test runner', `it ended with ${end}, and every test had passed`))
  }
  return told
}
