// Settings that every cart needs and that change seldom: channels, price lists, taxes, shipping.
// Kept in memory per process and compared with the revision inside the reading transaction, so
// that a change is seen by the next request everywhere.
import { readTranslatedLocales } from '#src/catalog/translations.sql.ts'
import { readRevisions } from '#src/db/revision.sql.ts'
import type { Tx } from '#src/db/sql.ts'
import { readShippingOptions } from '#src/delivery/delivery.sql.ts'
import type { ShippingOption } from '#src/delivery/delivery.ts'
import type { ChannelId, LegalEntityId } from '#src/lib/ids.ts'
import { refuse } from '#src/lib/refusal.ts'
import { readPriceBook } from '#src/pricing/pricing.sql.ts'
import type { PriceBook } from '#src/pricing/pricing.ts'
import { readAutomaticPromotions } from '#src/pricing/promotions.sql.ts'
import type { Promotion } from '#src/pricing/promotions.ts'
import { readChannels, readLegalEntities } from '#src/shop/shop.sql.ts'
import type { Channel, LegalEntity } from '#src/shop/shop.ts'
import { readHoldRules } from './cart-hold-rules.sql.ts'
import { type HoldRules, rulesByChannel } from './cart-holds.ts'
import { emptyGoods, type GoodsBook } from './goods-book.ts'
import { type LoadedRules, loadRules, no_rules, type ShopRules } from './shop-rules.ts'

export type ShopBook = {
  readonly revision: bigint
  readonly channels: ReadonlyMap<ChannelId, Channel>
  readonly legal_entities: ReadonlyMap<LegalEntityId, LegalEntity>
  readonly prices: PriceBook
  /** The automatic ones, as they were when the book was read: their counts may be older. */
  readonly promotions: readonly Promotion[]
  readonly shipping_options: readonly ShippingOption[]
  readonly rules: LoadedRules
  /** Channels whose carts may hold goods before they are ordered. */
  readonly hold_rules: ReadonlyMap<ChannelId, HoldRules>
  /** In which the shop itself is written: that of its first channel. */
  readonly base_locale: string
  /** The revision of the catalogue that `goods` and `translated` belong to. */
  readonly catalog: bigint
  /** Languages of which there are translations. */
  readonly translated: ReadonlySet<string>
  readonly goods: GoodsBook
}
/** Gives the book that belongs to the moment of `tx`. */
export type ReadShopBook = (tx: Tx) => Promise<ShopBook>

async function load(
  tx: Tx,
  revision: bigint,
  rules: ShopRules,
): Promise<Omit<ShopBook, 'catalog' | 'goods' | 'translated'>> {
  const channels = await readChannels(tx)
  const entities = await readLegalEntities(tx)
  return {
    revision,
    base_locale: channels.toSorted((a, b) => (a.id < b.id ? -1 : 1))[0]?.locale ?? 'en',
    channels: new Map(channels.map((channel) => [channel.id, channel])),
    legal_entities: new Map(entities.map((entity) => [entity.id, entity])),
    prices: await readPriceBook(tx),
    promotions: await readAutomaticPromotions(tx),
    shipping_options: await readShippingOptions(tx),
    rules: await loadRules(tx, rules),
    hold_rules: rulesByChannel(await readHoldRules(tx)),
  }
}

export function shopBookReader(rules: ShopRules = no_rules): ReadShopBook {
  let known: ShopBook | null = null
  return async (tx) => {
    const { settings, catalog } = await readRevisions(tx)
    if (known?.revision === settings && known.catalog === catalog) return known
    const frame = known?.revision === settings ? known : await load(tx, settings, rules)
    const translated =
      known?.catalog === catalog ? known.translated : await readTranslatedLocales(tx)
    const book = { ...frame, catalog, translated, goods: emptyGoods() }
    // An older snapshot gets a book of its own, and the newer one is kept.
    const is_newer = known === null || (settings >= known.revision && catalog >= known.catalog)
    if (is_newer) known = book
    return book
  }
}

/** @throws not_found */
export function channelOf(book: ShopBook, id: ChannelId): Channel {
  const channel = book.channels.get(id)
  if (!channel) throw refuse('not_found', { channel_id: id })
  return channel
}
