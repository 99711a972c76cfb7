// A document as a PDF, A4. The same document gives the same bytes: the date inside comes from the
// document, and nothing is random.
import { toDecimal } from '#src/lib/currency.ts'
import { formatCountry } from '#src/lib/format.ts'
import type { DocumentLine, InvoiceDocument, Party } from './invoices.ts'
import { printable } from './print-text.ts'

type Pdf = PDFKit.PDFDocument
type Column = { readonly title: string; readonly x: number; readonly width: number }

const page = { width: 595.28, height: 841.89, left: 48, right: 48, top: 48, bottom: 64 }
const width = page.width - page.left - page.right
const ink = '#1a1a1a'
const gray = '#5a5a5a'
const rule = '#c8c8c8'

const column = (title: string, from: number, to: number): Column => ({
  title,
  x: page.left + from,
  width: to - from,
})
const columns = {
  title: column('Description', 0, 196),
  quantity: column('Quantity', 200, 244),
  unit_price: column('Unit price', 248, 312),
  discount: column('Discount', 316, 368),
  net: column('Net', 372, 432),
  total: column('Total', 436, width),
}
const numbers = ['quantity', 'unit_price', 'discount', 'net', 'total'] as const

/** `1234567n` in EUR → `12,345.67`. Written here, so that a newer ICU prints the same. */
const money = (amount: bigint, document: InvoiceDocument): string => {
  const [whole, fraction] = toDecimal({ amount, currency: document.currency }).split('.')
  const grouped = whole!.replaceAll(/\B(?=(\d{3})+$)/g, ',')
  return fraction === undefined ? grouped : `${grouped}.${fraction}`
}
/** 190000 ppm → `19%`, 82500 → `8.25%`. */
const percent = (rate_ppm: number): string => `${rate_ppm / 10_000}%`

const titleOf = ({ kind }: InvoiceDocument) => (kind === 'invoice' ? 'Invoice' : 'Credit note')

const text = (pdf: Pdf, words: string, x: number, y: number, options = {}) =>
  pdf.text(words, x, y, { lineBreak: true, ...options })

const line = (pdf: Pdf, y: number, color = rule) =>
  pdf
    .moveTo(page.left, y)
    .lineTo(page.left + width, y)
    .lineWidth(0.7)
    .strokeColor(color)
    .stroke()

function bold(pdf: Pdf, size: number, color = ink): Pdf {
  return pdf.font('Helvetica-Bold').fontSize(size).fillColor(color)
}
function plain(pdf: Pdf, size: number, color = ink): Pdf {
  return pdf.font('Helvetica').fontSize(size).fillColor(color)
}

const partyLines = (party: Party): string[] =>
  [
    ...(party.company ? [party.company] : []),
    party.name,
    ...party.address,
    formatCountry(party.country, 'en'),
    ...party.tax_ids.map(({ name, value }) => `${name}: ${value}`),
  ]
    .map((words) => printable(words, 120))
    .filter(Boolean)

/** A labeled block of lines; returns where it ends. */
function block(pdf: Pdf, label: string, lines: readonly string[], x: number, y: number, w: number) {
  bold(pdf, 8, gray)
  text(pdf, label, x, y, { width: w })
  plain(pdf, 9.5)
  let at = y + 13
  for (const words of lines) {
    text(pdf, words, x, at, { width: w })
    at += pdf.heightOfString(words, { width: w }) + 1.5
  }
  return at
}

function facts(document: InvoiceDocument): string[] {
  const { payment } = document
  const corrects = document.corrects.map(({ number, issued_on }) => `${number} of ${issued_on}`)
  const paid = document.kind === 'invoice' ? 'Paid' : 'Refunded'
  return [
    `Number: ${document.number}`,
    `Date: ${document.issued_on}`,
    `Order: ${document.order_number} of ${document.ordered_on}`,
    ...(corrects.length > 0 ? [`Corrects invoice: ${corrects.join(', ')}`] : []),
    ...(document.reason ? [`Reason: ${document.reason}`] : []),
    ...(document.place_of_supply ? [`Place of supply: ${document.place_of_supply}`] : []),
    ...(payment
      ? [
          `${paid}: ${money(payment.amount, document)} ${document.currency} on ${payment.paid_on}`,
          `Method: ${payment.provider}${payment.reference ? `, ${payment.reference}` : ''}`,
        ]
      : ['Corrects the documents of this order after a change of it.']),
  ].map((words) => printable(words, 200))
}

