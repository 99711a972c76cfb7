// A cart that comes whole with its order and is never stored. What it names is checked where it
// is priced: unknown goods and coupons are told as missing.
import { Refusal } from '../lib/refusal.ts'
import { applyEdit, type Cart, type CartEdit } from './carts.ts'

export function applyNewCart(cart: Cart, edits: readonly CartEdit[]): Cart | Refusal {
  let current = cart
  for (const edit of edits) {
    const next = applyEdit(current, edit, () => true)
    if (next instanceof Refusal) return next
    current = next
  }
  return current
}
