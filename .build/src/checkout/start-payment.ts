// What a provider is told when a payment starts.
import type { PricedSnapshot } from '../carts/price-snapshot.ts'
import type { Address } from '../lib/addresses.ts'
import type { OrderId } from '../lib/ids.ts'
import type { Money } from '../lib/money.ts'
import type { Buyer, StartPayment } from '../ports/payment-provider.ts'
import type { Wanted } from './plan-intents.ts'

export type Payer = {
  readonly email: string
  readonly phone: string | null
  readonly address: Address | null
  readonly price: Money
}

const payerOf = ({ snapshot: { cart }, priced }: PricedSnapshot): Payer => ({
  email: cart.email!,
  phone: cart.phone,
  address: cart.billing_address ?? cart.shipping_address,
  price: { amount: priced.total, currency: priced.currency },
})

const buyerOf = ({ email, phone, address }: Payer): Buyer => ({
  email,
  name: address?.name ?? '',
  phone: phone ?? address?.phone ?? null,
  address: {
    line1: address?.line1 ?? '',
    line2: address?.line2 ?? null,
    city: address?.city ?? '',
    region: address?.region ?? null,
    postal_code: address?.postal_code ?? null,
    country: address?.country ?? '',
  },
})

export function startOf(wanted: Wanted, order: OrderId, return_url: string): StartPayment {
  const payer = wanted.of.kind === 'order' ? wanted.of.payer : payerOf(wanted.of.priced)
  return {
    attempt: wanted.attempt_id,
    order,
    price: payer.price,
    capture: wanted.capture,
    token: wanted.payment.token,
    buyer: buyerOf(payer),
    return_url,
  }
}
