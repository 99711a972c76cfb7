// Tax on one amount: which rates hold at a place, and how much of each is due. Pure.
import { share, split } from '#src/lib/money.ts'
import type {
  DistrictRate,
  PriceBook,
  TaxAmount,
  TaxDistrict,
  TaxRate,
  TaxStep,
  TaxSteps,
} from './pricing.ts'

export type Place = {
  readonly country: string
  readonly region: string | null
  readonly city?: string
  readonly postal_code?: string | null
  /** Where goods come from that stay in the country. */
  readonly sent_from?: Pick<Place, 'city' | 'postal_code'>
  /** Outside of the tax area of its country: only districts have rates there. */
  readonly is_outside?: boolean
}

/** All components that are due together, in the order they are shown. */
export type TaxRule = {
  readonly region: string | null
  readonly components: readonly DistrictRate[]
  /** Names of the districts whose rates are among them, for people. */
  readonly districts: readonly string[]
  readonly ppms: readonly bigint[]
  readonly ppm: bigint
  /** Every component is a share of the net: no compound, no steps. */
  readonly is_plain: boolean
}
type RulesByCategory = Map<string, TaxRule>
type Zone = { readonly adds: boolean; readonly rules: RulesByCategory }
export type TaxIndex = {
  /** Country → region in capitals (or null for all of it). */
  readonly zones: ReadonlyMap<string, ReadonlyMap<string | null, Zone>>
  /** By country and region. */
  readonly districts: ReadonlyMap<string, readonly TaxDistrict[]>
  /** What was put together for an address before. */
  readonly known: Map<string, TaxRule | null>
}

const million = 1_000_000n

const ruleOf = (
  region: string | null,
  components: readonly DistrictRate[],
  districts: readonly string[] = [],
): TaxRule => {
  const ppms = components.map(({ rate_ppm }) => BigInt(rate_ppm))
  return {
    region,
    components,
    districts,
    ppms,
    ppm: ppms.reduce((all, ppm) => all + ppm, 0n),
    is_plain: components.every(({ is_compound, steps }) => !is_compound && steps === null),
  }
}

const inOrder = <Rate extends DistrictRate>(rates: readonly Rate[]): Rate[] =>
  [...rates].sort((a, b) => a.position - b.position || (a.component < b.component ? -1 : 1))

/** Regions of countries without a list of them are words: capitals make no difference. */
export const regionKey = (region: string | null): string | null => region?.toUpperCase() ?? null

const placeKey = (country: string, region: string | null): string =>
  `${country} ${regionKey(region) ?? ''}`

export function indexTaxes(
  rates: readonly TaxRate[],
  districts: readonly TaxDistrict[] = [],
): TaxIndex {
  const zones = new Map<string, Map<string | null, Zone>>()
  const groups = Map.groupBy(rates, ({ country, region, category }) =>
    JSON.stringify([country, region, category]),
  )
  for (const group of groups.values()) {
    const { country, region, category, adds } = group[0]!
    const of_country = zones.get(country) ?? new Map<string | null, Zone>()
    zones.set(country, of_country)
    const zone = of_country.get(regionKey(region)) ?? { adds, rules: new Map() }
    of_country.set(regionKey(region), zone)
    zone.rules.set(category, ruleOf(region, inOrder(group)))
  }
  return {
    zones,
    districts: Map.groupBy(districts, ({ country, region }) => placeKey(country, region)),
    known: new Map(),
  }
}

const indexes = new WeakMap<PriceBook, TaxIndex>()

/** A book is a value that never changes, so its index is made once. */
export function taxIndexOf(book: PriceBook): TaxIndex {
  let index = indexes.get(book)
  if (index === undefined) {
    index = indexTaxes(book.tax_rates, book.tax_districts)
    indexes.set(book, index)
  }
  return index
}

const bareCode = (postal_code: string): string => postal_code.replaceAll(/[\s-]/g, '')

/** `10001-1234` lies in 10001 to 10292: a code is compared as far as the ends of the range go. */
const isWithin = (code: string, { from, to }: TaxDistrict['postal_codes'][number]): boolean =>
  code.length >= from.length && code.slice(0, from.length) >= from && code.slice(0, to.length) <= to

function isIn(
  { cities, postal_codes }: TaxDistrict,
  city: string | undefined,
  code: string,
): boolean {
  if (cities.length > 0 && (city === undefined || !cities.includes(city))) return false
  return postal_codes.length === 0 || postal_codes.some((range) => isWithin(code, range))
}

const kinds = ['county', 'city', 'special']
/** From wide to narrow: state, county, city, special district. */
const compareDistricts = (a: TaxDistrict, b: TaxDistrict): number =>
  kinds.indexOf(a.kind) - kinds.indexOf(b.kind) || (a.name < b.name ? -1 : 1)

