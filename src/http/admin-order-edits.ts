// Changing an order after it was placed: look first, then carry out; what is missing is paid by
// link, what is too much goes back.
import Type from 'typebox'
import {
  type EditRequest,
  type EditResult,
  editOrder,
  previewEdit,
} from '#src/checkout/edit-order.ts'
import { payOrder } from '#src/checkout/place-order.ts'
import { settleOrder } from '#src/checkout/settle-order.ts'
import { transaction } from '#src/db/transaction.ts'
import { fieldError, refuseErrors } from '#src/lib/field-errors.ts'
import type { OrderId, OrderLineId, ShippingOptionId, VariantId } from '#src/lib/ids.ts'
import { refuse, refuseField } from '#src/lib/refusal.ts'
import type { OrderContact } from '#src/orders/order-contacts.sql.ts'
import { readOrders } from '#src/orders/orders.sql.ts'
import { OrderDetailReply } from './admin-order-schemas.ts'
import { readDetail } from './admin-orders.ts'
import { actorOf, type Identity, mayRefund } from './identity.ts'
import { balance_fields } from './order-money.ts'
import { requestKey } from './request-key.ts'
import { Closed, Id, Minor, Nullable, type Route, route, Text } from './route.ts'
import { AddressBody, readContact } from './shapes.ts'

const OrderParams = Closed({ id: Id<OrderId>() })
const quantity_max = 9_999
const price_fields = {
  unit_price: Type.Optional(Minor({ minimum: 0, description: 'With or without tax as before.' })),
  discount: Type.Optional(Minor({ minimum: 0, description: 'Off the whole line.' })),
  reason: Type.Optional(Text(500)),
}
const EditBody = Closed({
  version: Type.Integer({
    minimum: 1,
    maximum: 2_147_483_647,
    description: 'Of the order as it was seen. When it was changed meanwhile: 409.',
  }),
  reason: Type.Optional(Text(500)),
  settle: Type.Optional(
    Type.Union([Type.Literal('soon'), Type.Literal('now'), Type.Literal('later')], {
      default: 'soon',
      description:
        'What is paid too much goes back after fifteen minutes, in which the edit can be taken ' +
        'back and no money moves (soon), or at once (now); both need payments:write. later ' +
        'keeps it until it is settled or used up.',
    }),
  ),
  tell_buyer: Type.Optional(
    Type.Boolean({
      default: true,
      description: 'Whether the buyer is sent the link for what is left to pay.',
    }),
  ),
  lines: Type.Optional(
    Type.Array(
      Closed({
        line_id: Id<OrderLineId>(),
        quantity: Type.Optional(Type.Integer({ minimum: 0, maximum: quantity_max })),
        ...price_fields,
      }),
      { maxItems: 500 },
    ),
  ),
  add: Type.Optional(
    Type.Array(
      Closed({
        variant_id: Id<VariantId>(),
        quantity: Type.Integer({ minimum: 1, maximum: quantity_max }),
        ...price_fields,
      }),
      { maxItems: 100 },
    ),
  ),
  shipping: Type.Optional(
    Closed({
      option_id: Id<ShippingOptionId>(),
      amount: Type.Optional(Minor({ minimum: 0 })),
      reason: Type.Optional(Text(500)),
    }),
  ),
  address: Type.Optional(
    Closed({
      email: Type.Optional(Text(254)),
      phone: Type.Optional(Nullable(Text(40))),
      shipping_address: Type.Optional(AddressBody),
      billing_address: Type.Optional(AddressBody),
    }),
  ),
})

/** Whoever asks another price says why: it is printed nowhere, and stands in the timeline. */
function assertReasons({ lines = [], add = [], shipping }: Type.Static<typeof EditBody>): void {
  const missing = (field: string) =>
    fieldError(field, 'required', 'Say why it costs something else.')
  type Asked = { unit_price?: bigint; discount?: bigint; reason?: string }
  const isOwn = ({ unit_price, discount, reason }: Asked): boolean =>
    (unit_price !== undefined || discount !== undefined) && !reason?.trim()
  refuseErrors([
    ...lines.flatMap((line, i) => (isOwn(line) ? [missing(`lines.${i}.reason`)] : [])),
    ...add.flatMap((line, i) => (isOwn(line) ? [missing(`add.${i}.reason`)] : [])),
    ...(shipping?.amount !== undefined && !shipping.reason?.trim()
      ? [missing('shipping.reason')]
      : []),
  ])
}

function readEdit(body: Type.Static<typeof EditBody>, identity: Identity): EditRequest {
  assertReasons(body)
  const { version, reason = '', settle = 'soon', lines = [], add = [], shipping, address } = body
  const { tell_buyer = true } = body
  const contact = address ? (readContact(address, 'address.') as Partial<OrderContact>) : {}
  return {
    ...{ version, reason, settle, lines, add, contact, tell_buyer },
    shipping: shipping ?? null,
    actor: actorOf(identity),
    may_refund: mayRefund(identity),
  }
}

