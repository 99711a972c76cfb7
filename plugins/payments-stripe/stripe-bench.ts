// The adapter beside its simulator, and a buyer whose browser speaks to Stripe as Stripe.js does.
import assert from 'node:assert/strict'
import { Secret } from '#src/lib/secret.ts'
import type { BuyerAct, MakeBench, PaymentBench } from '#src/ports/payment-bench.ts'
import type { JsonObject } from '#src/ports/payment-provider.ts'
import type { StripeConfig } from './settings.ts'
import {
  type StripeSimulator,
  type StripeSimulatorOptions,
  startStripeSimulator,
} from './simulator.ts'
import { stripePayments } from './stripe.ts'

const secret_key = 'sk_test_51OnhandTestKey'
const publishable_key = 'pk_test_51OnhandTestKey'
const webhook_secret = 'whsec_onhandTestSecret'

export type StripeBench = PaymentBench & { readonly simulator: StripeSimulator }

const cards: Readonly<Record<BuyerAct, string>> = {
  pays: 'pm_card_visa',
  is_declined: 'pm_card_visa_chargeDeclined',
  lacks_funds: 'pm_card_visa_chargeDeclinedInsufficientFunds',
  approves: 'pm_card_threeDSecure2Required',
  fails_approval: 'pm_card_threeDSecure2Required',
}

async function postAsBrowser(url: string, fields: Record<string, string>): Promise<JsonObject> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${publishable_key}` },
    body: new URLSearchParams(fields),
  })
  const json = (await answer.json()) as JsonObject
  // A decline is shown to the buyer; anything else means that Stripe did not let the buyer act.
  assert(answer.ok || answer.status === 402, JSON.stringify(json))
  return json
}

/** What the browser does with `client_data`: pay unless a card is there, then ask the bank. */
async function actInBrowser(
  url: string,
  client_data: JsonObject,
  act: BuyerAct,
): Promise<JsonObject> {
  const { payment_intent: id, client_secret } = client_data
  assert(typeof id === 'string' && typeof client_secret === 'string')
  const asked = client_data['redirect_url']
  let page = typeof asked === 'string' ? asked : null
  if (page === null) {
    const confirmed = await postAsBrowser(`${url}/v1/payment_intents/${id}/confirm`, {
      client_secret,
      payment_method: cards[act],
      return_url: 'http://127.0.0.1:4000/return',
    })
    if (confirmed['status'] === 'requires_action') page = `${url}/_3ds/${id}`
  }
  if (page === null) return { payment_intent: id, redirect_status: 'succeeded' }
  const outcome = act === 'fails_approval' ? 'fail' : 'approve'
  const body = new URLSearchParams({ outcome })
  const back = await fetch(page, { method: 'POST', body, redirect: 'manual' })
  assert.equal(back.status, 303, await back.text())
  const query = new URL(back.headers.get('location')!).searchParams
  return Object.fromEntries(query)
}

export const makeStripeBench =
  (
    pays: 'with_token' | 'in_browser',
    options: Partial<StripeSimulatorOptions> = {},
    config: Partial<StripeConfig> = {},
  ) =>
  async ({ send, webhook_url }: Parameters<MakeBench>[0]): Promise<StripeBench> => {
    const simulator = await startStripeSimulator({
      port: 0,
      webhook_url,
      state_file: null,
      secret_key,
      publishable_key,
      webhook_secret,
      refunds_settle_ms: 0,
      ...options,
    })
    const provider = stripePayments(
      {
        secret_key: new Secret(secret_key),
        publishable_key,
        webhook_secrets: [new Secret(webhook_secret)],
        api_base: simulator.url,
        ...config,
      },
      send,
    )
    const { account } = simulator
    return {
      provider,
      simulator,
      tokenFor: (act) => (pays === 'with_token' ? cards[act] : null),
      buyerActs: (client_data, act) => actInBrowser(simulator.url, client_data, act),
      books: (attempt) => {
        const ours = [...account.intents.values()].filter(
          (row) => row.metadata['attempt'] === attempt,
        )
        const of = new Set(ours.map(({ id }) => id))
        const refunds = [...account.refunds.values()].filter(
          (row) => of.has(row.payment_intent) && row.status !== 'failed',
        )
        const sum = (amounts: readonly number[]) => BigInt(amounts.reduce((a, b) => a + b, 0))
        return {
          reserved: sum(ours.map((row) => row.amount_capturable)),
          captured: sum(ours.map((row) => row.amount_received)),
          refunded: sum(refunds.map((row) => row.amount)),
        }
      },
      signWebhook: (body, at) => ({
        headers: { 'stripe-signature': simulator.sign(body, at) },
        body,
      }),
    }
  }
