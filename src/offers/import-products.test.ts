import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { lockProductsByHandle, readMediaOf, readVariantsOf } from '#src/catalog/catalog.sql.ts'
import { readCategories } from '#src/catalog/categories.sql.ts'
import { readOnce, transaction } from '#src/db/transaction.ts'
import { lockLevels } from '#src/inventory/inventory.sql.ts'
import type { StockItemId } from '#src/lib/ids.ts'
import type { Currency } from '#src/lib/money.ts'
import { Refusal } from '#src/lib/refusal.ts'
import { sha256 } from '#src/lib/signature.ts'
import { priceKeys, readPrices } from '#src/pricing/pricing.sql.ts'
import { testDatabase } from '#test/database.ts'
import { countCatalog, seedShop } from '#test/seed-catalog.sql.ts'
import { type ImportOptions, importProducts } from './import-products.ts'
import { findImportTarget } from './imports.sql.ts'
import { readStockItems } from './offers.sql.ts'

const { db } = await testDatabase()
const shop = await transaction(db, seedShop)
const now = new Date('2026-03-01T12:00:00Z')
const target = { ...shop, currency: 'EUR' as Currency }

async function* chunks(text: string, size = 65_536): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}
const options = (text: string, more: Partial<ImportOptions> = {}): ImportOptions => ({
  file_name: 'products.csv',
  file_hash: sha256(text).toString('hex'),
  target,
  clock: () => now,
  ...more,
})
const load = (text: string) => importProducts(db, chunks(text, 1_000), options(text))

const header =
  'Handle,Title,Body (HTML),Vendor,Type,Tags,Published,Option1 Name,Option1 Value,' +
  'Variant SKU,Variant Grams,Variant Inventory Qty,Variant Inventory Policy,Variant Price,' +
  'Variant Compare At Price,Variant Barcode,Image Src,Image Position,Variant Image,Status,' +
  'Product Category'
const file = (...rows: string[]) => [header, ...rows].join('\r\n')

async function product(handle: string) {
  return transaction(db, async (tx) => {
    const [found] = await lockProductsByHandle(tx, [handle])
    assert(found, `${handle} is there`)
    const variants = await readVariantsOf(tx, [found.id])
    const ids = variants.map(({ id }) => id)
    const items = await readStockItems(
      tx,
      variants.map(({ sku }) => sku),
    )
    const levels = new Map(
      (await lockLevels(tx, [...items.values()] as StockItemId[])).map((level) => [
        level.stock_item_id,
        level,
      ]),
    )
    const prices = await readPrices(tx, priceKeys([{ id: shop.price_list_id }], ids))
    return {
      ...found,
      media: (await readMediaOf(tx, [found.id])).map(({ url }) => url),
      variants: variants.map((variant) => ({
        ...variant,
        price: prices.find(({ variant_id }) => variant_id === variant.id)?.amount,
        level: levels.get(items.get(variant.sku)!),
      })),
    }
  })
}
const reasons = ({ refusals }: { refusals: readonly { line: number; reason: string }[] }) =>
  refusals.map(({ line, reason }) => `${line}: ${reason}`)

