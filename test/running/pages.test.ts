// What the README and the pages in docs show is pasted into a shell, page by page, while the demo
// shop of `npm start` runs: every block ends well, and nothing is refused but what the page says.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { features, featuresText } from '#src/http/features.ts'
import { atEnd } from '#test/cleanup.ts'
import { until } from '#test/world.ts'

const root = path.resolve(import.meta.dirname, '../..')
// Not under a temporary folder that may be closed to the user of the database.
const folder = mkdtempSync('/var/tmp/onhand-pages-')
chmodSync(folder, 0o755)

/** Refusals that a page shows on purpose, in their order. */
const refusals: Readonly<Record<string, readonly string[]>> = {
  'README.md': ['payment_declined', 'sign_in_not_offered'],
  'docs/catalog.md': ['invalid_input', 'invalid_input'],
  'docs/customers.md': ['customer_has_open_orders'],
  'docs/staff.md': ['second_factor_missing', 'sign_in_not_offered', 'permission_missing'],
  'docs/tax.md': ['invalid_input'],
  'docs/webhooks.md': ['invalid_input'],
}
/** Blocks that cannot be pasted while the shop of this test runs, by a text in them. */
const not_pasted: Readonly<Record<string, string>> = {
  'npm ci && npm start': 'it starts what runs here already',
  'npm ci && npm test': 'it is what runs here',
  'npm run demo\n': 'test/demo.test.ts runs it',
  'npm run import -- FILE.csv': 'FILE.csv stands for a file of the reader; src/app/import.test.ts',
}
/** Pages of which nothing can be pasted here, with the reason. */
const not_run: Readonly<Record<string, string>> = {
  'docs/scaling.md': 'needs Docker and a Kubernetes cluster',
}
/** Taxes are changed for all: that page comes last. */
const late = ['docs/tax.md']

const blocksOf = (page: string): string[] =>
  [...readFileSync(path.join(root, page), 'utf8').matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(
    (found) => found[1]!,
  )
const docs = readdirSync(path.join(root, 'docs'))
  .filter((name) => name.endsWith('.md'))
  .map((name) => `docs/${name}`)
  .sort()
const with_blocks = ['README.md', ...docs].filter((page) => blocksOf(page).length > 0)
const pages = [...with_blocks.filter((page) => !late.includes(page) && !(page in not_run)), ...late]

const { TEST_DATABASE_URL: _, ...clean } = process.env
const shop = spawn(process.execPath, [path.join(root, 'src/main.ts')], {
  cwd: folder,
  env: { ...clean, PORT: '0', DATA_DIR: path.join(folder, 'data'), LOG_LEVEL: 'info' },
  stdio: ['ignore', 'pipe', 'pipe'],
})
const ended = once(shop, 'close')
let output = ''
for (const stream of [shop.stdout, shop.stderr]) {
  stream.on('data', (bytes: Buffer) => {
    output += bytes.toString()
  })
}
atEnd(async () => {
  shop.kill('SIGTERM')
  await ended
  rmSync(folder, { recursive: true, force: true })
})
await until(
  'the shop',
  async () => {
    assert.equal(shop.exitCode, null, output)
    return output.includes('Staff sign-in')
  },
  120_000,
)
const told = (name: string): string => new RegExp(`${name} +(\\S+)`).exec(output)![1]!

const prelude = `set -e
URL=${told('Address')} PK=${told('Web shop key')} SK=${told('Secret key')}
shop() { curl -s -H "authorization: Bearer $PK" -H "content-type: application/json" "$@"; }
key() { echo "idempotency-key: $(uuidgen 2>/dev/null || date +%s%N)"; }
admin() { curl -s -H "authorization: Bearer $SK" -H "content-type: application/json" "$@"; }
pick() { node -pe 'JSON.parse(require("fs").readFileSync(0,"utf8"))'"$1"; }
trap 'echo "ended in block $BLOCK" >&2' ERR
`

/** A stream has no end: after two seconds somebody presses Ctrl-C. */
const endStreams = (block: string): string =>
  block.replaceAll(/^curl (.*events\/stream.*)$/gm, '{ curl --max-time 2 $1\n } || [ $? = 28 ]')

/** What begins with npm is pasted in the folder of the clone. */
const inClone = (block: string): string =>
  block.replaceAll(/^npm run .*$/gm, `( cd ${root} && $& )`)

function scriptOf(page: string): string {
  const blocks = blocksOf(page).filter(
    (block) => !Object.keys(not_pasted).some((text) => block.includes(text)),
  )
  const pasted = blocks
    .map((block, n) => `BLOCK=${n + 1}\n${inClone(endStreams(block))}`)
    .join('\n')
  // The shop of this test has a port of its own.
  return prelude + pasted.replaceAll('http://127.0.0.1:4000', told('Address'))
}

type Logged = { readonly part: string; readonly route?: string; readonly code?: string }

const refusedSince = (from: number): string[] =>
  output
    .slice(from)
    .split('\n')
    .filter((line) => line.startsWith('{') && line.includes('"msg":"request"'))
    .map((line) => JSON.parse(line) as Logged)
    .flatMap(({ code }) => code ?? [])

async function paste(page: string): Promise<{ readonly code: number; readonly text: string }> {
  const script = path.join(folder, `${path.basename(page)}.sh`)
  writeFileSync(script, scriptOf(page))
  const child = spawn('bash', [script], {
    cwd: folder,
    env: {
      ...clean,
      PATH: `${path.dirname(process.execPath)}:${process.env['PATH']}`,
      DATA_DIR: path.join(folder, 'data'),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 300_000,
  })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (bytes: Buffer) => {
      text += bytes.toString()
    })
  }
  const [code] = (await once(child, 'close')) as [number]
  return { code, text }
}

for (const page of pages) {
  test(`${page}, pasted`, async () => {
    const from = output.length
    const { code, text } = await paste(page)
    assert.equal(code, 0, text.slice(-3_000))
    assert.deepEqual(refusedSince(from), refusals[page] ?? [], text.slice(-3_000))
  })
}

test('the API reference begins with the same requests', async () => {
  const response = await fetch(`${told('Address')}/openapi.json`)
  const document = (await response.json()) as { info: { description: string } }
  const readme = readFileSync(path.join(root, 'README.md'), 'utf8')
  const text = featuresText((page) => `[docs/${page}](docs/${page})`)
  assert(readme.includes(`<!-- features -->\n${text}\n<!-- end of features -->`), text)
  for (const { title, page, requests } of features) {
    assert(document.info.description.includes(requests), title)
    assert(existsSync(path.join(root, 'docs', page)), page)
  }
})

test('pages that are left out are there, and have a reason', () => {
  for (const [page, reason] of Object.entries(not_run)) {
    assert(with_blocks.includes(page), `${page} has nothing to leave out`)
    assert(reason.length > 10)
  }
  const all = with_blocks.flatMap(blocksOf)
  for (const text of Object.keys(not_pasted)) {
    assert(
      all.some((block) => block.includes(text)),
      `no block has ${text}`,
    )
  }
})
