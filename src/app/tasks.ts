// What the job queue can run, and who carries out each kind of effect.
import type { CronItem, JobHelpers, TaskList } from 'graphile-worker'
import { dropOldCarts } from '#src/carts/find-abandoned.ts'
import { recordingOf } from '#src/checkout/desk.ts'
import { fulfillOrder } from '#src/checkout/fulfill-order.ts'
import { grantFiles } from '#src/checkout/grant-files.ts'
import { evaluateAll } from '#src/customers/evaluate-segments.ts'
import { promiseDownloads } from '#src/downloads/grant-downloads.ts'
import type { App } from '#src/http/app.ts'
import { correctInvoices } from '#src/invoices/correct-invoices.ts'
import { issueCreditNote, issueInvoice } from '#src/invoices/issue-invoices.ts'
import { storeInvoicePdf } from '#src/invoices/store-pdf.ts'
import { own_job_prefix, splitTrace } from '#src/jobs/jobs.sql.ts'
import { type EffectHandlers, runEffects } from '#src/jobs/run-effects.ts'
import type { AttemptId, CaptureId, EffectId, LabelId, RefundId, ShipmentId } from '#src/lib/ids.ts'
import { isId } from '#src/lib/ids.ts'
import { job } from '#src/lib/trace.ts'
import { remindOfCart } from '#src/messages/remind-of-cart.ts'
import { sendMessage } from '#src/messages/send-message.ts'
import { refreshGoods } from '#src/offers/refresh-goods.ts'
import { bookFee } from '#src/payments/book-fee.ts'
import { runCapture, runRefund, runVoid, type Till } from '#src/payments/transfers.ts'
import { askPromises } from '#src/promises/ask-promises.ts'
import { isScope } from '#src/promises/askings.sql.ts'
import { buyLabel, voidLabel } from '#src/shipping/buy-label.ts'
import type { Job } from './shop-config.ts'

/** As the worker in whose name the job is held. */
function handlersOf(app: App, worker_id: string | null): EffectHandlers {
  const { db, clock, desk, shipping_desk } = app
  const till: Till = {
    db,
    payments: app.payments,
    recording: async (tx) => recordingOf(await desk.readBook(tx), desk.timings, clock()),
  }
  const message = (effect: Parameters<typeof sendMessage>[1]) =>
    sendMessage({ ...app, worker_id }, effect)
  return {
    capture: ({ cause_id }) => runCapture(till, cause_id as CaptureId),
    fee: ({ cause_id }) => bookFee(till, cause_id as CaptureId),
    void: ({ cause_id }) => runVoid(till, cause_id as AttemptId),
    refund: ({ cause_id }) => runRefund(till, cause_id as RefundId),
    // Money that is there brings the files of an order; what costs nothing has no invoice.
    invoice: async (effect) => {
      await promiseDownloads(db, effect, clock())
      return issueInvoice(app, effect)
    },
    credit_note: (effect) => issueCreditNote(app, effect),
    correct_invoices: (effect) => correctInvoices(app, effect),
    invoice_pdf: (effect) => storeInvoicePdf(app, effect),
    fulfill: async (effect) => {
      await promiseDownloads(db, effect, clock())
      return fulfillOrder(db, effect, clock())
    },
    grant: ({ order_id }) => grantFiles(db, order_id!, clock()),
    label: ({ cause_id }) => buyLabel(shipping_desk, cause_id as ShipmentId),
    void_label: ({ cause_id }) => voidLabel(shipping_desk, cause_id as LabelId),
    message_confirmation: message,
    message_receipt: message,
    message_shipped: message,
    message_delivered: message,
    message_canceled: message,
    message_refunded: message,
    message_offer: message,
    message_payment_due: message,
    message_verify_email: message,
    message_account_known: message,
    message_reset_password: message,
    message_account_unknown: message,
    message_welcome: message,
    message_password_changed: message,
    message_staff_reset_password: message,
    message_staff_password_changed: message,
    message_cart_abandoned: (effect) =>
      remindOfCart({ ...app, worker_id, readBook: desk.readBook }, effect),
  }
}

