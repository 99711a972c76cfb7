// Rows of a product file in Shopify's format, and the products they stand for. Pure.
import {
  catalog_limits,
  cleanTags,
  handleOf,
  isHandle,
  isMediaUrl,
  isTaxCategory,
  usual_tax_category,
} from '#src/catalog/catalog.ts'
import { type FieldOwner, field_limits } from '#src/catalog/fields.ts'
import { toSafeHtml } from '#src/catalog/safe-html.ts'
import { holdsCardNumber } from '#src/lib/card-guard.ts'
import { readDecimal } from '#src/lib/currency.ts'
import { type Currency, money_max } from '#src/lib/money.ts'
import { type Component, readComponents } from './components.ts'
import { type FieldTexts, head_columns, type Row, row_columns } from './product-columns.ts'

/** Why something of a line did not go in. */
export type RowRefusal = {
  readonly line: number
  readonly reason: string
  /** The line is in, but otherwise than it stands there. */
  readonly is_warning?: boolean
}

export type ImportedVariant = {
  readonly line: number
  readonly sku: string
  /** As they stand there; whether they fit the options is known once the product is. */
  readonly option_values: readonly string[]
  readonly image_url: string | null
  /** What a bundle is made of. Empty: it is its own stock item, or what it is already. */
  readonly components: readonly Component[]
  // Null where the file has no such column: what is known stays.
  readonly barcode: string | null
  readonly weight_g: number | null
  readonly quantity: number | null
  readonly backorder: boolean | null
  readonly price: bigint | null
  /** The file has prices, and none for this one: what is known stays. */
  readonly lacks_price: boolean
  readonly compare_at: bigint | null
  readonly taxable: boolean | null
  readonly tax_category: string | null
  /** Empty: it has none. */
  readonly hs_code: string | null
  readonly requires_shipping: boolean | null
  readonly fields: FieldTexts
  /** What is to be told of it when it goes in. */
  readonly warning: string | null
}
export type ImportedProduct = {
  readonly line: number
  readonly end_line: number
  readonly handle: string
  readonly title: string | null
  readonly description: string | null
  readonly vendor: string | null
  readonly type: string | null
  readonly tags: readonly string[] | null
  readonly state: 'draft' | 'active' | 'archived' | null
  readonly published: boolean | null
  readonly options: readonly string[] | null
  /** From the root down. */
  readonly category_path: readonly string[]
  readonly fields: FieldTexts
  readonly media: readonly { readonly url: string; readonly alt: string }[]
  readonly variants: readonly ImportedVariant[]
}

type Say = (reason: string) => void

function readText(row: Row, name: string, length_max: number, say: Say): string | null {
  const text = row.cell(name)
  if (text === null) return null
  if (text.includes('\0')) say(`${name} holds a NUL character`)
  if (text.length > length_max) say(`${name} is longer than ${length_max} characters`)
  return text
}

function refuseExtra({ extra }: Row, say: Say): boolean {
  if (extra > 0) say(`cells beyond the last column (${extra}): is a comma not in quotes?`)
  return extra > 0
}

/** Whether one was found. The reason tells the column and not the number. */
function refuseCards(row: Row, names: readonly string[], say: Say): boolean {
  const holding = names.filter((name) => holdsCardNumber(row.cell(name) ?? ''))
  for (const name of holding) say(`${name} holds a card number`)
  return holding.length > 0
}

/** As they stand there: what they may be is known once the definitions are. */
function readFieldTexts(row: Row, owner: FieldOwner, say: Say): FieldTexts {
  const texts = row.fields(owner)
  for (const [key, text] of texts) {
    if (text.includes('\0')) say(`field ${key} holds a NUL character`)
    if (text.length > field_limits.text_length) {
      say(`field ${key} is longer than ${field_limits.text_length} characters`)
    }
    if (holdsCardNumber(text)) say(`field ${key} holds a card number`)
  }
  return texts
}

function readFlag(row: Row, name: string, blank: boolean, say: Say): boolean | null {
  const text = row.cell(name)?.toLowerCase()
  if (text === undefined) return null
  if (text === '') return blank
  if (['true', 'yes', 'y', '1'].includes(text)) return true
  if (['false', 'no', 'n', '0'].includes(text)) return false
  say(`${name} "${text.slice(0, 40)}" is neither true nor false`)
  return null
}

function readTaxCategory(row: Row, say: Say): string | null {
  const text = row.cell('variant tax category')
  if (text === null) return null
  if (text === '') return usual_tax_category
  if (isTaxCategory(text)) return text
  say(`variant tax category "${text.slice(0, 40)}" has more than small letters, digits, _ and -`)
  return null
}

function readAmount(row: Row, name: string, currency: Currency, say: Say): bigint | null {
  const text = row.cell(name)
  if (text === null || text === '') return null
  const amount = readDecimal(text, currency)
  if (amount === null || amount < 0n || amount > money_max) {
    say(`${name} "${text.slice(0, 40)}" is no amount in ${currency}`)
    return null
  }
  return amount
}

