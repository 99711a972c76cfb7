import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { gstinCheck, gstRegionOf, gstState, readTaxId } from './tax-ids.ts'
import { readVatNumber } from './vat-numbers.ts'

/** Numbers that stand in public registers or in the documents of the states. */
const right =
  'ATU13585627 BE0428759497 BG175074752 CY10259033P CZ25123891 DE136695976 DK13585628 ' +
  'EE100931558 EL094259216 ESB58378431 ESJ99216582 FI20774740 FR40303265045 HR33392005961 ' +
  'HU12892312 IE6433435F IE6433435OA IT00743110157 LT119511515 LT100001919017 LU15027442 ' +
  'LV40003521600 MT11679112 NL004495445B01 PL8567346215 PT501964843 RO18547290 SE123456789701 ' +
  'SI50223054 SK2022749619 GB980780684 XI980780684 CHE100155212MWST NO995525828MVA'

for (const number of right.split(' ')) {
  test(`${number} is a VAT number, and with another check digit it is none`, () => {
    assert.equal(readVatNumber(number)?.number, number)
    // One digit changed is always found, but for a few states whose rule lets some through.
    const at = number.search(/\d(?=\D*$)/)
    const others = [...'0123456789'].filter((digit) => digit !== number[at])
    const found = others.filter((digit) =>
      readVatNumber(number.slice(0, at) + digit + number.slice(at + 1)),
    )
    const suffix_digit = /^(NL|SE)/.test(number)
    if (!suffix_digit) assert.deepEqual(found, [], number)
  })
}

test('as people write them: spaces, dots, small letters, GR for EL, nine digits for Belgium', () => {
  assert.equal(readVatNumber('de 136.695.976')?.number, 'DE136695976')
  assert.deepEqual(readVatNumber('GR094259216'), { country: 'GR', number: 'EL094259216' })
  assert.equal(readVatNumber('BE 428 759 497')?.number, 'BE0428759497')
  assert.equal(readVatNumber('CHE-100.155.212 MWST')?.country, 'CH')
})

test('numbers of other kinds tell what they are', () => {
  const kinds = {
    '27AAPFU0939F1ZV': ['gstin', 'IN'],
    '51 824 753 556': ['abn', 'AU'],
    T7000012050002: ['jct', 'JP'],
    '123456782RT0001': ['gst_hst', 'CA'],
    DE136695976: ['vat', 'DE'],
    XI980780684: ['vat', 'XI'],
    BR33000167000101: ['other', 'BR'],
  }
  for (const [number, [kind, country]] of Object.entries(kinds)) {
    const read = readTaxId(number)
    assert.deepEqual([read?.kind, read?.country], [kind, country], number)
  }
  const wrong =
    '27AAPFU0939F1ZW 00AAPFU0939F1ZV 51824753557 T8000012050002 123456783RT0001 DE136695977 ' +
    'US DE ZZ12345 7 ATU1358562 hello'
  for (const number of wrong.split(' ')) assert.equal(readTaxId(number), null, number)
})

test('a GSTIN with one sign changed is found out', () => {
  const sign = fc.constantFrom(...'0123456789')
  fc.assert(
    fc.property(
      fc.array(sign, { minLength: 4, maxLength: 4 }),
      fc.nat(3),
      sign,
      (four, at, one) => {
        const first = `27AAPFU${four.join('')}F1Z`
        const gstin = first + gstinCheck(first)
        assert(readTaxId(gstin), gstin)
        if (gstin[7 + at] === one) return
        assert.equal(readTaxId(gstin.slice(0, 7 + at) + one + gstin.slice(8 + at)), null)
      },
    ),
  )
})

test('a GSTIN tells the state in which the business is registered', () => {
  const regionOf = (text: string) => gstRegionOf(readTaxId(text))
  assert.equal(regionOf('07AABCU9603R1ZP'), 'DL')
  assert.equal(regionOf('27AABCU9603R1ZN'), 'MH')
  assert.equal(regionOf('97AABCU9603R1ZG'), null)
  assert.equal(regionOf('DE136695976'), null)
  assert.equal(gstRegionOf(null), null)
})

test('the place of supply is the number of the state and its name', () => {
  assert.equal(gstState('MH'), '27-Maharashtra')
  assert.equal(gstState('TS'), '36-Telangana')
  assert.equal(gstState('ZZ'), null)
})
