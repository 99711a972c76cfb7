// What every simulator of an outside system shares: a small server on loopback that can be
// told to misbehave, a store that survives a restart, and a sender of signed webhooks.
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { send } from './http-client.ts'
import { toJson } from './json.ts'

export type SimulatorRequest = {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}
export type SimulatorAnswer = {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  /** Objects are sent as JSON, bytes and text as they are. */
  readonly body: unknown
}

/** Set with `POST /_simulator/faults`; counters run down by themselves. */
export type Faults = {
  /** Added before each answer. */
  latency_ms: number
  /** The next n requests are carried out, and their connection is then cut. */
  lose_answers: number
  /** The same for the next n of each kind of request that writes: `POST /v1/refunds` is one. */
  lose_each: number
  /** The next n requests get this status and are not carried out. */
  refuse: number
  refuse_status: number
  /** Narrows the three above to requests whose `METHOD /path` contains this text. */
  only: string
  /** Each webhook is sent this often. */
  webhook_copies: number
  /** Webhooks wait until this many are there and are then sent last first. */
  webhook_reorder: number
  webhook_delay_ms: number
  /** The next n webhooks are never sent. */
  webhook_drop: number
}
const no_faults: Faults = {
  latency_ms: 0,
  lose_answers: 0,
  lose_each: 0,
  refuse: 0,
  refuse_status: 503,
  only: '',
  webhook_copies: 1,
  webhook_reorder: 0,
  webhook_delay_ms: 0,
  webhook_drop: 0,
}

export type SimulatorOptions = {
  /** 0 takes any free port. */
  readonly port: number
  /** Where webhooks go. Null sends none. */
  readonly webhook_url: string | null
  /** State is appended to this file and read at the next start. Null keeps it in memory. */
  readonly state_file: string | null
}
export type Webhook = { readonly headers: Readonly<Record<string, string>>; readonly body: string }

export type SimulatorServer = {
  readonly url: string
  readonly faults: Faults
  /** Counts of requests by `METHOD /path`, for tests that ask how often something was called. */
  readonly seen: Map<string, number>
  /** Counts of answers that were lost, by kinds of requests: ids stand there as `:id`. */
  readonly lost: Map<string, number>
  /** Sends now or, with faults, later. Signed anew for each try, as the real systems do. */
  sendWebhook(sign: () => Webhook): void
  /** Resolves when no webhook is waiting to be sent. */
  settled(): Promise<void>
  close(): Promise<void>
}

export type SimulatorStore<T> = {
  get(id: string): T | undefined
  put(id: string, value: T): void
  values(): IterableIterator<T>
}

/** A map whose writes are appended to a file. Dates must be kept as text or numbers. */
export function openStore<T>(state_file: string | null, name: string): SimulatorStore<T> {
  const rows = new Map<string, T>()
  if (state_file && existsSync(state_file)) {
    for (const line of readFileSync(state_file, 'utf8').split('\n')) {
      // The last line may be cut short by a kill.
      if (!line.endsWith(']')) continue
      const [kind, id, value] = JSON.parse(line) as [string, string, T]
      if (kind === name) rows.set(id, value)
    }
  }
  return {
    get: (id) => rows.get(id),
    put: (id, value) => {
      rows.set(id, value)
      if (state_file) appendFileSync(state_file, `${toJson([name, id, value])}\n`)
    },
    values: () => rows.values(),
  }
}

/** Requests that do the same to different things are of one kind. */
const kindOf = (method: string, path: string): string =>
  `${method} ${path.replaceAll(/[^/]*\d[^/]*/g, (part) => (part.length > 4 ? ':id' : part))}`

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

function write(response: ServerResponse, { status, headers, body }: SimulatorAnswer): void {
  const raw = typeof body === 'string' || body instanceof Uint8Array
  const type = raw ? 'text/plain' : 'application/json'
  response.writeHead(status, { 'content-type': type, ...headers })
  response.end(raw ? body : toJson(body))
}

/** Does not keep the process alive: the open server does, and a closed one should not. */
const wait = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms).unref())

