// Which products of a page can be had. A product can be had when one of its variants can, and
// the one that could last time (its lead) most likely still can: so usually one stock item per
// product is asked for. All variants are looked at only when there is no lead.
import type { ProductId, StockItemId } from '../lib/ids.ts'
import type { Outlet } from './availability.sql.ts'

export type Need = { readonly stock_item_id: StockItemId; readonly quantity: number }
/** What one variant is made of; never empty. */
export type Needs = readonly Need[]

export type Shelf = {
  readonly outlet: Outlet
  readonly product_ids: readonly ProductId[]
  /** Per product a variant that was there last time. */
  readonly leads: (Needs | null)[]
  /** What `leads` make to be asked; null when they have changed. */
  plan: Plan | null
}
export type Plan = {
  readonly leads: readonly (Needs | null)[]
  /** As PostgreSQL writes arrays, without the braces: plans are joined as texts. */
  readonly items: string
  readonly quantities: string
  readonly item_count: number
  readonly products: string
  readonly product_count: number
}

export const makeShelf = (outlet: Outlet, product_ids: readonly ProductId[]): Shelf => ({
  outlet,
  product_ids,
  leads: product_ids.map(() => null),
  plan: null,
})

export function planOf(shelf: Shelf): Plan {
  if (shelf.plan) return shelf.plan
  const leads = [...shelf.leads]
  const needs = leads.flatMap((lead) => lead ?? [])
  const products = shelf.product_ids.filter((_, i) => leads[i] === null)
  shelf.plan = {
    leads,
    items: needs.map(({ stock_item_id }) => stock_item_id).join(),
    quantities: needs.map(({ quantity }) => quantity).join(),
    item_count: needs.length,
    products: products.join(),
    product_count: products.length,
  }
  return shelf.plan
}

export type PlanAnswer = {
  /** Whether the nth stock item of the plan is not there in its quantity. */
  readonly isShort: (n: number) => boolean
  /** A variant of the nth product of the plan that is there, if any. */
  readonly leadOf: (n: number) => Needs | null
}

/** Notes the leads. Not sure when a lead has gone: then its product must be asked for. */
export function readPlan(
  shelf: Shelf,
  plan: Plan,
  { isShort, leadOf }: PlanAnswer,
): { readonly sold_out: readonly number[]; readonly is_sure: boolean } {
  const sold_out: number[] = []
  let is_sure = true
  let item = 0
  let product = 0
  plan.leads.forEach((lead, i) => {
    let now: Needs | null = lead
    if (lead === null) now = leadOf(product++)
    else {
      for (const _ of lead) if (isShort(item++)) now = null
      if (now === null) is_sure = false
    }
    if (now === null) sold_out.push(i)
    if (shelf.leads[i] === now) return
    shelf.leads[i] = now
    shelf.plan = null
  })
  return { sold_out, is_sure }
}
