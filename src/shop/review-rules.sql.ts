// Which orders of a channel are held for review by themselves.
import type { Tx } from '#src/db/sql.ts'
import type { ChannelId } from '#src/lib/ids.ts'

/** As it is stored: amounts are whole numbers that fit. */
export type StoredRule = {
  readonly kind: 'total_above' | 'first_order_above' | 'address_differs'
  readonly amount?: number
  readonly currency?: string
}

export const readReviewRules = (
  tx: Tx,
  id: ChannelId,
): Promise<{ rules: readonly StoredRule[] } | null> =>
  tx.maybe<{ rules: readonly StoredRule[] }>`
    select coalesce(review_rules, '[]') as rules from channel where id = ${id}`

/** Without rules orders are not even asked about them. */
export const writeReviewRules = (
  tx: Tx,
  id: ChannelId,
  rules: readonly StoredRule[],
): Promise<number> =>
  tx.run`
    update channel set review_rules = nullif(${JSON.stringify(rules)}::jsonb, '[]')
    where id = ${id}`
