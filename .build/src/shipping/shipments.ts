// Parcels: how they may move, and what a carrier's scans mean for them. Pure.
import type { LocationId, OrderId, OrderLineId, ShipmentId, StockItemId } from '../lib/ids.ts'
import type { Parcel, Rate, TrackingScan, TrackingStatus } from '../ports/shipping-provider.ts'

export const shipment_states = [
  'waiting',
  'labeled',
  'shipped',
  'delivered',
  'returning',
  'returned',
  'canceled',
] as const
export type ShipmentState = (typeof shipment_states)[number]
type Move = { readonly from: readonly ShipmentState[]; readonly to: ShipmentState }

/** Every way a parcel can change state. It never moves backwards. */
export const shipment_moves = {
  label: { from: ['waiting'], to: 'labeled' },
  ship: { from: ['waiting', 'labeled'], to: 'shipped' },
  deliver: { from: ['shipped'], to: 'delivered' },
  turn_back: { from: ['shipped'], to: 'returning' },
  return: { from: ['shipped', 'returning'], to: 'returned' },
  cancel: { from: ['waiting', 'labeled'], to: 'canceled' },
} as const satisfies Record<string, Move>
export type ShipmentMove = keyof typeof shipment_moves

export type Shipment = {
  readonly id: ShipmentId
  readonly order_id: OrderId
  readonly location_id: LocationId
  readonly state: ShipmentState
  readonly carrier: string | null
  readonly service: string | null
  readonly tracking_code: string | null
  readonly tracking_url: string | null
  readonly weight_g: number
}
export type ShipmentLine = {
  readonly shipment_id: ShipmentId
  readonly order_line_id: OrderLineId
  readonly stock_item_id: StockItemId
  readonly quantity: number
}

const moves_of: Readonly<Record<TrackingStatus, readonly ShipmentMove[]>> = {
  unknown: [],
  pre_transit: [],
  in_transit: ['ship'],
  out_for_delivery: ['ship'],
  available_for_pickup: ['ship'],
  delivered: ['ship', 'deliver'],
  exception: [],
  returning: ['ship', 'turn_back'],
  returned: ['ship', 'return'],
  canceled: [],
}

/** The moves these scans make, in order; scans may come late, twice and in any order. */
export function movesFor(state: ShipmentState, scans: readonly TrackingScan[]): ShipmentMove[] {
  const in_time = [...scans].sort((a, b) => a.at.getTime() - b.at.getTime())
  const moves: ShipmentMove[] = []
  let current: ShipmentState = state
  for (const { status } of in_time) {
    for (const move of moves_of[status]) {
      const { from, to } = shipment_moves[move]
      if (!(from as readonly ShipmentState[]).includes(current)) continue
      moves.push(move)
      current = to
    }
  }
  return moves
}

/** The cheapest of the first service on the option's list that is offered; else the cheapest. */
export function chooseRate(rates: readonly Rate[], services: readonly string[]): Rate | null {
  const cheapest = (some: readonly Rate[]): Rate | null =>
    some.reduce<Rate | null>(
      (best, rate) => (best && best.cost.amount <= rate.cost.amount ? best : rate),
      null,
    )
  for (const service of services) {
    const of_service = rates.filter(
      (rate) => rate.service === service || `${rate.carrier} ${rate.service}` === service,
    )
    if (of_service.length > 0) return cheapest(of_service)
  }
  return cheapest(rates)
}

const empty_box_g = 80

/** A box of a usual size for that weight; real cartons come with the packing station. */
export function parcelFor(goods_g: number): Parcel {
  const weight_g = goods_g + empty_box_g
  if (weight_g <= 1_000) return { weight_g, length_mm: 250, width_mm: 180, height_mm: 80 }
  if (weight_g <= 5_000) return { weight_g, length_mm: 350, width_mm: 250, height_mm: 150 }
  return { weight_g, length_mm: 500, width_mm: 400, height_mm: 300 }
}
