// Stock and revisions for all requests that wait, in one statement per set of locations.
import type { Db } from '#src/db/pool.ts'
import { readOnce } from '#src/db/transaction.ts'
import { type Freshness, readAvailable, readFreshness, readShort } from './availability.sql.ts'
import { joinPlans, type Needs, planOf, readPlan, type Shelf } from './shelf.ts'

/** Null asks for the revisions only. */
export type Asked<T> = T | null
export type Answer<Stock> = Freshness & { readonly stock: Stock }

type SoldOut = readonly number[]

function byLocations<T extends { readonly locations: string }>(all: Iterable<T>): T[][] {
  const groups = new Map<string, T[]>()
  for (const one of all) {
    const group = groups.get(one.locations)
    if (group) group.push(one)
    else groups.set(one.locations, [one])
  }
  return [...groups.values()]
}

/** Asks for shelves with the same locations; those whose first guess was wrong ask for all. */
async function checkShelves(
  db: Db,
  shelves: readonly Shelf[],
  answers: Map<Shelf, SoldOut>,
): Promise<Freshness> {
  const plans = shelves.map(planOf)
  const asked = joinPlans(plans, shelves[0]!.locations)
  const { short, ...freshness } = await readOnce(db, (tx) => readShort(tx, asked))
  const gone = new Set(short)
  const unsure: Shelf[] = []
  let start = 0
  shelves.forEach((shelf, i) => {
    const plan = plans[i]!
    const from = start
    start += plan.count
    const { sold_out, is_sure } = readPlan(shelf, plan, (n) => gone.has(from + n))
    answers.set(shelf, sold_out)
    if (!is_sure) unsure.push(shelf)
  })
  if (unsure.length > 0) await checkShelves(db, unsure, answers)
  return freshness
}

/** Of each shelf the places of products that are sold out. Requests for one page share it. */
export async function readSoldOut(
  db: Db,
  asked: readonly Asked<Shelf>[],
): Promise<Answer<SoldOut>[]> {
  const answers = new Map<Shelf, SoldOut>()
  let freshness: Freshness | null = null
  for (const shelves of byLocations(new Set(asked.filter((shelf) => shelf !== null)))) {
    freshness = await checkShelves(db, shelves, answers)
  }
  const sure = freshness ?? (await readOnce(db, readFreshness))
  return asked.map((shelf) => ({ ...sure, stock: (shelf && answers.get(shelf)) ?? [] }))
}

/** The variants of one product that are for sale. */
export type Display = { readonly locations: string; readonly variants: readonly Needs[] }

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
      locations: displays[0]!.locations,
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
  for (const displays of byLocations(new Set(asked.filter((display) => display !== null)))) {
    freshness = await countDisplays(db, displays, answers)
  }
  const sure = freshness ?? (await readOnce(db, readFreshness))
  return asked.map((display) => ({ ...sure, stock: (display && answers.get(display)) ?? [] }))
}
