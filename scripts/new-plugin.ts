// `npm run new -- payments-foo`: a plug-in folder to start from, copied from the smallest of its
// kind, so that its contract test fails until it does what the port says.
import { cpSync, existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'

const plugins = path.resolve(import.meta.dirname, '../plugins')
const model_of: Readonly<Record<string, string>> = {
  payments: 'manual',
  shipping: 'easypost',
  mail: 'smtp',
}

function fail(message: string): never {
  process.stderr.write(`${message}\n`)
  process.exit(2)
}

const [wanted] = process.argv.slice(2)
const match = /^(payments|shipping|mail)-([a-z][a-z0-9]{1,30})$/.exec(wanted ?? '')
if (!match) fail('Usage: npm run new -- KIND-NAME, with KIND payments, shipping or mail')
const [, kind, name] = match as unknown as [string, string, string]
const target = path.join(plugins, `${kind}-${name}`)
if (existsSync(target)) fail(`plugins/${kind}-${name} is there already.`)

const model = model_of[kind]!
const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1)
cpSync(path.join(plugins, `${kind}-${model}`), target, {
  recursive: true,
  filter: (file) => !file.includes(`${path.sep}recorded`),
})
for (const file of readdirSync(target)) {
  const from = path.join(target, file)
  const text = readFileSync(from, 'utf8')
    .replaceAll(model, name)
    .replaceAll(capital(model), capital(name))
    .replaceAll(model.toUpperCase(), name.toUpperCase())
  writeFileSync(from, text)
  renameSync(from, path.join(target, file.replace(model, name)))
}
process.stdout.write(
  `plugins/${kind}-${name} was made from ${kind}-${model}. Next: its README, translate.ts and ` +
    `simulator, then one line in src/app/compose.ts.\n`,
)
