import Type from 'typebox'
import { isStaffMail } from '#src/customers/accounts.ts'
import { transaction } from '#src/db/transaction.ts'
import type { MessageId, OrderId } from '#src/lib/ids.ts'
import { refuse } from '#src/lib/refusal.ts'
import { fillToken } from '#src/messages/account-mails.ts'
import { listMessages, readMessage } from '#src/messages/messages.sql.ts'
import { message_kinds, message_states } from '#src/messages/messages.ts'
import { resendMessage } from '#src/messages/resend-message.ts'
import { pageOf, readCursorId } from './admin-invoices.ts'
import type { App } from './app.ts'
import { actorOf, type Identity, mayDoAll } from './identity.ts'
import { principalOf } from './request-key.ts'
import { Closed, Id, Media, Moment, Nullable, Page, PageQuery, type Route, route } from './route.ts'

export const Kind = Type.Union(message_kinds.map((kind) => Type.Literal(kind)))
const State = Type.Union(message_states.map((state) => Type.Literal(state)))
const DocumentRef = Closed({ kind: Type.Literal('invoice'), id: Id<string>() })

const fields = {
  id: Id<MessageId>(),
  kind: Kind,
  cause_id: Id<string>(
    'what made it necessary: an order, capture, refund, shipment or account mail',
  ),
  order_id: Nullable(Id<OrderId>()),
  recipient: Type.String(),
  subject: Type.String(),
  attachments: Type.Array(DocumentRef),
  state: State,
  transport: Type.String(),
  tries: Type.Integer(),
  resends: Type.Integer(),
  last_error: Nullable(Type.String()),
  created_at: Moment(),
  sent_at: Nullable(Moment()),
}

const list = route({
  method: 'GET',
  path: '/admin/messages',
  who: { staff: 'messages:read' },
  summary: 'The mailbox: messages to buyers, the newest first',
  query: Closed({
    ...PageQuery,
    kind: Type.Optional(Kind),
    order_id: Type.Optional(Id<OrderId>()),
    state: Type.Optional(State),
    recipient: Type.Optional(Type.String({ minLength: 3, maxLength: 320 })),
  }),
  replies: { 200: Page(Closed(fields)) },
  async handle({ app, query }) {
    const { after, limit = 20, ...filter } = query
    const rows = await transaction(app.db, (tx) =>
      listMessages(tx, { ...filter, ...readCursorId(after), limit }),
    )
    return { status: 200, body: pageOf(rows, limit) }
  },
})

/**
 * Without a mail server the mailbox is where links are followed from; else they are not shown.
 * Whoever may not do everything does not get into the account of somebody who may.
 */
async function readWords({ db, secret_key }: App, id: MessageId, identity: Identity) {
  const message = await transaction(db, (tx) => readMessage(tx, id))
  if (!message) throw refuse('not_found')
  const is_shown = !isStaffMail(message.kind) || mayDoAll(identity)
  return message.state === 'mailbox' && is_shown ? fillToken(secret_key, message) : message
}

const read = route({
  method: 'GET',
  path: '/admin/messages/:id',
  who: { staff: 'messages:read' },
  summary: 'One message with what it says',
  params: Closed({ id: Id<MessageId>() }),
  replies: { 200: Closed({ ...fields, html: Type.String(), text: Type.String() }) },
  async handle({ app, params, identity }) {
    return { status: 200, body: await readWords(app, params.id, identity) }
  },
})

const show = route({
  method: 'GET',
  path: '/admin/messages/:id/html',
  who: { staff: 'messages:read' },
  summary: 'The HTML of a message as a page, without scripts',
  params: Closed({ id: Id<MessageId>() }),
  replies: { 200: Media('text/html') },
  async handle({ app, params, identity }) {
    const message = await readWords(app, params.id, identity)
    return {
      status: 200,
      raw: {
        media_type: 'text/html; charset=utf-8',
        headers: {
          // Templates are written by people: on our own origin they may not do anything.
          'content-security-policy':
            "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src https: data:",
          'cache-control': 'private, no-store',
          'referrer-policy': 'no-referrer',
          'x-content-type-options': 'nosniff',
        },
        content: message.html,
      },
    }
  },
})

const resend = route({
  method: 'POST',
  path: '/admin/messages/:id/resend',
  who: { staff: 'messages:write' },
  summary: 'Send a message again, the same words to the same address',
  params: Closed({ id: Id<MessageId>() }),
  replies: { 200: Closed(fields) },
  idempotent: true,
  async handle({ app, params, identity, key }) {
    const message = await resendMessage(app, {
      id: params.id,
      actor: actorOf(identity),
      principal_id: principalOf(identity),
      route: 'POST /admin/messages/:id/resend',
      key,
    })
    return { status: 200, body: message }
  },
})

export const admin_messages_routes: readonly Route[] = [list, read, show, resend]
