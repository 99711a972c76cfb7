// Orders that staff prepare: by phone, as an offer, with prices of their own; sent as a link.
import Type from 'typebox'
import { cancelDraft, changeDraft, createDraft, sendDraft } from '#src/checkout/edit-draft.ts'
import { type OpenedDraft, placeDraft, readDraftForStaff } from '#src/checkout/order-draft.ts'
import { shownAsPriced } from '#src/checkout/shown-cart.ts'
import { snapshot } from '#src/db/transaction.ts'
import { readCurrency } from '#src/lib/currency.ts'
import { fieldError, refuseErrors } from '#src/lib/field-errors.ts'
import {
  type CartLineId,
  type ChannelId,
  type CustomerId,
  type DraftId,
  newId,
  type OrderId,
  type ShippingOptionId,
  type VariantId,
} from '#src/lib/ids.ts'
import { refuse, refuseField } from '#src/lib/refusal.ts'
import { readTaxId, taxIdErrors } from '#src/lib/tax-ids.ts'
import { signToken } from '#src/lib/tokens.ts'
import { listDrafts } from '#src/orders/drafts.sql.ts'
import { type DraftFields, type DraftLine, draft_limits, draft_states } from '#src/orders/drafts.ts'
import { storefrontLink } from '#src/shop/shop.ts'
import { OrderDetailReply } from './admin-order-schemas.ts'
import { readDetail } from './admin-orders.ts'
import type { App } from './app.ts'
import { CartReply, viewCart } from './cart-views.ts'
import { createOnce } from './create-once.ts'
import { actorOf } from './identity.ts'
import { IdPageQuery, readPage } from './page.ts'
import { requestKey } from './request-key.ts'
import { Closed, Id, Minor, Moment, Nullable, Page, type Route, route, Text } from './route.ts'
import { AddressBody, readContact } from './shapes.ts'

const read = { staff: 'orders:read' } as const
const write = { staff: 'orders:write' } as const
const DraftParams = Closed({ id: Id<DraftId>() })
const version = Type.Integer({
  minimum: 1,
  maximum: 2_147_483_647,
  description: 'Of the draft as it was seen. When it was changed meanwhile: 409.',
})

const LineBody = Closed({
  variant_id: Id<VariantId>(),
  quantity: Type.Integer({ minimum: 1, maximum: draft_limits.quantity }),
  unit_price: Type.Optional(
    Nullable(Minor({ minimum: 0, description: 'null takes the price of the lists' })),
  ),
  discount: Type.Optional(Minor({ minimum: 0, description: 'Off the whole line.' })),
  reason: Type.Optional(Text(500)),
})
const fields = {
  customer_id: Type.Optional(Nullable(Id<CustomerId>())),
  email: Type.Optional(Nullable(Text(254))),
  phone: Type.Optional(Nullable(Text(40))),
  tax_id: Type.Optional(Nullable(Text(30, 1))),
  shipping_address: Type.Optional(Nullable(AddressBody)),
  billing_address: Type.Optional(Nullable(AddressBody)),
  shipping_option_id: Type.Optional(Nullable(Id<ShippingOptionId>())),
  shipping_amount: Type.Optional(
    Nullable(Minor({ minimum: 0, description: 'null takes the price of the option' })),
  ),
  discount: Type.Optional(Minor({ minimum: 0, description: 'Off the goods together.' })),
  discount_reason: Type.Optional(Text(500)),
  note: Type.Optional(Nullable(Text(1_000))),
  lines: Type.Optional(Type.Array(LineBody, { maxItems: draft_limits.lines })),
}
const Fields = Closed(fields)
type Input = Type.Static<typeof Fields>

/** Whoever gives another price says why. */
function assertReasons({ lines = [], discount, discount_reason }: Input): void {
  const missing = (field: string) =>
    fieldError(field, 'required', 'Say why it costs something else.')
  refuseErrors([
    ...lines.flatMap(({ unit_price, discount: off, reason }, i) => {
      const is_own = (unit_price ?? null) !== null || (off ?? 0n) > 0n
      return is_own && !reason?.trim() ? [missing(`lines.${i}.reason`)] : []
    }),
    ...(discount && !discount_reason?.trim() ? [missing('discount_reason')] : []),
  ])
}

const lineOf = (line: Type.Static<typeof LineBody>): DraftLine => ({
  id: newId<CartLineId>(),
  variant_id: line.variant_id,
  quantity: line.quantity,
  unit_price: line.unit_price ?? null,
  discount: line.discount ?? 0n,
  reason: line.reason ?? '',
})

