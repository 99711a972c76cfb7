// Every route by which staff write, asked so that it is done: what it has changed stands in the
// audit with who did it. The tables say by themselves what was written, so that neither a new
// route nor a new table is forgotten.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { runAudit } from '#src/app/audit.ts'
import { routes } from '#src/app/routes.ts'
import { type Head, linkOf, no_head, writeHead } from '#src/audit/audit.ts'
import { chainAudit } from '#src/audit/chain-audit.ts'
import { verifyWholeAudit } from '#src/audit/verify-audit.ts'
import { fulfillOrder } from '#src/checkout/fulfill-order.ts'
import { transaction } from '#src/db/transaction.ts'
import type { Schema } from '#src/http/schema.ts'
import type { OrderId } from '#src/lib/ids.ts'
import { testSecret } from '#test/app.ts'
import { atEnd } from '#test/cleanup.ts'
import { readFingerprint } from '#test/fingerprint.sql.ts'
import { admin, complete, fillCart, german_address, openWorld } from '#test/world.ts'
import { attack, behind_proxy, fillShop, fromElsewhere, idsFor, readIds } from './attacker.ts'
import { changeOrders, idsOfChanged } from './changed-orders.ts'
import { isStaff, nobody, type Operation, readOperations } from './document.ts'
import { hire, hireAll, signIn } from './insiders.ts'
import { fittingValue, type Ids } from './values.ts'
import { no_writes, not_here, writes as own_writes } from './writes.ts'

const world = await openWorld({ worker: false, ...behind_proxy })
await fillShop(world)
// Parcels, and somebody with a second factor.
const ordered = await complete(world, await fillCart(world))
const order_id = ordered.body.order.id as OrderId
await fulfillOrder(world.db, { cause_id: order_id, order_id }, new Date())
await changeOrders(world)
const { id: careful } = await hire(world, 'careful', 'owner', new Date())
await transaction(
  world.db,
  (tx) => tx.run`
    insert into second_factor (staff_id, sealed_secret, confirmed_at, created_at)
    values (${careful}, '\\x00', now(), now())`,
)
const operations = await readOperations(world.url)
const writes = operations.filter((one) => isStaff(one) && one.method !== 'GET')

/** Ids that exist, by the names of the fields that hold them. */
function withIds(value: unknown, schema: Schema, ids: Ids, name = ''): unknown {
  if (typeof value === 'string') return value === nobody ? (ids[name]?.[0] ?? value) : value
  if (Array.isArray(value)) {
    return value.map((one) => withIds(one, schema.items ?? {}, ids, name.replace(/s$/, '')))
  }
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [
      key,
      withIds(one, schema.properties?.[key] ?? {}, ids, key),
    ]),
  )
}

const examples = new Map(
  routes.map(({ method, path, example }) => [
    `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`,
    example,
  ]),
)

type Done = { readonly status: number; readonly text: string; readonly request_id: string }

async function succeed(operation: Operation, ids: Ids): Promise<Done | string> {
  const { body, takes_bytes, name } = operation
  const own = own_writes[name]?.(ids) ?? {}
  const example = examples.get(name)
  const bodies = body
    ? [
        ...(own.body === undefined ? [] : [own.body]),
        ...(example ? [example] : []),
        withIds(example ?? {}, body, ids),
        withIds(fittingValue(body), body, ids),
      ]
    : [null]
  const known = Object.entries(idsFor(operation, ids))
  const sets = [0, 1, 2, 3].map((n) =>
    Object.fromEntries(known.map(([key, some]) => [key, some[n] ?? some[0] ?? nobody])),
  )
  const said = new Set<string>()
  for (const values of sets) {
    for (const one of takes_bytes ? ['bytes'] : bodies) {
      const text = takes_bytes ? 'bytes' : one === null ? null : JSON.stringify(one)
      const answer = await attack(world, operation, {
        values: { ...values, ...own.values },
        ...(own.query ? { query: own.query } : {}),
        ...(text === null ? {} : { text }),
      })
      if (answer.status < 300) {
        return { ...answer, request_id: answer.headers.get('x-request-id')! }
      }
      said.add(`${answer.status} ${answer.text.slice(0, 200)}`)
    }
  }
  return [...said].join(' · ')
}

