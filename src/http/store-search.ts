// Search with facets: what a shopper looks for, narrowed by what the goods found have in common.
import Type, { type Static } from 'typebox'
import { pairErrors, rangeError, splitPair } from '#src/catalog/field-filters.ts'
import { dayOfNumber, type ReferenceTarget } from '#src/catalog/fields.ts'
import { readTexts } from '#src/catalog/translations.sql.ts'
import { type Texts, translated } from '#src/catalog/translations.ts'
import type { Db } from '#src/db/pool.ts'
import type { Tx } from '#src/db/sql.ts'
import { snapshot } from '#src/db/transaction.ts'
import { fieldError } from '#src/lib/field-errors.ts'
import { type FieldError, refuse } from '#src/lib/refusal.ts'
import { readShownTitles } from '#src/offers/offers.sql.ts'
import type { OfferView } from '#src/offers/places.ts'
import { optionFacet } from '#src/offers/search-book.ts'
import { type Cursor, type SearchSort, search_sorts } from '#src/offers/search-goods.ts'
import {
  createOfferFinder,
  type Narrowing,
  type OfferFinder,
  type OfferSearch,
  type OffersFound,
} from '#src/offers/search-offers.ts'
import { FieldQuery } from './catalog-schemas.ts'
import { Closed, Nullable, Page, type Route, route, Text } from './route.ts'
import { Card, readerOf } from './store-catalog.ts'
import { ViewQuery, viewOf } from './store-view.ts'

const finders = new WeakMap<Db, OfferFinder>()

/** One per database: its index of the goods is shared by all requests of the process. */
function finderOf(db: Db): OfferFinder {
  let finder = finders.get(db)
  if (finder === undefined) {
    finder = createOfferFinder(db, readerOf(db))
    finders.set(db, finder)
  }
  return finder
}

const values_max = 50
const Choices = (description: string) =>
  Type.Optional(Type.Array(Text(300, 1), { maxItems: 30, description }))

const SearchQuery = Closed({
  q: Type.Optional(Text(200)),
  category: Type.Optional(Text(200, 1)),
  collection: Type.Optional(Text(200, 1)),
  vendor: Choices('One of these; the parameter may be given several times.'),
  type: Choices('One of these.'),
  tag: Choices('One of these.'),
  option: Choices('`Size:M`: one of the values given for each option.'),
  ...FieldQuery,
  price: Type.Optional(
    Type.String({
      pattern: '^\\d{0,15}\\.\\.\\d{0,15}$',
      description: 'In minor units: `1000..5000`, `..5000`, `1000..`',
    }),
  ),
  available: Type.Optional(Type.Boolean({ description: 'true leaves out what is sold out' })),
  sort: Type.Optional(Type.Union(search_sorts.map((sort) => Type.Literal(sort)))),
  facets: Type.Optional(Type.Boolean({ default: true })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 20 })),
  after: Type.Optional(Text(2_000, 1)),
  ...ViewQuery,
})

const FacetView = Closed({
  filter: Type.String({ description: 'The parameter that narrows by it.' }),
  name: Type.String({ description: 'Of an option or a field: which one.' }),
  label: Type.String(),
  values: Type.Array(
    Closed({
      value: Type.String({ description: 'What to send as that parameter.' }),
      label: Type.String(),
      count: Type.Integer(),
      selected: Type.Boolean(),
    }),
  ),
  more: Type.Boolean({ description: 'There are rarer values that are not listed.' }),
  min: Nullable(Type.String({ description: 'Of a range: the lowest and the highest.' })),
  max: Nullable(Type.String()),
})
const SearchView = Type.Object(
  {
    ...Page(Card).properties,
    total: Type.Integer(),
    facets: Type.Array(FacetView),
    locale: Type.String({ description: 'The language that was used.' }),
    currency: Type.String(),
    corrected: Nullable(
      Type.String({ description: 'Words that were looked for instead of mistyped ones.' }),
    ),
  },
  { additionalProperties: false },
)
type Facet = Static<typeof FacetView>

const cursorText = (sort: SearchSort, { key, n }: Cursor): string =>
  Buffer.from(JSON.stringify([sort, key, n])).toString('base64url')