test('reads products with variants, pictures, stock, prices and categories', async () => {
  const text = file(
    'tee,"Tea & tee","<p onclick=""x"">Soft,\nwarm</p><script>x</script>",' +
      'Acme,Shirts,"new, sale, new",TRUE,' +
      'Size,S,T-S,180,5,deny,19.90,25.00,4006381333931,' +
      'https://cdn.example/1.jpg,2,,active,Clothing > Shirts',
    'tee,,,,,,,,M,T-M,180.4,,continue,19.90,19.90,,' +
      'https://cdn.example/2.jpg,0,https://cdn.example/3.jpg,,',
    'tee,,,,,,,,,,,,,,,,https://cdn.example/4.jpg,4,,,',
    'mug,Mug,,Acme,,,FALSE,Title,Default Title,,,-2,deny,7,,,,,,draft,Kitchen',
  )
  const summary = await load(text)
  assert.deepEqual(reasons(summary), [])
  const { warnings } = summary
  assert.deepEqual(warnings, [{ line: 6, reason: 'variant inventory qty -2 was taken as 0' }])
  assert.deepEqual(
    [summary.products, summary.variants, summary.rows_refused, summary.lines],
    [2, 3, 0, 6],
  )
  const tee = await product('tee')
  assert.deepEqual(
    [tee.title, tee.description, tee.tags, tee.options, tee.state],
    ['Tea & tee', '<p>Soft,\nwarm</p>', ['new', 'sale'], ['Size'], 'active'],
  )
  assert.deepEqual(
    tee.media.map((url) => url.at(-5)),
    ['2', '3', '1', '4'],
  )
  const [s, m] = tee.variants
  assert.deepEqual(
    [
      s!.sku,
      s!.title,
      s!.weight_g,
      s!.barcode,
      s!.price,
      s!.level?.on_hand,
      s!.level?.backorder_limit,
    ],
    ['T-S', 'S', 180, '4006381333931', 1990n, 5, 0],
  )
  assert.deepEqual([m!.price, m!.level?.on_hand, m!.level?.backorder_limit], [1990n, 0, 1_000_000])
  const mug = await product('mug')
  assert.deepEqual(
    [mug.options, mug.state, mug.variants[0]!.sku, mug.variants[0]!.title, mug.variants[0]!.price],
    [[], 'draft', 'MUG', '', 700n],
  )
  const tree = await readOnce(db, readCategories)
  assert.deepEqual(tree.map(({ handle }) => handle).sort(), [
    'clothing',
    'clothing-shirts',
    'kitchen',
  ])
})

test('bad rows are told by line and reason, the rest goes in', async () => {
  const text = file(
    'ok-1,Ok 1,,,,,,,,OK-1,,1,,1.00,,,,,,,',
    'bad-price,Bad,,,,,,,,BP,,1,,"1,50",,,,,,,',
    ',No handle,,,,,,,,NH,,1,,1.00,,,,,,,',
    'no-title,,,,,,,,,NT,,1,,1.00,,,,,,,',
    'bad-image,Bad image,,,,,,,,BI,,1,,1.00,,,javascript:alert(1),,,,',
    'bad-status,Bad status,,,,,,,,BS,,1,,1.00,,,,,,sold,',
    'opt,Options,,,,,,Size,S,O-S,,1,,1.00,,,,,,,',
    'opt,,,,,,,,S,O-S2,,1,,1.00,,,,,,,',
    'opt,,,,,,,,,O-NONE,,1,,1.00,,,,,,,',
    'opt,,,,,,,,M,OK-1,,1,,1.00,,,,,,,',
    'opt,,,,,,,,L,O-L,x,1.5,maybe,-1,,,,,,,',
    `nul,N\0UL,,,,,,,,NUL,,1,,1.00,,,,,,,`,
    'open,"never closed,,,,,,,,OP,,1,,1.00,,,,,,,',
    'ok-2,Ok 2,,,,,,,,OK-2,,1,,1.00,,,,,,,',
    'ok-2,,,,,,,,,,,,,,,,ftp://nowhere,,,,',
    'comma,Mugs, blue,,,,,,,,MOVED,,1,,1.00,,,,,,,,x',
  )
  const summary = await load(text)
  assert.deepEqual(reasons(summary), [
    '3: variant price "1,50" is no amount in EUR',
    '4: handle is missing or has neither letters nor digits',
    '5: title is missing',
    '7: status "sold" is not active, draft or archived',
    '9: the variant O-S has the same options',
    '10: the product has 1 options, the line chooses 0',
    '11: variant sku OK-1 belongs to the product ok-1',
    '12: variant grams "x" is no number up to 100000000',
    '12: variant inventory policy "maybe" is neither deny nor continue',
    '12: variant inventory qty is no whole number',
    '12: variant price "-1" is no amount in EUR',
    '13: title holds a NUL character',
    '14: A quotation mark is opened and not closed, or the line is too long.',
    '16: image src is no http(s) address',
    '17: cells beyond the last column (1): is a comma not in quotes?',
  ])
  assert.deepEqual(summary.warnings, [{ line: 6, reason: 'image src is no http(s) address' }])
  assert.equal(summary.rows_refused, 12)
  for (const handle of ['ok-1', 'ok-2', 'bad-image']) {
    assert.equal((await product(handle)).variants.length, 1)
  }
  assert.deepEqual(
    (await product('opt')).variants.map(({ sku }) => sku),
    ['O-S'],
  )
})

