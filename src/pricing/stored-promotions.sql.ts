// Promotions and their codes as staff keep them.
import { asRows, asTable } from '#src/db/as-table.ts'
import { sql, type Tx } from '#src/db/sql.ts'
import type { ChannelId, CouponId, OrderId, PromotionId } from '#src/lib/ids.ts'
import type { Currency } from '#src/lib/money.ts'
import { type PromotionRow, promotion_columns, toPromotion } from './promotions.sql.ts'
import type { Code, Promotion } from './promotions.ts'

export type StoredPromotion = Promotion & {
  readonly created_at: Date
  readonly archived_at: Date | null
}
type StoredRow = PromotionRow & Pick<StoredPromotion, 'created_at' | 'archived_at'>

const stored_columns = sql`${promotion_columns}, promotion.created_at, promotion.archived_at`

export async function readPromotion(tx: Tx, id: PromotionId): Promise<StoredPromotion | null> {
  const row = await tx.maybe<StoredRow>`select ${stored_columns} from promotion where id = ${id}`
  return row && toPromotion(row)
}

/** Locked until commit, as buyers who take a use lock it. */
export async function lockPromotion(tx: Tx, id: PromotionId): Promise<StoredPromotion | null> {
  const row = await tx.maybe<StoredRow>`
    select ${stored_columns} from promotion where id = ${id} for update`
  return row && toPromotion(row)
}

export type PromotionFilter = {
  readonly archived: boolean
  readonly is_automatic: boolean | null
  readonly after: string | null
}

export async function readPromotionPage(
  tx: Tx,
  { archived, is_automatic, after }: PromotionFilter,
  limit: number,
): Promise<StoredPromotion[]> {
  const rows = await tx.many<StoredRow>`
    select ${stored_columns} from promotion
    where (archived_at is not null) = ${archived}
      and (${is_automatic}::boolean is null or is_automatic = ${is_automatic})
      and (${after}::uuid is null or id > ${after}::uuid)
    order by id limit ${limit}`
  return rows.map(toPromotion)
}

export const countAutomatic = async (tx: Tx): Promise<number> => {
  const { count } = await tx.one<{ count: number }>`
    select count(*)::int as count from promotion where is_automatic and archived_at is null`
  return count
}

export async function insertPromotion(tx: Tx, promotion: StoredPromotion): Promise<void> {
  await tx.run`
    insert into promotion ${asRows(
      [promotion],
      `id uuid, name text, is_automatic boolean, class text, combines_with text[], priority int,
      effect jsonb, conditions jsonb, currency text, starts_at timestamptz, ends_at timestamptz,
      usage_limit int, buyer_limit int, budget bigint, created_at timestamptz,
      archived_at timestamptz`,
    )}`
}

/** What orders hold of it in one currency. Ask under its lock. */
export async function readSpent(
  tx: Tx,
  id: PromotionId,
  currency: Currency | null,
): Promise<bigint> {
  const { spent } = await tx.one<{ spent: bigint }>`
    select coalesce(sum(amount), 0)::bigint as spent from coupon_use
    where (promotion_id = ${id} or promotion_id is null and coupon_id = ${id})
      and released_at is null
      and currency = ${currency}`
  return spent
}

/** How often it was used is none of it. */
export async function updatePromotion(tx: Tx, promotion: StoredPromotion): Promise<void> {
  await tx.run`
    update promotion set name = row.name, class = row.class, combines_with = row.combines_with,
      priority = row.priority, effect = row.effect, conditions = row.conditions,
      currency = row.currency, starts_at = row.starts_at, ends_at = row.ends_at,
      usage_limit = row.usage_limit, buyer_limit = row.buyer_limit, budget = row.budget,
      spent = row.spent, archived_at = row.archived_at
    from ${asTable(
      [promotion],
      `row (id uuid, name text, class text, combines_with text[], priority int, effect jsonb,
      conditions jsonb, currency text, starts_at timestamptz, ends_at timestamptz,
      usage_limit int, buyer_limit int, budget bigint, spent bigint, archived_at timestamptz)`,
    )}
    where promotion.id = row.id`
}

export type References = {
  readonly channels: readonly string[]
  readonly groups: readonly string[]
  readonly products: readonly string[]
  readonly variants: readonly string[]
  readonly categories: readonly string[]
}
/** Which of these ids do not exist. */
export const readUnknown = (tx: Tx, asked: References): Promise<References> =>
  tx.one<References>`
    select
      array(select id::text from unnest(${asked.channels}::uuid[]) as asked (id)
        where not exists (select from channel where channel.id = asked.id)) as channels,
      array(select id::text from unnest(${asked.groups}::uuid[]) as asked (id)
        where not exists (select from customer_group where customer_group.id = asked.id))
        as groups,
      array(select id::text from unnest(${asked.products}::uuid[]) as asked (id)
        where not exists (select from product where product.id = asked.id)) as products,
      array(select id::text from unnest(${asked.variants}::uuid[]) as asked (id)
        where not exists (select from variant where variant.id = asked.id)) as variants,
      array(select id::text from unnest(${asked.categories}::uuid[]) as asked (id)
        where not exists (select from category where category.id = asked.id)) as categories`