function readCursor(text: string, sort: SearchSort): Cursor | null {
  try {
    const read: unknown = JSON.parse(Buffer.from(text, 'base64url').toString())
    if (!Array.isArray(read) || read.length !== 3) return null
    const [of, key, n] = read as [unknown, unknown, unknown]
    const wanted = sort === 'title' || sort === '-title' ? 'string' : 'number'
    // JSON has no sign for the place behind all prices.
    const known = key === null && wanted === 'number' ? Number.POSITIVE_INFINITY : key
    if (of !== sort || typeof known !== wanted || !Number.isInteger(n)) return null
    return { key: known as string | number, n: n as number }
  } catch {
    return null
  }
}

function readPrice(text: string): Narrowing['ranges'][number] {
  const [from, to] = text.split('..').map((end) => (end === '' ? null : Number(end)))
  return { field: 'price', from: from!, to: to! }
}

/** Adds what each option may be. */
function readOptions(given: readonly string[], choices: Map<string, string[]>): FieldError[] {
  for (const [name, value] of given.map(splitPair).filter((pair) => pair !== null)) {
    const facet = optionFacet(name)
    choices.set(facet, [...(choices.get(facet) ?? []), value])
  }
  return pairErrors('option', given)
}

/** @throws invalid_input */
function readSearch(query: Static<typeof SearchQuery>): OfferSearch {
  const { q = '', price, after, limit = 20, facets = true } = query
  const sort = query.sort ?? (q.trim() === '' ? 'newest' : 'relevance')
  const { field = [] } = query
  const choices = new Map<string, string[]>()
  for (const facet of ['vendor', 'type', 'tag'] as const) {
    const values = query[facet]
    if (values !== undefined && values.length > 0) choices.set(facet, values)
  }
  const errors = readOptions(query.option ?? [], choices)
  const range = price === undefined || price === '..' ? null : readPrice(price)
  if (range && range.from !== null && range.to !== null && range.from > range.to) {
    errors.push(rangeError('price'))
  }
  const cursor = after === undefined ? null : readCursor(after, sort)
  if (after !== undefined && cursor === null) {
    errors.push(fieldError('after', 'malformed', 'This is no cursor of a page sorted like that.'))
  }
  if (errors.length > 0) throw refuse('invalid_input', { in: 'query', errors })
  return {
    choices,
    ranges: range ? [range] : [],
    field,
    q,
    category: query.category ?? null,
    collection: query.collection ?? null,
    only_available: query.available === true,
    sort,
    after: cursor,
    limit,
    facets,
  }
}

const labels: Readonly<Record<string, string>> = {
  vendor: 'Vendor',
  type: 'Type',
  tag: 'Tag',
  category: 'Category',
}
type Names = {
  readonly categories: ReadonlyMap<string, Texts>
  readonly fields: ReadonlyMap<string, Texts>
  /** Of what a field leads to, by its id. */
  readonly targets: ReadonlyMap<string, string>
}

/** `option.Size` as the parameter, the name and how the two stand before a value. */
function partsOf(facet: string): { filter: string; name: string; prefix: string } {
  for (const filter of ['option', 'field']) {
    if (!facet.startsWith(`${filter}.`)) continue
    const name = facet.slice(filter.length + 1)
    return { filter, name, prefix: `${name}:` }
  }
  return { filter: facet, name: '', prefix: '' }
}

function valueFacet(
  facet: string,
  counts: readonly (readonly [string, number])[],
  { book, asked, labelOf }: OffersFound,
  search: OfferSearch,
  names: Names,
): Facet {
  const { filter, name, prefix } = partsOf(facet)
  const definition = filter === 'field' ? book.fields.get(name) : undefined
  const own = definition && names.fields.get(definition.id)
  const chosen = new Set(asked.choices.get(facet))
  const values = shownValues(counts).map(([value, count]) => {
    const category = filter === 'category' ? book.categories.get(value as never) : undefined
    const sent = category ? category.handle : value
    const title = category && (names.categories.get(value)?.title ?? category.title)
    return {
      value: prefix + sent,
      label:
        title ??
        names.targets.get(value) ??
        labelOf(facet, value) ??
        translated(own?.choices, value),
      count,
      selected: chosen.has(value) || (category !== undefined && search.category === sent),
    }
  })
  const written = definition?.name ?? (name === '' ? (labels[facet] ?? facet) : name)
  const label = own?.name ?? labelOf(facet, '') ?? written
  return { filter, name, label, values, more: counts.length > values_max, min: null, max: null }
}

