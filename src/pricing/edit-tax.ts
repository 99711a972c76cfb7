// What staff do with tax zones and districts. Each is written as a whole, with its rates.
import { bumpRevision } from '#src/db/revision.sql.ts'
import type { Tx } from '#src/db/sql.ts'
import { addEvents } from '#src/events/events.sql.ts'
import { refuseErrors } from '#src/lib/field-errors.ts'
import { refuse, refuseField } from '#src/lib/refusal.ts'
import { districtErrors, placeErrors, ratesErrors } from './check-tax.ts'
import { pricing_limits, type TaxDistrict } from './pricing.ts'
import {
  countTaxDistricts,
  countTaxZones,
  deleteTaxDistrict,
  deleteTaxZone,
  insertTaxDistricts,
  insertTaxZone,
  lockTaxDistrict,
  lockTaxZone,
  readTaxDistrict,
  readTaxZone,
  replaceZoneRates,
  type StoredRate,
  type TaxZone,
  updateTaxDistrict,
} from './tax.sql.ts'
import { keepUsedCategories } from './tax-categories.ts'

type Editing = { readonly actor: string; readonly now: Date }
/** What was written before there was more to say. */
type NewZone = Omit<TaxZone, 'adds' | 'rates'> & {
  readonly adds?: boolean
  readonly rates: readonly NewRate[]
}
export type NewRate = Omit<StoredRate, 'is_compound' | 'steps'> &
  Partial<Pick<StoredRate, 'is_compound' | 'steps'>>

const wholeRate = (rate: NewRate): StoredRate => ({ is_compound: false, steps: null, ...rate })

async function noteChange(
  tx: Tx,
  kind: string,
  { id, ...detail }: TaxZone | TaxDistrict,
  { actor, now }: Editing,
): Promise<void> {
  const subject = kind.split('.')[0]!
  await addEvents(tx, [{ kind, subject, subject_id: id, actor, detail, at: now }])
  await bumpRevision(tx, 'settings')
}

/** @throws invalid_input, already_exists, limit_exceeded */
export async function createTaxZone(
  tx: Tx,
  asked: NewZone,
  actor: string,
  now: Date,
): Promise<void> {
  const zone: TaxZone = { adds: false, ...asked, rates: asked.rates.map(wholeRate) }
  refuseErrors([...placeErrors(zone), ...ratesErrors(zone.rates, zone.country)])
  if ((await countTaxZones(tx)) >= pricing_limits.tax_zones) {
    throw refuse('limit_exceeded', { tax_zones_max: pricing_limits.tax_zones })
  }
  const { country, region } = zone
  if (!(await insertTaxZone(tx, zone)))
    throw refuseField('already_exists', 'country', { country, region })
  await noteChange(tx, 'tax_zone.created', zone, { actor, now })
}

/** @throws not_found, invalid_input, in_use */
export async function setTaxRates(
  tx: Tx,
  id: string,
  { rates, adds }: { readonly rates: readonly NewRate[]; readonly adds?: boolean | undefined },
  { actor, now }: Editing,
): Promise<TaxZone> {
  if (!(await lockTaxZone(tx, id))) throw refuse('not_found', { id })
  const before = await readTaxZone(tx, id)
  const whole = rates.map(wholeRate)
  refuseErrors(ratesErrors(whole, before!.country))
  const after: TaxZone = { ...before!, adds: adds ?? before!.adds, rates: whole }
  await keepUsedCategories(tx, 'rates', () => replaceZoneRates(tx, [after]))
  const zone = (await readTaxZone(tx, id))!
  await noteChange(tx, 'tax_zone.changed', zone, { actor, now })
  return zone
}

/** @throws not_found, in_use */
export async function removeTaxZone(tx: Tx, id: string, actor: string, now: Date): Promise<void> {
  if (!(await lockTaxZone(tx, id))) throw refuse('not_found', { id })
  const zone = await readTaxZone(tx, id)
  if (!zone) throw refuse('not_found', { id })
  await keepUsedCategories(tx, 'id', () => deleteTaxZone(tx, id))
  await noteChange(tx, 'tax_zone.removed', zone, { actor, now })
}

/** @throws invalid_input, already_exists, limit_exceeded */
export async function createTaxDistrict(
  tx: Tx,
  district: TaxDistrict,
  editing: Editing,
): Promise<void> {
  refuseErrors(districtErrors(district))
  if ((await countTaxDistricts(tx)) >= pricing_limits.tax_districts) {
    throw refuse('limit_exceeded', { tax_districts_max: pricing_limits.tax_districts })
  }
  const { country, region, kind, name } = district
  if ((await insertTaxDistricts(tx, [district])) === 0) {
    throw refuseField('already_exists', 'name', { country, region, kind, name })
  }
  await noteChange(tx, 'tax_district.created', district, editing)
}

/** @throws not_found, invalid_input, already_exists, in_use */
export async function changeTaxDistrict(
  tx: Tx,
  district: TaxDistrict,
  editing: Editing,
): Promise<TaxDistrict> {
  const { id, country, region, kind, name } = district
  if (!(await lockTaxDistrict(tx, id))) throw refuse('not_found', { id })
  refuseErrors(districtErrors(district))
  await keepUsedCategories(tx, 'rates', async () => {
    if (await updateTaxDistrict(tx, district)) return
    throw refuseField('already_exists', 'name', { country, region, kind, name })
  })
  await noteChange(tx, 'tax_district.changed', district, editing)
  return district
}

/** @throws not_found, in_use */
export async function removeTaxDistrict(tx: Tx, id: string, editing: Editing): Promise<void> {
  if (!(await lockTaxDistrict(tx, id))) throw refuse('not_found', { id })
  const district = (await readTaxDistrict(tx, id))!
  await keepUsedCategories(tx, 'id', () => deleteTaxDistrict(tx, id))
  await noteChange(tx, 'tax_district.removed', district, editing)
}
