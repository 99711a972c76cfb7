// What the benchmark sells and to whom, written by SQL: it counts what comes after.
import { bumpRevision } from '#src/db/revision.sql.ts'
import type { Tx } from '#src/db/sql.ts'
import type {
  CartId,
  ChannelId,
  CustomerId,
  LocationId,
  PriceListId,
  ShippingOptionId,
  VariantId,
} from '#src/lib/ids.ts'
import { newId } from '#src/lib/ids.ts'

export type GoodsPlace = {
  readonly channels: readonly ChannelId[]
  readonly location_id: LocationId
  readonly price_list_id: PriceListId
}

/**
 * One variant per product. The odd ones cost 14.90, the even ones 24.90. Those that are not
 * ordered, from 1,001 on, differ as the goods of a shop do: tags, types, choices, prices.
 */
export async function addGoods(
  tx: Tx,
  { channels, location_id, price_list_id }: GoodsPlace,
  { from, to, on_hand }: { readonly from: number; readonly to: number; readonly on_hand: number },
): Promise<void> {
  await tx.run`
    create temp table new_goods on commit drop as
      select n, uuidv7() as id, 'bench-' || n as sku
      from generate_series(${from}::int, ${to}::int) as n`
  await tx.run`
    insert into product (id, handle, title, description, vendor, type, tags, state, options,
      created_at, updated_at)
    select id, sku, (array['Linen', 'Cotton', 'Walnut', 'Steel', 'Velvet', 'Cedar'])[1 + n % 6]
        || ' ' || (array['shirt', 'chair', 'lamp', 'bowl', 'table', 'jacket'])[1 + n % 7 % 6]
        || ' ' || n,
      '<p>Number ' || n || ' of the goods that the benchmark sells.</p>', 'Vendor ' || n % 100,
      case when n > 1000 then 'Type ' || n % 40 else 'Bench' end,
      case when n > 1000 then array['bench', 'tag ' || n % 60, 'season ' || n % 4, 'for ' || n % 7]
        else '{bench}' end, 'active',
      case when n > 1000 then '{Size,Color}'::text[] else '{}' end, now(), now()
    from new_goods`
  await tx.run`
    insert into variant (id, product_id, sku, title, option_values, position, weight_g)
    select id, id, sku, '',
      case when n > 1000 then array['Size ' || n % 8, 'Color ' || n % 24] else '{}' end, 0, 300
    from new_goods`
  await tx.run`
    insert into category (id, handle, title)
    select uuidv7(), 'bench-' || n, 'Shelf ' || n from generate_series(0, 29) as n
    on conflict do nothing`
  await tx.run`
    insert into product_category (category_id, product_id)
    select category.id, new_goods.id from new_goods
    join category on handle = 'bench-' || n % 30 where n > 1000`
  await tx.run`
    insert into media (id, product_id, url, alt, position)
    select id, id, '/media/' || sku || '.svg', '', 0 from new_goods`
  await tx.run`insert into stock_item (id, sku, title) select id, sku, sku from new_goods`
  await tx.run`
    insert into variant_item (variant_id, stock_item_id, quantity) select id, id, 1 from new_goods`
  await tx.run`
    insert into stock_level (stock_item_id, location_id, on_hand)
    select id, ${location_id}, ${on_hand} from new_goods`
  await tx.run`
    insert into stock_movement (id, stock_item_id, location_id, quantity, kind, actor, at)
    select uuidv7(), id, ${location_id}, ${on_hand}, 'import', 'system', now() from new_goods`
  await tx.run`
    insert into price (price_list_id, variant_id, amount)
    select ${price_list_id}, id,
      case when n between 1001 and 10000000 then 500 + n * 37 % 20000
        when n % 2 = 1 then 1490 else 2490 end
    from new_goods`
  await tx.run`
    insert into publication (channel_id, product_id, published_at)
    select channel_id, id, now()
    from new_goods cross join unnest(${channels}::uuid[]) as c (channel_id)`
  await bumpRevision(tx, 'catalog')
}

/** Fresh statistics, as autovacuum brings them a little later. */
export async function analyzeAll(tx: Tx): Promise<void> {
  await tx.run`analyze`
}

