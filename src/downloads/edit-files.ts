// What staff do with files: upload one in parts, say what may be done with it, sell it.
import { createHash } from 'node:crypto'
import { findProductOf } from '#src/catalog/catalog.sql.ts'
import { lockProductToChange } from '#src/catalog/edit-variant.ts'
import type { Db } from '#src/db/pool.ts'
import type { Tx } from '#src/db/sql.ts'
import { readOnce, transaction } from '#src/db/transaction.ts'
import { addEvents } from '#src/events/events.sql.ts'
import { fieldError, refuseErrors } from '#src/lib/field-errors.ts'
import type { DigitalFileId, VariantId } from '#src/lib/ids.ts'
import { refuse, refuseField } from '#src/lib/refusal.ts'
import { type DigitalFile, download_limits, isMediaType } from './downloads.ts'
import {
  countParts,
  insertFile,
  lockFile,
  readFile,
  readPart,
  savePart,
  setVariantFiles,
  updateFile,
} from './files.sql.ts'

type By = { readonly actor: string; readonly now: Date }

const note = (tx: Tx, kind: string, id: string, { actor, now }: By, detail: object = {}) =>
  addEvents(tx, [{ kind, subject: 'file', subject_id: id, actor, detail, at: now }])

export type FileDraft = Pick<DigitalFile, 'name' | 'media_type' | 'downloads_max' | 'valid_days'>

/** @throws invalid_input */
export async function createFile(
  tx: Tx,
  id: DigitalFileId,
  draft: FileDraft,
  by: By,
): Promise<void> {
  if (!isMediaType(draft.media_type)) {
    const message = 'Write a media type like application/pdf.'
    throw refuse('invalid_input', { errors: [fieldError('media_type', 'malformed', message)] })
  }
  const empty = { bytes: null, sha256: null, archived_at: null }
  await insertFile(tx, { id, ...draft, ...empty, created_at: by.now })
  await note(tx, 'file.created', id, by)
}

async function lockOpen(tx: Tx, id: DigitalFileId): Promise<DigitalFile> {
  const file = await lockFile(tx, id)
  if (!file || file.archived_at !== null) throw refuse('not_found', { id })
  return file
}

/** @throws not_found, already_exists once the file is complete, invalid_input */
export async function putPart(
  tx: Tx,
  id: DigitalFileId,
  n: number,
  content: Uint8Array,
): Promise<void> {
  const file = await lockOpen(tx, id)
  if (file.bytes !== null) throw refuse('already_exists', { id, reason: 'the file is complete' })
  refuseErrors(content.length > 0 ? [] : [fieldError('', 'missing', 'Send bytes.')])
  await savePart(tx, id, n, content)
}

/**
 * Closes a file: from here on its bytes never change, so that every buyer gets the same. Bytes
 * are read part by part, outside a transaction.
 * @throws not_found, invalid_input when parts are missing or it is another content
 */
export async function completeFile(
  db: Db,
  id: DigitalFileId,
  expected: string | null,
  by: By,
): Promise<DigitalFile> {
  const { parts, highest, bytes } = await readOnce(db, (tx) => countParts(tx, id))
  if (parts === 0 || parts !== highest + 1) {
    const message =
      parts === 0
        ? 'No part of it has been sent yet.'
        : `There are ${parts} parts, and the last one is number ${highest}.`
    throw refuse('invalid_input', { errors: [fieldError('parts', 'missing', message)] })
  }
  const hash = createHash('sha256')
  for (let n = 0; n < parts; n++) {
    hash.update((await readOnce(db, (tx) => readPart(tx, id, n))) ?? '')
  }
  const sha256 = hash.digest('hex')
  if (expected !== null && expected !== sha256) {
    const message = `What arrived has the SHA-256 ${sha256}.`
    throw refuse('invalid_input', { errors: [fieldError('sha256', 'differs', message)] })
  }
  return transaction(db, async (tx) => {
    const file = await lockOpen(tx, id)
    if (file.bytes !== null) return file
    const now_there = await countParts(tx, id)
    if (now_there.bytes !== bytes) throw refuse('request_in_progress', { id })
    const complete = { ...file, bytes, sha256 }
    await updateFile(tx, complete)
    await note(tx, 'file.completed', id, by, { bytes })
    return complete
  })
}

export type FilePatch = Partial<Pick<DigitalFile, 'name' | 'downloads_max' | 'valid_days'>> & {
  readonly archived?: boolean
}

/** What was granted before stays as it was granted. @throws not_found */
export async function changeFile(
  tx: Tx,
  id: DigitalFileId,
  { archived, ...patch }: FilePatch,
  by: By,
): Promise<DigitalFile> {
  const known = await lockFile(tx, id)
  if (!known) throw refuse('not_found', { id })
  const archived_at = archived === undefined ? known.archived_at : archived ? by.now : null
  const file = { ...known, ...patch, archived_at }
  await updateFile(tx, file)
  await note(tx, 'file.changed', id, by, { fields: Object.keys(patch), archived })
  return file
}

/** @throws not_found, invalid_input, limit_exceeded */
export async function sellFiles(
  tx: Tx,
  variant_id: VariantId,
  files: readonly DigitalFileId[],
  { actor, now }: By,
): Promise<void> {
  const product_id = await findProductOf(tx, variant_id)
  if (!product_id) throw refuse('not_found', { variant_id })
  await lockProductToChange(tx, product_id)
  if (files.length > download_limits.files_per_variant) {
    throw refuseField('limit_exceeded', 'file_ids', {
      files_max: download_limits.files_per_variant,
    })
  }
  for (const [i, id] of files.entries()) {
    const file = await readFile(tx, id)
    if (file?.bytes && file.archived_at === null) continue
    const message = 'There is no such file, or it is not complete.'
    throw refuse('invalid_input', { errors: [fieldError(`file_ids.${i}`, 'unknown', message)] })
  }
  await setVariantFiles(tx, variant_id, files)
  const detail = { variant_id, files: files.length }
  const subject = { subject: 'product', subject_id: product_id, actor, detail, at: now }
  await addEvents(tx, [{ kind: 'variant.files_replaced', ...subject }])
}
