// Keeps the index of goods in step with the database. It is read once, a page at a time; from then
// on each search asks whether anything has changed, and reads only that.
import { createBatcher } from '#src/db/batch.ts'
import type { Db } from '#src/db/pool.ts'
import type { Tx } from '#src/db/sql.ts'
import { readOnce, snapshot, transaction } from '#src/db/transaction.ts'
import { clearBit, makeBits, setBit } from '#src/lib/bits.ts'
import type { PriceListId, ProductId } from '#src/lib/ids.ts'
import { everybody, nobody_known } from './audiences.ts'
import type { Freshness } from './availability.sql.ts'
import {
  flips_max,
  indexSome,
  readGoods,
  readIndexState,
  readPricedIn,
  readPulse,
  readShelf,
  type SearchPulse,
  type ShelfRow,
} from './goods-index.sql.ts'
import { createGoodsIndex, type GoodsIndex } from './goods-index.ts'
import { isCurrent, isFresh } from './page-cache.ts'
import { createPlaces, type OfferView, type Place } from './places.ts'
import { keysOf, readSearchBook, readsAlike, type SearchBook, toIndexed } from './search-book.ts'
import type { ShelfColumn } from './search-goods.ts'

type Shelf = ShelfColumn & { readonly place: Place }
type State = {
  readonly index: GoodsIndex
  book: SearchBook
  catalog: bigint
  /** Changes of transactions from this one on are not in the index. */
  since: string
  /** The same for what went out of stock. */
  flips_since: string
  looked_at: number
  readonly shelves: Map<string, Shelf>
}
export type GoodsMemory = {
  /** The goods as they are now, for one channel, currency and audience. */
  look(view: OfferView): Promise<{
    readonly index: GoodsIndex
    readonly book: SearchBook
    readonly column: ShelfColumn
    readonly place: Place
    /** The revision of the catalogue that the index holds. */
    readonly catalog: bigint
  }>
  /** What a page found to be sold out since. */
  noteSoldOut(view: OfferView, ids: readonly ProductId[]): void
}

const page_rows = 1_000
const filling_rows = 500
const shelves_max = 24
/** With more goods at prices of their own a shelf is read as a whole. */
const repriced_max = 20_000
const empty_shelf = {
  published: makeBits(0),
  available: makeBits(0),
  prices: new Float64Array(),
}
/** Flips are dropped after an hour: see dropOldFlips. */
const sleep_max_ms = 30 * 60_000

const shelfKey = (audience: string, { channel_id, currency }: OfferView): string =>
  `${channel_id} ${currency} ${audience}`
/** What a shelf was reckoned from; another place needs another one. */
const placeKey = ({ audience, lists, outlet }: Place): string =>
  JSON.stringify([audience, lists.map(({ list, rank }) => [list.id, rank]), outlet])

/** Lists that hold at one of the two places alone. */
const unlike = (a: Place, b: Place): PriceListId[] => {
  const [of_a, of_b] = [a, b].map(({ lists }) => new Set(lists.map(({ list }) => list.id)))
  return [...of_a!.symmetricDifference(of_b!)]
}

async function readAll(
  tx: Tx,
  { index, book }: Pick<State, 'index' | 'book'>,
  since: string | null,
): Promise<ProductId[]> {
  const of = { since, variant_keys: keysOf(book, 'variant'), keys: keysOf(book, 'product') }
  const read: ProductId[] = []
  for (let after = 0; ; ) {
    const rows = await readGoods(tx, { ...of, after, limit: page_rows })
    for (const row of rows) {
      index.put(toIndexed(row, book))
      if (since !== null) read.push(row.id)
    }
    if (rows.length < page_rows) return read
    after = rows.at(-1)!.n
  }
}

function putShelf(shelf: Shelf, rows: readonly ShelfRow[]): void {
  for (const { n, is_published, price, is_available } of rows) {
    for (const [bits, is_set] of [
      [shelf.published, is_published],
      [shelf.available, is_available],
    ] as const) {
      if (is_set) setBit(bits, n)
      else clearBit(bits, n)
    }
    shelf.prices[n] = price ?? Number.NaN
  }
}

const growShelf = (shelf: Shelf, size: number): Shelf =>
  size <= shelf.prices.length ? shelf : copyShelf(shelf, 2 * size)

function copyShelf(shelf: Shelf, capacity: number): Shelf {
  const prices = new Float64Array(capacity).fill(Number.NaN)
  prices.set(shelf.prices)
  const [published, available] = [makeBits(capacity), makeBits(capacity)]
  published.set(shelf.published)
  available.set(shelf.available)
  return { ...shelf, prices, published, available }
}

