// Worked cases of taxes in one line each. Every case names where its rule stands in law, and how a
// person gets to the figures.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readCurrency } from '#src/lib/currency.ts'
import { newId, type ShippingOptionId } from '#src/lib/ids.ts'
import { type Currency, sum } from '#src/lib/money.ts'
import { priceCart } from '#src/pricing/price-cart.ts'
import type { Price, PriceBook, TaxAmount, TaxDistrict, TaxRate } from '#src/pricing/pricing.ts'
import type { Supply } from '#src/pricing/tax-notes.ts'
import { taxPresets } from '#src/pricing/tax-presets.ts'
import { type TaxExemption, type Treatment, treat } from '#src/pricing/tax-treatment.ts'
import { type TaxSettings, usual_tax_settings } from '#src/shop/tax-settings.ts'
import { cartOf, lineOf, money, priceIn, priceList, rates } from './pricing.ts'

export type Market = {
  /** `US-NY 10001`, `DE` */
  readonly to: string
  /** Where the seller sits; without one the rates of the place hold. */
  readonly from?: string
  readonly currency: string
  readonly prices: 'gross' | 'net'
  /** Names of sets of rates. */
  readonly presets?: readonly string[]
  readonly rates?: readonly (string | TaxRate)[]
  readonly settings?: Partial<TaxSettings>
  readonly tax_id?: string
  /** Goods, unless it says otherwise. */
  readonly supply?: Supply
  readonly exemptions?: readonly TaxExemption[]
  readonly treatment?: Treatment['kind']
  /** What the notes for the invoice are about, in their order. */
  readonly notes?: readonly RegExp[]
  readonly place_of_supply?: string
}
/**
 * `1 @ 109.99 clothing; 2 @ 5.00; ship 4.90 gross`, and `State 4.40 + City 4.95 | … ~ State 0.20
 * = 118.98`: taxes per line, those of shipping, and the total.
 */
export type Case = readonly [reckoning: string, lines: string, expected: string]

const presetBook = (names: readonly string[]): Pick<PriceBook, 'tax_rates' | 'tax_districts'> => {
  const chosen = taxPresets().filter(({ name }) => names.includes(name))
  assert.equal(chosen.length, names.length, names.join())
  const tax_rates = chosen.flatMap(({ zones }) =>
    zones.flatMap(({ country, region, adds, rates: of_zone }) =>
      of_zone.map((rate): TaxRate => ({ country, region, adds, ...rate })),
    ),
  )
  const tax_districts = chosen.flatMap(({ districts }) =>
    districts.map(({ law: _, ...one }): TaxDistrict => ({ id: newId<string>(), ...one })),
  )
  return { tax_rates, tax_districts }
}

const readPlace = (text: string) => {
  const [place, ...code] = text.split(' ')
  const [country, region = null] = place!.split('-')
  return { country: country!, region, city: '', postal_code: code.join(' ') || null }
}

const taxTexts = (taxes: readonly TaxAmount[]) =>
  taxes.map(({ component, amount }) => [component, amount] as const)
const readTaxes = (text: string, currency: Currency) =>
  text.trim() === '–' || text.trim() === ''
    ? []
    : text.split(' + ').map((part) => {
        const [, component, amount] = /^(.*) ([\d.]+)$/.exec(part.trim())!
        return [component!, money(amount!, currency)] as const
      })

/** Rates hold wherever they are set. */
const wherever = (rates_at: Treatment['rates_at']): Treatment => ({
  kind: 'taxed',
  rates_at,
  relief_at: null,
  gst: null,
  place_of_supply: null,
  exemption: null,
  limit: null,
  notes: [],
  reason: '',
})

