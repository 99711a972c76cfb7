// Search with facets: words are looked up by PostgreSQL, everything else in the index of goods,
// and the page that is shown is read like any other list.
import { readFieldFilters } from '#src/catalog/field-filters.ts'
import { isRange } from '#src/catalog/fields.ts'
import { foldWords } from '#src/catalog/search-text.sql.ts'
import type { Db } from '#src/db/pool.ts'
import { readOnce } from '#src/db/transaction.ts'
import { type Bits, makeBits } from '#src/lib/bits.ts'
import { createGoodsMemory } from './goods-in-memory.ts'
import { readMembers } from './goods-index.sql.ts'
import type { GoodsIndex } from './goods-index.ts'
import { languageFor, type OfferView } from './places.ts'
import type { OfferReader } from './read-offers.ts'
import { fieldFacet, type SearchBook } from './search-book.ts'
import {
  type Cursor,
  type GoodsFound,
  type GoodsQuery,
  type RangeFilter,
  type SearchSort,
  searchGoods,
} from './search-goods.ts'
import { createTextMemory, type FoundWords, isNothing, type TextMemory } from './text-memory.ts'

export type OfferSearch = {
  readonly q: string
  /** Handles. */
  readonly category: string | null
  readonly collection: string | null
  /** Values of vendor, type, tag and `option.<name>`. */
  readonly choices: ReadonlyMap<string, readonly string[]>
  /** As somebody writes them: `material:cotton`. */
  readonly field: readonly string[]
  readonly ranges: readonly RangeFilter[]
  readonly only_available: boolean
  readonly sort: SearchSort
  readonly after: Cursor | null
  readonly limit: number
  readonly facets: boolean
}
export type OffersFound = Omit<GoodsFound, 'numbers'> & {
  /** A JSON object with the products as `items`. */
  readonly page: Uint8Array
  readonly locale: string
  readonly chain: readonly string[]
  readonly currency: string
  readonly book: SearchBook
  /** What an option, or a value of it, is called in the language that was used. */
  readonly labelOf: (facet: string, value: string) => string | null
  /** The values and ranges that were asked for, those of fields too. */
  readonly asked: Narrowing
  /** What was looked for instead of words that nothing holds; null when those were found. */
  readonly corrected: string | null
}
export type Narrowing = Pick<OfferSearch, 'choices' | 'ranges'>
/** Throws invalid_input for a field that cannot be filtered by like that. */
export type OfferFinder = (view: OfferView, search: OfferSearch) => Promise<OffersFound>

type Text = { readonly text: FoundWords | null; readonly corrected: string | null }
type Goods = { readonly index: GoodsIndex; readonly catalog: bigint }

/** A page is looked at again when it shows goods that were sold out a moment ago. */
const looks_max = 4

/** Words that nothing begins with are taken for the known words that are nearest. */
function correctWords({ vocabulary }: GoodsIndex, words: readonly string[]): string[][] | null {
  const meant = words.map((word) => {
    if (vocabulary.knows(word)) return [word]
    const nearest = vocabulary.nearest(word)
    return nearest.length === 0 ? [word] : nearest
  })
  return meant.some(([first], i) => first !== words[i]) ? meant : null
}

async function readText(
  find: TextMemory,
  goods: Goods,
  q: string,
  chain: readonly string[],
): Promise<Text> {
  const { index } = goods
  const words = foldWords(q)
  if (words.length === 0) {
    // Only signs: nothing begins like that.
    const nothing = { found: makeBits(index.size), in_title: makeBits(index.size) }
    return { text: q.trim() === '' ? null : nothing, corrected: null }
  }
  const text = await find({ words: words.map((word) => [word]), chain }, goods)
  const meant = isNothing(text) ? correctWords(index, words) : null
  if (!meant) return { text, corrected: null }
  const found = await find({ words: meant, chain }, goods)
  const corrected = isNothing(found) ? null : meant.map(([first]) => first).join(' ')
  return { text: found, corrected }
}

async function membersOf(
  db: Db,
  index: GoodsIndex,
  { collections }: SearchBook,
  handle: string,
): Promise<Bits> {
  const collection = collections.get(handle)
  if (!collection) return makeBits(index.size)
  const { id, evaluated_at } = collection
  const known = index.membersOf(id, evaluated_at)
  if (known) return known
  return index.setMembers(id, evaluated_at, await readOnce(db, (tx) => readMembers(tx, id)))
}

/** What was asked for, with what the book knows of it. */
function withFields({ choices, ranges, field }: OfferSearch, { fields }: SearchBook): Narrowing {
  if (field.length === 0) return { choices, ranges }
  const all_choices = new Map(choices)
  const all_ranges = [...ranges]
  for (const filter of readFieldFilters(fields, field)) {
    const facet = fieldFacet(filter.field.key)
    if (filter.kind === 'values') all_choices.set(facet, filter.values.map(String))
    else all_ranges.push(...filter.ranges.map((ends) => ({ field: facet, ...ends })))
  }
  return { choices: all_choices, ranges: all_ranges }
}

function withCategory(
  choices: Narrowing['choices'],
  category: string | null,
  { categories }: SearchBook,
): Narrowing['choices'] {
  if (category === null) return choices
  const found = [...categories.values()].filter(({ handle }) => handle === category)
  return new Map([...choices, ['category', found.map(({ id }) => id)]])
}

export function createOfferFinder(db: Db, reader: OfferReader): OfferFinder {
  const memory = createGoodsMemory(db)
  const texts = createTextMemory(db)
  return async (view, search) => {
    for (let look = 1; ; look++) {
      const { index, book, column, place, catalog } = await memory.look(view)
      const { used: locale, chain } = languageFor(view, place)
      const { text, corrected } = await readText(texts, { index, catalog }, search.q, chain)
      const { collection } = search
      const within = collection === null ? [] : [await membersOf(db, index, book, collection)]
      const asked = withFields(search, book)
      const choices = withCategory(asked.choices, search.category, book)
      const query: GoodsQuery = { ...search, ...asked, choices, text, within, languages: chain }
      const found = searchGoods(index, column, query, rangesOf(book))
      const ids = found.numbers.map((n) => index.idOf(n))
      const { page, sold_out } = await reader.cards(view, ids)
      if (search.only_available && sold_out.length > 0 && look < looks_max) {
        memory.noteSoldOut(view, sold_out)
        continue
      }
      const { currency } = place
      const labelOf = (facet: string, value: string): string | null => {
        for (const tongue of chain) {
          const label = index.labelOf(tongue, facet, value)
          if (label !== null) return label
        }
        return null
      }
      return { ...found, page, locale, chain, currency, book, labelOf, asked, corrected }
    }
  }
}

const rangesOf = ({ fields }: SearchBook): string[] => [
  'price',
  ...[...fields.values()].filter(isRange).map(({ key }) => fieldFacet(key)),
]
