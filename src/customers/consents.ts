// Whether the shop may write to somebody, by each way of contact.
export const contacts = ['email', 'sms'] as const
export type Contact = (typeof contacts)[number]

export const consent_sources = [
  'sign_up',
  'account',
  'staff',
  'import',
  'unsubscribe',
  'erasure',
] as const
export type ConsentSource = (typeof consent_sources)[number]

export type Consent = {
  readonly id: string
  readonly contact: Contact
  readonly granted: boolean
  readonly source: ConsentSource
  readonly actor: string
  /** The words that were agreed to. */
  readonly wording: string | null
  readonly at: Date
}
