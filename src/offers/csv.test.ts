import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import fc from 'fast-check'
import { type CsvRecord, readCsv } from './csv.ts'

async function* cut(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = new TextEncoder().encode(text)
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}
async function read(text: string, size = 7): Promise<CsvRecord[]> {
  return Array.fromAsync(readCsv(cut(text, size)))
}
const cells = async (text: string) => (await read(text)).map((record) => record.cells)

test('reads what spreadsheets write', async () => {
  const text =
    '\uFEFFHandle,Title\r\na,"x\r\ny, z"\r\n\r\n' +
    'b,"he said ""hi"""\r\nc,un"quo"ted\r\nd,"bad" x\r\n,\r\ne,'
  const records = await read(text)
  assert.deepEqual(
    records.map(({ line, end_line, cells }) => [line, end_line, ...cells]),
    [
      [1, 1, 'Handle', 'Title'],
      [2, 3, 'a', 'x\r\ny, z'],
      [5, 5, 'b', 'he said "hi"'],
      [6, 6, 'c', 'un"quo"ted'],
      [7, 7, 'd', 'bad x'],
      [8, 8, '', ''],
      [9, 9, 'e', ''],
    ],
  )
})

test('takes semicolons and tabs when the header has them', async () => {
  assert.deepEqual(await cells('a;b,c;d\n1;"2;3";4'), [
    ['a', 'b,c', 'd'],
    ['1', '2;3', '4'],
  ])
  assert.deepEqual(await cells('a\tb\n1\t2\n'), [
    ['a', 'b'],
    ['1', '2'],
  ])
  assert.deepEqual(await cells(''), [])
})

test('a quotation mark that is never closed costs its own line only', async () => {
  const records = await read('a,b\n1,"open\n2,3\n4,5\n', 1024)
  assert.deepEqual(
    records.map(({ line, cells, problem }) => [line, problem !== null, ...cells]),
    [
      [1, false, 'a', 'b'],
      [2, true],
      [3, false, '2', '3'],
      [4, false, '4', '5'],
    ],
  )
})

test('nor does it swallow the rows up to the next quotation mark', async () => {
  const later = ['5,"text"\n6,7\n', '5,""\n6,"a ""b"""\n7,"text"\n']
  for (const rest of later) {
    const records = await read(`a,b\n1,"open\n2,3\n${rest}`, 1024)
    assert.deepEqual([records[1]!.line, records[1]!.problem !== null], [2, true])
    assert.equal(records.length, 3 + rest.trim().split('\n').length)
    assert(records.slice(2).every(({ problem }) => problem === null))
  }
})

test('a line that is not in UTF-8 is told, and others go in', async () => {
  const latin1 = Buffer.from('a,b\n1,K\xe4se\n2,M\xfchle\n3,plain\n', 'latin1')
  const records = await Array.fromAsync(readCsv(Readable.from([latin1])))
  assert.deepEqual(
    records.map(({ line, problem }) => [line, problem?.includes('UTF-8') ?? false]),
    [
      [1, false],
      [2, true],
      [3, true],
      [4, false],
    ],
  )
})

test('also in the middle of a large file, and with lines that are too long', async () => {
  const rows = Array.from({ length: 200_000 }, (_, i) => `${i},text of row ${i}`)
  rows[5] = '5,"open'
  rows[50_000] = `50000,${'x'.repeat(2_500_000)}`
  rows[60_000] = ','.repeat(5_000)
  const bad: number[] = []
  let good = 0
  for await (const { line, problem, cells } of readCsv(cut(rows.join('\n'), 65_536))) {
    if (problem !== null) bad.push(line)
    else if (Number(cells[0]) === line - 1) good += 1
  }
  assert.deepEqual(bad, [6, 50_001, 60_001])
  assert.equal(good, rows.length - 3)
})

test('gives back any table that was written correctly, however it is cut', async () => {
  const cell = fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', 'é', '😀', ' ', ';') })
  const table = fc.array(fc.tuple(fc.constant('k'), cell, cell), { minLength: 1 })
  await fc.assert(
    fc.asyncProperty(table, fc.integer({ min: 1, max: 9 }), async (rows, size) => {
      const quote = (value: string) => `"${value.replaceAll('"', '""')}"`
      const body = rows.map((row) => row.map(quote).join(',')).join('\r\n')
      const records = await read(`x,y,z,w,v,u\r\n${body}`, size)
      assert.deepEqual(
        records.slice(1).map((record) => record.cells),
        rows,
      )
      let line = 2
      for (const [i, record] of records.slice(1).entries()) {
        assert.equal(record.line, line)
        line += 1 + rows[i]!.join('').split('\n').length - 1
      }
    }),
  )
})
