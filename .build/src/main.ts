// Where everything begins. It asks for the version of Node before anything newer is loaded.
import { enableCompileCache } from 'node:module'
import path from 'node:path'

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 24 || (major === 24 && minor < 12)) {
  console.error(
    `Onhand needs Node 24.12 or newer, and this is ${process.versions.node}. ` +
      '"npm ci" brings one along: start with "npm start".',
  )
  process.exit(1)
}

// Every process of Onhand loads the same files: compiled once, they load in half the time.
enableCompileCache(path.resolve(import.meta.dirname, '../node_modules/.cache/onhand'))
const { start } = await import('./app/start.ts')
await start(process.argv.slice(2), process.env)
