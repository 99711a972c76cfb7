// The label that the simulated carrier prints: 4 × 6 inches, to scale, with a bar code that
// a hand scanner reads.
import bwipjs from 'bwip-js/node'
import PDFDocument from 'pdfkit'

export type LabelAddress = {
  readonly name: string | null
  readonly company: string | null
  readonly street1: string | null
  readonly street2: string | null
  readonly city: string | null
  readonly state: string | null
  readonly zip: string | null
  readonly country: string
  readonly phone: string | null
  readonly email: string | null
}
export type LabelText = {
  readonly carrier: string
  readonly service: string
  readonly tracking_code: string
  readonly from: LabelAddress
  readonly to: LabelAddress
  readonly weight_oz: number
  readonly note: string | null
}

const page = { width: 288, height: 432, margin: 14 }

/** The printer has no letters beyond Latin-1. */
const writePrintable = (text: string): string =>
  text
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .replace(/[^\x20-\xff]/g, '?')

const linesOf = (address: LabelAddress): readonly string[] =>
  [
    address.name,
    address.company,
    address.street1,
    address.street2,
    [address.city, address.state, address.zip].filter(Boolean).join(' '),
    address.country,
  ]
    .filter((line) => line !== null && line !== '')
    .map((line) => writePrintable(line ?? ''))

/** Widths of bar, space, bar, space …, in modules. */
function readBars(tracking_code: string): readonly number[] {
  const [code] = bwipjs.raw({ bcid: 'code128', text: tracking_code })
  return code && 'sbs' in code ? code.sbs : []
}

function drawBars(doc: PDFKit.PDFDocument, tracking_code: string, top: number): void {
  const widths = readBars(tracking_code)
  const modules = widths.reduce((sum, width) => sum + width, 0)
  const module_pt = (page.width - 2 * page.margin - 20) / modules
  let left = page.margin + 10
  for (const [index, width] of widths.entries()) {
    if (index % 2 === 0) doc.rect(left, top, width * module_pt, 78)
    left += width * module_pt
  }
  doc.fill('black')
}

export function drawLabelPdf(label: LabelText): Promise<Buffer> {
  const doc = new PDFDocument({ size: [page.width, page.height], margin: 0 })
  doc.info.Title = `Label ${label.tracking_code}`
  const width = page.width - 2 * page.margin
  const rule = (top: number) =>
    doc
      .moveTo(page.margin, top)
      .lineTo(page.margin + width, top)
      .lineWidth(1.5)
      .stroke()
  doc
    .rect(page.margin, page.margin, width, page.height - 2 * page.margin)
    .lineWidth(1.5)
    .stroke()
  doc.font('Helvetica-Bold').fontSize(17)
  doc.text(`${label.carrier} ${label.service}`, page.margin + 8, 24, { width: width - 16 })
  rule(66)
  doc.font('Helvetica').fontSize(8)
  doc.text(linesOf(label.from).join('\n'), page.margin + 8, 74, { width: 160, height: 66 })
  doc.text(`${label.weight_oz.toFixed(1)} oz\nSIMULATED`, 200, 74, { width: 66, align: 'right' })
  doc.fontSize(10).text('SHIP TO', page.margin + 8, 146)
  doc.font('Helvetica-Bold').fontSize(12)
  doc.text(linesOf(label.to).join('\n'), page.margin + 24, 160, {
    width: width - 40,
    height: 110,
    ellipsis: true,
  })
  rule(272)
  doc.fontSize(10).text('TRACKING #', page.margin + 8, 280)
  drawBars(doc, label.tracking_code, 298)
  doc.font('Helvetica-Bold').fontSize(11)
  doc.text(label.tracking_code, page.margin, 382, { width, align: 'center' })
  doc.font('Helvetica').fontSize(8)
  doc.text(label.note ?? '', page.margin, 400, { width, align: 'center', height: 10 })

  return new Promise((done, fail) => {
    const chunks: Buffer[] = []
    doc.on('data', (chunk: Buffer) => chunks.push(chunk))
    doc.on('end', () => done(Buffer.concat(chunks)))
    doc.on('error', fail)
    doc.end()
  })
}

export const drawLabelPng = (label: LabelText): Promise<Buffer> =>
  bwipjs.toBuffer({ bcid: 'code128', text: label.tracking_code, includetext: true, scale: 3 })
