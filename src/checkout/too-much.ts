// What staff may take off: no more than the goods cost. Pure.
import { fieldError } from '#src/lib/field-errors.ts'
import { share } from '#src/lib/money.ts'
import type { FieldError } from '#src/lib/refusal.ts'
import type { AgreedPrice } from '#src/pricing/pricing.ts'

type Price = Pick<AgreedPrice, 'unit_price' | 'per_units'>

/** So many units at their price, before anything is taken off. */
export const costOf = ({ unit_price, per_units }: Price, quantity: number): bigint =>
  share(unit_price, BigInt(quantity), BigInt(per_units))

export const tooMuch = (field: string, discount: bigint, cost: bigint): FieldError[] =>
  discount > cost ? [fieldError(field, 'too_much', 'That is more than it costs.')] : []
