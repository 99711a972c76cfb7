import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { routes } from '#src/app/routes.ts'
import { openApi } from '#src/http/openapi.ts'
import { api_file, clientTypes } from './make-client.ts'

test('the types of the client are those of the route table: npm run client writes them', () => {
  const written = readFileSync(api_file, 'utf8')
  assert(written === clientTypes(openApi(routes, '')), 'run "npm run client" and commit')
})

test('names that only a pattern tells are those of one type', () => {
  const fields = {
    type: 'object',
    patternProperties: { '^[a-z]+$': { anyOf: [{ type: 'string' }, { type: 'null' }] } },
    additionalProperties: false,
  }
  const answer = { content: { 'application/json': { schema: fields } } }
  const get = { summary: 'Own', parameters: [], responses: { 200: answer } }
  const text = clientTypes({ paths: { '/store/own': { get } } } as never)
  assert.match(text, /200: \{\s+readonly \[name: string\]: string \| null\s+\}/)
})
