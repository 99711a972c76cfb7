// The bench of the contract suite and of our own tests: the plug-in beside its simulator.
import assert from 'node:assert/strict'
import { send } from '#src/lib/http-client.ts'
import { Secret } from '#src/lib/secret.ts'
import type { SimulatorServer } from '#src/lib/simulator.ts'
import {
  type BuyerAct,
  type MakeBench,
  openBench,
  type PaymentBench,
} from '#src/ports/payment-bench.ts'
import type { Json, JsonObject } from '#src/ports/payment-provider.ts'
import { razorpayPayments } from './razorpay.ts'
import type { RazorpayConfig } from './settings.ts'
import { type Bank, paymentsOf, signRazorpayWebhook } from './simulated-bank.ts'
import { startRazorpaySimulator } from './simulator.ts'

export const keys = {
  key_id: 'rzp_test_Contract000001',
  key_secret: 'contract_key_secret',
  webhook_secret: 'contract_webhook_secret',
}
export const configFor = (changes: Partial<RazorpayConfig>): RazorpayConfig => ({
  key_id: keys.key_id,
  key_secret: new Secret(keys.key_secret),
  webhook_secrets: [new Secret(keys.webhook_secret)],
  api_base: 'http://127.0.0.1:9',
  void: 'refund',
  ...changes,
})

const acts: Readonly<Record<BuyerAct, JsonObject>> = {
  pays: { method: 'upi', vpa: 'success@razorpay' },
  approves: { method: 'card', card_number: '4100 2800 0000 1007', outcome: 'success' },
  is_declined: { method: 'card', card_number: '4100 2800 0006 0003', outcome: 'failure' },
  lacks_funds: { method: 'card', card_number: '4100 2800 0008 0001', outcome: 'failure' },
  fails_approval: { method: 'card', card_number: '4100 2800 0000 0009', outcome: 'failure' },
}
const minor = (amounts: readonly number[]): bigint =>
  amounts.reduce((sum, amount) => sum + BigInt(amount), 0n)

type Told = { readonly status: number; readonly body: { readonly [name: string]: Json } }
export type RazorpayBench = PaymentBench & {
  readonly simulator: SimulatorServer & { readonly bank: Bank }
  /** Speaks to the simulator without the plug-in: the browser, the bank, or the raw API. */
  ask(path: string, body?: JsonObject, headers?: Readonly<Record<string, string>>): Promise<Told>
}

export async function startWith(
  { send: wired, webhook_url }: Parameters<MakeBench>[0],
  mode: RazorpayConfig['void'],
): Promise<RazorpayBench> {
  const options = { port: 0, webhook_url, state_file: null, ...keys }
  const simulator = await startRazorpaySimulator(options)
  const ask: RazorpayBench['ask'] = async (path, body, headers = {}) => {
    const answer = await send({
      method: body ? 'POST' : 'GET',
      url: simulator.url + path,
      headers: { 'content-type': 'application/json', ...headers },
      body: body ? JSON.stringify(body) : null,
      timeout_ms: 5_000,
    })
    assert(answer.kind === 'answer', 'the simulator does not answer')
    return { status: answer.status, body: JSON.parse(answer.body.toString()) }
  }
  return {
    provider: razorpayPayments(configFor({ api_base: simulator.url, void: mode }), wired),
    simulator,
    ask,
    tokenFor: () => null,
    buyerActs: async ({ order_id, notes }, act) => {
      const told = await ask('/_checkout/pay', { order_id: order_id!, notes: notes!, ...acts[act] })
      assert.equal(told.status, 200, 'checkout does not take it')
      return told.body
    },
    books: (attempt) => {
      const orders = [...simulator.bank.orders.values()]
      const ours = orders.filter(({ receipt }) => receipt === attempt)
      const payments = ours.flatMap(({ id }) => paymentsOf(simulator.bank, id))
      const held = payments.filter(({ status }) => status === 'authorized')
      const taken = payments.filter(({ captured }) => captured)
      return {
        reserved: minor(held.map(({ amount }) => amount)),
        captured: minor(taken.map(({ amount }) => amount)),
        refunded: minor(taken.map(({ amount_refunded }) => amount_refunded)),
      }
    },
    signWebhook: (body, at) => signRazorpayWebhook(keys.webhook_secret, `evt${at.getTime()}`, body),
  }
}

/** The open bench of the suite, with the doors that only this plug-in has. */
export async function openRazorpay(mode: RazorpayConfig['void'] = 'refund') {
  let ours: RazorpayBench | undefined
  const bench = await openBench(async (outside) => {
    ours = await startWith(outside, mode)
    return ours
  })
  assert(ours)
  return { ...bench, simulator: ours.simulator, ask: ours.ask }
}
