// Values of fields as they stand in a file, and back. Pure.
import { readDecimal, toDecimal } from '#src/lib/currency.ts'
import type { Currency } from '#src/lib/money.ts'
import type { FieldDefinition, FieldValue } from './fields.ts'

type Typed = Pick<FieldDefinition, 'type' | 'currency'>

/** An amount stands there as a decimal: `12.50`. */
export const writeFieldText = ({ type, currency }: Typed, value: FieldValue): string =>
  type === 'money' && typeof value === 'number'
    ? toDecimal({ amount: BigInt(value), currency: currency as Currency })
    : String(value)

const number_form = /^-?\d{1,13}(\.\d{1,20})?(e[+-]?\d{1,2})?$/i
const flags: Readonly<Record<string, boolean>> = {
  true: true,
  yes: true,
  y: true,
  '1': true,
  false: false,
  no: false,
  n: false,
  '0': false,
}

/** Null where the text can be no value of this type. Only a text keeps the spaces around it. */
export function readFieldText({ type, currency }: Typed, text: string): FieldValue | null {
  const said = text.trim()
  switch (type) {
    case 'text':
      return text
    case 'number':
      return number_form.test(said) ? Number(said) : null
    case 'money': {
      const amount = readDecimal(said, currency as Currency)
      return amount === null ? null : Number(amount)
    }
    case 'boolean':
      return flags[said.toLowerCase()] ?? null
    case 'choice':
    case 'date':
    case 'reference':
      return said
  }
}

/** What a text that cannot be read is said to be: it completes "width is …". */
export function unreadableAs({ type, currency }: Typed): string {
  if (type === 'boolean') return 'neither true nor false'
  return type === 'money' ? `no amount in ${currency}` : 'no number'
}
