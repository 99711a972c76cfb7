// Draws the numbers of invoices and credit notes. Set-based: many captures share one transaction,
// because every one of them has to lock the same row of the number series.
import assert from 'node:assert/strict'
import { type Batcher, createBatcher } from '#src/db/batch.ts'
import type { Db } from '#src/db/pool.ts'
import type { Tx } from '#src/db/sql.ts'
import { transaction } from '#src/db/transaction.ts'
import { addEvents } from '#src/events/events.sql.ts'
import { addEffects } from '#src/jobs/effects.sql.ts'
import type { Effect, EffectOutcome } from '#src/jobs/effects.ts'
import type { Clock } from '#src/lib/clock.ts'
import { type CaptureId, type InvoiceId, newId, type RefundId } from '#src/lib/ids.ts'
import { drawNumbers, type Series } from '#src/shop/shop.sql.ts'
import { type Books, type DraftedInvoice, draftDocuments } from './draft-documents.ts'
import {
  insertInvoices,
  lockOrdersOf,
  type NewInvoice,
  readCanceledParts,
  readCaptures,
  readDayBefore,
  readEarlierParts,
  readIssued,
  readLinesToInvoice,
  readOrdersToInvoice,
  readRefunds,
  readToCorrect,
  readUninvoiced,
} from './invoices.sql.ts'
import { completeDocument, type DocumentKind, documentNumber, fiscalYearOf } from './invoices.ts'

export type IssueResult =
  | { readonly kind: 'issued'; readonly invoice_id: InvoiceId; readonly number: string }
  /** There is nothing to credit: no invoice was and none will be written. */
  | { readonly kind: 'not_needed' }
  /** Something that has to come first has not come yet. */
  | { readonly kind: 'waiting'; readonly reason: string }
  /** The figures contradict each other: a person must look. */
  | { readonly kind: 'impossible'; readonly reason: string }

async function readBooks(tx: Tx, kind: DocumentKind, cause_ids: readonly string[]): Promise<Books> {
  const causes =
    kind === 'invoice'
      ? await readCaptures(tx, cause_ids as readonly CaptureId[])
      : await readRefunds(tx, cause_ids as readonly RefundId[])
  const order_ids = [...new Set(causes.map(({ order_id }) => order_id))]
  return {
    kind,
    causes,
    orders: await readOrdersToInvoice(tx, order_ids),
    lines: await readLinesToInvoice(tx, order_ids),
    earlier: await readEarlierParts(tx, order_ids),
    canceled: kind === 'invoice' ? await readCanceledParts(tx, order_ids) : [],
    uninvoiced: kind === 'invoice' ? [] : await readUninvoiced(tx, order_ids),
    to_correct: kind === 'invoice' ? [] : await readToCorrect(tx, order_ids),
  }
}

const seriesKey = (series: Series<DocumentKind>): string =>
  `${series.legal_entity_id} ${series.kind} ${series.fiscal_year}`

/** Numbers the drafts of one series, in their order. */
async function numberSeries(
  tx: Tx,
  series: Series<DocumentKind>,
  last_number: bigint,
  drafts: readonly DraftedInvoice[],
  now: Date,
): Promise<NewInvoice[]> {
  const first = last_number - BigInt(drafts.length) + 1n
  const before = await readDayBefore(tx, series, first)
  return drafts.map((drafted, i) => {
    const { order, draft, today } = drafted
    const sequence = first + BigInt(i)
    const number = documentNumber(draft.kind, {
      prefix: order.number_prefix,
      fiscal_year: series.fiscal_year,
      sequence,
    })
    // Days rise with the numbers, also when two processes disagree about midnight.
    const issued_on = before && before.issued_on > today ? before.issued_on : today
    const document = completeDocument(draft, number, issued_on)
    return {
      id: newId<InvoiceId>(),
      ...series,
      sequence,
      number,
      order_id: order.id,
      cause_id: drafted.cause_id,
      invoice_id: draft.corrects[0]?.id ?? null,
      issued_on,
      currency: draft.currency,
      tax: document.tax,
      total: document.total,
      document,
      created_at: now,
    }
  })
}

/** The buyer gets the document by mail. */
async function announce(tx: Tx, made: readonly NewInvoice[], now: Date): Promise<void> {
  await tellIssued(tx, made, now)
  await addEffects(
    tx,
    made.map(({ kind, cause_id, order_id }) =>
      kind === 'invoice'
        ? { kind: 'message_receipt' as const, cause_id, order_id }
        : { kind: 'message_refunded' as const, cause_id, order_id },
    ),
    now,
  )
}

/** The timeline gets its line, the worker the printing. */
export async function tellIssued(tx: Tx, made: readonly NewInvoice[], now: Date): Promise<void> {
  await addEvents(
    tx,
    made.map(({ id, kind, order_id, cause_id, number, currency, total }) => ({
      kind: `${kind}.issued`,
      subject: 'invoice',
      subject_id: id,
      order_id,
      actor: 'system',
      cause_id,
      detail: { number, currency, total },
      at: now,
    })),
  )
  await addEffects(
    tx,
    made.map(({ id, order_id }) => ({ kind: 'invoice_pdf' as const, cause_id: id, order_id })),
    now,
  )
}

