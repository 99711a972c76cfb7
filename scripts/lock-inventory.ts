// `npm run locks` writes docs/locks.md: every lock and every constraint with what it protects, as
// the sources say it. A lock without a sentence is an error: nobody could tell when it may go.
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'

const root = path.resolve(import.meta.dirname, '..')
export const inventory_file = path.join(root, 'docs/locks.md')

type Row = readonly string[]

const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim()
const inCell = (text: string): string => oneLine(text).replaceAll('|', '\\|')
const inCode = (text: string): string => `\`${inCell(text)}\``

const lock_words = new RegExp(
  'for (?:no key )?update(?: of \\w+)?(?: skip locked)?|for (?:key )?share|' +
    'pg_(?:try_)?advisory_(?:xact_)?lock',
  'g',
)
/** Where a declaration begins at the left edge, after its comment. */
const declaration =
  /(?:\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\n)?^(?:export )?(?:async )?(?:const|function) (\w+)/gm

const isComment = (text: string, at: number): boolean =>
  /^\s*(\/\/|\*|\/\*)/.test(text.slice(text.lastIndexOf('\n', at) + 1, at))

/** The table that a locking statement reads from. */
function lockedTable(statement: string, words: string): string {
  if (words.startsWith('pg_')) return 'the database'
  const [, of] = / of (\w+)/.exec(words) ?? []
  let outer = statement
  for (let inner = ''; inner !== outer; outer = outer.replace(/\([^()]*\)/g, '')) inner = outer
  return of ?? [...outer.matchAll(/\bfrom (\w+)/g)].at(-1)?.[1] ?? '?'
}

function locksOf(file: string): Row[] {
  const text = readFileSync(path.join(root, file), 'utf8')
  const parts = [...text.matchAll(declaration)]
  return [...text.matchAll(lock_words)]
    .filter(({ index }) => !isComment(text, index))
    .map((found) => {
      const part = parts.findLast(({ index }) => index < found.index)
      const [, comment, name] = part ?? []
      if (!comment) throw new Error(`${file}: the lock in ${name ?? 'the head'} has no sentence`)
      const before = text.slice(part!.index, found.index)
      const table = lockedTable(before, found[0])
      const why = comment.replace(/^\s*\* ?/gm, ' ')
      return [`\`${file}\` ${name}`, table, found[0], inCell(why)]
    })
}

type Clause = { readonly text: string; readonly comment: string }

/** The parts of a definition between its commas, each with the comment that stands before it. */
function clausesOf(body: string): Clause[] {
  const clauses: Clause[] = []
  let [text, comment, depth] = ['', '', 0]
  const close = (): void => {
    if (text.trim() !== '') clauses.push({ text: oneLine(text), comment: oneLine(comment) })
    ;[text, comment] = ['', '']
  }
  for (const line of body.split('\n')) {
    const [, words] = /^\s*-- (.*)$/.exec(line) ?? []
    if (words !== undefined) {
      comment += ` ${words}`
      continue
    }
    for (const char of line) {
      depth += char === '(' ? 1 : char === ')' ? -1 : 0
      if (char === ',' && depth === 0) close()
      else text += char
    }
    text += ' '
  }
  close()
  return clauses
}

const rule = /\b(?:primary key|unique|check|references|exclude)\b/
/** What is left of a column when its type and default are taken away. */
function ruleOf({ text }: Clause): string | null {
  const at = text.search(rule)
  if (at < 0) return null
  const [, named] = /constraint (\w+)/.exec(text) ?? []
  const [column] = text.split(' ')
  const is_column = !/^(?:constraint|primary key|unique|check|exclude|foreign)\b/.test(text)
  const said = text.slice(at)
  if (said === 'primary key' || said === 'primary key (id)') return null
  return [named, is_column ? `${column}: ${said}` : said].filter(Boolean).join(': ')
}

