// `npm test [-- part of a path …]`: types, lint, then all tests on a PostgreSQL of their own.
// TEST_DATABASE_URL names a server to use instead; it is left as it is.
import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, globSync, mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import path from 'node:path'
import { startEmbeddedPostgres } from '#src/app/embedded-postgres.ts'
import { buildShopProgram } from './shop-program.ts'

const root = path.resolve(import.meta.dirname, '..')
const filters = process.argv.slice(2).filter((word) => !word.startsWith('-'))
const flags = process.argv.slice(2).filter((word) => word.startsWith('-'))
const running = new Set<ChildProcess>()
// Each test file is a process, and all load the same: compiled once, they load in half the time.
process.env['NODE_COMPILE_CACHE'] ??= path.join(root, 'node_modules/.cache/onhand')

function run(title: string, program: string, args: readonly string[]): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd: root, stdio: 'inherit' })
    running.add(child)
    child.once('close', (code, signal) => {
      running.delete(child)
      if (code !== 0) process.stderr.write(`\n✖ ${title} failed (${code ?? signal})\n`)
      resolve(code === 0)
    })
    child.once('error', (error) => {
      process.stderr.write(`\n✖ ${title}: ${error.message}\n`)
      resolve(false)
    })
  })
}

const bin = (name: string): string => path.join(root, 'node_modules/.bin', name)

async function check(): Promise<boolean> {
  const results = await Promise.all([
    run('type check', bin('tsc'), []),
    run('lint', bin('biome'), ['check', '--diagnostic-level=warn', '--error-on-warnings', '.']),
  ])
  return results.every(Boolean)
}

const files = globSync('{src,plugins,test,bench,samples,prove,scripts}/**/*.test.ts', { cwd: root })
  .filter((file) => filters.length === 0 || filters.some((part) => file.includes(part)))
  .sort()

const runTests = (): Promise<boolean> =>
  run('tests', process.execPath, [
    '--test',
    '--test-reporter=spec',
    '--test-timeout=480000',
    `--test-concurrency=${availableParallelism()}`,
    ...flags,
    ...files,
  ])

async function withDatabase(body: () => Promise<boolean>): Promise<boolean> {
  if (process.env['TEST_DATABASE_URL']) return body()
  const data_dir = mkdtempSync(path.join(tmpdir(), 'onhand-test-'))
  // The user of the database must be able to enter it.
  chmodSync(data_dir, 0o755)
  const say = (): void => {}
  // Several files at once, each with the pools of a whole shop.
  const settings = { max_connections: '400' }
  const server = await startEmbeddedPostgres({ data_dir, say, durable: false, settings })
  const url = new URL(server.url)
  url.pathname = '/postgres'
  process.env['TEST_DATABASE_URL'] = url.href
  const clearAway = await buildShopProgram()
  try {
    return await body()
  } finally {
    clearAway()
    await server.stop()
    rmSync(server.home, { recursive: true, force: true })
    rmSync(data_dir, { recursive: true, force: true })
  }
}

// The children get the terminal's signal too; we wait for them and then clear away our database.
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    process.exitCode = 130
    for (const child of running) child.kill(signal)
  })
}

if (files.length === 0) {
  process.stderr.write(`No test file has ${filters.join(' or ')} in its path.\n`)
  process.exitCode = 1
} else {
  // With a filter somebody wants to see a few tests soon; the checks run with all of them.
  const checked = filters.length > 0 || (await check())
  const passed = await withDatabase(runTests)
  if (!checked || !passed) process.exitCode ||= 1
}
