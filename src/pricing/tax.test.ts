import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { rates } from '#test/pricing.ts'
import { indexTaxes, type TaxRule, taxInGross, taxOnNet, taxRuleFor } from './tax.ts'

const ruleOf = (...percents: number[]): TaxRule => {
  const index = indexTaxes(rates(...percents.map((percent, i) => `XX standard T${i} ${percent}`)))
  return taxRuleFor(index, { country: 'XX', region: null }, 'standard')!
}

// What a gross amount contains: rates in percent, gross → amounts of the components.
const contained: [percents: number[], gross: bigint, amounts: bigint[], why: string][] = [
  [[19], 11900n, [1900n], '11900 ÷ 1.19 = 10000'],
  [[19], 1n, [0n], '1 ÷ 1.19 = 0.84 → 1, nothing is left for the tax'],
  [[19], 3n, [0n], '3 has no net: 2 → 2, 3 → 4; nearest net 3 ÷ 1.19 = 2.52 → 3'],
  [[20], 100n, [17n], '100 ÷ 1.2 = 83.33 → 83, 20 % of 83 = 16.6 → 17'],
  [[7], 999n, [65n], '999 ÷ 1.07 = 933.64 → 934, 7 % of 934 = 65.38 → 65'],
  [[5.5], 105_500n, [5500n], '105500 ÷ 1.055 = 100000'],
  [[0], 500n, [0n], 'a rate of zero is a rate'],
  [[100], 200n, [100n], 'half of it'],
  [[9, 9], 118n, [9n, 9n], '118 ÷ 1.18 = 100'],
  [[9, 9], 60n, [5n, 5n], 'net 50: 4.5 → 5 each, 50 + 10 = 60'],
  [[9, 9], 61n, [5n, 5n], 'net 51: 4.59 → 5 each, 51 + 10 = 61'],
  [[9, 9], 59n, [5n, 4n], '49 → 57, 50 → 60: no net; 59 ÷ 1.18 = 50, 9 left, split 5 + 4'],
  [[2.5, 2.5], 105n, [3n, 2n], '99 → 103, 100 → 106: no net; 100, 5 left, split 3 + 2'],
  [[0, 18], 118n, [0n, 18n], 'the zero component gets nothing'],
  [[0, 0], 118n, [0n, 0n], 'nothing but zero components'],
]
for (const [percents, gross, amounts, why] of contained) {
  test(`${gross} with ${percents.join(' % + ')} % inside: ${why}`, () => {
    const { tax, taxes } = taxInGross(ruleOf(...percents), gross)
    assert.deepEqual(
      taxes.map(({ amount }) => amount),
      amounts,
    )
    assert.equal(
      tax,
      amounts.reduce((all, amount) => all + amount, 0n),
    )
  })
}

const ppm = fc.integer({ min: 0, max: 1_000_000 })
const rule = fc
  .array(ppm, { minLength: 1, maxLength: 4 })
  .map((ppms) => ruleOf(...ppms.map((one) => one / 10_000)))
const amount = fc.bigInt({ min: 0n, max: 2n ** 53n - 1n })

test('net → gross → net comes back exactly, component by component', () => {
  fc.assert(
    fc.property(rule, amount, (one, net) => {
      const added = taxOnNet(one, net)
      assert.deepEqual(taxInGross(one, net + added.tax), added)
    }),
    { numRuns: 10_000 },
  )
})

test('what a gross amount contains is never negative, never more than it, and sums exactly', () => {
  fc.assert(
    fc.property(rule, amount, (one, gross) => {
      const { tax, taxes } = taxInGross(one, gross)
      assert.equal(
        taxes.reduce((all, { amount: part }) => all + part, 0n),
        tax,
      )
      assert(taxes.every(({ amount: part }) => part >= 0n) && tax <= gross)
    }),
    { numRuns: 10_000 },
  )
})

const index = indexTaxes(
  rates(
    'IN standard IGST 18',
    'IN-KA standard CGST 9',
    'IN-KA standard SGST 9',
    'IN food IGST 5',
    'US-CA standard Sales 7.25',
    'US-OR standard Sales 0',
  ),
)
const places: [place: string, category: string, components: string[] | null][] = [
  ['IN-KA', 'standard', ['CGST', 'SGST']],
  ['IN-MH', 'standard', ['IGST']],
  ['IN', 'standard', ['IGST']],
  ['IN-KA', 'food', ['IGST']],
  ['IN-KA', 'medicine', ['CGST', 'SGST']],
  ['IN-KA', 'zero', null],
  ['US-CA', 'standard', ['Sales']],
  ['US-OR', 'standard', ['Sales']],
  ['US-NY', 'standard', null],
  ['US', 'standard', null],
  ['FR', 'standard', null],
]
for (const [place, category, components] of places) {
  test(`tax of ${category} in ${place}: ${components?.join(' and ') ?? 'none'}`, () => {
    const [country, region = null] = place.split('-')
    const found = taxRuleFor(index, { country: country!, region }, category)
    assert.deepEqual(found?.components.map(({ component }) => component) ?? null, components)
  })
}
