import type { Tx } from '#src/db/sql.ts'
import type { ChannelId, LegalEntityId } from '#src/lib/ids.ts'
import type { Channel, LegalEntity } from './shop.ts'

export const readChannels = (tx: Tx): Promise<Channel[]> =>
  tx.many<Channel>`
    select id, code, name, legal_entity_id, currencies, countries, default_country, locale,
      storefront_url, reply_to, payment_providers, capture,
      coalesce((
        select array_agg(location_id order by channel_location.priority, location_id)
        from channel_location where channel_id = channel.id), '{}') as locations
    from channel order by code`

export const readLegalEntities = (tx: Tx): Promise<LegalEntity[]> =>
  tx.many<LegalEntity>`
    select id, code, name, time_zone, fiscal_year_starts_month, number_prefix
    from legal_entity order by code`

export type NumberKind = 'order' | 'invoice' | 'credit_note'
export type Series = {
  readonly legal_entity_id: LegalEntityId
  readonly kind: NumberKind
  readonly fiscal_year: number
}

/**
 * Draws `count` numbers in a row and returns the first. The series stays locked until commit,
 * so draw last; a rollback gives the numbers back, and so there are no gaps.
 */
export async function drawNumbers(tx: Tx, series: Series, count: number): Promise<bigint> {
  const { legal_entity_id, kind, fiscal_year } = series
  const { last_number } = await tx.one<{ last_number: bigint }>`
    insert into number_series (legal_entity_id, kind, fiscal_year, last_number)
    values (${legal_entity_id}, ${kind}, ${fiscal_year}, ${count})
    on conflict (legal_entity_id, kind, fiscal_year) do update
      set last_number = number_series.last_number + excluded.last_number
    returning last_number`
  return last_number - BigInt(count) + 1n
}

export const findChannel = (tx: Tx, id: ChannelId): Promise<{ id: ChannelId } | null> =>
  tx.maybe<{ id: ChannelId }>`select id from channel where id = ${id}`

/** One channel as it is now, for those who change it. */
export const readChannel = async (tx: Tx, id: ChannelId): Promise<Channel | null> =>
  (await readChannels(tx)).find((channel) => channel.id === id) ?? null
