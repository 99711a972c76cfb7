// Buys one mug: ONHAND_URL is where the shop is, ONHAND_KEY its publishable key.
import { createClient, Problem } from 'onhand/client'

const url = process.env['ONHAND_URL'] ?? 'http://127.0.0.1:4000'
const shop = createClient({ url, key: process.env['ONHAND_KEY'] ?? null })

async function buy(handle: string): Promise<string> {
  const { body: product } = await shop.get('/store/products/:handle', { params: { handle } })
  const variant = product.variants.find(({ available }) => available)
  if (!variant) throw new Error(`${product.title} is sold out.`)
  const { body: made } = await shop.post('/store/carts', {
    body: {
      email: 'ada@example.com',
      lines: [{ variant_id: variant.id, quantity: 1 }],
      shipping_address: {
        name: 'Ada Muster',
        line1: 'Musterweg 1',
        postal_code: process.env['POSTAL_CODE'] ?? '80331',
        city: 'München',
        country: 'DE',
      },
    },
  })
  const { cart, token: cart_token } = made
  const [option] = cart.shipping_options
  if (!option) throw new Error('Nothing can deliver that.')
  const { body: priced } = await shop.patch('/store/carts/:id', {
    params: { id: cart.id },
    cart_token,
    body: { shipping_option_id: option.id },
  })
  const reply = await shop.post('/store/carts/:id/complete', {
    params: { id: cart.id },
    cart_token,
    body: {
      expected_total: priced.total,
      payment: { provider: 'stripe', token: 'pm_card_visa' },
    },
  })
  if (reply.status === 202) throw new Error('The bank wants to hear from the buyer first.')
  return `${reply.body.order.number}, ${reply.body.order.total} ${reply.body.order.currency}`
}

try {
  console.log(await buy(process.argv[2] ?? 'enamel-camping-mug'))
} catch (error) {
  if (!(error instanceof Problem)) throw error
  const fields = error.errors.map(({ field, message }) => `\n  ${field}: ${message}`)
  console.error(`${error.code}: ${error.message}${fields.join('')}`)
  process.exitCode = 1
}
