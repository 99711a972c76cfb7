// The promises by the clock: each hour of what was touched, each night of all. A guilty row
// becomes an entry of the exception inbox, which closes when the promise holds again.
import { setTimeout as pause } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { Db } from '#src/db/pool.ts'
import { readOnce, snapshot, transaction } from '#src/db/transaction.ts'
import { type Cursor, moveCursor, readCursor } from '#src/events/events.sql.ts'
import { type Finding, keepFindings, openCauses } from '#src/jobs/exceptions.sql.ts'
import { type Clock, plusMs } from '#src/lib/clock.ts'
import { toJson } from '#src/lib/json.ts'
import { Refusal } from '#src/lib/refusal.ts'
import {
  forgetOthers,
  noteAsking,
  readLastAsked,
  type Scope,
  stopAsking,
  takeTime,
} from './askings.sql.ts'
import { kindOf, type Promised, wordOf } from './promised.ts'
import { type Among, type Guilty, guilty_max, promises, readGuilty } from './promises.sql.ts'
import { type About, readTouched, type Touched, withRivals } from './touched.sql.ts'

export type Asker = {
  readonly db: Db
  readonly clock: Clock
  readonly log: Logger
  /** Nothing more is asked once it fires. */
  readonly signal: AbortSignal
}

const reader = 'promises'

/** Few at a time: each question is short, and finds its rows by their keys. */
const at_a_time: Readonly<Record<About, number>> = {
  orders: 1_000,
  items: 200,
  coupons: 10,
  promotions: 10,
}
const patience_ms: Readonly<Record<Scope, number>> = { touched: 30_000, all: 30 * 60_000 }
/** Clocks of processes differ, and rows are committed later than their ids were made. */
const slack_ms = 10 * 60_000
const hour_ms = 3_600_000
const rest_ms_max = 5_000

function inParts(ids: readonly string[], size: number): string[][] {
  const parts: string[][] = []
  for (let at = 0; at < ids.length; at += size) parts.push(ids.slice(at, at + size))
  return parts
}

type Round = {
  readonly scope: Scope
  readonly now: Date
  /** What each kind of promise is asked of. */
  readonly parts: Readonly<Record<About, readonly (readonly string[])[]>>
}

/** `took_ms` is how long the database has worked. */
type Answer = { readonly found: Guilty[] | null; readonly took_ms: number }

async function askOnce({ db, signal }: Asker, promised: Promised, round: Round, among: Among) {
  const { now, scope } = round
  const begun = performance.now()
  const found = await snapshot(db, async (tx) => {
    const pid = await takeTime(tx, patience_ms[scope])
    const stop = () => void readOnce(db, (other) => stopAsking(other, pid)).catch(() => {})
    signal.addEventListener('abort', stop, { once: true })
    try {
      return await readGuilty(tx, promised, { now, among })
    } finally {
      signal.removeEventListener('abort', stop)
    }
  })
  const took_ms = performance.now() - begun
  // The database is ours for half of the time at most.
  await pause(Math.min(took_ms, rest_ms_max), null, { signal })
  return { found, took_ms }
}

/** What a promise is asked of in this round; null when it is not asked in it. */
function amongOf({ scope, parts }: Round, { hourly }: Promised): Among[] | null {
  if (scope === 'all' || hourly === 'everything') return [null]
  if (hourly === 'nothing') return null
  return parts[hourly].map((ids) => ({ about: hourly, ids }))
}

const findingOf =
  (name: string, { hourly }: Promised) =>
  (row: Guilty): Finding => {
    const { thing, order_id, ...detail } = row
    return {
      cause_id: thing,
      order_id: order_id === undefined && hourly === 'orders' ? thing : (order_id ?? null),
      message: `It is no longer true that ${name}: ${toJson(detail)}`,
      detail,
    }
  }

type Asked = { readonly name: string; readonly promised: Promised; readonly among: Among[] }

