// Carries deliveries to their endpoints, each in a lane of its own: whoever is slow or dead holds
// up nobody else. A delivery is claimed and committed before it is sent, and what came of it is
// committed afterwards: when this process dies in between, it is sent again with the same id.
import type { Db } from '#src/db/pool.ts'
import type { Tx } from '#src/db/sql.ts'
import { transaction } from '#src/db/transaction.ts'
import { addEvents } from '#src/events/events.sql.ts'
import { healException, isOpenException, openException } from '#src/jobs/effects.sql.ts'
import { comeAlive } from '#src/jobs/workers.sql.ts'
import { type Clock, plusMs } from '#src/lib/clock.ts'
import type { WebhookEndpointId } from '#src/lib/ids.ts'
import type { Secret } from '#src/lib/secret.ts'
import type { Strangers } from '#src/lib/stranger-client.ts'
import {
  type Claimed,
  claimDeliveries,
  hasGivenUp,
  insertAttempt,
  noteDelivered,
  noteFailed,
  type Try,
} from './deliveries.sql.ts'
import { disableEndpoint, forgetFailing, noteFailing, readOpenEndpoints } from './endpoints.sql.ts'
import { fanOut } from './fan-out.ts'
import {
  failing_ms_max,
  given_up_exception,
  headersOf,
  nextTry,
  ping_kind,
  readResponse,
  readRetryAfter,
} from './webhooks.ts'

export type CourierParts = {
  readonly db: Db
  readonly clock: Clock
  readonly secret_key: Secret
  readonly strangers: Strangers
}
/** Whose beats tell whether those who have claimed something are alive. */
export type Carrying = CourierParts & { readonly worker_id: string }
export type Courier = {
  /** Reads what has happened and sets out with what is due. Does not wait for answers. */
  round(): Promise<void>
  /** Takes nothing more and waits for the answers that are awaited. */
  stop(): Promise<void>
}

/** How many requests to one endpoint a process keeps open at a time. */
const lane_max = 5
const timeout_ms = 15_000
/** Longer than any answer is waited for and noted. */
const claim_ms = 30_000
/** After so many failures in a row all of its deliveries pause together. */
const failures_free = 8
const rest_ms_max = 60_000

type Lane = {
  busy: number
  filling: boolean
  again: boolean
  /** In a row. */
  failures: number
  rest_until: number
}

type Ended = Try & { readonly delivered: boolean; readonly retry_after: string | null }

async function tryOnce({ secret_key, strangers, clock }: CourierParts, one: Claimed) {
  const at = clock()
  const begun = performance.now()
  const { event_id, body, url } = one
  const headers = headersOf(secret_key, one, { event_id, body, now: at })
  const answer = await strangers.send({ method: 'POST', url, headers, body, timeout_ms })
  const duration_ms = Math.round(performance.now() - begun)
  const about = { delivery_id: one.id, at, duration_ms }
  if (answer.kind === 'no_answer') {
    const error = answer.reason.slice(0, 500)
    const none = { status: null, response: '', delivered: false, retry_after: null }
    return { ...about, ...none, error } satisfies Ended
  }
  const { status } = answer
  const delivered = status >= 200 && status < 300
  const is_elsewhere = status >= 300 && status < 400
  const error = delivered ? null : is_elsewhere ? 'redirects are not followed' : `status ${status}`
  const response = readResponse(answer.body)
  const retry_after = answer.headers.get('retry-after')
  return { ...about, status, response, delivered, retry_after, error } satisfies Ended
}

/** What a failure means for the endpoint as a whole. */
async function judgeEndpoint(
  { db, clock }: CourierParts,
  { endpoint_id }: Claimed,
  { status }: Ended,
): Promise<void> {
  const now = clock()
  await transaction(db, async (tx) => {
    const failing = await noteFailing(tx, endpoint_id, now)
    if (!failing?.enabled) return
    const is_gone = status === 410
    if (!is_gone && now.getTime() - failing.failing_since.getTime() < failing_ms_max) return
    const reason = is_gone ? 'gone' : 'failing'
    await disableEndpoint(tx, endpoint_id, { reason, now })
    const message = is_gone
      ? 'A webhook endpoint was disabled: it has answered that it is gone (410).'
      : `A webhook endpoint was disabled: it fails since ${failing.failing_since.toISOString()}.`
    const kind = 'webhook_endpoint_disabled'
    await openException(tx, { kind, cause_id: endpoint_id, order_id: null, message }, now)
    await addEvents(tx, [
      {
        kind: 'webhook_endpoint.disabled',
        subject: 'webhook_endpoint',
        subject_id: endpoint_id,
        actor: 'system',
        detail: { reason },
        at: now,
      },
    ])
  })
}

