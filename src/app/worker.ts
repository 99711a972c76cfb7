// The worker: runs the jobs of the queue, sweeps what was left lying, and says that it is alive.
import { EventEmitter } from 'node:events'
import {
  type CronItem,
  parseCronItems,
  Logger as QueueLogger,
  run,
  type TaskList,
  type WorkerEvents,
} from 'graphile-worker'
import type { Logger } from 'pino'
import { beginFollowing, followOrders } from '#src/accounts/follow-orders.ts'
import { chainAudit } from '#src/audit/chain-audit.ts'
import { findAbandoned } from '#src/carts/find-abandoned.ts'
import { countPayments } from '#src/carts/funnel-counter.ts'
import { sweep } from '#src/checkout/sweep.ts'
import { dropOldAccountMails } from '#src/customers/accounts.sql.ts'
import { mails_kept_ms } from '#src/customers/accounts.ts'
import { dropExpiredSessions } from '#src/customers/sessions.sql.ts'
import { dropOldKeys } from '#src/db/idempotency.sql.ts'
import { makePartitions } from '#src/db/partitions.sql.ts'
import { openQueueDb } from '#src/db/queue-pool.ts'
import { transaction } from '#src/db/transaction.ts'
import type { App } from '#src/http/app.ts'
import { beat, endBeats, freeJobsOfNobody, freeJobsOfSilent } from '#src/jobs/workers.sql.ts'
import { plusMs } from '#src/lib/clock.ts'
import type { Secret } from '#src/lib/secret.ts'
import { openCourier } from '#src/webhooks/courier.ts'
import { dropOldLog } from '#src/webhooks/drop-old-log.ts'

export type WorkerOptions = {
  readonly database_url: Secret
  readonly concurrency: number
  /** How often it says that it is alive. */
  readonly beat_ms: number
  /** After this long without a word a worker is taken for dead. */
  readonly silent_ms: number
  readonly sweep_ms: number
  /** How often it looks for carts that were left. */
  readonly carts_ms: number
  /** Jobs that the clock adds, once for all workers. */
  readonly recurring?: readonly CronItem[]
}
export const default_worker_options: Omit<WorkerOptions, 'concurrency' | 'database_url'> = {
  beat_ms: 2_000,
  silent_ms: 10_000,
  sweep_ms: 1_000,
  carts_ms: 5_000,
}

export type Worker = {
  /** Settles when the queue has stopped, whether it was asked to or cannot go on. */
  readonly ended: Promise<void>
  /** Takes no new job and waits for those that run. */
  stop(): Promise<void>
}

const day_ms = 86_400_000
const housekeeping_ms = 3_600_000
const keys_kept_ms = 2 * day_ms

/** Its texts may hold parts of a payload: only the kind of news and the task are kept. */
const queueLogger = (log: Logger): QueueLogger =>
  new QueueLogger((scope) => (level, _text, meta) => {
    if (level !== 'error' && level !== 'warning') return
    const error = (meta as { error?: unknown } | undefined)?.error
    const details = { error, task: scope.taskIdentifier }
    if (level === 'error') log.error(details, 'The job queue reports an error')
    else log.warn(details, 'The job queue reports a warning')
  })

/** Runs `body` again and again, each time `pause_ms` after the last one has ended. */
function repeat(pause_ms: number, body: () => Promise<void>, onTrouble: (error: unknown) => void) {
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> = Promise.resolve()
  let stopped = false
  const next = (): void => {
    running = body().catch(onTrouble)
    void running.then(() => {
      if (!stopped) timer = setTimeout(next, pause_ms)
    })
  }
  next()
  return async (): Promise<void> => {
    stopped = true
    clearTimeout(timer)
    await running
  }
}

async function lookAfterCarts({ db, clock }: App): Promise<void> {
  await findAbandoned({ db, clock })
  await countPayments(db)
}

async function chain({ db, secret_key }: App): Promise<void> {
  await chainAudit(db, secret_key)
}

