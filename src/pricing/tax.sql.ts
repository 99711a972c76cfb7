// Zones with their rates, and the districts within them.
import { asRows, asTable } from '#src/db/as-table.ts'
import { sql, type Tx } from '#src/db/sql.ts'
import { newId } from '#src/lib/ids.ts'
import type { DistrictRate, TaxDistrict, TaxRate, TaxSteps } from './pricing.ts'

export type StoredRate = DistrictRate
export type TaxPlace = { readonly country: string; readonly region: string | null }
export type TaxZone = TaxPlace & {
  readonly id: string
  readonly adds: boolean
  readonly rates: readonly StoredRate[]
}

/** Money inside jsonb comes as numbers; it is whole and fits. */
function readSteps(stored: TaxSteps | null): TaxSteps | null {
  if (stored === null) return null
  const steps = stored.steps.map((step) => ({ ...step, from: BigInt(step.from) }))
  return { ...stored, steps }
}
const readRate = <Rate extends { readonly steps: TaxSteps | null }>(rate: Rate): Rate => ({
  ...rate,
  steps: readSteps(rate.steps),
})
const readRates = <Row extends { readonly rates: readonly StoredRate[] }>(row: Row): Row => ({
  ...row,
  rates: row.rates.map(readRate),
})

async function selectZones(
  tx: Tx,
  after: string | null,
  ids: readonly string[] | null,
  limit: number,
): Promise<TaxZone[]> {
  const rows = await tx.many<TaxZone>`
    select id, country, region, adds, coalesce((
      select jsonb_agg(jsonb_build_object('category', category, 'component', component,
        'rate_ppm', rate_ppm, 'position', position, 'is_compound', is_compound, 'steps', steps)
        order by category, position, component)
      from tax_rate where zone_id = tax_zone.id), '[]') as rates
    from tax_zone
    where (${after}::uuid is null or id > ${after}::uuid)
      and (${ids}::uuid[] is null or id = any(${ids}::uuid[]))
    order by id limit ${limit}`
  return rows.map(readRates)
}

export const readTaxZonePage = (tx: Tx, after: string | null, limit: number): Promise<TaxZone[]> =>
  selectZones(tx, after, null, limit)

export const readTaxZone = async (tx: Tx, id: string): Promise<TaxZone | null> =>
  (await selectZones(tx, null, [id], 1))[0] ?? null

/** All rates of all zones, for the price book. */
export async function readTaxRates(tx: Tx): Promise<TaxRate[]> {
  const rows = await tx.many<TaxRate>`
    select country, region, adds, category, component, rate_ppm, position, is_compound, steps
    from tax_rate join tax_zone on tax_zone.id = zone_id`
  return rows.map(readRate)
}

/** Which categories the rates of the shop are about. */
export const readTaxCategories = async (tx: Tx): Promise<string[]> => {
  const rows = await tx.many<{ category: string }>`
    select category from tax_rate
    union
    select rate->>'category' from tax_district, jsonb_array_elements(rates) as rate
    order by category`
  return rows.map(({ category }) => category)
}

const tax_categories = sql`hashtext('onhand tax categories')`

/** Until commit no rate goes: whoever writes a category relies on there being one for it. */
export const holdTaxCategories = (tx: Tx): Promise<unknown> =>
  tx.maybe`select pg_advisory_xact_lock_shared(${tax_categories}) is null as held`

/** Waits for those who are writing categories, and for others who change rates. */
export const lockTaxCategories = (tx: Tx): Promise<unknown> =>
  tx.maybe`select pg_advisory_xact_lock(${tax_categories}) is null as locked`

export type CategoryUse = {
  readonly category: string
  readonly variants: number
  readonly shipping_options: number
  /** Of the first variants. */
  readonly skus: readonly string[]
}
/** Of these categories those that goods or shipping are of which are not archived. */
export const readCategoryUses = async (
  tx: Tx,
  categories: readonly string[],
): Promise<CategoryUse[]> =>
  categories.length === 0
    ? []
    : tx.many<CategoryUse>`
        select category, variants, shipping_options, skus
        from unnest(${categories}::text[]) as category
        cross join lateral (
          select count(*)::int as variants,
            coalesce((array_agg(sku order by sku))[:5], '{}') as skus
          from variant where tax_category = category and archived_at is null) as goods
        cross join lateral (
          select count(*)::int as shipping_options
          from shipping_option where tax_category = category and archived_at is null) as shipping
        where variants + shipping_options > 0
        order by category`

/** Where the shop has a zone. */
export const readTaxPlaces = (tx: Tx): Promise<TaxPlace[]> =>
  tx.many<TaxPlace>`select country, region from tax_zone order by country, region`

/** False when there is a zone for this country and region. */
export async function insertTaxZone(tx: Tx, zone: TaxZone): Promise<boolean> {
  const written = await tx.run`
    insert into tax_zone (id, country, region, adds)
    values (${zone.id}, ${zone.country}, ${zone.region}, ${zone.adds})
    on conflict (country, region) do nothing`
  if (written === 1) await writeRates(tx, [zone])
  return written === 1
}

/** Held until commit: two people who edit one zone do so one after the other. */
export const lockTaxZone = async (tx: Tx, id: string): Promise<boolean> =>
  (await tx.maybe`select from tax_zone where id = ${id} for update`) !== null

export async function deleteTaxZone(tx: Tx, id: string): Promise<void> {
  await tx.run`delete from tax_rate where zone_id = ${id}`
  await tx.run`delete from tax_zone where id = ${id}`
}

export const countTaxZones = async (tx: Tx): Promise<bigint> => {
  const { count } = await tx.one<{ count: bigint }>`select count(*) from tax_zone`
  return count
}

