// Coupons, for staff and machines.
import Type from 'typebox'
import { snapshot, transaction } from '#src/db/transaction.ts'
import type { ChannelId, CouponId } from '#src/lib/ids.ts'
import { refuse } from '#src/lib/refusal.ts'
import { readCoupon, readCouponPage } from '#src/pricing/coupons.sql.ts'
import { changeCoupon, createCoupon } from '#src/pricing/edit-coupon.ts'
import { CurrencyCode } from './admin-pricing.ts'
import { createOnce } from './create-once.ts'
import { actorOf } from './identity.ts'
import { ArchivedPageQuery, readPage } from './page.ts'
import { Closed, Id, Minor, Moment, Nullable, Page, type Route, route } from './route.ts'

const read = { staff: 'prices:read' } as const
const write = { staff: 'prices:write' } as const

const fields = {
  rate_ppm: Type.Integer({ minimum: 1, maximum: 1_000_000, description: '10 % is 100000' }),
  currency: Nullable(CurrencyCode),
  min_subtotal: Minor({ minimum: 0 }),
  channel_id: Nullable(Id<ChannelId>()),
  starts_at: Nullable(Moment()),
  ends_at: Nullable(Moment()),
  usage_limit: Nullable(Type.Integer({ minimum: 0, maximum: 2_147_483_647 })),
}
const CouponView = Closed({
  id: Id<CouponId>(),
  code: Type.String(),
  ...fields,
  used: Type.Integer(),
  created_at: Moment(),
  archived_at: Nullable(Moment()),
})
const NewCoupon = Closed({
  code: Type.String({ pattern: '^[A-Za-z0-9_-]{3,40}$', description: 'typed in any case' }),
  rate_ppm: fields.rate_ppm,
  currency: Type.Optional(fields.currency),
  min_subtotal: Type.Optional(fields.min_subtotal),
  channel_id: Type.Optional(fields.channel_id),
  starts_at: Type.Optional(fields.starts_at),
  ends_at: Type.Optional(fields.ends_at),
  usage_limit: Type.Optional(fields.usage_limit),
})
const CouponChange = Type.Partial(Closed({ ...fields, archived: Type.Boolean() }), {
  additionalProperties: false,
})
const CouponParams = Closed({ id: Id<CouponId>() })

const list = route({
  method: 'GET',
  path: '/admin/coupons',
  who: read,
  summary: 'List coupons, oldest first, with how often each was used',
  query: Closed(ArchivedPageQuery),
  replies: { 200: Page(CouponView) },
  handle: async ({ app, query }) => {
    const { archived = false } = query
    const body = await snapshot(app.db, (tx) =>
      readPage(query, (after, limit) => readCouponPage(tx, { archived, after }, limit)),
    )
    return { status: 200, body }
  },
})

const create = route({
  method: 'POST',
  path: '/admin/coupons',
  who: write,
  summary: 'Make a coupon that takes a part off the whole order',
  idempotent: true,
  body: NewCoupon,
  example: {
    code: 'SPRING10',
    rate_ppm: 100_000,
    currency: 'EUR',
    min_subtotal: 5000,
    usage_limit: 500,
  },
  replies: { 201: CouponView },
  handle: async (asked) => {
    const { app, body, identity, now } = asked
    const id = await createOnce<CouponId>(asked, 'POST /admin/coupons', body, (tx, id) => {
      const coupon = {
        currency: null,
        min_subtotal: 0n,
        channel_id: null,
        starts_at: null,
        ends_at: null,
        usage_limit: null,
        ...body,
        id,
        code: body.code.toUpperCase(),
        used: 0,
        created_at: now,
        archived_at: null,
      }
      return createCoupon(tx, coupon, actorOf(identity), now)
    })
    return { status: 201, body: await snapshot(app.db, (tx) => readCoupon(tx, id)) }
  },
})

const detail = route({
  method: 'GET',
  path: '/admin/coupons/:id',
  who: read,
  summary: 'Read a coupon',
  params: CouponParams,
  replies: { 200: CouponView },
  handle: async ({ app, params: { id } }) => {
    const coupon = await snapshot(app.db, (tx) => readCoupon(tx, id))
    if (!coupon) throw refuse('not_found', { id })
    return { status: 200, body: coupon }
  },
})

const change = route({
  method: 'PATCH',
  path: '/admin/coupons/:id',
  who: write,
  summary: 'Change a coupon: fields that are not sent stay; `archived` ends or revives it',
  params: CouponParams,
  body: CouponChange,
  example: { usage_limit: 1000 },
  replies: { 200: CouponView },
  handle: async ({ app, params, body, identity, now }) => ({
    status: 200,
    body: await transaction(app.db, (tx) =>
      changeCoupon(tx, params.id, body, actorOf(identity), now),
    ),
  }),
})

export const admin_coupon_routes: readonly Route[] = [list, create, detail, change]
