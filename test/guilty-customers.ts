// Rows that name somebody who was erased, and segments that count wrong.
import type { Planted, Planting } from './plant.ts'

const made_up = `'0199aaaa-0000-7000-8000-000000000001'`
const promise = 'who was erased is named nowhere but in documents'

const nobody = `'0199aaaa-0000-7000-8000-00000000e7a5'`
const erased_customer = `insert into customer (id, email, name, created_at, erased_at)
  values (${nobody}, 'gone@erased.invalid', '', now(), now())`

/** An order of a guest as an erasure leaves it: nothing of it is guilty. */
export const erasedOrder = (order: string): readonly string[] => [
  `update orders set email = 'nobody@erased.invalid', phone = null, buyer_note = null,
     shipping_address = null, billing_address = null, erased_at = now()
   where id = '${order}'`,
  `update message set recipient = 'erased' where order_id = '${order}'`,
  `update label set file = null, label_url = null from shipment
   where shipment.id = shipment_id and order_id = '${order}'`,
]
const words: Readonly<Record<string, (order: string) => string>> = {
  'why a line costs what it does': (order) =>
    `update order_line set price_reason = 'For Ada' where order_id = '${order}'`,
  'why an order was canceled': (order) =>
    `update orders set cancel_reason = 'Ada rang', canceled_at = created_at
     where id = '${order}'`,
  'why an order was held': (order) =>
    `update orders set hold_reasons = '{Ada rang}', held_at = created_at where id = '${order}'`,
  'a tax number': (order) =>
    `update orders set tax_facts = '{"tax_id": {"number": "DE136695976"}}'
     where id = '${order}'`,
  'why an order was changed': (order) =>
    `insert into order_change (id, order_id, version, kind, reason, actor, amount, at)
     select uuidv7(), id, 99, 'edit', 'Ada rang', 'staff', 0, created_at
     from orders where id = '${order}'`,
  'why money went back': (order) =>
    `insert into refund (id, attempt_id, order_id, cause_id, state, currency, amount, reason,
       takes_off, created_at)
     select uuidv7(), id, order_id, uuidv7(), 'failed', currency, 1, 'Ada rang', 0, created_at
     from payment_attempt where order_id = '${order}'`,
  'a note': (order) =>
    `insert into order_note (id, order_id, author, content, at)
     select uuidv7(), id, 'staff', 'Ada rang', created_at from orders where id = '${order}'`,
  'a server that quotes an address': (order) =>
    `update effect set last_error = 'no such user ada'
     where order_id = '${order}' and kind = 'message_confirmation'`,
  'a problem of its parcel': (order) =>
    `insert into exception (id, kind, cause_id, order_id, message, opened_at, resolved_at,
       resolution)
     values (uuidv7(), 'delivery_problem', uuidv7(), '${order}', 'Ada was out', now(), now(),
       'dismissed')`,
  'the link of a label': (order) =>
    `update label set label_url = 'https://labels.example/ada' from shipment
     where shipment.id = shipment_id and order_id = '${order}'`,
  'who has signed for a parcel': (order) =>
    `insert into tracking_scan (id, shipment_id, status, detail, at, received_at)
     select uuidv7(), id, 'delivered', 'Signed by Ada', now(), now()
     from shipment where order_id = '${order}'`,
}
const ofErasedOrder = (order: string): Readonly<Record<string, Planted>> =>
  Object.fromEntries(
    Object.entries(words).map(([what, plant]) => [
      `of an erased order: ${what}`,
      { promise, rows: [...erasedOrder(order), plant(order)] },
    ]),
  )

const own_words: Readonly<Record<string, string>> = {
  'the tax number of a cart': `
    insert into cart (id, channel_id, currency, customer_id, tax_id, created_at, updated_at)
    select ${made_up}, channel_id, currency, ${nobody}, 'DE136695976', now(), now()
    from orders limit 1`,
  'what a tax engine said': `
    with made as (
      insert into cart (id, channel_id, currency, customer_id, created_at, updated_at)
      select ${made_up}, channel_id, currency, ${nobody}, now(), now() from orders limit 1
      returning id)
    insert into tax_quote (cart_id, question, answer, asked_at)
    select id, '', '{}', now() from made`,
  'a tax certificate': `
    insert into tax_exemption (id, customer_id, country, number, reason, created_at)
    values (${made_up}, ${nobody}, 'DE', 'QX-1', 'embassy', now())`,
  'the wording of a consent': `
    insert into customer_consent (id, customer_id, contact, granted, source, actor, wording, at)
    values (${made_up}, ${nobody}, 'sms', true, 'account', 'x', 'I, Ada', now())`,
  'why an offer is cheaper': `
    insert into draft (id, channel_id, currency, customer_id, discount_reason, created_by,
      created_at, updated_at)
    select ${made_up}, channel_id, currency, ${nobody}, 'For Ada', 'staff', now(), now()
    from orders limit 1`,
  'why goods of an offer are cheaper': `
    with made as (
      insert into draft (id, channel_id, currency, customer_id, created_by, created_at, updated_at)
      select ${made_up}, channel_id, currency, ${nobody}, 'staff', now(), now()
      from orders limit 1 returning id)
    insert into draft_line (id, draft_id, position, variant_id, quantity, reason)
    select uuidv7(), id, 0, uuidv7(), 1, 'For Ada' from made`,
}
const ofErasedPerson: Readonly<Record<string, Planted>> = Object.fromEntries(
  Object.entries(own_words).map(([what, row]) => [
    `of somebody who was erased: ${what}`,
    { promise, rows: [erased_customer, row] },
  ]),
)

export const ofCustomers = ({ order }: Planting): Readonly<Record<string, Planted>> => ({
  'an order that names who was erased': {
    promise,
    // The messages of the order name the same person, and count as one thing with it.
    rows: [
      erased_customer,
      `update message set recipient = 'erased' where order_id = '${order}'`,
      `update orders set customer_id = ${nobody} where id = '${order}'`,
    ],
  },
  'a session of somebody who was erased': {
    promise,
    rows: [
      erased_customer,
      `insert into customer_session (id, customer_id, token_hash, created_at, renewed_at,
         expires_at)
       values (${made_up}, ${nobody}, 'x', now(), now(), now())`,
    ],
  },
  'an offer for somebody who was erased': {
    promise,
    rows: [
      erased_customer,
      `insert into draft (id, channel_id, currency, customer_id, email, created_by, created_at,
         updated_at)
       select ${made_up}, channel_id, currency, ${nobody}, 'gone@example.com', 'staff', now(), now()
       from orders where id = '${order}'`,
    ],
  },
  'a segment that counts somebody who is not in it': {
    promise: 'a segment counts its members',
    rows: [
      `insert into customer_group (id, code, name) values (${made_up}, 'ghosts', 'Ghosts')`,
      `insert into customer_segment (group_id, match, rules, members, created_at)
       values (${made_up}, 'all', '[]', 1, now())`,
    ],
  },
  ...ofErasedOrder(order),
  ...ofErasedPerson,
})
