// `npm run client`: writes what the client knows of the route table: its types (api.d.ts) and which
// routes take an Idempotency-Key (keyed-routes.ts).
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { clientTypes } from '#src/app/client-types.ts'
import { routes } from '#src/app/routes.ts'
import { openApi } from '#src/http/openapi.ts'

export const api_file = path.resolve(import.meta.dirname, '../src/client/api.d.ts')
export const keyed_file = path.resolve(import.meta.dirname, '../src/client/keyed-routes.ts')

const biome = path.resolve(import.meta.dirname, '../node_modules/.bin/biome')
const format = (text: string, file: string): string =>
  execFileSync(biome, ['format', `--stdin-file-path=${path.basename(file)}`], {
    input: text,
    encoding: 'utf8',
  })

export const apiTypes = (): string => format(clientTypes(openApi(routes, '')), api_file)

export function keyedRoutes(): string {
  const keyed = routes.filter(({ method, idempotent }) => method === 'POST' && idempotent)
  const paths = keyed.map((one) => `  '${one.path}',\n`).toSorted()
  const what = 'POST routes that do the same request with the same key once.'
  const text = `// Written by \`npm run client\`: ${what}
export const keyed_routes: ReadonlySet<string> = new Set([\n${paths.join('')}])\n`
  return format(text, keyed_file)
}

if (process.argv[1] === import.meta.filename) {
  writeFileSync(api_file, apiTypes())
  writeFileSync(keyed_file, keyedRoutes())
}