/** The comment that stands right before a statement, its first sentence. */
function sentenceBefore(text: string, at: number): string {
  const rows = text.slice(0, at).trimEnd().split('\n')
  const own: string[] = []
  while (rows.at(-1)?.startsWith('-- ')) own.unshift(rows.pop()!.slice(3))
  return oneLine(own.join(' '))
}
const firstSentence = (text: string): string => /^.*?[.?!](?= |$)/.exec(text)?.[0] ?? text

const statements = [
  String.raw`create table (\w+) \(\n([\s\S]*?)\n\)[^;]*;`,
  String.raw`create unique index (\w+) on (\w+)([^;]*);`,
  String.raw`alter table (\w+)\s([^;]*);`,
  String.raw`create trigger (\w+)([^;]*?) on (\w+)[^;]*;`,
  String.raw`create domain (\w+) as ([^;]*);`,
]
const statement = new RegExp(`^(?:${statements.join('|')})`, 'gm')

/** What later files take away again, by the name that PostgreSQL gives it. */
function droppedIn(text: string): string[] {
  return [...text.matchAll(/drop (?:constraint|index) (\w+)/g)].map(([, name]) => name!)
}
const defaultName = (table: string, said: string): string => {
  const [column] = said.split(':')
  if (said.includes('references')) return `${table}_${column}_fkey`
  return /^primary key/.test(said) ? `${table}_pkey` : `${column}`
}

function rulesOf(file: string, dropped: ReadonlySet<string>): Row[] {
  const text = readFileSync(path.join(root, file), 'utf8')
  const rows: Row[] = []
  for (const found of text.matchAll(statement)) {
    const [, table, body, index, on, how, altered, change, trigger, when, watched, domain, as] =
      found
    const about = sentenceBefore(text, found.index)
    const add = (of: string, said: string, why: string): void => {
      if (!dropped.has(defaultName(of, said))) rows.push([of, inCode(said), inCell(why)])
    }
    if (table) {
      for (const clause of clausesOf(body!)) {
        const said = ruleOf(clause)
        const is_named = clause.text.startsWith('constraint ')
        const of_table = is_named ? about : firstSentence(about)
        if (said) add(table, said, clause.comment || of_table)
      }
    }
    if (index && !dropped.has(index)) add(on!, `${index}: unique${oneLine(how!)}`, about)
    if (altered && !/^\s*drop /.test(change!)) {
      const said = ruleOf({ text: oneLine(change!).replace(/^add (?:column )?/, ''), comment: '' })
      if (said) add(altered, said, about)
    }
    if (trigger) add(watched!, `${trigger}: trigger${when}`, about || trigger.replaceAll('_', ' '))
    if (domain) add(domain, `domain: ${oneLine(as!)}`, about)
  }
  return rows
}

const tableOf = (head: Row, rows: readonly Row[]): string =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')

export function writeInventory(): string {
  const sources = globSync('src/**/*.ts', { cwd: root }).filter((f) => !f.endsWith('.test.ts'))
  const migrations = globSync('migrations/*.sql', { cwd: root }).sort()
  const dropped = new Set(
    migrations.flatMap((file) => droppedIn(readFileSync(path.join(root, file), 'utf8'))),
  )
  const locks = sources.sort().flatMap(locksOf)
  const rules = migrations.flatMap((file) => rulesOf(file, dropped))
  return `# Locks and constraints

Written by \`npm run locks\` from the migrations and the sources, and compared with them by
\`test/locks.test.ts\`. Rows are locked in one order, see
[ARCHITECTURE.md](../ARCHITECTURE.md): idempotency keys, carts, orders, stock levels in key order,
coupons, number series.

## ${locks.length} locks

Held until the transaction ends. \`skip locked\` takes what nobody else has. A row that is inserted
with \`on conflict\` or changed by compare-and-set is locked by PostgreSQL and needs no entry here.

${tableOf(['where', 'rows of', 'how', 'what it is for'], locks)}

## ${rules.length} constraints

What the database refuses, whoever writes. Primary keys of one id column are left out. Where a
rule has no comment of its own, the first sentence about its table stands here.

${tableOf(['table', 'rule', 'what it protects'], rules)}
`
}

if (import.meta.main) writeFileSync(inventory_file, writeInventory())
