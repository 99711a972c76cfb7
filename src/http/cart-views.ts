// A cart as the shopper sees it: priced, with what is still missing.
import Type from 'typebox'
import type { VariantFacts } from '#src/carts/cart-snapshots.sql.ts'
import { codesOf } from '#src/carts/carts.ts'
import { variantTitle } from '#src/catalog/catalog.ts'
import { chainOf } from '#src/catalog/locales.ts'
import { mergeTexts, type Texts, translated } from '#src/catalog/translations.ts'
import type { ShownCart } from '#src/checkout/shown-cart.ts'
import type {
  CartId,
  CartLineId,
  OrderId,
  PromotionId,
  ShippingOptionId,
  VariantId,
} from '#src/lib/ids.ts'
import { Closed, Id, Minor, Moment, Nullable } from './route.ts'
import { AddressReply } from './shapes.ts'

export const Tax = Closed({
  component: Type.String(),
  rate_ppm: Type.Integer(),
  amount: Minor(),
  base: Type.Optional(
    Minor({ description: 'What it was reckoned on, where that is not the whole net amount.' }),
  ),
})
/** What the taxes rest on, where that is more than the rates of a place. */
export const TaxFactsView = Nullable(
  Closed({
    treatment: Type.String({
      description: 'taxed, origin, reverse_charge, export or exempt',
    }),
    tax_id: Nullable(
      Closed({
        kind: Type.String(),
        country: Type.String(),
        number: Type.String(),
        name: Type.String(),
      }),
    ),
    place_of_supply: Nullable(Type.String()),
    exemption: Nullable(
      Closed({
        country: Type.String(),
        region: Nullable(Type.String()),
        number: Type.String(),
        reason: Type.String(),
        valid_until: Nullable(Type.String()),
      }),
    ),
    notes: Type.Array(Type.String()),
    source: Nullable(
      Closed({
        name: Type.String(),
        reference: Nullable(Type.String()),
        fallback: Nullable(
          Type.String({ description: 'Why the own rates hold instead of the engine.' }),
        ),
      }),
    ),
  }),
)
export const Discount = Closed({
  promotion_id: Nullable(Id<PromotionId>('null: the shop has agreed on it with the buyer')),
  name: Type.String(),
  code: Nullable(Type.String()),
  amount: Minor(),
})
export const AppliedPromotion = Closed({
  ...Discount.properties,
  promotion_id: Id<PromotionId>(),
  shipping: Minor({ description: 'Taken off shipping: shipping_total is lower by it.' }),
})
export const Why = Closed({ rule: Type.String(), applied: Type.Boolean(), reason: Type.String() })

export const CartReply = Closed({
  id: Id<CartId>(),
  version: Type.Integer(),
  currency: Type.String(),
  email: Nullable(Type.String()),
  phone: Nullable(Type.String()),
  shipping_address: Nullable(AddressReply),
  billing_address: Nullable(AddressReply),
  shipping_option_id: Nullable(Id<ShippingOptionId>()),
  coupon_code: Nullable(Type.String()),
  coupon_codes: Type.Array(Type.String()),
  tax_id: Nullable(Type.String()),
  tax: TaxFactsView,
  lines: Type.Array(
    Closed({
      id: Id<CartLineId>(),
      is_gift: Type.Boolean({ description: 'Added by a promotion: it cannot be changed.' }),
      variant_id: Id<VariantId>(),
      sku: Type.String(),
      title: Type.String(),
      variant_title: Type.String(),
      handle: Type.String(),
      image_url: Nullable(Type.String()),
      quantity: Type.Integer(),
      unit_price: Nullable(Minor()),
      per_units: Nullable(Type.Integer()),
      compare_at: Nullable(Minor()),
      subtotal: Nullable(Minor()),
      discount: Nullable(Minor()),
      discounts: Type.Array(Discount),
      tax: Nullable(Minor()),
      tax_included: Nullable(Type.Boolean()),
      taxes: Type.Array(Tax),
      total: Nullable(Minor()),
    }),
  ),
  subtotal: Minor(),
  discount_total: Minor(),
  promotions: Type.Array(AppliedPromotion),
  shipping_total: Minor(),
  tax_total: Minor({ description: 'All tax: contained in the amounts or added to them.' }),
  tax_included: Minor({ description: 'The part of tax_total that the amounts contain.' }),
  shipping_taxes: Type.Array(Tax),
  total: Minor({ description: 'Send this as expected_total when ordering.' }),
  shipping_options: Type.Array(
    Closed({
      id: Id<ShippingOptionId>(),
      name: Type.String(),
      description: Type.String(),
      amount: Minor(),
      days_min: Type.Integer(),
      days_max: Type.Integer(),
    }),
  ),
  requires_shipping: Type.Boolean(),
  missing: Type.Array(
    Closed({
      field: Type.String(),
      code: Type.String(),
      message: Type.String(),
      coupon: Type.Optional(
        Closed({
          code: Type.String({ description: 'The code of a promotion that does not count.' }),
          reason: Type.String({
            description: 'What it misses, like `min_subtotal`; `unknown` where there is none.',
          }),
        }),
      ),
    }),
    { description: 'What stands between this cart and an order. Empty when it can be ordered.' },
  ),
  order_id: Nullable(
    Id<OrderId>(
      'The order that is being paid for this cart, or has been: its prices stand, and the cart ' +
        'cannot be changed while they do.',
    ),
  ),
  accepts_reminders: Type.Boolean(),
  hold_expires_at: Nullable(Moment()),
  updated_at: Moment(),
})

