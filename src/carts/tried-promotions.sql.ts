// Which promotions are tried on a cart: the automatic ones of the shop and those of its codes,
// with what must be known of the buyer, of their counts and of gifts. What no promotion of these
// carts asks is not read.
import { type Tx, together } from '#src/db/sql.ts'
import type { CartId, CustomerId, PromotionId } from '#src/lib/ids.ts'
import { readAvailable } from '#src/offers/availability.sql.ts'
import { buyerKeys } from '#src/pricing/promotion-uses.ts'
import {
  type BuyerOf,
  type CodedPromotion,
  readCounts,
  readTurns,
} from '#src/pricing/promotions.sql.ts'
import {
  asksBuyer,
  type BuyerFacts,
  type Code,
  type GiftFacts,
  isLimited,
  type Promotion,
  type PromotionToTry,
} from '#src/pricing/promotions.ts'
import type { VariantFacts } from './cart-snapshots.sql.ts'
import { type Cart, codesOf } from './carts.ts'
import { channelOf, type ShopBook } from './shop-book.ts'

type Tried = { readonly promotion: Promotion; readonly code: Code | null }

/** In the order in which they are told: automatic ones first, then as the codes were typed. */
function triedOn(cart: Cart, automatic: readonly Promotion[], coded: ReadonlyMap<string, Tried>) {
  const tried: Tried[] = automatic.map((promotion) => ({ promotion, code: null }))
  for (const code of codesOf(cart)) {
    const found = coded.get(code)
    if (found !== undefined) tried.push(found)
  }
  return tried
}

/** Uses that the waiting order of a cart holds: they are the cart's own, and no rival's. */
type OwnUse = {
  readonly cart_id: CartId
  readonly promotion_id: PromotionId
  readonly coupon_id: string
  readonly amount: bigint
  readonly is_counted: boolean
}

const readOwnUses = (tx: Tx, carts: readonly CartId[]): Promise<OwnUse[]> =>
  tx.many<OwnUse>`
    select cart_id, coupon_id, coalesce(coupon_use.promotion_id, coupon_id) as promotion_id,
      amount, coupon_use.currency = promotion.currency as is_counted
    from orders join coupon_use on order_id = orders.id
    join promotion on promotion.id = coalesce(coupon_use.promotion_id, coupon_id)
    where cart_id = any(${carts}) and state = 'pending' and released_at is null`

const readOrdered = (
  tx: Tx,
  buyers: readonly { readonly customer_id: CustomerId | null; readonly email: string | null }[],
): Promise<{ has_ordered: boolean }[]> =>
  tx.many<{ has_ordered: boolean }>`
    select (
      customer_id is not null and exists (select from orders
        where orders.customer_id = buyer.customer_id and number is not null
          and state in ('placed', 'closed'))
      or buyer.email is not null and exists (select from orders
        where lower(orders.email) = buyer.email and number is not null
          and state in ('placed', 'closed'))) as has_ordered
    from unnest(${buyers.map(({ customer_id }) => customer_id)}::uuid[],
      ${buyers.map(({ email }) => email?.trim().toLowerCase() ?? null)}::text[])
      with ordinality as buyer (customer_id, email, n)
    order by n`

/** Whether the uses of its own waiting order could make a difference for a cart. */
const mayBeOwn = ({ promotion, code }: Tried): boolean =>
  promotion.budget !== null ||
  asksBuyer(promotion) ||
  (promotion.usage_limit !== null && promotion.used >= promotion.usage_limit) ||
  (code !== null && code.usage_limit !== null && code.used >= code.usage_limit)

function withoutOwn({ promotion, code }: Tried, own: readonly OwnUse[]): Tried & { own: number } {
  const mine = own.find(({ promotion_id }) => promotion_id === promotion.id)
  if (mine === undefined) return { promotion, code, own: 0 }
  const spent = promotion.spent - (mine.is_counted ? mine.amount : 0n)
  return {
    promotion: { ...promotion, used: promotion.used - 1, spent },
    code: code && mine.coupon_id === code.id ? { ...code, used: code.used - 1 } : code,
    own: 1,
  }
}

type Buyers = (cart: Cart, promotion: Promotion, own: number) => BuyerFacts | null

/** Nothing is asked about buyers who have not said who they are. */
async function readBuyers(
  tx: Tx,
  asked: readonly { readonly cart: Cart; readonly tried: readonly Tried[] }[],
): Promise<Buyers> {
  const known = asked
    .filter(({ cart: { customer_id, email } }) => customer_id !== null || email !== null)
    .map(({ cart, tried }) => ({ cart, asking: tried.filter((t) => asksBuyer(t.promotion)) }))
    .filter(({ asking }) => asking.length > 0)
  if (known.length === 0) return () => null
  const keys = known.flatMap(({ cart, asking }) =>
    asking.flatMap(({ promotion: { id: promotion_id } }) =>
      buyerKeys(promotion_id, cart).map((buyer): BuyerOf => ({ promotion_id, buyer })),
    ),
  )
  const [turns, ordered] = await together(
    readTurns(tx, keys),
    readOrdered(
      tx,
      known.map(({ cart }) => cart),
    ),
  )
  const turns_of = new Map(turns.map((row) => [`${row.promotion_id} ${row.buyer}`, row.turns]))
  const place = new Map(known.map(({ cart }, i) => [cart.id, i]))
  return (cart, promotion, own) => {
    const at = place.get(cart.id)
    if (at === undefined || !asksBuyer(promotion)) return null
    const of_keys = buyerKeys(promotion.id, cart).map(
      (key) => turns_of.get(`${promotion.id} ${key}`) ?? 0,
    )
    return { turns: Math.max(...of_keys) - own, has_ordered: ordered[at]!.has_ordered }
  }
}

