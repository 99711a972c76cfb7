// From what was read to what is printed: which lines a capture or refund covers, and how much of
// each. Pure; the number comes later.
import type { OrderId } from '#src/lib/ids.ts'
import { sum } from '#src/lib/money.ts'
import type {
  CanceledPart,
  Cause,
  EarlierPart,
  LineToInvoice,
  OrderToInvoice,
  TaxJson,
} from './invoices.sql.ts'
import {
  type DocumentKind,
  type Draft,
  linesOf,
  localDate,
  type Party,
  readParty,
  readTaxIds,
  type SoldLine,
} from './invoices.ts'
import { type Allocation, allocate, type Open, type Tax } from './shares.ts'

export type Books = {
  readonly kind: DocumentKind
  readonly causes: readonly Cause[]
  readonly orders: readonly OrderToInvoice[]
  readonly lines: readonly LineToInvoice[]
  readonly earlier: readonly EarlierPart[]
  readonly canceled: readonly CanceledPart[]
  /** Orders with a capture whose invoice is still to come. */
  readonly uninvoiced: readonly { readonly order_id: OrderId }[]
  /** Versions that edits have given to orders whose documents do not follow them yet. */
  readonly to_correct: readonly { readonly order_id: OrderId; readonly version: number }[]
}
export type DraftedInvoice = {
  readonly kind: 'drafted'
  readonly cause_id: string
  readonly order: OrderToInvoice
  readonly draft: Draft
  readonly today: string
}
export type Drafted =
  | DraftedInvoice
  | { readonly kind: 'not_needed'; readonly cause_id: string }
  | { readonly kind: 'waiting'; readonly cause_id: string; readonly reason: string }
  | { readonly kind: 'impossible'; readonly cause_id: string; readonly reason: string }

export type LineId = string | null
/** What the documents of one order cover so far; grows with each draft of a batch. */
export type Covered = Record<DocumentKind | 'of_change' | 'of_goodwill', Map<LineId, bigint>>

const taxesOf = (taxes: readonly TaxJson[]): Tax[] =>
  taxes.map(({ component, rate_ppm, amount, base }) => ({
    component,
    rate_ppm,
    amount: BigInt(amount),
    ...(base === undefined ? {} : { base: BigInt(base) }),
  }))

function shippingLine(order: OrderToInvoice, lines: readonly LineToInvoice[]): SoldLine[] {
  const taxes = taxesOf(order.shipping_taxes)
  const tax = sum(taxes.map(({ amount }) => amount))
  if (order.shipping_total === 0n && tax === 0n) return []
  // The order says how much tax its amounts contain; what the lines do not explain is shipping's.
  const ordered = lines.filter(({ added_version }) => added_version === null)
  const in_lines = sum(ordered.filter((line) => line.tax_included).map((line) => line.tax))
  const tax_included = order.tax_included !== in_lines
  const line = {
    kind: 'shipping',
    order_line_id: null,
    sku: '',
    title: order.shipping_name ?? 'Shipping',
    hs_code: null,
    quantity: 1,
    unit_price: order.shipping_total,
    per_units: 1,
    subtotal: order.shipping_total,
    discount: 0n,
    tax_included,
    taxes,
    total: order.shipping_total + (tax_included ? 0n : tax),
  } as const
  return [line]
}

export function soldItem(line: LineToInvoice): SoldLine {
  const { id, order_id: _, tax: __, added_at: _a, added_version: _v, taxes, ...rest } = line
  return { ...rest, order_line_id: id, taxes: taxesOf(taxes) }
}

export function soldLines(order: OrderToInvoice, all: readonly LineToInvoice[]): SoldLine[] {
  const lines = all.filter((line) => line.order_id === order.id)
  return [...lines.map(soldItem), ...shippingLine(order, lines)]
}

const amountOf = (value: unknown): bigint | null =>
  typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : null

/** Null when the stored allocations cannot be read. */
function readAllocations(stored: readonly unknown[]): Allocation[] | null {
  const allocations: Allocation[] = []
  for (const one of stored) {
    const { order_line_id, amount, quantity } = (one ?? {}) as Record<string, unknown>
    const money = amountOf(amount)
    if (money === null || !(order_line_id === null || typeof order_line_id === 'string'))
      return null
    const units = typeof quantity === 'number' && quantity > 0 ? quantity : null
    allocations.push({ order_line_id, amount: money, quantity: units })
  }
  return allocations
}

