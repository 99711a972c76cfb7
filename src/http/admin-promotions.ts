// Promotions and their codes, for staff and machines.
import Type, { type Static } from 'typebox'
import type { Db } from '#src/db/pool.ts'
import { snapshot, transaction } from '#src/db/transaction.ts'
import { fieldError, refuseErrors } from '#src/lib/field-errors.ts'
import type { CouponId, PromotionId } from '#src/lib/ids.ts'
import { refuse } from '#src/lib/refusal.ts'
import { changePromotion, createPromotion } from '#src/pricing/edit-promotion.ts'
import { changeCode, makeCodes } from '#src/pricing/make-codes.ts'
import {
  type CodeFilter,
  countCodes,
  readCodePage,
  readPromotion,
  readPromotionPage,
  readUsePage,
  type StoredCode,
} from '#src/pricing/stored-promotions.sql.ts'
import type { App } from './app.ts'
import { createOnce } from './create-once.ts'
import { actorOf } from './identity.ts'
import { ArchivedPageQuery, IdPageQuery, readPage } from './page.ts'
import {
  CodeChange,
  CodeView,
  type EffectBody,
  NewCodes,
  NewPromotion,
  PromotionChange,
  PromotionView,
  UseView,
} from './promotion-schemas.ts'
import { Closed, Id, Media, Page, type Route, route } from './route.ts'

const read = { staff: 'prices:read' } as const
const write = { staff: 'prices:write' } as const
const PromotionParams = Closed({ id: Id<PromotionId>() })
const CodeParams = Closed({ id: Id<PromotionId>(), code_id: Id<CouponId>() })

const list = route({
  method: 'GET',
  path: '/admin/promotions',
  who: read,
  summary: 'List promotions, oldest first, with how often each was used and what it has spent',
  query: Closed({ ...ArchivedPageQuery, is_automatic: Type.Optional(Type.Boolean()) }),
  replies: { 200: Page(PromotionView) },
  handle: async ({ app, query }) => {
    const { archived = false, is_automatic = null } = query
    const body = await snapshot(app.db, (tx) =>
      readPage(query, (after, limit) =>
        readPromotionPage(tx, { archived, is_automatic, after }, limit),
      ),
    )
    return { status: 200, body }
  },
})

/** What is about goods or shipping is of that class unless somebody says otherwise. */
function classOf({ effect }: Static<typeof NewPromotion>) {
  if (effect.kind === 'free_shipping') return 'shipping' as const
  const on_order = 'on' in effect ? effect.on === 'order' : effect.kind === 'gift'
  return on_order ? ('order' as const) : ('product' as const)
}

/** A rule is one of onhand.config.ts, and is told nothing but plain values. */
async function checkRule({ db, desk }: App, effect: Static<typeof EffectBody>): Promise<void> {
  if (effect.kind !== 'rule') return
  const { rules } = await snapshot(db, desk.readBook)
  const values = Object.entries(effect.values ?? {})
  const wrong = values.filter(
    ([, value]) => !['string', 'number', 'boolean'].includes(typeof value),
  )
  refuseErrors([
    ...(rules.pricing?.discounts.has(effect.rule)
      ? []
      : [fieldError('effect.rule', 'unknown', 'onhand.config.ts has no such discount rule.')]),
    ...wrong.map(([name]) =>
      fieldError(`effect.values.${name.slice(0, 60)}`, 'type', 'A text, a number, true or false.'),
    ),
  ])
}

const create = route({
  method: 'POST',
  path: '/admin/promotions',
  who: write,
  summary: 'Make a promotion: automatic, or for codes that are made next',
  idempotent: true,
  body: NewPromotion,
  example: {
    name: 'Three for two',
    is_automatic: true,
    effect: {
      kind: 'buy_x_get_y',
      buy: { goods: { tags: ['tea'] }, quantity: 2 },
      get: { goods: { tags: ['tea'] }, quantity: 1 },
      rate_ppm: 1_000_000,
    },
  },
  replies: { 201: PromotionView },
  handle: async (asked) => {
    const { app, body, identity, now } = asked
    await checkRule(app, body.effect)
    const id = await createOnce<PromotionId>(asked, 'POST /admin/promotions', body, (tx, id) => {
      const promotion = {
        class: classOf(body),
        combines_with: [],
        priority: 0,
        conditions: {},
        currency: null,
        starts_at: null,
        ends_at: null,
        usage_limit: null,
        buyer_limit: null,
        budget: null,
        ...body,
        id,
        used: 0,
        spent: 0n,
        created_at: now,
        archived_at: null,
      }
      return createPromotion(tx, promotion, actorOf(identity), now)
    })
    return { status: 201, body: await snapshot(app.db, (tx) => readPromotion(tx, id)) }
  },
})

const detail = route({
  method: 'GET',
  path: '/admin/promotions/:id',
  who: read,
  summary: 'Read a promotion',
  params: PromotionParams,
  replies: { 200: PromotionView },
  handle: async ({ app, params: { id } }) => {
    const promotion = await snapshot(app.db, (tx) => readPromotion(tx, id))
    if (!promotion) throw refuse('not_found', { id })
    return { status: 200, body: promotion }
  },
})

