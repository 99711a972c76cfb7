import { and, type Statement, sql, type Tx } from '#src/db/sql.ts'
import type { ChannelId, InvoiceId, MessageId, OrderId } from '#src/lib/ids.ts'
import type { Currency } from '#src/lib/money.ts'
import type { LineKind } from '#src/orders/orders.ts'
import type { Attachment, MessageKind, MessageState } from './messages.ts'

export type ChannelWords = {
  readonly name: string
  readonly reply_to: string
  readonly storefront_url: string
  readonly locale: string
  readonly seller_name: string
  readonly time_zone: string
}
export const readChannelWords = (tx: Tx, id: ChannelId): Promise<ChannelWords | null> =>
  tx.maybe<ChannelWords>`
    select channel.name, reply_to, storefront_url, locale, legal_entity.name as seller_name,
      time_zone
    from channel join legal_entity on legal_entity.id = legal_entity_id
    where channel.id = ${id}`

type TaxJson = {
  readonly component: string
  readonly rate_ppm: number
  readonly amount: number
}
export type OrderFacts = {
  readonly id: OrderId
  readonly number: string | null
  readonly state: string
  readonly payment_state: string
  readonly fulfillment_state: string
  readonly currency: Currency
  readonly subtotal: bigint
  readonly discount_total: bigint
  readonly shipping_total: bigint
  readonly tax_total: bigint
  readonly tax_included: bigint
  readonly total: bigint
  readonly shipping_name: string | null
  readonly shipping_tax: bigint
  readonly shipping_tax_included: boolean
  readonly shipping_taxes: readonly TaxJson[]
  /** The charge that was ordered came off again. */
  readonly shipping_is_off: boolean
  readonly email: string
  readonly shipping_address: unknown
  readonly billing_address: unknown
  readonly locale: string
  readonly ordered_at: Date
  readonly canceled_at: Date | null
  readonly channel_name: string
  readonly reply_to: string
  readonly storefront_url: string
  readonly seller_name: string
  readonly time_zone: string
  readonly paid: boolean
  /** What was taken, with what went back since. */
  readonly captured: bigint
  /** What the buyer has got back. */
  readonly refunded: bigint
  /** Amounts inside jsonb come as numbers; they are whole and fit. */
  readonly lines: readonly {
    readonly id: string
    readonly kind: LineKind
    /** Came by an edit. */
    readonly added: boolean
    /** The line whose units it has taken over, at another price or for another place. */
    readonly replaces: string | null
    readonly sku: string
    readonly title: string
    readonly quantity: number
    /** Units of it that were taken off again. */
    readonly canceled: number
    readonly unit_price: number
    readonly per_units: number
    readonly subtotal: number
    readonly discount: number
    readonly tax: number
    readonly tax_included: boolean
    readonly taxes: readonly TaxJson[]
    readonly total: number
  }[]
}

/** Everything about an order that a buyer may read, in one statement. */
export const readOrderFacts = (tx: Tx, order_id: OrderId) =>
  tx.maybe<OrderFacts>`
    select orders.id, number, state, payment_state, fulfillment_state, currency, subtotal,
      discount_total, shipping_total, tax_total, tax_included, total, shipping_name,
      shipping_tax, shipping_tax_included, shipping_taxes,
      (select coalesce(sum(quantity), 0) > 0 from order_change_line where order_line_id is null
        and change_id in (select id from order_change where order_id = orders.id))
        as shipping_is_off, email, shipping_address, billing_address, orders.locale,
      coalesce(placed_at, created_at) as ordered_at, canceled_at, channel.name as channel_name,
      reply_to, storefront_url, legal_entity.name as seller_name, time_zone,
      exists (select from capture where capture.order_id = orders.id
        and capture.state = 'succeeded') as paid,
      coalesce((select sum(captured) from payment_attempt
        where payment_attempt.order_id = orders.id), 0)::bigint as captured,
      coalesce((select sum(amount) from refund where refund.order_id = orders.id
        and refund.state = 'succeeded'), 0)::bigint as refunded,
      coalesce((
        select json_agg(json_build_object(
          'id', id, 'sku', sku, 'title', title, 'quantity', quantity, 'unit_price', unit_price,
          'kind', kind, 'added', change_id is not null, 'replaces', replaces,
          'canceled', (select coalesce(sum(order_change_line.quantity), 0)
            from order_change_line where order_line_id = order_line.id),
          'per_units', per_units, 'subtotal', subtotal, 'discount', discount, 'tax', tax,
          'tax_included', order_line.tax_included, 'taxes', taxes, 'total', order_line.total)
          order by position, id)
        from order_line where order_line.order_id = orders.id), '[]') as lines
    from orders
    join channel on channel.id = channel_id
    join legal_entity on legal_entity.id = orders.legal_entity_id
    where orders.id = ${order_id}`

