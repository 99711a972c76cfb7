// What staff do with channels, locations and legal entities. What orders and legal numbers hang
// on is set once and never changed.
import { bumpRevision } from '#src/db/revision.sql.ts'
import type { Tx } from '#src/db/sql.ts'
import { addEvents } from '#src/events/events.sql.ts'
import { isEmail } from '#src/lib/addresses.ts'
import { countriesErrors, currencyErrors, fieldError, refuseErrors } from '#src/lib/field-errors.ts'
import type { ChannelId, LegalEntityId, LocationId } from '#src/lib/ids.ts'
import { type FieldError, refuse, refuseField } from '#src/lib/refusal.ts'
import {
  insertChannel,
  insertLegalEntity,
  insertLocation,
  knownLocations,
  lockChannel,
  lockLegalEntity,
  lockLocation,
  type NewLegalEntity,
  type NewLocation,
  updateChannel,
  updateLegalEntity,
  updateLocation,
} from './edit-shop.sql.ts'
import { readChannel, readLegalEntities } from './shop.sql.ts'
import type { Channel } from './shop.ts'
import { readTaxSettings, taxSettingsErrors } from './tax-settings.ts'

/** The tax engines this server is set up for. */
export type TaxSources = { readonly sources: ReadonlySet<string> }
export type Editing = { readonly actor: string; readonly now: Date }

/** Names the fields, not their values: addresses stay out of events. */
const note = (
  tx: Tx,
  subject: 'channel' | 'location' | 'legal_entity',
  { id, code, fields }: { id: string; code: string; fields: readonly string[] | null },
  { actor, now }: Editing,
): Promise<unknown> =>
  addEvents(tx, [
    {
      kind: `${subject}.${fields === null ? 'created' : 'changed'}`,
      subject,
      subject_id: id,
      actor,
      detail: { code, ...(fields === null ? {} : { fields }) },
      at: now,
    },
  ])

const isWebAddress = (text: string): boolean => {
  const url = URL.parse(text)
  // The parser leaves out line ends and the like; what is stored is the text itself.
  if (url === null || !/^https?:\/\/[^\s\p{Cc}]+$/iu.test(text)) return false
  return url.hash === '' && url.username === '' && url.password === ''
}

function textErrors(channel: Channel): FieldError[] {
  const { storefront_url, reply_to, countries, default_country } = channel
  const errors: FieldError[] = []
  if (!isWebAddress(storefront_url)) {
    errors.push(fieldError('storefront_url', 'malformed', 'Write an address: https://shop.example'))
  }
  if (!isEmail(reply_to)) {
    errors.push(fieldError('reply_to', 'email_invalid', 'This is no e-mail address.'))
  }
  if (!countries.includes(default_country)) {
    errors.push(fieldError('default_country', 'not_allowed', 'It must be one of the countries.'))
  }
  return errors
}

/** `providers` are the payment methods this server is set up for. */
async function checkChannel(
  tx: Tx,
  channel: Channel,
  providers: ReadonlySet<string>,
): Promise<void> {
  const errors = [
    ...channel.currencies.flatMap((code, i) => currencyErrors(`currencies.${i}`, code)),
    ...countriesErrors('countries', channel.countries),
    ...textErrors(channel),
  ]
  channel.payment_providers.forEach((name, i) => {
    if (providers.has(name)) return
    const message = `Not set up here. Known: ${[...providers].join(', ')}.`
    errors.push(fieldError(`payment_providers.${i}`, 'unknown', message))
  })
  const known = new Set((await knownLocations(tx, channel.locations)).map(({ id }) => id))
  channel.locations.forEach((id, i) => {
    if (known.has(id)) return
    errors.push(fieldError(`locations.${i}`, 'unknown', 'There is no such location.'))
  })
  const entities = await readLegalEntities(tx)
  if (!entities.some(({ id }) => id === channel.legal_entity_id)) {
    errors.push(fieldError('legal_entity_id', 'unknown', 'There is no such legal entity.'))
  }
  refuseErrors(errors)
}

