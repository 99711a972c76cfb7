import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import chromium_files from '@sparticuz/chromium'
import { type Browser, chromium } from 'playwright-core'
import { transaction } from '#src/db/transaction.ts'
import { addEvents } from '#src/events/events.sql.ts'
import { issueInvoices } from '#src/invoices/issue-invoices.ts'
import { newId, type OrderId } from '#src/lib/ids.ts'
import { Refusal } from '#src/lib/refusal.ts'
import { Secret } from '#src/lib/secret.ts'
import { signToken } from '#src/lib/tokens.ts'
import { testApp, testServer } from '#test/app.ts'
import { testDatabase } from '#test/database.ts'
import {
  type InsertedOrder,
  insertTestAttempt,
  insertTestCapture,
  insertTestOrder,
  insertTestShipment,
  insertTestShop,
} from '#test/placed-order.sql.ts'
import { live_routes } from './live.ts'
import { order_page_routes } from './order-page.ts'
import type { Asked, Reply } from './route.ts'
import type { Server } from './server.ts'
import { store_invoices_routes } from './store-invoices.ts'

const database = await testDatabase()
const { db } = database
const now = new Date('2026-11-22T10:00:00Z')
const app = await testApp({ database, clock: () => now })
const asked = (params: object, query: object = {}): Asked<unknown, unknown, unknown> => ({
  app,
  identity: { kind: 'anyone' },
  params,
  query,
  body: {},
  headers: {},
  raw_body: new Uint8Array(),
  key: '',
  now,
  request_id: newId(),
  ip: '127.0.0.1',
  gone: AbortSignal.timeout(60_000),
})
const openPage = (token: string): Promise<Reply> => order_page_routes[0]!.handle(asked({ token }))
const openPdf = (params: object, query: object) =>
  store_invoices_routes[0]!.handle(asked(params, query))
const tokenOf = (id: OrderId) => signToken(app.secret_key, 'order', id)

async function paidOrder() {
  return transaction(db, async (tx) => {
    const shop = await insertTestShop(tx)
    const order = await insertTestOrder(tx, shop, {
      number: 'P-1001',
      lines: [
        {
          sku: 'MUG-BLUE-WITH-A-VERY-LONG-CODE-0001',
          title: 'Mug <script>alert(1)</script>, blue, hand-glazed in small batches',
          quantity: 2,
          unit_price: 1190n,
          discount: 238n,
          rates: { VAT: 190_000 },
          tax_included: true,
        },
        {
          sku: 'BOOK-1',
          title: 'Stock ledgers, explained',
          quantity: 1,
          unit_price: 2140n,
          rates: { VAT: 70_000 },
          tax_included: true,
        },
      ],
      shipping: { amount: 490n, rates: { VAT: 190_000 }, tax_included: true },
      at: now,
    })
    const paid = { order_id: order.id, currency: 'EUR', amount: order.total }
    const attempt_id = await insertTestAttempt(tx, paid)
    const capture = await insertTestCapture(tx, { ...paid, attempt_id, at: now })
    const [invoice] = await issueInvoices(tx, [capture], now)
    assert(invoice?.kind === 'issued')
    return { order, invoice_id: invoice.invoice_id }
  })
}
const ship = (order: InsertedOrder) =>
  transaction(db, (tx) =>
    insertTestShipment(tx, order, {
      state: 'shipped',
      tracking_url: 'https://post.example/EZ1000000001',
      at: now,
    }),
  )

const contentOf = ({ raw }: Reply): string => String(raw?.content)
const headersOf = ({ raw }: Reply) => raw!.headers!

