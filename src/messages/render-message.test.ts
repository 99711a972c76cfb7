import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { formatCountry, formatMoney, localeChain, readLocale, webAddress } from '#src/lib/format.ts'
import type { Currency } from '#src/lib/money.ts'
import { compileMjml } from './compile-mjml.ts'
import { type AccountFacts, isPayLink, message_kinds } from './messages.ts'
import { checkTemplate, renderMessage } from './render-message.ts'
import { sampleFacts } from './sample-facts.ts'
import { defaultHtml, defaultTemplate } from './templates.ts'

const facts = sampleFacts('confirmation', 'en')
const render = (html: string, text = 'x', subject = 'x') =>
  renderMessage({ subject, html, text }, facts)
const htmlOf = (html: string): string => {
  const rendered = render(html)
  assert(rendered.kind === 'rendered', JSON.stringify(rendered))
  return rendered.parts.html
}
const problemOf = (html: string): string => {
  const rendered = render(html)
  assert(rendered.kind === 'failed', 'it was rendered')
  return `${rendered.problem.line}: ${rendered.problem.message}`
}

describe('money and words', () => {
  const money = (amount: bigint, currency: string, locale: string) =>
    formatMoney(amount, currency as Currency, locale).replaceAll(/\s/g, ' ')
  test('are written as the locale does, exactly', () => {
    assert.equal(money(123_456n, 'EUR', 'de'), '1.234,56 €')
    assert.equal(money(12_345_678n, 'INR', 'en-IN'), '₹1,23,456.78')
    assert.equal(money(500n, 'JPY', 'ja'), '￥500')
    assert.equal(money(1_234n, 'KWD', 'en'), 'KWD 1.234')
    assert.equal(money(-5n, 'USD', 'en'), '-$0.05')
    // A double would end in …992.
    assert.equal(money(900_719_925_474_099_1n, 'USD', 'en'), '$90,071,992,547,409.91')
  })
  test('countries go by their names, and what is none stays', () => {
    assert.equal(formatCountry('DE', 'en'), 'Germany')
    assert.equal(formatCountry('DE', 'de-AT'), 'Deutschland')
    assert.equal(formatCountry('', 'en'), '')
  })
  test('unknown locales are English', () => {
    assert.equal(readLocale('not a locale'), 'en')
    assert.deepEqual(localeChain('de-AT'), ['de-AT', 'de', 'en'])
  })
  test('links that are no web addresses do not pass', () => {
    assert.equal(webAddress('javascript:alert(1)'), null)
    assert.equal(webAddress('https://post.example/1'), 'https://post.example/1')
    assert.equal(webAddress('nonsense'), null)
  })
})

describe('Liquid', () => {
  test('escapes what shoppers wrote in HTML, and not in text', () => {
    assert.match(htmlOf('{{ order.lines[0].title }}'), /blue &lt;2nd edition&gt;/)
    assert.match(problemOf('{{ order.lines[0].title | raw }}'), /undefined filter: raw/)
    const rendered = render('x', '{{ order.lines[0].title }}', 'a\n{{ order.number }}\r\nBcc: b')
    assert(rendered.kind === 'rendered')
    assert.equal(rendered.parts.text, 'Mug, blue <2nd edition>\n')
    assert.equal(rendered.parts.subject, 'a 10042 Bcc: b')
  })
  test('reads no files and no prototypes', () => {
    for (const tag of ['include', 'render', 'layout']) {
      assert.match(
        problemOf(`\n{% ${tag} "../../../package.json" %}`),
        new RegExp(`^2: tag "${tag}"`),
      )
    }
    assert.equal(htmlOf('[{{ order.constructor.name }}{{ order.__proto__ }}]'), '[]')
    assert.equal(htmlOf('[{{ order.lines.constructor }}]'), '[]')
  })
  test('ends templates that take too much', () => {
    assert.match(problemOf('{% for i in (1..100000000) %}{% endfor %}'), /memory/)
    const loops = '{% for i in (1..9999) %}{% for j in (1..9999) %}x{% endfor %}{% endfor %}'
    const started = performance.now()
    assert.match(problemOf(loops), /limit exceeded/)
    assert(performance.now() - started < 10_000)
    assert.match(problemOf('x'.repeat(500_001)), /parse length/)
  })
  test('tells the line of each mistake when a template is saved', () => {
    const template = {
      subject: '{{ ordr.number }}',
      mjml: '<mjml>\n\n{% if %}',
      text: 'ok\n{{ x | y }}',
    }
    assert.deepEqual(
      checkTemplate(template, facts).map(({ field, line }) => [field, line]),
      [
        ['subject', 1],
        ['mjml', 3],
        ['text', 2],
      ],
    )
  })
})

/** A cart and an offer have no number. */
const unnumbered: ReadonlyMap<string, RegExp> = new Map([
  ['cart_abandoned', /cart/],
  ['offer', /offer/],
])

/** Where the button of an account's mail leads. */
const linkOf = ({ link, shop }: AccountFacts, kind: string): string =>
  kind === 'verify_email' || kind.endsWith('reset_password') ? link!.url : shop.url

test('the templates that come with Onhand compile and show what they must', async () => {
  const compiled = await compileMjml(message_kinds.map((kind) => defaultTemplate(kind).mjml))
  message_kinds.forEach((kind, i) => {
    const sample = sampleFacts(kind, 'en')
    assert.deepEqual(checkTemplate(defaultTemplate(kind), sample), [], kind)
    assert.deepEqual(compiled[i]!.errors, [], kind)
    assert.equal(defaultHtml(kind), compiled[i]!.html, `${kind} is old: run npm run templates`)
    const { subject, text } = defaultTemplate(kind)
    const rendered = renderMessage({ subject, html: compiled[i]!.html, text }, sample)
    assert(rendered.kind === 'rendered', kind)
    const { parts } = rendered
    if (sample.order) assert.match(parts.subject, unnumbered.get(kind) ?? /10042/)
    assert.match(parts.html, /<html lang="en"/)
    for (const part of [parts.html, parts.text]) {
      const page = sample.order ? sample.order.url : linkOf(sample, kind)
      const link = sample.order && isPayLink(kind) ? sample.pay!.url : page
      assert(part.includes(link), `${kind} has no link`)
      assert(!part.includes('{{') && !part.includes('{%') && !part.includes('<!-- order'), kind)
    }
  })
})

test('the MJML compiler names the line of a mistake', async () => {
  const [good, bad, none] = await compileMjml([
    '<mjml><mj-body><mj-section></mj-section></mj-body></mjml>',
    '<mjml>\n<mj-body>\n<mj-foo></mj-foo></mj-body></mjml>',
    'hello',
  ])
  assert.deepEqual(good!.errors, [])
  assert.equal(bad!.errors[0]!.line, 3)
  assert.equal(none!.errors.length, 1)
})
