// The bench on which a payment plug-in is tested: the plug-in, its simulator, a buyer, and
// between plug-in and simulator a wire that the cases can read and disturb.
import assert from 'node:assert/strict'
import { type HttpAnswer, type Send, send } from '../lib/http-client.ts'
import { type AttemptId, type CaptureId, newId, type OrderId, type RefundId } from '../lib/ids.ts'
import type { Currency, Money } from '../lib/money.ts'
import { type SimulatorServer, startSimulatorServer, type Webhook } from '../lib/simulator.ts'
import type {
  AttemptAt,
  JsonObject,
  PaymentOutcome,
  PaymentProvider,
  StartPayment,
} from './payment-provider.ts'
import type { RawWebhook } from './raw-webhook.ts'

/** What the buyer does, or what becomes of it. Each provider has test cards for these. */
export type BuyerAct =
  /** A card that is good without any further question. */
  | 'pays'
  | 'is_declined'
  | 'lacks_funds'
  /** The bank asks the buyer to approve (3-D Secure, one-time password), and the buyer does. */
  | 'approves'
  | 'fails_approval'

/** What the provider itself has on record for one attempt, in our minor units. */
export type Books = {
  readonly reserved: bigint
  readonly captured: bigint
  readonly refunded: bigint
}

export type PaymentBench = {
  readonly provider: PaymentProvider
  readonly simulator: Pick<SimulatorServer, 'faults' | 'settled' | 'close'>
  /** The token for `start`; null when the buyer pays in the browser after the start. */
  tokenFor(act: BuyerAct): string | null
  /**
   * Does what the provider's script does in the browser with `client_data`, and returns what it
   * hands to the shop's page. Rejects when the provider does not let the buyer do this any more.
   */
  buyerActs(client_data: JsonObject, act: BuyerAct): Promise<JsonObject>
  /** Read from the simulator's state, never through the plug-in. */
  books(attempt: AttemptId): Books
  /** Signs any text the way the provider signs its webhooks. */
  signWebhook(body: string, at: Date): Webhook
}
/** The plug-in must do all its sending through `send`, and the simulator post to `webhook_url`. */
export type MakeBench = (outside: {
  readonly send: Send
  readonly webhook_url: string
}) => Promise<PaymentBench>

export type Wire = {
  sent: number
  /** The next n requests that change something are carried out, and their connection is cut. */
  lose_posts: number
  /** Changes what the provider answered, on its way to the plug-in. */
  rewrite: ((answer: HttpAnswer) => HttpAnswer) | null
}
export type OpenBench = PaymentBench & {
  readonly wire: Wire
  /** All webhooks so far. Wait for `simulator.settled()` first. */
  readonly webhooks: RawWebhook[]
  close(): Promise<void>
}

export async function openBench(makeBench: MakeBench): Promise<OpenBench> {
  const wire: Wire = { sent: 0, lose_posts: 0, rewrite: null }
  const webhooks: RawWebhook[] = []
  const receiver = await startSimulatorServer(
    { port: 0, webhook_url: null, state_file: null },
    ({ headers, body }) => {
      webhooks.push({ headers, body, received_at: new Date() })
      return { status: 200, body: '' }
    },
  )
  const wired: Send = async (request) => {
    wire.sent += 1
    if (wire.lose_posts > 0 && request.method === 'POST') {
      wire.lose_posts -= 1
      bench.simulator.faults.lose_answers = 1
    }
    const answer = await send(request)
    return answer.kind === 'answer' && wire.rewrite ? wire.rewrite(answer) : answer
  }
  const bench: PaymentBench = await makeBench({ send: wired, webhook_url: `${receiver.url}/hooks` })
  const close = async () => {
    await bench.simulator.close()
    await receiver.close()
  }
  return { ...bench, wire, webhooks, close }
}

/** No other number in an answer looks like this one, so that a case can find and change it. */
export const usual_price: Money = { amount: 123_457n, currency: 'INR' as Currency }

export const someAttempt = (changes: Partial<StartPayment> = {}): StartPayment => ({
  attempt: newId<AttemptId>(),
  order: newId<OrderId>(),
  price: usual_price,
  capture: 'now',
  token: null,
  buyer: {
    email: 'buyer@shop.example',
    name: 'Asha Rao',
    phone: '+919800000001',
    address: {
      line1: '4 Lake Road',
      line2: null,
      city: 'Bengaluru',
      region: 'KA',
      postal_code: '560001',
      country: 'IN',
    },
  },
  return_url: 'http://127.0.0.1:4000/return',
  ...changes,
})

export const at = <R extends string | null>(
  { attempt, order, price }: StartPayment,
  reference: R,
): AttemptAt & { readonly reference: R } => ({
  attempt,
  order,
  price,
  reference,
  started_at: new Date(),
})

export const startAs = (
  { provider, tokenFor }: OpenBench,
  request: StartPayment,
  act: BuyerAct,
): Promise<PaymentOutcome> => provider.start({ ...request, token: tokenFor(act) })

/**
 * Some providers only ever authorize, and the core asks for the capture of what is taken now.
 * Returns what the core knows after that; everything else passes as it is.
 */
export async function takeNow(
  { provider }: OpenBench,
  request: StartPayment,
  outcome: PaymentOutcome,
): Promise<PaymentOutcome> {
  if (request.capture === 'later' || outcome.kind !== 'authorized') return outcome
  const { reference, amount } = outcome
  const taken = await provider.capture(captureOf(request, reference, amount.amount))
  assert.equal(taken.kind, 'succeeded', 'what was authorized could not be captured')
  return provider.lookup(at(request, reference))
}

/** The whole story from start to the last word, whichever shape the provider has. */
export async function pay(
  bench: OpenBench,
  request: StartPayment,
  act: BuyerAct = 'pays',
): Promise<PaymentOutcome> {
  const started = await startAs(bench, request, act)
  if (started.kind !== 'requires_action') return takeNow(bench, request, started)
  const answer = await bench.buyerActs(started.client_data, act)
  const finished = await bench.provider.finish({ ...at(request, started.reference), answer })
  return takeNow(bench, request, finished)
}

export const captureOf = (
  request: StartPayment,
  reference: string,
  amount: bigint,
  final = true,
) => ({
  ...at(request, reference),
  capture: newId<CaptureId>(),
  amount: { amount, currency: request.price.currency },
  final,
})

export const refundOf = (request: StartPayment, reference: string, amount: bigint) => ({
  ...at(request, reference),
  refund: newId<RefundId>(),
  amount: { amount, currency: request.price.currency },
})
