import { asTable } from '#src/db/as-table.ts'
import type { Tx } from '#src/db/sql.ts'
import type { ChannelId, StockItemId } from '#src/lib/ids.ts'
import type { HoldRule } from './cart-holds.ts'

export const readHoldRules = (tx: Tx): Promise<HoldRule[]> =>
  tx.many<HoldRule>`
    select channel_id, stock_item_id, minutes, share_percent, units_max, scarce_below
    from cart_hold_rule order by channel_id, stock_item_id nulls first`

export const readChannelRules = (tx: Tx, id: ChannelId): Promise<HoldRule[]> =>
  tx.many<HoldRule>`
    select channel_id, stock_item_id, minutes, share_percent, units_max, scarce_below
    from cart_hold_rule where channel_id = ${id} order by stock_item_id nulls first`

/** The rules of a channel become these. The channel must be locked. */
export async function replaceRules(
  tx: Tx,
  id: ChannelId,
  rules: readonly HoldRule[],
): Promise<void> {
  await tx.run`delete from cart_hold_rule where channel_id = ${id}`
  await tx.run`
    insert into cart_hold_rule (
      channel_id, stock_item_id, minutes, share_percent, units_max, scarce_below)
    select channel_id, stock_item_id, minutes, share_percent, units_max, scarce_below
    from ${asTable(
      rules,
      `row (channel_id uuid, stock_item_id uuid, minutes int, share_percent int, units_max int,
        scarce_below int)`,
    )}`
}

export const knownItems = async (
  tx: Tx,
  ids: readonly StockItemId[],
): Promise<ReadonlySet<StockItemId>> => {
  const rows = await tx.many<{ id: StockItemId }>`
    select id from stock_item where id = any(${ids})`
  return new Set(rows.map(({ id }) => id))
}
