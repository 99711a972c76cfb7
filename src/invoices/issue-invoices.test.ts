import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import type { Tx } from '#src/db/sql.ts'
import { transaction } from '#src/db/transaction.ts'
import { addEffects } from '#src/jobs/effects.sql.ts'
import type { Effect } from '#src/jobs/effects.ts'
import { type CaptureId, type EffectId, newId, type OrderId } from '#src/lib/ids.ts'
import { testDatabase } from '#test/database.ts'
import {
  insertTestAttempt,
  insertTestCapture,
  insertTestOrder,
  insertTestRefund,
  insertTestShop,
  type TestLine,
  type TestShop,
} from '#test/placed-order.sql.ts'
import { readDocumentText, readIssued, readPdf } from './invoices.sql.ts'
import { type InvoiceDocument, readDocument } from './invoices.ts'
import { issueCreditNote, issueCreditNotes, issueInvoice, issueInvoices } from './issue-invoices.ts'
import { invoicePdf } from './store-pdf.ts'

const { db } = await testDatabase(40)
const now = new Date('2026-11-22T10:00:00Z')
const app = { db, clock: () => now }

const mug: TestLine = {
  sku: 'MUG-1',
  title: 'Mug, blue',
  quantity: 3,
  unit_price: 1190n,
  discount: 357n,
  rates: { VAT: 190_000 },
  tax_included: true,
}
const book: TestLine = {
  sku: 'BOOK-1',
  title: 'Stock ledgers, explained',
  quantity: 1,
  unit_price: 2140n,
  rates: { VAT: 70_000 },
  tax_included: true,
}
const shipping = { amount: 490n, rates: { VAT: 190_000 }, tax_included: true }

type Paid = {
  readonly order: Awaited<ReturnType<typeof insertTestOrder>>
  readonly attempt_id: Awaited<ReturnType<typeof insertTestAttempt>>
}
let count = 0
async function placeOrder(tx: Tx, shop: TestShop, lines: readonly TestLine[]): Promise<Paid> {
  const number = `R-${++count}`
  const order = await insertTestOrder(tx, shop, { number, lines, shipping, at: now })
  const { id: order_id, total: amount } = order
  const attempt_id = await insertTestAttempt(tx, { order_id, currency: shop.currency, amount })
  return { order, attempt_id }
}
/** Money that pays what is owed: its invoice is promised with it. */
async function captureOf(
  tx: Tx,
  shop: TestShop,
  { order, attempt_id }: Paid,
  amount = order.total,
  allocations: readonly object[] = [],
): Promise<CaptureId> {
  const { currency } = shop
  const order_id = order.id
  const money = { order_id, attempt_id, currency, amount, allocations, at: now }
  const cause_id = await insertTestCapture(tx, money)
  await addEffects(tx, [{ kind: 'invoice', cause_id, order_id }], now)
  return cause_id
}
const effect = (kind: Effect['kind'], cause_id: string, order_id: OrderId): Effect => ({
  id: newId<EffectId>(),
  kind,
  cause_id,
  order_id,
  tries: 0,
  traceparent: null,
})
async function documentOf(kind: 'invoice' | 'credit_note', cause_id: string) {
  return transaction(db, async (tx): Promise<InvoiceDocument> => {
    const [issued] = await readIssued(tx, kind, [cause_id])
    assert(issued, `no ${kind} for ${cause_id}`)
    const row = await readDocumentText(tx, issued.invoice_id)
    return readDocument(row!.document)
  })
}

let shop: TestShop
before(async () => {
  shop = await transaction(db, (tx) => insertTestShop(tx))
})

