// What staff decide about the carts of a channel: whether they hold goods, and when somebody who
// has left one behind is written to.
import { bumpRevision } from '#src/db/revision.sql.ts'
import type { Tx } from '#src/db/sql.ts'
import { addEvents } from '#src/events/events.sql.ts'
import { fieldError, refuseErrors } from '#src/lib/field-errors.ts'
import type { ChannelId } from '#src/lib/ids.ts'
import { refuse } from '#src/lib/refusal.ts'
import { type Editing, lockKnownChannel } from '#src/shop/edit-shop.ts'
import { readWatch, writeWatch } from './abandoned.sql.ts'
import { knownItems, readChannelRules, replaceRules } from './cart-hold-rules.sql.ts'
import type { HoldRule } from './cart-holds.ts'

export const rules_max = 500

const note = (
  tx: Tx,
  { id, what, detail }: { id: ChannelId; what: string; detail: object },
  { actor, now }: Editing,
): Promise<void> =>
  addEvents(tx, [
    { kind: `channel.${what}`, subject: 'channel', subject_id: id, actor, detail, at: now },
  ])

/** @throws not_found, invalid_input */
export async function setHoldRules(
  tx: Tx,
  id: ChannelId,
  rules: readonly Omit<HoldRule, 'channel_id'>[],
  editing: Editing,
): Promise<void> {
  await lockKnownChannel(tx, id)
  const items = rules.map(({ stock_item_id }) => stock_item_id)
  const known = await knownItems(
    tx,
    items.flatMap((item) => item ?? []),
  )
  refuseErrors(
    items.flatMap((item, i) => {
      const field = `rules.${i}.stock_item_id`
      if (items.indexOf(item) < i) return [fieldError(field, 'twice', 'It has a rule already.')]
      if (item === null || known.has(item)) return []
      return [fieldError(field, 'unknown', 'There is no such stock item.')]
    }),
  )
  const before = await readChannelRules(tx, id)
  await replaceRules(
    tx,
    id,
    rules.map((rule) => ({ ...rule, channel_id: id })),
  )
  await bumpRevision(tx, 'settings')
  const detail = { before: before.map(({ channel_id: _, ...rule }) => rule), after: rules }
  await note(tx, { id, what: 'cart_holds_changed', detail }, editing)
}

/** @throws not_found */
export async function setCartWatch(
  tx: Tx,
  id: ChannelId,
  watch: { readonly after_minutes: number; readonly message: boolean },
  editing: Editing,
): Promise<void> {
  await lockKnownChannel(tx, id)
  const before = await readWatch(tx, id)
  if (!before) throw refuse('not_found', { channel_id: id })
  await writeWatch(tx, id, { ...watch, now: editing.now })
  const detail = { before, after: watch }
  await note(tx, { id, what: 'cart_watch_changed', detail }, editing)
}
