// What a buyer may say about a cart, and the edits that come of it. Each knows where in the request
// it was named, so that a refusal can tell.
import Type, { type Static } from 'typebox'
import { type CartEdit, type CartFields, line_quantity_max } from '#src/carts/carts.ts'
import { refuseErrors } from '#src/lib/field-errors.ts'
import type { ShippingOptionId, VariantId } from '#src/lib/ids.ts'
import { readTaxId, taxIdErrors } from '#src/lib/tax-ids.ts'
import { promotion_limits } from '#src/pricing/promotions.ts'
import { Closed, Id, Nullable, Text } from './route.ts'
import { AddressBody, readContact } from './shapes.ts'

const quantity = Type.Integer({ minimum: 1, maximum: line_quantity_max })
export const LineBody = Closed({ variant_id: Id<VariantId>(), quantity })
export const CartFieldsBody = {
  email: Type.Optional(Nullable(Text(254))),
  phone: Type.Optional(Nullable(Text(40))),
  shipping_address: Type.Optional(Nullable(AddressBody)),
  billing_address: Type.Optional(Nullable(AddressBody)),
  shipping_option_id: Type.Optional(Nullable(Id<ShippingOptionId>())),
  coupon_code: Type.Optional(Nullable(Text(40, 1))),
  coupon_codes: Type.Optional(
    Type.Array(Text(40, 1), {
      maxItems: promotion_limits.codes_per_cart,
      description: 'All codes of the cart, in place of those it has.',
    }),
  ),
  tax_id: Type.Optional(Nullable(Text(30, 1))),
  accepts_reminders: Type.Optional(
    Type.Boolean({ description: 'The buyer wants a mail when the cart is left behind.' }),
  ),
}
export const Fields = Closed(CartFieldsBody)
export const NewCartBody = Closed({
  currency: Type.Optional(Type.String({ pattern: '^[A-Z]{3}$' })),
  customer_token: Type.Optional(Text(300)),
  lines: Type.Optional(Type.Array(LineBody, { maxItems: 500 })),
  ...CartFieldsBody,
})

type CodesInput = Pick<Static<typeof Fields>, 'coupon_code' | 'coupon_codes'>

/** Each code once, in upper case, with where the request names it first. */
function namedCodes({ coupon_code, coupon_codes = [] }: CodesInput): Map<string, string> {
  const named = new Map<string, string>(
    coupon_code ? [[coupon_code.toUpperCase(), 'coupon_code']] : [],
  )
  for (const [i, code] of coupon_codes.map((text) => text.toUpperCase()).entries()) {
    if (!named.has(code)) named.set(code, `coupon_codes.${i}`)
  }
  return named
}

/** One code takes the place of all; of several the first is the one that earlier clients see. */
function readCodeFields(input: CodesInput): CartFields {
  if (input.coupon_code === undefined && input.coupon_codes === undefined) return {}
  const [first = null, ...more_codes] = namedCodes(input).keys()
  return { coupon_code: first, more_codes }
}

/** Addresses and e-mail are checked before they are stored; codes are upper case. */
function readFields(input: Static<typeof Fields>): CartFields {
  const { shipping_option_id, tax_id, accepts_reminders } = input
  if (tax_id) refuseErrors(taxIdErrors('tax_id', tax_id))
  return {
    ...readContact(input),
    ...(tax_id === undefined ? {} : { tax_id: tax_id && readTaxId(tax_id)!.number }),
    ...(shipping_option_id === undefined ? {} : { shipping_option_id }),
    ...readCodeFields(input),
    ...(accepts_reminders === undefined ? {} : { accepts_reminders }),
  }
}

export const fieldsEdit = (input: Static<typeof Fields>): CartEdit => ({
  kind: 'set_fields',
  fields: readFields(input),
  codes_at: [...namedCodes(input).values()],
})

export function editsOf(input: Static<typeof NewCartBody>): CartEdit[] {
  const lines = (input.lines ?? []).map(
    (line, i): CartEdit => ({ kind: 'add_line', ...line, at: `lines.${i}.` }),
  )
  return [...lines, fieldsEdit(input)]
}