function firstPage(pdf: Pdf, document: InvoiceDocument): number {
  bold(pdf, 22)
  text(pdf, titleOf(document), page.left, page.top, { width })
  const half = width / 2 - 12
  const y = page.top + 40
  const seller_end = block(pdf, 'SELLER', partyLines(document.seller), page.left, y, half)
  const facts_end = block(pdf, 'DOCUMENT', facts(document), page.left + half + 24, y, half)
  const second = Math.max(seller_end, facts_end) + 14
  const buyer_end = block(pdf, 'BUYER', partyLines(document.buyer), page.left, second, half)
  const ship_end = document.ship_to
    ? block(pdf, 'SHIP TO', partyLines(document.ship_to), page.left + half + 24, second, half)
    : second
  return Math.max(buyer_end, ship_end) + 18
}

function tableHead(pdf: Pdf, y: number): number {
  bold(pdf, 8, gray)
  text(pdf, columns.title.title, columns.title.x, y, { width: columns.title.width })
  for (const name of numbers) {
    const { title, x, width: w } = columns[name]
    text(pdf, title, x, y, { width: w, align: 'right' })
  }
  line(pdf, y + 13, gray)
  return y + 19
}

/** The head of a page that continues the table. */
function nextPage(pdf: Pdf, document: InvoiceDocument): number {
  pdf.addPage()
  bold(pdf, 11)
  text(pdf, `${titleOf(document)} ${document.number}`, page.left, page.top, { width })
  plain(pdf, 9, gray)
  const seller = printable(document.seller.name, 80)
  text(pdf, seller, page.left + width / 2, page.top + 1, { width: width / 2, align: 'right' })
  return page.top + 26
}

const bottom = page.height - page.bottom

function cells(row: DocumentLine, document: InvoiceDocument): Record<string, string> {
  const per = row.per_units === 1 ? '' : ` / ${row.per_units}`
  return {
    quantity: row.quantity === null ? '–' : String(row.quantity),
    unit_price: money(row.unit_price, document) + per,
    discount: row.discount === 0n ? '' : money(-row.discount, document),
    net: money(row.net, document),
    total: money(row.total, document),
  }
}

function tableRow(pdf: Pdf, row: DocumentLine, document: InvoiceDocument, from: number): number {
  const title = printable(row.title)
  const taxes = row.taxes.map(
    ({ component, rate_ppm, amount }) =>
      `${printable(component, 40)} ${percent(rate_ppm)}: ${money(amount, document)}`,
  )
  // India calls it HSN, and demands it.
  const name = document.seller.country === 'IN' ? 'HSN' : 'HS'
  const codes = [row.sku, row.hs_code ? `${name} ${row.hs_code}` : ''].filter(Boolean).join(' · ')
  const small = [printable(codes, 120), taxes.join(' · ')].filter(Boolean)
  const w = columns.title.width
  plain(pdf, 9.5)
  const title_height = pdf.heightOfString(title, { width: w })
  plain(pdf, 8)
  const heights = small.map((words) => pdf.heightOfString(words, { width: w }) + 1)
  const height = title_height + heights.reduce((sum, one) => sum + one, 0) + 9

  const y = from + height > bottom ? tableHead(pdf, nextPage(pdf, document)) : from
  plain(pdf, 9.5)
  text(pdf, title, columns.title.x, y, { width: w })
  const values = cells(row, document)
  for (const name of numbers) {
    const { x, width: cell_width } = columns[name]
    text(pdf, values[name]!, x, y, { width: cell_width, align: 'right' })
  }
  plain(pdf, 8, gray)
  let at = y + title_height + 1
  small.forEach((words, i) => {
    text(pdf, words, columns.title.x, at, { width: w })
    at += heights[i]!
  })
  line(pdf, y + height - 5)
  return y + height
}

const price_notes = (document: InvoiceDocument): string => {
  const included = new Set(document.lines.map((row) => row.tax_included))
  if (included.size > 1) return 'Net excludes tax; total includes it.'
  return included.has(true) ? 'Unit prices include tax.' : 'Unit prices exclude tax.'
}

