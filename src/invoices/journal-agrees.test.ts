// What documents say about taxes is what the journal says, to the minor unit: units are canceled
// before and after the money was taken, in any portions and of any lines.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { InvoiceId, LegalEntityId, OrderId } from '#src/lib/ids.ts'
import { type Currency, split, sum } from '#src/lib/money.ts'
import { type Books, draftDocuments, soldItem, soldLines } from './draft-documents.ts'
import type { CanceledPart, EarlierPart, LineToInvoice, OrderToInvoice } from './invoices.sql.ts'
import { takenOff } from './shares.ts'

const order_id = 'order' as OrderId
const at = (moment: number) => new Date(Date.UTC(2026, 0, 1) + moment * 1_000)

const lineOf = (
  id: string,
  given: { quantity: number; unit: number; rates: readonly number[]; tax_included: boolean },
): LineToInvoice => {
  const { quantity, unit, rates, tax_included } = given
  const subtotal = BigInt(quantity * unit)
  const taxes = rates.map((rate_ppm, i) => {
    const amount = Math.round((quantity * unit * rate_ppm) / (tax_included ? 2e6 : 1e6))
    return { component: `T${i}`, rate_ppm, amount }
  })
  const tax = sum(taxes.map(({ amount }) => BigInt(amount)))
  return {
    ...{ id, order_id, sku: id, title: id, hs_code: null, per_units: 1, discount: 0n },
    ...{ kind: 'item' as const, added_at: null, added_version: null },
    ...{ quantity, unit_price: BigInt(unit), subtotal, tax, tax_included, taxes },
    total: subtotal + (tax_included ? 0n : tax),
  }
}

const orderOf = (lines: readonly LineToInvoice[], shipping: bigint): OrderToInvoice => ({
  ...{ id: order_id, number: 'X26-1', ordered_at: at(0), currency: 'EUR' as Currency },
  total: sum(lines.map(({ total }) => total)) + shipping,
  shipping_total: shipping,
  tax_included: sum(lines.filter((one) => one.tax_included).map(({ tax }) => tax)),
  ...{ shipping_name: 'Standard', tax_facts: null, shipping_taxes: [], shipping_address: null },
  ...{ billing_address: null, email: 'ada@example.com', seller_name: 'Seller' },
  ...{ legal_entity_id: 'entity' as LegalEntityId, seller_address: {}, seller_tax_ids: [] },
  ...{ time_zone: 'UTC', fiscal_year_starts_month: 1, number_prefix: 'X' },
})

type Pick = { readonly line: number; readonly units: number }

/** An order whose money is taken in parts, and from which units are taken before and after. */
function openBooks(lines: readonly LineToInvoice[], shipping: bigint) {
  const order = orderOf(lines, shipping)
  const earlier: EarlierPart[] = []
  const canceled: CanceledPart[] = []
  const units = new Map(lines.map(({ id }) => [id, 0]))
  let moment = 0

  function cancel({ line: n, units: wanted }: Pick) {
    const line = lines[n % lines.length]!
    const off = units.get(line.id)!
    // The last unit of an order takes the shipping along, which has no parts.
    const more = Math.min(wanted, line.quantity - off)
    if (more === 0) return null
    units.set(line.id, off + more)
    const { tax, total } = takenOff(soldItem(line), { canceled: off, units: more })
    canceled.push({
      order_id,
      order_line_id: line.id,
      amount: total,
      at: at(moment++),
      version: moment,
    })
    return {
      tax,
      total,
      allocation: { order_line_id: line.id, quantity: more, amount: total, tax },
    }
  }

  /** The tax on the document of a payment, or of money that goes back. */
  function issue(kind: 'invoice' | 'credit_note', amount: bigint, allocations: object[]): bigint {
    const cause = {
      ...{ id: `cause ${moment}`, order_id, state: 'succeeded' as const, amount, reason: '' },
      // As they are read from JSON.
      allocations: allocations.map((one) => ({ ...one, amount: Number(amount) })),
      ...{ provider: 'manual', reference: null, at: at(moment++) },
      ...{ change_version: null, is_surplus: false },
    }
    const books: Books = {
      ...{ kind, causes: [cause], orders: [order], lines, earlier, uninvoiced: [], to_correct: [] },
      canceled: kind === 'invoice' ? canceled : [],
    }
    const [drafted] = draftDocuments(books, [cause.id], at(moment))
    assert(
      drafted?.kind === 'drafted',
      JSON.stringify(drafted, (_, v) => String(v)),
    )
    for (const { order_line_id, total } of drafted.draft.lines) {
      const document = { invoice_id: cause.id as InvoiceId, number: '', issued_on: '' }
      earlier.push({
        order_id,
        kind,
        order_line_id,
        total,
        of_change: false,
        of_goodwill: false,
        ...document,
      })
    }
    assert.equal(sum(drafted.draft.lines.map(({ total }) => total)), amount)
    return sum(drafted.draft.lines.map(({ tax }) => tax))
  }
  const due = (): bigint => order.total - sum(canceled.map(({ amount }) => amount))
  const taxOfAll = sum(soldLines(order, lines).flatMap((one) => one.taxes.map((t) => t.amount)))
  return { cancel, issue, due, taxOfAll }
}

const rates = fc.array(fc.integer({ min: 1, max: 280_000 }), { maxLength: 3 })
const line = fc.record({
  quantity: fc.integer({ min: 1, max: 12 }),
  unit: fc.integer({ min: 13, max: 999 }),
  rates,
  tax_included: fc.boolean(),
})
const picks = fc.array(
  fc.record({ line: fc.nat({ max: 2 }), units: fc.integer({ min: 1, max: 4 }) }),
  { maxLength: 5 },
)

test('credit notes, and invoices of what is left, have the taxes of the journal', () => {
  let compared = 0
  const property = fc.property(
    fc.array(line, { minLength: 1, maxLength: 3 }),
    picks,
    fc.array(fc.bigInt({ min: 1n, max: 9n }), { minLength: 1, maxLength: 3 }),
    picks,
    (given, before, payments, after) => {
      const books = openBooks(
        given.map((one, i) => lineOf(`line ${i}`, one)),
        490n,
      )
      let booked = books.taxOfAll
      for (const pick of before) booked -= books.cancel(pick)?.tax ?? 0n
      let documented = 0n
      for (const amount of split(books.due(), payments)) {
        if (amount > 0n) documented += books.issue('invoice', amount, [])
      }
      assert.equal(documented, booked, 'invoices of what is left')
      for (const pick of after) {
        const off = books.cancel(pick)
        if (off === null || off.total === 0n) continue
        const credited = books.issue('credit_note', off.total, [off.allocation])
        assert.equal(credited, off.tax, 'a credit note')
        compared += 1
      }
    },
  )
  fc.assert(property, { numRuns: 1_000 })
  assert(compared > 500, `${compared} credit notes`)
})
