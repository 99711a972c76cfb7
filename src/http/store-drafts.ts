// An offer of the shop, for a storefront that shows it on its own page: whoever holds the token may
// read it and pay it.
import Type from 'typebox'
import { payDraft, readDraftForBuyer } from '#src/checkout/order-draft.ts'
import { shownAsPriced } from '#src/checkout/shown-cart.ts'
import type { DraftId, OrderId } from '#src/lib/ids.ts'
import { refuse } from '#src/lib/refusal.ts'
import { readToken } from '#src/lib/tokens.ts'
import type { App } from './app.ts'
import { CartReply, viewCart } from './cart-views.ts'
import { requestKey } from './request-key.ts'
import { Closed, Id, Moment, Nullable, type Route, route } from './route.ts'
import { assertOwnChannel, channelIdOf } from './store-carts.ts'
import { answer, expected_total, Payment, pageUrl, replies } from './store-checkout.ts'
import { localesOf } from './store-view.ts'

const TokenParams = Closed({ token: Type.String({ minLength: 1, maxLength: 300 }) })

/**
 * Of an old link too: whether the offer is over is asked of the offer, once it is known that it
 * has become no order and that nobody asks the same again. @throws token_wrong
 */
function draftOf(app: App, token: string): DraftId {
  const id = readToken<DraftId>(app.secret_key, 'draft', token, new Date(0))
  if (id === null) throw refuse('token_wrong')
  return id
}

const read = route({
  method: 'GET',
  path: '/store/drafts/:token',
  who: 'shop',
  summary: 'An offer of the shop with its frozen prices',
  params: TokenParams,
  replies: {
    200: Closed({
      offer: CartReply,
      note: Nullable(Type.String()),
      expires_at: Nullable(Moment()),
      order_id: Nullable(Id<OrderId>('when it was ordered')),
    }),
  },
  handle: async ({ app, identity, params, headers }) => {
    const { draft, priced, order } = await readDraftForBuyer(app.desk, draftOf(app, params.token))
    assertOwnChannel(identity, draft)
    const is_ordered = order !== null && order.state !== 'pending'
    const { buyer_note: note, expires_at } = draft
    const locales = localesOf(undefined, headers)
    const offer = viewCart(shownAsPriced(priced), { public_url: app.public_url, locales })
    return {
      status: 200,
      body: { offer, note, expires_at, order_id: is_ordered ? order.id : null },
    }
  },
})

const complete = route({
  method: 'POST',
  path: '/store/drafts/:token/complete',
  who: 'shop',
  summary: 'Order and pay an offer of the shop',
  idempotent: true,
  params: TokenParams,
  body: Closed({ expected_total, payment: Payment }),
  example: { expected_total: 3300, payment: { provider: 'stripe', token: 'pm_card_visa' } },
  replies,
  handle: async ({ app, identity, params, body, key }) => {
    const id = draftOf(app, params.token)
    const answered = await payDraft(app.desk, id, {
      request: requestKey(identity, { route: `/store/drafts/${id}/complete`, key, body }),
      channel_id: channelIdOf(identity),
      payment: { provider: body.payment.provider, token: body.payment.token ?? null },
      expected_total: body.expected_total,
      returnUrlOf: (order) => pageUrl(app, order),
    })
    return answer(app, answered)
  },
})

export const store_draft_routes: readonly Route[] = [read, complete]
