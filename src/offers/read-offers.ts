// The shop window. Rendering a page is kept in memory as long as the catalogue's revision says
// that nothing has changed; the availability is read for every request, for all that wait in one
// statement. A write is seen by the next request of every process.
import { type Batcher, createBatcher } from '#src/db/batch.ts'
import type { Db } from '#src/db/pool.ts'
import type { Tx } from '#src/db/sql.ts'
import { snapshot } from '#src/db/transaction.ts'
import { readFreshness } from './availability.sql.ts'
import { createPageCache, isFresh, type Rendered } from './page-cache.ts'
import { type Answer, type Asked, type Display, readQuantities, readSoldOut } from './read-stock.ts'
import type { Shelf } from './shelf.ts'

export type Unstamped<Content> = {
  readonly content: Content
  readonly bytes: number
  readonly until: Date | null
}
/** Renders within one snapshot. */
export type Render<Content> = (tx: Tx) => Promise<Unstamped<Content>>

/** A list is JSON with holes for true or false after `"available":`, one per product. */
export type ListContent = {
  readonly stock_of: Shelf
  /** One more than there are holes. */
  readonly parts: readonly string[]
  /** The last rendering with its sold-out places: stock rarely changes between two requests. */
  last: { readonly sold_out: string; readonly bytes: Uint8Array } | null
}
/** The same for one product, with a hole per variant and one for the product. */
export type OfferContent = { readonly stock_of: Display; readonly parts: readonly string[] }

/**
 * Gives the page for `key` that holds now, with the answer about its stock. `render` runs when
 * there is none, or when the one there is has become old.
 */
function createReader<Source, Content extends { readonly stock_of: Source }, Stock>(
  db: Db,
  bytes_max: number,
  stockOf: Batcher<Asked<Source>, Answer<Stock>>,
) {
  const cache = createPageCache<Content>(bytes_max)
  const rendering = new Map<string, Promise<Rendered<Content>>>()

  const renderNow = async (key: string, now: Date, render: Render<Content>) => {
    const page = await snapshot(db, async (tx): Promise<Rendered<Content>> => {
      const freshness = await readFreshness(tx)
      return { ...freshness, from: now, ...(await render(tx)) }
    })
    cache.keep(key, page)
    return page
  }

  /** Of many requests for one page that is not there, one renders it for all. */
  const renderOnce = (key: string, now: Date, render: Render<Content>) => {
    const known = rendering.get(key)
    if (known) return known
    const page = renderNow(key, now, render).finally(() => rendering.delete(key))
    rendering.set(key, page)
    return page
  }

  return async (
    key: string,
    now: Date,
    render: Render<Content>,
  ): Promise<{ readonly content: Content; readonly stock: Stock }> => {
    const kept = cache.find(key, now)
    const { stock, ...freshness } = await stockOf(kept?.content.stock_of ?? null)
    if (kept && isFresh(kept, now, freshness)) return { content: kept.content, stock }
    let page = await renderOnce(key, now, render)
    // The rendering that was under way may have begun before the write this request must see.
    if (!isFresh(page, now, freshness)) page = await renderNow(key, now, render)
    return { content: page.content, stock: (await stockOf(page.content.stock_of)).stock }
  }
}

const list_bytes_max = 48 * 1024 * 1024
const offer_bytes_max = 24 * 1024 * 1024
const batch = { size_max: 256, parallel: 2 }
const encoder = new TextEncoder()

function fillList(content: ListContent, stock: readonly number[]): Uint8Array {
  const sold_out = stock.join()
  if (content.last?.sold_out === sold_out) return content.last.bytes
  const gone = new Set(stock)
  const { parts } = content
  const text = parts.slice(1).reduce((all, part, i) => all + !gone.has(i) + part, parts[0]!)
  const bytes = encoder.encode(text)
  content.last = { sold_out, bytes }
  return bytes
}

function fillOffer({ parts }: OfferContent, stock: readonly number[]): string {
  const fills = stock.map((quantity) => `${quantity > 0},"available_quantity":${quantity}`)
  fills.push(String(stock.some((quantity) => quantity > 0)))
  return parts.slice(1).reduce((all, part, i) => all + fills[i]! + part, parts[0]!)
}

export type OfferReader = {
  list(key: string, now: Date, render: Render<ListContent>): Promise<Uint8Array>
  offer(key: string, now: Date, render: Render<OfferContent>): Promise<string>
}

export function createOfferReader(db: Db): OfferReader {
  const readList = createReader<Shelf, ListContent, readonly number[]>(
    db,
    list_bytes_max,
    createBatcher((asked) => readSoldOut(db, asked), batch),
  )
  const readOffer = createReader<Display, OfferContent, readonly number[]>(
    db,
    offer_bytes_max,
    createBatcher((asked) => readQuantities(db, asked), batch),
  )
  return {
    list: async (key, now, render) => {
      const { content, stock } = await readList(key, now, render)
      return fillList(content, stock)
    },
    offer: async (key, now, render) => {
      const { content, stock } = await readOffer(key, now, render)
      return fillOffer(content, stock)
    },
  }
}
