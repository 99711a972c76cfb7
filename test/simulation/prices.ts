// What a basket costs on paper: from the prices, the code and the charges that the simulated shop
// was given, and the rates of the law. It shares no code with the shop.
import assert from 'node:assert/strict'
import type { Basket, Channel, FilledCart } from '#test/world.ts'

const skus = ['CUP', 'PLATE', 'FORK', 'KNIFE', 'SPOON'] as const
/** In minor units, with tax: 7.00, 10.00, 13.00 … in whatever currency. */
const priceOf = (sku: string): number => 700 + 300 * skus.indexOf(sku as (typeof skus)[number])

/** For the shop: what it sells, and the code that few may use. */
export const goods_on_paper = skus.map((sku) => ({ sku, price: (priceOf(sku) / 100).toFixed(2) }))
export const code_on_paper = { code: 'FEW', rate_ppm: 150_000, usage_limit: 6 } as const
const off_percent = 15

/** Of the demo shop: to Germany it is free from 50.00 on, within India it costs 99.00. */
const shippingOf = (channel: Channel, subtotal: number): number => {
  if (channel === 'india') return 9_900
  return subtotal >= 5_000 ? 0 : 490
}
/** In parts per hundred: 19 % in Germany, 18 % in India. All prices hold it. */
const tax_percent = { web: 19, india: 18, counter: 19 } as const

export type Paper = { readonly total: number; readonly is_discounted: boolean }

/** Asserts that the shop reckons the same. */
export function onPaper(
  { cart }: FilledCart,
  channel: Channel,
  basket: Basket,
  code: string | null,
): Paper {
  const subtotal = basket.reduce((sum, [sku, quantity]) => sum + priceOf(sku) * quantity, 0)
  // Prices are whole, so a part of them is whole cents.
  const discount = code === null ? 0 : (subtotal * off_percent) / 100
  const shipping = shippingOf(channel, subtotal)
  const total = subtotal - discount + shipping
  const { subtotal: s, discount_total: d, shipping_total: h, total: t } = cart
  assert.deepEqual([s, d, h, t], [subtotal, discount, shipping, total], JSON.stringify(basket))
  // Every line and the charge are rounded by themselves, and in India each half of the tax.
  const inside = (total * tax_percent[channel]) / (100 + tax_percent[channel])
  const roundings = (basket.length + 1) * 2
  assert(Math.abs(cart.tax_total - inside) <= roundings / 2, `tax ${cart.tax_total} of ${total}`)
  assert.equal(cart.tax_included, cart.tax_total)
  return { total, is_discounted: discount > 0 }
}
