// Everything that this shop does otherwise than Onhand out of the box.
import { type CustomerGroupId, defineRules, defineShop, type Tx } from 'onhand'
import {
  type Blocked,
  blocked_postcode_routes,
  blocked_postcodes,
  readBlocked,
} from './blocked-postcodes.ts'
import { delivery_wish_data, delivery_wish_routes } from './delivery-wishes.ts'
import { club_trays, gift_sets, nth_unit_free, type Prices } from './garden-prices.ts'
import { pay_on_collection } from './pay-on-collection.ts'
import { stock_report, stock_report_routes } from './stock-report.ts'

type Rules = Prices & { readonly blocked: readonly Blocked[] }

/** The customer group `club`, once staff have made it. */
const readClub = async (tx: Tx): Promise<CustomerGroupId | null> =>
  (await tx.maybe<{ id: CustomerGroupId }>`select id from customer_group where code = 'club'`)
    ?.id ?? null

export default defineShop({
  plugins: [pay_on_collection],
  migrations: './migrations',
  rules: defineRules<Rules>({
    load: async (tx) => ({ blocked: await readBlocked(tx), club: await readClub(tx) }),
    prices: [club_trays],
    discounts: [nth_unit_free],
    taxes: [gift_sets],
    checkout: [blocked_postcodes],
  }),
  routes: [...blocked_postcode_routes, ...delivery_wish_routes, ...stock_report_routes],
  jobs: [stock_report],
  fields: {
    light: {
      owner: 'product',
      name: 'Light',
      type: 'choice',
      choices: ['sun', 'shade'],
      filterable: true,
    },
    pot_cm: { owner: 'variant', name: 'Pot, cm', type: 'number', filterable: true },
  },
  ...delivery_wish_data,
})