/** In the languages that the buyer asks for, as pages of goods are. */
function titlesOf(facts: VariantFacts, chain: readonly string[]) {
  const { product_title, variant_title, option_values } = facts
  const texts: Texts = mergeTexts(chain.flatMap((locale) => facts.texts[locale] ?? []))
  const { title = product_title, values } = texts
  if (values === undefined) return { title, variant_title }
  const named = option_values.map((value) => translated(values, value))
  return { title, variant_title: variantTitle(named) }
}

function lineViews({ snapshot, prices }: ShownCart, { public_url, locales }: Shown) {
  const { cart, languages } = snapshot
  const by_line = new Map(prices.lines.map((line) => [line.line_id, line]))
  const gifts = prices.lines
    .filter(({ is_gift }) => is_gift)
    .map(({ line_id: id, variant_id, quantity }) => ({ id, variant_id, quantity }))
  const { chain } = chainOf(locales, languages)
  return [...cart.lines, ...gifts].map((line) => {
    const facts = snapshot.variants.get(line.variant_id)
    const price = by_line.get(line.id)
    return {
      id: line.id,
      is_gift: price?.is_gift ?? false,
      variant_id: line.variant_id,
      sku: facts?.sku ?? '',
      ...(facts ? titlesOf(facts, chain) : { title: '', variant_title: '' }),
      handle: facts?.product_handle ?? '',
      image_url: absolute(facts?.image_url ?? null, public_url),
      quantity: line.quantity,
      unit_price: price?.unit_price ?? null,
      per_units: price?.per_units ?? null,
      compare_at: price?.compare_at ?? null,
      subtotal: price?.subtotal ?? null,
      discount: price?.discount ?? null,
      discounts: price?.discounts ?? [],
      tax: price?.tax ?? null,
      tax_included: price?.tax_included ?? null,
      taxes: price?.taxes ?? [],
      total: price?.total ?? null,
    }
  })
}

/** Pictures that this server draws are stored without its address. */
const absolute = (url: string | null, public_url: string): string | null =>
  url?.startsWith('/') ? `${public_url}${url}` : url

export type Shown = {
  readonly public_url: string
  /** Languages the buyer asks for, the most wanted first. */
  readonly locales: readonly string[]
}

export function viewCart(shown_cart: ShownCart, shown: Shown) {
  const { snapshot, prices, shipping_options, requires_shipping, missing, order_id } = shown_cart
  const { tax_facts: tax } = shown_cart
  const { lines: _, created_at: _c, channel_id: _ch, customer_id: _cu, ...cart } = snapshot.cart
  return {
    ...cart,
    coupon_codes: codesOf(snapshot.cart),
    tax,
    lines: lineViews(shown_cart, shown),
    subtotal: prices.subtotal,
    discount_total: prices.discount_total,
    promotions: prices.promotions,
    shipping_total: prices.shipping_total,
    tax_total: prices.tax_total,
    tax_included: prices.tax_included,
    shipping_taxes: prices.shipping_taxes,
    total: prices.total,
    shipping_options,
    requires_shipping,
    missing,
    order_id,
  }
}
