// Many earlier orders, written by SQL: copies of one that the shop has made itself, with every
// row that stands behind it, delivered long ago. Which tables and columns there are the database
// says, so that it grows a shop of any version.
import type { Db } from '#src/db/pool.ts'
import { Statement, sql, type Tx } from '#src/db/sql.ts'
import { transaction } from '#src/db/transaction.ts'

type Row = Readonly<Record<string, unknown>>
type Model = { readonly table: string; readonly columns: readonly string[]; readonly row: Row }
/** What a column of a copy holds instead of what the model has there. */
type Sets = Readonly<Record<string, Readonly<Record<string, Statement>>>>

/** Names come from the catalog of the database. */
const named = (name: string): Statement => new Statement(`"${name}"`, [])
const listed = (parts: readonly Statement[]): Statement =>
  parts.reduce((all, one) => sql`${all}, ${one}`)

/** A placed order after which nothing is left to do. */
export const findFinishedOrder = (tx: Tx): Promise<{ readonly id: string } | null> =>
  tx.maybe<{ id: string }>`
    select id from orders
    where state = 'placed' and payment_state = 'captured' and coupon_code is not null
      and exists (select from invoice where order_id = orders.id)
      and exists (select from shipment where order_id = orders.id)
      and not exists (select from effect where order_id = orders.id and state <> 'done')
      and not exists (select from exception where order_id = orders.id)
    order by id limit 1`

/** Of an exception a person is to be told, not of thousands. Pages of PDF are large and alike. */
const left_out = ['exception', 'invoice_pdf']

async function readModel(tx: Tx, order: string): Promise<Model[]> {
  const found: Model[] = []
  const read = async (table: string, where: Statement): Promise<void> => {
    const columns = await tx.many<{ name: string }>`
      select attname as name from pg_attribute
      where attrelid = ${table}::regclass and attnum > 0 and not attisdropped
        and attgenerated = '' order by attnum`
    const rows = await tx.many<{ row: Row }>`
      select to_jsonb(one) as row from ${named(table)} as one where ${where}
      order by to_jsonb(one) ->> 'id'`
    const names = columns.map(({ name }) => name)
    found.push(...rows.map(({ row }) => ({ table, columns: names, row })))
  }
  await read('orders', sql`id = ${order}`)
  await read('cart', sql`id = ${found[0]!.row['cart_id']}`)
  const behind = await tx.many<{ table: string; key: string }>`
    select relname as table, min(attname) as key from pg_class
    join pg_attribute on attrelid = pg_class.oid
    where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition
      and attname in ('cart_id', 'order_id', 'shipment_id') and not attisdropped
      and relname <> 'orders' and relname <> all (${left_out}) group by relname
    order by min(attname), relname`
  const keys: Record<string, Statement> = {
    order_id: sql`order_id = ${order}`,
    cart_id: sql`cart_id = ${found[0]!.row['cart_id']}`,
    shipment_id: sql`shipment_id in (select id from shipment where order_id = ${order})`,
  }
  for (const { table, key } of behind) await read(table, keys[key]!)
  const ids = [...kindsOf(found).keys()]
  await read('stock_movement', sql`cause_id = any (${ids})`)
  await read('idempotency', sql`resource_id = any (${ids})`)
  await read(
    'provider_event',
    sql`exists (select from payment_attempt where order_id = ${order}
      and strpos(content::text, reference) > 0)`,
  )
  return found
}

/** The ids that a copy has its own of, each with a number by which they are kept apart. */
const kindsOf = (models: readonly Model[]): ReadonlyMap<unknown, number> =>
  new Map(models.flatMap(({ row }) => (row['id'] ? [row['id']] : [])).map((id, n) => [id, n + 2]))

/**
 * An id like a UUIDv7 for the n-th copy. The newest copy is a little older than now, and a
 * millisecond has one copy.
 */
const idOf = (kind: number): Statement => sql`
  (lpad(to_hex(base_ms + n), 12, '0') || '7' || lpad(to_hex(${kind}::int), 3, '0') || '8'
    || lpad(to_hex(n), 15, '0'))::uuid`
const customer_id = idOf(1)

const copies = (count: number): Statement => sql`
  (select ${Date.now() - count - 60_000}::bigint as base_ms, n
    from generate_series(1, ${count}::bigint) as n) as copy`

const numberAfter = (start: bigint): Statement => sql`
  regexp_replace(model.number, '[0-9]+$', '')
    || lpad((${start}::bigint + n)::text, greatest(6, length((${start}::bigint + n)::text)), '0')`

