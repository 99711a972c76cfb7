#!/usr/bin/env node
// `onhand …` in a shop's own project: the commands that are npm scripts in a clone.
import './node-version.ts'
import { pathToFileURL } from 'node:url'
import { fileBeside } from '#src/lib/beside.ts'

const usage = `Usage: onhand [COMMAND]
  start           everything: database, web server, worker, simulators (also without COMMAND)
  --web           the web server alone; any number of them may run
  --worker        a worker alone; any number of them may run
  --simulators    the simulators alone
  demo            one order from browsing to delivered, on a server of its own
  import FILE     brings a product file into the shop
  export FILE     writes all products of the shop as such a file
  client [FILE]   writes the types of your own routes for onhand/client
  owner EMAIL     makes the first owner
  audit verify    says whether the audit of staff is whole; audit export writes it out
  backup, restore, drill   see docs/backup.md
  --version       tells the version
onhand.config.ts in this folder is loaded; the settings are environment variables.
`

const programs: Readonly<Record<string, string>> = {
  start: 'main',
  demo: 'app/demo',
  import: 'app/import',
  export: 'app/export',
  client: 'app/own-client',
  owner: 'app/make-owner',
  audit: 'app/audit',
  backup: 'app/backup',
  restore: 'app/backup',
  drill: 'app/backup',
}
/** These are one program, which is told by its first word what to do. */
const with_word = new Set(['backup', 'restore', 'drill'])

const [word = 'start', ...rest] = process.argv.slice(2)
if (word === '--version') {
  const { readVersion } = await import('#src/app/version.ts')
  process.stdout.write(`${readVersion()}\n`)
} else if (word === '--help' || word === 'help') process.stdout.write(usage)
else {
  const is_part = /^--(web|worker|simulators)$/.test(word)
  const name = is_part ? 'main' : programs[word]
  if (name === undefined) {
    process.stderr.write(usage)
    process.exit(2)
  }
  // A program asks whether it was started by itself, and starts its parts from there.
  const program = fileBeside(import.meta.filename, name)
  process.argv = [
    process.argv[0]!,
    program,
    ...(is_part ? [word] : with_word.has(word) ? [word, ...rest] : rest),
  ]
  await import(pathToFileURL(program).href)
}
