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
  /** With a code that may be used up when its money comes late. */
  readonly is_discounted: boolean
  status: Status
  /** What the shop keeps of the buyer's money. */
  kept: number
  /** Given back by staff out of goodwill: the order costs so much less. */
  given: number
  canceled: number
  shipped: boolean
}
type About = Pick<PaperOrder, 'provider' | 'place' | 'total' | 'is_discounted'> & {
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

  /** What must lie on the shelves, and what must be set aside. */
  function shelvesNow(): Map<string, Shelf> {
    const expected = new Map([...shelves].map(([key, on_hand]) => [key, { on_hand, held: 0 }]))
    for (const { status, shipped, units, place } of orders.values()) {
      if (shipped || status === 'gone') continue
      for (const [sku, quantity] of units) expected.get(at(sku, place))!.held += quantity
    }
    return expected
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
    /**
     * Money for orders whose goods had been given back, while nobody else buys. What is there for
     * all of them is held again; what is not even there for one goes back to its buyer. Who of
     * them gets what is short, or a code that is nearly used up, depends on whose money is heard
     * of first.
     */
    paidLate(ids: readonly string[]): void {
      const left = new Map(
        [...shelvesNow()].map(([key, { on_hand, held }]) => [key, on_hand - held]),
      )
      const wanted = new Map<string, number>()
      const late = ids.map((id) => {
        const order = get(id)
        const needs = [...order.units].map(([sku, units]) => [at(sku, order.place), units] as const)
        for (const [key, units] of needs) wanted.set(key, (wanted.get(key) ?? 0) + units)
        return { order, needs }
      })
      for (const { order, needs } of late) {
        const is_sure = needs.every(([key]) => wanted.get(key)! <= left.get(key)!)
        const is_hopeless = needs.some(([key, units]) => units > left.get(key)!)
        if (is_sure && !order.is_discounted) settle(order, 'placed')
        else if (!is_hopeless) order.status = 'unclear'
      }
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
    shelves: shelvesNow,
  }
}
