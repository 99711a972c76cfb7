// Products, variants and pictures are written here and nowhere else. All statements take many
// rows: a form saves one product, an import two hundred.
import { asTable } from '#src/db/as-table.ts'
import { sql, type Tx } from '#src/db/sql.ts'

import type { MediaId, ProductId, VariantId } from '#src/lib/ids.ts'
import type { Media, Product, Variant } from './catalog.ts'

const product_columns = sql`
  id, handle, title, description, vendor, type, tags, state, options, fields, created_at,
  updated_at`

/** Returns the ids that were written: the others have a handle that is taken. */
export async function insertProducts(tx: Tx, products: readonly Product[]): Promise<ProductId[]> {
  const rows = await tx.many<{ id: ProductId }>`
    insert into product (${product_columns})
    select ${product_columns} from ${asTable(
      products,
      `row (
      id uuid, handle text, title text, description text, vendor text, type text, tags text[],
      state text, options text[], fields jsonb, created_at timestamptz, updated_at timestamptz)`,
    )}
    order by handle
    on conflict (handle) do nothing
    returning id`
  return rows.map(({ id }) => id)
}

/** Id, handle and `created_at` stay as they are. */
export const updateProducts = (tx: Tx, products: readonly Product[]): Promise<number> =>
  tx.run`
    update product set title = row.title, description = row.description, vendor = row.vendor,
      type = row.type, tags = row.tags, state = row.state, options = row.options,
      fields = row.fields, updated_at = row.updated_at
    from ${asTable(
      products,
      `row (
      id uuid, title text, description text, vendor text, type text, tags text[], state text,
      options text[], fields jsonb, updated_at timestamptz)`,
    )}
    where product.id = row.id`

/** False when another product has this handle. */
export const renameProduct = async (tx: Tx, id: ProductId, handle: string): Promise<boolean> =>
  (await tx.run`
    update product set handle = ${handle}
    where id = ${id} and not exists (
      select from product as other where other.handle = ${handle} and other.id <> ${id})`) === 1

/** Locks the product: of two changes of one product the second sees the first. */
export const lockProduct = (tx: Tx, id: ProductId): Promise<Product | null> =>
  tx.maybe<Product>`select ${product_columns} from product where id = ${id} for update`

export const readProduct = (tx: Tx, id: ProductId): Promise<Product | null> =>
  tx.maybe<Product>`select ${product_columns} from product where id = ${id}`

/** Locks them in the order of their handles, as every import does. */
export const lockProductsByHandle = (tx: Tx, handles: readonly string[]): Promise<Product[]> =>
  tx.many<Product>`
    select ${product_columns} from product where handle = any(${handles})
    order by handle for update`

const variant_columns = sql`
  id, product_id, sku, title, barcode, option_values, position, tax_category, taxable,
  requires_shipping, weight_g, hs_code, image_id, fields, archived_at`
const variant_record = `row (
  id uuid, product_id uuid, sku text, title text, barcode text, option_values text[],
  position int, tax_category text, taxable boolean, requires_shipping boolean, weight_g int,
  hs_code text, image_id uuid, fields jsonb, archived_at timestamptz)`

/** Returns the ids that were written: the others have a SKU or a choice that is taken. */
export async function insertVariants(tx: Tx, variants: readonly Variant[]): Promise<VariantId[]> {
  const rows = await tx.many<{ id: VariantId }>`
    insert into variant (${variant_columns})
    select ${variant_columns}
    from ${asTable(variants, variant_record)}
    order by sku
    on conflict do nothing
    returning id`
  return rows.map(({ id }) => id)
}

/** Product and SKU stay as they are. */
export const updateVariants = (tx: Tx, variants: readonly Variant[]): Promise<number> =>
  tx.run`
    update variant set title = row.title, barcode = row.barcode,
      option_values = row.option_values, position = row.position,
      tax_category = row.tax_category, taxable = row.taxable,
      requires_shipping = row.requires_shipping, weight_g = row.weight_g,
      hs_code = row.hs_code, image_id = row.image_id, fields = row.fields,
      archived_at = row.archived_at
    from ${asTable(variants, variant_record)}
    where variant.id = row.id`

/** Archives variants whose new choices are written next, by `updateVariants`. */
export const freeChoices = (tx: Tx, ids: readonly VariantId[], now: Date): Promise<number> =>
  tx.run`update variant set archived_at = ${now} where id = any(${ids})`

export const findProductOf = async (tx: Tx, id: VariantId): Promise<ProductId | null> => {
  const row = await tx.maybe<{ product_id: ProductId }>`
    select product_id from variant where id = ${id}`
  return row?.product_id ?? null
}

/** All variants of these products, also archived ones, in their order. */
export const readVariantsOf = (tx: Tx, products: readonly ProductId[]): Promise<Variant[]> =>
  tx.many<Variant>`
    select ${variant_columns} from variant where product_id = any(${products})
    order by product_id, position, id`

/** A page of the variants of one product in their order; `after` is the last of the page before. */
export const listVariants = (
  tx: Tx,
  product_id: ProductId,
  after: VariantId | null,
  limit: number,
): Promise<Variant[]> =>
  tx.many<Variant>`
    select ${variant_columns} from variant
    where product_id = ${product_id} and (${after}::uuid is null or (position, id) > (
      select last.position, last.id from variant as last where last.id = ${after}))
    order by position, id limit ${limit}`

export const countVariants = async (tx: Tx, product_id: ProductId): Promise<number> => {
  const { count } = await tx.one<{ count: number }>`
    select count(*)::int as count from variant
    where product_id = ${product_id} and archived_at is null`
  return count
}

export type SkuOwner = { readonly sku: string; readonly handle: string }

/** Which of these SKUs some product has already. */
export const readSkuOwners = (tx: Tx, skus: readonly string[]): Promise<SkuOwner[]> =>
  tx.many<SkuOwner>`
    select sku, handle from variant join product on product.id = product_id
    where sku = any(${skus})`

const media_columns = sql`id, product_id, url, alt, position`

/** A picture the product has already keeps its id. Returns the ids by product and URL. */
export async function saveMedia(tx: Tx, media: readonly Media[]): Promise<Map<string, MediaId>> {
  if (media.length === 0) return new Map()
  const rows = await tx.many<{ id: MediaId; product_id: ProductId; url: string }>`
    insert into media (${media_columns})
    select ${media_columns} from ${asTable(
      media,
      `row (
      id uuid, product_id uuid, url text, alt text, position int)`,
    )}
    order by product_id, url
    on conflict (product_id, url) do update
      set alt = excluded.alt, position = excluded.position
    returning id, product_id, url`
  return new Map(rows.map(({ id, product_id, url }) => [mediaKey(product_id, url), id]))
}

export const mediaKey = (product_id: ProductId, url: string): string => `${product_id} ${url}`

/** Drops all pictures of a product but these; variants that showed one show none. */
export async function keepMedia(
  tx: Tx,
  product_id: ProductId,
  urls: readonly string[],
): Promise<void> {
  await tx.run`
    update variant set image_id = null
    from media where media.id = image_id and variant.product_id = ${product_id}
      and media.url <> all(${urls}::text[])`
  await tx.run`
    delete from media where product_id = ${product_id} and url <> all(${urls}::text[])`
}

export const readMediaOf = (tx: Tx, products: readonly ProductId[]): Promise<Media[]> =>
  tx.many<Media>`
    select ${media_columns} from media where product_id = any(${products})
    order by product_id, position, id`
