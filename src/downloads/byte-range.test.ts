import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readRange } from './byte-range.ts'

const file = { length: 100, etag: '"abc"' }
const asked = (range: string | undefined, if_range?: string) => readRange({ range, if_range }, file)

test('a range is cut to the file; one that begins behind it cannot be satisfied', () => {
  assert.deepEqual(asked('bytes=0-10'), { first: 0, last: 10 })
  assert.deepEqual(asked('bytes=40-'), { first: 40, last: 99 })
  assert.deepEqual(asked('Bytes= 40-400 '), { first: 40, last: 99 })
  assert.deepEqual(asked('bytes=99-99'), { first: 99, last: 99 })
  assert.deepEqual(asked('bytes=-10'), { first: 90, last: 99 })
  assert.deepEqual(asked('bytes=-1000'), { first: 0, last: 99 })
  for (const beyond of ['bytes=100-', 'bytes=100-200', 'bytes=-0', `bytes=${'9'.repeat(60)}-`]) {
    assert.equal(asked(beyond), 'unsatisfiable', beyond)
  }
})

test('what is no single range of bytes asks for the whole file', () => {
  for (const none of [
    ...[undefined, '', 'bytes', 'bytes=', 'bytes=-', 'bytes=10-5', 'bytes=a-b', 'lines=1-2'],
    ...['bytes=0-1,5-6', 'bytes=0-1-2', 'bytes=1.5-2', 'bytes=--5'],
  ]) {
    assert.equal(asked(none), null, none)
  }
})

test('with If-Range a range holds for the same file only', () => {
  assert.deepEqual(asked('bytes=5-', '"abc"'), { first: 5, last: 99 })
  for (const other of ['"abd"', 'W/"abc"', 'Fri, 27 Nov 2026 12:00:00 GMT']) {
    assert.equal(asked('bytes=5-', other), null, other)
  }
  assert.equal(asked('bytes=500-', '"abd"'), null)
})
