// Tax zones and their rates, for staff and machines.
import Type from 'typebox'
import { snapshot, transaction } from '../db/transaction.ts'
import { refuse } from '../lib/refusal.ts'
import { createTaxZone, removeTaxZone, setTaxRates } from '../pricing/edit-tax.ts'
import { pricing_limits } from '../pricing/pricing.ts'
import { readTaxZone, readTaxZonePage } from '../pricing/tax.sql.ts'
import { createOnce } from './create-once.ts'
import { actorOf } from './identity.ts'
import { IdPageQuery, readPage } from './page.ts'
import { Closed, Id, Nullable, Page, type Route, route, Text } from './route.ts'

const read = { staff: 'settings:read' } as const
const write = { staff: 'settings:write' } as const

const RateView = Closed({
  category: Text(64, 1),
  component: Text(64, 1),
  rate_ppm: Type.Integer({ minimum: 0, maximum: 1_000_000, description: '19 % is 190000' }),
  position: Type.Integer(),
})
const RateBody = Closed({
  category: Type.String({ pattern: '^[a-z0-9][a-z0-9_-]{0,63}$' }),
  component: Text(64, 1),
  rate_ppm: Type.Integer({ minimum: 0, maximum: 1_000_000, description: '19 % is 190000' }),
  position: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000 })),
})
const Rates = Type.Array(RateBody, { maxItems: pricing_limits.rates_per_zone })
const ZoneView = Closed({
  id: Id(),
  country: Type.String(),
  region: Nullable(Type.String()),
  rates: Type.Array(RateView),
})
const ZoneParams = Closed({ id: Id() })

const withPositions = (rates: Type.Static<typeof Rates>) =>
  rates.map((rate, position) => ({ position, ...rate }))

const list = route({
  method: 'GET',
  path: '/admin/tax-zones',
  who: read,
  summary: 'List tax zones with their rates, oldest first',
  query: Closed(IdPageQuery),
  replies: { 200: Page(ZoneView) },
  handle: async ({ app, query }) => ({
    status: 200,
    body: await snapshot(app.db, (tx) =>
      readPage(query, (after, limit) => readTaxZonePage(tx, after, limit)),
    ),
  }),
})

const create = route({
  method: 'POST',
  path: '/admin/tax-zones',
  who: write,
  summary: 'Make a tax zone: a country, or one region of it, which then goes before its country',
  idempotent: true,
  body: Closed({
    country: Type.String({ pattern: '^[A-Z]{2}$' }),
    region: Type.Optional(Nullable(Text(120, 1))),
    rates: Rates,
  }),
  replies: { 201: ZoneView },
  handle: async (asked) => {
    const { app, body, identity, now } = asked
    const { country, region = null } = body
    const rates = withPositions(body.rates)
    const id = await createOnce<string>(asked, 'POST /admin/tax-zones', body, (tx, id) =>
      createTaxZone(tx, { id, country, region, rates }, actorOf(identity), now),
    )
    return { status: 201, body: await snapshot(app.db, (tx) => readTaxZone(tx, id)) }
  },
})

const detail = route({
  method: 'GET',
  path: '/admin/tax-zones/:id',
  who: read,
  summary: 'Read a tax zone',
  params: ZoneParams,
  replies: { 200: ZoneView },
  handle: async ({ app, params: { id } }) => {
    const zone = await snapshot(app.db, (tx) => readTaxZone(tx, id))
    if (!zone) throw refuse('not_found', { id })
    return { status: 200, body: zone }
  },
})

const putRates = route({
  method: 'PUT',
  path: '/admin/tax-zones/:id/rates',
  who: write,
  summary: 'Replace all rates of a tax zone',
  params: ZoneParams,
  body: Closed({ rates: Rates }),
  replies: { 200: ZoneView },
  handle: async ({ app, params, body, identity, now }) => ({
    status: 200,
    body: await transaction(app.db, (tx) =>
      setTaxRates(tx, params.id, withPositions(body.rates), actorOf(identity), now),
    ),
  }),
})

const remove = route({
  method: 'DELETE',
  path: '/admin/tax-zones/:id',
  who: write,
  summary: 'Remove a tax zone: from then on its country, or nothing, is charged there',
  params: ZoneParams,
  replies: { 204: null },
  handle: async ({ app, params, identity, now }) => {
    await transaction(app.db, (tx) => removeTaxZone(tx, params.id, actorOf(identity), now))
    return { status: 204 }
  },
})

export const admin_tax_routes: readonly Route[] = [list, create, detail, putRates, remove]
