// The words of an edit: what staff ask for, what stands on the order, what comes of it.
import type { CartSnapshot } from '#src/carts/cart-snapshots.sql.ts'
import type { TaxFacts } from '#src/carts/cart-tax.ts'
import type { ShopBook } from '#src/carts/shop-book.ts'
import type { Whole } from '#src/invoices/shares.ts'
import type { ChangeId, OrderLineId, ShippingOptionId, VariantId } from '#src/lib/ids.ts'
import type {
  AddedLine,
  ChangeLine,
  LineToEdit,
  OrderedShipping,
} from '#src/orders/order-changes.sql.ts'
import type { OrderContact } from '#src/orders/order-contacts.sql.ts'
import type { OrderRow } from '#src/orders/orders.ts'

/** Another price of a line, and why. What is absent stays. */
type PriceEdit = {
  readonly unit_price?: bigint
  /** Off the whole line. */
  readonly discount?: bigint
  readonly reason?: string
}
/** `quantity` is how many the line shall have, with those that have left already. */
export type LineEdit = PriceEdit & { readonly line_id: OrderLineId; readonly quantity?: number }
export type LineAdd = PriceEdit & { readonly variant_id: VariantId; readonly quantity: number }
export type ShippingEdit = {
  readonly option_id: ShippingOptionId
  /** Null takes the price of the option. */
  readonly amount?: bigint
  readonly reason?: string
}
export type EditAsked = {
  readonly lines: readonly LineEdit[]
  readonly add: readonly LineAdd[]
  readonly shipping: ShippingEdit | null
  readonly contact: Partial<OrderContact>
}

export type OpenLine = LineToEdit & {
  /** Units that are on the order and have not left the house. */
  readonly open: number
  readonly sold: Whole
}
/** Everything that is known of the order, read under its lock. */
export type EditFacts = {
  readonly order: OrderRow
  readonly lines: readonly OpenLine[]
  readonly shipping: OrderedShipping
  readonly contact: OrderContact
  /** What the taxes of the order rest on. */
  readonly tax_facts: TaxFacts | null
  readonly ordered_at: Date
  /** Its goods as a cart, with the tax number and the certificates of the buyer. */
  readonly snapshot: CartSnapshot
}
export type EditFrame = {
  readonly book: ShopBook
  readonly change_id: ChangeId
  readonly now: Date
}

/** Units that stay held, for another line, which has `after` units before them. */
export type Moved = {
  readonly from: OrderLineId
  readonly to: OrderLineId
  readonly units: number
  readonly after: number
}
export type Units = { readonly line_id: OrderLineId; readonly units: number }
/** `field` is what staff have asked for them by. */
export type WantedUnits = Units & { readonly field: string }

export type EditPlan = {
  /** What is taken off, and with negative amounts what is put back. */
  readonly off: readonly ChangeLine[]
  readonly added: readonly AddedLine[]
  readonly moved: readonly Moved[]
  readonly released: readonly Units[]
  /** Units to be held anew, of lines that are there and of lines that are added. */
  readonly wanted: readonly WantedUnits[]
  readonly contact: OrderContact
  readonly contact_fields: readonly (keyof OrderContact)[]
  readonly shipping_option_id: ShippingOptionId | null
  /** What the taxes rest on afterwards. */
  readonly tax_facts: TaxFacts | null
  /** The engine that taxes are asked of, where rates of the shop were taken instead. */
  readonly tax_fallback: string | null
  /** What it takes off what is owed; negative when it adds more than it takes. */
  readonly amount: bigint
}

/** Units of a line that are on the order. */
export const onOrder = ({ quantity, canceled }: LineToEdit): number => quantity - canceled

/** The quantity that is asked for by `lines.0` or `add.0`; all lines together are just `lines`. */
export const quantityOf = (field: string): string =>
  field === 'lines' ? field : `${field}.quantity`
