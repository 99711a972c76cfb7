// What an edit may not add. Pure.
import { takenOff } from '#src/invoices/shares.ts'
import { fieldError } from '#src/lib/field-errors.ts'
import { sum } from '#src/lib/money.ts'
import { amountText } from '#src/pricing/why-words.ts'
import type { EditAsked, OpenLine } from './edits.ts'
import type { Planning } from './plan-edit.ts'
import type { Pricing } from './price-edit.ts'

/** Of the units that stay, without tax. */
function worthOf(line: OpenLine, canceled: number): bigint {
  const units = line.quantity - canceled
  if (line.kind !== 'item' || units === 0) return 0n
  const { total, tax } = takenOff(line.sold, { canceled, units })
  return total - tax
}

/**
 * Up to a value the seller collects the taxes of such a place, and what is worth more the buyer
 * imports. An order that was taxed cannot become another one: what was ordered keeps its taxes, so
 * that goods which would make it worth more are no part of it.
 */
export function checkImportLimit(
  { facts, added, canceled, errors }: Planning,
  asked: EditAsked,
  { tax }: Pricing,
): void {
  const { currency } = facts.order
  const most = tax?.treatment.limit?.amounts.get(currency)
  if (most === undefined) return
  const goods = added.filter(({ kind }) => kind === 'item')
  const before = sum(facts.lines.map((line) => worthOf(line, line.canceled)))
  const left = sum(facts.lines.map((line) => worthOf(line, canceled.get(line.id) ?? line.canceled)))
  const after = left + sum(goods.map(({ total, tax: of_line }) => total - of_line))
  if (after <= most || after <= before) return
  const text =
    `The goods would be worth ${amountText(after, currency)} without tax, and this seller ` +
    `collects taxes there up to ${amountText(most, currency)}: make another order of the rest.`
  errors.push(fieldError(asked.add.length > 0 ? 'add' : 'lines', 'import_limit', text))
}
