import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FieldError } from '#src/lib/refusal.ts'
import {
  catalog_limits,
  checkChoices,
  checkOptions,
  cleanTags,
  handleOf,
  isHandle,
  isMediaUrl,
  mediaUrl,
  moveBetween,
  product_states,
} from './catalog.ts'
import { readWords } from './search.sql.ts'

test('handles are made of any text', () => {
  assert.equal(handleOf('Grüner Tee, 100 g'), 'gruner-tee-100-g')
  assert.equal(handleOf('  Straße & Söhne  '), 'strasse-sohne')
  assert.equal(handleOf('日本'), '')
  for (const text of ['a'.repeat(300), `${'a'.repeat(199)} b`, '--x--', 'É']) {
    assert(isHandle(handleOf(text)), text)
  }
})

test('only these moves between states exist', () => {
  const moves = product_states.flatMap((from) =>
    product_states.flatMap((to) => (moveBetween(from, to) ? [`${from} ${to}`] : [])),
  )
  assert.deepEqual(moves, [
    'draft active',
    'draft archived',
    'active draft',
    'active archived',
    'archived draft',
  ])
})

const fields = (errors: readonly FieldError[]) =>
  errors.map(({ field, code }) => `${field} ${code}`)

test('each variant makes one choice of each option, and no two the same', () => {
  const red = { sku: 'A', option_values: ['S', 'red'] }
  assert.deepEqual(checkChoices(['size', 'color'], [red, { ...red, sku: 'B' }]), [
    {
      field: 'variants.1.option_values',
      code: 'repeated',
      message: 'The same value stands there twice.',
    },
  ])
  assert.deepEqual(fields(checkChoices(['size'], [red])), ['variants.0.option_values wrong_count'])
  assert.deepEqual(fields(checkChoices(['a', 'b'], [red], [red])), [
    'variants.0.sku repeated',
    'variants.0.option_values repeated',
  ])
  const many = Array.from({ length: catalog_limits.variants }, (_, i) => ({
    sku: `S${i}`,
    option_values: [`${i}`, ''],
  }))
  assert.deepEqual(checkChoices(['a', 'b'], many), [])
  assert.deepEqual(fields(checkChoices(['a', 'b'], many, [red])), ['variants too_many'])
})

test('an option has one name', () => {
  assert.deepEqual(fields(checkOptions(['Size', ' size '])), ['options.1 repeated'])
})

test('tags lose blanks and repeats', () => {
  assert.deepEqual(cleanTags([' new ', '', 'new', 'sale']), ['new', 'sale'])
})

test('pictures lie on web servers or are drawn here', () => {
  const good = ['https://cdn.example/a.jpg?v=1', 'http://127.0.0.1/x', '/media/a-b.svg']
  const bad = [
    'ftp://x.example/a',
    'javascript:alert(1)',
    '//x.example/a',
    '/media/../x.svg',
    '/etc/passwd',
    'https://user:word@x.example/a',
    'http://',
    // The column takes small letters only.
    'HTTPS://x.example/a',
    'https://x.example/\r\na',
    `https://x.example/${'a'.repeat(2_000)}`,
  ]
  for (const url of good) assert(isMediaUrl(url), url)
  for (const url of bad) assert(!isMediaUrl(url), url)
  assert.equal(mediaUrl('https://shop.example', '/media/a.svg'), 'https://shop.example/media/a.svg')
})

test('what somebody types never becomes an operator', () => {
  assert.equal(readWords("Men's shirt | !x"), 'men:* & s:* & shirt:* & x:*')
  assert.equal(readWords(':*&|!()<->\u0000'), null)
  assert.equal(readWords('Käse 日本'), 'käse:* & 日本:*')
})
