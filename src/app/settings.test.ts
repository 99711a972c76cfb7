import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, test } from 'node:test'
import { inspect } from 'node:util'
import { settingsTable } from '#src/config.ts'
import { toJson } from '#src/lib/json.ts'
import { openDataDir, readSecretKey } from './data-dir.ts'
import { readConfig, settingGroups } from './settings.ts'
import { no_config } from './shop-config.ts'
import { StartError } from './start-error.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'onhand-settings-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const stripe = {
  STRIPE_SECRET_KEY: 'sk_test_aaaaaaaaaaaa',
  STRIPE_PUBLISHABLE_KEY: 'pk_test_aaaaaaaaaaaa',
  STRIPE_WEBHOOK_SECRET: 'whsec_aaaaaaaaaaaa',
}

test('without any setting there is one for everything that needs one', () => {
  const config = readConfig({ PATH: '/bin', ONHAND_SOMETHING: 'is not our business' })
  assert.equal(config.port, 4000)
  assert.equal(config.host, '127.0.0.1')
  assert.equal(config.data_dir, path.resolve('data'))
  assert.equal(config.database_url, null)
  assert.equal(config.secret_key, null)
  assert.deepEqual([...config.configured], [])
  assert(Object.isFrozen(config))
})

test('an empty variable counts as not set', () => {
  assert.equal(readConfig({ PORT: '', SECRET_KEY: '' }).port, 4000)
  assert.throws(() => readConfig({ METRICS_TOKEN: '  ' }), /METRICS_TOKEN holds nothing but blanks/)
})

test('all bad values are named at once, with reasons and without the values', () => {
  const given = {
    PORT: '70000',
    LOG_LEVEL: 'loud',
    DATABASE_URL: 'mysql://root:hunter2@host/shop',
    SECRET_KEY: 'hunter2',
    PUBLIC_URL: 'https://shop.example/',
    TRUSTED_PROXIES: 'everyone',
    DB_CONNECTIONS: '1.5',
    SMTP_URL: 'http://user:hunter2@mail.example',
    STRIPE_SECRET_KEY: 'hunter2',
    RATE_LIMIT: '-1',
  }
  assert.throws(
    () => readConfig(given),
    (error) => {
      assert(error instanceof StartError)
      assert.equal(error.exit_code, 2)
      for (const name of Object.keys(given))
        assert.match(error.message, new RegExp(`^  ${name} `, 'm'))
      assert.match(error.message, /PORT must be a whole number from 0 to 65535/)
      assert.match(error.message, /MAIL_FROM is missing, while SMTP_URL is set/)
      assert.doesNotMatch(error.message, /hunter2|70000/)
      return true
    },
  )
})

test('a plug-in has all of its settings or none', () => {
  assert.deepEqual([...readConfig(stripe).configured], ['Stripe'])
  const { STRIPE_WEBHOOK_SECRET: _, ...part } = stripe
  assert.throws(() => readConfig(part), /STRIPE_WEBHOOK_SECRET is missing, while STRIPE_SECRET_KEY/)
})

test('keys of Stripe that are of two modes are refused before anything is made', () => {
  for (const [given, reason] of [
    [
      { STRIPE_PUBLISHABLE_KEY: 'pk_live_aaaaaaaaaaaa' },
      /is a live key, while STRIPE_SECRET_KEY is/,
    ],
    [
      { STRIPE_SECRET_KEY: 'rk_live_aaaaaaaaaaaa' },
      /is a test key, while STRIPE_SECRET_KEY is a l/,
    ],
  ] as const) {
    assert.throws(
      () => readConfig({ ...stripe, ...given }),
      (error) => {
        assert(error instanceof StartError)
        assert.equal(error.exit_code, 2)
        assert.match(error.message, /^ {2}STRIPE_PUBLISHABLE_KEY is a /m)
        assert.match(error.message, reason)
        assert.doesNotMatch(error.message, /aaaa/)
        return true
      },
    )
  }
  const live = {
    STRIPE_SECRET_KEY: 'rk_live_aaaaaaaaaaaa',
    STRIPE_PUBLISHABLE_KEY: 'pk_live_aaaaaaaa',
  }
  assert.deepEqual([...readConfig({ ...stripe, ...live }).configured], ['Stripe'])
})

