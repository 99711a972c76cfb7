import { sql, type Tx } from '#src/db/sql.ts'
import type { CustomerId } from '#src/lib/ids.ts'

/** One part of what is known about a person: rows as JSON texts, in pages by their ids. */
type Section = (
  tx: Tx,
  person: { readonly id: CustomerId; readonly email: string },
  after: string | null,
  limit: number,
) => Promise<{ id: string; json: string }[]>

const customer: Section = (tx, { id }, after) =>
  tx.many<{ id: string; json: string }>`
    select id, json_build_object('id', id, 'email', email, 'name', name, 'phone', phone,
      'created_at', created_at, 'email_verified_at', email_verified_at,
      'has_account', password_hash is not null, 'signed_in_at', signed_in_at,
      'groups', (select coalesce(json_agg(code order by code), '[]') from customer_group
        join customer_group_member on group_id = customer_group.id
        where customer_id = customer.id))::text as json
    from customer where id = ${id} and ${after}::uuid is null`

const addresses: Section = (tx, { id }, after, limit) =>
  tx.many<{ id: string; json: string }>`
    select id, json_build_object('id', id, 'address', address,
      'default_shipping', default_shipping, 'default_billing', default_billing,
      'created_at', created_at)::text as json
    from customer_address
    where customer_id = ${id} and (${after}::uuid is null or id > ${after}::uuid)
    order by id limit ${limit}`

const consents: Section = (tx, { id }, after, limit) =>
  tx.many<{ id: string; json: string }>`
    select id, json_build_object('contact', contact, 'granted', granted, 'source', source,
      'wording', wording, 'at', at)::text as json
    from customer_consent
    where customer_id = ${id} and (${after}::uuid is null or id > ${after}::uuid)
    order by id limit ${limit}`

const sessions: Section = (tx, { id }, after, limit) =>
  tx.many<{ id: string; json: string }>`
    select id, json_build_object('id', id, 'device', device, 'created_at', created_at,
      'renewed_at', renewed_at, 'expires_at', expires_at)::text as json
    from customer_session
    where customer_id = ${id} and (${after}::uuid is null or id > ${after}::uuid)
    order by id limit ${limit}`

const carts: Section = (tx, { id, email }, after, limit) =>
  tx.many<{ id: string; json: string }>`
    select id, json_build_object('id', id, 'currency', currency, 'email', email, 'phone', phone,
      'shipping_address', shipping_address, 'billing_address', billing_address,
      'coupon_code', coupon_code, 'tax_id', tax_id, 'updated_at', updated_at,
      'lines', (select coalesce(json_agg(json_build_object('sku', sku, 'quantity', quantity)),
          '[]')
        from cart_line join variant on variant.id = variant_id
        where cart_id = cart.id))::text as json
    from cart
    where (customer_id = ${id} or (customer_id is null and lower(email) = ${email}))
      and (${after}::uuid is null or id > ${after}::uuid)
    order by id limit ${limit}`

/** What staff have written about an order speaks of who has ordered. */
const wordsOfStaff = sql`
  'notes', (select coalesce(json_agg(json_build_object('content', content, 'at', at)
      order by order_note.id), '[]')
    from order_note where order_id = orders.id),
  'tags', (select coalesce(json_agg(tag order by tag), '[]')
    from order_tag where order_id = orders.id),
  'trouble', (select coalesce(json_agg(json_build_object('kind', kind, 'message', message,
      'opened_at', opened_at, 'resolved_at', resolved_at) order by exception.id), '[]')
    from exception where order_id = orders.id)`

