import { sql, type Tx } from '#src/db/sql.ts'
import type { DigitalFileId, VariantId } from '#src/lib/ids.ts'
import type { DigitalFile } from './downloads.ts'

const columns = sql`
  id, name, media_type, bytes, sha256, downloads_max, valid_days, created_at, archived_at`

export const insertFile = (tx: Tx, file: DigitalFile): Promise<number> =>
  tx.run`
    insert into digital_file (${columns})
    values (${file.id}, ${file.name}, ${file.media_type}, ${file.bytes}, ${file.sha256},
      ${file.downloads_max}, ${file.valid_days}, ${file.created_at}, ${file.archived_at})`

export const readFile = (tx: Tx, id: DigitalFileId): Promise<DigitalFile | null> =>
  tx.maybe<DigitalFile>`select ${columns} from digital_file where id = ${id}`

/** Parts come and the file is finished one after the other. */
export const lockFile = (tx: Tx, id: DigitalFileId): Promise<DigitalFile | null> =>
  tx.maybe<DigitalFile>`select ${columns} from digital_file where id = ${id} for update`

export const listFiles = (
  tx: Tx,
  after: DigitalFileId | null,
  limit: number,
): Promise<DigitalFile[]> =>
  tx.many<DigitalFile>`
    select ${columns} from digital_file
    where archived_at is null and (${after}::uuid is null or id > ${after})
    order by id limit ${limit}`

export const updateFile = (tx: Tx, file: DigitalFile): Promise<number> =>
  tx.run`
    update digital_file set name = ${file.name}, bytes = ${file.bytes}, sha256 = ${file.sha256},
      downloads_max = ${file.downloads_max}, valid_days = ${file.valid_days},
      archived_at = ${file.archived_at}
    where id = ${file.id}`

/** The same part again takes the place of the one before. */
export const savePart = (
  tx: Tx,
  file_id: DigitalFileId,
  n: number,
  content: Uint8Array,
): Promise<number> =>
  tx.run`
    insert into digital_file_part (file_id, n, content) values (${file_id}, ${n}, ${content})
    on conflict (file_id, n) do update set content = excluded.content`

export const readPart = async (
  tx: Tx,
  file_id: DigitalFileId,
  n: number,
): Promise<Buffer | null> => {
  const row = await tx.maybe<{ content: Buffer }>`
    select content from digital_file_part where file_id = ${file_id} and n = ${n}`
  return row?.content ?? null
}

/** How long each part is, from the first one on. */
export const readPartLengths = async (tx: Tx, file_id: DigitalFileId): Promise<number[]> => {
  const rows = await tx.many<{ length: number }>`
    select octet_length(content) as length from digital_file_part
    where file_id = ${file_id} order by n`
  return rows.map(({ length }) => length)
}

/** How many parts there are from the first one on without a gap, and how many in all. */
export const countParts = (
  tx: Tx,
  file_id: DigitalFileId,
): Promise<{ readonly parts: number; readonly highest: number; readonly bytes: bigint }> =>
  tx.one`
    select count(*)::int as parts, coalesce(max(n), -1) as highest,
      coalesce(sum(length(content)), 0)::bigint as bytes
    from digital_file_part where file_id = ${file_id}`

/** Exactly these files, in this order. */
export async function setVariantFiles(
  tx: Tx,
  variant_id: VariantId,
  files: readonly DigitalFileId[],
): Promise<void> {
  await tx.run`
    delete from variant_file
    where variant_id = ${variant_id} and file_id <> all(${files}::uuid[])`
  await tx.run`
    insert into variant_file (variant_id, file_id, position)
    select ${variant_id}, id, n from unnest(${files}::uuid[]) with ordinality as file (id, n)
    on conflict (variant_id, file_id) do update set position = excluded.position`
}

export const readVariantFiles = (tx: Tx, variant_id: VariantId): Promise<DigitalFile[]> =>
  tx.many<DigitalFile>`
    select ${columns} from variant_file join digital_file on digital_file.id = file_id
    where variant_id = ${variant_id} order by position, file_id`