const change = route({
  method: 'PATCH',
  path: '/admin/promotions/:id',
  who: write,
  summary: 'Change a promotion: fields that are not sent stay; `archived` ends or revives it',
  params: PromotionParams,
  body: PromotionChange,
  example: { ends_at: '2031-12-31T23:00:00Z', budget: 500_000 },
  replies: { 200: PromotionView },
  handle: async ({ app, params, body, identity, now }) => {
    if (body.effect) await checkRule(app, body.effect)
    const changed = await transaction(app.db, (tx) =>
      changePromotion(tx, params.id, body, actorOf(identity), now),
    )
    return { status: 200, body: changed }
  },
})

const listCodes = route({
  method: 'GET',
  path: '/admin/promotions/:id/codes',
  who: read,
  summary: 'List the codes of a promotion, oldest first, with how often each was used',
  params: PromotionParams,
  query: Closed({ ...IdPageQuery, batch_id: Type.Optional(Id('of the call that made them')) }),
  replies: { 200: Page(CodeView) },
  handle: async ({ app, params, query }) => {
    const body = await snapshot(app.db, async (tx) => {
      if (!(await readPromotion(tx, params.id))) throw refuse('not_found', { id: params.id })
      const filter = { promotion_id: params.id, batch_id: query.batch_id ?? null }
      return readPage(query, (after, limit) => readCodePage(tx, { ...filter, after }, limit))
    })
    return { status: 200, body }
  },
})

const rows_at_a_time = 1_000

async function* exportCodes(
  db: Db,
  promotion_id: PromotionId,
  gone: AbortSignal,
): AsyncGenerator<string> {
  yield 'code,usage_limit,used,created_at,archived_at\n'
  for (let after: string | null = null; !gone.aborted; ) {
    const filter: CodeFilter = { promotion_id, batch_id: null, after }
    const rows: readonly StoredCode[] = await snapshot(db, (tx) =>
      readCodePage(tx, filter, rows_at_a_time),
    )
    // Codes hold letters, digits, _ and - alone: none of it needs quotes.
    yield rows
      .map((row) =>
        [
          row.code,
          row.usage_limit ?? '',
          row.used,
          row.created_at.toISOString(),
          row.archived_at?.toISOString() ?? '',
        ].join(),
      )
      .map((line) => `${line}\n`)
      .join('')
    if (rows.length < rows_at_a_time) return
    after = rows.at(-1)!.id
  }
}

const exportAll = route({
  method: 'GET',
  path: '/admin/promotions/:id/codes.csv',
  who: read,
  summary: 'All codes of a promotion as a CSV file',
  params: PromotionParams,
  replies: { 200: Media('text/csv') },
  handle: async ({ app, params: { id }, gone }) => {
    const promotion = await snapshot(app.db, (tx) => readPromotion(tx, id))
    if (!promotion) throw refuse('not_found', { id })
    const content = exportCodes(app.db, id, gone)
    return { status: 200, raw: { media_type: 'text/csv; charset=utf-8', content } }
  },
})

const addCodes = route({
  method: 'POST',
  path: '/admin/promotions/:id/codes',
  who: write,
  summary: 'Make up to 10,000 codes: those that are named, or as many as are to be drawn',
  idempotent: true,
  params: PromotionParams,
  body_bytes_max: 1_000_000,
  body: NewCodes,
  example: { draw: { count: 500, prefix: 'SPRING-' }, usage_limit: 1 },
  replies: { 201: Closed({ batch_id: Id(), codes: Type.Integer() }) },
  handle: async (asked) => {
    const { app, params, body, identity, now } = asked
    const { codes, draw, usage_limit = null } = body
    if ((codes === undefined) === (draw === undefined)) {
      refuseErrors([fieldError('codes', 'one_of', 'Name codes, or say how many to draw.')])
    }
    const what = codes
      ? { codes }
      : { count: draw!.count, prefix: draw!.prefix ?? '', length: draw!.length ?? 10 }
    const input = { ...body, id: params.id }
    const path = 'POST /admin/promotions/codes'
    const batch_id = await createOnce<string>(asked, path, input, (tx, batch_id) =>
      makeCodes(tx, params.id, { ...what, batch_id, usage_limit }, actorOf(identity), now),
    )
    const made = await snapshot(app.db, (tx) => countCodes(tx, params.id, batch_id))
    return { status: 201, body: { batch_id, codes: made } }
  },
})

const changeOne = route({
  method: 'PATCH',
  path: '/admin/promotions/:id/codes/:code_id',
  who: write,
  summary: 'Change the limit of a code; `archived` ends or revives it',
  params: CodeParams,
  body: CodeChange,
  example: { usage_limit: 2 },
  replies: { 200: CodeView },
  handle: async ({ app, params: { id, code_id }, body, identity, now }) => ({
    status: 200,
    body: await transaction(app.db, (tx) =>
      changeCode(tx, { promotion_id: id, id: code_id }, body, actorOf(identity), now),
    ),
  }),
})

const listUses = route({
  method: 'GET',
  path: '/admin/promotions/:id/uses',
  who: read,
  summary: 'Orders that used a promotion, with what it took off each',
  params: PromotionParams,
  query: Closed(IdPageQuery),
  replies: { 200: Page(UseView) },
  handle: async ({ app, params: { id }, query }) => {
    const body = await snapshot(app.db, async (tx) => {
      if (!(await readPromotion(tx, id))) throw refuse('not_found', { id })
      return readPage(query, (after, limit) => readUsePage(tx, id, after, limit))
    })
    return { status: 200, body }
  },
})

export const admin_promotion_routes: readonly Route[] = [
  list,
  create,
  detail,
  change,
  listCodes,
  exportAll,
  addCodes,
  changeOne,
  listUses,
]
