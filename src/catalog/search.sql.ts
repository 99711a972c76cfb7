// Lists of products: newest first, by keyset. UUIDv7 ids rise with time, so the id is both the
// order and the cursor, and page ten thousand costs what page one costs.
import { and, type Statement, sql, type Tx } from '#src/db/sql.ts'
import type { CategoryId, ChannelId, ProductId } from '#src/lib/ids.ts'
import type { ProductState } from './catalog.ts'
import { type Ends, type FieldFilter, filterFields, readFieldFilters } from './field-filters.ts'
import { readFields } from './fields.sql.ts'
import { dayOfNumber } from './fields.ts'
import { splitWords } from './search-text.sql.ts'

/**
 * What somebody typed as a text query: every word must begin a word of the product. Null when it
 * holds no word.
 * @throws invalid_input
 */
export function readWords(text: string): string | null {
  const starts = splitWords(text).map((word) => `${word}:*`)
  return starts.length === 0 ? null : starts.join(' & ')
}

// Titles are indexed as they are written, descriptions by the stem of their words.
const matches = (words: string): Statement => sql`
  product.search @@ (to_tsquery('simple', ${words}) || to_tsquery('english', ${words}))`

/** A category and all that stand under it. */
const withDescendants = (handle: string): Statement => sql`
  with recursive below as (
    select id from category where handle = ${handle}
    union
    select category.id from category join below on category.parent_id = below.id
  )
  select id from below`

const isMember = (handle: string): Statement => sql`
  exists (select from collection_product where product_id = product.id
    and collection_id = (select id from collection where handle = ${handle}))`

/** Which fields there are is asked for those lists only that are filtered by one. */
export const findFilters = async (tx: Tx, given: readonly string[]): Promise<FieldFilter[]> =>
  given.length === 0 ? [] : readFieldFilters(filterFields(await readFields(tx)), given)

const anyOf = (conditions: readonly Statement[]): Statement =>
  sql`(${conditions.reduce((all, one) => sql`${all} or ${one}`)})`

/** Whether what stands in a field is what is looked for; `fields` is the column that holds it. */
function fieldHolds(filter: FieldFilter, fields: Statement): Statement {
  const { key, type } = filter.field
  if (filter.kind === 'values') {
    return anyOf(
      filter.values.map((value) => sql`${fields} @> ${JSON.stringify({ [key]: value })}::jsonb`),
    )
  }
  const value = sql`${fields} ->> ${key}::text`
  // A day is written so that texts come in the order of days.
  const point = type === 'date' ? sql`(${value}) collate "C"` : sql`(${value})::numeric`
  const end = (at: number): Statement =>
    type === 'date' ? sql`${dayOfNumber(at)}::text` : sql`${at}::numeric`
  const within = ({ from, to }: Ends): Statement =>
    and([
      ...(from === null ? [] : [sql`${point} >= ${end(from)}`]),
      ...(to === null ? [] : [sql`${point} <= ${end(to)}`]),
    ])
  return anyOf(filter.ranges.map(within))
}

const hasField = (filter: FieldFilter): Statement =>
  filter.field.owner === 'product'
    ? fieldHolds(filter, sql`product.fields`)
    : sql`product.id in (select product_id from variant
        where archived_at is null and ${fieldHolds(filter, sql`variant.fields`)})`

export type OfferFilter = {
  readonly channel_id: ChannelId
  readonly category: string | null
  readonly collection: string | null
  readonly words: string | null
  readonly tag: string | null
  readonly vendor: string | null
  readonly fields: readonly FieldFilter[]
  readonly after: ProductId | null
  readonly limit: number
  readonly now: Date
}

