// What the demo shop reads of the goods it was filled with.
import type { Tx } from '../db/sql.ts'
import type { ProductId, StockItemId, VariantId } from '../lib/ids.ts'

export const readAllVariants = (tx: Tx): Promise<{ id: VariantId }[]> =>
  tx.many<{ id: VariantId }>`select id from variant order by id`

export const readAllProducts = (tx: Tx): Promise<{ id: ProductId }[]> =>
  tx.many<{ id: ProductId }>`select id from product where state = 'active' order by id`

export const readAllStockItems = (tx: Tx): Promise<{ id: StockItemId }[]> =>
  tx.many<{ id: StockItemId }>`select id from stock_item order by sku`
