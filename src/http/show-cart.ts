// A cart for its buyer: in their language, at the prices of now or those it is paid at.
import type { PricedSnapshot } from '#src/carts/price-snapshot.ts'
import { withTax } from '#src/checkout/ask-tax.ts'
import type { ReadResult } from '#src/checkout/desk.ts'
import { shownAsPaid, shownAsPriced } from '#src/checkout/shown-cart.ts'
import type { CartId } from '#src/lib/ids.ts'
import { refuse } from '#src/lib/refusal.ts'
import type { App } from './app.ts'
import { viewCart } from './cart-views.ts'
import { localesOf } from './store-view.ts'

export type CartHeaders = Readonly<Record<string, string | undefined>>

/** @throws not_found */
export async function readToShow(app: App, id: CartId) {
  const read = await app.desk.read({ cart: id, request: null, to_show: true })
  if (!read.priced) throw refuse('not_found', { cart_id: id })
  return { ...read, priced: read.priced }
}

type Paid = Pick<ReadResult, 'paid'>

/**
 * As the buyer sees it: in their language, with the taxes that an engine has to say, where one is
 * asked, or at the prices that it is just paid at.
 */
export async function showCart(
  app: App,
  { priced, paid }: Paid & { readonly priced: PricedSnapshot },
  headers: CartHeaders,
) {
  const shown = paid ? shownAsPaid(priced, paid) : shownAsPriced(await withTax(app.desk, priced))
  return viewCart(shown, { public_url: app.public_url, locales: localesOf(undefined, headers) })
}
