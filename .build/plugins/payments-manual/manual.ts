// Money that changes hands without a provider: cash at the counter, a bank transfer that staff
// have seen. Offer it only in channels whose buyers are vouched for.
import type { AttemptAt, PaymentProvider } from '../../src/ports/payment-provider.ts'

const taken = ({ attempt, price }: Pick<AttemptAt, 'attempt' | 'price'>) =>
  ({ kind: 'captured', reference: attempt, amount: price, fee: null }) as const

export function manualPayments(): PaymentProvider {
  return {
    name: 'manual',
    capabilities: {
      partial_capture: { no: 'The money is taken whole when the order is placed.' },
      void: { no: 'Nothing is ever only reserved.' },
      several_captures: { no: 'The money is taken whole when the order is placed.' },
      capture_later: { no: 'The money is taken when the order is placed.' },
    },
    browser: {},
    immediate: taken,
    start: async (request) => taken(request),
    finish: async (request) => taken(request),
    // An attempt is recorded in the transaction that makes it: one that is open never happened.
    lookup: async () => ({ kind: 'not_found' }),
    cancel: async ({ reference, price }) =>
      reference === null
        ? { kind: 'canceled', reference }
        : { kind: 'captured', reference, amount: price, fee: null },
    capture: async () => ({
      kind: 'refused',
      code: 'already_captured',
      message: 'The money was taken when the order was placed.',
    }),
    // Staff hand the money back; asking for the refund is what says so.
    refund: async ({ refund }) => ({ kind: 'succeeded', reference: refund, fee: null }),
    readWebhook: () => null,
  }
}
