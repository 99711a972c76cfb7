// `npm run new -- payments-foo`: a plug-in folder to start from, copied from the smallest of its
// kind. It does what its model does and passes the same tests, until its owner changes both.
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'

const plugins = path.resolve(import.meta.dirname, '../plugins')
const model_of: Readonly<Record<string, string>> = {
  payments: 'manual',
  shipping: 'easypost',
  mail: 'smtp',
  tax: 'http',
}

function fail(message: string): never {
  process.stderr.write(`${message}\n`)
  process.exit(2)
}

const [wanted] = process.argv.slice(2)
const match = /^(payments|shipping|mail|tax)-([a-z][a-z0-9]{1,30})$/.exec(wanted ?? '')
if (!match) fail('Usage: npm run new -- KIND-NAME, with KIND payments, shipping, mail or tax')
const [, kind, name] = match as unknown as [string, string, string]
const target = path.join(plugins, `${kind}-${name}`)
if (existsSync(target)) fail(`plugins/${kind}-${name} is there already.`)

const model = model_of[kind]!
const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1)

/** Names only: hosts, paths and published vectors of the model stay what they are. */
const rename = (text: string): string =>
  text
    .replaceAll(`${kind}-${model}`, `${kind}-${name}`)
    .replaceAll(new RegExp(`(?<![\\w-]|\\w[./])${model}(?=[A-Z_'\`]|\\.ts|: )`, 'g'), name)
    .replaceAll(capital(model), capital(name))
    .replaceAll(`${model.toUpperCase()}_`, `${name.toUpperCase()}_`)

cpSync(path.join(plugins, `${kind}-${model}`), target, { recursive: true })
for (const entry of readdirSync(target, { withFileTypes: true })) {
  if (!entry.isFile()) continue
  const from = path.join(target, entry.name)
  writeFileSync(from, rename(readFileSync(from, 'utf8')))
  renameSync(from, path.join(target, entry.name.replace(model, name)))
}
// Another length of a name breaks other lines and sorts imports in another order.
const biome = path.resolve(plugins, '../node_modules/.bin/biome')
const formatted = spawnSync(biome, ['check', '--write', '--log-level=error', target])
if (formatted.status !== 0) fail(`It could not be formatted:\n${formatted.stderr}`)
process.stdout.write(
  `plugins/${kind}-${name} was made from ${kind}-${model}, and its tests pass: ` +
    `npm test -- ${kind}-${name}\nNext: change them and it into what the port says, write its ` +
    'README, then add it to the list in src/app/plugins.ts.\n',
)
