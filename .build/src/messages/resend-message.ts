// A person sends a message again: the same words to the same address, as a mail of its own.
import { claimKey, hashRequest } from '../db/idempotency.sql.ts'
import { transaction } from '../db/transaction.ts'
import { addEvents } from '../events/events.sql.ts'
import { type MessageId, newId } from '../lib/ids.ts'
import { refuse } from '../lib/refusal.ts'
import { type MessageRow, readMessageHead, reopenMessage } from './messages.sql.ts'
import { deliverMessage, type Messaging } from './send-message.ts'

export type Resend = {
  readonly id: MessageId
  readonly actor: string
  readonly principal_id: string
  readonly route: string
  readonly key: string
}

/**
 * Tries once, now, and returns how it went: `sent`, `failed`, or still `sending` when the mail
 * server did not answer; then the same person may try again, with the same Message-ID.
 * @throws not_found, mail_server_missing, message_being_sent, idempotency_key_reused
 */
export async function resendMessage(app: Messaging, resend: Resend): Promise<MessageRow> {
  const { id, actor, principal_id, route, key } = resend
  if (!app.mailer) throw refuse('mail_server_missing')
  const now = app.clock()
  const repeated = await transaction(app.db, async (tx) => {
    const request_hash = hashRequest({ id })
    const claim = { principal_id, route, key, request_hash, resource_id: newId<string>() }
    if (await claimKey(tx, claim, now)) return true
    if (!(await readMessageHead(tx, id))) throw refuse('not_found')
    const message = await reopenMessage(tx, id, now)
    if (!message) throw refuse('message_being_sent')
    const { order_id, kind, resends } = message
    await addEvents(tx, [
      {
        kind: 'message.resent',
        subject: 'message',
        subject_id: id,
        order_id,
        actor,
        detail: { kind, resends },
        at: now,
      },
    ])
    return false
  })
  if (!repeated) await deliverMessage(app, id)
  const row = await transaction(app.db, (tx) => readMessageHead(tx, id))
  if (!row) throw refuse('not_found')
  return row
}
