import { and, type Statement, sql, type Tx } from '#src/db/sql.ts'
import type { CustomerGroupId, CustomerId } from '#src/lib/ids.ts'
import { toJson } from '#src/lib/json.ts'
import { has_bought_since } from './buying.sql.ts'
import type { GoodsNamed, LastTime, Segment, SegmentRule } from './segments.ts'

const columns = sql`group_id as id, code, name, match, rules, version, members, evaluated_at,
  created_at`

export const readSegment = (tx: Tx, id: CustomerGroupId): Promise<Segment | null> =>
  tx.maybe<Segment>`
    select ${columns} from customer_segment join customer_group on customer_group.id = group_id
    where group_id = ${id}`

export const readSegmentPage = (tx: Tx, after: string | null, limit: number): Promise<Segment[]> =>
  tx.many<Segment>`
    select ${columns} from customer_segment join customer_group on customer_group.id = group_id
    where ${after}::uuid is null or group_id > ${after}::uuid
    order by group_id limit ${limit}`

export const countSegments = async (tx: Tx): Promise<number> => {
  const { count } = await tx.one<{ count: number }>`
    select count(*)::int as count from customer_segment`
  return count
}

export const insertSegment = (tx: Tx, segment: Segment): Promise<number> =>
  tx.run`
    insert into customer_segment (group_id, match, rules, created_at)
    values (${segment.id}, ${segment.match}, ${toJson(segment.rules)}::jsonb,
      ${segment.created_at})`

/** The segment must be locked. */
export async function updateSegment(tx: Tx, segment: Segment): Promise<void> {
  await tx.run`update customer_group set name = ${segment.name} where id = ${segment.id}`
  await tx.run`
    update customer_segment set match = ${segment.match}, rules = ${toJson(segment.rules)}::jsonb,
      version = version + 1
    where group_id = ${segment.id}`
}

/** The segment must be locked. The group stays, as one that is kept by hand, without members. */
export async function deleteSegment(tx: Tx, id: CustomerGroupId): Promise<void> {
  await tx.run`delete from customer_group_member where group_id = ${id}`
  await tx.run`delete from customer_segment where group_id = ${id}`
}

/**
 * Locked in id order until commit: whoever reckons the members after us sees what we have seen,
 * and what was committed since.
 */
export const lockSegments = (
  tx: Tx,
  ids: readonly CustomerGroupId[] | null,
): Promise<Pick<Segment, 'id' | 'match' | 'rules' | 'version'>[]> =>
  tx.many<Pick<Segment, 'id' | 'match' | 'rules' | 'version'>>`
    select group_id as id, match, rules, version from customer_segment
    where ${ids}::uuid[] is null or group_id = any(${ids}::uuid[])
    order by group_id for update`

/** Those of the goods that are not there. */
export const unknownGoods = (tx: Tx, { product_ids, category_ids }: GoodsNamed) =>
  tx.one<GoodsNamed>`
    select
      array(select id from unnest(${product_ids}::uuid[]) as asked (id)
        where not exists (select from product where product.id = asked.id)) as product_ids,
      array(select id from unnest(${category_ids}::uuid[]) as asked (id)
        where not exists (select from category where category.id = asked.id)) as category_ids`

/** Rules are asked of all customers, or of a few. */
export type Among = readonly CustomerId[] | null

const of = (column: Statement, among: Among): Statement =>
  among === null ? sql`${column} is not null` : sql`${column} = any(${among}::uuid[])`

const since = (column: Statement, days: number | undefined, now: Date): Statement =>
  days === undefined
    ? sql`true`
    : sql`${column} > ${now}::timestamptz - ${days}::int * interval '1 day'`

const placed = (among: Among): Statement =>
  sql`orders.state in ('placed', 'closed') and ${of(sql`orders.customer_id`, among)}`

/** Those who reach a number, and those who go beyond another one. */
const between = (
  { at_least, at_most }: { at_least?: bigint | number; at_most?: bigint | number },
  having: (than: Statement) => Statement,
): Statement =>
  and([
    ...(at_least === undefined || BigInt(at_least) <= 0n
      ? []
      : [sql`customer.id in (${having(sql`>= ${at_least}::bigint`)})`]),
    ...(at_most === undefined
      ? []
      : [sql`customer.id not in (${having(sql`> ${at_most}::bigint`)})`]),
  ])

const lastAt = (last: Statement, time: LastTime, now: Date): Statement => {
  const { before, after, within_days, not_for_days: days } = time
  return and([
    ...(before === undefined ? [] : [sql`${last} < ${before}::timestamptz`]),
    ...(after === undefined ? [] : [sql`${last} > ${after}::timestamptz`]),
    since(last, within_days, now),
    ...(days === undefined ? [] : [sql`not (${since(last, days, now)})`]),
  ])
}

