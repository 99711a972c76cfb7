// Carts that were left behind: found once each time, and deleted when nobody has come back for
// long. A cart that is or may be paid is neither.
import { has_bought_since, is_buying } from '#src/customers/buying.sql.ts'
import { sql, type Tx } from '#src/db/sql.ts'
import type { CartId, ChannelId } from '#src/lib/ids.ts'

export type CartWatch = {
  readonly channel_id: ChannelId
  readonly after_minutes: number
  readonly message: boolean
  /** As it is stored: a Date would cut off what stands behind milliseconds. */
  readonly seen_until: string
  readonly seen_id: string
}

/** A channel is watched from the moment at which it is seen first. */
export async function beginWatches(tx: Tx, now: Date): Promise<void> {
  await tx.run`
    insert into cart_watch (channel_id, seen_until, seen_id)
    select id, ${now}, '00000000-0000-0000-0000-000000000000'
    from channel where not exists (select from cart_watch where channel_id = channel.id)
    order by id on conflict do nothing`
}

export const listWatches = (tx: Tx): Promise<{ channel_id: ChannelId }[]> =>
  tx.many<{ channel_id: ChannelId }>`select channel_id from cart_watch order by channel_id`

/** For one that looks; the others leave it to them. */
export const takeWatch = (tx: Tx, id: ChannelId): Promise<CartWatch | null> =>
  tx.maybe<CartWatch>`
    select channel_id, after_minutes, message, seen_until::text, seen_id from cart_watch
    where channel_id = ${id} for update skip locked`

export const readWatch = (
  tx: Tx,
  id: ChannelId,
): Promise<Pick<CartWatch, 'after_minutes' | 'message'> | null> =>
  tx.maybe<Pick<CartWatch, 'after_minutes' | 'message'>>`
    select coalesce(after_minutes, 60) as after_minutes, coalesce(message, false) as message
    from channel left join cart_watch on channel_id = channel.id where channel.id = ${id}`

export const writeWatch = (
  tx: Tx,
  id: ChannelId,
  { after_minutes, message, now }: { after_minutes: number; message: boolean; now: Date },
): Promise<number> =>
  tx.run`
    insert into cart_watch (channel_id, after_minutes, message, seen_until, seen_id)
    values (${id}, ${after_minutes}, ${message}, ${now}, '00000000-0000-0000-0000-000000000000')
    on conflict (channel_id) do update
      set after_minutes = excluded.after_minutes, message = excluded.message`

export const moveWatch = (
  tx: Tx,
  id: ChannelId,
  { id: seen_id, updated_at }: CartPlace,
): Promise<number> =>
  tx.run`
    update cart_watch set seen_until = ${updated_at}, seen_id = ${seen_id}
    where channel_id = ${id}`

export type LeftCart = {
  readonly id: CartId
  readonly lines: number
  readonly accepts_message: boolean
  /** This cart or another one of the buyer: `pending` may still be paid, `bought` is since. */
  readonly order: 'none' | 'pending' | 'bought'
}

/** The next carts of a channel that nobody has touched since; not locked. */
export const readLeftCarts = (
  tx: Tx,
  { channel_id, seen_until, seen_id }: CartWatch,
  { until, limit }: { readonly until: Date; readonly limit: number },
): Promise<CartPlace[]> =>
  tx.many<CartPlace>`
    select id, updated_at::text from cart
    where channel_id = ${channel_id} and updated_at <= ${until}
      and (updated_at, id) > (${seen_until}::timestamptz, ${seen_id}::uuid)
    order by updated_at, id limit ${limit}`

/** Where a cart stands by its age. A Date would cut off what stands behind milliseconds. */
export type CartPlace = { readonly id: CartId; readonly updated_at: string }

/**
 * Those that are still left behind, locked. Whoever changes or orders one of them right now goes
 * first: what they did is asked about afterwards, in a statement of its own.
 */
export async function lockLeftCarts(
  tx: Tx,
  ids: readonly CartId[],
  until: Date,
): Promise<LeftCart[]> {
  await tx.run`select from cart where id = any(${ids}) order by id for update`
  return tx.many<LeftCart>`
    select id,
      (select count(*)::int from cart_line where cart_id = cart.id) as lines,
      email is not null and accepts_reminders as accepts_message,
      case
        when exists (select from orders where cart_id = cart.id and state in ('placed', 'closed'))
          or ${has_bought_since} then 'bought'
        when ${is_buying} then 'pending'
        else 'none'
      end as order
    from cart where id = any(${ids}) and updated_at <= ${until} order by id`
}

/** The buyer is paying it or another one: it is looked at again as if it had been touched now. */
export const touchCarts = (tx: Tx, ids: readonly CartId[], now: Date): Promise<number> =>
  tx.run`update cart set updated_at = ${now} where id = any(${ids})`

export const noteAbandoned = (tx: Tx, ids: readonly CartId[], now: Date): Promise<number> =>
  tx.run`update cart set abandoned_at = ${now} where id = any(${ids})`

/** Locked until commit: who reminds of it and who erases it wait for each other. */
export const lockLeft = (tx: Tx, id: CartId): Promise<unknown> =>
  tx.maybe`select from cart where id = ${id} for update`

/** Those of them that are still left behind: not touched since, and not bought in another way. */
export const stillLeft = (tx: Tx, id: CartId): Promise<{ email: string } | null> =>
  tx.maybe<{ email: string }>`
    select email from cart
    where id = ${id} and email is not null and accepts_reminders
      and abandoned_at is not null and updated_at <= abandoned_at
      and not exists (
        select from orders where cart_id = cart.id and state in ('placed', 'closed'))
      and not ${is_buying} and not ${has_bought_since}`

/** The next old carts by their age; not locked. */
export const readOldCarts = (
  tx: Tx,
  after: CartPlace | null,
  { before, limit }: { readonly before: Date; readonly limit: number },
): Promise<CartPlace[]> =>
  tx.many<CartPlace>`
    select id, updated_at::text from cart
    where updated_at < ${before}
      and (updated_at, id) > (${after?.updated_at ?? '-infinity'}::timestamptz,
        ${after?.id ?? '00000000-0000-0000-0000-000000000000'}::uuid)
    order by updated_at, id limit ${limit}`

/** Neither a live order nor money: no payment is open, reserved, or taken and not given back. */
const is_unpaid = sql`
  not exists (select from cart_hold where cart_id = cart.id)
  and not exists (
    select from orders where cart_id = cart.id and (
      state in ('pending', 'placed', 'closed')
      or exists (
        select from payment_attempt where order_id = orders.id and (
          state in ('created', 'requires_action', 'pending', 'unknown', 'authorized')
          or captured > refunded))))`

/**
 * Deletes those of these carts that have neither a live order nor money, and that nobody is
 * ordering right now. They are locked first and looked at again in a statement of its own: an
 * order that was written while the first one ran is seen by the second.
 */
export async function dropCarts(tx: Tx, ids: readonly CartId[], before: Date): Promise<number> {
  const locked = await tx.many<{ id: CartId }>`
    select id from cart where id = any(${ids}) and updated_at < ${before} and ${is_unpaid}
    order by id for update skip locked`
  if (locked.length === 0) return 0
  return tx.run`
    with unpaid as (
      select id from cart where id = any(${locked.map(({ id }) => id)}) and ${is_unpaid}
    ), emptied as (
      delete from cart_line using unpaid where cart_id = unpaid.id
    ), forgotten as (
      delete from tax_quote using unpaid where cart_id = unpaid.id
    )
    delete from cart using unpaid where cart.id = unpaid.id`
}
