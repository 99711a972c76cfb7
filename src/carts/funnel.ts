// How far carts come. Pure.
import type { Cart } from './carts.ts'

export const cart_steps = [
  'cart_made',
  'line_added',
  'email_given',
  'address_given',
  'shipping_chosen',
  'cart_recovered',
] as const
export type CartStep = (typeof cart_steps)[number]

export const funnel_steps = [
  ...cart_steps,
  'complete_tried',
  'complete_refused',
  'payment_declined',
  'order_placed',
] as const
export type FunnelStep = (typeof funnel_steps)[number]

/** What a cart has now and had not before: each is reached by a cart once, as a rule. */
export function stepsReached(before: Cart | null, after: Cart): CartStep[] {
  const isNew = (has: (cart: Cart) => boolean): boolean =>
    has(after) && (before === null || !has(before))
  const reached: CartStep[] = []
  if (isNew(({ lines }) => lines.length > 0)) reached.push('line_added')
  if (isNew(({ email }) => email !== null)) reached.push('email_given')
  if (isNew(({ shipping_address }) => shipping_address !== null)) reached.push('address_given')
  if (isNew(({ shipping_option_id }) => shipping_option_id !== null)) {
    reached.push('shipping_chosen')
  }
  return reached
}
