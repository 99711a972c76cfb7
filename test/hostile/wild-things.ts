// What may stand in queries, headers and bodies of bytes beside what belongs there.
import { gzipSync } from 'node:zlib'
import { sha256 } from '#src/lib/signature.ts'
import { nobody } from './document.ts'

export const odd_queries = [
  'nothing=1',
  '__proto__=1',
  '__proto__[admin]=1',
  'constructor.prototype=1',
  '%00=1',
  'id=%00',
  `id=${nobody}`,
  'limit=-1&limit=2',
  'version=99999999999999999999',
  'force=true&dry_run=false&is_admin=1',
  '_method=DELETE',
  "a='%20or%201=1%20--",
  'a=%ff&b=%ed%a0%80&c=%',
  'a'.repeat(6_000),
  'a&'.repeat(3_000),
  `q=${'%F0%9F%98%80'.repeat(400)}`,
  '?&&==&',
  'token=x&access_token=y&key=z',
] as const

const letters = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)).join('')
export const latin = 'ÿþ\u00a0é'
const long = 'x'.repeat(7_000)
const trace = '4bf92f3577b34da6a3ce929d0e0e4736'

/** What each header may hold; only what a client library sends at all. */
const wild_headers: readonly (readonly [name: string, values: readonly string[]])[] = [
  ['accept-language', ['', '*', '*;q=NaN', 'de;q=1e400', 'a'.repeat(7_000), 'de,'.repeat(2_000)]],
  ['accept-language', [latin, letters, '-', '__proto__', 'en;q=0,de;q=0.0000001', ';;;,,,']],
  ['accept', ['', 'text/html', '*/*;q=x', long, 'application/json;version=99', latin]],
  ['accept-encoding', ['', 'gzip;q=x', 'nonsense', long]],
  ['traceparent', ['', 'x', `00-${trace}-00f067aa0ba902b7-01`, `ff-${trace}-00f067aa0ba902b7-01`]],
  ['traceparent', [`00-${'0'.repeat(32)}-${'0'.repeat(16)}-00`, long, latin, `00-${trace}`]],
  ['tracestate', ['', 'a=b', '='.repeat(600), long]],
  ['baggage', ['', 'a=b;c', long]],
  ['cookie', ['', ';;;', '=', '__proto__=a', 'onhand_session=', `onhand_session=${long}`, latin]],
  ['cookie', [`a=${'b=; '.repeat(1_500)}`, 'onhand_session=a; onhand_session=b', letters]],
  ['x-csrf-token', ['', long, latin]],
  ['if-match', ['*', '""', 'W/"x"', '"', long, '"a", "b"', latin]],
  ['if-none-match', ['*', '""', long]],
  ['if-modified-since', ['x', 'Thu, 01 Jan 1970 00:00:00 GMT', '-1']],
  ['if-unmodified-since', ['x', 'Thu, 01 Jan 1970 00:00:00 GMT']],
  ['range', ['bytes=0-', 'bytes=-1', 'bytes=9-1', 'bytes=0-0,1-1,2-2', 'x=1', long]],
  ['prefer', ['return=minimal', 'respond-async', long]],
  ['x-forwarded-for', ['', 'unknown', '::1', '127.0.0.1', "'; drop table orders; --", long]],
  ['x-forwarded-for', ['1.1.1.1,'.repeat(800), '256.1.1.1', '[::1]:80', '10.0.0.1%00', latin]],
  ['x-forwarded-host', ['', 'evil.example', 'evil.example:x', '\u00e9', long]],
  ['x-forwarded-proto', ['', 'https', 'javascript', long]],
  ['x-forwarded-port', ['0', '-1', '99999', 'x']],
  ['x-forwarded-prefix', ['/admin', '//evil.example', '../..']],
  ['forwarded', ['for=127.0.0.1', 'for="[::1]";host=evil.example;proto=https', 'for=', long]],
  ['x-real-ip', ['127.0.0.1', long]],
  ['x-http-method-override', ['GET', 'DELETE', 'x']],
  ['x-original-url', ['/healthz', '/admin/staff']],
  ['x-request-id', ['', long, latin, 'a b']],
  ['last-event-id', ['', 'x', `99999999999999999999-${nobody}`, `-1-${nobody}`, long]],
  ['origin', ['null', 'https://evil.example', latin]],
  ['referer', ['x', 'https://evil.example/', long]],
  ['user-agent', ['', long, latin, "'; drop table orders; --"]],
  ['x-cart-token', ['', 'x', '.', 'a.b.c', long, latin]],
  ['x-order-token', ['', 'x', '.', long, latin]],
  ['x-customer-token', ['', 'cs_', `cs_${long}`, latin]],
  ['stripe-signature', [long, 't=,v1=', latin]],
]
export const odd_headers: readonly Readonly<Record<string, string>>[] = wild_headers.flatMap(
  ([name, values]) => values.map((value) => ({ [name]: value })),
)

