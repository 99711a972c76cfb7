// Setting up the frame of a shop: entities, channels, locations.
import { bumpRevision } from '#src/db/revision.sql.ts'
import type { Tx } from '#src/db/sql.ts'
import type { Address } from '#src/lib/addresses.ts'
import type { ChannelId, LegalEntityId, LocationId } from '#src/lib/ids.ts'
import type { Channel, LegalEntity } from './shop.ts'
import type { TaxSettings } from './tax-settings.ts'

export type NewLegalEntity = Omit<LegalEntity, 'seat' | 'tax'> & {
  readonly tax?: Partial<TaxSettings>
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
      fiscal_year_starts_month, number_prefix, tax)
    values (${entity.id}, ${entity.code}, ${entity.name}, ${JSON.stringify(entity.address)},
      ${JSON.stringify(entity.tax_ids)}, ${entity.time_zone}, ${entity.fiscal_year_starts_month},
      ${entity.number_prefix}, ${JSON.stringify(entity.tax ?? {})})
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
      default_country, locale, storefront_url, reply_to, payment_providers, capture,
      safety)
    values (${channel.id}, ${channel.code}, ${channel.name}, ${channel.legal_entity_id},
      ${channel.currencies}, ${channel.countries}, ${channel.default_country}, ${channel.locale},
      ${channel.storefront_url}, ${channel.reply_to}, ${channel.payment_providers},
      ${channel.capture}, ${channel.safety})
    on conflict (code) do nothing`
  if (made === 0) return false
  await writeLocations(tx, channel)
  await bumpRevision(tx, 'settings')
  return true
}

/** Which locations serve a channel, in the order in which they are asked. */
async function writeLocations(tx: Tx, { id, locations }: Channel): Promise<void> {
  await tx.run`delete from channel_location where channel_id = ${id}`
  await tx.run`
    insert into channel_location (channel_id, location_id, priority)
    select ${id}, location_id, priority
    from unnest(${locations}::uuid[]) with ordinality as row (location_id, priority)`
}

/** The code and the legal entity stay as they are: orders and numbers hang on them. */
export async function updateChannel(tx: Tx, channel: Channel): Promise<void> {
  await tx.run`
    update channel set name = ${channel.name}, currencies = ${channel.currencies},
      countries = ${channel.countries}, default_country = ${channel.default_country},
      locale = ${channel.locale}, storefront_url = ${channel.storefront_url},
      reply_to = ${channel.reply_to}, payment_providers = ${channel.payment_providers},
      capture = ${channel.capture}, safety = ${channel.safety}
    where id = ${channel.id}`
  await writeLocations(tx, channel)
  await bumpRevision(tx, 'settings')
}

export const updateLocation = (tx: Tx, location: NewLocation): Promise<number> =>
  tx.run`
    update location set name = ${location.name}, address = ${JSON.stringify(location.address)},
      priority = ${location.priority}
    where id = ${location.id}`

/** The time zone, the fiscal year and the prefix stay: legal numbers were drawn by them. */
export const updateLegalEntity = (tx: Tx, entity: NewLegalEntity): Promise<number> =>
  tx.run`
    update legal_entity set name = ${entity.name}, address = ${JSON.stringify(entity.address)},
      tax_ids = ${JSON.stringify(entity.tax_ids)}, tax = ${JSON.stringify(entity.tax ?? {})}
    where id = ${entity.id}`

/** Locked until commit, so that two changes of one row do not mix. */
export const lockChannel = (tx: Tx, id: ChannelId): Promise<unknown> =>
  tx.maybe`select from channel where id = ${id} for update`
/** Locked until commit, so that two changes of one location do not mix. */
export const lockLocation = (tx: Tx, id: LocationId): Promise<NewLocation | null> =>
  tx.maybe<NewLocation>`
    select id, code, name, address, priority from location where id = ${id} for update`
/** Locked until commit, so that two changes of one entity do not mix. */
export const lockLegalEntity = (tx: Tx, id: LegalEntityId): Promise<NewLegalEntity | null> =>
  tx.maybe<NewLegalEntity>`
    select id, code, name, address, tax_ids, time_zone, fiscal_year_starts_month, number_prefix, tax
    from legal_entity where id = ${id} for update`

/** Those of the ids that are locations. */
export const knownLocations = (tx: Tx, ids: readonly LocationId[]): Promise<{ id: LocationId }[]> =>
  tx.many<{ id: LocationId }>`select id from location where id = any(${ids})`

/** Whoever has made an owner is about to build a shop of their own. */
export const isShopEmpty = async (tx: Tx): Promise<boolean> =>
  (await tx.maybe`
    select from (select from channel union all select from staff) as known limit 1`) === null