export type StoredCode = Code & {
  readonly promotion_id: PromotionId
  readonly batch_id: string | null
  readonly created_at: Date
  readonly archived_at: Date | null
}
const code_columns = sql`id, promotion_id, batch_id, code, usage_limit, used, created_at,
  archived_at`

/** What versions up to 0.1 read in the row of a code: that it has not begun, or its terms. */
export type EarlierTerms = {
  readonly rate_ppm: number
  readonly currency: string | null
  readonly min_subtotal: bigint
  readonly channel_id: ChannelId | null
  readonly starts_at: Date | null
  readonly ends_at: Date | null
}

/** Returns how many were written: the others have a code that is taken. */
export const insertCodes = (
  tx: Tx,
  codes: readonly (StoredCode & EarlierTerms)[],
): Promise<number> =>
  tx.run`
    insert into coupon ${asRows(
      codes,
      `id uuid, promotion_id uuid, batch_id uuid, code text, usage_limit int,
      created_at timestamptz, archived_at timestamptz, rate_ppm int, currency text,
      min_subtotal bigint, channel_id uuid, starts_at timestamptz, ends_at timestamptz`,
    )}
    on conflict (code) do nothing`

/** Of these codes the ones that another call has made. */
export async function readTakenCodes(
  tx: Tx,
  codes: readonly string[],
  batch_id: string,
): Promise<ReadonlySet<string>> {
  const rows = await tx.many<{ code: string }>`
    select code from coupon
    where code = any(${codes}::text[]) and batch_id is distinct from ${batch_id}::uuid`
  return new Set(rows.map(({ code }) => code))
}

/**
 * Of a coupon that is a promotion of its own. Before the promotion is written: the row of a coupon
 * writes its terms into that as well.
 */
export const writeEarlierTerms = (tx: Tx, id: PromotionId, terms: EarlierTerms): Promise<number> =>
  tx.run`
    update coupon set rate_ppm = ${terms.rate_ppm}, currency = ${terms.currency},
      min_subtotal = ${terms.min_subtotal}, channel_id = ${terms.channel_id},
      starts_at = ${terms.starts_at}, ends_at = ${terms.ends_at}
    where id = ${id}
      and (rate_ppm, currency, min_subtotal, channel_id, starts_at, ends_at) is distinct from
        (${terms.rate_ppm}::int, ${terms.currency}::text, ${terms.min_subtotal}::bigint,
          ${terms.channel_id}::uuid, ${terms.starts_at}::timestamptz,
          ${terms.ends_at}::timestamptz)`

/** Locked until commit, as buyers who take a use lock it. */
export const lockCode = (tx: Tx, id: CouponId): Promise<StoredCode | null> =>
  tx.maybe<StoredCode>`select ${code_columns} from coupon where id = ${id} for update`

export const updateCode = (tx: Tx, code: StoredCode): Promise<number> =>
  tx.run`
    update coupon set usage_limit = ${code.usage_limit}, archived_at = ${code.archived_at}
    where id = ${code.id}`

export type CodeFilter = {
  readonly promotion_id: PromotionId
  readonly batch_id: string | null
  readonly after: string | null
}

export const readCodePage = (
  tx: Tx,
  { promotion_id, batch_id, after }: CodeFilter,
  limit: number,
): Promise<StoredCode[]> =>
  tx.many<StoredCode>`
    select ${code_columns} from coupon
    where promotion_id = ${promotion_id}
      and (${batch_id}::uuid is null or batch_id = ${batch_id}::uuid)
      and (${after}::uuid is null or id > ${after}::uuid)
    order by id limit ${limit}`

export const countCodes = async (
  tx: Tx,
  promotion_id: PromotionId,
  batch_id: string,
): Promise<number> => {
  const { count } = await tx.one<{ count: number }>`
    select count(*)::int as count from coupon
    where promotion_id = ${promotion_id} and batch_id = ${batch_id}`
  return count
}

export type StoredUse = {
  readonly id: OrderId
  readonly number: string | null
  readonly state: string
  readonly code: string | null
  readonly currency: string | null
  readonly amount: bigint
  readonly released_at: Date | null
}
/** Orders that took a use, oldest first; the id is the order's. */
export const readUsePage = (
  tx: Tx,
  promotion_id: PromotionId,
  after: string | null,
  limit: number,
): Promise<StoredUse[]> =>
  tx.many<StoredUse>`
    select order_id as id, orders.number, orders.state, coupon.code, coupon_use.currency,
      coupon_use.amount, released_at
    from coupon_use
    join orders on orders.id = order_id
    left join coupon on coupon.id = coupon_id
    where (coupon_use.promotion_id = ${promotion_id}
        or coupon_use.promotion_id is null and coupon_id = ${promotion_id})
      and (${after}::uuid is null or order_id > ${after}::uuid)
    order by order_id limit ${limit}`
