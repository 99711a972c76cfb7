// Price lists and the prices in them, for staff and machines; and why a price is what it is.
import Type, { type Static } from 'typebox'
import { readCartSnapshots } from '#src/carts/cart-snapshots.sql.ts'
import { type Cart, emptyCart } from '#src/carts/carts.ts'
import { explainSnapshot, priceSnapshot } from '#src/carts/price-snapshot.ts'
import type { Tx } from '#src/db/sql.ts'
import { snapshot, transaction } from '#src/db/transaction.ts'
import { currencyErrors, fieldError, refuseErrors } from '#src/lib/field-errors.ts'
import {
  type CartLineId,
  type ChannelId,
  type CustomerGroupId,
  isId,
  newId,
  type PriceListId,
  type VariantId,
} from '#src/lib/ids.ts'
import type { Currency } from '#src/lib/money.ts'
import { type FieldError, refuse } from '#src/lib/refusal.ts'
import {
  changePriceList,
  createPriceList,
  putPrices,
  removePrices,
} from '#src/pricing/edit-price-list.ts'
import {
  readPriceList,
  readPriceLists,
  readPricePage,
  readVariantToExplain,
} from '#src/pricing/price-lists.sql.ts'
import type { TierKey } from '#src/pricing/prices.sql.ts'
import { pricing_limits } from '#src/pricing/pricing.ts'
import { readCodes } from '#src/pricing/promotions.sql.ts'
import { readChannels } from '#src/shop/shop.sql.ts'
import type { App } from './app.ts'
import { createOnce } from './create-once.ts'
import { actorOf } from './identity.ts'
import { ArchivedPageQuery, readPage } from './page.ts'
import {
  Closed,
  Id,
  Minor,
  Moment,
  Nullable,
  Page,
  PageQuery,
  type Route,
  route,
  Text,
} from './route.ts'

const read = { staff: 'prices:read' } as const
const write = { staff: 'prices:write' } as const
const int_max = 2_147_483_647

export const CurrencyCode = Type.Unsafe<Currency>({
  type: 'string',
  pattern: '^[A-Z]{3}$',
  description: 'ISO 4217',
})
export const Code = Type.String({ pattern: '^[a-z0-9][a-z0-9_-]{0,63}$' })
export const Countries = Type.Array(Type.String({ pattern: '^[A-Z]{2}$' }), { maxItems: 249 })
const Count = Type.Integer({ minimum: 1, maximum: int_max })

const list_fields = {
  name: Text(200, 1),
  prices_include_tax: Type.Boolean(),
  channel_id: Nullable(Id<ChannelId>()),
  customer_group_id: Nullable(Id<CustomerGroupId>()),
  countries: Nullable(Countries),
  starts_at: Nullable(Moment()),
  ends_at: Nullable(Moment()),
  priority: Type.Integer({ minimum: -int_max, maximum: int_max }),
}
const PriceListView = Closed({
  id: Id<PriceListId>(),
  code: Type.String(),
  currency: CurrencyCode,
  ...list_fields,
  archived_at: Nullable(Moment()),
})
const NewPriceList = Closed({
  code: Code,
  currency: CurrencyCode,
  name: list_fields.name,
  prices_include_tax: list_fields.prices_include_tax,
  channel_id: Type.Optional(list_fields.channel_id),
  customer_group_id: Type.Optional(list_fields.customer_group_id),
  countries: Type.Optional(list_fields.countries),
  starts_at: Type.Optional(list_fields.starts_at),
  ends_at: Type.Optional(list_fields.ends_at),
  priority: Type.Optional(list_fields.priority),
})
const PriceListChange = Type.Partial(Closed({ ...list_fields, archived: Type.Boolean() }), {
  additionalProperties: false,
})
const ListParams = Closed({ id: Id<PriceListId>() })

const listLists = route({
  method: 'GET',
  path: '/admin/price-lists',
  who: read,
  summary: 'List price lists, oldest first',
  query: Closed(ArchivedPageQuery),
  replies: { 200: Page(PriceListView) },
  handle: async ({ app, query }) => {
    const { archived = false } = query
    const body = await snapshot(app.db, (tx) =>
      readPage(query, (after, limit) => readPriceLists(tx, { archived, after }, limit)),
    )
    return { status: 200, body }
  },
})

const createList = route({
  method: 'POST',
  path: '/admin/price-lists',
  who: write,
  summary: 'Make a price list; what is left out holds for everybody and for ever',
  idempotent: true,
  body: NewPriceList,
  example: {
    code: 'autumn',
    name: 'Autumn',
    currency: 'EUR',
    prices_include_tax: true,
    priority: 10,
    starts_at: '2031-10-01T00:00:00Z',
    ends_at: '2031-11-01T00:00:00Z',
  },
  replies: { 201: PriceListView },
  handle: async (asked) => {
    const { app, body, identity, now } = asked
    const id = await createOnce<PriceListId>(asked, 'POST /admin/price-lists', body, (tx, id) => {
      const list = {
        channel_id: null,
        customer_group_id: null,
        countries: null,
        starts_at: null,
        ends_at: null,
        priority: 0,
        ...body,
        id,
        archived_at: null,
      }
      return createPriceList(tx, list, actorOf(identity), now)
    })
    return { status: 201, body: await snapshot(app.db, (tx) => readPriceList(tx, id)) }
  },
})