test('the same file again changes nothing, another one updates by handle and SKU', async () => {
  const row = (qty: number, price: string, rest = '') =>
    file(`again,Again,,,,,,Size,S,AG-S,,${qty},deny,${price},,,,,,,`, rest)
  await load(row(10, '5.00'))
  const first = await product('again')
  await load(row(10, '5.00'))
  assert.deepEqual(await product('again'), first)
  await load(row(12, '6.00', 'again,,,,,,,,M,AG-M,,1,deny,6.00,,,,,,,'))
  const second = await product('again')
  assert.equal(second.id, first.id)
  assert.deepEqual(
    second.variants.map(({ sku, price, level }) => [sku, price, level!.on_hand]),
    [
      ['AG-S', 600n, 12],
      ['AG-M', 600n, 1],
    ],
  )
  assert.equal(second.title, 'Again')
  const swapped = file(
    'again,Again,,,,,,Size,M,AG-S,,12,deny,6.00,,,,,,,',
    'again,,,,,,,,S,AG-M,,1,deny,6.00,,,,,,,',
  )
  assert.deepEqual(reasons(await load(swapped)), [])
  assert.deepEqual(
    (await product('again')).variants.map(({ sku, title }) => [sku, title]),
    [
      ['AG-S', 'M'],
      ['AG-M', 'S'],
    ],
  )
  const less = await load(row(0, '6.00').replace('Size,S', 'Size,M'))
  assert.deepEqual(reasons(less), [])
  assert.equal((await product('again')).variants[0]!.level!.on_hand, 0)
})

test('columns may come in any order, with a byte order mark and semicolons', async () => {
  const text = '\uFEFFVariant Price;unknown;HANDLE;title\n4;x;odd;Odd\n'
  const { products } = await load(text)
  assert.equal(products, 1)
  const odd = await product('odd')
  assert.deepEqual(
    [odd.title, odd.variants[0]!.price, odd.variants[0]!.level?.on_hand],
    ['Odd', 400n, 0],
  )
})

test('what is no product file is refused', async () => {
  const refused = (error: unknown) => error instanceof Refusal && error.code === 'invalid_input'
  for (const mark of ['', '\ufeff']) {
    const bytes = Buffer.from(`${mark}Handle,Title\na,A\n`, 'utf16le')
    const imported = importProducts(db, Readable.from([bytes]), options(mark))
    await assert.rejects(imported, (error: Refusal) => /UTF-8/.test(String(error.detail['reason'])))
  }
  for (const text of ['', 'name,price\na,1\n', '\u0000\u0001binary', '{"a":1}']) {
    await assert.rejects(load(text), refused)
  }
})

const rows = (count: number): string[] =>
  Array.from({ length: count }, (_, i) => {
    const handle = `many-${Math.floor(i / 4)}`
    const title = i % 4 === 0 ? `Many ${handle},<p>${'words '.repeat(20)}</p>,V,T,a` : ',,,,'
    const option = i % 4 === 0 ? 'Size' : ''
    return `${handle},${title},,${option},${i % 4},MANY-${i},100,3,deny,9.99,,,,,,,`
  })

test('a run that breaks off goes on behind its last batch, without repeats', async () => {
  const text = file(...rows(4_000), 'broken,Broken,,,,,,,,BR,,1,,x,,,,,,,')
  const half = Math.floor(text.length / 2)
  async function* breaking() {
    yield* chunks(text.slice(0, half))
    throw new Error('the power went')
  }
  const asked = options(text)
  await assert.rejects(importProducts(db, breaking(), asked), /the power went/)
  const between = await readOnce(db, (tx) => countCatalog(tx, 'MANY-%'))
  assert(between.variants > 0 && between.variants < 4_000, `${between.variants} are in`)
  const summary = await importProducts(db, chunks(text), asked)
  assert(summary.resumed_from_line > 1_000)
  assert.deepEqual(
    [summary.products, summary.variants, summary.rows_refused, summary.lines],
    [1_000, 4_000, 1, 4_002],
  )
  assert.deepEqual(await readOnce(db, (tx) => countCatalog(tx, 'MANY-%')), {
    variants: 4_000,
    items: 4_000,
    on_hand: 12_000,
    moved: 12_000,
  })
})

