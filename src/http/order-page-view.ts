// The order page as HTML, from rows. Plain words and lists that read well without styles.

import type { InvoiceRow } from '#src/invoices/invoice-views.sql.ts'
import { formatDay, formatMoment, formatMoney, readLocale, webAddress } from '#src/lib/format.ts'
import { type Html, html, trustedHtml } from '#src/lib/html.ts'
import type { OrderFacts, ScanFacts, ShipmentFacts } from '#src/messages/messages.sql.ts'
import { composeOrder } from '#src/messages/order-facts.ts'
import type { Balance } from '#src/payments/balance.ts'
import { page_script, page_style } from './order-page-assets.ts'

export type OrderPage = {
  /** As it stands now. */
  readonly order: OrderFacts
  readonly balance: Balance
  /** Where what is left to pay is paid; null when nothing is. */
  readonly pay_url: string | null
  readonly shipments: readonly ShipmentFacts[]
  readonly scans: readonly ScanFacts[]
  readonly invoices: readonly InvoiceRow[]
  readonly downloads: readonly DownloadFacts[]
  readonly token: string
}
export type DownloadFacts = {
  readonly name: string
  /** Null when it cannot be downloaded any more. */
  readonly path: string | null
  /** How often it may still be downloaded; null is without end. */
  readonly left: number | null
  readonly expires_at: Date | null
}

type Step = { readonly name: string; readonly done: boolean }

const paid_states = ['captured', 'partially_captured', 'partially_refunded', 'refunded']

export function stepsOf(order: OrderFacts, to_collect: bigint): Step[] {
  const { fulfillment_state: parcel } = order
  const shipped = ['shipped', 'delivered', 'returned'].includes(parcel)
  return [
    { name: 'Ordered', done: order.number !== null },
    { name: 'Paid', done: paid_states.includes(order.payment_state) && to_collect === 0n },
    ...(parcel === 'not_needed'
      ? []
      : [
          { name: 'Shipped', done: shipped },
          { name: 'Delivered', done: ['delivered', 'returned'].includes(parcel) },
        ]),
  ]
}

/** One sentence about where the order stands. States that this page does not know say nothing. */
export function statusOf(order: OrderFacts): string {
  if (order.state === 'canceled' || order.state === 'superseded') {
    return order.payment_state === 'refunded'
      ? 'This order was canceled and your payment was refunded.'
      : 'This order was canceled.'
  }
  if (order.payment_state === 'refunded') return 'Your payment was refunded.'
  if (order.state === 'pending') return 'We are waiting for your payment.'
  switch (order.fulfillment_state) {
    case 'unfulfilled':
      return 'We are getting your order ready.'
    case 'partially_shipped':
      return 'A part of your order is on its way.'
    case 'shipped':
      return 'Your order is on its way.'
    case 'delivered':
      return 'Your order was delivered.'
    case 'returned':
      return 'Your order came back to us.'
    default:
      return ''
  }
}

function stepList({ order, balance }: OrderPage): Html | null {
  if (order.state === 'canceled' || order.state === 'superseded') return null
  const steps = stepsOf(order, balance.to_collect)
  const last = steps.findLastIndex(({ done }) => done)
  return html`<ol class="steps" aria-label="Progress">
    ${steps.map(
      ({ name, done }, i) => html`<li class="${done ? 'done' : 'open'}"
          ${i === last && trustedHtml('aria-current="step"')}>${name}<span
          class="quiet">${done ? ' – done' : ' – not yet'}</span></li>`,
    )}
  </ol>`
}

const parcel_words: Readonly<Record<string, string>> = {
  waiting: 'Being prepared',
  labeled: 'Ready for the carrier',
  shipped: 'On its way',
  delivered: 'Delivered',
  returning: 'On its way back to us',
  returned: 'Came back to us',
}

function parcel(page: OrderPage, shipment: ShipmentFacts, i: number): Html {
  const { order, scans, shipments } = page
  const locale = readLocale(order.locale)
  const link = webAddress(shipment.tracking_url)
  const seen = scans.filter(({ shipment_id }) => shipment_id === shipment.id)
  const name = shipments.length > 1 ? `Parcel ${i + 1} of ${shipments.length}` : 'Your parcel'
  const code = shipment.tracking_code
  return html`<section class="card" aria-labelledby="parcel-${i}">
    <h2 id="parcel-${i}">${name}</h2>
    <p><strong>${parcel_words[shipment.state] ?? 'On its way'}</strong>
      ${shipment.carrier && html` with ${shipment.carrier}`}
      ${shipment.carrier && shipment.service && html` ${shipment.service}`}</p>
    ${
      code &&
      html`<p>Tracking number: ${
        link ? html`<a href="${link}" rel="noreferrer noopener">${code}</a>` : code
      }</p>`
    }
    <ul>${shipment.lines.map(({ title, quantity }) => html`<li>${quantity} × ${title}</li>`)}</ul>
    ${
      seen.length > 0 &&
      html`<h3>What the carrier reports</h3>
    <ol class="scans">${seen.map(
      ({ at, detail, place, status }) => html`<li>
        <time datetime="${at.toISOString()}">${formatMoment(at, locale, order.time_zone)}</time>
        <span>${detail || status}${place && html`, ${place}`}</span></li>`,
    )}</ol>`
    }
  </section>`
}

const moneyOf = ({ currency, locale }: OrderFacts, amount: bigint): string =>
  formatMoney(amount, currency, readLocale(locale))

