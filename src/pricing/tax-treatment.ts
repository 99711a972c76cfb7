// How a sale is taxed before any rate is looked up: whose rates, if any, and why. Seller, buyer
// and place decide. Pure.
import { gstRegionOf, gstState, has_utgst, readTaxId, type TaxId } from '#src/lib/tax-ids.ts'
import { eu_members, type VatPlace, vatPlaceOf } from '#src/lib/vat-areas.ts'
import type { TaxSettings } from '#src/shop/tax-settings.ts'
import type { TaxAmount } from './pricing.ts'
import type { Place } from './tax.ts'
import { exportNotes, type PlainSupply, reverse_charge_notes, type Supply } from './tax-notes.ts'

/** As far as taxes are concerned, who sells. */
export type TaxSeller = Place & { readonly settings: TaxSettings }

/** A certificate: the buyer owes no tax in a country, or in one region of it. */
export type TaxExemption = {
  readonly id: string
  readonly country: string
  readonly region: string | null
  readonly number: string
  readonly reason: string
  /** The last day, `2027-12-31`. */
  readonly valid_until: string | null
}

export const treatments = ['taxed', 'origin', 'reverse_charge', 'export', 'exempt'] as const
export type TreatmentKind = (typeof treatments)[number]
export type Gst = 'igst' | 'cgst_sgst' | 'cgst_utgst'

export type Treatment = {
  readonly kind: TreatmentKind
  /** Whose rates hold; null when no tax is due. */
  readonly rates_at: Place | null
  /**
   * Whose tax is taken out of prices that include it, because this buyer owes none: they pay what
   * anybody there pays, less the tax.
   */
  readonly relief_at: Place | null
  readonly gst: Gst | null
  /** India: `27-Maharashtra`. */
  readonly place_of_supply: string | null
  readonly exemption: TaxExemption | null
  /** Where goods of a higher value are treated otherwise. */
  readonly limit: {
    /** Of the goods without tax, by currency. */
    readonly amounts: ReadonlyMap<string, bigint>
    readonly beyond: Treatment
  } | null
  /** For the invoice. */
  readonly notes: readonly string[]
  /** In words, for people who ask why. */
  readonly reason: string
}

/** The answer of an outside engine, line by line in the order of the cart. */
export type EngineTaxes = {
  readonly lines: ReadonlyMap<string, readonly TaxAmount[]>
  readonly shipping: readonly TaxAmount[]
}

/** What pricing is told about taxes beside the rates. */
export type CartTax = {
  readonly treatment: Treatment
  readonly settings: TaxSettings
  readonly engine: EngineTaxes | null
}

export type Asked = {
  readonly seller: TaxSeller
  readonly place: Place
  readonly supply: Supply
  readonly tax_id: string | null
  /** Of the buyer, whether they fit or not. */
  readonly exemptions: readonly TaxExemption[]
  /** The seller's local date. */
  readonly today: string
}

/** The same of goods alone, or of services alone. */
type AskedOne = Asked & { readonly supply: PlainSupply }

const placeText = ({ country, region }: Place): string =>
  region === null ? country : `${country}-${region}`

/** Goods that stay in a country: its parts may have rates of their own. */
const within = (to: Place, { city, postal_code }: Place): Place => ({
  ...to,
  sent_from: { city: city ?? '', postal_code: postal_code ?? null },
})

const placeOf = ({ region, city = '', postal_code = null }: Place, country: string): Place => ({
  country,
  region,
  city,
  postal_code,
})

const isValid = ({ country, region, valid_until }: TaxExemption, place: Place, today: string) =>
  country === place.country &&
  (region === null || region === place.region) &&
  (valid_until === null || today <= valid_until)

const exemptNote = ({ number, reason, country, region, valid_until }: TaxExemption): string => {
  const until = valid_until === null ? '' : `, valid until ${valid_until}`
  const place = placeText({ country, region })
  return `Tax exempt in ${place}: certificate ${number}${until} (${reason}).`
}

const no_more = {
  relief_at: null,
  gst: null,
  place_of_supply: null,
  exemption: null,
  limit: null,
  notes: [],
} as const

/** They tax nothing as a whole: who is registered in one state owes nothing in another. */
const taxed_by_state = new Set(['US'])

/** At home a seller collects everywhere, or in the states that it names and that of its seat. */
function collectsAtHome({ country, region, settings }: TaxSeller, to: Place): boolean {
  if (!taxed_by_state.has(country)) return true
  const named = settings.collects_in.filter((place) => place.startsWith(`${country}-`))
  if (named.length === 0 || named.includes(placeText(to))) return true
  return region !== null && region === to.region
}

/** `in_eu`: to somebody there from whom one who collects in all of the EU collects. */
function collectsAs(
  seller: TaxSeller,
  to: Place,
  in_eu: boolean,
): 'home' | 'nowhere' | { readonly place: string } {
  const { country, settings } = seller
  if (country === 'XI' && to.country === 'GB') return 'home'
  if (country === to.country) return collectsAtHome(seller, to) ? 'home' : 'nowhere'
  const place =
    settings.collects_in.find((one) => one === to.country || one === placeText(to)) ??
    (in_eu ? settings.collects_in.find((one) => one === 'EU') : undefined)
  return place === undefined ? 'nowhere' : { place }
}

