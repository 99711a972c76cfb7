// Worked cases of whole carts: what promotions take off, which row of the shipping table holds, and
// the taxes of the rest. Through the same steps as a cart of a shop, without a database.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { VariantFacts } from '#src/carts/cart-snapshots.sql.ts'
import { emptyCart } from '#src/carts/carts.ts'
import { emptyGoods } from '#src/carts/goods-book.ts'
import { priceSnapshot } from '#src/carts/price-snapshot.ts'
import type { ShopBook } from '#src/carts/shop-book.ts'
import type { ShippingOption, ShippingRate } from '#src/delivery/delivery.ts'
import { readCurrency } from '#src/lib/currency.ts'
import { type CartLineId, type LegalEntityId, newId, type ShippingOptionId } from '#src/lib/ids.ts'
import type { Currency } from '#src/lib/money.ts'
import type { PriceBook } from '#src/pricing/pricing.ts'
import type { Effect, Promotion } from '#src/pricing/promotions.ts'
import { type TaxSettings, usual_tax_settings } from '#src/shop/tax-settings.ts'
import { lineOf, money, noon, priceIn, priceList, promotionOf, tried, web } from './pricing.ts'

export type Sale = {
  /** Where the seller sits and where the goods go: `DE`, `US-NY 10001`. */
  readonly from: string
  readonly to: string
  readonly currency: string
  readonly prices: 'gross' | 'net'
  readonly taxes: Pick<PriceBook, 'tax_rates' | 'tax_districts'>
  readonly settings?: Partial<TaxSettings>
  readonly tax_id?: string
  /** The table of the one way of shipping: `4.90 gross, 0.00 gross from 50.00`. */
  readonly ways: string
  readonly promotions: readonly (readonly [effect: Effect, given?: Partial<Promotion>])[]
}
/** `2 @ 15.00; 1 @ 40.00 reduced`, and what it comes to. `tax` is all of it, shipping's too. */
export type WorkedSale = {
  readonly reckoning: string
  readonly lines: string
  readonly off: string
  readonly shipping: string
  readonly tax: string
  readonly total: string
  /** Usually the taxes of the place are charged. */
  readonly treatment?: string
}

const placeOf = (text: string) => {
  const [place, postal_code = null] = text.split(' ')
  const [country, region = null] = place!.split('-')
  return { country: country!, region, city: '', postal_code }
}

const tableOf = (text: string, currency: Currency): ShippingRate[] =>
  text.split(', ').map((row) => {
    const [, amount, mode, from = '0'] = /^([\d.]+) (gross|net)(?: from ([\d.]+))?$/.exec(row)!
    const [min_subtotal, charge] = [money(from, currency), money(amount!, currency)]
    return {
      currency,
      min_weight_g: 0,
      min_subtotal,
      amount: charge,
      includes_tax: mode === 'gross',
    }
  })

const optionOf = ({ ways, to }: Sale, currency: Currency): ShippingOption => ({
  id: newId<ShippingOptionId>(),
  ...{ code: 'post', name: 'Post', description: '', tax_category: 'standard', services: [] },
  ...{ countries: [placeOf(to).country], days_min: 1, days_max: 2, position: 0 },
  rates: tableOf(ways, currency),
})

function factsOf(text: string, price: ReturnType<typeof priceIn>): VariantFacts {
  const { product_id, category_ids, tags } = lineOf(price.variant_id, 1)
  const [, , , tax_category = 'standard'] = text.split(' ')
  return {
    ...{ variant_id: price.variant_id, product_id, category_ids, tags, tax_category },
    ...{ sku: text, product_title: text, product_handle: 'it', variant_title: '', texts: {} },
    ...{ option_values: [], image_url: null, taxable: true, requires_shipping: true },
    ...{ weight_g: 100, hs_code: null, is_archived: false, channels: [web], items: [] },
  }
}

