import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { card_texts, ordinary_texts } from '#test/card-texts.ts'
import { findCardNumber, holdsCardNumber } from './card-guard.ts'

const luhn = (payload: string): string => {
  for (let digit = 0; digit < 10; digit++) {
    const digits = [...`${payload}${digit}`].reverse().map(Number)
    const sum = digits.reduce((all, d, i) => all + (i % 2 ? (d * 2 > 9 ? d * 2 - 9 : d * 2) : d), 0)
    if (sum % 10 === 0) return payload + digit
  }
  throw new Error('one of ten digits always fits')
}

// The check digit of GS1: weights 3 and 1 from the right.
const gs1 = (payload: string): string => {
  const sum = [...payload].reverse().reduce((all, d, i) => all + Number(d) * (i % 2 ? 1 : 3), 0)
  return payload + ((10 - (sum % 10)) % 10)
}

const digits = (count: number) =>
  fc
    .array(fc.integer({ min: 0, max: 9 }), { minLength: count, maxLength: count })
    .map((d) => d.join(''))

const starting = (prefixes: readonly string[], length: number) =>
  fc
    .tuple(fc.constantFrom(...prefixes), digits(length))
    .map(([prefix, rest]) => luhn((prefix + rest).slice(0, length - 1)))

const cards = fc.oneof(
  starting(['34', '37'], 15),
  starting(['4', '51', '55', '2221', '2720', '6011', '622126', '644', '65', '3528', '3589'], 16),
  starting(['36', '38', '300', '62', '81', '60', '508', '2200', '6304', '5019', '9792'], 16),
  starting(['4', '6011', '62', '3530', '36', '6304'], 19),
)

const grouped = (card: string, separator: string): string =>
  card.length === 15
    ? [card.slice(0, 4), card.slice(4, 10), card.slice(10)].join(separator)
    : card.match(/\d{1,4}/g)!.join(separator)

const around = fc.constantFrom(['', ''], ['my card is ', ', thanks'], ['12 ', ' 03/27'], ['x', 'y'])
const narrow = fc.constantFrom('', ' ', '-', '  ', '.', '\u00a0', '–', '_', '\u200b', '\u00ad')
const wide = fc
  .tuple(
    fc.constantFrom('', ' ', '\u00a0', '\u2009', '\u200b'),
    fc.constantFrom(',', '/', '|', ':', '-', '—', '\u2212', '.', '_', ' ', '／', '\u2060'),
    fc.constantFrom('', ' ', '\u3000', '\ufeff', '\u200d\u200c'),
  )
  .map((signs) => signs.join(''))
const zeros = fc.constantFrom(0x30, 0x660, 0x6f0, 0x966, 0xe50, 0xff10, 0x116da, 0x1d7d8, 0x1e950)
const inScript = (text: string, zero: number): string =>
  text.replaceAll(/\d/g, (digit) => String.fromCodePoint(zero + Number(digit)))

test('cards of all schemes are found in free text, in all digits and however grouped', () => {
  const separators = fc.oneof(narrow, wide)
  fc.assert(
    fc.property(cards, separators, zeros, around, (card, separator, zero, [before, after]) => {
      const text = inScript(`${before}${grouped(card, separator)}${after}`, zero)
      assert(holdsCardNumber(text), JSON.stringify(text))
    }),
    { numRuns: 4_000 },
  )
})

test('cards are found however they were written so far', () => {
  for (const text of card_texts) assert(holdsCardNumber(text), JSON.stringify(text))
})

test('addresses, phone lists, quantities, moments and ids are no cards', () => {
  for (const text of ordinary_texts) assert(!holdsCardNumber(text), text)
  const two = (max: number) =>
    fc.integer({ min: 1, max }).map((number) => String(number).padStart(2, '0'))
  const day = fc
    .tuple(fc.integer({ min: 1990, max: 2099 }), two(12), two(28))
    .map((parts) => parts.join('-'))
  const hour = fc.tuple(two(23), two(59), two(59)).map((parts) => parts.join(':'))
  const moment = fc.oneof(
    fc.tuple(day, hour).map(([date, time]) => `${date}T${time}.000Z`),
    fc.tuple(day, hour).map(([date, time]) => `${date} ${time}`),
  )
  const phone = fc.oneof(
    fc.tuple(digits(3), digits(3), digits(4)).map((parts) => parts.join('-')),
    fc.tuple(digits(5), digits(5)).map((parts) => parts.join(' ')),
    fc.tuple(digits(4), digits(4)).map((parts) => parts.join(' ')),
    digits(11),
  )
  const quantity = fc.oneof(digits(8), digits(7), digits(2), fc.constantFrom('1,250.00', '12.5000'))
  const street = fc
    .tuple(two(99), digits(5), digits(10))
    .map(([house, code, call]) => `Via Roma ${house}, ${code} Milano, ${call}`)
  const between = fc.constantFrom(', ', ' / ', '/', ' | ', ': ')
  const list = (one: fc.Arbitrary<string>) =>
    fc
      .tuple(fc.array(one, { minLength: 2, maxLength: 6 }), between)
      .map(([parts, sign]) => parts.join(sign))
  const ordinary = fc.oneof(
    ...[moment, phone, quantity, street].map(list),
    fc.uuid().map((id) => `order ${id}, please`),
  )
  fc.assert(
    fc.property(ordinary, (text) => assert(!holdsCardNumber(text), text)),
    { numRuns: 10_000 },
  )
})

