import { asTable } from '../db/as-table.ts'
import type { Tx } from '../db/sql.ts'
import type { Price } from './pricing.ts'

/** Writes prices; one for the same list, variant and quantity takes the place of the old one. */
export async function setPrices(tx: Tx, prices: readonly Price[]): Promise<void> {
  if (prices.length === 0) return
  await tx.run`
    insert into price (price_list_id, variant_id, min_quantity, amount, per_units, compare_at)
    select price_list_id, variant_id, min_quantity, amount, per_units, compare_at
    from ${asTable(
      prices,
      `row (
      price_list_id uuid, variant_id uuid, min_quantity int, amount bigint, per_units int,
      compare_at bigint)`,
    )}
    order by price_list_id, variant_id, min_quantity
    on conflict (price_list_id, variant_id, min_quantity) do update
      set amount = excluded.amount, per_units = excluded.per_units,
        compare_at = excluded.compare_at`
}
