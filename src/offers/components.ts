// What a bundle is made of, as it stands in a cell of a product file: `2 x MUG, 1 x TEA`. Pure.
import { catalog_limits } from '#src/catalog/catalog.ts'

export type Component = { readonly sku: string; readonly quantity: number }

/** Commas and backslashes of the SKU itself stand behind a backslash. */
export const writeComponents = (components: readonly Component[]): string =>
  components
    .map(({ sku, quantity }) => `${quantity} x ${sku.replaceAll(/[\\,]/g, '\\$&')}`)
    .join(', ')

const component = /^([1-9]\d{0,4}) x (\S.*)$/s

/** Says what is wrong with it; then there are none. */
export function readComponents(text: string, say: (reason: string) => void): Component[] {
  const parts = text.match(/(?:\\.|[^\\,])+/gs) ?? []
  const found: Component[] = []
  for (const part of parts) {
    const [, quantity, escaped] = component.exec(part.trim()) ?? []
    const sku = escaped?.replaceAll(/\\(.)/gs, '$1') ?? ''
    const is_well = sku !== '' && sku.length <= 100 && !sku.includes('\0')
    if (!is_well || Number(quantity) > catalog_limits.component_quantity) {
      say(`variant components "${part.trim().slice(0, 40)}" is not like 2 x MUG`)
      return []
    }
    found.push({ sku, quantity: Number(quantity) })
  }
  if (found.length > catalog_limits.bundle_items) {
    say(`variant components names more than ${catalog_limits.bundle_items}`)
  }
  if (new Set(found.map(({ sku }) => sku)).size < found.length) {
    say('variant components names one twice')
  }
  return found
}

/** Whether both are the same, in whatever order. */
export const isSameBundle = (a: readonly Component[], b: readonly Component[]): boolean => {
  const quantities = new Map(b.map(({ sku, quantity }) => [sku, quantity]))
  return a.length === b.length && a.every(({ sku, quantity }) => quantities.get(sku) === quantity)
}
