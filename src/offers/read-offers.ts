// The shop window. Rendering a page is kept in memory as long as the catalogue's revision says
// that nothing has changed; the availability is read for every request, for all that wait in one
// statement. A write is seen by the next request of every process. What is kept belongs to an
// audience: nobody is shown the prices of another one.
import { type Batcher, createBatcher } from '#src/db/batch.ts'
import type { Db } from '#src/db/pool.ts'
import type { Tx } from '#src/db/sql.ts'
import { snapshot } from '#src/db/transaction.ts'
import type { ProductId } from '#src/lib/ids.ts'
import { readFreshness } from './availability.sql.ts'
import { fillFlags, fillHoles } from './holes.ts'
import { createPageCache, isFresh, type Rendered } from './page-cache.ts'
import { createPlaces, type OfferView, type Place, type Places } from './places.ts'
import { type Answer, type Asked, readQuantities, readSoldOut } from './read-stock.ts'
import {
  type Display,
  type ListContent,
  type ListQuery,
  type OfferContent,
  type RenderedPage,
  renderCards,
  renderList,
  renderOffer,
} from './render-offers.ts'
import type { Shelf } from './shelf.ts'

/** Renders within one snapshot. */
type Render<Content> = (tx: Tx, place: Place) => Promise<RenderedPage<Content>>
type Ask<Content> = {
  /** What is shown, and what narrows it. */
  readonly about: readonly unknown[]
  readonly view: OfferView
  readonly render: Render<Content>
}

const keyOf = (audience: string, { about, view }: Pick<Ask<unknown>, 'about' | 'view'>): string =>
  JSON.stringify([audience, view.channel_id, view.currency, view.locales.join(), about])

/**
 * Gives the page that holds now, with the answer about its stock. It is rendered when there is
 * none, or when the one there is has become old.
 */
function createReader<Source, Content extends { readonly stock_of: Source }, Stock>(
  db: Db,
  places: Places,
  bytes_max: number,
  stockOf: Batcher<Asked<Source>, Answer<Stock>>,
) {
  const cache = createPageCache<Content>(bytes_max)
  const rendering = new Map<string, Promise<Rendered<Content>>>()

  const renderNow = async (ask: Ask<Content>): Promise<Rendered<Content>> => {
    const { view, render } = ask
    const { audience, page } = await snapshot(db, async (tx) => {
      const freshness = await readFreshness(tx)
      const place = await places.find(tx, view, freshness)
      const { audience, until } = place
      const rendered = await render(tx, place)
      return { audience, page: { ...freshness, from: view.now, until, ...rendered } }
    })
    // A list may name a country or a group since the page was looked for.
    cache.keep(keyOf(audience, ask), page)
    return page
  }

  /** Of many requests for one page that is not there, one renders it for all. */
  const renderOnce = (ask: Ask<Content>) => {
    // Who is of one audience is not sure yet: only who is alike in everything waits for another.
    const { country, customer_group_ids } = ask.view
    const key = keyOf(JSON.stringify([country, customer_group_ids]), ask)
    const known = rendering.get(key)
    if (known) return known
    const page = renderNow(ask).finally(() => rendering.delete(key))
    rendering.set(key, page)
    return page
  }

  return async (
    ask: Ask<Content>,
  ): Promise<{ readonly content: Content; readonly stock: Stock }> => {
    const { view } = ask
    const kept = cache.find(keyOf(places.audienceOf(view), ask), view.now)
    const { stock, ...freshness } = await stockOf(kept?.content.stock_of ?? null)
    if (kept && isFresh(kept, view.now, freshness)) return { content: kept.content, stock }
    let page = await renderOnce(ask)
    // The rendering that was under way may have begun before the write this request must see.
    if (!isFresh(page, view.now, freshness)) page = await renderNow(ask)
    return { content: page.content, stock: (await stockOf(page.content.stock_of)).stock }
  }
}

const list_bytes_max = 48 * 1024 * 1024
const offer_bytes_max = 16 * 1024 * 1024
const batch = (name: string) => ({ name, size_max: 256, parallel: 2, waiting_max: 10_000 })

/** With the language it is in. */
export type Spoken<Content> = { readonly content: Content; readonly locale: string }
export type Cards = {
  readonly page: Uint8Array
  readonly locale: string
  readonly sold_out: readonly ProductId[]
}

export type OfferReader = {
  /** @throws unknown_currency, invalid_input for a field that cannot be filtered by like that */
  list(view: OfferView, query: ListQuery): Promise<Spoken<Uint8Array>>
  /** These products, in this order; and which of them are sold out, by their place. */
  cards(view: OfferView, ids: readonly ProductId[]): Promise<Cards>
  /** @throws not_found, unknown_currency */
  offer(view: OfferView, handle: string): Promise<Spoken<string>>
}

export function createOfferReader(db: Db): OfferReader {
  const places = createPlaces()
  const readList = createReader<Shelf, ListContent, readonly number[]>(
    db,
    places,
    list_bytes_max,
    createBatcher((asked) => readSoldOut(db, asked), batch('sold out')),
  )
  const readOffer = createReader<Display, OfferContent, readonly number[]>(
    db,
    places,
    offer_bytes_max,
    createBatcher((asked) => readQuantities(db, asked), batch('quantities')),
  )
  return {
    list: async (view, query) => {
      const { category, collection, words, tag, vendor, field, after, limit } = query
      const { content, stock } = await readList({
        about: [category, collection, words, tag, vendor, field, after, limit],
        view,
        render: (tx, place) => renderList(tx, view, place, query),
      })
      return { content: fillFlags(content.page, stock), locale: content.locale }
    },
    cards: async (view, ids) => {
      const { content, stock } = await readList({
        about: [ids],
        view,
        render: (tx, place) => renderCards(tx, view, place, ids, null),
      })
      const { page, locale, stock_of } = content
      const sold_out = stock.map((i) => stock_of.product_ids[i]!)
      return { page: fillFlags(page, stock), locale, sold_out }
    },
    offer: async (view, handle) => {
      const { content, stock } = await readOffer({
        about: [handle],
        view,
        render: (tx, place) => renderOffer(tx, view, place, handle),
      })
      const fills = stock.map((quantity) => `${quantity > 0},"available_quantity":${quantity}`)
      const is_there = String(stock.some((quantity) => quantity > 0))
      return { content: fillHoles(content.parts, [...fills, is_there]), locale: content.locale }
    },
  }
}
