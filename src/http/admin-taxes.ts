// Tax zones and their rates, for staff and machines.
import Type from 'typebox'
import { snapshot, transaction } from '#src/db/transaction.ts'
import { refuse } from '#src/lib/refusal.ts'
import { createTaxZone, removeTaxZone, setTaxRates } from '#src/pricing/edit-tax.ts'
import { readTaxZone, readTaxZonePage } from '#src/pricing/tax.sql.ts'
import { createOnce } from './create-once.ts'
import { actorOf } from './identity.ts'
import { IdPageQuery, readPage } from './page.ts'
import { Closed, Id, Nullable, Page, type Route, route, Text } from './route.ts'
import { RatesBody, RateView, readRates } from './tax-schemas.ts'

const read = { staff: 'settings:read' } as const
const write = { staff: 'settings:write' } as const

const ZoneView = Closed({
  id: Id(),
  country: Type.String(),
  region: Nullable(Type.String()),
  adds: Type.Boolean(),
  rates: Type.Array(RateView),
})
const adds = Type.Optional(
  Type.Boolean({ description: 'A region: its rates come on top of those of the country.' }),
)
const ZoneParams = Closed({ id: Id() })

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
    adds,
    rates: RatesBody,
  }),
  example: {
    country: 'NO',
    rates: [{ category: 'standard', component: 'MVA', rate_ppm: 250_000 }],
  },
  replies: { 201: ZoneView },
  handle: async (asked) => {
    const { app, body, identity, now } = asked
    const { country, region = null, adds: is_added = false } = body
    const rates = readRates(body.rates)
    const id = await createOnce<string>(asked, 'POST /admin/tax-zones', body, (tx, id) =>
      createTaxZone(tx, { id, country, region, adds: is_added, rates }, actorOf(identity), now),
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
  body: Closed({ rates: RatesBody, adds }),
  example: { rates: [{ category: 'standard', component: 'VAT', rate_ppm: 190_000 }] },
  replies: { 200: ZoneView },
  handle: async ({ app, params, body, identity, now }) => ({
    status: 200,
    body: await transaction(app.db, (tx) =>
      setTaxRates(
        tx,
        params.id,
        { rates: readRates(body.rates), adds: body.adds },
        { actor: actorOf(identity), now },
      ),
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
