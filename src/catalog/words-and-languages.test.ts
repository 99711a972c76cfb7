// Spelling, languages, fields and rules, as tables.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId } from '#src/lib/ids.ts'
import { checkRules, type Rule } from './collections.ts'
import { applyFields, type FieldDefinition, type FieldValue } from './fields.ts'
import { chainOf, readAcceptLanguage, readLocaleTag } from './locales.ts'
import { foldWords } from './search-text.sql.ts'
import { createVocabulary, editDistance } from './spelling.ts'
import { mergeTexts } from './translations.ts'

test('how many mistakes lie between two words', () => {
  for (const [a, b, distance] of [
    ['linen', 'linen', 0],
    ['lnien', 'linen', 1],
    ['linn', 'linen', 1],
    ['linnen', 'linen', 1],
    ['limen', 'linen', 1],
    ['jakcet', 'jacket', 1],
    ['walnut', 'warning', 3],
    ['', 'ab', 2],
  ] as const) {
    assert.equal(editDistance(a, b, 2), distance, `${a} ${b}`)
    assert.equal(editDistance(b, a, 2), distance, `${b} ${a}`)
  }
})

test('the nearest words of the shop; short words are not guessed', () => {
  const words = createVocabulary()
  words.add('linen shirt, walnut chair; grün 42 a')
  for (const [typed, nearest] of [
    ['lnien', ['linen']],
    ['shrit', ['shirt']],
    ['walnutt', ['walnut']],
    ['wlnat', []],
    ['chiar', ['chair']],
    ['abc', []],
    ['zzzz', []],
  ] as const) {
    assert.deepEqual(words.nearest(typed), nearest, typed)
  }
  assert.deepEqual(
    [words.knows('wal'), words.knows('lin'), words.knows('xyz')],
    [true, true, false],
  )
})

test('words are folded as the database folds them', () => {
  assert.deepEqual(foldWords('Café STRAßE USB-3 naïve'), ['cafe', 'strasse', 'usb', '3', 'naive'])
  assert.deepEqual(foldWords(' !&|:* '), [])
  assert.deepEqual(foldWords('á a A '.repeat(50)), ['a'])
})

test('what a browser asks for, the most wanted first', () => {
  for (const [header, wanted] of [
    [undefined, []],
    ['*', []],
    ['de-AT,de;q=0.9,en;q=0.8', ['de-AT', 'de', 'en']],
    ['en;q=0.1, fr', ['fr', 'en']],
    ['de;q=0, zh-Hant-TW', ['zh-TW']],
    ['x'.repeat(10_000), []],
  ] as const) {
    assert.deepEqual(readAcceptLanguage(header), wanted)
  }
  assert.deepEqual(['DE_at', 'en', 'english', ''].map(readLocaleTag), ['de-AT', 'en', null, null])
})

test('requested, its language, the language of the channel, that of the shop', () => {
  const translated = new Set(['de', 'de-AT', 'fr'])
  const shop = { base: 'en', channel: 'fr', translated }
  for (const [asked, channel, used, chain] of [
    [['de-AT'], 'fr', 'de-AT', ['de-AT', 'de', 'fr']],
    [['de-CH'], 'fr', 'de', ['de', 'fr']],
    [['it'], 'fr', 'fr', ['fr']],
    [['it', 'de'], 'fr', 'de', ['de', 'fr']],
    [['en'], 'fr', 'en', []],
    [['en-GB', 'de'], 'fr', 'en', []],
    [[], 'en', 'en', []],
    [[], 'de-AT', 'de-AT', ['de-AT', 'de']],
    [['it'], 'nl', 'en', []],
  ] as const) {
    assert.deepEqual(chainOf(asked, { ...shop, channel }), { used, chain }, asked.join())
  }
})

test('what one language lacks, the next one gives', () => {
  const merged = mergeTexts([
    { title: 'Häferl', values: { S: 'klein' } },
    { title: 'Tasse', description: 'Blau', values: { S: 'Klein', M: 'Mittel' } },
  ])
  assert.deepEqual(merged, {
    title: 'Häferl',
    description: 'Blau',
    values: { S: 'klein', M: 'Mittel' },
  })
})

