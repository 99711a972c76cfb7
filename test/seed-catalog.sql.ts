// A small shop and as many products as wanted, written by SQL: for tests and measurements that
// need volume. What a test asserts is made by real commands.
import { bumpRevision } from '#src/db/revision.sql.ts'
import type { Tx } from '#src/db/sql.ts'
import {
  type ChannelId,
  type CustomerGroupId,
  type LocationId,
  newId,
  type PriceListId,
  type ProductId,
  type VariantId,
} from '#src/lib/ids.ts'

export type SeededShop = {
  readonly channel_id: ChannelId
  readonly location_id: LocationId
  readonly price_list_id: PriceListId
}

/** One channel that sells in euro (and yen, without prices) from one location. */
export async function seedShop(tx: Tx): Promise<SeededShop> {
  const shop: SeededShop = { channel_id: newId(), location_id: newId(), price_list_id: newId() }
  const legal_entity_id = newId()
  await tx.run`
    insert into legal_entity (id, code, name, address, time_zone)
    values (${legal_entity_id}, 'main', 'Seed & Sons', '{}', 'Europe/Berlin')`
  await tx.run`
    insert into channel (id, code, name, legal_entity_id, currencies, countries, default_country,
      storefront_url, reply_to, payment_providers)
    values (${shop.channel_id}, 'web', 'Web shop', ${legal_entity_id}, '{EUR,JPY}', '{DE,AT}',
      'DE', 'http://127.0.0.1', 'shop@example.com', '{}')`
  await tx.run`
    insert into location (id, code, name, address)
    values (${shop.location_id}, 'main', 'Main warehouse', '{}')`
  await tx.run`
    insert into channel_location (channel_id, location_id)
    values (${shop.channel_id}, ${shop.location_id})`
  await tx.run`
    insert into price_list (id, code, name, currency, prices_include_tax)
    values (${shop.price_list_id}, 'base', 'Base prices', 'EUR', true)`
  return shop
}

/**
 * `count` published products of three variants each. Every seventh is sold out; one in ten
 * carries the tag `tenth`, one in a thousand `rare`; a hundred vendors.
 */
export async function seedProducts(tx: Tx, shop: SeededShop, count: number): Promise<void> {
  const { channel_id, location_id, price_list_id } = shop
  await tx.run`
    insert into product (id, handle, title, description, vendor, type, tags, state, options,
      created_at, updated_at)
    select (lpad(to_hex((extract(epoch from now()) * 1000)::bigint - ${count} + n), 12, '0')
        || '7000' || '8' || substr(md5(n::text), 1, 15))::uuid,
      'seeded-' || n,
      (array['Linen', 'Cotton', 'Walnut', 'Steel', 'Velvet', 'Cedar'])[1 + n % 6] || ' '
        || (array['shirt', 'chair', 'lamp', 'bowl', 'blanket', 'table', 'jacket'])[1 + n % 7]
        || ' ' || n,
      '<p>Seeded product number ' || n || ', made for measuring how lists behave at volume. '
        || md5(n::text) || '</p>',
      'Vendor ' || n % 100, 'Seeded',
      case when n % 1000 = 0 then '{seeded,tenth,rare}'::text[]
        when n % 10 = 0 then '{seeded,tenth}' else '{seeded}' end,
      'active', '{Size}', now(), now()
    from generate_series(1, ${count}::int) as n`
  await tx.run`
    insert into variant (id, product_id, sku, title, option_values, position, weight_g)
    select gen_random_uuid(), product.id, handle || '-' || size, size, array[size],
      row_number() over (partition by product.id order by size), 300
    from product cross join unnest('{S,M,L}'::text[]) as size where type = 'Seeded'`
  await tx.run`
    insert into media (id, product_id, url, alt, position)
    select gen_random_uuid(), id, '/media/' || handle || '.svg', title, 0
    from product where type = 'Seeded'`
  await tx.run`
    insert into stock_item (id, sku, title) select id, sku, title from variant`
  await tx.run`
    insert into variant_item (variant_id, stock_item_id, quantity) select id, id, 1 from variant`
  await tx.run`
    insert into stock_level (stock_item_id, location_id, on_hand)
    select variant.id, ${location_id},
      case when split_part(handle, '-', 2)::int % 7 = 0 then 0 else 100 end
    from variant join product on product.id = product_id`
  await tx.run`
    insert into price (price_list_id, variant_id, amount)
    select ${price_list_id}, id, 1000 + position * 250 from variant`
  await tx.run`
    insert into publication (channel_id, product_id, published_at)
    select ${channel_id}, id, created_at from product`
}

/** Of seeded products. */
export const readSeeded = (tx: Tx): Promise<{ product_id: ProductId; id: VariantId }[]> =>
  tx.many<{ product_id: ProductId; id: VariantId }>`
    select product_id, variant.id from variant join product on product.id = product_id
    where type = 'Seeded' order by variant.position`

export async function analyzeCatalog(tx: Tx): Promise<void> {
  await tx.run`analyze product`
  await tx.run`analyze variant`
  await tx.run`analyze publication`
  await tx.run`analyze price`
  await tx.run`analyze media`
  await tx.run`analyze variant_item`
  await tx.run`analyze stock_level`
  await tx.run`analyze product_category`
}

type AnyPriceList = {
  readonly priority: number
  readonly prices_include_tax?: boolean
  readonly channel_id: ChannelId | null
  readonly countries: readonly string[] | null
  readonly customer_group_id?: CustomerGroupId | null
  readonly starts_at: Date | null
  readonly ends_at: Date | null
}

/** A further price list in euro. */
export async function addAnyPriceList(tx: Tx, list: AnyPriceList): Promise<PriceListId> {
  const id = newId<PriceListId>()
  await tx.run`
    insert into price_list (id, code, name, currency, prices_include_tax, priority, channel_id,
      countries, customer_group_id, starts_at, ends_at)
    values (${id}, ${id}, 'More prices', 'EUR', ${list.prices_include_tax ?? true},
      ${list.priority}, ${list.channel_id},
      ${list.countries}, ${list.customer_group_id ?? null}, ${list.starts_at}, ${list.ends_at})`
  await bumpRevision(tx, 'catalog')
  await bumpRevision(tx, 'settings')
  return id
}

export const addPriceList = (
  tx: Tx,
  list: Pick<AnyPriceList, 'priority' | 'starts_at' | 'ends_at'>,
): Promise<PriceListId> => addAnyPriceList(tx, { channel_id: null, countries: null, ...list })

/** What lies under SKUs of a pattern: variants, their items, what is on hand and why. */
export const countCatalog = (
  tx: Tx,
  skus: string,
): Promise<{ variants: number; items: number; on_hand: number; moved: number }> =>
  tx.one`
    select (select count(*)::int from variant where sku like ${skus}) as variants,
      count(*)::int as items, sum(on_hand)::int as on_hand,
      (select sum(quantity)::int from stock_movement
        join stock_item as moved on moved.id = stock_item_id where moved.sku like ${skus}) as moved
    from stock_item join stock_level on stock_item_id = stock_item.id
    where stock_item.sku like ${skus}`
