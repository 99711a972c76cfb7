import type { TaxFacts } from '#src/carts/cart-tax.ts'
import type { CartVersion } from '#src/carts/carts.sql.ts'
import { asTable } from '#src/db/as-table.ts'
import { and, type Statement, sql, type Tx } from '#src/db/sql.ts'
import type { CartId, ChannelId, CustomerId, DraftId, OrderId } from '#src/lib/ids.ts'
import { toJson } from '#src/lib/json.ts'
import type { PricedCart } from '#src/pricing/pricing.ts'
import type { Draft, DraftFields, DraftLine, DraftState } from './drafts.ts'

const columns = sql`id, channel_id, currency, customer_id, version, state, email, phone,
  tax_id, shipping_address, billing_address, shipping_option_id, shipping_amount, discount,
  discount_reason, buyer_note, total, sent_at, expires_at, created_by, created_at, updated_at`

const readLines = (tx: Tx, id: DraftId): Promise<DraftLine[]> =>
  tx.many<DraftLine>`
    select id, variant_id, quantity, unit_price, discount, reason
    from draft_line where draft_id = ${id} order by position`

export async function readDraft(tx: Tx, id: DraftId): Promise<Draft | null> {
  const draft = await tx.maybe<Omit<Draft, 'lines'>>`
    select ${columns} from draft where id = ${id}`
  return draft && { ...draft, lines: await readLines(tx, id) }
}

/** Locked until commit: of two who change, send or cancel one draft the second sees the first. */
export async function lockDraft(tx: Tx, id: DraftId): Promise<Draft | null> {
  await tx.maybe`select from draft where id = ${id} for update`
  return readDraft(tx, id)
}

/** As `lockCartVersions`: an order of a draft names it as its cart. Of those that count only. */
export const lockDraftVersions = (tx: Tx, ids: readonly CartId[]): Promise<CartVersion[]> =>
  tx.many<CartVersion>`
    select id, version, false as may_hold from draft
    where id = any(${ids}) and state <> 'canceled'
    order by id for update`

/** The order that came of it, unless that came to nothing. */
export const orderOfDraft = (
  tx: Tx,
  id: DraftId,
): Promise<{ id: OrderId; state: string; hold_expires_at: Date | null } | null> =>
  tx.maybe<{ id: OrderId; state: string; hold_expires_at: Date | null }>`
    select id, state, hold_expires_at from orders
    where cart_id = ${id} and state in ('pending', 'placed', 'closed')`

type Frozen = { readonly priced: string | null; readonly tax_facts: TaxFacts | null }

/** The prices it was sent with, as text, and what their taxes rest on. */
export const readFrozen = (tx: Tx, id: DraftId): Promise<Frozen> =>
  tx.one<Frozen>`select priced::text as priced, tax_facts from draft where id = ${id}`

async function writeLines(tx: Tx, id: DraftId, lines: readonly DraftLine[]): Promise<void> {
  await tx.run`delete from draft_line where draft_id = ${id}`
  await tx.run`
    insert into draft_line (id, draft_id, position, variant_id, quantity, unit_price, discount,
      reason)
    select id, ${id}, position, variant_id, quantity, unit_price, discount, reason
    from ${asTable(
      lines.map((line, position) => ({ ...line, position })),
      `row (id uuid, position int, variant_id uuid, quantity int, unit_price bigint,
      discount bigint, reason text)`,
    )}`
}

export async function insertDraft(tx: Tx, draft: Draft): Promise<void> {
  // What is in it makes it version 1.
  await tx.run`
    insert into draft (id, channel_id, currency, version, created_by, created_at, updated_at)
    values (${draft.id}, ${draft.channel_id}, ${draft.currency}, 0, ${draft.created_by},
      ${draft.created_at}, ${draft.updated_at})`
  await writeDraft(tx, draft.id, { ...draft, now: draft.updated_at })
}

const json = (value: object | null): string | null => value && JSON.stringify(value)

/** What was sent is open again: its link shows nothing until it is sent anew. */
export async function writeDraft(
  tx: Tx,
  id: DraftId,
  draft: DraftFields & { readonly lines: readonly DraftLine[]; readonly now: Date },
): Promise<void> {
  await tx.run`
    update draft set version = version + 1, state = 'open', customer_id = ${draft.customer_id},
      email = ${draft.email}, phone = ${draft.phone}, tax_id = ${draft.tax_id},
      shipping_address = ${json(draft.shipping_address)}::jsonb,
      billing_address = ${json(draft.billing_address)}::jsonb,
      shipping_option_id = ${draft.shipping_option_id}, shipping_amount = ${draft.shipping_amount},
      discount = ${draft.discount}, discount_reason = ${draft.discount_reason},
      buyer_note = ${draft.buyer_note}, priced = null, tax_facts = null, total = null,
      sent_at = null, expires_at = null, updated_at = ${draft.now}
    where id = ${id}`
  await writeLines(tx, id, draft.lines)
}

