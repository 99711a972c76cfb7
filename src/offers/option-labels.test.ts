import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createOptionLabels } from './option-labels.ts'

const moss = { locale: 'de', facet: 'option.Color', value: 'Moss' }

test('a value is called as most goods call it, as long as they do', () => {
  const labels = createOptionLabels()
  const asked = (locale = 'de') => labels.labelOf(locale, moss.facet, moss.value)
  assert.equal(asked(), null)
  labels.put(1, [{ ...moss, label: 'Moosgrün' }])
  labels.put(2, [{ ...moss, label: 'Moos' }])
  assert.equal(asked(), 'Moos', 'of two alike the first by letters, whoever came first')
  labels.put(3, [{ ...moss, label: 'Moosgrün' }])
  assert.equal(asked(), 'Moosgrün')
  assert.equal(asked('fr'), null)
  labels.put(3, [{ ...moss, label: 'Moosgrün' }])
  labels.put(1, [])
  labels.put(2, [{ ...moss, label: 'Moos' }])
  labels.put(3, [])
  assert.equal(asked(), 'Moos')
  labels.put(2, [])
  assert.equal(asked(), null)
})
