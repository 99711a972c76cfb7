// `npm run build`: the sources as JavaScript with types, in `dist`, which is what the package
// holds: Node strips no types under node_modules. The folders stay as they are, so that whatever
// finds a file beside itself finds it there too.
import { execFileSync } from 'node:child_process'
import { cpSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'

const root = path.resolve(import.meta.dirname, '..')
const sources = path.join(root, 'build')
const target = path.join(root, 'dist')

/** What runs is compiled; tests stay here, but for the suites that a plug-in must pass. */
const compiled = globSync('{src,plugins}/**/*.ts', { cwd: root }).filter(
  (file) => !/\.test\.ts$/.test(file),
)
/** Files that the program reads while it runs. */
const read = globSync(
  [
    'migrations/*.sql',
    'samples/catalog.csv',
    'src/**/*.{html,mjml,txt,css,svg,json,d.ts}',
    'plugins/*/README.md',
  ],
  { cwd: root },
)

/** `#src/lib/money.ts`, seen from a file, as a path that holds wherever the package lies. */
function relativePath(file: string, wanted: string): string {
  const found = path.posix.relative(path.posix.dirname(file), wanted)
  return found.startsWith('.') ? found : `./${found}`
}

function write(folder: string, file: string, text: string): void {
  const place = path.join(folder, file)
  mkdirSync(path.dirname(place), { recursive: true })
  writeFileSync(place, text)
}

function prepare(): void {
  for (const folder of [sources, target]) rmSync(folder, { recursive: true, force: true })
  for (const file of compiled) {
    const text = readFileSync(path.join(root, file), 'utf8')
    const own = /(['"])#((?:src|plugins)\/[^'"]+\.ts)\1/g
    write(
      sources,
      file,
      text.replaceAll(own, (_, quote: string, wanted: string) => {
        return `${quote}${relativePath(file, wanted)}${quote}`
      }),
    )
  }
}

/** The compiler rewrites the endings of what runs, and leaves those of types. */
function finishTypes(): void {
  for (const file of globSync('**/*.d.ts', { cwd: target })) {
    const text = readFileSync(path.join(target, file), 'utf8')
    write(target, file, text.replaceAll(/((?:from |import\()['"]\.[^'"]+)\.ts(?=['"])/g, '$1.js'))
  }
}

prepare()
execFileSync(path.join(root, 'node_modules/.bin/tsc'), ['-p', 'tsconfig.build.json'], {
  cwd: root,
  stdio: 'inherit',
})
for (const file of read) cpSync(path.join(root, file), path.join(target, file))
finishTypes()
const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'))
write(target, 'package.json', `${JSON.stringify({ type: 'module', version })}\n`)
rmSync(sources, { recursive: true, force: true })
