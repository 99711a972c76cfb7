// A category that no tax rate is about: its goods would be sold at another rate than was meant, so
// nobody can write it, and nobody can take its last rate away.
import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { transaction } from '#src/db/transaction.ts'
import { sha256 } from '#src/lib/signature.ts'
import { importProducts } from '#src/offers/import-products.ts'
import type { ImportTarget } from '#src/offers/imports.sql.ts'
import { adminClient, type Problem } from '#test/admin-client.ts'
import { testApp, testServer } from '#test/app.ts'
import { seedShop } from '#test/seed-catalog.sql.ts'
import { admin_catalog_routes } from './admin-catalog.ts'
import { admin_delivery_routes } from './admin-delivery.ts'
import { admin_tax_districts_routes } from './admin-tax-districts.ts'
import { admin_tax_presets_routes } from './admin-tax-presets.ts'
import { admin_tax_routes } from './admin-taxes.ts'
import { admin_variants_routes } from './admin-variants.ts'

const app = await testApp()
const server = await testServer(app, [
  ...admin_catalog_routes,
  ...admin_variants_routes,
  ...admin_tax_routes,
  ...admin_tax_districts_routes,
  ...admin_tax_presets_routes,
  ...admin_delivery_routes,
])
const shop = await transaction(app.db, seedShop)
const admin = await adminClient(app, server, [
  ...(['catalog:read', 'catalog:write', 'settings:read', 'settings:write'] as const),
])
type Made = { readonly id: string }

let made = 0
const productOf = (tax_category?: string) => {
  const variant = { sku: `T-${made++}`, ...(tax_category ? { tax_category } : {}) }
  return { title: `Product ${made}`, variants: [variant] }
}
const rate = (category: string) => ({ category, component: 'VAT', rate_ppm: 70_000 })
const said = ({ body }: { readonly body: Problem }) =>
  (body.errors ?? []).map(({ field, code }) => `${field} ${code}`)

test('a shop without any tax rate takes every category', async () => {
  const { status, body } = await admin('POST', '/admin/products', productOf('redcued'))
  assert.equal(status, 201, JSON.stringify(body))
})

test('with rates there are those of the shop, of the sets of its zones, and the usual', async () => {
  const zone = { country: 'DE', rates: [rate('reduced'), rate('garden')] }
  assert.equal((await admin('POST', '/admin/tax-zones', zone)).status, 201)
  const district = {
    ...{ country: 'US', region: 'WA', kind: 'city', name: 'Spokane' },
    postal_codes: [{ from: '99201', to: '99224' }],
    rates: [rate('of_a_district')],
  }
  const districts = await admin('POST', '/admin/tax-districts', district)
  assert.equal(districts.status, 201, JSON.stringify(districts.body))
  const takes = async (category: string | undefined): Promise<void> => {
    const { status, body } = await admin('POST', '/admin/products', productOf(category))
    assert.equal(status, 201, `${category}: ${JSON.stringify(body)}`)
  }
  for (const one of [undefined, 'standard', 'zero', 'garden', 'of_a_district']) await takes(one)
  // Germany is in the set of the EU, also where nobody has loaded it.
  await takes('super_reduced')
  // Those of the United States, India and the United Kingdom would be sold untaxed.
  for (const category of ['clothing', 'luxury', 'accommodation']) {
    const refused = await admin<Problem>('POST', '/admin/products', productOf(category))
    assert.deepEqual(said(refused), ['variants.0.tax_category unknown'], category)
  }
  const new_york = { country: 'US', region: 'NY', rates: [rate('standard')] }
  assert.equal((await admin('POST', '/admin/tax-zones', new_york)).status, 201)
  await takes('clothing')
  const refused = await admin<Problem & { errors: { message: string }[] }>(
    'POST',
    '/admin/products',
    productOf('redcued'),
  )
  assert.equal(refused.status, 400)
  assert.deepEqual(said(refused), ['variants.0.tax_category unknown'])
  const { message } = refused.body.errors[0]!
  assert.match(message, /^No tax rate is for "redcued"\. There are /)
  assert.match(message, /garden.* of_a_district.* standard/)
})

