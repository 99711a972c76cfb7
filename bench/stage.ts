// Everything the benchmark needs: a PostgreSQL of its own with its default settings, a shop, and
// each part in a process of its own.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type Frame, makeDelivery, makeFrame, makeTaxes } from '#src/app/demo-frame.ts'
import { demoShopOf, makeKeys } from '#src/app/demo-shop.ts'
import {
  type EmbeddedPostgres,
  freePort,
  startEmbeddedPostgres,
} from '#src/app/embedded-postgres.ts'
import { prepareDatabase } from '#src/app/parts.ts'
import { type Db, openDb } from '#src/db/pool.ts'
import { snapshot, transaction } from '#src/db/transaction.ts'
import type { Address } from '#src/lib/addresses.ts'
import type { CouponId, ShippingOptionId } from '#src/lib/ids.ts'
import { newId } from '#src/lib/ids.ts'
import { Secret } from '#src/lib/secret.ts'
import { createCoupon } from '#src/pricing/edit-coupon.ts'
import { readPromises } from '#src/promises/promises.sql.ts'
import { findFinishedOrder, seedEarlierOrders } from '#test/earlier.sql.ts'
import { makeFloor } from './floor.sql.ts'
import {
  addGoods,
  analyzeAll,
  readVariants,
  standardOption,
  type Variants,
  withoutTimeout,
} from './goods.sql.ts'
import {
  type FloorJob,
  type FloorResult,
  type LoadJob,
  type LoadResult,
  type Outside,
  type OutsideJob,
  outside_keys,
} from './jobs.ts'
import { type Asked, cpuMs, type Part, startHelper, startPart, until } from './processes.ts'
import { count_statements, openCounts } from './statements.sql.ts'

export const coupon_code = 'BENCH10'
export const address: Address = {
  name: 'Ada Muster',
  company: null,
  line1: 'Musterweg 1',
  line2: null,
  region: null,
  postal_code: '10115',
  city: 'Berlin',
  country: 'DE',
  phone: '+4930987654',
}
const goods_count = 1_000
/** More than are ever ordered. */
const plenty = 1_000_000_000
const secret = new Secret('a secret key that only this benchmark uses')
const stripe_latency_ms = 150

export type Stage = {
  readonly db: Db
  readonly postgres: EmbeddedPostgres
  readonly frame: Frame
  readonly keys: { readonly web: string; readonly counter: string }
  readonly secret: string
  /** The key of staff and machines, which may do everything. */
  readonly secret_key: string
  readonly port: number
  readonly variants: Variants
  readonly shipping_option_id: ShippingOptionId
  readonly web: Part
  readonly load: Asked<LoadJob, LoadResult>
  readonly floor: Asked<FloorJob, FloorResult>
  readonly startWorker: () => Promise<Part>
  /** A second web server with the same settings, on a port of its own. */
  readonly startWeb: (port: number) => Promise<Part>
  readonly close: () => Promise<void>
}

async function makeShop(db: Db, public_url: string): Promise<Frame> {
  const now = new Date()
  const frame = await transaction(db, async (tx) => {
    const made = await makeFrame(tx, public_url, now)
    await makeTaxes(tx, now)
    await makeDelivery(tx, now)
    await makeFloor(tx)
    const coupon = {
      id: newId<CouponId>(),
      code: coupon_code,
      rate_ppm: 100_000,
      currency: null,
      min_subtotal: 0n,
      channel_id: null,
      starts_at: null,
      ends_at: null,
      usage_limit: plenty,
      used: 0,
      created_at: now,
      archived_at: null,
    }
    await createCoupon(tx, coupon, 'system', now)
    const place = placeOf(made)
    await addGoods(tx, place, { from: 1, to: goods_count, on_hand: plenty })
    return made
  })
  await makeKeys(db, secret, frame, now)
  await transaction(db, analyzeAll)
  return frame
}

export const placeOf = (frame: Frame) => ({
  channels: [frame.web, frame.counter],
  location_id: frame.berlin,
  price_list_id: frame.eur_list,
})

