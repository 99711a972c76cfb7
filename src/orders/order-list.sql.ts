// Lists of orders, filtered on anything, flat in cost at a million orders. What has few values
// stands in one number per order (see order_facet in migrations/0031), and one index has channel,
// currency, that number and the id. The combinations that there are, some hundreds, are found by
// jumping over the index; of each one that fits, the newest orders are read, and the newest of all
// of these are the page.
import { and, type Statement, sql, type Tx } from '#src/db/sql.ts'
import { type ChannelId, type CustomerId, idFloor, type OrderId } from '#src/lib/ids.ts'
import { hasText, idsWithText, isRareText, numberOf, skusOf, tagOf } from './order-words.sql.ts'
import { fulfillment_states, order_states, payment_states } from './orders.ts'

export const return_states = ['none', 'requested', 'partially_returned', 'returned'] as const
export const origins = ['web', 'staff', 'marketplace', 'subscription', 'agent'] as const

export type OrderCard = {
  readonly id: OrderId
  readonly number: string | null
  readonly state: string
  readonly payment_state: string
  readonly fulfillment_state: string
  readonly return_state: string
  readonly origin: string
  readonly currency: string
  readonly total: bigint
  readonly email: string
  readonly channel_id: ChannelId
  readonly held_at: Date | null
  readonly tags: readonly string[]
  readonly created_at: Date
  readonly placed_at: Date | null
}
/** What is absent does not filter. */
export type OrderFilter = {
  readonly state?: string
  readonly payment_state?: string
  readonly fulfillment_state?: string
  readonly return_state?: string
  readonly origin?: string
  readonly channel_id?: ChannelId
  readonly currency?: string
  readonly held?: boolean
  readonly created_from?: Date
  readonly created_to?: Date
  readonly total_min?: bigint
  readonly total_max?: bigint
  readonly tag?: string
  readonly sku?: string
  readonly customer_id?: CustomerId
  readonly email?: string
  readonly number?: string
  /** An order number, or how a name or an e-mail address begins. */
  readonly text?: string
  readonly sort?: 'newest' | 'oldest'
  /** The id of the last row of the page before. */
  readonly after?: string
  readonly limit: number
}

/** As it is looked for: words as they stand in the tables. */
type Sought = Omit<OrderFilter, 'sku'> & { readonly skus?: readonly string[] }

type Dimension = {
  readonly words: readonly string[]
  readonly shift: number
  readonly bits: number
}
const dimensions = {
  state: { words: order_states, shift: 0, bits: 3 },
  payment_state: { words: payment_states, shift: 3, bits: 3 },
  fulfillment_state: { words: fulfillment_states, shift: 6, bits: 3 },
  return_state: { words: return_states, shift: 9, bits: 2 },
  origin: { words: origins, shift: 11, bits: 3 },
} as const satisfies Record<string, Dimension>
type Facet = keyof typeof dimensions
const facets = Object.keys(dimensions) as Facet[]
const held_shift = 14

/** The part of the number that says this word. */
export const facetOf = (facet: Facet, word: string): number =>
  (dimensions[facet].words as readonly string[]).indexOf(word) << dimensions[facet].shift

const maskOf = (facet: Facet): number =>
  ((1 << dimensions[facet].bits) - 1) << dimensions[facet].shift

const facet = sql`order_facet(state, payment_state, fulfillment_state, return_state, origin,
  held_at is not null)`

/** Which of the numbers fit. */
function fittingFacets(filter: Sought): Statement {
  const { held } = filter
  const state_mask = maskOf('state')
  const conditions = [sql`facet & ${state_mask}::int <> ${facetOf('state', 'superseded')}::int`]
  for (const name of facets) {
    const word = filter[name]
    if (word !== undefined) {
      conditions.push(sql`facet & ${maskOf(name)}::int = ${facetOf(name, word)}::int`)
    }
  }
  if (held !== undefined) conditions.push(sql`(facet >> ${held_shift}::int & 1 = 1) = ${held}`)
  if (filter.currency !== undefined) conditions.push(sql`currency = ${filter.currency}`)
  return and(conditions)
}

const day_ms = 86_400_000
const dayFrom = (at: Date, days: number): string => idFloor(new Date(at.getTime() + days * day_ms))

