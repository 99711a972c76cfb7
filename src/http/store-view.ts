// Where a shopper stands when they look at goods: channel, currency, language, country, and who
// they are once they have signed in.
import Type from 'typebox'
import { readAcceptLanguage, readLocaleTag } from '#src/catalog/locales.ts'
import { isSessionToken } from '#src/customers/accounts.ts'
import { readBuyerPlace } from '#src/customers/customers.sql.ts'
import { readOnce } from '#src/db/transaction.ts'
import { countriesErrors, refuseErrors } from '#src/lib/field-errors.ts'
import type { ChannelId, CustomerId } from '#src/lib/ids.ts'
import { refuse } from '#src/lib/refusal.ts'
import { readToken } from '#src/lib/tokens.ts'
import { nobody_known, type Shopper } from '#src/offers/audiences.ts'
import type { OfferView } from '#src/offers/places.ts'
import type { Identity } from './identity.ts'
import type { Asked } from './route.ts'
import { identifyCustomer } from './who.ts'

export const Currency = Type.Optional(
  Type.String({ pattern: '^[A-Z]{3}$', description: 'One of the channel; else its first one.' }),
)
export const Locale = Type.Optional(
  Type.String({
    pattern: '^[A-Za-z]{2,3}([-_][A-Za-z]{2})?$',
    description: 'Goes before the Accept-Language header, like `de` or `de-AT`.',
  }),
)
const Country = Type.Optional(
  Type.String({
    pattern: '^[A-Z]{2}$',
    description:
      'Prices are those of goods sent there. Else to where the customer of X-Customer-Token has ' +
      'them sent, or to the country of the channel.',
  }),
)
/** What every page of goods can be asked for. */
export const ViewQuery = { currency: Currency, locale: Locale, country: Country }

type Headers = Readonly<Record<string, string | undefined>>
type Viewed = {
  readonly currency?: string
  readonly locale?: string
  readonly country?: string
}
type Asking = Pick<
  Asked<unknown, Viewed, unknown>,
  'app' | 'identity' | 'headers' | 'query' | 'now'
>

/** @throws key_missing */
export function channelOf(identity: Identity): ChannelId {
  if (identity.kind !== 'shopper') throw refuse('key_missing')
  return identity.channel_id
}

/** Languages the shopper asks for, the most wanted first. */
export const localesOf = (locale: string | undefined, headers: Headers): string[] => {
  const wanted = locale === undefined ? null : readLocaleTag(locale)
  return wanted === null ? readAcceptLanguage(headers['accept-language']) : [wanted]
}

/**
 * Who begins a cart with this token: of a session, or the one that staff have given a storefront.
 * @throws session_missing
 */
async function shopperOf({ app, identity, headers, now }: Asking): Promise<Shopper> {
  const token = headers['x-customer-token']
  if (token === undefined) return nobody_known
  if (!isSessionToken(token)) {
    const id = readToken<CustomerId>(app.secret_key, 'customer', token, now)
    if (id === null) throw refuse('session_missing')
    // A cart that is begun with it knows no addresses.
    return { ...(await readOnce(app.db, (tx) => readBuyerPlace(tx, id))), country: null }
  }
  const customer = await identifyCustomer(app.db, identity, { headers, now })
  if (customer.kind !== 'customer') throw refuse('session_missing')
  return readOnce(app.db, (tx) => readBuyerPlace(tx, customer.customer_id))
}

/** @throws invalid_input, session_missing */
export async function viewOf(asked: Asking): Promise<OfferView> {
  const { app, identity, query, headers, now } = asked
  const { currency = null, locale, country } = query
  refuseErrors(countriesErrors('country', country === undefined ? null : [country]))
  const shopper = await shopperOf(asked)
  return {
    ...shopper,
    ...(country === undefined ? {} : { country }),
    channel_id: channelOf(identity),
    currency,
    locales: localesOf(locale, headers),
    now,
    public_url: app.public_url,
  }
}
