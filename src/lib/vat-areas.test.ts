import assert from 'node:assert/strict'
import { test } from 'node:test'
import { vatPlaceOf } from './vat-areas.ts'

/** Address → whose VAT, and whether goods there are in the VAT area of the EU. */
const places: readonly [text: string, country: string, in_eu: boolean][] = [
  ['DE 10115', 'DE', true],
  ['DE 78266', 'DE', false],
  ['DE 27498', 'DE', false],
  ['ES 28001', 'ES', true],
  ['ES 35001', 'ES', false],
  ['ES 38700', 'ES', false],
  ['ES 51001', 'ES', false],
  ['IT 00118', 'IT', true],
  ['IT 23041', 'IT', false],
  ['IT 22061', 'IT', false],
  ['FI 22100', 'FI', false],
  ['AX 22100', 'AX', false],
  ['FR 75001', 'FR', true],
  ['FR 97400', 'FR', false],
  ['FR 98000', 'FR', true],
  ['RE 97400', 'RE', false],
  ['MC 98000', 'FR', true],
  ['GR 63086', 'GR', false],
  ['GR 105 64', 'GR', true],
  ['GB BT1 5GS', 'XI', true],
  ['GB SW1A 1AA', 'GB', false],
  ['IM IM1 1AA', 'GB', false],
  ['CH 8001', 'CH', false],
  ['US 10001', 'US', false],
]
for (const [text, country, in_eu] of places) {
  test(`${text} is in ${country}${in_eu ? ', inside' : ', outside'}`, () => {
    const [address, postal_code = null] = [text.slice(0, 2), text.slice(3)]
    assert.deepEqual(vatPlaceOf({ country: address, postal_code }), { country, in_eu })
  })
}
