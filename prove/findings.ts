// What a section has found, counted: per attack, per promise, per place of a crash.
import path from 'node:path'
import type { Proof } from '#test/proof.ts'
import type { Told } from './reporter.ts'
import type { Section } from './sections.ts'

export type Attack = {
  readonly name: string
  readonly file: string
  readonly runs: number
  readonly violations: number
  readonly skipped: number
  /** Of each violation the seed and what was guilty. */
  readonly guilty: readonly string[]
}
export type Promised = {
  readonly name: string
  readonly asked: number
  readonly violations: number
}
export type Crash = {
  readonly point: string
  readonly hits: number
  readonly healed_ms_max: number
  readonly violations: number
}
export type Findings = {
  readonly title: string
  readonly attacks: readonly Attack[]
  readonly promises: readonly Promised[]
  readonly crashes: readonly Crash[]
}

type Round = { readonly seed: number; readonly told: readonly Told[] }

/** Names carry their seed in parentheses; one attack is one row, whatever the dice. */
const plainName = (name: string): string => name.replace(/ \([^()]*seed[^()]*\)$/i, '')

function attacksOf(rounds: readonly Round[]): Attack[] {
  const all = rounds.flatMap(({ seed, told }) =>
    told.map((one) => ({ ...one, name: plainName(one.name), seed })),
  )
  return [...Map.groupBy(all, ({ name }) => name)].map(([name, runs]) => {
    const failed = runs.filter(({ passed }) => !passed)
    return {
      name,
      file: path.basename(runs[0]!.file),
      runs: runs.filter(({ skipped }) => !skipped).length,
      violations: failed.length,
      skipped: runs.filter(({ skipped }) => skipped).length,
      guilty: failed.map(({ seed, error }) => `seed ${seed}: ${error ?? 'no reason was given'}`),
    }
  })
}

function promisesOf(proofs: readonly Proof[]): Promised[] {
  const asked = proofs.flatMap((one) => (one.about === 'promises' ? one.results : []))
  return [...Map.groupBy(asked, ({ name }) => name)].map(([name, results]) => ({
    name,
    asked: results.length,
    violations: results.reduce((sum, { violations }) => sum + violations, 0),
  }))
}

/** A place is guilty when the test that killed there has found anything wrong afterwards. */
function crashesOf(proofs: readonly Proof[], attacks: readonly Attack[]): Crash[] {
  const crashes = proofs.filter((one) => one.about === 'crash')
  return [...Map.groupBy(crashes, ({ point }) => point)].map(([point, rows]) => ({
    point,
    hits: rows.reduce((sum, { hits }) => sum + hits, 0),
    healed_ms_max: Math.round(Math.max(...rows.map(({ healed_ms }) => healed_ms))),
    violations: attacks.some((one) => one.violations > 0 && rows.some((r) => r.file === one.file))
      ? 1
      : 0,
  }))
}

export function findingsOf(
  { title }: Section,
  rounds: readonly Round[],
  proofs: readonly Proof[],
): Findings {
  const attacks = attacksOf(rounds)
  return { title, attacks, promises: promisesOf(proofs), crashes: crashesOf(proofs, attacks) }
}

const cell = (value: number, width: number): string => String(value).padStart(width)

export function tableOf(found: readonly Findings[], promises: readonly Promised[]): string {
  const lines: string[] = []
  for (const { title, attacks, crashes } of found) {
    lines.push('', title, '   runs  violations')
    for (const { name, runs, violations, skipped, guilty } of attacks) {
      const note = skipped > 0 ? ` (skipped ${skipped} times)` : ''
      lines.push(`${cell(runs, 7)}${cell(violations, 12)}  ${name}${note}`)
      for (const text of guilty)
        lines.push(...text.split('\n').map((row) => `${' '.repeat(21)}${row}`))
    }
    if (crashes.length > 0) lines.push('', '   hits  healed within  violations  killed')
    for (const { point, hits, healed_ms_max, violations } of crashes) {
      lines.push(`${cell(hits, 7)}${cell(healed_ms_max, 12)} ms${cell(violations, 12)}  ${point}`)
    }
  }
  lines.push('', 'Promises, asked of the database after attacks', '  asked  violations')
  for (const { name, asked, violations } of promises) {
    lines.push(`${cell(asked, 7)}${cell(violations, 12)}  ${name}`)
  }
  return `${lines.join('\n').trimStart()}\n`
}
