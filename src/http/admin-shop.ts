// The frame of the shop, for staff and machines: channels, locations, legal entities.
import Type from 'typebox'
import { snapshot, transaction } from '#src/db/transaction.ts'
import type { ChannelId, LegalEntityId, LocationId } from '#src/lib/ids.ts'
import {
  changeChannel,
  changeLegalEntity,
  changeLocation,
  createChannel,
  createLegalEntity,
  createLocation,
} from '#src/shop/edit-shop.ts'
import type { Channel } from '#src/shop/shop.ts'
import { readChannelPage, readLegalEntityPage, readLocationPage } from '#src/shop/shop-views.sql.ts'
import { readTaxSettings, type TaxSettings } from '#src/shop/tax-settings.ts'
import { Code, CurrencyCode } from './admin-pricing.ts'
import type { App } from './app.ts'
import { createOnce } from './create-once.ts'
import { actorOf, type Identity } from './identity.ts'
import { IdPageQuery, readPage } from './page.ts'
import { Closed, Id, Nullable, Page, type Route, route, Text } from './route.ts'
import { AddressBody, AddressReply, example_address, readOwnAddress } from './shapes.ts'

const read = { staff: 'settings:read' } as const
const write = { staff: 'settings:write' } as const
const editing = (identity: Identity, now: Date) => ({ actor: actorOf(identity), now })
const providersOf = ({ payments }: App): ReadonlySet<string> => new Set(payments.keys())
const query = Closed(IdPageQuery)
const List = <T extends Type.TSchema>(item: T, min: number, max: number) =>
  Type.Array(item, { minItems: min, maxItems: max, uniqueItems: true })

const units_max = 1_000_000_000
const channel_fields = {
  name: Text(100, 1),
  currencies: List(CurrencyCode, 1, 50),
  countries: List(Type.String({ pattern: '^[A-Z]{2}$' }), 1, 249),
  default_country: Type.String({
    pattern: '^[A-Z]{2}$',
    description: 'Prices are shown for it until the buyer says where it goes.',
  }),
  locale: Type.String({ pattern: '^[a-z]{2,3}(-[A-Z]{2})?$' }),
  storefront_url: Text(300, 1),
  reply_to: Text(254, 3),
  payment_providers: List(Text(40, 1), 0, 20),
  capture: Type.Union([Type.Literal('now'), Type.Literal('later')], {
    description: 'later takes the money when a parcel leaves, where the provider can do that',
  }),
  locations: Type.Unsafe<LocationId[]>(List(Id<LocationId>(), 0, 100)),
  safety: Type.Integer({
    minimum: 0,
    maximum: units_max,
    description: 'Of each item at each location so many are left to the other channels',
  }),
}
const fixed_channel_fields = { code: Code, legal_entity_id: Id<LegalEntityId>() }
const ChannelView = Closed({
  id: Id<ChannelId>(),
  ...fixed_channel_fields,
  ...channel_fields,
})

const channels = route({
  method: 'GET',
  path: '/admin/channels',
  who: read,
  summary: 'List channels, oldest first',
  query,
  replies: { 200: Page(ChannelView) },
  handle: async ({ app, query: page }) => ({
    status: 200,
    body: await snapshot(app.db, (tx) =>
      readPage(page, (after, limit) => readChannelPage(tx, after, limit)),
    ),
  }),
})

const addChannel = route({
  method: 'POST',
  path: '/admin/channels',
  who: write,
  summary: 'Make a channel: a web shop, a market abroad, a counter',
  idempotent: true,
  body: Closed({
    ...fixed_channel_fields,
    ...channel_fields,
    safety: Type.Optional(channel_fields.safety),
  }),
  example: {
    code: 'alps',
    legal_entity_id: '019a0000-0000-7000-8000-000000000010',
    name: 'Web shop for the Alps',
    currencies: ['EUR', 'CHF'],
    countries: ['AT', 'CH'],
    default_country: 'AT',
    locale: 'de-AT',
    storefront_url: 'https://alps.shop.example',
    reply_to: 'hello@shop.example',
    payment_providers: ['stripe'],
    capture: 'now',
    locations: ['019a0000-0000-7000-8000-000000000011'],
  },
  replies: { 201: ChannelView },
  handle: async (asked) => {
    const { app, body, identity, now } = asked
    const id = await createOnce<ChannelId>(asked, 'POST /admin/channels', body, (tx, id) => {
      const channel: Channel = { safety: 0, ...body, id }
      return createChannel(tx, channel, providersOf(app), editing(identity, now))
    })
    const book = await snapshot(app.db, app.desk.readBook)
    return { status: 201, body: book.channels.get(id) }
  },
})

