// Rows that break the promises of the shop, one promise after the other.
import { copyOf } from './plant.ts'

export type Planted = {
  readonly promise: string
  /** Promises that the same rows break as well. */
  readonly also?: readonly string[]
  /** It is found by night only. */
  readonly waits?: boolean
  readonly rows: readonly string[]
}
/** `other` has used the coupon WELCOME10; all but `canceled` are placed and paid. */
export type Planting = {
  readonly order: string
  readonly canceled: string
  readonly other: string
}

const level = `(stock_item_id, location_id) = (
  select stock_item_id, location_id from stock_level join stock_item on stock_item.id = stock_item_id
  where sku = 'LAMP-DESK' and on_hand > 0 limit 1)`
const made_up = `'0199aaaa-0000-7000-8000-000000000001'`

const ledger = 'on hand is the sum of the stock ledger'
const held = 'held is what open orders hold'
const lines_hold = 'each order line holds what was ordered and not canceled'
const coupons = 'coupons are used within their limit, and counted right'
const states = 'the states in lists are what the rows behind them say'
const journal_transfers = 'every capture and refund is in the journal once'
const attempts = 'attempts say what their captures and refunds say'
const owed = 'money beyond what is owed is on its way back'
const asked_back = 'refunds asked for are within what was captured'
const one_place = 'goods go into one parcel'
const one_parcel = 'a parcel has one label and one pick task'
const label_once = 'a label is paid for once'
const document = 'a document stands for one payment'
const message = 'a message is sent once per cause'
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

const ofMoney = ({ order, canceled, other }: Planting): Readonly<Record<string, Planted>> => ({
  'two orders of one cart': {
    promise: 'a cart has one order',
    rows: [
      'drop index order_of_cart',
      `update orders set cart_id = (select cart_id from orders where id = '${order}')
       where id = '${other}'`,
    ],
  },
  'two orders paid by one payment': {
    promise: 'a payment belongs to one order',
    rows: [
      'drop index payment_attempt_reference',
      `update payment_attempt set reference = (
         select reference from payment_attempt where order_id = '${order}')
       where order_id = '${other}'`,
    ],
  },
  'more captured than authorized': {
    promise: 'captured is within authorized, refunded within captured',
    rows: [
      'alter table payment_attempt drop constraint captured_within_authorized',
      `update payment_attempt set authorized = captured - 1 where order_id = '${order}'`,
    ],
  },
  'a capture that never came to its end': {
    promise: attempts,
    rows: [`update capture set state = 'pending' where order_id = '${order}'`],
  },
  'a refund beyond what was captured': {
    promise: asked_back,
    rows: [
      copyOf('refund', `order_id = '${canceled}'`, {
        cause_id: 'uuidv7()',
        reference: 'null',
        state: `'requested'`,
      }),
    ],
  },
  'a journal entry that does not balance': {
    promise: 'debits are credits in every journal entry',
    rows: [
      'alter table journal_entry drop constraint debits_equal_credits',
      `update journal_entry set amounts[1] = amounts[1] + 1
       where order_id = '${order}' and kind = 'sale'`,
    ],
  },
  'money on an account that is not in the chart': {
    promise: 'journal lines name accounts of the chart',
    rows: [
      `update journal_entry set accounts[1] = 'pocket'
       where order_id = '${order}' and kind = 'sale'`,
    ],
  },
  'a capture that is not in the books': {
    promise: journal_transfers,
    rows: [`delete from journal_entry where order_id = '${order}' and kind = 'capture'`],
  },
  'a refund that is in the books twice': {
    promise: journal_transfers,
    rows: [copyOf('journal_entry', `order_id = '${canceled}' and kind = 'refund'`)],
  },
  'a sale that is not in the books': {
    promise: 'every placed order is in the journal once',
    rows: [`delete from journal_entry where order_id = '${order}' and kind = 'sale'`],
  },
  'a sale that is in the books twice': {
    promise: 'every placed order is in the journal once',
    rows: [copyOf('journal_entry', `order_id = '${order}' and kind = 'sale'`)],
  },
  'a line that costs more than its order says': {
    promise: 'the total of an order is the sum of its parts',
    rows: [`update order_line set total = total + 1 where order_id = '${order}'`],
  },
  'tax that no line has': {
    promise: 'the total of an order is the sum of its parts',
    rows: [
      'alter table orders drop constraint total_adds_up',
      `update orders set tax_total = tax_total + 1 where id = '${order}'`,
    ],
  },
  'a buyer who was asked for more': {
    promise: 'what was asked of the provider is what the buyer agreed to',
    rows: [`update payment_attempt set amount = amount + 1 where order_id = '${order}'`],
  },
  'an order that nobody paid': {
    promise: 'a placed order is paid for, once',
    rows: [`update payment_attempt set state = 'declined' where order_id = '${order}'`],
  },
  'money that was canceled and is kept': {
    promise: owed,
    rows: [
      copyOf('order_change', `order_id = '${canceled}'`, {
        order_id: `'${order}'`,
        version: '9',
        amount: '1',
      }),
    ],
  },
  'a coupon that counts a use nobody made': {
    promise: coupons,
    rows: [`update coupon set used = used + 1 where code = 'WELCOME10'`],
  },
  'a coupon beyond its limit': {
    promise: coupons,
    rows: [
      'alter table coupon drop constraint coupon_limit',
      `update coupon set usage_limit = used - 1 where code = 'WELCOME10'`,
    ],
  },
  'a canceled order that keeps its coupon': {
    promise: 'an order that came to nothing uses no coupon',
    also: [coupons],
    rows: [
      `insert into coupon_use (coupon_id, order_id)
       select coupon_id, '${canceled}' from coupon_use where order_id = '${other}'`,
    ],
  },
})

const ofEffects = ({ order }: Planting): Readonly<Record<string, Planted>> => ({
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
    promise: 'captured money of an order has its invoice promised',
    rows: [`delete from effect where order_id = '${order}' and kind = 'invoice'`],
  },
  'an invoice that has vanished': {
    promise: numbers,
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

const ofOnce = ({ order, canceled }: Planting): Readonly<Record<string, Planted>> => {
  const ours = `order_id = '${order}'`
  const parcel = `(select id from shipment where ${ours})`
  return {
    'a second payment that is kept': {
      promise: 'an order is charged once',
      also: [attempts, owed],
      rows: [copyOf('payment_attempt', ours, { reference: `'another'` })],
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
      also: [numbers],
      rows: [
        'alter table invoice drop constraint invoice_kind_cause_id_key',
        copyOf('invoice', ours, { number: `'X'`, sequence: '9' }),
      ],
    },
    'an invoice of another amount': {
      promise: document,
      rows: [`update invoice set total = total + 1 where ${ours}`],
    },
    'a credit note for nothing': {
      promise: document,
      also: [numbers],
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

export const guiltyRows = (planting: Planting): Readonly<Record<string, Planted>> => ({
  ...ofGoods(planting),
  ...ofMoney(planting),
  ...ofEffects(planting),
  ...ofOnce(planting),
})
