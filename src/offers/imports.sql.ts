// How far an import has come, what it refused, and what it looks at before it writes.
import { asTable } from '#src/db/as-table.ts'
import type { Tx } from '#src/db/sql.ts'

import {
  type ChannelId,
  type ImportId,
  type LocationId,
  newId,
  type PriceListId,
  type ProductId,
  type StockItemId,
  type VariantId,
} from '#src/lib/ids.ts'
import type { Currency } from '#src/lib/money.ts'
import type { Component } from './components.ts'
import type { RowRefusal } from './product-rows.ts'

export type ImportRun = {
  readonly id: ImportId
  readonly lines_done: bigint
  readonly products_done: bigint
  readonly variants_done: bigint
  readonly rows_refused: bigint
  readonly finished_at: Date | null
}

/**
 * The run of this file: a new one, or the one that was interrupted. A file that was finished
 * before begins anew, because somebody asks for it again.
 */
export async function openRun(
  tx: Tx,
  { file_hash, file_name }: { readonly file_hash: string; readonly file_name: string },
  now: Date,
): Promise<ImportRun> {
  await tx.run`
    insert into import_run (id, file_hash, file_name, started_at)
    values (${newId()}, ${file_hash}, ${file_name}, ${now})
    on conflict (file_hash) do nothing`
  const run = await tx.one<ImportRun>`
    select id, lines_done, products_done, variants_done, rows_refused, finished_at
    from import_run where file_hash = ${file_hash} for update`
  if (run.finished_at === null) return run
  await tx.run`delete from import_refusal where import_id = ${run.id}`
  return tx.one<ImportRun>`
    update import_run set file_name = ${file_name}, lines_done = 0, products_done = 0,
      variants_done = 0, rows_refused = 0, started_at = ${now}, finished_at = null
    where id = ${run.id}
    returning id, lines_done, products_done, variants_done, rows_refused, finished_at`
}

export type Advance = {
  readonly id: ImportId
  readonly from_line: number
  readonly to_line: number
  readonly products: number
  readonly variants: number
  readonly refusals: readonly RowRefusal[]
}

/** Compare-and-set: null when another process imports the same file and was here before. */
export async function advanceRun(tx: Tx, advance: Advance): Promise<ImportRun | null> {
  const { id, from_line, to_line, products, variants, refusals } = advance
  const lines = refusals.flatMap(({ line, is_warning }) => (is_warning ? [] : [line]))
  const rows_refused = new Set(lines).size
  const run = await tx.maybe<ImportRun>`
    update import_run set lines_done = ${to_line}, products_done = products_done + ${products},
      variants_done = variants_done + ${variants}, rows_refused = rows_refused + ${rows_refused}
    where id = ${id} and lines_done = ${from_line} and finished_at is null
    returning id, lines_done, products_done, variants_done, rows_refused, finished_at`
  if (run !== null && refusals.length > 0) {
    await tx.run`
      insert into import_refusal (import_id, line, reason, is_warning)
      select ${id}, line, reason, coalesce(is_warning, false)
      from ${asTable(refusals, 'row (line bigint, reason text, is_warning boolean)')}
      on conflict do nothing`
  }
  return run
}

/** How many of these the run has not counted yet: a handle or a SKU may come again later. */
export const countOnce = (
  tx: Tx,
  import_id: ImportId,
  ids: readonly (ProductId | VariantId)[],
): Promise<number> =>
  tx.run`
    insert into import_counted (import_id, id)
    select ${import_id}, id from unnest(${ids}::uuid[]) as id order by id
    on conflict do nothing`

export async function finishRun(tx: Tx, id: ImportId, now: Date): Promise<ImportRun> {
  await tx.run`delete from import_counted where import_id = ${id}`
  return tx.one<ImportRun>`
    update import_run set finished_at = ${now} where id = ${id}
    returning id, lines_done, products_done, variants_done, rows_refused, finished_at`
}