export type TransferFacts = {
  readonly order_id: OrderId
  readonly amount: bigint
  readonly at: Date
  readonly reason: string
  readonly document_id: InvoiceId | null
  readonly document_number: string | null
  /** Whether a document is still to be written for it. */
  readonly document_due: boolean
}

export const readCaptureFacts = (tx: Tx, capture_id: string) =>
  tx.maybe<TransferFacts>`
    select capture.order_id, amount, coalesce(settled_at, capture.created_at) as at, '' as reason,
      invoice.id as document_id, invoice.number as document_number, true as document_due
    from capture
    left join invoice on invoice.kind = 'invoice' and invoice.cause_id = capture.id
    where capture.id = ${capture_id}`

export const readRefundFacts = (tx: Tx, refund_id: string) =>
  tx.maybe<TransferFacts>`
    select refund.order_id, amount, coalesce(settled_at, refund.created_at) as at, reason,
      invoice.id as document_id, invoice.number as document_number,
      exists (select from effect where effect.kind = 'credit_note' and effect.cause_id = refund.id
        and effect.state in ('waiting', 'failed')) as document_due
    from refund
    left join invoice on invoice.kind = 'credit_note' and invoice.cause_id = refund.id
    where refund.id = ${refund_id}`

export type ShipmentFacts = {
  readonly id: string
  readonly order_id: OrderId
  readonly state: string
  readonly carrier: string | null
  readonly service: string | null
  readonly tracking_code: string | null
  readonly tracking_url: string | null
  readonly created_at: Date
  readonly shipped_at: Date | null
  readonly delivered_at: Date | null
  readonly lines: readonly {
    readonly title: string
    readonly sku: string
    readonly quantity: number
  }[]
}

const shipment_columns = sql`shipment.id, order_id, state, carrier, service, tracking_code,
  tracking_url, created_at, shipped_at, delivered_at,
  coalesce((
    select json_agg(json_build_object('title', title, 'sku', sku, 'quantity', line.quantity)
      order by position, order_line.id)
    from (
      -- Of a bundle several stock items travel; the buyer has bought the bundle.
      select order_line_id, min(shipment_line.quantity / item.quantity) as quantity
      from shipment_line
      join order_line on order_line.id = order_line_id
      cross join lateral (
        select coalesce(max((entry ->> 'quantity')::int), 1) as quantity
        from jsonb_array_elements(items) as entry
        where entry ->> 'stock_item_id' = shipment_line.stock_item_id::text
      ) as item
      where shipment_id = shipment.id
      group by order_line_id
    ) as line
    join order_line on order_line.id = order_line_id), '[]') as lines`

export const readShipmentFacts = (tx: Tx, shipment_id: string) =>
  tx.maybe<ShipmentFacts>`select ${shipment_columns} from shipment where id = ${shipment_id}`

export const readOrderShipments = (tx: Tx, order_id: OrderId) =>
  tx.many<ShipmentFacts>`
    select ${shipment_columns} from shipment
    where order_id = ${order_id} and state <> 'canceled' order by id limit 200`

export type ScanFacts = {
  readonly shipment_id: string
  readonly status: string
  readonly detail: string
  readonly place: string | null
  readonly at: Date
}
export const readOrderScans = (tx: Tx, order_id: OrderId) =>
  tx.many<ScanFacts>`
    select shipment_id, status, detail, place, at
    from tracking_scan
    where shipment_id in (select id from shipment where order_id = ${order_id})
    order by at desc, id desc limit 500`

