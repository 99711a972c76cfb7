// The shop that a first start finds: two countries, three channels, goods, prices and keys. Made
// once; a merchant's own data is never touched.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { Readable } from 'node:stream'
import { publishProducts } from '#src/catalog/publications.sql.ts'
import type { Db } from '#src/db/pool.ts'
import { bumpRevision } from '#src/db/revision.sql.ts'
import { snapshot, transaction } from '#src/db/transaction.ts'
import { addStock } from '#src/inventory/inventory.sql.ts'
import type { Clock } from '#src/lib/clock.ts'
import type { LocationId, StockItemId } from '#src/lib/ids.ts'
import type { Currency } from '#src/lib/money.ts'
import type { Secret } from '#src/lib/secret.ts'
import { hmacSha256, sha256 } from '#src/lib/signature.ts'
import { importProducts } from '#src/offers/import-products.ts'
import { setPrices } from '#src/pricing/prices.sql.ts'
import { priceKeys, readPrices } from '#src/pricing/pricing.sql.ts'
import { isShopEmpty } from '#src/shop/edit-shop.sql.ts'
import { createKey, derivedKeyToken } from '#src/staff/edit-keys.ts'
import { asServer, createStaff, seedRoles } from '#src/staff/edit-staff.ts'
import { findKey } from '#src/staff/keys.sql.ts'
import { hashKeyToken } from '#src/staff/keys.ts'
import { permissions } from '#src/staff/staff.ts'
import { type Frame, makeCoupon, makeDelivery, makeFrame, makeTaxes } from './demo-frame.ts'
import { readAllProducts, readAllStockItems, readAllVariants } from './demo-shop.sql.ts'

export type DemoShop = {
  /** Publishable keys by channel code, and a secret key that may do everything. */
  readonly keys: { readonly web: string; readonly india: string; readonly counter: string }
  readonly secret_key: string
  readonly staff: { readonly email: string; readonly password: string }
}

export const sample_catalog = path.resolve(import.meta.dirname, '../../samples/catalog.csv')

const demo_email = 'owner@example.com'
/** Derived from the server's key, so that every start can print what the first one made. */
const demoPassword = (secret: Secret): string =>
  hmacSha256(secret.reveal(), 'demo staff password').toString('base64url').slice(0, 16)

export const demoShopOf = (secret: Secret): DemoShop => ({
  keys: {
    web: derivedKeyToken(secret, 'publishable', 'web'),
    india: derivedKeyToken(secret, 'publishable', 'india'),
    counter: derivedKeyToken(secret, 'publishable', 'counter'),
  },
  secret_key: derivedKeyToken(secret, 'secret', 'demo'),
  staff: { email: demo_email, password: demoPassword(secret) },
})

export async function makeKeys(db: Db, secret: Secret, frame: Frame, now: Date): Promise<void> {
  const shop = demoShopOf(secret)
  const doing = asServer(now)
  const channels = { web: frame.web, india: frame.indian, counter: frame.counter }
  for (const [code, channel_id] of Object.entries(channels)) {
    const token = shop.keys[code as keyof typeof channels]
    const none = { permissions: [], expires_at: null }
    await createKey(
      db,
      { kind: 'publishable', name: `Demo ${code}`, channel_id, token, ...none },
      doing,
    )
  }
  const key = { kind: 'secret', name: 'Demo secret key', channel_id: null } as const
  await createKey(db, { ...key, permissions, expires_at: null, token: shop.secret_key }, doing)
  await createStaff(db, { ...shop.staff, name: 'Demo Owner', role: 'owner' }, doing)
}

/** What a euro costs in the demo's rupee prices. */
const rupees_per_euro = 95n

async function fillShop(db: Db, frame: Frame, clock: Clock): Promise<void> {
  const bytes = readFileSync(sample_catalog)
  await importProducts(db, Readable.from([bytes]), {
    file_name: path.basename(sample_catalog),
    file_hash: sha256(bytes).toString('hex'),
    target: {
      channel_id: frame.web,
      currency: 'EUR' as Currency,
      price_list_id: frame.eur_list,
      location_id: frame.berlin,
    },
    clock,
  })
  await transaction(db, async (tx) => {
    const variants = (await readAllVariants(tx)).map(({ id }) => id)
    const prices = await readPrices(tx, priceKeys([{ id: frame.eur_list }], variants))
    await setPrices(
      tx,
      prices.map((price) => ({
        ...price,
        price_list_id: frame.inr_list,
        amount: price.amount * rupees_per_euro,
        compare_at: price.compare_at === null ? null : price.compare_at * rupees_per_euro,
      })),
      clock(),
    )
    const products = await readAllProducts(tx)
    const at = clock()
    for (const channel_id of [frame.counter, frame.indian]) {
      const rows = products.map(({ id }) => ({ product_id: id, channel_id, published_at: at }))
      await publishProducts(tx, rows, at)
    }
    const items = await readAllStockItems(tx)
    const stock = {
      kind: 'receipt',
      reason: 'demo stock',
      cause_id: null,
      actor: 'system',
      at,
    } as const
    const put = (location_id: LocationId, quantity: number) => (item: { id: StockItemId }) => ({
      ...stock,
      stock_item_id: item.id,
      location_id,
      quantity,
    })
    await addStock(tx, items.map(put(frame.mumbai, 40)))
    const every_third = items.filter((_, i) => i % 3 === 0)
    await addStock(tx, every_third.map(put(frame.hamburg, 6)))
    await bumpRevision(tx, 'catalog')
  })
}

/** Whether the demo's keys open this database: a merchant's own shop has others. */
export const hasDemoShop = async ({ db, secret_key }: DemoHost): Promise<boolean> => {
  const token_hash = hashKeyToken(demoShopOf(secret_key).secret_key)
  return (await snapshot(db, (tx) => findKey(tx, token_hash))) !== null
}

/** True when the shop was made now, false when there was one. */
export async function seedDemoShop(app: DemoHost): Promise<boolean> {
  const { db, secret_key, public_url, clock } = app
  if (!(await snapshot(db, isShopEmpty))) return false
  await seedRoles(db)
  const now = clock()
  const frame = await transaction(db, async (tx) => {
    if (!(await isShopEmpty(tx))) return null
    const made = await makeFrame(tx, public_url, now)
    await makeTaxes(tx, now)
    await makeDelivery(tx, now)
    await makeCoupon(tx, now)
    return made
  })
  if (frame === null) return false
  await makeKeys(db, secret_key, frame, now)
  await fillShop(db, frame, clock)
  return true
}

export type DemoHost = {
  readonly db: Db
  readonly secret_key: Secret
  readonly public_url: string
  readonly clock: Clock
}
