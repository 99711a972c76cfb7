// What pricing reads of prices and taxes: the statements of the order path. What staff change is
// in the *.sql.ts files beside this one.
import type { Tx } from '#src/db/sql.ts'
import type { PriceListId, VariantId } from '#src/lib/ids.ts'
import { hasExemptions } from './exemptions.sql.ts'
import type { Price, PriceBook, PriceList } from './pricing.ts'
import { readTaxDistricts, readTaxRates } from './tax.sql.ts'

/** All that are in use, whoever they hold for. */
export const readLivePriceLists = (tx: Tx): Promise<PriceList[]> =>
  tx.many<PriceList>`
    select id, code, currency, prices_include_tax, channel_id, customer_group_id, countries,
      starts_at, ends_at, priority
    from price_list where archived_at is null`

/** Everything but prices. It may be kept for as long as the revision `settings` is the same. */
export async function readPriceBook(tx: Tx): Promise<PriceBook> {
  const price_lists = await readLivePriceLists(tx)
  const tax_rates = await readTaxRates(tx)
  const tax_districts = await readTaxDistricts(tx)
  const has_exemptions = await hasExemptions(tx)
  return { price_lists, tax_rates, tax_districts, has_exemptions }
}

export type PriceKey = { readonly price_list_id: PriceListId; readonly variant_id: VariantId }

export const priceKeys = (
  lists: readonly { readonly id: PriceListId }[],
  variant_ids: readonly VariantId[],
): PriceKey[] =>
  lists.flatMap(({ id: price_list_id }) =>
    variant_ids.map((variant_id) => ({ price_list_id, variant_id })),
  )

/**
 * All tiers of these lists for these variants, each found by the primary key: a list with
 * 10,000 contract prices costs no more than one with ten. Carts of a batch put their keys
 * together; a key that is asked twice comes back once.
 */
export async function readPrices(tx: Tx, keys: readonly PriceKey[]): Promise<Price[]> {
  if (keys.length === 0) return []
  const single = new Map(keys.map((key) => [key.price_list_id + key.variant_id, key]))
  const wanted = [...single.values()]
  return tx.many<Price>`
    select price.price_list_id, price.variant_id, min_quantity, amount, per_units, compare_at
    from unnest(
      ${wanted.map(({ price_list_id }) => price_list_id)}::uuid[],
      ${wanted.map(({ variant_id }) => variant_id)}::uuid[]
    ) as wanted (price_list_id, variant_id)
    join price on price.price_list_id = wanted.price_list_id
      and price.variant_id = wanted.variant_id`
}
