// `node bench/import.ts`: whether an import stays in flat memory, however long the file is. It
// writes a product file, runs `npm run import` on it as a process of its own, and reads that
// process's resident memory as the rows go in. Ends with 1 when the late samples are larger than
// the early ones. `--variants=N` takes another number than 50,000, `--json` prints one object.
import { spawn } from 'node:child_process'
import { chmodSync, createWriteStream, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { startEmbeddedPostgres } from '#src/app/embedded-postgres.ts'
import { openDb } from '#src/db/pool.ts'
import { readOnce } from '#src/db/transaction.ts'
import { readLinesDone } from '#src/offers/imports.sql.ts'
import { rssMb } from './processes.ts'

const { values: options } = parseArgs({
  options: {
    variants: { type: 'string', default: '50000' },
    json: { type: 'boolean', default: false },
  },
})
const variants = Number(options.variants)
const file_name = 'large.csv'
const per_product = 10
/** A sample each time so many more rows are in. */
const sample_rows = Math.max(500, Math.ceil(variants / 20))
/** How much more than the early samples the late ones may be. */
const growth_max = 1.1

const say = (text: string): void => void process.stderr.write(`${text}\n`)

/** Products as shops have them: ten variants, a description, an image. */
function* csv(): Generator<string> {
  yield 'Handle,Title,Body (HTML),Vendor,Type,Tags,Option1 Name,Option1 Value,Variant SKU,' +
    'Variant Grams,Variant Inventory Qty,Variant Price,Image Src\n'
  for (let n = 0; n < variants; n++) {
    const product = Math.floor(n / per_product)
    const body = `<p>${'A sentence about it. '.repeat(15)}</p>`
    const is_first = n % per_product === 0
    const head = is_first ? `Product ${product},${body},Fieldmark,Tops,"a, b",Size` : ',,,,,'
    const image = is_first ? `/media/large-${product}.svg` : ''
    yield `large-${product},${head},${n % per_product},LARGE-${n},180,3,24.90,${image}\n`
  }
}

/** What `npm run import` has Node do: flags of Node and the program. */
function importCommand(): string[] {
  const root = path.resolve(import.meta.dirname, '..')
  const { scripts } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'))
  const [node, ...words] = (scripts.import as string).split(' ')
  if (node !== 'node') throw new Error(`npm run import runs ${node}`)
  return words.map((word) => (word.startsWith('-') ? word : path.join(root, word)))
}

type Sample = { readonly rows: number; readonly rss_mb: number }
type Watched = { readonly samples: readonly Sample[]; readonly seconds: number }

async function watchImport(folder: string, database_url: string): Promise<Watched> {
  const db = openDb({ url: database_url, connections_max: 1, name: 'bench import' })
  const started = performance.now()
  const child = spawn(process.execPath, [...importCommand(), file_name], {
    cwd: folder,
    env: { PATH: process.env['PATH'], DATABASE_URL: database_url, DATA_DIR: folder },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let told = ''
  child.stdout.on('data', (bytes: Buffer) => {
    told += bytes.toString()
  })
  const samples: Sample[] = []
  const linesDone = (): Promise<number> =>
    // Before the first migration there is no table to ask.
    readOnce(db, (tx) => readLinesDone(tx, file_name)).catch(() => 0)
  try {
    while (child.exitCode === null && child.signalCode === null) {
      const rows = await linesDone()
      const rss_mb = rssMb(child.pid!)
      const is_due = rows - (samples.at(-1)?.rows ?? 0) >= sample_rows
      if (is_due && rss_mb !== null) samples.push({ rows, rss_mb })
      await pause(20)
    }
  } finally {
    child.kill('SIGKILL')
    await db.end()
  }
  if (child.exitCode !== 0) throw new Error(`the import failed:\n${told}`)
  say(told.trim().split('\n').at(-1)!)
  return { samples, seconds: (performance.now() - started) / 1000 }
}

const median = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]!

/** The first quarter of the samples against the last. */
function judge({ samples, seconds }: Watched) {
  const sizes_mb = samples.map((sample) => sample.rss_mb)
  const quarter = Math.floor(sizes_mb.length / 4)
  if (quarter < 3) throw new Error(`${samples.length} samples are too few to tell`)
  const early_mb = median(sizes_mb.slice(0, quarter))
  const late_mb = median(sizes_mb.slice(-quarter))
  return {
    variants,
    seconds: Math.round(seconds * 10) / 10,
    early_mb: Math.round(early_mb),
    late_mb: Math.round(late_mb),
    growth: Math.round((late_mb / early_mb) * 1000) / 1000,
    is_flat: late_mb <= early_mb * growth_max,
    samples: samples.map(({ rows, rss_mb }) => ({ rows, rss_mb: Math.round(rss_mb) })),
  }
}

function draw({ samples, early_mb, late_mb, growth, is_flat }: ReturnType<typeof judge>): string {
  const bars = samples.map(({ rows, rss_mb }) => {
    const bar = '#'.repeat(Math.round(rss_mb / 5))
    return `${String(rows).padStart(8)} rows  ${String(rss_mb).padStart(4)} MB  ${bar}`
  })
  const verdict = `${is_flat ? 'Flat' : 'NOT FLAT'}: early ${early_mb} MB, late ${late_mb} MB`
  return `${bars.join('\n')}\n${verdict} (${growth} ×)\n`
}

const folder = mkdtempSync(path.join(tmpdir(), 'onhand-import-bench-'))
// The user of the database must be able to enter it.
chmodSync(folder, 0o755)
const postgres = await startEmbeddedPostgres({ data_dir: folder, say: () => {}, durable: true })
try {
  await pipeline(Readable.from(csv()), createWriteStream(path.join(folder, file_name)))
  const found = judge(await watchImport(folder, postgres.url))
  process.stdout.write(options.json ? `${JSON.stringify(found)}\n` : draw(found))
  process.exitCode = found.is_flat ? 0 : 1
} finally {
  await postgres.stop()
  rmSync(postgres.home, { recursive: true, force: true })
  rmSync(folder, { recursive: true, force: true })
}
