// What a cart is and how it may be changed. Pure: the rules, without the database.
import type { Address } from '#src/lib/addresses.ts'
import {
  type CartId,
  type CartLineId,
  type ChannelId,
  type CustomerId,
  newId,
  type ShippingOptionId,
  type VariantId,
} from '#src/lib/ids.ts'
import type { Currency } from '#src/lib/money.ts'
import { type Refusal, refuse, refuseField } from '#src/lib/refusal.ts'
import type { AgreedPrice } from '#src/pricing/pricing.ts'

export const lines_max = 500
export const line_quantity_max = 9_999

export type CartLine = {
  readonly id: CartLineId
  readonly variant_id: VariantId
  readonly quantity: number
  /** Staff have given it a price of its own. */
  readonly agreed?: AgreedPrice
}
export type Cart = {
  readonly id: CartId
  readonly channel_id: ChannelId
  readonly currency: Currency
  readonly customer_id: CustomerId | null
  readonly version: number
  readonly email: string | null
  readonly phone: string | null
  readonly shipping_address: Address | null
  readonly billing_address: Address | null
  readonly shipping_option_id: ShippingOptionId | null
  readonly coupon_code: string | null
  /** What staff charge for the way of shipping, whatever its table says. */
  readonly agreed_shipping?: bigint
  /** Codes beside the first. */
  readonly more_codes: readonly string[]
  /** A VAT number, GSTIN or the like, in its usual form. */
  readonly tax_id: string | null
  readonly created_at: Date
  readonly updated_at: Date
  /** Set once it has held goods: until then they are held. */
  readonly hold_expires_at: Date | null
  /** The buyer wants to be written to about goods that are left in it. */
  readonly accepts_reminders: boolean
  readonly lines: readonly CartLine[]
}

/** A cart of nobody, with nothing in it. */
export const emptyCart = ({
  channel_id,
  currency,
  at,
}: Pick<Cart, 'channel_id' | 'currency'> & { readonly at: Date }): Cart => ({
  id: newId<CartId>(),
  channel_id,
  currency,
  customer_id: null,
  version: 0,
  email: null,
  phone: null,
  shipping_address: null,
  billing_address: null,
  shipping_option_id: null,
  coupon_code: null,
  more_codes: [],
  tax_id: null,
  created_at: at,
  updated_at: at,
  hold_expires_at: null,
  accepts_reminders: false,
  lines: [],
})

/** All codes that a cart names, in the order in which they were given. */
export const codesOf = ({
  coupon_code,
  more_codes,
}: Pick<Cart, 'coupon_code' | 'more_codes'>): readonly string[] =>
  coupon_code === null ? more_codes : [coupon_code, ...more_codes]

/** Fields that are absent stay as they are; null empties. */
export type CartFields = {
  readonly email?: string | null
  readonly phone?: string | null
  readonly shipping_address?: Address | null
  readonly billing_address?: Address | null
  readonly shipping_option_id?: ShippingOptionId | null
  readonly coupon_code?: string | null
  readonly more_codes?: readonly string[]
  readonly tax_id?: string | null
  readonly accepts_reminders?: boolean
}
export type CartEdit =
  | {
      readonly kind: 'add_line'
      readonly variant_id: VariantId
      readonly quantity: number
      /** Where the request names the line: `lines.0.`, or nothing where it is the request. */
      readonly at?: string
    }
  /** Zero removes the line. */
  | { readonly kind: 'set_quantity'; readonly line_id: CartLineId; readonly quantity: number }
  | {
      readonly kind: 'set_fields'
      readonly fields: CartFields
      /** Where the request names its codes, as they stand in `fields`. */
      readonly codes_at?: readonly string[]
    }

/** What a variant must be to go into a cart. */
export type ForSale = (variant_id: VariantId) => boolean

type AddLine = Extract<CartEdit, { readonly kind: 'add_line' }>

function addLine(cart: Cart, { variant_id, quantity, at = '' }: AddLine): Cart | Refusal {
  const known = cart.lines.find((line) => line.variant_id === variant_id)
  const total = (known?.quantity ?? 0) + quantity
  if (total > line_quantity_max) {
    return refuseField('limit_exceeded', `${at}quantity`, { line_quantity_max })
  }
  if (known) {
    const lines = cart.lines.map((line) => (line === known ? { ...line, quantity: total } : line))
    return { ...cart, lines }
  }
  if (cart.lines.length >= lines_max) {
    return refuseField('cart_too_large', `${at}variant_id`, { lines_max })
  }
  const line = { id: newId<CartLineId>(), variant_id, quantity }
  return { ...cart, lines: [...cart.lines, line] }
}

function setQuantity(cart: Cart, line_id: CartLineId, quantity: number): Cart | Refusal {
  if (!cart.lines.some((line) => line.id === line_id)) return refuse('not_found', { line_id })
  const lines = cart.lines
    .map((line) => (line.id === line_id ? { ...line, quantity } : line))
    .filter((line) => line.quantity > 0)
  return { ...cart, lines }
}

/** Applies one edit to a cart nobody else can change meanwhile. The version is raised by one. */
export function applyEdit(cart: Cart, edit: CartEdit, isForSale: ForSale): Cart | Refusal {
  const raised = { ...cart, version: cart.version + 1 }
  switch (edit.kind) {
    case 'add_line':
      if (!isForSale(edit.variant_id)) {
        const { variant_id, at = '' } = edit
        return refuseField('unknown_product', `${at}variant_id`, { variant_id })
      }
      return addLine(raised, edit)
    case 'set_quantity':
      return setQuantity(raised, edit.line_id, edit.quantity)
    case 'set_fields':
      return { ...raised, ...edit.fields }
  }
}