function bookAndCart(market: Market, lines: string) {
  const currency = readCurrency(market.currency)
  const place = readPlace(market.to)
  const list = priceList({ currency, prices_include_tax: market.prices === 'gross' })
  const sold = lines.split('; ').filter((text) => !text.startsWith('ship '))
  const [, charge, mode, category = 'standard'] =
    /(?:^|; )ship ([\d.]+) (gross|net)(?: (\w+))?$/.exec(lines) ?? []
  const prices: Price[] = []
  const cart_lines = sold.map((text) => {
    const [, quantity, amount, word = 'standard'] = /^(\d+) @ ([\d.]+)(?: (\w+))?$/.exec(text)!
    const price = priceIn(list, { amount: money(amount!, currency) })
    prices.push(price)
    const taxable = word !== 'untaxed'
    const tax_category = taxable ? word : 'standard'
    return lineOf(price.variant_id, Number(quantity), { taxable, tax_category })
  })
  const settings = { ...usual_tax_settings, ...market.settings }
  const treatment =
    market.from === undefined
      ? null
      : treat({
          seller: { ...readPlace(market.from), settings },
          place,
          supply: market.supply ?? 'goods',
          tax_id: market.tax_id ?? null,
          exemptions: market.exemptions ?? [],
          today: '2026-06-01',
        })
  const own = (market.rates ?? []).flatMap((one) => (typeof one === 'string' ? rates(one) : [one]))
  const preset = presetBook(market.presets ?? [])
  const positioned = own.map((rate, position) => ({ ...rate, position }))
  const book: PriceBook = {
    price_lists: [list],
    tax_rates: [...preset.tax_rates, ...positioned],
    tax_districts: preset.tax_districts ?? [],
  }
  const cart = cartOf({
    currency,
    country: place.country,
    region: place.region,
    lines: cart_lines,
    prices,
    shipping: charge
      ? {
          option_id: newId<ShippingOptionId>(),
          tax_category: category,
          amount: money(charge, currency),
          includes_tax: mode === 'gross',
        }
      : null,
    tax: { treatment: treatment ?? wherever(place), settings, engine: null },
  })
  return { book, cart, currency, treatment }
}

function assertNotes(notes: readonly string[], expected: readonly RegExp[]): void {
  assert.equal(notes.length, expected.length, notes.join(' | '))
  for (const [i, note] of notes.entries()) assert.match(note, expected[i]!)
}

/** `law`: statute, section, or official page that the cases follow. */
export function golden(law: string, market: Market, cases: readonly Case[]): void {
  assert(law.length > 3, 'a case needs its source')
  for (const [reckoning, lines, expected] of cases) {
    const from = market.from ? `${market.from} → ` : ''
    test(`${from}${market.to}, ${lines}: ${reckoning} (${law})`, () => {
      const { book, cart, currency, treatment } = bookAndCart(market, lines)
      const priced = priceCart(book, cart)
      assert.deepEqual(priced.problems, [])
      if (market.treatment) assert.equal(treatment?.kind, market.treatment)
      if (market.notes) assertNotes(treatment?.notes ?? [], market.notes)
      if (market.place_of_supply) {
        assert.equal(treatment?.place_of_supply, market.place_of_supply)
      }
      const [parts, total] = expected.split('= ')
      const [of_lines, of_shipping = '–'] = parts!.trim().split(' ~ ')
      of_lines!.split(' | ').forEach((text, i) => {
        const found = taxTexts(priced.lines[i]!.taxes)
        assert.deepEqual(found, readTaxes(text, currency), `line ${i}`)
      })
      const charged = taxTexts(priced.shipping?.taxes ?? [])
      assert.deepEqual(charged, readTaxes(of_shipping, currency), 'shipping')
      assert.equal(priced.total, money(total!, currency), 'total')
      const added = priced.shipping?.tax_included === false ? priced.shipping.tax : 0n
      const line_totals = sum(priced.lines.map((line) => line.total))
      assert.equal(line_totals + priced.shipping_total + added, priced.total)
    })
  }
}

/** A rate with steps or on top of the ones before, as sets of rates write it. */
export const compound = (text: string): TaxRate => ({ ...rates(text)[0]!, is_compound: true })