function rangeFacet(
  { field, min, max, ranges }: OffersFound['ranges'][number],
  { book, asked }: OffersFound,
  names: Names,
): Facet {
  const { filter, name, prefix } = partsOf(field)
  const definition = book.fields.get(name)
  const write = (number: number): string =>
    definition?.type === 'date' ? dayOfNumber(Math.round(number)) : String(number)
  const chosen = asked.ranges.filter((range) => range.field === field)
  const own = definition && names.fields.get(definition.id)
  return {
    filter,
    name,
    label: own?.name ?? definition?.name ?? 'Price',
    values: ranges.map(({ from, to, count }) => {
      const value = `${write(from)}..${write(to)}`
      const selected = chosen.some((one) => one.from === from && one.to === to)
      return { value: prefix + value, label: value, count, selected }
    }),
    more: false,
    min: write(min),
    max: write(max),
  }
}

function facetsOf(found: OffersFound, search: OfferSearch, names: Names): Facet[] {
  if (!search.facets) return []
  const order = ['category', 'vendor', 'type', 'tag']
  const rank = (facet: string): number => (order.indexOf(facet) + 1 || order.length + 1) * 1
  const values = [...found.values]
    .sort(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : 1))
    .map(([facet, counts]) => valueFacet(facet, counts, found, search, names))
  const ranges = found.ranges.map((range) => rangeFacet(range, found, names))
  const available: Facet = {
    filter: 'available',
    name: '',
    label: 'Available',
    values: [
      { value: 'true', label: 'true', count: found.available, selected: search.only_available },
    ],
    more: false,
    min: null,
    max: null,
  }
  return [...values, ...ranges, available]
}

/** What is shown of the values of a facet: the most frequent ones. */
const shownValues = (counts: readonly (readonly [string, number])[]) =>
  counts.toSorted(([a, n], [b, m]) => m - n || (a < b ? -1 : 1)).slice(0, values_max)

/** Titles of what the fields lead to that are shown, in the language of the answer. */
async function readTargets(
  tx: Tx,
  { book, values, chain }: OffersFound,
  view: OfferView,
): Promise<Map<string, string>> {
  const ids = (wanted: ReferenceTarget): string[] =>
    [...values].flatMap(([facet, counts]) => {
      const { filter, name } = partsOf(facet)
      const is_wanted = filter === 'field' && book.fields.get(name)?.refers_to === wanted
      return is_wanted ? shownValues(counts).map(([id]) => id) : []
    })
  const titles = new Map<string, string>()
  const categories = [...book.categories.values()]
  for (const [subject, known] of [
    ['category', categories],
    ['collection', [...book.collections.values()]],
    ['product', await readShownTitles(tx, view, ids('product'))],
  ] as const) {
    const wanted = new Set(ids(subject))
    if (wanted.size === 0) continue
    const texts = await readTexts(tx, subject, [...wanted], chain)
    for (const { id, title } of known) {
      if (wanted.has(id)) titles.set(id, texts.get(id)?.title ?? title)
    }
  }
  return titles
}

const no_names: Names = { categories: new Map(), fields: new Map(), targets: new Map() }

async function readNames(db: Db, found: OffersFound, view: OfferView): Promise<Names> {
  const { chain, book } = found
  const leads = [...book.fields.values()].some(({ refers_to }) => refers_to !== null)
  if (chain.length === 0 && !leads) return no_names
  return snapshot(db, async (tx) => ({
    categories: await readTexts(tx, 'category', null, chain),
    fields: await readTexts(tx, 'field', null, chain),
    targets: leads ? await readTargets(tx, found, view) : no_names.targets,
  }))
}

const page_end = ',"next_cursor":null}'

export const store_search_routes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/store/search',
    who: 'shop',
    summary: 'Search the products of this channel, with facets, filters and sorting',
    query: SearchQuery,
    number_fields: ['q', 'price', 'field', 'option', 'after'],
    replies: { 200: SearchView },
    handle: async (asked) => {
      const { app, query } = asked
      const search = readSearch(query)
      const view = await viewOf(asked)
      const found = await finderOf(app.db)(view, search)
      const { page, next, total, locale, corrected } = found
      const more = JSON.stringify({
        next_cursor: next && cursorText(search.sort, next),
        total,
        facets: facetsOf(found, search, await readNames(app.db, found, view)),
        locale,
        currency: found.currency,
        corrected,
      })
      // The products stand there as bytes already: what is known of all of them follows.
      const items = page.subarray(0, page.length - page_end.length)
      const content = Buffer.concat([items, Buffer.from(`,${more.slice(1)}`)])
      const raw = { media_type: 'application/json; charset=utf-8', content }
      const told = { 'cache-control': 'no-store', 'content-language': locale }
      return { status: 200, headers: told, raw }
    },
  }),
]
