// A person or a machine says how many there are, with a reason.
import { claimKey, type RequestKey } from '#src/db/idempotency.sql.ts'
import type { Db } from '#src/db/pool.ts'
import type { Tx } from '#src/db/sql.ts'
import { transaction } from '#src/db/transaction.ts'
import { addEvents } from '#src/events/events.sql.ts'
import { healException, openException } from '#src/jobs/effects.sql.ts'
import type { LocationId, StockItemId } from '#src/lib/ids.ts'
import { refuse, refuseField } from '#src/lib/refusal.ts'
import { type LevelSettings, setLevelSettings } from './inventory.sql.ts'
import { hasShortfall, readSingleLevel, setOnHand } from './level.sql.ts'

export type StockAdjustment = {
  readonly stock_item_id: StockItemId
  readonly location_id: LocationId
  readonly change:
    | { readonly kind: 'by'; readonly quantity: number }
    /** Somebody counted: this is the truth, also when it is less than is held. */
    | { readonly kind: 'count'; readonly quantity: number }
  /** Compare-and-set: refused when the level is another by now. Null does not compare. */
  readonly expected_on_hand: number | null
  readonly reason: string
}
export type Adjusted = {
  readonly on_hand: number
  readonly held: number
  readonly shortfall: number
}

export const on_hand_max = 1_000_000_000

type Short = Adjusted & Pick<StockAdjustment, 'stock_item_id' | 'location_id'>

/** More is promised than there is: a person must see to it, until it is so no longer. */
async function tellShortfall(tx: Tx, level: Short, now: Date): Promise<void> {
  const { stock_item_id, location_id, on_hand, held, shortfall } = level
  if (shortfall === 0) {
    if (await hasShortfall(tx, stock_item_id)) return
    return healException(tx, 'stock_shortfall', stock_item_id, now)
  }
  await openException(
    tx,
    {
      kind: 'stock_shortfall',
      cause_id: stock_item_id,
      order_id: null,
      message: `${shortfall} units are promised to orders and were not found on the shelf.`,
      detail: { location_id, on_hand, held, shortfall },
    },
    now,
  )
}

/**
 * Sets how much is kept back from sale and how far back-order may go. What is promised stays
 * promised: held units beyond the new limit become shortfall.
 * @throws not_found
 */
export async function changeLevelSettings(
  tx: Tx,
  settings: LevelSettings,
  { actor, now }: { readonly actor: string; readonly now: Date },
): Promise<void> {
  const { stock_item_id, location_id, safety, backorder_limit } = settings
  if (!(await readSingleLevel(tx, stock_item_id, location_id))) {
    throw refuse('not_found', { stock_item_id, location_id })
  }
  await setLevelSettings(tx, [settings])
  const level = (await readSingleLevel(tx, stock_item_id, location_id))!
  await tellShortfall(tx, { stock_item_id, location_id, ...level }, now)
  await addEvents(tx, [
    {
      kind: 'stock.settings_changed',
      subject: 'stock_item',
      subject_id: stock_item_id,
      actor,
      detail: { location_id, safety, backorder_limit, shortfall: level.shortfall },
      at: now,
    },
  ])
}

async function adjust(tx: Tx, asked: StockAdjustment, actor: string, now: Date): Promise<Adjusted> {
  const { stock_item_id, location_id, change, expected_on_hand, reason } = asked
  const level = await readSingleLevel(tx, stock_item_id, location_id)
  if (!level) throw refuse('not_found', { stock_item_id, location_id })
  if (expected_on_hand !== null && expected_on_hand !== level.on_hand) {
    throw refuse('stock_has_changed', { on_hand: level.on_hand, expected_on_hand })
  }
  const on_hand = change.kind === 'by' ? level.on_hand + change.quantity : change.quantity
  if (on_hand < 0)
    throw refuseField('stock_would_be_negative', 'change.quantity', { on_hand: level.on_hand })
  if (on_hand > on_hand_max) throw refuseField('limit_exceeded', 'change.quantity', { on_hand_max })
  const shortfall = Math.max(0, level.held - on_hand - level.backorder_limit)
  if (change.kind === 'by' && shortfall > level.shortfall) {
    // Taking away what orders hold needs a count: a plain subtraction is a slip of the pen.
    throw refuse('stock_would_be_negative', { on_hand: level.on_hand, held: level.held })
  }
  await setOnHand(tx, {
    stock_item_id,
    location_id,
    on_hand,
    shortfall,
    quantity: on_hand - level.on_hand,
    kind: change.kind === 'by' ? 'adjustment' : 'count',
    reason,
    actor,
    at: now,
  })
  await addEvents(tx, [
    {
      kind: 'stock.adjusted',
      subject: 'stock_item',
      subject_id: stock_item_id,
      actor,
      detail: { location_id, from: level.on_hand, to: on_hand, shortfall, reason },
      at: now,
    },
  ])
  await tellShortfall(tx, { ...asked, on_hand, held: level.held, shortfall }, now)
  return { on_hand, held: level.held, shortfall }
}

export type Adjuster = {
  readonly actor: string
  readonly request: RequestKey
  readonly now: Date
}

/**
 * The same request adjusts once; a repeat tells how the level stands now.
 * @throws not_found, stock_has_changed, stock_would_be_negative, limit_exceeded
 */
export const adjustStock = (
  db: Db,
  asked: StockAdjustment,
  { actor, request, now }: Adjuster,
): Promise<Adjusted> =>
  transaction(db, async (tx) => {
    const earlier = await claimKey(tx, { ...request, resource_id: asked.stock_item_id }, now)
    if (earlier === null) return adjust(tx, asked, actor, now)
    const level = await readSingleLevel(tx, asked.stock_item_id, asked.location_id)
    return { on_hand: level!.on_hand, held: level!.held, shortfall: level!.shortfall }
  })