const addTo = (map: Map<LineId, bigint>, line: LineId, amount: bigint): void => {
  map.set(line, (map.get(line) ?? 0n) + amount)
}

export function coveredOf(order_id: OrderId, earlier: readonly EarlierPart[]): Covered {
  const covered: Covered = {
    invoice: new Map(),
    credit_note: new Map(),
    of_change: new Map(),
    of_goodwill: new Map(),
  }
  for (const part of earlier) {
    if (part.order_id !== order_id) continue
    addTo(covered[part.kind], part.order_line_id, part.total)
    if (part.of_change) addTo(covered.of_change, part.order_line_id, part.total)
    if (part.of_goodwill) addTo(covered.of_goodwill, part.order_line_id, part.total)
  }
  return covered
}

/** What is invoiced of a line and was not taken back. */
export const standing = ({ invoice, credit_note }: Covered, line: LineId): bigint =>
  (invoice.get(line) ?? 0n) - (credit_note.get(line) ?? 0n)

function openToInvoice(
  sold: readonly SoldLine[],
  covered: Covered,
  canceled: ReadonlyMap<LineId, bigint>,
): Open[] {
  return sold.map(({ order_line_id, total }) => {
    const done = covered.invoice.get(order_line_id)
    const again = covered.of_change.get(order_line_id) ?? 0n
    const left = total - (done ?? 0n) + again - (canceled.get(order_line_id) ?? 0n)
    return {
      order_line_id,
      amount: left > 0n ? left : 0n,
      free: total === 0n && done === undefined,
    }
  })
}

function opensOf(books: Books, cause: Cause, sold: readonly SoldLine[], covered: Covered): Open[] {
  if (books.kind === 'credit_note') {
    return sold.map(({ order_line_id }) => ({
      order_line_id,
      amount:
        (covered.invoice.get(order_line_id) ?? 0n) - (covered.credit_note.get(order_line_id) ?? 0n),
      free: false,
    }))
  }
  // What was canceled before the money was taken was not paid for. A capture that is larger than
  // the rest was taken before the cancellation reached the provider: then it covers it all.
  const canceled = new Map<LineId, bigint>()
  for (const part of books.canceled) {
    if (part.order_id !== cause.order_id || part.at > cause.at) continue
    canceled.set(part.order_line_id, (canceled.get(part.order_line_id) ?? 0n) + part.amount)
  }
  const later = new Set<LineId>(
    books.lines.flatMap(({ id, added_at }) => (added_at && added_at > cause.at ? [id] : [])),
  )
  const then = sold.filter(({ order_line_id }) => !later.has(order_line_id))
  const opens = openToInvoice(then, covered, canceled)
  return sum(opens.map(({ amount }) => amount)) >= cause.amount
    ? opens
    : openToInvoice(sold, covered, new Map())
}

/** Invoices go on after the last one; credit notes take back from the end of what is invoiced. */
export const beforeIn =
  (kind: DocumentKind, covered: Covered) =>
  ({ order_line_id, amount }: Allocation): bigint => {
    const stands = standing(covered, order_line_id)
    return kind === 'invoice' ? stands : stands - amount
  }

/** The invoices that hold the lines which a credit note takes back. */
export function correctedBy(
  books: Books,
  order_id: OrderId,
  allocations: readonly Allocation[],
): Draft['corrects'] {
  const lines = new Set(allocations.map(({ order_line_id }) => order_line_id))
  const found = new Map<string, Draft['corrects'][number]>()
  for (const part of books.earlier) {
    if (part.order_id !== order_id || part.kind !== 'invoice') continue
    if (!lines.has(part.order_line_id)) continue
    const { invoice_id: id, number, issued_on } = part
    found.set(id, { id, number, issued_on })
  }
  return [...found.values()]
}

export function partiesOf(order: OrderToInvoice): Pick<Draft, 'seller' | 'buyer' | 'ship_to'> {
  const seller: Party = {
    ...readParty(order.seller_address, order.seller_name),
    name: order.seller_name,
    tax_ids: readTaxIds(order.seller_tax_ids),
  }
  const ship_to = order.shipping_address ? readParty(order.shipping_address, '') : null
  const billed = order.billing_address ?? order.shipping_address
  const tax_id = order.tax_facts?.tax_id ?? null
  const tax_ids = tax_id === null ? [] : [{ name: tax_id.name, value: tax_id.number }]
  return { seller, buyer: { ...readParty(billed, order.email), tax_ids }, ship_to }
}

