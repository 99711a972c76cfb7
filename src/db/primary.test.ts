import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkDatabaseUrl } from './primary.ts'

const good = [
  'postgres://a:pw@h/shop',
  'postgresql://a:pw@h1:5432,h2:5433/shop',
  'postgres://a:p%40@w,x@h1,h2,h3/shop?sslmode=verify-full',
  'postgres://a:pw@[::1]:5432,10.0.0.2/shop?target_session_attrs=read-write',
  'postgres://h1,h2/shop?target_session_attrs=primary',
  'postgres:///shop?host=/var/run/postgresql',
]
for (const url of good) {
  test(`good: ${url}`, () => assert.equal(checkDatabaseUrl(url), null))
}

const bad: readonly (readonly [url: string, reason: RegExp])[] = [
  ['mysql://h/shop', /must have the form/],
  ['postgres://h1:5432,h2:54321234/shop', /must have the form/],
  ['postgres://h1:x,h2/shop', /must have the form/],
  ['postgres://h1,,h2/shop', /must name its hosts/],
  ['postgres://h1,h1/shop', /a host twice/],
  ['postgres://h1,h2', /names no database/],
  ['postgres://h1,h2/shop?host=h3', /before and after/],
  ['postgres://h1,h2/shop?target_session_attrs=any', /target_session_attrs/],
]
for (const [url, reason] of bad) {
  test(`bad: ${url}`, () => assert.match(checkDatabaseUrl(url) ?? '', reason))
}