function readNumber(row: Row, name: string, max: number, say: Say): number | null {
  const text = row.cell(name)
  if (text === null || text === '') return null
  const number = /^-?\d{1,12}(\.\d{1,6})?$/.test(text) ? Number(text) : Number.NaN
  if (Number.isNaN(number) || Math.abs(number) > max) {
    say(`${name} "${text.slice(0, 40)}" is no number up to ${max}`)
    return null
  }
  return number
}

function readQuantity(row: Row, say: Say): number | null {
  const number = readNumber(row, 'variant inventory qty', 1_000_000_000, say)
  if (number === null) return null
  if (!Number.isInteger(number)) say('variant inventory qty is no whole number')
  return Math.trunc(number)
}

function readPolicy(row: Row, say: Say): boolean | null {
  const text = row.cell('variant inventory policy')?.toLowerCase()
  if (text === undefined) return null
  if (text === 'continue') return true
  if (text === 'deny' || text === '') return false
  say(`variant inventory policy "${text.slice(0, 40)}" is neither deny nor continue`)
  return null
}

const option_numbers = [1, 2, 3] as const
const isDefault = (value: string): boolean => value.toLowerCase() === 'default title'

function readChoices(row: Row): string[] {
  const values = option_numbers.map((n) => row.cell(`option${n} value`) ?? '')
  while (values.at(-1) === '') values.pop()
  return values.length === 1 && isDefault(values[0]!) ? [] : values
}

/** Products without SKUs get one that is the same in every import of the file. */
function skuOf(row: Row, handle: string, option_values: readonly string[]): string {
  const sku = row.cell('variant sku') ?? ''
  if (sku !== '') return sku
  return [handle, ...option_values.map(handleOf)].join('-').toUpperCase().slice(0, 100)
}

export const isVariantRow = (row: Row): boolean =>
  ['variant sku', 'variant price', 'option1 value'].some((name) => (row.cell(name) ?? '') !== '')

function readVariant(row: Row, handle: string, currency: Currency, say: Say): ImportedVariant {
  const option_values = readChoices(row)
  for (const value of option_values) {
    if (value.length > catalog_limits.option_length) say('an option value is too long')
    if (value.includes('\0')) say('an option value holds a NUL character')
  }
  const sku = skuOf(row, handle, option_values)
  if (sku.length > 100) say('variant sku is longer than 100 characters')
  if (sku.includes('\0')) say('variant sku holds a NUL character')
  const price = readAmount(row, 'variant price', currency, say)
  const compare_at = readAmount(row, 'variant compare at price', currency, say)
  const weight = readNumber(row, 'variant grams', 100_000_000, say)
  if (weight !== null && weight < 0) say('variant grams is less than nothing')
  const image_url = row.cell('variant image') || null
  if (image_url !== null && !isMediaUrl(image_url)) say('variant image is no http(s) address')
  // What the shop before sold in advance is less than nothing: then none is there.
  const quantity = readQuantity(row, say)
  const oversold = quantity !== null && quantity < 0
  return {
    line: row.line,
    sku,
    option_values,
    image_url,
    components: readComponents(row.cell('variant components') ?? '', say),
    barcode: readText(row, 'variant barcode', 64, say),
    weight_g: row.cell('variant grams') === null ? null : Math.round(weight ?? 0),
    quantity: oversold ? 0 : quantity,
    backorder: readPolicy(row, say),
    price,
    lacks_price: row.cell('variant price') === '',
    // Shops without a reduction often repeat the price there.
    compare_at: price !== null && compare_at !== null && compare_at > price ? compare_at : null,
    taxable: readFlag(row, 'variant taxable', true, say),
    tax_category: readTaxCategory(row, say),
    hs_code: readText(row, 'variant hs code', catalog_limits.hs_code_length, say),
    requires_shipping: readFlag(row, 'variant requires shipping', true, say),
    fields: readFieldTexts(row, 'variant', say),
    warning: oversold ? `variant inventory qty ${quantity} was taken as 0` : null,
  }
}

type Picture = { readonly url: string; readonly alt: string; readonly position: number }

function readPicture(row: Row, order: number, say: Say): Picture | null {
  const url = row.cell('image src') ?? ''
  if (url === '') return null
  if (!isMediaUrl(url)) {
    say('image src is no http(s) address')
    return null
  }
  const position = readNumber(row, 'image position', 1_000_000, say) ?? order
  const alt = (readText(row, 'image alt text', 1_000, say) ?? '').slice(0, 1_000)
  return { url, alt, position }
}

function readOptionNames(row: Row): string[] | null {
  const names = option_numbers.map((n) => row.cell(`option${n} name`))
  if (names[0] === null || names[0] === undefined) return null
  const given = names.map((name) => name ?? '')
  while (given.at(-1) === '') given.pop()
  const only = given.length === 1 && given[0]!.toLowerCase() === 'title'
  return only && isDefault(row.cell('option1 value') ?? '') ? [] : given
}

function readState(row: Row, say: Say): ImportedProduct['state'] {
  const text = row.cell('status')?.toLowerCase()
  if (text === undefined) return null
  if (text === '') return 'active'
  if (text === 'draft' || text === 'active' || text === 'archived') return text
  say(`status "${text.slice(0, 40)}" is not active, draft or archived`)
  return null
}