/** Payloads come from our own transactions, but the row may be older than this version. */
const readIds = (payload: unknown): EffectId[] => {
  const { ids } = (payload ?? {}) as { ids?: unknown }
  return Array.isArray(ids) ? ids.filter((id): id is EffectId => isId(String(id))) : []
}

/** The jobs of a shop's own, under names that cannot be ours. */
const ownTasks = (app: App, jobs: readonly Job[]): TaskList =>
  Object.fromEntries(
    jobs.map(({ name, run }) => [
      own_job_prefix + name,
      (payload: unknown, { abortSignal }: JobHelpers) =>
        run(payload, { app, signal: abortSignal ?? new AbortController().signal }),
    ]),
  )

/** Each run of a job is a span. */
const traced = (tasks: TaskList): TaskList =>
  Object.fromEntries(
    Object.entries(tasks).map(([name, task]) => [
      name,
      async (given: unknown, helpers: JobHelpers) => {
        const { payload, traceparent } = splitTrace(given)
        await job({ name: `job ${name}`, command: name, parent: traceparent }, async () => {
          await task!(payload, helpers)
        })
      },
    ]),
  )

export function openTasks(app: App, jobs: readonly Job[] = []): TaskList {
  return traced(tasksOf(app, jobs))
}

function tasksOf(app: App, jobs: readonly Job[]): TaskList {
  const { db, clock, log } = app
  const runner = {
    db,
    clock,
    onBug: ({ id, kind }: { id: EffectId; kind: string }, error: unknown) =>
      log.error({ error, effect_id: id, effect: kind }, 'An effect failed by our fault'),
  }
  return {
    ...ownTasks(app, jobs),
    run_effects: (payload, { job }) =>
      runEffects({ ...runner, handlers: handlersOf(app, job.locked_by) }, readIds(payload)),
    refresh_goods: (_payload, { abortSignal }) => refreshGoods(db, clock(), abortSignal),
    ask_promises: async (payload, { abortSignal }) => {
      const { scope } = (payload ?? {}) as { scope?: unknown }
      if (isScope(scope)) await askPromises({ db, clock, log, signal: abortSignal }, scope)
    },
    evaluate_segments: (_, { abortSignal }) =>
      evaluateAll(db, clock(), abortSignal ?? new AbortController().signal),
    drop_old_carts: async (_, { abortSignal }) => {
      const count = await dropOldCarts({ db, clock }, abortSignal)
      if (count > 0) log.info({ count }, 'Old carts were deleted')
    },
  }
}

// Of all workers together one asks, and never two at once. Hours are those of UTC.
const asking = { queueName: 'promises', maxAttempts: 3 }

/** What is done by the clock. What should have been done while no worker ran is made up for. */
export const recurring: CronItem[] = [
  {
    task: 'refresh_goods',
    identifier: 'refresh_goods',
    match: '* * * * *',
    options: { queueName: 'goods', maxAttempts: 1, jobKey: 'refresh_goods', backfillPeriod: 0 },
  },
  {
    task: 'ask_promises',
    identifier: 'promises_touched',
    match: '7 * * * *',
    payload: { scope: 'touched' },
    options: { ...asking, jobKey: 'promises_touched', backfillPeriod: 3_600_000 },
  },
  {
    task: 'ask_promises',
    identifier: 'promises_all',
    match: '23 3 * * *',
    payload: { scope: 'all' },
    options: { ...asking, jobKey: 'promises_all', backfillPeriod: 86_400_000 },
  },
  {
    task: 'evaluate_segments',
    identifier: 'segments',
    match: '37 * * * *',
    options: {
      queueName: 'segments',
      maxAttempts: 3,
      jobKey: 'segments',
      backfillPeriod: 3_600_000,
    },
  },
  {
    task: 'drop_old_carts',
    match: '41 2 * * *',
    options: { queueName: 'carts', jobKey: 'drop_old_carts', maxAttempts: 3 },
  },
]

/** With the jobs of the shop that have a time. One that still runs is not started twice. */
export const recurringOf = (jobs: readonly Job[]): CronItem[] => [
  ...recurring,
  ...jobs.flatMap(({ name, every }) => {
    if (every === undefined) return []
    const task = own_job_prefix + name
    return [{ task, match: every, options: { jobKey: task, queueName: task } }]
  }),
]
