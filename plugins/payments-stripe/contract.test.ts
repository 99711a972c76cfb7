import { testPaymentProvider } from '#src/ports/payment-provider.contract.ts'
import { makeStripeBench } from './stripe-bench.ts'

testPaymentProvider('Stripe, charged with a token', makeStripeBench('with_token'), {})
testPaymentProvider('Stripe, paid in the browser', makeStripeBench('in_browser'), {})
