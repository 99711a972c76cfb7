// Rows that break the promises of the shop, one promise after the other.
import { ofCustomers } from './guilty-customers.ts'
import { ofEdits } from './guilty-edits.ts'
import { aRefund, healedOf, ofMoney } from './guilty-money.ts'
import { ofTax } from './guilty-tax.ts'
import { copyOf, type Planted, type Planting } from './plant.ts'

const level = `(stock_item_id, location_id) = (
  select stock_item_id, location_id
  from stock_level join stock_item on stock_item.id = stock_item_id
  where sku = 'LAMP-DESK' and on_hand > 0 limit 1)`
const made_up = `'0199aaaa-0000-7000-8000-000000000001'`

const ledger = 'on hand is the sum of the stock ledger'
const held = 'held is what open orders and carts hold'
const lines_hold = 'each order line holds what was ordered and not canceled'
const invoiced = 'captured money of an order has its invoice promised'
const states = 'the states in lists are what the rows behind them say'
const postage_back = 'the postage of a label that was given back is taken back once'
const journal_transfers = 'every capture and refund is in the journal once'
const attempts = 'attempts say what their captures and refunds say'
const documented = 'the documents of a placed order say what was paid'
const owed = 'money beyond what is owed is on its way back'
const asked_back = 'refunds asked for are within what was captured'
const one_place = 'goods go into one parcel'
const one_parcel = 'a parcel has one label and one pick task'
const label_once = 'a label is paid for once'
const document = 'a document stands for one payment'
const message = 'a message is sent once per cause'
const files = 'files are granted once per paid unit'
const numbers = 'legal numbers have no gaps'
const back_once = 'money goes back once per cause'

const ofGoods = ({ order, canceled }: Planting): Readonly<Record<string, Planted>> => ({
  'units that nobody moved': {
    promise: ledger,
    rows: [`update stock_level set on_hand = on_hand + 1 where ${level}`],
  },
  'a movement of goods that are nowhere': {
    promise: ledger,
    rows: [copyOf('stock_movement', 'true', { location_id: 'uuidv7()' })],
  },
  'units held for nobody': {
    promise: held,
    rows: [`update stock_level set held = held + 1 where ${level}`],
  },
  'units that carts hold, and no cart': {
    promise: held,
    rows: [`update stock_level set held = held + 1, cart_held = cart_held + 1 where ${level}`],
  },
  'a hold that is counted nowhere': {
    promise: held,
    also: [lines_hold],
    rows: [
      copyOf('hold', `order_id = '${order}'`, {
        location_id: 'uuidv7()',
        order_line_id: 'uuidv7()',
      }),
    ],
  },
  'more units held than there are': {
    promise: 'nothing is sold that is not there',
    also: [held],
    rows: [
      'alter table stock_level drop constraint never_oversold',
      `update stock_level set held = on_hand + 1 where ${level}`,
    ],
  },
  'a shortfall that nobody was told of': {
    promise: 'a shortfall stands in the exception inbox',
    rows: [`update stock_level set shortfall = 1 where ${level}`],
  },
  'a line that holds too little': {
    promise: lines_hold,
    also: [one_place, held],
    rows: [`update hold set released = 1 where order_id = '${order}'`],
  },
  'a line that holds what is no part of it': {
    promise: lines_hold,
    also: [one_place, held],
    rows: [`update hold set stock_item_id = uuidv7() where order_id = '${order}'`],
  },
  'a canceled order that keeps its goods': {
    promise: 'a canceled order holds nothing',
    also: [held],
    rows: [`update hold set released = 0 where order_id = '${canceled}'`],
  },
})

