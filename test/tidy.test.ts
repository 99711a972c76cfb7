// The architecture, as a test: who may import whom, who writes which table, how large things get.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { Ajv } from 'ajv'
import { routes } from '#src/app/routes.ts'

const root = path.resolve(import.meta.dirname, '..')

/** A folder may import only from itself and from folders before it. */
const layers = (
  'client lib db ports jobs events audit shop staff customers catalog inventory pricing delivery ' +
  'offers carts ledger orders payments downloads invoices shipping warehouse messages webhooks ' +
  'checkout accounts promises http app'
).split(' ')

/** A table is written by its own folder alone; anybody may read it. */
const owners: Readonly<Record<string, readonly string[]>> = {
  db: ['idempotency', 'migration', 'revision', 'secret_fingerprint'],
  jobs: ['effect', 'exception', 'worker_heartbeat'],
  events: ['event', 'event_cursor'],
  shop: ['legal_entity', 'channel', 'location', 'channel_location', 'number_series'],
  // Written by triggers, see migration 0034.
  audit: ['audit_entry'],
  staff: [
    ...['staff', 'staff_session', 'role', 'api_key', 'api_key_use', 'staff_policy'],
    ...['second_factor', 'recovery_code', 'staff_identity'],
  ],
  customers: [
    'customer',
    'customer_group',
    'customer_group_member',
    'customer_session',
    'account_mail',
    'customer_address',
    'customer_consent',
    'customer_segment',
  ],
  catalog: [
    ...['product', 'variant', 'media', 'category', 'product_category', 'publication'],
    ...['field_definition', 'translation', 'collection', 'collection_product'],
    // Written by triggers, see migration 0029.
    ...['goods_mark', 'search_text'],
  ],
  offers: ['import_run', 'import_refusal', 'import_counted', 'stock_flip'],
  downloads: ['digital_file', 'digital_file_part', 'variant_file', 'entitlement'],
  inventory: ['stock_item', 'variant_item', 'stock_level', 'stock_movement', 'hold', 'cart_hold'],
  pricing: [
    ...['price_list', 'price', 'price_list_past', 'price_past'],
    ...['tax_zone', 'tax_rate', 'tax_district', 'tax_exemption'],
    ...['promotion', 'coupon', 'coupon_use', 'promotion_turn'],
  ],
  delivery: ['shipping_zone', 'shipping_option', 'shipping_rate'],
  carts: ['cart', 'cart_line', 'tax_quote', 'cart_hold_rule', 'cart_watch', 'cart_funnel'],
  ledger: ['account', 'journal_entry'],
  orders: [
    ...['orders', 'order_line', 'order_change', 'order_change_line', 'order_note', 'order_tag'],
    'kept_refund',
    ...['draft', 'draft_line', 'draft_sending'],
  ],
  payments: ['payment_attempt', 'capture', 'refund', 'provider_event'],
  invoices: ['invoice', 'invoice_pdf'],
  shipping: ['shipment', 'shipment_line', 'label', 'tracking_scan'],
  warehouse: ['pick_task'],
  // compiled_mjml is read by no version after 0.1; it goes when none of those can be running.
  messages: ['message', 'message_template', 'compiled_mjml'],
  webhooks: ['webhook_endpoint', 'webhook_delivery', 'webhook_attempt', 'webhook_replay'],
  promises: ['promise_asking'],
}
const owner_of = new Map(
  Object.entries(owners).flatMap(([folder, tables]) => tables.map((table) => [table, folder])),
)

function listFiles(): string[] {
  const words = ['ls-files', '--cached', '--others', '--exclude-standard']
  try {
    const stdio = ['ignore', 'pipe', 'ignore'] as const
    return execFileSync('git', words, { cwd: root, encoding: 'utf8', stdio: [...stdio] }).split(
      '\n',
    )
  } catch {
    // An unpacked archive has no git.
    const exclude = ['node_modules/**', 'data/**']
    return globSync('**/*.ts', { cwd: root, exclude })
  }
}

