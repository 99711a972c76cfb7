// The database lies on a disk of some megabytes, which somebody else fills under load. For real:
// where such a disk cannot be had, the test is skipped; see writes-refused.test.ts.
import { execFileSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { atEnd } from '#test/cleanup.ts'
import { attackByFullDisk } from './full-disk.ts'
import { openOwnServer } from './own-server.ts'
import { openShop } from './shop.ts'

const disk_mb = 96

/** A file system in memory, or null: not everybody may make one. */
function mountSmallDisk(): string | null {
  const folder = mkdtempSync('/var/tmp/onhand-small-disk-')
  const options = `size=${disk_mb}m,mode=1777`
  atEnd(() => rmSync(folder, { recursive: true, force: true }))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder], { stdio: 'ignore' })
  } catch {
    return null
  }
  atEnd(() => execFileSync('umount', ['-l', folder]))
  return folder
}

const isFull = (error: unknown): boolean => (error as { code?: string }).code === 'ENOSPC'

/** To the last page. */
function fill(file: string): void {
  const handle = openSync(file, 'w')
  try {
    for (const size of [1_048_576, 4_096]) {
      const bytes = Buffer.alloc(size, 1)
      try {
        for (;;) writeSync(handle, bytes)
      } catch (error) {
        if (!isFull(error)) throw error
      }
    }
  } finally {
    closeSync(handle)
  }
}

const folder = mountSmallDisk()
const name = 'the disk of the database is full under load: clear refusals, and nothing is lost'

test(name, { skip: folder === null && 'no small disk can be had here' }, async (t) => {
  const server = await openOwnServer({ folder: folder! })
  const shop = await openShop({ database: server.database })
  const filler = path.join(folder!, 'filler')
  await attackByFullDisk(
    shop,
    {
      file: path.basename(import.meta.filename),
      point: 'the disk of the database is full, until there is room again',
      fill: async () => fill(filler),
      free: async () => rmSync(filler),
    },
    (text) => t.diagnostic(text),
  )
})
