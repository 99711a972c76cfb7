// What /metrics tells. One registry per process; whoever measures calls one of these functions.
import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

const registry = new Registry()
let started = false

const request_seconds = new Histogram({
  name: 'onhand_http_request_duration_seconds',
  help: 'Time from request to answer.',
  labelNames: ['route', 'status'] as const,
  buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
  registers: [registry],
})
const batch_items = new Histogram({
  name: 'onhand_batch_items',
  help: 'How many commands shared one transaction.',
  labelNames: ['batch'] as const,
  buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512],
  registers: [registry],
})
const gauge = <Label extends string>(name: string, help: string, labelNames: Label[] = []) =>
  new Gauge({ name, help, labelNames, registers: [registry] })

const pool_connections = gauge('onhand_db_connections', 'Connections to the database.', ['state'])
const jobs = gauge('onhand_jobs', 'Jobs of the queue by state.', ['state'])
const effects_overdue = gauge('onhand_effects_overdue', 'Effects past their deadline.')
const exceptions_open = gauge('onhand_exceptions_open', 'Entries of the exception inbox.')
const orders_stuck = gauge(
  'onhand_orders_stuck',
  'Orders that a person should look at, or whose hold ran out five minutes ago and still stands.',
)
const payments_unclear = gauge(
  'onhand_payments_unclear',
  'Payments of which the provider was asked again and has not said how they ended.',
)
const outbox_lag = gauge(
  'onhand_outbox_lag_seconds',
  'Age of the oldest that waits: effects before their first try, outgoing webhooks.',
  ['outbox'],
)
const promises_broken = gauge('onhand_promises_broken', 'Rows that break a promise of the shop.')
const promises_unanswered = gauge('onhand_promises_unanswered', 'Promises that cannot be asked.')
const promises_asked = gauge(
  'onhand_promises_asked_timestamp_seconds',
  'When the promises were asked last: of what was touched, of all.',
  ['scope'],
)
const database_read = gauge('onhand_database_read', 'Whether the figures of the database are new.')

// Each pair of labels is looked up once: the hash of labels costs more than the count itself.
const observers = new Map<string, { observe(seconds: number): void }>()

export function observeRequest(route: string, status: number, seconds: number): void {
  const name = `${status} ${route}`
  let observer = observers.get(name)
  if (!observer) {
    observer = request_seconds.labels(route, String(status))
    observers.set(name, observer)
  }
  observer.observe(seconds)
}

export const observeBatch = (batch: string, items: number): void =>
  batch_items.labels(batch).observe(items)

export type Backlog = {
  readonly jobs_waiting: number
  readonly jobs_failed: number
  readonly effects_overdue: number
  readonly exceptions_open: number
  readonly orders_stuck: number
  readonly payments_unclear: number
  readonly effects_lag_s: number
  readonly webhooks_lag_s: number
  readonly promises_broken: number
  readonly promises_unanswered: number
  /** In seconds since 1970; null when they were never asked. */
  readonly promises_touched_asked_s: number | null
  readonly promises_all_asked_s: number | null
}
export type PoolUsage = {
  readonly totalCount: number
  readonly idleCount: number
  readonly waitingCount: number
}

/** The text for Prometheus. `backlog` is null while the database is away. */
export async function readMetrics(pool: PoolUsage, backlog: Backlog | null): Promise<string> {
  if (!started) {
    started = true
    collectDefaultMetrics({ register: registry, prefix: 'onhand_' })
  }
  pool_connections.labels('busy').set(pool.totalCount - pool.idleCount)
  pool_connections.labels('idle').set(pool.idleCount)
  pool_connections.labels('waiting').set(pool.waitingCount)
  database_read.set(backlog ? 1 : 0)
  if (backlog) {
    jobs.labels('waiting').set(backlog.jobs_waiting)
    jobs.labels('failed').set(backlog.jobs_failed)
    effects_overdue.set(backlog.effects_overdue)
    exceptions_open.set(backlog.exceptions_open)
    orders_stuck.set(backlog.orders_stuck)
    payments_unclear.set(backlog.payments_unclear)
    outbox_lag.labels('effects').set(backlog.effects_lag_s)
    outbox_lag.labels('webhooks').set(backlog.webhooks_lag_s)
    promises_broken.set(backlog.promises_broken)
    promises_unanswered.set(backlog.promises_unanswered)
    promises_asked.labels('touched').set(backlog.promises_touched_asked_s ?? 0)
    promises_asked.labels('all').set(backlog.promises_all_asked_s ?? 0)
  }
  return registry.metrics()
}

export const metrics_media_type = registry.contentType
