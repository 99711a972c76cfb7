// Stock and revisions for all requests that wait, in one statement per channel.
import type { Db } from '../db/pool.ts'
import { readOnce } from '../db/transaction.ts'
import type { StockItemId } from '../lib/ids.ts'
import {
  type Freshness,
  type Outlet,
  readAvailable,
  readFreshness,
  readShelves,
} from './availability.sql.ts'
import type { Display } from './render-offers.ts'
import { type Needs, planOf, readPlan, type Shelf } from './shelf.ts'

/** Null asks for the revisions only. */
export type Asked<T> = T | null
export type Answer<Stock> = Freshness & { readonly stock: Stock }

type SoldOut = readonly number[]

/** What pages kept since before a change of the channel say of it may be older: by content. */
function byOutlet<T extends { readonly outlet: Outlet }>(all: Iterable<T>): T[][] {
  const keyOf = ({ outlet: { channel_id, safety, locations } }: T): string =>
    `${channel_id} ${safety} ${locations}`
  return [...Map.groupBy(all, keyOf).values()]
}

const joined = (texts: readonly string[]): string =>
  `{${texts.filter((text) => text !== '').join()}}`

/** Asks for shelves of one outlet. Where a lead has gone, the product is asked for. */
async function checkShelves(
  db: Db,
  shelves: readonly Shelf[],
  answers: Map<Shelf, SoldOut>,
): Promise<Freshness> {
  const plans = shelves.map(planOf)
  const { short, found, ...freshness } = await readOnce(db, (tx) =>
    readShelves(tx, {
      items: joined(plans.map(({ items }) => items)),
      quantities: joined(plans.map(({ quantities }) => quantities)),
      products: joined(plans.map(({ products }) => products)),
      outlet: shelves[0]!.outlet,
    }),
  )
  const gone = new Set(short)
  const leads = new Map(found?.map(([n, items, quantities]) => [n, needsOf(items, quantities)]))
  const unsure: Shelf[] = []
  let item = 0
  let product = 0
  shelves.forEach((shelf, i) => {
    const plan = plans[i]!
    const [first_item, first_product] = [item, product]
    item += plan.item_count
    product += plan.product_count
    const { sold_out, is_sure } = readPlan(shelf, plan, {
      isShort: (n) => gone.has(first_item + n),
      leadOf: (n) => leads.get(first_product + n) ?? null,
    })
    answers.set(shelf, sold_out)
    if (!is_sure) unsure.push(shelf)
  })
  if (unsure.length > 0) await checkShelves(db, unsure, answers)
  return freshness
}

const needsOf = (items: readonly StockItemId[], quantities: readonly number[]): Needs =>
  items.map((stock_item_id, i) => ({ stock_item_id, quantity: quantities[i]! }))

/** Of each shelf the places of products that are sold out. Requests for one page share it. */
export async function readSoldOut(
  db: Db,
  asked: readonly Asked<Shelf>[],
): Promise<Answer<SoldOut>[]> {
  const answers = new Map<Shelf, SoldOut>()
  let freshness: Freshness | null = null
  for (const shelves of byOutlet(new Set(asked.filter((shelf) => shelf !== null)))) {
    freshness = await checkShelves(db, shelves, answers)
  }
  const sure = freshness ?? (await readOnce(db, readFreshness))
  return asked.map((shelf) => ({ ...sure, stock: (shelf && answers.get(shelf)) ?? [] }))
}

async function countDisplays(
  db: Db,
  displays: readonly Display[],
  answers: Map<Display, readonly number[]>,
): Promise<Freshness> {
  const needs = displays.flatMap(({ variants }) => variants.flat())
  const { available, ...freshness } = await readOnce(db, (tx) =>
    readAvailable(tx, {
      items: `{${needs.map(({ stock_item_id }) => stock_item_id).join()}}`,
      quantities: `{${needs.map(({ quantity }) => quantity).join()}}`,
      outlet: displays[0]!.outlet,
    }),
  )
  let n = 0
  for (const display of displays) {
    const counts = display.variants.map((parts) => {
      const end = n + parts.length
      // A variant is there as often as the scarcest of its parts; one without parts never is.
      const count = parts.length === 0 ? 0 : Math.min(...available.slice(n, end))
      n = end
      return count
    })
    answers.set(display, counts)
  }
  return freshness
}

/** How many can be had of each variant. */
export async function readQuantities(
  db: Db,
  asked: readonly Asked<Display>[],
): Promise<Answer<readonly number[]>[]> {
  const answers = new Map<Display, readonly number[]>()
  let freshness: Freshness | null = null
  for (const displays of byOutlet(new Set(asked.filter((display) => display !== null)))) {
    freshness = await countDisplays(db, displays, answers)
  }
  const sure = freshness ?? (await readOnce(db, readFreshness))
  return asked.map((display) => ({ ...sure, stock: (display && answers.get(display)) ?? [] }))
}