describe('the document', () => {
  test('of a whole order, line by line', async () => {
    const { capture, order } = await transaction(db, async (tx) => {
      const paid = await placeOrder(tx, shop, [mug, book])
      return { capture: await captureOf(tx, shop, paid), order: paid.order }
    })
    const done = await issueInvoice(app, effect('invoice', capture, order.id))
    assert.deepEqual(done, { kind: 'done' })
    const document = await documentOf('invoice', capture)
    const [mugs, books] = order.lines
    assert.deepEqual(document, {
      version: 1,
      kind: 'invoice',
      number: document.number,
      issued_on: '2026-11-22',
      order_number: `R-${count}`,
      ordered_on: '2026-11-22',
      currency: 'EUR',
      seller: {
        name: 'Onhand Demo GmbH',
        company: null,
        address: ['Lagerstraße 12', '10115 Berlin'],
        country: 'DE',
        tax_ids: [{ name: 'VAT ID', value: 'DE123456789' }],
      },
      buyer: {
        name: 'Ada Löwe',
        company: null,
        address: ['Rosenweg 3', '2. OG', '80331 München'],
        country: 'DE',
        tax_ids: [],
      },
      ship_to: document.buyer,
      corrects: [],
      reason: '',
      lines: [
        {
          kind: 'item',
          order_line_id: mugs!.id,
          sku: 'MUG-1',
          title: 'Mug, blue',
          hs_code: null,
          unit_price: 1190n,
          per_units: 1,
          tax_included: true,
          quantity: 3,
          subtotal: 3570n,
          discount: 357n,
          net: 2700n,
          taxes: [{ component: 'VAT', rate_ppm: 190_000, amount: 513n }],
          tax: 513n,
          total: 3213n,
        },
        {
          kind: 'item',
          order_line_id: books!.id,
          sku: 'BOOK-1',
          title: 'Stock ledgers, explained',
          hs_code: null,
          unit_price: 2140n,
          per_units: 1,
          tax_included: true,
          quantity: 1,
          subtotal: 2140n,
          discount: 0n,
          net: 2000n,
          taxes: [{ component: 'VAT', rate_ppm: 70_000, amount: 140n }],
          tax: 140n,
          total: 2140n,
        },
        {
          kind: 'shipping',
          order_line_id: null,
          sku: '',
          title: 'Standard shipping',
          hs_code: null,
          unit_price: 490n,
          per_units: 1,
          tax_included: true,
          quantity: 1,
          subtotal: 490n,
          discount: 0n,
          net: 412n,
          taxes: [{ component: 'VAT', rate_ppm: 190_000, amount: 78n }],
          tax: 78n,
          total: 490n,
        },
      ],
      taxes: [
        { component: 'VAT', rate_ppm: 190_000, net: 3112n, tax: 591n },
        { component: 'VAT', rate_ppm: 70_000, net: 2000n, tax: 140n },
      ],
      net: 5112n,
      tax: 731n,
      total: 5843n,
      payment: { provider: 'stripe', reference: 'ch_1', amount: 5843n, paid_on: '2026-11-22' },
    })
  })

  test('of India: two components, tax on top, fiscal year from April, 16 characters', async () => {
    const { capture } = await transaction(db, async (tx) => {
      const india = await insertTestShop(tx, {
        name: 'Onhand Retail Pvt Ltd',
        prefix: 'ONHI',
        time_zone: 'Asia/Kolkata',
        starts_month: 4,
        currency: 'INR',
      })
      const lamp = { sku: 'LAMP', title: 'Lamp', quantity: 3, unit_price: 33_333n }
      const rates = { CGST: 90_000, SGST: 90_000 }
      const paid = await insertTestOrder(tx, india, {
        number: 'IN-1',
        lines: [{ ...lamp, rates, tax_included: false }],
        shipping: { amount: 5_000n, rates, tax_included: false },
        at: new Date('2027-03-31T19:00:00Z'),
      })
      const { id: order_id, total: amount } = paid
      const attempt_id = await insertTestAttempt(tx, { order_id, currency: 'INR', amount })
      return { capture: await captureOf(tx, india, { order: paid, attempt_id }) }
    })
    // Still the year that began in 2026 in UTC, already the next one in India.
    const late = new Date('2027-03-31T19:00:00Z')
    const results = await transaction(db, (tx) => issueInvoices(tx, [capture], late))
    assert.equal(results[0]!.kind, 'issued')
    const document = await documentOf('invoice', capture)
    assert.equal(document.number, 'ONHI27I-000001')
    assert.equal(document.issued_on, '2027-04-01')
    assert.deepEqual(document.taxes, [
      { component: 'CGST', rate_ppm: 90_000, net: 104_999n, tax: 9_450n },
      { component: 'SGST', rate_ppm: 90_000, net: 104_999n, tax: 9_450n },
    ])
    assert.equal(document.total, 123_899n)
  })

  test('of partial captures: together they are the order', async () => {
    const { first, second } = await transaction(db, async (tx) => {
      const paid = await placeOrder(tx, shop, [mug, book])
      const [mugs] = paid.order.lines
      const asked = [{ order_line_id: mugs!.id, amount: 1071n, quantity: 1 }]
      const first = await captureOf(tx, shop, paid, 1071n, asked)
      return { first, second: await captureOf(tx, shop, paid, paid.order.total - 1071n) }
    })
    // Both in one batch: the second sees what the first one took.
    await transaction(db, (tx) => issueInvoices(tx, [first, second], now))
    const one = await documentOf('invoice', first)
    const two = await documentOf('invoice', second)
    assert.deepEqual(
      one.lines.map(({ sku, quantity, total }) => [sku, quantity, total]),
      [['MUG-1', 1, 1071n]],
    )
    assert.deepEqual(
      two.lines.map(({ sku, quantity, total }) => [sku, quantity, total]),
      [
        ['MUG-1', 2, 2142n],
        ['BOOK-1', 1, 2140n],
        ['', 1, 490n],
      ],
    )
    assert.equal(one.tax + two.tax, 731n)
    assert.equal(one.net + two.net, 5112n)
  })

  test('of a refund of money that paid for nothing: none, as there is no invoice', async () => {
    const refund = await transaction(db, async (tx) => {
      const { order, attempt_id } = await placeOrder(tx, shop, [mug])
      // It came when the order was canceled already.
      const money = { order_id: order.id, attempt_id, currency: shop.currency, at: now }
      const amount = order.total
      await insertTestCapture(tx, { ...money, amount, allocations: [] })
      return insertTestRefund(tx, { ...money, amount, allocations: [] })
    })
    const [result] = await transaction(db, (tx) => issueCreditNotes(tx, [refund], now))
    assert.deepEqual(result, { kind: 'not_needed', cause_id: refund })
  })

  test('of a refund: a credit note on the invoice, to the minor unit', async () => {
    const { capture, refunds } = await transaction(db, async (tx) => {
      const paid = await placeOrder(tx, shop, [mug, book])
      const [mugs] = paid.order.lines
      const { id: order_id } = paid.order
      const refund = (amount: bigint, allocations: readonly object[]) =>
        insertTestRefund(tx, {
          order_id,
          attempt_id: paid.attempt_id,
          currency: 'EUR',
          amount,
          allocations,
          at: now,
        })
      const refunds = [
        await refund(1071n + 100n, [
          { order_line_id: mugs!.id, amount: 1071n },
          { order_line_id: null, amount: 100n },
        ]),
        await refund(paid.order.total - 1171n, []),
      ]
      return { capture: await captureOf(tx, shop, paid), refunds }
    })
    const early = await transaction(db, (tx) => issueCreditNotes(tx, refunds, now))
    const [waiting] = early
    assert(waiting?.kind === 'waiting')
    assert.equal(waiting.reason, 'the invoice is not there yet')
    await transaction(db, (tx) => issueInvoices(tx, [capture], now))
    const issued = await transaction(db, (tx) => issueCreditNotes(tx, refunds, now))
    assert.deepEqual(
      issued.map(({ kind }) => kind),
      ['issued', 'issued'],
    )
    const invoice = await documentOf('invoice', capture)
    const part = await documentOf('credit_note', refunds[0]!)
    const rest = await documentOf('credit_note', refunds[1]!)
    assert.match(part.number, /^OH26C-\d{6}$/)
    assert.equal(part.corrects[0]!.number, invoice.number)
    assert.equal(part.reason, 'Two came broken')
    assert.deepEqual(
      part.lines.map(({ kind, quantity, total, tax }) => [kind, quantity, total, tax]),
      [
        ['item', 1, 1071n, 171n],
        ['shipping', null, 100n, 16n],
      ],
    )
    for (const field of ['net', 'tax', 'total'] as const) {
      assert.equal(part[field] + rest[field], invoice[field], field)
    }
  })

  test('a refund of money that never had an invoice needs no credit note', async () => {
    const { refund, order } = await transaction(db, async (tx) => {
      const { order, attempt_id } = await placeOrder(tx, shop, [book])
      const { id: order_id, total: amount } = order
      const transfer = { order_id, attempt_id, currency: 'EUR', amount, at: now }
      return { order, refund: await insertTestRefund(tx, transfer) }
    })
    const outcome = await issueCreditNote(app, effect('credit_note', refund, order.id))
    assert.deepEqual(outcome, { kind: 'done' })
  })

  test('figures that contradict each other go to a person, and burn no number', async () => {
    const { capture, order } = await transaction(db, async (tx) => {
      const paid = await placeOrder(tx, shop, [book])
      return { order: paid.order, capture: await captureOf(tx, shop, paid, paid.order.total + 1n) }
    })
    const outcome = await issueInvoice(app, effect('invoice', capture, order.id))
    assert.equal(outcome.kind, 'stuck')
  })
})

