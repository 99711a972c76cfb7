// What an invoice and a credit note are: everything that is printed on them, frozen when the
// number is drawn. Pure.
import type { Currency } from '#src/lib/money.ts'
import { sum } from '#src/lib/money.ts'
import { type Allocation, type Part, partOf, type Tax, type Whole } from './shares.ts'

export type DocumentKind = 'invoice' | 'credit_note'

export type Party = {
  readonly name: string
  readonly company: string | null
  /** Lines as they are printed, without the name. */
  readonly address: readonly string[]
  readonly country: string
  readonly tax_ids: readonly { readonly name: string; readonly value: string }[]
}
export type DocumentLine = Part & {
  readonly kind: 'item' | 'shipping'
  readonly order_line_id: string | null
  readonly sku: string
  readonly title: string
  readonly hs_code: string | null
  readonly unit_price: bigint
  readonly per_units: number
  readonly tax_included: boolean
}
export type TaxTotal = {
  readonly component: string
  readonly rate_ppm: number
  /** What this rate was charged on. */
  readonly net: bigint
  readonly tax: bigint
}
/** An earlier document that this one corrects. */
export type Corrected = {
  readonly id: string
  readonly number: string
  readonly issued_on: string
}
export type InvoiceDocument = {
  readonly version: 1
  readonly kind: DocumentKind
  readonly number: string
  /** The seller's local date. */
  readonly issued_on: string
  readonly order_number: string
  readonly ordered_on: string
  readonly currency: Currency
  readonly seller: Party
  readonly buyer: Party
  readonly ship_to: Party | null
  readonly corrects: readonly Corrected[]
  readonly reason: string
  /** Why there is no tax, or another one; absent in documents of before. */
  readonly notes?: readonly string[]
  /** India: `27-Maharashtra`. */
  readonly place_of_supply?: string
  readonly lines: readonly DocumentLine[]
  readonly taxes: readonly TaxTotal[]
  readonly net: bigint
  readonly tax: bigint
  readonly total: bigint
  /** Null when it corrects what was documented: no money moves for it by itself. */
  readonly payment: {
    readonly provider: string
    readonly reference: string | null
    readonly amount: bigint
    readonly paid_on: string
  } | null
}

/** An order line or the shipping charge, with the words that are printed beside its money. */
export type SoldLine = Whole &
  Pick<
    DocumentLine,
    'kind' | 'order_line_id' | 'sku' | 'title' | 'hs_code' | 'unit_price' | 'per_units'
  >

/** What is known before the number and the day are drawn. */
export type Draft = Omit<
  InvoiceDocument,
  'version' | 'number' | 'issued_on' | 'net' | 'tax' | 'total' | 'taxes'
>

export function linesOf(
  sold: readonly SoldLine[],
  allocations: readonly Allocation[],
  /** How much of a line lies before what this document covers of it. */
  before: (allocation: Allocation) => bigint,
): DocumentLine[] {
  const by_line = new Map(allocations.map((one) => [one.order_line_id, one]))
  return sold.flatMap((line) => {
    const allocation = by_line.get(line.order_line_id)
    if (!allocation) return []
    const { kind, order_line_id, sku, title, hs_code, unit_price, per_units, tax_included } = line
    const part = partOf(line, before(allocation), allocation.amount, allocation.quantity)
    return [
      { kind, order_line_id, sku, title, hs_code, unit_price, per_units, tax_included, ...part },
    ]
  })
}

const rateKey = ({ component, rate_ppm }: Tax): string => `${component}\n${rate_ppm}`

/** All lines of one rate together: what the tax office asks for. */
export function taxTotals(lines: readonly DocumentLine[]): TaxTotal[] {
  const totals = new Map<string, TaxTotal>()
  for (const line of lines) {
    for (const tax of line.taxes) {
      const { component, rate_ppm, amount, base = line.net } = tax
      const known = totals.get(rateKey(tax)) ?? { component, rate_ppm, net: 0n, tax: 0n }
      totals.set(rateKey(tax), { ...known, net: known.net + base, tax: known.tax + amount })
    }
  }
  return [...totals.values()]
}

export function completeDocument(draft: Draft, number: string, issued_on: string): InvoiceDocument {
  const { kind, lines, ...rest } = draft
  return {
    version: 1,
    kind,
    number,
    issued_on,
    ...rest,
    lines,
    taxes: taxTotals(lines),
    net: sum(lines.map((line) => line.net)),
    tax: sum(lines.map((line) => line.tax)),
    total: sum(lines.map((line) => line.total)),
  }
}

/** `2026-11-22`: the day it is in a time zone. */
export const localDate = (at: Date, time_zone: string): string =>
  new Intl.DateTimeFormat('en-CA', {
    timeZone: time_zone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  }).format(at)

/** A fiscal year is named after the calendar year in which it begins. */
export function fiscalYearOf(date: string, starts_month: number): number {
  const [year, month] = date.split('-').map(Number)
  return month! >= starts_month ? year! : year! - 1
}

/**
 * `OH26I-000123`, and `OH26C-000007` for a credit note, so that no two documents of a seller,
 * nor an order (`OH26-000123`), share a number. India allows 16 characters (CGST rule 46): the
 * prefix has 4 at most, which leaves 8 digits.
 */
export function documentNumber(
  kind: DocumentKind,
  series: { readonly prefix: string; readonly fiscal_year: number; readonly sequence: bigint },
): string {
  const year = String(series.fiscal_year % 100).padStart(2, '0')
  const letter = kind === 'credit_note' ? 'C' : 'I'
  return `${series.prefix}${year}${letter}-${series.sequence.toString().padStart(6, '0')}`
}

const money_fields = new Set('unit_price subtotal discount net tax total amount base'.split(' '))

/** A stored document, its money as bigint again. */
export const readDocument = (text: string): InvoiceDocument =>
  JSON.parse(text, (key, value: unknown) =>
    typeof value === 'number' && money_fields.has(key) ? BigInt(value) : value,
  ) as InvoiceDocument

const textIn = (json: unknown, field: string): string => {
  if (json === null || typeof json !== 'object') return ''
  const value = (json as Record<string, unknown>)[field]
  return typeof value === 'string' ? value.trim() : ''
}

/** An address as it lies in the database, in the order in which it is printed. */
export function readParty(address: unknown, name: string): Party {
  const text = (field: string) => textIn(address, field)
  const place = [text('postal_code'), text('city')].filter(Boolean).join(' ')
  const lines = [text('line1'), text('line2'), place, text('region')].filter(Boolean)
  return {
    name: text('name') || name,
    company: text('company') || null,
    address: lines,
    country: text('country'),
    tax_ids: [],
  }
}

/** `[{name, value}]`; what is not of this shape is left out. */
export const readTaxIds = (json: unknown): Party['tax_ids'] =>
  (Array.isArray(json) ? json : []).flatMap((one: unknown) => {
    const name = textIn(one, 'name') || textIn(one, 'kind') || 'Tax number'
    const value = textIn(one, 'value') || textIn(one, 'number')
    return value ? [{ name, value }] : []
  })