export type DueFacts = {
  readonly order_id: OrderId
  /** No later change asks for what is due by then. */
  readonly is_last: boolean
}
/** Of a change of an order that asks for more money. */
export const readDueFacts = (tx: Tx, change_id: string): Promise<DueFacts | null> =>
  tx.maybe<DueFacts>`
    select order_id, not exists (
      select from effect where effect.order_id = order_change.order_id
        and kind = 'message_payment_due' and cause_id > order_change.id) as is_last
    from order_change where id = ${change_id}`

export type VariantWords = {
  readonly id: string
  readonly sku: string
  readonly product_title: string
  readonly variant_title: string
}
export const readVariantWords = (tx: Tx, ids: readonly string[]): Promise<VariantWords[]> =>
  tx.many<VariantWords>`
    select variant.id, sku, product.title as product_title, variant.title as variant_title
    from variant join product on product.id = product_id
    where variant.id = any(${ids}::uuid[])`

export const readShippingName = async (tx: Tx, id: string | null): Promise<string | null> =>
  (await tx.maybe<{ name: string }>`select name from shipping_option where id = ${id}`)?.name ??
  null

export type NewMessage = {
  readonly id: MessageId
  readonly kind: MessageKind
  readonly cause_id: string
  readonly order_id: OrderId | null
  /** Of a message that belongs to no order. */
  readonly channel_id: ChannelId | null
  readonly recipient: string
  readonly subject: string
  readonly html: string
  readonly text: string
  readonly attachments: readonly Attachment[]
  readonly state: 'sending' | 'mailbox'
  readonly transport: string
  readonly created_at: Date
}

/** False when there is one for this cause already: the first one counts. */
export const insertMessage = async (tx: Tx, message: NewMessage): Promise<boolean> =>
  (await tx.run`
    insert into message (id, kind, cause_id, order_id, channel_id, recipient, subject, html, text,
      attachments, state, transport, created_at)
    values (${message.id}, ${message.kind}, ${message.cause_id}, ${message.order_id},
      ${message.channel_id}, ${message.recipient}, ${message.subject}, ${message.html},
      ${message.text}, ${JSON.stringify(message.attachments)}, ${message.state},
      ${message.transport}, ${message.created_at})
    on conflict (kind, cause_id) do nothing`) === 1

export type MessageHead = {
  readonly id: MessageId
  readonly kind: MessageKind
  readonly cause_id: string
  readonly order_id: OrderId | null
  readonly state: MessageState
  readonly last_error: string | null
}
export const findMessage = (tx: Tx, kind: MessageKind, cause_id: string) =>
  tx.maybe<MessageHead>`
    select id, kind, cause_id, order_id, state, last_error from message
    where kind = ${kind} and cause_id = ${cause_id}`

export type MessageToSend = MessageHead & {
  readonly recipient: string
  readonly subject: string
  readonly html: string
  readonly text: string
  readonly attachments: readonly Attachment[]
  readonly resends: number
  readonly channel_name: string
  readonly reply_to: string
}

export type Claim = {
  readonly now: Date
  readonly until: Date
  /** Null for one who is no worker, and whose death nobody would notice. */
  readonly worker_id: string | null
}

/**
 * Takes the message for one try. Of several who ask at once one gets it; nobody else may try
 * before `until`, unless the one that has it is taken for dead, and has no heartbeat any more. A
 * claim for twice as long was made by a clock that has gone back since.
 */
export const claimMessage = (tx: Tx, id: MessageId, { now, until, worker_id }: Claim) =>
  tx.maybe<MessageToSend>`
    update message set claimed_until = ${until}, claimed_by = ${worker_id}, tries = tries + 1
    from channel
    where message.id = ${id}
      and channel.id = coalesce(message.channel_id,
        (select orders.channel_id from orders where orders.id = message.order_id))
      and message.state in ('sending', 'failed')
      and (claimed_until is null or claimed_until <= ${now}
        or claimed_until > ${until}::timestamptz + (${until}::timestamptz - ${now}::timestamptz)
        or (claimed_by is not null
          and not exists (select from worker_heartbeat where worker_id = claimed_by)))
    returning message.id, kind, cause_id, order_id, state, last_error, recipient, subject,
      html, text, attachments, resends, channel.name as channel_name, reply_to`

