// Where a shopper stands: channel, currency, the price lists that hold there now. The same for
// all pages until a setting or the catalogue changes.
import { chainOf, type LocaleChain, type ShopLocales } from '#src/catalog/locales.ts'
import { readTranslatedLocales } from '#src/catalog/translations.sql.ts'
import type { Tx } from '#src/db/sql.ts'
import type { ChannelId } from '#src/lib/ids.ts'
import type { Currency } from '#src/lib/money.ts'
import { refuse } from '#src/lib/refusal.ts'
import { type Freshness, type Outlet, readLocations } from './availability.sql.ts'
import { type OfferList, readNextChange, readOfferChannel, readOfferLists } from './offers.sql.ts'
import { isFresh } from './page-cache.ts'

export type OfferView = {
  readonly channel_id: ChannelId
  /** Null takes the first currency of the channel. */
  readonly currency: string | null
  /** Languages the shopper asks for, the most wanted first. */
  readonly locales: readonly string[]
  readonly now: Date
  readonly public_url: string
}
export type Place = Freshness & {
  readonly currency: Currency
  /** In which prices are shown. */
  readonly country: string
  readonly lists: readonly OfferList[]
  readonly outlet: Outlet
  readonly locales: ShopLocales
  readonly from: Date
  readonly until: Date | null
}

/** @throws unknown_currency when the channel does not sell in it */
async function readPlace(
  tx: Tx,
  { channel_id, currency: wanted, now }: OfferView,
  freshness: Freshness,
): Promise<Place> {
  const channel = await readOfferChannel(tx, channel_id)
  if (!channel) throw refuse('not_found', { channel_id })
  const { currencies, default_country: country, safety, locale, base_locale: base } = channel
  const currency = currencies.find((known) => wanted === null || known === wanted)
  if (!currency) throw refuse('unknown_currency', { currency: wanted, currencies })
  return {
    ...freshness,
    currency,
    country,
    lists: await readOfferLists(tx, { channel_id, currency, country, now }),
    outlet: { channel_id, safety, locations: `{${(await readLocations(tx, channel_id)).join()}}` },
    locales: { base, channel: locale, translated: await readTranslatedLocales(tx) },
    from: now,
    until: await readNextChange(tx, channel_id, now),
  }
}

export const languageFor = ({ locales }: OfferView, place: Place): LocaleChain =>
  chainOf(locales, place.locales)

export type Places = (tx: Tx, view: OfferView, freshness: Freshness) => Promise<Place>

/** Channels and currencies are few: no bound is needed, unknown ones are never kept. */
export function createPlaces(): Places {
  const known = new Map<string, Place>()
  return async (tx, view, freshness) => {
    const key = `${view.channel_id} ${view.currency}`
    const found = known.get(key)
    if (found && isFresh(found, view.now, freshness)) return found
    const place = await readPlace(tx, view, freshness)
    known.set(key, place)
    return place
  }
}