export type StageOptions = {
  /** For profiles: flags of Node for web server and worker. */
  readonly node_flags: readonly string[]
  /** Whether the database counts what each statement costs, which costs something itself. */
  readonly statements: boolean
}

export async function openStage(
  say: (text: string) => void,
  { node_flags, statements }: StageOptions,
): Promise<Stage> {
  const data_dir = mkdtempSync(path.join(tmpdir(), 'onhand-bench-'))
  // The user of the database must be able to enter it.
  chmodSync(data_dir, 0o755)
  const closing: (() => Promise<void> | void)[] = [
    () => rmSync(data_dir, { recursive: true, force: true }),
  ]
  const close = async (): Promise<void> => {
    for (const end of closing.reverse()) await end()
  }
  try {
    const settings = statements ? count_statements : {}
    const postgres = await startEmbeddedPostgres({ data_dir, say, durable: true, settings })
    closing.push(() => rmSync(postgres.home, { recursive: true, force: true }))
    closing.push(() => postgres.stop())
    const { url } = postgres
    await prepareDatabase(new Secret(url), null)
    const db = openDb({ url, connections_max: 4, name: 'bench' })
    closing.push(() => db.end())
    if (statements) await transaction(db, openCounts)
    const port = await freePort(0)
    const web_url = `http://127.0.0.1:${port}`
    const frame = await makeShop(db, web_url)

    const outside = startHelper<OutsideJob, Outside>('outside.ts')
    closing.push(() => outside.stop())
    const simulated = await outside.ask({ web_url, stripe_latency_ms })
    const env = {
      DATABASE_URL: url,
      DATA_DIR: data_dir,
      SECRET_KEY: secret.reveal(),
      RATE_LIMIT: '0',
      LOG_LEVEL: 'warn',
      ...outside_keys,
      STRIPE_API_BASE: simulated.stripe_url,
      EASYPOST_API_BASE: simulated.easypost_url,
    }
    const startWeb = (on: number) =>
      startPart('web', { env: { ...env, PORT: String(on), PUBLIC_URL: web_url }, node_flags })
    const web = await startWeb(port)
    closing.push(() => web.stop())
    const load = startHelper<LoadJob, LoadResult>('load.ts')
    closing.push(() => load.stop())
    const floor = startHelper<FloorJob, FloorResult>('floor.ts')
    closing.push(() => floor.stop())
    const { keys, secret_key } = demoShopOf(secret)
    return {
      db,
      postgres,
      frame,
      keys,
      secret: secret.reveal(),
      secret_key,
      port,
      variants: await snapshot(db, (tx) => readVariants(tx, goods_count)),
      shipping_option_id: (await snapshot(db, standardOption)).id,
      web,
      load,
      floor,
      startWeb,
      startWorker: () => startPart('worker', { env: { ...env, PORT: String(port) }, node_flags }),
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

/** What is copied was finished by a worker: one does it, where none has run before. */
export async function seedEarlier({ db, startWorker }: Stage, count: number): Promise<void> {
  const isFinished = async () => (await transaction(db, findFinishedOrder)) !== null
  if (!(await isFinished())) {
    const worker = await startWorker()
    await until('an order that is finished', 300_000, isFinished).finally(() => worker.stop())
  }
  await seedEarlierOrders(db, count)
}

/** @throws when a promise of the shop is broken */
export async function askPromises(stage: Stage, now: Date): Promise<void> {
  const results = await snapshot(stage.db, async (tx) => {
    await withoutTimeout(tx)
    return readPromises(tx, now)
  })
  const broken = results.filter(({ violations }) => violations > 0)
  if (broken.length > 0) throw new Error(`promises are broken: ${JSON.stringify(broken, null, 1)}`)
}

export type Cpu = { readonly web_ms: number; readonly db_ms: number }

/** What web server and database have worked so far. */
export const readCpu = ({ web, postgres }: Stage): Cpu => ({
  web_ms: cpuMs(web.pid, false),
  db_ms: cpuMs(postgres.pid(), true),
})
