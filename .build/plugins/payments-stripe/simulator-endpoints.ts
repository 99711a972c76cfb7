// The endpoints of the simulated Stripe: what may be asked, what is checked, what it does.
import { type CardBehavior, cardOf, readyMadeOf } from './simulator-cards.ts'
import {
  type Account,
  cancelIntent,
  captureIntent,
  charge,
  declineIntent,
  type Emit,
  type IntentObject,
  lapse,
  refundCharge,
  shownRefund,
} from './simulator-ledger.ts'
import {
  assertKnown,
  booleanOf,
  groupOf,
  integerOf,
  invalid,
  type Json,
  listOf,
  mergeMetadata,
  missing,
  newStripeId,
  type Params,
  pageOf,
  StripeApiError,
  textOf,
} from './simulator-wire.ts'

export type World = {
  readonly account: Account
  readonly emit: Emit
  /** Where the simulator is, for the address of the page of the bank. */
  readonly url: () => string
}
type Call = World & {
  readonly params: Params
  readonly id: string
  /** True when a browser asks, with the publishable key and the intent's client secret. */
  readonly browser: boolean
}
export type Endpoint = {
  readonly method: 'GET' | 'POST'
  readonly path: RegExp
  readonly known: string
  readonly browser: boolean
  readonly run: (call: Call) => Json
}

const without_digits = 'bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf'.split(' ')
const with_three_digits = 'bhd jod kwd omr tnd'.split(' ')

function checkAmount(amount: number, currency: string): void {
  if (!/^[a-z]{3}$/.test(currency))
    throw invalid(`Invalid currency: ${currency}`, undefined, 'currency')
  if (amount < 1) throw invalid('Invalid positive integer', 'parameter_invalid_integer', 'amount')
  if (amount > 99_999_999)
    throw invalid('Amount must be no more than 999,999.99', 'amount_too_large', 'amount')
  if (!without_digits.includes(currency) && amount < 50)
    throw invalid('Amount must convert to at least 50 cents.', 'amount_too_small', 'amount')
  if (with_three_digits.includes(currency) && amount % 10 !== 0)
    throw invalid('The last digit of this amount must be 0.', undefined, 'amount')
  if (['isk', 'ugx'].includes(currency) && amount % 100 !== 0)
    throw invalid('Amounts in this currency must end in 00.', undefined, 'amount')
}

function intentOf({ account, emit, id, params, browser }: Call): IntentObject {
  const intent = account.intents.get(id)
  const secret = textOf(params, 'client_secret')
  if (!intent) throw missing('payment_intent', id)
  if (browser && secret !== intent.client_secret) throw missing('payment_intent', id)
  lapse(account, emit, intent)
  return intent
}

/** A ready-made payment method, or one that was made here from a test number. */
function behaviorOf(account: Account, payment_method: string): CardBehavior {
  const name = account.methods.get(payment_method)?.behaves_as ?? payment_method
  const card = cardOf(name)
  if (card) return card
  throw new StripeApiError(400, {
    type: 'invalid_request_error',
    code: 'resource_missing',
    message: `No such PaymentMethod: '${payment_method}'`,
    param: 'payment_method',
  })
}

function methodIn({ account, params }: Call): string | null {
  const token = textOf(params, 'confirmation_token')
  if (token === null) return textOf(params, 'payment_method')
  const known = account.tokens.get(token)
  if (!known) throw invalid(`No such confirmation_token: '${token}'`, 'resource_missing')
  return known.payment_method
}

function confirm(call: Call, intent: IntentObject, browser: boolean): void {
  const { account, emit, url, params } = call
  const payment_method = methodIn(call) ?? intent.payment_method
  if (!payment_method) throw invalid('You must provide a payment method to confirm.')
  const card = behaviorOf(account, payment_method)
  const return_url = textOf(params, 'return_url')
  if (!browser && !return_url)
    throw invalid('You must provide a `return_url`.', undefined, 'return_url')
  intent.payment_method = payment_method
  if (card.challenge) {
    const page = `${url()}/_3ds/${intent.id}`
    intent.status = 'requires_action'
    intent['next_action'] = return_url
      ? { type: 'redirect_to_url', redirect_to_url: { url: page, return_url } }
      : { type: 'use_stripe_sdk', use_stripe_sdk: { type: 'three_d_secure_redirect', url: page } }
    account.intents.put(intent.id, intent)
    emit('payment_intent.requires_action', intent)
    return
  }
  const error = charge(account, emit, intent, card, false)
  if (error) throw new StripeApiError(402, { ...error, payment_intent: intent }, true)
}

