// The findings as tables, to read at the terminal.
import { type Findings, mergePromises } from './findings.ts'

const minutes = (ms: number): string => `${(ms / 60_000).toFixed(2)} min`

const cell = (value: number | string, width: number): string => String(value).padStart(width)

/** For people at a terminal. */
export function tableOf(found: readonly Findings[]): string {
  const lines: string[] = []
  for (const { title, attacks, crashes, backups } of found) {
    lines.push('', title, '   runs  violations')
    for (const { name, runs, violations, skipped, guilty } of attacks) {
      const note = skipped > 0 ? ` (skipped ${skipped} times)` : ''
      lines.push(`${cell(runs, 7)}${cell(violations, 12)}  ${name}${note}`)
      for (const { seed, rows } of guilty) {
        const told = `seed ${seed}: ${rows}`.split('\n')
        lines.push(...told.map((row) => `${' '.repeat(21)}${row}`))
      }
    }
    if (crashes.length > 0) lines.push('', '   hits  healed within  violations  killed')
    for (const { point, hits, healed_ms_max, violations } of crashes) {
      lines.push(`${cell(hits, 7)}${cell(healed_ms_max, 12)} ms${cell(violations, 12)}  ${point}`)
    }
    if (backups.length > 0) lines.push('', ' orders    lost  copied in  restored in  restored to')
    for (const { acknowledged, lost, taken_ms, restored_ms, restored_to } of backups) {
      const times = `${cell(minutes(taken_ms), 11)}${cell(minutes(restored_ms), 13)}`
      lines.push(`${cell(acknowledged, 7)}${cell(lost, 8)}${times}  ${restored_to}`)
    }
  }
  lines.push('', 'Promises, asked of the database after attacks', '  asked  violations')
  for (const { name, asked, violations } of mergePromises(found)) {
    lines.push(`${cell(asked, 7)}${cell(violations, 12)}  ${name}`)
  }
  return `${lines.join('\n').trimStart()}\n`
}
