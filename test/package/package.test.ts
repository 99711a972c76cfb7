// The package as its users have it: packed, installed in projects of their own, and run there.
import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import path from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import chromium_files from '@sparticuz/chromium'
import { chromium } from 'playwright-core'
import { createClient, Problem } from '#src/client/client.ts'
import { atEnd } from '#test/cleanup.ts'
import { testDatabase } from '#test/database.ts'
import { until } from '#test/world.ts'

const root = path.resolve(import.meta.dirname, '../..')
const run = promisify(execFile)
const patience_ms = 240_000

// Outside the clone, where nothing of ours can be found by chance.
const place = mkdtempSync('/var/tmp/onhand package ')
atEnd(() => rmSync(place, { recursive: true, force: true }))

/** npm, as it was started; without a shell in between. */
const npm = (cwd: string, ...words: string[]) => {
  const own = process.env['npm_execpath']
  const [program, before] = own?.endsWith('.js') ? [process.execPath, [own]] : ['npm', []]
  return run(program, [...before, ...words], { cwd, timeout: patience_ms })
}
const tool = (name: string): string => path.join(root, 'node_modules/.bin', name)

const copy = (example: string): string => {
  const folder = path.join(place, example)
  cpSync(path.join(root, 'examples', example), folder, { recursive: true })
  return folder
}

/** Only what a shop lists among its own tools, so that our types lean on nothing of the clone. */
async function check(folder: string): Promise<string> {
  const { stdout } = await run(tool('tsc'), ['-p', folder], { timeout: patience_ms }).catch(
    (error: { stdout: string }) => error,
  )
  return stdout
}

/** The packed Onhand with what it depends on, for all projects that lie in this place. */
async function install(): Promise<void> {
  const { stdout } = await npm(root, 'pack', '--silent', '--pack-destination', place)
  const tarball = path.join(place, stdout.trim().split('\n').at(-1)!)
  const quick = ['--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts']
  await npm(place, 'install', ...quick, '--omit=optional', tarball)
}

type Shop = {
  readonly url: string
  readonly database_url: string
  readonly keys: { readonly shop: string; readonly admin: string }
}

