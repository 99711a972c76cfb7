// A small file that comes with some goods, made by the real commands: not every test has a server.
import { transaction } from '#src/db/transaction.ts'
import { completeFile, createFile, putPart, sellFiles } from '#src/downloads/edit-files.ts'
import { type DigitalFileId, newId } from '#src/lib/ids.ts'
import type { World } from './world.ts'

export async function sellFile({ db, variants }: World, skus: readonly string[]): Promise<void> {
  const id = newId<DigitalFileId>()
  const by = { actor: 'test', now: new Date() }
  const file = { name: 'song.mp3', media_type: 'audio/mpeg', downloads_max: 3, valid_days: null }
  await transaction(db, async (tx) => {
    await createFile(tx, id, file, by)
    await putPart(tx, id, 0, Buffer.from('la la la'))
  })
  await completeFile(db, id, null, by)
  await transaction(db, async (tx) => {
    for (const sku of skus) await sellFiles(tx, variants.get(sku)!, [id], by)
  })
}
