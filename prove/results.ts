// `npm run proof -- FILE…`: writes what `npm run --silent prove -- --json` has printed as the
// tables at the end of docs/proof.md. Several files are of several sections, each run alone.
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { Result } from './findings.ts'

const root = path.resolve(import.meta.dirname, '..')
const page = path.join(root, 'docs/proof.md')
/** What stands below it is written anew each time. */
const mark = '<!-- Written by `npm run proof`, below this line. -->'

type Cell = number | string
const row = (cells: readonly Cell[]): string =>
  `| ${cells.map((one) => String(one).replaceAll('|', '\\|')).join(' | ')} |`

/** The first column is text, the others are figures. */
function tableOf(head: readonly string[], rows: readonly (readonly Cell[])[]): string[] {
  if (rows.length === 0) return []
  return ['', row(head), row(head.map((_, i) => (i === 0 ? '---' : '---:'))), ...rows.map(row)]
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`
const sum = (counts: readonly number[]): number => counts.reduce((all, one) => all + one, 0)

/** What was attacked, for how long and with which dice, so that it can be done again. */
export function howRun({ commit, begun_at, seconds, size, seed, sections }: Result): string {
  const only = sections.map(({ section }) => section).join(', ')
  return `- ${begun_at.slice(0, 16).replace('T', ' ')} UTC, commit \`${commit}\`, ${seconds} s, ${
    size === 'deep' ? '`--deep`, ' : ''
  }seed ${seed}: ${only}`
}

function sectionOf(result: Result, section: string, title: string): string[] {
  const attacks = result.attacks.filter((one) => one.section === section)
  const crashes = result.crashes.filter((one) => one.section === section)
  const backups = section === 'backup' ? result.backups : []
  return [
    '',
    `### ${title}`,
    ...tableOf(
      ['attack', 'runs', 'violations'],
      attacks.map(({ name, runs, violations, skipped, seen }) => [
        [
          skipped > 0 ? `${name} (skipped ${skipped} times)` : name,
          ...(seen === null ? [] : [`<br><small>${seen}</small>`]),
        ].join(''),
        runs,
        violations,
      ]),
    ),
    ...tableOf(
      ['killed or taken away', 'hits', 'healed within', 'violations'],
      crashes.map(({ point, hits, healed_ms_max, violations }) => [
        point,
        hits,
        seconds(healed_ms_max),
        violations,
      ]),
    ),
    ...tableOf(
      ['restored to', 'orders told of', 'lost', 'copied in', 'restored in'],
      backups.map(({ restored_to, acknowledged, lost, taken_ms, restored_ms }) => [
        restored_to,
        acknowledged,
        lost,
        seconds(taken_ms),
        seconds(restored_ms),
      ]),
    ),
  ]
}

export function tablesOf(results: readonly Result[]): string {
  const attacks = results.flatMap((one) => one.attacks)
  const promises = Map.groupBy(
    results.flatMap((one) => one.promises),
    ({ name }) => name,
  )
  return [
    ...results.map(howRun),
    '',
    `${attacks.length} attacks ran ${sum(attacks.map(({ runs }) => runs))} times: ${sum(
      attacks.map(({ violations }) => violations),
    )} violations.`,
    ...results.flatMap((result) =>
      result.sections.flatMap(({ section, title }) => sectionOf(result, section, title)),
    ),
    '',
    '### Promises, asked of the database after attacks',
    ...tableOf(
      ['promise', 'asked', 'violations'],
      [...promises].map(([name, rows]) => [
        name,
        sum(rows.map(({ asked }) => asked)),
        sum(rows.map(({ violations }) => violations)),
      ]),
    ),
  ].join('\n')
}

if (import.meta.main) {
  const files = process.argv.slice(2)
  const results = files.map((file) => JSON.parse(readFileSync(file, 'utf8')) as Result)
  const text = readFileSync(page, 'utf8')
  if (results.length === 0 || !text.includes(mark)) {
    process.stderr.write(`Usage: npm run proof -- FILE…, and ${page} has the line ${mark}\n`)
    process.exit(2)
  }
  writeFileSync(page, `${text.split(mark)[0]}${mark}\n\n${tablesOf(results)}\n`)
}
