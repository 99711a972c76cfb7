// Promotions as staff write and read them.
import Type from 'typebox'
import type {
  CategoryId,
  ChannelId,
  CouponId,
  CustomerGroupId,
  OrderId,
  ProductId,
  PromotionId,
  VariantId,
} from '#src/lib/ids.ts'
import type { RuleValues } from '#src/pricing/pricing-rules.ts'
import { promotion_limits } from '#src/pricing/promotions.ts'
import { CurrencyCode } from './admin-pricing.ts'
import { Closed, Id, Minor, Moment, Nullable, Text } from './route.ts'

const int_max = 2_147_483_647
const ids = { minItems: 1, maxItems: promotion_limits.filter_ids }
const IdList = <T extends string>() => Type.Optional(Type.Array(Id<T>(), ids))

const Goods = Type.Object(
  {
    product_ids: IdList<ProductId>(),
    variant_ids: IdList<VariantId>(),
    category_ids: IdList<CategoryId>(),
    tags: Type.Optional(Type.Array(Text(255, 1), ids)),
  },
  {
    additionalProperties: false,
    description: 'Goods that one of these names; a category counts with all below it. {} is all.',
  },
)
const Units = Type.Integer({ minimum: 1, maximum: 9_999 })
const Rate = Type.Integer({ minimum: 1, maximum: 1_000_000, description: '10 % is 100000' })
const Counted = Closed({ goods: Goods, quantity: Units })
const Times = Type.Optional(Type.Integer({ minimum: 1, maximum: 9_999 }))
const Sum = Minor({ minimum: 1 })
const on = <T extends string>(...words: readonly T[]) =>
  Type.Unsafe<T>({ type: 'string', enum: [...words] })

export const EffectBody = Type.Union([
  Closed({
    kind: Type.Literal('percentage'),
    on: on('order', 'lines'),
    rate_ppm: Rate,
    goods: Type.Optional(Goods),
    max_amount: Type.Optional(Sum),
  }),
  Closed({
    kind: Type.Literal('fixed'),
    on: on('order', 'lines', 'units'),
    amount: Sum,
    goods: Type.Optional(Goods),
  }),
  Closed({
    kind: Type.Literal('buy_x_get_y'),
    buy: Counted,
    get: Counted,
    rate_ppm: Rate,
    times_max: Times,
  }),
  Closed({ kind: Type.Literal('gift'), variant_id: Id<VariantId>(), quantity: Units }),
  Closed({ kind: Type.Literal('free_shipping'), max_amount: Type.Optional(Sum) }),
  Closed({
    kind: Type.Literal('rule'),
    rule: Text(60, 1),
    values: Type.Optional(
      Type.Unsafe<RuleValues>({
        type: 'object',
        additionalProperties: true,
        maxProperties: 20,
        description: 'For the rule of onhand.config.ts: texts, numbers, true and false by name.',
      }),
    ),
  }),
  Closed({
    kind: Type.Literal('bundle_price'),
    parts: Type.Array(Counted, { minItems: 1, maxItems: promotion_limits.parts }),
    amount: Minor({ minimum: 0 }),
    times_max: Times,
  }),
])
export const ConditionsBody = Closed({
  channel_ids: IdList<ChannelId>(),
  customer_group_ids: IdList<CustomerGroupId>(),
  countries: Type.Optional(
    Type.Array(Type.String({ pattern: '^[A-Z]{2}$' }), { minItems: 1, maxItems: 250 }),
  ),
  goods: Type.Optional(Goods),
  min_subtotal: Type.Optional(Minor({ minimum: 0 })),
  min_quantity: Type.Optional(Type.Integer({ minimum: 0, maximum: int_max })),
  first_order: Type.Optional(Type.Boolean()),
})

const Class = on('product', 'order', 'shipping')
const terms = {
  name: Text(200, 1),
  class: Class,
  combines_with: Type.Array(Class, {
    maxItems: 3,
    description: 'Two promotions go together when each names the class of the other.',
  }),
  priority: Type.Integer({ minimum: -1_000_000, maximum: 1_000_000 }),
  effect: EffectBody,
  conditions: ConditionsBody,
  currency: Nullable(CurrencyCode),
  starts_at: Nullable(Moment()),
  ends_at: Nullable(Moment()),
  usage_limit: Nullable(Type.Integer({ minimum: 0, maximum: int_max })),
  buyer_limit: Nullable(
    Type.Integer({ minimum: 1, maximum: int_max, description: 'orders of one buyer' }),
  ),
  budget: Nullable(Minor({ minimum: 0, description: 'in the currency of the promotion' })),
}
export const PromotionView = Closed({
  id: Id<PromotionId>(),
  is_automatic: Type.Boolean(),
  ...terms,
  used: Type.Integer(),
  spent: Minor(),
  created_at: Moment(),
  archived_at: Nullable(Moment()),
})
export const NewPromotion = Closed({
  is_automatic: Type.Boolean({ description: 'false: only with one of its codes' }),
  name: terms.name,
  class: Type.Optional(Class),
  combines_with: Type.Optional(terms.combines_with),
  priority: Type.Optional(terms.priority),
  effect: terms.effect,
  conditions: Type.Optional(terms.conditions),
  currency: Type.Optional(terms.currency),
  starts_at: Type.Optional(terms.starts_at),
  ends_at: Type.Optional(terms.ends_at),
  usage_limit: Type.Optional(terms.usage_limit),
  buyer_limit: Type.Optional(terms.buyer_limit),
  budget: Type.Optional(terms.budget),
})
export const PromotionChange = Type.Partial(Closed({ ...terms, archived: Type.Boolean() }), {
  additionalProperties: false,
})

export const CodeText = Type.String({
  pattern: '^[A-Za-z0-9_-]{3,40}$',
  description: 'typed in any case',
})
const usage_limit = Nullable(Type.Integer({ minimum: 0, maximum: int_max }))
export const NewCodes = Closed({
  codes: Type.Optional(
    Type.Array(CodeText, { minItems: 1, maxItems: promotion_limits.codes_per_call }),
  ),
  draw: Type.Optional(
    Closed({
      count: Type.Integer({ minimum: 1, maximum: promotion_limits.codes_per_call }),
      prefix: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9_-]{0,20}$' })),
      length: Type.Optional(Type.Integer({ minimum: 8, maximum: 20, default: 10 })),
    }),
  ),
  usage_limit: Type.Optional(usage_limit),
})
export const CodeView = Closed({
  id: Id<CouponId>(),
  batch_id: Nullable(Id()),
  code: Type.String(),
  usage_limit,
  used: Type.Integer(),
  created_at: Moment(),
  archived_at: Nullable(Moment()),
})
export const CodeChange = Type.Partial(Closed({ usage_limit, archived: Type.Boolean() }), {
  additionalProperties: false,
})
export const UseView = Closed({
  id: Id<OrderId>('of the order'),
  number: Nullable(Type.String()),
  state: Type.String(),
  code: Nullable(Type.String()),
  currency: Nullable(Type.String()),
  amount: Minor(),
  released_at: Nullable(Moment()),
})
