import assert from 'node:assert/strict'
import { send } from '#src/lib/http-client.ts'
import { Secret } from '#src/lib/secret.ts'
import type { BuyerAct, MakeBench } from '#src/ports/payment-bench.ts'
import { testPaymentProvider } from '#src/ports/payment-provider.contract.ts'
import { razorpayPayments } from './razorpay.ts'
import { paymentsOf, signRazorpayWebhook } from './simulated-bank.ts'
import { startRazorpaySimulator } from './simulator.ts'

const keys = {
  key_id: 'rzp_test_Contract000001',
  key_secret: 'contract_key_secret',
  webhook_secret: 'contract_webhook_secret',
}
const acts: Readonly<Record<BuyerAct, object>> = {
  pays: { method: 'upi', vpa: 'success@razorpay' },
  approves: { method: 'card', card_number: '4100 2800 0000 1007', outcome: 'success' },
  is_declined: { method: 'card', card_number: '4100 2800 0006 0003', outcome: 'failure' },
  lacks_funds: { method: 'card', card_number: '4100 2800 0008 0001', outcome: 'failure' },
  fails_approval: { method: 'card', card_number: '4100 2800 0000 0009', outcome: 'failure' },
}
const minor = (amounts: readonly number[]): bigint =>
  amounts.reduce((sum, amount) => sum + BigInt(amount), 0n)

const makeBench: MakeBench = async ({ send: wired, webhook_url }) => {
  const options = { port: 0, webhook_url, state_file: null, ...keys }
  const simulator = await startRazorpaySimulator(options)
  const { bank } = simulator
  const config = {
    key_id: keys.key_id,
    key_secret: new Secret(keys.key_secret),
    webhook_secrets: [new Secret(keys.webhook_secret)],
    api_base: simulator.url,
    void: 'refund' as const,
  }
  return {
    provider: razorpayPayments(config, wired),
    simulator,
    tokenFor: () => null,
    buyerActs: async ({ order_id, notes }, act) => {
      const answer = await send({
        method: 'POST',
        url: `${simulator.url}/_checkout/pay`,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ order_id, notes, ...acts[act] }),
        timeout_ms: 5_000,
      })
      assert(answer.kind === 'answer' && answer.status === 200, 'checkout does not take it')
      return JSON.parse(answer.body.toString())
    },
    books: (attempt) => {
      const orders = [...bank.orders.values()].filter(({ receipt }) => receipt === attempt)
      const payments = orders.flatMap(({ id }) => paymentsOf(bank, id))
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

testPaymentProvider('razorpay', makeBench, {
  'a declined attempt can not be paid afterwards':
    'A failed payment leaves its order open at Razorpay: a later one is only reserved, told by ' +
    'webhook, and captured or given back by the core.',
  'after `canceled` the buyer can not pay any more':
    'An order can not be closed at Razorpay. Made for manual capture it takes nothing by itself: ' +
    'a later payment is only reserved, told by webhook, and canceled by the core.',
  'a webhook of an hour ago is not believed':
    'The signature carries no time, and retries come for a day: the event id stops a replay.',
})
