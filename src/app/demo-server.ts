// A shop of the demo's own: fresh data, free port, fast carriers; stopped and removed at the end.
import { spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { startSmtpSimulator } from '#plugins/mail-smtp/simulator.ts'
import { fileBeside } from '#src/lib/beside.ts'
import { readSecretKey } from './data-dir.ts'
import { type Books, readBooks } from './demo-books.ts'
import { type DemoShop, demoShopOf } from './demo-shop.ts'
import { freePort } from './embedded-postgres.ts'
import type { FromPart } from './parts.ts'
import { removeDataDir } from './postgres-place.ts'
import { settingGroups } from './settings.ts'
import { no_config } from './shop-config.ts'
import type { SimulatedSystem } from './simulated.ts'

export type DemoServer = {
  readonly url: string
  readonly shop: DemoShop
  /** Where the buyer's browser meets the simulated Razorpay. */
  readonly razorpay_url: string
  /** What the outside systems say: nobody but this shop has asked them for anything. */
  readBooks(): Promise<Books>
  stop(): Promise<void>
}

const program = fileBeside(import.meta.filename, 'demo-process')
const ready_ms_max = 60_000
/** A parcel makes seven scans on its way: two seconds for all of them. */
const scan_ms = 250
const mail_bytes_max = 10_000_000

/** The demo's shop is its own: no database, account or mail server of the caller is touched. */
function ownEnvironment(): NodeJS.ProcessEnv {
  const environment = { ...process.env }
  for (const { settings } of settingGroups(no_config)) {
    for (const { name } of settings) delete environment[name]
  }
  return environment
}

function readPorts(data_dir: string): (name: SimulatedSystem) => string {
  const known = JSON.parse(readFileSync(path.join(data_dir, 'simulators.json'), 'utf8'))
  return (name) => `http://127.0.0.1:${known[name].port}`
}

export async function startDemoServer(): Promise<DemoServer> {
  const data_dir = mkdtempSync(path.join(tmpdir(), 'onhand-demo-'))
  // The user of the database must be able to enter it.
  chmodSync(data_dir, 0o755)
  const port = await freePort(0)
  const url = `http://127.0.0.1:${port}`
  const smtp = { port: 0, sign_in: null, message_bytes_max: mail_bytes_max }
  const post_office = await startSmtpSimulator(smtp)
  const child = spawn(process.execPath, [program], {
    env: {
      ...ownEnvironment(),
      PORT: String(port),
      HOST: '127.0.0.1',
      DATA_DIR: data_dir,
      SIMULATOR_SCAN_MS: String(scan_ms),
      LOG_LEVEL: 'error',
      SMTP_URL: post_office.url,
      MAIL_FROM: 'Onhand demo <shop@example.com>',
    },
    // By the channel it knows that we are there.
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  let said = ''
  const listen = (text: Buffer | string): void => {
    said = (said + text.toString()).slice(-10_000)
  }
  child.stdout!.on('data', listen)
  child.stderr!.on('data', listen)
  child.on('message', ({ message }: Extract<FromPart, { kind: 'failed' }>) => listen(message))
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const stop = async (): Promise<void> => {
    child.kill('SIGINT')
    await ended
    await post_office.close()
    removeDataDir(data_dir)
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
  const urlOf = readPorts(data_dir)
  const simulated = { payments: [urlOf('Stripe'), urlOf('Razorpay')], shipping: urlOf('EasyPost') }
  return {
    url,
    shop: demoShopOf(readSecretKey(data_dir)),
    razorpay_url: urlOf('Razorpay'),
    readBooks: () => readBooks(simulated, post_office.mails),
    stop,
  }
}
