import type { Tx } from '#src/db/sql.ts'
import type { StaffId } from '#src/lib/ids.ts'

export type StoredFactor = {
  readonly sealed_secret: Buffer
  readonly confirmed_at: Date | null
  readonly last_step: bigint
  readonly failed: number
}

export const findFactor = (tx: Tx, staff_id: StaffId): Promise<StoredFactor | null> =>
  tx.maybe<StoredFactor>`
    select sealed_secret, confirmed_at, last_step, failed from second_factor
    where staff_id = ${staff_id}`

/** Nothing is written where a factor counts already: zero. */
export const beginFactor = (
  tx: Tx,
  staff_id: StaffId,
  { sealed_secret, now }: { readonly sealed_secret: Buffer; readonly now: Date },
): Promise<number> =>
  tx.run`
    insert into second_factor (staff_id, sealed_secret, created_at)
    values (${staff_id}, ${sealed_secret}, ${now})
    on conflict (staff_id) do update set sealed_secret = excluded.sealed_secret,
      created_at = excluded.created_at, last_step = 0, failed = 0
    where second_factor.confirmed_at is null`

/** Of requests with codes of one step, one takes it: the others find a later `last_step`. */
export const takeStep = (
  tx: Tx,
  staff_id: StaffId,
  { step, sealed_secret }: { readonly step: number; readonly sealed_secret: Buffer },
): Promise<number> =>
  tx.run`
    update second_factor set last_step = ${step}, failed = 0
    where staff_id = ${staff_id} and last_step < ${step} and sealed_secret = ${sealed_secret}`

export const confirmFactor = (tx: Tx, staff_id: StaffId, now: Date): Promise<number> =>
  tx.run`
    update second_factor set confirmed_at = ${now}
    where staff_id = ${staff_id} and confirmed_at is null`

export const countFailure = (tx: Tx, staff_id: StaffId): Promise<number> =>
  tx.run`update second_factor set failed = failed + 1 where staff_id = ${staff_id}`

/** With its recovery codes. */
export const deleteFactor = (tx: Tx, staff_id: StaffId): Promise<number> =>
  tx.run`delete from second_factor where staff_id = ${staff_id}`

export const replaceRecoveryCodes = async (
  tx: Tx,
  staff_id: StaffId,
  hashes: readonly Buffer[],
): Promise<void> => {
  await tx.run`delete from recovery_code where staff_id = ${staff_id}`
  await tx.run`
    insert into recovery_code (staff_id, code_hash)
    select ${staff_id}, code_hash from unnest(${hashes}::bytea[]) as code_hash`
}

/** Zero when there is no such code or it was used. */
export const useRecoveryCode = (
  tx: Tx,
  staff_id: StaffId,
  { code_hash, now }: { readonly code_hash: Buffer; readonly now: Date },
): Promise<number> =>
  tx.run`
    with used as (
      update recovery_code set used_at = ${now}
      where staff_id = ${staff_id} and code_hash = ${code_hash} and used_at is null
      returning staff_id)
    update second_factor set failed = 0 from used where second_factor.staff_id = used.staff_id`

export const countRecoveryCodes = async (tx: Tx, staff_id: StaffId): Promise<number> =>
  (
    await tx.one<{ n: number }>`
      select count(*)::int as n from recovery_code
      where staff_id = ${staff_id} and used_at is null`
  ).n