test('two processes cannot import one file at the same time', async () => {
  const text = file(
    ...rows(1_500).map((row) => row.replaceAll('many-', 'pair-').replace('MANY', 'PAIR')),
  )
  const both = await Promise.allSettled([load(text), load(text)])
  const failed = both.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []))
  for (const error of failed) {
    assert(error instanceof Refusal && error.code === 'request_in_progress', String(error))
  }
  await load(text)
  const { on_hand, moved, variants } = await readOnce(db, (tx) => countCatalog(tx, 'PAIR-%'))
  assert.deepEqual([variants, on_hand, moved], [1_500, 4_500, 4_500])
})

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void
function liveHeapMb(): number {
  collect()
  return process.memoryUsage().heapUsed / 1e6
}

test('20,000 variants go in with flat memory', async () => {
  const count = 20_000
  async function* generated() {
    yield Buffer.from(`${header}\n`)
    for (let i = 0; i < count; i += 400) {
      const part = Array.from({ length: 400 }, (_, j) => {
        const n = i + j
        const handle = `big-${Math.floor(n / 10)}`
        const head = n % 10 === 0 ? `Big ${handle},<p>${'text '.repeat(60)}</p>,V,T,a` : ',,,,'
        const option = n % 10 === 0 ? 'Size' : ''
        return `${handle},${head},,${option},${n % 10},BIG-${n},100,3,deny,9.99,,,,,,,`
      })
      yield Buffer.from(`${part.join('\n')}\n`)
    }
  }
  const heap_mb: number[] = []
  const on_progress = ({ variants }: { variants: number }) => {
    if (variants % 5_000 === 0) heap_mb.push(liveHeapMb())
  }
  const summary = await importProducts(db, generated(), options('big', { on_progress }))
  assert.deepEqual([summary.variants, summary.rows_refused], [count, 0])
  assert.equal(heap_mb.length, 4)
  const grown_mb = heap_mb.at(-1)! - heap_mb[0]!
  // All rows of the file together take 30 MB as objects.
  assert(grown_mb < 5, `the heap grew by ${grown_mb.toFixed(1)} MB: ${heap_mb.join(', ')}`)
})

test('the target is the first channel with its list and location', async () => {
  const { currency, ...ids } = (await readOnce(db, (tx) => findImportTarget(tx, null)))!
  assert.deepEqual([currency, ids], ['EUR', shop])
  assert.equal(await readOnce(db, (tx) => findImportTarget(tx, 'nowhere')), null)
})

test('card numbers are refused in all text, and pass as codes', async () => {
  const card = '4242 4242 4242 4242'
  const text = file(
    `card-1,Mug ${card},,,,,,,,CARD-1,,1,,1.00,,,,,,,`,
    `card-2,Mug,,,,,,Size,${card},CARD-2,,1,,1.00,,,,,,,`,
    'card-3,Mug,,,,,,,,4242424242424242,,1,,1.00,,4111111111111111,,,,,',
    `card-4,Mug,,,,,,,,CARD-4,,1,,${card},,,,,,,`,
    'card-5,Mug,4242<x>42424242<x>4242,,,,,,,CARD-5,,1,,1.00,,,,,,,',
    '4242424242424242,Mug,,,,,,,,CARD-6,,1,,1.00,,,,,,,',
    `card-7,Mug,,,,,,,,CARD-7,,1,,1.00,,,,,,${card},`,
  )
  const summary = await load(text)
  assert.deepEqual(reasons(summary), [
    '2: title holds a card number',
    '3: option1 value holds a card number',
    '5: variant price holds a card number',
    '6: body (html) holds a card number',
    '7: handle holds a card number',
    '8: status holds a card number',
  ])
  assert.deepEqual([summary.products, summary.variants], [1, 1])
})

test('a file whose name holds a card number is not read', async () => {
  const text = file('named,Named,,,,,,,,NAMED,,1,,1.00,,,,,,,')
  await assert.rejects(
    importProducts(db, chunks(text), options(text, { file_name: '4242424242424242.csv' })),
    (error: unknown) => error instanceof Refusal && error.code === 'card_number_refused',
  )
})

