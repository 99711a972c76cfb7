// Everything that this shop does otherwise than Onhand out of the box.
import { defineRules, defineShop } from 'onhand'
import {
  blocked_postcode_routes,
  blocked_postcodes,
  type Rules,
  readBlocked,
} from './blocked-postcodes.ts'
import { pay_on_collection } from './pay-on-collection.ts'
import { stock_report, stock_report_routes } from './stock-report.ts'

export default defineShop({
  plugins: [pay_on_collection],
  migrations: './migrations',
  rules: defineRules<Rules>({
    load: async (tx) => ({ blocked: await readBlocked(tx) }),
    checkout: [blocked_postcodes],
  }),
  routes: [...blocked_postcode_routes, ...stock_report_routes],
  jobs: [stock_report],
})