describe('the page', () => {
  test('shows number, lines, taxes, address, parcel with scans, and documents', async () => {
    const { order, invoice_id } = await paidOrder()
    await ship(order)
    const reply = await openPage(tokenOf(order.id))
    assert.equal(reply.status, 200)
    const page = contentOf(reply)
    const wanted = [
      'Order P-1001',
      '&lt;script&gt;alert(1)',
      'Includes VAT 19%',
      'Includes VAT 7%',
      '€47.72',
      'Ada Löwe',
      'href="https://post.example/EZ1000000001"',
      'Arrived at the &lt;sorting&gt; center',
      `/store/orders/${order.id}/invoices/${invoice_id}/pdf?token=`,
      `data-events="/store/orders/${order.id}/events?token=`,
    ]
    for (const words of wanted) assert(page.includes(words), `no ${words}`)
    assert(!page.includes('<script>alert'))
  })

  test('keeps its address to itself', async () => {
    const { order } = await paidOrder()
    const headers = headersOf(await openPage(tokenOf(order.id)))
    assert.equal(headers['referrer-policy'], 'no-referrer')
    assert.match(headers['x-robots-tag']!, /noindex/)
    assert.match(headers['cache-control']!, /no-store/)
    assert.match(headers['content-security-policy']!, /default-src 'none'/)
    assert.doesNotMatch(headers['content-security-policy']!, /unsafe/)
  })

  test('opens for its own token only', async () => {
    const { order } = await paidOrder()
    const wrong = [
      'nonsense',
      `${tokenOf(order.id).slice(0, -1)}!`,
      signToken(app.secret_key, 'cart', order.id),
      signToken(new Secret('another-secret-of-at-least-32-chars'), 'order', order.id),
      signToken(app.secret_key, 'order', newId<OrderId>()),
    ]
    for (const token of wrong) {
      const reply = await openPage(token)
      assert.equal(reply.status, 404)
      assert.match(contentOf(reply), /does not open an order/)
    }
  })
})

describe('its documents', () => {
  test('open with the token of their order, and no other', async () => {
    const { order, invoice_id } = await paidOrder()
    const other = await paidOrder()
    const params = { id: order.id, invoice_id }
    const reply = await openPdf(params, { token: tokenOf(order.id) })
    assert.equal(reply.raw!.media_type, 'application/pdf')
    assert.match(headersOf(reply)['content-disposition']!, /filename="OH26I-\d{6}\.pdf"/)
    const refused = (code: string) => (error: unknown) =>
      error instanceof Refusal && error.code === code
    await assert.rejects(openPdf(params, {}), refused('token_missing'))
    await assert.rejects(
      openPdf(params, { token: tokenOf(other.order.id) }),
      refused('token_wrong'),
    )
    const foreign = { id: order.id, invoice_id: other.invoice_id }
    await assert.rejects(openPdf(foreign, { token: tokenOf(order.id) }), refused('not_found'))
  })
})

describe('in a browser', () => {
  let browser: Browser
  let server: Server
  let url: string
  before(async () => {
    server = await testServer(app, [...order_page_routes, ...store_invoices_routes, ...live_routes])
    url = `http://127.0.0.1:${await server.listen('127.0.0.1', 0)}`
    browser = await chromium.launch({
      executablePath: await chromium_files.executablePath(),
      args: ['--no-sandbox', '--disable-gpu'],
    })
  })
  after(async () => {
    await browser.close()
    await server.drain(1_000)
  })
  const urlOf = (id: OrderId) => `${url}/o/${tokenOf(id)}`

  test('it changes by itself when something happens, under its own policy', async () => {
    const { order } = await paidOrder()
    const page = await browser.newPage()
    const complaints: string[] = []
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text())
    })
    // Once it listens, the page looks a second time for what happened meanwhile.
    const second_look = page.waitForResponse(
      (answer) => answer.url() === urlOf(order.id) && answer.request().resourceType() === 'fetch',
    )
    await page.goto(urlOf(order.id))
    await page.getByText('We are getting your order ready.').waitFor()
    assert.equal(await page.getByText('Tracking number').count(), 0)
    await second_look
    const shipment = await ship(order)
    const event = {
      // A kind that the page has never heard of.
      kind: 'shipment.teleported',
      subject: 'shipment',
      subject_id: shipment,
      order_id: order.id,
      actor: 'system',
      at: now,
    }
    await transaction(db, (tx) => addEvents(tx, [event]))
    await page.getByText('Tracking number').waitFor({ timeout: 10_000 })
    assert.deepEqual(complaints, [])
    await page.close()
  })

  test('it fits a narrow screen, and reads without JavaScript', async () => {
    const { order } = await paidOrder()
    await ship(order)
    const context = await browser.newContext({
      javaScriptEnabled: false,
      viewport: { width: 320, height: 640 },
    })
    const page = await context.newPage()
    await page.goto(urlOf(order.id))
    await page.locator('noscript a').waitFor()
    const box = await page.locator('body').boundingBox()
    const widest = await page.locator('table').boundingBox()
    assert(box!.width <= 320 && widest!.x + widest!.width <= 320, 'it must not scroll sideways')
    const folder = process.env['ONHAND_SCREENSHOTS']
    if (folder) {
      await page.screenshot({ path: `${folder}/order-320.png`, fullPage: true })
      await page.setViewportSize({ width: 1200, height: 800 })
      await page.screenshot({ path: `${folder}/order-1200.png`, fullPage: true })
    }
    await context.close()
  })
})
