// A copy of the database is taken while buyers order, and the shop is lost a while later: its web
// servers and workers are killed with -9, its database is gone. From the copy alone, and from the
// copy with the archived log, a second server is made in an empty folder, at whose address the shop
// goes on: every promise holds there, bank and carrier are paid once, and what is lost is counted.
import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import {
  type EmbeddedPostgres,
  freePort,
  startEmbeddedPostgres,
} from '#src/app/embedded-postgres.ts'
import { takeBaseBackup } from '#src/app/file-copy.ts'
import { migrate } from '#src/db/migrate.ts'
import { type Db, openDb } from '#src/db/pool.ts'
import { snapshot } from '#src/db/transaction.ts'
import { readPromises } from '#src/promises/promises.sql.ts'
import { testSecret } from '#test/app.ts'
import { readOrderFacts } from '#test/books.sql.ts'
import { atEnd } from '#test/cleanup.ts'
import { type FleetMember, startFleet } from '#test/fleet.ts'
import { openLoad } from '#test/load.ts'
import { easypost_key } from '#test/plugins.ts'
import { sizeOf, tellProof } from '#test/proof.ts'
import { allStripeBooks, calm } from '#test/races/crowd.ts'
import {
  assertPromises,
  complete,
  fast_timings,
  fillCart,
  openWorld,
  until,
  type World,
} from '#test/world.ts'
import { type Copy, copyArchive, makeArchive, restore } from './copy-and-restore.ts'

/** So many before the copy begins, and again between its end and the loss of the shop. */
const orders = sizeOf('BACKUP_ORDERS', 20)
const buyers = 8
/** A server that is hardly busy archives its log this often. */
const archive_timeout_s = 2
const patience_ms = 120_000

// Not under a temporary folder that may be closed to the user of the database.
const root = mkdtempSync('/var/tmp/onhand-backup-')
chmodSync(root, 0o755)
atEnd(() => rmSync(root, { recursive: true, force: true }))
const folderOf = (name: string): string => {
  const folder = path.join(root, name)
  mkdirSync(folder)
  return folder
}
function stopAtEnd(server: EmbeddedPostgres): EmbeddedPostgres {
  atEnd(async () => {
    await server.stop()
    rmSync(server.home, { recursive: true, force: true })
  })
  return server
}

const shop_folder = folderOf('shop')
const archive = await makeArchive(shop_folder, archive_timeout_s)
const server = stopAtEnd(
  await startEmbeddedPostgres({
    data_dir: shop_folder,
    say: () => {},
    durable: true,
    settings: archive.settings,
  }),
)
const db = openDb({ url: server.url, connections_max: 20, name: 'backup' })
atEnd(() => db.end())
await migrate(db)
const goods = [{ sku: 'MUG', price: '10.00', stock: 1_000_000 }]
const world = await openWorld({
  goods,
  database: { db, url: server.url },
  serve: false,
  worker: false,
})
const { stripe, razorpay, easypost } = world.simulators
const ports = [Number(new URL(world.url).port), await freePort(0)]

/** Its web servers and workers, at the address that bank and carrier know. */
const openProcesses = (database_url: string): Promise<FleetMember[]> =>
  startFleet({
    database_url,
    public_url: world.url,
    secret_key: testSecret.reveal(),
    simulators: { stripe: stripe.url, razorpay: razorpay.url, easypost: easypost.url },
    timings: fast_timings,
    ports,
    workers: 2,
    clock: null,
  })
const killAll = (members: readonly FleetMember[]) => Promise.all(members.map((one) => one.kill()))

type Acknowledged = { readonly id: string; readonly total: bigint; readonly at: number }
let is_lost = false

/** Null for a buyer whose shop is gone before they were told of anything. */
async function buy(buyer: number): Promise<Acknowledged | null> {
  const counter = { channel: 'counter', provider: 'manual', card: null } as const
  const paying = buyer % 2 === 0 ? {} : counter
  const shop = { ...world, url: `http://127.0.0.1:${ports[Math.floor(buyer / 2) % ports.length]}` }
  try {
    const answer = await complete(shop, await fillCart(shop, [['MUG', 1]], paying), paying)
    assert.equal(answer.status, 201, JSON.stringify(answer.body))
    const { id, total } = answer.body.order
    return { id, total: BigInt(total), at: performance.now() }
  } catch (error) {
    if (is_lost) return null
    throw error
  }
}

/** The same shop on the restored database. */
async function openAgain(database_url: string) {
  const restored = openDb({ url: database_url, connections_max: 10, name: 'restored' })
  atEnd(() => restored.end())
  const members = await openProcesses(database_url)
  const promises = () => snapshot(restored, (tx) => readPromises(tx, world.app.clock()))
  const shop: World = { ...world, db: restored, database_url, promises }
  return { shop, close: () => killAll(members) }
}

/** Those of them that stand in this database as they were told to the buyers. */
async function kept(from: Db, told: readonly Acknowledged[]): Promise<readonly Acknowledged[]> {
  const facts = await snapshot(from, readOrderFacts)
  const placed = new Map(
    facts
      .filter(({ state, captured, total }) => state === 'placed' && captured === total)
      .map(({ id, total }) => [id, total]),
  )
  return told.filter(({ id, total }) => placed.get(id) === total)
}

