import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { sum } from '#src/lib/money.ts'
import { allocate, partOf, type Whole } from './shares.ts'

const vat = (amount: bigint) => ({ component: 'VAT', rate_ppm: 190_000, amount })
const three_for_ten: Whole = {
  quantity: 3,
  subtotal: 1000n,
  discount: 0n,
  tax_included: true,
  taxes: [vat(160n)],
  total: 1000n,
}

test('the whole line is the line', () => {
  assert.deepEqual(partOf(three_for_ten, 0n, 1000n), {
    quantity: 3,
    subtotal: 1000n,
    discount: 0n,
    net: 840n,
    taxes: [vat(160n)],
    tax: 160n,
    total: 1000n,
  })
})

test('a third of ten is one unit, whichever way it was rounded', () => {
  assert.equal(partOf(three_for_ten, 0n, 333n).quantity, 1)
  assert.equal(partOf(three_for_ten, 333n, 334n).quantity, 1)
  assert.equal(partOf(three_for_ten, 0n, 667n).quantity, 2)
})

test('units are cut as a cancellation cuts them', () => {
  const line = { ...three_for_ten, taxes: [vat(5n)], total: 20n, subtotal: 20n }
  // 7, 13 and 20 for one, two and three units; tax up to there 2, 3 and 5.
  const parts = [partOf(line, 0n, 7n), partOf(line, 7n, 6n), partOf(line, 13n, 7n)]
  assert.deepEqual(
    parts.map(({ tax }) => tax),
    [2n, 1n, 2n],
  )
})

test('an amount that is no number of units has no quantity', () => {
  assert.equal(partOf(three_for_ten, 0n, 500n).quantity, null)
  assert.equal(partOf(three_for_ten, 0n, 1n).quantity, null)
})

test('a line that costs nothing is covered as a whole', () => {
  const free = { ...three_for_ten, discount: 1000n, taxes: [vat(0n)], total: 0n }
  const part = partOf(free, 0n, 0n)
  assert.equal(part.quantity, 3)
  assert.equal(part.subtotal, 1000n)
  assert.equal(part.discount, 1000n)
})

const wholes = fc
  .record({
    quantity: fc.integer({ min: 1, max: 50 }),
    unit: fc.bigInt({ min: 1n, max: 99_999n }),
    off: fc.bigInt({ min: 0n, max: 99n }),
    rates: fc.array(fc.integer({ min: 0, max: 280_000 }), { maxLength: 3 }),
    tax_included: fc.boolean(),
  })
  .map(({ quantity, unit, off, rates, tax_included }): Whole => {
    const subtotal = unit * BigInt(quantity)
    const discount = (subtotal * off) / 100n
    const paid = subtotal - discount
    const taxes = rates.map((rate_ppm, i) => ({
      component: `T${i}`,
      rate_ppm,
      amount: (paid * BigInt(rate_ppm)) / (tax_included ? 2_000_000n : 1_000_000n),
    }))
    const tax = sum(taxes.map(({ amount }) => amount))
    return {
      quantity,
      subtotal,
      discount,
      tax_included,
      taxes,
      total: paid + (tax_included ? 0n : tax),
    }
  })
  .filter(({ total }) => total > 0n)

test('the parts of a line add up to the line, to the minor unit', () => {
  fc.assert(
    fc.property(wholes, fc.array(fc.nat({ max: 1000 }), { maxLength: 6 }), (whole, cuts) => {
      const ends = [...cuts.map((cut) => (whole.total * BigInt(cut)) / 1000n), whole.total]
      ends.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
      const parts = ends.map((end, i) => {
        const from = i === 0 ? 0n : ends[i - 1]!
        return partOf(whole, from, end - from)
      })
      for (const part of parts) {
        assert.equal(part.net + part.tax, part.total)
        const added = whole.tax_included ? 0n : part.tax
        assert.equal(part.subtotal - part.discount + added, part.total)
      }
      for (const field of ['subtotal', 'discount', 'total'] as const) {
        assert.equal(sum(parts.map((part) => part[field])), whole[field])
      }
      whole.taxes.forEach((tax, i) => {
        assert.equal(sum(parts.map((part) => part.taxes[i]!.amount)), tax.amount)
      })
    }),
    { numRuns: 300 },
  )
})

const open = (order_line_id: string | null, amount: bigint, free = false) => ({
  order_line_id,
  amount,
  free,
})
const ask = (order_line_id: string | null, amount: bigint) => ({
  order_line_id,
  amount,
  quantity: null,
})

test('money without allocations is spread over what is open', () => {
  const opens = [open('a', 300n), open('b', 0n), open('c', 0n, true), open(null, 100n)]
  assert.deepEqual(allocate(400n, [], opens), {
    kind: 'allocated',
    allocations: [ask('a', 300n), ask('c', 0n), ask(null, 100n)],
  })
  const half = allocate(200n, [], opens)
  assert(half.kind === 'allocated')
  assert.deepEqual(half.allocations, [ask('a', 150n), ask('c', 0n), ask(null, 50n)])
})

test('what is not open of the lines any more is spread over the others', () => {
  const opens = [open('a', 300n), open('b', 200n), open('c', 100n)]
  const parts = (amount: bigint, asked: Parameters<typeof allocate>[1]) => {
    const allocated = allocate(amount, asked, opens)
    assert(allocated.kind === 'allocated')
    return allocated.allocations.map((one) => [one.order_line_id, one.amount])
  }
  const with_others = [
    ['a', 300n],
    ['b', 60n],
    ['c', 30n],
  ]
  assert.deepEqual(parts(390n, [ask('a', 390n)]), with_others)
  assert.deepEqual(parts(390n, [ask('a', 500n)]), with_others)
})

test('allocations that contradict the order are impossible, with the reason', () => {
  const opens = [open('a', 300n)]
  const reasonOf = (amount: bigint, asked: Parameters<typeof allocate>[1]) => {
    const allocated = allocate(amount, asked, opens)
    return allocated.kind === 'impossible' ? allocated.reason : null
  }
  assert.match(reasonOf(301n, []) ?? '', /more than the 300/)
  assert.match(reasonOf(10n, [ask('a', 9n)]) ?? '', /add up to 9/)
  assert.equal(reasonOf(9n, [ask('a', 10n)]), null)
  assert.match(reasonOf(10n, [ask('b', 10n)]) ?? '', /not on this order/)
  assert.match(reasonOf(400n, [ask('a', 400n)]) ?? '', /100 is more than the 0 that is open/)
  assert.match(reasonOf(10n, [ask('a', 5n), ask('a', 5n)]) ?? '', /twice/)
})
