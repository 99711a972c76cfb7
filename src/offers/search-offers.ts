// Search with facets: words are looked up by PostgreSQL, everything else in the index of goods,
// and the page that is shown is read like any other list.
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
  /** Values of vendor, type, tag, `option.<name>` and `field.<key>`. */
  readonly choices: ReadonlyMap<string, readonly string[]>
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
  /** What was looked for instead of words that nothing holds; null when those were found. */
  readonly corrected: string | null
}
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

function choicesOf(
  { category, choices }: OfferSearch,
  { categories }: SearchBook,
): ReadonlyMap<string, readonly string[]> {
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
      const query: GoodsQuery = { ...search, text, choices: choicesOf(search, book), within }
      const found = searchGoods(index, column, query, rangesOf(book))
      const ids = found.numbers.map((n) => index.idOf(n))
      const { page, sold_out } = await reader.cards(view, ids)
      if (search.only_available && sold_out.length > 0 && look < looks_max) {
        memory.noteSoldOut(view, sold_out)
        continue
      }
      return { ...found, page, locale, chain, currency: place.currency, book, corrected }
    }
  }
}

const rangesOf = ({ fields }: SearchBook): string[] => [
  'price',
  ...[...fields.values()].filter(isRange).map(({ key }) => fieldFacet(key)),
]