function readTags(row: Row, say: Say): string[] | null {
  const text = row.cell('tags')
  if (text === null) return null
  // A comma of the tag itself stands behind a backslash.
  const tags = cleanTags(text.split(/(?<!\\),/).map((tag) => tag.replaceAll('\\,', ',')))
  if (tags.length > catalog_limits.tags) say(`there are more than ${catalog_limits.tags} tags`)
  if (tags.some((tag) => tag.length > catalog_limits.tag_length)) say('a tag is too long')
  if (text.includes('\0')) say('tags holds a NUL character')
  return tags
}

type Head = Omit<ImportedProduct, 'line' | 'end_line' | 'handle' | 'media' | 'variants'>

/** A row without a title speaks of a product that is there already, and only of its variants. */
const no_head: Head = {
  title: null,
  description: null,
  vendor: null,
  type: null,
  tags: null,
  state: null,
  published: null,
  options: null,
  category_path: [],
  fields: new Map(),
}

function readHead(row: Row, say: Say): Head {
  if (!row.cell('title')) return no_head
  if (refuseCards(row, head_columns, say)) return no_head
  const options = readOptionNames(row)
  if (options?.some((name) => name === '' || name.length > catalog_limits.option_length)) {
    say('an option has no name, or one that is too long')
  }
  const html = readText(row, 'body (html)', catalog_limits.description_length, say)
  const description = html === null ? null : toSafeHtml(html)
  // Digits that a tag has kept apart stand together once it is gone.
  if (holdsCardNumber(description ?? '')) say('body (html) holds a card number')
  const category = readText(row, 'product category', 500, say) ?? ''
  return {
    title: readText(row, 'title', catalog_limits.title_length, say),
    description,
    vendor: readText(row, 'vendor', 255, say),
    type: readText(row, 'type', 255, say),
    tags: readTags(row, say),
    state: readState(row, say),
    published: readFlag(row, 'published', true, say),
    options,
    category_path: category
      .split('>')
      .map((title) => title.trim())
      .filter((title) => handleOf(title) !== '')
      .slice(0, catalog_limits.category_depth),
    fields: readFieldTexts(row, 'product', say),
  }
}

/** How many rows of one product are looked at: its variants, and pictures of their own. */
const rows_max = catalog_limits.variants + catalog_limits.media

export const canonicalHandle = (row: Row): string => {
  const text = (row.cell('handle') ?? '').toLowerCase()
  return isHandle(text) ? text : handleOf(text)
}

/** All rows of one product, one after the other, the first of them with what concerns it whole. */
export function readProductRows(
  rows: readonly Row[],
  currency: Currency,
): { readonly product: ImportedProduct | null; readonly refusals: readonly RowRefusal[] } {
  const first = rows[0]!
  const refusals: RowRefusal[] = []
  const note = (line: number, reason: string, is_warning: boolean): void =>
    // A reason may repeat the beginning of a cell, and is stored: no text holds a NUL.
    void refusals.push({
      line,
      reason: reason.replaceAll('\0', '\ufffd'),
      ...(is_warning ? { is_warning } : {}),
    })
  const sayAt = (line: number) => (reason: string) => note(line, reason, false)
  const warnAt = (line: number) => (reason: string) => note(line, reason, true)
  const handle = canonicalHandle(first)
  if (handle === '') sayAt(first.line)('handle is missing or has neither letters nor digits')
  const head = refuseExtra(first, sayAt(first.line)) ? no_head : readHead(first, sayAt(first.line))
  if (refusals.length > 0) {
    for (const { line } of rows.slice(1))
      sayAt(line)(`its product was refused on line ${first.line}`)
    return { product: null, refusals }
  }
  const variants: ImportedVariant[] = []
  const pictures = new Map<string, Picture>()
  rows.forEach((row, i) => {
    const say = sayAt(row.line)
    if (i >= rows_max) return say(`a product has at most ${rows_max} rows`)
    if (refuseExtra(row, say) || refuseCards(row, row_columns, say)) return
    const has_more = i === 0 || isVariantRow(row)
    // A product goes in without its picture; a row that is nothing else has nothing to bring.
    const picture = readPicture(row, i, has_more ? warnAt(row.line) : say)
    if (picture && !pictures.has(picture.url)) pictures.set(picture.url, picture)
    if (!has_more) return
    const before = refusals.length
    const variant = readVariant(row, handle, currency, say)
    if (refusals.length > before) return
    variants.push(variant)
    const { image_url: url } = variant
    if (url !== null && !pictures.has(url)) pictures.set(url, { url, alt: '', position: i })
  })
  const media = [...pictures.values()].sort((a, b) => a.position - b.position)
  if (media.length > catalog_limits.media) {
    warnAt(first.line)(`a product has at most ${catalog_limits.media} pictures`)
  }
  const product = {
    ...head,
    handle,
    line: first.line,
    end_line: rows.at(-1)!.end_line,
    media: media.slice(0, catalog_limits.media).map(({ url, alt }) => ({ url, alt })),
    variants,
  }
  return { product, refusals }
}