test('it is refused wherever it is written, and nothing of it stays', async () => {
  const { body: product } = await admin<Made>('POST', '/admin/products', productOf('garden'))
  const variants_path = `/admin/products/${product.id}/variants`
  const { body: list } = await admin<{ items: Made[] }>('GET', variants_path)
  const variant_path = `/admin/variants/${list.items[0]!.id}`
  const wrong = { tax_category: 'graden' }
  assert.deepEqual(said(await admin('PATCH', variant_path, wrong)), ['tax_category unknown'])
  const { body: after } = await admin<{ items: { tax_category: string }[] }>('GET', variants_path)
  assert.equal(after.items[0]!.tax_category, 'garden')
  const more = { variants: [{ sku: 'T-MORE', ...wrong }] }
  const told = said(await admin('POST', variants_path, more))
  assert.deepEqual(told, ['variants.0.tax_category unknown'])
  assert.equal((await admin('PATCH', variant_path, { tax_category: 'reduced' })).status, 200)

  const shipping_zone = { name: 'Germany', countries: ['DE'] }
  const { body: zone } = await admin<Made>('POST', '/admin/shipping-zones', shipping_zone)
  const option = {
    ...{ code: 'van', zone_id: zone.id, name: 'Van' },
    rates: [{ currency: 'EUR', min_weight_g: 0, min_subtotal: 0, amount: 9, includes_tax: true }],
  }
  const refused = await admin('POST', '/admin/shipping-options', { ...option, ...wrong })
  assert.deepEqual(said(refused), ['tax_category unknown'])
  const { status, body } = await admin<Made>('POST', '/admin/shipping-options', option)
  assert.equal(status, 201, JSON.stringify(body))
  const option_path = `/admin/shipping-options/${body.id}`
  assert.deepEqual(said(await admin('PATCH', option_path, wrong)), ['tax_category unknown'])
  assert.equal((await admin('PATCH', option_path, { tax_category: 'garden' })).status, 200)
})

test('an import tells the line, and leaves alone what a variant has been all along', async () => {
  const target: ImportTarget = { ...shop, currency: 'EUR' as ImportTarget['currency'] }
  const load = (text: string) =>
    importProducts(app.db, Readable.from([Buffer.from(text)]), {
      file_name: 'products.csv',
      file_hash: sha256(text).toString('hex'),
      target,
      clock: app.clock,
    })
  const head = 'Handle,Title,Variant SKU,Variant Price,Variant Tax Category'
  const { rows } = await app.db.query<{ handle: string; sku: string }>(
    `select handle, sku from variant join product on product.id = product_id
     where tax_category = 'redcued'`,
  )
  const [{ handle, sku }] = rows as [(typeof rows)[0]]
  const lines = [`${handle},Old,${sku},1.00,redcued`, 'new,New,NEW,1.00,redcued', 'f,F,F,1,garden']
  const { refusals, products } = await load([head, ...lines].join('\n'))
  assert.deepEqual(
    refusals.map(({ line, reason }) => [line, reason.slice(0, 51)]),
    [[3, 'variant tax category: No tax rate is for "redcued".']],
  )
  assert.equal(products, 2)
})

type InUse = Problem & {
  readonly categories: readonly { readonly category: string; readonly skus: readonly string[] }[]
  readonly errors: readonly { readonly field: string; readonly message: string }[]
}
type Zone = { readonly id: string; readonly rates: readonly { readonly category: string }[] }

/** A zone of its own with a rate for the category alone. */
async function zoneWith(country: string, category: string): Promise<string> {
  const rates = [rate('standard'), rate(category)]
  const { status, body } = await admin<Made>('POST', '/admin/tax-zones', { country, rates })
  assert.equal(status, 201, JSON.stringify(body))
  return `/admin/tax-zones/${body.id}`
}
const assertInUse = ({ status, body }: { status: number; body: InUse }, field: string) => {
  assert.deepEqual([status, body.code], [409, 'in_use'], JSON.stringify(body))
  assert.deepEqual(said({ body }), [`${field} in_use`])
}

