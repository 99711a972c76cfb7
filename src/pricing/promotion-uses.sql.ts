// Uses of promotions and codes: taken with an order, given back when it comes to nothing. The
// counts of promotions are kept by the database itself, where uses are written.
import { asRows } from '#src/db/as-table.ts'
import { type Tx, together } from '#src/db/sql.ts'
import type { CouponId, OrderId, PromotionId } from '#src/lib/ids.ts'
import {
  type Buyer,
  buyerKeys,
  type Granted,
  type Locked,
  type LockedCode,
  type LockedPromotion,
  openTill,
  type PromotionUse,
  type Turn,
} from './promotion-uses.ts'
import { turnsOf } from './promotions.ts'

/** Rows of coupons are always locked in the order of their ids: no deadlock between batches. */
export async function lockCoupons(
  tx: Tx,
  ids: readonly CouponId[],
): Promise<ReadonlyMap<CouponId, LockedCode>> {
  if (ids.length === 0) return new Map()
  const rows = await tx.many<LockedCode>`
    select id, archived_at is not null as is_archived, usage_limit, used
    from coupon where id = any(${ids}) order by id for no key update`
  return new Map(rows.map((coupon) => [coupon.id, coupon]))
}

/** After the codes, in the order of their ids: whoever counts a use waits for whoever does. */
async function lockPromotions(
  tx: Tx,
  ids: readonly PromotionId[],
): Promise<ReadonlyMap<PromotionId, LockedPromotion>> {
  if (ids.length === 0) return new Map()
  const rows = await tx.many<LockedPromotion>`
    select id, archived_at is not null as is_archived, currency, usage_limit, used, buyer_limit,
      conditions, budget, spent
    from promotion where id = any(${ids}) order by id for no key update`
  return new Map(rows.map((row) => [row.id, row]))
}

type WantedUses = { readonly uses: readonly PromotionUse[]; readonly buyer: Buyer }

const readTakenTurns = (tx: Tx, keys: readonly (readonly [PromotionId, string])[]) =>
  tx.many<Turn>`
    select distinct promotion_turn.promotion_id, promotion_turn.buyer, nth, buyer_limit,
      order_id
    from unnest(${keys.map(([id]) => id)}::uuid[], ${keys.map(([, key]) => key)}::text[])
      as asked (promotion_id, buyer)
    join promotion_turn on promotion_turn.promotion_id = asked.promotion_id
      and promotion_turn.buyer = asked.buyer`

/** Everything that these orders want, under its locks. No statement where they want nothing. */
export async function lockUses(tx: Tx, wanted: readonly WantedUses[]): Promise<Locked> {
  const uses = wanted.flatMap((one) => one.uses)
  const [codes, promotions] = await together(
    lockCoupons(tx, [...new Set(uses.flatMap(({ coupon_id }) => coupon_id ?? []))]),
    lockPromotions(tx, [...new Set(uses.map(({ promotion_id }) => promotion_id))]),
  )
  const keys = wanted.flatMap(({ uses: mine, buyer }) =>
    mine.flatMap(({ promotion_id }) => {
      const promotion = promotions.get(promotion_id)
      const counted = promotion !== undefined && turnsOf(promotion) !== null
      return counted
        ? buyerKeys(promotion_id, buyer).map((key) => [promotion_id, key] as const)
        : []
    }),
  )
  // A statement of its own, because its snapshot must be younger than the locks.
  const turns = keys.length > 0 ? await readTakenTurns(tx, keys) : []
  return { codes, promotions, turns }
}

/** Writes what was granted over locked rows. The constraints of the limits stand behind it. */
export async function writeUses(tx: Tx, { uses, turns }: Granted): Promise<void> {
  if (uses.length === 0) return
  // Without a code, the promotion stands for it.
  const rows = uses.map((use) => ({ ...use, coupon_id: use.coupon_id ?? use.promotion_id }))
  const written = tx.run`
    with taken as (
      insert into coupon_use ${asRows(
        rows,
        'coupon_id uuid, order_id uuid, promotion_id uuid, amount bigint, currency text',
      )}
      on conflict (coupon_id, order_id) do update set released_at = null
      returning coupon_id
    )
    update coupon set used = used + uses
    from (select coupon_id, count(*)::int as uses from taken group by coupon_id) as per_coupon
    where coupon.id = coupon_id`
  const taken = async (): Promise<void> => {
    if (turns.length === 0) return
    await tx.run`
      insert into promotion_turn ${asRows(
        turns,
        'promotion_id uuid, buyer text, nth int, buyer_limit int, order_id uuid',
      )}`
  }
  await together(written, taken())
}

/** The uses an order took, whether it still has them or not. */
export const usesOf = (tx: Tx, order_id: OrderId): Promise<PromotionUse[]> =>
  tx.many<PromotionUse>`
    select order_id, coalesce(promotion_id, coupon_id) as promotion_id,
      (select id from coupon where id = coupon_id) as coupon_id, amount, currency
    from coupon_use where order_id = ${order_id}`

/**
 * Takes uses for each order, in the given order, as far as the limits allow. Returns the orders
 * that got none: a refusal is a value here, so that it does not fail its neighbors. An order
 * that has its uses already keeps them and is not counted again.
 */
export async function takeUses(
  tx: Tx,
  wanted: readonly (WantedUses & { readonly order_id: OrderId })[],
): Promise<OrderId[]> {
  if (wanted.every(({ uses }) => uses.length === 0)) return []
  const locked = await lockUses(tx, wanted)
  // A statement of its own, because its snapshot must be younger than the locks.
  const had = await tx.many<{ order_id: OrderId }>`
    select distinct order_id from coupon_use
    where order_id = any(${wanted.map(({ order_id }) => order_id)}) and released_at is null`
  const has = new Set(had.map(({ order_id }) => order_id))
  const till = openTill(locked)
  const refused: OrderId[] = []
  for (const { order_id, uses, buyer } of wanted) {
    if (has.has(order_id)) continue
    has.add(order_id)
    if (till.missing(uses, buyer) === null) till.take(uses, buyer)
    else refused.push(order_id)
  }
  await writeUses(tx, till.granted)
  return refused
}

/** Gives back the uses of orders that came to nothing, once each however often it is asked. */
export async function releaseUses(tx: Tx, order_ids: readonly OrderId[], now: Date): Promise<void> {
  if (order_ids.length === 0) return
  const held = await tx.many<PromotionUse>`
    select order_id, coupon_id, coalesce(promotion_id, coupon_id) as promotion_id, amount, currency
    from coupon_use where order_id = any(${order_ids}) and released_at is null`
  if (held.length === 0) return
  await together(
    lockCoupons(tx, [...new Set(held.flatMap(({ coupon_id }) => coupon_id ?? []))]),
    lockPromotions(tx, [...new Set(held.map(({ promotion_id }) => promotion_id))]),
  )
  await tx.run`
    with released as (
      update coupon_use set released_at = ${now}
      where order_id = any(${order_ids}) and released_at is null
      returning coupon_id
    )
    update coupon set used = used - uses
    from (select coupon_id, count(*)::int as uses from released group by coupon_id) as per_coupon
    where coupon.id = coupon_id`
}
