// Shipping zones, options and tables of rates, for staff and machines.
import Type from 'typebox'
import { snapshot, transaction } from '#src/db/transaction.ts'
import { readOption, readOptionPage, readZone, readZonePage } from '#src/delivery/delivery.sql.ts'
import {
  changeShippingOption,
  changeShippingZone,
  createShippingOption,
  createShippingZone,
  delivery_limits,
  removeShippingZone,
} from '#src/delivery/edit-delivery.ts'
import type { ShippingOptionId } from '#src/lib/ids.ts'
import { refuse } from '#src/lib/refusal.ts'
import { Code, Countries, CurrencyCode } from './admin-pricing.ts'
import { createOnce } from './create-once.ts'
import { actorOf } from './identity.ts'
import { ArchivedPageQuery, IdPageQuery, readPage } from './page.ts'
import { Closed, Id, Minor, Moment, Nullable, Page, type Route, route, Text } from './route.ts'

const read = { staff: 'settings:read' } as const
const write = { staff: 'settings:write' } as const

const zone_fields = { name: Text(100, 1), countries: Countries }
const ZoneView = Closed({ id: Id(), ...zone_fields })
const ZoneParams = Closed({ id: Id() })

const listZones = route({
  method: 'GET',
  path: '/admin/shipping-zones',
  who: read,
  summary: 'List shipping zones, oldest first',
  query: Closed(IdPageQuery),
  replies: { 200: Page(ZoneView) },
  handle: async ({ app, query }) => ({
    status: 200,
    body: await snapshot(app.db, (tx) =>
      readPage(query, (after, limit) => readZonePage(tx, after, limit)),
    ),
  }),
})

const createZone = route({
  method: 'POST',
  path: '/admin/shipping-zones',
  who: write,
  summary: 'Make a shipping zone: the countries that options serve together',
  idempotent: true,
  body: Closed(zone_fields),
  example: { name: 'Alps', countries: ['AT', 'CH'] },
  replies: { 201: ZoneView },
  handle: async (asked) => {
    const { app, body, identity, now } = asked
    const id = await createOnce<string>(asked, 'POST /admin/shipping-zones', body, (tx, id) =>
      createShippingZone(tx, { id, ...body }, actorOf(identity), now),
    )
    return { status: 201, body: await snapshot(app.db, (tx) => readZone(tx, id)) }
  },
})

const changeZone = route({
  method: 'PATCH',
  path: '/admin/shipping-zones/:id',
  who: write,
  summary: 'Change a shipping zone: fields that are not sent stay',
  params: ZoneParams,
  body: Type.Partial(Closed(zone_fields), { additionalProperties: false }),
  example: { countries: ['AT', 'CH', 'LI'] },
  replies: { 200: ZoneView },
  handle: async ({ app, params, body, identity, now }) => ({
    status: 200,
    body: await transaction(app.db, (tx) =>
      changeShippingZone(tx, params.id, body, actorOf(identity), now),
    ),
  }),
})

const removeZone = route({
  method: 'DELETE',
  path: '/admin/shipping-zones/:id',
  who: write,
  summary: 'Remove a shipping zone in which no option stands',
  params: ZoneParams,
  replies: { 204: null },
  handle: async ({ app, params, identity, now }) => {
    await transaction(app.db, (tx) => removeShippingZone(tx, params.id, actorOf(identity), now))
    return { status: 204 }
  },
})

