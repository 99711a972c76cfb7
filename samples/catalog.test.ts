import assert from 'node:assert/strict'
import { createReadStream, readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { transaction } from '#src/db/transaction.ts'
import type { Currency } from '#src/lib/money.ts'
import { importProducts } from '#src/offers/import-products.ts'
import { testDatabase } from '#test/database.ts'
import { seedShop } from '#test/seed-catalog.sql.ts'
import { makeCatalog } from './make-catalog.ts'

const file = path.resolve(import.meta.dirname, 'catalog.csv')

test('the file is what its script writes', () => {
  assert.equal(readFileSync(file, 'utf8'), makeCatalog())
})

test('bar codes have their check digit, and none stands there twice', () => {
  const codes = readFileSync(file, 'utf8').match(/\b29\d{11}\b/g)!
  assert(codes.length >= 600)
  assert.equal(new Set(codes).size, codes.length)
  for (const code of codes) {
    const sum = [...code].reduce((all, sign, i) => all + Number(sign) * (i % 2 === 0 ? 1 : 3), 0)
    assert.equal(sum % 10, 0, code)
  }
})

test('all of it goes in', async () => {
  const { db } = await testDatabase()
  const shop = await transaction(db, seedShop)
  const summary = await importProducts(db, createReadStream(file), {
    file_name: 'catalog.csv',
    file_hash: 'sample',
    target: { ...shop, currency: 'EUR' as Currency },
    clock: () => new Date(),
  })
  assert.deepEqual(summary.refusals, [])
  assert(summary.products >= 200, `${summary.products} products`)
  assert(summary.variants >= 600, `${summary.variants} variants`)
})
