// What staff see of carts.
import { has_bought_since } from '#src/customers/buying.sql.ts'
import type { Tx } from '#src/db/sql.ts'
import type { CartId, ChannelId } from '#src/lib/ids.ts'

export type CartRow = {
  readonly id: CartId
  readonly channel_id: ChannelId
  readonly currency: string
  readonly email: string | null
  readonly accepts_reminders: boolean
  readonly lines: number
  readonly hold_expires_at: Date | null
  readonly created_at: Date
  readonly updated_at: Date
  readonly abandoned_at: Date | null
}

/** The newest first. Those that were ordered are left out, but where their order has ended. */
export const readCartPage = (
  tx: Tx,
  filter: {
    readonly channel_id: ChannelId | null
    readonly abandoned: boolean
    readonly after: string | null
  },
  limit: number,
): Promise<CartRow[]> =>
  tx.many<CartRow>`
    select id, channel_id, currency, email, accepts_reminders,
      (select count(*)::int from cart_line where cart_id = cart.id) as lines,
      hold_expires_at, created_at, updated_at,
      case when abandoned_at >= updated_at then abandoned_at end as abandoned_at
    from cart
    where (${filter.after}::uuid is null or id < ${filter.after}::uuid)
      and (${filter.channel_id}::uuid is null or channel_id = ${filter.channel_id})
      and (not ${filter.abandoned}::boolean or abandoned_at >= updated_at)
      and not exists (
        select from orders where cart_id = cart.id and state in ('pending', 'placed', 'closed'))
    order by id desc limit ${limit}`

type CartToRecover = {
  readonly storefront_url: string
  readonly is_ordered: boolean
  /** Another cart, after this one was left. */
  readonly has_bought_since: boolean
}

export const readCartToRecover = (tx: Tx, id: CartId): Promise<CartToRecover | null> =>
  tx.maybe<CartToRecover>`
    select storefront_url, exists (
      select from orders where cart_id = cart.id and state in ('pending', 'placed', 'closed')
    ) as is_ordered, ${has_bought_since} as has_bought_since
    from cart join channel on channel.id = channel_id where cart.id = ${id}`
