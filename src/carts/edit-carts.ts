// Changing carts, many at once. Each edit is applied to the locked cart as the one before left
// it, so that parallel writes are never lost.
import { type Claim, claimKeys, type RequestKey, releaseKeys } from '#src/db/idempotency.sql.ts'
import { type Tx, together } from '#src/db/sql.ts'
import { type CartId, type ChannelId, newId, type VariantId } from '#src/lib/ids.ts'
import { Refusal, refuse, refuseField } from '#src/lib/refusal.ts'
import { type CodedPromotion, readCodes } from '#src/pricing/promotions.sql.ts'
import {
  missesTerms,
  promotion_limits,
  promotion_misses,
  unknown_code_reason,
} from '#src/pricing/promotions.ts'
import { goodsFor, isSoldIn, readCartSnapshots } from './cart-snapshots.sql.ts'
import {
  type CartOrder,
  insertCarts,
  lockCarts,
  ordersOfCarts,
  readCarts,
  updateCarts,
} from './carts.sql.ts'
import { applyEdit, type Cart, type CartEdit, codesOf } from './carts.ts'
import { type CartStep, stepsReached } from './funnel.ts'
import type { GoodsBook } from './goods-book.ts'
import { holdForCarts } from './hold-for-carts.ts'
import { type PricedSnapshot, priceSnapshot } from './price-snapshot.ts'
import type { ReadShopBook, ShopBook } from './shop-book.ts'

export type CartChange = {
  readonly cart_id: CartId
  /** Of the key that came along: the token of a cart opens it in its own channel only. */
  readonly channel_id: ChannelId
  readonly edits: readonly CartEdit[]
  /** Null where sending it twice does no harm: setting a field. */
  readonly request: RequestKey | null
}
export type NewCart = {
  readonly cart: Cart
  readonly edits: readonly CartEdit[]
  readonly request: RequestKey
}
/** A cart as it is now, and what it has reached by this request for the first time. */
export type EditedCart = PricedSnapshot & { readonly reached: readonly CartStep[] }
export type CartResult = EditedCart | Refusal

const addedVariants = (edits: readonly CartEdit[]): VariantId[] =>
  edits.flatMap((edit) => (edit.kind === 'add_line' ? [edit.variant_id] : []))
/** Codes that an edit names, with what stands of them in the cart already. */
const codesNamed = (edit: CartEdit): readonly string[] =>
  edit.kind === 'set_fields' ? codesOf({ coupon_code: null, more_codes: [], ...edit.fields }) : []
const namedCodes = (edits: readonly CartEdit[]): string[] => edits.flatMap(codesNamed)

type Known = {
  readonly goods: GoodsBook
  readonly coded: ReadonlyMap<string, CodedPromotion>
  readonly shipping_options: ShopBook['shipping_options']
}

/** What the edits ask for, with the promotions whose codes they and the carts name. */
async function knownFor(
  tx: Tx,
  book: ShopBook,
  edits: readonly CartEdit[],
  coded: readonly CodedPromotion[],
): Promise<Known> {
  const goods = await goodsFor(tx, book, addedVariants(edits), [])
  const { shipping_options } = book
  return { goods, coded: new Map(coded.map((one) => [one.code.code, one])), shipping_options }
}

/** A code that cannot count is told at once; a subtotal that is too low may still grow. */
function refuseCodes(cart: Cart, edit: CartEdit, known: Known, now: Date): Refusal | null {
  const named = codesNamed(edit)
  if (named.length > promotion_limits.codes_per_cart) {
    const { codes_per_cart: codes_max } = promotion_limits
    return refuseField('limit_exceeded', 'coupon_codes', { codes_max })
  }
  for (const [i, coupon_code] of named.entries()) {
    const field = (edit.kind === 'set_fields' && edit.codes_at?.[i]) || 'coupon_code'
    const found = known.coded.get(coupon_code)
    if (!found) {
      const reason = unknown_code_reason
      return refuseField('coupon_unknown', field, { coupon_code, reason })
    }
    const { currency, channel_id } = cart
    const miss = missesTerms(found, { currency, channel_id, now })
    if (miss) return refuseField(promotion_misses[miss], field, { coupon_code, reason: miss })
  }
  return null
}

