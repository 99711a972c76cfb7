import { asTable } from '#src/db/as-table.ts'
import { and, type Statement, sql, type Tx } from '#src/db/sql.ts'
import type { AuditEntry, Head } from './audit.ts'

/** One worker of the shop chains at a time. False when another one does. */
export const mayChain = async (tx: Tx): Promise<boolean> =>
  (
    await tx.one<{ may: boolean }>`
      select pg_try_advisory_xact_lock(hashtext('onhand audit chain')) as may`
  ).may

export const readHeadOfChain = (tx: Tx): Promise<Head | null> =>
  tx.maybe<Head>`
    select seq, hash from audit_entry where seq is not null order by seq desc limit 1`

export type Unchained = { readonly id: bigint; readonly digest: Buffer }
export const readUnchained = (tx: Tx, limit: number): Promise<Unchained[]> =>
  tx.many<Unchained>`
    select id, audit_digest(entry) as digest from audit_entry as entry
    where seq is null order by id limit ${limit}`

export type Link = Head & { readonly id: bigint; readonly seal: Buffer | null }
export const writeLinks = (tx: Tx, links: readonly Link[]): Promise<number> =>
  tx.run`
    update audit_entry set seq = link.seq, hash = decode(link.hash, 'hex'),
      seal = decode(link.seal, 'hex')
    from ${asTable(
      links.map(({ id, seq, hash, seal }) => ({
        id,
        seq,
        hash: hash.toString('hex'),
        seal: seal?.toString('hex') ?? null,
      })),
      'link (id bigint, seq bigint, hash text, seal text)',
    )}
    where audit_entry.id = link.id`

export type Checked = Head & {
  readonly id: bigint
  readonly seal: Buffer | null
  readonly fault: 'gap' | 'changed' | null
}
/** Links in their order, each with what is wrong with it. */
export const readLinks = (tx: Tx, after: bigint, limit: number): Promise<Checked[]> =>
  tx.many<Checked>`
    select entry.id, entry.seq, entry.hash, entry.seal,
      case
        when entry.seq > 1 and earlier.seq is null then 'gap'
        when entry.hash <> sha256(coalesce(earlier.hash, '')
          || convert_to(entry.seq::text, 'UTF8') || audit_digest(entry)) then 'changed'
      end as fault
    from audit_entry as entry
    left join audit_entry as earlier on earlier.seq = entry.seq - 1
    where entry.seq > ${after}
    order by entry.seq limit ${limit}`

export const findLink = (tx: Tx, seq: bigint): Promise<Head | null> =>
  tx.maybe<Head>`select seq, hash from audit_entry where seq = ${seq}`

export const countUnchained = async (tx: Tx): Promise<number> =>
  (await tx.one<{ n: number }>`select count(*)::int as n from audit_entry where seq is null`).n

export type AuditFilter = {
  readonly actor?: string
  readonly resource?: string
  readonly resource_id?: string
  readonly request_id?: string
  readonly route?: string
  readonly since?: Date
  readonly until?: Date
}

const matching = (filter: AuditFilter): Statement =>
  and([
    ...(filter.actor === undefined ? [] : [sql`actor = ${filter.actor}`]),
    ...(filter.resource === undefined ? [] : [sql`resource = ${filter.resource}`]),
    ...(filter.resource_id === undefined ? [] : [sql`resource_id = ${filter.resource_id}`]),
    ...(filter.request_id === undefined ? [] : [sql`request_id = ${filter.request_id}::uuid`]),
    ...(filter.route === undefined ? [] : [sql`route = ${filter.route}`]),
    ...(filter.since === undefined ? [] : [sql`at >= ${filter.since}`]),
    ...(filter.until === undefined ? [] : [sql`at < ${filter.until}`]),
  ])

const columns = sql`id::text, at, actor, via, request_id, route, resource, resource_id, change,
  before, after, seq::text, encode(hash, 'hex') as hash`

/** Newest first; `below` is the id of the last one of the page before. */
export const listAudit = (
  tx: Tx,
  filter: AuditFilter,
  below: string | null,
  limit: number,
): Promise<AuditEntry[]> =>
  tx.many<AuditEntry>`
    select ${columns} from audit_entry
    where ${matching(filter)} and (${below}::bigint is null or id < ${below}::bigint)
    order by id desc limit ${limit}`

/** Oldest first, with the digest from which the hash follows. */
export const readAuditForward = (
  tx: Tx,
  filter: AuditFilter,
  above: string,
  limit: number,
): Promise<(AuditEntry & { readonly digest: string })[]> =>
  tx.many<AuditEntry & { readonly digest: string }>`
    select ${columns}, encode(audit_digest(audit_entry), 'hex') as digest from audit_entry
    where ${matching(filter)} and id > ${above}::bigint
    order by id limit ${limit}`