const readList = route({
  method: 'GET',
  path: '/admin/price-lists/:id',
  who: read,
  summary: 'Read a price list; its prices have a list of their own',
  params: ListParams,
  replies: { 200: PriceListView },
  handle: async ({ app, params: { id } }) => {
    const list = await snapshot(app.db, (tx) => readPriceList(tx, id))
    if (!list) throw refuse('not_found', { id })
    return { status: 200, body: list }
  },
})

const changeList = route({
  method: 'PATCH',
  path: '/admin/price-lists/:id',
  who: write,
  summary: 'Change a price list: fields that are not sent stay; `archived` ends or revives it',
  params: ListParams,
  body: PriceListChange,
  example: { ends_at: '2031-11-15T00:00:00Z' },
  replies: { 200: PriceListView },
  handle: async ({ app, params, body, identity, now }) => ({
    status: 200,
    body: await transaction(app.db, (tx) =>
      changePriceList(tx, params.id, body, actorOf(identity), now),
    ),
  }),
})

const tier_fields = { variant_id: Id<VariantId>(), min_quantity: Count }
const PriceView = Closed({
  ...tier_fields,
  amount: Minor(),
  per_units: Type.Integer(),
  compare_at: Nullable(Minor()),
})
const PriceBody = Closed({
  variant_id: tier_fields.variant_id,
  min_quantity: Type.Optional(Count),
  amount: Minor({ minimum: 0 }),
  per_units: Type.Optional(Count),
  compare_at: Type.Optional(Nullable(Minor({ minimum: 0 }))),
})
const maxItems = pricing_limits.prices_per_call
const body_bytes_max = 1024 * 1024

/** `<variant id>.<min_quantity>` of the last price of a page. */
function readTierCursor(text: string | undefined): TierKey | null {
  if (text === undefined) return null
  const [variant_id = '', quantity = ''] = text.split('.')
  const min_quantity = Number(quantity)
  if (!isId(variant_id) || !/^\d{1,10}$/.test(quantity) || min_quantity > int_max) {
    refuseErrors([fieldError('after', 'malformed', 'Send the next_cursor of a page.')])
  }
  return { variant_id: variant_id as VariantId, min_quantity }
}

const listPrices = route({
  method: 'GET',
  path: '/admin/price-lists/:id/prices',
  who: read,
  summary: 'List the prices of a list, by variant and quantity',
  params: ListParams,
  query: Closed({ ...PageQuery, variant_id: Type.Optional(Id<VariantId>()) }),
  replies: { 200: Page(PriceView) },
  handle: async ({ app, params: { id }, query }) => {
    const { limit = 20, variant_id = null } = query
    const filter = { price_list_id: id, variant_id, after: readTierCursor(query.after) }
    const rows = await snapshot(app.db, async (tx) => {
      if (!(await readPriceList(tx, id))) throw refuse('not_found', { id })
      return readPricePage(tx, filter, limit + 1)
    })
    const items = rows.slice(0, limit)
    const last = items.at(-1)
    const next_cursor = rows.length > limit ? `${last!.variant_id}.${last!.min_quantity}` : null
    return { status: 200, body: { items, next_cursor } }
  },
})

const putListPrices = route({
  method: 'PUT',
  path: '/admin/price-lists/:id/prices',
  who: write,
  summary: 'Set up to 1,000 prices: new ones are added, others take the place of the old',
  params: ListParams,
  body_bytes_max,
  body: Closed({ prices: Type.Array(PriceBody, { minItems: 1, maxItems }) }),
  example: {
    prices: [
      { variant_id: '019a0000-0000-7000-8000-000000000001', amount: 1290, compare_at: 1490 },
      { variant_id: '019a0000-0000-7000-8000-000000000001', min_quantity: 10, amount: 1100 },
    ],
  },
  replies: { 204: null },
  handle: async ({ app, params, body, identity, now }) => {
    const defaults = { min_quantity: 1, per_units: 1, compare_at: null }
    const prices = body.prices.map((price) => ({ ...defaults, ...price }))
    await transaction(app.db, (tx) => putPrices(tx, params.id, prices, actorOf(identity), now))
    return { status: 204 }
  },
})

const deleteListPrices = route({
  method: 'POST',
  path: '/admin/price-lists/:id/prices/remove',
  who: write,
  summary: 'Remove up to 1,000 prices; those that are not there are no mistake',
  params: ListParams,
  body_bytes_max,
  body: Closed({ prices: Type.Array(Closed(tier_fields), { minItems: 1, maxItems }) }),
  example: { prices: [{ variant_id: '019a0000-0000-7000-8000-000000000001', min_quantity: 10 }] },
  replies: { 200: Closed({ removed: Type.Integer() }) },
  handle: async ({ app, params, body, identity, now }) => {
    const removed = await transaction(app.db, (tx) =>
      removePrices(tx, params.id, body.prices, actorOf(identity), now),
    )
    return { status: 200, body: { removed } }
  },
})

