// The money is sure: orders get their number, and everything that follows is promised.
import { type Tx, together } from '#src/db/sql.ts'
import { addEvents } from '#src/events/events.sql.ts'
import { addEffects, type NewEffect } from '#src/jobs/effects.sql.ts'
import { addEntries } from '#src/ledger/ledger.sql.ts'
import { saleEntry } from '#src/ledger/ledger.ts'
import type { LegalEntityId, OrderId } from '#src/lib/ids.ts'
import { drawNumbers } from '#src/shop/shop.sql.ts'
import { fiscalYear, type LegalEntity, localDate, toNumber } from '#src/shop/shop.ts'
import { writePlaced } from './orders.sql.ts'
import type { OrderRow, PaymentState } from './orders.ts'

export type OrderToPlace = {
  readonly order: OrderRow
  readonly payment_state: PaymentState
  /** The attempt that paid it, or the order itself when nothing was to pay. */
  readonly cause_id: string
}
export type LegalEntities = ReadonlyMap<LegalEntityId, LegalEntity>

/** Numbers in a row per legal entity and fiscal year; the series are locked last, in key order. */
async function numberOrders(
  tx: Tx,
  orders: readonly OrderRow[],
  entities: LegalEntities,
  now: Date,
): Promise<Map<OrderId, string>> {
  const groups = Map.groupBy(orders, ({ legal_entity_id }) => legal_entity_id)
  const draws = [...groups].map(([legal_entity_id, { length: count }]) => {
    const { time_zone, fiscal_year_starts_month } = entities.get(legal_entity_id)!
    const fiscal_year = fiscalYear(localDate(now, time_zone), fiscal_year_starts_month)
    return { legal_entity_id, kind: 'order' as const, fiscal_year, count }
  })
  const numbers = new Map<OrderId, string>()
  for (const { legal_entity_id, fiscal_year, last_number } of await drawNumbers(tx, draws)) {
    const group = groups.get(legal_entity_id)!
    const prefix = entities.get(legal_entity_id)!.number_prefix
    let next = last_number - BigInt(group.length) + 1n
    for (const { id } of group) numbers.set(id, toNumber(prefix, fiscal_year, next++))
  }
  return numbers
}

/** The orders must be locked and pending (or, to be revived, expired and held again). */
export async function placeOrders(
  tx: Tx,
  placing: readonly OrderToPlace[],
  entities: LegalEntities,
  now: Date,
): Promise<void> {
  if (placing.length === 0) return
  const entries = placing.map(({ order }) => ({
    kind: 'sale',
    order_id: order.id,
    cause_id: order.id,
    legal_entity_id: order.legal_entity_id,
    currency: order.currency,
    party_id: order.customer_id,
    postings: saleEntry(order),
  }))
  const effects = placing.flatMap(({ order }): NewEffect[] => [
    { kind: 'message_confirmation', cause_id: order.id, order_id: order.id },
    { kind: 'fulfill', cause_id: order.id, order_id: order.id },
  ])
  const orders = placing.map(({ order }) => order)
  const [numbers] = await together(
    numberOrders(tx, orders, entities, now),
    addEntries(tx, entries, now),
    addEffects(tx, effects, now),
  )
  const numbered = placing.map(({ order: { id }, payment_state }) => ({
    id,
    number: numbers.get(id)!,
    payment_state,
  }))
  const events = placing.map(({ order, cause_id }) => ({
    kind: 'order.placed',
    subject: 'order',
    subject_id: order.id,
    order_id: order.id,
    actor: 'system',
    cause_id,
    detail: { number: numbers.get(order.id), total: order.total, currency: order.currency },
    at: now,
  }))
  await together(writePlaced(tx, numbered, now), addEvents(tx, events))
}
