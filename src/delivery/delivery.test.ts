import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readCurrency } from '#src/lib/currency.ts'
import { newId, type ShippingOptionId } from '#src/lib/ids.ts'
import { rateFor, type ShippingOption, type ShippingRate, shippingOptionsFor } from './delivery.ts'

const eur = readCurrency('EUR')
const usd = readCurrency('USD')

const row = (min_weight_g: number, min_subtotal: bigint, amount: bigint): ShippingRate => ({
  currency: eur,
  min_weight_g,
  min_subtotal,
  amount,
  includes_tax: true,
})
// 4.90; free from 50.00 on; from 5 kg 9.90, from 20 kg 24.90 and 14.90 from 200.00 on.
const table = [
  row(20_000, 20_000n, 1490n),
  row(0, 0n, 490n),
  row(0, 5_000n, 0n),
  row(20_000, 0n, 2490n),
  row(5_000, 0n, 990n),
]

const cases: [weight_g: number, subtotal: bigint, amount: bigint | null][] = [
  [0, 0n, 490n],
  [4_999, 4_999n, 490n],
  [4_999, 5_000n, 0n],
  [5_000, 0n, 990n],
  [5_000, 5_000n, 990n],
  [19_999, 999_999n, 990n],
  [20_000, 19_999n, 2490n],
  [20_000, 20_000n, 1490n],
]
for (const [weight_g, subtotal, amount] of cases) {
  test(`${weight_g} g for ${subtotal}: ${amount}`, () => {
    const delivery = { country: 'DE', currency: eur, weight_g, subtotal }
    assert.equal(rateFor(table, delivery)?.amount ?? null, amount)
    assert.equal(rateFor(table.toReversed(), delivery)?.amount ?? null, amount)
  })
}

const option = (given: Partial<ShippingOption>): ShippingOption => ({
  id: newId<ShippingOptionId>(),
  code: 'parcel',
  name: 'Parcel',
  description: '',
  countries: ['DE', 'AT'],
  tax_category: 'standard',
  services: [],
  days_min: 1,
  days_max: 3,
  position: 0,
  rates: table,
  ...given,
})
const delivery = { country: 'DE', currency: eur, weight_g: 100, subtotal: 1_000n }

test('options of the country and the currency, in the order of the shop', () => {
  const parcel = option({ position: 2 })
  const express = option({ code: 'express', position: 1, rates: [row(0, 0n, 1_990n)] })
  const options = [
    parcel,
    option({ code: 'abroad', countries: ['FR'] }),
    option({ code: 'dollars', rates: table.map((one) => ({ ...one, currency: usd })) }),
    option({ code: 'heavy', rates: [row(1_000, 0n, 1n)] }),
    option({ code: 'rich', rates: [row(0, 1_001n, 1n)] }),
    option({ code: 'empty', rates: [] }),
    express,
  ]
  const choices = shippingOptionsFor(options, delivery)
  assert.deepEqual(
    choices.map(({ id, amount }) => [id, amount]),
    [
      [express.id, 1_990n],
      [parcel.id, 490n],
    ],
  )
  assert.deepEqual(choices[1], {
    id: parcel.id,
    code: 'parcel',
    name: 'Parcel',
    description: '',
    tax_category: 'standard',
    services: [],
    days_min: 1,
    days_max: 3,
    position: 2,
    amount: 490n,
    includes_tax: true,
  })
  assert.deepEqual(shippingOptionsFor(options, { ...delivery, country: 'JP' }), [])
})
