// The wire to Razorpay. Their SDK loses the cause of a broken connection, cannot send the
// header that makes a refund safe to repeat, and knows no time limit; this is what we need of it.
import { readJsonObject, type Send } from '#src/lib/http-client.ts'
import type { RazorpayConfig } from './settings.ts'

export type Entity = Readonly<Record<string, unknown>>
export type Refused = {
  readonly kind: 'refused'
  readonly code: string
  readonly message: string
}
export type Reply = { readonly kind: 'ok'; readonly body: Entity } | Refused

/** No answer, an unreadable one, or Razorpay busy or broken: nobody can say what was done. */
export class Doubt extends Error {}

export type Client = {
  post(path: string, body: object, headers?: Readonly<Record<string, string>>): Promise<Reply>
  /** For requests that are always right: an explicit no is in doubt too. */
  get(path: string): Promise<Entity>
  patch(path: string, body: object): Promise<Entity>
  /** All items of a collection, newest first. */
  list(path: string, query?: Readonly<Record<string, string>>): Promise<readonly Entity[]>
}

const timeout_ms = 30_000
const page_size = 100
const pages_max = 10
const text_max = 200

export const isEntity = (value: unknown): value is Entity =>
  value !== null && typeof value === 'object' && !Array.isArray(value)

export const readText = (value: unknown): string | null =>
  typeof value === 'string' && value !== '' ? value.slice(0, text_max) : null

/** Only an explicit no is one. `reason` is the finer word; both are open vocabularies. */
function readRefusal(status: number, body: Entity | null): Refused {
  const error = isEntity(body?.['error']) ? body['error'] : {}
  const code = readText(error['reason']) ?? readText(error['code'])
  const message = readText(error['description']) ?? 'no reason given'
  const broken = ['GATEWAY_ERROR', 'SERVER_ERROR'].includes(String(error['code']))
  const explicit = status >= 400 && status < 500 && ![408, 409, 425, 429].includes(status)
  if (explicit && code && !broken) return { kind: 'refused', code, message }
  throw new Doubt(`razorpay answered ${status}: ${message}`)
}

export function razorpayClient(config: RazorpayConfig, send: Send): Client {
  const pair = `${config.key_id}:${config.key_secret.reveal()}`
  // The scheme word is compared by case: `basic` is refused.
  const authorization = `Basic ${Buffer.from(pair).toString('base64')}`

  const call = async (
    method: 'GET' | 'POST' | 'PATCH',
    path: string,
    body: object | null,
    more: Readonly<Record<string, string>> = {},
  ): Promise<Reply> => {
    const answer = await send({
      method,
      url: `${config.api_base}/v1${path}`,
      headers: { authorization, ...(body && { 'content-type': 'application/json' }), ...more },
      body: body && JSON.stringify(body),
      timeout_ms,
    })
    if (answer.kind === 'no_answer') throw new Doubt(`no answer from razorpay: ${answer.reason}`)
    const read = readJsonObject(answer.body)
    if (answer.status === 200 && read !== null) return { kind: 'ok', body: read }
    return readRefusal(answer.status, read)
  }
  const sure = async (reply: Promise<Reply>): Promise<Entity> => {
    const told = await reply
    if (told.kind === 'ok') return told.body
    throw new Doubt(`razorpay refused: ${told.code}: ${told.message}`)
  }
  const get = (path: string): Promise<Entity> => sure(call('GET', path, null))
  return {
    get,
    post: (path, body, headers) => call('POST', path, body, headers),
    patch: (path, body) => sure(call('PATCH', path, body)),
    list: async (path, query = {}) => {
      const items: Entity[] = []
      for (let page = 0; page < pages_max; page++) {
        const skip = String(page * page_size)
        const words = new URLSearchParams({ ...query, count: String(page_size), skip })
        const found = (await get(`${path}?${words}`))['items']
        if (!Array.isArray(found)) throw new Doubt('a list without items')
        items.push(...found.filter(isEntity))
        if (found.length < page_size) return items
      }
      throw new Doubt(`more than ${pages_max * page_size} items at ${path}`)
    },
  }
}
