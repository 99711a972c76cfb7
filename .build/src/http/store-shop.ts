// What a storefront must know of its channel before it shows anything.
import Type from 'typebox'
import { channelOf } from '../carts/shop-book.ts'
import { snapshot } from '../db/transaction.ts'
import type { ChannelId } from '../lib/ids.ts'
import type { JsonObject } from '../ports/payment-provider.ts'
import { Closed, Id, type Route, route } from './route.ts'
import { channelIdOf } from './store-carts.ts'

const Shop = Closed({
  channel: Closed({ id: Id<ChannelId>(), code: Type.String(), name: Type.String() }),
  currencies: Type.Array(Type.String(), { description: 'The first one is the usual one.' }),
  countries: Type.Array(Type.String(), { description: 'Where the shop delivers to.' }),
  default_country: Type.String(),
  locale: Type.String(),
  payment_providers: Type.Array(
    Closed({
      name: Type.String({ description: 'Send it as payment.provider.' }),
      browser: Type.Unsafe<JsonObject>({
        type: 'object',
        additionalProperties: true,
        description: "What the provider's script in the browser is started with. Public.",
      }),
      needs_browser: Type.Boolean({ description: 'False: no script, no token, paid at once.' }),
    }),
  ),
})

export const store_shop_routes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/store/shop',
    who: 'shop',
    summary: 'The channel of the key: currencies, countries, locale and ways to pay',
    replies: { 200: Shop },
    handle: async ({ app, identity }) => {
      const book = await snapshot(app.db, app.desk.readBook)
      const channel = channelOf(book, channelIdOf(identity))
      const { id, code, name, currencies, countries, default_country, locale } = channel
      const payment_providers = channel.payment_providers.flatMap((provider) => {
        // A plug-in that is not set up in this process is not offered.
        const found = app.payments.get(provider)
        if (!found) return []
        return [{ name: provider, browser: found.browser, needs_browser: found.immediate === null }]
      })
      const facts = { currencies, countries, default_country, locale, payment_providers }
      return { status: 200, body: { channel: { id, code, name }, ...facts } }
    },
  }),
]
