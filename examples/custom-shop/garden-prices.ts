// How this shop prices otherwise: members of the club pay a tenth less for plants by the tray, the
// third cup is free when a promotion says so, and gift sets are taxed as what is mostly in them.
import {
  type CustomerGroupId,
  type DiscountRule,
  type PriceRule,
  share,
  type TaxRule,
} from 'onhand'

export type Prices = { readonly club: CustomerGroupId | null }

const tray = 12

/** Whole trays only: who takes eleven pays what the list says. */
export const club_trays: PriceRule<Prices> = {
  name: 'club trays',
  price: ({ quantity }, { amount }, { customer_group_ids }, { club }) => {
    const is_member = club !== null && customer_group_ids.includes(club)
    return is_member && quantity >= tray ? { amount: share(amount, 9n, 10n) } : null
  },
}

/** `{ "kind": "rule", "rule": "nth unit free", "values": { "n": 3, "tag": "kitchen" } }` */
export const nth_unit_free: DiscountRule<Prices> = {
  name: 'nth unit free',
  off: ({ lines, rest }, { n, tag }) => {
    const every = BigInt(Math.max(2, Math.trunc(Number(n ?? 3))))
    const off = lines.map(({ quantity, tags }, i) => {
      const counts = tag === undefined || tags.includes(String(tag))
      const free = counts ? BigInt(quantity) / every : 0n
      return share(rest[i]!, free, BigInt(quantity))
    })
    return off.some((amount) => amount > 0n) ? off : null
  },
}

export const gift_sets: TaxRule<Prices> = {
  name: 'gift sets',
  category: ({ tags }) => (tags.includes('gift-set-food') ? 'reduced' : null),
}
