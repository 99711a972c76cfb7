// `npm run client`: writes the types of the client, src/client/api.d.ts, from the route table.
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { clientTypes } from '#src/app/client-types.ts'
import { routes } from '#src/app/routes.ts'
import { openApi } from '#src/http/openapi.ts'

export const api_file = path.resolve(import.meta.dirname, '../src/client/api.d.ts')

const biome = path.resolve(import.meta.dirname, '../node_modules/.bin/biome')
const format = (text: string): string =>
  execFileSync(biome, ['format', '--stdin-file-path=api.d.ts'], { input: text, encoding: 'utf8' })

export const apiTypes = (): string => format(clientTypes(openApi(routes, '')))

if (process.argv[1] === import.meta.filename) writeFileSync(api_file, apiTypes())
