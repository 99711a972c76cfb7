// `npm run sim -- SEED [ORDERS]`: the simulation with other dice, or for longer.
import { spawn } from 'node:child_process'
import path from 'node:path'

const [seed = String(Date.now() % 1_000_000_000), orders = '200'] = process.argv.slice(2)
if (!/^\d{1,15}$/.test(seed) || !/^\d{1,6}$/.test(orders)) {
  process.stderr.write('Usage: npm run sim -- SEED [ORDERS], both whole numbers\n')
  process.exit(2)
}
process.stdout.write(`Simulating with seed ${seed}, ${orders} orders\n`)
const tests = path.resolve(import.meta.dirname, '../run.ts')
const child = spawn(process.execPath, [tests, 'test/simulation/simulation.test.ts'], {
  stdio: 'inherit',
  env: { ...process.env, SIM_SEED: seed, SIM_ORDERS: orders },
})
child.once('exit', (code) => {
  process.exitCode = code ?? 1
})