type Gifts = (cart: Cart, promotion: Promotion) => GiftFacts | null

/** What there is to give away, beyond what the lines of the cart take themselves. */
async function readGifts(
  tx: Tx,
  book: ShopBook,
  asked: readonly { readonly cart: Cart; readonly tried: readonly Tried[] }[],
  factsOf: (id: VariantFacts['variant_id']) => VariantFacts | null,
): Promise<Gifts> {
  const wanted = new Map<string, { cart: Cart; facts: VariantFacts }>()
  for (const { cart, tried } of asked) {
    for (const { promotion } of tried) {
      if (promotion.effect.kind !== 'gift') continue
      const facts = factsOf(promotion.effect.variant_id)
      if (facts && !facts.is_archived && facts.channels.includes(cart.channel_id)) {
        wanted.set(`${cart.channel_id} ${facts.variant_id}`, { cart, facts })
      }
    }
  }
  const stock = new Map<string, number>()
  const by_channel = Map.groupBy(wanted.values(), ({ cart }) => cart.channel_id)
  for (const [channel_id, gifts] of by_channel) {
    const { safety, locations } = channelOf(book, channel_id)
    const items = [
      ...new Set(gifts.flatMap(({ facts }) => facts.items.map((i) => i.stock_item_id))),
    ]
    const { available } = await readAvailable(tx, {
      items: `{${items.join()}}`,
      quantities: `{${items.map(() => 1).join()}}`,
      outlet: { channel_id, safety, locations: `{${locations.join()}}` },
    })
    items.forEach((id, i) => stock.set(`${channel_id} ${id}`, available[i]!))
  }
  const taken = (cart: Cart, item: string): number =>
    cart.lines.reduce((total, { variant_id, quantity }) => {
      const part = factsOf(variant_id)?.items.find(({ stock_item_id }) => stock_item_id === item)
      return total + (part ? part.quantity * quantity : 0)
    }, 0)
  return (cart, { effect }) => {
    if (effect.kind !== 'gift') return null
    const facts = wanted.get(`${cart.channel_id} ${effect.variant_id}`)?.facts
    if (!facts) return null
    const { tax_category, taxable, requires_shipping, product_id, items } = facts
    const per_item = items.map(({ stock_item_id: id, quantity }) =>
      Math.floor(((stock.get(`${cart.channel_id} ${id}`) ?? 0) - taken(cart, id)) / quantity),
    )
    // What is made of nothing on a shelf is there as long as it need not be sent.
    const endless = requires_shipping ? 0 : Number.MAX_SAFE_INTEGER
    const available = items.length === 0 ? endless : Math.min(...per_item)
    return { tax_category, taxable, requires_shipping, product_id, available }
  }
}

/** Variants that promotions of these carts could add to them. */
export const giftVariants = (
  book: ShopBook,
  coded: readonly CodedPromotion[],
): VariantFacts['variant_id'][] =>
  [...book.promotions, ...coded.map(({ promotion }) => promotion)].flatMap(({ effect }) =>
    effect.kind === 'gift' ? [effect.variant_id] : [],
  )

/** For each cart, in their order. */
export async function readTriedPromotions(
  tx: Tx,
  book: ShopBook,
  carts: readonly Cart[],
  {
    coded,
    factsOf,
  }: {
    readonly coded: readonly CodedPromotion[]
    readonly factsOf: (id: VariantFacts['variant_id']) => VariantFacts | null
  },
): Promise<(readonly PromotionToTry[])[]> {
  if (book.promotions.length === 0 && coded.length === 0) return carts.map(() => [])
  const limited = book.promotions.filter(isLimited).map(({ id }) => id)
  const counts = new Map((await readCounts(tx, limited)).map((row) => [row.id, row]))
  const automatic = book.promotions.map((promotion) => ({
    ...promotion,
    ...counts.get(promotion.id),
  }))
  const by_code = new Map(coded.map((one) => [one.code.code, one]))
  const asked = carts.map((cart) => ({ cart, tried: triedOn(cart, automatic, by_code) }))
  const unsure = asked.filter(({ tried }) => tried.some(mayBeOwn)).map(({ cart }) => cart.id)
  const [own, buyers, gifts] = await together(
    unsure.length > 0 ? readOwnUses(tx, unsure) : Promise.resolve([]),
    readBuyers(tx, asked),
    readGifts(tx, book, asked, factsOf),
  )
  const own_of = Map.groupBy(own, ({ cart_id }) => cart_id)
  return asked.map(({ cart, tried }) =>
    tried.map((one): PromotionToTry => {
      const { own: mine, ...rest } = withoutOwn(one, own_of.get(cart.id) ?? [])
      const { promotion } = one
      return { ...rest, buyer: buyers(cart, promotion, mine), gift: gifts(cart, promotion) }
    }),
  )
}