/** Products that are sold in the channel now. */
export async function findOffers(tx: Tx, filter: OfferFilter): Promise<ProductId[]> {
  const { channel_id, category, collection, words, tag, vendor, fields } = filter
  const { after, limit, now } = filter
  const conditions = [
    sql`product.state = 'active'`,
    ...(words === null ? [] : [matches(words)]),
    ...(tag === null ? [] : [sql`product.tags @> array[${tag}::text]`]),
    ...(vendor === null ? [] : [sql`product.vendor = ${vendor}`]),
    ...(collection === null ? [] : [isMember(collection)]),
    ...fields.map(hasField),
  ]
  const published = sql`channel_id = ${channel_id} and published_at <= ${now}`
  // PostgreSQL does not carry "less than" over a join: without the second condition it may walk
  // the products from the newest one down to the cursor.
  const older = (id: Statement) =>
    after === null ? sql`true` : sql`${id} < ${after}::uuid and product.id < ${after}::uuid`
  const is_narrowed = [words, tag, vendor, collection].some((one) => one !== null)
  if (is_narrowed || fields.length > 0) {
    // The best plan depends on how common the word is: it must not be settled once for all.
    await tx.run`set local plan_cache_mode = force_custom_plan`
  }
  const rows =
    category === null
      ? await tx.many<{ id: ProductId }>`
          select product.id from publication join product on product.id = product_id
          where ${published} and ${and(conditions)} and ${older(sql`product_id`)}
          order by product_id desc limit ${limit}`
      : // Each category gives its newest ones from its own index; the newest of those count.
        await tx.many<{ id: ProductId }>`
          select distinct placed.id from (${withDescendants(category)}) as below
          cross join lateral (
            select product.id from product_category
            join product on product.id = product_category.product_id
            join publication on publication.product_id = product.id
            where category_id = below.id and ${published} and ${and(conditions)}
              and ${older(sql`product_category.product_id`)}
            order by product_category.product_id desc limit ${limit}
          ) as placed
          order by placed.id desc limit ${limit}`
  return rows.map(({ id }) => id)
}

export type CatalogFilter = {
  readonly words: string | null
  /** As typed: a whole SKU or bar code is found too. Null looks for nothing, and so finds all. */
  readonly code: string | null
  readonly state: ProductState | null
  readonly vendor: string | null
  readonly tag: string | null
  readonly category_id: CategoryId | null
  readonly fields: readonly FieldFilter[]
  readonly after: ProductId | null
  readonly limit: number
}
export type ProductRow = {
  readonly id: ProductId
  readonly handle: string
  readonly title: string
  readonly vendor: string
  readonly type: string
  readonly state: ProductState
  readonly tags: readonly string[]
  readonly image_url: string | null
  readonly variant_count: number
  readonly created_at: Date
  readonly updated_at: Date
}

/** What staff look through: everything, sold or not. */
export async function listProducts(tx: Tx, filter: CatalogFilter): Promise<ProductRow[]> {
  const { words, code, state, vendor, tag, category_id, fields, after, limit } = filter
  await tx.run`set local plan_cache_mode = force_custom_plan`
  const conditions = [
    ...(state === null ? [] : [sql`state = ${state}`]),
    ...(vendor === null ? [] : [sql`vendor = ${vendor}`]),
    ...(tag === null ? [] : [sql`tags @> array[${tag}::text]`]),
    ...(after === null ? [] : [sql`product.id < ${after}::uuid`]),
    ...(category_id === null
      ? []
      : [
          sql`exists (
            select from product_category
            where product_id = product.id and category_id = ${category_id})`,
        ]),
    ...fields.map(hasField),
  ]
  const page = (found: Statement): Statement => sql`
    select product.id from product where ${and([...conditions, found])}
    order by product.id desc limit ${limit}`
  const by_code = sql`product.id in (
    select product_id from variant where sku = ${code} or barcode = ${code})`
  // Signs alone may be a code, and no word begins like that.
  const by_text = words === null ? [] : [page(matches(words))]
  const pages =
    code === null
      ? page(sql`true`)
      : [...by_text, page(by_code)]
          .map((one) => sql`(${one})`)
          .reduce((all, one) => sql`${all} union ${one}`)
  return tx.many<ProductRow>`
    select product.id, handle, title, vendor, type, state, tags, created_at, updated_at,
      (select url from media where product_id = product.id
        order by media.position, media.id limit 1) as image_url,
      (select count(*)::int from variant
        where product_id = product.id and archived_at is null) as variant_count
    from (select id from (${pages}) as found order by id desc limit ${limit}) as page
    join product on product.id = page.id
    order by page.id desc`
}
