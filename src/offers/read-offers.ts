// The shop window. Rendering a page is kept in memory as long as the catalogue's revision says
// that nothing has changed; the availability is read for every request, for all that wait in one
// statement. A write is seen by the next request of every process.
import { type Batcher, createBatcher } from '#src/db/batch.ts'
import type { Db } from '#src/db/pool.ts'
import type { Tx } from '#src/db/sql.ts'
import { readOnce, snapshot } from '#src/db/transaction.ts'
import type { ChannelId, ProductId, VariantId } from '#src/lib/ids.ts'
import {
  type AskedOffer,
  type AskedVariant,
  type Freshness,
  readAvailable,
  readFreshness,
  readSoldOut,
} from './availability.sql.ts'
import { createPageCache, isFresh, type PageCache, type Rendered } from './page-cache.ts'

export type Unstamped<Content> = {
  readonly content: Content
  readonly bytes: number
  readonly until: Date | null
}
/** Renders within one snapshot. */
export type Render<Content> = (tx: Tx) => Promise<Unstamped<Content>>

/** A list is JSON with holes for true or false after `"available":`. */
export type ListContent = {
  readonly channel_id: ChannelId
  readonly product_ids: readonly ProductId[]
  /** One more than there are products. */
  readonly parts: readonly string[]
  /** The last rendering with its sold-out places: stock rarely changes between two requests. */
  last: { readonly sold_out: string; readonly bytes: Uint8Array } | null
}
export type OfferContent = {
  readonly channel_id: ChannelId
  readonly variant_ids: readonly VariantId[]
  readonly parts: readonly string[]
}

type Known<Content> = { readonly content: Content | null }

/**
 * Gives the page for `key` that holds now, with the answer about its stock. `render` runs when
 * there is none, or when the one there is has become old.
 */
function createReader<Content, Stock>(
  db: Db,
  cache: PageCache<Content>,
  stockOf: Batcher<Known<Content>, Freshness & { readonly stock: Stock }>,
) {
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
    const { stock, ...freshness } = await stockOf({ content: kept?.content ?? null })
    if (kept && isFresh(kept, now, freshness)) return { content: kept.content, stock }
    let page = await renderOnce(key, now, render)
    // The rendering that was under way may have begun before the write this request must see.
    if (!isFresh(page, now, freshness)) page = await renderNow(key, now, render)
    return { content: page.content, stock: (await stockOf({ content: page.content })).stock }
  }
}

const page_bytes_max = 48 * 1024 * 1024
const offer_bytes_max = 32 * 1024 * 1024
const batch = { size_max: 256, parallel: 2 }

/** Requests for the same page share their rows. */
async function readListStock(
  db: Db,
  items: readonly Known<ListContent>[],
): Promise<(Freshness & { readonly stock: readonly number[] })[]> {
  const asked: AskedOffer[] = []
  const starts = new Map<ListContent, number>()
  for (const { content } of items) {
    if (content === null || starts.has(content)) continue
    starts.set(content, asked.length)
    const { channel_id, product_ids } = content
    for (const product_id of product_ids) asked.push({ channel_id, product_id })
  }
  const { sold_out, ...freshness } = await readOnce(db, (tx) => readSoldOut(tx, asked))
  return items.map(({ content }) => {
    if (content === null || sold_out.length === 0) return { ...freshness, stock: [] }
    const start = starts.get(content)!
    const end = start + content.product_ids.length
    const stock = sold_out.filter((n) => n >= start && n < end).map((n) => n - start)
    return { ...freshness, stock }
  })
}

async function readOfferStock(
  db: Db,
  items: readonly Known<OfferContent>[],
): Promise<(Freshness & { readonly stock: readonly number[] })[]> {
  const asked: AskedVariant[] = []
  const starts = items.map(({ content }) => {
    const start = asked.length
    for (const variant_id of content?.variant_ids ?? []) {
      asked.push({ channel_id: content!.channel_id, variant_id })
    }
    return start
  })
  const { available, ...freshness } = await readOnce(db, (tx) => readAvailable(tx, asked))
  return items.map(({ content }, i) => {
    const start = starts[i]!
    const end = start + (content?.variant_ids.length ?? 0)
    return { ...freshness, stock: available.slice(start, end) }
  })
}

const encoder = new TextEncoder()

function fillList(content: ListContent, stock: readonly number[]): Uint8Array {
  const sold_out = stock.join()
  if (content.last?.sold_out === sold_out) return content.last.bytes
  const gone = new Set(stock)
  const [head, ...tails] = content.parts
  const text = tails.reduce((all, tail, i) => all + (gone.has(i) ? 'false' : 'true') + tail, head!)
  const bytes = encoder.encode(text)
  content.last = { sold_out, bytes }
  return bytes
}

/** A hole for each variant that is sold, and a last one for the whole offer. */
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
  const readList = createReader<ListContent, readonly number[]>(
    db,
    createPageCache(page_bytes_max),
    createBatcher((items) => readListStock(db, items), batch),
  )
  const readOffer = createReader<OfferContent, readonly number[]>(
    db,
    createPageCache(offer_bytes_max),
    createBatcher((items) => readOfferStock(db, items), batch),
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
