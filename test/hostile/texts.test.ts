// What shoppers and staff write is shown on pages, in mails and on documents. There it stays text:
// no script, no header, no template, and no way to keep the server busy.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { transaction } from '#src/db/transaction.ts'
import { type Json, untilMessages, untilOrder } from '#test/journeys/steps.ts'
import { admin, ask, complete, fillCart, german_address, openWorld, until } from '#test/world.ts'
import { behind_proxy, fromElsewhere } from './attacker.ts'
import { openPostOffice } from './post-office.ts'

const { office: post_office, mailer } = await openPostOffice()
const world = await openWorld({ mailer, ...behind_proxy })

// 7 × 191 is what a template would make of it.
const reckoned = '1337'
const evil = `"'><img src=x onerror=alert(1)><script>alert(2)</script>{{ 7 | times: 191 }}</style>`
const headers = '\r\nBcc: eve@example.com\r\nX-Evil: yes\r\n\r\nHello'
const done = async (answer: Promise<{ status: number; body: Json }>): Promise<Json> => {
  const { status, body } = await answer
  assert(status < 300, JSON.stringify(body))
  return body
}

// Staff write it as well: names of the shop, of the seller, of goods, of the way to send them.
await done(
  admin(world, 'PATCH', `/admin/channels/${world.frame.web}`, {
    name: `${evil.slice(0, 60)}${headers}`.slice(0, 100),
    storefront_url: `https://shop.example/"onclick="alert(1)`,
  }),
)
await done(
  admin(world, 'PATCH', `/admin/legal-entities/${world.frame.germany}`, {
    name: `${evil}${headers}`.slice(0, 200),
  }),
)
const { items: products } = await done(admin(world, 'GET', '/admin/products?q=mug'))
await done(
  admin(world, 'PATCH', `/admin/products/${products[0].id}`, {
    title: `${evil}${headers}`,
    vendor: evil,
    description: `${evil}<a href="javascript:alert(1)">a</a><p onclick="alert(1)">b</p>`,
  }),
)

const cart = await fillCart(world)
const hostile_address = {
  ...german_address,
  name: evil,
  company: evil,
  line1: evil,
  line2: evil,
  city: `${evil}`.slice(0, 120),
}
const changed = await done(
  ask(world, 'PATCH', `/store/carts/${cart.id}`, {
    token: cart.token,
    body: { shipping_address: hostile_address, billing_address: hostile_address },
  }),
)
const paid = await ask(world, 'POST', `/store/carts/${cart.id}/complete`, {
  token: cart.token,
  body: { expected_total: changed.total, payment: { provider: 'stripe', token: 'pm_card_visa' } },
})
assert.equal(paid.status, 201, JSON.stringify(paid.body))
const order_id: string = paid.body.order.id
const page_url: string = paid.body.page_url
const messages: Json[] = await untilMessages(world, order_id, ['confirmation', 'receipt'])
const order = await untilOrder(world, order_id, 'an invoice', (one) => one.invoices.length > 0)