function payLink({ order, balance, pay_url }: OrderPage): Html | null {
  if (pay_url === null) return null
  const amount = moneyOf(order, balance.to_collect)
  return html`<p>Your order was changed, and ${amount} of it is still to be paid.
    <a href="${pay_url}" rel="noreferrer noopener">Pay ${amount}</a></p>`
}

type Words = ReturnType<typeof composeOrder>

function lineTable({ order, balance: { to_collect } }: OrderPage, facts: Words): Html {
  const row = (name: string, amount: string, kind: string) =>
    html`<tr class="${kind}"><th scope="row" colspan="2">${name}</th><td>${amount}</td></tr>`
  return html`<table>
    <caption class="quiet">What you have ordered</caption>
    <thead><tr><th scope="col">Item</th><th scope="col" class="count">Quantity</th>
      <th scope="col" class="amount">Price</th></tr></thead>
    <tbody>${facts.lines.map(
      ({ title, sku, quantity, amount }, i) => html`<tr><td class="title">${title}
        <span class="muted">${sku}</span>
        ${order.lines[i]!.canceled > 0 && html`${order.lines[i]!.canceled} canceled`}
        </td>
        <td class="count">${quantity}</td><td class="amount">${amount}</td></tr>`,
    )}</tbody>
    <tfoot>
      ${row('Subtotal', facts.subtotal, '')}
      ${facts.has_discount && row('Discount', `−${facts.discount}`, '')}
      ${facts.has_shipping && row(facts.shipping_name, facts.shipping, '')}
      ${facts.taxes.map(({ name, rate, amount, included }) =>
        row(`${included ? 'Includes ' : ''}${name} ${rate}`, amount, 'muted'),
      )}
      ${row('Total', facts.total, 'total')}
      ${order.captured > 0n && row('Paid', moneyOf(order, order.captured), '')}
      ${order.refunded > 0n && row('Refunded', `−${moneyOf(order, order.refunded)}`, '')}
      ${to_collect > 0n && row('Still to pay', moneyOf(order, to_collect), 'total')}
    </tfoot>
  </table>`
}

function documents({ order, invoices, token }: OrderPage): Html | null {
  if (invoices.length === 0) return null
  const locale = readLocale(order.locale)
  return html`<section class="card" aria-labelledby="documents"><h2 id="documents">Documents</h2>
    <ul>${invoices.map(({ id, kind, number, total, currency, issued_on }) => {
      const name = kind === 'invoice' ? 'Invoice' : 'Credit note'
      const day = formatDay(new Date(`${issued_on}T00:00:00Z`), locale, 'UTC')
      const path = `/store/orders/${order.id}/invoices/${id}/pdf?token=${encodeURIComponent(token)}`
      return html`<li><a href="${path}">${name} ${number} (PDF)</a>, ${day},
        ${formatMoney(total, currency, locale)}</li>`
    })}</ul></section>`
}

function downloadList({ order, downloads }: OrderPage): Html | null {
  if (downloads.length === 0) return null
  const locale = readLocale(order.locale)
  return html`<section class="card" aria-labelledby="downloads"><h2 id="downloads">Downloads</h2>
    <ul>${downloads.map(({ name, path, left, expires_at }) => {
      if (path === null) return html`<li>${name}: not available any more</li>`
      const until = expires_at && formatMoment(expires_at, locale, order.time_zone)
      return html`<li><a href="${path}">${name}</a>${left !== null && html`, ${left} more times`}
        ${until && html`, until ${until}`}</li>`
    })}</ul></section>`
}

const page = (title: string, attributes: Html, body: Html): string =>
  html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex, nofollow">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
<style>${trustedHtml(page_style)}</style>
</head>
<body ${attributes}>
${body}
</body>
</html>
`.text

export function orderPage(given: OrderPage): string {
  const { order, token, shipments } = given
  const facts = composeOrder(order, '')
  const title = order.number ? `Order ${order.number}` : 'Your order'
  const events = `/store/orders/${order.id}/events?token=${encodeURIComponent(token)}`
  const body = html`<header><p>${order.channel_name}</p></header>
<main>
  <h1>${title}</h1>
  <p class="muted">Placed on ${facts.placed_on}</p>
  <p class="status" id="status" role="status">${statusOf(order)}</p>
  <div id="order">
  ${payLink(given)}
  ${stepList(given)}
  ${shipments.map((shipment, i) => parcel(given, shipment, i))}
  <section class="card" aria-label="Items and prices">${lineTable(given, facts)}</section>
  ${
    facts.shipping_address.length > 0 &&
    html`<section class="card" aria-labelledby="address"><h2 id="address">Delivery address</h2>
    <address>${facts.shipping_address.map((row) => html`${row}<br>`)}</address></section>`
  }
  ${downloadList(given)}
  ${documents(given)}
  </div>
</main>
<footer>
  <noscript><p><a href="">Load this page again</a> to see what is new.</p></noscript>
  <p>Questions? Write to <a href="mailto:${order.reply_to}">${order.reply_to}</a> and name the
    order number. Whoever has the link to this page can read it: please do not pass it on.</p>
</footer>
<script>${trustedHtml(page_script)}</script>`
  return page(`${title} – ${order.channel_name}`, html`data-events="${events}"`, body)
}

export const noOrderPage = (): string =>
  page(
    'Order not found',
    html``,
    html`<main><h1>This link does not open an order</h1>
<p>It may have been cut off when it was copied, or it is not valid any more. Please open the link
in our latest message again.</p></main>`,
  )