/** @throws invalid_input, already_exists */
export async function createChannel(
  tx: Tx,
  channel: Channel,
  providers: ReadonlySet<string>,
  editing: Editing,
): Promise<void> {
  await checkChannel(tx, channel, providers)
  const { id, code } = channel
  if (!(await insertChannel(tx, channel))) throw refuseField('already_exists', 'code', { code })
  await note(tx, 'channel', { id, code, fields: null }, editing)
}

export type ChannelPatch = Partial<Omit<Channel, 'id' | 'code' | 'legal_entity_id'>>

/** @throws not_found, invalid_input */
export async function changeChannel(
  tx: Tx,
  id: ChannelId,
  { patch, providers }: { patch: ChannelPatch; providers: ReadonlySet<string> },
  editing: Editing,
): Promise<Channel> {
  await lockChannel(tx, id)
  const known = await readChannel(tx, id)
  if (!known) throw refuse('not_found', { channel_id: id })
  const channel: Channel = { ...known, ...patch }
  await checkChannel(tx, channel, providers)
  await updateChannel(tx, channel)
  await note(tx, 'channel', { id, code: channel.code, fields: Object.keys(patch) }, editing)
  return channel
}

/** @throws already_exists */
export async function createLocation(
  tx: Tx,
  location: NewLocation,
  editing: Editing,
): Promise<void> {
  const { id, code } = location
  if (!(await insertLocation(tx, location))) throw refuseField('already_exists', 'code', { code })
  await note(tx, 'location', { id, code, fields: null }, editing)
}

export type LocationPatch = Partial<Pick<NewLocation, 'name' | 'address' | 'priority'>>

/** @throws not_found */
export async function changeLocation(
  tx: Tx,
  id: LocationId,
  patch: LocationPatch,
  editing: Editing,
): Promise<NewLocation> {
  const known = await lockLocation(tx, id)
  if (!known) throw refuse('not_found', { location_id: id })
  const location: NewLocation = { ...known, ...patch }
  await updateLocation(tx, location)
  await note(tx, 'location', { id, code: location.code, fields: Object.keys(patch) }, editing)
  return location
}

const isTimeZone = (name: string): boolean =>
  name === 'UTC' || Intl.supportedValuesOf('timeZone').includes(name)

/** @throws invalid_input, already_exists */
export async function createLegalEntity(
  tx: Tx,
  entity: NewLegalEntity,
  { sources, ...editing }: Editing & TaxSources,
): Promise<void> {
  const { id, code, time_zone } = entity
  const errors = taxSettingsErrors(readTaxSettings(entity.tax ?? {}), sources)
  if (!isTimeZone(time_zone)) {
    errors.push(fieldError('time_zone', 'unknown', 'Write a name such as Europe/Berlin.'))
  }
  refuseErrors(errors)
  if (!(await insertLegalEntity(tx, entity))) throw refuseField('already_exists', 'code', { code })
  await bumpRevision(tx, 'settings')
  await note(tx, 'legal_entity', { id, code, fields: null }, editing)
}

export type LegalEntityPatch = Partial<Pick<NewLegalEntity, 'name' | 'address' | 'tax_ids' | 'tax'>>

/** @throws not_found, invalid_input */
export async function changeLegalEntity(
  tx: Tx,
  id: LegalEntityId,
  patch: LegalEntityPatch,
  { sources, ...editing }: Editing & TaxSources,
): Promise<NewLegalEntity> {
  const known = await lockLegalEntity(tx, id)
  if (!known) throw refuse('not_found', { legal_entity_id: id })
  const tax = readTaxSettings({ ...known.tax, ...patch.tax })
  refuseErrors(taxSettingsErrors(tax, sources))
  const entity: NewLegalEntity = { ...known, ...patch, tax }
  await updateLegalEntity(tx, entity)
  await bumpRevision(tx, 'settings')
  await note(tx, 'legal_entity', { id, code: entity.code, fields: Object.keys(patch) }, editing)
  return entity
}

/**
 * Locked until commit: what hangs on a channel is changed by one at a time.
 * @throws not_found
 */
export async function lockKnownChannel(tx: Tx, id: ChannelId): Promise<void> {
  if ((await lockChannel(tx, id)) === null) throw refuse('not_found', { channel_id: id })
}
