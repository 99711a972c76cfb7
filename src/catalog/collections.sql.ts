// Who belongs to a collection is reckoned by one statement over all products, or over those that
// were changed, from the same conditions.
import { and, Statement, sql, type Tx } from '#src/db/sql.ts'
import { plusMs } from '#src/lib/clock.ts'
import type { CollectionId, ProductId } from '#src/lib/ids.ts'
import { type Collection, collection_limits, fieldKeyOf, type Rule } from './collections.ts'

const columns = sql`
  id, handle, title, description, matching, rules, created_at, updated_at, evaluated_at`

export const readCollections = (tx: Tx): Promise<Collection[]> =>
  tx.many<Collection>`
    select ${columns} from collection order by title, id limit ${collection_limits.collections}`

export const listCollections = (
  tx: Tx,
  after: CollectionId | null,
  limit: number,
): Promise<Collection[]> =>
  tx.many<Collection>`
    select ${columns} from collection where ${after}::uuid is null or id > ${after}
    order by id limit ${limit}`

export const readCollection = (tx: Tx, id: CollectionId): Promise<Collection | null> =>
  tx.maybe<Collection>`select ${columns} from collection where id = ${id}`

/** Waits for all who change goods right now, and makes those who come wait. */
export const lockCollection = (tx: Tx, id: CollectionId): Promise<Collection | null> =>
  tx.maybe<Collection>`select ${columns} from collection where id = ${id} for update`

/** Whoever changes goods shares them until commit: no rule changes without seeing the goods. */
export const shareCollections = (tx: Tx): Promise<Collection[]> =>
  tx.many<Collection>`select ${columns} from collection order by id for share`

export const countCollections = async (tx: Tx): Promise<number> =>
  (await tx.one<{ count: number }>`select count(*)::int as count from collection`).count

/** False when the handle is taken. */
export const insertCollection = async (tx: Tx, one: Collection): Promise<boolean> =>
  (await tx.run`
    insert into collection (${columns})
    values (${one.id}, ${one.handle}, ${one.title}, ${one.description}, ${one.matching},
      ${JSON.stringify(one.rules)}, ${one.created_at}, ${one.updated_at}, ${one.evaluated_at})
    on conflict (handle) do nothing`) === 1

/** False when another one has the handle. */
export const updateCollection = async (tx: Tx, one: Collection): Promise<boolean> =>
  (await tx.run`
    update collection set handle = ${one.handle}, title = ${one.title},
      description = ${one.description}, matching = ${one.matching},
      rules = ${JSON.stringify(one.rules)}, updated_at = ${one.updated_at},
      evaluated_at = ${one.evaluated_at}
    where id = ${one.id} and not exists (
      select from collection as other
      where other.handle = ${one.handle} and other.id <> ${one.id})`) === 1

export async function deleteCollection(tx: Tx, id: CollectionId): Promise<void> {
  await tx.run`delete from collection_product where collection_id = ${id}`
  await tx.run`
    delete from translation where subject = 'collection' and subject_id = ${id}`
  await tx.run`delete from collection where id = ${id}`
}

export const noteEvaluated = (tx: Tx, id: CollectionId, now: Date): Promise<number> =>
  tx.run`update collection set evaluated_at = ${now} where id = ${id}`

export const countMembers = async (tx: Tx, id: CollectionId): Promise<number> =>
  (
    await tx.one<{ count: number }>`
    select count(*)::int as count from collection_product where collection_id = ${id}`
  ).count

// Signs that LIKE reads otherwise stand for themselves.
const like = (text: unknown): string => String(text).replaceAll(/[\\%_]/g, '\\$&')

function textCondition(text: Statement, { op, value }: Rule): Statement {
  switch (op) {
    case 'is_set':
      return sql`coalesce(${text}, '') <> ''`
    case 'is_not_set':
      return sql`coalesce(${text}, '') = ''`
    case 'contains':
      return sql`${text} ilike ${`%${like(value)}%`}`
    case 'starts_with':
      return sql`${text} ilike ${`${like(value)}%`}`
    case 'is_not':
      return sql`lower(${text}) is distinct from lower(${value}::text)`
    default:
      return sql`lower(${text}) = lower(${value}::text)`
  }
}