test('a handle or SKU that comes again later in the file counts once', async () => {
  const row = (handle: string) => `${handle},Later,,,,,,,,${handle.toUpperCase()},,1,,1.00,,,,,,,`
  const text = file(row('later-1'), row('later-2'), row('later-1'))
  const first = await load(text)
  assert.deepEqual([first.products, first.variants, first.rows_refused], [2, 2, 0])
  const again = await load(text)
  assert.deepEqual([again.products, again.variants], [2, 2], 'each run counts anew')
})

test('a new product of which no row can go in is not made, whatever the reason', async () => {
  const summary = await load(
    file(
      'full,Full,,,,,,,,SHARED,,1,,1.00,,,,,,,',
      'late,Late,,,,,,,,SHARED,,1,,1.00,,,,,,,',
      'choice,Choice,,,,,,Size,,CHOICE,,1,,1.00,,,,,,,',
    ),
  )
  assert.deepEqual(reasons(summary), [
    '3: variant sku SHARED belongs to the product full',
    '4: the product has 1 options, the line chooses 0',
  ])
  assert.deepEqual([summary.products, summary.variants], [1, 1])
  const handles = ['full', 'late', 'choice']
  const found = await transaction(db, (tx) => lockProductsByHandle(tx, handles))
  assert.deepEqual(
    found.map(({ handle }) => handle),
    ['full'],
  )
})

test('a new product whose SKUs are all those of others is not made', async () => {
  await load(file('owner,Owner,,,,,,,,OWNED,,1,,1.00,,,,,,,'))
  const summary = await load(
    file('thief,Thief,,,,,,,,OWNED,,1,,1.00,,,,,,,', 'honest,Honest,,,,,,,,OWN-2,,1,,1.00,,,,,,,'),
  )
  assert.deepEqual(reasons(summary), ['2: variant sku OWNED belongs to the product owner'])
  assert.equal(summary.products, 1)
  const found = await transaction(db, (tx) => lockProductsByHandle(tx, ['thief', 'honest']))
  assert.deepEqual(
    found.map(({ handle }) => handle),
    ['honest'],
  )
})

test('tax category and HS code of a variant are read; a file without them leaves them', async () => {
  const taxOf = async () =>
    (await product('taxed')).variants.map(({ tax_category, hs_code }) => [tax_category, hs_code])
  const head = 'Handle,Title,Option1 Name,Option1 Value,Variant SKU,Variant Price'
  const rows = ['taxed,Taxed,Size,S,TX-S,1.00', 'taxed,,,M,TX-M,1.00']
  const lines = (...more: string[]) => [head, ...rows].map((row, i) => row + more[i]).join('\n')
  const first = await load(lines(',variant tax category,Variant HS Code', ',reduced,610510', ',,'))
  assert.deepEqual(reasons(first), [])
  const told = [
    ['reduced', '610510'],
    ['standard', null],
  ]
  assert.deepEqual(await taxOf(), told)
  await load(lines('', '', ''))
  assert.deepEqual(await taxOf(), told)
  await load(lines(',Variant Tax Category,Variant HS Code', ',,', ',zero,6106'))
  assert.deepEqual(await taxOf(), [
    ['standard', null],
    ['zero', '6106'],
  ])
  const wrong = await load(lines(',Variant Tax Category', ',Reduced Rate', ',zero'))
  assert.deepEqual(reasons(wrong), [
    '2: variant tax category "Reduced Rate" has more than small letters, digits, _ and -',
  ])
})

test('columns that no import reads are named, in every run of the file', async () => {
  const head = 'Handle,Title,Variant Price,Variant Tax Categroy, Cost per item ,title,,STATUS'
  const text = `${head}\ncolumns,Columns,1.00,reduced,0.40,Other,,active`
  const ignored = ['Variant Tax Categroy', 'Cost per item', 'title']
  assert.deepEqual((await load(text)).ignored_columns, ignored)
  assert.deepEqual((await load(text)).ignored_columns, ignored)
  assert.equal((await product('columns')).title, 'Columns')
})
