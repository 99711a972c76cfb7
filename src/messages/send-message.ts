// One message per cause. What it says is frozen in its row before anything is sent, so every try
// sends the same.
//
// What is certain: there is one row per kind and cause; of several workers one at a time tries;
// each try carries the same Message-ID; after the server has said yes and that is stored, it is
// never tried again. What no one can promise over SMTP: when the connection or this process dies
// after the server took the mail and before we have stored that, it is sent a second time, with
// the same Message-ID, by which most receivers drop a repeat. Silence instead would lose mails.
import { setTimeout } from 'node:timers/promises'
import { isAccountMail } from '#src/customers/accounts.ts'
import type { Db } from '#src/db/pool.ts'
import type { Tx } from '#src/db/sql.ts'
import { transaction } from '#src/db/transaction.ts'
import { addEvents } from '#src/events/events.sql.ts'
import { invoicePdf } from '#src/invoices/store-pdf.ts'
import type { Effect, EffectOutcome } from '#src/jobs/effects.ts'
import { comeAlive } from '#src/jobs/workers.sql.ts'
import { type Clock, plusMs } from '#src/lib/clock.ts'
import { isErased } from '#src/lib/erased.ts'
import { localeChain, readLocale } from '#src/lib/format.ts'
import {
  type AccountMailId,
  type InvoiceId,
  type MessageId,
  newId,
  type OrderId,
} from '#src/lib/ids.ts'
import { isWithoutDatabase } from '#src/lib/refusal.ts'
import type { Secret } from '#src/lib/secret.ts'
import { signToken } from '#src/lib/tokens.ts'
import { step } from '#src/lib/trace.ts'
import type { Mail, Mailer, MailOutcome } from '#src/ports/mailer.ts'
import { draftAccountMail, fillToken } from './account-mails.ts'
import {
  claimMessage,
  findMessage,
  insertMessage,
  type MessageHead,
  type MessageOutcome,
  type MessageToSend,
  type NewMessage,
  readCaptureFacts,
  readOrderFacts,
  readRefundFacts,
  readShipmentFacts,
  recordMessage,
  releaseMessage,
  withholdMessage,
} from './messages.sql.ts'
import {
  isMessageKind,
  isPayLink,
  type MessageFacts,
  type MessageKind,
  type OrderMessageKind,
  type PayLinkKind,
} from './messages.ts'
import { type CauseFacts, composeFacts, no_cause } from './order-facts.ts'
import { draftPayLink, withheld_reason } from './pay-links.ts'
import { renderMessage } from './render-message.ts'
import { findTemplate, type TemplateRow } from './templates.sql.ts'
import { defaultHtml, defaultTemplate } from './templates.ts'

export type Messaging = {
  readonly db: Db
  readonly clock: Clock
  readonly secret_key: Secret
  readonly public_url: string
  readonly mailer: Mailer | null
  /** The worker that sends; a web server that sends for staff is none. */
  readonly worker_id?: string | null
}

/** Longer than any mail server is waited for. */
const claim_ms = 5 * 60_000
/** For so long what came of a try is kept for a database that is away. */
const note_ms = 60_000
const note_pause_ms = 500

const retry = (reason: string): EffectOutcome => ({ kind: 'retry', reason })
const stuck = (reason: string): EffectOutcome => ({ kind: 'stuck', reason })
const done: EffectOutcome = { kind: 'done' }

export const orderPageUrl = (app: Pick<Messaging, 'public_url' | 'secret_key'>, id: OrderId) =>
  `${app.public_url}/o/${signToken(app.secret_key, 'order', id)}`

/** The facts of what made the message necessary, and the order that it belongs to. */
async function readCause(
  tx: Tx,
  kind: OrderMessageKind,
  cause_id: string,
): Promise<{ readonly order_id: OrderId; readonly cause: CauseFacts } | null> {
  switch (kind) {
    case 'confirmation':
    case 'canceled':
      return { order_id: cause_id as OrderId, cause: no_cause }
    case 'receipt': {
      const capture = await readCaptureFacts(tx, cause_id)
      return capture && { order_id: capture.order_id, cause: { ...no_cause, capture } }
    }
    case 'refunded': {
      const refund = await readRefundFacts(tx, cause_id)
      return refund && { order_id: refund.order_id, cause: { ...no_cause, refund } }
    }
    // Of these another file knows: remind-of-cart.ts, pay-links.ts.
    case 'cart_abandoned':
    case 'offer':
    case 'payment_due':
      return null
    case 'shipped':
    case 'delivered': {
      const shipment = await readShipmentFacts(tx, cause_id)
      return shipment && { order_id: shipment.order_id, cause: { ...no_cause, shipment } }
    }
  }
}

