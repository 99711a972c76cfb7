// What staff see of the frame of the shop, page by page.
import type { Tx } from '#src/db/sql.ts'
import type { NewLegalEntity, NewLocation } from './edit-shop.sql.ts'
import type { Channel } from './shop.ts'

type After = string | null

export const readChannelPage = (tx: Tx, after: After, limit: number): Promise<Channel[]> =>
  tx.many<Channel>`
    select id, code, name, legal_entity_id, currencies, countries, default_country, locale,
      storefront_url, reply_to, payment_providers, capture, safety,
      coalesce((
        select array_agg(location_id order by channel_location.priority, location_id)
        from channel_location where channel_id = channel.id), '{}') as locations
    from channel where ${after}::uuid is null or id > ${after}::uuid
    order by id limit ${limit}`

export const readLocationPage = (tx: Tx, after: After, limit: number): Promise<NewLocation[]> =>
  tx.many<NewLocation>`
    select id, code, name, address, priority from location
    where ${after}::uuid is null or id > ${after}::uuid
    order by id limit ${limit}`

export const readLegalEntityPage = (
  tx: Tx,
  after: After,
  limit: number,
): Promise<NewLegalEntity[]> =>
  tx.many<NewLegalEntity>`
    select id, code, name, address, tax_ids, time_zone, fiscal_year_starts_month, number_prefix, tax
    from legal_entity where ${after}::uuid is null or id > ${after}::uuid
    order by id limit ${limit}`