export async function writeSent(
  tx: Tx,
  id: DraftId,
  sent: {
    readonly priced: PricedCart
    readonly tax_facts: TaxFacts | null
    readonly expires_at: Date
    readonly now: Date
  },
): Promise<void> {
  await tx.run`
    update draft set version = version + 1, state = 'sent', priced = ${toJson(sent.priced)}::jsonb,
      tax_facts = ${sent.tax_facts && JSON.stringify(sent.tax_facts)}::jsonb,
      total = ${sent.priced.total}, sent_at = ${sent.now}, expires_at = ${sent.expires_at},
      updated_at = ${sent.now}
    where id = ${id}`
}

/** One sending of it: of this version. */
export type DraftSending = {
  readonly id: string
  readonly draft_id: DraftId
  readonly version: number
}
export const insertSending = (tx: Tx, { id, draft_id }: Omit<DraftSending, 'version'>, at: Date) =>
  tx.run`
    insert into draft_sending (id, draft_id, version, at)
    select ${id}, id, version, ${at} from draft where id = ${draft_id}`

export const readSending = (tx: Tx, id: string): Promise<DraftSending | null> =>
  tx.maybe<DraftSending>`select id, draft_id, version from draft_sending where id = ${id}`

export async function writeDraftCanceled(tx: Tx, id: DraftId, now: Date): Promise<void> {
  await tx.run`
    update draft set version = version + 1, state = 'canceled', updated_at = ${now}
    where id = ${id}`
}

/**
 * Locks the drafts of a customer, and those that name their address, in id order. Those for nobody
 * who is known are theirs; those for other customers are not.
 */
export async function lockDraftsOfPerson(
  tx: Tx,
  customer_id: CustomerId,
  email: string,
): Promise<{ readonly theirs: DraftId[]; readonly of_others: DraftId[] }> {
  const rows = await tx.many<{ id: DraftId; is_theirs: boolean }>`
    select id, customer_id is null or customer_id = ${customer_id} as is_theirs
    from draft where customer_id = ${customer_id} or lower(email) = ${email}
    order by id for update`
  const idsOf = (is_theirs: boolean): DraftId[] =>
    rows.flatMap((row) => (row.is_theirs === is_theirs ? row.id : []))
  return { theirs: idsOf(true), of_others: idsOf(false) }
}

/**
 * An address that is no longer anybody's, in drafts of others. What was sent with it is open again,
 * for an order needs an address; what has become an order stays as it is. They must be locked.
 */
export async function dropEmailOfDrafts(tx: Tx, ids: readonly DraftId[], now: Date): Promise<void> {
  await tx.run`
    update draft set version = version + 1, state = 'open', priced = null, tax_facts = null,
      total = null, sent_at = null, expires_at = null, updated_at = ${now}
    where id = any(${ids}) and state = 'sent' and not exists (
      select from orders
      where cart_id = draft.id and orders.state in ('pending', 'placed', 'closed'))`
  await tx.run`update draft set email = null where id = any(${ids})`
}

/** They are given up. Their goods and prices stay, the person not. The drafts must be locked. */
export async function eraseDrafts(tx: Tx, ids: readonly DraftId[], now: Date): Promise<void> {
  await tx.run`
    update draft set version = version + 1, state = 'canceled', email = null, phone = null,
      tax_id = null, tax_facts = null, shipping_address = null, billing_address = null,
      discount_reason = case when discount_reason = '' then '' else 'erased' end,
      buyer_note = null, updated_at = ${now}
    where id = any(${ids})`
  await tx.run`
    update draft_line set reason = 'erased' where draft_id = any(${ids}) and reason <> ''`
}

export type DraftCard = {
  readonly id: DraftId
  readonly state: DraftState
  readonly channel_id: ChannelId
  readonly customer_id: CustomerId | null
  readonly currency: string
  readonly email: string | null
  readonly total: bigint | null
  readonly order_id: OrderId | null
  readonly order_number: string | null
  readonly expires_at: Date | null
  readonly created_by: string
  readonly created_at: Date
  readonly updated_at: Date
}

const state_of = (now: Date): Statement => sql`
  case when placed.id is not null then 'placed' when draft.state = 'canceled' then 'canceled'
    when draft.state = 'sent' and draft.expires_at <= ${now} then 'expired' else draft.state end`

/** Newest first. */
export function listDrafts(
  tx: Tx,
  filter: {
    readonly state?: DraftState
    readonly customer_id?: CustomerId
    readonly id?: DraftId
    readonly after: string | null
    readonly limit: number
  },
  now: Date,
): Promise<DraftCard[]> {
  const { state, customer_id, id, after, limit } = filter
  const conditions: Statement[] = []
  if (id !== undefined) conditions.push(sql`draft.id = ${id}`)
  if (customer_id !== undefined) conditions.push(sql`draft.customer_id = ${customer_id}`)
  if (after !== null) conditions.push(sql`draft.id < ${after}::uuid`)
  if (state !== undefined) conditions.push(sql`${state_of(now)} = ${state}`)
  return tx.many<DraftCard>`
    select draft.id, ${state_of(now)} as state, draft.channel_id, draft.customer_id,
      draft.currency, draft.email, draft.total, placed.id as order_id,
      placed.number as order_number, draft.expires_at, draft.created_by, draft.created_at,
      draft.updated_at
    from draft left join orders as placed
      on placed.cart_id = draft.id and placed.state in ('placed', 'closed')
    where ${and(conditions)} order by draft.id desc limit ${limit}`
}
