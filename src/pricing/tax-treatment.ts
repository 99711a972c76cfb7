// How a sale is taxed before any rate is looked up: whose rates, if any, and why. Seller, buyer
// and place decide. Pure.
import { gstState, has_utgst, readTaxId, type TaxId } from '#src/lib/tax-ids.ts'
import { eu_members, type VatPlace, vatPlaceOf } from '#src/lib/vat-areas.ts'
import type { TaxSettings } from '#src/shop/tax-settings.ts'
import type { TaxAmount } from './pricing.ts'
import type { Place } from './tax.ts'

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
  readonly tax_id: string | null
  /** Of the buyer, whether they fit or not. */
  readonly exemptions: readonly TaxExemption[]
  /** The seller's local date. */
  readonly today: string
}

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

const notes = {
  reverse_charge:
    'Reverse charge: intra-Community supply, exempt under Article 138 of Directive 2006/112/EC. ' +
    'The recipient is liable for the VAT (Articles 194 to 196 and 200).',
  export_eu:
    'Export outside of the EU, exempt from VAT under Article 146 of Directive 2006/112/EC.',
  export_gb: 'Zero-rated export of goods, section 30(6) of the Value Added Tax Act 1994.',
  export_in:
    'Supply meant for export under bond or letter of undertaking without payment of integrated ' +
    'tax (CGST rule 46; section 16 of the IGST Act 2017).',
} as const

const exportNote = ({ country }: Place, in_eu: boolean): string[] => {
  if (in_eu) return [notes.export_eu]
  if (country === 'GB') return [notes.export_gb]
  return country === 'IN' ? [notes.export_in] : []
}

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
function inUnion(asked: Asked, home: VatPlace, to: Place): Treatment {
  const { seller, tax_id } = asked
  const destination = { ...no_more, kind: 'taxed', rates_at: to } as const
  if (home.country === to.country) {
    const reason = 'The goods stay in the country of the seller.'
    return { ...destination, rates_at: within(to, seller), reason }
  }
  const number = tax_id === null ? null : readTaxId(tax_id)
  if (isAcquirer(number, home)) {
    const reason = `The buyer has the VAT number ${number!.number} of another member state.`
    const note = [notes.reverse_charge]
    return {
      ...no_more,
      kind: 'reverse_charge',
      rates_at: null,
      relief_at: to,
      notes: note,
      reason,
    }
  }
  // Article 33 is for buyers who are no businesses, Article 138 for numbers of another state.
  if (number?.kind === 'vat' && number.country === home.country) {
    const reason = `The buyer has the VAT number ${number.number} of the country the goods leave.`
    return { ...no_more, kind: 'origin', rates_at: placeOf(seller, home.country), reason }
  }
  if (seller.settings.eu_sales === 'origin') {
    const reason = 'Sales to other member states are below the threshold of Article 59c.'
    return { ...no_more, kind: 'origin', rates_at: placeOf(seller, home.country), reason }
  }
  return { ...destination, reason: 'Distance sale: the VAT of the country where the goods go.' }
}

const isOfUnion = (number: TaxId | null): boolean =>
  number?.kind === 'vat' && (eu_members.has(number.country) || number.country === 'XI')

/** A business of another member state than the one the goods leave. */
const isAcquirer = (number: TaxId | null, home: VatPlace): boolean =>
  isOfUnion(number) && number!.country !== home.country

function inIndia({ seller, place }: Asked): Treatment {
  const state = gstState(place.region)
  const within = seller.region !== null && seller.region === place.region
  const local = has_utgst.has(place.region ?? '') ? 'cgst_utgst' : 'cgst_sgst'
  const [from, to] = [gstState(seller.region) ?? 'another state', state ?? 'another state']
  return {
    ...no_more,
    kind: 'taxed',
    rates_at: place,
    gst: within ? local : 'igst',
    place_of_supply: state,
    reason: within
      ? `Supply within ${to}: central and state tax.`
      : `Supply from ${from} to ${to}: integrated tax.`,
  }
}

export function treat(asked: Asked): Treatment {
  const usual = treatAnybody(asked)
  const { place, exemptions, today } = asked
  const exemption = exemptions.find((one) => isValid(one, place, today)) ?? null
  // Where the seller collects nothing there is no tax in its prices that could be taken out.
  if (exemption === null || usual.kind === 'export') return usual
  const { limit, place_of_supply } = usual
  return {
    ...no_more,
    kind: 'exempt',
    rates_at: null,
    relief_at: ratesPlaceOf(asked),
    exemption,
    limit,
    place_of_supply,
    notes: [exemptNote(exemption)],
    reason: `Certificate ${exemption.number} holds here.`,
  }
}

const areasOf = ({ seller, place }: Asked) => {
  const from = vatPlaceOf({ postal_code: null, ...seller })
  const area = vatPlaceOf({ postal_code: null, ...place })
  return { from, area, both_in_union: from.in_eu && area.in_eu }
}

/** Monaco has the rates of France; Northern Ireland its own towards the EU. */
function ratesPlaceOf(asked: Asked): Place {
  const { place } = asked
  const { area, both_in_union } = areasOf(asked)
  const country = area.country === 'XI' && !both_in_union ? 'GB' : area.country
  return country === place.country ? place : { ...place, country }
}

/** Whoever shows no certificate. */
function treatAnybody(asked: Asked): Treatment {
  const { seller, place } = asked
  const { from, area, both_in_union } = areasOf(asked)
  const to = ratesPlaceOf(asked)
  if (both_in_union) return inUnion(asked, from, to)
  if (seller.country === 'IN' && place.country === 'IN') return inIndia(asked)
  const home = { ...seller, country: from.country }
  // Article 369l: the import scheme is for sales to buyers who are no businesses.
  const is_business = asked.tax_id !== null && isOfUnion(readTaxId(asked.tax_id))
  const where = collectsAs(home, to, area.in_eu && !is_business)
  const exported = exportOf(seller, to, from.in_eu)
  // Parts of one country on both sides of the border of the tax area are abroad for each other.
  const is_parted = from.country === area.country && from.in_eu !== area.in_eu
  if (where === 'nowhere' || is_parted) return exported
  if (where === 'home') {
    const is_outside = eu_members.has(to.country) && !area.in_eu
    const rates_at = { ...within(to, seller), ...(is_outside ? { is_outside } : {}) }
    return { ...no_more, kind: 'taxed', rates_at, reason: 'The seller collects tax there.' }
  }
  const limit = limitAt(seller, where.place, exported)
  return {
    ...no_more,
    kind: 'taxed',
    rates_at: to,
    limit,
    reason: 'The seller collects tax there.',
  }
}

const exportOf = (seller: TaxSeller, to: Place, from_eu: boolean): Treatment => ({
  ...no_more,
  kind: 'export',
  rates_at: null,
  notes: exportNote(seller, from_eu),
  place_of_supply: seller.country === 'IN' ? '96-Other country' : null,
  reason:
    seller.country === to.country
      ? `The seller collects no tax in ${placeText(to)}.`
      : `The goods leave ${seller.country}, and the seller collects no tax in ${to.country}.`,
})

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
  return { ...of, rates_at: null, relief_at: kind === 'export' ? null : place }
}
