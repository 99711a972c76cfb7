// A copy of the database is taken while buyers order, and the shop is lost a while later. From
// the copy alone, and from the copy with the archived log, a second server is made in an empty
// folder: every promise holds there, the shop goes on, and what is lost is counted.
import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '#src/app/embedded-postgres.ts'
import { takeBaseBackup } from '#src/app/file-copy.ts'
import { openTasks } from '#src/app/tasks.ts'
import { default_worker_options, startWorker } from '#src/app/worker.ts'
import { migrate } from '#src/db/migrate.ts'
import { openDb } from '#src/db/pool.ts'
import { snapshot } from '#src/db/transaction.ts'
import { Secret } from '#src/lib/secret.ts'
import { readPromises } from '#src/promises/promises.sql.ts'
import { readOrderFacts } from '#test/books.sql.ts'
import { atEnd } from '#test/cleanup.ts'
import { openLoad } from '#test/load.ts'
import { sizeOf, tellProof } from '#test/proof.ts'
import { calm, openTwin } from '#test/races/crowd.ts'
import { assertPromises, complete, fillCart, openWorld, until, type World } from '#test/world.ts'
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
const world = await openWorld({ goods, database: { db, url: server.url } })

type Acknowledged = { readonly id: string; readonly total: bigint; readonly at: number }

async function buy(buyer: number): Promise<Acknowledged> {
  const counter = { channel: 'counter', provider: 'manual', card: null } as const
  const paying = buyer % 2 === 0 ? {} : counter
  const answer = await complete(world, await fillCart(world, [['MUG', 1]], paying), paying)
  assert.equal(answer.status, 201, JSON.stringify(answer.body))
  const { id, total } = answer.body.order
  return { id, total: BigInt(total), at: performance.now() }
}

/** The same shop on the restored database, with a web server and a worker of its own. */
async function openAgain(database_url: string): Promise<World> {
  const twin = await openTwin({ ...world, database_url, twin_url: null })
  const worker = await startWorker(twin.app, openTasks(twin.app), {
    ...default_worker_options,
    database_url: new Secret(database_url),
    concurrency: 4,
    sweep_ms: 400,
  })
  atEnd(() => worker.stop())
  const promises = () => snapshot(twin.db, (tx) => readPromises(tx, twin.app.clock()))
  return { ...twin, database_url, promises }
}

/** Those of them that stand in this database as they were told to the buyers. */
async function kept(shop: World, told: readonly Acknowledged[]): Promise<readonly Acknowledged[]> {
  const facts = await snapshot(shop.db, readOrderFacts)
  const placed = new Map(
    facts
      .filter(({ state, captured, total }) => state === 'placed' && captured === total)
      .map(({ id, total }) => [id, total]),
  )
  return told.filter(({ id, total }) => placed.get(id) === total)
}

const load = openLoad(buyers, buy)
await load.more(orders)
const backup = path.join(root, 'copy')
const backup_began_at = performance.now()
const { asked_to_end_at } = await takeBaseBackup(
  { url: server.url, data: path.join(server.home, 'data'), log: 'archived' },
  backup,
)
const taken_ms = performance.now() - backup_began_at
const told_before_end = load.told.filter(({ at }) => at < asked_to_end_at)
const told_meanwhile = told_before_end.filter(({ at }) => at > backup_began_at)
const archived_with_copy = readdirSync(archive.folder).length
await load.more(orders)
await until('more of the log', async () => readdirSync(archive.folder).length > archived_with_copy)
const kept_archive = path.join(path.dirname(archive.folder), 'kept')
const lost_at = performance.now()
const told = load.told.slice()
await copyArchive(archive.folder, kept_archive)
await load.stop()

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
    const shop = await openAgain(restored.url)
    await assertPromises(shop)
    const found = await kept(shop, told)
    assert.deepEqual(await kept(shop, told_before_end), told_before_end)

    // The shop goes on: what was under way is finished, and somebody buys.
    const bought = await complete(shop, await fillCart(shop, [['MUG', 1]]))
    assert.equal(bought.status, 201, JSON.stringify(bought.body))
    await calm(shop, patience_ms)
    await assertPromises(shop)

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
        seconds(lost_at - asked_to_end_at),
    )
  })
}
