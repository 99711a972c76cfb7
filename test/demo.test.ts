// `npm run demo` as somebody who relies on its exit code has it: what happens twice makes it
// fail, also when only the other side knows of it.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { readSecretKey } from '#src/app/data-dir.ts'
import { demoShopOf } from '#src/app/demo-shop.ts'
import { isAlive } from '#src/app/postmaster.ts'
import { transaction } from '#src/db/transaction.ts'
import { addEvents } from '#src/events/events.sql.ts'
import { systemClock } from '#src/lib/clock.ts'
import { newId } from '#src/lib/ids.ts'
import { atEnd } from '#test/cleanup.ts'
import { admin, openWorld, until } from '#test/world.ts'

const program = path.resolve(import.meta.dirname, '../src/app/demo.ts')
// Not under a temporary folder that may be closed to the user of the database.
const folder = mkdtempSync('/var/tmp/onhand-demo-test-')
chmodSync(folder, 0o755)
atEnd(() => rmSync(folder, { recursive: true, force: true }))

type Json = Record<string, unknown>
type Ended = { readonly code: number | null; readonly text: string; readonly complaint: string }
type Demo = {
  readonly output: () => string
  readonly ended: Promise<Ended>
  readonly kill: () => void
}

function startDemo(...options: string[]): Demo {
  const child = spawn(process.execPath, [program, ...options], {
    env: { ...process.env, TMPDIR: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let [text, complaint] = ['', '']
  child.stdout.on('data', (bytes: Buffer) => {
    text += bytes.toString()
  })
  child.stderr.on('data', (bytes: Buffer) => {
    complaint += bytes.toString()
  })
  const ended = once(child, 'close').then(([code]) => ({ code, text, complaint }) as Ended)
  return { output: () => text, ended, kill: () => void child.kill('SIGKILL') }
}

const each_once = {
  payment: 1,
  invoice: 1,
  label: 1,
  pick_task: 1,
  mail_confirmation: 1,
  mail_receipt: 1,
  mail_shipped: 1,
  mail_delivered: 1,
}

/** The folder of the shop that the demo has started for itself. */
const findDataDir = (): string | undefined =>
  globSync('onhand-demo-*/simulators.json', { cwd: folder })
    .map((file) => path.join(folder, path.dirname(file)))
    .at(0)

type Simulated = Record<string, { port: number; texts: Record<string, string> }>
/** A text is sent as a form, an object as JSON. */
async function post(url: string, authorization: string, body?: string | object) {
  const type = typeof body === 'string' ? 'x-www-form-urlencoded' : 'json'
  const answer = await fetch(url, {
    method: 'POST',
    ...(body ? { body: typeof body === 'string' ? body : JSON.stringify(body) } : {}),
    headers: {
      authorization,
      'idempotency-key': newId<string>(),
      ...(body ? { 'content-type': `application/${type}` } : {}),
    },
  })
  const text = await answer.text()
  assert(answer.ok, text)
  return JSON.parse(text)
}
const basic = (user: string): string => `Basic ${Buffer.from(`${user}:`).toString('base64')}`

/** Does once more at the outside systems what the shop has just done. */
async function repeatOutside(data_dir: string): Promise<void> {
  const simulated: Simulated = JSON.parse(
    readFileSync(path.join(data_dir, 'simulators.json'), 'utf8'),
  )
  const urlOf = (name: string): string => `http://127.0.0.1:${simulated[name]!.port}`
  /** What the simulator has noted of one kind: the newest state of each. */
  const noted = (name: string, kind: string): Json[] => {
    const file = path.join(data_dir, `simulator-${name}.jsonl`)
    if (!existsSync(file)) return []
    const rows = readFileSync(file, 'utf8').split('\n').slice(0, -1)
    return rows.map((row) => JSON.parse(row)).flatMap(([k, _, v]) => (k === kind ? [v] : []))
  }
  const charge = await until('a charge', async () => noted('stripe', 'charge').at(-1))
  const intent = new URLSearchParams({
    amount: String(charge['amount']),
    currency: String(charge['currency']),
    payment_method: 'pm_card_visa',
    confirm: 'true',
    return_url: 'https://shop.example/',
    'automatic_payment_methods[enabled]': 'true',
    'automatic_payment_methods[allow_redirects]': 'never',
  })
  const stripe_key = simulated['Stripe']!.texts['STRIPE_SECRET_KEY']!
  await post(`${urlOf('Stripe')}/v1/payment_intents`, `Bearer ${stripe_key}`, String(intent))

  const bought = await until('a label', async () =>
    noted('easypost', 'shipment').findLast((row) => row['bought'] !== null),
  )
  const { from, to, parcel } = bought as Record<string, Json>
  const easypost_key = basic(simulated['EasyPost']!.texts['EASYPOST_API_KEY']!)
  const toWire = ({ id: _, ...fields }: Json): Json => fields
  const shipment = {
    from_address: toWire(from!),
    to_address: toWire(to!),
    parcel: { weight: parcel!['weight'] },
  }
  const shipments = `${urlOf('EasyPost')}/v2/shipments`
  const made = await post(shipments, easypost_key, { shipment })
  await post(`${shipments}/${made.id}/buy`, easypost_key, { rate: { id: made.rates[0].id } })
}

/** The same words to the same address: one message in our rows, two at the mail server. */
async function repeatMail(data_dir: string, url: string): Promise<void> {
  const { secret_key } = demoShopOf(readSecretKey(data_dir))
  const authorization = `Bearer ${secret_key}`
  const message = await until('a mail', async () => {
    const answer = await fetch(`${url}/admin/messages?state=sent`, { headers: { authorization } })
    const { items } = (await answer.json()) as { items: { id: string; kind: string }[] }
    return items.find(({ kind }) => kind === 'confirmation')
  })
  await post(`${url}/admin/messages/${message.id}/resend`, authorization)
}

test('with a shop of its own: everything once, at Razorpay and in the books of all', async () => {
  const { code, text, complaint } = await startDemo('--json', '--gateway', 'razorpay').ended
  assert.deepEqual([code, complaint], [0, ''])
  const told = JSON.parse(text)
  assert.deepEqual(Object.keys(told), ['order', 'steps', 'effects'])
  assert.deepEqual(told.effects, each_once)
  assert.equal(told.order.currency, 'INR')
})

test('what the outside systems did twice makes it fail, though the shop noted it once', async () => {
  const demo = startDemo()
  const data_dir = await until('a shop', async () => findDataDir())
  await repeatOutside(data_dir)
  const [, url] = /Onhand answers at (\S+)/.exec(demo.output())!
  await repeatMail(data_dir, url!)
  const { code, complaint } = await demo.ended
  assert.equal(code, 1, complaint)
  assert.match(complaint, /^Not exactly once: payment: 2 times; label: 2 times; mail_confirmation/)
  assert.match(complaint, /mail_confirmation: 2 times; the providers keep \d+ of \d+$/m)
})

test('killed at once, it leaves neither processes nor data behind', async () => {
  const demo = startDemo()
  const data_dir = await until('a shop', async () =>
    demo.output().includes('Onhand answers at') ? findDataDir() : undefined,
  )
  const [postmaster] = globSync('**/postmaster.pid', { cwd: data_dir })
  const postgres = Number(readFileSync(path.join(data_dir, postmaster!), 'utf8').split('\n')[0])
  demo.kill()
  await until('no process', async () => !isAlive(postgres) || null)
  await until('no data', async () => !existsSync(data_dir) || null)
})

test('with the address of a shop that runs: what its API tells twice makes it fail', async () => {
  const world = await openWorld({ scan_interval_ms: 50 })
  const { keys, secret_key } = world.keys
  const options = ['--json', '--url', world.url, '--key', keys.web, '--secret-key', secret_key]
  const good = await startDemo(...options).ended
  assert.deepEqual([good.code, good.complaint], [0, ''])
  assert.deepEqual(JSON.parse(good.text).effects, each_once)

  const demo = startDemo(...options)
  const { subject_id, order_id, detail } = await until('a label', async () => {
    const { body } = await admin(world, 'GET', '/admin/orders')
    if (body.items.length < 2) return null
    const timeline = await admin(world, 'GET', `/admin/orders/${body.items[0].id}/timeline`)
    return timeline.body.items.find(({ kind }: Json) => kind === 'label.bought')
  })
  const again = { kind: 'label.bought', subject: 'shipment', subject_id, order_id, detail }
  await transaction(world.db, (tx) =>
    addEvents(tx, [{ ...again, actor: 'system', at: systemClock() }]),
  )
  const bad = await demo.ended
  assert.equal(bad.code, 1)
  assert.deepEqual(JSON.parse(bad.text).effects, { ...each_once, label: 2 })
  assert.equal(bad.complaint, 'Not exactly once: label: 2 times\n')
})
