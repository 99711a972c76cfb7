// Where a cart is taxed: where its goods go, or where the one is who is billed.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Address } from '#src/lib/addresses.ts'
import { readCurrency } from '#src/lib/currency.ts'
import { type CartLineId, newId, type VariantId } from '#src/lib/ids.ts'
import { noon, web } from '#test/pricing.ts'
import { type CartSnapshot, taxAddressOf, type VariantFacts } from './cart-snapshots.sql.ts'
import { emptyCart } from './carts.ts'

const addressIn = (country: string): Address => ({
  ...{ name: 'Ada Muster', company: null, line1: 'Way 1', line2: null, phone: null },
  ...{ country, region: null, city: 'Town', postal_code: '1' },
})

function countryOf(travels: readonly boolean[], shipping: string | null, billing: string | null) {
  const goods = travels.map((requires_shipping) => ({ id: newId<VariantId>(), requires_shipping }))
  const cart = {
    ...emptyCart({ channel_id: web, currency: readCurrency('EUR'), at: noon }),
    shipping_address: shipping === null ? null : addressIn(shipping),
    billing_address: billing === null ? null : addressIn(billing),
    lines: goods.map(({ id }) => ({ id: newId<CartLineId>(), variant_id: id, quantity: 1 })),
  }
  const variants = new Map(
    goods.map(({ id, requires_shipping }) => [id, { requires_shipping } as VariantFacts]),
  )
  const snapshot: Pick<CartSnapshot, 'cart' | 'variants'> = { cart, variants }
  return taxAddressOf(snapshot)?.country ?? null
}

test('goods are taxed where they go, with files beside them too; files where they are billed', () => {
  assert.equal(countryOf([true], 'DE', 'HU'), 'DE')
  assert.equal(countryOf([true, false], 'DE', 'HU'), 'DE')
  assert.equal(countryOf([false, false], 'DE', 'HU'), 'HU')
  assert.equal(countryOf([], 'DE', 'HU'), 'DE')
})

test('of one address alone all is taxed there', () => {
  assert.equal(countryOf([false], 'DE', null), 'DE')
  assert.equal(countryOf([true], null, 'HU'), 'HU')
  assert.equal(countryOf([false], null, null), null)
})
