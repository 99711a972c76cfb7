// The least that an order costs with classic SQL: no pricing, no tax, no idempotency, no events.
import type { Tx } from '#src/db/sql.ts'

export const floor_skus = 1_000

/** Eleven indexes and two foreign keys, as the smallest shop would have them. */
export async function makeFloor(tx: Tx): Promise<void> {
  await tx.run`create schema floor`
  await tx.run`
    create table floor.stock (sku int primary key, available int not null check (available >= 0))
    with (fillfactor = 50)`
  await tx.run`
    create table floor.orders (id bigint generated always as identity primary key,
      customer bigint not null, total bigint not null, state text not null,
      created_at timestamptz not null default now())`
  await tx.run`create index on floor.orders (customer)`
  await tx.run`create index on floor.orders (created_at)`
  await tx.run`
    create table floor.order_line (id bigint generated always as identity primary key,
      order_id bigint not null references floor.orders (id), sku int not null,
      quantity int not null, price bigint not null)`
  await tx.run`create index on floor.order_line (order_id)`
  await tx.run`
    create table floor.payment (id bigint generated always as identity primary key,
      order_id bigint not null references floor.orders (id), amount bigint not null,
      state text not null)`
  await tx.run`create index on floor.payment (order_id)`
  await tx.run`
    create table floor.movement (id bigint generated always as identity primary key,
      sku int not null, order_id bigint not null, quantity int not null,
      at timestamptz not null default now())`
  await tx.run`create index on floor.movement (sku, id)`
  await tx.run`
    create table floor.outbox (id bigint generated always as identity primary key,
      kind text not null, order_id bigint not null)`
  await tx.run`
    insert into floor.stock
    select sku, 1000000000 from generate_series(1, ${floor_skus}::int) as sku`
}

/** In their order; each is a round trip, as in a program that decides between them. */
export const floor_statements = {
  take: 'update floor.stock set available = available - $2 where sku = $1 and available >= $2',
  order: `insert into floor.orders (customer, total, state) values ($1, $2, 'placed') returning id`,
  line: 'insert into floor.order_line (order_id, sku, quantity, price) values ($1, $2, $3, $4)',
  payment: `insert into floor.payment (order_id, amount, state) values ($1, $2, 'captured')`,
  movement: 'insert into floor.movement (sku, order_id, quantity) values ($1, $2, $3)',
  job: `insert into floor.outbox (kind, order_id) values ('order.placed', $1)`,
} as const

/** The same for pgbench, whose client is written in C. */
export const pgbenchScript = (hot: boolean): string => `
\\set a random(2, ${floor_skus - 1})
\\set b ${hot ? '1' : `random(:a + 1, ${floor_skus})`}
begin;
update floor.stock set available = available - 1 where sku = :a and available >= 1;
update floor.stock set available = available - 1 where sku = :b and available >= 1;
insert into floor.orders (customer, total, state) values (7, 3980, 'placed')
returning id as order_id \\gset
insert into floor.order_line (order_id, sku, quantity, price) values (:order_id, :a, 1, 1490);
insert into floor.order_line (order_id, sku, quantity, price) values (:order_id, :b, 1, 2490);
insert into floor.payment (order_id, amount, state) values (:order_id, 3980, 'captured');
insert into floor.movement (sku, order_id, quantity) values (:a, :order_id, -1);
insert into floor.movement (sku, order_id, quantity) values (:b, :order_id, -1);
insert into floor.outbox (kind, order_id) values ('order.placed', :order_id);
commit;
`
