// What the buyer sees of an order that was changed: the figures as they stand, what is paid and
// what is left to pay, and where to pay it; by the API, on the page and in mails.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { admin, ask, assertPromises, complete, fillCart, openWorld } from '#test/world.ts'
import { type Json, orderOf, untilOrder } from './steps.ts'

const world = await openWorld()

type Placed = { readonly id: string; readonly token: string; readonly total: number }
async function place(basket: readonly (readonly [string, number])[]): Promise<Placed> {
  const done = await complete(world, await fillCart(world, basket))
  assert.equal(done.status, 201, JSON.stringify(done.body))
  const { order, token, money } = done.body
  assert.equal(money, null, 'of a whole order the total says it')
  await untilOrder(world, order.id, 'the invoice', ({ invoices }) => invoices.length > 0)
  return { id: order.id, total: order.total, token }
}
const seen = async ({ id, token }: Placed): Promise<Json> => {
  const { status, body } = await ask(world, 'GET', `/store/orders/${id}`, { order_token: token })
  assert.equal(status, 200, JSON.stringify(body))
  return body
}
const pageOf = async ({ token }: Placed): Promise<string> =>
  (await fetch(`${world.url}/o/${token}`)).text()
const euros = (amount: number): string => `€${(amount / 100).toFixed(2)}`
/** The rows of the page's table, each as its words. */
const rowsOf = (page: string): string[] =>
  [...page.matchAll(/<tr[^>]*>(.*?)<\/tr>/gs)].map(([, row]) =>
    row!
      .replace(/<[^>]*>/g, ' ')
      .replace(/\s+/g, ' ')
      .trim(),
  )
async function edit({ id }: Placed, more: object): Promise<Json> {
  const { version } = await orderOf(world, id)
  const asked = { version, settle: 'now', ...more }
  const { status, body } = await admin(world, 'POST', `/admin/orders/${id}/edits`, asked)
  assert.equal(status, 200, JSON.stringify(body))
  return body
}

/** The figures add up, agree with what staff see, and stand on the page. */
async function assertAddsUp(placed: Placed): Promise<Json> {
  const staff = await untilOrder(world, placed.id, 'no money on its way', ({ refunds }) =>
    refunds.every(({ state }: Json) => state === 'succeeded'),
  )
  const order = await seen(placed)
  const { money } = order
  const { refund_due_at: _, ...told } = staff.money
  assert.deepEqual(money, told)
  assert.equal(order.pay_url, staff.pay_url)
  assert.equal(
    money.total,
    money.subtotal - money.discount_total + money.shipping_total,
    'prices here contain their taxes',
  )
  assert.equal(money.total, money.due)
  assert.equal(order.total, placed.total, 'the total of placement stays')
  const goods = order.lines.filter(({ kind }: Json) => kind === 'item')
  const sum = (field: string) => goods.reduce((all: number, { now }: Json) => all + now[field], 0)
  assert.deepEqual([sum('subtotal'), sum('discount')], [money.subtotal, money.discount_total])
  const rows = rowsOf(await pageOf(placed))
  for (const row of [`Subtotal ${euros(money.subtotal)}`, `Total ${euros(money.total)}`]) {
    assert(rows.includes(row), `no ${row} in ${rows}`)
  }
  const taxes = rows.filter((row) => row.startsWith('Includes '))
  const taxed = taxes.reduce((all, row) => all + Number(row.split('€')[1]), 0)
  assert.equal(Math.round(taxed * 100), money.tax_total)
  return order
}