/** What the bank's page tells: the buyer approved, or did not. */
export function answerChallenge(
  { account, emit }: World,
  id: string,
  approved: boolean,
): IntentObject {
  const intent = account.intents.get(id)
  if (!intent) throw missing('payment_intent', id)
  if (intent.status !== 'requires_action') throw invalid('This payment waits for nothing.')
  const card = behaviorOf(account, intent.payment_method!)
  const code = 'payment_intent_authentication_failure'
  if (approved) charge(account, emit, intent, card, true)
  else declineIntent(account, emit, intent, { code, decline_code: null }, null)
  return intent
}

function createIntent(call: Call): Json {
  const { account, emit, params } = call
  const amount = integerOf(params, 'amount')
  const currency = textOf(params, 'currency')
  if (amount === null)
    throw invalid('Missing required param: amount.', 'parameter_missing', 'amount')
  if (currency === null)
    throw invalid('Missing required param: currency.', 'parameter_missing', 'currency')
  checkAmount(amount, currency)
  const capture_method = textOf(params, 'capture_method') ?? 'automatic_async'
  if (!['automatic', 'automatic_async', 'manual'].includes(capture_method))
    throw invalid(`Invalid capture_method: ${capture_method}`, undefined, 'capture_method')
  const id = newStripeId('pi')
  const intent: IntentObject = {
    id,
    object: 'payment_intent',
    amount,
    amount_capturable: 0,
    amount_received: 0,
    automatic_payment_methods: { enabled: true, allow_redirects: 'always' },
    canceled_at: null,
    cancellation_reason: null,
    capture_method,
    client_secret: `${id}_secret_${newStripeId('x').slice(2)}`,
    created: account.now_s(),
    currency,
    customer: null,
    description: textOf(params, 'description'),
    last_payment_error: null,
    latest_charge: null,
    livemode: false,
    metadata: mergeMetadata({}, params),
    next_action: null,
    payment_method: null,
    payment_method_types: ['card'],
    shipping:
      Object.keys(groupOf(params, 'shipping')).length > 0 ? groupOf(params, 'shipping') : null,
    status: 'requires_payment_method',
  }
  const payment_method = methodIn(call)
  const confirmed = booleanOf(params, 'confirm') === true
  // Checked before anything is made: a bad payment method leaves no intent behind.
  if (payment_method) behaviorOf(account, payment_method)
  if (confirmed && !payment_method) throw invalid('You must provide a payment method to confirm.')
  if (confirmed && !textOf(params, 'return_url')) throw invalid('You must provide a `return_url`.')
  if (payment_method) {
    intent.payment_method = payment_method
    intent.status = 'requires_confirmation'
  }
  account.intents.put(id, intent)
  emit('payment_intent.created', intent)
  if (confirmed) confirm(call, intent, false)
  return intent
}

function confirmIntent(call: Call): Json {
  const intent = intentOf(call)
  if (
    !['requires_payment_method', 'requires_confirmation', 'requires_action'].includes(intent.status)
  ) {
    const message = `You cannot confirm this PaymentIntent: its status is ${intent.status}.`
    const code = 'payment_intent_unexpected_state'
    const body = { type: 'invalid_request_error', code, message, payment_intent: intent } as const
    throw new StripeApiError(400, body, true)
  }
  confirm(call, intent, call.browser)
  return intent
}

function createRefund(call: Call): Json {
  const { account, emit, params } = call
  const intent_id = textOf(params, 'payment_intent')
  const intent = intent_id ? account.intents.get(intent_id) : undefined
  if (intent_id && !intent) throw missing('payment_intent', intent_id)
  const charge_id = intent ? intent.latest_charge : textOf(params, 'charge')
  const charged = charge_id ? account.charges.get(charge_id) : undefined
  if (charged?.['paid'] !== true)
    throw invalid('This payment does not have a successful charge to refund.')
  const card = behaviorOf(account, charged.payment_method)
  const asked = integerOf(params, 'amount')
  const metadata = mergeMetadata({}, params)
  return shownRefund(refundCharge(account, emit, charged, asked, card, metadata))
}

/** As Stripe.js does it. The number itself is not kept. */
function createMethod({ account, params }: Call): Json {
  const card = groupOf(params, 'card')
  const number = textOf(card, 'number')
  const behaves_as = number ? readyMadeOf(number) : undefined
  if (!behaves_as) {
    const code = 'incorrect_number'
    throw new StripeApiError(402, {
      type: 'card_error',
      code,
      message: 'Your card number is incorrect.',
    })
  }
  const { brand, last4 } = cardOf(behaves_as)!
  const made = {
    id: newStripeId('pm'),
    object: 'payment_method',
    card: { brand, last4 },
    created: account.now_s(),
    type: 'card',
    behaves_as,
  }
  account.methods.put(made.id, made)
  const { behaves_as: _, ...shown } = made
  return shown
}

