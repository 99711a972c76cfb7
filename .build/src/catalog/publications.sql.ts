// In which channels a product is sold, and in which categories it stands.
import { asTable } from '../db/as-table.ts'
import type { Tx } from '../db/sql.ts'
import type { CategoryId, ChannelId, ProductId } from '../lib/ids.ts'
import type { Publication } from './catalog.ts'

/** An earlier moment of publication stays when `published_at` is null. */
export async function publishProducts(
  tx: Tx,
  rows: readonly {
    readonly channel_id: ChannelId
    readonly product_id: ProductId
    readonly published_at: Date | null
  }[],
  now: Date,
): Promise<void> {
  if (rows.length === 0) return
  await tx.run`
    insert into publication (channel_id, product_id, published_at)
    select channel_id, product_id, coalesce(published_at, ${now})
    from ${asTable(
      rows,
      `row (
      channel_id uuid, product_id uuid, published_at timestamptz)`,
    )}
    where published_at is not null or not exists (
      select from publication as known
      where known.channel_id = row.channel_id and known.product_id = row.product_id)
    order by channel_id, product_id
    on conflict (channel_id, product_id) do update set published_at = excluded.published_at`
}

export const unpublishProducts = (
  tx: Tx,
  channel_id: ChannelId,
  products: readonly ProductId[],
): Promise<number> =>
  tx.run`
    delete from publication where channel_id = ${channel_id} and product_id = any(${products})`

export const readPublicationsOf = (tx: Tx, product_id: ProductId): Promise<Publication[]> =>
  tx.many<Publication>`
    select channel_id, product_id, published_at from publication
    where product_id = ${product_id} order by channel_id`

export const channelExists = async (tx: Tx, id: ChannelId): Promise<boolean> =>
  (await tx.maybe`select id from channel where id = ${id}`) !== null

export type Placement = { readonly product_id: ProductId; readonly category_id: CategoryId }

export async function placeProducts(tx: Tx, placements: readonly Placement[]): Promise<void> {
  if (placements.length === 0) return
  await tx.run`
    insert into product_category (product_id, category_id)
    select product_id, category_id
    from ${asTable(placements, 'row (product_id uuid, category_id uuid)')}
    order by category_id, product_id
    on conflict do nothing`
}

/** Takes the product out of all categories but these. */
export const keepPlacements = (
  tx: Tx,
  product_id: ProductId,
  categories: readonly CategoryId[],
): Promise<number> =>
  tx.run`
    delete from product_category
    where product_id = ${product_id} and category_id <> all(${categories}::uuid[])`

export const readPlacementsOf = async (tx: Tx, product_id: ProductId): Promise<CategoryId[]> => {
  const rows = await tx.many<{ category_id: CategoryId }>`
    select category_id from product_category where product_id = ${product_id}
    order by category_id`
  return rows.map(({ category_id }) => category_id)
}
