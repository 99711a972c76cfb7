// Loads a ready-made set of rates. What the shop has set already stays, unless it is told to go.
import { bumpRevision } from '#src/db/revision.sql.ts'
import type { Tx } from '#src/db/sql.ts'
import { addEvents } from '#src/events/events.sql.ts'
import { newId } from '#src/lib/ids.ts'
import { refuse } from '#src/lib/refusal.ts'
import { pricing_limits } from './pricing.ts'
import {
  countTaxDistricts,
  countTaxZones,
  insertTaxDistricts,
  insertTaxZones,
  lockZonesOf,
  replaceTaxDistricts,
  replaceZoneRates,
} from './tax.sql.ts'
import { taxPresets } from './tax-presets.ts'

export type Loaded = {
  /** Zones and districts that were not there. */
  readonly made: number
  readonly replaced: number
  /** Those that were there and stay as they are. */
  readonly left: number
}

const keyOf = ({ country, region }: { country: string; region: string | null }): string =>
  `${country}-${region ?? ''}`

/**
 * Loading it twice changes nothing more.
 * @throws not_found, limit_exceeded
 */
export async function loadPreset(
  tx: Tx,
  { name, replace }: { readonly name: string; readonly replace: boolean },
  { actor, now }: { readonly actor: string; readonly now: Date },
): Promise<Loaded> {
  const preset = taxPresets().find((one) => one.name === name)
  if (!preset) throw refuse('not_found', { name })
  const present = new Map((await lockZonesOf(tx, preset.zones)).map((zone) => [keyOf(zone), zone]))
  const zones = preset.zones.map(({ law: _, ...zone }) => zone)
  const fresh = zones
    .filter((zone) => !present.has(keyOf(zone)))
    .map((zone) => ({ ...zone, id: newId<string>() }))
  const districts = preset.districts.map(({ law: _, ...one }) => ({ ...one, id: newId<string>() }))
  const all_zones = (await countTaxZones(tx)) + BigInt(fresh.length)
  const all_districts = (await countTaxDistricts(tx)) + BigInt(districts.length)
  const { tax_zones, tax_districts } = pricing_limits
  if (all_zones > tax_zones || all_districts > tax_districts) {
    throw refuse('limit_exceeded', { tax_zones_max: tax_zones, tax_districts_max: tax_districts })
  }
  await insertTaxZones(tx, fresh)
  const stale = zones.flatMap((zone) => {
    const known = present.get(keyOf(zone))
    return known ? [{ ...zone, id: known.id }] : []
  })
  if (replace) await replaceZoneRates(tx, stale)
  const old = replace ? await replaceTaxDistricts(tx, districts) : 0
  const new_districts = await insertTaxDistricts(tx, districts)
  const made = fresh.length + new_districts
  const replaced = replace ? stale.length + old : 0
  const left = preset.zones.length + preset.districts.length - made - replaced
  const detail = { name, as_of: preset.as_of, made, replaced, left }
  const subject_id = newId<string>()
  await addEvents(tx, [
    { kind: 'tax_preset.loaded', subject: 'tax_preset', subject_id, actor, detail, at: now },
  ])
  await bumpRevision(tx, 'settings')
  return { made, replaced, left }
}
