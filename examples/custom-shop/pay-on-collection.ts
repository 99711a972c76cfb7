// A payment method: regulars pay in cash when they fetch their goods. Nobody outside is asked.
import type { AttemptAt, PaymentProvider, Plugin } from 'onhand'

const promised = ({ attempt, price }: Pick<AttemptAt, 'attempt' | 'price'>) =>
  ({ kind: 'captured', reference: attempt, amount: price, fee: null }) as const

const payOnCollection: PaymentProvider = {
  name: 'collection',
  capabilities: {
    partial_capture: { no: 'The buyer pays the whole order at the counter.' },
    several_captures: { no: 'The buyer pays the whole order at the counter.' },
    capture_later: { no: 'The order counts as paid when it is placed.' },
    void: { no: 'Nothing is ever only reserved.' },
  },
  browser: {},
  immediate: promised,
  start: async (request) => promised(request),
  finish: async (request) => promised(request),
  lookup: async () => ({ kind: 'not_found' }),
  cancel: async ({ reference, price }) =>
    reference === null
      ? { kind: 'canceled', reference }
      : { kind: 'captured', reference, amount: price, fee: null },
  capture: async () => ({
    kind: 'refused',
    code: 'already_captured',
    message: 'The order counted as paid when it was placed.',
  }),
  refund: async ({ refund }) => ({ kind: 'succeeded', reference: refund, fee: null }),
  readWebhook: () => null,
}

export const pay_on_collection: Plugin = {
  kind: 'payments',
  title: 'Pay on collection',
  settings: [],
  open: () => payOnCollection,
}
