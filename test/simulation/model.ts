// A shop on paper: what money and stock must be, reckoned only from what the real one has
// acknowledged. It shares no code with it, so that the two can disagree.

export type Place = 'berlin' | 'mumbai'
/** Who takes the money; at the counter nobody but the shop itself. */
export type Provider = 'stripe' | 'razorpay' | 'manual'
export type Line = { readonly sku: string; readonly quantity: number; readonly total: number }
export type Status = 'placed' | 'waiting' | 'unclear' | 'gone'
type PaperOrder = {
  readonly id: string
  readonly provider: Provider
  readonly place: Place
  readonly units: Map<string, number>
  readonly total: number
  status: Status
  /** What the shop keeps of the buyer's money. */
  kept: number
  /** Given back by staff out of goodwill: the order costs so much less. */
  given: number
  canceled: number
  shipped: boolean
}
type About = Pick<PaperOrder, 'provider' | 'place' | 'total'> & {
  readonly basket: readonly (readonly [string, number])[]
}
export type Shelf = { on_hand: number; held: number }

const at = (sku: string, place: Place): string => `${sku} ${place}`

/** `amount × part / whole`, halves away from zero: all amounts here are positive. */
const portion = (amount: number, part: number, whole: number): number =>
  Math.floor((2 * amount * part + whole) / (2 * whole))

export type Model = ReturnType<typeof openModel>

export function openModel(stock: readonly { sku: string; place: Place; quantity: number }[]) {
  const shelves = new Map(stock.map(({ sku, place, quantity }) => [at(sku, place), quantity]))
  const orders = new Map<string, PaperOrder>()
  const get = (id: string): PaperOrder => {
    const order = orders.get(id)
    if (!order) throw new Error(`the model has never heard of order ${id}`)
    return order
  }

  /** An order's money and goods were decided for the first time, or another time. */
  function settle(order: PaperOrder, status: Status): void {
    if (order.status === 'placed' && status !== 'placed') {
      throw new Error(`order ${order.id} was placed and now it is ${status}`)
    }
    if (order.status !== 'placed' && status === 'placed') order.kept = order.total
    order.status = status
  }

  return {
    orders,
    /** Any acknowledgement that names an order: a first one or a repeat. */
    told(id: string, about: About, status: Status): void {
      const { basket, ...rest } = about
      const fresh = { id, ...rest, units: new Map(basket), kept: 0, given: 0, canceled: 0 }
      const order = orders.get(id) ?? { ...fresh, status: 'unclear' as Status, shipped: false }
      orders.set(id, order)
      // What was acknowledged as placed is not undone by an older answer that arrives later.
      if (order.status !== 'placed') settle(order, status)
    },
    /** What the shop itself says at rest of orders that nobody was told the end of. */
    found(id: string, status: Status): void {
      settle(get(id), status)
    },
    expired(id: string): void {
      settle(get(id), 'gone')
    },
    refunded(id: string, amount: number): void {
      get(id).kept -= amount
      get(id).given += amount
    },
    canceledWhole(id: string): void {
      const order = get(id)
      order.status = 'gone'
      order.kept = 0
    },
    /** `before` are units of the line that had been canceled earlier. */
    canceledPart(id: string, line: Line, quantity: number, before: number): void {
      const order = get(id)
      // The last units go first.
      const left = line.quantity - before
      order.canceled +=
        portion(line.total, left, line.quantity) -
        portion(line.total, left - quantity, line.quantity)
      order.units.set(line.sku, order.units.get(line.sku)! - quantity)
      // What staff gave back before was off the price: it is not owed any more.
      order.kept = Math.max(0, order.total - order.canceled - order.given)
    },
    shipped(id: string): void {
      const order = get(id)
      order.shipped = true
      for (const [sku, quantity] of order.units) {
        const key = at(sku, order.place)
        shelves.set(key, shelves.get(key)! - quantity)
      }
    },
    adjusted(sku: string, place: Place, by: number): void {
      shelves.set(at(sku, place), shelves.get(at(sku, place))! + by)
    },
    /** What must lie on the shelves, and what must be set aside. */
    shelves(): Map<string, Shelf> {
      const expected = new Map([...shelves].map(([key, on_hand]) => [key, { on_hand, held: 0 }]))
      for (const { status, shipped, units, place } of orders.values()) {
        if (shipped || status === 'gone') continue
        for (const [sku, quantity] of units) expected.get(at(sku, place))!.held += quantity
      }
      return expected
    },
  }
}
