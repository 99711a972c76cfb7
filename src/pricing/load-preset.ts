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
import { keepUsedCategories } from './tax-categories.ts'
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
 * @throws not_found, limit_exceeded, in_use
 */
export async function loadPreset(
  tx: Tx,
  { name, replace }: { readonly name: string; readonly replace: boolean },
  { actor, now }: { readonly actor: string; readonly now: Date },
): Promise<Loaded> {
  const preset = taxPresets().find((one) => one.name === name)
  if (!preset) throw refuse('not_found', { name })
  const zones = preset.zones.map(({ law: _, ...zone }) => ({ ...zone, id: newId<string>() }))
  const districts = preset.districts.map(({ law: _, ...one }) => ({ ...one, id: newId<string>() }))
  // What another call makes meanwhile is waited for here, and is then there for the lock.
  const fresh = new Set((await insertTaxZones(tx, zones)).map(keyOf))
  const present = new Map((await lockZonesOf(tx, zones)).map((zone) => [keyOf(zone), zone]))
  // A zone that is deleted meanwhile is as if it were deleted after this.
  const stale = zones.flatMap((zone) => {
    const known = fresh.has(keyOf(zone)) ? undefined : present.get(keyOf(zone))
    return known ? [{ ...zone, id: known.id }] : []
  })
  let old = 0
  let new_districts = 0
  await keepUsedCategories(tx, 'replace', async () => {
    if (replace) await replaceZoneRates(tx, stale)
    if (replace) old = await replaceTaxDistricts(tx, districts)
    new_districts = await insertTaxDistricts(tx, districts)
  })
  const { tax_zones, tax_districts } = pricing_limits
  const [all_zones, all_districts] = [await countTaxZones(tx), await countTaxDistricts(tx)]
  if (all_zones > tax_zones || all_districts > tax_districts) {
    throw refuse('limit_exceeded', { tax_zones_max: tax_zones, tax_districts_max: tax_districts })
  }
  const made = fresh.size + new_districts
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
