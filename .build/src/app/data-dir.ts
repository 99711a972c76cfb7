// Small files of DATA_DIR that only we may read.
import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { Secret } from '../lib/secret.ts'
import type { Config } from './settings.ts'
import { StartError } from './start-error.ts'

/** Level by level: a recursive mkdir does not come back from file systems such as /proc. */
function makeFolder(folder: string): void {
  const above = path.dirname(folder)
  if (!existsSync(above)) makeFolder(above)
  mkdirSync(folder)
}

/** @throws StartError when the folder cannot be made or written */
export function openDataDir(data_dir: string): void {
  try {
    if (existsSync(data_dir)) {
      if (statSync(data_dir).isDirectory()) return
      throw new StartError(`DATA_DIR: ${data_dir} is a file, not a folder.`)
    }
    makeFolder(data_dir)
    // Whatever the umask: the user of the embedded database must be able to pass through.
    chmodSync(data_dir, 0o755)
  } catch (error) {
    if (error instanceof StartError) throw error
    const { code } = error as { code?: string }
    throw new StartError(`DATA_DIR: ${data_dir} cannot be made (${code}).`)
  }
}

/** Whole or not at all: a kill in between leaves the old text. */
export function writePrivate(file: string, text: string): void {
  try {
    writeFileSync(`${file}.part`, text, { mode: 0o600 })
    renameSync(`${file}.part`, file)
  } catch (error) {
    const { code } = error as { code?: string }
    throw new StartError(`${file} cannot be written (${code}).`)
  }
}

/** The key that signs tokens: made once, so that links in mails hold for ever. */
export function readSecretKey(data_dir: string): Secret {
  const file = path.join(data_dir, 'secret-key')
  if (existsSync(file)) {
    const text = readFileSync(file, 'utf8').trim()
    if (text.length < 32) throw new StartError(`${file} is damaged: restore it, or set SECRET_KEY.`)
    return new Secret(text)
  }
  const text = randomBytes(32).toString('base64url')
  writePrivate(file, `${text}\n`)
  return new Secret(text)
}

/** The key of the settings, else the one of DATA_DIR. */
export const secretKeyOf = ({
  secret_key,
  data_dir,
}: Pick<Config, 'secret_key' | 'data_dir'>): Secret => secret_key ?? readSecretKey(data_dir)