export type Variants = { readonly odd: readonly VariantId[]; readonly even: readonly VariantId[] }

/** The first so many goods, by what they cost. */
export async function readVariants(tx: Tx, count: number): Promise<Variants> {
  const rows = await tx.many<{ id: VariantId; n: number }>`
    select id, substr(sku, 7)::int as n from variant where sku like 'bench-%'
      and substr(sku, 7)::int <= ${count} order by n`
  return {
    odd: rows.filter(({ n }) => n % 2 === 1).map(({ id }) => id),
    even: rows.filter(({ n }) => n % 2 === 0).map(({ id }) => id),
  }
}

export type CartShape = {
  readonly channel_id: ChannelId
  readonly shipping_option_id: ShippingOptionId
  readonly coupon_code: string | null
  readonly address: object
  /** Each cart gets one of each list. */
  readonly choices: readonly (readonly VariantId[])[]
}

/** Carts that lack nothing, by the ids they got. */
export async function addCarts(tx: Tx, count: number, shape: CartShape): Promise<CartId[]> {
  const rows = await tx.many<{ id: CartId }>`
    insert into cart (id, channel_id, currency, email, shipping_address, shipping_option_id,
      coupon_code, created_at, updated_at)
    select uuidv7(), ${shape.channel_id}, 'EUR', 'buyer' || n || '@example.com',
      ${JSON.stringify(shape.address)}, ${shape.shipping_option_id}, ${shape.coupon_code},
      now(), now()
    from generate_series(1, ${count}::int) as n
    returning id`
  const ids = rows.map(({ id }) => id)
  for (const variants of shape.choices) {
    await tx.run`
      insert into cart_line (id, cart_id, variant_id, quantity)
      select uuidv7(), cart_id,
        (${variants}::uuid[])[1 + floor(random() * ${variants.length})::int], 1
      from unnest(${ids}::uuid[]) as cart_id`
  }
  return ids
}

/** A business customer whose group has a price of its own for so many variants, and a plain one. */
export async function addContract(
  tx: Tx,
  count: number,
): Promise<{ readonly contract: CustomerId; readonly plain: CustomerId }> {
  const [contract, plain] = [newId<CustomerId>(), newId<CustomerId>()]
  const [group, list] = [newId(), newId()]
  for (const [id, email] of [
    [contract, 'contract@example.com'],
    [plain, 'plain@example.com'],
  ]) {
    await tx.run`
      insert into customer (id, email, name, created_at) values (${id}, ${email}, 'Buyer', now())`
  }
  await tx.run`
    insert into customer_group (id, code, name) values (${group}, 'contract', 'Contract')`
  await tx.run`
    insert into customer_group_member (customer_id, group_id) values (${contract}, ${group})`
  await tx.run`
    insert into price_list (id, code, name, currency, prices_include_tax, customer_group_id)
    values (${list}, 'contract', 'Contract', 'EUR', true, ${group})`
  await tx.run`
    insert into price (price_list_id, variant_id, amount)
    select ${list}, id, 1190 from variant order by sku limit ${count}`
  await bumpRevision(tx, 'settings')
  await bumpRevision(tx, 'catalog')
  return { contract, plain }
}

export const standardOption = (tx: Tx): Promise<{ id: ShippingOptionId }> =>
  tx.one<{ id: ShippingOptionId }>`select id from shipping_option where code = 'standard-de'`

/** What the worker has still to do, and what it could not. */
export const readEffectCounts = (tx: Tx): Promise<{ open: number; failed: number }> =>
  tx.one<{ open: number; failed: number }>`
    select count(*) filter (where state = 'waiting')::int as open,
      count(*) filter (where state = 'failed')::int as failed
    from effect where state in ('waiting', 'failed')`

export const countOrders = (tx: Tx): Promise<{ orders: number }> =>
  tx.one<{ orders: number }>`select count(*)::int as orders from orders where number is not null`

/** No limit of time for what looks at everything. */
export async function withoutTimeout(tx: Tx): Promise<void> {
  await tx.run`set local statement_timeout = 0`
}
