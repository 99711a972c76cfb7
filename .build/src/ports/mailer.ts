// What a mail plug-in is.
export type Mail = {
  /** Deterministic per message, so that receivers can drop a repeat. */
  readonly message_id: string
  /** Whom the mail is from, in words; its address is that of the plug-in. */
  readonly sender: string
  readonly reply_to: string
  readonly to: string
  readonly subject: string
  readonly html: string
  readonly text: string
  readonly attachments: readonly {
    readonly name: string
    readonly media_type: string
    readonly bytes: Uint8Array
  }[]
}
export type MailOutcome =
  | { readonly kind: 'sent'; readonly reference: string }
  /** The address or the message will never be accepted. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** Not accepted now, and certainly not delivered: try again later. */
  | { readonly kind: 'unavailable'; readonly reason: string }
  /** The connection broke after the message was handed over. */
  | { readonly kind: 'unknown'; readonly reason: string }

export type Mailer = {
  readonly name: string
  send(mail: Mail): Promise<MailOutcome>
}