const editChannel = route({
  method: 'PATCH',
  path: '/admin/channels/:id',
  who: write,
  summary: 'Change a channel: fields that are not sent stay; lists are replaced whole',
  example: { payment_providers: ['stripe'], capture: 'later' },
  params: Closed({ id: Id<ChannelId>() }),
  body: Type.Partial(Closed(channel_fields), { additionalProperties: false }),
  replies: { 200: ChannelView },
  handle: async ({ app, params, body, identity, now }) => ({
    status: 200,
    body: await transaction(app.db, (tx) => {
      const change = { patch: body, providers: providersOf(app) }
      return changeChannel(tx, params.id, change, editing(identity, now))
    }),
  }),
})

const place_fields = {
  name: Text(100, 1),
  priority: Type.Integer({ minimum: 0, maximum: 1_000_000 }),
}
const LocationView = Closed({
  id: Id<LocationId>(),
  code: Code,
  ...place_fields,
  address: AddressReply,
})

const locations = route({
  method: 'GET',
  path: '/admin/locations',
  who: read,
  summary: 'List locations, oldest first: where stock lies and parcels leave',
  query,
  replies: { 200: Page(LocationView) },
  handle: async ({ app, query: page }) => ({
    status: 200,
    body: await snapshot(app.db, (tx) =>
      readPage(page, (after, limit) => readLocationPage(tx, after, limit)),
    ),
  }),
})

const addLocation = route({
  method: 'POST',
  path: '/admin/locations',
  who: write,
  summary: 'Make a location; a channel sells from it once it is on its list',
  idempotent: true,
  body: Closed({ code: Code, ...place_fields, address: AddressBody }),
  example: { code: 'berlin', name: 'Berlin', priority: 1, address: example_address },
  replies: { 201: Closed({ id: Id<LocationId>() }) },
  handle: async (asked) => {
    const { body, identity, now } = asked
    const address = readOwnAddress(body.address)
    const id = await createOnce<LocationId>(asked, 'POST /admin/locations', body, (tx, id) =>
      createLocation(tx, { ...body, address, id }, editing(identity, now)),
    )
    return { status: 201, body: { id } }
  },
})

const editLocation = route({
  method: 'PATCH',
  path: '/admin/locations/:id',
  who: write,
  summary: 'Change a location: fields that are not sent stay',
  params: Closed({ id: Id<LocationId>() }),
  body: Type.Partial(Closed({ ...place_fields, address: AddressBody }), {
    additionalProperties: false,
  }),
  example: { name: 'Berlin, second floor', priority: 2 },
  replies: { 200: LocationView },
  handle: async ({ app, params, body, identity, now }) => {
    const { address, ...rest } = body
    const patch = { ...rest, ...(address ? { address: readOwnAddress(address) } : {}) }
    const changed = await transaction(app.db, (tx) =>
      changeLocation(tx, params.id, patch, editing(identity, now)),
    )
    return { status: 200, body: changed }
  },
})

const TaxSettingsView = Closed({
  eu_sales: Type.Union([Type.Literal('destination'), Type.Literal('origin')], {
    description: 'origin: below 10,000 EUR of sales to other member states a year',
  }),
  collects_in: Type.Array(Text(124, 2), {
    maxItems: 500,
    description:
      'Countries (CH), regions (US-NY), or EU, beside the own country. A seller in the US who ' +
      'names states collects in them and in that of its seat only',
  }),
  import_limits: Type.Array(
    Closed({
      place: Text(124, 2),
      currency: Type.String({ pattern: '^[A-Z]{3}$' }),
      amount: Type.Integer({ minimum: 0, maximum: 1_000_000_000 }),
    }),
    {
      maxItems: 100,
      description:
        'Up to which value of the goods, without tax, a seller from outside collects there ' +
        '(150 EUR by the import scheme of the EU)',
    },
  ),
  shipping: Type.Union(
    [Type.Literal('category'), Type.Literal('proportional'), Type.Literal('main')],
    { description: 'By its own category, in proportion to the goods, or as the main goods' },
  ),
  rounding: Type.Union([Type.Literal('line'), Type.Literal('invoice')], {
    description: 'invoice: once per rate over all lines, as Japan demands',
  }),
  source: Nullable(Text(40, 1)),
})
const tax_fields = { tax: Type.Partial(TaxSettingsView, { additionalProperties: false }) }
const sourcesOf = ({ desk }: App) => ({ sources: new Set(desk.tax_sources.keys()) })