export function taxWords({ tax_facts }: OrderToInvoice): Pick<Draft, 'notes' | 'place_of_supply'> {
  const { notes = [], place_of_supply = null } = tax_facts ?? {}
  return {
    ...(notes.length > 0 ? { notes } : {}),
    ...(place_of_supply === null ? {} : { place_of_supply }),
  }
}

function draftOne(
  books: Books,
  cause: Cause,
  order: OrderToInvoice,
  covered: Covered,
  now: Date,
): Drafted {
  const cause_id = cause.id
  if (cause.state !== 'succeeded') {
    return { kind: 'waiting', cause_id, reason: `the money is ${cause.state}` }
  }
  if (order.number === null) return { kind: 'waiting', cause_id, reason: 'no order number yet' }
  if (cause.is_surplus) return { kind: 'not_needed', cause_id }
  const { change_version } = cause
  const is_before = ({ order_id, version }: Books['to_correct'][number]): boolean =>
    order_id === order.id && change_version !== null && version < change_version
  if (books.to_correct.some(is_before)) {
    return { kind: 'waiting', cause_id, reason: 'the documents of an edit come first' }
  }
  if (books.kind === 'credit_note' && covered.invoice.size === 0) {
    const to_come = books.uninvoiced.some(({ order_id }) => order_id === order.id)
    return to_come
      ? { kind: 'waiting', cause_id, reason: 'the invoice is not there yet' }
      : { kind: 'not_needed', cause_id }
  }
  const asked = readAllocations(cause.allocations)
  if (!asked) return { kind: 'impossible', cause_id, reason: 'the allocations cannot be read' }
  const sold = soldLines(order, books.lines)
  const added = new Set<LineId>(
    books.lines.flatMap(({ id, added_version }) => (added_version === null ? [] : [id])),
  )
  const ordered = sold.filter(({ order_line_id }) => !added.has(order_line_id))
  const sold_total = sum(ordered.map(({ total }) => total))
  if (sold_total !== order.total) {
    const reason = `the lines add up to ${sold_total}, the order to ${order.total}`
    return { kind: 'impossible', cause_id, reason }
  }
  const allocated = allocate(cause.amount, asked, opensOf(books, cause, sold, covered))
  if (allocated.kind === 'impossible') {
    const to_come = books.uninvoiced.some(({ order_id }) => order_id === order.id)
    return { kind: to_come ? 'waiting' : 'impossible', cause_id, reason: allocated.reason }
  }
  const draft: Draft = {
    kind: books.kind,
    order_number: order.number,
    ordered_on: localDate(order.ordered_at, order.time_zone),
    currency: order.currency,
    ...partiesOf(order),
    corrects:
      books.kind === 'credit_note' ? correctedBy(books, order.id, allocated.allocations) : [],
    reason: cause.reason,
    ...taxWords(order),
    lines: linesOf(sold, allocated.allocations, beforeIn(books.kind, covered)),
    payment: {
      provider: cause.provider,
      reference: cause.reference,
      amount: cause.amount,
      paid_on: localDate(cause.at, order.time_zone),
    },
  }
  return { kind: 'drafted', cause_id, order, draft, today: localDate(now, order.time_zone) }
}

/** Drafts for `cause_ids` in their order; two causes of one order see each other. */
export function draftDocuments(books: Books, cause_ids: readonly string[], now: Date): Drafted[] {
  const causes = new Map(books.causes.map((cause) => [cause.id, cause]))
  const orders = new Map(books.orders.map((order) => [order.id, order]))
  const covered = new Map<OrderId, Covered>()
  return cause_ids.map((cause_id) => {
    const cause = causes.get(cause_id)
    const order = cause && orders.get(cause.order_id)
    if (!cause || !order) return { kind: 'impossible', cause_id, reason: 'there is no such cause' }
    const so_far = covered.get(order.id) ?? coveredOf(order.id, books.earlier)
    covered.set(order.id, so_far)
    const drafted = draftOne(books, cause, order, so_far, now)
    if (drafted.kind === 'drafted') {
      for (const { order_line_id, total } of drafted.draft.lines) {
        addTo(so_far[books.kind], order_line_id, total)
      }
    }
    return drafted
  })
}
