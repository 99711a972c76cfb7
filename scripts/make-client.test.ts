import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { api_file, apiTypes, keyed_file, keyedRoutes } from './make-client.ts'

test('the types of the client are those of the route table: npm run client writes them', () => {
  const written = readFileSync(api_file, 'utf8')
  assert(written === apiTypes(), 'run "npm run client" and commit')
  assert(readFileSync(keyed_file, 'utf8') === keyedRoutes(), 'run "npm run client" and commit')
})