/** Nothing was tried: whoever comes next may. */
export const releaseMessage = (tx: Tx, id: MessageId, until: Date) =>
  tx.run`
    update message set claimed_until = null, claimed_by = null
    where id = ${id} and claimed_until = ${until}`

export type MessageOutcome = {
  readonly state: MessageState
  readonly transport: string
  readonly reference: string | null
  readonly last_error: string | null
  readonly sent_at: Date | null
}
/**
 * What came of the try that has claimed it until then. That it was sent counts also when another
 * one has taken it over. False when it is known already.
 */
export const recordMessage = async (
  tx: Tx,
  id: MessageId,
  until: Date,
  outcome: MessageOutcome,
): Promise<boolean> =>
  (await tx.run`
    update message set state = ${outcome.state}, transport = ${outcome.transport},
      reference = coalesce(${outcome.reference}, reference), last_error = ${outcome.last_error},
      sent_at = coalesce(${outcome.sent_at}, sent_at), claimed_until = null,
      claimed_by = null
    where id = ${id} and (claimed_until = ${until}
      or (${outcome.state}::text = 'sent' and state <> 'sent'))`) === 1

/** It asks for what is not due any more. Left alone while somebody is sending it. */
export const withholdMessage = (tx: Tx, id: MessageId, reason: string, now: Date) =>
  tx.run`
    update message set state = 'failed', last_error = ${reason}
    where id = ${id} and state = 'sending' and (claimed_until is null or claimed_until <= ${now})`

/** A person wants it sent again. Null when it is being sent now. */
export const reopenMessage = (tx: Tx, id: MessageId, now: Date) =>
  tx.maybe<MessageHead & { readonly resends: number }>`
    update message set state = 'sending',
      resends = resends + case when state = 'sent' then 1 else 0 end
    where id = ${id} and (claimed_until is null or claimed_until <= ${now})
    returning id, kind, cause_id, order_id, state, last_error, resends`

export type MessageRow = MessageHead & {
  readonly recipient: string
  readonly subject: string
  readonly attachments: readonly Attachment[]
  readonly transport: string
  readonly tries: number
  readonly resends: number
  readonly created_at: Date
  readonly sent_at: Date | null
}
const columns = sql`id, kind, cause_id, order_id, recipient, subject, attachments, state, transport,
  tries, resends, last_error, created_at, sent_at`

export type MessageFilter = {
  readonly kind?: MessageKind
  readonly order_id?: OrderId
  readonly state?: MessageState
  readonly recipient?: string
  readonly after?: string
  readonly limit: number
}
/** The newest first; one row more than asked for tells that there is another page. */
export function listMessages(tx: Tx, filter: MessageFilter): Promise<MessageRow[]> {
  const { kind, order_id, state, recipient, after, limit } = filter
  const conditions: Statement[] = [
    ...(kind ? [sql`kind = ${kind}`] : []),
    ...(order_id ? [sql`order_id = ${order_id}`] : []),
    ...(state ? [sql`state = ${state}`] : []),
    ...(recipient ? [sql`lower(recipient) = lower(${recipient})`] : []),
    ...(after ? [sql`id < ${after}::uuid`] : []),
  ]
  return tx.many<MessageRow>`
    select ${columns} from message where ${and(conditions)} order by id desc limit ${limit} + 1`
}

export const readMessageHead = (tx: Tx, id: MessageId) =>
  tx.maybe<MessageRow>`select ${columns} from message where id = ${id}`

export const readMessage = (tx: Tx, id: MessageId) =>
  tx.maybe<MessageRow & { readonly html: string; readonly text: string }>`
    select ${columns}, html, text from message where id = ${id}`
