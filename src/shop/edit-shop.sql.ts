// Setting up the frame of a shop: entities, channels, locations.
import { bumpRevision } from '#src/db/revision.sql.ts'
import type { Tx } from '#src/db/sql.ts'
import type { Address } from '#src/lib/addresses.ts'
import type { LocationId } from '#src/lib/ids.ts'
import type { Channel, LegalEntity } from './shop.ts'

export type NewLegalEntity = LegalEntity & {
  readonly address: Address
  readonly tax_ids: readonly { readonly kind: string; readonly number: string }[]
}
export type NewLocation = {
  readonly id: LocationId
  readonly code: string
  readonly name: string
  readonly address: Address
  readonly priority: number
}

/** True when it was made now: the code is the key. */
export const insertLegalEntity = async (tx: Tx, entity: NewLegalEntity): Promise<boolean> =>
  (await tx.run`
    insert into legal_entity (id, code, name, address, tax_ids, time_zone,
      fiscal_year_starts_month, number_prefix)
    values (${entity.id}, ${entity.code}, ${entity.name}, ${JSON.stringify(entity.address)},
      ${JSON.stringify(entity.tax_ids)}, ${entity.time_zone}, ${entity.fiscal_year_starts_month},
      ${entity.number_prefix})
    on conflict (code) do nothing`) === 1

export const insertLocation = async (tx: Tx, location: NewLocation): Promise<boolean> =>
  (await tx.run`
    insert into location (id, code, name, address, priority)
    values (${location.id}, ${location.code}, ${location.name},
      ${JSON.stringify(location.address)}, ${location.priority})
    on conflict (code) do nothing`) === 1

export async function insertChannel(tx: Tx, channel: Channel): Promise<boolean> {
  const made = await tx.run`
    insert into channel (id, code, name, legal_entity_id, currencies, countries,
      default_country, locale, storefront_url, reply_to, payment_providers, capture)
    values (${channel.id}, ${channel.code}, ${channel.name}, ${channel.legal_entity_id},
      ${channel.currencies}, ${channel.countries}, ${channel.default_country}, ${channel.locale},
      ${channel.storefront_url}, ${channel.reply_to}, ${channel.payment_providers},
      ${channel.capture})
    on conflict (code) do nothing`
  if (made === 0) return false
  for (const [priority, location_id] of channel.locations.entries()) {
    await tx.run`
      insert into channel_location (channel_id, location_id, priority)
      values (${channel.id}, ${location_id}, ${priority})`
  }
  await bumpRevision(tx, 'settings')
  return true
}

export const isShopEmpty = async (tx: Tx): Promise<boolean> =>
  (await tx.maybe`select id from channel limit 1`) === null
