import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Address, checkAddress, isEmail, isPhone, normalizeAddress } from './addresses.ts'
import { isCountry, rulesOf } from './countries.ts'

const address = (given: Partial<Address>): Address => ({
  name: 'Asha Rao',
  company: null,
  line1: '1 Long Street',
  line2: null,
  city: 'Town',
  region: null,
  postal_code: null,
  country: 'DE',
  phone: null,
  ...given,
})

const problems = (given: Partial<Address>): string[] =>
  checkAddress(normalizeAddress(address(given))).map(({ field, code }) => `${field} ${code}`)

// country, region, postal codes that are right, postal codes that are wrong
const codes: [country: string, region: string | null, good: string[], bad: string[]][] = [
  ['DE', null, ['10115', ' 01067 '], ['1011', '101155', 'D-10115', '1011A']],
  ['AT', null, ['1010'], ['10100', 'A-1010']],
  ['CH', null, ['8001'], ['80011']],
  ['FR', null, ['75008', '75 008'], ['7500', '750088']],
  ['IT', null, ['00144'], ['144']],
  ['ES', null, ['28039'], ['2803']],
  ['PT', null, ['1000-205'], ['1000205', '1000']],
  ['NL', null, ['1012 JS', '1012js'], ['1012', '1012 J1']],
  ['BE', null, ['1000'], ['10000']],
  ['LU', null, ['1610'], ['L1610x']],
  ['DK', null, ['1050'], ['105']],
  ['SE', null, ['111 22', '11122'], ['1112']],
  ['NO', null, ['0025'], ['25']],
  ['FI', null, ['00100'], ['0100']],
  ['PL', null, ['00-950'], ['00950', '0-950']],
  ['CZ', null, ['100 00', '10000'], ['100 0']],
  ['SK', null, ['811 01'], ['811']],
  ['HU', null, ['1037'], ['103']],
  ['GR', null, ['151 24'], ['151']],
  ['IE', null, ['D02 X285', 'a65f4e2'], ['D02', 'D02 X28']],
  ['GB', null, ['SW1A 1AA', 'ec1y8sy', 'M1 1AE', 'GIR 0AA'], ['SW1A', '12345', 'SW1A 1A']],
  ['LT', null, ['LT-04340', '04340'], ['4340']],
  ['LV', null, ['LV-1073', '1073'], ['LV1073']],
  ['US', 'NY', ['10001', '10001-1234'], ['1000', '10001-12', 'ABCDE']],
  ['CA', 'ON', ['K1A 0B1', 'k1a0b1'], ['K1A', '12345', 'KIA 0B1']],
  ['MX', 'CMX', ['06600'], ['6600']],
  ['BR', 'SP', ['01310-100', '01310100'], ['01310', '01310-10']],
  ['AR', null, ['C1070AAM', '1070'], ['C1070']],
  ['CL', null, ['8340457'], ['834045']],
  ['IN', 'KA', ['560001', '560 001'], ['56001', '5600011']],
  ['JP', null, ['100-0001', '1000001'], ['100-001']],
  ['CN', null, ['100000'], ['10000']],
  ['KR', null, ['03051'], ['110-110']],
  ['TW', null, ['100', '10048', '100048'], ['1000']],
  ['SG', null, ['238801'], ['23880']],
  ['MY', null, ['50450'], ['5045']],
  ['TH', null, ['10110'], ['1011']],
  ['AU', 'NSW', ['2000'], ['200', '20000']],
  ['NZ', null, ['6011'], ['601']],
  ['ZA', null, ['8001'], ['800']],
  ['IL', null, ['9614303', '96143'], ['9614']],
  ['SA', null, ['11564', '11564-1234'], ['1156']],
  ['MT', null, ['VLT 1117'], ['1117']],
  ['KY', null, ['KY1-1100'], ['1100']],
]
for (const [country, region, good, bad] of codes) {
  test(`postal codes of ${country}`, () => {
    for (const postal_code of good) {
      assert.deepEqual(problems({ country, region, postal_code }), [], postal_code)
    }
    for (const postal_code of bad) {
      const found = problems({ country, region, postal_code })
      assert.deepEqual(found, ['postal_code malformed'], postal_code)
    }
  })
}

