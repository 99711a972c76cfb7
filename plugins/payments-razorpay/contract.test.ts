import { testPaymentProvider } from '#src/ports/payment-provider.contract.ts'
import { startWith } from './razorpay-bench.ts'

testPaymentProvider('razorpay', (outside) => startWith(outside, 'refund'), {
  'a declined attempt can not be paid afterwards':
    'A failed payment leaves its order open at Razorpay: a later one is only reserved, told by ' +
    'webhook, and captured or given back by the core.',
  'after `canceled` the buyer can not pay any more':
    'An order can not be closed at Razorpay. Made for manual capture it takes nothing by itself: ' +
    'a later payment is only reserved, told by webhook, and canceled by the core.',
  'a webhook of an hour ago is not believed':
    'The signature carries no time, and retries come for a day: the event id stops a replay.',
})
