import { asTable } from '../db/as-table.ts'
import { sql, type Tx } from '../db/sql.ts'
import type { ShippingOptionId } from '../lib/ids.ts'
import type { ShippingOption, ShippingRate } from './delivery.ts'

export type ShippingZone = {
  readonly id: string
  readonly name: string
  readonly countries: readonly string[]
}
export type StoredOption = Omit<ShippingOption, 'countries'> & {
  readonly zone_id: string
  readonly archived_at: Date | null
}

type RateRow = ShippingRate & { readonly option_id: ShippingOptionId }

const readRates = (tx: Tx, option_ids: readonly ShippingOptionId[]): Promise<RateRow[]> =>
  tx.many<RateRow>`
    select option_id, currency, min_weight_g, min_subtotal, amount, includes_tax
    from shipping_rate where option_id = any(${option_ids})
    order by option_id, currency, min_weight_g, min_subtotal`

/** Money comes in rows, not in JSON: there a bigint would come back as a double. */
async function withRates<Option extends { readonly id: ShippingOptionId }>(
  tx: Tx,
  options: readonly Option[],
): Promise<(Option & { readonly rates: ShippingRate[] })[]> {
  const rows = await readRates(
    tx,
    options.map(({ id }) => id),
  )
  const by_option = Map.groupBy(rows, ({ option_id }) => option_id)
  return options.map((option) => ({
    ...option,
    rates: (by_option.get(option.id) ?? []).map(({ option_id: _, ...rate }) => rate),
  }))
}

/** All that are offered. They may be kept for as long as the revision `settings` is the same. */
export async function readShippingOptions(tx: Tx): Promise<ShippingOption[]> {
  const options = await tx.many<Omit<ShippingOption, 'rates'>>`
    select shipping_option.id, code, shipping_option.name, description, countries, tax_category,
      services, days_min, days_max, position
    from shipping_option join shipping_zone on shipping_zone.id = zone_id
    where archived_at is null
    order by position, code`
  return withRates(tx, options)
}

const option_columns = sql`
  id, zone_id, code, name, description, tax_category, services, days_min, days_max, position,
  archived_at`

export async function readOptionPage(
  tx: Tx,
  { archived, after }: { readonly archived: boolean; readonly after: string | null },
  limit: number,
): Promise<StoredOption[]> {
  const options = await tx.many<Omit<StoredOption, 'rates'>>`
    select ${option_columns} from shipping_option
    where (archived_at is not null) = ${archived}
      and (${after}::uuid is null or id > ${after}::uuid)
    order by id limit ${limit}`
  return withRates(tx, options)
}

export async function readOption(tx: Tx, id: ShippingOptionId): Promise<StoredOption | null> {
  const options = await tx.many<Omit<StoredOption, 'rates'>>`
    select ${option_columns} from shipping_option where id = ${id}`
  return (await withRates(tx, options))[0] ?? null
}

/** Held until commit: two people who edit one option do so one after the other. */
export const lockOption = async (tx: Tx, id: ShippingOptionId): Promise<boolean> =>
  (await tx.maybe`select from shipping_option where id = ${id} for update`) !== null

/** False when another option has the code. */
export async function insertOption(tx: Tx, option: StoredOption): Promise<boolean> {
  const written = await tx.run`
    insert into shipping_option (${option_columns})
    values (${option.id}, ${option.zone_id}, ${option.code}, ${option.name},
      ${option.description}, ${option.tax_category}, ${option.services}, ${option.days_min},
      ${option.days_max}, ${option.position}, ${option.archived_at})
    on conflict (code) do nothing`
  return written === 1
}

/** The code stays: orders and reports name the option by it. */
export const updateOption = (tx: Tx, option: StoredOption): Promise<number> =>
  tx.run`
    update shipping_option set zone_id = ${option.zone_id}, name = ${option.name},
      description = ${option.description}, tax_category = ${option.tax_category},
      services = ${option.services}, days_min = ${option.days_min},
      days_max = ${option.days_max}, position = ${option.position},
      archived_at = ${option.archived_at}
    where id = ${option.id}`

/** The table of an option is written as a whole. The option must be locked or new. */
export async function replaceRates(
  tx: Tx,
  option_id: ShippingOptionId,
  rates: readonly ShippingRate[],
): Promise<void> {
  await tx.run`delete from shipping_rate where option_id = ${option_id}`
  if (rates.length === 0) return
  await tx.run`
    insert into shipping_rate (
      option_id, currency, min_weight_g, min_subtotal, amount, includes_tax)
    select ${option_id}, currency, min_weight_g, min_subtotal, amount, includes_tax
    from ${asTable(
      rates,
      `row (
      currency text, min_weight_g int, min_subtotal bigint, amount bigint, includes_tax boolean)`,
    )}`
}

export const readZonePage = (
  tx: Tx,
  after: string | null,
  limit: number,
): Promise<ShippingZone[]> =>
  tx.many<ShippingZone>`
    select id, name, countries from shipping_zone
    where ${after}::uuid is null or id > ${after}::uuid
    order by id limit ${limit}`

export const readZone = (tx: Tx, id: string): Promise<ShippingZone | null> =>
  tx.maybe<ShippingZone>`select id, name, countries from shipping_zone where id = ${id}`

/** There are few zones and they change rarely: whoever writes one has them all. */
export const lockZones = async (tx: Tx): Promise<void> => {
  await tx.run`lock table shipping_zone in share row exclusive mode`
}

export const isZoneNameTaken = async (tx: Tx, { id, name }: ShippingZone): Promise<boolean> =>
  (await tx.maybe`select from shipping_zone where name = ${name} and id <> ${id}`) !== null

/** Inserts or replaces. The zones must be locked. */
export const writeZone = (tx: Tx, { id, name, countries }: ShippingZone): Promise<number> =>
  tx.run`
    insert into shipping_zone (id, name, countries) values (${id}, ${name}, ${countries})
    on conflict (id) do update set name = excluded.name, countries = excluded.countries`

/** False when an option, offered or archived, still stands in the zone. */
export const deleteZone = async (tx: Tx, id: string): Promise<boolean> =>
  (await tx.run`
    delete from shipping_zone where id = ${id}
      and not exists (select from shipping_option where zone_id = ${id})`) === 1

/** How many there are, for the limits. */
export const countDelivery = (tx: Tx): Promise<{ zones: bigint; options: bigint }> =>
  tx.one<{ zones: bigint; options: bigint }>`
    select (select count(*) from shipping_zone) as zones,
      (select count(*) from shipping_option) as options`
