// After an edit the documents of an order are put right: what came off and was invoiced is
// credited, and what is paid already of what stands there instead is invoiced. What is still to be
// paid gets its invoice with its payment.
import type { Db } from '#src/db/pool.ts'
import type { Tx } from '#src/db/sql.ts'
import { transaction } from '#src/db/transaction.ts'
import type { Effect, EffectOutcome } from '#src/jobs/effects.ts'
import type { Clock } from '#src/lib/clock.ts'
import type { OrderId } from '#src/lib/ids.ts'
import { split, sum } from '#src/lib/money.ts'
import {
  type EditToCorrect,
  isTakingMoney,
  readEditToCorrect,
  readUnsettled,
} from './corrections.sql.ts'
import {
  type Books,
  beforeIn,
  type Covered,
  correctedBy,
  coveredOf,
  type DraftedInvoice,
  type LineId,
  partiesOf,
  soldLines,
  standing,
  taxWords,
} from './draft-documents.ts'
import {
  lockOrdersOf,
  readCanceledParts,
  readEarlierParts,
  readIssued,
  readLinesToInvoice,
  readOrdersToInvoice,
  readToCorrect,
  readUninvoiced,
} from './invoices.sql.ts'
import { type DocumentKind, type Draft, linesOf, localDate, type SoldLine } from './invoices.ts'
import { numberDrafts, tellIssued } from './issue-invoices.ts'
import type { Allocation } from './shares.ts'

type Order = Books['orders'][number]
/** What of each line is on the order, and what is invoiced of it. */
type Line = {
  readonly id: LineId
  readonly allowed: bigint
  readonly stands: bigint
  readonly is_new: boolean
}

const allocationOf = ({ id }: Line, amount: bigint): Allocation => ({
  order_line_id: id,
  amount,
  quantity: null,
})

/**
 * What is credited of lines that are invoiced beyond what is on the order, and what is invoiced
 * again of the others, as far as it is paid. What the edit has added comes first. Pure.
 */
export function corrections(
  lines: readonly Line[],
  paid: bigint,
): { readonly credited: Allocation[]; readonly invoiced: Allocation[] } {
  const credited = lines.flatMap((line) => {
    const over = line.stands - line.allowed
    return over > 0n ? [allocationOf(line, over)] : []
  })
  const due = sum(lines.map(({ allowed }) => allowed))
  const stands = sum(lines.map((line) => line.stands)) - sum(credited.map(({ amount }) => amount))
  let left = (paid < due ? paid : due) - stands
  const new_first = [
    ...lines.filter(({ is_new }) => is_new),
    ...lines.filter(({ is_new }) => !is_new),
  ]
  const invoiced = new_first.flatMap((line) => {
    const open = line.allowed - line.stands
    const amount = open < left ? open : left
    if (amount <= 0n) return []
    left -= amount
    return [allocationOf(line, amount)]
  })
  return { credited, invoiced }
}

type Correcting = {
  readonly edit: EditToCorrect
  readonly order: Order
  readonly sold: readonly SoldLine[]
  readonly books: Books
  readonly covered: Covered
  readonly now: Date
}

function draftOf(
  { edit, order, sold, books, covered, now }: Correcting,
  kind: DocumentKind,
  allocations: readonly Allocation[],
): DraftedInvoice[] {
  if (allocations.length === 0) return []
  // What is credited was taxed as the order was before.
  const { taxed_before } = edit
  const is_before = kind === 'credit_note' && taxed_before !== null
  const taxed = is_before ? { ...order, tax_facts: taxed_before.facts } : order
  const draft: Draft = {
    kind,
    order_number: order.number!,
    ordered_on: localDate(order.ordered_at, order.time_zone),
    currency: order.currency,
    ...partiesOf(taxed),
    ...taxWords(taxed),
    corrects: kind === 'credit_note' ? correctedBy(books, order.id, allocations) : [],
    reason: edit.reason,
    lines: linesOf(sold, allocations, beforeIn(kind, covered)),
    payment: null,
  }
  const today = localDate(now, order.time_zone)
  return [{ kind: 'drafted', cause_id: edit.id, order, draft, today }]
}

/** The same lines, once those were credited: what is invoiced then begins where they end. */
function afterCredit(covered: Covered, credited: readonly Allocation[]): Covered {
  const credit_note = new Map(covered.credit_note)
  for (const { order_line_id: id, amount } of credited) {
    credit_note.set(id, (credit_note.get(id) ?? 0n) + amount)
  }
  return { ...covered, credit_note }
}

