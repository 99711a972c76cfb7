import { asTable } from '#src/db/as-table.ts'
import { sql, type Tx } from '#src/db/sql.ts'
import { type EventId, newId, type OrderId } from '#src/lib/ids.ts'

export type NewEvent = {
  /** `order.placed`, `stock.adjusted`: a noun and what happened to it. */
  readonly kind: string
  readonly subject: string
  readonly subject_id: string
  readonly order_id?: OrderId | null
  /** `system`, `shopper`, `staff:<id>`, `key:<id>`, `provider:<name>`. Never a name or address. */
  readonly actor: string
  readonly cause_id?: string | null
  /** No personal data: events outlive the erasing of a customer. */
  readonly detail?: object
  readonly at: Date
}
export type EventRow = {
  readonly id: EventId
  readonly at: Date
  readonly kind: string
  readonly subject: string
  readonly subject_id: string
  readonly order_id: OrderId | null
  readonly actor: string
  readonly cause_id: string | null
  readonly detail: Readonly<Record<string, unknown>>
}

export const events_channel = 'onhand_event'

/** Writes all in one statement and wakes whoever listens once the transaction commits. */
export async function addEvents(tx: Tx, events: readonly NewEvent[]): Promise<void> {
  if (events.length === 0) return
  const rows = events.map((event) => ({ ...event, id: newId<EventId>() }))
  await tx.run`
    with written as (
      insert into event (id, at, kind, subject, subject_id, order_id, actor, cause_id, detail)
      select id, at, kind, subject, subject_id, order_id, actor, cause_id, coalesce(detail, '{}')
      from ${asTable(
        rows,
        `row (
        id uuid, at timestamptz, kind text, subject text, subject_id uuid, order_id uuid,
        actor text, cause_id uuid, detail jsonb)`,
      )}
      returning 1
    )
    select pg_notify(${events_channel}, '') from written limit 1`
}

/**
 * What an event did to stock is kept by ids: its readers see SKU and location code as well. Nobody
 * sees what a carrier wrote into events of earlier versions: it may name who has signed.
 */
export const eventColumns = sql`id, at, kind, subject, subject_id, order_id, actor, cause_id,
  case when detail ? 'stock' then detail || jsonb_build_object('stock', (
    select coalesce(jsonb_agg(change || jsonb_build_object('sku', sku, 'location', code)
      order by sku, code), '[]')
    from jsonb_array_elements(detail -> 'stock') as change
    join stock_item on stock_item.id = (change ->> 'stock_item_id')::uuid
    join location on location.id = (change ->> 'location_id')::uuid
  )) when kind = 'shipment.scanned' then detail - 'detail' else detail end as detail`

/** Takes it out. The orders must be locked. */
export const eraseCarrierWords = (tx: Tx, orders: readonly OrderId[]): Promise<number> =>
  tx.run`
    update event set detail = detail - 'detail'
    where order_id = any(${orders}) and kind = 'shipment.scanned' and detail ? 'detail'`

/** Where a reader stands: after this row, in the order (xid, id). */
export type Cursor = { readonly xid: string; readonly id: string }

/**
 * What was committed after the cursor, oldest first. Stops before the oldest transaction that
 * is still open: its rows may yet come, with an older xid than rows that are visible already.
 */
export const readEvents = (tx: Tx, after: Cursor, limit: number): Promise<(EventRow & Cursor)[]> =>
  tx.many<EventRow & Cursor>`
    select xid::text, ${eventColumns}
    from event
    where (xid, id) > (${after.xid}::xid8, ${after.id}::uuid)
      and xid < pg_snapshot_xmin(pg_current_snapshot())
    order by event.xid, event.id
    limit ${limit}`

/** Oldest first, from behind one of them. */
export const readOrderEvents = (
  tx: Tx,
  order_id: OrderId,
  { after, limit }: { readonly after: string | null; readonly limit: number },
): Promise<EventRow[]> =>
  tx.many<EventRow>`
    select ${eventColumns}
    from event
    where order_id = ${order_id} and (${after}::uuid is null or (at, id) > (
      select at, id from event where order_id = ${order_id} and id = ${after}::uuid))
    order by at, id limit ${limit}`

/** The same for one order: how a stream of it catches up. */
export const readOrderEventsAfter = (
  tx: Tx,
  order_id: OrderId,
  after: Cursor,
  limit: number,
): Promise<(EventRow & Cursor)[]> =>
  tx.many<EventRow & Cursor>`
    select xid::text, ${eventColumns}
    from event
    where order_id = ${order_id} and (xid, id) > (${after.xid}::xid8, ${after.id}::uuid)
      and xid < pg_snapshot_xmin(pg_current_snapshot())
    order by event.xid, event.id
    limit ${limit}`

/** Where a reader that wants only what is new begins. */
export const newestCursor = (tx: Tx): Promise<Cursor> =>
  tx.one<Cursor>`
    select pg_snapshot_xmin(pg_current_snapshot())::text as xid,
      '00000000-0000-0000-0000-000000000000' as id`

/** Held until what was read is done: of two readers of one name, one goes on. */
export async function readCursor(tx: Tx, reader: string): Promise<Cursor> {
  const known = await tx.maybe<Cursor>`
    select xid::text, id from event_cursor where reader = ${reader} for update`
  return known ?? { xid: '0', id: '00000000-0000-0000-0000-000000000000' }
}

export async function moveCursor(tx: Tx, reader: string, to: Cursor): Promise<void> {
  await tx.run`
    insert into event_cursor (reader, xid, id) values (${reader}, ${to.xid}::xid8, ${to.id})
    on conflict (reader) do update set xid = excluded.xid, id = excluded.id`
}

/** Where a reader begins that has never read; one that has goes on where it was. */
export async function startCursor(tx: Tx, reader: string, from: Cursor): Promise<void> {
  await tx.run`
    insert into event_cursor (reader, xid, id) values (${reader}, ${from.xid}::xid8, ${from.id})
    on conflict (reader) do nothing`
}

/** Whether there is anything for a reader that has begun. */
export const hasEventsAfter = async (tx: Tx, reader: string): Promise<boolean> => {
  const { waits } = await tx.one<{ waits: boolean }>`
    select exists (
      select from event_cursor, event
      where reader = ${reader} and (event.xid, event.id) > (event_cursor.xid, event_cursor.id)
        and event.xid < pg_snapshot_xmin(pg_current_snapshot())
    ) as waits`
  return waits
}

/** Events of a shop's own making, which no list has. Looks at the latest ones only. */
export const hasHappened = async (tx: Tx, kind: string): Promise<boolean> =>
  (await tx.maybe`
    select from (select kind from event order by id desc limit 100000) as latest
    where kind = ${kind} or (right(${kind}::text, 2) = '.*'
      and starts_with(kind, left(${kind}::text, -1))) limit 1`) !== null
