import assert from 'node:assert/strict'
import { test } from 'node:test'
import { takenOff } from './shares.ts'
import { type Ordered, type OrderedLine, standingOf } from './standing.ts'

const rate = { component: 'VAT', rate_ppm: 190_000 }
const mugs: OrderedLine = {
  ...{ kind: 'item', title: 'Mug', quantity: 3, canceled: 0, tax_included: true },
  ...{ subtotal: 3000n, discount: 100n, total: 2900n, taxes: [{ ...rate, amount: 463 }] },
}
const ordered: Ordered<OrderedLine> = {
  lines: [mugs],
  ...{ shipping_name: 'Standard', shipping_total: 490n, shipping_tax: 78n },
  ...{ shipping_tax_included: true, shipping_taxes: [{ ...rate, amount: 78 }] },
  shipping_is_off: false,
}
const figuresOf = (more: Partial<typeof ordered>) => standingOf({ ...ordered, ...more }).figures

test('what nobody has changed stands as it was ordered', () => {
  assert.deepEqual(standingOf(ordered).figures, {
    ...{ subtotal: 3000n, discount_total: 100n, shipping_total: 490n },
    ...{ tax_total: 541n, tax_included: 541n, total: 3390n },
  })
})

test('a line that has lost units is worth what documents leave of it, to the minor unit', () => {
  const taxes = [{ ...rate, amount: 463n }]
  const sold = { ...mugs, subtotal: 3000n, discount: 100n, total: 2900n, taxes }
  for (const canceled of [0, 1, 2, 3]) {
    const off = takenOff(sold, { canceled: 0, units: canceled })
    const { figures, goods } = standingOf({ ...ordered, lines: [{ ...mugs, canceled }] })
    assert.equal(figures.total, 3390n - off.total)
    assert.equal(figures.tax_total, 541n - off.tax)
    assert.equal(figures.subtotal - figures.discount_total, figures.total - 490n)
    assert.equal(goods[0]!.part.quantity, 3 - canceled)
  }
})

test('taxes that are added stand beside the amounts', () => {
  const line = { ...mugs, tax_included: false, total: 3451n, taxes: [{ ...rate, amount: 551 }] }
  assert.deepEqual(figuresOf({ lines: [{ ...line, canceled: 0 }], shipping_is_off: true }), {
    ...{ subtotal: 3000n, discount_total: 100n, shipping_total: 0n },
    ...{ tax_total: 551n, tax_included: 0n, total: 3451n },
  })
})

test('of a line for nothing the discount goes with its units', () => {
  const gift = { ...mugs, quantity: 4, canceled: 3, subtotal: 4000n, discount: 4000n, total: 0n }
  const { subtotal, discount_total, total } = figuresOf({ lines: [{ ...gift, taxes: [] }] })
  assert.deepEqual([subtotal, discount_total, total], [1000n, 1000n, 490n])
})

test('a charge that an edit has brought counts as shipping, and not as goods', () => {
  const charge: OrderedLine = {
    ...{ kind: 'shipping', title: 'Express', quantity: 1, canceled: 0, tax_included: true },
    ...{ subtotal: 990n, discount: 0n, total: 990n, taxes: [{ ...rate, amount: 158 }] },
  }
  const express = { lines: [mugs, charge], shipping_is_off: true }
  const { goods, shipping, figures } = standingOf({ ...ordered, ...express })
  assert.deepEqual([goods.length, shipping?.name], [1, 'Express'])
  assert.deepEqual([figures.shipping_total, figures.total], [990n, 3890n])
  const back = { lines: [mugs, { ...charge, canceled: 1 }], shipping_is_off: false }
  assert.equal(standingOf({ ...ordered, ...back }).figures.total, 3390n)
})