const ofEffects = ({ order, canceled }: Planting): Readonly<Record<string, Planted>> => ({
  'an effect that is late, and nobody knows': {
    promise: 'what must follow has followed in time, or stands in the inbox',
    rows: [
      `update effect set state = 'waiting', due_at = now() - interval '1 hour'
       where cause_id = '${order}' and kind = 'fulfill'`,
    ],
  },
  'an order that is never confirmed': {
    promise: 'a placed order has its effects',
    rows: [`delete from effect where cause_id = '${order}' and kind = 'message_confirmation'`],
  },
  'money without an invoice': {
    promise: invoiced,
    rows: [`delete from effect where order_id = '${order}' and kind = 'invoice'`],
  },
  'money without an invoice, of which one cent went back': {
    promise: invoiced,
    rows: [
      `delete from effect where order_id = '${order}' and kind = 'invoice'`,
      aRefund({ order, canceled }, { takes_off: '1' }),
    ],
  },
  'money without an invoice, which its bank did not take back': {
    promise: invoiced,
    rows: [
      `delete from effect where order_id = '${order}' and kind = 'invoice'`,
      aRefund(
        { order, canceled },
        {
          amount: `(select captured from payment_attempt where order_id = '${order}')`,
          state: `'failed'`,
        },
      ),
    ],
  },
  'an invoice that has vanished': {
    promise: numbers,
    also: [documented],
    rows: [`delete from invoice where order_id = '${order}'`],
  },
  'an order number that nobody has': {
    promise: numbers,
    rows: [`update number_series set last_number = last_number + 1 where kind = 'order'`],
  },
  'a state that the rows do not say': {
    promise: states,
    rows: [`update orders set fulfillment_state = 'delivered' where id = '${order}'`],
  },
  'a payment state that the rows do not say': {
    promise: states,
    rows: [`update orders set payment_state = 'refunded' where id = '${order}'`],
  },
})

/** A right to a file for a unit of the order's line, or of another line. */
const granted = (order: string, unit: number, line = 'id', per_unit = 1): string =>
  `insert into entitlement (id, order_id, order_line_id, unit, per_unit, file_id, granted_at)
   select uuidv7(), order_id, ${line}, ${unit}, ${per_unit}, ${made_up}, now()
   from order_line where order_id = '${order}'`

