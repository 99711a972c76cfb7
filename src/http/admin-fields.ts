// Fields of the merchant's own on products and variants: one request defines one.
import Type, { type Static } from 'typebox'
import { defineField, removeField } from '#src/catalog/edit-fields.ts'
import { readFields } from '#src/catalog/fields.sql.ts'
import {
  checkDefinition,
  field_owners,
  field_types,
  field_limits as limits,
  reference_targets,
} from '#src/catalog/fields.ts'
import { readOnce, transaction } from '#src/db/transaction.ts'
import { currencyErrors } from '#src/lib/field-errors.ts'
import type { Currency } from '#src/lib/money.ts'
import type { FieldError } from '#src/lib/refusal.ts'
import { byOf } from './admin-catalog.ts'
import { checkedSchema } from './checked-schema.ts'
import { fieldErrors, type SchemaError } from './problem.ts'
import { Closed, Nullable, type Route, route, Text } from './route.ts'
import { type Schema, simplify } from './schema.ts'
import { openValidators } from './validators.ts'

const literals = <Words extends readonly string[]>(words: Words) =>
  Type.Unsafe<Words[number]>(Type.Union(words.map((word) => Type.Literal(word))))
const some = Type.Optional

const Key = Text(40, 1)
const Params = Closed({ key: Key })
const FieldView = Closed({
  id: Type.String(),
  key: Type.String(),
  owner: literals(field_owners),
  name: Type.String(),
  type: literals(field_types),
  choices: Type.Array(Type.String()),
  currency: Nullable(Type.String()),
  refers_to: Nullable(literals(reference_targets)),
  required: Type.Boolean(),
  translatable: Type.Boolean(),
  filterable: Type.Boolean(),
  position: Type.Integer(),
})

const FieldBody = Closed({
  owner: literals(field_owners),
  name: Text(limits.name_length, 1),
  type: literals(field_types),
  choices: some(Type.Array(Text(limits.choice_length, 1), { maxItems: limits.choices })),
  currency: some(Nullable(Type.Unsafe<Currency>(Type.String({ pattern: '^[A-Z]{3}$' })))),
  refers_to: some(Nullable(literals(reference_targets))),
  required: some(Type.Boolean({ description: 'New products must have it.' })),
  translatable: some(Type.Boolean()),
  filterable: some(
    Type.Boolean({ description: 'A facet of the search, and a filter of it and of lists.' }),
  ),
  position: some(Type.Integer({ minimum: 0, maximum: 1_000_000 })),
})

/** What is left out of a body. */
const usual = {
  ...{ choices: [], currency: null, refers_to: null, position: 0 },
  ...{ required: false, translatable: false, filterable: false },
}

/** Checks a definition that comes from elsewhere than a request: the file of the shop. */
export function compileFieldCheck(): (key: string, body: unknown) => FieldError[] {
  const schema = checkedSchema(simplify(FieldBody as Schema))
  const isValid = openValidators()({ schema, method: 'PUT', url: '/admin/fields/:key' })
  return (key, body) => {
    if (isValid(body) !== true) return fieldErrors((isValid.errors ?? []) as SchemaError[])
    const field = { ...usual, ...(body as Static<typeof FieldBody>), key }
    return [...checkDefinition(field), ...currencyErrors('currency', field.currency)]
  }
}

export const admin_field_routes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/admin/fields',
    who: { staff: 'catalog:read' },
    summary: 'List the fields of products and variants',
    replies: { 200: Closed({ items: Type.Array(FieldView) }) },
    handle: async ({ app }) => {
      const fields = await readOnce(app.db, readFields)
      const items = fields.filter(({ archived_at }) => archived_at === null)
      return { status: 200, body: { items } }
    },
  }),
  route({
    method: 'PUT',
    path: '/admin/fields/:key',
    who: { staff: 'catalog:write' },
    summary: 'Define a field, or change it: from the next request on it is shown and filtered by',
    example: { owner: 'product', name: 'Material', type: 'text', filterable: true },
    params: Params,
    body: FieldBody,
    replies: { 200: FieldView },
    handle: async (asked) => {
      const { app, params, body } = asked
      const field = await transaction(app.db, (tx) =>
        defineField(tx, { ...usual, ...body, key: params.key }, byOf(asked)),
      )
      return { status: 200, body: field }
    },
  }),
  route({
    method: 'DELETE',
    path: '/admin/fields/:key',
    who: { staff: 'catalog:write' },
    summary: 'Take a field away; its values are kept, and shown again when it is defined again',
    params: Params,
    replies: { 204: null },
    handle: async (asked) => {
      await transaction(asked.app.db, (tx) => removeField(tx, asked.params.key, byOf(asked)))
      return { status: 204 }
    },
  }),
]
