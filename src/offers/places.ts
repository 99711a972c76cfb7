// Where a shopper stands: channel, currency, the price lists that hold there for them now. The same
// for all pages until a setting or the catalogue changes.
import { chainOf, type LocaleChain, type ShopLocales } from '#src/catalog/locales.ts'
import { readTranslatedLocales } from '#src/catalog/translations.sql.ts'
import type { Tx } from '#src/db/sql.ts'
import type { ChannelId } from '#src/lib/ids.ts'
import type { Currency } from '#src/lib/money.ts'
import { refuse, refuseField } from '#src/lib/refusal.ts'
import type { Market } from '#src/pricing/price-history.ts'
import { type RankedList, rankedLists } from '#src/pricing/price-lists.ts'
import { audienceOf, everybody, type Markets, type Shopper } from './audiences.ts'
import { type Freshness, type Outlet, readLocations } from './availability.sql.ts'
import { readMarkets, readNextChange, readOfferChannel } from './offers.sql.ts'
import { isFresh } from './page-cache.ts'

export type OfferView = Shopper & {
  readonly channel_id: ChannelId
  /** Null takes the first currency of the channel. */
  readonly currency: string | null
  /** Languages the shopper asks for, the most wanted first. */
  readonly locales: readonly string[]
  readonly now: Date
  readonly public_url: string
}
/** What is the same for all who shop in one channel and currency. */
type Ground = Freshness & {
  readonly currency: Currency
  readonly default_country: string
  readonly outlet: Outlet
  readonly locales: ShopLocales
  readonly from: Date
  readonly until: Date | null
}
export type Place = Omit<Ground, 'default_country'> & {
  /** Whoever is of the same one sees the same prices. */
  readonly audience: string
  readonly market: Market
  readonly lists: readonly RankedList[]
}

/** @throws unknown_currency when the channel does not sell in it */
async function readGround(
  tx: Tx,
  { channel_id, currency: wanted, now }: OfferView,
  freshness: Freshness,
): Promise<Ground> {
  const channel = await readOfferChannel(tx, channel_id)
  if (!channel) throw refuse('not_found', { channel_id })
  const { currencies, default_country, safety, locale, base_locale: base } = channel
  const currency = currencies.find((known) => wanted === null || known === wanted)
  if (!currency) {
    throw refuseField('unknown_currency', 'currency', { currency: wanted, currencies })
  }
  return {
    ...freshness,
    currency,
    default_country,
    outlet: { channel_id, safety, locations: `{${(await readLocations(tx, channel_id)).join()}}` },
    locales: { base, channel: locale, translated: await readTranslatedLocales(tx) },
    from: now,
    until: await readNextChange(tx, channel_id, now),
  }
}

export const languageFor = ({ locales }: OfferView, place: Place): LocaleChain =>
  chainOf(locales, place.locales)

export type Places = {
  find(tx: Tx, view: OfferView, freshness: Freshness): Promise<Place>
  /** As far as is known by now: a place that was found meanwhile may say another one. */
  audienceOf(shopper: Shopper): string
}

export function createPlaces(): Places {
  /** Channels and currencies are few: no bound is needed, unknown ones are never kept. */
  const grounds = new Map<string, Ground>()
  let markets: Markets | null = null

  const findGround = async (tx: Tx, view: OfferView, freshness: Freshness): Promise<Ground> => {
    const key = `${view.channel_id} ${view.currency}`
    const known = grounds.get(key)
    if (known && isFresh(known, view.now, freshness)) return known
    const ground = await readGround(tx, view, freshness)
    grounds.set(key, ground)
    return ground
  }

  const findMarkets = async (tx: Tx, { settings }: Freshness): Promise<Markets> => {
    if (markets?.settings === settings) return markets
    const read = await readMarkets(tx, settings)
    // Never older than a page that was rendered by it: see audienceOf.
    if (markets === null || markets.settings < settings) markets = read
    return read
  }

  return {
    find: async (tx, view, freshness) => {
      const { default_country, ...ground } = await findGround(tx, view, freshness)
      const known = await findMarkets(tx, freshness)
      const { channel_id, customer_group_ids, now } = view
      const country = view.country ?? default_country
      const market = { channel_id, currency: ground.currency, country, customer_group_ids }
      const lists = rankedLists(known, { ...market, now })
      return { ...ground, audience: audienceOf(known, view), market, lists }
    },
    audienceOf: (shopper) => (markets === null ? everybody : audienceOf(markets, shopper)),
  }
}