const ofOnce = ({ order, canceled }: Planting): Readonly<Record<string, Planted>> => {
  const ours = `order_id = '${order}'`
  const parcel = `(select id from shipment where ${ours})`
  return {
    'a second payment that is kept': {
      promise: 'an order is charged once',
      also: [attempts, owed],
      rows: [copyOf('payment_attempt', ours, { reference: `'another'` })],
    },
    'a second payment that is kept, of an order whose trouble is over': {
      promise: 'an order is charged once',
      also: [attempts, owed],
      rows: [
        copyOf('payment_attempt', ours, { reference: `'another'` }),
        healedOf(order)('payment_anomaly'),
      ],
    },
    'a capture beyond the payment': {
      promise: 'no more is asked of a payment than was agreed to',
      rows: [copyOf('capture', ours, { state: `'requested'` })],
    },
    'a refund that is asked for twice': {
      promise: back_once,
      also: [attempts, journal_transfers, asked_back],
      rows: [
        'alter table refund drop constraint refund_attempt_id_cause_id_key',
        copyOf('refund', `order_id = '${canceled}'`, { reference: 'null' }),
      ],
    },
    'a cancellation that gives back more than it took off': {
      promise: back_once,
      also: [document, attempts, asked_back],
      rows: [`update refund set amount = amount + 1 where order_id = '${canceled}'`],
    },
    'a second live label': {
      promise: one_parcel,
      also: [label_once],
      rows: [
        'drop index label_live',
        copyOf('label', `shipment_id = ${parcel}`, { state: `'voiding'` }),
      ],
    },
    'a label that was bought twice': {
      promise: label_once,
      // A label that does not live any more has no index by its parcel.
      waits: true,
      rows: [
        copyOf('label', `shipment_id = ${parcel}`, {
          state: "'voided'",
          reference: 'one.reference',
        }),
      ],
    },
    'a label that is not in the books': {
      promise: label_once,
      rows: [`delete from journal_entry where kind = 'postage' and ${ours}`],
    },
    'postage taken back of a label that is used': {
      promise: postage_back,
      rows: [copyOf('journal_entry', `kind = 'postage' and ${ours}`, { kind: `'postage_back'` })],
    },
    'a label given back whose postage is kept': {
      promise: postage_back,
      // As above: only labels that live have an index by their parcel.
      waits: true,
      rows: [`update label set state = 'voided' where shipment_id = ${parcel}`],
    },
    'a file for a unit that was not bought': {
      promise: files,
      rows: [1, 2, 3].map((unit) => granted(order, unit)),
    },
    'a file for one of two units': { promise: files, rows: [granted(order, 1)] },
    'a file for the first unit of a bundle, and none for the second': {
      promise: files,
      rows: [1, 2].map((unit) => granted(order, unit, 'id', 2)),
    },
    'a file for the first unit of a bundle, and for a part of the second': {
      promise: files,
      rows: [1, 2, 3].map((unit) => granted(order, unit, 'id', 2)),
    },
    'a file for a part of a bundle that was not bought': {
      promise: files,
      rows: [1, 2, 3, 4, 5].map((unit) => granted(order, unit, 'id', 2)),
    },
    'a file for a line of no order': { promise: files, rows: [granted(order, 1, 'uuidv7()')] },
    'a file twice for one unit': {
      promise: files,
      rows: [
        'alter table entitlement drop constraint one_entitlement_per_unit',
        ...[1, 2, 2].map((unit) => granted(order, unit)),
      ],
    },
    'a second pick task': {
      promise: one_parcel,
      rows: [
        'alter table pick_task drop constraint pick_task_shipment_id_key',
        copyOf('pick_task', `shipment_id = ${parcel}`),
      ],
    },
    'goods in two parcels': {
      promise: one_place,
      also: [one_parcel],
      rows: [
        copyOf('shipment', ours, { id: made_up }),
        `insert into shipment_line select ${made_up}, order_line_id, stock_item_id, quantity
         from shipment_line where shipment_id in (select id from shipment where ${ours})`,
      ],
    },
    'a second invoice of one payment': {
      promise: document,
      also: [numbers, documented],
      rows: [
        'alter table invoice drop constraint invoice_kind_cause_id_key',
        copyOf('invoice', ours, { number: `'X'`, sequence: '9' }),
      ],
    },
    'an invoice of another amount': {
      promise: document,
      also: [documented],
      rows: [`update invoice set total = total + 1 where ${ours}`],
    },
    'a credit note for nothing': {
      promise: document,
      also: [numbers, documented],
      rows: [
        copyOf('invoice', ours, {
          kind: `'credit_note'`,
          number: `'X'`,
          sequence: '9',
          cause_id: 'uuidv7()',
        }),
      ],
    },
    'a message for the second time': {
      promise: message,
      rows: [
        'alter table message drop constraint message_kind_cause_id_key',
        copyOf('message', `${ours} and kind = 'receipt'`),
      ],
    },
    'a second confirmation under another cause': {
      promise: message,
      rows: [copyOf('message', `${ours} and kind = 'confirmation'`, { cause_id: 'uuidv7()' })],
    },
  }
}

/** The coupon and the cancel of this shop were written by staff: they make a chain. */
const entry = (seq: number): string => `id = (select min(id) + ${seq - 1} from audit_entry)`
const chained = `do $$ declare link bytea := ''; entry audit_entry; n bigint := 0; begin
  for entry in select * from audit_entry order by id loop
    n := n + 1;
    link := sha256(link || convert_to(n::text, 'UTF8') || audit_digest(entry));
    update audit_entry set seq = n, hash = link where id = entry.id;
  end loop; end $$`
const whole = 'no entry of the audit was changed or taken out'

const ofAudit: Readonly<Record<string, Planted>> = {
  'an entry of the audit that says something else': {
    promise: whole,
    rows: [chained, `update audit_entry set actor = 'key:another' where ${entry(1)}`],
  },
  'an entry of the audit that is gone': {
    promise: whole,
    rows: [chained, `delete from audit_entry where ${entry(1)}`],
  },
}

export const guiltyRows = (planting: Planting): Readonly<Record<string, Planted>> => ({
  ...ofGoods(planting),
  ...ofMoney(planting),
  ...ofEffects(planting),
  ...ofOnce(planting),
  ...ofCustomers(planting),
  ...ofTax(planting),
  ...ofEdits(planting),
  ...ofAudit,
})