/** What a message is made of, and where it goes. */
export type Draft = Pick<NewMessage, 'order_id' | 'channel_id' | 'recipient' | 'attachments'> & {
  readonly facts: MessageFacts
  readonly template: TemplateRow | null
  /**
   * Asked before it is written, and true until commit: that somebody still waits for it. Absent
   * where it is about what has happened, which stays so.
   */
  readonly hold?: (tx: Tx) => Promise<boolean>
}
type Material =
  | { readonly kind: 'known'; readonly message: MessageHead }
  | { readonly kind: 'withheld'; readonly message: MessageHead }
  | { readonly kind: 'no'; readonly outcome: EffectOutcome }
  | { readonly kind: 'new'; readonly draft: Draft }

async function readMaterial(
  tx: Tx,
  app: Messaging,
  kind: MessageKind,
  cause_id: string,
): Promise<Material> {
  const message = await findMessage(tx, kind, cause_id)
  if (isPayLink(kind)) return readPayLink(tx, app, { kind, cause_id, message })
  if (message) return { kind: 'known', message }
  if (!isAccountMail(kind)) return readOrderMaterial(tx, app, kind, cause_id)
  const draft = await draftAccountMail(tx, cause_id as AccountMailId, app.public_url)
  // Nobody waits for it any more: it was too old, or the customer was erased.
  return draft ? { kind: 'new', draft } : { kind: 'no', outcome: done }
}

/** What is not due any more is not sent, also where it was written already. */
async function readPayLink(
  tx: Tx,
  app: Messaging,
  asked: {
    readonly kind: PayLinkKind
    readonly cause_id: string
    readonly message: MessageHead | null
  },
): Promise<Material> {
  const { message } = asked
  const { secret_key, clock } = app
  const order_page = (id: OrderId) => orderPageUrl(app, id)
  const draft = await draftPayLink(tx, { secret_key, now: clock(), order_page }, asked)
  if (message) return { kind: draft ? 'known' : 'withheld', message }
  return draft ? { kind: 'new', draft } : { kind: 'no', outcome: done }
}

async function readOrderMaterial(
  tx: Tx,
  app: Messaging,
  kind: OrderMessageKind,
  cause_id: string,
): Promise<Material> {
  const found = await readCause(tx, kind, cause_id)
  const order = found && (await readOrderFacts(tx, found.order_id))
  if (!order) return { kind: 'no', outcome: stuck('there is no such cause') }
  if (isErased(order.email)) return { kind: 'no', outcome: done }
  if (order.number === null && kind !== 'canceled') {
    return { kind: 'no', outcome: retry('the order has no number yet') }
  }
  const { cause } = found
  const transfer = cause.capture ?? cause.refund
  if (transfer?.document_due && transfer.document_id === null) {
    return { kind: 'no', outcome: retry('the document that goes with it is not there yet') }
  }
  const template = await findTemplate(tx, kind, localeChain(readLocale(order.locale)))
  const document_id = transfer?.document_id
  const draft: Draft = {
    facts: composeFacts(kind, order, cause, orderPageUrl(app, order.id)),
    template,
    order_id: order.id,
    channel_id: null,
    recipient: order.email,
    attachments: document_id ? [{ kind: 'invoice', id: document_id }] : [],
  }
  return { kind: 'new', draft }
}

export const noteMessage = (tx: Tx, message: MessageHead, what: string, at: Date) =>
  addEvents(tx, [
    {
      kind: `message.${what}`,
      subject: 'message',
      subject_id: message.id,
      order_id: message.order_id,
      actor: 'system',
      cause_id: message.cause_id,
      detail: { kind: message.kind },
      at,
    },
  ])

/** Writes the row; the outcome is set when there is nothing more to do. */
async function composeMessage(
  app: Messaging,
  kind: MessageKind,
  cause_id: string,
  { facts, template, hold, ...draft }: Draft,
): Promise<EffectOutcome | null> {
  const { subject, text } = template ?? defaultTemplate(kind)
  const html = template?.html ?? defaultHtml(kind)
  const rendered = renderMessage({ subject, html, text }, facts)
  if (rendered.kind === 'failed') {
    const { field, line, message } = rendered.problem
    return stuck(
      `template ${kind} (${template?.locale ?? 'default'}), ${field} ${line}: ${message}`,
    )
  }
  const now = app.clock()
  const message: NewMessage = {
    id: newId<MessageId>(),
    kind,
    cause_id,
    ...draft,
    ...rendered.parts,
    state: app.mailer ? 'sending' : 'mailbox',
    transport: app.mailer?.name ?? 'mailbox',
    created_at: now,
  }
  await transaction(app.db, async (tx) => {
    // Erased or settled since it was read: nothing of it is written.
    if (hold && !(await hold(tx))) return
    const ours = await insertMessage(tx, message)
    if (ours && !app.mailer) await noteMessage(tx, { ...message, last_error: null }, 'sent', now)
  })
  return null
}