/** Ids rise with time, so they bound a page, and a day as well, give or take one. */
function idBounds({ after, sort, created_from, created_to }: Sought, id: Statement) {
  const bounds: Statement[] = []
  if (after !== undefined) {
    bounds.push(sort === 'oldest' ? sql`${id} > ${after}::uuid` : sql`${id} < ${after}::uuid`)
  }
  if (created_from) bounds.push(sql`${id} >= ${dayFrom(created_from, -1)}::uuid`)
  if (created_to) bounds.push(sql`${id} < ${dayFrom(created_to, 1)}::uuid`)
  return and(bounds)
}

/** What the number does not say exactly. */
function exactly({ created_from, created_to, total_min, total_max, text }: Sought): Statement {
  const conditions: Statement[] = []
  if (created_from) conditions.push(sql`created_at >= ${created_from}`)
  if (created_to) conditions.push(sql`created_at < ${created_to}`)
  if (total_min !== undefined) conditions.push(sql`total >= ${total_min}`)
  if (total_max !== undefined) conditions.push(sql`total <= ${total_max}`)
  if (text !== undefined) conditions.push(hasText(text))
  return and(conditions)
}

const isSku = (skus: readonly string[]): Statement =>
  skus.length === 1 ? sql`sku = ${skus[0]!}` : sql`sku = any(${skus})`

const ofPlace = ({ channel_id, currency }: Sought): Statement =>
  and([
    ...(channel_id === undefined ? [] : [sql`channel_id = ${channel_id}`]),
    ...(currency === undefined ? [] : [sql`currency = ${currency}`]),
  ])

/** All conditions on the row itself. */
function plainly(filter: Sought): Statement {
  const { held } = filter
  const conditions = [sql`state <> 'superseded'`, ofPlace(filter), exactly(filter)]
  if (filter.state !== undefined) conditions.push(sql`state = ${filter.state}`)
  if (filter.payment_state !== undefined) {
    conditions.push(sql`payment_state = ${filter.payment_state}`)
  }
  if (filter.fulfillment_state !== undefined) {
    conditions.push(sql`fulfillment_state = ${filter.fulfillment_state}`)
  }
  if (filter.return_state !== undefined) conditions.push(sql`return_state = ${filter.return_state}`)
  if (filter.origin !== undefined) conditions.push(sql`origin = ${filter.origin}`)
  if (held !== undefined) conditions.push(sql`(held_at is not null) = ${held}`)
  return and(conditions)
}

/**
 * Whether an order has this tag, and this SKU on a line. A subquery for one value, and no EXISTS:
 * that would be turned round, and all orders with the tag be read for a few that are asked about.
 */
function marked({ tag, skus }: Pick<Sought, 'tag' | 'skus'>): Statement {
  const conditions: Statement[] = []
  if (tag !== undefined) {
    conditions.push(sql`(select true from order_tag
      where order_tag.tag = ${tag} and order_tag.order_id = orders.id limit 1)`)
  }
  if (skus !== undefined) {
    conditions.push(sql`(select true from order_line
      where ${isSku(skus)} and order_line.order_id = orders.id limit 1)`)
  }
  return and(conditions)
}

const direction = ({ sort }: Sought): Statement => (sort === 'oldest' ? sql`asc` : sql`desc`)

/** Every combination that there is, of one channel or of all: a step down the index for each. */
function combinations(filter: Sought): Statement {
  const { channel_id } = filter
  const here = channel_id === undefined ? sql`true` : sql`channel_id = ${channel_id}`
  const key = channel_id === undefined ? sql`channel_id, currency` : sql`currency`
  const known_key =
    channel_id === undefined
      ? sql`known.channel_id, known.currency, known.facet`
      : sql`known.currency, known.facet`
  return sql`
  combination (channel_id, currency, facet) as (
    (select channel_id, currency, ${facet} from orders where ${here}
      order by channel_id, currency, ${facet} limit 1)
    union all
    select next.* from combination as known cross join lateral (
      select channel_id, currency, ${facet} from orders
      where ${here} and (${key}, ${facet}) > (${known_key})
      order by channel_id, currency, ${facet} limit 1
    ) as next
  ), fitting as (select * from combination where ${fittingFacets(filter)})`
}

