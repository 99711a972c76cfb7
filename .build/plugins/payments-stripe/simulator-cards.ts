// Stripe's test cards: what each number and each ready-made payment method does.

export type CardBehavior = {
  readonly brand: string
  readonly last4: string
  /** The bank's no, once it is asked for money. */
  readonly decline: { readonly code: string; readonly decline_code: string | null } | null
  /** 3-D Secure: the buyer must approve before the bank is asked. */
  readonly challenge: boolean
  readonly refund: 'at_once' | 'pending_then_succeeded' | 'succeeded_then_failed'
  /** The reason of a dispute that follows every charge. */
  readonly dispute: string | null
}

const visa: CardBehavior = {
  brand: 'visa',
  last4: '4242',
  decline: null,
  challenge: false,
  refund: 'at_once',
  dispute: null,
}
const no = (code: string, decline_code: string | null = null) => ({
  decline: { code, decline_code },
})

// number, ready-made payment method, what differs from a good Visa card
type Row = readonly [string, string, Partial<CardBehavior>]
const rows: readonly Row[] = [
  ['4242424242424242', 'pm_card_visa', {}],
  ['5555555555554444', 'pm_card_mastercard', { brand: 'mastercard' }],
  ['378282246310005', 'pm_card_amex', { brand: 'amex' }],
  ['4000000000000002', 'pm_card_visa_chargeDeclined', no('card_declined', 'generic_decline')],
  [
    '4000000000009995',
    'pm_card_visa_chargeDeclinedInsufficientFunds',
    no('card_declined', 'insufficient_funds'),
  ],
  ['4000000000009987', 'pm_card_visa_chargeDeclinedLostCard', no('card_declined', 'lost_card')],
  ['4000000000009979', 'pm_card_visa_chargeDeclinedStolenCard', no('card_declined', 'stolen_card')],
  ['4000000000000069', 'pm_card_chargeDeclinedExpiredCard', no('expired_card')],
  ['4000000000000127', 'pm_card_chargeDeclinedIncorrectCvc', no('incorrect_cvc')],
  ['4000000000000119', 'pm_card_chargeDeclinedProcessingError', no('processing_error')],
  [
    '4000000000006975',
    'pm_card_visa_chargeDeclinedVelocityLimitExceeded',
    no('card_declined', 'card_velocity_exceeded'),
  ],
  ['4000000000000341', 'pm_card_chargeCustomerFail', no('card_declined', 'generic_decline')],
  ['4000002500003155', 'pm_card_authenticationRequiredOnSetup', { challenge: true }],
  ['4000002760003184', 'pm_card_authenticationRequired', { challenge: true }],
  ['4000000000003220', 'pm_card_threeDSecure2Required', { challenge: true }],
  [
    '4000008400001629',
    'pm_card_threeDSecureRequiredChargeDeclined',
    { challenge: true, ...no('card_declined', 'generic_decline') },
  ],
  ['4000003800000446', 'pm_card_authenticationRequiredSetupForOffSession', {}],
  [
    '4000008260003178',
    'pm_card_authenticationRequiredChargeDeclinedInsufficientFunds',
    { challenge: true, ...no('card_declined', 'insufficient_funds') },
  ],
  ['4100000000000019', 'pm_card_radarBlock', no('card_declined', 'fraudulent')],
  ['4000000000009235', 'pm_card_riskLevelElevated', {}],
  ['4000000000000259', 'pm_card_createDispute', { dispute: 'fraudulent' }],
  [
    '4000000000002685',
    'pm_card_createDisputeProductNotReceived',
    { dispute: 'product_not_received' },
  ],
  ['4000000000001976', 'pm_card_createDisputeInquiry', { dispute: 'inquiry' }],
  ['4000000000005423', 'pm_card_createIssuerFraudRecord', {}],
  ['4000000000007726', 'pm_card_pendingRefund', { refund: 'pending_then_succeeded' }],
  ['4000000000005126', 'pm_card_refundFail', { refund: 'succeeded_then_failed' }],
  ['4000000000000077', 'pm_card_bypassPending', {}],
]

const byNumber = new Map<string, string>(rows.map(([number, id]) => [number, id]))
const byId = new Map<string, CardBehavior>(
  rows.map(([number, id, changes]) => [id, { ...visa, last4: number.slice(-4), ...changes }]),
)

/** What a ready-made payment method such as `pm_card_visa` does. */
export const cardOf = (payment_method: string): CardBehavior | undefined => byId.get(payment_method)

/** The ready-made payment method that behaves like this number; none for any other number. */
export const readyMadeOf = (number: string): string | undefined =>
  byNumber.get(number.replaceAll(/\s/g, ''))
