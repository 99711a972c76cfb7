// What a variant cost before, for staff and machines.
import Type from 'typebox'
import { snapshot } from '#src/db/transaction.ts'
import type { PriceListId, VariantId } from '#src/lib/ids.ts'
import { refuse } from '#src/lib/refusal.ts'
import { readPastPrices } from '#src/pricing/price-history.sql.ts'
import { readVariantToExplain } from '#src/pricing/price-lists.sql.ts'
import { IdPageQuery, readPage } from './page.ts'
import { Closed, Id, Minor, Moment, Nullable, Page, type Route, route } from './route.ts'

const PastPrice = Closed({
  id: Id(),
  price_list_id: Id<PriceListId>(),
  price_list: Type.String(),
  min_quantity: Type.Integer(),
  amount: Minor(),
  per_units: Type.Integer(),
  compare_at: Nullable(Minor()),
  since: Nullable(Moment()),
  until: Moment(),
})

export const admin_price_history_routes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/admin/variants/:id/past-prices',
    who: { staff: 'prices:read' },
    summary: 'What a variant cost before, the newest first: each price with when it held',
    params: Closed({ id: Id<VariantId>() }),
    query: Closed(IdPageQuery),
    replies: { 200: Page(PastPrice) },
    handle: async ({ app, params: { id }, query }) => {
      const body = await snapshot(app.db, async (tx) => {
        if (!(await readVariantToExplain(tx, id))) throw refuse('not_found', { id })
        return readPage(query, (after, limit) => readPastPrices(tx, id, after, limit))
      })
      return { status: 200, body }
    },
  }),
]