/** The first ids of the combinations that fit, each read in the order of the page. */
const idsByFacet = (filter: Sought, limit: number): Statement => sql`
  select found.id from fitting cross join lateral (
    select id from orders
    where channel_id = fitting.channel_id and currency = fitting.currency
      and ${facet} = fitting.facet and ${idBounds(filter, sql`id`)} and ${exactly(filter)}
      and ${marked(filter)}
    order by id ${direction(filter)} limit ${limit}
  ) as found
  order by found.id ${direction(filter)} limit ${limit}`

const card_columns = sql`id, number, state, payment_state, fulfillment_state, return_state, origin,
  currency, total, email, channel_id, held_at, created_at, placed_at,
  array(select tag from order_tag where order_id = orders.id order by tag) as tags`

const listByFacet = (tx: Tx, filter: Sought): Promise<OrderCard[]> =>
  tx.many<OrderCard>`
    with recursive ${combinations(filter)},
      page as materialized (${idsByFacet(filter, filter.limit)})
    select ${card_columns} from orders where id in (select id from page)
    order by id ${direction(filter)}`

/** So many are looked through one by one; of more, the ones that are wanted are soon found. */
type Limits = {
  readonly of_states: number
  readonly of_total: number
  readonly of_text: number
}
const usual_limits: Limits = { of_states: 5_000, of_total: 20_000, of_text: 10_000 }

/** Whether few orders fit, leaving aside tag and SKU. */
async function areFew(tx: Tx, filter: Sought, few: number): Promise<boolean> {
  const { tag: _, skus: _s, total_min: _n, total_max: _x, after: _a, ...all } = filter
  const { count } = await tx.one<{ count: number }>`
    with recursive ${combinations(all)}
    select count(*)::int from (
      select from fitting cross join lateral (
        select from orders
        where channel_id = fitting.channel_id and currency = fitting.currency
          and ${facet} = fitting.facet and ${idBounds(all, sql`id`)}
        limit ${few + 1}
      ) as found limit ${few + 1}
    ) as counted`
  return count <= few
}

const ofTotal = ({ total_min, total_max }: Sought): Statement =>
  and([
    ...(total_min === undefined ? [] : [sql`total >= ${total_min}`]),
    ...(total_max === undefined ? [] : [sql`total <= ${total_max}`]),
  ])

async function areFewOfTotal(tx: Tx, filter: Sought, few: number): Promise<boolean> {
  const { count } = await tx.one<{ count: number }>`
    select count(*)::int from (
      select from orders where ${ofTotal(filter)} limit ${few + 1}
    ) as counted`
  return count <= few
}

/** The orders with this tag, with this SKU, or with such a total: one of the three. */
function marks(filter: Sought, by: 'tag' | 'sku' | 'total'): Statement {
  const bounds = idBounds(filter, by === 'total' ? sql`id` : sql`order_id`)
  if (by === 'tag') {
    return sql`select order_id from order_tag where tag = ${filter.tag!} and ${bounds}`
  }
  if (by === 'sku') {
    // An order may have it on two lines.
    return sql`select distinct order_id from order_line where ${isSku(filter.skus!)} and ${bounds}`
  }
  return sql`select id as order_id from orders where ${ofTotal(filter)} and ${bounds}`
}

/** Goes through these orders, newest first, until a page is full. */
const listByMark = (tx: Tx, filter: Sought, by: 'tag' | 'sku' | 'total'): Promise<OrderCard[]> =>
  tx.many<OrderCard>`
    select card.* from (
      ${marks(filter, by)} order by order_id ${direction(filter)} offset 0
    ) as mark
    cross join lateral (
      select ${card_columns} from orders
      where orders.id = mark.order_id and ${plainly(filter)} and ${marked(filter)}
    ) as card
    order by mark.order_id ${direction(filter)} limit ${filter.limit}`

const hasFacets = (filter: Sought): boolean =>
  facets.some((name) => filter[name] !== undefined) ||
  [filter.channel_id, filter.currency, filter.held].some((value) => value !== undefined)