const sequences = (legal_entity_id: string) =>
  db
    .query<{ sequence: bigint; number: string }>(
      `select sequence, number from invoice
       where legal_entity_id = $1 and kind = 'invoice' order by sequence`,
      [legal_entity_id],
    )
    .then(({ rows }) => rows)

describe('numbers', () => {
  test('200 captures at once: 1 to 200, no gap, no duplicate, also with failures', async () => {
    const { other, captures } = await transaction(db, async (tx) => {
      const other = await insertTestShop(tx)
      const captures: { id: CaptureId; order_id: OrderId }[] = []
      for (let i = 0; i < 200; i++) {
        const paid = await placeOrder(tx, other, [book])
        captures.push({ id: await captureOf(tx, other, paid), order_id: paid.order.id })
      }
      return { other, captures }
    })
    // Two processes have a batcher each; a third path issues one by one, and some of those fail.
    const direct = captures.slice(0, 60).map(async ({ id }, i) => {
      const failing = i % 3 === 0
      const issued = transaction(db, async (tx) => {
        await issueInvoices(tx, [id], now)
        if (failing) throw new Error('planted')
      })
      if (failing) await assert.rejects(issued, /planted/)
      else await issued
    })
    const second = { db: Object.create(db) as typeof db, clock: app.clock }
    const effects = captures.flatMap(({ id, order_id }) => [
      issueInvoice(app, effect('invoice', id, order_id)),
      issueInvoice(second, effect('invoice', id, order_id)),
    ])
    const outcomes = await Promise.all(effects)
    await Promise.all(direct)
    assert(outcomes.every(({ kind }) => kind === 'done'))
    const rows = await sequences(other.legal_entity_id)
    assert.deepEqual(
      rows.map(({ sequence }) => Number(sequence)),
      Array.from({ length: 200 }, (_, i) => i + 1),
    )
    assert.equal(rows.at(-1)!.number, 'OH26I-000200')
  })

  test('days never fall while numbers rise', async () => {
    const captures = await transaction(db, async (tx) => {
      const other = await insertTestShop(tx)
      const paid = [await placeOrder(tx, other, [book]), await placeOrder(tx, other, [book])]
      return [await captureOf(tx, other, paid[0]!), await captureOf(tx, other, paid[1]!)]
    })
    const today = new Date('2026-11-22T23:30:00Z')
    const yesterday = new Date('2026-11-22T22:30:00Z')
    await transaction(db, (tx) => issueInvoices(tx, [captures[0]!], today))
    await transaction(db, (tx) => issueInvoices(tx, [captures[1]!], yesterday))
    assert.equal((await documentOf('invoice', captures[0]!)).issued_on, '2026-11-23')
    assert.equal((await documentOf('invoice', captures[1]!)).issued_on, '2026-11-23')
  })
})

test('the PDF is rendered once and stored', async () => {
  const { capture } = await transaction(db, async (tx) => {
    const paid = await placeOrder(tx, shop, [mug])
    return { capture: await captureOf(tx, shop, paid) }
  })
  const [result] = await transaction(db, (tx) => issueInvoices(tx, [capture], now))
  assert(result?.kind === 'issued')
  const first = await invoicePdf(db, result.invoice_id)
  const stored = await transaction(db, (tx) => readPdf(tx, result.invoice_id))
  assert(stored)
  assert(stored.bytes.equals(first.bytes))
  assert.equal(stored.bytes.subarray(0, 5).toString(), '%PDF-')
})
