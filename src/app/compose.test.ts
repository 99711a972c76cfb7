import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, test } from 'node:test'
import type { Environment } from '#src/config.ts'
import { Secret } from '#src/lib/secret.ts'
import type { Plugin } from '#src/ports/plugin.ts'
import type { TaxSource } from '#src/ports/tax-source.ts'
import { composeApp } from './compose.ts'
import { readConfig } from './settings.ts'
import { no_config } from './shop-config.ts'

const DATA_DIR = mkdtempSync(path.join(tmpdir(), 'onhand-compose-'))
after(() => rmSync(DATA_DIR, { recursive: true, force: true }))

/** Nothing is asked of the database before the first request. */
async function taxSourcesOf(given: Environment, plugins: readonly Plugin[] = []) {
  const config = readConfig(
    { DATA_DIR, SECRET_KEY: 'k'.repeat(32), ...given },
    {
      ...no_config,
      plugins,
    },
  )
  const composed = await composeApp(config, {
    part: 'web',
    database_url: new Secret('postgres://nobody@127.0.0.1:1/none'),
    public_url: 'http://localhost:4000',
  })
  const names = [...composed.app.desk.tax_sources.keys()]
  await composed.close()
  return names
}

const mine = (name: string): Plugin => ({
  kind: 'taxes',
  title: `Taxes of ${name}`,
  settings: [],
  open: () => ({ name }) as TaxSource,
})
const keys = { TAX_HTTP_KEY: 'key-of-engine', TAX_HTTP_API_BASE: 'https://taxes.example' }

test('a tax engine is a plug-in: ours with its keys, and those of the shop', async () => {
  assert.deepEqual(await taxSourcesOf({}), [])
  assert.deepEqual(await taxSourcesOf(keys), ['http'])
  assert.deepEqual(await taxSourcesOf(keys, [mine('own')]), ['http', 'own'])
})

test('refused: half the settings of an engine, and two engines of one name', async () => {
  const { TAX_HTTP_KEY } = keys
  await assert.rejects(taxSourcesOf({ TAX_HTTP_KEY }), /TAX_HTTP_API_BASE is missing/)
  await assert.rejects(taxSourcesOf(keys, [mine('http')]), /Two plug-ins have the name http/)
})