/** Ids of the few orders that have this number or buyer; null when none of them is asked. */
function chosen({ number, email, customer_id }: Sought): Statement | null {
  const sets: Statement[] = []
  if (number !== undefined) {
    sets.push(sql`select id from orders where (legal_entity_id, number) in (
      select legal_entity.id, ${number} from legal_entity)`)
  }
  if (email !== undefined) {
    sets.push(sql`select id from orders where lower(email) = lower(${email})`)
  }
  if (customer_id !== undefined) {
    sets.push(sql`select id from orders where customer_id = ${customer_id}`)
  }
  if (sets.length === 0) return null
  return sets.reduce((all, one) => sql`(${all}) intersect (${one})`)
}

const listChosen = (tx: Tx, filter: Sought, ids: Statement): Promise<OrderCard[]> =>
  tx.many<OrderCard>`
    with chosen as materialized (${ids})
    select ${card_columns} from orders
    where id in (select id from chosen) and ${idBounds(filter, sql`id`)} and ${plainly(filter)}
      and ${marked(filter)}
    order by id ${direction(filter)} limit ${filter.limit}`

/** Goes through all orders, newest first: most of what is asked for is soon found. */
const listPlainly = (tx: Tx, filter: Sought): Promise<OrderCard[]> =>
  tx.many<OrderCard>`
    select ${card_columns} from orders where ${idBounds(filter, sql`id`)} and ${plainly(filter)}
    order by id ${direction(filter)} limit ${filter.limit}`

const sample_rows = 500
/** Common is what one order in so many of the sample fits. */
const common_each = 5

/** Whether many of the orders at which the page begins fit, leaving aside the text. */
async function areCommon(tx: Tx, { text: _, ...filter }: Sought): Promise<boolean> {
  const { rows, fit } = await tx.one<{ rows: number; fit: number }>`
    select count(*)::int as rows, (count(*) filter (where ${plainly(filter)}))::int as fit
    from (select * from orders where ${idBounds(filter, sql`id`)}
      order by id ${direction(filter)} limit ${sample_rows}) as orders`
  return fit * common_each >= rows
}

/** Which of the three leads to the orders that are asked for, if one does. */
async function markOf(
  tx: Tx,
  filter: Sought,
  limits: Limits,
): Promise<'tag' | 'sku' | 'total' | null> {
  const is_within = filter.total_min !== undefined || filter.total_max !== undefined
  if (is_within && (await areFewOfTotal(tx, filter, limits.of_total))) return 'total'
  if (filter.tag !== undefined) return 'tag'
  return filter.skus === undefined ? null : 'sku'
}

/** Null when nothing can fit. */
async function seek(tx: Tx, { sku, ...filter }: OrderFilter): Promise<Sought | null> {
  const { tag, number } = filter
  const words = {
    ...(tag === undefined ? {} : { tag: tagOf(tag) }),
    ...(number === undefined ? {} : { number: numberOf(number) }),
  }
  if (sku === undefined) return { ...filter, ...words }
  const skus = await skusOf(tx, sku)
  return skus && { ...filter, ...words, skus }
}

export async function listOrders(
  tx: Tx,
  asked: OrderFilter,
  limits = usual_limits,
): Promise<OrderCard[]> {
  // Which way is the shorter one depends on the values, and how a text begins is looked up in an
  // index only by a plan that knows the text.
  await tx.run`set local plan_cache_mode = force_custom_plan`
  const filter = await seek(tx, asked)
  if (filter === null) return []
  const ids = chosen(filter)
  if (ids !== null) return listChosen(tx, filter, ids)
  const { text } = filter
  if (text !== undefined && (await isRareText(tx, text, limits.of_text))) {
    return listChosen(tx, filter, idsWithText(text))
  }
  const mark = await markOf(tx, filter, limits)
  if (mark === null) {
    const is_walk = text !== undefined && (!hasFacets(filter) || (await areCommon(tx, filter)))
    return is_walk ? listPlainly(tx, filter) : listByFacet(tx, filter)
  }
  const is_rare = hasFacets(filter) && (await areFew(tx, filter, limits.of_states))
  return is_rare ? listByFacet(tx, filter) : listByMark(tx, filter, mark)
}