test('a key that is cut is not told to have another prefix', () => {
  const cut = /is cut or has a sign too many/
  for (const [name, value, reason] of [
    ['STRIPE_SECRET_KEY', 'sk_test_x', cut],
    ['STRIPE_PUBLISHABLE_KEY', 'pk_live_x', cut],
    ['STRIPE_WEBHOOK_SECRET', 'whsec_aaaaaaaa,whsec_', cut],
    ['STRIPE_WEBHOOK_SECRET', 'we_aaaaaaaaaaaa', /must begin with whsec_$/m],
    ['STRIPE_WEBHOOK_SECRET', Array(5).fill('whsec_aaaaaaaa').join(), /must be one to four/],
    ['RAZORPAY_KEY_ID', 'rzp_test_x', cut],
    ['RAZORPAY_KEY_ID', 'sk_test_aaaaaaaa', /must begin with rzp_test_ or rzp_live_$/m],
    ['STRIPE_SECRET_KEY', 'pk_test_aaaaaaaa', /must begin with sk_test_, sk_live_, rk_test_ or/],
  ] as const) {
    const { message } = thrownBy(() => readConfig({ ...stripe, [name]: value }))
    const [line] = message.split('\n').filter((one) => one.startsWith(`  ${name} `))
    assert.match(line ?? '', reason, `${name}=${value}`)
  }
})

function thrownBy(body: () => unknown): Error {
  try {
    body()
  } catch (error) {
    return error as Error
  }
  assert.fail('nothing was thrown')
}

test('a secret is not printed by whatever prints the configuration', () => {
  const secret = 'a secret of more than 32 characters'
  const config = readConfig({ SECRET_KEY: secret, DATABASE_URL: 'postgres://a:hunter2@h/d' })
  assert.equal(config.secret_key!.reveal(), secret)
  const { texts: _, ...printed } = config
  assert.doesNotMatch(inspect(printed, { depth: 9 }) + toJson(printed), /a secret|hunter2/)
})

test('the secret key is made once, for us alone', () => {
  openDataDir(path.join(folder, 'new/data'))
  const data_dir = path.join(folder, 'new/data')
  const first = readSecretKey(data_dir).reveal()
  assert(first.length >= 32)
  assert.equal(readSecretKey(data_dir).reveal(), first)
  const file = path.join(data_dir, 'secret-key')
  assert.equal(statSync(file).mode & 0o777, 0o600)
  writeFileSync(file, 'cut')
  assert.throws(() => readSecretKey(data_dir), /secret-key is damaged/)
})

test('a DATA_DIR that cannot be made is told by its name', () => {
  const file = path.join(folder, 'file')
  writeFileSync(file, '')
  assert.throws(() => openDataDir(path.join(file, 'data')), /^StartError: DATA_DIR: .*ENOTDIR/)
})

test('every setting has a name of its own and passes its own check', () => {
  const settings = settingGroups(no_config).flatMap((group) => group.settings)
  assert.equal(new Set(settings.map(({ name }) => name)).size, settings.length)
  for (const { name, fallback, check } of settings) {
    if (fallback !== null) assert.equal(check(fallback), null, name)
  }
})

test('the table in the README is the one of the settings', () => {
  const readme = path.resolve(import.meta.dirname, '../../README.md')
  assert(existsSync(readme))
  const [, block] = /<!-- settings -->\n([\s\S]*?)<!-- end of settings -->/.exec(
    readFileSync(readme, 'utf8'),
  )!
  assert.equal(block!.trim(), settingsTable(settingGroups(no_config)))
})

test('the manifests for Kubernetes name settings that exist', () => {
  const file = path.resolve(import.meta.dirname, '../../deploy/kubernetes/settings.yaml')
  const named = [...readFileSync(file, 'utf8').matchAll(/^ {2}([A-Z_]+): "?([^"\n]+)/gm)]
  assert(named.length > 10)
  const checks = new Map(
    settingGroups(no_config)
      .flatMap((group) => group.settings)
      .map((s) => [s.name, s]),
  )
  for (const [, name, value] of named) {
    assert(checks.has(name!), name)
    // Keys of accounts are made up there; all others could be used as they stand.
    if (!/example$/.test(value!)) assert.equal(checks.get(name!)!.check(value!), null, name)
  }
})