const Days = Type.Integer({ minimum: 0, maximum: 365 })
const Rate = Closed({
  currency: CurrencyCode,
  min_weight_g: Type.Integer({ minimum: 0, maximum: 2_147_483_647 }),
  min_subtotal: Minor({ minimum: 0 }),
  amount: Minor({ minimum: 0 }),
  includes_tax: Type.Boolean(),
})
const option_fields = {
  zone_id: Id(),
  name: Text(100, 1),
  description: Text(500),
  tax_category: Type.String({ pattern: '^[a-z0-9][a-z0-9_-]{0,63}$' }),
  services: Type.Array(Text(100, 1), { maxItems: 50 }),
  days_min: Days,
  days_max: Days,
  position: Type.Integer({ minimum: 0, maximum: 1_000_000 }),
  rates: Type.Array(Rate, { maxItems: delivery_limits.rates_per_option }),
}
const OptionView = Closed({
  id: Id<ShippingOptionId>(),
  code: Type.String(),
  ...option_fields,
  archived_at: Nullable(Moment()),
})
const NewOption = Closed({
  code: Code,
  zone_id: option_fields.zone_id,
  name: option_fields.name,
  description: Type.Optional(option_fields.description),
  tax_category: Type.Optional(option_fields.tax_category),
  services: Type.Optional(option_fields.services),
  days_min: Type.Optional(option_fields.days_min),
  days_max: Type.Optional(option_fields.days_max),
  position: Type.Optional(option_fields.position),
  rates: option_fields.rates,
})
const OptionParams = Closed({ id: Id<ShippingOptionId>() })

const listOptions = route({
  method: 'GET',
  path: '/admin/shipping-options',
  who: read,
  summary: 'List shipping options with their tables of rates, oldest first',
  query: Closed(ArchivedPageQuery),
  replies: { 200: Page(OptionView) },
  handle: async ({ app, query }) => {
    const { archived = false } = query
    const body = await snapshot(app.db, (tx) =>
      readPage(query, (after, limit) => readOptionPage(tx, { archived, after }, limit)),
    )
    return { status: 200, body }
  },
})

const createOption = route({
  method: 'POST',
  path: '/admin/shipping-options',
  who: write,
  summary:
    'Make a shipping option; of its rates the last whose weight and subtotal are reached counts',
  idempotent: true,
  body_bytes_max: 1024 * 1024,
  body: NewOption,
  example: {
    code: 'express',
    zone_id: '019a0000-0000-7000-8000-000000000008',
    name: 'Express',
    days_min: 1,
    days_max: 2,
    rates: [
      { currency: 'EUR', min_weight_g: 0, min_subtotal: 0, amount: 990, includes_tax: true },
      { currency: 'EUR', min_weight_g: 0, min_subtotal: 10_000, amount: 0, includes_tax: true },
    ],
  },
  replies: { 201: OptionView },
  handle: async (asked) => {
    const { app, body, identity, now } = asked
    const path = 'POST /admin/shipping-options'
    const id = await createOnce<ShippingOptionId>(asked, path, body, (tx, id) => {
      const option = {
        description: '',
        tax_category: 'standard',
        services: [],
        days_min: 1,
        days_max: 7,
        position: 0,
        ...body,
        id,
        archived_at: null,
      }
      return createShippingOption(tx, option, actorOf(identity), now)
    })
    return { status: 201, body: await snapshot(app.db, (tx) => readOption(tx, id)) }
  },
})

const readOneOption = route({
  method: 'GET',
  path: '/admin/shipping-options/:id',
  who: read,
  summary: 'Read a shipping option',
  params: OptionParams,
  replies: { 200: OptionView },
  handle: async ({ app, params: { id } }) => {
    const option = await snapshot(app.db, (tx) => readOption(tx, id))
    if (!option) throw refuse('not_found', { id })
    return { status: 200, body: option }
  },
})

const changeOption = route({
  method: 'PATCH',
  path: '/admin/shipping-options/:id',
  who: write,
  summary: 'Change a shipping option: fields that are not sent stay; `rates` replaces the table',
  params: OptionParams,
  body_bytes_max: 1024 * 1024,
  body: Type.Partial(Closed({ ...option_fields, archived: Type.Boolean() }), {
    additionalProperties: false,
  }),
  example: { name: 'Express, before noon', days_max: 1 },
  replies: { 200: OptionView },
  handle: async ({ app, params, body, identity, now }) => ({
    status: 200,
    body: await transaction(app.db, (tx) =>
      changeShippingOption(tx, params.id, body, actorOf(identity), now),
    ),
  }),
})

export const admin_delivery_routes: readonly Route[] = [
  listZones,
  createZone,
  changeZone,
  removeZone,
  listOptions,
  createOption,
  readOneOption,
  changeOption,
]