/** Tax by rate, then the three sums; together on one page. Returns where they end. */
function totals(pdf: Pdf, document: InvoiceDocument, from: number): number {
  const rows = document.taxes.length + 6
  const y = from + rows * 15 + 20 > bottom ? nextPage(pdf, document) : from + 10
  const { unit_price, net, total } = columns
  const right = (words: string, { x, width: w }: Column, at: number) =>
    text(pdf, words, x, at, { width: w, align: 'right' })
  let at = y
  plain(pdf, 8, gray)
  text(pdf, price_notes(document), page.left, at, { width: 190 })
  if (document.taxes.length > 0) {
    bold(pdf, 8, gray)
    right('Tax', unit_price, at)
    right('Taxable', net, at)
    right('Amount', total, at)
    at += 14
    plain(pdf, 9.5)
    for (const tax of document.taxes) {
      const name = `${printable(tax.component, 24)} ${percent(tax.rate_ppm)}`
      text(pdf, name, columns.quantity.x, at, {
        width: unit_price.x + unit_price.width - columns.quantity.x,
        align: 'right',
      })
      right(money(tax.net, document), net, at)
      right(money(tax.tax, document), total, at)
      at += 15
    }
    at += 6
  }
  const sums = [
    ['Net', document.net, false],
    ['Tax', document.tax, false],
    [document.kind === 'invoice' ? 'Total' : 'Total credited', document.total, true],
  ] as const
  for (const [label, amount, strong] of sums) {
    if (strong) {
      line(pdf, at - 2, gray)
      at += 4
      bold(pdf, 11)
    } else plain(pdf, 9.5)
    const label_x = columns.quantity.x
    text(pdf, strong ? `${label} ${document.currency}` : label, label_x, at, {
      width: net.x + net.width - label_x,
      align: 'right',
    })
    right(money(amount, document), total, at)
    at += 15
  }
  return at
}

/** Why there is no tax: the law demands the words. */
function notes(pdf: Pdf, document: InvoiceDocument, from: number): void {
  let at = from + 12
  for (const note of document.notes ?? []) {
    const words = printable(note, 600)
    plain(pdf, 9)
    const height = pdf.heightOfString(words, { width })
    if (at + height > bottom) at = nextPage(pdf, document)
    plain(pdf, 9)
    text(pdf, words, page.left, at, { width })
    at += height + 6
  }
}

function pageNumbers(pdf: Pdf, document: InvoiceDocument): void {
  const { count } = pdf.bufferedPageRange()
  for (let i = 0; i < count; i++) {
    pdf.switchToPage(i)
    // Below the margin: without this the words would start a page of their own.
    pdf.page.margins.bottom = 0
    plain(pdf, 8, gray)
    const y = page.height - 40
    text(pdf, `${titleOf(document)} ${document.number}`, page.left, y, { width: width / 2 })
    text(pdf, `Page ${i + 1} of ${count}`, page.left + width / 2, y, {
      width: width / 2,
      align: 'right',
    })
  }
}

/** Loaded when the first PDF is written: the web process rarely needs it. */
export async function renderInvoice(document: InvoiceDocument): Promise<Uint8Array> {
  const { default: PdfDocument } = await import('pdfkit')
  const pdf = new PdfDocument({
    size: 'A4',
    margins: { left: page.left, right: page.right, top: page.top, bottom: page.bottom },
    bufferPages: true,
    lang: 'en',
    displayTitle: true,
    info: {
      Title: `${titleOf(document)} ${document.number}`,
      Author: printable(document.seller.name, 100),
      CreationDate: new Date(`${document.issued_on}T00:00:00Z`),
    },
  })
  const chunks: Uint8Array[] = []
  const finished = new Promise<Uint8Array>((resolve, reject) => {
    pdf.on('data', (chunk: Uint8Array) => chunks.push(chunk))
    pdf.on('end', () => resolve(Buffer.concat(chunks)))
    pdf.on('error', reject)
  })
  let y = tableHead(pdf, firstPage(pdf, document))
  for (const row of document.lines) y = tableRow(pdf, row, document, y)
  notes(pdf, document, totals(pdf, document, y))
  pageNumbers(pdf, document)
  pdf.end()
  return finished
}
