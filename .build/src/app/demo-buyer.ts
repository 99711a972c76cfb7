// The shopper of the demo: looks around, fills a cart, pays.
import assert from 'node:assert/strict'
import { ask, money, type Reply, type Shop, type Step } from './demo-client.ts'

const buyers = {
  stripe: {
    name: 'Ada Muster',
    line1: 'Musterweg 1',
    postal_code: '10115',
    city: 'Berlin',
    country: 'DE',
    phone: '+4930987654',
  },
  razorpay: {
    name: 'Asha Rao',
    line1: '7 Hill Road',
    postal_code: '400050',
    city: 'Mumbai',
    region: 'MH',
    country: 'IN',
    phone: '+919812345678',
  },
} as const

/** Two products that are there, one of each. */
async function browse(shop: Shop, step: Step): Promise<Reply[]> {
  const { items } = await ask(shop, 'GET', '/store/products?limit=20')
  const found: Reply[] = []
  for (const { handle } of items.filter((item: Reply) => item.available).slice(0, 2)) {
    found.push(await ask(shop, 'GET', `/store/products/${handle}`))
  }
  const titles = found.map(({ title }) => title).join(' and ')
  step('browsed', `Browsing: ${items.length} products on the page; ${titles} look good`)
  return found
}

async function fillCart(shop: Shop, products: readonly Reply[], step: Step) {
  const lines = products.map(({ variants }) => ({
    variant_id: variants.find((variant: Reply) => variant.available).id,
    quantity: 1,
  }))
  const { token, cart } = await ask(shop, 'POST', '/store/carts', { body: { lines } })
  step('cart', `Cart with ${lines.length} lines`)
  const address = `/store/carts/${cart.id}`
  const who = { email: 'buyer@example.com', shipping_address: buyers[shop.gateway] }
  const known = await ask(shop, 'PATCH', address, { token, body: who })
  const option = known.shipping_options[0]
  const body = { shipping_option_id: option.id, coupon_code: 'WELCOME10' }
  const priced = await ask(shop, 'PATCH', address, { token, body })
  const { currency } = priced
  step(
    'priced',
    `Goods ${money(priced.subtotal, currency)}, ` +
      `coupon −${money(priced.discount_total, currency)}, ` +
      `${option.name} shipping ${money(priced.shipping_total, currency)}, ` +
      `tax in it ${money(priced.tax_total, currency)}: total ${money(priced.total, currency)}`,
  )
  return { token, cart: priced }
}

/** What checkout.js and the bank page do in the buyer's browser. */
async function payAtRazorpay(shop: Shop, { order_id, notes }: Reply): Promise<Reply> {
  assert(shop.razorpay_url, 'The demo can pay only at a simulated Razorpay: give --razorpay-url.')
  const response = await fetch(`${shop.razorpay_url}/_checkout/pay`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      order_id,
      method: 'upi',
      vpa: 'success@razorpay',
      outcome: 'success',
      ...(notes ? { notes } : {}),
    }),
  })
  return response.json()
}

async function pay(shop: Shop, { token, cart }: Reply, step: Step): Promise<Reply> {
  const by_card = shop.gateway === 'stripe'
  step('payment_started', `Payment of ${money(cart.total, cart.currency)} at ${shop.gateway}`)
  const payment = { provider: shop.gateway, token: by_card ? 'pm_card_visa' : null }
  const body = { expected_total: cart.total, payment }
  let done = await ask(shop, 'POST', `/store/carts/${cart.id}/complete`, { token, body })
  if (done.payment.state === 'requires_action') {
    const answer = await payAtRazorpay(shop, done.payment.client_data)
    step('buyer_approved', 'The buyer approves in the browser')
    const go_on = `/store/payments/${done.payment.id}/continue`
    done = await ask(shop, 'POST', go_on, { token: done.token, body: { answer } })
  }
  assert.equal(done.order.state, 'placed', 'the order was not placed')
  step('order_number', `Order ${done.order.number}, payment ${done.payment.state}`)
  return done
}

/** @throws when the order is not placed */
export const buy = async (shop: Shop, step: Step): Promise<Reply> =>
  pay(shop, await fillCart(shop, await browse(shop, step), step), step)
