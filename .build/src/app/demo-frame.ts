// The frame of the demo shop: entities, channels, locations, taxes, delivery, a coupon.

import type { Tx } from '../db/sql.ts'
import type { ShippingRate } from '../delivery/delivery.ts'
import { createShippingOption, createShippingZone } from '../delivery/edit-delivery.ts'
import type { Address } from '../lib/addresses.ts'
import {
  type ChannelId,
  type CouponId,
  type LegalEntityId,
  type LocationId,
  newId,
  type PriceListId,
  type ShippingOptionId,
} from '../lib/ids.ts'
import type { Currency } from '../lib/money.ts'
import { createCoupon } from '../pricing/edit-coupon.ts'
import { createPriceList } from '../pricing/edit-price-list.ts'
import { createTaxZone } from '../pricing/edit-tax.ts'
import { insertChannel, insertLegalEntity, insertLocation } from '../shop/edit-shop.sql.ts'

const actor = 'system'
const eur = 'EUR' as Currency
const inr = 'INR' as Currency

const address = (
  fields: Partial<Address> & Pick<Address, 'line1' | 'city' | 'country'>,
): Address => ({
  name: 'Onhand Demo',
  company: null,
  line2: null,
  region: null,
  postal_code: null,
  phone: null,
  ...fields,
})
const berlin = address({
  line1: 'Lindenstraße 12',
  postal_code: '10969',
  city: 'Berlin',
  country: 'DE',
  phone: '+4930123456',
})
const hamburg = address({
  line1: 'Hafenweg 3',
  postal_code: '20457',
  city: 'Hamburg',
  country: 'DE',
  phone: '+4940123456',
})
const mumbai = address({
  line1: '14 Mill Road',
  postal_code: '400013',
  city: 'Mumbai',
  region: 'MH',
  country: 'IN',
  phone: '+912212345678',
})

export type Frame = {
  readonly germany: LegalEntityId
  readonly india: LegalEntityId
  readonly berlin: LocationId
  readonly hamburg: LocationId
  readonly mumbai: LocationId
  readonly web: ChannelId
  readonly indian: ChannelId
  readonly counter: ChannelId
  readonly eur_list: PriceListId
  readonly inr_list: PriceListId
}

const eu = 'AT BE BG CY CZ DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK'.split(
  ' ',
)

export async function makeFrame(tx: Tx, public_url: string, now: Date): Promise<Frame> {
  const frame: Frame = {
    germany: newId(),
    india: newId(),
    berlin: newId(),
    hamburg: newId(),
    mumbai: newId(),
    web: newId(),
    indian: newId(),
    counter: newId(),
    eur_list: newId(),
    inr_list: newId(),
  }
  await insertLegalEntity(tx, {
    id: frame.germany,
    code: 'germany',
    name: 'Onhand Demo GmbH',
    address: berlin,
    tax_ids: [{ kind: 'VAT ID', number: 'DE000000000' }],
    time_zone: 'Europe/Berlin',
    fiscal_year_starts_month: 1,
    number_prefix: 'DE',
  })
  await insertLegalEntity(tx, {
    id: frame.india,
    code: 'india',
    name: 'Onhand Demo Private Limited',
    address: mumbai,
    tax_ids: [{ kind: 'GSTIN', number: '27AAAAA0000A1Z5' }],
    time_zone: 'Asia/Kolkata',
    fiscal_year_starts_month: 4,
    number_prefix: 'IN',
  })
  const places = [
    { id: frame.berlin, code: 'berlin', name: 'Berlin warehouse', address: berlin, priority: 0 },
    { id: frame.hamburg, code: 'hamburg', name: 'Hamburg store', address: hamburg, priority: 1 },
    { id: frame.mumbai, code: 'mumbai', name: 'Mumbai warehouse', address: mumbai, priority: 0 },
  ]
  for (const place of places) await insertLocation(tx, place)
  const channel = {
    storefront_url: public_url,
    reply_to: 'shop@example.com',
    capture: 'now',
    safety: 0,
  } as const
  const german = {
    ...channel,
    legal_entity_id: frame.germany,
    currencies: [eur],
    default_country: 'DE',
    locale: 'en',
    locations: [frame.berlin, frame.hamburg],
  }
  await insertChannel(tx, {
    ...german,
    id: frame.web,
    code: 'web',
    name: 'Web shop',
    countries: ['DE', ...eu, 'US'],
    payment_providers: ['stripe'],
  })
  await insertChannel(tx, {
    ...german,
    id: frame.counter,
    code: 'counter',
    name: 'Counter in Hamburg',
    countries: ['DE', ...eu],
    payment_providers: ['manual'],
  })
  await insertChannel(tx, {
    ...channel,
    id: frame.indian,
    code: 'india',
    name: 'Web shop India',
    legal_entity_id: frame.india,
    currencies: [inr],
    countries: ['IN'],
    default_country: 'IN',
    locale: 'en-IN',
    payment_providers: ['razorpay'],
    locations: [frame.mumbai],
  })
  const list = { channel_id: null, customer_group_id: null, countries: null, starts_at: null }
  const open = { ...list, ends_at: null, priority: 0, archived_at: null, prices_include_tax: true }
  const euros = { ...open, id: frame.eur_list, code: 'eur', name: 'Prices in euros', currency: eur }
  const rupees = {
    ...open,
    id: frame.inr_list,
    code: 'inr',
    name: 'Prices in rupees',
    currency: inr,
  }
  await createPriceList(tx, euros, actor, now)
  await createPriceList(tx, rupees, actor, now)
  return frame
}

