// `npm run prove`: attacks the running system and prints what a sceptic wants to see. `--json`
// prints one object on stdout (with `npm run --silent`), `--deep` takes longer and looks closer,
// `--only=races,shop` runs some sections, `--seed=N` throws the dice that a failure has named.
import { spawnSync } from 'node:child_process'
import { chmodSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { startEmbeddedPostgres } from '#src/app/embedded-postgres.ts'
import type { Proof } from '#test/proof.ts'
import { buildShopProgram } from '#test/shop-program.ts'
import { type Findings, findingsOf, resultOf } from './findings.ts'
import type { Told } from './reporter.ts'
import { howRun } from './results.ts'
import { runFiles } from './run-files.ts'
import { type Section, sections } from './sections.ts'
import { tableOf } from './tables.ts'

const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    deep: { type: 'boolean', default: false },
    only: { type: 'string' },
    seed: { type: 'string', default: String(20_260_101) },
    help: { type: 'boolean', default: false },
  },
})
const names = sections.map(({ name }) => name)
const wanted = options.only?.split(',') ?? names
const unknown = wanted.filter((name) => !names.includes(name))
if (options.help || unknown.length > 0 || !/^\d{1,12}$/.test(options.seed)) {
  process.stderr.write(
    `Usage: npm run --silent prove [-- OPTIONS]
  --only=${names.join(',')}   some sections
  --deep                      more rounds, more kills, a longer simulation
  --seed=N                    the dice of an earlier run
  --json                      one JSON object on stdout; docs/proof.md tells what is in it\n`,
  )
  process.exit(options.help ? 0 : 2)
}
const size = options.deep ? 'deep' : 'usual'
const deep = options.deep ? ' --deep' : ''
const root = path.resolve(import.meta.dirname, '..')
// As in `npm test`: each test file is a process, and all load the same.
process.env['NODE_COMPILE_CACHE'] ??= path.join(root, 'node_modules/.cache/onhand')
const started = performance.now()
const begun_at = new Date().toISOString()
/** Progress goes to stderr, so that stdout holds the result alone. */
const say = (text: string): void => {
  const seconds = ((performance.now() - started) / 1000).toFixed(0).padStart(4)
  process.stderr.write(`${seconds} s  ${text}\n`)
}

/** The commit that is attacked; with a plus when files are not as it has them. */
function commitOf(folder: string): string {
  const { status, stdout } = spawnSync(
    'git',
    ['describe', '--always', '--dirty=+', '--exclude=*', '--abbrev=12'],
    { cwd: folder, encoding: 'utf8' },
  )
  return status === 0 ? stdout.trim() : 'unknown'
}

let is_stopped = false
const closing: (() => Promise<void> | void)[] = []
async function closeAll(): Promise<void> {
  for (const close of closing.splice(0).reverse()) await close()
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    is_stopped = true
    void closeAll().finally(() => process.exit(130))
  })
}

async function openServer(): Promise<string> {
  const data_dir = mkdtempSync(path.join(tmpdir(), 'onhand-prove-'))
  closing.push(() => rmSync(data_dir, { recursive: true, force: true }))
  // The user of the database must be able to enter it.
  chmodSync(data_dir, 0o755)
  // Two lanes of fleets with pools of their own.
  const settings = { max_connections: '500' }
  const server = await startEmbeddedPostgres({ data_dir, say: () => {}, durable: true, settings })
  closing.push(async () => {
    await server.stop()
    rmSync(server.home, { recursive: true, force: true })
  })
  const url = new URL(server.url)
  url.pathname = '/postgres'
  return url.href
}

/** One round of a section: what each of its tests came to. */
async function runRound(section: Section, seed: number, env: NodeJS.ProcessEnv): Promise<Told[]> {
  let kill = (): void => {}
  const told = await runFiles({
    files: section.files.flatMap((pattern) => globSync(pattern, { cwd: root })).sort(),
    files_at_once: section.files_at_once,
    cwd: root,
    env: { ...process.env, ...env },
    onStart: (end) => {
      kill = end
      closing.push(kill)
    },
    onTold: (one) => {
      const mark = one.skipped ? '–' : one.passed ? '✔' : '✖'
      say(`${mark} ${section.name}: ${one.name} (${(one.ms / 1000).toFixed(1)} s)`)
      if (one.error === null) return
      say(`${one.error}\nAgain: npm run prove -- --only=${section.name} --seed=${seed}${deep}`)
    },
  })
  closing.splice(closing.indexOf(kill), 1)
  // Whoever stops it wants no reason.
  if (is_stopped) await new Promise(() => {})
  return told
}

async function runSection(section: Section, server_url: string): Promise<Findings> {
  say(`${section.title} …`)
  const proof_file = path.join(mkdtempSync(path.join(tmpdir(), 'onhand-proof-')), 'proof.jsonl')
  closing.push(() => rmSync(path.dirname(proof_file), { recursive: true, force: true }))
  writeFileSync(proof_file, '')
  const rounds: { readonly seed: number; readonly told: readonly Told[] }[] = []
  for (let round = 0; round < section.rounds[size]; round++) {
    const seed = Number(options.seed) + round
    const sizes = Object.entries(section.sizes[size]).map(([name, value]) => [name, String(value)])
    const told = await runRound(section, seed, {
      TEST_DATABASE_URL: server_url,
      TEST_DATABASES_KEPT: 'yes',
      PROOF_FILE: proof_file,
      RACE_SEED: String(seed),
      SIM_SEED: String(seed),
      INPUT_SEED: String(seed),
      ...(section.fleet ? { PROVE_FLEET: 'yes' } : {}),
      ...(Object.fromEntries(sizes) as Record<string, string>),
    })
    rounds.push({ seed, told })
  }
  const lines = readFileSync(proof_file, 'utf8').split('\n').filter(Boolean)
  return findingsOf(
    section,
    rounds,
    lines.map((line) => JSON.parse(line) as Proof),
  )
}

const by_section = new Map<Section, Findings>()
const asked = sections.filter(({ name }) => wanted.includes(name))
try {
  closing.push(await buildShopProgram())
  const server_url = await openServer()
  const runLane = async (lane: readonly Section[]): Promise<void> => {
    for (const section of lane) by_section.set(section, await runSection(section, server_url))
  }
  await Promise.all(
    Map.groupBy(asked, ({ lane }) => lane)
      .values()
      .map(runLane),
  )
} finally {
  await closeAll()
}
const found = asked.map((section) => by_section.get(section)!)
const result = resultOf(found, {
  commit: commitOf(root),
  begun_at,
  seconds: Math.round((performance.now() - started) / 1000),
  size,
  seed: Number(options.seed),
})
const is_broken = [...result.attacks, ...result.promises, ...result.crashes].some(
  ({ violations }) => violations > 0,
)
if (is_broken) process.exitCode = 1
if (options.json) process.stdout.write(`${JSON.stringify(result)}\n`)
else process.stdout.write(`${howRun(result)}\n\n${tableOf(found)}`)
const skipped = found.flatMap((one) => one.attacks).filter((one) => one.skipped > 0)
if (skipped.length > 0) say(`Not everything was attacked: ${skipped.length} attacks were skipped.`)
say(is_broken ? 'Something does not hold.' : 'Everything that was attacked holds.')