/** Fields that are absent stay absent. */
function readFields(input: Input): Partial<DraftFields> & { lines?: DraftLine[] } {
  assertReasons(input)
  if (input.tax_id) refuseErrors(taxIdErrors('tax_id', input.tax_id))
  const {
    lines,
    note,
    tax_id,
    email: _,
    phone: _p,
    shipping_address: _s,
    billing_address: _b,
    ...rest
  } = input
  return {
    ...rest,
    ...readContact(input),
    ...(tax_id === undefined ? {} : { tax_id: tax_id && readTaxId(tax_id)!.number }),
    ...(note === undefined ? {} : { buyer_note: note?.trim() || null }),
    ...(lines === undefined ? {} : { lines: lines.map(lineOf) }),
  }
}

const no_fields: DraftFields = {
  customer_id: null,
  email: null,
  phone: null,
  tax_id: null,
  shipping_address: null,
  billing_address: null,
  shipping_option_id: null,
  shipping_amount: null,
  discount: 0n,
  discount_reason: '',
  buyer_note: null,
}

const Card = Closed({
  id: Id<DraftId>(),
  state: Type.String(),
  channel_id: Id<ChannelId>(),
  customer_id: Nullable(Id<CustomerId>()),
  currency: Type.String(),
  email: Nullable(Type.String()),
  total: Nullable(Minor({ description: 'As it was sent.' })),
  order_id: Nullable(Id<OrderId>()),
  order_number: Nullable(Type.String()),
  expires_at: Nullable(Moment()),
  created_by: Type.String(),
  created_at: Moment(),
  updated_at: Moment(),
})
const DraftReply = Closed({
  ...Card.properties,
  version: Type.Integer(),
  discount: Minor(),
  discount_reason: Type.String(),
  shipping_amount: Nullable(Minor()),
  note: Nullable(Type.String()),
  hold_until: Nullable(Moment()),
  lines: Type.Array(
    Closed({
      id: Id<CartLineId>(),
      variant_id: Id<VariantId>(),
      quantity: Type.Integer(),
      unit_price: Nullable(Minor()),
      discount: Minor(),
      reason: Type.String(),
    }),
  ),
  priced: CartReply,
  pay_url: Nullable(
    Type.String({ description: 'The page of the storefront on which the buyer pays.' }),
  ),
  token: Nullable(Type.String({ description: 'For a storefront: /store/drafts/:token' })),
})

async function reply(app: App, id: DraftId, now: Date) {
  const opened = await readDraftForStaff(app.desk, id)
  const [card] = await snapshot(app.db, (tx) => listDrafts(tx, { id, after: null, limit: 1 }, now))
  return { ...card!, ...viewDraft(app, opened), state: card!.state }
}

function viewDraft(app: App, { draft, priced, book, order }: OpenedDraft) {
  const { buyer_note: note, ...rest } = draft
  const is_sent = draft.state === 'sent'
  const token = is_sent ? signToken(app.secret_key, 'draft', draft.id, draft.expires_at) : null
  return {
    ...rest,
    note,
    hold_until: order?.state === 'pending' ? order.hold_expires_at : null,
    priced: viewCart(shownAsPriced(priced), { public_url: app.public_url, locales: [] }),
    token,
    pay_url: token && storefrontLink(book.channels.get(draft.channel_id)!, 'offer', token),
  }
}

const list = route({
  method: 'GET',
  path: '/admin/drafts',
  who: read,
  summary: 'Drafts, newest first',
  query: Closed({
    ...IdPageQuery,
    state: Type.Optional(Type.Union(draft_states.map((state) => Type.Literal(state)))),
    customer_id: Type.Optional(Id<CustomerId>()),
  }),
  replies: { 200: Page(Card) },
  handle: async ({ app, query, now }) => ({
    status: 200,
    body: await snapshot(app.db, (tx) =>
      readPage(query, (after, limit) => listDrafts(tx, { ...query, after, limit }, now)),
    ),
  }),
})

const one = route({
  method: 'GET',
  path: '/admin/drafts/:id',
  who: read,
  summary: 'One draft with its prices and what is missing',
  params: DraftParams,
  replies: { 200: DraftReply },
  handle: async ({ app, params, now }) => ({ status: 200, body: await reply(app, params.id, now) }),
})

