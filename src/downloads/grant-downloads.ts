// Files that come with an order: granted once per paid unit, whoever does it and how often.
import type { Db } from '#src/db/pool.ts'
import type { Tx } from '#src/db/sql.ts'
import { readOnce, transaction } from '#src/db/transaction.ts'
import { addEvents } from '#src/events/events.sql.ts'
import { addEffects } from '#src/jobs/effects.sql.ts'
import type { Effect } from '#src/jobs/effects.ts'
import { plusMs } from '#src/lib/clock.ts'
import { type EntitlementId, newId, type OrderId } from '#src/lib/ids.ts'
import { refuse } from '#src/lib/refusal.ts'
import { type ByteRange, type RangeHeaders, readRange } from './byte-range.ts'
import type { Entitlement } from './downloads.ts'
import { etagOf, isUnderWay, stateOf } from './downloads.ts'
import {
  countDownload,
  insertEntitlements,
  isOwedFiles,
  lockEntitlement,
  type NewEntitlement,
  type OrderEntitlement,
  type Owed,
  readEntitlement,
  readOwed,
  updateEntitlement,
} from './entitlements.sql.ts'

const day_ms = 86_400_000
const rows_per_statement = 5_000

/** Promises the files of an order as soon as its money is there. One look for all other orders. */
export async function promiseDownloads(
  db: Db,
  { cause_id, order_id }: Pick<Effect, 'cause_id' | 'order_id'>,
  now: Date,
): Promise<void> {
  if (order_id === null || !(await readOnce(db, (tx) => isOwedFiles(tx, order_id)))) return
  await transaction(db, (tx) => addEffects(tx, [{ kind: 'grant', cause_id, order_id }], now))
}

function* rightsOf(owed: readonly Owed[], now: Date): Generator<NewEntitlement> {
  for (const { units, valid_days, ...of } of owed) {
    const expires_at = valid_days === null ? null : plusMs(now, valid_days * day_ms)
    for (let unit = 1; unit <= units * of.per_unit; unit++) {
      yield { ...of, id: newId(), unit, expires_at }
    }
  }
}

/** Doing it again grants what is missing, which is nothing. Whether it may go is asked before. */
export async function grantDownloads(tx: Tx, order_id: OrderId, now: Date): Promise<void> {
  let granted = 0
  let some: NewEntitlement[] = []
  const write = async (): Promise<void> => {
    granted += await insertEntitlements(tx, order_id, some, now)
    some = []
  }
  for (const right of rightsOf(await readOwed(tx, order_id), now)) {
    some.push(right)
    if (some.length === rows_per_statement) await write()
  }
  if (some.length > 0) await write()
  if (granted > 0) {
    const subject = { subject: 'order', subject_id: order_id, order_id, actor: 'system' }
    await addEvents(tx, [
      { kind: 'order.downloads_granted', ...subject, detail: { granted }, at: now },
    ])
  }
}

/** The last download that was bought may still be finished. */
function assertOpen(one: Entitlement, is_finishing: boolean, now: Date): void {
  const state = stateOf(one, now)
  if (state === 'open' || (state === 'used_up' && is_finishing)) return
  throw refuse('download_not_open', { state })
}

/** What would be sent, without counting. @throws not_found, download_not_open */
export async function showDownload(
  db: Db,
  id: EntitlementId,
  now: Date,
): Promise<OrderEntitlement> {
  const found = await readOnce(db, (tx) => readEntitlement(tx, id))
  if (!found) throw refuse('not_found')
  assertOpen(found, isUnderWay(found, now), now)
  return found
}

export type Download = {
  readonly file: OrderEntitlement
  /** Null for the whole file. */
  readonly range: ByteRange | 'unsatisfiable' | null
}

/**
 * Counts a download and gives what to send. One that was counted lately may be asked for what
 * follows its first byte without being counted again: resuming is free, and a range that nobody
 * has begun counts as a download. @throws not_found, download_not_open
 */
export async function startDownload(
  db: Db,
  id: EntitlementId,
  asked: RangeHeaders,
  now: Date,
): Promise<Download> {
  return transaction(db, async (tx) => {
    const file = await lockEntitlement(tx, id)
    if (!file) throw refuse('not_found')
    const range = readRange(asked, { length: Number(file.bytes), etag: etagOf(file) })
    const is_later = range === 'unsatisfiable' || (range !== null && range.first > 0)
    const is_resumed = is_later && isUnderWay(file, now)
    assertOpen(file, is_resumed, now)
    if (!is_resumed && range !== 'unsatisfiable') await countDownload(tx, id, now)
    return { file, range }
  })
}

export type EntitlementPatch = {
  readonly expires_at?: Date | null
  readonly downloads_max?: number | null
  readonly revoked?: boolean
}

/** What staff do for one buyer. @throws not_found, invalid_input */
export async function changeEntitlement(
  tx: Tx,
  id: EntitlementId,
  { revoked, ...patch }: EntitlementPatch,
  { actor, now }: { readonly actor: string; readonly now: Date },
): Promise<Entitlement> {
  const known = await lockEntitlement(tx, id)
  if (!known) throw refuse('not_found', { id })
  const revoked_at = revoked === undefined ? known.revoked_at : revoked ? now : null
  const changed = { ...known, ...patch, revoked_at }
  if (changed.downloads_max !== null && changed.downloads_max < changed.downloads) {
    const message = `It was downloaded ${changed.downloads} times already.`
    const errors = [{ field: 'downloads_max', code: 'too_small', message }]
    throw refuse('invalid_input', { errors })
  }
  await updateEntitlement(tx, changed)
  const { order_id } = known
  const subject = { subject: 'order', subject_id: order_id, order_id, actor }
  const detail = { entitlement_id: id, ...patch, revoked }
  await addEvents(tx, [{ kind: 'order.download_changed', ...subject, detail, at: now }])
  return changed
}