/** Tags and attributes that come from nobody but us. */
function assertNoMarkup(html: string, what: string): void {
  assert.doesNotMatch(html, /<img src=x/i, what)
  assert.doesNotMatch(html, /<script>alert/i, what)
  assert.doesNotMatch(html, /<[a-z][^>]*\son\w+\s*=/i, what)
  assert.doesNotMatch(
    html,
    /(?:href|src|action)\s*=\s*["']?\s*(?:javascript|data|vbscript):/i,
    what,
  )
  assert(!html.includes(reckoned), `${what}: a template of a shopper was run`)
  assert(html.includes('&lt;script&gt;'), `${what}: it is not there at all`)
}

test('the order page shows what was written as text, and runs nothing else', async () => {
  const answer = await fetch(page_url)
  const html = await answer.text()
  assertNoMarkup(html, 'the order page')
  assert.equal(html.match(/<script/gi)?.length, 1, 'one script: its own')
  const policy = answer.headers.get('content-security-policy')!
  assert.match(policy, /default-src 'none'/)
  assert.match(policy, /script-src 'sha256-[\w+/=]+'(;|$)/)
  assert.doesNotMatch(policy, /unsafe|\*|data:/)
  assert.equal(answer.headers.get('x-frame-options'), 'DENY')
  assert.equal(answer.headers.get('referrer-policy'), 'no-referrer')
})

test('mails show it as text, also where staff look at them', async () => {
  for (const { id, kind } of messages) {
    const { html, text, subject } = await done(admin(world, 'GET', `/admin/messages/${id}`))
    assertNoMarkup(html, kind)
    assert(!text.includes(reckoned) && !subject.includes(reckoned), kind)
    assert.doesNotMatch(subject, /[\r\n]/, kind)
    const shown = await fetch(`${world.url}/admin/messages/${id}/html`, {
      headers: { authorization: `Bearer ${world.keys.secret_key}` },
    })
    assertNoMarkup(await shown.text(), kind)
    assert.match(shown.headers.get('content-security-policy')!, /^sandbox; default-src 'none'/)
  }
})

test('documents hold no script and no link, and their name is a plain one', async () => {
  const [invoice] = order.invoices
  const path = `/store/orders/${order_id}/invoices/${invoice.id}/pdf`
  const answer = await fetch(`${world.url}${path}`, {
    headers: { 'x-order-token': paid.body.token },
  })
  const pdf = Buffer.from(await answer.arrayBuffer()).toString('latin1')
  assert.match(pdf, /^%PDF/)
  assert.doesNotMatch(pdf, /\/(JavaScript|JS|Launch|URI|EmbeddedFile|OpenAction|SubmitForm)\b/)
  const name = answer.headers.get('content-disposition')
  assert.match(name!, /^inline; filename="[\w-]+\.pdf"$/)
})

test('product pages: the description keeps harmless tags only, all else is plain JSON', async () => {
  const answer = await fetch(`${world.url}/store/products/mug-blue`, {
    headers: { authorization: `Bearer ${world.keys.keys.web}` },
  })
  assert.match(answer.headers.get('content-type')!, /^application\/json/)
  assert.equal(answer.headers.get('x-content-type-options'), 'nosniff')
  const { description } = (await answer.json()) as { description: string }
  assert.doesNotMatch(description, /<script|<img|onclick|javascript:/i)
  assert.match(description, /<p>b<\/p>/)
})

/** The headers of a mail with their folded lines, by name. */
function headersOf(raw: string): [string, string][] {
  const [head] = raw.split('\r\n\r\n')
  return head!
    .replaceAll(/\r\n[ \t]+/g, ' ')
    .split('\r\n')
    .map((row) => [row.split(':')[0]!.toLowerCase(), row.slice(row.indexOf(':') + 1).trim()])
}
const usual_headers = new Set([
  ...['message-id', 'from', 'reply-to', 'to', 'subject', 'date'],
  ...['mime-version', 'content-type', 'content-transfer-encoding'],
])

test('line ends in names, titles and subjects make no header and no further recipient', async () => {
  const { version, ...template } = await done(
    admin(world, 'GET', '/admin/message-templates/canceled/en'),
  )
  await done(
    admin(world, 'PUT', '/admin/message-templates/canceled/en', {
      subject: `{{ order.lines[0].title }} {{ shop.name }}${headers}`,
      mjml: template.mjml,
      text: template.text,
      enabled: true,
      version,
    }),
  )
  await done(admin(world, 'POST', `/admin/orders/${order_id}/cancel`, {}))
  const mails = await until('mails', async () => {
    const all = post_office.mails
    return all.length >= 4 && all
  })
  for (const { recipients, raw } of mails) {
    assert.deepEqual(recipients, ['ada@example.com'])
    const all = headersOf(raw)
    for (const [name] of all) assert(usual_headers.has(name), `a header ${name}`)
    assert.equal(new Set(all.map(([name]) => name)).size, all.length, 'a header twice')
    const from = all.find(([name]) => name === 'from')![1]
    assert.match(from, /^(?:"[^"\\]*"|[^"\\<>]*|=\?utf-8\?[^ ]*) <orders@shop\.example>$/i)
    const answers_to = all.find(([name]) => name === 'reply-to')![1]
    assert.equal(answers_to, 'shop@example.com')
  }
})

test('a subject is one line also before a mail server sees it', async () => {
  const all = await untilMessages(world, order_id, [
    'confirmation',
    'receipt',
    'canceled',
    'refunded',
  ])
  const { subject } = all.find(({ kind }: Json) => kind === 'canceled')
  assert(subject.includes('Bcc: eve@example.com'), subject)
  for (const message of all) assert.doesNotMatch(message.subject, /[\p{Cc}\u2028\u2029]/u)
})