const Explain = Closed({
  channel_id: Id<ChannelId>(),
  currency: CurrencyCode,
  variant_id: Id<VariantId>(),
  quantity: Type.Optional(Type.Integer({ minimum: 1, maximum: 100_000 })),
  customer_group_ids: Type.Optional(Type.Array(Id<CustomerGroupId>(), { maxItems: 100 })),
  country: Type.Optional(Type.String({ pattern: '^[A-Z]{2}$' })),
  region: Type.Optional(Nullable(Text(120, 1))),
  coupon_code: Type.Optional(Nullable(Text(40, 1))),
  at: Type.Optional(Moment({ description: 'Now or later; without one it is now.' })),
})
const Explained = Closed({
  price_list_id: Nullable(Id<PriceListId>()),
  unit_price: Nullable(Minor()),
  per_units: Nullable(Type.Integer()),
  subtotal: Minor(),
  discount: Minor(),
  tax: Minor(),
  tax_included: Minor(),
  total: Minor(),
  problems: Type.Array(Type.String()),
  why: Type.Array(Closed({ rule: Type.String(), applied: Type.Boolean(), reason: Type.String() })),
})

const explain = route({
  method: 'POST',
  path: '/admin/prices/explain',
  who: read,
  summary: 'Why this price: every rule that was tried for a buyer, now or later, hit or missed',
  body: Explain,
  example: {
    channel_id: '019a0000-0000-7000-8000-000000000002',
    currency: 'EUR',
    variant_id: '019a0000-0000-7000-8000-000000000001',
    quantity: 10,
    country: 'DE',
  },
  replies: { 200: Explained },
  handle: async ({ app, body, now }) => {
    refuseErrors(currencyErrors('currency', body.currency))
    return { status: 200, body: await snapshot(app.db, (tx) => explainPrice(app, tx, body, now)) }
  },
})

/** A cart that nobody has: with one line, on its way to that country. */
function whatIf(
  {
    channel_id,
    currency,
    variant_id,
    quantity = 1,
    region = null,
    coupon_code = null,
  }: Static<typeof Explain>,
  { country, at }: { readonly country: string; readonly at: Date },
): Cart {
  const nowhere = { name: '', company: null, line1: '', line2: null, city: '', postal_code: '' }
  return {
    ...emptyCart({ channel_id, currency, at }),
    shipping_address: { ...nowhere, phone: null, country, region },
    coupon_code: coupon_code?.toUpperCase() ?? null,
    lines: [{ id: newId<CartLineId>(), variant_id, quantity }],
  }
}

/** The lists and rules of now would answer for a moment before they were written. */
const pastErrors = (at: Date | undefined, now: Date, variant_id: VariantId): FieldError[] => {
  if (at === undefined || at >= now) return []
  const route = `/admin/variants/${variant_id}/past-prices`
  const message = `This moment has passed: what it cost before is told by GET ${route}.`
  return [fieldError('at', 'too_early', message)]
}

async function explainPrice(
  app: App,
  tx: Tx,
  asked: Static<typeof Explain>,
  now: Date,
): Promise<Static<typeof Explained>> {
  const { variant_id, channel_id, coupon_code = null } = asked
  const channel = (await readChannels(tx)).find(({ id }) => id === channel_id)
  const variant = await readVariantToExplain(tx, variant_id)
  refuseErrors([
    ...(channel ? [] : [fieldError('channel_id', 'unknown', 'There is no such channel.')]),
    ...(variant ? [] : [fieldError('variant_id', 'unknown', 'There is no such variant.')]),
    ...pastErrors(asked.at, now, variant_id),
  ])
  const book = await app.desk.readBook(tx)
  const at = asked.at ?? now
  const coded = await readCodes(tx, coupon_code === null ? [] : [coupon_code])
  const cart = whatIf(asked, { country: asked.country ?? channel!.default_country, at })
  const around = { coded, now: at, as_groups: asked.customer_group_ids ?? [] }
  const [found_cart] = await readCartSnapshots(tx, book, [cart], around)
  const priced = explainSnapshot(priceSnapshot(found_cart!, book, at), book, at)
  const found = priced.lines.find(({ is_gift }) => !is_gift)
  const unknown = coupon_code !== null && coded.length === 0 ? ['coupon_unknown'] : []
  return {
    price_list_id: found?.price_list_id ?? null,
    unit_price: found?.unit_price ?? null,
    per_units: found?.per_units ?? null,
    subtotal: priced.subtotal,
    discount: priced.discount_total,
    tax: priced.tax_total,
    tax_included: priced.tax_included,
    total: priced.total,
    problems: [...unknown, ...priced.problems.map(({ code }) => code)],
    why: [...(found?.why ?? []), ...priced.why],
  }
}

export const admin_pricing_routes: readonly Route[] = [
  listLists,
  createList,
  readList,
  changeList,
  listPrices,
  putListPrices,
  deleteListPrices,
  explain,
]
