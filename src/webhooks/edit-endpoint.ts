// What staff do with the endpoints that the shop tells its news to.
import type { Tx } from '#src/db/sql.ts'
import {
  addEvents,
  hasHappened,
  moveCursor,
  newestCursor,
  readCursor,
} from '#src/events/events.sql.ts'
import { isKnownPattern } from '#src/events/kinds.ts'
import { healException } from '#src/jobs/effects.sql.ts'
import { plusMs } from '#src/lib/clock.ts'
import { fieldError, refuseErrors } from '#src/lib/field-errors.ts'
import type { WebhookDeliveryId, WebhookEndpointId } from '#src/lib/ids.ts'
import { type FieldError, refuse } from '#src/lib/refusal.ts'
import { queueDeliveries, readDelivery, reopenDelivery } from './deliveries.sql.ts'
import {
  countEndpoints,
  type Endpoint,
  insertEndpoint,
  knownChannels,
  lockEndpoint,
  removeEndpoint,
  updateEndpoint,
} from './endpoints.sql.ts'
import { hasOpenReplay, insertReplay, type Replay } from './replays.sql.ts'
import { given_up_exception, ping_kind, pingBody, urlErrors, type Wishes } from './webhooks.ts'

export const reader = 'webhooks'
export const endpoints_max = 50

export type Editing = {
  readonly actor: string
  readonly now: Date
  readonly allow_private: boolean
}

export type EndpointInput = Wishes & {
  readonly url: string
  readonly description: string
  readonly enabled: boolean
}

const note = (
  tx: Tx,
  { id, what, detail }: { id: WebhookEndpointId; what: string; detail: object },
  { actor, now }: Pick<Editing, 'actor' | 'now'>,
): Promise<void> =>
  addEvents(tx, [
    {
      kind: `webhook_endpoint.${what}`,
      subject: 'webhook_endpoint',
      subject_id: id,
      actor,
      detail,
      at: now,
    },
  ])

/** What never happens is a slip of the pen. */
async function kindErrors(tx: Tx, kinds: readonly string[]): Promise<FieldError[]> {
  const errors: FieldError[] = []
  for (const [i, kind] of kinds.entries()) {
    if (isKnownPattern(kind) || (await hasHappened(tx, kind))) continue
    errors.push(fieldError(`kinds.${i}`, 'unknown', 'Nothing of this kind ever happens here.'))
  }
  return errors
}

async function check(tx: Tx, input: EndpointInput, { allow_private }: Editing): Promise<void> {
  const known = await knownChannels(tx, input.channel_ids ?? [])
  const unknown = (input.channel_ids ?? []).flatMap((id, i) =>
    known.has(id) ? [] : [fieldError(`channel_ids.${i}`, 'unknown', 'There is no such channel.')],
  )
  refuseErrors([
    ...urlErrors(input.url, allow_private),
    ...unknown,
    ...(await kindErrors(tx, input.kinds)),
  ])
}

/** Nobody has listened until now: what has happened before is told only when asked for. */
async function beginToRead(tx: Tx): Promise<void> {
  await readCursor(tx, reader)
  const { enabled } = await countEndpoints(tx)
  if (enabled === 0) await moveCursor(tx, reader, await newestCursor(tx))
}

const auditOf = ({ kinds, channel_ids, order_states, enabled }: EndpointInput) => ({
  kinds,
  channel_ids,
  order_states,
  enabled,
})

/** @throws invalid_input, limit_exceeded */
export async function createEndpoint(
  tx: Tx,
  id: WebhookEndpointId,
  input: EndpointInput,
  editing: Editing,
): Promise<void> {
  const { now } = editing
  await check(tx, input, editing)
  if ((await countEndpoints(tx)).all >= endpoints_max) {
    throw refuse('limit_exceeded', { endpoints_max })
  }
  if (input.enabled) await beginToRead(tx)
  await insertEndpoint(tx, {
    ...input,
    id,
    disabled_at: input.enabled ? null : now,
    disabled_reason: input.enabled ? null : 'staff',
    failing_since: null,
    secret_version: 1,
    previous_secret_until: null,
    created_at: now,
    updated_at: now,
  })
  await note(tx, { id, what: 'created', detail: auditOf(input) }, editing)
}