const entity_fields = {
  name: Text(200, 1),
  tax_ids: Type.Array(Closed({ kind: Text(40, 1), number: Text(40, 1) }), { maxItems: 20 }),
}
const fixed_entity_fields = {
  code: Code,
  time_zone: Text(64, 1),
  fiscal_year_starts_month: Type.Integer({ minimum: 1, maximum: 12 }),
  number_prefix: Type.String({ pattern: '^[A-Z0-9]{0,4}$' }),
}
const EntityView = Closed({
  id: Id<LegalEntityId>(),
  ...fixed_entity_fields,
  ...entity_fields,
  tax: TaxSettingsView,
  address: AddressReply,
})
type WithTax = { readonly tax?: Partial<TaxSettings> }
const withTax = <Entity extends WithTax>(entity: Entity) => ({
  ...entity,
  tax: readTaxSettings(entity.tax ?? {}),
})

const entities = route({
  method: 'GET',
  path: '/admin/legal-entities',
  who: read,
  summary: 'List legal entities, oldest first: who sells and stands on the invoice',
  query,
  replies: { 200: Page(EntityView) },
  handle: async ({ app, query: page }) => ({
    status: 200,
    body: await snapshot(app.db, (tx) =>
      readPage(page, async (after, limit) =>
        (await readLegalEntityPage(tx, after, limit)).map(withTax),
      ),
    ),
  }),
})

const addEntity = route({
  method: 'POST',
  path: '/admin/legal-entities',
  who: write,
  summary: 'Make a legal entity; time zone, fiscal year and prefix of numbers are for ever',
  idempotent: true,
  body: Closed({
    ...fixed_entity_fields,
    ...entity_fields,
    address: AddressBody,
    tax: Type.Optional(tax_fields.tax),
  }),
  example: {
    code: 'germany',
    name: 'Onhand GmbH',
    time_zone: 'Europe/Berlin',
    fiscal_year_starts_month: 1,
    number_prefix: 'DE',
    tax_ids: [{ kind: 'vat', number: 'DE136695976' }],
    address: example_address,
  },
  replies: { 201: Closed({ id: Id<LegalEntityId>() }) },
  handle: async (asked) => {
    const { app, body, identity, now } = asked
    const doing = { ...editing(identity, now), ...sourcesOf(app) }
    const address = readOwnAddress(body.address)
    const path = 'POST /admin/legal-entities'
    const id = await createOnce<LegalEntityId>(asked, path, body, (tx, id) =>
      createLegalEntity(tx, { ...body, address, id }, doing),
    )
    return { status: 201, body: { id } }
  },
})

const editEntity = route({
  method: 'PATCH',
  path: '/admin/legal-entities/:id',
  who: write,
  summary: 'Change name, address, tax numbers, taxes; documents already written keep theirs',
  params: Closed({ id: Id<LegalEntityId>() }),
  body: Type.Partial(Closed({ ...entity_fields, ...tax_fields, address: AddressBody }), {
    additionalProperties: false,
  }),
  example: { tax: { collects_in: ['CH', 'US-NY'], shipping: 'proportional' } },
  replies: { 200: EntityView },
  handle: async ({ app, params, body, identity, now }) => {
    const { address, ...rest } = body
    const patch = { ...rest, ...(address ? { address: readOwnAddress(address) } : {}) }
    const changed = await transaction(app.db, (tx) =>
      changeLegalEntity(tx, params.id, patch, { ...editing(identity, now), ...sourcesOf(app) }),
    )
    return { status: 200, body: withTax(changed) }
  },
})

export const admin_shop_routes: readonly Route[] = [
  channels,
  addChannel,
  editChannel,
  locations,
  addLocation,
  editLocation,
  entities,
  addEntity,
  editEntity,
]
