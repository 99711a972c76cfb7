// What providers tell by webhooks, signed as they sign, in the shortest form that still counts.
import { signRazorpayWebhook } from '#plugins/payments-razorpay/simulated-bank.ts'
import { hmacSha256 } from '#src/lib/signature.ts'
import { easypost_hook, razorpay_hook, stripe_hook } from '#test/plugins.ts'

type Headers = Readonly<Record<string, string>>
let last_id = 0

/** The header that makes each provider's words believed. */
export const signers: Readonly<Record<string, (body: string) => Headers>> = {
  stripe: (body) => {
    const t = Math.floor(Date.now() / 1000)
    const v1 = hmacSha256(stripe_hook, `${t}.`, body).toString('hex')
    return { 'stripe-signature': `t=${t},v1=${v1}` }
  },
  razorpay: (body) => signRazorpayWebhook(razorpay_hook, `wild_${last_id++}`, body).headers,
  easypost: (body) => ({
    'x-hmac-signature': `hmac-sha256-hex=${hmacSha256(easypost_hook, body).toString('hex')}`,
  }),
}

export type Told = { readonly provider: string; readonly body: Readonly<Record<string, unknown>> }

const ofStripe = (type: string, object: object): Told => ({
  provider: 'stripe',
  body: { id: `evt_wild_${last_id++}`, type, livemode: false, data: { object } },
})
export const stripeIntent = (id: string, attempt: string, units: number, more = {}): Told =>
  ofStripe('payment_intent.succeeded', {
    id,
    object: 'payment_intent',
    status: 'succeeded',
    amount_received: units,
    amount_capturable: 0,
    currency: 'eur',
    client_secret: `${id}_secret`,
    metadata: { attempt },
    latest_charge: {
      id: 'ch_wild',
      balance_transaction: { fee: 30, currency: 'eur' },
      payment_method_details: { card: { capture_before: 1_900_000_000 } },
    },
    last_payment_error: null,
    ...more,
  })
export const stripeRefund = (payment_intent: string, amount: number, more = {}): Told =>
  ofStripe('refund.updated', {
    id: `re_wild_${last_id++}`,
    object: 'refund',
    payment_intent,
    amount,
    currency: 'eur',
    status: 'succeeded',
    metadata: {},
    ...more,
  })
export const stripeDispute = (payment_intent: string, more = {}): Told =>
  ofStripe('charge.dispute.created', {
    id: 'dp_wild',
    payment_intent,
    amount: 100,
    currency: 'eur',
    status: 'needs_response',
    ...more,
  })

const ofRazorpay = (event: string, entities: Readonly<Record<string, object>>): Told => ({
  provider: 'razorpay',
  body: {
    event,
    payload: Object.fromEntries(
      Object.entries(entities).map(([name, entity]) => [name, { entity }]),
    ),
  },
})
/** `more` of the payment, `disputed` of the dispute. */
export function razorpayEvents(
  order_id: string,
  attempt: string,
  amount: number,
  more: object = {},
  disputed: object = {},
): Told[] {
  const payment = {
    id: 'pay_Wild0001',
    order_id,
    amount,
    currency: 'INR',
    status: 'captured',
    captured: true,
    fee: 10,
    error_reason: null,
    created_at: 1_790_000_000,
    notes: { attempt: 'x', proof: 'x' },
    ...more,
  }
  const held = { ...payment, status: 'authorized', captured: false }
  const refund = { id: `rfnd_Wild${last_id++}`, amount: 1, currency: 'INR', status: 'processed' }
  const dispute = { id: 'disp_Wild', amount, currency: 'INR', status: 'open', ...disputed }
  return [
    ofRazorpay('payment.captured', { payment }),
    ofRazorpay('payment.authorized', { payment: held }),
    ofRazorpay('order.paid', { payment, order: { id: order_id, receipt: attempt } }),
    ofRazorpay('refund.processed', { payment, refund: { ...refund, receipt: 'elsewhere' } }),
    ofRazorpay('payment.dispute.created', { payment, dispute }),
  ]
}

const ofEasypost = (description: string, result: object): Told => ({
  provider: 'easypost',
  body: { id: `evt_wild_${last_id++}`, description, result },
})
export const easypostTracker = (tracking_code: string, more = {}): Told =>
  ofEasypost('tracker.updated', {
    tracking_code,
    status: 'in_transit',
    status_detail: 'on the way',
    updated_at: '2026-11-22T10:00:00Z',
    tracking_details: [
      {
        status: 'in_transit',
        message: 'Accepted',
        status_detail: 'received',
        datetime: '2026-11-22T09:00:00Z',
        tracking_location: { city: 'BERLIN', state: 'BE', zip: '10115', country: 'DE' },
      },
    ],
    ...more,
  })
export const easypostRefund = (shipment_id: string): Told =>
  ofEasypost('refund.successful', { shipment_id, status: 'refunded' })