test('goods that an edit adds: the figures of now, what is left to pay, and where', async () => {
  const placed = await place([['MUG-BLUE', 2]])
  const before = await assertAddsUp(placed)
  assert.deepEqual([before.money.to_collect, before.pay_url], [0, null])
  assert.match(await pageOf(placed), /Paid<span\s+class="quiet"> – done/)

  const added = [{ variant_id: world.variants.get('TEA-EARL-GREY'), quantity: 1 }]
  const edited = await edit(placed, { add: added })
  const { money, pay_url } = await assertAddsUp(placed)
  const { total } = placed
  const price = money.total - total
  assert(price > 0 && pay_url !== null)
  assert.deepEqual([money.paid, money.to_collect, pay_url], [total, price, edited.pay_url])
  const page = await pageOf(placed)
  assert.match(page, /Paid<span\s+class="quiet"> – not yet/)
  assert(page.includes(`href="${pay_url}"`), page)
  const rows = rowsOf(page)
  assert(rows.includes(`Paid ${euros(total)}`) && rows.includes(`Still to pay ${euros(price)}`))

  const payment = { provider: 'stripe', token: 'pm_card_visa' }
  const paid = await ask(world, 'POST', `/store/orders/${placed.id}/payments`, {
    order_token: placed.token,
    body: { expected_total: price, payment },
  })
  assert.equal(paid.status, 201, JSON.stringify(paid.body))
  const { money: after } = paid.body
  assert.deepEqual([after.total, after.paid, after.to_collect], [total + price, total + price, 0])
  assert.equal((await assertAddsUp(placed)).pay_url, null)
  assert.doesNotMatch(await pageOf(placed), /Still to pay|– not yet<\/span><\/li>\s*<li.*Paid/)

  const receipts = async (): Promise<Json> => {
    const { body } = await admin(world, 'GET', `/admin/messages?order_id=${placed.id}&kind=receipt`)
    return body.items
  }
  await untilOrder(world, placed.id, 'both invoices', ({ invoices }) => invoices.length === 2)
  assert((await receipts()).length >= 1)
  const preview = await admin(world, 'POST', '/admin/message-templates/receipt/en/preview', {
    order_id: placed.id,
  })
  assert.equal(preview.status, 200, JSON.stringify(preview.body))
  assert(preview.body.text.includes(`Total: ${euros(total + price)}`), preview.body.text)
  await assertPromises(world)
})

test('what is canceled, sent otherwise or priced anew is off the figures', async () => {
  const placed = await place([
    ['MUG-BLUE', 3],
    ['TEA-EARL-GREY', 2],
  ])
  const [mugs, tea] = (await seen(placed)).lines
  const cancel = await admin(world, 'POST', `/admin/orders/${placed.id}/cancel`, {
    lines: [{ line_id: mugs.id, quantity: 1 }],
  })
  assert.equal(cancel.status, 200, JSON.stringify(cancel.body))
  const less = await assertAddsUp(placed)
  assert.equal(less.money.total, placed.total - mugs.unit_price)
  assert.deepEqual([less.lines[0].quantity, less.lines[0].now.quantity], [3, 2])
  const rows = rowsOf(await pageOf(placed))
  const kept = `MUG-BLUE MUG-BLUE 1 canceled 2 ${euros(2 * mugs.unit_price)}`
  assert(rows.includes(kept), String(rows))

  const options = (await world.db.query('select id, name from shipping_option order by code')).rows
  const express = options.find(({ name }) => name !== less.shipping_name)!
  await edit(placed, { shipping: { option_id: express.id } })
  const sent = await assertAddsUp(placed)
  assert.notEqual(sent.money.shipping_total, sent.shipping_total)
  const shown = rowsOf(await pageOf(placed))
  assert(shown.includes(`${express.name} ${euros(sent.money.shipping_total)}`), String(shown))

  const reason = 'a scratch'
  await edit(placed, { lines: [{ line_id: tea.id, unit_price: 100, reason }] })
  const cheap = await assertAddsUp(placed)
  assert.equal(cheap.lines.find(({ id }: Json) => id === tea.id).now.total, 0)
  const teas = rowsOf(await pageOf(placed)).filter((row) => row.startsWith('TEA-EARL-GREY'))
  assert.deepEqual(teas, ['TEA-EARL-GREY TEA-EARL-GREY 2 €2.00'])

  const gone = await admin(world, 'POST', `/admin/orders/${placed.id}/cancel`, {})
  assert.equal(gone.status, 200, JSON.stringify(gone.body))
  const { money } = await assertAddsUp(placed)
  assert.deepEqual([money.total, money.shipping_total, money.to_collect], [0, 0, 0])
  await assertPromises(world)
})
