// Texts of goods in other languages, and which of them a shopper sees. Pure.
import type { FieldError } from '#src/lib/refusal.ts'

export const translation_subjects = ['product', 'category', 'collection', 'field'] as const
export type TranslationSubject = (typeof translation_subjects)[number]

/** Names stand under the name in the language of the shop: `options: { Size: 'Größe' }`. */
export type Texts = {
  readonly title?: string
  readonly description?: string
  readonly name?: string
  readonly options?: Readonly<Record<string, string>>
  readonly values?: Readonly<Record<string, string>>
  readonly choices?: Readonly<Record<string, string>>
  readonly fields?: Readonly<Record<string, string>>
}
export type Translation = { readonly locale: string; readonly texts: Texts }

export const translation_limits = { locales: 50, names: 500, name_length: 255 } as const

const allowed: Readonly<Record<TranslationSubject, readonly (keyof Texts)[]>> = {
  product: ['title', 'description', 'options', 'values', 'fields'],
  category: ['title'],
  collection: ['title', 'description'],
  field: ['name', 'choices'],
}

export function checkTexts(subject: TranslationSubject, texts: Texts): FieldError[] {
  const known = allowed[subject]
  return Object.keys(texts)
    .filter((name) => !known.includes(name as keyof Texts))
    .map((field) => ({
      field,
      code: 'unknown_field',
      message: `A ${subject} has: ${known.join(', ')}`,
    }))
}

/** One after the other: what the first language lacks, the next one gives. */
export function mergeTexts(in_order: readonly Texts[]): Texts {
  const merged: Record<string, unknown> = {}
  for (const texts of in_order) {
    for (const [name, text] of Object.entries(texts)) {
      if (typeof text === 'string') merged[name] ??= text
      else merged[name] = { ...(text as object), ...(merged[name] as object | undefined) }
    }
  }
  return merged
}

export const translated = (names: Texts['values'], name: string): string => names?.[name] ?? name
