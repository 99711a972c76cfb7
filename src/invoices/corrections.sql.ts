import type { TaxFacts } from '#src/carts/cart-tax.ts'
import type { Tx } from '#src/db/sql.ts'
import type { ChangeId, OrderId } from '#src/lib/ids.ts'

export type EditToCorrect = {
  readonly id: ChangeId
  readonly order_id: OrderId
  readonly version: number
  readonly reason: string
  /** What the taxes rested on until then, where the edit has moved the order. */
  readonly taxed_before: { readonly facts: TaxFacts | null } | null
  /** Taken for the order, and neither given back nor on its way back but for later changes. */
  readonly paid: bigint
  /** How much less the order costs by what was given out of goodwill. */
  readonly given: bigint
}

export const readEditToCorrect = (tx: Tx, id: string): Promise<EditToCorrect | null> =>
  tx.maybe<EditToCorrect>`
    select id, order_id, version, reason, taxed_before,
      (coalesce((select sum(captured) from payment_attempt
          where payment_attempt.order_id = order_change.order_id), 0)
        - coalesce((select sum(amount) from refund
          where refund.order_id = order_change.order_id and state <> 'failed'
            and not exists (select from order_change as later where later.id = refund.cause_id
              and later.version > order_change.version)), 0))::bigint as paid,
      (select coalesce(sum(takes_off), 0) from refund
        where refund.order_id = order_change.order_id and state <> 'failed')::bigint as given
    from order_change where id = ${id} and kind = 'edit'`

/** What was asked for before the edit may be more than is due since, and is invoiced whole. */
export const isTakingMoney = async (tx: Tx, order_id: OrderId): Promise<boolean> =>
  (await tx.maybe`
    select from capture where order_id = ${order_id} and state in ('requested', 'pending')
    limit 1`) !== null

/** Credit notes of money on its way back, but for edits and for what was changed later. */
export const readUnsettled = (
  tx: Tx,
  { order_id, version }: Pick<EditToCorrect, 'order_id' | 'version'>,
): Promise<object[]> =>
  tx.many<object>`
    select refund.id from refund
    where refund.order_id = ${order_id}
      and not exists (select from order_change as later where later.id = refund.cause_id
        and later.version > ${version})
      and (
      state in ('requested', 'pending') and not exists (
        select from order_change where order_change.id = refund.cause_id and kind = 'edit')
      or exists (
        select from effect where effect.kind = 'credit_note' and effect.cause_id = refund.id
          and effect.state in ('waiting', 'failed')))`
