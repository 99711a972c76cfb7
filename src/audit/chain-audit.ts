// Gives what staff have written its place in the chain, beside their requests and not in them: a
// write of staff waits for no other, and the chain still has one order.
import type { Db } from '#src/db/pool.ts'
import { transaction } from '#src/db/transaction.ts'
import type { Secret } from '#src/lib/secret.ts'
import { mayChain, readHeadOfChain, readUnchained, writeLinks } from './audit.sql.ts'
import { type Head, linkOf, no_head, sealOf } from './audit.ts'

const links_max = 1_000

/** How many entries were chained. The last of each turn is sealed. */
export async function chainAudit(db: Db, key: Secret): Promise<number> {
  let chained = 0
  for (;;) {
    const turn = await transaction(db, async (tx) => {
      // Beyond it, entries that are committed just now are the next turn's.
      const waiting = (await mayChain(tx)) ? await readUnchained(tx, links_max) : []
      if (waiting.length === 0) return 0
      let head: Head = (await readHeadOfChain(tx)) ?? no_head
      const links = waiting.map(({ id, digest }, i) => {
        head = linkOf(head, digest)
        return { id, ...head, seal: i === waiting.length - 1 ? sealOf(key, head) : null }
      })
      return writeLinks(tx, links)
    })
    chained += turn
    if (turn < links_max) return chained
  }
}
