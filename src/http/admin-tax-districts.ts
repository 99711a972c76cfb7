// Counties, cities and special districts with rates of their own, for staff and machines.
import Type from 'typebox'
import { snapshot, transaction } from '#src/db/transaction.ts'
import { refuse } from '#src/lib/refusal.ts'
import { changeTaxDistrict, createTaxDistrict, removeTaxDistrict } from '#src/pricing/edit-tax.ts'
import type { TaxDistrict } from '#src/pricing/pricing.ts'
import { readTaxDistrict, readTaxDistrictPage } from '#src/pricing/tax.sql.ts'
import { createOnce } from './create-once.ts'
import { actorOf, type Identity } from './identity.ts'
import { IdPageQuery, readPage } from './page.ts'
import { Closed, Id, Nullable, Page, type Route, route, Text } from './route.ts'
import { RatesBody, RateView, readRates } from './tax-schemas.ts'

const read = { staff: 'settings:read' } as const
const write = { staff: 'settings:write' } as const
const editing = (identity: Identity, now: Date) => ({ actor: actorOf(identity), now })
const params = Closed({ id: Id() })

const Kind = Type.Union([Type.Literal('county'), Type.Literal('city'), Type.Literal('special')])
const View = Closed({
  id: Id(),
  country: Type.String(),
  region: Nullable(Type.String()),
  kind: Kind,
  name: Type.String(),
  adds: Type.Boolean(),
  cities: Type.Array(Type.String()),
  postal_codes: Type.Array(Closed({ from: Type.String(), to: Type.String() })),
  rates: Type.Array(RateView),
})
const PostalCode = Type.String({ pattern: '^[A-Za-z0-9 -]{1,12}$' })
const Body = Closed({
  country: Type.String({ pattern: '^[A-Z]{2}$' }),
  region: Type.Optional(Nullable(Text(120, 1))),
  kind: Kind,
  name: Text(100, 1),
  adds: Type.Optional(
    Type.Boolean({
      default: true,
      description: 'On top of the country and region; else in their stead, by category.',
    }),
  ),
  cities: Type.Optional(Type.Array(Text(120, 1), { maxItems: 500 })),
  postal_codes: Type.Optional(
    Type.Array(Closed({ from: PostalCode, to: PostalCode }), {
      maxItems: 2_000,
      description: 'Both ends are included. 10001-1234 lies in 10001 to 10292.',
    }),
  ),
  rates: RatesBody,
})

const example_district = {
  country: 'US',
  region: 'WA',
  kind: 'city',
  name: 'Spokane',
  postal_codes: [{ from: '99201', to: '99224' }],
  rates: [{ category: 'standard', component: 'City', rate_ppm: 25_000 }],
}

const bare = (code: string): string => code.toUpperCase().replaceAll(/[\s-]/g, '')

const readBody = (id: string, body: Type.Static<typeof Body>): TaxDistrict => ({
  id,
  country: body.country,
  region: body.region ?? null,
  kind: body.kind,
  name: body.name,
  adds: body.adds ?? true,
  cities: (body.cities ?? []).map((city) => city.toUpperCase()),
  postal_codes: (body.postal_codes ?? []).map(({ from, to }) => ({
    from: bare(from),
    to: bare(to),
  })),
  rates: readRates(body.rates),
})

const list = route({
  method: 'GET',
  path: '/admin/tax-districts',
  who: read,
  summary: 'List tax districts with their rates, oldest first',
  query: Closed(IdPageQuery),
  replies: { 200: Page(View) },
  handle: async ({ app, query }) => ({
    status: 200,
    body: await snapshot(app.db, (tx) =>
      readPage(query, (after, limit) => readTaxDistrictPage(tx, after, limit)),
    ),
  }),
})

const create = route({
  method: 'POST',
  path: '/admin/tax-districts',
  who: write,
  summary: 'Make a tax district: a county, city or special district with rates of its own',
  idempotent: true,
  body: Body,
  example: example_district,
  replies: { 201: View },
  handle: async (asked) => {
    const { app, body, identity, now } = asked
    const id = await createOnce<string>(asked, 'POST /admin/tax-districts', body, (tx, id) =>
      createTaxDistrict(tx, readBody(id, body), editing(identity, now)),
    )
    return { status: 201, body: await snapshot(app.db, (tx) => readTaxDistrict(tx, id)) }
  },
})

const detail = route({
  method: 'GET',
  path: '/admin/tax-districts/:id',
  who: read,
  summary: 'Read a tax district',
  params,
  replies: { 200: View },
  handle: async ({ app, params: { id } }) => {
    const district = await snapshot(app.db, (tx) => readTaxDistrict(tx, id))
    if (!district) throw refuse('not_found', { id })
    return { status: 200, body: district }
  },
})

const replace = route({
  method: 'PUT',
  path: '/admin/tax-districts/:id',
  who: write,
  summary: 'Replace a tax district with its places and rates',
  params,
  body: Body,
  example: example_district,
  replies: { 200: View },
  handle: async ({ app, params: { id }, body, identity, now }) => ({
    status: 200,
    body: await transaction(app.db, (tx) =>
      changeTaxDistrict(tx, readBody(id, body), editing(identity, now)),
    ),
  }),
})

const remove = route({
  method: 'DELETE',
  path: '/admin/tax-districts/:id',
  who: write,
  summary: 'Remove a tax district: from then on its rates do not hold',
  params,
  replies: { 204: null },
  handle: async ({ app, params: { id }, identity, now }) => {
    await transaction(app.db, (tx) => removeTaxDistrict(tx, id, editing(identity, now)))
    return { status: 204 }
  },
})

export const admin_tax_districts_routes: readonly Route[] = [list, create, detail, replace, remove]
