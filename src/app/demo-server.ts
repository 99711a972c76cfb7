// A shop of the demo's own: fresh data, free port, fast carriers; stopped and removed at the end.
import { spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { readSecretKey } from './data-dir.ts'
import { type DemoShop, demoShopOf } from './demo-shop.ts'
import { freePort } from './embedded-postgres.ts'
import { setting_groups } from './settings.ts'

export type DemoServer = {
  readonly url: string
  readonly shop: DemoShop
  readonly data_dir: string
  stop(): Promise<void>
}

const main = path.resolve(import.meta.dirname, '../main.ts')
const ready_ms_max = 60_000
/** A parcel makes seven scans on its way: two seconds for all of them. */
const scan_ms = 250

/** The demo's shop is its own: no database, account or mail server of the caller is touched. */
function ownEnvironment(): NodeJS.ProcessEnv {
  const environment = { ...process.env }
  for (const { settings } of setting_groups) {
    for (const { name } of settings) delete environment[name]
  }
  return environment
}

export async function startDemoServer(): Promise<DemoServer> {
  const data_dir = mkdtempSync(path.join(tmpdir(), 'onhand-demo-'))
  // The user of the database must be able to enter it.
  chmodSync(data_dir, 0o755)
  const port = await freePort(0)
  const url = `http://127.0.0.1:${port}`
  const child = spawn(process.execPath, [main], {
    env: {
      ...ownEnvironment(),
      PORT: String(port),
      HOST: '127.0.0.1',
      DATA_DIR: data_dir,
      SIMULATOR_SCAN_MS: String(scan_ms),
      LOG_LEVEL: 'error',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  const listen = (text: Buffer): void => {
    said = (said + text.toString()).slice(-10_000)
  }
  child.stdout.on('data', listen)
  child.stderr.on('data', listen)
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const stop = async (): Promise<void> => {
    child.kill('SIGINT')
    await ended
    rmSync(data_dir, { recursive: true, force: true })
  }
  // Whoever stops the demo stops its shop as well.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => void stop().then(() => process.exit(130)))
  }
  const end = Date.now() + ready_ms_max
  while (!said.includes('Onhand is ready')) {
    if (child.exitCode !== null || Date.now() > end) {
      await stop()
      throw new Error(`The demo's server did not start:\n${said}`)
    }
    await new Promise((again) => setTimeout(again, 50))
  }
  return { url, shop: demoShopOf(readSecretKey(data_dir)), data_dir, stop }
}