const orders: Section = (tx, { id, email }, after, limit) =>
  tx.many<{ id: string; json: string }>`
    select id, json_build_object('id', id, 'number', number, 'state', state,
      'payment_state', payment_state, 'fulfillment_state', fulfillment_state,
      'currency', currency, 'subtotal', subtotal, 'discount_total', discount_total,
      'shipping_total', shipping_total, 'tax_total', tax_total, 'total', total, 'email', email,
      'phone', phone, 'shipping_address', shipping_address, 'billing_address', billing_address,
      'coupon_code', coupon_code, 'tax', tax_facts, 'note', buyer_note,
      'created_at', created_at,
      'placed_at', placed_at,
      'canceled_at', canceled_at, 'cancel_reason', cancel_reason,
      'held_at', held_at, 'hold_reasons', hold_reasons,
      ${wordsOfStaff},
      'lines', (select coalesce(json_agg(json_build_object('sku', sku, 'title', title,
          'quantity', quantity, 'unit_price', unit_price, 'price_reason', price_reason,
          'discount', discount, 'tax', tax, 'total', order_line.total) order by position), '[]')
        from order_line where order_id = orders.id),
      'payments', (select coalesce(json_agg(json_build_object('provider', provider,
          'state', payment_attempt.state, 'amount', amount, 'captured', captured,
          'refunded', refunded, 'reference', reference, 'created_at',
          payment_attempt.created_at) order by payment_attempt.id), '[]')
        from payment_attempt where order_id = orders.id),
      'refunds', (select coalesce(json_agg(json_build_object('state', refund.state,
          'amount', amount, 'reason', reason, 'reference', reference,
          'created_at', refund.created_at, 'settled_at', settled_at) order by refund.id), '[]')
        from refund where order_id = orders.id),
      'changes', (select coalesce(json_agg(json_build_object('kind', kind, 'reason', reason,
          'amount', amount, 'tax_before', taxed_before, 'at', at) order by order_change.version),
          '[]')
        from order_change where order_id = orders.id),
      'parcels', (select coalesce(json_agg(json_build_object('state', shipment.state,
          'carrier', carrier, 'tracking_code', tracking_code, 'shipped_at', shipped_at,
          'delivered_at', delivered_at, 'scans', (select coalesce(json_agg(json_build_object(
            'status', status, 'detail', detail, 'place', place, 'at', at) order by at), '[]')
            from tracking_scan where shipment_id = shipment.id)) order by shipment.id), '[]')
        from shipment where order_id = orders.id),
      'documents', (select coalesce(json_agg(json_build_object('kind', kind,
          'number', invoice.number, 'issued_on', issued_on, 'document', document)
          order by invoice.id), '[]')
        from invoice where order_id = orders.id))::text as json
    from orders
    where (customer_id = ${id} or (customer_id is null and lower(email) = ${email}))
      and (${after}::uuid is null or id > ${after}::uuid)
    order by id limit ${limit}`

/** What staff have prepared for the person. */
const drafts: Section = (tx, { id, email }, after, limit) =>
  tx.many<{ id: string; json: string }>`
    select id, json_build_object('id', id, 'state', state, 'currency', currency, 'total', total,
      'email', email, 'phone', phone, 'tax_id', tax_id, 'shipping_address', shipping_address,
      'billing_address', billing_address, 'note', buyer_note,
      'discount', discount, 'discount_reason', discount_reason, 'created_at', created_at,
      'sent_at', sent_at, 'expires_at', expires_at,
      'lines', (select coalesce(json_agg(json_build_object('sku', sku,
          'quantity', draft_line.quantity, 'unit_price', unit_price,
          'discount', draft_line.discount, 'reason', reason) order by draft_line.position), '[]')
        from draft_line join variant on variant.id = variant_id
        where draft_id = draft.id))::text as json
    from draft
    where (customer_id = ${id} or (customer_id is null and lower(email) = ${email}))
      and (${after}::uuid is null or id > ${after}::uuid)
    order by id limit ${limit}`

/** Also those that were given for a cart. */
const tax_exemptions: Section = (tx, { id, email }, after, limit) =>
  tx.many<{ id: string; json: string }>`
    select id, json_build_object('country', country, 'region', region, 'number', number,
      'reason', reason, 'valid_until', valid_until, 'created_at', created_at,
      'revoked_at', revoked_at)::text as json
    from tax_exemption
    where (customer_id = ${id}
        or cart_id in (select id from cart where customer_id = ${id}
          or (customer_id is null and lower(email) = ${email})))
      and (${after}::uuid is null or id > ${after}::uuid)
    order by id limit ${limit}`

/** Also those about orders whose buyer gave another address. */
const messages: Section = (tx, { id, email }, after, limit) =>
  tx.many<{ id: string; json: string }>`
    select id, json_build_object('kind', kind, 'recipient', recipient, 'subject', subject,
      'text', text, 'created_at', created_at, 'sent_at', sent_at)::text as json
    from message
    where (lower(recipient) = ${email}
        or cause_id in (select id from cart where customer_id = ${id})
        or cause_id in (select draft_sending.id from draft_sending
          join draft on draft.id = draft_id where customer_id = ${id})
        or order_id in (select id from orders where customer_id = ${id}))
      and (${after}::uuid is null or id > ${after}::uuid)
    order by id limit ${limit}`

/** What was done, and when. Events hold no personal data but whom they are about. */
const events: Section = (tx, { id }, after, limit) =>
  tx.many<{ id: string; json: string }>`
    select id, json_build_object('kind', kind, 'at', at, 'detail', detail)::text as json
    from event
    where subject = 'customer' and subject_id = ${id}
      and (${after}::uuid is null or id > ${after}::uuid)
    order by id limit ${limit}`

export const export_sections: Readonly<Record<string, Section>> = {
  customer,
  addresses,
  consents,
  sessions,
  carts,
  orders,
  drafts,
  tax_exemptions,
  messages,
  events,
}
