// What staff do with shipping zones, options and their tables of rates.
import { bumpRevision } from '#src/db/revision.sql.ts'
import type { Tx } from '#src/db/sql.ts'
import { addEvents } from '#src/events/events.sql.ts'
import { countriesErrors, currencyErrors, fieldError, refuseErrors } from '#src/lib/field-errors.ts'
import type { ShippingOptionId } from '#src/lib/ids.ts'
import { type FieldError, refuse, refuseField } from '#src/lib/refusal.ts'
import { taxCategoryErrors } from '#src/pricing/tax-categories.ts'
import {
  countDelivery,
  deleteZone,
  insertOption,
  isZoneNameTaken,
  lockOption,
  lockZones,
  readOption,
  readZone,
  replaceRates,
  type ShippingZone,
  type StoredOption,
  updateOption,
  writeZone,
} from './delivery.sql.ts'
import type { ShippingRate } from './delivery.ts'

/** All options are kept in memory for every cart. */
export const delivery_limits = { zones: 500, options: 2_000, rates_per_option: 1_000 } as const

async function noteChange(
  tx: Tx,
  kind: string,
  { subject, id, detail }: { subject: string; id: string; detail: object },
  { actor, now }: { actor: string; now: Date },
): Promise<void> {
  await addEvents(tx, [{ kind, subject, subject_id: id, actor, detail, at: now }])
  await bumpRevision(tx, 'settings')
}

async function checkZone(tx: Tx, zone: ShippingZone): Promise<void> {
  refuseErrors([
    ...countriesErrors('countries', zone.countries),
    ...(zone.countries.length === 0
      ? [fieldError('countries', 'required', 'Name one country at least.')]
      : []),
  ])
  if (await isZoneNameTaken(tx, zone))
    throw refuseField('already_exists', 'name', { name: zone.name })
}

/** @throws invalid_input, already_exists, limit_exceeded */
export async function createShippingZone(
  tx: Tx,
  zone: ShippingZone,
  actor: string,
  now: Date,
): Promise<void> {
  await lockZones(tx)
  await checkZone(tx, zone)
  if ((await countDelivery(tx)).zones >= delivery_limits.zones) {
    throw refuse('limit_exceeded', { zones_max: delivery_limits.zones })
  }
  await writeZone(tx, zone)
  const change = { subject: 'shipping_zone', id: zone.id, detail: { name: zone.name } }
  await noteChange(tx, 'shipping_zone.created', change, { actor, now })
}

/** @throws not_found, invalid_input, already_exists */
export async function changeShippingZone(
  tx: Tx,
  id: string,
  patch: Partial<Omit<ShippingZone, 'id'>>,
  actor: string,
  now: Date,
): Promise<ShippingZone> {
  await lockZones(tx)
  const known = await readZone(tx, id)
  if (!known) throw refuse('not_found', { id })
  const zone = { ...known, ...patch }
  await checkZone(tx, zone)
  await writeZone(tx, zone)
  const change = { subject: 'shipping_zone', id, detail: patch }
  await noteChange(tx, 'shipping_zone.changed', change, { actor, now })
  return zone
}

/** @throws not_found, in_use while an option stands in it */
export async function removeShippingZone(
  tx: Tx,
  id: string,
  actor: string,
  now: Date,
): Promise<void> {
  await lockZones(tx)
  const known = await readZone(tx, id)
  if (!known) throw refuse('not_found', { id })
  if (!(await deleteZone(tx, id))) throw refuse('in_use', { id })
  const change = { subject: 'shipping_zone', id, detail: { name: known.name } }
  await noteChange(tx, 'shipping_zone.removed', change, { actor, now })
}

function rateErrors(rates: readonly ShippingRate[]): FieldError[] {
  const errors: FieldError[] = []
  if (rates.length > delivery_limits.rates_per_option) {
    errors.push(fieldError('rates', 'too_many', `At most ${delivery_limits.rates_per_option}.`))
  }
  const seen = new Set<string>()
  rates.forEach(({ currency, min_weight_g, min_subtotal, amount }, i) => {
    errors.push(...currencyErrors(`rates.${i}.currency`, currency))
    const add = (field: string, code: string, message: string): void => {
      errors.push(fieldError(`rates.${i}.${field}`, code, message))
    }
    if (min_weight_g < 0) add('min_weight_g', 'range', 'Not below zero.')
    if (min_subtotal < 0n) add('min_subtotal', 'range', 'Not below zero.')
    if (amount < 0n) add('amount', 'range', 'Not below zero.')
    const key = [currency, min_weight_g, min_subtotal].join(' ')
    if (seen.has(key)) add('min_weight_g', 'twice', 'This row stands in the table already.')
    seen.add(key)
  })
  return errors
}

async function checkOption(
  tx: Tx,
  option: StoredOption,
  tax_category: string | undefined,
): Promise<void> {
  const errors = rateErrors(option.rates)
  errors.push(...(await taxCategoryErrors(tx, [{ field: 'tax_category', category: tax_category }])))
  if (option.days_min > option.days_max) {
    errors.push(fieldError('days_max', 'before_min', 'Not less than days_min.'))
  }
  if (!(await readZone(tx, option.zone_id))) {
    errors.push(fieldError('zone_id', 'unknown', 'There is no such zone.'))
  }
  refuseErrors(errors)
}

/** @throws invalid_input, already_exists, limit_exceeded */
export async function createShippingOption(
  tx: Tx,
  option: StoredOption,
  actor: string,
  now: Date,
): Promise<void> {
  // A zone must not go away between the check and the insert.
  await lockZones(tx)
  await checkOption(tx, option, option.tax_category)
  if ((await countDelivery(tx)).options >= delivery_limits.options) {
    throw refuse('limit_exceeded', { options_max: delivery_limits.options })
  }
  const { id, code } = option
  if (!(await insertOption(tx, option))) throw refuseField('already_exists', 'code', { code })
  await replaceRates(tx, id, option.rates)
  const change = { subject: 'shipping_option', id, detail: { code } }
  await noteChange(tx, 'shipping_option.created', change, { actor, now })
}

export type OptionPatch = Partial<Omit<StoredOption, 'id' | 'code' | 'archived_at'>> & {
  readonly archived?: boolean
}

/** `rates` replaces the whole table. @throws not_found, invalid_input */
export async function changeShippingOption(
  tx: Tx,
  id: ShippingOptionId,
  { archived, ...patch }: OptionPatch,
  actor: string,
  now: Date,
): Promise<StoredOption> {
  await lockZones(tx)
  if (!(await lockOption(tx, id))) throw refuse('not_found', { id })
  const known = await readOption(tx, id)
  if (!known) throw refuse('not_found', { id })
  const is_archived = archived ?? known.archived_at !== null
  const archived_at = is_archived ? (known.archived_at ?? now) : null
  const option: StoredOption = { ...known, ...patch, archived_at }
  // While it was not offered the last rate for its category may have gone.
  await checkOption(tx, option, archived === false ? option.tax_category : patch.tax_category)
  await updateOption(tx, option)
  if (patch.rates) await replaceRates(tx, id, patch.rates)
  const { rates, ...rest } = patch
  const detail = { archived, ...rest, ...(rates ? { rates: rates.length } : {}) }
  const change = { subject: 'shipping_option', id, detail }
  await noteChange(tx, 'shipping_option.changed', change, { actor, now })
  return option
}
