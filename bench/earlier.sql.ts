// Many earlier orders, written by SQL: copies of one that the shop has made itself, with every
// row that stands behind an order, delivered long ago.
import type { Db } from '#src/db/pool.ts'
import { type Statement, sql, type Tx } from '#src/db/sql.ts'
import { transaction } from '#src/db/transaction.ts'
import type { OrderId } from '#src/lib/ids.ts'
import { withoutTimeout } from './goods.sql.ts'

/**
 * An id like a UUIDv7 for the n-th copy: `kind` keeps the ids of different rows apart. The newest
 * copy is a little older than now, and a millisecond has one copy.
 */
const idOf = (kind: Statement): Statement => sql`
  (lpad(to_hex(base_ms + n), 12, '0') || '7' || lpad(to_hex(${kind}), 3, '0') || '8'
    || lpad(to_hex(n), 15, '0'))::uuid`

const copies = (count: number): Statement => sql`
  (select ${Date.now() - count - 60_000}::bigint as base_ms, n
    from generate_series(1, ${count}::bigint) as n) as copy`

const order_id = idOf(sql`1`)
const cart_id = idOf(sql`2`)
const attempt_id = idOf(sql`3`)
const capture_id = idOf(sql`4`)
const line_id = (position: Statement): Statement => idOf(sql`16 + ${position}::int`)

async function copyOrders(tx: Tx, model: OrderId, rows: Statement, start: bigint): Promise<void> {
  await tx.run`
    insert into orders (id, number, cart_id, cart_version, channel_id, legal_entity_id, origin,
      state, payment_state, fulfillment_state, currency, subtotal, discount_total, shipping_total,
      tax_total, total, tax_included, shipping_option_id, shipping_name, shipping_taxes,
      shipping_tax, shipping_tax_included, coupon_code, email, shipping_address, billing_address,
      locale, created_at, placed_at)
    select ${order_id}, left(number, 5) || ${start}::bigint + n, ${cart_id}, cart_version,
      channel_id, legal_entity_id, origin, 'placed', 'captured', 'delivered', currency, subtotal,
      discount_total, shipping_total, tax_total, total, tax_included, shipping_option_id,
      shipping_name, shipping_taxes, shipping_tax, shipping_tax_included, coupon_code,
      'buyer' || n || '@example.com', shipping_address, billing_address, locale, created_at,
      placed_at
    from orders as model cross join ${rows} where model.id = ${model}`
  await tx.run`
    insert into order_line (id, order_id, position, variant_id, sku, title, quantity, unit_price,
      per_units, subtotal, discount, tax, tax_included, taxes, total, tax_category, hs_code,
      weight_g, requires_shipping, items)
    select ${line_id(sql`position`)}, ${order_id}, position, variant_id, sku, title, quantity,
      unit_price, per_units, subtotal, discount, tax, tax_included, taxes, total, tax_category,
      hs_code, weight_g, requires_shipping, items
    from ${rows} cross join order_line as model where model.order_id = ${model}`
  await tx.run`
    insert into hold (id, order_id, order_line_id, stock_item_id, location_id, quantity, shipped,
      created_at)
    select ${idOf(sql`32 + position`)}, ${order_id}, ${line_id(sql`position`)}, stock_item_id,
      location_id, hold.quantity, hold.quantity, created_at
    from ${rows} cross join hold join order_line on order_line.id = order_line_id
    where hold.order_id = ${model}`
}

