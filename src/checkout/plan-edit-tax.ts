// What the taxes of an order rest on after an edit. Pure.
import { factsOf } from '#src/carts/cart-tax.ts'
import type { EditPlan } from './edits.ts'
import type { Planning } from './plan-edit.ts'
import type { Places } from './price-edit.ts'

type PlannedTax = Pick<EditPlan, 'tax_facts' | 'tax_fallback'>

/**
 * An engine is not asked about an edit, which is reckoned under the lock of the order: rates of the
 * shop hold for what is added or goes elsewhere, and a person is told.
 */
export function planTax({ facts, taxed_anew }: Planning, { before, after }: Places): PlannedTax {
  const { tax } = after
  const engine = tax?.settings.source ?? null
  const is_due = tax !== null && tax.treatment.rates_at !== null
  const tax_fallback = engine !== null && is_due && taxed_anew.length > 0 ? engine : null
  if (before === after) return { tax_facts: facts.tax_facts, tax_fallback }
  const { tax_id = null, source = null } = facts.tax_facts ?? {}
  const fresh = factsOf(tax, tax_id?.number ?? null, null)
  if (!is_due || source === null) return { tax_facts: fresh, tax_fallback }
  return { tax_facts: { ...(fresh ?? usual), source }, tax_fallback }
}

const usual = {
  treatment: 'taxed',
  tax_id: null,
  place_of_supply: null,
  exemption: null,
  notes: [],
} as const