/** Up to which value such a seller collects there, and what becomes of what is worth more. */
function limitAt({ settings }: TaxSeller, place: string, beyond: Treatment): Treatment['limit'] {
  const limits = settings.import_limits.filter((one) => one.place === place)
  if (limits.length === 0) return null
  const amounts = new Map(limits.map(({ currency, amount }) => [currency, BigInt(amount)]))
  const reason = 'The goods are worth more than the seller may collect for: the buyer imports them.'
  return { amounts, beyond: { ...beyond, reason } }
}

/** As goods of this value, without tax, are treated. */
export const treatmentFor = (treatment: Treatment, currency: string, value: bigint): Treatment => {
  const most = treatment.limit?.amounts.get(currency)
  return most !== undefined && value > most ? treatment.limit!.beyond : treatment
}

/** Within the EU, or Northern Ireland: where the goods go, unless the buyer owes the tax. */
function inUnion(asked: AskedOne, home: VatPlace, to: Place): Treatment {
  const { seller, tax_id, supply } = asked
  const destination = { ...no_more, kind: 'taxed', rates_at: to } as const
  const number = tax_id === null ? null : readTaxId(tax_id)
  const is_acquirer = isAcquirer(number, home, supply)
  // Article 44: a service to a business is supplied where that is, wherever it is asked for.
  if (home.country === to.country && !(is_acquirer && supply === 'services')) {
    const what = supply === 'goods' ? 'The goods stay' : 'The buyer is'
    const reason = `${what} in the country of the seller.`
    return { ...destination, rates_at: within(to, seller), reason }
  }
  if (is_acquirer) {
    const reason = `The buyer has the VAT number ${number!.number} of another member state.`
    const notes = [reverse_charge_notes[supply]]
    // The tax that a consumer there would bear is in the prices.
    const is_moved = home.country !== to.country && seller.settings.eu_sales === 'origin'
    const relief_at = is_moved ? placeOf(seller, home.country) : to
    return { ...no_more, kind: 'reverse_charge', rates_at: null, relief_at, notes, reason }
  }
  // Article 33 is for buyers who are no businesses, Article 138 for numbers of another state.
  if (number?.kind === 'vat' && number.country === home.country) {
    const whose = supply === 'goods' ? 'the country the goods leave' : 'the country of the seller'
    const reason = `The buyer has the VAT number ${number.number} of ${whose}.`
    return { ...no_more, kind: 'origin', rates_at: placeOf(seller, home.country), reason }
  }
  if (seller.settings.eu_sales === 'origin') {
    const reason = 'Sales to other member states are below the threshold of Article 59c.'
    return { ...no_more, kind: 'origin', rates_at: placeOf(seller, home.country), reason }
  }
  const reason =
    supply === 'goods'
      ? 'Distance sale: the VAT of the country where the goods go.'
      : 'Service to a consumer: the VAT of the country where the buyer is (Article 58).'
  return { ...destination, reason }
}

/** Northern Ireland belongs to it for goods only. */
const isOfUnion = (number: TaxId | null, supply: PlainSupply): boolean =>
  number?.kind === 'vat' &&
  (eu_members.has(number.country) || (number.country === 'XI' && supply === 'goods'))

/** A business of another member state than the seller's, or than the one the goods leave. */
const isAcquirer = (number: TaxId | null, home: VatPlace, supply: PlainSupply): boolean =>
  isOfUnion(number, supply) && number!.country !== home.country

/**
 * Where a registered buyer has goods delivered to another state, a third person has directed them
 * there: they are supplied where that person is registered (IGST Act, section 10(1)(b)), and so are
 * services (section 12(2)(a)).
 */
function inIndia({ seller, place, tax_id, supply }: AskedOne): Treatment {
  const registered = tax_id === null ? null : gstRegionOf(readTaxId(tax_id))
  const is_directed = registered !== null && registered !== place.region
  const rates_at = is_directed ? placeOf({ country: 'IN', region: registered }, 'IN') : place
  const { region } = rates_at
  const state = gstState(region)
  const within = seller.region !== null && seller.region === region
  const local = has_utgst.has(region ?? '') ? 'cgst_utgst' : 'cgst_sgst'
  const [from, to] = [gstState(seller.region) ?? 'another state', state ?? 'another state']
  const tax = within
    ? `Supply within ${to}: central and state tax.`
    : `Supply from ${from} to ${to}: integrated tax.`
  const section = supply === 'goods' ? '10(1)(b)' : '12(2)(a)'
  const why = ` The buyer is registered there (IGST Act, section ${section}).`
  return {
    ...no_more,
    kind: 'taxed',
    rates_at,
    gst: within ? local : 'igst',
    place_of_supply: state,
    reason: is_directed ? tax + why : tax,
  }
}

