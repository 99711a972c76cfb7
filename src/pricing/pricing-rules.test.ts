// Rules of a shop's own: what they change, what they cannot, and how it is told.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type CustomerGroupId, newId, type PromotionId, type VariantId } from '#src/lib/ids.ts'
import { RuleError } from '#src/lib/rule-error.ts'
import { cartOf, lineOf, priceIn, priceList, rates } from '#test/pricing.ts'
import { explainCart } from './explain-cart.ts'
import { priceCart } from './price-cart.ts'
import type { CartToPrice, TaxDistrict } from './pricing.ts'
import { bindRules } from './pricing-rules.ts'
import type { Promotion } from './promotions.ts'

const variant_id = newId<VariantId>()
const club = newId<CustomerGroupId>()
const list = priceList({})
const book = { price_lists: [list], tax_rates: rates('DE standard VAT 19', 'DE food VAT 7') }
const price = priceIn(list, { variant_id, amount: 1_000n, min_quantity: 1, per_units: 1 })
type Rules = Parameters<typeof bindRules<null>>[0]

function cartWith(rules: Rules, given: Partial<CartToPrice> = {}): CartToPrice {
  const bound = bindRules(rules, null)
  const lines = [lineOf(variant_id, 3)]
  return cartOf({ lines, prices: [price], ...given, ...(bound ? { rules: bound } : {}) })
}

const club_price: Rules = {
  prices: [
    {
      name: 'club',
      price: ({ quantity }, { amount }, { customer_group_ids }) =>
        customer_group_ids.includes(club) && quantity >= 3 ? { amount: amount - 100n } : null,
    },
  ],
}

test('a price rule makes another price, for whom it is about, and is told', () => {
  const guest = priceCart(book, cartWith(club_price))
  assert.deepEqual([guest.lines[0]!.unit_price, guest.total], [1_000n, 3_000n])
  const member = cartWith(club_price, { customer_group_ids: [club] })
  const priced = explainCart(book, member)
  const [line] = priced.lines
  assert.deepEqual([line!.unit_price, line!.price_rule, priced.total], [900n, 'club', 2_700n])
  assert(line!.why.some(({ rule, applied }) => rule === 'rule club' && applied))
})

test('rules of prices go one after the other', () => {
  const half = {
    name: 'half',
    price: (_: unknown, { amount }: { amount: bigint }) => ({ amount: amount / 2n }),
  }
  const { lines } = priceCart(book, cartWith({ prices: [half, { ...half, name: 'again' }] }))
  assert.deepEqual([lines[0]!.unit_price, lines[0]!.price_rule], [250n, 'again'])
})

test('each rule that is asked is told, also where it leaves the line alone', () => {
  const half = {
    name: 'half',
    price: (_: unknown, { amount }: { amount: bigint }) => ({ amount: amount / 2n }),
  }
  const never = { name: 'never', category: () => null }
  const rules: Rules = {
    prices: [half, ...club_price.prices!, { ...half, name: 'again' }],
    taxes: [never, { name: 'food', category: () => 'food' }, { ...never, name: 'too late' }],
  }
  const told = ({ lines }: ReturnType<typeof explainCart>) =>
    lines[0]!.why.flatMap(({ rule, applied, reason }) =>
      rule.startsWith('rule ') ? [`${applied ? 'hit' : 'missed'} ${rule.slice(5)}: ${reason}`] : [],
    )
  assert.deepEqual(told(explainCart(book, cartWith(rules))), [
    'missed never: It was asked, and leaves the line in its tax category.',
    'hit food: It is taxed as goods of category food.',
    'hit half: It makes the price 5.00 EUR for 1.',
    'missed club: It was asked, and leaves the price as it is.',
    'hit again: It makes the price 2.50 EUR for 1.',
  ])
  // Of a price that was agreed on none is asked.
  const agreed = { unit_price: 700n, per_units: 1, includes_tax: true, discount: 0n }
  const lines = [lineOf(variant_id, 3, { agreed })]
  assert.deepEqual(told(explainCart(book, cartWith(club_price, { lines }))), [])
})

test('a price that is none is a bug of the rule, and charges nobody', () => {
  for (const made of [{ amount: -1n }, { amount: 2n ** 60n }, { amount: 1n, per_units: 0 }]) {
    const cart = cartWith({ prices: [{ name: 'wrong', price: () => made }] })
    assert.throws(() => priceCart(book, cart), /wrong/)
  }
})

