// Rules that say who is in a segment. Pure: what they look like, and what is wrong with them.
import { countriesErrors, currencyErrors, fieldError } from '#src/lib/field-errors.ts'
import type { CategoryId, CustomerGroupId, ProductId } from '#src/lib/ids.ts'
import type { FieldError } from '#src/lib/refusal.ts'
import type { Contact } from './consents.ts'

/** As it comes in a request, and as it lies in jsonb. */
type Amount = bigint | number
type At = Date | string

/** Who has never done it was neither here `within_days` nor away `not_for_days`. */
export type LastTime = {
  readonly before?: At
  readonly after?: At
  readonly within_days?: number
  readonly not_for_days?: number
}

/** `within_days` counts back from now: such members come and go by the clock. */
type Rule =
  | {
      readonly kind: 'orders_placed'
      readonly at_least?: number
      readonly at_most?: number
      readonly within_days?: number
    }
  /** Of placed orders, less what was given back. */
  | {
      readonly kind: 'spent'
      readonly currency: string
      readonly at_least?: Amount
      readonly at_most?: Amount
      readonly within_days?: number
    }
  | (LastTime & { readonly kind: 'last_order' | 'last_sign_in' })
  /** A cart of theirs was found to be abandoned, and is so still. */
  | (Pick<LastTime, 'within_days' | 'not_for_days'> & { readonly kind: 'left_cart' })
  | {
      readonly kind: 'bought'
      readonly product_ids?: readonly ProductId[]
      readonly category_ids?: readonly CategoryId[]
      readonly within_days?: number
    }
  /** Where something was sent to, or an address of the address book. */
  | { readonly kind: 'country'; readonly countries: readonly string[] }
  | { readonly kind: 'consent'; readonly contact: Contact }
  | { readonly kind: 'group'; readonly group_id: CustomerGroupId }
  | { readonly kind: 'account' }
/** `not` turns a rule round. */
export type SegmentRule = Rule & { readonly not?: boolean }
export type SegmentRuleKind = SegmentRule['kind']

export type Segment = {
  readonly id: CustomerGroupId
  readonly code: string
  readonly name: string
  /** Whether all rules must hold, or one of them. */
  readonly match: 'all' | 'any'
  readonly rules: readonly SegmentRule[]
  readonly version: number
  readonly members: number
  readonly evaluated_at: Date | null
  readonly created_at: Date
}

const lacks = (field: string, words: string): FieldError =>
  fieldError(field, 'required', `Say at least one of: ${words}.`)

/** No last time lies before the one moment and after a later one. */
function spanErrors({ before, after }: LastTime, field: string): FieldError[] {
  if (before === undefined || after === undefined || new Date(after) < new Date(before)) return []
  return [fieldError(`${field}.before`, 'range', 'It must be later than after.')]
}

function ruleErrors(rule: SegmentRule, field: string): FieldError[] {
  const has = (...names: string[]): boolean =>
    names.some((name) => (rule as Record<string, unknown>)[name] !== undefined)
  switch (rule.kind) {
    case 'orders_placed':
    case 'spent': {
      const { at_least, at_most } = rule
      const currency = rule.kind === 'spent' ? rule.currency : null
      const errors = currencyErrors(`${field}.currency`, currency)
      if (!has('at_least', 'at_most')) errors.push(lacks(field, 'at_least, at_most'))
      if (at_least !== undefined && at_most !== undefined && at_least > at_most) {
        const message = 'It must not be more than at_most.'
        errors.push(fieldError(`${field}.at_least`, 'too_large', message))
      }
      return errors
    }
    case 'last_order':
    case 'last_sign_in':
      return has('before', 'after', 'within_days', 'not_for_days')
        ? spanErrors(rule, field)
        : [lacks(field, 'before, after, within_days, not_for_days')]
    case 'bought':
      return has('product_ids', 'category_ids') ? [] : [lacks(field, 'product_ids, category_ids')]
    case 'country':
      return countriesErrors(`${field}.countries`, rule.countries)
    case 'left_cart':
    case 'consent':
    case 'group':
    case 'account':
      return []
  }
}

/** Everything that is wrong with rules, by field. */
export const segmentErrors = (rules: readonly SegmentRule[]): FieldError[] =>
  rules.flatMap((rule, i) => ruleErrors(rule, `rules.${i}`))

export type GoodsNamed = {
  readonly product_ids: readonly ProductId[]
  readonly category_ids: readonly CategoryId[]
}

/** Goods that rules ask for. */
export const goodsAskedFor = (rules: readonly SegmentRule[]): GoodsNamed => {
  const bought = rules.filter((rule) => rule.kind === 'bought')
  return {
    product_ids: bought.flatMap((rule) => rule.product_ids ?? []),
    category_ids: bought.flatMap((rule) => rule.category_ids ?? []),
  }
}

/** Groups that are named. None may be a segment: the order of reckoning would matter. */
export const groupsAskedFor = (rules: readonly SegmentRule[]): CustomerGroupId[] =>
  rules.flatMap((rule) => (rule.kind === 'group' ? [rule.group_id] : []))
