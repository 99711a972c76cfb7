// Rows that break the promises about edited orders, one promise after the other.
import { aRefund } from './guilty-money.ts'
import { copyOf, type Planted, type Planting } from './plant.ts'

const edited = (order: string, canceled: string, amount: string, version = '9'): string =>
  copyOf('order_change', `order_id = '${canceled}'`, {
    order_id: `'${order}'`,
    version,
    kind: `'edit'`,
    amount,
  })

export const ofEdits = ({ order, canceled }: Planting): Readonly<Record<string, Planted>> => ({
  'an edit that adds what no line has': {
    promise: 'an edit adds and takes off what its lines say',
    also: ['the states in lists are what the rows behind them say'],
    rows: [edited(order, canceled, '-1')],
  },
  'money given back for nothing, of an order that was to cost more for a while': {
    promise: 'no more is given back than was taken off',
    also: ['an edit adds and takes off what its lines say'],
    rows: [
      edited(order, canceled, '-2000'),
      edited(order, canceled, '2000', '10'),
      aRefund({ order, canceled }),
    ],
  },
  'money given back for nothing, of an order that costs more than is paid': {
    promise: 'no more is given back than was taken off',
    also: [
      'an edit adds and takes off what its lines say',
      'the states in lists are what the rows behind them say',
    ],
    rows: [edited(order, canceled, '-2000'), aRefund({ order, canceled })],
  },
  'money beyond what an edit has left with the shop': {
    promise: 'money beyond what is owed is on its way back',
    also: [
      'an edit adds and takes off what its lines say',
      'the documents of a placed order say what was paid',
    ],
    rows: [
      edited(order, canceled, '2'),
      `update orders set settle_later = true where id = '${order}'`,
      `insert into kept_refund (order_id, amount) values ('${order}', 1)`,
    ],
  },
  'more units off a line than it had': {
    promise: 'what is off a line is within the line',
    rows: [
      `update order_change_line set quantity = quantity + 5 from order_change
       where order_change.id = change_id and order_id = '${canceled}'
         and order_line_id is not null`,
    ],
  },
  'money that is kept of a buyer whose order nobody has edited': {
    promise: 'what is kept of a buyer is kept for an edit',
    rows: [`update orders set settle_later = true where id = '${order}'`],
  },
  'money that should have gone back an hour ago': {
    promise: 'what an edit has left too much goes back when it is due',
    also: ['what is kept of a buyer is kept for an edit'],
    rows: [
      `update orders set settle_later = true where id = '${order}'`,
      `insert into kept_refund (order_id, due_at) values ('${order}', now() - interval '1 hour')`,
    ],
  },
  'money that is to go back, and that nobody has kept': {
    promise: 'what an edit has left too much goes back when it is due',
    rows: [
      `insert into kept_refund (order_id, due_at) values ('${order}', now() + interval '1 hour')`,
    ],
  },
  'a document that goes on saying what was taken off': {
    promise: 'the documents of a placed order say what was paid',
    rows: [
      edited(order, canceled, '100'),
      `insert into order_change_line (change_id, order_line_id, quantity, amount, tax)
       select id, null, 1, 100, 0 from order_change where order_id = '${order}'`,
      `update orders set settle_later = true where id = '${order}'`,
    ],
  },
})
