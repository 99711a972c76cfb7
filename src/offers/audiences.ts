// Which shoppers see the same prices, and so the same pages. Countries and customer groups that no
// price list names, or has ever named, make no difference: whoever differs in them alone shares
// what was rendered. Pure.
import type { CustomerGroupId } from '#src/lib/ids.ts'
import type { PriceList } from '#src/pricing/pricing.ts'

/** What tells one shopper's prices from another's within a channel and a currency. */
export type Shopper = {
  /** Where it would be sent; null takes the country of the channel. */
  readonly country: string | null
  /** Of who has signed in. */
  readonly customer_group_ids: readonly CustomerGroupId[]
}
export const nobody_known: Shopper = { country: null, customer_group_ids: [] }

/** All price lists in use, and whom those of today and of earlier name. */
export type Markets = {
  /** The revision of the settings that they belong to. */
  readonly settings: bigint
  readonly price_lists: readonly PriceList[]
  readonly countries: ReadonlySet<string>
  readonly groups: ReadonlySet<CustomerGroupId>
}

/** The audience that most shoppers are. */
export const everybody = ''

export function audienceOf(
  { countries, groups }: Pick<Markets, 'countries' | 'groups'>,
  { country, customer_group_ids }: Shopper,
): string {
  const named = customer_group_ids.filter((id) => groups.has(id)).sort()
  const is_alike = country === null || countries.size === 0
  const place = is_alike ? '' : countries.has(country) ? country : '*'
  return named.length === 0 ? place : `${place} ${named.join()}`
}
