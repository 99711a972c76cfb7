import type { FieldValues } from '#src/catalog/fields.ts'
import type { Tx } from '#src/db/sql.ts'
import type { CategoryId, ProductId } from '#src/lib/ids.ts'
import type { Component } from './components.ts'
import type { ImportTarget } from './imports.sql.ts'

export type ExportedVariant = {
  readonly sku: string
  readonly option_values: readonly string[]
  readonly barcode: string | null
  readonly weight_g: number
  readonly taxable: boolean
  readonly tax_category: string
  readonly hs_code: string | null
  readonly requires_shipping: boolean
  readonly image_url: string | null
  /** Null without a price for one unit; JSON brings amounts as numbers. */
  readonly amount: number | null
  readonly compare_at: number | null
  readonly on_hand: number | null
  readonly sells_more: boolean
  /** Of a bundle. */
  readonly components: readonly Component[]
  readonly fields: FieldValues
}
export type ExportedProduct = {
  readonly id: ProductId
  readonly handle: string
  readonly title: string
  readonly description: string
  readonly vendor: string
  readonly type: string
  readonly tags: readonly string[]
  readonly state: string
  readonly options: readonly string[]
  readonly published: boolean
  readonly categories: readonly CategoryId[]
  readonly media: readonly { readonly url: string; readonly alt: string }[]
  readonly variants: readonly ExportedVariant[]
  readonly fields: FieldValues
}

/** A page of all products, oldest first, as one channel sells them. */
export const readExportPage = (
  tx: Tx,
  { channel_id, price_list_id, location_id }: ImportTarget,
  after: ProductId | null,
  limit: number,
): Promise<ExportedProduct[]> =>
  tx.many<ExportedProduct>`
    select id, handle, title, description, vendor, type, tags, state, options, fields,
      exists (select from publication
        where product_id = product.id and channel_id = ${channel_id}) as published,
      array(select category_id from product_category
        where product_id = product.id order by category_id) as categories,
      coalesce((select json_agg(json_build_object('url', url, 'alt', alt) order by position, id)
        from media where product_id = product.id), '[]') as media,
      coalesce((
        select json_agg(json_build_object('sku', sku, 'option_values', option_values,
          'barcode', barcode, 'weight_g', weight_g, 'taxable', taxable,
          'tax_category', tax_category, 'hs_code', hs_code,
          'requires_shipping', requires_shipping, 'fields', variant.fields,
          'image_url', (select url from media where media.id = image_id),
          'amount', price.amount, 'compare_at', price.compare_at,
          'on_hand', level.on_hand, 'sells_more', coalesce(level.backorder_limit, 0) > 0,
          'components', (
            select coalesce(json_agg(json_build_object('sku', stock_item.sku,
              'quantity', item.quantity) order by stock_item.sku), '[]')
            from variant_item as item join stock_item on stock_item.id = item.stock_item_id
            where item.variant_id = variant.id
              and (item.quantity > 1 or stock_item.sku <> variant.sku)))
          order by variant.position, variant.id)
        from variant
        left join price on price.variant_id = variant.id and price_list_id = ${price_list_id}
          and min_quantity = 1 and per_units = 1
        left join lateral (
          select on_hand, backorder_limit
          from variant_item join stock_level using (stock_item_id)
          where variant_id = variant.id and location_id = ${location_id}
            and (select count(*) from variant_item as part where part.variant_id = variant.id) = 1
            and variant_item.quantity = 1
        ) as level on true
        where product_id = product.id and archived_at is null), '[]') as variants
    from product where ${after}::uuid is null or id > ${after}
    order by id limit ${limit}`