/** Retries as real providers do, only faster: 12 tries in about 30 s, or until it is closed. */
async function deliver(url: string, sign: () => Webhook, isClosed: () => boolean): Promise<void> {
  for (let tries = 0; tries < 12 && !isClosed(); tries++) {
    const answer = await send({ method: 'POST', url, ...sign(), timeout_ms: 30_000 })
    // When nobody is listening now, the next try comes.
    if (answer.kind === 'answer' && answer.status < 300) return
    await wait(Math.min(50 * 2 ** tries, 5_000))
  }
}

export async function startSimulatorServer(
  options: SimulatorOptions,
  answer: (request: SimulatorRequest) => SimulatorAnswer | Promise<SimulatorAnswer>,
  /** Further paths under `/_simulator/`; null when there is none. Faults never touch them. */
  ownControl: (request: SimulatorRequest) => SimulatorAnswer | null = () => null,
): Promise<SimulatorServer> {
  const faults: Faults = { ...no_faults }
  const seen = new Map<string, number>()
  const lost = new Map<string, number>()
  /** Of each kind, as many as are still to be lost; forgotten when faults are set anew. */
  const losing = new Map<string, number>()
  const sending = new Set<Promise<void>>()
  const waiting: (() => Webhook)[] = []
  let closed = false

  const dispatch = (sign: () => Webhook): void => {
    for (let copy = 0; copy < faults.webhook_copies; copy++) {
      const delay_ms = faults.webhook_delay_ms
      const sent = (async () => {
        if (delay_ms > 0) await wait(delay_ms)
        await deliver(options.webhook_url!, sign, () => closed)
      })()
      sending.add(sent)
      void sent.finally(() => sending.delete(sent))
    }
  }
  const sendWebhook = (sign: () => Webhook): void => {
    if (options.webhook_url === null) return
    if (faults.webhook_drop > 0) {
      faults.webhook_drop -= 1
      return
    }
    if (faults.webhook_reorder <= 1 && waiting.length === 0) return dispatch(sign)
    waiting.push(sign)
    if (waiting.length >= faults.webhook_reorder) {
      for (const held of waiting.splice(0).reverse()) dispatch(held)
    }
  }

  const isLost = ({ method, path }: SimulatorRequest): boolean => {
    const kind = kindOf(method, path)
    const left = losing.get(kind) ?? faults.lose_each
    const is_write = method !== 'GET' && left > 0
    if (!is_write && faults.lose_answers <= 0) return false
    if (is_write) losing.set(kind, left - 1)
    else faults.lose_answers -= 1
    lost.set(kind, (lost.get(kind) ?? 0) + 1)
    return true
  }

  const control = (request: SimulatorRequest): SimulatorAnswer => {
    if (request.path !== '/_simulator/faults') {
      return ownControl(request) ?? { status: 404, body: { error: 'no such' } }
    }
    if (request.method === 'POST') Object.assign(faults, JSON.parse(request.body.toString()))
    if (request.method === 'DELETE') Object.assign(faults, no_faults)
    losing.clear()
    if (faults.webhook_reorder <= 1) for (const held of waiting.splice(0)) dispatch(held)
    return { status: 200, body: faults }
  }

  const serve = async (message: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(message.url ?? '/', 'http://simulator')
    const request: SimulatorRequest = {
      method: message.method ?? 'GET',
      path: url.pathname,
      query: url.searchParams,
      headers: message.headers as Record<string, string>,
      body: await readBody(message),
    }
    if (request.path.startsWith('/_simulator/')) return write(response, control(request))
    const name = `${request.method} ${request.path}`
    seen.set(name, (seen.get(name) ?? 0) + 1)
    if (faults.latency_ms > 0) await wait(faults.latency_ms)
    const is_meant = name.includes(faults.only)
    if (is_meant && faults.refuse > 0) {
      faults.refuse -= 1
      return write(response, { status: faults.refuse_status, body: { error: 'out of order' } })
    }
    const reply = await answer(request)
    if (is_meant && isLost(request)) {
      message.socket.destroy()
      return
    }
    write(response, reply)
  }

  const server = createServer((message, response) => {
    serve(message, response).catch((error: unknown) => {
      write(response, { status: 500, body: { error: String(error) } })
    })
  })
  await new Promise<void>((done, fail) => {
    server.once('error', fail)
    server.listen(options.port, '127.0.0.1', done)
  })
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    faults,
    seen,
    lost,
    sendWebhook,
    settled: async () => {
      while (sending.size > 0) await Promise.all(sending)
    },
    close: async () => {
      closed = true
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    },
  }
}
