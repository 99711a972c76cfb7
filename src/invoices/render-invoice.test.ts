import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inflateSync } from 'node:zlib'
import type { Currency } from '#src/lib/money.ts'
import { completeDocument, type DocumentLine, type Draft } from './invoices.ts'
import { printable } from './print-text.ts'
import { renderInvoice } from './render-invoice.ts'

const party = (name: string) => ({
  name,
  company: null,
  address: ['Lagerstraße 12', '10115 Berlin'],
  country: 'DE',
  tax_ids: [],
})
const row = (i: number): DocumentLine => ({
  kind: 'item',
  order_line_id: String(i),
  sku: `SKU-${i}`,
  title: `Thing number ${i} ${'with a long name '.repeat(i % 5)}`,
  hs_code: '691110',
  unit_price: 1000n,
  per_units: 1,
  tax_included: false,
  quantity: 2,
  subtotal: 2000n,
  discount: 0n,
  net: 2000n,
  taxes: [
    { component: 'CGST', rate_ppm: 90_000, amount: 180n },
    { component: 'SGST', rate_ppm: 90_000, amount: 180n },
  ],
  tax: 360n,
  total: 2360n,
})
const draft = (lines: number): Draft => ({
  kind: 'invoice',
  order_number: 'R-1',
  ordered_on: '2026-11-21',
  currency: 'INR' as Currency,
  seller: party('Onhand Demo GmbH'),
  buyer: party('Ada'),
  ship_to: null,
  corrects: [],
  reason: '',
  lines: Array.from({ length: lines }, (_, i) => row(i)),
  payment: { provider: 'stripe', reference: null, amount: 1n, paid_on: '2026-11-22' },
})

/** The words of a PDF, without a PDF reader: pdfkit writes them in hex inside deflated streams. */
function wordsOf(pdf: Uint8Array): string {
  const bytes = Buffer.from(pdf)
  let words = ''
  for (let at = bytes.indexOf('stream\n'); at >= 0; at = bytes.indexOf('stream\n', at + 7)) {
    const end = bytes.indexOf('\nendstream', at)
    if (end < 0) break
    const content = inflateSync(bytes.subarray(at + 7, end)).toString('latin1')
    for (const [, array] of content.matchAll(/\[([^\]]*)\] TJ/g)) {
      for (const [, hex] of array!.matchAll(/<([0-9a-f]+)>/g)) {
        words += Buffer.from(hex!, 'hex').toString('latin1')
      }
      words += '\n'
    }
    at = end + 10
  }
  return words
}

test('the same document gives the same bytes', async () => {
  const document = completeDocument(draft(3), 'OH26-000001', '2026-11-22')
  const first = await renderInvoice(document)
  assert(Buffer.from(first).equals(await renderInvoice(document)))
})

test('hundreds of lines: every one printed, head and page number on every page', async () => {
  const words = wordsOf(
    await renderInvoice(completeDocument(draft(300), 'OH26-000001', '2026-11-22')),
  )
  for (let i = 0; i < 300; i++) assert(words.includes(`SKU-${i} `), `line ${i} is missing`)
  const pages = Number(/Page 1 of (\d+)/.exec(words)![1])
  assert(pages > 10 && pages < 40)
  assert(words.includes(`Page ${pages} of ${pages}`))
  assert(words.split('Description').length - 1 >= pages - 1)
  // 300 lines at 20.00, and the tax of each component.
  assert(words.includes('6,000.00') && words.includes('540.00') && words.includes('7,080.00'))
})

test('a credit note says so and names its invoice', async () => {
  const corrects = [{ id: 'x', number: 'OH26-000001', issued_on: '2026-11-22' }]
  const credit = { ...draft(1), kind: 'credit_note', corrects } as const
  const words = wordsOf(await renderInvoice(completeDocument(credit, 'OH26C-1', '2026-11-23')))
  assert(words.includes('Credit note') && words.includes('OH26-000001 of 2026-11-22'))
  assert(words.includes('Total credited INR'))
})

test('why there is no tax, where it was supplied, and the numbers of both are printed', async () => {
  const note = `Reverse charge: ${'the recipient is liable for the VAT. '.repeat(6)}`
  const buyer = { ...party('Ada'), tax_ids: [{ name: 'VAT ID', value: 'ATU13585627' }] }
  const told = { ...draft(1), buyer, notes: [note, 'Second note'] }
  const words = wordsOf(await renderInvoice(completeDocument(told, 'OH26-000001', '2026-11-22')))
  for (const text of ['VAT ID: ATU13585627', 'Reverse charge: the recipient', 'Second note']) {
    assert(words.includes(text), text)
  }
  assert(words.includes('HS 691110') && !words.includes('Place of supply'))
  const seller = { ...party('Onhand India'), country: 'IN' }
  const indian = { ...draft(1), seller, place_of_supply: '27-Maharashtra' }
  const supply = wordsOf(await renderInvoice(completeDocument(indian, 'IN26-1', '2026-11-22')))
  assert(supply.includes('Place of supply: 27-Maharashtra') && supply.includes('HSN 691110'))
})

test('notes that find no room go on to the next page', async () => {
  const notes = Array.from({ length: 60 }, (_, i) => `Note number ${i}`)
  const long = completeDocument({ ...draft(30), notes }, 'OH26-000001', '2026-11-22')
  const words = wordsOf(await renderInvoice(long))
  for (const note of notes) assert(words.includes(note), note)
})

test('a tax on a part of the price is printed with that part', () => {
  const taxes = [{ component: 'State', rate_ppm: 62_500, amount: 156n, base: 2_500n }]
  const line = { ...row(0), subtotal: 20_000n, net: 20_000n, taxes, tax: 156n, total: 20_156n }
  const document = completeDocument({ ...draft(0), lines: [line] }, 'OH26-000001', '2026-11-22')
  assert.deepEqual(document.taxes, [
    { component: 'State', rate_ppm: 62_500, net: 2_500n, tax: 156n },
  ])
})

test('letters that the fonts lack are spelled, and what has no spelling is marked', () => {
  assert.equal(printable('Ada Löwe – Straße €5'), 'Ada Löwe – Straße €5')
  assert.equal(printable('Łukasz Dvořák ő'), 'Lukasz Dvorák o')
  assert.equal(printable('₹500'), 'INR 500')
  assert.equal(printable('Иван Жуков'), 'Ivan Zhukov')
  assert.equal(printable('Αθήνα'), 'Athina')
  assert.equal(printable('山田'), '??')
  assert.equal(printable('a\u0000b\nc'), 'a b c')
  assert.equal(printable('x'.repeat(60)).split(' ').length, 3)
})
