// The version of Onhand before today's migrations, taken from the history.
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

/** The newest commit whose migrations are the first ones of today's, or why there is none. */
export function findPreviousVersion(): PreviousVersion | string {
  try {
    const wanted = migrationsToday()
    for (const commit of git('rev-list', 'HEAD').trim().split('\n')) {
      const had = migrationsAt(commit)
      if (had.length === 0 || had.length >= wanted.length) continue
      if (had.every((row, i) => row === wanted[i])) {
        return { commit, missing: today.slice(had.length).map(({ name }) => name) }
      }
    }
  } catch {
    return 'this copy of Onhand has no git history to take the previous version from'
  }
  return 'no commit of this history has the first ones of the migrations and no others'
}

/** Its files in an empty folder, with today's packages. */
export function checkOut({ commit }: PreviousVersion, folder: string): void {
  mkdirSync(folder)
  const archive = path.join(folder, 'version.tar')
  git('archive', `--output=${archive}`, commit)
  execFileSync('tar', ['-xf', archive, '-C', folder])
  rmSync(archive)
  symlinkSync(realpathSync(path.join(root, 'node_modules')), path.join(folder, 'node_modules'))
}
