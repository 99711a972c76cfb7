// Versions of Onhand before today's migrations, taken from the history.
import { execFileSync } from 'node:child_process'
import { mkdirSync, realpathSync, rmSync, symlinkSync } from 'node:fs'
import path from 'node:path'
import { migrations_folder, readMigrations } from '#src/db/migrate.ts'

const root = path.resolve(import.meta.dirname, '../..')

const git = (...words: readonly string[]): string =>
  execFileSync('git', words, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })

const today = readMigrations(migrations_folder)

/** Names with what git calls their texts. */
function migrationsToday(): string[] {
  const files = today.map(({ name }) => `migrations/${name}`)
  const hashes = git('hash-object', '--', ...files)
    .trim()
    .split('\n')
  return files.map((file, i) => `${hashes[i]} ${file}`)
}

const migrationsAt = (commit: string): string[] =>
  git('ls-tree', '-r', '--format=%(objectname) %(path)', commit, '--', 'migrations')
    .split('\n')
    .filter((row) => row.endsWith('.sql'))

export type PreviousVersion = {
  readonly commit: string
  /** Migrations of today that it does not have. */
  readonly missing: readonly string[]
}

/** Before orders could be edited: the oldest one whose migrations are still as they were. */
const oldest = 'b871fb75c9f7154746eff7c13be2e8bc30cbde60'

/** What today's migrations add to those of this commit; null when they do not begin with them. */
function missingFrom(commit: string, wanted: readonly string[]): readonly string[] | null {
  const had = migrationsAt(commit)
  if (had.length === 0 || had.length >= wanted.length) return null
  if (had.some((row, i) => row !== wanted[i])) return null
  return today.slice(had.length).map(({ name }) => name)
}

const none = 'no commit of this history has the first ones of the migrations and no others'

/** The first of these that has the first ones of today's migrations, or why there is none. */
function findAmong(commitsOf: () => readonly string[]): PreviousVersion | string {
  try {
    const wanted = migrationsToday()
    for (const commit of commitsOf()) {
      const missing = missingFrom(commit, wanted)
      if (missing) return { commit, missing }
    }
  } catch {
    return 'this copy of Onhand has no git history that reaches back to that version'
  }
  return none
}

/** The newest one. */
export const findPreviousVersion = (): PreviousVersion | string =>
  findAmong(() => git('rev-list', 'HEAD').trim().split('\n'))

/** The one from which most is migrated. */
export const findOldestVersion = (): PreviousVersion | string => findAmong(() => [oldest])

/** Its files in an empty folder, with today's packages. */
export function checkOut({ commit }: PreviousVersion, folder: string): void {
  mkdirSync(folder)
  const archive = path.join(folder, 'version.tar')
  git('archive', `--output=${archive}`, commit)
  execFileSync('tar', ['-xf', archive, '-C', folder])
  rmSync(archive)
  symlinkSync(realpathSync(path.join(root, 'node_modules')), path.join(folder, 'node_modules'))
}