/** One that there is may still not serve this cart: that is told as missing, and may change. */
function refuseOption(edit: CartEdit, { shipping_options }: Known): Refusal | null {
  const named = edit.kind === 'set_fields' ? (edit.fields.shipping_option_id ?? null) : null
  if (named === null || shipping_options.some(({ id }) => id === named)) return null
  return refuseField('shipping_option_unavailable', 'shipping_option_id')
}

function applyAll(cart: Cart, edits: readonly CartEdit[], known: Known, now: Date): Cart | Refusal {
  const isForSale = (id: VariantId): boolean => {
    const facts = known.goods.facts.get(id)
    return facts ? isSoldIn(facts, cart.channel_id) : false
  }
  let edited: Cart = cart
  for (const edit of edits) {
    const refused = refuseCodes(edited, edit, known, now) ?? refuseOption(edit, known)
    if (refused) return refused
    const next = applyEdit(edited, edit, isForSale)
    if (next instanceof Refusal) return next
    edited = next
  }
  return { ...edited, updated_at: now }
}

function refuseOrdered(order: CartOrder | undefined): Refusal | null {
  if (order === undefined) return null
  if (order.state !== 'pending') return refuse('cart_is_completed', { order_id: order.order_id })
  return order.paying ? refuse('cart_is_locked', { order_id: order.order_id }) : null
}

async function pricedResults(
  tx: Tx,
  book: ShopBook,
  results: readonly (Cart | Refusal)[],
  { known, now, reached }: Pricing,
): Promise<CartResult[]> {
  const carts = results.filter((result): result is Cart => !(result instanceof Refusal))
  const coded = [...known.coded.values()]
  const snapshots = await readCartSnapshots(tx, book, carts, { coded, now })
  let next = 0
  return results.map((result) =>
    result instanceof Refusal
      ? result
      : { ...priceSnapshot(snapshots[next++]!, book, now), reached: reached(result) },
  )
}
type Pricing = {
  readonly known: Known
  readonly now: Date
  readonly reached: (cart: Cart) => readonly CartStep[]
}

/** Carts whose lines have changed hold goods, or give some back, where the shop has a rule. */
async function holdGoods(
  tx: Tx,
  book: ShopBook,
  carts: readonly Cart[],
  now: Date,
): Promise<(cart: Cart) => Cart> {
  const may_hold = carts.filter(
    (cart) => book.hold_rules.has(cart.channel_id) || cart.hold_expires_at !== null,
  )
  if (may_hold.length === 0) return (cart) => cart
  const variants = may_hold.flatMap(({ lines }) => lines.map(({ variant_id }) => variant_id))
  const goods = await goodsFor(tx, book, variants, [])
  const until = await holdForCarts(tx, may_hold, { book, goods, now })
  return (cart) => ({ ...cart, hold_expires_at: until.get(cart.id) ?? cart.hold_expires_at })
}

type Repeat = { readonly kind: 'repeat'; readonly resource_id: string }
type Claims = readonly (Repeat | Refusal | null)[]

/** What was done before is not done again; null for what is new or has no key. */
async function claimAll(tx: Tx, claims: readonly (Claim | null)[], now: Date): Promise<Claims> {
  const keyed = claims.filter((claim) => claim !== null)
  if (keyed.length === 0) return claims.map(() => null)
  const claimed = await claimKeys(tx, keyed, now)
  let next = 0
  return claims.map((claim) => {
    if (claim === null) return null
    const one = claimed[next++]!
    if (one.kind === 'reused') return refuse('idempotency_key_reused', { key: claim.key })
    return one.kind === 'repeat' ? one : null
  })
}

/** A refused request changes nothing, so its key is free again. */
async function freeRefused(
  tx: Tx,
  claims: readonly (Claim | null)[],
  claimed: Claims,
  results: readonly (Cart | Refusal)[],
): Promise<void> {
  const refused = claims.flatMap((claim, i) =>
    claim !== null && claimed[i] === null && results[i] instanceof Refusal ? claim : [],
  )
  await releaseKeys(tx, refused)
}

