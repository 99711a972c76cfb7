// What staff do with promotions. How often one was used is none of it: orders count that.
import { bumpRevision } from '#src/db/revision.sql.ts'
import type { Tx } from '#src/db/sql.ts'
import { addEvents } from '#src/events/events.sql.ts'
import {
  blankErrors,
  countriesErrors,
  currencyErrors,
  fieldError,
  refuseErrors,
  scheduleErrors,
} from '#src/lib/field-errors.ts'
import type { CouponId, PromotionId } from '#src/lib/ids.ts'
import { type FieldError, refuse } from '#src/lib/refusal.ts'
import { type GoodsFilter, type Promotion, promotion_limits } from './promotions.ts'
import {
  countAutomatic,
  type EarlierTerms,
  insertPromotion,
  lockCode,
  lockPromotion,
  readSpent,
  readUnknown,
  type StoredPromotion,
  updatePromotion,
  writeEarlierTerms,
} from './stored-promotions.sql.ts'

const never = new Date('9999-12-31T00:00:00.000Z')
export const not_begun: EarlierTerms = {
  rate_ppm: 1,
  currency: null,
  min_subtotal: 0n,
  channel_id: null,
  starts_at: never,
  ends_at: null,
}

/** Versions up to 0.1 know a part of the order, from a subtotal on, in one channel or in all. */
export function earlierTerms(promotion: StoredPromotion): EarlierTerms {
  const { effect, conditions, usage_limit, buyer_limit, budget, archived_at } = promotion
  const { channel_ids = [], min_subtotal = 0n, ...others } = conditions
  const is_plain =
    effect.kind === 'percentage' &&
    effect.on === 'order' &&
    effect.max_amount === undefined &&
    Object.keys(others).length === 0 &&
    channel_ids.length <= 1 &&
    usage_limit === null &&
    buyer_limit === null &&
    budget === null &&
    archived_at === null
  if (!is_plain) return not_begun
  const { currency, starts_at, ends_at } = promotion
  const [channel_id = null] = channel_ids
  const { rate_ppm } = effect
  return { rate_ppm, currency, min_subtotal, channel_id, starts_at, ends_at }
}

type Named = { readonly field: string; readonly goods: GoodsFilter | undefined }

function filtersOf({ effect, conditions }: Pick<Promotion, Naming>): Named[] {
  const found: Named[] = [{ field: 'conditions.goods', goods: conditions.goods }]
  if (effect.kind === 'percentage' || effect.kind === 'fixed') {
    found.push({ field: 'effect.goods', goods: effect.goods })
  }
  if (effect.kind === 'buy_x_get_y') {
    found.push({ field: 'effect.buy.goods', goods: effect.buy.goods })
    found.push({ field: 'effect.get.goods', goods: effect.get.goods })
  }
  if (effect.kind === 'bundle_price') {
    effect.parts.forEach(({ goods }, i) => found.push({ field: `effect.parts.${i}.goods`, goods }))
  }
  return found
}

/** The parts of a promotion that name others. */
export type Naming = 'effect' | 'conditions'
const all_naming: ReadonlySet<Naming> = new Set(['effect', 'conditions'])

const nothing: Pick<Promotion, 'effect' | 'conditions'> = {
  effect: { kind: 'free_shipping' },
  conditions: {},
}

/** Everything that these parts name must be there. */
async function unknownErrors(
  tx: Tx,
  promotion: Promotion,
  sent: ReadonlySet<Naming>,
): Promise<FieldError[]> {
  const { effect } = sent.has('effect') ? promotion : nothing
  const { conditions } = sent.has('conditions') ? promotion : nothing
  const filters = filtersOf({ effect, conditions })
  const all = (pick: (goods: GoodsFilter) => readonly string[] | undefined): string[] => [
    ...new Set(filters.flatMap(({ goods }) => (goods && pick(goods)) ?? [])),
  ]
  const gift = effect.kind === 'gift' ? [effect.variant_id] : []
  const unknown = await readUnknown(tx, {
    channels: conditions.channel_ids ?? [],
    groups: conditions.customer_group_ids ?? [],
    products: all((goods) => goods.product_ids),
    variants: [...all((goods) => goods.variant_ids), ...gift],
    categories: all((goods) => goods.category_ids),
  })
  const errors: FieldError[] = []
  const add = (field: string, ids: readonly string[], missing: readonly string[]): void => {
    for (const id of ids.filter((one) => missing.includes(one))) {
      errors.push(fieldError(field, 'unknown', `There is none with the id ${id}.`))
    }
  }
  add('conditions.channel_ids', conditions.channel_ids ?? [], unknown.channels)
  add('conditions.customer_group_ids', conditions.customer_group_ids ?? [], unknown.groups)
  add('effect.variant_id', gift, unknown.variants)
  for (const { field, goods } of filters) {
    add(`${field}.product_ids`, goods?.product_ids ?? [], unknown.products)
    add(`${field}.variant_ids`, goods?.variant_ids ?? [], unknown.variants)
    add(`${field}.category_ids`, goods?.category_ids ?? [], unknown.categories)
  }
  return errors
}

/** Whether it names a sum of money: which means nothing without its currency. */
const namesMoney = ({ effect, conditions, budget }: Promotion): boolean =>
  budget !== null ||
  (conditions.min_subtotal ?? 0n) > 0n ||
  'amount' in effect ||
  ('max_amount' in effect && effect.max_amount !== undefined)

