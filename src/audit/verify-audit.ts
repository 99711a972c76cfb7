// Says whether the audit is whole: no entry changed, none taken out, none put in.
import type { Db } from '#src/db/pool.ts'
import { snapshot } from '#src/db/transaction.ts'
import type { Secret } from '#src/lib/secret.ts'
import { countUnchained, findLink, readLinks } from './audit.sql.ts'
import { type Head, isSealOf, no_head } from './audit.ts'

export type AuditFault = {
  readonly seq: bigint
  /** `unsealed`: the chain ends without a seal; `head`: what was kept elsewhere is not there. */
  readonly fault: 'gap' | 'changed' | 'seal' | 'unsealed' | 'head'
}
export type Verified = {
  readonly checked: number
  readonly seals: number
  /** Written, and not in the chain yet. */
  readonly waiting: number
  /** The last link that was looked at; null when there is none. */
  readonly head: Head | null
  /** Whether the chain goes on behind it. */
  readonly more: boolean
  /** The first of them. */
  readonly faults: readonly AuditFault[]
}
export type Verifying = {
  /** Looks at what comes behind this link. */
  readonly after: bigint
  readonly links_max: number
  /** A head that was kept elsewhere: shows that no end was cut off or made anew. */
  readonly expected: Head | null
}

const page = 5_000
const faults_max = 20

export async function verifyAudit(db: Db, key: Secret, asked: Verifying): Promise<Verified> {
  const { after, links_max, expected } = asked
  const faults: AuditFault[] = []
  let [checked, seals, head, sealed, more] = [0, 0, null as Head | null, true, true]
  while (more && checked < links_max) {
    const limit = Math.min(page, links_max - checked)
    const from = head?.seq ?? after
    const links = await snapshot(db, (tx) => readLinks(tx, from, limit + 1))
    more = links.length > limit
    for (const { seq, hash, seal, fault } of links.slice(0, limit)) {
      if (fault) faults.push({ seq, fault })
      sealed = seal !== null
      if (seal) {
        seals += 1
        if (!isSealOf(key, { seq, hash }, seal)) faults.push({ seq, fault: 'seal' })
      }
      head = { seq, hash }
      checked += 1
    }
  }
  if (head && !more && !sealed) faults.push({ seq: head.seq, fault: 'unsealed' })
  const { waiting, found } = await snapshot(db, async (tx) => ({
    waiting: await countUnchained(tx),
    found: expected && (await findLink(tx, expected.seq)),
  }))
  if (expected && !found?.hash.equals(expected.hash)) {
    faults.push({ seq: expected.seq, fault: 'head' })
  }
  return { checked, seals, waiting, head, more, faults: faults.slice(0, faults_max) }
}

/** From the beginning to the end, whatever its length. */
export const verifyWholeAudit = (db: Db, key: Secret, expected: Head | null): Promise<Verified> =>
  verifyAudit(db, key, { after: no_head.seq, links_max: Number.POSITIVE_INFINITY, expected })
