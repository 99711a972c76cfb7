// What staff send so that each route writes something: where neither the example of the route nor
// the smallest body would do. The ids are those of the newest things of each kind.
import { german_address } from '#test/world.ts'
import { nobody } from './document.ts'

type Ids = Readonly<Record<string, readonly string[]>>
export type Write = {
  readonly body?: unknown
  readonly values?: Readonly<Record<string, string>>
  readonly query?: string
}

const address = { ...german_address, phone: null }
const title = { title: 'Changed' }
const name = { name: 'Changed' }
const district = {
  country: 'US',
  region: 'NY',
  kind: 'city',
  name: 'New York',
  cities: ['New York'],
  rates: [{ category: 'standard', component: 'City', rate_ppm: 45_000 }],
}

export const writes: Readonly<Record<string, (ids: Ids) => Write>> = {
  'PUT /admin/channels/{id}/cart-holds': () => ({
    body: {
      rules: [
        { stock_item_id: null, minutes: 5, share_percent: 10, units_max: 2, scarce_below: null },
      ],
    },
  }),
  'PATCH /admin/products/{id}': () => ({ body: title }),
  'PUT /admin/products/{id}/media': () => ({
    body: { media: [{ url: 'https://pictures.example/a.jpg', alt: 'A' }] },
  }),
  'PUT /admin/products/{id}/categories': ({ categories }) => ({
    body: { category_ids: [categories![0]] },
  }),
  'PUT /admin/products/{id}/publications/{channel_id}': () => ({
    body: { published_at: '2030-01-01T00:00:00Z' },
  }),
  'PATCH /admin/collections/{id}': () => ({ body: title }),
  'PUT /admin/fields/{key}': () => ({ values: { key: 'material' } }),
  'DELETE /admin/fields/{key}': () => ({ values: { key: 'material' } }),
  'PUT /admin/translations/{subject}/{id}/{locale}': ({ products }) => ({
    body: { title: 'Becher' },
    values: { subject: 'product', id: products![0]!, locale: 'fr' },
  }),
  'DELETE /admin/translations/{subject}/{id}/{locale}': ({ products }) => ({
    values: { subject: 'product', id: products![0]!, locale: 'fr' },
  }),
  'PATCH /admin/coupons/{id}': () => ({ body: { usage_limit: 500 } }),
  'POST /admin/customers': () => ({ body: { email: 'lily@example.com', name: 'Lily' } }),
  'PATCH /admin/customers/{id}': () => ({ body: { name: 'Lily of the Valley' } }),
  'POST /admin/shipping-zones': () => ({ body: { name: 'North', countries: ['NO'] } }),
  'PATCH /admin/shipping-zones/{id}': () => ({ body: name }),
  'POST /admin/shipping-options': (ids) => ({
    body: { code: 'slow', zone_id: ids['shipping-zones']!.at(-1), name: 'Slow', rates: [] },
  }),
  'PATCH /admin/shipping-options/{id}': () => ({ body: name }),
  'POST /admin/customer-segments': () => ({
    body: { code: 'new-ones', name: 'New', match: 'all', rules: [{ kind: 'account' }] },
  }),
  'PATCH /admin/digital-files/{id}': () => ({ body: name }),
  'PUT /admin/digital-files/{id}/parts/{n}': (ids) => ({
    values: { id: ids['digital-files']![0]!, n: '0' },
  }),
  'PUT /admin/variants/{id}/files': (ids) => ({
    body: { file_ids: [ids['digital-files']![0]] },
  }),
  'PUT /admin/message-templates/{kind}/{locale}': () => ({
    body: {
      subject: 'Thank you',
      mjml:
        '<mjml><mj-body><mj-section><mj-column><mj-text>Thank you</mj-text></mj-column>' +
        '</mj-section></mj-body></mjml>',
      text: 'Thank you',
      enabled: true,
      version: 0,
    },
  }),
  'PATCH /admin/orders/{id}/address': (ids) => ({
    body: { version: Number(ids['order_version']![0]), email: 'moved@example.com' },
    values: { id: ids['order_version']![1]! },
  }),
  'POST /admin/drafts': (ids) => ({
    body: {
      channel_id: ids['channels']![0],
      email: 'phone@example.com',
      lines: [{ variant_id: ids['variants']![0], quantity: 1 }],
    },
  }),
  'PATCH /admin/drafts/{id}': (ids) => ({
    body: {
      version: Number(ids['draft_open']![0]),
      shipping_address: address,
      shipping_option_id: ids['shipping-options']![0],
    },
    values: { id: ids['draft_open']![1]! },
  }),
  'POST /admin/drafts/{id}/send': (ids) => ({
    body: {
      version: Number(ids['draft_open']![0]),
      expires_at: new Date(Date.now() + 86_400_000).toISOString(),
    },
    values: { id: ids['draft_open']![1]! },
  }),
  'POST /admin/drafts/{id}/cancel': (ids) => ({ values: { id: ids['draft_last']![0]! } }),
  'POST /admin/drafts/{id}/place': (ids) => ({
    body: { expected_total: Number(ids['draft_offered']![0]) },
    values: { id: ids['draft_offered']![1]! },
  }),
  'POST /admin/orders/{id}/edits': (ids) => ({
    body: { version: Number(ids['order_version']![0]), address: { phone: '+4930111222' } },
    values: { id: ids['order_version']![1]! },
  }),
  'POST /admin/orders/{id}/edits/preview': (ids) => ({
    body: { version: Number(ids['order_version']![0]), address: { phone: '+4930111333' } },
    values: { id: ids['order_version']![1]! },
  }),
  'POST /admin/orders/{id}/settle': (ids) => ({ values: { id: ids['order_to_settle']![0]! } }),
  'POST /admin/orders/{id}/payments': (ids) => ({
    body: { expected_total: Number(ids['order_to_pay']![0]) },
    values: { id: ids['order_to_pay']![1]! },
  }),
  'POST /admin/orders/{id}/hold': (ids) => ({
    body: { reason: 'looks odd' },
    values: { id: ids['order_version']![1]! },
  }),
  'POST /admin/orders/{id}/release': (ids) => ({ values: { id: ids['order_held']![0]! } }),
  'PUT /admin/orders/{id}/tags': () => ({ body: { tags: ['audited'] } }),
  'PUT /admin/channels/{id}/review-rules': () => ({
    body: { rules: [{ kind: 'address_differs' }] },
  }),
  'POST /admin/price-lists/{id}/prices/remove': ({ variants }) => ({
    body: { prices: [{ variant_id: variants![0], min_quantity: 1 }] },
  }),
  'PATCH /admin/promotions/{id}': () => ({ body: name }),
  'POST /admin/promotions/{id}/codes': () => ({ body: { codes: ['AUDITED-1', 'AUDITED-2'] } }),
  'PATCH /admin/promotions/{id}/codes/{code_id}': () => ({ body: { usage_limit: 7 } }),
  'POST /admin/channels': (ids) => ({
    body: {
      code: 'second',
      legal_entity_id: ids['legal-entities']![0],
      name: 'Second',
      currencies: ['EUR'],
      countries: ['DE'],
      default_country: 'DE',
      locale: 'de',
      storefront_url: 'https://second.example',
      reply_to: 'hello@second.example',
      payment_providers: [],
      capture: 'now',
      locations: [],
    },
  }),
  'POST /admin/locations': () => ({ body: { code: 'attic', name: 'Attic', priority: 9, address } }),
  'PATCH /admin/locations/{id}': () => ({ body: name }),
  'POST /admin/legal-entities': () => ({
    body: {
      code: 'other',
      time_zone: 'Europe/Berlin',
      fiscal_year_starts_month: 1,
      number_prefix: 'X',
      name: 'Other',
      tax_ids: [],
      address,
    },
  }),
  'PATCH /admin/staff/{id}': () => ({ body: { role: 'accounting' } }),
  'POST /admin/tax-districts': () => ({ body: district }),
  'PUT /admin/tax-districts/{id}': () => ({ body: { ...district, name: 'Changed' } }),
  'POST /admin/tax-exemptions': ({ customer_id }) => ({
    body: { customer_id: customer_id![0], country: 'US', number: 'EX-1', reason: 'resale' },
  }),
  'PUT /admin/tax-presets/{name}': () => ({ body: { replace: true }, values: { name: 'eu-vat' } }),
  'PUT /admin/tax-zones/{id}/rates': () => ({
    body: { rates: [{ category: 'standard', component: 'VAT', rate_ppm: 123_000 }] },
  }),
  'POST /admin/keys': () => ({
    body: {
      kind: 'secret',
      name: 'of the test',
      permissions: ['orders:read'],
      expires_at: new Date(Date.now() + 30 * 86_400_000).toISOString(),
    },
  }),
  'POST /admin/tax-zones': () => ({ body: { country: 'NO', rates: [] } }),
  'PATCH /admin/variants/{id}': () => ({ body: { barcode: '4006381333931' } }),
  'PATCH /admin/categories/{id}': () => ({ body: title }),
  'DELETE /admin/customer-segments/{id}': (ids) => ({
    query: `?version=${ids['segment_version']![0]}`,
    values: { id: ids['segment_version']![1]! },
  }),
  'DELETE /admin/message-templates/{kind}/{locale}': () => ({
    values: { kind: 'receipt', locale: 'en' },
  }),
  'PUT /admin/staff-policy': () => ({
    body: { second_factor_of_all: false, second_factor_roles: ['warehouse'], key_days_max: 90 },
  }),
  'DELETE /admin/staff/{id}/second-factor': (ids) => ({ values: { id: ids['has_factor']![0]! } }),
  'POST /admin/keys/{id}/rotate': (ids) => ({ values: { id: ids['key_of_test']![0] ?? nobody } }),
  'DELETE /admin/keys/{id}': (ids) => ({ values: { id: ids['key_of_test']![0] ?? nobody } }),
}