const files = listFiles().filter((file) => /\.tsx?$/.test(file) && !file.endsWith('.d.ts'))

const banned =
  /service|manager|helper|util|common|\bbase\b|impl\b|dto|factory|processor|orchestrator/

const lines_max = (file: string): number => (/\.test\.ts$|contract\.ts$/.test(file) ? 600 : 400)

for (const file of files) {
  const text = readFileSync(path.join(root, file), 'utf8')
  const rows = text.split('\n')
  const [top, folder] = file.split('/') as [string, string]
  const is_test = /\.test\.ts$|contract\.ts$|bench\.ts$/.test(file) || top === 'test'

  test(file, () => {
    assert.doesNotMatch(path.basename(file), banned, 'a banned word in the name')
    assert(rows.length <= lines_max(file) + 1, `${rows.length} lines`)
    // The formatter breaks neither an import of one name nor the title of a test.
    const unbroken = /^(import |test\()|reckoning: /
    const long = rows.findIndex((row) => [...row].length > 100 && !unbroken.test(row))
    assert.equal(long, -1, `line ${long + 1} is over 100 columns`)
    assert.doesNotMatch(
      text,
      /@ts-(ignore|expect-error|nocheck)|\bas any(?! [a-z])/,
      'types switched off',
    )
    if (top !== 'src' && top !== 'plugins') return
    checkImports(text, top, folder, is_test)
    checkSql(file, text, folder, is_test)
  })
}

function checkImports(text: string, top: string, folder: string, is_test: boolean): void {
  if (is_test) return
  const below = top === 'plugins' ? ['lib', 'ports'] : layers.slice(0, layers.indexOf(folder) + 1)
  if (top === 'src' && !text.includes('runs before anything else')) {
    assert(folder.endsWith('.ts') || layers.includes(folder), `unlisted folder ${folder}`)
  }
  if (folder.endsWith('.ts')) return
  for (const [, layer] of text.matchAll(/from '#src\/([\w-]+)\//g)) {
    assert(below.includes(layer!), `${folder} may not import ${layer}`)
  }
  if (top === 'plugins') {
    for (const [, other] of text.matchAll(/from '#plugins\/([\w-]+)/g)) {
      assert.equal(other, folder, 'a plug-in knows no other')
    }
  } else if (folder !== 'app') {
    assert.doesNotMatch(text, /from '#plugins/, 'the core knows no plug-in')
  }
}

function checkSql(file: string, text: string, folder: string, is_test: boolean): void {
  if (is_test || folder.endsWith('.ts')) return
  for (const [, table] of text.matchAll(/^\s*(?:insert into|update|delete from) (\w+)/gm)) {
    const owner = owner_of.get(table!)
    if (owner !== undefined) assert.equal(folder, owner, `${folder} writes ${table}`)
  }
  if (!file.endsWith('.sql.ts') && folder !== 'db') {
    assert.doesNotMatch(text, /\b(sql|tx\.\w+(<[^`]*>)?)`/, 'SQL lives in *.sql.ts')
  }
}

test('every table of the migrations has an owner', () => {
  const migrations = globSync('migrations/*.sql', { cwd: root })
  assert(migrations.length > 0)
  for (const file of migrations) {
    const text = readFileSync(path.join(root, file), 'utf8')
    for (const [, table] of text.matchAll(/^create table (\w+) \(/gm)) {
      assert(owner_of.has(table!), `${table} has no owner`)
    }
  }
})

test('each body in the API reference has an example, and it fits', () => {
  const ajv = new Ajv({ strict: false, allErrors: true })
  const wrong = routes.flatMap(({ method, path: at, body, example }) => {
    if (!body) return []
    if (!example) return [`${method} ${at}: none`]
    const fits = ajv.compile({ ...body })
    return fits(example) ? [] : [`${method} ${at}: ${ajv.errorsText(fits.errors)}`]
  })
  assert.deepEqual(wrong, [])
})