/** @throws not_found */
async function lockKnown(tx: Tx, id: WebhookEndpointId): Promise<Endpoint> {
  const known = await lockEndpoint(tx, id)
  if (!known) throw refuse('not_found', { id })
  return known
}

/**
 * Enabling it begins anew: it is tried as if it had never failed.
 * @throws not_found, invalid_input
 */
export async function changeEndpoint(
  tx: Tx,
  id: WebhookEndpointId,
  patch: Partial<EndpointInput>,
  editing: Editing,
): Promise<void> {
  const { now } = editing
  const known = await lockKnown(tx, id)
  const next: Endpoint = { ...known, ...patch, updated_at: now }
  await check(tx, next, editing)
  const begins = next.enabled && !known.enabled
  const ends = !next.enabled && known.enabled
  if (begins) {
    await beginToRead(tx)
    await healException(tx, 'webhook_endpoint_disabled', id, now)
  }
  await updateEndpoint(tx, {
    ...next,
    ...(begins ? { disabled_at: null, disabled_reason: null, failing_since: null } : {}),
    ...(ends ? { disabled_at: now, disabled_reason: 'staff' } : {}),
  })
  const detail = { fields: Object.keys(patch), before: auditOf(known), after: auditOf(next) }
  await note(tx, { id, what: 'changed', detail }, editing)
}

/** @throws not_found */
export async function deleteEndpoint(
  tx: Tx,
  id: WebhookEndpointId,
  editing: Pick<Editing, 'actor' | 'now'>,
): Promise<void> {
  await lockKnown(tx, id)
  await removeEndpoint(tx, id, editing.now)
  await healException(tx, 'webhook_endpoint_disabled', id, editing.now)
  await healException(tx, given_up_exception, id, editing.now)
  await note(tx, { id, what: 'removed', detail: {} }, editing)
}

/**
 * From now on a new secret signs, and the one before it beside it for so long.
 * @throws not_found
 */
export async function rotateSecret(
  tx: Tx,
  id: WebhookEndpointId,
  previous_valid_s: number,
  editing: Pick<Editing, 'actor' | 'now'>,
): Promise<void> {
  const known = await lockKnown(tx, id)
  const { now } = editing
  await updateEndpoint(tx, {
    ...known,
    secret_version: known.secret_version + 1,
    previous_secret_until: plusMs(now, previous_valid_s * 1000),
    updated_at: now,
  })
  await note(tx, { id, what: 'secret_rotated', detail: { previous_valid_s } }, editing)
}

/** @throws not_found */
export async function pingEndpoint(
  tx: Tx,
  id: WebhookEndpointId,
  { event_id, now }: { readonly event_id: string; readonly now: Date },
): Promise<void> {
  await lockKnown(tx, id)
  const ping = { endpoint_id: id, event_id, kind: ping_kind, aggregate_id: event_id }
  await queueDeliveries(tx, [{ ...ping, body: pingBody(id, now) }], { again: 'nothing', now })
}

/** @throws not_found, already_exists while another one is going on */
export async function askForReplay(
  tx: Tx,
  replay: Omit<Replay, 'queued' | 'done_at'>,
  editing: Pick<Editing, 'actor' | 'now'>,
): Promise<void> {
  const { endpoint_id, since, until, everything } = replay
  await lockKnown(tx, endpoint_id)
  if (since >= until) {
    refuseErrors([fieldError('since', 'range', 'It must lie in the past.')])
  }
  if (await hasOpenReplay(tx, endpoint_id)) throw refuse('already_exists', { endpoint_id })
  await insertReplay(tx, replay)
  await note(tx, { id: endpoint_id, what: 'replayed', detail: { since, everything } }, editing)
}

/** @throws not_found, message_being_sent */
export async function replayDelivery(
  tx: Tx,
  id: WebhookDeliveryId,
  editing: Pick<Editing, 'actor' | 'now'>,
): Promise<void> {
  const delivery = await readDelivery(tx, id)
  if (!delivery) throw refuse('not_found', { id })
  if ((await reopenDelivery(tx, id, editing.now)) === 0) throw refuse('message_being_sent', { id })
  const detail = { event_id: delivery.event_id }
  await note(tx, { id: delivery.endpoint_id, what: 'delivery_replayed', detail }, editing)
}