const promotionOf = (rule: string): CartToPrice['promotions'] => {
  const promotion: Promotion = {
    id: newId<PromotionId>(),
    name: 'By rule',
    is_automatic: true,
    class: 'product',
    combines_with: [],
    priority: 0,
    effect: { kind: 'rule', rule, values: { n: 3 } },
    conditions: {},
    currency: null,
    starts_at: null,
    ends_at: null,
    usage_limit: null,
    used: 0,
    buyer_limit: null,
    budget: null,
    spent: 0n,
  }
  return [{ promotion, code: null, buyer: null, gift: null }]
}
const nth_free: Rules = {
  discounts: [
    {
      name: 'nth free',
      off: ({ lines, rest }, { n }) =>
        lines.map(
          ({ quantity }, i) =>
            (rest[i]! * BigInt(Math.floor(quantity / Number(n)))) / BigInt(quantity),
        ),
    },
  ],
}

test('a discount rule is the effect of a promotion, with all that promotions can', () => {
  const priced = explainCart(book, cartWith(nth_free, { promotions: promotionOf('nth free') }))
  assert.deepEqual([priced.discount_total, priced.total], [1_000n, 2_000n])
  assert.equal(priced.promotions[0]!.amount, 1_000n)
  assert(priced.why.some(({ reason, applied }) => applied && reason.includes('rule nth free')))
  const budget = promotionOf('nth free').map((one) => ({
    ...one,
    promotion: { ...one.promotion, budget: 999n, currency: priced.currency },
  }))
  assert.equal(priceCart(book, cartWith(nth_free, { promotions: budget })).discount_total, 0n)
})

test('a promotion whose rule is not there takes nothing off', () => {
  const { discount_total } = priceCart(
    book,
    cartWith(nth_free, { promotions: promotionOf('gone') }),
  )
  assert.equal(discount_total, 0n)
  const none = cartWith({}, { promotions: promotionOf('nth free') })
  assert.equal(priceCart(book, none).discount_total, 0n)
})

test('a discount rule cannot take off more than is left', () => {
  const greedy = { discounts: [{ name: 'greedy', off: () => [3_001n] }] }
  const cart = cartWith(greedy, { promotions: promotionOf('greedy') })
  assert.throws(() => priceCart(book, cart), /"greedy" takes off more/)
})

test('a tax rule taxes a line as goods of another category', () => {
  const as_food = { taxes: [{ name: 'food', category: () => 'food' }] }
  const { lines } = priceCart(book, cartWith(as_food))
  assert.deepEqual([lines[0]!.tax_category, lines[0]!.taxes[0]!.rate_ppm], ['food', 70_000])
  const { lines: usual } = priceCart(
    book,
    cartWith({ taxes: [{ name: 'x', category: () => null }] }),
  )
  assert.equal(usual[0]!.taxes[0]!.rate_ppm, 190_000)
})

test('a tax rule names a category that there is, or charges nobody', () => {
  const as = (category: string) => cartWith({ taxes: [{ name: 'as', category: () => category }] })
  const told = 'The tax rule "as" names a category that no tax rate is for.'
  assert.throws(() => priceCart(book, as('fodo')), { name: 'RuleError', message: told })
  // Germany is in the set of the EU: what stands there means the same without a rate of the shop.
  for (const known of ['food', 'zero', 'super_reduced']) priceCart(book, as(known))
  const district: TaxDistrict = {
    ...{ id: 'd', country: 'DE', region: null, name: 'Bonn', adds: true, cities: ['BONN'] },
    ...{ kind: 'city', postal_codes: [], rates: rates('DE spa Tax 2') },
  }
  const with_spa = { ...book, tax_districts: [district] }
  assert.equal(priceCart(with_spa, as('spa')).lines[0]!.tax_category, 'spa')
  const untaxed = { ...book, tax_rates: [] }
  assert.equal(priceCart(untaxed, as('anything')).lines[0]!.tax_category, 'anything')
})

/** Each kind of rule, as it fails. */
const broken: readonly [told: string, rules: Rules, promotions: CartToPrice['promotions']][] = [
  ['The price rule "club" has failed.', { prices: [{ name: 'club', price: throwing }] }, []],
  ['The tax rule "gifts" has failed.', { taxes: [{ name: 'gifts', category: throwing }] }, []],
  [
    'The discount rule "nth" has failed.',
    { discounts: [{ name: 'nth', off: throwing }] },
    promotionOf('nth'),
  ],
  [
    'The price rule "late" makes no price.',
    { prices: [{ name: 'late', price: async () => ({ amount: 1n }) } as never] },
    [],
  ],
  [
    'The tax rule "late" names no category.',
    { taxes: [{ name: 'late', category: async () => 'food' } as never] },
    [],
  ],
]
function throwing(): never {
  throw new TypeError('a bug')
}
for (const [told, rules, promotions] of broken) {
  test(`told by its name: ${told}`, () => {
    assert.throws(
      () => priceCart(book, cartWith(rules, { promotions })),
      (error: unknown) => {
        assert(error instanceof RuleError)
        assert.equal(error.message, told)
        assert.equal(error.cause instanceof TypeError, told.endsWith('has failed.'))
        return true
      },
    )
  })
}