async function keepHouse({ db, clock }: App): Promise<void> {
  await transaction(db, (tx) => makePartitions(tx, clock()))
  await transaction(db, (tx) => dropOldKeys(tx, plusMs(clock(), -keys_kept_ms)))
  await transaction(db, (tx) => dropExpiredSessions(tx, clock()))
  await transaction(db, (tx) => dropOldAccountMails(tx, plusMs(clock(), -mails_kept_ms)))
  await dropOldLog({ db, clock })
}

export async function startWorker(
  app: App,
  tasks: TaskList,
  options: WorkerOptions,
): Promise<Worker> {
  const { db, log } = app
  const ids = new Set<string>()
  const running = new Set<string>()
  const events: WorkerEvents = new EventEmitter()
  // Jobs are held in the name of the pool, not of those in it who run them.
  events.on('pool:create', ({ workerPool }) => ids.add(workerPool.id))
  events.on('job:start', ({ job }) => running.add(job.id))
  events.on('job:complete', ({ job }) => running.delete(job.id))
  let stopping = false
  const queue = openQueueDb(
    {
      url: options.database_url.reveal(),
      // One that listens, and one for each job that is taken or finished at this moment.
      connections_max: options.concurrency + 2,
      name: 'onhand queue',
    },
    () => stopping,
  )
  const runner = await run({
    pgPool: queue,
    taskList: tasks,
    concurrency: options.concurrency,
    pollInterval: 1_000,
    noHandleSignals: true,
    parsedCronItems: parseCronItems([...(options.recurring ?? [])]),
    // Work that may take minutes is told soon that it should end; it is done again later.
    gracefulShutdownAbortTimeout: 100,
    logger: queueLogger(log),
    events,
  })
  await beginFollowing(db)
  const onTrouble = (part: string) => (error: unknown) =>
    log.warn({ error, task: part }, 'A round of the worker failed')
  const [worker_id] = ids
  const courier = openCourier({ ...app, worker_id: worker_id! }, onTrouble('webhooks'))
  const rounds = [
    repeat(
      options.beat_ms,
      () =>
        transaction(db, async (tx) => {
          const judges = await beat(tx, [...ids], options.silent_ms)
          const freed = judges ? await freeJobsOfSilent(tx, options.silent_ms) : 0
          if (freed > 0) log.warn({ count: freed }, 'Jobs of silent workers were set free')
          const crew = { worker_ids: [...ids], running: [...running] }
          const lost = await freeJobsOfNobody(tx, crew, options.silent_ms)
          if (lost > 0) log.warn({ count: lost }, 'Jobs that never arrived here were set free')
        }),
      onTrouble('heartbeat'),
    ),
    repeat(
      options.sweep_ms,
      () => sweep(app.desk, app.shipping_desk, (part, error) => onTrouble(part)(error)),
      onTrouble('sweep'),
    ),
    repeat(options.sweep_ms, () => followOrders(db, app.clock()), onTrouble('customers')),
    repeat(options.sweep_ms, () => courier.round(), onTrouble('webhooks')),
    repeat(options.sweep_ms, () => chain(app), onTrouble('audit')),
    repeat(options.carts_ms, () => lookAfterCarts(app), onTrouble('carts')),
    repeat(housekeeping_ms, () => keepHouse(app), onTrouble('housekeeping')),
  ]
  const ended = runner.promise.catch((error: unknown) =>
    log.error({ error }, 'The job queue has stopped'),
  )
  const stop = async (): Promise<void> => {
    stopping = true
    const all = [...ids]
    await runner.stop().catch(() => {})
    await ended
    for (const stopRound of rounds) await stopRound()
    await courier.stop()
    await queue.end()
    await transaction(db, (tx) => endBeats(tx, all)).catch(() => {})
  }
  let stopped: Promise<void> | undefined
  return {
    ended,
    stop: () => {
      stopped ??= stop()
      return stopped
    },
  }
}