const cases: [name: string, given: Partial<Address>, expected: string[]][] = [
  ['complete', { postal_code: '10115' }, []],
  ['no postal code where mail needs one', {}, ['postal_code required']],
  ['no postal code where there are none', { country: 'AE' }, []],
  ['no postal code where it may be left out', { country: 'KE' }, []],
  ['no city', { postal_code: '10115', city: ' ' }, ['city required']],
  ['no city where the country is one', { country: 'SG', postal_code: '238801', city: '' }, []],
  ['no name', { postal_code: '10115', name: '' }, ['name required']],
  ['no street', { postal_code: '10115', line1: '  ' }, ['line1 required']],
  ['no state in the US', { country: 'US', postal_code: '10001' }, ['region required']],
  ['a state by its name', { country: 'US', postal_code: '94105', region: 'california' }, []],
  ['a state with its country', { country: 'US', postal_code: '94105', region: 'us-ca' }, []],
  ['no such state', { country: 'US', postal_code: '10001', region: 'ZZ' }, ['region unknown']],
  ['an army post office', { country: 'US', postal_code: '09012', region: 'AE' }, []],
  ['an old Indian code', { country: 'IN', postal_code: '751001', region: 'OR' }, []],
  ['no Indian state', { country: 'IN', postal_code: '560001' }, ['region required']],
  ['a province', { country: 'CA', postal_code: 'H2X 1Y4', region: 'Québec' }, []],
  ['any region elsewhere', { postal_code: '10115', region: 'Brandenburg' }, []],
  ['no such country', { country: 'XX' }, ['country unknown']],
  ['a country in words', { country: 'Germany' }, ['country too_long', 'country unknown']],
  ['a phone', { postal_code: '10115', phone: '+49 (0)30 123-4567' }, []],
  ['a phone with 00', { postal_code: '10115', phone: '0049 30 1234567' }, []],
  ['a phone without a country', { postal_code: '10115', phone: '030 1234' }, ['phone malformed']],
  ['a phone in words', { postal_code: '10115', phone: 'call me' }, ['phone malformed']],
  ['too long', { postal_code: '10115', line1: 'x'.repeat(201) }, ['line1 too_long']],
  ['a null byte', { postal_code: '10115', name: 'A\u0000B' }, ['name control_character']],
]
for (const [name, given, expected] of cases) {
  test(`address: ${name}`, () => assert.deepEqual(problems(given), expected))
}

test('normalizing tidies, and doing it twice changes nothing more', () => {
  const tidy = normalizeAddress(
    address({
      name: '  Asha \n Rao ',
      company: ' ',
      line2: '',
      region: 'orissa',
      postal_code: ' 751 001 ',
      country: 'in',
      phone: '+91 (0) 80-1234 5678',
    }),
  )
  assert.equal(tidy.name, 'Asha Rao')
  assert.equal(tidy.company, null)
  assert.equal(tidy.line2, null)
  assert.equal(tidy.region, 'OD')
  assert.equal(tidy.postal_code, '751 001')
  assert.equal(tidy.country, 'IN')
  assert.equal(tidy.phone, '+918012345678')
  assert.equal(normalizeAddress({ ...tidy, phone: ' - ' }).phone, null)
  const text = fc.oneof(
    fc.string(),
    fc.string({ unit: 'grapheme' }),
    fc.constantFrom('us-ca', 'US'),
  )
  const texts = fc.record({
    name: text,
    company: text,
    line1: text,
    line2: text,
    city: text,
    region: text,
    postal_code: text,
    country: text,
    phone: text,
  })
  fc.assert(
    fc.property(texts, (any) => {
      const once = normalizeAddress(any)
      assert.deepEqual(normalizeAddress(once), once)
      assert(Array.isArray(checkAddress(once)))
    }),
  )
})

test('there are the 249 countries of ISO 3166-1, and every pattern belongs to one', () => {
  const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ']
  const found = letters.flatMap((a) => letters.map((b) => a + b)).filter(isCountry)
  assert.equal(found.length, 249)
  const stray = letters
    .flatMap((a) => letters.map((b) => a + b))
    .filter((code) => !isCountry(code))
    .filter((code) => {
      const { postal_code, needs_postal_code, regions } = rulesOf(code)
      return postal_code !== null || needs_postal_code || regions !== null
    })
  assert.deepEqual(stray, [])
  const needless = found.filter((code) => {
    const { postal_code, needs_postal_code } = rulesOf(code)
    return needs_postal_code && postal_code === null
  })
  assert.deepEqual(needless, [], 'a code is demanded where there is none')
})

const emails: [text: string, is_good: boolean][] = [
  ['asha@example.com', true],
  ['asha.rao+shop@mail.example.co.in', true],
  ["o'brien@example.ie", true],
  ['günther@bücher.example', true],
  ['a@xn--bcher-kva.example', true],
  ['asha', false],
  ['asha@', false],
  ['@example.com', false],
  ['asha@example', false],
  ['asha@@example.com', false],
  ['asha rao@example.com', false],
  ['asha@example..com', false],
  ['.asha@example.com', false],
  ['asha.@example.com', false],
  ['asha@-example.com', false],
  ['asha@example.c', false],
  ['asha@[127.0.0.1]', false],
  ['asha@example.com\nBcc: all@example.com', false],
  ['<asha@example.com>', false],
  [`${'a'.repeat(65)}@example.com`, false],
  [`a@${'b'.repeat(250)}.com`, false],
]
for (const [text, is_good] of emails) {
  test(`e-mail ${JSON.stringify(text.slice(0, 40))}`, () => assert.equal(isEmail(text), is_good))
}

const phones: [text: string, is_good: boolean][] = [
  ['+14155550100', true],
  ['+918012345678', true],
  ['+4930123456', true],
  ['14155550100', false],
  ['+04155550100', false],
  ['+123456', false],
  ['+1234567890123456', false],
  ['+1 415 555 0100', false],
]
for (const [text, is_good] of phones) {
  test(`phone ${text}`, () => assert.equal(isPhone(text), is_good))
}
