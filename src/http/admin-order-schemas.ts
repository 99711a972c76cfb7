// What an order is made of as staff see it, column by column: see orders/order-views.sql.ts.
import Type from 'typebox'
import type {
  AttemptId,
  ChangeId,
  ChannelId,
  CouponId,
  CustomerId,
  EventId,
  InvoiceId,
  LabelId,
  OrderId,
  OrderLineId,
  RefundId,
  ShipmentId,
  VariantId,
} from '#src/lib/ids.ts'
import { AppliedPromotion, Tax, TaxFactsView } from './cart-views.ts'
import { line_fields, OrderMoney } from './order-money.ts'
import { Closed, Id, Minor, Moment, Nullable } from './route.ts'
import { AddressReply } from './shapes.ts'

const MaybeText = Nullable(Type.String())
const MaybeMoment = Nullable(Moment())

export const OrderCardReply = Closed({
  id: Id<OrderId>(),
  number: MaybeText,
  state: Type.String(),
  payment_state: Type.String(),
  fulfillment_state: Type.String(),
  return_state: Type.String(),
  currency: Type.String(),
  total: Minor(),
  email: Type.String(),
  channel_id: Id<ChannelId>(),
  origin: Type.String(),
  held_at: MaybeMoment,
  tags: Type.Array(Type.String()),
  created_at: Moment(),
  placed_at: MaybeMoment,
})

const Line = Closed({
  ...line_fields,
  variant_id: Id<VariantId>(),
  tax_category: Type.String(),
  hs_code: MaybeText,
  requires_shipping: Type.Boolean(),
  change_id: Nullable(Id<ChangeId>('The change that has added it; null: it was ordered.')),
  price_reason: Nullable(
    Type.String({ description: 'Why it costs something else than the price list says.' }),
  ),
})

const Payment = Closed({
  id: Id<AttemptId>(),
  provider: Type.String(),
  purpose: Type.String({ description: 'order, or difference for what an edit has added' }),
  state: Type.String(),
  currency: Type.String(),
  amount: Minor(),
  authorized: Minor(),
  captured: Minor(),
  refunded: Minor(),
  reference: Nullable(Type.String({ description: 'Its name at the provider.' })),
  decline_reason: MaybeText,
  created_at: Moment(),
})

const Refund = Closed({
  id: Id<RefundId>(),
  state: Type.String(),
  currency: Type.String(),
  amount: Minor(),
  reason: Type.String(),
  created_at: Moment(),
  settled_at: MaybeMoment,
})

const Parcel = Closed({
  id: Id<ShipmentId>(),
  state: Type.String(),
  carrier: MaybeText,
  service: MaybeText,
  tracking_code: MaybeText,
  tracking_url: MaybeText,
  shipped_at: MaybeMoment,
  delivered_at: MaybeMoment,
  location: Type.String({ description: 'The code of the location that it leaves.' }),
  scans: Nullable(
    Type.Array(
      Closed({
        status: Type.String(),
        detail: Type.String(),
        place: MaybeText,
        at: Type.String({ format: 'date-time' }),
      }),
      { description: 'Oldest first; null while there is none.' },
    ),
  ),
  lines: Nullable(
    Type.Array(
      Closed({ line_id: Id<OrderLineId>(), sku: Type.String(), quantity: Type.Integer() }),
    ),
  ),
  label_id: Nullable(Id<LabelId>('Null: there is no label to print.')),
})

const Document = Closed({
  id: Id<InvoiceId>(),
  kind: Type.String({ description: 'invoice or credit_note' }),
  number: Type.String(),
  issued_on: Type.String({ format: 'date' }),
  currency: Type.String(),
  tax: Minor(),
  total: Minor(),
  has_pdf: Type.Boolean(),
})

const Change = Closed({
  id: Id<ChangeId>(),
  version: Type.Integer({ description: 'Of the order, since then.' }),
  kind: Type.String({ description: 'cancel or edit' }),
  reason: Type.String(),
  actor: Type.String(),
  amount: Minor({ description: 'What it takes off; negative when it adds more than that.' }),
  at: Moment(),
})

const Money = Closed({
  ...OrderMoney.properties,
  refund_due_at: Nullable(
    Type.Unsafe<Date>({
      ...Moment(),
      description: 'When what is paid too much goes back by itself.',
    }),
  ),
})

export const OrderDetailReply = Closed({
  ...OrderCardReply.properties,
  version: Type.Integer(),
  customer_id: Nullable(Id<CustomerId>()),
  phone: MaybeText,
  shipping_address: Nullable(AddressReply),
  billing_address: Nullable(AddressReply),
  buyer_note: MaybeText,
  subtotal: Minor(),
  discount_total: Minor(),
  shipping_total: Minor(),
  tax_total: Minor({ description: 'All tax: contained in the amounts or added to them.' }),
  tax_included: Minor({ description: 'The part of tax_total that the amounts contain.' }),
  shipping_name: MaybeText,
  shipping_taxes: Type.Array(Tax),
  tax: TaxFactsView,
  coupon_code: MaybeText,
  promotions: Type.Array(
    Closed({ ...AppliedPromotion.properties, coupon_id: Nullable(Id<CouponId>()) }),
  ),
  hold_expires_at: MaybeMoment,
  hold_reasons: Nullable(Type.Array(Type.String(), { description: 'Why it is held for review.' })),
  canceled_at: MaybeMoment,
  cancel_reason: MaybeText,
  settle_later: Type.Boolean({
    description: 'What is paid too much stays with the shop for now: see money.refund_due_at.',
  }),
  lines: Type.Array(Line),
  payments: Type.Array(Payment),
  refunds: Type.Array(Refund),
  shipments: Type.Array(Parcel),
  invoices: Type.Array(Document),
  changes: Type.Array(Change),
  money: Money,
  page_url: Type.String({ description: 'Status, tracking and documents, for the buyer.' }),
  pay_url: Nullable(
    Type.String({
      description: 'The page of the storefront on which the buyer pays what is due.',
    }),
  ),
})

export const TimelineItem = Closed({
  id: Id<EventId>(),
  at: Moment(),
  kind: Type.String({ description: 'What happened to what, as in order.placed' }),
  subject: Type.String(),
  subject_id: Id(),
  order_id: Id<OrderId>(),
  actor: Type.String({ description: 'system, shopper, staff:<id>, key:<id> or provider:<name>' }),
  cause_id: Nullable(Id()),
  detail: Type.Unsafe<Readonly<Record<string, unknown>>>({
    type: 'object',
    additionalProperties: true,
    description: 'Each kind has fields of its own; new ones may come.',
  }),
  reason: Type.Optional(
    Type.String({ description: 'Of a change for which somebody has given one.' }),
  ),
})