test('the last rate of a category that goods are of stays', async () => {
  const zone = await zoneWith('MX', 'cacti')
  const { body: product } = await admin<Made>('POST', '/admin/products', productOf('cacti'))
  const without = { rates: [rate('standard')] }
  const refused = await admin<InUse>('PUT', `${zone}/rates`, without)
  assertInUse(refused, 'rates')
  const [use] = refused.body.categories
  assert.deepEqual([use!.category, use!.skus.length], ['cacti', 1])
  assert.equal(
    refused.body.errors[0]!.message,
    'No rate would be left for "cacti", and 1 variant would bear the standard one. ' +
      'Give them another category first.',
  )
  assertInUse(await admin<InUse>('DELETE', zone), 'id')
  const { body: kept } = await admin<Zone>('GET', zone)
  assert.deepEqual(kept.rates.map(({ category }) => category).sort(), ['cacti', 'standard'])

  // Elsewhere there is one, so that no goods are without: then this one may go.
  const other = await zoneWith('CL', 'cacti')
  assert.equal((await admin('PUT', `${zone}/rates`, without)).status, 200)
  assertInUse(await admin<InUse>('DELETE', other), 'id')

  // What is sold no more needs none, until it is sold again.
  const { body: list } = await admin<{ items: Made[] }>(
    'GET',
    `/admin/products/${product.id}/variants`,
  )
  const variant = `/admin/variants/${list.items[0]!.id}`
  assert.equal((await admin('PATCH', variant, { archived: true })).status, 200)
  assert.equal((await admin('DELETE', other)).status, 204)
  assert.deepEqual(said(await admin('PATCH', variant, { archived: false })), [
    'tax_category unknown',
  ])
  const again = { archived: false, tax_category: 'garden' }
  assert.equal((await admin('PATCH', variant, again)).status, 200)
})

test('so it does for shipping, in districts, and where a set is loaded over it', async () => {
  const shipping_zone = { name: 'Norway', countries: ['NO'] }
  const { body: zone } = await admin<Made>('POST', '/admin/shipping-zones', shipping_zone)
  const district = {
    ...{ country: 'NO', region: null, kind: 'city', name: 'Oslo', cities: ['Oslo'] },
    rates: [rate('sledges')],
  }
  const { body: made } = await admin<Made>('POST', '/admin/tax-districts', district)
  const at = `/admin/tax-districts/${made.id}`
  const option = {
    ...{ code: 'sledge', zone_id: zone.id, name: 'Sledge', tax_category: 'sledges' },
    rates: [{ currency: 'EUR', min_weight_g: 0, min_subtotal: 0, amount: 9, includes_tax: true }],
  }
  assert.equal((await admin('POST', '/admin/shipping-options', option)).status, 201)
  const other = { ...district, rates: [rate('standard')] }
  const refused = await admin<InUse>('PUT', at, other)
  assertInUse(refused, 'rates')
  assert.match(refused.body.errors[0]!.message, /and 1 shipping option would bear/)
  assertInUse(await admin<InUse>('DELETE', at), 'id')

  await zoneWith('JP', 'fans')
  assert.equal((await admin('POST', '/admin/products', productOf('fans'))).status, 201)
  const load = (replace: boolean) =>
    admin<InUse>('PUT', '/admin/tax-presets/pacific-gst', { replace })
  assert.equal((await load(false)).status, 200)
  assertInUse(await load(true), 'replace')
})

test('of who writes a category and who takes its last rate, at once, one is refused', async () => {
  const rounds = Array.from({ length: 12 }, (_, round) => `raced_${round}`)
  for (const category of rounds) {
    const zone = await zoneWith('BR', category)
    const [written, taken] = await Promise.all([
      admin('POST', '/admin/products', productOf(category)),
      admin('PUT', `${zone}/rates`, { rates: [rate('standard')] }),
    ])
    const statuses = [written.status, taken.status].join(' ')
    assert(['201 409', '400 200'].includes(statuses), statuses)
    const bare = { tax_category: 'standard' }
    const { rows } = await app.db.query<Made>('select id from variant where tax_category = $1', [
      category,
    ])
    for (const { id } of rows) await admin('PATCH', `/admin/variants/${id}`, bare)
    assert.equal((await admin('DELETE', zone)).status, 204)
  }
})
