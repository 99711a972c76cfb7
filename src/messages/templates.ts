// Which words a message is made of: the shop's own template, else the one that comes with Onhand.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { MessageKind, Template } from './messages.ts'

const folder = path.join(import.meta.dirname, 'templates')
const read = (name: string): string => readFileSync(path.join(folder, name), 'utf8')

/** `<!-- order -->` alone on a line stands for the file order.mjml, and what that includes. */
const include = (text: string): string =>
  text.replaceAll(/^<!-- (\w+) -->\n/gm, (_, name: string) => include(read(`${name}.mjml`)))

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

/** Compiled from `mjml` by `npm run templates`; a test tells when that was forgotten. */
export const htmlFile = (kind: MessageKind): string => path.join(folder, `${kind}.html`)

const html_known = new Map<MessageKind, string>()
export function defaultHtml(kind: MessageKind): string {
  const html = html_known.get(kind) ?? readFileSync(htmlFile(kind), 'utf8')
  html_known.set(kind, html)
  return html
}
