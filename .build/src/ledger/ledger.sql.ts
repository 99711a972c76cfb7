import { asTable } from '../db/as-table.ts'
import type { Tx } from '../db/sql.ts'
import { newId } from '../lib/ids.ts'
import type { JournalEntry } from './ledger.ts'

/** Appends entries; the table refuses any that does not balance. Zero postings are left out. */
export async function addEntries(
  tx: Tx,
  entries: readonly JournalEntry[],
  now: Date,
): Promise<void> {
  const rows = entries.flatMap(({ postings, ...entry }) => {
    const moved = postings.filter(({ amount }) => amount !== 0n)
    if (moved.length === 0) return []
    return [
      {
        ...entry,
        id: newId(),
        accounts: moved.map(({ account }) => account),
        currencies: moved.map(() => entry.currency),
        amounts: moved.map(({ amount }) => amount),
        parties: moved.map(() => entry.party_id),
      },
    ]
  })
  if (rows.length === 0) return
  await tx.run`
    insert into journal_entry (id, at, kind, order_id, cause_id, legal_entity_id,
      accounts, currencies, amounts, parties)
    select id, ${now}, kind, order_id, cause_id, legal_entity_id,
      accounts, currencies, amounts, parties
    from ${asTable(
      rows,
      `row (
      id uuid, kind text, order_id uuid, cause_id uuid, legal_entity_id uuid,
      accounts text[], currencies text[], amounts bigint[], parties uuid[])`,
    )}`
}

export type Balance = {
  readonly account: string
  readonly currency: string
  readonly balance: bigint
}

/** Debits minus credits per account and currency: the trial balance. Adds up to zero. */
export const readTrialBalance = (tx: Tx): Promise<Balance[]> =>
  tx.many<Balance>`
    select account, currency, sum(amount)::bigint as balance
    from journal_line group by account, currency order by account, currency`