function shopOf(sale: Sale, option: ShippingOption, prices: PriceBook): ShopBook {
  const legal_entity_id = newId<LegalEntityId>()
  const { country } = placeOf(sale.to)
  const channel = {
    ...{ id: web, code: 'web', name: 'Web', legal_entity_id, default_country: country },
    ...{ currencies: [readCurrency(sale.currency)], countries: [country], locale: 'en' },
    ...{ storefront_url: 'https://shop.example', reply_to: 'shop@example.com', safety: 0 },
    ...{ payment_providers: [], capture: 'now' as const, locations: [] },
  }
  const entity = {
    ...{ id: legal_entity_id, code: 'seller', name: 'Seller', time_zone: 'UTC' },
    ...{ fiscal_year_starts_month: 1, number_prefix: 'S', seat: placeOf(sale.from) },
    tax: { ...usual_tax_settings, ...sale.settings },
  }
  return {
    ...{ revision: 1n, catalog: 1n, base_locale: 'en', translated: new Set(), promotions: [] },
    ...{ goods: emptyGoods(), hold_rules: new Map(), shipping_options: [option], prices },
    rules: { checkout: [], pricing: null, data: null },
    channels: new Map([[web, channel]]),
    legal_entities: new Map([[legal_entity_id, entity]]),
  }
}

function priceSale(sale: Sale, lines: string) {
  const currency = readCurrency(sale.currency)
  const list = priceList({ currency, prices_include_tax: sale.prices === 'gross' })
  const sold = lines.split('; ').map((text) => {
    const price = priceIn(list, { amount: money(text.split(' ')[2]!, currency) })
    return { price, facts: factsOf(text, price), quantity: Number(text.split(' ')[0]) }
  })
  const option = optionOf(sale, currency)
  const person = { name: 'Ada Muster', company: null, line1: 'Way 1', line2: null, phone: null }
  const cart = {
    ...emptyCart({ channel_id: web, currency, at: noon }),
    ...{ email: 'ada@example.com', tax_id: sale.tax_id ?? null, shipping_option_id: option.id },
    shipping_address: { ...person, ...placeOf(sale.to) },
    lines: sold.map(({ price, quantity }) => ({
      ...{ id: newId<CartLineId>(), variant_id: price.variant_id, quantity },
    })),
  }
  const snapshot = {
    cart,
    languages: { base: 'en', channel: 'en', translated: new Set<string>() },
    customer_group_ids: [],
    variants: new Map(sold.map(({ facts }) => [facts.variant_id, facts])),
    prices: sold.map(({ price }) => price),
    promotions: sale.promotions.map(([effect, given]) => tried(promotionOf(effect, given))),
    ...{ unknown_codes: [], exemptions: [], tax_quote: null },
  }
  const book = shopOf(sale, option, { price_lists: [list], ...sale.taxes })
  return { currency, ...priceSnapshot(snapshot, book, noon) }
}

/** `source`: what says that it is so, in law or in our own documentation. */
export function goldenSale(source: string, sale: Sale, cases: readonly WorkedSale[]): void {
  assert(source.length > 3, 'a case needs its source')
  for (const { reckoning, lines, treatment = 'taxed', ...expected } of cases) {
    test(`${sale.from} → ${sale.to}, ${lines}: ${reckoning} (${source})`, () => {
      const { currency, priced, tax_facts } = priceSale(sale, lines)
      assert.deepEqual(priced.problems, [])
      const { discount_total: off, shipping_total: shipping, tax_total: tax, total } = priced
      const wanted = Object.fromEntries(
        Object.entries(expected).map(([name, text]) => [name, money(text, currency)]),
      )
      assert.deepEqual({ off, shipping, tax, total }, wanted)
      assert.equal(tax_facts?.treatment ?? 'taxed', treatment)
      const added = priced.tax_total - priced.tax_included
      assert.equal(priced.subtotal - off + shipping + added, total, 'what the buyer pays adds up')
    })
  }
}