const more_ids = `
  select 'promotions' as name, array(select id::text from promotion order by id desc) as ids
  union all select 'collections', array(select id::text from collection order by id desc)
  union all select 'digital-files', array(select id::text from digital_file order by id desc)
  union all select 'code_id', array(select id::text from coupon where promotion_id is not null
    and code like 'AUDITED%')
  union all select 'shipping-zones', array(select id::text from shipping_zone order by id desc)
  union all select 'tax-zones', array(select id::text from tax_zone order by id desc)
  union all select 'tax-exemptions', array(select id::text from tax_exemption order by id desc)
  union all select 'key_of_test', array(select id::text from api_key
    where revoked_at is null and name = 'of the test' order by id desc)
  union all select 'customer_id', array(select id::text from customer
    where erased_at is null order by id desc)
  union all select 'has_factor', array(select staff_id::text from second_factor)
  union all select 'segment_version', array(select unnest(array[version::text, group_id::text])
    from customer_segment order by group_id desc)
  union all select 'order_version', array(select unnest(array[version::text, id::text])
    from orders where state = 'placed' order by id desc)
  ${idsOfChanged}`

async function idsNow(): Promise<Ids> {
  const { rows } = await world.db.query<{ name: string; ids: string[] }>(more_ids)
  return {
    ...(await readIds(world)),
    ...Object.fromEntries(rows.map((one) => [one.name, one.ids])),
  }
}

/** What the tables say by themselves, or a machine writes: no entry tells of them. */
const exempt: Readonly<Record<string, string>> = {
  audit_entry: 'the audit itself',
  event: 'append-only, with its own actor',
  journal_entry: 'append-only ledger',
  stock_movement: 'append-only ledger, with its own actor',
  price_past: 'what was in force before, written by a trigger',
  price_list_past: 'what was in force before, written by a trigger',
  invoice: 'legal documents never change',
  invoice_pdf: 'legal documents never change',
  number_series: 'a counter; what has the number is told',
  account: 'the fixed list of accounts',
  idempotency: 'keys of requests',
  migration: 'of the program',
  secret_fingerprint: 'of the program',
  revision: 'a counter that tells caches of a change',
  event_cursor: 'how far readers of events are',
  worker_heartbeat: 'of the workers',
  promise_asking: 'of the workers',
  compiled_mjml: 'read by nobody any more',
  goods_mark: 'derived from goods, for the search',
  search_text: 'derived from goods, for the search',
  collection_product: 'derived from the rules of the collection',
  stock_flip: 'derived from stock, for caches',
  import_run: 'of the import at the terminal',
  import_refusal: 'of the import at the terminal',
  import_counted: 'of the import at the terminal',
  cart_hold: 'of shoppers; what staff change of it is a rule',
  cart_funnel: 'a count of shoppers',
  tax_quote: 'an answer of a tax engine, kept for a while',
  coupon_use: 'derived from orders',
  promotion_turn: 'derived from orders',
  provider_event: 'what providers have told',
  tracking_scan: 'what carriers have told',
  webhook_attempt: 'the log of deliveries',
  digital_file_part: 'bytes; the file that is made of them is told, with its hash',
  account_mail: 'of customers',
  customer_session: 'of customers; erasing them ends it',
  staff_session: 'comes and goes with sign-in and sign-out, which are events',
  api_key_use: 'when keys were last used, in passing',
}
const base = (table: string): string => table.replace(/^public\./, '').replace(/_\d{6}$/, '')

test('every table is in the audit, or says why not', async () => {
  const { rows } = await world.db.query<{ name: string; audited: boolean }>(
    `select relname as name, exists (select from pg_trigger where tgrelid = pg_class.oid
        and tgname = 'audit') as audited
     from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
       and not relispartition`,
  )
  const forgotten = rows.filter(({ name, audited }) => audited === name in exempt)
  const how = "say `select audit_table('NAME')` in its migration, or a reason here"
  assert.deepEqual(forgotten, [], how)
  assert.deepEqual(
    Object.keys(exempt).filter((name) => !rows.some((one) => one.name === name)),
    [],
  )
})

