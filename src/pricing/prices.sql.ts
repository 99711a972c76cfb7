// Prices as they are, and as they were: whoever changes or removes one leaves a row that says
// until when it held.
import { asTable } from '#src/db/as-table.ts'
import { sql, type Tx } from '#src/db/sql.ts'
import { plusMs } from '#src/lib/clock.ts'
import { newId, type PriceListId, type VariantId } from '#src/lib/ids.ts'
import type { Price } from './pricing.ts'

/** Longer than anybody asks for: what held before is forgotten when the price changes again. */
const kept_ms = 400 * 86_400_000

const forget = (tx: Tx, variant_ids: readonly VariantId[], now: Date): Promise<number> =>
  tx.run`
    delete from price_past
    where variant_id = any(${[...new Set(variant_ids)]}) and until < ${plusMs(now, -kept_ms)}`

const past_columns = sql`
  id, price_list_id, variant_id, min_quantity, amount, per_units, compare_at, since, until`

/** Of two who set one price the second one keeps what the first has set, as past. */
const lockPrices = (tx: Tx, prices: readonly Price[]): Promise<number> =>
  tx.run`
    select from price where (price_list_id, variant_id, min_quantity) in (
      select price_list_id, variant_id, min_quantity
      from ${asTable(prices, 'row (price_list_id uuid, variant_id uuid, min_quantity int)')})
    order by price_list_id, variant_id, min_quantity for update`

/** Writes prices; one for the same list, variant and quantity takes the place of the old one. */
export async function setPrices(tx: Tx, prices: readonly Price[], now: Date): Promise<void> {
  if (prices.length === 0) return
  await lockPrices(tx, prices)
  const rows = prices.map((price) => ({ ...price, past_id: newId<string>() }))
  await tx.run`
    with given as materialized (
      select * from ${asTable(
        rows,
        `row (
        past_id uuid, price_list_id uuid, variant_id uuid, min_quantity int, amount bigint,
        per_units int, compare_at bigint)`,
      )}
    ), past as (
      insert into price_past (${past_columns})
      select past_id, old.price_list_id, old.variant_id, old.min_quantity, old.amount,
        old.per_units, old.compare_at, old.since, ${now}
      from given join price as old on old.price_list_id = given.price_list_id
        and old.variant_id = given.variant_id and old.min_quantity = given.min_quantity
      where (old.amount, old.per_units, old.compare_at)
        is distinct from (given.amount, given.per_units, given.compare_at)
    )
    insert into price (price_list_id, variant_id, min_quantity, amount, per_units, compare_at,
      since)
    select price_list_id, variant_id, min_quantity, amount, per_units, compare_at, ${now}
    from given
    order by price_list_id, variant_id, min_quantity
    on conflict (price_list_id, variant_id, min_quantity) do update
      set amount = excluded.amount, per_units = excluded.per_units,
        compare_at = excluded.compare_at, since = excluded.since
      where (price.amount, price.per_units, price.compare_at)
        is distinct from (excluded.amount, excluded.per_units, excluded.compare_at)`
  await forget(
    tx,
    prices.map(({ variant_id }) => variant_id),
    now,
  )
}

export type TierKey = { readonly variant_id: VariantId; readonly min_quantity: number }

/** Returns how many there were. */
export async function deletePrices(
  tx: Tx,
  price_list_id: PriceListId,
  tiers: readonly TierKey[],
  now: Date,
): Promise<number> {
  const rows = tiers.map((tier) => ({ ...tier, past_id: newId<string>() }))
  return tx.run`
    with gone as (
      delete from price
      using ${asTable(rows, 'row (past_id uuid, variant_id uuid, min_quantity int)')}
      where price.price_list_id = ${price_list_id} and price.variant_id = row.variant_id
        and price.min_quantity = row.min_quantity
      returning past_id, price.*
    )
    insert into price_past (${past_columns})
    select past_id, price_list_id, variant_id, min_quantity, amount, per_units, compare_at, since,
      ${now}
    from gone`
}