const liesIn = (district: TaxDistrict, place: Pick<Place, 'city' | 'postal_code'>): boolean =>
  isIn(district, place.city?.toUpperCase(), bareCode(place.postal_code ?? ''))

/**
 * Districts of a whole country and of its region, as far as the address lies in them. Rates in the
 * stead of the country's are for what comes from abroad or from the district itself: goods from
 * elsewhere in the country are taxed where they leave (Directive 2006/112/EC, Articles 31 and 32).
 */
export function districtsAt({ districts }: TaxIndex, place: Place): TaxDistrict[] {
  if (districts.size === 0) return []
  const { country, region } = place
  const keys = region === null ? [null] : [null, region]
  return keys
    .flatMap((key) => districts.get(placeKey(country, key)) ?? [])
    .filter((district) => liesIn(district, place))
    .filter((one) => one.adds || !place.sent_from || liesIn(one, place.sent_from))
    .sort(compareDistricts)
}

function zoneRuleFor(index: TaxIndex, { country, region }: Place, category: string) {
  const zones = index.zones.get(country)
  if (zones === undefined) return null
  const whole = zones.get(null)?.rules.get(category) ?? null
  const zone = region === null ? undefined : zones.get(regionKey(region))
  const regional = zone?.rules.get(category)
  if (regional === undefined) return whole
  if (!zone!.adds || whole === null) return regional
  return ruleOf(region, [...whole.components, ...regional.components])
}

const known_max = 20_000

function stackedRuleFor(index: TaxIndex, place: Place, category: string): TaxRule | null {
  const { country, region, city, postal_code, sent_from, is_outside = false } = place
  const from = sent_from && [sent_from.city, sent_from.postal_code]
  const key = JSON.stringify([country, region, city, postal_code, from, is_outside, category])
  const known = index.known.get(key)
  if (known !== undefined) return known
  const found = districtsAt(index, place).flatMap(({ name, adds, rates: all }) => {
    const rates = inOrder(all.filter((rate) => rate.category === category))
    return rates.length > 0 ? [{ name, adds, rates }] : []
  })
  // Of several that stand in for what is around them, the narrowest does.
  const instead = found.findLast(({ adds }) => !adds)
  const zone = instead || is_outside ? null : zoneRuleFor(index, place, category)
  const added = found.filter((one) => one.adds || one === instead)
  const components = [...(zone?.components ?? []), ...added.flatMap(({ rates }) => rates)]
  const names = added.map(({ name }) => name)
  const rule = added.length === 0 ? zone : ruleOf(zone?.region ?? null, components, names)
  if (index.known.size >= known_max) index.known.clear()
  index.known.set(key, rule)
  return rule
}

/**
 * A region that has a rate for the category goes before its country, or is added to it; districts
 * are added to both, or stand in for them. Null means that nothing is set.
 */
function ownRuleFor(index: TaxIndex, place: Place, category: string): TaxRule | null {
  if (index.districts.size === 0 && !place.is_outside) {
    const zone = index.zones.get(place.country)
    // The usual case is two look-ups and makes nothing new.
    if (zone === undefined) return null
    const of_region = place.region === null ? undefined : zone.get(regionKey(place.region))
    const regional = of_region?.rules.get(category)
    if (regional === undefined) return zone.get(null)?.rules.get(category) ?? null
    if (!of_region!.adds) return regional
  }
  return stackedRuleFor(index, place, category)
}

export const standard = 'standard'
/** What is free of tax wherever nothing else is set. */
export const zero = 'zero'

/** Whose rates hold: a state that has none for a category taxes it like all else. */
export const categoryAt = (index: TaxIndex, place: Place, category: string): string =>
  category === zero || ownRuleFor(index, place, category) !== null ? category : standard

/** Null means that nothing is due. */
export const taxRuleFor = (index: TaxIndex, place: Place, category: string): TaxRule | null =>
  ownRuleFor(index, place, category) ??
  (category === zero || category === standard ? null : ownRuleFor(index, place, standard))

/** The same rule with other components: the halves of an Indian rate. */
export const withComponents = (rule: TaxRule, components: readonly DistrictRate[]): TaxRule =>
  ruleOf(rule.region, components, rule.districts)

export type Taxed = { readonly tax: bigint; readonly taxes: readonly TaxAmount[] }

export const no_tax: Taxed = { tax: 0n, taxes: [] }

/** What steps have to know beside the amount. */
export type Units = { readonly quantity: bigint; readonly currency: string }
const one_unit: Units = { quantity: 1n, currency: '' }

const taxed = ({ components }: TaxRule, amounts: readonly bigint[]): Taxed => {
  let tax = 0n
  const taxes = components.map(({ component, rate_ppm }, i): TaxAmount => {
    tax += amounts[i]!
    return { component, rate_ppm, amount: amounts[i]! }
  })
  return { tax, taxes }
}

