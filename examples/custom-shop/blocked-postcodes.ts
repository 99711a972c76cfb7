// A table of our own, what it forbids at checkout, and the routes with which staff keep it.
import {
  actorOf,
  addEvents,
  bumpRevision,
  type CheckoutRule,
  Closed,
  type Route,
  refuse,
  route,
  snapshot,
  Text,
  type Tx,
  Type,
  transaction,
} from 'onhand'

export type Blocked = { readonly country: string; readonly prefix: string; readonly reason: string }

/** Tables of the shop's own lie in the schema `shop`. */
export const readBlocked = (tx: Tx): Promise<Blocked[]> =>
  tx.many<Blocked>`select country, prefix, reason from shop.blocked_postcode order by 1, 2`

type Address = { readonly country: string; readonly postal_code: string | null }

/** Buyers write postal codes in small letters too. */
const findBlocked = (blocked: readonly Blocked[], { country, postal_code }: Address) =>
  blocked.find(
    (one) =>
      one.country === country.toUpperCase() && postal_code?.toUpperCase().startsWith(one.prefix),
  )

export const blocked_postcodes: CheckoutRule<{ readonly blocked: readonly Blocked[] }> = {
  name: 'blocked postcodes',
  check: ({ cart }, { blocked }) => {
    const found = cart.shipping_address && findBlocked(blocked, cart.shipping_address)
    if (!found) return []
    return [
      { field: 'shipping_address.postal_code', code: 'postcode_blocked', message: found.reason },
    ]
  },
}

const BlockedView = Closed({
  country: Type.String({ pattern: '^[A-Z]{2}$' }),
  prefix: Type.String({ pattern: '^[0-9A-Z ]{1,10}$' }),
  reason: Text(200, 1),
})
const Key = Closed({
  country: BlockedView.properties.country,
  prefix: BlockedView.properties.prefix,
})

export const blocked_postcode_routes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/admin/blocked-postcodes',
    who: { staff: 'settings:read' },
    summary: 'List where our van cannot go',
    replies: { 200: Closed({ items: Type.Array(BlockedView) }) },
    handle: async ({ app }) => ({
      status: 200,
      body: { items: await snapshot(app.db, readBlocked) },
    }),
  }),
  route({
    method: 'PUT',
    path: '/admin/blocked-postcodes/:country/:prefix',
    who: { staff: 'settings:write' },
    summary: 'Block all postal codes that begin with the prefix',
    params: Key,
    body: Closed({ reason: BlockedView.properties.reason }),
    replies: { 200: BlockedView },
    handle: async ({ app, params, body: { reason }, identity, now }) => {
      await transaction(app.db, async (tx) => {
        await tx.run`
          insert into shop.blocked_postcode (country, prefix, reason)
          values (${params.country}, ${params.prefix}, ${reason})
          on conflict (country, prefix) do update set reason = excluded.reason`
        const [channel] = await tx.many<{ id: string }>`select id from channel order by id limit 1`
        if (!channel) throw refuse('not_found')
        const event = { kind: 'postcode.blocked', subject: 'channel', subject_id: channel.id }
        await addEvents(tx, [{ ...event, actor: actorOf(identity), detail: params, at: now }])
        // Every process reads our rules again before it prices the next cart.
        await bumpRevision(tx, 'settings')
      })
      return { status: 200, body: { ...params, reason } }
    },
  }),
  route({
    method: 'GET',
    path: '/store/delivery-check',
    who: 'shop',
    summary: 'Tell before the checkout whether our van goes somewhere',
    query: Closed({ country: Type.String({ maxLength: 2 }), postal_code: Text(20, 1) }),
    replies: { 200: Closed({ delivers: Type.Boolean() }) },
    handle: async ({ app, query }) => {
      const found = findBlocked(await snapshot(app.db, readBlocked), query)
      return { status: 200, body: { delivers: found === undefined } }
    },
  }),
]