/** Once nothing of an endpoint is given up any more, nobody has to look after it. */
async function healGivenUp(tx: Tx, id: WebhookEndpointId, now: Date): Promise<void> {
  if (!(await isOpenException(tx, given_up_exception, id))) return
  if (!(await hasGivenUp(tx, id))) await healException(tx, given_up_exception, id, now)
}

async function record(parts: CourierParts, one: Claimed, ended: Ended): Promise<void> {
  const { db, clock } = parts
  const now = clock()
  const { status, retry_after } = ended
  await transaction(db, async (tx) => {
    if (ended.delivered) {
      await noteDelivered(tx, one.id, { status: status!, now })
      await forgetFailing(tx, one.endpoint_id)
      await healGivenUp(tx, one.endpoint_id, now)
    } else {
      const retry_after_ms = readRetryAfter(retry_after, now)
      const later = nextTry(one.tries + 1, { now, retry_after_ms, dice: Math.random() })
      const next_try_at = one.kind === ping_kind ? null : later
      const error = ended.error ?? ''
      const noted = await noteFailed(tx, one, { status, error, next_try_at })
      if (noted > 0 && later === null) {
        const message =
          `An event was given up after ${one.tries + 1} tries over three days: ${error}. ` +
          'See the deliveries of this webhook endpoint; they can be replayed.'
        const found = {
          kind: given_up_exception,
          cause_id: one.endpoint_id,
          order_id: null,
          message,
        }
        await openException(tx, found, now)
      }
    }
    await insertAttempt(tx, ended)
  })
  if (!ended.delivered && one.kind !== ping_kind) await judgeEndpoint(parts, one, ended)
}

export function openCourier(
  parts: Carrying,
  onTrouble: (error: unknown) => void = () => {},
): Courier {
  const { db, clock, worker_id } = parts
  const lanes = new Map<WebhookEndpointId, Lane>()
  const under_way = new Set<Promise<void>>()
  let stopped = false

  const laneOf = (id: WebhookEndpointId): Lane => {
    const fresh: Lane = { busy: 0, filling: false, again: false, failures: 0, rest_until: 0 }
    const lane = lanes.get(id) ?? fresh
    lanes.set(id, lane)
    return lane
  }
  const tell = (lane: Lane, delivered: boolean): void => {
    lane.failures = delivered ? 0 : lane.failures + 1
    const beyond = lane.failures - failures_free
    lane.rest_until = beyond < 0 ? 0 : performance.now() + Math.min(500 * 2 ** beyond, rest_ms_max)
  }
  const carry = async (lane: Lane, one: Claimed): Promise<void> => {
    try {
      const ended = await tryOnce(parts, one)
      if (one.kind !== ping_kind) tell(lane, ended.delivered)
      await record(parts, one, ended)
    } catch (error) {
      // What was claimed is tried again when the claim is over, or this worker has died.
      onTrouble(error)
    } finally {
      lane.busy -= 1
    }
  }
  const claim = async (id: WebhookEndpointId, lane: Lane): Promise<number> => {
    // One at a time shows whether an endpoint is back.
    const free = lane.failures >= failures_free ? 1 - lane.busy : lane_max - lane.busy
    if (free < 1 || performance.now() < lane.rest_until) return 0
    const now = clock()
    const asked = { now, until: plusMs(now, claim_ms), worker_id, limit: free }
    const claimed = await transaction(db, async (tx) => {
      await comeAlive(tx, worker_id)
      return claimDeliveries(tx, id, asked)
    })
    for (const one of claimed) {
      lane.busy += 1
      const carried = carry(lane, one).then(() => fill(id))
      under_way.add(carried)
      void carried.finally(() => under_way.delete(carried))
    }
    return claimed.length
  }
  /** Never rejects: what failed is told, and the next round tries again. */
  const fill = async (id: WebhookEndpointId): Promise<void> => {
    const lane = laneOf(id)
    if (lane.filling) {
      lane.again = true
      return
    }
    lane.filling = true
    try {
      do {
        lane.again = false
        if (!stopped) await claim(id, lane)
      } while (lane.again)
    } catch (error) {
      onTrouble(error)
    } finally {
      lane.filling = false
    }
  }

  return {
    round: async () => {
      if (stopped) return
      await fanOut(parts)
      const open = await transaction(db, readOpenEndpoints)
      await Promise.all(open.map(({ id }) => fill(id)))
    },
    stop: async () => {
      stopped = true
      while (under_way.size > 0) await Promise.all(under_way)
    },
  }
}
