// `npm run locks` writes docs/locks.md: every lock with what it is for, as the sources say it, and
// every constraint with what it protects, as a migrated database says it. One without a sentence is
// an error: nobody could tell when it may go.
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { Db } from '#src/db/pool.ts'
import { together } from '#src/db/sql.ts'
import { snapshot } from '#src/db/transaction.ts'
import { type Rule, readFunctions, readReferences, readRules } from './constraints.sql.ts'
import { withMigratedDatabase } from './migrated-database.ts'

const root = path.resolve(import.meta.dirname, '..')
export const inventory_file = path.join(root, 'docs/locks.md')

type Row = readonly string[]

const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim()
const inCell = (text: string): string => oneLine(text).replaceAll('|', '\\|')
const inCode = (text: string): string => `\`${inCell(text)}\``

const lock_words = new RegExp(
  '\\bfor (?:(?:no key )?update|(?:key )?share)(?: of \\w+)?(?: skip locked| nowait)?\\b|' +
    '\\block table [\\s\\S]*? mode\\b|' +
    'pg_(?:try_)?advisory_(?:xact_)?lock(?:_shared)?\\b',
  'gi',
)
/** Where a declaration begins at the left edge, after its comment. */
const in_program =
  /(?:\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\n)?^(?:export )?(?:async )?(?:const|function) (\w+)/gm
const in_migration = /((?:^-- .*\n)*)^(lock) table/gm

const isComment = (text: string, at: number): boolean =>
  /^\s*(\/\/|\*|\/\*|--)/.test(text.slice(text.lastIndexOf('\n', at) + 1, at))

/** The tables that a locking statement locks, or reads the rows from. */
function lockedTable(statement: string, words: string): string {
  if (words.startsWith('pg_')) return 'the database'
  const [, tables] = /^lock table ([\s\S]*?) in /i.exec(words) ?? []
  if (tables) return oneLine(tables)
  const [, of] = / of (\w+)/i.exec(words) ?? []
  let outer = statement
  for (let inner = ''; inner !== outer; outer = outer.replace(/\([^()]*\)/g, '')) inner = outer
  const table = of ?? [...outer.matchAll(/\bfrom (\w+)/gi)].at(-1)?.[1]
  if (!table) throw new Error(`it is not seen which rows are locked: ${oneLine(statement)}`)
  return table
}

const howLocked = (words: string): string =>
  oneLine(words).replace(/^lock table .* in (.*) mode$/i, 'all of it, in $1 mode')

const locksOf = (text: string) =>
  [...text.matchAll(lock_words)].filter(({ index }) => !isComment(text, index))

/** @throws Error when a lock has no comment before its declaration */
export function locksIn(file: string, text: string): Row[] {
  const is_migration = file.endsWith('.sql')
  const parts = [...text.matchAll(is_migration ? in_migration : in_program)]
  // What stands in functions of the database is read from there.
  const found = locksOf(text).filter((one) => !is_migration || /^lock/i.test(one[0]))
  return found.map(({ index, 0: words }) => {
    const part = parts.findLast((one) => one.index < index + words.length)
    const [, comment, name = ''] = part ?? []
    if (!comment) throw new Error(`${file}: the lock in ${name || 'its head'} has no sentence`)
    const table = lockedTable(text.slice(part!.index, index), words)
    const why = comment.replace(/^\s*(?:\*|--) ?/gm, ' ')
    return [`\`${file}\`${is_migration ? '' : ` ${name}`}`, table, howLocked(words), inCell(why)]
  })
}

const locksInFunction = ({ name, source, why }: Awaited<ReturnType<typeof readFunctions>>[0]) =>
  locksOf(source).map(({ index, 0: words }): Row => {
    if (!why) throw new Error(`the lock in the function ${name} has no sentence`)
    const table = lockedTable(source.slice(0, index), words)
    return [`function \`${name}\` of the database`, table, howLocked(words), inCell(why)]
  })

/** As it stands in a migration: PostgreSQL tells it with all its casts. */
const asWritten = (said: string): string =>
  oneLine(said)
    .replace(/::(?:text|bigint|jsonpath)\b(?:\[\])?/g, '')
    .replace(/(?:= ANY|(<> ALL)) \(ARRAY\[(.*?)\]\)/g, (_, not, list) =>
      not ? `NOT IN (${list})` : `IN (${list})`,
    )

/** @throws Error when it has none */
export const ruleRow = ({ of, name, said, why }: Rule): Row => {
  if (why === null) throw new Error(`${name} of ${of} has no sentence: comment on … is '…'`)
  return [of, `${name}: ${inCode(asWritten(said))}`, inCell(why)]
}

/** Triggers that write down what staff change: the same on each table they watch. */
const isAudit = ({ said }: Rule): boolean => /EXECUTE FUNCTION audit_rows?\(/.test(said)

const tableOf = (head: Row, rows: readonly Row[]): string =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')

/** @throws Error when a lock or a constraint has no sentence */
export async function writeInventory(db: Db): Promise<string> {
  const sources = globSync(['src/**/*.ts', 'plugins/**/*.ts', 'migrations/*.sql'], { cwd: root })
    .filter((file) => !file.endsWith('.test.ts'))
    .sort()
  const [all_rules, references, functions] = await snapshot(db, (tx) =>
    together(readRules(tx), readReferences(tx), readFunctions(tx)),
  )
  const locks = [
    ...sources.flatMap((file) => locksIn(file, readFileSync(path.join(root, file), 'utf8'))),
    ...functions.flatMap(locksInFunction),
  ]
  const rules = all_rules.filter((rule) => !isAudit(rule))
  const audited = [...new Set(all_rules.filter(isAudit).map(({ of }) => of))]
  const links = Map.groupBy(references, ({ of, on_delete }) => `${of} ${on_delete}`)
  const link_rows = [...links.values()].map((all) => [
    all[0]!.of,
    all.map(({ column, names }) => `\`${column}\` → ${names}`).join(', '),
    all[0]!.on_delete,
  ])
  return `# Locks and constraints

Written by \`npm run locks\` from the sources and from a database on which all migrations ran;
\`test/locks.test.ts\` compares. A lock without a comment in the source, or a constraint without
\`comment on\` in a migration, is an error. Rows are locked in one order, see
[ARCHITECTURE.md](../ARCHITECTURE.md): idempotency keys, carts, orders, stock levels in key order,
coupons, number series.

## ${locks.length} locks

Held until the transaction ends. \`skip locked\` takes what nobody else has. A row that is inserted
with \`on conflict\` or changed by compare-and-set is locked by PostgreSQL and needs no entry here.

${tableOf(['where', 'rows of', 'how', 'what it is for'], locks)}

## ${rules.length} constraints

What the database refuses, whoever writes, and what its triggers do. Primary keys of one id are left
out, and so is what may not be null.

${tableOf(['table', 'rule', 'what it protects'], rules.map(ruleRow))}

## ${audited.length} audited tables

What staff write in them is written down by triggers in the same transaction, see
[staff.md](staff.md): ${audited.map((name) => `\`${name}\``).join(', ')}.

## ${references.length} foreign keys

All of them protect the same: what a row names is there. A row that is named is not deleted, or
those that name it are deleted with it.

${tableOf(['table', 'names', 'deleting what is named is'], link_rows)}
`
}

if (import.meta.main) {
  writeFileSync(inventory_file, await withMigratedDatabase(writeInventory))
}
