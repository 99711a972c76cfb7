// What staff do with tax zones. A zone and its rates are written as a whole.
import { bumpRevision } from '../db/revision.sql.ts'
import type { Tx } from '../db/sql.ts'
import { addEvents } from '../events/events.sql.ts'
import { isCountry, rulesOf } from '../lib/countries.ts'
import { fieldError, refuseErrors } from '../lib/field-errors.ts'
import { newId } from '../lib/ids.ts'
import { type FieldError, refuse } from '../lib/refusal.ts'
import { pricing_limits } from './pricing.ts'
import {
  countTaxZones,
  deleteTaxZone,
  insertTaxZone,
  lockTaxZone,
  readTaxZone,
  replaceTaxRates,
  type StoredRate,
  type TaxZone,
} from './tax.sql.ts'

function zoneErrors({ country, region }: TaxZone): FieldError[] {
  if (!isCountry(country)) {
    return [fieldError('country', 'unknown', 'A country is two letters of ISO 3166-1.')]
  }
  // A region that no address can have would be a rate that is never charged.
  const codes = rulesOf(country).regions
  return region === null || codes === null || codes.get(region) === region
    ? []
    : [fieldError('region', 'unknown', `This is no region code of ${country}.`)]
}

function rateErrors(rates: readonly StoredRate[]): FieldError[] {
  const errors: FieldError[] = []
  if (rates.length > pricing_limits.rates_per_zone) {
    errors.push(fieldError('rates', 'too_many', `At most ${pricing_limits.rates_per_zone}.`))
  }
  const seen = new Set<string>()
  rates.forEach(({ category, component, rate_ppm }, i) => {
    const key = JSON.stringify([category, component])
    if (seen.has(key)) {
      const message = 'This component stands there already for the category.'
      errors.push(fieldError(`rates.${i}.component`, 'twice', message))
    }
    seen.add(key)
    if (rate_ppm < 0 || rate_ppm > 1_000_000) {
      const message = 'From 0 to 1,000,000 parts per million.'
      errors.push(fieldError(`rates.${i}.rate_ppm`, 'range', message))
    }
  })
  return errors
}

async function writeRates(tx: Tx, zone_id: string, rates: readonly StoredRate[]): Promise<void> {
  const rows = rates.map((rate) => ({ id: newId<string>(), ...rate }))
  await replaceTaxRates(tx, zone_id, rows)
}

async function noteChange(
  tx: Tx,
  kind: string,
  { id, country, region, rates }: TaxZone,
  { actor, now }: { actor: string; now: Date },
): Promise<void> {
  const detail = { country, region, rates }
  await addEvents(tx, [{ kind, subject: 'tax_zone', subject_id: id, actor, detail, at: now }])
  await bumpRevision(tx, 'settings')
}

/** @throws invalid_input, already_exists, limit_exceeded */
export async function createTaxZone(
  tx: Tx,
  zone: TaxZone,
  actor: string,
  now: Date,
): Promise<void> {
  refuseErrors([...zoneErrors(zone), ...rateErrors(zone.rates)])
  if ((await countTaxZones(tx)) >= pricing_limits.tax_zones) {
    throw refuse('limit_exceeded', { tax_zones_max: pricing_limits.tax_zones })
  }
  const { country, region } = zone
  if (!(await insertTaxZone(tx, zone))) throw refuse('already_exists', { country, region })
  await writeRates(tx, zone.id, zone.rates)
  await noteChange(tx, 'tax_zone.created', zone, { actor, now })
}

/** @throws not_found, invalid_input */
export async function setTaxRates(
  tx: Tx,
  id: string,
  rates: readonly StoredRate[],
  actor: string,
  now: Date,
): Promise<TaxZone> {
  if (!(await lockTaxZone(tx, id))) throw refuse('not_found', { id })
  refuseErrors(rateErrors(rates))
  await writeRates(tx, id, rates)
  const zone = await readTaxZone(tx, id)
  if (!zone) throw refuse('not_found', { id })
  await noteChange(tx, 'tax_zone.changed', zone, { actor, now })
  return zone
}

/** @throws not_found */
export async function removeTaxZone(tx: Tx, id: string, actor: string, now: Date): Promise<void> {
  if (!(await lockTaxZone(tx, id))) throw refuse('not_found', { id })
  const zone = await readTaxZone(tx, id)
  if (!zone) throw refuse('not_found', { id })
  await deleteTaxZone(tx, id)
  await noteChange(tx, 'tax_zone.removed', zone, { actor, now })
}