/** The zones of a preset, once all are there: of two who load it the second waits. In id order. */
export const lockZonesOf = (
  tx: Tx,
  places: readonly TaxPlace[],
): Promise<{ id: string; country: string; region: string | null }[]> =>
  tx.many<{ id: string; country: string; region: string | null }>`
    select id, country, region from tax_zone
    where (country, coalesce(region, '')) in (
      select country, coalesce(region, '')
      from ${asTable(places, 'row (country text, region text)')})
    order by id for update`

async function selectDistricts(
  tx: Tx,
  { after, id, limit }: { after: string | null; id: string | null; limit: number | null },
): Promise<TaxDistrict[]> {
  const rows = await tx.many<TaxDistrict>`
    select id, country, region, kind, name, adds, cities, postal_codes, rates
    from tax_district
    where (${after}::uuid is null or id > ${after}::uuid) and (${id}::uuid is null or id = ${id})
    order by id limit ${limit}`
  return rows.map(readRates)
}

export const readTaxDistrictPage = (
  tx: Tx,
  after: string | null,
  limit: number,
): Promise<TaxDistrict[]> => selectDistricts(tx, { after, id: null, limit })

export const readTaxDistrict = async (tx: Tx, id: string): Promise<TaxDistrict | null> =>
  (await selectDistricts(tx, { after: null, id, limit: 1 }))[0] ?? null

/** All of them, for the price book. */
export const readTaxDistricts = (tx: Tx): Promise<TaxDistrict[]> =>
  selectDistricts(tx, { after: null, id: null, limit: null })

/** Held until commit: two people who edit one district do so one after the other. */
export const lockTaxDistrict = async (tx: Tx, id: string): Promise<boolean> =>
  (await tx.maybe`select from tax_district where id = ${id} for update`) !== null

/** How many were written: a place, kind and name that is there already is left alone. */
export const insertTaxDistricts = (tx: Tx, districts: readonly TaxDistrict[]): Promise<number> =>
  tx.run`
    insert into tax_district (id, country, region, kind, name, adds, cities, postal_codes,
      rates)
    select id, country, region, kind, name, adds, cities, postal_codes, rates
    from ${asTable(
      districts,
      `row (
      id uuid, country text, region text, kind text, name text, adds boolean, cities text[],
      postal_codes jsonb, rates jsonb)`,
    )}
    on conflict (country, region, kind, name) do nothing`

/** False when another district has the place, kind and name. */
export const updateTaxDistrict = async (tx: Tx, district: TaxDistrict): Promise<boolean> =>
  (await tx.run`
    update tax_district set country = row.country, region = row.region, kind = row.kind,
      name = row.name, adds = row.adds, cities = row.cities, postal_codes = row.postal_codes,
      rates = row.rates
    from ${asTable(
      [district],
      `row (
      id uuid, country text, region text, kind text, name text, adds boolean, cities text[],
      postal_codes jsonb, rates jsonb)`,
    )}
    where tax_district.id = row.id and not exists (
      select from tax_district as other
      where other.id <> row.id and other.country = row.country
        and other.region is not distinct from row.region and other.kind = row.kind
        and other.name = row.name)`) === 1

export const deleteTaxDistrict = (tx: Tx, id: string): Promise<number> =>
  tx.run`delete from tax_district where id = ${id}`

export const countTaxDistricts = async (tx: Tx): Promise<bigint> => {
  const { count } = await tx.one<{ count: bigint }>`select count(*) from tax_district`
  return count
}

const writeRates = async (tx: Tx, zones: readonly TaxZone[]): Promise<void> => {
  const rates = zones.flatMap((zone) =>
    zone.rates.map((rate) => ({ id: newId<string>(), zone_id: zone.id, ...rate })),
  )
  if (rates.length === 0) return
  await tx.run`
    insert into tax_rate ${asRows(
      rates,
      `id uuid, zone_id uuid, category text, component text, rate_ppm int, position int,
      is_compound boolean, steps jsonb`,
    )}`
}

/**
 * Those that are not there yet, with their rates; returns them. In the order of their places, so
 * that two who make the same ones wait for each other and not in a circle.
 */
export async function insertTaxZones(tx: Tx, zones: readonly TaxZone[]): Promise<TaxZone[]> {
  if (zones.length === 0) return []
  const written = await tx.many<{ id: string }>`
    insert into tax_zone (id, country, region, adds)
    select id, country, region, adds
    from ${asTable(zones, 'row (id uuid, country text, region text, adds boolean)')}
    order by country, region
    on conflict (country, region) do nothing
    returning id`
  const ids = new Set(written.map(({ id }) => id))
  const made = zones.filter(({ id }) => ids.has(id))
  await writeRates(tx, made)
  return made
}

/** Of locked zones: other rates, and whether they come on top. */
export async function replaceZoneRates(tx: Tx, zones: readonly TaxZone[]): Promise<void> {
  if (zones.length === 0) return
  await tx.run`
    update tax_zone set adds = row.adds
    from ${asTable(zones, 'row (id uuid, adds boolean)')} where tax_zone.id = row.id`
  await tx.run`delete from tax_rate where zone_id = any(${zones.map(({ id }) => id)})`
  await writeRates(tx, zones)
}

/** Gives districts that are there already other places and rates; returns how many. */
export const replaceTaxDistricts = (tx: Tx, districts: readonly TaxDistrict[]): Promise<number> =>
  tx.run`
    update tax_district set adds = row.adds, cities = row.cities, postal_codes = row.postal_codes,
      rates = row.rates
    from ${asTable(
      districts,
      `row (
      country text, region text, kind text, name text, adds boolean, cities text[],
      postal_codes jsonb, rates jsonb)`,
    )}
    where tax_district.country = row.country and tax_district.kind = row.kind
      and tax_district.region is not distinct from row.region and tax_district.name = row.name`
