// Where everything begins. It asks for the version of Node before anything newer is loaded.
import './node-version.ts'
import { enableCompileCache } from 'node:module'
import path from 'node:path'

// Every process of Onhand loads the same files: compiled once, they load in half the time.
enableCompileCache(path.resolve(import.meta.dirname, '../node_modules/.cache/onhand'))
const { start } = await import('./app/start.ts')
await start(process.argv.slice(2), process.env)