const phrase = (text: string): string => text.replaceAll(/[\p{Cc}"\\<>]+/gu, ' ').trim()

async function mailOf(app: Messaging, message: MessageToSend): Promise<Mail> {
  const attachments: Mail['attachments'][number][] = []
  for (const { id } of message.attachments) {
    const { number, bytes } = await invoicePdf(app.db, id as InvoiceId)
    attachments.push({ name: `${number}.pdf`, media_type: 'application/pdf', bytes })
  }
  const { recipient: to, subject } = message
  const { html, text } = fillToken(app.secret_key, message)
  return {
    message_id: `<${message.id}.${message.resends}@${new URL(app.public_url).hostname}>`,
    sender: phrase(message.channel_name),
    reply_to: message.reply_to,
    to,
    subject,
    html,
    text,
    attachments,
  }
}

function readOutcome(outcome: MailOutcome, name: string, now: Date) {
  const failed = { transport: name, reference: null, sent_at: null }
  switch (outcome.kind) {
    case 'sent': {
      const { reference } = outcome
      const sent = { state: 'sent', transport: name, reference, last_error: null, sent_at: now }
      return { record: sent as MessageOutcome, effect: done }
    }
    case 'refused': {
      const last_error = outcome.reason.slice(0, 2000)
      const record: MessageOutcome = { ...failed, state: 'failed', last_error }
      return { record, effect: stuck(`the mail server refused it: ${last_error}`) }
    }
    case 'unavailable':
    case 'unknown': {
      const last_error = `${outcome.kind}: ${outcome.reason}`.slice(0, 2000)
      const record: MessageOutcome = { ...failed, state: 'sending', last_error }
      return { record, effect: retry(last_error) }
    }
  }
}

/** Addresses end up in header lines: whatever is more than one address is not sent. */
const isAddress = (text: string): boolean => /^[^\s,;<>"]+@[^\s,;<>"@]+$/.test(text)

/** Tries until the database is there: without this note the mail would be sent once more. */
async function noteInEnd(app: Messaging, note: (tx: Tx) => Promise<void>): Promise<void> {
  const end = performance.now() + note_ms
  for (;;) {
    try {
      return await transaction(app.db, note)
    } catch (error) {
      if (!isWithoutDatabase(error) || performance.now() > end) throw error
      await setTimeout(note_pause_ms)
    }
  }
}

/** To whom and what about is nobody's business. */
const handOver = (mailer: Mailer, mail: Mail): Promise<MailOutcome> =>
  step(`mail ${mailer.name}`, { kind: 'client' }, async (open) => {
    const outcome = await mailer.send(mail)
    open?.set({ 'onhand.outcome': outcome.kind })
    return outcome
  })

/** One try, unless it is sent or somebody else is trying. */
export async function deliverMessage(app: Messaging, id: MessageId): Promise<EffectOutcome> {
  const now = app.clock()
  const { mailer, worker_id = null } = app
  const until = plusMs(now, claim_ms)
  const message = await transaction(app.db, async (tx) => {
    if (worker_id !== null) await comeAlive(tx, worker_id)
    return claimMessage(tx, id, { now, until, worker_id })
  })
  if (!message) return retry('another worker is sending it')
  if (!mailer) {
    const record = { state: 'mailbox', transport: 'mailbox', reference: null } as const
    await noteInEnd(app, async (tx) => {
      await recordMessage(tx, id, until, { ...record, last_error: null, sent_at: null })
    })
    return done
  }
  const release = async (error: unknown): Promise<never> => {
    await noteInEnd(app, async (tx) => void (await releaseMessage(tx, id, until)))
    throw error
  }
  const outcome: MailOutcome = isAddress(message.recipient)
    ? await handOver(mailer, await mailOf(app, message).catch(release))
    : { kind: 'refused', reason: 'the address is not one address' }
  const { record, effect } = readOutcome(outcome, mailer.name, app.clock())
  await noteInEnd(app, async (tx) => {
    if (!(await recordMessage(tx, id, until, record))) return
    if (outcome.kind === 'sent') await noteMessage(tx, message, 'sent', app.clock())
    if (outcome.kind === 'refused') await noteMessage(tx, message, 'failed', app.clock())
  })
  return effect
}

/** Effects `message_*`. Safe to run twice, also at the same time. */
export async function sendMessage(app: Messaging, effect: Effect): Promise<EffectOutcome> {
  const kind = effect.kind.replace(/^message_/, '')
  if (!isMessageKind(kind)) return stuck(`there is no message ${effect.kind}`)
  const { cause_id } = effect
  const material = await transaction(app.db, (tx) => readMaterial(tx, app, kind, cause_id))
  if (material.kind === 'no') return material.outcome
  if (material.kind === 'withheld') {
    const { id } = material.message
    await transaction(app.db, (tx) => withholdMessage(tx, id, withheld_reason, app.clock()))
    return done
  }
  if (material.kind === 'new') {
    // The shop has switched this message off.
    if (material.draft.template && !material.draft.template.enabled) return done
    const outcome = await composeMessage(app, kind, cause_id, material.draft)
    if (outcome) return outcome
    if (!app.mailer) return done
  }
  const message =
    material.kind === 'known'
      ? material.message
      : await transaction(app.db, (tx) => findMessage(tx, kind, cause_id))
  if (!message && material.kind === 'new' && material.draft.hold) return done
  if (!message) return retry('the message is not there yet')
  if (message.state === 'sent' || message.state === 'mailbox') return done
  return deliverMessage(app, message.id)
}
