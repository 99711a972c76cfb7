// The codes of a promotion: named one by one, or drawn by the thousand.
import { randomInt } from 'node:crypto'
import type { Tx } from '#src/db/sql.ts'
import { addEvents } from '#src/events/events.sql.ts'
import { errors_told_max, fieldError, refuseErrors } from '#src/lib/field-errors.ts'
import { type CouponId, newId, type PromotionId } from '#src/lib/ids.ts'
import { refuse, refuseField } from '#src/lib/refusal.ts'
import { not_begun } from './edit-promotion.ts'
import { promotion_limits } from './promotions.ts'
import {
  insertCodes,
  lockCode,
  lockPromotion,
  readTakenCodes,
  type StoredCode,
  updateCode,
} from './stored-promotions.sql.ts'

/** Without 0 and O, 1 and I, which people mistake for each other. */
const letters = '23456789ABCDEFGHJKLMNPQRSTUVWXYZ'

const drawCode = (prefix: string, length: number): string =>
  prefix + Array.from({ length }, () => letters[randomInt(letters.length)]).join('')

export type CodesToMake = {
  readonly batch_id: string
  readonly usage_limit: number | null
} & (
  | { readonly codes: readonly string[] }
  | { readonly count: number; readonly prefix: string; readonly length: number }
)

const rowsOf = (
  promotion_id: PromotionId,
  codes: readonly string[],
  { batch_id, usage_limit }: CodesToMake,
  now: Date,
) =>
  codes.map((code) => ({
    ...not_begun,
    id: newId<CouponId>(),
    promotion_id,
    batch_id,
    code: code.toUpperCase(),
    usage_limit,
    used: 0,
    created_at: now,
    archived_at: null,
  }))

/** With so many characters a draw meets another once in a while, never as often as that. */
const draws_max = 20

/** @throws already_exists with an error for each code that is taken, of many the first ones */
async function refuseTaken(tx: Tx, codes: readonly string[], batch_id: string): Promise<never> {
  const taken = await readTakenCodes(tx, codes, batch_id)
  const errors = codes.flatMap((code, i) =>
    taken.has(code) ? [fieldError(`codes.${i}`, 'already_exists', 'There is such a code.')] : [],
  )
  throw refuse('already_exists', { codes: taken.size, errors: errors.slice(0, errors_told_max) })
}

/** @throws not_found, invalid_input, already_exists, limit_exceeded */
export async function makeCodes(
  tx: Tx,
  promotion_id: PromotionId,
  asked: CodesToMake,
  actor: string,
  now: Date,
): Promise<void> {
  const promotion = await lockPromotion(tx, promotion_id)
  if (!promotion) throw refuse('not_found', { id: promotion_id })
  if (promotion.is_automatic) {
    refuseErrors([fieldError('codes', 'automatic', 'An automatic promotion needs no code.')])
  }
  const wanted = 'codes' in asked ? asked.codes.length : asked.count
  if (wanted > promotion_limits.codes_per_call) {
    const { codes_per_call: codes_max } = promotion_limits
    throw refuseField('limit_exceeded', 'codes' in asked ? 'codes' : 'count', { codes_max })
  }
  if ('codes' in asked) {
    const codes = asked.codes.map((code) => code.toUpperCase())
    const twice = codes.findIndex((code, i) => codes.indexOf(code) < i)
    if (twice >= 0) refuseErrors([fieldError(`codes.${twice}`, 'twice', 'It stands there twice.')])
    const written = await insertCodes(tx, rowsOf(promotion_id, codes, asked, now))
    if (written < codes.length) await refuseTaken(tx, codes, asked.batch_id)
  } else {
    let left = asked.count
    for (let draws = 0; left > 0; draws++) {
      if (draws === draws_max)
        throw refuseField('limit_exceeded', 'length', { length: asked.length })
      const drawn = new Set<string>()
      while (drawn.size < left) drawn.add(drawCode(asked.prefix.toUpperCase(), asked.length))
      left -= await insertCodes(tx, rowsOf(promotion_id, [...drawn], asked, now))
    }
  }
  await addEvents(tx, [
    {
      kind: 'promotion.codes_made',
      subject: 'promotion',
      subject_id: promotion_id,
      actor,
      detail: { codes: wanted, batch_id: asked.batch_id },
      at: now,
    },
  ])
}

export type CodePatch = { readonly usage_limit?: number | null; readonly archived?: boolean }

/** @throws not_found, invalid_input */
export async function changeCode(
  tx: Tx,
  { promotion_id, id }: { readonly promotion_id: PromotionId; readonly id: CouponId },
  { archived, ...patch }: CodePatch,
  actor: string,
  now: Date,
): Promise<StoredCode> {
  const known = await lockCode(tx, id)
  if (known?.promotion_id !== promotion_id) throw refuse('not_found', { id })
  const is_archived = archived ?? known.archived_at !== null
  const code = { ...known, ...patch, archived_at: is_archived ? (known.archived_at ?? now) : null }
  if (code.usage_limit !== null && code.usage_limit < code.used) {
    const text = `It was used ${code.used} times already.`
    refuseErrors([fieldError('usage_limit', 'below_used', text)])
  }
  await updateCode(tx, code)
  await addEvents(tx, [
    {
      kind: 'coupon.changed',
      subject: 'coupon',
      subject_id: id,
      actor,
      detail: { archived, ...patch },
      at: now,
    },
  ])
  return code
}
