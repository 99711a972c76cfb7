// What a product, a variant and a category are, and what must hold of them. Pure.
import type { CategoryId, ChannelId, MediaId, ProductId, VariantId } from '#src/lib/ids.ts'
import type { FieldError } from '#src/lib/refusal.ts'
import type { FieldValues } from './fields.ts'

export const product_states = ['draft', 'active', 'archived'] as const
export type ProductState = (typeof product_states)[number]

type Move = { readonly from: readonly ProductState[]; readonly to: ProductState }

/** Only active products are sold. An archived one comes back as a draft. */
export const product_moves = {
  activate: { from: ['draft'], to: 'active' },
  withdraw: { from: ['active'], to: 'draft' },
  archive: { from: ['draft', 'active'], to: 'archived' },
  restore: { from: ['archived'], to: 'draft' },
} as const satisfies Record<string, Move>
export type ProductMove = keyof typeof product_moves

/** The move that leads from one state to another; null when there is none. */
export function moveBetween(from: ProductState, to: ProductState): ProductMove | null {
  for (const [name, move] of Object.entries(product_moves)) {
    const froms: readonly ProductState[] = move.from
    if (move.to === to && froms.includes(from)) return name as ProductMove
  }
  return null
}

export const catalog_limits = {
  title_length: 255,
  handle_length: 200,
  description_length: 100_000,
  tags: 250,
  tag_length: 255,
  options: 3,
  option_length: 255,
  variants: 1_000,
  bundle_items: 50,
  component_quantity: 10_000,
  hs_code_length: 20,
  media: 250,
  url_length: 2_000,
  product_categories: 50,
  categories: 5_000,
  category_depth: 8,
} as const

export type Product = {
  readonly id: ProductId
  readonly handle: string
  readonly title: string
  /** HTML that `toSafeHtml` has been through. */
  readonly description: string
  readonly vendor: string
  readonly type: string
  readonly tags: readonly string[]
  readonly state: ProductState
  /** The names of the choices: size, color. Empty when there is nothing to choose. */
  readonly options: readonly string[]
  /** Of the merchant's own; what is no field any more is not shown. */
  readonly fields: FieldValues
  readonly created_at: Date
  readonly updated_at: Date
}
export type Variant = {
  readonly id: VariantId
  readonly product_id: ProductId
  /** Never changes: orders, stock and imports know the variant by it. */
  readonly sku: string
  /** The choices in words; empty when there is nothing to choose. */
  readonly title: string
  readonly barcode: string | null
  readonly option_values: readonly string[]
  readonly position: number
  readonly tax_category: string
  readonly taxable: boolean
  readonly requires_shipping: boolean
  readonly weight_g: number
  readonly hs_code: string | null
  readonly image_id: MediaId | null
  readonly fields: FieldValues
  readonly archived_at: Date | null
}
export type Media = {
  readonly id: MediaId
  readonly product_id: ProductId
  readonly url: string
  readonly alt: string
  readonly position: number
}
export type Category = {
  readonly id: CategoryId
  readonly parent_id: CategoryId | null
  readonly handle: string
  readonly title: string
  readonly position: number
}
export type Publication = {
  readonly channel_id: ChannelId
  readonly product_id: ProductId
  readonly published_at: Date
}

/** `Grüner Tee, 100 g` → `gruner-tee-100-g`. Empty when the text has no letter or digit. */
export const handleOf = (text: string): string =>
  text
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll('ß', 'ss')
    .replaceAll(/\p{M}+/gu, '')
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, catalog_limits.handle_length)
    .replaceAll(/^-|-$/g, '')

export const isHandle = (text: string): boolean =>
  text.length <= catalog_limits.handle_length && /^[a-z0-9]+(-[a-z0-9]+)*$/.test(text)

/** Whose rates tax what says nothing else. */
export const usual_tax_category = 'standard'
export const tax_category_form = /^[a-z0-9_-]{1,40}$/
export const isTaxCategory = (text: string): boolean => tax_category_form.test(text)

export const variantTitle = (option_values: readonly string[]): string => option_values.join(' / ')

/** A path under /media/ is drawn by this server, see src/http/store-media.ts. */
export function isMediaUrl(url: string): boolean {
  if (/^\/media\/[a-z0-9-]{1,200}\.svg$/.test(url)) return true
  if (url.length > catalog_limits.url_length || !/^https?:\/\/\P{Cc}+$/u.test(url)) return false
  const parsed = URL.parse(url)
  return parsed !== null && parsed.username === '' && parsed.password === ''
}

/** Where a picture is reached from outside. */
export const mediaUrl = (public_url: string, url: string): string =>
  url.startsWith('/') ? public_url + url : url

/** Tags without blanks around them and without repeats, in their order. */
export const cleanTags = (tags: readonly string[]): string[] => [
  ...new Set(tags.map((tag) => tag.trim()).filter((tag) => tag !== '')),
]

type Choice = { readonly sku: string; readonly option_values: readonly string[] }

const repeated = (field: string): FieldError => ({
  field,
  code: 'repeated',
  message: 'The same value stands there twice.',
})

export function checkOptions(options: readonly string[]): FieldError[] {
  const seen = new Set<string>()
  const errors: FieldError[] = []
  options.forEach((option, i) => {
    const name = option.trim().toLowerCase()
    if (seen.has(name)) errors.push(repeated(`options.${i}`))
    seen.add(name)
  })
  return errors
}

/**
 * Each variant makes one choice of each option, and no two the same. `existing` are the live
 * variants the product has already.
 */
export function checkChoices(
  options: readonly string[],
  variants: readonly Choice[],
  existing: readonly Choice[] = [],
): FieldError[] {
  const errors: FieldError[] = []
  const skus = new Set(existing.map(({ sku }) => sku))
  const choices = new Set(existing.map(({ option_values }) => JSON.stringify(option_values)))
  variants.forEach(({ sku, option_values }, i) => {
    if (skus.has(sku)) errors.push(repeated(`variants.${i}.sku`))
    skus.add(sku)
    const choice = JSON.stringify(option_values)
    const field = `variants.${i}.option_values`
    if (option_values.length !== options.length) {
      const message = `The product has ${options.length} options, so that many values.`
      errors.push({ field, code: 'wrong_count', message })
    } else if (choices.has(choice)) {
      errors.push(repeated(field))
    }
    choices.add(choice)
  })
  const count = existing.length + variants.length
  if (count > catalog_limits.variants) {
    const message = `A product has at most ${catalog_limits.variants} variants.`
    errors.push({ field: 'variants', code: 'too_many', message })
  }
  return errors
}