const field = (key: string, more: Partial<FieldDefinition>): FieldDefinition => ({
  id: newId(),
  key,
  owner: 'product',
  name: key,
  type: 'text',
  choices: [],
  currency: null,
  refers_to: null,
  required: false,
  translatable: false,
  filterable: false,
  position: 0,
  created_at: new Date(0),
  archived_at: null,
  ...more,
})
const fields = [
  field('text', {}),
  field('number', { type: 'number' }),
  field('flag', { type: 'boolean' }),
  field('day', { type: 'date' }),
  field('choice', { type: 'choice', choices: ['a', 'b'] }),
  field('cost', { type: 'money', currency: 'EUR' }),
  field('ref', { type: 'reference', refers_to: 'product' }),
  field('old', { archived_at: new Date(0) }),
  field('size', { owner: 'variant' }),
]

test('values fit their fields, or the field is named', () => {
  const ok: Record<string, FieldValue> = {
    text: 'x',
    number: -1.5,
    flag: false,
    day: '2024-02-29',
    choice: 'b',
    cost: 1250,
    ref: newId(),
  }
  assert.deepEqual(applyFields(fields, 'product', null, ok), { values: ok, errors: [] })
  for (const [key, value, code] of [
    ['text', 1, 'wrong_type'],
    ['text', 'x'.repeat(5_001), 'too_long'],
    ['number', '1', 'wrong_type'],
    ['number', 1e13, 'range'],
    ['flag', 'true', 'wrong_type'],
    ['day', '2023-02-29', 'wrong_type'],
    ['day', '2023-2-1', 'wrong_type'],
    ['choice', 'c', 'not_allowed'],
    ['cost', 12.5, 'wrong_type'],
    ['ref', 'x', 'wrong_type'],
    ['old', 'x', 'unknown'],
    ['size', 'x', 'unknown'],
    ['nothing', 'x', 'unknown'],
  ] as const) {
    const { errors } = applyFields(fields, 'product', {}, { [key]: value })
    assert.deepEqual(
      errors.map((error) => [error.field, error.code]),
      [[`fields.${key}`, code]],
    )
  }
  const known = { text: 'x', number: 1 }
  const { values } = applyFields(fields, 'product', known, { text: null, flag: true })
  assert.deepEqual(values, { number: 1, flag: true })
})

test('a field that must be there is asked of what is new, and cannot be taken away', () => {
  const must = [field('must', { required: true })]
  const codes = (known: Record<string, FieldValue> | null, changes: object) =>
    applyFields(must, 'product', known, { ...changes }).errors.map(({ code }) => code)
  assert.deepEqual(codes(null, {}), ['required'])
  assert.deepEqual(codes(null, { must: 'x' }), [])
  assert.deepEqual(codes({}, {}), [])
  assert.deepEqual(codes({ must: 'x' }, { must: null }), ['required'])
})

test('rules ask what can be asked', () => {
  const rule = (more: Partial<Rule>): Rule => ({
    field: 'vendor',
    op: 'is',
    value: 'Acme',
    currency: null,
    ...more,
  })
  for (const [one, expected] of [
    [rule({}), []],
    [rule({ op: 'is_set', value: null }), []],
    [rule({ op: 'is_set' }), ['rules.0.value wrong_type']],
    [rule({ op: 'more_than' }), ['rules.0.op not_allowed']],
    [rule({ field: 'price', value: 5, currency: 'EUR' }), []],
    [rule({ field: 'price', value: 5 }), ['rules.0.currency missing']],
    [rule({ value: 'x', currency: 'EUR' }), ['rules.0.currency not_allowed']],
    [rule({ field: 'created', op: 'within_days', value: 30 }), []],
    [rule({ field: 'created', op: 'within_days', value: 0.5 }), ['rules.0.value wrong_type']],
    [rule({ field: 'published', op: 'after', value: '2026-01-01' }), []],
    [rule({ field: 'published', op: 'after', value: 'soon' }), ['rules.0.value wrong_type']],
    [rule({ field: 'fields.number', op: 'more_than', value: 3 }), []],
    [rule({ field: 'fields.flag', value: true }), []],
    [rule({ field: 'fields.size' }), ['rules.0.field unknown']],
    [rule({ field: 'taste' }), ['rules.0.field unknown']],
  ] as const) {
    const told = checkRules([one], fields).map((error) => `${error.field} ${error.code}`)
    assert.deepEqual(told, expected, JSON.stringify(one))
  }
})