export function createGoodsMemory(db: Db): GoodsMemory {
  const places = createPlaces()
  let state: State | null = null
  /** Changes of the index, one after the other. */
  let turn: Promise<unknown> = Promise.resolve()
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const done = turn.then(work, work)
    turn = done.catch(() => {})
    return done
  }

  const load = async (): Promise<State> => {
    while ((await transaction(db, (tx) => indexSome(tx, filling_rows))) > 0);
    return snapshot(db, async (tx) => {
      const { xmin, catalog } = await readIndexState(tx)
      const parts = { index: createGoodsIndex(), book: await readSearchBook(tx) }
      await readAll(tx, parts, null)
      return {
        ...parts,
        catalog,
        since: xmin,
        flips_since: xmin,
        looked_at: performance.now(),
        shelves: new Map(),
      }
    })
  }

  const catchUp = async (known: State): Promise<State> => {
    const book = await readOnce(db, readSearchBook)
    if (!readsAlike(known.book, book)) return load()
    await snapshot(db, async (tx) => {
      const { xmin, catalog } = await readIndexState(tx)
      const changed = await readAll(tx, { ...known, book }, known.since)
      await restock(tx, known, changed)
      Object.assign(known, { book, catalog, since: xmin })
    })
    return known
  }

  /** Reads these goods again for all shelves that are kept. */
  const restock = async (tx: Tx, { shelves, index }: State, ids: readonly ProductId[]) => {
    if (ids.length === 0) return
    for (const [key, shelf] of shelves) {
      const view = views.get(key)!
      const place = await places.find(tx, view, await readIndexState(tx))
      if (placeKey(place) !== placeKey(shelf.place)) {
        shelves.delete(key)
        continue
      }
      const grown = growShelf(shelf, index.size)
      const { channel_id, now } = view
      putShelf(grown, await readShelf(tx, { channel_id, ...place, now }, ids))
      shelves.set(key, { ...grown, place })
    }
  }

  /** The latest request for each shelf: its moment decides what is published. */
  const views = new Map<string, OfferView>()

  const pulse = createBatcher<string, SearchPulse>(
    async (asked) => {
      const found = await readOnce(db, (tx) => readPulse(tx, asked[0]!))
      return asked.map(() => found)
    },
    { name: 'search pulse', size_max: 256, parallel: 1, waiting_max: 10_000 },
  )

  /** Requests that share a pulse apply it once. */
  const applying = new WeakMap<SearchPulse, Promise<void>>()

  const applyFlips = async (known: State, { flipped, flip_count, xmin }: SearchPulse) => {
    known.flips_since = xmin
    if (flip_count >= flips_max) known.shelves.clear()
    else if (flipped.length > 0) {
      try {
        await inTurn(() => snapshot(db, (tx) => restock(tx, known, flipped)))
      } catch (error) {
        known.shelves.clear()
        throw error
      }
    }
  }

  const isOld = ({ looked_at }: State): boolean => performance.now() - looked_at > sleep_max_ms

  const current = async () => {
    if (state === null || isOld(state)) {
      state = await inTurn(async () => (state && !isOld(state) ? state : await load()))
    }
    const known = state
    const beat = await pulse(known.flips_since)
    const { catalog, settings } = beat
    known.looked_at = performance.now()
    if (known.catalog < catalog) {
      state = await inTurn(async () => {
        const latest = state ?? known
        return latest.catalog < catalog ? catchUp(latest) : latest
      })
    }
    let applied = applying.get(beat)
    if (applied === undefined) {
      applied = applyFlips(known, beat)
      applying.set(beat, applied)
    }
    await applied
    return { known: state ?? known, freshness: { catalog, settings } }
  }

  const makeShelf = (known: State, view: OfferView): Promise<Shelf> =>
    snapshot(db, async (tx) => {
      const place = await places.find(tx, view, await readIndexState(tx))
      const kept = known.shelves.get(shelfKey(place.audience, view))
      if (kept && placeKey(kept.place) === placeKey(place) && isCurrent(kept.place, view.now)) {
        return { ...growShelf(kept, known.index.size), place }
      }
      const everyones = known.shelves.get(shelfKey(everybody, view))
      const repriced = everyones && (await readRepriced(tx, everyones.place, place, view))
      const { channel_id, now } = view
      const rows = await readShelf(tx, { channel_id, ...place, now }, repriced ?? null)
      const size = rows.reduce((most, { n }) => Math.max(most, n + 1), known.index.size)
      const from = repriced ? everyones : empty_shelf
      const shelf = copyShelf({ ...from, place }, Math.max(2 * size, from.prices.length))
      putShelf(shelf, rows)
      return shelf
    })

  /** Of whom everybody's shelf says nothing else than these goods; null when it may say more. */
  const readRepriced = async (tx: Tx, of_all: Place, place: Place, { now }: OfferView) => {
    if (place.audience === everybody || !isFresh(of_all, now, place)) return null
    const found = await readPricedIn(tx, unlike(of_all, place), repriced_max + 1)
    return found.length > repriced_max ? null : found
  }

  /** Shoppers with prices of their own make room for each other before everybody's shelves go. */
  const dropOne = ({ shelves }: State): void => {
    const own = [...shelves].find(([, { place }]) => place.audience !== everybody)
    const key = own?.[0] ?? shelves.keys().next().value!
    shelves.delete(key)
    views.delete(key)
  }

  const shelfOf = async (known: State, view: OfferView, freshness: Freshness): Promise<Shelf> => {
    const audience = places.audienceOf(view)
    const kept = known.shelves.get(shelfKey(audience, view))
    if (kept && isFresh(kept.place, view.now, freshness)) return kept
    // It is made from everybody's: most goods cost the same.
    if (audience !== everybody) await shelfOf(known, { ...view, ...nobody_known }, freshness)
    return inTurn(async () => {
      const shelf = await makeShelf(known, view)
      const key = shelfKey(shelf.place.audience, view)
      known.shelves.delete(key)
      known.shelves.set(key, shelf)
      views.set(key, view)
      if (known.shelves.size > shelves_max) dropOne(known)
      return shelf
    })
  }

  return {
    look: async (view) => {
      const { known, freshness } = await current()
      const column = await shelfOf(known, view, freshness)
      return {
        index: known.index,
        book: known.book,
        column,
        place: column.place,
        catalog: known.catalog,
      }
    },
    noteSoldOut: (view, ids) => {
      const shelf = state?.shelves.get(shelfKey(places.audienceOf(view), view))
      if (!state || !shelf) return
      for (const n of state.index.numbersOf(ids)) clearBit(shelf.available, n)
    },
  }
}
