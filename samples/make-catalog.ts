// Writes samples/catalog.csv: the catalogue of the demo shop, in the format shops export.
// `node samples/make-catalog.ts` gives the same file every time. Pictures are paths under
// /media/, which the server draws itself wherever it is reached.
import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { type Department, departments } from './goods.ts'
import { more_departments } from './more-goods.ts'

const columns = [
  'Handle',
  'Title',
  'Body (HTML)',
  'Vendor',
  'Product Category',
  'Type',
  'Tags',
  'Published',
  'Option1 Name',
  'Option1 Value',
  'Option2 Name',
  'Option2 Value',
  'Option3 Name',
  'Option3 Value',
  'Variant SKU',
  'Variant Grams',
  'Variant Inventory Tracker',
  'Variant Inventory Qty',
  'Variant Inventory Policy',
  'Variant Fulfillment Service',
  'Variant Price',
  'Variant Compare At Price',
  'Variant Requires Shipping',
  'Variant Taxable',
  'Variant Barcode',
  'Image Src',
  'Image Position',
  'Image Alt Text',
  'Variant Image',
  'Status',
] as const
type Row = Partial<Record<(typeof columns)[number], string>>

/** A number from 0 to `below` − 1 that depends on the words alone. */
const pick = (below: number, ...words: readonly string[]): number =>
  createHash('sha256').update(words.join('|')).digest().readUInt32BE(0) % below

const handleOf = (title: string): string =>
  title
    .toLowerCase()
    .replaceAll(/['’]/g, '')
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')

const decimal = (cents: number): string => (cents / 100).toFixed(2)

/** EAN-13 of the range that shops give themselves, which begins with 2. */
function barcode(number: number): string {
  const digits = `29${String(number).padStart(10, '0')}`
  const sum = [...digits].reduce((all, digit, i) => all + Number(digit) * (i % 2 === 0 ? 1 : 3), 0)
  return digits + String((10 - (sum % 10)) % 10)
}

/** Every choice of one value per option: sizes are complete, of other options a few are taken. */
function choicesOf({ options }: Department, handle: string): string[][] {
  let choices: string[][] = [[]]
  for (const [i, { name, values }] of options.entries()) {
    const is_complete = name === 'Size' || name === 'Grind' || name === 'Weight' || i === 0
    const take = is_complete && name !== 'Color' ? values.length : 2 + pick(2, handle, name)
    const start = pick(values.length, name, handle)
    const taken =
      take >= values.length
        ? values
        : Array.from({ length: take }, (_, n) => values[(start + n) % values.length]!)
    choices = choices.flatMap((choice) => taken.map((value) => [...choice, value]))
  }
  return choices
}

function quantityOf(sku: string): number {
  const dice = pick(100, 'stock', sku)
  if (dice < 4) return 0
  return dice < 12 ? 1 + pick(4, 'few', sku) : 8 + pick(90, 'some', sku)
}

/** Where a name does not tell what is to be drawn, the department does. */
function pictureOf({ type }: Department, handle: string): string {
  if (type === 'Books' || type === 'Downloads') return `/media/shape-book-${handle}.svg`
  const is_told = /oil|vinegar|bottle|tin|cocoa/.test(handle)
  return `/media/${type === 'Pantry' && !is_told ? 'shape-pouch-' : ''}${handle}.svg`
}

let barcodes = 0

function variantRow(
  department: Department,
  handle: string,
  choice: readonly string[],
  { price, grams }: { readonly price: number; readonly grams: number },
): Row {
  const { type, is_digital } = department
  const [option] = department.options
  const place = option ? option.values.indexOf(choice[0] ?? '') : 0
  const cents = price + Math.max(0, place) * department.step
  const sku = [handle, ...choice.map(handleOf)].join('-').toUpperCase()
  const is_reduced = pick(8, 'reduced', handle) === 0
  barcodes += 1
  return {
    'Option1 Value': choice[0] ?? 'Default Title',
    'Option2 Value': choice[1] ?? '',
    'Variant SKU': sku,
    'Variant Grams': String(grams),
    'Variant Inventory Tracker': 'shopify',
    'Variant Inventory Qty': String(quantityOf(sku)),
    'Variant Inventory Policy': is_digital || type === 'Books' ? 'continue' : 'deny',
    'Variant Fulfillment Service': 'manual',
    'Variant Price': decimal(cents),
    'Variant Compare At Price': is_reduced
      ? decimal(Math.ceil((cents * 1.2) / 100) * 100 - 10)
      : '',
    'Variant Requires Shipping': is_digital ? 'FALSE' : 'TRUE',
    'Variant Taxable': 'TRUE',
    'Variant Barcode': barcode(barcodes),
  }
}

function productRows(department: Department, line: string): Row[] {
  const [title, price, grams, text] = line.split('|') as [string, string, string, string]
  const handle = handleOf(title)
  const { options, vendors, tags, note, category, type } = department
  const measures = { price: Math.round(Number(price) * 100), grams: Number(grams) }
  const isNew = pick(9, 'new', handle) === 0
  const head: Row = {
    Title: title,
    'Body (HTML)': `<p>${text}</p>\n<p>${note}</p>`,
    Vendor: vendors[pick(vendors.length, 'vendor', handle)]!,
    'Product Category': category,
    Type: type,
    Tags: [...tags, ...(isNew ? ['new'] : [])].join(', '),
    Published: 'TRUE',
    'Option1 Name': options[0]?.name ?? 'Title',
    'Option2 Name': options[1]?.name ?? '',
    'Image Src': pictureOf(department, handle),
    'Image Position': '1',
    'Image Alt Text': title,
    Status: 'active',
  }
  return choicesOf(department, handle).map((choice, i) => ({
    Handle: handle,
    ...(i === 0 ? head : {}),
    ...variantRow(department, handle, choice, measures),
  }))
}

const quote = (value: string): string =>
  /[",\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value

export function makeCatalog(): string {
  barcodes = 0
  // Departments take turns, so that the newest products are not all of one kind.
  const shelves = [...departments, ...more_departments].map((department) => ({
    department,
    // A line that begins with blanks goes on with the one before.
    lines: department.goods
      .trim()
      .replaceAll(/\n {2,}/g, ' ')
      .split('\n'),
  }))
  const longest = Math.max(...shelves.map(({ lines }) => lines.length))
  const rows: Row[] = []
  for (let i = 0; i < longest; i++) {
    for (const { department, lines } of shelves) {
      const line = lines[i]
      if (line !== undefined) rows.push(...productRows(department, line))
    }
  }
  const text = rows.map((row) => columns.map((name) => quote(row[name] ?? '')).join(','))
  return `${[columns.join(','), ...text].join('\n')}\n`
}

const file = path.resolve(import.meta.dirname, 'catalog.csv')
if (process.argv[1] === import.meta.filename) writeFileSync(file, makeCatalog())