const percent = (component: string, rate: number, category = 'standard', position = 0) => ({
  category,
  component,
  rate_ppm: rate * 10_000,
  position,
})
/** Rates of value added tax in a few countries of the EU, standard and reduced for books. */
const vat: readonly [string, number, number][] = [
  ['DE', 19, 7],
  ['AT', 20, 10],
  ['FR', 20, 5.5],
  ['NL', 21, 9],
  ['IT', 22, 4],
  ['ES', 21, 4],
  ['BE', 21, 6],
  ['PL', 23, 5],
  ['SE', 25, 6],
  ['IE', 23, 0],
  ['DK', 25, 25],
  ['PT', 23, 6],
]

export async function makeTaxes(tx: Tx, now: Date): Promise<void> {
  for (const [country, standard, reduced] of vat) {
    const rates = [percent('VAT', standard), percent('VAT', reduced, 'reduced')]
    await createTaxZone(tx, { id: newId(), country, region: null, rates }, actor, now)
  }
  // Goods that leave Mumbai for another state carry IGST, within Maharashtra CGST and SGST.
  const igst = [percent('IGST', 18), percent('IGST', 5, 'reduced')]
  const halves = [
    percent('CGST', 9),
    percent('SGST', 9, 'standard', 1),
    percent('CGST', 2.5, 'reduced'),
    percent('SGST', 2.5, 'reduced', 1),
  ]
  await createTaxZone(tx, { id: newId(), country: 'IN', region: null, rates: igst }, actor, now)
  await createTaxZone(tx, { id: newId(), country: 'IN', region: 'MH', rates: halves }, actor, now)
}

const rate = (
  currency: Currency,
  min_weight_g: number,
  min_subtotal: bigint,
  amount: bigint,
): ShippingRate => ({
  currency,
  min_weight_g,
  min_subtotal,
  amount,
  includes_tax: true,
})

export async function makeDelivery(tx: Tx, now: Date): Promise<void> {
  const [germany, abroad, india] = [
    newId<string & {}>(),
    newId<string & {}>(),
    newId<string & {}>(),
  ]
  await createShippingZone(tx, { id: germany, name: 'Germany', countries: ['DE'] }, actor, now)
  await createShippingZone(tx, { id: abroad, name: 'Abroad', countries: [...eu, 'US'] }, actor, now)
  await createShippingZone(tx, { id: india, name: 'India', countries: ['IN'] }, actor, now)
  const option = (fields: {
    zone_id: string
    code: string
    name: string
    days: readonly [number, number]
    position: number
    rates: readonly ShippingRate[]
  }) => {
    const { days, ...rest } = fields
    return createShippingOption(
      tx,
      {
        id: newId<ShippingOptionId>(),
        description: `Arrives in ${days[0]} to ${days[1]} days`,
        tax_category: 'standard',
        services: [],
        days_min: days[0],
        days_max: days[1],
        archived_at: null,
        ...rest,
      },
      actor,
      now,
    )
  }
  const heavy_g = 5_000
  await option({
    zone_id: germany,
    code: 'standard-de',
    name: 'Standard',
    days: [2, 4],
    position: 0,
    rates: [
      rate(eur, 0, 0n, 490n),
      rate(eur, 0, 5_000n, 0n),
      rate(eur, heavy_g, 0n, 990n),
      rate(eur, heavy_g, 10_000n, 0n),
    ],
  })
  await option({
    zone_id: germany,
    code: 'express-de',
    name: 'Express',
    days: [1, 2],
    position: 1,
    rates: [rate(eur, 0, 0n, 990n), rate(eur, heavy_g, 0n, 1_490n)],
  })
  await option({
    zone_id: abroad,
    code: 'standard-abroad',
    name: 'International',
    days: [4, 9],
    position: 2,
    rates: [rate(eur, 0, 0n, 1_290n), rate(eur, heavy_g, 0n, 2_490n)],
  })
  await option({
    zone_id: india,
    code: 'standard-in',
    name: 'Standard',
    days: [2, 6],
    position: 0,
    rates: [rate(inr, 0, 0n, 9_900n), rate(inr, 0, 150_000n, 0n)],
  })
}

export async function makeCoupon(tx: Tx, now: Date): Promise<void> {
  await createCoupon(
    tx,
    {
      id: newId<CouponId>(),
      code: 'WELCOME10',
      rate_ppm: 100_000,
      currency: null,
      min_subtotal: 0n,
      channel_id: null,
      starts_at: null,
      ends_at: null,
      usage_limit: 1_000,
      used: 0,
      created_at: now,
      archived_at: null,
    },
    actor,
    now,
  )
}