async function readBooks(tx: Tx, order_id: OrderId): Promise<Books> {
  const ids = [order_id]
  return {
    kind: 'credit_note',
    causes: [],
    orders: await readOrdersToInvoice(tx, ids),
    lines: await readLinesToInvoice(tx, ids),
    earlier: await readEarlierParts(tx, ids),
    canceled: await readCanceledParts(tx, ids),
    uninvoiced: await readUninvoiced(tx, ids),
    to_correct: await readToCorrect(tx, ids),
  }
}

/** As the edit has left them: what was changed later has documents of its own. */
function linesToCorrect({ edit, books, sold, covered }: Omit<Correcting, 'order' | 'now'>): Line[] {
  const off = new Map<LineId, bigint>()
  for (const { order_line_id, amount, version } of books.canceled) {
    if (version <= edit.version) off.set(order_line_id, (off.get(order_line_id) ?? 0n) + amount)
  }
  const versions = new Map<LineId, number | null>(
    books.lines.map(({ id, added_version }) => [id, added_version]),
  )
  const lines = sold.map(({ order_line_id: id, total }): Line => {
    const version = versions.get(id) ?? 0
    const stands = standing(covered, id)
    const left = version > edit.version ? stands : total - (off.get(id) ?? 0n)
    return { id, allowed: left, stands, is_new: version === edit.version }
  })
  return lessGoodwill(lines, covered, edit.given)
}

/** First of the lines whose credit notes have it, then of all: what they cost at most is given. */
function lessGoodwill(lines: readonly Line[], covered: Covered, given: bigint): Line[] {
  if (given === 0n) return [...lines]
  const due = sum(lines.map(({ allowed }) => allowed)) - given
  const less = lines.map((line) => {
    const left = line.allowed - (covered.of_goodwill.get(line.id) ?? 0n)
    return { ...line, allowed: left > 0n ? left : 0n }
  })
  const amounts = less.map(({ allowed }) => allowed)
  const beyond = sum(amounts) - (due > 0n ? due : 0n)
  if (beyond <= 0n) return less
  const parts = split(beyond, amounts)
  return less.map((line, i) => ({ ...line, allowed: line.allowed - parts[i]! }))
}

const retry = (reason: string): EffectOutcome => ({ kind: 'retry', reason })

/** For the effect `correct_invoices`, whose cause is an edit. Once per edit. */
export async function correctInvoices(
  { db, clock }: { readonly db: Db; readonly clock: Clock },
  { cause_id }: Pick<Effect, 'cause_id'>,
): Promise<EffectOutcome> {
  const now = clock()
  return transaction(db, async (tx): Promise<EffectOutcome> => {
    await lockOrdersOf(tx, [cause_id])
    const edit = await readEditToCorrect(tx, cause_id)
    if (!edit) return { kind: 'stuck', reason: 'there is no such edit' }
    for (const kind of ['invoice', 'credit_note'] as const) {
      if ((await readIssued(tx, kind, [cause_id])).length > 0) return { kind: 'done' }
    }
    if (await isTakingMoney(tx, edit.order_id)) return retry('Its money is just being taken.')
    const books = await readBooks(tx, edit.order_id)
    if (books.uninvoiced.length > 0) return retry('An invoice of this order is still to come.')
    if (books.to_correct.some(({ version }) => version < edit.version)) {
      return retry('The documents of an earlier edit are still to come.')
    }
    if ((await readUnsettled(tx, edit)).length > 0) {
      return retry('A credit note of this order is still to come.')
    }
    const order = books.orders[0]!
    const covered = coveredOf(order.id, books.earlier)
    // Nothing was documented yet: the invoice of the first payment shows the order as it is then.
    if (covered.invoice.size === 0) return { kind: 'done' }
    const sold = soldLines(order, books.lines)
    const lines = linesToCorrect({ edit, books, sold, covered })
    const { credited, invoiced } = corrections(lines, edit.paid)
    const correcting = { edit, order, sold, books, covered, now }
    const drafts = [
      ...draftOf(correcting, 'credit_note', credited),
      ...draftOf({ ...correcting, covered: afterCredit(covered, credited) }, 'invoice', invoiced),
    ]
    await tellIssued(tx, await numberDrafts(tx, drafts, now), now)
    return { kind: 'done' }
  })
}
