// How a cart is taxed, what an outside engine would be asked about it, and what of all that an
// order keeps. Pure.
import type { Address } from '#src/lib/addresses.ts'
import { toCanonicalJson } from '#src/lib/json.ts'
import { sha256 } from '#src/lib/signature.ts'
import { readTaxId, type TaxId } from '#src/lib/tax-ids.ts'
import type { TaxAnswer, TaxQuestion } from '#src/ports/tax-source.ts'
import type { CartToPrice, PricedCart } from '#src/pricing/pricing.ts'
import { districtsAt, regionKey, taxIndexOf } from '#src/pricing/tax.ts'
import type { Supply } from '#src/pricing/tax-notes.ts'
import {
  type CartTax,
  type EngineTaxes,
  type TaxExemption,
  treat,
} from '#src/pricing/tax-treatment.ts'
import { localDate } from '#src/shop/shop.ts'
import { type CartSnapshot, taxAddressOf, taxPlaceOf } from './cart-snapshots.sql.ts'
import type { Cart } from './carts.ts'
import { channelOf, type ShopBook } from './shop-book.ts'

/** What came of asking an engine, kept with the cart as long as the question stays the same. */
export type QuoteResult = TaxAnswer | { readonly kind: 'fallback'; readonly reason: string }
export type TaxQuote = { readonly question: Buffer; readonly result: QuoteResult }

/** The engine that is to be asked before this cart is shown or ordered. */
export type ToAsk = {
  readonly source: string
  readonly question: TaxQuestion
  readonly hash: Buffer
  /** Of these prices, which the answer belongs to. */
  readonly at: Date
}

/** What an order keeps about its taxes, beside the amounts. */
export type TaxFacts = {
  readonly treatment: CartTax['treatment']['kind']
  readonly tax_id: TaxId | null
  /** India: `27-Maharashtra`. */
  readonly place_of_supply: string | null
  readonly exemption: Omit<TaxExemption, 'id'> | null
  /** For the invoice. */
  readonly notes: readonly string[]
  /** The engine that was to be asked. `fallback` tells why the shop's own rates were taken. */
  readonly source: {
    readonly name: string
    readonly reference: string | null
    readonly fallback: string | null
  } | null
}

/** What travels is goods; what does not is a service, such as a file or a code. */
function supplyOf({ cart, variants }: CartSnapshot): Supply {
  const known = cart.lines.flatMap(({ variant_id }) => variants.get(variant_id) ?? [])
  const sent = known.filter(({ requires_shipping }) => requires_shipping)
  if (sent.length === known.length) return 'goods'
  return sent.length === 0 ? 'services' : 'mixed'
}

export function cartTaxOf(snapshot: CartSnapshot, book: ShopBook, now: Date): CartTax | null {
  const { cart, exemptions } = snapshot
  const entity = book.legal_entities.get(channelOf(book, cart.channel_id).legal_entity_id)
  if (!entity) return null
  const treatment = treat({
    seller: { ...entity.seat, settings: entity.tax },
    place: taxPlaceOf(snapshot, book),
    supply: supplyOf(snapshot),
    tax_id: cart.tax_id,
    exemptions,
    today: exemptions.length > 0 ? localDate(now, entity.time_zone) : '',
  })
  return { treatment, settings: entity.tax, engine: null }
}

/** Null when nobody is to be asked, or not yet. */
export function questionOf(
  snapshot: CartSnapshot,
  {
    book,
    input,
    priced,
    now,
  }: { book: ShopBook; input: CartToPrice; priced: PricedCart; now: Date },
): ToAsk | null {
  const { cart, variants } = snapshot
  const source = input.tax?.settings.source ?? null
  const to = taxAddressOf(snapshot)
  if (source === null || to === null || priced.lines.length === 0) return null
  if (input.tax!.treatment.rates_at === null) return null
  const entity = book.legal_entities.get(channelOf(book, cart.channel_id).legal_entity_id)!
  const question: TaxQuestion = {
    date: localDate(now, entity.time_zone),
    currency: cart.currency,
    from: { line1: '', line2: null, ...entity.seat },
    to: {
      line1: to.line1,
      line2: to.line2,
      city: to.city,
      region: to.region,
      postal_code: to.postal_code,
      country: to.country,
    },
    tax_id: cart.tax_id,
    // A gift is nothing that is paid for.
    lines: priced.lines
      .filter(({ is_gift }) => !is_gift)
      .map((line) => ({
        line: line.line_id,
        sku: variants.get(line.variant_id)!.sku,
        quantity: line.quantity,
        tax_category: line.tax_category,
        hs_code: variants.get(line.variant_id)!.hs_code,
        taxable: line.taxable,
        amount: line.subtotal - line.discount,
        includes_tax: line.tax_included,
      })),
    shipping: priced.shipping && {
      amount: priced.shipping.amount,
      includes_tax: priced.shipping.tax_included,
      tax_category: input.shipping!.tax_category,
    },
  }
  return { source, question, hash: sha256(toCanonicalJson(question)), at: now }
}

/** The answer of before, if it is one to this question. */
export const quoteFor = (quote: TaxQuote | null, asked: ToAsk): QuoteResult | null =>
  quote !== null && asked.hash.equals(quote.question) ? quote.result : null

export const engineTaxes = ({ lines, shipping }: TaxAnswer): EngineTaxes => ({
  lines: new Map(lines.map(({ line, taxes }) => [line, taxes])),
  shipping,
})

export function factsOf(
  tax: CartTax | null,
  tax_id: string | null,
  engine: { readonly asked: ToAsk; readonly result: QuoteResult | null } | null,
): TaxFacts | null {
  if (tax === null) return null
  const { kind, place_of_supply, exemption, notes } = tax.treatment
  const is_usual = kind === 'taxed' && place_of_supply === null && engine === null
  if (is_usual && tax_id === null) return null
  const result = engine?.result ?? { kind: 'fallback', reason: 'nobody was asked' }
  return {
    treatment: kind,
    tax_id: tax_id === null ? null : readTaxId(tax_id),
    place_of_supply,
    exemption: exemption && {
      country: exemption.country,
      region: exemption.region,
      number: exemption.number,
      reason: exemption.reason,
      valid_until: exemption.valid_until,
    },
    notes,
    source: engine && {
      name: engine.asked.source,
      reference: result.kind === 'answer' ? result.reference : null,
      fallback: result.kind === 'answer' ? null : result.reason,
    },
  }
}

/** Whether the taxes of an order would be the same at another address of its country. */
export function isTaxedAlike(
  book: ShopBook,
  channel_id: Cart['channel_id'],
  addresses: readonly [Address, Address],
): boolean {
  const entity = book.legal_entities.get(channelOf(book, channel_id).legal_entity_id)!
  const index = taxIndexOf(book.prices)
  const [one, other] = addresses.map((address) => {
    const { country, region, city, postal_code } = address
    const place = { country, region, city, postal_code }
    const seller = { ...entity.seat, settings: entity.tax }
    const { kind, gst, rates_at } = treat({
      seller,
      place,
      // The borders that matter to goods are all there are: services know fewer.
      supply: 'goods',
      tax_id: null,
      exemptions: [],
      today: '',
    })
    const has_own = region !== null && index.zones.get(country)?.has(regionKey(region))
    const districts = districtsAt(index, place).map(({ id }) => id)
    return JSON.stringify([kind, gst, rates_at?.country, has_own ? region : null, districts])
  })
  return one === other
}