const create = route({
  method: 'POST',
  path: '/admin/drafts',
  who: write,
  summary: 'Prepare an order for somebody: by phone, or as an offer',
  idempotent: true,
  body: Closed({
    channel_id: Id<ChannelId>(),
    currency: Type.Optional(Type.String({ pattern: '^[A-Z]{3}$' })),
    ...fields,
  }),
  example: {
    channel_id: '019a0000-0000-7000-8000-000000000002',
    email: 'ada@example.com',
    lines: [
      {
        variant_id: '019a0000-0000-7000-8000-000000000001',
        quantity: 3,
        unit_price: 1100,
        reason: 'a regular',
      },
    ],
  },
  replies: { 201: DraftReply },
  handle: async (asked) => {
    const { app, body, identity, now } = asked
    const { channel_id, currency: code, ...input } = body
    const given = readFields(input)
    const book = await snapshot(app.db, app.desk.readBook)
    const channel = book.channels.get(channel_id)
    if (!channel) {
      throw refuse('invalid_input', {
        errors: [fieldError('channel_id', 'unknown', 'There is no such channel.')],
      })
    }
    const currency = code === undefined ? channel.currencies[0]! : readCurrency(code)
    const id = await createOnce<DraftId>(asked, 'POST /admin/drafts', body, (tx, id) =>
      createDraft(
        tx,
        app.desk,
        { ...no_fields, lines: [], ...given, id, channel_id, currency },
        { actor: actorOf(identity), now },
      ),
    )
    return { status: 201, body: await reply(app, id, now) }
  },
})

const change = route({
  method: 'PATCH',
  path: '/admin/drafts/:id',
  who: write,
  summary: 'Change a draft; lines are replaced whole. What was sent must be sent anew',
  params: DraftParams,
  body: Closed({ version, ...fields }),
  example: {
    version: 1,
    shipping_option_id: '019a0000-0000-7000-8000-000000000004',
    shipping_amount: 0,
  },
  replies: { 200: DraftReply },
  handle: async ({ app, params, body, identity, now }) => {
    const { version: seen, ...input } = body
    const edit = { version: seen, patch: readFields(input) }
    await changeDraft(app.desk, params.id, edit, { actor: actorOf(identity), now })
    return { status: 200, body: await reply(app, params.id, now) }
  },
})

const send = route({
  method: 'POST',
  path: '/admin/drafts/:id/send',
  who: write,
  summary: 'Freeze the prices and get the link on which the buyer pays',
  idempotent: true,
  params: DraftParams,
  body: Closed({
    version,
    expires_at: Moment(),
    hold_until: Type.Optional(
      Type.Unsafe<Date | null>({
        ...Nullable(Moment()),
        description: 'Holds the goods until then; else they are held when they are paid.',
      }),
    ),
    tell_buyer: Type.Optional(
      Type.Boolean({ default: true, description: 'Whether the buyer is sent the link by mail.' }),
    ),
  }),
  example: { version: 2, expires_at: '2031-01-03T12:00:00Z', hold_until: '2031-01-02T12:00:00Z' },
  replies: { 200: DraftReply },
  handle: async ({ app, params, body, identity, key, now }) => {
    await sendDraft(app.desk, params.id, {
      version: body.version,
      expires_at: body.expires_at,
      hold_until: body.hold_until ?? null,
      tell_buyer: body.tell_buyer ?? true,
      actor: actorOf(identity),
      request: requestKey(identity, { route: `/admin/drafts/${params.id}/send`, key, body }),
    })
    return { status: 200, body: await reply(app, params.id, now) }
  },
})

const cancel = route({
  method: 'POST',
  path: '/admin/drafts/:id/cancel',
  who: write,
  summary: 'Give a draft up: its link shows nothing, held goods are free',
  params: DraftParams,
  replies: { 200: DraftReply },
  handle: async ({ app, params, identity, now }) => {
    await cancelDraft(app.desk, params.id, { actor: actorOf(identity), now })
    return { status: 200, body: await reply(app, params.id, now) }
  },
})

const place = route({
  method: 'POST',
  path: '/admin/drafts/:id/place',
  who: { staff: 'payments:write' },
  summary: 'Place a draft whose money was taken by hand: cash, a transfer that was seen',
  idempotent: true,
  params: DraftParams,
  body: Closed({
    expected_total: Minor({ minimum: 0, description: 'priced.total as it was seen.' }),
    provider: Type.Optional(Text(40, 1)),
  }),
  example: { expected_total: 3300, provider: 'manual' },
  replies: { 201: OrderDetailReply },
  handle: async ({ app, params, body, identity, key }) => {
    const { provider = 'manual', expected_total } = body
    if (app.payments.get(provider)?.immediate == null) {
      throw refuseField('payment_method_unknown', 'provider', { provider })
    }
    const answered = await placeDraft(app.desk, params.id, {
      request: requestKey(identity, { route: `/admin/drafts/${params.id}/place`, key, body }),
      channel_id: null,
      payment: { provider, token: null },
      expected_total,
      returnUrlOf: () => app.public_url,
    })
    return { status: 201, body: await readDetail(app, answered.order.id) }
  },
})

export const admin_draft_routes: readonly Route[] = [list, one, create, change, send, cancel, place]
