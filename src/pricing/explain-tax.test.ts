// Why a price is lower than its list says, where the buyer owes no tax.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId, type ShippingOptionId } from '#src/lib/ids.ts'
import { usual_tax_settings } from '#src/shop/tax-settings.ts'
import { cartOf, lineOf, priceIn, priceList, rates } from '#test/pricing.ts'
import { explainCart } from './explain-cart.ts'
import { bindRules, type PriceRule } from './pricing-rules.ts'
import { type Asked, treat } from './tax-treatment.ts'

const place = (country: string) => ({ country, region: null, city: '', postal_code: null })
const asked: Asked = {
  seller: { ...place('DE'), settings: usual_tax_settings },
  place: place('FR'),
  supply: 'goods',
  tax_id: 'FR40303265045',
  exemptions: [],
  today: '2026-06-01',
}
const certificate = {
  id: 'one',
  country: 'DE',
  region: null,
  number: 'NATO 1',
  reason: 'forces',
  valid_until: null,
}

const a_little_less: PriceRule = {
  name: 'a little less',
  price: (_line, { amount }) => ({ amount: amount - 100n }),
}

function explain(given: Partial<Asked>, includes_tax: boolean) {
  const list = priceList({ prices_include_tax: includes_tax })
  const price = priceIn(list, { amount: 12_000n })
  const treatment = treat({ ...asked, ...given })
  const cart = cartOf({
    country: treatment.relief_at?.country ?? 'FR',
    lines: [lineOf(price.variant_id, 2)],
    prices: [price],
    rules: bindRules({ prices: [a_little_less] }, null)!,
    shipping: {
      option_id: newId<ShippingOptionId>(),
      tax_category: 'standard',
      amount: 595n,
      includes_tax,
    },
    tax: { treatment, settings: usual_tax_settings, engine: null },
  })
  const tax_rates = rates('DE standard VAT 19', 'FR standard VAT 19')
  const priced = explainCart({ price_lists: [list], tax_rates }, cart)
  const told = priced.lines[0]!.why.map(({ rule, reason }) => `${rule}: ${reason}`)
  const relief = (why: readonly { rule: string; reason: string }[]) =>
    why.filter(({ rule }) => rule === 'relief of tax').map(({ reason }) => reason)
  return { told, treatment, line: relief(priced.lines[0]!.why), cart: relief(priced.why) }
}

const untaxed = [
  ['reverse_charge', {}],
  ['exempt', { place: place('DE'), tax_id: null, exemptions: [certificate] }],
] as const
for (const [kind, given] of untaxed) {
  test(`${kind}: the tax that is taken out of prices and shipping is told`, () => {
    const { treatment, told, line, cart } = explain(given, true)
    assert.equal(treatment.kind, kind)
    const owed = 'of tax that this buyer does not owe'
    assert.deepEqual(line, [`119.00 EUR includes 19.00 EUR ${owed}: 100.00 EUR without it.`])
    assert.deepEqual(cart, [`5.95 EUR includes 0.95 EUR ${owed}: 5.00 EUR without it.`])
    // In the order in which it happened: the list, the rule, the relief, the tax that is none.
    assert.deepEqual(
      told.map((text) => text.split(':')[0]!.split(' ')[0]),
      ['price', 'rule', 'relief', 'tax'],
    )
    assert.match(told[1]!, /119\.00 EUR for 1/)
  })
}

test('prices without tax have none to take out, and an export takes none out', () => {
  const exported = { place: place('CH'), tax_id: null }
  for (const { line, cart } of [explain({}, false), explain(exported, true)]) {
    assert.deepEqual([line, cart], [[], []])
  }
})
