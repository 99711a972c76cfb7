import { asTable } from '../db/as-table.ts'
import type { Tx } from '../db/sql.ts'
import type { TaxRate } from './pricing.ts'

export type StoredRate = Pick<TaxRate, 'category' | 'component' | 'rate_ppm' | 'position'>
export type TaxZone = {
  readonly id: string
  readonly country: string
  readonly region: string | null
  readonly rates: readonly StoredRate[]
}

const selectZones = (tx: Tx, after: string | null, ids: readonly string[] | null, limit: number) =>
  tx.many<TaxZone>`
    select id, country, region, coalesce((
      select jsonb_agg(jsonb_build_object('category', category, 'component', component,
        'rate_ppm', rate_ppm, 'position', position) order by category, position, component)
      from tax_rate where zone_id = tax_zone.id), '[]') as rates
    from tax_zone
    where (${after}::uuid is null or id > ${after}::uuid)
      and (${ids}::uuid[] is null or id = any(${ids}::uuid[]))
    order by id limit ${limit}`

export const readTaxZonePage = (tx: Tx, after: string | null, limit: number): Promise<TaxZone[]> =>
  selectZones(tx, after, null, limit)

export const readTaxZone = async (tx: Tx, id: string): Promise<TaxZone | null> =>
  (await selectZones(tx, null, [id], 1))[0] ?? null

/** False when there is a zone for this country and region. */
export async function insertTaxZone(tx: Tx, zone: TaxZone): Promise<boolean> {
  const written = await tx.run`
    insert into tax_zone (id, country, region) values (${zone.id}, ${zone.country}, ${zone.region})
    on conflict (country, region) do nothing`
  return written === 1
}

/** Held until commit: two people who edit one zone do so one after the other. */
export const lockTaxZone = async (tx: Tx, id: string): Promise<boolean> =>
  (await tx.maybe`select from tax_zone where id = ${id} for update`) !== null

/** The rates of a zone are written as a whole. The zone must be locked. */
export async function replaceTaxRates(
  tx: Tx,
  zone_id: string,
  rates: readonly (StoredRate & { readonly id: string })[],
): Promise<void> {
  await tx.run`delete from tax_rate where zone_id = ${zone_id}`
  if (rates.length === 0) return
  await tx.run`
    insert into tax_rate (id, zone_id, category, component, rate_ppm, position)
    select id, ${zone_id}, category, component, rate_ppm, position
    from ${asTable(
      rates,
      `row (
      id uuid, category text, component text, rate_ppm int, position int)`,
    )}`
}

export async function deleteTaxZone(tx: Tx, id: string): Promise<void> {
  await tx.run`delete from tax_rate where zone_id = ${id}`
  await tx.run`delete from tax_zone where id = ${id}`
}

export const countTaxZones = async (tx: Tx): Promise<bigint> => {
  const { count } = await tx.one<{ count: bigint }>`select count(*) from tax_zone`
  return count
}
