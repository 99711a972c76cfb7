// Rates that a shop may load in one call. Each names the law and the official page that decide,
// and the day it is meant for. Nobody vouches for them: compare them with those pages before
// relying on them, for rates change.
import { in_gst, pacific, uk_and_neighbors } from './preset-countries.ts'
import { eu_vat } from './preset-eu.ts'
import { ca_sales, us_sample } from './preset-north-america.ts'
import type { TaxPreset } from './preset-words.ts'

const all = (): readonly TaxPreset[] => [
  eu_vat(),
  uk_and_neighbors(),
  us_sample(),
  ca_sales(),
  in_gst(),
  pacific(),
]
let known: readonly TaxPreset[] | null = null
/** Made when somebody asks: a shop that loads none pays for none. */
export const taxPresets = (): readonly TaxPreset[] => {
  known ??= all()
  return known
}
