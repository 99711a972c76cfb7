// A Stripe account on loopback: keys, idempotency, errors, the bank's page for 3-D Secure and
// signed webhooks. Written from what Stripe documents; it knows nothing of our adapter.
import { sameBytes, sha256 } from '../../src/lib/signature.ts'
import {
  openStore,
  type SimulatorAnswer,
  type SimulatorOptions,
  type SimulatorRequest,
  type SimulatorServer,
  startSimulatorServer,
} from '../../src/lib/simulator.ts'
import { answerChallenge, endpoints, run, type World } from './simulator-endpoints.ts'
import {
  type Account,
  emitter,
  openAccount,
  settleRefunds,
  signStripe,
} from './simulator-ledger.ts'
import {
  decodeForm,
  type ErrorBody,
  expandAll,
  invalid,
  type Json,
  listOf,
  newStripeId,
  type Params,
  StripeApiError,
} from './simulator-wire.ts'

export type StripeSimulatorOptions = SimulatorOptions & {
  readonly secret_key: string
  readonly publishable_key: string
  readonly webhook_secret: string
  readonly clock?: () => Date
  /** How long a request with an idempotency key runs; a second one meanwhile is a conflict. */
  readonly work_ms?: number
  /** When pending refunds reach their end by themselves. 0 leaves that to `settleRefunds`. */
  readonly refunds_settle_ms?: number
}
export type StripeSimulator = SimulatorServer & {
  /** What the account holds, for tests that compare it with what was told. */
  readonly account: Account
  sign(body: string, at: Date): string
  /** The buyer presses a button on the page of the bank. */
  answerChallenge(payment_intent: string, approved: boolean): void
  /** Lets pending refunds succeed, and those fail whose card makes them fail. */
  settleRefunds(): void
}

type Kept = { readonly request: string; readonly at_s: number; readonly answer: SimulatorAnswer }
const keep_s = 24 * 3600

const failureOf = ({ status, body }: { status: number; body: ErrorBody }): SimulatorAnswer => ({
  status,
  body: { error: body },
})
const refusal = (status: number, message: string, code?: string): StripeApiError =>
  new StripeApiError(status, {
    type: 'invalid_request_error',
    ...(code ? { code } : {}),
    message,
  })

/** Who asks: the shop's server with the secret key, or a browser with the publishable one. */
function readCaller(
  request: SimulatorRequest,
  options: StripeSimulatorOptions,
): 'shop' | 'browser' {
  const [scheme, value = ''] = (request.headers['authorization'] ?? '').split(' ')
  const key = scheme === 'Basic' ? Buffer.from(value, 'base64').toString().replace(/:$/, '') : value
  if (key === '') throw refusal(401, 'You did not provide an API key.')
  if (sameBytes(sha256(key), sha256(options.secret_key))) return 'shop'
  if (sameBytes(sha256(key), sha256(options.publishable_key))) return 'browser'
  throw refusal(401, `Invalid API Key provided: ${key.slice(0, 8)}***`)
}

function readParams({ method, query, headers, body }: SimulatorRequest): Params {
  if (method === 'GET') return decodeForm(query)
  const type = headers['content-type'] ?? ''
  if (body.length > 0 && !type.startsWith('application/x-www-form-urlencoded'))
    throw invalid(`Invalid request: unsupported content type ${type}.`)
  return decodeForm(new URLSearchParams(body.toString()))
}

function expanded(account: Account, object: Json, params: Params): Json {
  const find = (id: string): Json | undefined =>
    id.startsWith('ch_')
      ? account.charges.get(id)
      : id.startsWith('txn_')
        ? account.moves.get(id)
        : id.startsWith('pi_')
          ? account.intents.get(id)
          : undefined
  return expandAll(object, listOf(params, 'expand'), find)
}

function execute(
  request: SimulatorRequest,
  params: Params,
  world: World,
  caller: 'shop' | 'browser',
): SimulatorAnswer {
  const found = endpoints.find(
    ({ method, path }) => method === request.method && path.test(request.path),
  )
  if (!found) throw refusal(404, `Unrecognized request URL (${request.method}: ${request.path}).`)
  if (caller === 'browser' && !found.browser)
    throw refusal(403, 'This API call cannot be made with a publishable API key.')
  const [, id = ''] = found.path.exec(request.path)!
  const { account } = world
  account.asked.idempotency_key = request.headers['idempotency-key'] ?? null
  try {
    const object = run(found, world, params, id, caller === 'browser')
    return { status: 200, body: structuredClone(expanded(account, object, params)) }
  } finally {
    account.asked.idempotency_key = null
  }
}

type Tried<T> =
  | { readonly done: true; readonly value: T }
  | { readonly done: false; readonly answer: SimulatorAnswer; readonly began: boolean }

const attempt = <T>(body: () => T): Tried<T> => {
  try {
    return { done: true, value: body() }
  } catch (error) {
    if (!(error instanceof StripeApiError)) throw error
    return { done: false, answer: structuredClone(failureOf(error)), began: error.began }
  }
}
const answerOf = (tried: Tried<SimulatorAnswer>): SimulatorAnswer =>
  tried.done ? tried.value : tried.answer