async function copyMoney(tx: Tx, model: OrderId, rows: Statement): Promise<void> {
  await tx.run`
    insert into payment_attempt (id, order_id, provider, capture_mode, state, currency, amount,
      authorized, captured, reference, created_at, updated_at)
    select ${attempt_id}, ${order_id}, provider, capture_mode, state, currency, amount, authorized,
      captured, ${attempt_id}::text, created_at, updated_at
    from ${rows} cross join payment_attempt as model where model.order_id = ${model}`
  await tx.run`
    insert into capture (id, attempt_id, order_id, state, currency, amount, final, reference,
      settled_currency, settled_amount, created_at, settled_at)
    select ${capture_id}, ${attempt_id}, ${order_id}, state, currency, amount, final,
      ${attempt_id}::text, settled_currency, settled_amount, created_at, settled_at
    from ${rows} cross join capture as model where model.order_id = ${model}`
  await tx.run`
    insert into journal_entry (id, at, kind, order_id, cause_id, legal_entity_id, accounts,
      currencies, amounts, parties)
    select ${idOf(sql`48 + place::int`)}, at, kind, ${order_id},
      case when kind = 'sale' then ${order_id} else ${capture_id} end, legal_entity_id, accounts,
      currencies, amounts, parties
    from ${rows} cross join (
      select *, row_number() over (order by id) as place
      from journal_entry where order_id = ${model}
    ) as model`
  await tx.run`
    insert into coupon_use (coupon_id, order_id)
    select coupon_id, ${order_id}
    from ${rows} cross join coupon_use as model where model.order_id = ${model}`
}

async function copyTraces(tx: Tx, model: OrderId, rows: Statement): Promise<void> {
  await tx.run`
    insert into event (id, at, kind, subject, subject_id, order_id, actor, cause_id, detail)
    select ${idOf(sql`64 + place::int`)}, at, kind, subject,
      case when subject = 'order' then ${order_id} else ${attempt_id} end, ${order_id}, actor,
      cause_id, detail
    from ${rows} cross join (
      select *, row_number() over (order by id) as place from event where order_id = ${model}
    ) as model`
  await tx.run`
    insert into effect (id, kind, cause_id, order_id, state, due_at, created_at, tries,
      next_try_at, done_at)
    select ${idOf(sql`96 + place::int`)}, kind,
      case when kind = 'invoice' then ${capture_id} else ${order_id} end, ${order_id}, 'done',
      due_at, created_at, 1, next_try_at, created_at
    from ${rows} cross join (
      select *, row_number() over (order by id) as place from effect where order_id = ${model}
    ) as model`
  await tx.run`
    insert into idempotency (principal_id, route, key, request_hash, resource_id, created_at)
    select principal_id, '/store/carts/' || ${cart_id}::text || '/complete', 'earlier-' || n,
      request_hash, ${attempt_id}, created_at
    from ${rows} cross join (
      select idempotency.* from idempotency
      join payment_attempt on payment_attempt.id = resource_id where order_id = ${model}
    ) as model`
}

/** The numbers that the copies take, so that there are no gaps, and their uses of the coupon. */
async function drawForCopies(tx: Tx, model: OrderId, count: number): Promise<bigint> {
  await tx.run`
    update coupon set used = used + ${count}
    where id in (select coupon_id from coupon_use where order_id = ${model})`
  const { last_number } = await tx.one<{ last_number: bigint }>`
    update number_series set last_number = last_number + ${count}
    where kind = 'order' and legal_entity_id = (
      select legal_entity_id from orders where id = ${model})
    returning last_number`
  return last_number - BigInt(count)
}

/** Foreign keys and triggers hold by construction; checking each row takes most of the time. */
async function unchecked(tx: Tx): Promise<void> {
  await withoutTimeout(tx)
  await tx.run`set local session_replication_role = replica`
}

export async function seedEarlierOrders(db: Db, count: number): Promise<void> {
  const { model, start } = await transaction(db, async (tx) => {
    const found = await tx.one<{ id: OrderId }>`
      select id from orders where number is not null and coupon_code is not null
        and not exists (select from shipment where order_id = orders.id)
      order by id limit 1`
    return { model: found.id, start: await drawForCopies(tx, found.id, count) }
  })
  const rows = copies(count)
  const steps = [
    (tx: Tx) => copyOrders(tx, model, rows, start),
    (tx: Tx) => copyMoney(tx, model, rows),
    (tx: Tx) => copyTraces(tx, model, rows),
  ]
  await Promise.all(
    steps.map((step) =>
      transaction(db, async (tx) => {
        await unchecked(tx)
        await step(tx)
      }),
    ),
  )
  const client = await db.connect()
  try {
    await client.query('set statement_timeout = 0')
    // As autovacuum does a little later.
    await client.query('vacuum analyze')
  } finally {
    client.release(true)
  }
}