export type Bytes = Uint8Array<ArrayBuffer>

/** Bytes that look like nothing, the same in each run. */
const noise = (bytes: number): Bytes =>
  Buffer.concat(Array.from({ length: Math.ceil(bytes / 32) }, (_, i) => sha256(`noise ${i}`)))

export const wild_bytes: readonly (readonly [what: string, bytes: Bytes])[] = [
  ['one NUL', Buffer.from([0])],
  ['NULs', Buffer.alloc(10_000)],
  ['no UTF-8', Buffer.from([0xff, 0xfe, 0xc0, 0xaf, 0xed, 0xa0, 0x80, 0xf5])],
  ['UTF-16', Buffer.from('\ufeff{"a":"b"}', 'utf16le')],
  ['a byte order mark and JSON', Buffer.from('\ufeff{}')],
  ['JSON cut off', Buffer.from('{"a":"b')],
  ['JSON that is no object', Buffer.from('"text"')],
  ['names of every object', Buffer.from('{"__proto__":{"a":1},"constructor":{"prototype":{}}}')],
  ['one name twice', Buffer.from('{"id":"a","id":{"b":1}}')],
  ['a number of a thousand digits', Buffer.from(`{"amount":${'9'.repeat(1_000)}}`)],
  ['levels', Buffer.from('['.repeat(100_000))],
  ['one line', Buffer.from('x'.repeat(200_000))],
  ['noise', noise(60_000)],
  ['packed', gzipSync('{}')],
  ['a zip', Buffer.concat([Buffer.from('PK\x03\x04'), noise(2_000)])],
  ['a form', Buffer.from('name=a&version=1&name=b')],
  ['parts', Buffer.from('--x\r\ncontent-disposition: form-data; name="file"\r\n\r\na\r\n--x--')],
  ['CSV', Buffer.from(`Handle,Title\n=1+1,"' or '1'='1"\n${'a,'.repeat(5_000)}`)],
  ['markup', Buffer.from('<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>')],
]
export const media_types = [
  'application/json',
  'application/json; charset=utf-16',
  'application/octet-stream',
  'text/csv; charset=x-none',
  'multipart/form-data; boundary=x',
  'multipart/form-data',
  'application/x-www-form-urlencoded',
  'application/xml',
  `a/b; c=${'d'.repeat(4_000)}`,
] as const
export const no_media_types = ['application/json, text/plain', 'no type', '/'] as const
export const codings = ['identity', 'gzip', 'br', 'zstd', 'gzip, gzip', 'nonsense'] as const

/** Other types and codings from one to the next. */
export const typedBy = (turn: number): Record<string, string> => ({
  'content-type': media_types[turn % media_types.length]!,
  ...(turn % 3 === 0 ? { 'content-encoding': codings[turn % codings.length]! } : {}),
})

/** For any cell of a file of goods. */
export const wild_cells = [
  '\0',
  'a\0b',
  '',
  "'; drop table product; --",
  "'||(select pg_sleep(9))||'",
  '=cmd|calc!A1',
  '{{ 7 | times: 7 }}',
  '<script>alert(1)</script>',
  '<'.repeat(3_000),
  '__proto__',
  '../../etc/passwd',
  'http://169.254.169.254/latest',
  'javascript:alert(1)',
  '\u202e\u200b',
  '\u{1f600}'.repeat(300),
  '\\,'.repeat(200),
  '>'.repeat(200),
  'e\u0301'.repeat(400),
  'x'.repeat(20_000),
  '-1',
  '1e400',
  '0x10',
  'NaN',
  '99999999999999999999999',
  '0.00000001',
  '1,5',
  '4111111111111111',
  '2026-02-30',
] as const