test('whoever is more than one address, or none, gets no mail', async () => {
  const emails = [
    'ada@example.com\r\nBcc: eve@example.com',
    'ada@example.com\nCc: eve@example.com',
    'ada@example.com, eve@example.com',
    'ada@example.com;eve@example.com',
    'ada@example.com eve@example.com',
    '<ada@example.com>',
    'Ada <ada@example.com>',
    '"ada\\" <eve@example.com>"@example.com',
    'ada@example.com\0',
    'ada@[127.0.0.1]',
    'ada@localhost',
    'ada@example.com\u2028Bcc: eve@example.com',
    'ada@@example.com',
    'group:ada@example.com;',
    "ada'--@example",
  ]
  for (const email of emails) {
    const { status, body } = await ask(world, 'PATCH', `/store/carts/${cart.id}`, {
      token: cart.token,
      body: { email },
    })
    assert.match(`${status} ${body.code}`, /^(422 contact_invalid|400 invalid_input)$/, email)
    const staff = await admin(world, 'PATCH', `/admin/channels/${world.frame.web}`, {
      reply_to: email,
    })
    assert.match(`${staff.status} ${staff.body.code}`, /^400 invalid_input$/, email)
  }
})

const { mjml: usual_mjml } = await done(admin(world, 'GET', '/admin/message-templates/receipt/en'))
type Words = { readonly subject?: string; readonly mjml?: string; readonly text?: string }
async function preview(words: Words): Promise<{ status: number; text: string; ms: number }> {
  const template = { subject: 'a', mjml: usual_mjml, text: 'a', ...words }
  const started = performance.now()
  const answer = await fetch(`${world.url}/admin/message-templates/receipt/en/preview`, {
    method: 'POST',
    headers: {
      ...fromElsewhere(),
      authorization: `Bearer ${world.keys.secret_key}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ template }),
  })
  return { status: answer.status, text: await answer.text(), ms: performance.now() - started }
}

test('a template reads no file and sees nothing but the facts of its message', async () => {
  const secrets =
    /root:|native code|\[Function|function \w*\(|at file:|node_modules|process\.|secret/
  const words = [
    "{% include '/etc/passwd' %}",
    "{% render '/etc/passwd' %}",
    "{% layout '/etc/passwd' %}",
    "{% liquid include '/etc/passwd' %}",
    "{% include '../../../../etc/passwd' %}",
    "{{ 'a'.constructor }}",
    "{{ '<b>' | raw }}",
    "{% raw %}{{ '<script>' }}{% endraw %}{{ process.env.HOME }}",
    '{{ secret_key }}{{ app.secret_key }}{{ this }}{{ self }}{{ global }}',
    '{{ order | json }}{{ shop | inspect }}',
    "{{ order | map: 'constructor' }}",
    "{{ order.lines | where_exp: 'x', 'x.constructor' | json }}",
    "{{ order.lines | group_by: '__proto__' | json }}",
    "{{ order.lines | sort: 'constructor' | json }}",
  ]
  for (const text of words) {
    for (const field of ['text', 'subject'] as const) {
      const { status, text: said } = await preview({ [field]: text })
      assert(status === 200 || status === 422, `${text} ${status} ${said}`)
      const { errors: _, ...shown } = JSON.parse(said) as Record<string, unknown>
      assert.doesNotMatch(JSON.stringify(shown), secrets, text)
      assert.doesNotMatch(said, /root:x/, text)
    }
  }
  // What an object inherits is no name that a message has.
  for (const name of ['constructor', '__proto__', 'toString', 'lines.map', 'lines.constructor']) {
    const { status, text: said } = await preview({ text: `{{ order.${name} }}` })
    assert.equal(status, 422, `${name} ${said}`)
  }
  const mail = (inside: string): string =>
    `<mjml><mj-head></mj-head><mj-body><mj-section><mj-column><mj-text>Hello</mj-text>${inside}
    </mj-column></mj-section></mj-body></mjml>`
  for (const inside of [
    '<mj-include path="/etc/passwd" />',
    '<mj-include path="/etc/passwd" type="html" />',
    '<mj-include path="../../../../../../etc/passwd" type="css" />',
    '<mj-raw><mj-include path="/etc/passwd" /></mj-raw>',
  ]) {
    const { text: said } = await preview({ mjml: mail(inside) })
    assert.doesNotMatch(said, /root:x/, inside)
  }
})

const repeat = (text: string, times: number): string => text.repeat(times)
const long = 90_000
const doubled = '{% capture a %}{{ a }}{{ a }}{% endcapture %}'
const resorted = "{% assign b = a | sort | reverse | join: ',' | split: ',' %}"
const filtered = "where_exp: 'x', 'x > 1' | group_by_exp: 'x', 'x' | json"
// An empty loop would be skipped.
const turn = '{% if i %}{% endif %}'
const bombs: readonly string[] = [
  '{% for i in (1..100000000) %}x{% endfor %}',
  `{% assign a = 'xxxxxxxxxx' %}${repeat('{% assign a = a | append: a %}', 40)}{{ a }}`,
  `{% assign a = 'xxxxxxxxxx' %}${repeat("{% assign a = a | replace: 'x', 'xxxxxxxxxx' %}", 20)}`,
  `{% capture a %}xxxxxxxxxx{% endcapture %}${repeat(doubled, 40)}`,
  "{{ 'now' | date: '%999999999Y' }}",
  `{{ 'now' | date: '${repeat('%c', 40_000)}' }}`,
  `{% assign a = (1..4000) %}{% for i in a %}${resorted}{% endfor %}`,
  `{% assign a = (1..2000) %}{{ a | ${filtered} }}`,
  `{{ '${repeat('<', long)}' | strip_html }}`,
  `{{ '${repeat('<script', long / 7)}' | strip_html }}`,
  `{{ '${repeat('<!--', long / 4)}' | strip_html }}`,
  `{{ '${repeat(' ', long)}x' | strip | squish | rstrip | normalize_whitespace }}`,
  `{{ '${repeat('a ', long / 2)}' | truncatewords: 40000 | number_of_words }}`,
  `{{ '${repeat('- ', long / 2)}' | slugify }}`,
  `{{ '${repeat('%41', long / 3)}' | url_decode }}`,
  `{{ '${repeat('&amp;', long / 5)}' | escape_once }}`,
  '{{ 9999999999999999999 | times: 9999999999999999999 | divided_by: 0.0000000001 }}',
  repeat('{% if a %}', 4_000) + repeat('{% endif %}', 4_000),
  `{{ ${repeat('(', 5_000)} }}`,
  `{{ a${repeat('[a', 5_000)}${repeat(']', 5_000)} }}`,
  repeat('{{', 40_000),
  repeat('{%', 40_000),
  `{{ '${repeat("a' | append: '", 3_000)}' }}`,
  `{% assign a = (1..36) %}${repeat('{% for i in a %}', 4)}${turn}${repeat('{% endfor %}', 4)}`,
  '{% tablerow i in (1..1000000) cols:1 %}x{% endtablerow %}',
  '{% for i in (1..2000) %}{% cycle "a", "b" %}{% increment x %}{{ order | json }}{% endfor %}',
]

test('a template costs a bounded time and makes a bounded text, and others are served', async () => {
  for (const bomb of bombs) {
    const begun = preview({ text: bomb })
    const other = await fetch(`${world.url}/healthz`)
    assert.equal(other.status, 200)
    const { status, text, ms } = await begun
    const what = bomb.slice(0, 80)
    assert(status === 200 || status === 422, `${what} ${status} ${text.slice(0, 300)}`)
    assert(ms < 3_000, `${ms.toFixed()} ms for ${what}`)
    assert(text.length < 2_500_000, `${text.length} letters of ${what}`)
  }
})

test('a link of the carrier that is a script is shown as no link', async () => {
  const bought = await complete(world, await fillCart(world))
  const { order: mine, token, page_url: address } = bought.body
  const labeled = await untilOrder(world, mine.id, 'a label', (o) => o.shipments[0]?.tracking_code)
  const { id } = labeled.shipments[0]
  for (const link of [
    'javascript:alert(1)',
    'data:text/html,<script>alert(1)</script>',
    ' JaVa\nscript:x',
  ]) {
    await transaction(
      world.db,
      (tx) =>
        tx.run`update shipment set tracking_url = ${link}, carrier = ${evil} where id = ${id}`,
    )
    const html = await (await fetch(address)).text()
    assertNoMarkup(html, link)
    for (const parcels of [
      (await ask(world, 'GET', `/store/orders/${mine.id}`, { order_token: token })).body.parcels,
      (await admin(world, 'GET', `/admin/orders/${mine.id}`)).body.shipments,
    ])
      assert.equal(parcels[0].tracking_url, null, link)
  }
})
