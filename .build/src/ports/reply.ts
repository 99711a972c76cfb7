// What a plug-in makes of a provider's answer: a yes, a clear no, or doubt.
import type { Foreign } from '../lib/foreign-json.ts'

export type Refused = { readonly kind: 'refused'; readonly code: string; readonly message: string }
export type Reply = { readonly kind: 'ok'; readonly body: Foreign } | Refused

export const refused = (code: string, message: string): Refused => ({
  kind: 'refused',
  code,
  message,
})

/** Nobody knows what was done: no answer, an unreadable one, a provider that is busy or broken. */
export class Doubt extends Error {}

/** For requests that are always right: a no is in doubt too. */
export async function sure(asked: Promise<Reply>): Promise<Foreign> {
  const reply = await asked
  if (reply.kind === 'ok') return reply.body
  throw new Doubt(`${reply.code}: ${reply.message}`)
}

type Unknown = { readonly kind: 'unknown'; readonly reason: string }

/** Whatever is in doubt becomes `unknown`, and the core asks again. Everything else is a bug. */
export const orUnknown =
  <Request, Outcome>(ask: (request: Request) => Promise<Outcome>) =>
  async (request: Request): Promise<Outcome | Unknown> => {
    try {
      return await ask(request)
    } catch (error) {
      if (error instanceof Doubt) return { kind: 'unknown', reason: error.message }
      throw error
    }
  }