/** Keeps the inbox in step with what was found, which is null when it could not be asked. */
async function keep(
  { db, clock, log }: Asker,
  { name, promised, among }: Asked,
  { scope, now, found, took_ms }: Round & Answer,
): Promise<void> {
  const looked_at = among.includes(null) ? null : among.flatMap((one) => one?.ids ?? [])
  const guilty = found?.length ?? null
  await transaction(db, async (tx) => {
    await noteAsking(tx, {
      promise: name,
      scope,
      asked_at: now,
      took_ms: Math.round(took_ms),
      things: looked_at?.length ?? null,
      guilty,
    })
    if (found === null) return
    const findings = found.map(findingOf(name, promised))
    // Of more guilty rows than are read, those that were not read may still be guilty.
    const is_complete = found.length < guilty_max
    const seen = { findings, looked_at: is_complete ? looked_at : [] }
    await keepFindings(tx, kindOf(name), seen, clock())
  })
  if (guilty)
    log.error({ promise: wordOf(name), kind: scope, count: guilty }, 'A promise is broken')
}

async function askOne(asker: Asker, one: Asked, round: Round): Promise<number> {
  const { name, promised, among } = one
  let found: Guilty[] | null = []
  let took_ms = 0
  try {
    for (const some of among) {
      const answer = await askOnce(asker, promised, round, some)
      found.push(...answer.found)
      took_ms += answer.took_ms
    }
  } catch (error) {
    // The database is away, or we are to stop: the job is tried again as a whole.
    if (error instanceof Refusal || asker.signal.aborted) throw error
    const details = { error, promise: wordOf(name), kind: round.scope }
    asker.log.error(details, 'A promise could not be asked')
    found = null
  }
  await keep(asker, one, { ...round, found, took_ms })
  return found?.length ?? 0
}

/** What has an entry in the inbox is looked at again, so that it closes within the hour. */
async function withOpen(asker: Asker, touched: Touched): Promise<Touched> {
  const open = await snapshot(asker.db, (tx) => openCauses(tx, 'promise_'))
  const sets = {
    orders: new Set(touched.orders),
    items: new Set(touched.items),
    coupons: new Set(touched.coupons),
    promotions: new Set(touched.promotions),
  }
  for (const [name, { hourly }] of Object.entries(promises)) {
    if (hourly === 'nothing' || hourly === 'everything') continue
    const entries = open.filter(({ kind }) => kind === kindOf(name))
    for (const { order_id, cause_id } of entries) {
      const id = hourly === 'orders' ? order_id : cause_id
      if (id !== null) sets[hourly].add(id)
    }
  }
  return {
    orders: [...sets.orders],
    items: [...sets.items],
    coupons: [...sets.coupons],
    promotions: [...sets.promotions],
  }
}

const no_parts: Round['parts'] = { orders: [], items: [], coupons: [], promotions: [] }

async function openRound(asker: Asker, scope: Scope): Promise<Round & { end: Cursor | null }> {
  const { db, clock } = asker
  const now = clock()
  if (scope === 'all') return { scope, now, parts: no_parts, end: null }
  const after = await transaction(db, (tx) => readCursor(tx, reader))
  const { touched, end } = await snapshot(db, async (tx) => {
    const last = await readLastAsked(tx, 'touched')
    const since = plusMs(last ?? plusMs(now, -hour_ms), -slack_ms)
    return readTouched(tx, { after, since })
  })
  const { orders, items, coupons, promotions: of } = await withOpen(asker, touched)
  const widened: string[][] = []
  for (const ids of inParts(orders, at_a_time.orders)) {
    widened.push(await snapshot(db, (tx) => withRivals(tx, ids)))
  }
  const parts = {
    orders: widened,
    items: inParts(items, at_a_time.items),
    coupons: inParts(coupons, at_a_time.coupons),
    promotions: inParts(of, at_a_time.promotions),
  }
  return { scope, now, parts, end }
}

/** Safe to run at any time; jobs of one queue keep two from running at once. */
export async function askPromises(asker: Asker, scope: Scope): Promise<void> {
  const begun = performance.now()
  const { end, ...round } = await openRound(asker, scope)
  const asked: string[] = []
  let guilty = 0
  for (const [name, promised] of Object.entries(promises)) {
    asker.signal.throwIfAborted()
    const among = amongOf(round, promised)
    if (among === null) continue
    guilty += await askOne(asker, { name, promised, among }, round)
    asked.push(name)
  }
  await transaction(asker.db, async (tx) => {
    if (end) await moveCursor(tx, reader, end)
    await forgetOthers(tx, scope, asked)
  })
  const ms = Math.round(performance.now() - begun)
  asker.log.info({ kind: scope, count: guilty, ms }, 'The promises were asked')
}
