import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { taxPresets } from './tax-presets.ts'

const categoriesOf = ({ rates }: { readonly rates: readonly { readonly category: string }[] }) =>
  new Set(rates.map(({ category }) => category))

test('a district says of every category of its state what it adds, be it nothing', () => {
  let looked_at = 0
  for (const { name, zones, districts } of taxPresets()) {
    for (const district of districts) {
      const { country, region } = district
      const state = zones.find((zone) => zone.country === country && zone.region === region)
      assert(state, `${name}: ${country}-${region}`)
      const missing = categoriesOf(state).difference(categoriesOf(district))
      assert.deepEqual([...missing], [], `${name}: ${district.name}`)
      looked_at += 1
    }
  }
  assert(looked_at > 10)
})

test('states of one country know the same categories', () => {
  for (const { name, zones } of taxPresets()) {
    const whole = zones.filter(({ adds }) => !adds)
    for (const [country, all] of Map.groupBy(whole, (zone) => zone.country)) {
      if (all.every(({ region }) => region === null) || country !== 'US') continue
      const [first, ...others] = all.map((zone) => [...categoriesOf(zone)].sort())
      for (const other of others) assert.deepEqual(other, first, `${name} ${country}`)
    }
  }
})

test('the page of taxes names every category of every set', () => {
  const page = readFileSync(path.resolve(import.meta.dirname, '../../docs/tax.md'), 'utf8')
  for (const { name, zones, districts } of taxPresets()) {
    const [, told = ''] =
      new RegExp(`^\\| \`${name}\` \\|[^|]*\\|([^|]*)\\|$`, 'm').exec(page) ?? []
    const words = told.match(/(?<=`)[a-z_]+(?=`)/g) ?? []
    const known = new Set([...zones, ...districts].flatMap((one) => [...categoriesOf(one)]))
    assert.deepEqual(words.sort(), [...known].sort(), name)
  }
})
