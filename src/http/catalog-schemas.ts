// The shapes of the catalogue's admin routes.
import Type from 'typebox'
import { catalog_limits as limits, tax_category_form } from '#src/catalog/catalog.ts'
import { field_limits } from '#src/catalog/fields.ts'
import type {
  CategoryId,
  ChannelId,
  MediaId,
  PriceListId,
  ProductId,
  VariantId,
} from '#src/lib/ids.ts'
import { Closed, Id, Minor, Moment, Nullable, Text } from './route.ts'

/** By their keys; see /admin/fields. Values are texts, numbers or true and false. */
const Value = Type.Union([
  Type.String({ maxLength: field_limits.text_length }),
  Type.Number(),
  Type.Boolean(),
])
const field_key = Type.String({ pattern: '^[a-z][a-z0-9_]{0,39}$' })
export const Fields = Type.Record(field_key, Value, { additionalProperties: false })
const FieldChanges = Type.Record(field_key, Nullable(Value), {
  additionalProperties: false,
  maxProperties: field_limits.fields,
  description: 'By their keys; null takes a value away, fields that are not named stay.',
})

/** Of lists of goods, and of the search. */
export const FieldQuery = {
  field: Type.Optional(
    Type.Array(Text(300, 1), {
      maxItems: 30,
      description: '`material:cotton` or `width:10..20`: a field of the shop that is filtered by.',
    }),
  ),
}

export const Title = Text(limits.title_length, 1)
export const Handle = Text(limits.handle_length, 1)
export const Sku = Text(100, 1)
const Quantity = Type.Integer({ minimum: 1, maximum: 1_000_000_000 })
const TaxCategory = Type.String({ pattern: tax_category_form.source })
const HsCode = Nullable(Text(limits.hs_code_length, 1))
const Weight = Type.Integer({ minimum: 0, maximum: 100_000_000 })
const Options = Type.Array(Text(limits.option_length, 1), { maxItems: limits.options })
const OptionValues = Type.Array(Text(limits.option_length, 1), { maxItems: limits.options })
const Tags = Type.Array(Text(limits.tag_length, 1), { maxItems: limits.tags })
export const State = Type.Union([
  Type.Literal('draft'),
  Type.Literal('active'),
  Type.Literal('archived'),
])
const some = Type.Optional

export const Media = Type.Array(
  Closed({ url: Text(limits.url_length, 1), alt: some(Text(1_000)) }),
  { maxItems: limits.media },
)
export const CategoryIds = Type.Array(Id<CategoryId>(), {
  maxItems: limits.product_categories,
  uniqueItems: true,
})

export const NewVariant = Closed({
  sku: Sku,
  option_values: some(OptionValues),
  barcode: some(Nullable(Text(64, 1))),
  tax_category: some(TaxCategory),
  taxable: some(Type.Boolean()),
  requires_shipping: some(Type.Boolean()),
  weight_g: some(Weight),
  hs_code: some(HsCode),
  image_url: some(Nullable(Text(limits.url_length, 1))),
  fields: some(FieldChanges),
  items: some(
    Type.Array(
      Closed({
        sku: Sku,
        quantity: Type.Integer({ minimum: 1, maximum: limits.component_quantity }),
      }),
      {
        maxItems: limits.bundle_items,
        description: 'The stock items a bundle is made of. Empty: the variant is its own item.',
      },
    ),
  ),
  prices: some(
    Type.Array(
      Closed({
        price_list_id: Id<PriceListId>(),
        amount: Minor({ minimum: 0 }),
        min_quantity: some(Quantity),
        per_units: some(Quantity),
        compare_at: some(Nullable(Minor({ minimum: 0 }))),
      }),
      { maxItems: 50 },
    ),
  ),
})
export const NewVariants = Closed({
  variants: Type.Array(NewVariant, { minItems: 1, maxItems: limits.variants }),
})

export const NewProduct = Closed({
  title: Title,
  handle: some(Handle),
  description: some(Text(limits.description_length)),
  vendor: some(Text(255)),
  type: some(Text(255)),
  tags: some(Tags),
  state: some(Type.Union([Type.Literal('draft'), Type.Literal('active')])),
  options: some(Options),
  fields: some(FieldChanges),
  variants: some(Type.Array(NewVariant, { maxItems: limits.variants })),
  media: some(Media),
  category_ids: some(CategoryIds),
  channel_ids: some(Type.Array(Id<ChannelId>(), { maxItems: 50, uniqueItems: true })),
})
export const ProductChange = Type.Object(
  {
    title: some(Title),
    handle: some(Handle),
    description: some(Text(limits.description_length)),
    vendor: some(Text(255)),
    type: some(Text(255)),
    tags: some(Tags),
    state: some(State),
    options: some(Options),
    fields: some(FieldChanges),
  },
  { additionalProperties: false, minProperties: 1 },
)
export const VariantChange = Type.Object(
  {
    option_values: some(OptionValues),
    barcode: some(Nullable(Text(64, 1))),
    tax_category: some(TaxCategory),
    taxable: some(Type.Boolean()),
    requires_shipping: some(Type.Boolean()),
    weight_g: some(Weight),
    hs_code: some(HsCode),
    image_url: some(Nullable(Text(limits.url_length, 1))),
    position: some(Type.Integer({ minimum: 0, maximum: 1_000_000 })),
    fields: some(FieldChanges),
    archived: some(Type.Boolean()),
  },
  { additionalProperties: false, minProperties: 1 },
)

const MediaView = Closed({
  id: Id<MediaId>(),
  url: Type.String(),
  alt: Type.String(),
  position: Type.Integer(),
})
export const ProductView = Closed({
  id: Id<ProductId>(),
  handle: Type.String(),
  title: Type.String(),
  description: Type.String(),
  vendor: Type.String(),
  type: Type.String(),
  tags: Type.Array(Type.String()),
  state: State,
  options: Type.Array(Type.String()),
  fields: Fields,
  created_at: Moment(),
  updated_at: Moment(),
  media: Type.Array(MediaView),
  category_ids: Type.Array(Id<CategoryId>()),
  publications: Type.Array(Closed({ channel_id: Id<ChannelId>(), published_at: Moment() })),
  variant_count: Type.Integer({ description: 'Without archived ones.' }),
})
export const ProductRowView = Closed({
  id: Id<ProductId>(),
  handle: Type.String(),
  title: Type.String(),
  vendor: Type.String(),
  type: Type.String(),
  state: State,
  tags: Type.Array(Type.String()),
  image_url: Nullable(Type.String()),
  variant_count: Type.Integer(),
  created_at: Moment(),
  updated_at: Moment(),
})
export const VariantView = Closed({
  id: Id<VariantId>(),
  product_id: Id<ProductId>(),
  sku: Type.String(),
  title: Type.String(),
  barcode: Nullable(Type.String()),
  option_values: Type.Array(Type.String()),
  position: Type.Integer(),
  tax_category: Type.String(),
  taxable: Type.Boolean(),
  requires_shipping: Type.Boolean(),
  weight_g: Type.Integer(),
  hs_code: Nullable(Type.String()),
  image_id: Nullable(Id<MediaId>()),
  fields: Fields,
  archived_at: Nullable(Moment()),
})
export const CategoryView = Closed({
  id: Id<CategoryId>(),
  parent_id: Nullable(Id<CategoryId>()),
  handle: Type.String(),
  title: Type.String(),
  position: Type.Integer(),
})