async function startShop(folder: string): Promise<Shop> {
  const { url: database_url } = await testDatabase()
  const { TEST_DATABASE_URL: _, ...clean } = process.env
  const cli = path.join(folder, '../node_modules/onhand/dist/src/cli.js')
  const child = spawn(process.execPath, [cli, 'start'], {
    cwd: folder,
    env: {
      ...clean,
      PORT: '0',
      DATABASE_URL: database_url,
      DATA_DIR: path.join(place, 'data'),
      LOG_LEVEL: 'error',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (bytes: Buffer) => {
      output += bytes.toString()
    })
  }
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  atEnd(async () => {
    child.kill('SIGTERM')
    await ended
  })
  await until('a shop', async () => {
    assert.equal(child.exitCode, null, output)
    return output.includes('is ready')
  })
  const told = (pattern: RegExp): string => pattern.exec(output)![1]!
  const keys = { shop: told(/Web shop key +(\S+)/), admin: told(/Secret key +(\S+)/) }
  return { url: told(/Address +(\S+)/), database_url, keys }
}

await install()
const folder = copy('custom-shop')
const client_folder = copy('node-client')
const storefront = copy('vite-storefront')
const shop = await startShop(folder)
const staff = createClient({ url: shop.url, key: shop.keys.admin })
/** Requests to routes that are not ours have no types here. */
const ask = async (method: string, at: string, key: string, body?: object) => {
  const answer = await fetch(shop.url + at, {
    method,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    ...(body ? { body: JSON.stringify(body) } : {}),
  })
  const text = await answer.text()
  return { status: answer.status, body: text === '' ? null : JSON.parse(text) }
}

test('custom-shop passes its type check against the packed types', async () => {
  assert.equal(await check(folder), '')
})

test('custom-shop has its own routes, in the API reference too, with their permissions', async () => {
  const at = '/admin/blocked-postcodes'
  assert.deepEqual((await ask('GET', at, shop.keys.admin)).body, { items: [] })
  assert.equal((await ask('GET', at, shop.keys.shop)).status, 403)
  const bad = await ask('PUT', `${at}/DE/1?`, shop.keys.admin, { reason: '' })
  assert.equal(bad.body.code, 'invalid_input')
  const document = await (await fetch(`${shop.url}/openapi.json`)).json()
  assert('/admin/blocked-postcodes/{country}/{prefix}' in (document as { paths: object }).paths)
})

const buy = async (env: Record<string, string>) => {
  const given = { ...process.env, ONHAND_URL: shop.url, ONHAND_KEY: shop.keys.shop, ...env }
  return run(process.execPath, ['buy.ts'], { cwd: client_folder, env: given }).then(
    ({ stdout }) => stdout,
    ({ stderr }: { stderr: string }) => stderr,
  )
}

test('a plain Node project buys with the client, and its checkout rule refuses', async () => {
  assert.equal(await check(client_folder), '')
  assert.match(await buy({}), /^DE26-\d+, \d+ EUR/)
  await ask('PUT', '/admin/blocked-postcodes/DE/101', shop.keys.admin, { reason: 'Not there.' })
  const refused = await buy({ POSTAL_CODE: '10115' })
  assert.match(refused, /cart_is_incomplete: .*\n +shipping_address.postal_code: Not there\./)
  assert.match(await buy({}), /^DE26-\d+/)
})

test('custom-shop tells before the checkout where its van goes, however the code is written', async () => {
  await ask('PUT', '/admin/blocked-postcodes/GB/SW1', shop.keys.admin, { reason: 'Not there.' })
  const delivers = async (country: string, postal_code: string): Promise<boolean> => {
    const query = new URLSearchParams({ country, postal_code })
    const { body } = await ask('GET', `/store/delivery-check?${query}`, shop.keys.shop)
    return body.delivers
  }
  assert.equal(await delivers('GB', 'SW1A 1AA'), false)
  assert.equal(await delivers('gb', 'sw1a 1aa'), false)
  assert.equal(await delivers('GB', 'ec1a 1bb'), true)
})

test('a field of another name fails the type check of who reads it', async () => {
  const file = path.join(place, 'node_modules/onhand/dist/src/client/api.d.ts')
  const text = readFileSync(file, 'utf8')
  writeFileSync(file, text.replaceAll(/readonly expected_total:/g, 'readonly wanted_total:'))
  assert.match(await check(client_folder), /buy\.ts.*expected_total/s)
  writeFileSync(file, text)
})

test('the client knows the routes of custom-shop, and a change of one fails its type check', async () => {
  const cli = path.join(place, 'node_modules/onhand/dist/src/cli.js')
  const client = (...words: string[]) =>
    run(process.execPath, [cli, 'client', ...words], { cwd: folder }).then(
      ({ stdout }) => stdout,
      ({ stdout, code }: { stdout: string; code: number }) => `${code}: ${stdout}`,
    )
  // What stands in the clone is what the routes are.
  assert.equal(await client('--check'), '')
  const env = { ...process.env, ONHAND_URL: shop.url, ONHAND_KEY: shop.keys.shop }
  const asking = run(process.execPath, ['ask-delivery.ts', 'DE', '80331'], { cwd: folder, env })
  assert.equal((await asking).stdout, 'Our van goes there.\n')
  const file = path.join(folder, 'blocked-postcodes.ts')
  const text = readFileSync(file, 'utf8')
  writeFileSync(file, text.replaceAll('delivers', 'reaches'))
  assert.match(await client('--check'), /^1: onhand-client\.d\.ts is not what the routes are/)
  assert.match(await client(), /The types of 6 routes are in onhand-client\.d\.ts/)
  assert.match(await check(folder), /ask-delivery\.ts.*'delivers' does not exist/s)
  writeFileSync(file, text)
  await client()
  assert.equal(await check(folder), '')
})

test('custom-shop takes off by its own rule what a promotion names, and tells why', async () => {
  const effect = { kind: 'rule', rule: 'nth unit free', values: { n: 2 } } as const
  const body = { name: 'Every second one', is_automatic: true, effect }
  const unknown = { ...body, effect: { ...effect, rule: 'nowhere' } }
  await assert.rejects(staff.post('/admin/promotions', { body: unknown }), (error: unknown) => {
    assert(error instanceof Problem)
    assert.deepEqual([error.code, error.errors[0]!.field], ['invalid_input', 'effect.rule'])
    return true
  })
  const { body: promotion } = await staff.post('/admin/promotions', { body })
  const buyer = createClient({ url: shop.url, key: shop.keys.shop })
  const handle = 'enamel-camping-mug'
  const { body: mug } = await buyer.get('/store/products/:handle', { params: { handle } })
  const lines = [{ variant_id: mug.variants[0]!.id, quantity: 2 }]
  const { body: made } = await buyer.post('/store/carts', { body: { lines } })
  assert.equal(made.cart.discount_total * 2, made.cart.subtotal)
  const { body: told } = await buyer.get('/store/carts/:id/why', {
    params: { id: made.cart.id },
    cart_token: made.token,
  })
  assert.match(JSON.stringify(told), /rule nth unit free/)
  await staff.patch('/admin/promotions/:id', {
    params: { id: promotion.id },
    body: { archived: true },
  })
})

test('custom-shop prices whole trays for its club, and taxes gift sets as what is in them', async () => {
  const { body: group } = await staff.post('/admin/customer-groups', {
    body: { code: 'club', name: 'Club' },
  })
  const { body: member } = await staff.post('/admin/customers', {
    body: { email: 'member@example.com', name: 'Member', group_ids: [group.id] },
  })
  const buyer = createClient({ url: shop.url, key: shop.keys.shop })
  const handle = 'enamel-camping-mug'
  const { body: mug } = await buyer.get('/store/products/:handle', { params: { handle } })
  const [variant] = mug.variants
  const inCart = async (quantity: number, more: { readonly customer_token?: string } = {}) => {
    const body = { lines: [{ variant_id: variant!.id, quantity }], ...more }
    const [line] = (await buyer.post('/store/carts', { body })).body.cart.lines
    return line!
  }
  const { body: session } = await staff.post('/admin/customers/:id/token', {
    params: { id: member.id },
    body: {},
  })
  const { customer_token } = session
  const list = variant!.price!.amount
  assert.equal((await inCart(11, { customer_token })).unit_price, list)
  assert.equal((await inCart(12)).unit_price, list)
  assert.equal((await inCart(12, { customer_token })).unit_price, Math.round(list * 0.9))

  const rateOf = async () => (await inCart(1)).taxes[0]!.rate_ppm
  assert.equal(await rateOf(), 190_000)
  const { body: found } = await staff.get('/admin/products', { query: { q: 'Camping Mug' } })
  const { id, tags } = found.items.find((one) => one.handle === handle)!
  const tag = (all: readonly string[]) =>
    staff.patch('/admin/products/:id', { params: { id }, body: { tags: [...all] } })
  await tag([...tags, 'gift-set-food'])
  assert.equal(await rateOf(), 70_000)
  await tag(tags)
})

test('custom-shop has the fields of its file, shows them and filters by them', async () => {
  const { body: fields } = await staff.get('/admin/fields')
  assert.deepEqual(
    fields.items.map(({ key, type }) => `${key} ${type}`),
    ['light choice', 'pot_cm number'],
  )
  const { body: found } = await staff.get('/admin/products', { query: { q: 'Camping Mug' } })
  const { id } = found.items[0]!
  const set = (light: string | null) =>
    staff.patch('/admin/products/:id', { params: { id }, body: { fields: { light } } })
  await assert.rejects(set('moon'), (error: unknown) => {
    assert(error instanceof Problem)
    assert.equal(error.errors[0]!.field, 'fields.light')
    return true
  })
  await set('shade')
  const buyer = createClient({ url: shop.url, key: shop.keys.shop })
  const query = { field: ['light:shade'] }
  const { body: listed } = await buyer.get('/store/products', { query })
  assert.deepEqual(
    listed.items.map((item) => item.id),
    [id],
  )
  await set(null)
})

test('custom-shop runs its own job in its own table', async () => {
  const { status } = await ask('POST', '/admin/stock-report', shop.keys.admin)
  assert.equal(status, 202)
  const rows = await until('a report', async () => {
    const { body } = await ask('GET', '/admin/stock-report', shop.keys.admin)
    return body.items.length > 0 && body.items
  })
  assert.equal(typeof rows[0].on_hand, 'number')
})

test('custom-shop erases and exports what its own table says about a customer', async () => {
  const { body: made } = await staff.post('/admin/customers', {
    body: { email: 'porch@example.com', name: 'Porch' },
  })
  const wish = { wish: 'under the porch' }
  const at = `/admin/delivery-wishes/${made.id}`
  assert.equal((await ask('PUT', at, shop.keys.admin, wish)).status, 204)
  const exported = await ask('GET', `/admin/customers/${made.id}/export`, shop.keys.admin)
  assert.equal(exported.body.shop.delivery_wishes[0].wish, wish.wish)
  const erased = await ask('POST', `/admin/customers/${made.id}/erase`, shop.keys.admin)
  assert.equal(erased.status, 200)
  const after = await ask('PUT', at, shop.keys.admin, wish)
  assert.deepEqual([after.status, after.body.code], [404, 'not_found'])
})

test('custom-shop takes money in its own way', async () => {
  const { body: channels } = await staff.get('/admin/channels')
  const channel = channels.items.find(({ code }) => code === 'web')!
  const payment_providers = [...channel.payment_providers, 'collection']
  await staff.patch('/admin/channels/:id', {
    params: { id: channel.id },
    body: { payment_providers },
  })
  const buyer = createClient({ url: shop.url, key: shop.keys.shop })
  const { body } = await buyer.get('/store/shop')
  assert(body.payment_providers.some(({ name }) => name === 'collection'))
})

test('what "onhand export" writes "onhand import" reads, and every command has its help', async () => {
  const env = { ...process.env, DATABASE_URL: shop.database_url, LOG_LEVEL: 'error' }
  const onhand = async (...words: string[]): Promise<string> => {
    const cli = path.join(place, 'node_modules/onhand/dist/src/cli.js')
    const { stdout } = await run(process.execPath, [cli, ...words], { cwd: folder, env })
    return stdout
  }
  const file = path.join(folder, 'products.csv')
  assert.match(await onhand('export', file), /The products are in .*products\.csv\./)
  const text = readFileSync(file, 'utf8')
  assert.match(text, /enamel-camping-mug/)
  const titles = text.replaceAll('Enamel Camping Mug', 'Enamel Mug')
  writeFileSync(file, titles)
  assert.match(
    await onhand('import', file),
    /products with .* variants are in; 0 rows were refused/,
  )
  const buyer = createClient({ url: shop.url, key: shop.keys.shop })
  const handle = 'enamel-camping-mug'
  const { body: mug } = await buyer.get('/store/products/:handle', { params: { handle } })
  assert.equal(mug.title, 'Enamel Mug')
  writeFileSync(file, text)
  await onhand('import', file)
  const usage = await onhand('--help')
  const commands = ['import', 'export', 'client', 'backup', 'restore', 'drill', 'owner', 'audit']
  for (const name of commands) {
    assert.match(usage, new RegExp(`\\b${name}\\b`))
  }
  for (const name of ['import', 'export', 'backup', 'audit', 'owner', 'client']) {
    assert.match(await onhand(name, '--help'), new RegExp(`npx onhand ${name} `))
  }
})

test('what is wrong in onhand.config.ts is told before anything starts', async () => {
  const wrong = path.join(place, 'wrong')
  mkdirSync(wrong)
  writeFileSync(path.join(wrong, 'package.json'), '{"type":"module"}')
  writeFileSync(
    path.join(wrong, 'onhand.config.ts'),
    `import { defineShop, route } from 'onhand'
     const own = route({ method: 'GET', path: '/o/x', who: 'anyone', summary: '', replies: {},
       handle: async () => ({ status: 200 }) })
     const taking = route({ ...own, path: '/store/products/:slug' })
     const bad = { name: 'Bad', every: 'never', run: async () => {} }
     export default defineShop({ routes: [own, taking], jobs: [bad], migrations: './nowhere',
       plugin: [] } as never)`,
  )
  const cli = path.join(place, 'node_modules/onhand/dist/src/cli.js')
  const { code, stderr } = await run(process.execPath, [cli], { cwd: wrong }).then(
    () => ({ code: 0, stderr: '' }),
    (error: { code: number; stderr: string }) => error,
  )
  assert.equal(code, 2, stderr)
  for (const told of [
    /GET \/o\/x must begin with/,
    /GET \/store\/products\/:slug collides with GET \/store\/products\/:handle/,
    /"Bad" is no name/,
    /"never"/,
    /no folder .*nowhere/,
    /"plugin" is nothing/,
  ]) {
    assert.match(stderr, told)
  }
})

test('a Vite project builds with the client, and its page lists what the shop sells', async (t) => {
  const env = `VITE_ONHAND_URL=${shop.url}\nVITE_ONHAND_KEY=${shop.keys.shop}\n`
  writeFileSync(path.join(storefront, '.env'), env)
  const { build } = await import('vite')
  await build({ root: storefront, logLevel: 'error', configFile: false })
  const pages = createServer((request, reply) => {
    const name = request.url === '/' ? '/index.html' : request.url!
    const type = name.endsWith('.js') ? 'text/javascript' : 'text/html'
    reply.setHeader('content-type', type)
    reply.end(readFileSync(path.join(storefront, 'dist', name)))
  })
  await new Promise<void>((resolve) => pages.listen(0, '127.0.0.1', resolve))
  t.after(() => pages.close())
  const { port } = pages.address() as { port: number }
  const browser = await chromium.launch({
    executablePath: await chromium_files.executablePath(),
    args: chromium_files.args,
  })
  t.after(() => browser.close())
  const page = await browser.newPage()
  page.on('console', (message) => t.diagnostic(message.text()))
  await page.goto(`http://127.0.0.1:${port}/`)
  await page.locator('li').first().waitFor()
  await page.locator('input').fill('enamel camping mug')
  await page.locator('li', { hasText: 'Enamel Camping Mug' }).first().waitFor()
})

test('the client tells a refusal by its code and its fields', async () => {
  const buyer = createClient({ url: shop.url, key: shop.keys.shop })
  const lines = [{ variant_id: '00000000-0000-7000-8000-000000000000', quantity: 0 }]
  await assert.rejects(buyer.post('/store/carts', { body: { lines } }), (error: unknown) => {
    assert(error instanceof Problem)
    assert.equal(error.code, 'invalid_input')
    assert.equal(error.errors[0]!.field, 'lines.0.quantity')
    return true
  })
})