test('long texts are looked through in one go, whatever they are made of', () => {
  for (const piece of ['4', '4 ', '4\u200b', '4 , ', '12, ', '४', 'é 12/', '\u200b', '4242 | ']) {
    const text = piece.repeat(100_000 / piece.length)
    const from = performance.now()
    holdsCardNumber(text)
    assert(performance.now() - from < 5_000, JSON.stringify(piece))
  }
})

test('well-known test cards are found, also as numbers and in full-width digits', () => {
  for (const card of [
    '4242424242424242',
    '5555555555554444',
    '2223003122003222',
    '378282246310005',
    '6011111111111117',
    '3566002020360505',
    '6200000000000005',
    '6205500000000000004',
    '4111-1111-1111-1111',
    '４２４２４２４２４２４２４２４２',
  ]) {
    assert(holdsCardNumber(card), card)
  }
  assert.equal(findCardNumber({ amount: 4242424242424242 })?.kind, 'card')
})

test('10,000 bar codes, device numbers and tracking codes pass where they belong', () => {
  const codes = fc.oneof(
    digits(11).map((d) => ({ name: 'barcode', code: gs1(d) })), // UPC-A
    digits(12).map((d) => ({ name: 'bar_code', code: gs1(d) })), // EAN-13
    digits(13).map((d) => ({ name: 'gtin', code: gs1(d) })), // GTIN-14
    digits(17).map((d) => ({ name: 'tracking_code', code: gs1(d) })), // SSCC
    digits(14).map((d) => ({ name: 'serial_number', code: luhn(d) })), // IMEI
    digits(15).map((d) => ({ name: 'tracking_number', code: `4${d}` })),
    cards.map((code) => ({ name: 'sku', code })), // the worst case
  )
  fc.assert(
    fc.property(codes, ({ name, code }) => {
      assert.equal(findCardNumber({ lines: [{ [name]: code }, { [name]: [code] }] }), null)
    }),
    { numRuns: 10_000 },
  )
})

test('bar codes pass in free text as well: their lengths are those of no card', () => {
  const codes = fc.oneof(digits(11), digits(12), digits(13)).map(gs1)
  fc.assert(
    fc.property(codes, (code) => assert(!holdsCardNumber(`bar code ${code}.`))),
    { numRuns: 2_000 },
  )
})

test('ids, moments, phones and prices are no cards', () => {
  for (const text of [
    '019a0000-0000-7000-8000-000000000000',
    '41234567-1234-4123-8123-123456789012',
    '2026-11-22T19:39:00.000Z',
    '+91 98765 43210',
    '4242424242424241',
    '9999999999999995',
    '42424242424242421',
  ]) {
    assert(!holdsCardNumber(text), text)
  }
})

test('signatures and ids in hex are no cards, and hide none that is typed', () => {
  const number = '4242424242424242'
  const digest = `cafe${number}beef${'0'.repeat(8)}`
  for (const text of [digest, digest.repeat(2), `trk_${digest}`, digest.toUpperCase()]) {
    assert(!holdsCardNumber(text), text)
  }
  for (const text of [digest.slice(1), `x${digest}`, `card${number}`, `${digest} ${number}`]) {
    assert(holdsCardNumber(text), text)
  }
})

test('the field is named and the number is not', () => {
  const card = '4242424242424242'
  assert.deepEqual(findCardNumber({ a: [{ note: card }] }), { kind: 'card', field: 'a.0.note' })
  assert.deepEqual(findCardNumber({ a: { [card]: 1 } }), { kind: 'card', field: 'a' })
  assert.equal(findCardNumber({ reference: card }, ['reference']), null)
  assert.equal(findCardNumber({ barcode: { note: card } })?.kind, 'card')
})

test('what is nested too deeply is told instead of overflowing the stack', () => {
  const deep = JSON.parse('['.repeat(50_000) + ']'.repeat(50_000)) as unknown
  assert.deepEqual(findCardNumber(deep), { kind: 'too_deep' })
})
