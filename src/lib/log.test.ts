import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import type { Logger } from 'pino'
import { createLog } from './log.ts'
import { refuse } from './refusal.ts'
import { RuleError } from './rule-error.ts'
import { Secret } from './secret.ts'

const id = '019a0000-0000-7000-8000-000000000000'

const nasty = {
  email: 'jane.doe@example.com',
  name: 'Jane Doe',
  address: '17 Lantern Lane',
  card: '4242424242424242',
  grouped_card: '4242 4242 4242 4242',
  secret_key: 'sk_AbCdEfGhIjKlMnOpQrStUvWxYz012345',
  publishable_key: 'pk_AbCdEfGhIjKlMnOpQrStUvWxYz012345',
  bearer: 'Bearer sk_AbCdEfGhIjKlMnOpQrStUvWxYz012345',
  query: '/store/orders/1?token=o.abc.def&email=jane.doe@example.com',
  url: 'postgres://onhand:hunter2@db.example/onhand',
  phone: '+919876543210',
}
const traces =
  /jane|doe|lantern|4242|AbCdEf|hunter2|98765|o\.abc|example\.com|token=|a very secret text/i

function written(write: (log: Logger) => void): string {
  const lines: string[] = []
  const destination = { write: (line: string) => void lines.push(line) }
  write(createLog({ level: 'trace', part: 'test', destination }))
  for (const line of lines) JSON.parse(line)
  return lines.join('')
}

const isClean = (text: string): void =>
  assert.deepEqual(
    text.split('\n').filter((line) => traces.test(line)),
    [],
  )

test('nothing nasty is printed, wherever it stands', () => {
  const text = written((log) => {
    for (const value of Object.values(nasty)) {
      const error = Object.assign(new Error(`could not ship to ${value}`, { cause: value }), {
        code: value,
        detail: value,
        table: value,
      })
      log.info({ value, email: value, card: value, request_id: value, route: value }, 'fields')
      log.info({ [value]: 1, nested: { value, list: [value] } }, 'names and nesting')
      log.info({ status: value, method: value, code: value, task: value, port: value }, 'known')
      log.child({ email: value, order_id: value, note: value }).info('bindings')
      log.error(error)
      log.error({ error }, 'error')
      log.error({ err: new TypeError(value, { cause: new Error(value) }) }, 'cause')
      log.error({ error: refuse('invalid_input', { value }) }, 'refusal')
      log.error({ error: value }, 'thrown text')
      log.info({ secret: new Secret('a very secret text'), value: new Map([[value, value]]) })
      log.info({ msg: value, level: value, part: value, pid: value }, 'own fields of a line')
    }
    log.info({ pid: 4242424242424242, count: 4242424242424242, rows: Number.NaN }, 'numbers')
    log.warn(new SyntaxError(`Unexpected token in "${nasty.email}"`))
    try {
      assert.equal(nasty.email, nasty.address)
    } catch (error) {
      log.error(error)
    }
    try {
      JSON.parse(`{"email": ${nasty.email}`)
    } catch (error) {
      log.error({ error }, 'no JSON')
    }
  })
  isClean(text)
})

test('a message with something nasty in it is blanked', () => {
  const { name: _, address: __, ...recognizable } = nasty
  const text = written((log) => {
    for (const value of Object.values(recognizable)) {
      log.info(`sent to ${value} now`)
      log.info('%s was here', value)
      log.info({ status: 1 }, value)
    }
  })
  isClean(text)
})

test('names and streets cannot be recognized in a message, so no message is put together', () => {
  const root = path.resolve(import.meta.dirname, '../..')
  for (const file of globSync('{src,plugins}/**/*.ts', { cwd: root })) {
    if (file.endsWith('.test.ts')) continue
    const source = readFileSync(path.join(root, file), 'utf8')
    for (const [call] of source.matchAll(/\blog\.(?:\w+|\[\w+\])\([^)]*\)/g)) {
      assert.doesNotMatch(call, /`|'\s*\+|\+\s*'/, `${file}: ${call}`)
    }
  }
})

test('a rule of the shop that fails is named, what it has thrown is not', () => {
  const cause = new Error('Ada Lovelace has no price')
  const lines = written((log) => {
    log.error({ error: new RuleError('price', 'club trays', 'has failed', { cause }) }, 'failed')
    log.error({ error: new RuleError('price', 'a@b.example', 'has failed') }, 'failed')
    log.error({ error: new RuleError('price', '4111111111111111', 'has failed') }, 'failed')
  })
  const [named, ...hidden] = lines
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).error)
  assert.equal(named.message, 'The price rule "club trays" has failed.')
  assert.match(named.cause.frames[0], /log\.test\.ts/)
  assert.doesNotMatch(lines, /Ada|4111|b\.example/)
  assert.deepEqual(
    hidden.map(({ name, message }) => [name, message]),
    [
      ['RuleError', undefined],
      ['RuleError', undefined],
    ],
  )
})

test('what is needed to find a fault is printed', () => {
  const text = written((log) => {
    log.warn(
      { request_id: id, method: 'POST', route: '/store/carts/:id', status: 409, ms: 1.5 },
      'request',
    )
    const error = new Error('hidden')
    log.error(
      { error: Object.assign(error, { code: '23505', constraint: 'orders_pkey' }) },
      'failed',
    )
    log.error({ error: refuse('out_of_stock') }, 'refused')
  })
  const [request, failed, refusal] = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  const { level, part, status, route, request_id, ms, msg } = request
  assert.deepEqual(
    { level, part, status, route, request_id, ms, msg },
    {
      level: 'warn',
      part: 'test',
      status: 409,
      route: '/store/carts/:id',
      request_id: id,
      ms: 1.5,
      msg: 'request',
    },
  )
  assert.equal(failed.error.code, '23505')
  assert.equal(failed.error.constraint, 'orders_pkey')
  assert.match(failed.error.frames[0], /log\.test\.ts:\d+:\d+$/)
  assert.equal(refusal.error.code, 'out_of_stock')
})
