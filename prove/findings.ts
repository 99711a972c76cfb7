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
  /** What it has counted in its last run, in its own words; null where it counts nothing. */
  readonly seen: string | null
  /** Of each violation the seed that shows it again, and what was guilty. */
  readonly guilty: readonly { readonly seed: number; readonly rows: string }[]
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
type Backup = Extract<Proof, { about: 'backup' }>
export type Findings = {
  readonly section: string
  readonly title: string
  readonly attacks: readonly Attack[]
  readonly promises: readonly Promised[]
  readonly crashes: readonly Crash[]
  /** What a backup loses is no violation. */
  readonly backups: readonly Backup[]
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
      seen: runs.findLast(({ seen }) => seen !== null)?.seen ?? null,
      guilty: failed.map(({ seed, error }) => ({ seed, rows: error ?? 'no reason was given' })),
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
  { name, title }: Section,
  rounds: readonly Round[],
  proofs: readonly Proof[],
): Findings {
  const attacks = attacksOf(rounds)
  const backups = proofs.filter((one) => one.about === 'backup')
  const crashes = crashesOf(proofs, attacks)
  return { section: name, title, attacks, promises: promisesOf(proofs), crashes, backups }
}

/** Each promise once, whatever the section in which it was asked. */
export function mergePromises(found: readonly Findings[]): Promised[] {
  const rows = Map.groupBy(
    found.flatMap((one) => one.promises),
    ({ name }) => name,
  )
  return [...rows].map(([name, of_name]) => ({
    name,
    asked: of_name.reduce((sum, { asked }) => sum + asked, 0),
    violations: of_name.reduce((sum, { violations }) => sum + violations, 0),
  }))
}

/** How it was run: what somebody needs who wants to see the same. */
export type How = {
  readonly commit: string
  readonly begun_at: string
  readonly seconds: number
  readonly size: string
  readonly seed: number
}

/** What `--json` prints, and what `npm run proof` writes tables of. */
export function resultOf(found: readonly Findings[], how: How) {
  return {
    ...how,
    sections: found.map(({ section, title }) => ({ section, title })),
    attacks: found.flatMap(({ section, attacks }) =>
      attacks.map(({ guilty, ...attack }) => ({
        section,
        ...attack,
        ...(guilty.length > 0 ? { guilty } : {}),
      })),
    ),
    promises: mergePromises(found),
    crashes: found.flatMap(({ section, crashes }) =>
      crashes.map((crash) => ({ section, ...crash })),
    ),
    backups: found.flatMap(({ backups }) => backups.map(({ about: _, ...backup }) => backup)),
  }
}
export type Result = ReturnType<typeof resultOf>