function conditionOf(rule: SegmentRule, among: Among, now: Date): Statement {
  switch (rule.kind) {
    case 'orders_placed':
      return between(
        rule,
        (than) => sql`
        select customer_id from orders
        where ${placed(among)} and ${since(sql`placed_at`, rule.within_days, now)}
        group by customer_id having count(*) ${than}`,
      )
    case 'spent':
      return between(
        rule,
        (than) => sql`
        select customer_id from orders
        left join (
          select order_id, sum(amount)::bigint as amount from (
            select order_id, amount from order_change
            union all
            select order_id, takes_off from refund where state <> 'failed'
          ) as taken_off group by order_id
        ) as less on less.order_id = orders.id
        where ${placed(among)} and currency = ${rule.currency}
          and ${since(sql`placed_at`, rule.within_days, now)}
        group by customer_id having sum(total - coalesce(less.amount, 0)) ${than}`,
      )
    case 'last_order':
      return sql`customer.id in (
        select customer_id from orders where ${placed(among)} group by customer_id
        having ${lastAt(sql`max(placed_at)`, rule, now)})`
    case 'last_sign_in':
      return sql`signed_in_at is not null and ${lastAt(sql`signed_in_at`, rule, now)}`
    case 'left_cart':
      return sql`customer.id in (
        select customer_id from cart
        where ${of(sql`customer_id`, among)} and abandoned_at >= updated_at
          and not exists (
            select from orders where cart_id = cart.id and orders.state in ('placed', 'closed'))
          and not ${has_bought_since}
        group by customer_id having ${lastAt(sql`max(abandoned_at)`, rule, now)})`
    case 'bought':
      return sql`customer.id in (
        with recursive wanted (id) as (
          select id from category where id = any(${rule.category_ids ?? []}::uuid[])
          union
          select category.id from category join wanted on category.parent_id = wanted.id
        )
        select customer_id from orders
        join order_line on order_line.order_id = orders.id
        join variant on variant.id = variant_id
        where ${placed(among)} and ${since(sql`placed_at`, rule.within_days, now)}
          and quantity > coalesce((select sum(order_change_line.quantity)
            from order_change_line where order_line_id = order_line.id), 0)
          and (product_id = any(${rule.product_ids ?? []}::uuid[])
            or product_id in (
              select product_id from product_category join wanted on category_id = wanted.id)))`
    case 'country':
      return sql`(
        customer.id in (
          select customer_id from orders
          where ${placed(among)} and shipping_address ->> 'country' = any(${rule.countries}))
        or customer.id in (
          select customer_id from customer_address
          where ${of(sql`customer_id`, among)} and address ->> 'country' = any(${rule.countries})))`
    case 'consent':
      return sql`customer.id in (
        select customer_id from (
          select distinct on (customer_id) customer_id, granted from customer_consent
          where contact = ${rule.contact} and ${of(sql`customer_id`, among)}
          order by customer_id, id desc
        ) as last where granted)`
    case 'group':
      return sql`customer.id in (
        select customer_id from customer_group_member where group_id = ${rule.group_id})`
    case 'account':
      return sql`password_hash is not null`
  }
}

/** The customers for whom the rules hold, as a query. */
export function membersOf(
  { match, rules }: Pick<Segment, 'match' | 'rules'>,
  among: Among,
  now: Date,
): Statement {
  const conditions = rules.map((rule) => {
    const condition = conditionOf(rule, among, now)
    return rule.not ? sql`not (${condition})` : sql`(${condition})`
  })
  const any = conditions.reduce((all, one) => sql`${all} or ${one}`, sql`false`)
  const holds = match === 'all' ? and(conditions) : any
  return sql`
    select id from customer where erased_at is null and ${of(sql`id`, among)} and (${holds})`
}

export const countMembers = async (
  tx: Tx,
  segment: Pick<Segment, 'match' | 'rules'>,
  now: Date,
): Promise<number> => {
  const { count } = await tx.one<{ count: number }>`
    select count(*)::int as count from (${membersOf(segment, null, now)}) as member`
  return count
}

export type Moved = { readonly joined: number; readonly left: number }

/** The segment must be locked. Its members become those for whom its rules hold. */
export const writeMembers = async (
  tx: Tx,
  segment: Pick<Segment, 'id' | 'match' | 'rules'>,
  among: Among,
  now: Date,
): Promise<Moved> => {
  const moved = await tx.one<Moved>`
    with wanted as materialized (${membersOf(segment, among, now)}),
    gone as (
      delete from customer_group_member where group_id = ${segment.id}
        and ${of(sql`customer_id`, among)} and customer_id not in (select id from wanted)
      returning 1
    ), added as (
      insert into customer_group_member (customer_id, group_id)
      select id, ${segment.id}::uuid from wanted order by id
      on conflict do nothing returning 1
    )
    select (select count(*) from added)::int as joined, (select count(*) from gone)::int as left`
  await tx.run`
    update customer_segment set members = members + ${moved.joined - moved.left}::int,
      evaluated_at = case when ${among === null} then ${now}::timestamptz else evaluated_at end
    where group_id = ${segment.id}
      and (${among === null} or ${moved.joined + moved.left}::int > 0)`
  return moved
}
