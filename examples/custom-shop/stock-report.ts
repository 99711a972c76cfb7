// What lies on the shelves at the end of each day: a job that the clock starts, safe to run twice.
import {
  Closed,
  enqueueJob,
  type Job,
  type Route,
  route,
  snapshot,
  Type,
  transaction,
} from 'onhand'

export const stock_report: Job = {
  name: 'stock_report',
  every: '55 21 * * *',
  run: async (_payload, { app }) => {
    const day = app.clock().toISOString().slice(0, 10)
    await transaction(
      app.db,
      (tx) => tx.run`
        insert into shop.stock_report (day, sku, on_hand)
        select ${day}::date, sku, sum(on_hand)
        from stock_level join stock_item on stock_item.id = stock_item_id
        group by sku
        on conflict (day, sku) do update set on_hand = excluded.on_hand`,
    )
  },
}

export const stock_report_routes: readonly Route[] = [
  route({
    method: 'POST',
    path: '/admin/stock-report',
    who: { staff: 'stock:read' },
    summary: 'Write the stock report of today now',
    replies: { 202: null },
    handle: async ({ app }) => {
      await transaction(app.db, (tx) => enqueueJob(tx, 'stock_report', {}, { key: 'asked' }))
      return { status: 202 }
    },
  }),
  route({
    method: 'GET',
    path: '/admin/stock-report',
    who: { staff: 'stock:read' },
    summary: 'What lay on the shelves at the end of the last day that was reported',
    replies: {
      200: Closed({
        items: Type.Array(
          Closed({ day: Type.String(), sku: Type.String(), on_hand: Type.Integer() }),
        ),
      }),
    },
    handle: async ({ app }) => ({
      status: 200,
      body: {
        items: await snapshot(
          app.db,
          (tx) => tx.many`
            select day::text, sku, on_hand from shop.stock_report
            where day = (select max(day) from shop.stock_report) order by sku`,
        ),
      },
    }),
  }),
]
