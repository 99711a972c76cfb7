// Which products of a page can be had. A product can be had when one of its variants can, and
// the one that could last time most likely still can: so usually one stock item per product is
// asked for. All variants are looked at only when that one is gone. Pure but for its hints.
import type { LocationId, ProductId, StockItemId, VariantId } from '#src/lib/ids.ts'
import type { AskedItems, VariantItem } from './availability.sql.ts'

export type Need = { readonly stock_item_id: StockItemId; readonly quantity: number }
/** What one variant is made of; never empty. */
export type Needs = readonly Need[]

export type Shelf = {
  /** As PostgreSQL writes an array of uuids. */
  readonly locations: string
  /** The variants of each product of the page. */
  readonly products: readonly (readonly Needs[])[]
  /** The variant that was there last time; −1 when none was. */
  readonly leads: number[]
  /** What `leads` make to be asked; null when they have changed. */
  plan: Plan | null
}
export type Plan = {
  /** Per product the variants that are asked for. */
  readonly asked: readonly { readonly first: number; readonly variants: readonly Needs[] }[]
  readonly items: string
  readonly quantities: string
  readonly count: number
}

export const makeShelf = (
  locations: readonly LocationId[],
  products: readonly (readonly Needs[])[],
): Shelf => ({
  locations: `{${locations.join()}}`,
  products,
  leads: products.map((variants) => (variants.length > 0 ? 0 : -1)),
  plan: null,
})

/** The needs of all variants by product, in the order of the rows. */
export function groupNeeds(rows: readonly VariantItem[]): Map<ProductId, Map<VariantId, Need[]>> {
  const products = new Map<ProductId, Map<VariantId, Need[]>>()
  for (const { product_id, variant_id, stock_item_id, quantity } of rows) {
    const variants = products.get(product_id) ?? new Map<VariantId, Need[]>()
    products.set(product_id, variants)
    const needs = variants.get(variant_id) ?? []
    variants.set(variant_id, needs)
    needs.push({ stock_item_id, quantity })
  }
  return products
}

export function planOf(shelf: Shelf): Plan {
  if (shelf.plan) return shelf.plan
  const asked = shelf.products.map((variants, i) => {
    const first = shelf.leads[i]!
    return first === -1
      ? { first: 0, variants }
      : { first, variants: variants.slice(first, first + 1) }
  })
  const needs = asked.flatMap(({ variants }) => variants.flat())
  shelf.plan = {
    asked,
    items: needs.map(({ stock_item_id }) => stock_item_id).join(),
    quantities: needs.map(({ quantity }) => quantity).join(),
    count: needs.length,
  }
  return shelf.plan
}

/** The plans of several shelves with the same locations as one question. */
export const joinPlans = (plans: readonly Plan[], locations: string): AskedItems => {
  const some = plans.filter(({ count }) => count > 0)
  return {
    items: `{${some.map(({ items }) => items).join()}}`,
    quantities: `{${some.map(({ quantities }) => quantities).join()}}`,
    locations,
  }
}

/** The answer for one plan: `isShort(n)` says whether the nth of its needs is not there. */
export function readPlan(
  shelf: Shelf,
  plan: Plan,
  isShort: (n: number) => boolean,
): { readonly sold_out: readonly number[]; readonly is_sure: boolean } {
  const sold_out: number[] = []
  let is_sure = true
  let n = 0
  plan.asked.forEach(({ first, variants }, product) => {
    let found = -1
    variants.forEach((needs, v) => {
      let whole = true
      for (const _ of needs) if (isShort(n++)) whole = false
      if (whole && found === -1) found = first + v
    })
    if (found === -1) {
      sold_out.push(product)
      if (variants.length < shelf.products[product]!.length) is_sure = false
    }
    if (shelf.leads[product] === found) return
    shelf.leads[product] = found
    shelf.plan = null
  })
  return { sold_out, is_sure }
}
