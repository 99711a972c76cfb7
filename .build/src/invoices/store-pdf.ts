// The PDF of a document: rendered once, when somebody needs it first.
import type { Db } from '../db/pool.ts'
import { transaction } from '../db/transaction.ts'
import type { Effect, EffectOutcome } from '../jobs/effects.ts'
import type { InvoiceId } from '../lib/ids.ts'
import { refuse } from '../lib/refusal.ts'
import { sha256 } from '../lib/signature.ts'
import { insertPdf, readDocumentText, readPdf } from './invoices.sql.ts'
import { readDocument } from './invoices.ts'
import { renderInvoice } from './render-invoice.ts'

export type StoredPdf = { readonly number: string; readonly bytes: Uint8Array }

/**
 * The stored PDF, rendered and stored now when it is missing.
 * @throws not_found
 */
export async function invoicePdf(db: Db, id: InvoiceId): Promise<StoredPdf> {
  const known = await transaction(db, (tx) => readPdf(tx, id))
  if (known) return known
  const row = await transaction(db, (tx) => readDocumentText(tx, id))
  if (!row) throw refuse('not_found')
  const bytes = await renderInvoice(readDocument(row.document))
  await transaction(db, (tx) => insertPdf(tx, id, bytes, sha256(bytes)))
  const stored = await transaction(db, (tx) => readPdf(tx, id))
  if (!stored) throw refuse('not_found')
  return stored
}

/** Effect `invoice_pdf`: the cause is the invoice or credit note. */
export async function storeInvoicePdf(
  app: { readonly db: Db },
  effect: Effect,
): Promise<EffectOutcome> {
  await invoicePdf(app.db, effect.cause_id as InvoiceId)
  return { kind: 'done' }
}
