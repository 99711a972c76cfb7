import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toSafeHtml } from './safe-html.ts'

const cases: readonly (readonly [string, string, string])[] = [
  ['plain text stays', 'Soft & warm', 'Soft &amp; warm'],
  ['entities stay', 'a &lt; b &amp;&nbsp;c', 'a &lt; b &amp;&nbsp;c'],
  ['known tags lose their attributes', '<p class="x" onclick="y()">Hi</p>', '<p>Hi</p>'],
  ['unknown tags go, their text stays', '<span><font>Hi</font></span>', 'Hi'],
  ['scripts go with their text', 'a<script>alert("<p>")</script>b', 'ab'],
  ['unclosed scripts swallow the rest', 'a<SCRIPT src=x>b', 'a'],
  ['nested scripts do not come back', '<scr<script>x</script>ipt>y', 'xipt&gt;y'],
  ['pictures with handlers go', '<img src=x onerror=alert(1)>', ''],
  ['a sign that grows in lower case moves nothing', 'İ<script>a</script>b', 'İb'],
  ['svg goes', '<svg onload=alert(1)><p>x</p></svg>ok', 'ok'],
  [
    'links keep web addresses',
    '<a href="https://example.com/?a=1&amp;b=2" target=_blank>x</a>',
    '<a href="https://example.com/?a=1&amp;b=2" rel="nofollow noopener">x</a>',
  ],
  ['links to scripts lose their address', '<a href="javascript:alert(1)">x</a>', '<a>x</a>'],
  ['also when hidden', '<a href=" jav&#x61;script:alert(1)">x</a>', '<a>x</a>'],
  ['links to other hosts without scheme too', '<a href="//evil.example">x</a>', '<a>x</a>'],
  [
    'a quote cannot leave an attribute',
    `<a href='https://x.example/" onclick="y'>x</a>`,
    '<a>x</a>',
  ],
  ['open tags are closed', '<ul><li><b>x', '<ul><li><b>x</b></li></ul>'],
  ['wrong nesting is mended', '<b><i>x</b>y</i>', '<b><i>x</i></b>y'],
  ['closing tags without opening go', 'x</p></div>', 'x'],
  ['a lone sign is text', '1 < 2 > 0', '1 &lt; 2 &gt; 0'],
  ['comments go', 'a<!-- <script> -->b<!-- open', 'ab'],
  ['doctypes go', '<!DOCTYPE html><p>x</p>', '<p>x</p>'],
  ['a heading of the page becomes one of the text', '<h1>x</h1>', '<h2>x</h2>'],
  ['line breaks have no end', 'a<br/>b</br>', 'a<br>b'],
]

for (const [name, html, expected] of cases) {
  test(name, () => assert.equal(toSafeHtml(html), expected))
}

test('is settled: safe text stays as it is', () => {
  for (const [, html] of cases) {
    const safe = toSafeHtml(html).replaceAll(' rel="nofollow noopener"', '')
    assert.equal(toSafeHtml(safe).replaceAll(' rel="nofollow noopener"', ''), safe)
  }
})

test('costs linear time on hostile text', () => {
  const started_ms = performance.now()
  for (const piece of ['<a ', '<', '<b>', '</b', '<!--', '<script>', '&', '<a href="']) {
    toSafeHtml(piece.repeat(100_000 / piece.length))
  }
  assert(performance.now() - started_ms < 5_000)
})
