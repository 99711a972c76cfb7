import assert from 'node:assert/strict'
import { test } from 'node:test'
import { html } from './html.ts'

test('values are text, templates are HTML, nothing is nothing', () => {
  const name = '<script>"\'&'
  const inner = [html`<b>${name}</b>`, null, false, ['x', 5]] as const
  const page = html`<p title="${name}">${inner}</p>`
  assert.equal(
    page.text,
    '<p title="&lt;script&gt;&quot;&#39;&amp;"><b>&lt;script&gt;&quot;&#39;&amp;</b>x5</p>',
  )
})

test('an object from outside cannot pass as HTML', () => {
  const forged = JSON.parse('{"text":"<script>","html":true}')
  assert.throws(() => html`${forged}`)
})
