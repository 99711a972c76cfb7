// Why is there this tax, or none? Whose rates were asked, which districts have some of their own,
// and what a step in the price did. For people.
import type { Currency } from '#src/lib/money.ts'
import type { LineWithPrice } from './price-cart.ts'
import type {
  CartToPrice,
  DistrictRate,
  PriceBook,
  PricedCart,
  PricedLine,
  TaxAmount,
  TaxSteps,
  Why,
} from './pricing.ts'
import { categoryAt, districtsAt, type Place, type TaxRule } from './tax.ts'
import { chargeWithoutTax, openTaxStage, ruleAt, type TaxStage } from './tax-stage.ts'
import { amountText, hit, missed, percent } from './why-words.ts'

const placeText = ({ country, region }: Place): string =>
  region === null ? country : `${country}-${region}`

/** What was decided before any rate was looked up. */
export function whyTreatment({ tax }: CartToPrice): Why[] {
  if (!tax) return []
  const { treatment, engine } = tax
  const why = [hit(`tax treatment ${treatment.kind}`, treatment.reason)]
  return engine === null ? why : [...why, hit('tax engine', 'An outside engine has answered.')]
}

function stepText({ of, steps, currency }: TaxSteps): string {
  const texts = steps.map(({ from, is_over, rate_ppm }) => {
    const begin = is_over || of === 'part' ? 'above' : 'from'
    return `${percent(rate_ppm)} ${begin} ${amountText(from, currency)}`
  })
  const parts = of === 'part' ? ', each part of it on its own' : ''
  return ` By the price of a unit${parts}: ${texts.join(', ')}.`
}

function componentText(
  { component, rate_ppm, amount, base }: TaxAmount,
  rate: DistrictRate | undefined,
  { currency, is_included }: { readonly currency: Currency; readonly is_included: boolean },
): string {
  const how = is_included ? 'is contained' : 'is added'
  const on = base === undefined ? '' : ` on ${amountText(base, currency)}`
  const steps = rate?.steps ? stepText(rate.steps) : ''
  const compound = rate?.is_compound ? ' Taxes before it are taxed too.' : ''
  const text = `${component} ${percent(rate_ppm)}${on}: ${amountText(amount, currency)} ${how}.`
  return text + compound + steps
}

function whyMissed(stage: TaxStage, place: Place, rule: TaxRule | null, category: string): Why[] {
  const why: Why[] = []
  if (place.region !== null && rule?.region !== place.region) {
    const reason = `No rate of category ${category} is set for this region.`
    why.push(missed(`tax in ${placeText(place)}`, reason))
  }
  for (const { name, rates } of districtsAt(stage.index, place)) {
    if (rates.some((rate) => rate.category === category)) continue
    why.push(missed(`tax in ${name}`, `No rate of category ${category} is set for this district.`))
  }
  return why
}

function whyTax(
  stage: TaxStage,
  category: string,
  { taxes, is_included }: { taxes: readonly TaxAmount[]; is_included: boolean },
): Why[] {
  const { rates_at: place, tax, cart } = stage
  if (place === null) return [missed('tax', 'None is due: see the treatment of the cart.')]
  if (tax?.engine) {
    const about = { currency: cart.currency, is_included }
    return taxes.map((one) => hit('tax engine', componentText(one, undefined, about)))
  }
  const rule = ruleAt(stage, place, category)
  const holds = categoryAt(stage.index, place, category)
  const why = whyMissed(stage, place, rule, holds)
  if (holds !== category && rule !== null) {
    const reason = `No rate of category ${category} is set there: the standard rate holds.`
    why.unshift(missed(`tax of ${category} in ${place.country}`, reason))
  }
  if (rule === null) {
    const reason = `No rate of category ${category} is set for this country.`
    return [...why, missed(`tax in ${place.country}`, reason)]
  }
  const zone = [placeText({ ...place, region: rule.region }), ...rule.districts].join(', ')
  const about = { currency: cart.currency, is_included }
  taxes.forEach((one, i) => {
    why.push(hit(`tax in ${zone}`, componentText(one, rule.components[i], about)))
  })
  return why
}

/** What this buyer does not owe is taken out before anything is taken off. */
const whyRelief = (before: bigint, after: bigint, currency: Currency): Why[] =>
  before === after
    ? []
    : [
        hit(
          'relief of tax',
          `${amountText(before, currency)} includes ${amountText(before - after, currency)} of ` +
            `tax that this buyer does not owe: ${amountText(after, currency)} without it.`,
        ),
      ]

export const whyPriceRelief = ({ offered, chosen }: LineWithPrice, currency: Currency): Why[] =>
  whyRelief(offered.price.amount, chosen.price.amount, currency)

export function whyLineTax(book: PriceBook, cart: CartToPrice, line: PricedLine): Why[] {
  if (!line.taxable) return [missed('tax', 'This item is not taxable.')]
  const { taxes, tax_included: is_included } = line
  return whyTax(openTaxStage(book, cart), line.tax_category, { taxes, is_included })
}

/** `lines` are those with a price: goods may decide how their shipping is taxed. */
export function whyShipping(
  book: PriceBook,
  cart: CartToPrice,
  priced: PricedCart,
  lines: readonly LineWithPrice[],
): Why[] {
  if (cart.shipping === null || priced.shipping === null) return []
  const { amount, taxes, tax_included: is_included } = priced.shipping
  const relieved = chargeWithoutTax(openTaxStage(book, cart), cart.shipping, lines)!
  const why = [
    ...whyRelief(cart.shipping.amount, relieved.amount, cart.currency),
    hit('shipping', `${amountText(amount, cart.currency)}.`),
  ]
  const how = cart.tax?.settings.shipping ?? 'category'
  if (how !== 'category' && cart.tax?.engine === null) {
    const text = how === 'main' ? 'as the goods of highest value' : 'in proportion to the goods'
    const about = { currency: cart.currency, is_included }
    const rates = taxes.map((one) => componentText(one, undefined, about)).join(' ')
    return [...why, hit('tax of shipping', `It is taxed ${text}. ${rates}`)]
  }
  return [
    ...why,
    ...whyTax(openTaxStage(book, cart), cart.shipping.tax_category, { taxes, is_included }),
  ]
}
