// Bundles of a product file: which of them can go in, and which stock items they are made of.
import { readSkuOwners } from '#src/catalog/catalog.sql.ts'
import type { Tx } from '#src/db/sql.ts'
import type { StockItemId, VariantId } from '#src/lib/ids.ts'
import { type Component, isSameBundle } from './components.ts'
import { readComponentsOf } from './imports.sql.ts'
import { readStockItems } from './offers.sql.ts'
import type { VariantPair } from './pair-variants.ts'
import type { RowRefusal } from './product-rows.ts'

/** The stock items of parts, by SKU. */
export type KnownParts = {
  readonly items: ReadonlyMap<string, StockItemId>
  /** Neither there nor in these rows: they may come later, and are made without stock. */
  readonly missing: ReadonlySet<string>
}
const no_parts: KnownParts = { items: new Map(), missing: new Set() }

export const isNewBundle = ({ source, known }: VariantPair): boolean =>
  known === null && source.components.length > 0

type Shop = {
  readonly items: ReadonlyMap<string, StockItemId>
  /** SKUs of variants that are no stock item: they are bundles. */
  readonly bundles: ReadonlySet<string>
  readonly made_of: ReadonlyMap<VariantId, readonly Component[]>
}

async function readShop(tx: Tx, bundles: readonly VariantPair[]): Promise<Shop> {
  const skus = bundles.flatMap(({ source }) => source.components.map(({ sku }) => sku))
  const items = await readStockItems(tx, skus)
  const owned = await readSkuOwners(
    tx,
    skus.filter((sku) => !items.has(sku)),
  )
  const known = bundles.flatMap((pair) => (pair.known === null ? [] : [pair.known.id]))
  const rows = known.length === 0 ? [] : await readComponentsOf(tx, known)
  const made_of = Map.groupBy(rows, ({ variant_id }) => variant_id)
  return { items, bundles: new Set(owned.map(({ sku }) => sku)), made_of }
}

function whyRefused({ source, known }: VariantPair, shop: Shop): string | null {
  const { components, sku } = source
  const nested = components.find((part) => part.sku === sku || shop.bundles.has(part.sku))
  if (nested) return `variant components names ${nested.sku}, which is a bundle itself`
  // Orders hold the parts that it had: what is sold under this SKU stays what it is.
  return known === null || isSameBundle(components, shop.made_of.get(known.id) ?? [])
    ? null
    : `variant sku ${sku} is made of something else, which stays as it is`
}

/** Leaves out bundles that cannot go in, and says why; nothing is read for a file without any. */
export async function checkBundles(
  tx: Tx,
  pairs: readonly VariantPair[],
  refusals: RowRefusal[],
): Promise<{ readonly refused: ReadonlySet<VariantPair>; readonly parts: KnownParts }> {
  const bundles = pairs.filter(({ source }) => source.components.length > 0)
  if (bundles.length === 0) return { refused: new Set(), parts: no_parts }
  const read = await readShop(tx, bundles)
  const in_file = bundles.map(({ source }) => source.sku)
  const shop = { ...read, bundles: new Set([...read.bundles, ...in_file]) }
  const refused = new Set<VariantPair>()
  const plain = pairs.filter(({ source }) => source.components.length === 0)
  const made_now = new Set(plain.map(({ source }) => source.sku))
  const missing = new Set<string>()
  for (const pair of bundles) {
    const { line, components } = pair.source
    const reason = whyRefused(pair, shop)
    if (reason !== null) {
      refused.add(pair)
      refusals.push({ line, reason })
      continue
    }
    for (const { sku } of components) {
      if (read.items.has(sku) || made_now.has(sku)) continue
      missing.add(sku)
      const told = `there is no ${sku} to make it of yet: it was made, without stock`
      refusals.push({ line, reason: told, is_warning: true })
    }
  }
  return { refused, parts: { items: read.items, missing } }
}
