// Products that belong together by rules, and what a rule may say. Pure.
import { isCurrency } from '#src/lib/currency.ts'
import type { CollectionId } from '#src/lib/ids.ts'
import type { FieldError } from '#src/lib/refusal.ts'
import type { FieldDefinition, FieldType } from './fields.ts'

export const collection_limits = { collections: 500, rules: 20, value_length: 255 } as const

/** `field` is one of the product's own, or `fields.<key>`. */
export type Rule = {
  readonly field: string
  readonly op: RuleOp
  readonly value: string | number | boolean | null
  /** Of a price: minor units of which currency. */
  readonly currency: string | null
}
export const rule_ops = [
  'is',
  'is_not',
  'contains',
  'starts_with',
  'more_than',
  'less_than',
  'before',
  'after',
  'within_days',
  'is_set',
  'is_not_set',
] as const
export type RuleOp = (typeof rule_ops)[number]

export type Collection = {
  readonly id: CollectionId
  readonly handle: string
  readonly title: string
  readonly description: string
  readonly matching: 'all' | 'any'
  /** Without rules nothing belongs to it. */
  readonly rules: readonly Rule[]
  readonly created_at: Date
  readonly updated_at: Date
  readonly evaluated_at: Date
}

type Kind = 'text' | 'tag' | 'category' | 'number' | 'price' | 'moment' | FieldType

const kinds: Readonly<Record<string, Kind>> = {
  title: 'text',
  vendor: 'text',
  type: 'text',
  tag: 'tag',
  category: 'category',
  price: 'price',
  stock: 'number',
  created: 'moment',
  published: 'moment',
}
const texts = ['is', 'is_not', 'contains', 'starts_with'] as const
const amounts = ['is', 'is_not', 'more_than', 'less_than'] as const
const presence = ['is_set', 'is_not_set'] as const

const ops_of: Readonly<Record<Kind, readonly RuleOp[]>> = {
  text: [...texts, ...presence],
  tag: ['is', 'is_not'],
  category: ['is', 'is_not'],
  number: [...amounts, ...presence],
  price: amounts,
  moment: ['before', 'after', 'within_days'],
  boolean: ['is', 'is_not', ...presence],
  date: ['is', 'is_not', 'before', 'after', ...presence],
  choice: ['is', 'is_not', ...presence],
  money: [...amounts, ...presence],
  reference: ['is', 'is_not', ...presence],
}

const key_of = /^fields\.(.+)$/

/** The key of a field of the merchant's own; null for one of the product itself. */
export const fieldKeyOf = ({ field }: Pick<Rule, 'field'>): string | null =>
  key_of.exec(field)?.[1] ?? null

const isDay = (value: unknown): boolean =>
  typeof value === 'string' && /^\d{4}-\d\d-\d\d$/.test(value) && !Number.isNaN(Date.parse(value))

function valueFits(kind: Kind, { op, value }: Rule): boolean {
  if (op === 'is_set' || op === 'is_not_set') return value === null
  if (op === 'within_days') {
    return Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 3_650
  }
  if (kind === 'moment' || kind === 'date') return isDay(value)
  if (kind === 'number' || kind === 'price' || kind === 'money') {
    return typeof value === 'number' && Math.abs(value) <= 1e12
  }
  if (kind === 'boolean') return typeof value === 'boolean'
  return typeof value === 'string' && value !== '' && value.length <= collection_limits.value_length
}

export function checkRules(
  rules: readonly Rule[],
  fields: readonly FieldDefinition[],
): FieldError[] {
  return rules.flatMap((rule, i): FieldError[] => {
    const at = (field: string, code: string, message: string): FieldError[] => [
      { field: `rules.${i}.${field}`, code, message },
    ]
    const key = fieldKeyOf(rule)
    const definition = fields.find(
      (one) => one.key === key && one.owner === 'product' && one.archived_at === null,
    )
    const kind = key === null ? kinds[rule.field] : definition?.type
    if (kind === undefined) return at('field', 'unknown', 'There is nothing of this name to ask.')
    const ops = ops_of[kind]
    if (!ops.includes(rule.op)) return at('op', 'not_allowed', `Use one of: ${ops.join(', ')}`)
    if (!valueFits(kind, rule)) return at('value', 'wrong_type', 'This does not fit the question.')
    if (kind === 'price' && (rule.currency === null || !isCurrency(rule.currency))) {
      return at('currency', 'missing', 'Name the currency of the price.')
    }
    if (kind !== 'price' && rule.currency !== null) {
      return at('currency', 'not_allowed', 'Only a price has a currency here.')
    }
    return []
  })
}

/** What holds now may hold no more tomorrow, or after the next order, without anybody's doing. */
export const isMoving = ({ rules }: Pick<Collection, 'rules'>): boolean =>
  rules.some(({ field }) => ['stock', 'created', 'published'].includes(field))

export const asksOf = ({ rules }: Pick<Collection, 'rules'>, field: string): boolean =>
  rules.some((rule) => rule.field === field)
