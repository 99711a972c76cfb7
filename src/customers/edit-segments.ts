// Staff say who is in a segment. Its members are there when the answer is.
import type { Tx } from '#src/db/sql.ts'
import { fieldError, refuseErrors } from '#src/lib/field-errors.ts'
import type { CustomerGroupId } from '#src/lib/ids.ts'
import { type FieldError, refuse } from '#src/lib/refusal.ts'
import { knownGroups } from './customers.sql.ts'
import { customer_limits } from './customers.ts'
import { createGroup, type Editing, noteCustomers } from './edit-customers.ts'
import { evaluateSegment } from './evaluate-segments.ts'
import {
  countSegments,
  deleteSegment,
  insertSegment,
  lockSegments,
  readSegment,
  unknownGoods,
  updateSegment,
} from './segments.sql.ts'
import {
  type GoodsNamed,
  goodsAskedFor,
  groupsAskedFor,
  type Segment,
  type SegmentRule,
  segmentErrors,
} from './segments.ts'

function goodsErrors(rule: SegmentRule, field: string, missing: GoodsNamed): FieldError[] {
  if (rule.kind !== 'bought') return []
  return (['product_ids', 'category_ids'] as const).flatMap((name) => {
    const gone = new Set<string>(missing[name])
    const ids = (rule[name] ?? []).filter((id) => gone.has(id))
    if (ids.length === 0) return []
    const message = `There is none with the id ${ids.slice(0, 5).join(', ')}.`
    return [fieldError(`${field}.${name}`, 'unknown', message)]
  })
}

/** @throws invalid_input */
export async function checkRules(tx: Tx, rules: readonly SegmentRule[]): Promise<void> {
  refuseErrors(segmentErrors(rules))
  const missing = await unknownGoods(tx, goodsAskedFor(rules))
  refuseErrors(rules.flatMap((rule, i) => goodsErrors(rule, `rules.${i}`, missing)))
  const known = new Map((await knownGroups(tx, groupsAskedFor(rules))).map((one) => [one.id, one]))
  refuseErrors(
    rules.flatMap((rule, i) => {
      if (rule.kind !== 'group') return []
      const field = `rules.${i}.group_id`
      const group = known.get(rule.group_id)
      if (!group) return [fieldError(field, 'unknown', 'There is no such group.')]
      if (!group.is_segment) return []
      const message = 'A segment is made of groups that are kept by hand, not of segments.'
      return [fieldError(field, 'is_segment', message)]
    }),
  )
}

/** @throws already_exists, invalid_input, limit_exceeded */
export async function createSegment(tx: Tx, segment: Segment, editing: Editing): Promise<void> {
  await checkRules(tx, segment.rules)
  const { segments: limit } = customer_limits
  if ((await countSegments(tx)) >= limit) throw refuse('limit_exceeded', { limit })
  const { id, code, name, match, rules } = segment
  await createGroup(tx, { id, code, name }, editing)
  await insertSegment(tx, segment)
  await noteCustomers(tx, 'customer_group.segment_created', { id, match, rules }, editing)
  await evaluateSegment(tx, id, editing.now)
}

export type SegmentPatch = Partial<Pick<Segment, 'name' | 'match' | 'rules'>> & {
  /** The one that was edited. Another one is refused. */
  readonly version: number
}

async function lock(tx: Tx, id: CustomerGroupId, version: number): Promise<Segment> {
  const [locked] = await lockSegments(tx, [id])
  if (!locked) throw refuse('not_found', { segment_id: id })
  if (locked.version !== version) {
    throw refuse('segment_has_changed', { version: locked.version })
  }
  return (await readSegment(tx, id))!
}

/** @throws not_found, invalid_input, segment_has_changed */
export async function changeSegment(
  tx: Tx,
  id: CustomerGroupId,
  { version, ...patch }: SegmentPatch,
  editing: Editing,
): Promise<Segment> {
  const changed = { ...(await lock(tx, id, version)), ...patch }
  // What it names may have gone since: that keeps nobody from calling it differently.
  if (patch.rules !== undefined) await checkRules(tx, patch.rules)
  await updateSegment(tx, changed)
  const { match, rules } = changed
  await noteCustomers(tx, 'customer_group.segment_changed', { id, match, rules }, editing)
  await evaluateSegment(tx, id, editing.now)
  return (await readSegment(tx, id))!
}

/**
 * The group stays: price lists may name it. It has no members, until somebody is put in by hand.
 * @throws not_found, segment_has_changed
 */
export async function endSegment(
  tx: Tx,
  id: CustomerGroupId,
  version: number,
  editing: Editing,
): Promise<void> {
  await lock(tx, id, version)
  await deleteSegment(tx, id)
  await noteCustomers(tx, 'customer_group.segment_ended', { id }, editing)
}
