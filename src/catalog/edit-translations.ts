// What staff write in other languages.
import type { Tx } from '#src/db/sql.ts'
import { addEvents } from '#src/events/events.sql.ts'
import { holdsCardNumber } from '#src/lib/card-guard.ts'
import { refuse } from '#src/lib/refusal.ts'
import { endGoodsChange } from './edit-collections.ts'
import type { By } from './edit-product.ts'
import { readFields } from './fields.sql.ts'
import { locale_form } from './locales.ts'
import { toSafeHtml } from './safe-html.ts'
import {
  deleteTranslation,
  listTranslations,
  saveTranslation,
  subjectExists,
  type TranslationKey,
} from './translations.sql.ts'
import { checkTexts, type Texts, translation_limits } from './translations.ts'

async function checkTranslation(tx: Tx, key: TranslationKey, texts: Texts): Promise<void> {
  const errors = checkTexts(key.subject, texts)
  if (!locale_form.test(key.locale)) {
    errors.push({ field: 'locale', code: 'malformed', message: 'Write it like de or de-AT.' })
  }
  const definitions = texts.fields === undefined ? [] : await readFields(tx)
  for (const name of Object.keys(texts.fields ?? {})) {
    const found = definitions.find(({ key: of, archived_at }) => of === name && !archived_at)
    if (found?.translatable) continue
    const message = 'There is no field of this name that has translations.'
    errors.push({ field: `fields.${name}`, code: 'unknown', message })
  }
  if (errors.length > 0) throw refuse('invalid_input', { errors })
}

/** @throws not_found, invalid_input, limit_exceeded, card_number_refused */
export async function putTranslation(
  tx: Tx,
  key: TranslationKey,
  texts: Texts,
  by: By,
): Promise<Texts> {
  if (!(await subjectExists(tx, key.subject, key.subject_id))) {
    throw refuse('not_found', { id: key.subject_id })
  }
  await checkTranslation(tx, key, texts)
  const known = await listTranslations(tx, key.subject, key.subject_id)
  const others = known.filter(({ locale }) => locale !== key.locale)
  if (others.length >= translation_limits.locales) {
    throw refuse('limit_exceeded', { locales_max: translation_limits.locales })
  }
  const saved = cleanTexts(key, texts)
  await saveTranslation(tx, key, saved, by.now)
  await note(tx, 'translation.saved', key, by)
  return saved
}

function cleanTexts({ subject }: TranslationKey, texts: Texts): Texts {
  if (texts.description === undefined || subject === 'field') return texts
  const description = toSafeHtml(texts.description)
  // Digits that a tag has kept apart stand together once it is gone: then they are looked at.
  if (description !== texts.description && holdsCardNumber(description)) {
    throw refuse('card_number_refused', { in: 'body', field: 'description' })
  }
  return { ...texts, description }
}

/** @throws not_found */
export async function removeTranslation(tx: Tx, key: TranslationKey, by: By): Promise<void> {
  if ((await deleteTranslation(tx, key)) === 0) throw refuse('not_found', { locale: key.locale })
  await note(tx, 'translation.removed', key, by)
}

async function note(
  tx: Tx,
  kind: string,
  { subject, subject_id, locale }: TranslationKey,
  { actor, now }: By,
): Promise<void> {
  await addEvents(tx, [{ kind, subject, subject_id, actor, detail: { locale }, at: now }])
  await endGoodsChange(tx, now)
}
