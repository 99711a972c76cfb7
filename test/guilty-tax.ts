// Rows that break the promises about taxes, one promise after the other.
import type { Planted, Planting } from './plant.ts'

const components = 'the tax of a line and of shipping is the sum of its components'
const nothing_due = 'an order that owes no tax carries none, and says why'
const journal = 'the journal owes the state the tax of each placed order'

const facts = (treatment: string, more = ''): string =>
  `'{"treatment": "${treatment}", "tax_id": null, "exemption": null, "notes": []${more}}'`

export const ofTax = ({ order }: Planting): Readonly<Record<string, Planted>> => ({
  'a component that is more than the tax of its line': {
    promise: components,
    rows: [
      `update order_line set taxes = jsonb_set(taxes, '{0,amount}', '1')
       where order_id = '${order}'`,
    ],
  },
  'a component of shipping that nobody was charged': {
    promise: components,
    rows: [
      `update orders set shipping_taxes =
         shipping_taxes || '[{"component": "City", "rate_ppm": 10000, "amount": 1}]'
       where id = '${order}'`,
    ],
  },
  'a reverse charge with tax, without number and note': {
    promise: nothing_due,
    rows: [`update orders set tax_facts = ${facts('reverse_charge')} where id = '${order}'`],
  },
  'an exempt order with tax': {
    promise: nothing_due,
    rows: [
      `update orders set tax_facts = ${facts('exempt', ', "exemption": {"number": "1"}')}
       where id = '${order}'`,
    ],
  },
  'tax in the journal that nobody charged': {
    promise: journal,
    rows: [
      'alter table journal_entry drop constraint debits_equal_credits',
      `update journal_entry set
         amounts = array_replace(amounts,
           (select amount from journal_line where order_id = '${order}' and kind = 'sale'
             and account = 'tax_payable'),
           (select amount - 1 from journal_line where order_id = '${order}' and kind = 'sale'
             and account = 'tax_payable'))
       where order_id = '${order}' and kind = 'sale'`,
    ],
    also: ['debits are credits in every journal entry'],
  },
})
