// The money is sure: orders get their number, and everything that follows is promised.
import type { Tx } from '../db/sql.ts'
import { saleEntry } from '../ledger/ledger.ts'
import type { LegalEntityId, OrderId } from '../lib/ids.ts'
import { drawNumbers } from '../shop/shop.sql.ts'
import { fiscalYear, type LegalEntity, localDate, toNumber } from '../shop/shop.ts'
import type { FollowUps } from './follow-ups.ts'
import type { OrderRow } from './orders.ts'

export type LegalEntities = ReadonlyMap<LegalEntityId, LegalEntity>
export type OrderNumbers = ReadonlyMap<OrderId, string>

/** Numbers in a row per legal entity and fiscal year; the series are locked last, in key order. */
export async function numberOrders(
  tx: Tx,
  orders: readonly Pick<OrderRow, 'id' | 'legal_entity_id'>[],
  entities: LegalEntities,
  now: Date,
): Promise<OrderNumbers> {
  const numbers = new Map<OrderId, string>()
  if (orders.length === 0) return numbers
  const groups = Map.groupBy(orders, ({ legal_entity_id }) => legal_entity_id)
  const draws = [...groups].map(([legal_entity_id, { length: count }]) => {
    const { time_zone, fiscal_year_starts_month } = entities.get(legal_entity_id)!
    const fiscal_year = fiscalYear(localDate(now, time_zone), fiscal_year_starts_month)
    return { legal_entity_id, kind: 'order' as const, fiscal_year, count }
  })
  for (const { legal_entity_id, fiscal_year, last_number } of await drawNumbers(tx, draws)) {
    const group = groups.get(legal_entity_id)!
    const prefix = entities.get(legal_entity_id)!.number_prefix
    let next = last_number - BigInt(group.length) + 1n
    for (const { id } of group) numbers.set(id, toNumber(prefix, fiscal_year, next++))
  }
  return numbers
}

export type Placing = {
  readonly order: OrderRow
  readonly number: string
  /** The attempt that paid it, or the order itself when nothing was to pay. */
  readonly cause_id: string
}

/** An order is placed: the sale is booked, the buyer is told, and the goods will leave. */
export function followPlacing(
  { entries, effects, events }: FollowUps,
  { order, number, cause_id }: Placing,
  at: Date,
): void {
  const { id: order_id, legal_entity_id, currency, total } = order
  entries.push({
    kind: 'sale',
    order_id,
    cause_id: order_id,
    legal_entity_id,
    currency,
    party_id: order.customer_id,
    postings: saleEntry(order),
  })
  effects.push(
    { kind: 'message_confirmation', cause_id: order_id, order_id },
    { kind: 'fulfill', cause_id: order_id, order_id },
  )
  events.push({
    kind: 'order.placed',
    subject: 'order',
    subject_id: order_id,
    order_id,
    actor: 'system',
    cause_id,
    detail: { number, total, currency },
    at,
  })
}