export function treat(asked: Asked): Treatment {
  const usual = treatSupply(asked)
  const { place, exemptions, today } = asked
  const exemption = exemptions.find((one) => isValid(one, place, today)) ?? null
  // Where the seller collects nothing there is no tax in its prices that could be taken out.
  if (exemption === null || usual.kind === 'export') return usual
  const { limit, place_of_supply } = usual
  return {
    ...no_more,
    kind: 'exempt',
    rates_at: null,
    // What the prices hold for anybody else.
    relief_at: usual.rates_at ?? usual.relief_at,
    exemption,
    limit,
    place_of_supply,
    notes: [exemptNote(exemption)],
    reason: `Certificate ${exemption.number} holds here.`,
  }
}

/** The area of VAT of a place: for services Northern Ireland is a part of the United Kingdom. */
function areaOf(place: Place, supply: PlainSupply): VatPlace {
  const area = vatPlaceOf({ postal_code: null, ...place })
  return supply === 'services' && area.country === 'XI' ? { country: 'GB', in_eu: false } : area
}

const areasOf = ({ seller, place, supply }: AskedOne) => {
  const [from, area] = [areaOf(seller, supply), areaOf(place, supply)]
  return { from, area, both_in_union: from.in_eu && area.in_eu }
}

/** Monaco has the rates of France; Northern Ireland its own towards the EU. */
function ratesPlaceOf(asked: AskedOne): Place {
  const { place } = asked
  const { area, both_in_union } = areasOf(asked)
  const country = area.country === 'XI' && !both_in_union ? 'GB' : area.country
  return country === place.country ? place : { ...place, country }
}

/**
 * Whoever shows no certificate. An order is treated as one: with the notes of both where neither
 * its goods nor its services bear tax, else as its goods.
 */
function treatSupply({ supply, ...asked }: Asked): Treatment {
  if (supply !== 'mixed') return treatAnybody({ ...asked, supply })
  const goods = treatAnybody({ ...asked, supply: 'goods' })
  const services = treatAnybody({ ...asked, supply: 'services' })
  if (goods.rates_at !== null || services.rates_at !== null) return goods
  return { ...goods, notes: [...new Set([...goods.notes, ...services.notes])] }
}

function treatAnybody(asked: AskedOne): Treatment {
  const { seller, place, supply } = asked
  const { from, area, both_in_union } = areasOf(asked)
  const to = ratesPlaceOf(asked)
  if (both_in_union) return inUnion(asked, from, to)
  if (seller.country === 'IN' && place.country === 'IN') return inIndia(asked)
  const home = { ...seller, country: from.country }
  // Article 369l: the import scheme is for sales to buyers who are no businesses.
  const is_business = asked.tax_id !== null && isOfUnion(readTaxId(asked.tax_id), supply)
  const where = collectsAs(home, to, area.in_eu && !is_business)
  const exported = exportOf(asked, to, from.in_eu)
  // Parts of one country on both sides of the border of the tax area are abroad for each other.
  const is_parted = from.country === area.country && from.in_eu !== area.in_eu
  if (where === 'nowhere' || is_parted) return exported
  if (where === 'home') {
    const is_outside = eu_members.has(to.country) && !area.in_eu
    const rates_at = { ...within(to, seller), ...(is_outside ? { is_outside } : {}) }
    return { ...no_more, kind: 'taxed', rates_at, reason: 'The seller collects tax there.' }
  }
  // Import schemes are about goods: services have no limit.
  const limit = supply === 'goods' ? limitAt(seller, where.place, exported) : null
  return {
    ...no_more,
    kind: 'taxed',
    rates_at: to,
    limit,
    reason: 'The seller collects tax there.',
  }
}

function exportOf({ seller, supply }: AskedOne, to: Place, from_eu: boolean): Treatment {
  const left = supply === 'goods' ? 'The goods leave' : 'The buyer of the service is not in'
  return {
    ...no_more,
    kind: 'export',
    rates_at: null,
    notes: exportNotes(seller, from_eu, supply),
    place_of_supply: seller.country === 'IN' ? '96-Other country' : null,
    reason:
      seller.country === to.country
        ? `The seller collects no tax in ${placeText(to)}.`
        : `${left} ${seller.country}, and the seller collects no tax in ${to.country}.`,
  }
}

/** As an order was treated before, at a place that by now would be treated otherwise. */
export function treatedAs(
  stood: Pick<Treatment, 'kind' | 'notes' | 'exemption'>,
  fresh: Treatment,
  { seller, place }: { readonly seller: Place; readonly place: Place },
): Treatment {
  const { kind } = stood
  if (fresh.kind === kind) return fresh
  const of = { ...fresh, ...stood, reason: 'As the order was taxed before.' }
  if (kind === 'taxed') return { ...of, rates_at: place, relief_at: null }
  if (kind === 'origin') return { ...of, rates_at: seller, relief_at: null }
  const relief_at = kind === 'export' ? null : (fresh.rates_at ?? fresh.relief_at ?? place)
  return { ...of, rates_at: null, relief_at }
}
