// Where our van leaves things when nobody is at home. It speaks of people, so it goes with them and
// is told with the rest of what we know about them.
import {
  Closed,
  type CustomerId,
  Id,
  type OwnData,
  type Route,
  refuse,
  route,
  Text,
  transaction,
} from 'onhand'

export const delivery_wish_data: OwnData = {
  onErase: async (tx, { id }) => {
    await tx.run`delete from shop.delivery_wish where customer_id = ${id}`
  },
  onExport: async (tx, { id }) => ({
    delivery_wishes: await tx.many`
      select wish, written_at from shop.delivery_wish where customer_id = ${id}`,
  }),
}

export const delivery_wish_routes: readonly Route[] = [
  route({
    method: 'PUT',
    path: '/admin/delivery-wishes/:id',
    who: { staff: 'customers:write' },
    summary: 'Note where our van leaves things for a customer',
    params: Closed({ id: Id<CustomerId>() }),
    body: Closed({ wish: Text(200, 1) }),
    replies: { 204: null },
    handle: async ({ app, params: { id }, body: { wish }, now }) => {
      await transaction(app.db, async (tx) => {
        // Held until we have written, so that nobody erases the customer meanwhile.
        const known = await tx.maybe`
          select from customer where id = ${id} and erased_at is null for update`
        if (!known) throw refuse('not_found', { customer_id: id })
        await tx.run`
          insert into shop.delivery_wish (customer_id, wish, written_at)
          values (${id}, ${wish}, ${now})
          on conflict (customer_id) do update
            set wish = excluded.wish, written_at = excluded.written_at`
      })
      return { status: 204 }
    },
  }),
]