function numberCondition(number: Statement, { op, value }: Rule): Statement {
  switch (op) {
    case 'is_set':
      return sql`${number} is not null`
    case 'is_not_set':
      return sql`${number} is null`
    case 'more_than':
      return sql`${number} > ${value}::numeric`
    case 'less_than':
      return sql`${number} < ${value}::numeric`
    case 'is_not':
      return sql`${number} is distinct from ${value}::numeric`
    default:
      return sql`${number} = ${value}::numeric`
  }
}

const day_ms = 86_400_000

function momentCondition(moment: Statement, { op, value }: Rule, now: Date): Statement {
  if (op === 'within_days') {
    return sql`${moment} > ${plusMs(now, -Number(value) * day_ms)} and ${moment} <= ${now}`
  }
  const day = new Date(`${value}T00:00:00Z`)
  return op === 'before' ? sql`${moment} < ${day}` : sql`${moment} >= ${plusMs(day, day_ms)}`
}

function ownCondition(key: string, rule: Rule): Statement {
  const { op, value } = rule
  const found = sql`product.fields->${key}`
  const text = sql`product.fields->>${key}`
  if (op === 'is_set') return sql`${found} is not null`
  if (op === 'is_not_set') return sql`${found} is null`
  if (op === 'before') return sql`${text} < ${value}::text`
  if (op === 'after') return sql`${text} > ${value}::text`
  if (typeof value === 'boolean') {
    const same = sql`coalesce((${text})::boolean, false) = ${value}`
    return op === 'is' ? same : sql`not (${same})`
  }
  return typeof value === 'number'
    ? numberCondition(sql`(${text})::numeric`, rule)
    : textCondition(text, rule)
}

/** Which products are looked at: these, or all of them. */
type Scope = readonly ProductId[] | null
/** What a rule asks, and what must be joined to `product` to answer it. */
type Question = { readonly join: Statement; readonly condition: Statement }

const no_join = sql``
const within = (scope: Scope): Statement =>
  scope === null ? sql`true` : sql`product_id = any(${scope}::uuid[])`

/**
 * What the cheapest variant costs by the regular lists: those for everybody, in every channel and
 * country, at any time. Of these the one of the highest priority that has a price for the variant
 * counts, as in a cart.
 */
const regularPrices = (currency: string | null, scope: Scope): Statement => sql`
  select product_id, min(number) as number
  from (
    select distinct on (variant.id) product_id, amount::numeric / per_units as number
    from variant join price on price.variant_id = variant.id and min_quantity = 1
    join price_list on price_list.id = price_list_id
    where variant.archived_at is null and price_list.archived_at is null
      and channel_id is null and countries is null and customer_group_id is null
      and starts_at is null and ends_at is null
      and price_list.currency = ${currency} and ${within(scope)}
    order by variant.id, priority desc, number
  ) as of_variant
  group by product_id`

/** Units that nobody has ordered, of all that its variants are made of. */
const stockLeft = (scope: Scope): Statement => sql`
  select product_id, sum(greatest(0, on_hand - held - safety)) as number
  from (
    select distinct product_id, variant_item.stock_item_id
    from variant join variant_item on variant_id = variant.id
    where archived_at is null and ${within(scope)}
  ) as made_of join stock_level using (stock_item_id)
  group by product_id`

const placedBelow = (handle: Rule['value'], scope: Scope): Statement => sql`
  select distinct product_id from product_category
  where ${within(scope)} and category_id in (
    with recursive below as (
      select id from category where handle = ${handle}::text
      union
      select category.id from category join below on category.parent_id = below.id
    )
    select id from below)`

const firstPublished = (scope: Scope): Statement => sql`
  select product_id, min(published_at) as moment from publication
  where ${within(scope)} group by product_id`