test('columns that sound like secrets or people are not told', async () => {
  const { rows } = await world.db.query<{ column: string }>(
    `select relname || '.' || attname as column
     from pg_trigger join pg_class on pg_class.oid = tgrelid join pg_attribute on attrelid = tgrelid
     where tgname = 'audit' and attnum > 0 and not attisdropped
       and atttypid in ('text'::regtype, 'jsonb'::regtype, 'bytea'::regtype)
       and attname ~ '(email|phone|password|secret|token|hash|contact|recipient|address|name$)'
       and not attname = any (audit_hidden(tgrelid,
         (string_to_array(encode(tgargs, 'escape'), '\\000'))[2]::text[],
         nullif((string_to_array(encode(tgargs, 'escape'), '\\000'))[3], 'all')::text[]))
     order by 1`,
  )
  // Names of things, and places of the shop itself.
  const of_the_shop = new Set([
    'api_key.name',
    'channel.name',
    'customer_consent.contact',
    'customer_group.name',
    'digital_file.name',
    'field_definition.name',
    'legal_entity.address',
    'legal_entity.name',
    'location.address',
    'location.name',
    'orders.shipping_name',
    'price_list.name',
    'promotion.name',
    'role.name',
    'shipping_option.name',
    'shipping_zone.name',
    'tax_district.name',
  ])
  assert.deepEqual(
    rows.map(({ column }) => column).filter((column) => !of_the_shop.has(column)),
    [],
  )
})

type Entry = Readonly<Record<string, string>> & {
  readonly before: Record<string, unknown> | null
  readonly after: Record<string, unknown> | null
}
const entriesOf = async (request_id: string): Promise<Entry[]> =>
  (await world.db.query('select * from audit_entry where request_id = $1', [request_id])).rows

test('every route by which staff write leaves what it has changed, with who and before and after', async () => {
  const ordered = [
    ...writes.filter(({ method }) => method !== 'DELETE'),
    ...writes.filter(({ method }) => method === 'DELETE'),
  ]
  const { rows: me } = await world.db.query<{ actor: string }>(
    `select 'key:' || id as actor from api_key where token_hash = sha256($1)`,
    [Buffer.from(world.keys.secret_key)],
  )
  const quiet = new Set([...Object.keys(no_writes), ...Object.keys(not_here)])
  for (const operation of ordered) {
    const { name } = operation
    const before = await readFingerprint(world.db)
    const done = await succeed(operation, await idsNow())
    if (name in not_here) {
      assert.equal(typeof done, 'string', `${name} can be done here`)
      for (const table of not_here[name]!) assert(!(table in exempt), `${name}: ${table}`)
      continue
    }
    assert(typeof done !== 'string', `${name} was not done: ${done}`)
    const now = await readFingerprint(world.db)
    const changed = Object.keys(now).filter((table) => now[table] !== before[table])
    const told = await entriesOf(done.request_id)
    const untold = changed
      .map(base)
      .filter((table) => !table.includes('.') && !(table in exempt))
      .filter((table) => !told.some(({ resource }) => resource === table))
    assert.deepEqual(untold, [], `${name} has changed these`)
    assert.equal(told.length === 0, quiet.has(name), `${name}: ${told.length} entries`)
    for (const entry of told) {
      const path = name.replaceAll(/\{(\w+)\}/g, ':$1')
      assert.deepEqual([entry['actor'], entry['via'], entry['route']], [me[0]!.actor, 'key', path])
      const { before: was, after: is, change } = entry
      assert.deepEqual(
        [was === null, is === null],
        [change === 'insert', change === 'delete'],
        name,
      )
      if (!was || !is) continue
      assert.deepEqual(Object.keys(was), Object.keys(is))
      assert(Object.keys(is).length > 0)
    }
  }
})