function createToken(call: Call): Json {
  const payment_method = textOf(call.params, 'payment_method')
  if (!payment_method) throw invalid('Missing required param: payment_method.', 'parameter_missing')
  behaviorOf(call.account, payment_method)
  const id = newStripeId('ctoken')
  const made = { id, object: 'confirmation_token', created: call.account.now_s(), payment_method }
  call.account.tokens.put(id, made)
  return made
}

const get = (path: RegExp, run: Endpoint['run'], known = '', browser = false): Endpoint => ({
  method: 'GET',
  path,
  known: `expand ${known}`,
  browser,
  run,
})
const post = (path: RegExp, run: Endpoint['run'], known = '', browser = false): Endpoint => ({
  method: 'POST',
  path,
  known: `expand ${known}`,
  browser,
  run,
})
const listing = 'limit starting_after created'

export const endpoints: readonly Endpoint[] = [
  post(
    /^\/v1\/payment_intents$/,
    createIntent,
    'amount currency capture_method confirm payment_method confirmation_token return_url ' +
      'metadata description shipping automatic_payment_methods receipt_email off_session ' +
      'setup_future_usage',
  ),
  get(
    /^\/v1\/payment_intents$/,
    ({ account, params }) => pageOf([...account.intents.values()], params, '/v1/payment_intents'),
    `${listing} customer`,
  ),
  get(/^\/v1\/payment_intents\/(\w+)$/, intentOf, 'client_secret', true),
  post(
    /^\/v1\/payment_intents\/(\w+)\/confirm$/,
    confirmIntent,
    'payment_method confirmation_token return_url client_secret off_session use_stripe_sdk',
    true,
  ),
  post(
    /^\/v1\/payment_intents\/(\w+)\/capture$/,
    (call) => {
      const { account, emit, params } = call
      const intent = intentOf(call)
      const metadata = mergeMetadata(intent.metadata, params)
      const amount = integerOf(params, 'amount_to_capture')
      // Set before, so that the event of the capture has it; undone when it is refused.
      const before = intent.metadata
      intent.metadata = metadata
      try {
        captureIntent(account, emit, intent, amount, booleanOf(params, 'final_capture') ?? true)
      } catch (error) {
        intent.metadata = before
        throw error
      }
      return intent
    },
    'amount_to_capture final_capture metadata statement_descriptor_suffix',
  ),
  post(
    /^\/v1\/payment_intents\/(\w+)\/cancel$/,
    (call) => {
      const intent = intentOf(call)
      const why = textOf(call.params, 'cancellation_reason') ?? 'requested_by_customer'
      cancelIntent(call.account, call.emit, intent, why)
      return intent
    },
    'cancellation_reason',
  ),
  post(/^\/v1\/refunds$/, createRefund, 'payment_intent charge amount metadata reason'),
  get(
    /^\/v1\/refunds$/,
    ({ account, params }) => {
      const of = textOf(params, 'payment_intent')
      const all = [...account.refunds.values()].filter((row) => !of || row.payment_intent === of)
      return pageOf(all.map(shownRefund), params, '/v1/refunds')
    },
    `${listing} payment_intent charge`,
  ),
  get(/^\/v1\/refunds\/(\w+)$/, ({ account, id }) => {
    const made = account.refunds.get(id)
    if (!made) throw missing('refund', id)
    return shownRefund(made)
  }),
  get(/^\/v1\/charges\/(\w+)$/, ({ account, id }) => {
    const made = account.charges.get(id)
    if (!made) throw missing('charge', id)
    return made
  }),
  get(
    /^\/v1\/balance_transactions$/,
    ({ account, params }) =>
      pageOf([...account.moves.values()], params, '/v1/balance_transactions'),
    listing,
  ),
  get(
    /^\/v1\/events$/,
    ({ account, params }) => {
      const types = listOf(params, 'types')
      const all = [...account.events.values()]
      const asked = all.filter(({ type }) => types.length === 0 || types.includes(String(type)))
      return pageOf(asked, params, '/v1/events')
    },
    `${listing} types type delivery_success`,
  ),
  post(/^\/v1\/payment_methods$/, createMethod, 'type card billing_details', true),
  post(
    /^\/v1\/(?:test_helpers\/)?confirmation_tokens$/,
    createToken,
    'payment_method return_url',
    true,
  ),
]

const expandable = new Set(
  'latest_charge latest_charge.balance_transaction balance_transaction payment_intent charge'
    .split(' ')
    .flatMap((path) => [path, `data.${path}`]),
)

export function run(
  endpoint: Endpoint,
  world: World,
  params: Params,
  id: string,
  browser: boolean,
): Json {
  assertKnown(params, endpoint.known)
  // Before anything is done: a request that is not valid must have no effect.
  const other = listOf(params, 'expand').find((path) => !expandable.has(path))
  if (other) throw invalid(`This property cannot be expanded (${other}).`, undefined, 'expand')
  return endpoint.run({ ...world, params, id, browser })
}