function question(rule: Rule, i: number, scope: Scope, now: Date): Question {
  const key = fieldKeyOf(rule)
  if (key !== null) return { join: no_join, condition: ownCondition(key, rule) }
  // A name for each rule, so that two may ask the same table.
  const name = new Statement(`of_rule_${i}`, [])
  const joined = (from: Statement, condition: Statement): Question => ({
    join: sql`left join (${from}) as ${name} on ${name}.product_id = product.id`,
    condition,
  })
  const plain = (condition: Statement): Question => ({ join: no_join, condition })
  switch (rule.field) {
    case 'title':
      return plain(textCondition(sql`product.title`, rule))
    case 'vendor':
      return plain(textCondition(sql`product.vendor`, rule))
    case 'type':
      return plain(textCondition(sql`product.type`, rule))
    case 'tag': {
      const has = sql`product.tags @> array[${rule.value}::text]`
      return plain(rule.op === 'is' ? has : sql`not ${has}`)
    }
    case 'category': {
      const is_in = sql`${name}.product_id is not null`
      const condition = rule.op === 'is' ? is_in : sql`not ${is_in}`
      return joined(placedBelow(rule.value, scope), condition)
    }
    case 'price':
      return joined(regularPrices(rule.currency, scope), numberCondition(sql`${name}.number`, rule))
    case 'stock':
      return joined(stockLeft(scope), numberCondition(sql`coalesce(${name}.number, 0)`, rule))
    case 'created':
      return plain(momentCondition(sql`product.created_at`, rule, now))
    default:
      return joined(firstPublished(scope), momentCondition(sql`${name}.moment`, rule, now))
  }
}

/** `from product … where …`: the products that belong to a collection. */
function members({ matching, rules }: Collection, scope: Scope, now: Date): Statement {
  if (rules.length === 0) return sql`from product where false`
  const questions = rules.map((rule, i) => question(rule, i, scope, now))
  const joins = questions.reduce((all, { join }) => sql`${all} ${join}`, sql``)
  const conditions = questions.map(({ condition }) => sql`(${condition})`)
  const all = matching === 'all'
  const holds = all ? and(conditions) : conditions.reduce((one, two) => sql`${one} or ${two}`)
  const scoped = scope === null ? sql`true` : sql`product.id = any(${scope}::uuid[])`
  return sql`from product ${joins} where ${scoped} and (${holds})`
}

/** Makes the members of a collection exactly those its rules name. Returns how many changed. */
export async function evaluateMembers(tx: Tx, one: Collection, now: Date): Promise<number> {
  // All goods are looked at, so every table is read once; the planner must not take a table that
  // was nearly empty a while ago for one that is.
  await tx.run`
    select set_config('enable_nestloop', 'off', true),
      set_config('plan_cache_mode', 'force_custom_plan', true),
      set_config('work_mem', '64MB', true)`
  const { changed } = await tx.one<{ changed: number }>`
    with wanted as materialized (
      select product.id ${members(one, null, now)}
    ), gone as (
      delete from collection_product
      where collection_id = ${one.id}
        and not exists (select from wanted where wanted.id = product_id)
      returning 1
    ), come as (
      insert into collection_product (collection_id, product_id)
      select ${one.id}, id from wanted
      where not exists (
        select from collection_product as known
        where known.collection_id = ${one.id} and known.product_id = wanted.id)
      returning 1
    )
    select ((select count(*) from gone) + (select count(*) from come))::int as changed`
  await tx.run`
    select set_config('enable_nestloop', 'on', true), set_config('plan_cache_mode', 'auto', true)`
  return changed
}

const collections_per_statement = 50

/** What the current transaction has changed of goods, as their marks tell. */
export const readChangedHere = async (tx: Tx): Promise<ProductId[]> => {
  const rows = await tx.many<{ product_id: ProductId }>`
    select product_id from goods_mark where changed = pg_current_xact_id_if_assigned()`
  return rows.map(({ product_id }) => product_id)
}

/** The same for some products and all collections. */
export async function evaluateProducts(
  tx: Tx,
  collections: readonly Collection[],
  ids: readonly ProductId[],
  now: Date,
): Promise<void> {
  for (let from = 0; from < collections.length; from += collections_per_statement) {
    const some = collections.slice(from, from + collections_per_statement)
    const wanted = some
      .map(
        (one) => sql`
          select ${one.id}::uuid as collection_id, product.id as product_id
          ${members(one, ids, now)}`,
      )
      .reduce((all, one) => sql`${all} union all ${one}`)
    await tx.run`
      with wanted as materialized (${wanted}), gone as (
        delete from collection_product as known
        where product_id = any(${ids}::uuid[])
          and collection_id = any(${some.map(({ id }) => id)}::uuid[])
          and not exists (
            select from wanted where wanted.collection_id = known.collection_id
              and wanted.product_id = known.product_id)
      )
      insert into collection_product (collection_id, product_id)
      select collection_id, product_id from wanted order by collection_id, product_id
      on conflict do nothing`
  }
}