const Balance = Closed(balance_fields)
const PreviewReply = Closed({
  difference: Minor({ description: 'What it adds to what is due; negative when it takes off.' }),
  before: Balance,
  after: Balance,
  off: Type.Array(
    Closed({
      line_id: Nullable(Id<OrderLineId>('null is the shipping charge')),
      quantity: Type.Integer({ description: 'Negative when it is put back.' }),
      amount: Minor(),
      tax: Minor(),
    }),
  ),
  added: Type.Array(
    Closed({
      kind: Type.String(),
      sku: Type.String(),
      title: Type.String(),
      quantity: Type.Integer(),
      unit_price: Minor(),
      discount: Minor(),
      tax: Minor(),
      total: Minor(),
    }),
  ),
})

const view = ({ plan, before, after }: EditResult) => ({
  difference: -plan.amount,
  before,
  after,
  off: plan.off.map(({ order_line_id: line_id, quantity, amount, tax }) => {
    return { line_id, quantity, amount, tax }
  }),
  added: plan.added.map(({ kind, sku, title, quantity, unit_price, discount, tax, total }) => {
    return { kind, sku, title, quantity, unit_price, discount, tax, total }
  }),
})

const edit_example = {
  version: 1,
  reason: 'one more by phone',
  settle: 'soon',
  lines: [{ line_id: '019a0000-0000-7000-8000-000000000003', quantity: 3 }],
  add: [{ variant_id: '019a0000-0000-7000-8000-000000000001', quantity: 1 }],
}

const preview = route({
  method: 'POST',
  path: '/admin/orders/:id/edits/preview',
  who: { staff: 'orders:write' },
  summary: 'What an edit would come to: money, stock and refusals, and nothing is changed',
  params: OrderParams,
  body: EditBody,
  example: edit_example,
  replies: { 200: PreviewReply },
  handle: async ({ app, identity, params, body }) => ({
    status: 200,
    body: view(await previewEdit(app.desk, params.id, readEdit(body, identity))),
  }),
})

const edit = route({
  method: 'POST',
  path: '/admin/orders/:id/edits',
  who: { staff: 'orders:write' },
  summary: 'Change goods, prices, shipping or address of a placed order',
  idempotent: true,
  params: OrderParams,
  body: EditBody,
  example: edit_example,
  replies: { 200: OrderDetailReply },
  handle: async ({ app, identity, params, body, key }) => {
    const path = `/admin/orders/${params.id}/edits`
    const request = requestKey(identity, { route: path, key, body })
    await editOrder(app.desk, params.id, readEdit(body, identity), request)
    return { status: 200, body: await readDetail(app, params.id) }
  },
})

const settle = route({
  method: 'POST',
  path: '/admin/orders/:id/settle',
  who: { staff: 'payments:write' },
  summary: 'Give back what the buyer has paid too much and was kept so far',
  idempotent: true,
  params: OrderParams,
  replies: { 200: OrderDetailReply },
  handle: async ({ app, identity, params, key }) => {
    const path = `/admin/orders/${params.id}/settle`
    const request = requestKey(identity, { route: path, key, body: null })
    await settleOrder(app.desk, params.id, { actor: actorOf(identity), request })
    return { status: 200, body: await readDetail(app, params.id) }
  },
})

const pay = route({
  method: 'POST',
  path: '/admin/orders/:id/payments',
  who: { staff: 'payments:write' },
  summary: 'Record money that was paid by hand: what the order still asks for',
  idempotent: true,
  params: OrderParams,
  body: Closed({
    expected_total: Minor({ minimum: 1, description: 'money.to_collect as it was seen.' }),
    provider: Type.Optional(Text(40, 1)),
  }),
  example: { expected_total: 1490, provider: 'manual' },
  replies: { 201: OrderDetailReply },
  handle: async ({ app, identity, params, body, key }) => {
    const { provider = 'manual', expected_total } = body
    if (app.payments.get(provider)?.immediate == null) {
      throw refuseField('payment_method_unknown', 'provider', { provider })
    }
    const [order] = await transaction(app.db, (tx) => readOrders(tx, [params.id]))
    if (!order) throw refuse('not_found', { order_id: params.id })
    await payOrder(app.desk, params.id, {
      request: requestKey(identity, { route: `/admin/orders/${params.id}/payments`, key, body }),
      channel_id: order.channel_id,
      payment: { provider, token: null },
      expected_total,
      returnUrlOf: () => app.public_url,
      origin: 'staff',
      by_hand: true,
    })
    return { status: 201, body: await readDetail(app, params.id) }
  },
})

export const admin_order_edit_routes: readonly Route[] = [preview, edit, settle, pay]