test('a session is told as the person; shoppers, workers and what is refused leave nothing', async () => {
  await hireAll(world, new Date())
  const session = await signIn(world, 'owner')
  const count = async (): Promise<number> =>
    (await world.db.query('select count(*)::int as n from audit_entry')).rows[0].n
  const before = await count()
  await complete(world, await fillCart(world))
  const ask = (method: string, path: string, body: object) =>
    fetch(`${world.url}${path}`, {
      method,
      headers: { ...session, ...fromElsewhere(), 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  const made = await admin(world, 'POST', '/admin/customers', {
    email: 'audited@example.com',
    name: 'Audited Person',
  })
  assert.equal(await count(), before + 1)
  const path = `/admin/customers/${made.body.id}`
  assert.equal((await ask('PATCH', path, { name: 7 })).status, 400)
  assert.equal((await ask('PATCH', `/admin/customers/${nobody}`, { name: 'x' })).status, 404)
  assert.equal(await count(), before + 1)
  const patched = await ask('PATCH', path, { name: 'Somebody Else' })
  assert.equal(patched.status, 200)
  const [entry] = await entriesOf(patched.headers.get('x-request-id')!)
  const { rows } = await world.db.query("select id from staff where name = 'owner'")
  assert.deepEqual(
    [entry!['actor'], entry!['via'], entry!.before, entry!.after],
    [`staff:${rows[0].id}`, 'session', { name: '[hidden]' }, { name: '[hidden]' }],
  )
})

test('nothing of customers and no secret stands in it, so that erasing has nothing to find', async () => {
  const { rows } = await world.db.query<{ text: string }>(
    "select string_agg(coalesce(before::text, '') || after::text, ' ') as text from audit_entry",
  )
  const words = [
    'rose',
    'lily',
    'moved@',
    'audited@',
    'audited person',
    'somebody else',
    'example.com',
    'sk_[a-z0-9_-]{8}',
  ]
  words.push(german_address.line1.toLowerCase(), german_address.city.toLowerCase())
  const text = rows[0]!.text.toLowerCase()
  assert(text.length > 10_000)
  // The places of the shop itself may stand there.
  const { rows: kept } = await world.db.query(
    `select resource, route, before, after from audit_entry
     where resource not in ('location', 'legal_entity')
       and (before::text ~* $1 or after::text ~* $1)`,
    [words.join('|')],
  )
  assert.deepEqual(kept, [])
})

const verify = (expected: Head | null = null) => verifyWholeAudit(world.db, testSecret, expected)
/** Somebody who may do everything in the database, and does not have the key of the server. */
async function tamper(statement: string, body: () => Promise<void>): Promise<void> {
  const client = await world.db.connect()
  try {
    await client.query('set default_transaction_read_only = off')
    await client.query(
      'create table kept as table audit_entry; alter table audit_entry disable trigger user',
    )
    await client.query(statement)
    await body()
    await client.query(
      `delete from audit_entry; insert into audit_entry overriding system value table kept;
       drop table kept; alter table audit_entry enable trigger user`,
    )
  } finally {
    client.release(true)
  }
}

test('the chain is one, whoever chains, and any change of it shows', async () => {
  await Promise.all(Array.from({ length: 5 }, () => chainAudit(world.db, testSecret)))
  const whole = await verify()
  const { rows } = await world.db.query<{ n: number }>('select count(*)::int as n from audit_entry')
  assert.deepEqual(
    [whole.checked, whole.faults, whole.waiting, whole.head!.seq],
    [rows[0]!.n, [], 0, BigInt(rows[0]!.n)],
  )
  const head = whole.head!
  const last = Number(head.seq)
  const after_5 = `update audit_entry set after = '{"role": "owner"}' where seq = 5`
  await assert.rejects(
    transaction(world.db, (tx) => tx.run`delete from audit_entry`),
    /never change/,
  )
  const rebuilt = `do $$ declare e audit_entry; h bytea; begin ${after_5};
    select hash into h from audit_entry where seq = 4;
    for e in select * from audit_entry where seq >= 5 order by seq loop
      h := sha256(h || convert_to(e.seq::text, 'UTF8') || audit_digest(e));
      update audit_entry set hash = h where id = e.id; end loop; end $$`
  const tampered: readonly (readonly [string, string, object])[] = [
    ['another content', after_5, { seq: 5n, fault: 'changed' }],
    [
      'another person',
      `update audit_entry set actor = 'key:nobody' where seq = 7`,
      { seq: 7n, fault: 'changed' },
    ],
    ['one taken out', 'delete from audit_entry where seq = 6', { seq: 7n, fault: 'gap' }],
    [
      'one taken out, and the rest moved up',
      'delete from audit_entry where seq = 6; update audit_entry set seq = -seq where seq > 6;' +
        'update audit_entry set seq = -seq - 1 where seq < 0',
      { seq: 6n, fault: 'changed' },
    ],
    ['the whole chain made anew', rebuilt, { seq: head.seq, fault: 'seal' }],
    [
      'no seal',
      `update audit_entry set seal = null where seq = ${last}`,
      { seq: head.seq, fault: 'unsealed' },
    ],
  ]
  for (const [what, statement, fault] of tampered) {
    await tamper(statement, async () => {
      const { faults } = await verify()
      assert.deepEqual(
        faults.find((one) => one.seq === (fault as { seq: bigint }).seq),
        fault,
        what,
      )
    })
  }
  assert.deepEqual((await verify(head)).faults, [])
  await tamper(`delete from audit_entry where seq > ${last - 1}`, async () => {
    const { faults } = await verify(head)
    assert(
      faults.some(({ fault }) => fault === 'head'),
      'the end was cut off',
    )
  })
  assert.deepEqual((await verify(head)).faults, [], 'all is as it was')
})

test('it is read by who, what and when, page by page, and exported with its whole chain', async () => {
  const { body: all } = await admin(world, 'GET', '/admin/audit?limit=100')
  assert(all.items.length > 50)
  const [first, second] = all.items
  assert(BigInt(first.id) > BigInt(second.id), 'newest first')
  const { body: page } = await admin(world, 'GET', `/admin/audit?limit=1&after=${first.id}`)
  assert.deepEqual([page.items[0].id, page.next_cursor], [second.id, second.id])
  const some = all.items[50]
  const filters = ['actor', 'resource', 'resource_id', 'request_id', 'route']
  const query = filters.map((name) => `${name}=${encodeURIComponent(some[name])}`).join('&')
  const { body: found } = await admin(world, 'GET', `/admin/audit?${query}`)
  assert(found.items.length > 0)
  for (const one of found.items) {
    for (const name of filters) assert.equal(one[name], some[name])
  }
  const later = new Date(Date.now() + 60_000).toISOString()
  assert.deepEqual((await admin(world, 'GET', `/admin/audit?since=${later}`)).body.items, [])
  const asked = await fetch(`${world.url}/admin/exports/audit`, {
    headers: { authorization: `Bearer ${world.keys.secret_key}` },
  })
  const lines = (await asked.text())
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  const chained = lines.filter(({ seq }) => seq !== null).sort((a, b) => a.seq - b.seq)
  let head: Head = no_head
  for (const { seq, hash, digest } of chained) {
    head = linkOf(head, Buffer.from(digest, 'hex'))
    assert.deepEqual([String(head.seq), head.hash.toString('hex')], [seq, hash])
  }
  const told = await admin(world, 'GET', `/admin/audit/verification?expect=${writeHead(head)}`)
  assert.deepEqual(
    [told.body.is_whole, told.body.head, told.body.more, told.body.checked],
    [true, writeHead(head), false, chained.length],
  )
  const wrong = writeHead({ ...head, hash: Buffer.alloc(32) })
  const refused = await admin(world, 'GET', `/admin/audit/verification?expect=${wrong}`)
  assert.deepEqual(refused.body.faults, [{ seq: String(head.seq), fault: 'head' }])
})

test('at the terminal: whole or not by the exit code, and all of it in a file', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'onhand-audit-'))
  atEnd(() => rmSync(folder, { recursive: true, force: true }))
  const environment = {
    DATABASE_URL: world.database_url,
    SECRET_KEY: testSecret.reveal(),
    DATA_DIR: folder,
  }
  const run = async (...args: string[]) => {
    let told = ''
    const code = await runAudit(args, environment, (text) => {
      told += text
    })
    return { code, told }
  }
  const whole = await run('verify')
  assert.match(whole.told, /^The audit is whole: \d+ entries, \d+ seals\./)
  const head = /^Head: (\S+)$/m.exec(whole.told)![1]!
  assert.equal(whole.code, 0)
  assert.equal((await run('verify', '--expect', head)).code, 0)
  await tamper('update audit_entry set after = null where seq = 3', async () => {
    const broken = await run('verify')
    assert.deepEqual([broken.code, broken.told.includes('Entry 3: it is not what')], [1, true])
  })
  for (const args of [[], ['look'], ['verify', 'x'], ['verify', '--expect', '1'], ['export']]) {
    assert.equal((await run(...args)).code, 2, args.join(' '))
  }
  const file = path.join(folder, 'audit.ndjson')
  assert.equal((await run('export', file)).code, 0)
  const { rows } = await world.db.query('select count(*)::int as n from audit_entry')
  assert.equal(readFileSync(file, 'utf8').trimEnd().split('\n').length, rows[0].n)
})