/** An answer is kept under its key once the work began; what was refused before is not. */
function openIdempotency(options: StripeSimulatorOptions, now_s: () => number) {
  const kept = openStore<Kept>(options.state_file, 'idempotency')
  const running = new Set<string>()
  return async (
    request: SimulatorRequest,
    work: () => SimulatorAnswer,
  ): Promise<SimulatorAnswer> => {
    const key = request.headers['idempotency-key']
    if (request.method !== 'POST' || !key) return answerOf(attempt(work))
    if (key.length > 255) return failureOf(invalid('Idempotency keys have at most 255 characters.'))
    const asked = sha256(`${request.path}\n${request.body}`).toString('hex')
    const before = kept.get(key)
    if (before && now_s() - before.at_s < keep_s) {
      if (before.request === asked) {
        const headers = { ...before.answer.headers, 'idempotent-replayed': 'true' }
        return { ...before.answer, headers }
      }
      const message = `Keys can only be used with the parameters they were first used with: ${key}`
      return failureOf({ status: 400, body: { type: 'idempotency_error', message } })
    }
    if (running.has(key)) {
      const code = 'idempotency_key_in_use'
      const message = `There is another request with this idempotency key: ${key}`
      return failureOf({ status: 409, body: { type: 'idempotency_error', code, message } })
    }
    running.add(key)
    await new Promise((done) => setTimeout(done, options.work_ms ?? 0))
    const tried = attempt(work)
    const answer = answerOf(tried)
    running.delete(key)
    if (tried.done || tried.began) kept.put(key, { request: asked, at_s: now_s(), answer })
    return answer
  }
}

const bank_page = (id: string): string => `<!doctype html><meta charset="utf-8">
<title>Test bank</title><h1>Approve this payment?</h1><p>${id}</p>
<form method="post"><button name="outcome" value="approve">Approve</button>
<button name="outcome" value="fail">Fail</button></form>`

type Asked = { readonly redirect_to_url?: { readonly return_url: string } }

function serveBank(request: SimulatorRequest, world: World): SimulatorAnswer {
  const id = request.path.slice('/_3ds/'.length).replaceAll(/\W/g, '')
  const html = { 'content-type': 'text/html; charset=utf-8' }
  if (request.method === 'GET') return { status: 200, headers: html, body: bank_page(id) }
  const approved = new URLSearchParams(request.body.toString()).get('outcome') === 'approve'
  const tried = attempt((): SimulatorAnswer => {
    const asked = world.account.intents.get(id)?.['next_action'] as Asked | null | undefined
    const back = asked?.redirect_to_url?.return_url
    const intent = answerChallenge(world, id, approved)
    if (typeof back !== 'string') return { status: 200, headers: html, body: 'You may go back.' }
    const url = new URL(back)
    url.searchParams.set('payment_intent', id)
    url.searchParams.set('payment_intent_client_secret', intent.client_secret)
    url.searchParams.set('redirect_status', approved ? 'succeeded' : 'failed')
    return { status: 303, headers: { location: url.href }, body: '' }
  })
  return answerOf(tried)
}

/** Every charge that took or reserved money: what the shop says can be compared with it. */
const showBooks = ({ charges }: Account): SimulatorAnswer => {
  const payments = [...charges.values()]
    .filter(({ paid }) => paid)
    .map(({ id, amount_captured: captured, amount_refunded: refunded }) => ({
      id,
      captured,
      refunded,
    }))
  return { status: 200, body: { payments } }
}

/** Stripe lets browsers of any site in; the publishable key says whose they are. */
const open_to_browsers = {
  'access-control-allow-origin': '*',
  'access-control-allow-headers': 'authorization, content-type, idempotency-key',
  'access-control-allow-methods': 'GET, POST',
}

export async function startStripeSimulator(
  options: StripeSimulatorOptions,
): Promise<StripeSimulator> {
  const now = options.clock ?? (() => new Date())
  const account = openAccount(options.state_file, now)
  const idempotent = openIdempotency(options, account.now_s)
  let server: SimulatorServer | null = null
  const emit = emitter(account, () => server!, options.webhook_secret, now)
  const world: World = { account, emit, url: () => server!.url }

  const answerApi = async (request: SimulatorRequest): Promise<SimulatorAnswer> => {
    const read = attempt(() => ({
      caller: readCaller(request, options),
      params: readParams(request),
    }))
    if (!read.done) return read.answer
    const { caller, params } = read.value
    return idempotent(request, () => execute(request, params, world, caller))
  }
  const answer = async (request: SimulatorRequest): Promise<SimulatorAnswer> => {
    if (request.path.startsWith('/_3ds/')) return serveBank(request, world)
    if (request.method === 'OPTIONS') return { status: 204, headers: open_to_browsers, body: '' }
    const { status, headers, body } = await answerApi(request)
    const named = { 'request-id': newStripeId('req'), ...open_to_browsers, ...headers }
    return { status, headers: named, body }
  }
  server = await startSimulatorServer(options, answer, ({ path }) =>
    path === '/_simulator/books' ? showBooks(account) : null,
  )

  const settle = () => settleRefunds(account, emit)
  const every_ms = options.refunds_settle_ms ?? 2_000
  const timer = every_ms > 0 ? setInterval(settle, every_ms).unref() : undefined
  const { close } = server
  return {
    ...server,
    account,
    sign: (body, at) => signStripe(options.webhook_secret, body, Math.floor(at.getTime() / 1000)),
    answerChallenge: (id, approved) => void answerChallenge(world, id, approved),
    settleRefunds: settle,
    close: async () => {
      clearInterval(timer)
      await close()
    },
  }
}