/** By its parcel and its id, each label that the carrier was paid for. */
async function labelsPaid() {
  const headers = { authorization: `Basic ${Buffer.from(`${easypost_key}:`).toString('base64')}` }
  const ask = async (path: string) => (await fetch(`${easypost.url}${path}`, { headers })).json()
  const { labels } = (await ask('/_simulator/books')) as { labels: { id: string }[] }
  const paid: { parcel: string; label: string }[] = []
  for (const { id: label } of labels) {
    const { reference } = (await ask(`/v2/shipments/${label}`)) as { reference: string }
    paid.push({ parcel: reference, label })
  }
  return paid
}

type Label = { readonly parcel: string; readonly label: string | null }
const readLabels = async (from: Db): Promise<Label[]> => {
  const { rows } = await from.query<Label>(
    `select shipment.id as parcel, label.reference as label
     from shipment left join label on shipment_id = shipment.id`,
  )
  return rows
}

/** How often each parcel's label must be paid for in the end, if this shop buys none twice. */
async function labelsDue(from: Db) {
  const paid = await labelsPaid()
  const stored = await readLabels(from)
  const known = new Set(stored.map(({ label }) => label))
  const bought = new Set(paid.filter(({ label }) => known.has(label)).map(({ parcel }) => parcel))
  const times = Map.groupBy(paid, ({ parcel }) => parcel)
  const due = (parcel: string): number =>
    (times.get(parcel)?.length ?? 0) + (bought.has(parcel) ? 0 : 1)
  // What the lost shop had bought and this one cannot know of is bought again.
  const again = new Set(stored.map(({ parcel }) => parcel).filter((parcel) => due(parcel) > 1))
  return { due, again: again.difference(bought).size }
}

/** No card is charged twice, and of the orders that are here each as it says itself. */
async function assertChargedOnce({ db: here }: World): Promise<void> {
  const books = allStripeBooks(world)
  const twice = [...books].filter(([, { charges }]) => charges > 1)
  assert.deepEqual(twice, [], 'charged twice')
  let cards = 0
  for (const { id, state, total, captured, refunded } of await snapshot(here, readOrderFacts)) {
    assert.deepEqual([state, captured, refunded], ['placed', total, 0n], id)
    const theirs = books.get(id)
    if (!theirs) continue
    cards += 1
    assert.deepEqual(theirs, { charges: 1, captured, refunded }, id)
  }
  assert(cards > 0, 'nobody has paid by card')
}

const members = await openProcesses(server.url)
const load = openLoad(buyers, buy)
await load.more(orders)
const backup = path.join(root, 'copy')
const backup_began_at = performance.now()
const { asked_to_end_at } = await takeBaseBackup(
  { url: server.url, data: path.join(server.home, 'data'), log: 'archived' },
  backup,
)
const taken_ms = performance.now() - backup_began_at
const acknowledged = () => load.told.filter((one) => one !== null)
const told_before_end = acknowledged().filter(({ at }) => at < asked_to_end_at)
const told_meanwhile = told_before_end.filter(({ at }) => at > backup_began_at)
const archived_with_copy = readdirSync(archive.folder).length
await load.more(orders)
await until('more of the log', async () => readdirSync(archive.folder).length > archived_with_copy)
const kept_archive = path.join(path.dirname(archive.folder), 'kept')
is_lost = true
await killAll(members)
const lost_at = performance.now()
await copyArchive(archive.folder, kept_archive)
await load.stop()
const told = acknowledged()
await server.stop()

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`
const targets: readonly Copy['until'][] = ['end of the backup', 'end of the log']
for (const target of targets) {
  const name = `a copy of the busy shop, restored to the ${target}: promises, and what is lost`
  test(name, async (t) => {
    const from = performance.now()
    const restored = stopAtEnd(
      await restore(
        { backup, archive: kept_archive, until: target },
        path.join(shop_folder, 'postgres.json'),
        folderOf(target),
      ),
    )
    const restored_ms = performance.now() - from
    const looker = openDb({ url: restored.url, connections_max: 2, name: 'looker' })
    atEnd(() => looker.end())
    // Before anybody goes on with it, and could mend something.
    const promises = () => snapshot(looker, (tx) => readPromises(tx, new Date()))
    await assertPromises({ db: looker, promises })
    const found = await kept(looker, told)
    assert.deepEqual(await kept(looker, told_before_end), told_before_end)
    const { due, again } = await labelsDue(looker)

    // The shop goes on: what was under way is finished, and somebody buys.
    const { shop, close } = await openAgain(restored.url)
    await assertPromises(shop)
    const bought = await complete(shop, await fillCart(shop, [['MUG', 1]]))
    assert.equal(bought.status, 201, JSON.stringify(bought.body))
    await calm(shop, patience_ms)
    await stripe.settled()
    await calm(shop, patience_ms)
    await assertPromises(shop)
    await assertChargedOnce(shop)
    const paid = Map.groupBy(await labelsPaid(), ({ parcel }) => parcel)
    const parcels = new Set((await readLabels(shop.db)).map(({ parcel }) => parcel))
    for (const parcel of parcels) assert.equal(paid.get(parcel)?.length, due(parcel), parcel)
    await close()

    const lost = told.length - found.length
    tellProof({
      about: 'backup',
      restored_to: target,
      acknowledged: told.length,
      lost,
      taken_ms,
      restored_ms,
    })
    t.diagnostic(
      `restored to the ${target}: copied in ${seconds(taken_ms)}, in which ` +
        `${told_meanwhile.length} orders were placed, and restored in ${seconds(restored_ms)}; ` +
        `of ${told.length} orders ${lost} are lost, placed within the last ` +
        `${seconds(lost_at - asked_to_end_at)}; ${again} labels were bought again`,
    )
  })
}
