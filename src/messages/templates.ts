// Which words a message is made of: the shop's own template, else the one that comes with Onhand.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { Db } from '#src/db/pool.ts'
import { transaction } from '#src/db/transaction.ts'
import type { Clock } from '#src/lib/clock.ts'
import { sha256 } from '#src/lib/signature.ts'
import { type Compiled, compileMjml } from './compile-mjml.ts'
import { type MessageKind, message_kinds, type Template } from './messages.ts'
import { insertCompiled, readCompiled } from './templates.sql.ts'

const folder = path.join(import.meta.dirname, 'templates')
const read = (name: string): string => readFileSync(path.join(folder, name), 'utf8')

/** `<!-- order -->` alone on a line stands for the file order.mjml. */
const include = (text: string): string =>
  text.replaceAll(/^<!-- (\w+) -->\n/gm, (_, name: string) => read(`${name}.mjml`))

function readDefault(kind: MessageKind): Template {
  const mjml = read('layout.mjml').replace('<!-- content -->\n', () => read(`${kind}.mjml`))
  const words = read(`${kind}.txt`)
  const end = words.indexOf('\n')
  return { subject: words.slice(0, end), mjml: include(mjml), text: words.slice(end).trim() }
}

const defaults = new Map<MessageKind, Template>()
export function defaultTemplate(kind: MessageKind): Template {
  const known = defaults.get(kind) ?? readDefault(kind)
  defaults.set(kind, known)
  return known
}

type Compiling = { readonly db: Db; readonly clock: Clock }

/**
 * HTML of MJML, from the table when it was compiled before. Nothing that has errors is stored.
 * Must not run inside a transaction: the compiler takes seconds.
 */
export async function compileCached(
  { db, clock }: Compiling,
  texts: readonly string[],
): Promise<Compiled[]> {
  const hashes = texts.map((text) => sha256(`mjml 5\n${text}`))
  const rows = await transaction(db, (tx) => readCompiled(tx, hashes))
  const known = new Map(rows.map(({ hash, html }) => [hash.toString('hex'), html]))
  const missing = texts.filter((_, i) => !known.has(hashes[i]!.toString('hex')))
  const made = missing.length > 0 ? await compileMjml(missing) : []
  const compiled = new Map(missing.map((text, i) => [text, made[i]!]))
  await transaction(db, async (tx) => {
    for (const [text, { html, errors }] of compiled) {
      const hash = hashes[texts.indexOf(text)]!
      if (errors.length === 0) await insertCompiled(tx, hash, html, clock())
    }
  })
  return texts.map((text, i) => {
    const html = known.get(hashes[i]!.toString('hex'))
    return html === undefined ? compiled.get(text)! : { html, errors: [] }
  })
}

/** Compiles all templates that come with Onhand; a worker does so when it starts. */
export async function compileDefaults(app: Compiling): Promise<void> {
  await compileCached(
    app,
    message_kinds.map((kind) => defaultTemplate(kind).mjml),
  )
}

const default_html = new WeakMap<Db, Map<MessageKind, string>>()

/** The HTML of a default. The first one asks for all of them, which costs one child process. */
export async function defaultHtml(app: Compiling, kind: MessageKind): Promise<string> {
  const known = default_html.get(app.db)?.get(kind)
  if (known !== undefined) return known
  const texts = message_kinds.map((one) => defaultTemplate(one).mjml)
  const compiled = await compileCached(app, texts)
  const html = new Map(message_kinds.map((one, i) => [one, compiled[i]!.html]))
  default_html.set(app.db, html)
  return html.get(kind)!
}
