// Texts in other languages, for products, categories, collections and fields alike.
import Type from 'typebox'
import { catalog_limits } from '#src/catalog/catalog.ts'
import { putTranslation, removeTranslation } from '#src/catalog/edit-translations.ts'
import { field_limits } from '#src/catalog/fields.ts'
import { listTranslations } from '#src/catalog/translations.sql.ts'
import {
  translation_limits as limits,
  type Texts,
  translation_subjects,
} from '#src/catalog/translations.ts'
import { readOnce, transaction } from '#src/db/transaction.ts'
import { byOf } from './admin-catalog.ts'
import { Closed, Id, type Route, route, Text } from './route.ts'

const Subject = Type.Unsafe<(typeof translation_subjects)[number]>(
  Type.Union(translation_subjects.map((subject) => Type.Literal(subject))),
)
const Names = (length: number, description: string) =>
  Type.Record(Type.String({ minLength: 1, maxLength: limits.name_length }), Text(length, 1), {
    maxProperties: limits.names,
    description,
  })
const some = Type.Optional
const TextsBody = Closed({
  title: some(Text(catalog_limits.title_length, 1)),
  description: some(Text(catalog_limits.description_length, 1)),
  name: some(Text(field_limits.name_length, 1)),
  options: some(Names(limits.name_length, 'By the name in the shop: `{ "Size": "Größe" }`')),
  values: some(Names(limits.name_length, 'What is chosen: `{ "Blue": "Blau" }`')),
  choices: some(Names(field_limits.choice_length, 'The choices of a field')),
  fields: some(Names(field_limits.text_length, 'Texts of fields, by their keys')),
})
const params = { subject: Subject, id: Id<string>() }
const Params = Closed({ ...params, locale: Type.String({ pattern: '^[a-z]{2,3}(-[A-Z]{2})?$' }) })
const View = Closed({ locale: Type.String(), texts: TextsBody })

const keyOf = ({ subject, id, locale }: { subject: Subjects; id: string; locale: string }) => ({
  subject,
  subject_id: id,
  locale,
})
type Subjects = (typeof translation_subjects)[number]

export const admin_translation_routes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/admin/translations/:subject/:id',
    who: { staff: 'catalog:read' },
    summary: 'Read the texts of one thing in all languages',
    params: Closed(params),
    replies: { 200: Closed({ items: Type.Array(View) }) },
    handle: async ({ app, params: { subject, id } }) => ({
      status: 200,
      body: { items: await readOnce(app.db, (tx) => listTranslations(tx, subject, id)) },
    }),
  }),
  route({
    method: 'PUT',
    path: '/admin/translations/:subject/:id/:locale',
    who: { staff: 'catalog:write' },
    summary: 'Write its texts in one language; what is left out is shown in the next one',
    example: { title: 'Blauer Becher', options: { Size: 'Größe' } },
    body_bytes_max: 1024 * 1024,
    params: Params,
    body: TextsBody,
    replies: { 200: View },
    handle: async (asked) => {
      const key = keyOf(asked.params)
      const texts = await transaction(asked.app.db, (tx) =>
        putTranslation(tx, key, asked.body as Texts, byOf(asked)),
      )
      return { status: 200, body: { locale: key.locale, texts } }
    },
  }),
  route({
    method: 'DELETE',
    path: '/admin/translations/:subject/:id/:locale',
    who: { staff: 'catalog:write' },
    summary: 'Take its texts in one language away',
    params: Params,
    replies: { 204: null },
    handle: async (asked) => {
      await transaction(asked.app.db, (tx) =>
        removeTranslation(tx, keyOf(asked.params), byOf(asked)),
      )
      return { status: 204 }
    },
  }),
]