/** What is unique is that of the copy, and everything has come to its end. */
function setsOf(start: { readonly order: bigint; readonly invoice: bigint }): Sets {
  const email = sql`'buyer' || (${start.order}::bigint + n) || '@example.com'`
  const own = (name: string): Statement => sql`model.${named(name)} || '-' || base_ms + n`
  return {
    orders: {
      number: numberAfter(start.order),
      email,
      customer_id,
      fulfillment_state: sql`'delivered'`,
    },
    cart: { email, customer_id },
    hold: { shipped: sql`model.quantity` },
    payment_attempt: { reference: own('reference') },
    capture: { reference: own('reference') },
    refund: { reference: own('reference') },
    promotion_turn: { buyer: own('buyer') },
    provider_event: { event_id: own('event_id') },
    idempotency: { key: own('key') },
    invoice: {
      number: numberAfter(start.invoice),
      sequence: sql`${start.invoice}::bigint + n`,
    },
    message: { recipient: email, html: sql`''` },
    shipment: {
      state: sql`'delivered'`,
      tracking_code: own('tracking_code'),
      next_track_at: sql`null`,
    },
    label: { reference: own('reference'), tracking_code: own('tracking_code'), file: sql`null` },
    pick_task: { state: sql`'done'`, done_at: sql`model.created_at`, done_by: sql`'bench'` },
  }
}

async function insertCopies(
  tx: Tx,
  { table, columns, row }: Model,
  { kinds, sets, rows }: Plan,
): Promise<void> {
  const values = columns.map((column) => {
    const kind = kinds.get(row[column])
    return sets[table]?.[column] ?? (kind === undefined ? sql`model.${named(column)}` : idOf(kind))
  })
  await tx.run`
    insert into ${named(table)} (${listed(columns.map(named))})
    select ${listed(values)}
    from jsonb_populate_record(null::${named(table)}, ${JSON.stringify(row)}) as model
    cross join ${rows}`
}

type Plan = {
  readonly kinds: ReadonlyMap<unknown, number>
  readonly sets: Sets
  readonly rows: Statement
}

/** The numbers that the copies take, so that there are no gaps; returns the last one before. */
async function drawNumbers(
  tx: Tx,
  models: readonly Model[],
  count: number,
): Promise<{ readonly order: bigint; readonly invoice: bigint }> {
  const invoice = models.find(({ table }) => table === 'invoice')!.row
  const draw = async (kind: 'order' | 'invoice'): Promise<bigint> => {
    const { last_number } = await tx.one<{ last_number: bigint }>`
      update number_series set last_number = last_number + ${count}
      where kind = ${kind} and legal_entity_id = ${invoice['legal_entity_id']}
        and fiscal_year = ${invoice['fiscal_year']}
      returning last_number`
    return last_number - BigInt(count)
  }
  return { order: await draw('order'), invoice: await draw('invoice') }
}

/** What the copies take has come in before, they use coupons, and each has a customer. */
async function makeRoom(
  tx: Tx,
  models: readonly Model[],
  { count, rows, email }: { readonly count: number; readonly rows: Statement; email: Statement },
): Promise<void> {
  for (const { table, row } of models) {
    if (table === 'stock_movement') {
      await tx.run`
        insert into stock_movement (id, stock_item_id, location_id, quantity, kind, actor, at)
        values (uuidv7(), ${row['stock_item_id']}, ${row['location_id']},
          ${-Number(row['quantity']) * count}, 'import', 'system', now())`
    }
    if (table === 'coupon_use') {
      await tx.run`
        update coupon set used = used + ${count}, usage_limit = usage_limit + ${count}
        where id = ${row['coupon_id']}`
    }
  }
  await tx.run`
    insert into customer (id, email, name, created_at)
    select ${customer_id}, ${email}, 'Buyer ' || n, now() from ${rows}`
}

/** Foreign keys and triggers hold by construction; checking each row takes most of the time. */
async function unchecked(tx: Tx): Promise<void> {
  await tx.run`set local statement_timeout = 0`
  await tx.run`set local session_replication_role = replica`
}

/** Copies are written by so many at once. */
const hands = 3

/** @returns how many rows each table got */
export async function seedEarlierOrders(
  db: Db,
  count: number,
): Promise<Readonly<Record<string, number>>> {
  const rows = copies(count)
  const { models, sets } = await transaction(db, async (tx) => {
    const order = await findFinishedOrder(tx)
    if (order === null) throw new Error('there is no order that could be copied')
    const read = await readModel(tx, order.id)
    const made = setsOf(await drawNumbers(tx, read, count))
    await makeRoom(tx, read, { count, rows, email: made['cart']!['email']! })
    return { models: read, sets: made }
  })
  const plan = { kinds: kindsOf(models), sets, rows }
  const tables = [...new Set(models.map(({ table }) => table))]
  await Promise.all(
    Array.from({ length: hands }, (_, hand) =>
      transaction(db, async (tx) => {
        await unchecked(tx)
        for (const table of tables.filter((_one, n) => n % hands === hand)) {
          // Its triggers count the uses of promotions.
          const role = table === 'coupon_use' ? 'origin' : 'replica'
          await tx.run`select set_config('session_replication_role', ${role}, true)`
          for (const model of models.filter((one) => one.table === table)) {
            await insertCopies(tx, model, plan)
          }
        }
      }),
    ),
  )
  await vacuum(db)
  const made: Record<string, number> = { customer: count }
  for (const { table } of models) made[table] = (made[table] ?? 0) + count
  return made
}

/** As autovacuum does a little later. */
async function vacuum(db: Db): Promise<void> {
  const client = await db.connect()
  try {
    await client.query('set statement_timeout = 0')
    await client.query('vacuum analyze')
  } finally {
    client.release(true)
  }
}
