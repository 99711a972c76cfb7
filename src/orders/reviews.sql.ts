import type { Tx } from '#src/db/sql.ts'
import type { OrderId } from '#src/lib/ids.ts'
import type { StoredRule } from '#src/shop/review-rules.sql.ts'
import type { ReviewFacts, ReviewRule } from './reviews.ts'

/** Amounts inside jsonb come as numbers; they are whole and fit. */
export const readRules = (stored: readonly StoredRule[] | null): ReviewRule[] =>
  (stored ?? []).map(
    (rule) => ('amount' in rule ? { ...rule, amount: BigInt(rule.amount!) } : rule) as ReviewRule,
  )

export type ToReview = {
  readonly rules: readonly StoredRule[] | null
  /** Somebody has looked at it before. */
  readonly was_released: boolean
}

/** The rules of the order's channel: null almost everywhere. */
export const readToReview = (tx: Tx, id: OrderId): Promise<ToReview> =>
  tx.one<ToReview>`
    select review_rules as rules, review_ended_at is not null as was_released
    from orders join channel on channel.id = channel_id where orders.id = ${id}`

export const readReviewFacts = (tx: Tx, id: OrderId): Promise<ReviewFacts> =>
  tx.one<ReviewFacts>`
    select total, currency,
      coalesce((
        select bool_or(shipping_address ->> field is distinct from billing_address ->> field)
        from unnest(array['line1', 'postal_code', 'city', 'country']) as field
        where shipping_address is not null and billing_address is not null), false)
        as address_differs,
      not exists (select from orders as earlier
        where lower(earlier.email) = lower(orders.email)
          and earlier.state in ('placed', 'closed')
          and (earlier.placed_at, earlier.id) < (orders.placed_at, orders.id)) as is_first
    from orders where id = ${id}`

/**
 * Adds to the reasons that it has: all of them, in the order in which they were given; null when
 * it has these already. The order must be locked.
 */
export const writeHeld = async (
  tx: Tx,
  id: OrderId,
  { reasons, now }: { readonly reasons: readonly string[]; readonly now: Date },
): Promise<readonly string[] | null> => {
  const row = await tx.maybe<{ hold_reasons: readonly string[] }>`
    update orders set held_at = coalesce(held_at, ${now}), hold_reasons = array(
      select reason
      from unnest(coalesce(hold_reasons, '{}') || ${reasons}::text[])
        with ordinality as given (reason, place)
      group by reason order by min(place))
    where id = ${id} and not ${reasons}::text[] <@ coalesce(hold_reasons, '{}')
    returning hold_reasons`
  return row?.hold_reasons ?? null
}

export const writeReleased = async (tx: Tx, id: OrderId, now: Date): Promise<boolean> =>
  (await tx.run`
    update orders set held_at = null, hold_reasons = null, review_ended_at = ${now}
    where id = ${id} and held_at is not null`) === 1