function ruleErrors(promotion: Promotion): FieldError[] {
  const { effect, conditions, currency, usage_limit, used, budget, spent, combines_with } =
    promotion
  const errors = [
    ...blankErrors('name', promotion.name),
    ...currencyErrors('currency', currency),
    ...scheduleErrors(promotion),
    ...countriesErrors('conditions.countries', conditions.countries ?? null),
  ]
  if (currency === null && namesMoney(promotion)) {
    errors.push(fieldError('currency', 'required', 'A sum of money needs the currency it is in.'))
  }
  if (usage_limit !== null && usage_limit < used) {
    errors.push(fieldError('usage_limit', 'below_used', `It was used ${used} times already.`))
  }
  if (budget !== null && budget < spent) {
    errors.push(fieldError('budget', 'below_spent', `${spent} of it are spent already.`))
  }
  if (new Set(combines_with).size < combines_with.length) {
    errors.push(fieldError('combines_with', 'twice', 'A class stands there twice.'))
  }
  const is_shipping = effect.kind === 'free_shipping'
  if (is_shipping !== (promotion.class === 'shipping')) {
    const text = is_shipping ? 'Free shipping is of class shipping.' : 'Only free shipping is that.'
    errors.push(fieldError('class', 'effect', text))
  }
  return errors
}

/** What takes a part off the order takes it off all of it. */
const orderGoodsErrors = ({ effect }: Promotion): FieldError[] =>
  'on' in effect && effect.on === 'order' && effect.goods !== undefined
    ? [
        fieldError(
          'effect.goods',
          'not_allowed',
          'What is taken off the order is taken off all of it: for some goods say on: lines.',
        ),
      ]
    : []

/**
 * What was not `sent` names what may be gone since, and is not asked about again. `nameOf`: what
 * the field is called in what was sent. @throws invalid_input
 */
export async function checkPromotion(
  tx: Tx,
  promotion: StoredPromotion,
  sent: ReadonlySet<Naming> = all_naming,
  nameOf = (field: string): string => field,
): Promise<void> {
  const errors = [
    ...ruleErrors(promotion),
    ...(sent.has('effect') ? orderGoodsErrors(promotion) : []),
    ...(await unknownErrors(tx, promotion, sent)),
  ]
  refuseErrors(errors.map((error) => ({ ...error, field: nameOf(error.field) })))
}

/** @throws invalid_input, limit_exceeded */
export async function createPromotion(
  tx: Tx,
  promotion: StoredPromotion,
  actor: string,
  now: Date,
): Promise<void> {
  await checkPromotion(tx, promotion)
  if (promotion.is_automatic && (await countAutomatic(tx)) >= promotion_limits.automatic) {
    throw refuse('limit_exceeded', { automatic_promotions_max: promotion_limits.automatic })
  }
  await insertPromotion(tx, promotion)
  const { id, name } = promotion
  await addEvents(tx, [
    {
      kind: 'promotion.created',
      subject: 'promotion',
      subject_id: id,
      actor,
      detail: { name },
      at: now,
    },
  ])
  await bumpRevision(tx, 'settings')
}

export type PromotionPatch = Partial<
  Omit<StoredPromotion, 'id' | 'is_automatic' | 'used' | 'spent' | 'created_at' | 'archived_at'>
> & { readonly archived?: boolean }

/** In another currency something else was spent; and without a budget nobody relied on the sum. */
export const spentAfter = (
  tx: Tx,
  known: StoredPromotion,
  { id, currency, budget }: StoredPromotion,
): Promise<bigint> =>
  known.currency !== currency || (known.budget === null && budget !== null)
    ? readSpent(tx, id, currency)
    : Promise.resolve(known.spent)

/** @throws not_found, invalid_input, limit_exceeded */
export async function changePromotion(
  tx: Tx,
  id: PromotionId,
  { archived, ...patch }: PromotionPatch,
  actor: string,
  now: Date,
): Promise<StoredPromotion> {
  // Codes are locked before promotions, everywhere.
  await lockCode(tx, id as string as CouponId)
  const known = await lockPromotion(tx, id)
  if (!known) throw refuse('not_found', { id })
  const is_archived = archived ?? known.archived_at !== null
  const archived_at = is_archived ? (known.archived_at ?? now) : null
  const given: StoredPromotion = { ...known, ...patch, archived_at }
  const promotion = { ...given, spent: await spentAfter(tx, known, given) }
  await checkPromotion(tx, promotion, new Set([...all_naming].filter((part) => part in patch)))
  const is_back = known.archived_at !== null && archived_at === null
  if (is_back && known.is_automatic && (await countAutomatic(tx)) >= promotion_limits.automatic) {
    throw refuse('limit_exceeded', { automatic_promotions_max: promotion_limits.automatic })
  }
  if (!known.is_automatic) await writeEarlierTerms(tx, id, earlierTerms(promotion))
  await updatePromotion(tx, promotion)
  await addEvents(tx, [
    {
      kind: 'promotion.changed',
      subject: 'promotion',
      subject_id: id,
      actor,
      detail: { archived, ...patch },
      at: now,
    },
  ])
  await bumpRevision(tx, 'settings')
  return (await lockPromotion(tx, id))!
}
