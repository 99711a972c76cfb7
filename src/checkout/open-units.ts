// Which units of an order are still in the house, and which holds give them back. Pure.
import type { Hold, Release } from '#src/inventory/inventory.sql.ts'
import type { OrderLineRow } from '#src/orders/orders.sql.ts'

type Line = Pick<OrderLineRow, 'id' | 'quantity' | 'canceled' | 'items'>

/** How many units of a line have not left the house. */
export function openUnits(line: Line, holds: readonly Hold[]): number {
  if (line.items.length === 0) return line.quantity - line.canceled
  const per_item = line.items.map((item) => {
    const open = holds
      .filter((h) => h.order_line_id === line.id && h.stock_item_id === item.stock_item_id)
      .reduce((total, hold) => total + hold.open, 0)
    return Math.floor(open / item.quantity)
  })
  return Math.min(...per_item)
}

/** Which holds give back how much; the locations that give least are emptied first. */
export function releasesFor(
  taken: readonly { readonly line: Line; readonly quantity: number }[],
  holds: readonly Hold[],
): Release[] {
  return taken.flatMap(({ line, quantity }) =>
    line.items.flatMap((item) => {
      let left = item.quantity * quantity
      const mine = holds
        .filter((h) => h.order_line_id === line.id && h.stock_item_id === item.stock_item_id)
        .sort((a, b) => a.open - b.open)
      return mine.flatMap((hold): Release[] => {
        const given = Math.min(left, hold.open)
        left -= given
        return given > 0 ? [{ hold_id: hold.id, quantity: given }] : []
      })
    }),
  )
}
