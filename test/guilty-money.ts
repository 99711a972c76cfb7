// Rows that break the promises about money, one promise after the other.
import { copyOf, type Planted, type Planting } from './plant.ts'

const coupons = 'coupons are used within their limit, and counted right'
const promotions = 'promotions stay within their limits and budgets, and are counted right'
const own_uses = 'an order holds the uses of the promotions that it names'
const discounts = 'the discounts of an order are those of its promotions'
const journal_transfers = 'every capture and refund is in the journal once'
const fee_once = 'the fee of a capture is in the journal once'
const attempts = 'attempts say what their captures and refunds say'
const owed = 'money beyond what is owed is on its way back'
const owed_tax = 'the journal owes the state the tax of each placed order'
const asked_back = 'refunds asked for are within what was captured'

type Orders = Pick<Planting, 'order' | 'canceled'>

/** A cancellation of one cent, which gives nothing back. */
const aCut = ({ order, canceled }: Orders): string =>
  copyOf('order_change', `order_id = '${canceled}'`, {
    order_id: `'${order}'`,
    version: '9',
    amount: '1',
  })
const of_cut = [
  'an edit adds and takes off what its lines say',
  'the documents of a placed order say what was paid',
]

/** A refund of one cent, which nothing has made necessary. */
export const aRefund = (
  { order, canceled }: Orders,
  changed: Readonly<Record<string, string>> = {},
): string =>
  copyOf('refund', `order_id = '${canceled}'`, {
    order_id: `'${order}'`,
    attempt_id: `(select id from payment_attempt where order_id = '${order}')`,
    cause_id: 'uuidv7()',
    amount: '1',
    reference: 'null',
    state: `'requested'`,
    ...changed,
  })

export const healedOf =
  (order: string) =>
  (kind: string): string =>
    `insert into exception (id, kind, cause_id, order_id, message, opened_at, resolved_at,
       resolved_by, resolution)
     values (uuidv7(), '${kind}', uuidv7(), '${order}', 'It is over', now(), now(), 'system',
       'healed')`

export const ofMoney = ({
  order,
  canceled,
  other,
}: Planting): Readonly<Record<string, Planted>> => ({
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
  'a fee that is not in the books': {
    promise: fee_once,
    rows: [`delete from journal_entry where order_id = '${order}' and kind = 'fee'`],
  },
  'a fee that is in the books twice': {
    promise: fee_once,
    rows: [copyOf('journal_entry', `order_id = '${order}' and kind = 'fee'`)],
  },
  'a fee that was asked for and never booked': {
    promise: fee_once,
    rows: [
      `delete from journal_entry where order_id = '${order}' and kind = 'fee'`,
      `update capture set fee = null where order_id = '${order}'`,
      `${copyOf('effect', `order_id = '${order}' and kind = 'invoice'`, { kind: `'fee'` })}
       on conflict (kind, cause_id) do nothing returning id`,
    ],
  },
  'a sale that is not in the books': {
    promise: 'every placed order is in the journal once',
    rows: [`delete from journal_entry where order_id = '${order}' and kind = 'sale'`],
  },
  'a sale that is in the books twice': {
    promise: 'every placed order is in the journal once',
    also: [owed_tax],
    rows: [copyOf('journal_entry', `order_id = '${order}' and kind = 'sale'`)],
  },
  'a line that costs more than its order says': {
    promise: 'the total of an order is the sum of its parts',
    rows: [`update order_line set total = total + 1 where order_id = '${order}'`],
  },
  'tax that no line has': {
    promise: 'the total of an order is the sum of its parts',
    also: [owed_tax],
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
    promise: 'a placed order is paid for',
    rows: [`update payment_attempt set state = 'declined' where order_id = '${order}'`],
  },
  'money that was given back for nothing': {
    promise: 'no more is given back than was taken off',
    rows: [aRefund({ order, canceled })],
  },
  'money that was canceled and is kept': {
    promise: owed,
    also: of_cut,
    rows: [aCut({ order, canceled })],
  },
  'money that is kept, of an order whose trouble is over': {
    promise: owed,
    also: of_cut,
    rows: [aCut({ order, canceled }), ...['refund_failed', 'payment_anomaly'].map(healedOf(order))],
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
    also: [coupons, promotions],
    rows: [
      `insert into coupon_use (coupon_id, order_id)
       select coupon_id, '${canceled}' from coupon_use where order_id = '${other}'`,
    ],
  },
  'a promotion that counts a use nobody made': {
    promise: promotions,
    rows: [`update promotion set used = used + 1 where name = 'WELCOME10'`],
  },
  'a budget that was overspent': {
    promise: promotions,
    rows: [
      'alter table promotion drop constraint promotion_budget',
      `update promotion set currency = 'EUR', spent = amount, budget = amount - 1
       from coupon_use where name = 'WELCOME10' and order_id = '${other}'`,
    ],
  },
  'an order whose use was given to nobody': {
    promise: own_uses,
    also: [coupons, promotions],
    rows: [`delete from coupon_use where order_id = '${other}'`],
  },
  'a use that took less than its order says': {
    promise: own_uses,
    rows: [`update coupon_use set amount = amount - 1 where order_id = '${other}'`],
  },
  'a discount that no promotion gave': {
    promise: discounts,
    rows: [`update orders set promotions = null, coupon_code = null where id = '${other}'`],
  },
  'a discount of a line that nobody named': {
    promise: discounts,
    rows: [`update order_line set discounts = '[]' where order_id = '${other}'`],
  },
  'a turn without a use': {
    promise: 'a turn of a buyer stands for a use',
    rows: [
      `insert into promotion_turn (promotion_id, buyer, nth, buyer_limit, order_id)
       select promotion_id, 'somebody', 1, 1, '${order}' from coupon_use
       where order_id = '${other}'`,
    ],
  },
})