/** Whether the price of a unit lies in a step: compared as a whole line, so that nothing rounds. */
const reaches = (net: bigint, quantity: bigint, { from, is_over }: TaxStep): boolean =>
  is_over ? net > from * quantity : net >= from * quantity

const clamp = (amount: bigint, max: bigint | null): bigint =>
  max !== null && amount > max ? max : amount

type Stepped = { readonly rate_ppm: number; readonly base: bigint; readonly amount: bigint }

function stepped({ of, steps }: TaxSteps, net: bigint, quantity: bigint): Stepped {
  const reached = steps.filter((step) => reaches(net, quantity, step))
  if (of === 'whole') {
    const rate_ppm = reached.at(-1)?.rate_ppm ?? 0
    return { rate_ppm, base: net, amount: share(net, BigInt(rate_ppm), million) }
  }
  let exact = 0n
  let base = 0n
  let rate_ppm = 0
  steps.forEach((step, i) => {
    const from = step.from * quantity
    const to = steps[i + 1] ? steps[i + 1]!.from * quantity : null
    if (step.rate_ppm === 0 || net <= from) return
    const part = clamp(net, to) - from
    exact += part * BigInt(step.rate_ppm)
    base += part
    rate_ppm = Math.max(rate_ppm, step.rate_ppm)
  })
  return { rate_ppm, base, amount: share(exact, 1n, million) }
}

/** Components one after the other, with steps and with taxes on taxes. */
function taxInTurn({ components }: TaxRule, net: bigint, { quantity, currency }: Units): Taxed {
  let tax = 0n
  const taxes = components.map(({ component, rate_ppm, is_compound, steps }): TaxAmount => {
    const all = is_compound ? net + tax : net
    const found =
      steps === null || steps.currency !== currency
        ? { rate_ppm, base: all, amount: share(all, BigInt(rate_ppm), million) }
        : stepped(steps, all, quantity)
    tax += found.amount
    const { base, ...rest } = found
    return base === net ? { component, ...rest } : { component, ...rest, base }
  })
  return { tax, taxes }
}

/** What comes on top of a net amount. Each component is rounded on its own. */
export const taxOnNet = (rule: TaxRule, net: bigint, units: Units = one_unit): Taxed =>
  rule.is_plain
    ? taxed(
        rule,
        rule.ppms.map((ppm) => share(net, ppm, million)),
      )
    : taxInTurn(rule, net, units)

/**
 * What a gross amount contains. When some net amount leads to exactly this gross, it is the
 * one: so net → gross → net comes back, and CGST and SGST of one rate stay equal. There is at
 * most one, because gross rises with net. Some gross amounts have none; then gross is the
 * truth and the contained tax is split by the rates.
 */
export function taxInGross(rule: TaxRule, gross: bigint, units: Units = one_unit): Taxed {
  if (!rule.is_plain) return searchInGross(rule, gross, units)
  if (rule.ppm === 0n) return taxOnNet(rule, gross)
  const nearest = share(gross, million, million + rule.ppm)
  let net = nearest
  let found = taxOnNet(rule, net)
  const step = net + found.tax > gross ? -1n : 1n
  const isShort = (): boolean => (step > 0n ? net + found.tax < gross : net + found.tax > gross)
  // Rounding moves the net by less than half a unit per component, so this ends at once.
  while (isShort()) {
    net += step
    found = taxOnNet(rule, net)
  }
  if (net + found.tax === gross) return found
  return taxed(rule, split(gross - nearest, rule.ppms))
}

/**
 * The same where tax is no plain share: gross still rises with net, so the net is found by halving.
 * A step in the rate makes a gap in the gross amounts. What lies in it is taxed as above the step:
 * never too little.
 */
function searchInGross(rule: TaxRule, gross: bigint, units: Units): Taxed {
  let low = 0n
  let high = gross
  while (low < high) {
    const middle = (low + high + 1n) / 2n
    if (middle + taxOnNet(rule, middle, units).tax <= gross) low = middle
    else high = middle - 1n
  }
  const found = taxOnNet(rule, low, units)
  if (low + found.tax === gross) return found
  const above = taxOnNet(rule, low + 1n, units)
  const [, ...parts] = split(gross, [low + 1n, ...above.taxes.map(({ amount }) => amount)])
  let tax = 0n
  const taxes = above.taxes.map((one, i) => {
    tax += parts[i]!
    return { ...one, amount: parts[i]! }
  })
  return { tax, taxes }
}

export const taxOn = (
  rule: TaxRule,
  amount: bigint,
  is_included: boolean,
  units: Units = one_unit,
): Taxed => (is_included ? taxInGross(rule, amount, units) : taxOnNet(rule, amount, units))