export const readRefusals = (
  tx: Tx,
  id: ImportId,
  { is_warning, limit }: { readonly is_warning: boolean; readonly limit: number },
): Promise<RowRefusal[]> =>
  tx.many<RowRefusal>`
    select line::int as line, reason from import_refusal
    where import_id = ${id} and is_warning = ${is_warning}
    order by import_refusal.line, reason limit ${limit}`

/** Where the goods of a file go: into which channel, price list and location. */
export type ImportTarget = {
  readonly channel_id: ChannelId
  readonly currency: Currency
  readonly price_list_id: PriceListId
  readonly location_id: LocationId
}

type Parts = { [Part in keyof ImportTarget]: ImportTarget[Part] | null }

/** Null when a part is missing. */
export function wholeTarget(found: Parts | null): ImportTarget | null {
  const { channel_id, currency, price_list_id, location_id } = found ?? {}
  if (!channel_id || !currency || !price_list_id || !location_id) return null
  return { channel_id, currency, price_list_id, location_id }
}

/**
 * The channel with this code, else the first one; its first currency, the list that holds there
 * for everybody when no other does, and the location that is asked first. Null parts are missing.
 */
export const findImportTarget = (tx: Tx, channel_code: string | null): Promise<Parts | null> =>
  tx.maybe`
    select channel.id as channel_id, currencies[1] as currency,
      (select id from price_list
        where archived_at is null and customer_group_id is null and countries is null
          and starts_at is null and ends_at is null and currency = currencies[1]
          and (channel_id is null or channel_id = channel.id)
        order by priority, channel_id nulls first, code limit 1) as price_list_id,
      (select location_id from channel_location where channel_id = channel.id
        order by priority, location_id limit 1) as location_id
    from channel where ${channel_code}::text is null or code = ${channel_code}
    order by channel.id limit 1`

/** Of variants that are one stock item each: which one. Bundles are left out. */
export const readOwnItems = async (
  tx: Tx,
  variants: readonly VariantId[],
): Promise<Map<VariantId, StockItemId>> => {
  const rows = await tx.many<{ variant_id: VariantId; stock_item_id: StockItemId }>`
    select variant_id, min(stock_item_id::text)::uuid as stock_item_id
    from variant_item where variant_id = any(${variants})
    group by variant_id having count(*) = 1 and max(quantity) = 1`
  return new Map(rows.map(({ variant_id, stock_item_id }) => [variant_id, stock_item_id]))
}

/** What variants are made of that are not one stock item under their own SKU. */
export const readComponentsOf = (
  tx: Tx,
  variants: readonly VariantId[],
): Promise<(Component & { readonly variant_id: VariantId })[]> =>
  tx.many`
    select variant_id, stock_item.sku, variant_item.quantity
    from variant_item join variant on variant.id = variant_id
    join stock_item on stock_item.id = stock_item_id
    where variant_id = any(${variants})
      and (variant_item.quantity > 1 or stock_item.sku <> variant.sku)`

/** What imports have brought of each item so far, whatever was sold or counted since. */
export const readImported = async (
  tx: Tx,
  items: readonly StockItemId[],
  location_id: LocationId,
): Promise<Map<StockItemId, number>> => {
  const rows = await tx.many<{ stock_item_id: StockItemId; quantity: number }>`
    select stock_item_id, sum(quantity)::int as quantity from stock_movement
    where stock_item_id = any(${items}) and location_id = ${location_id} and kind = 'import'
    group by stock_item_id`
  return new Map(rows.map(({ stock_item_id, quantity }) => [stock_item_id, quantity]))
}

/** The last line of a file that is in for certain. */
export const readLinesDone = async (tx: Tx, file_name: string): Promise<number> => {
  const run = await tx.maybe<{ lines_done: bigint }>`
    select lines_done from import_run where file_name = ${file_name}
    order by started_at desc limit 1`
  return Number(run?.lines_done ?? 0)
}
