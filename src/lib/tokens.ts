// Tokens that prove who a cart, an order or a customer belongs to. Nothing is stored: the
// server's key signs kind, id and expiry.

import type { Secret } from './secret.ts'
import { hmacSha256, sameBytes } from './signature.ts'

export type TokenKind = 'cart' | 'order' | 'customer' | 'download' | 'recovery' | 'draft'

const letters: Record<TokenKind, string> = {
  cart: 'c',
  order: 'o',
  customer: 'u',
  download: 'd',
  recovery: 'r',
  draft: 'q',
}
const form = /^([coudrq])\.([0-9a-f-]{36})\.([0-9a-z]{0,9})\.([\w-]{43})$/

const sign = (secret: Secret, text: string): string =>
  hmacSha256(secret.reveal(), 'token\n', text).toString('base64url')

/** `expires_at` null makes a token that holds as long as the key of the server. */
export function signToken(
  secret: Secret,
  kind: TokenKind,
  id: string,
  expires_at: Date | null = null,
): string {
  const expiry = expires_at ? Math.floor(expires_at.getTime() / 1000).toString(36) : ''
  const text = `${letters[kind]}.${id}.${expiry}`
  return `${text}.${sign(secret, text)}`
}

/** The id that the token proves, or null: forged, of another kind, or expired. */
export function readToken<Id extends string>(
  secret: Secret,
  kind: TokenKind,
  token: string,
  now: Date,
): Id | null {
  const match = form.exec(token)
  if (!match) return null
  const [, letter, id, expiry, signature] = match
  if (letter !== letters[kind]) return null
  const text = `${letter}.${id}.${expiry}`
  if (!sameBytes(signature!, sign(secret, text))) return null
  if (expiry !== '' && Number.parseInt(expiry!, 36) * 1000 <= now.getTime()) return null
  return id as Id
}