/** Draws their numbers and stores them. The series are locked last: see ARCHITECTURE.md. */
export async function numberDrafts(
  tx: Tx,
  drafts: readonly DraftedInvoice[],
  now: Date,
): Promise<NewInvoice[]> {
  const groups = new Map<string, { series: Series<DocumentKind>; drafts: DraftedInvoice[] }>()
  for (const drafted of drafts) {
    const { order, draft, today } = drafted
    const series = {
      legal_entity_id: order.legal_entity_id,
      kind: draft.kind,
      fiscal_year: fiscalYearOf(today, order.fiscal_year_starts_month),
    }
    const group = groups.get(seriesKey(series)) ?? { series, drafts: [] }
    group.drafts.push(drafted)
    groups.set(seriesKey(series), group)
  }
  const draws = [...groups.values()].map((group) => ({
    ...group.series,
    count: group.drafts.length,
  }))
  const made: NewInvoice[] = []
  for (const { last_number, ...series } of await drawNumbers(tx, draws)) {
    const group = groups.get(seriesKey(series))
    assert(group, 'a series that nobody asked for')
    made.push(...(await numberSeries(tx, series, last_number, group.drafts, now)))
  }
  await insertInvoices(tx, made)
  return made
}

/** One document per cause, in the order of the causes; those that have theirs keep it. */
async function issue(
  tx: Tx,
  kind: DocumentKind,
  cause_ids: readonly string[],
  now: Date,
): Promise<IssueResult[]> {
  await lockOrdersOf(tx, cause_ids)
  const results = new Map<string, IssueResult>()
  const note = ({ cause_id, invoice_id, number }: { cause_id: string } & Omit<Issued, 'kind'>) =>
    results.set(cause_id, { kind: 'issued', invoice_id, number })
  for (const row of await readIssued(tx, kind, cause_ids)) note(row)

  const missing = [...new Set(cause_ids)].filter((id) => !results.has(id))
  if (missing.length > 0) {
    const drafts: DraftedInvoice[] = []
    for (const drafted of draftDocuments(await readBooks(tx, kind, missing), missing, now)) {
      if (drafted.kind === 'drafted') drafts.push(drafted)
      else results.set(drafted.cause_id, drafted)
    }
    const made = await numberDrafts(tx, drafts, now)
    await announce(tx, made, now)
    for (const { cause_id, id, number } of made) {
      note({ cause_id, invoice_id: id, number })
    }
  }
  return cause_ids.map((id) => results.get(id)!)
}
type Issued = Extract<IssueResult, { kind: 'issued' }>

/** Invoices for captures that succeeded. */
export const issueInvoices = (tx: Tx, capture_ids: readonly CaptureId[], now: Date) =>
  issue(tx, 'invoice', capture_ids, now)

/** Credit notes for refunds that succeeded. */
export const issueCreditNotes = (tx: Tx, refund_ids: readonly RefundId[], now: Date) =>
  issue(tx, 'credit_note', refund_ids, now)

type Invoicing = { readonly db: Db; readonly clock: Clock }
type Issuing = { readonly kind: DocumentKind; readonly cause_id: string }

async function issueBatch({ db, clock }: Invoicing, batch: readonly Issuing[]) {
  const now = clock()
  return transaction(db, async (tx) => {
    // All orders before any series: see the order of locks in ARCHITECTURE.md.
    await lockOrdersOf(
      tx,
      batch.map(({ cause_id }) => cause_id),
    )
    const results = new Map<string, IssueResult>()
    for (const kind of ['invoice', 'credit_note'] as const) {
      const ids = batch.filter((one) => one.kind === kind).map(({ cause_id }) => cause_id)
      if (ids.length === 0) continue
      const issued = await issue(tx, kind, ids, now)
      ids.forEach((id, i) => results.set(id, issued[i]!))
    }
    return batch.map(({ cause_id }) => results.get(cause_id)!)
  })
}

// Effects that wait at the same time are numbered in one transaction.
const batchers = new WeakMap<Db, Batcher<Issuing, IssueResult>>()
function batcherOf(app: Invoicing): Batcher<Issuing, IssueResult> {
  const known = batchers.get(app.db)
  if (known) return known
  const made = createBatcher<Issuing, IssueResult>((batch) => issueBatch(app, batch), {
    name: 'invoices',
    size_max: 500,
    parallel: 1,
    waiting_max: 10_000,
  })
  batchers.set(app.db, made)
  return made
}

function outcomeOf(result: IssueResult): EffectOutcome {
  switch (result.kind) {
    case 'issued':
    case 'not_needed':
      return { kind: 'done' }
    case 'waiting':
      return { kind: 'retry', reason: result.reason }
    case 'impossible':
      return { kind: 'stuck', reason: result.reason }
  }
}

/** Effect `invoice`: one per capture. */
export const issueInvoice = async (app: Invoicing, effect: Effect): Promise<EffectOutcome> =>
  outcomeOf(await batcherOf(app)({ kind: 'invoice', cause_id: effect.cause_id }))

/** Effect `credit_note`: one per refund. */
export const issueCreditNote = async (app: Invoicing, effect: Effect): Promise<EffectOutcome> =>
  outcomeOf(await batcherOf(app)({ kind: 'credit_note', cause_id: effect.cause_id }))
