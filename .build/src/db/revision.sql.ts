// Numbers that rise with each change of what processes keep in memory.
import type { Tx } from './sql.ts'

export type RevisionName = 'settings' | 'catalog' | 'keys'
export type Revisions = Readonly<Record<RevisionName, bigint>>

/** In the transaction of the change: the next read of every process sees it. */
export async function bumpRevision(tx: Tx, name: RevisionName): Promise<void> {
  await tx.run`
    insert into revision (name, number) values (${name}, 2)
    on conflict (name) do update set number = revision.number + 1`
}

export async function readRevisions(tx: Tx): Promise<Revisions> {
  const rows = await tx.many<{ name: RevisionName; number: bigint }>`
    select name, number from revision`
  const numbers = Object.fromEntries(rows.map(({ name, number }) => [name, number]))
  return { settings: 1n, catalog: 1n, keys: 1n, ...numbers }
}