/** What writes nothing of the shop, or nothing that belongs into the audit, and why. */
export const no_writes: Readonly<Record<string, string>> = {
  'POST /admin/customers/{id}/token': 'signs a token, and stores nothing',
  'POST /admin/customer-segment-previews': 'reads',
  'POST /admin/message-templates/{kind}/{locale}/preview': 'reads',
  'POST /admin/orders/{id}/edits/preview': 'takes back what it tries',
  'POST /admin/prices/explain': 'reads',
  'POST /admin/sign-out': 'ends the session of whoever asks; of a key there is none',
  'PUT /admin/digital-files/{id}/parts/{n}': 'bytes alone: the file that is made of them is told',
}

/** What cannot be done in this small shop, and the tables in which it is written. */
export const not_here: Readonly<Record<string, readonly string[]>> = {
  'PATCH /admin/downloads/{id}': ['entitlement'],
  'POST /admin/messages/{id}/resend': ['message'],
  'POST /admin/exceptions/{id}/retry': ['effect', 'exception'],
  'POST /admin/exceptions/{id}/dismiss': ['effect', 'exception'],
  // Of people alone: see test/journeys/staff-sign-in.test.ts and staff-passwords.test.ts.
  'PUT /admin/me/password': ['staff'],
  'POST /admin/second-factor': ['second_factor'],
  'POST /admin/second-factor/confirm': ['second_factor', 'recovery_code'],
  'POST /admin/second-factor/code': ['second_factor', 'recovery_code'],
  'POST /admin/second-factor/recovery-codes': ['second_factor', 'recovery_code'],
  'POST /admin/second-factor/remove': ['second_factor', 'recovery_code'],
}
