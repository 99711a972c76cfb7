import { asTable } from '#src/db/as-table.ts'
import type { Tx } from '#src/db/sql.ts'
import type { ChannelId, LegalEntityId } from '#src/lib/ids.ts'
import type { Channel, LegalEntity } from './shop.ts'
import { readTaxSettings, type TaxSettings } from './tax-settings.ts'

export const readChannels = (tx: Tx): Promise<Channel[]> =>
  tx.many<Channel>`
    select id, code, name, legal_entity_id, currencies, countries, default_country, locale,
      storefront_url, reply_to, payment_providers, capture, safety,
      coalesce((
        select array_agg(location_id order by channel_location.priority, location_id)
        from channel_location where channel_id = channel.id), '{}') as locations
    from channel order by code`

export async function readLegalEntities(tx: Tx): Promise<LegalEntity[]> {
  const rows = await tx.many<LegalEntity & { readonly tax: Partial<TaxSettings> }>`
    select id, code, name, time_zone, fiscal_year_starts_month, number_prefix, tax,
      jsonb_build_object('country', address -> 'country', 'region', address -> 'region',
        'city', address -> 'city', 'postal_code', address -> 'postal_code') as seat
    from legal_entity order by code`
  return rows.map((row) => ({ ...row, tax: readTaxSettings(row.tax) }))
}

export type NumberKind = 'order' | 'invoice' | 'credit_note'
export type Series<Kind extends NumberKind = NumberKind> = {
  readonly legal_entity_id: LegalEntityId
  readonly kind: Kind
  readonly fiscal_year: number
}
export type SeriesDraw<Kind extends NumberKind = NumberKind> = Series<Kind> & {
  readonly count: number
}

/**
 * Draws `count` numbers of each series and returns the last of them. The rows stay locked until
 * commit, so this comes last: a transaction that fails gives its numbers back, and the next one
 * waits until it is known whether they are used.
 */
export const drawNumbers = <Kind extends NumberKind>(
  tx: Tx,
  draws: readonly SeriesDraw<Kind>[],
): Promise<(Series<Kind> & { readonly last_number: bigint })[]> =>
  tx.many<Series<Kind> & { readonly last_number: bigint }>`
    insert into number_series as series (legal_entity_id, kind, fiscal_year, last_number)
    select legal_entity_id, kind, fiscal_year, count
    from ${asTable(draws, `draw (legal_entity_id uuid, kind text, fiscal_year int, count bigint)`)}
    order by legal_entity_id, kind, fiscal_year
    on conflict (legal_entity_id, kind, fiscal_year)
      do update set last_number = series.last_number + excluded.last_number
    returning legal_entity_id, kind, fiscal_year, last_number`

/** One channel as it is now, for those who change it. */
export const readChannel = async (tx: Tx, id: ChannelId): Promise<Channel | null> =>
  (await readChannels(tx)).find((channel) => channel.id === id) ?? null