/** Applies all changes in their order; a refused one leaves its cart as it was. */
export async function editCarts(
  tx: Tx,
  readBook: ReadShopBook,
  changes: readonly CartChange[],
  now: Date,
): Promise<CartResult[]> {
  const claims = changes.map(({ request }) => request && { ...request, resource_id: newId() })
  const ids = [...new Set(changes.map(({ cart_id }) => cart_id))]
  const edits = changes.flatMap((change) => change.edits)
  const [claimed, before, carts_orders, coded, book] = await together(
    claimAll(tx, claims, now),
    lockCarts(tx, ids),
    ordersOfCarts(tx, ids),
    readCodes(tx, namedCodes(edits), ids),
    readBook(tx),
  )
  const known = await knownFor(tx, book, edits, coded)
  const orders = new Map(carts_orders.map((order) => [order.cart_id, order]))
  const current = new Map(before)
  const results = changes.map(({ cart_id, channel_id, edits }, i): Cart | Refusal => {
    const cart = current.get(cart_id)
    if (!cart) return refuse('not_found', { cart_id })
    if (cart.channel_id !== channel_id) return refuse('token_wrong')
    const earlier = claimed[i]!
    if (earlier instanceof Refusal) return earlier
    if (earlier !== null) return cart
    const result = refuseOrdered(orders.get(cart_id)) ?? applyAll(cart, edits, known, now)
    if (!(result instanceof Refusal)) current.set(cart_id, result)
    return result
  })
  const edited = [...current.values()].filter((cart) => cart !== before.get(cart.id))
  // What an order holds already is not held for its cart as well.
  const refilled = edited.filter(
    ({ id, lines }) => !orders.has(id) && lines !== before.get(id)!.lines,
  )
  const withHold = await holdGoods(tx, book, refilled, now)
  const held = results.map((one) => (one instanceof Refusal ? one : withHold(one)))
  const told = new Set<CartId>()
  const reached = (cart: Cart): readonly CartStep[] => {
    // Of several changes of one cart the first tells.
    if (told.has(cart.id)) return []
    told.add(cart.id)
    return stepsReached(before.get(cart.id)!, current.get(cart.id)!)
  }
  const [priced] = await together(
    pricedResults(tx, book, held, { known, now, reached }),
    updateCarts(tx, before, edited.map(withHold)),
    freeRefused(tx, claims, claimed, results),
  )
  return priced
}

export async function createCarts(
  tx: Tx,
  readBook: ReadShopBook,
  created: readonly NewCart[],
  now: Date,
): Promise<CartResult[]> {
  const claims = created.map(({ request, cart }) => ({ ...request, resource_id: cart.id }))
  const edits = created.flatMap((one) => one.edits)
  const codes = namedCodes(edits)
  const [claimed, book] = await together(claimAll(tx, claims, now), readBook(tx))
  const earlier_ids = claimed.flatMap((claim) =>
    claim !== null && !(claim instanceof Refusal) ? [claim.resource_id as CartId] : [],
  )
  const [earlier, coded] = await together(
    readCarts(tx, earlier_ids),
    readCodes(tx, codes, earlier_ids),
  )
  const known = await knownFor(tx, book, edits, coded)
  const fresh: Cart[] = []
  const results = created.map(({ cart, edits }, i): Cart | Refusal => {
    const claim = claimed[i]!
    if (claim instanceof Refusal) return claim
    if (claim !== null)
      return earlier.get(claim.resource_id as CartId) ?? refuse('request_in_progress')
    const result = applyAll(cart, edits, known, now)
    if (result instanceof Refusal) return result
    const made = { ...result, version: 1 }
    fresh.push(made)
    return made
  })
  const withHold = await holdGoods(tx, book, fresh, now)
  const held = results.map((one) => (one instanceof Refusal ? one : withHold(one)))
  const is_new = new Set(fresh.map(({ id }) => id))
  const reached = (cart: Cart): readonly CartStep[] =>
    is_new.has(cart.id) ? ['cart_made', ...stepsReached(null, cart)] : []
  const [priced] = await together(
    pricedResults(tx, book, held, { known, now, reached }),
    insertCarts(tx, fresh.map(withHold)),
    freeRefused(tx, claims, claimed, results),
  )
  return priced
}
