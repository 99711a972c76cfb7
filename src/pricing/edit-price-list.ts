// What staff do with price lists and the prices in them.
import { endGoodsChange, reevaluate } from '#src/catalog/edit-collections.ts'
import { bumpRevision } from '#src/db/revision.sql.ts'
import type { Tx } from '#src/db/sql.ts'
import { addEvents } from '#src/events/events.sql.ts'
import {
  blankErrors,
  compareAtErrors,
  countriesErrors,
  currencyErrors,
  fieldError,
  refuseErrors,
  scheduleErrors,
} from '#src/lib/field-errors.ts'
import type { PriceListId } from '#src/lib/ids.ts'
import { type FieldError, refuse, refuseField } from '#src/lib/refusal.ts'
import {
  countPriceLists,
  insertPriceList,
  lockPriceList,
  missingReferences,
  type NewPrice,
  type StoredPriceList,
  unknownVariants,
  updatePriceList,
} from './price-lists.sql.ts'
import { deletePrices, setPrices, type TierKey } from './prices.sql.ts'
import { pricing_limits } from './pricing.ts'

/** Prices show in product lists too, so both kinds of memory are out of date. */
async function noteChange(
  tx: Tx,
  kind: string,
  id: PriceListId,
  { actor, detail, now }: { actor: string; detail: object; now: Date },
): Promise<void> {
  await addEvents(tx, [{ kind, subject: 'price_list', subject_id: id, actor, detail, at: now }])
  await endGoodsChange(tx, now)
  await bumpRevision(tx, 'settings')
}

async function checkPriceList(tx: Tx, list: StoredPriceList): Promise<void> {
  const missing = await missingReferences(tx, list)
  refuseErrors([
    ...blankErrors('name', list.name),
    ...currencyErrors('currency', list.currency),
    ...countriesErrors('countries', list.countries),
    ...scheduleErrors(list),
    ...missing.map((field) => fieldError(field, 'unknown', 'There is none with this id.')),
  ])
}

/** @throws invalid_input, already_exists, limit_exceeded */
export async function createPriceList(
  tx: Tx,
  list: StoredPriceList,
  actor: string,
  now: Date,
): Promise<void> {
  await checkPriceList(tx, list)
  if ((await countPriceLists(tx)) >= pricing_limits.price_lists) {
    throw refuse('limit_exceeded', { price_lists_max: pricing_limits.price_lists })
  }
  if (!(await insertPriceList(tx, list, now)))
    throw refuseField('already_exists', 'code', { code: list.code })
  await noteChange(tx, 'price_list.created', list.id, { actor, detail: { code: list.code }, now })
}

/** The code and the currency stay: prices are counted in it and reports name it. */
export type PriceListPatch = Partial<
  Omit<StoredPriceList, 'id' | 'code' | 'currency' | 'archived_at'>
> & { readonly archived?: boolean }

/** @throws not_found, invalid_input */
export async function changePriceList(
  tx: Tx,
  id: PriceListId,
  { archived, ...patch }: PriceListPatch,
  actor: string,
  now: Date,
): Promise<StoredPriceList> {
  const known = await lockPriceList(tx, id)
  if (!known) throw refuse('not_found', { id })
  const is_archived = archived ?? known.archived_at !== null
  const archived_at = is_archived ? (known.archived_at ?? now) : null
  const list: StoredPriceList = { ...known, ...patch, archived_at }
  await checkPriceList(tx, list)
  await updatePriceList(tx, list, now)
  await reevaluate(tx, 'price', now)
  await noteChange(tx, 'price_list.changed', id, { actor, detail: { archived, ...patch }, now })
  return list
}

const int_max = 2_147_483_647

async function checkPrices(tx: Tx, prices: readonly NewPrice[]): Promise<void> {
  const errors: FieldError[] = []
  const seen = new Set<string>()
  const unknown = await unknownVariants(
    tx,
    prices.map(({ variant_id }) => variant_id),
  )
  prices.forEach((price, i) => {
    const { variant_id, min_quantity, amount, per_units, compare_at } = price
    const add = (field: string, code: string, message: string): void => {
      errors.push(fieldError(`prices.${i}.${field}`, code, message))
    }
    const tier = `${variant_id} ${min_quantity}`
    if (seen.has(tier)) add('min_quantity', 'twice', 'This tier stands in the list already.')
    seen.add(tier)
    if (unknown.has(variant_id)) add('variant_id', 'unknown', 'There is no such variant.')
    if (min_quantity < 1 || min_quantity > int_max) add('min_quantity', 'range', 'At least 1.')
    if (per_units < 1 || per_units > int_max) add('per_units', 'range', 'At least 1.')
    if (amount < 0n) add('amount', 'range', 'Not below zero.')
    if (compare_at !== null && compare_at < 0n) add('compare_at', 'range', 'Not below zero.')
    else errors.push(...compareAtErrors(`prices.${i}.compare_at`, price))
  })
  refuseErrors(errors)
}

/** Adds or replaces tiers; others of the list stay. @throws not_found, invalid_input */
export async function putPrices(
  tx: Tx,
  price_list_id: PriceListId,
  prices: readonly NewPrice[],
  actor: string,
  now: Date,
): Promise<void> {
  if (prices.length > pricing_limits.prices_per_call) {
    throw refuseField('limit_exceeded', 'prices', { prices_max: pricing_limits.prices_per_call })
  }
  if (!(await lockPriceList(tx, price_list_id))) throw refuse('not_found', { id: price_list_id })
  await checkPrices(tx, prices)
  if (prices.length === 0) return
  await setPrices(
    tx,
    prices.map((price) => ({ price_list_id, ...price })),
    now,
  )
  const detail = { prices: prices.length }
  await noteChange(tx, 'prices.set', price_list_id, { actor, detail, now })
}

/** Tiers that are not there are none the worse for it. Returns how many went. */
export async function removePrices(
  tx: Tx,
  id: PriceListId,
  tiers: readonly TierKey[],
  actor: string,
  now: Date,
): Promise<number> {
  if (tiers.length > pricing_limits.prices_per_call) {
    throw refuseField('limit_exceeded', 'prices', { prices_max: pricing_limits.prices_per_call })
  }
  if (!(await lockPriceList(tx, id))) throw refuse('not_found', { id })
  const removed = await deletePrices(tx, id, tiers, now)
  if (removed > 0) {
    await noteChange(tx, 'prices.removed', id, { actor, detail: { prices: removed }, now })
  }
  return removed
}
