// Style and script of the order page. They are constants, so the page allows them by their hash
// and nothing else can run on it.
import { sha256 } from '#src/lib/signature.ts'

export const page_style = `
:root { color-scheme: light dark; --ink: #1f2328; --muted: #57606a; --line: #d8dee4;
  --paper: #ffffff; --ground: #f3f5f7; --accent: #0b5cad; --good: #1a7f37; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --muted: #9aa5b1; --line: #3a424b;
  --paper: #161b22; --ground: #0d1117; --accent: #6cb6ff; --good: #57ab5a; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink);
  font: 1rem/1.5 -apple-system, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif;
  overflow-wrap: anywhere; }
header, main, footer { max-width: 46rem; margin: 0 auto; padding: 0 1rem; }
header p { font-weight: 700; font-size: 1.125rem; margin: 1.5rem 0 1rem; }
h1 { font-size: 1.75rem; line-height: 1.25; margin: 0; }
h2 { font-size: 1.125rem; margin: 0 0 .5rem; }
h3 { font-size: 1rem; margin: 1rem 0 .25rem; }
a { color: var(--accent); }
a:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.muted { color: var(--muted); }
.status { font-size: 1.25rem; font-weight: 600; margin: 1rem 0; }
.card { background: var(--paper); border: 1px solid var(--line); border-radius: .5rem;
  padding: 1.25rem 1rem; margin: 1rem 0; }
.card ul { margin: .25rem 0 0; padding-left: 1.25rem; }
.card p { margin: 0 0 .5rem; }
.quiet { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%);
  white-space: nowrap; }
.steps { display: grid; grid-auto-flow: column; grid-auto-columns: 1fr; gap: .5rem;
  list-style: none; margin: 1rem 0; padding: 0; }
.steps li { position: relative; border-top: .375rem solid var(--line); padding-top: .5rem;
  color: var(--muted); font-size: .9375rem; }
.steps .done { border-color: var(--good); color: var(--ink); }
.steps [aria-current] { font-weight: 700; }
.scans { list-style: none; margin: 0; padding: 0; }
.scans li { border-left: 2px solid var(--line); padding: 0 0 .5rem .75rem; }
.scans time { display: block; color: var(--muted); font-size: .875rem; }
table { width: 100%; border-collapse: collapse; position: relative; }
th, td { text-align: left; vertical-align: top; padding: .5rem 0; font-weight: inherit; }
thead th { font-weight: 700; }
tbody tr, thead tr { border-bottom: 1px solid var(--line); }
.title span { display: block; font-size: .875rem; }
.count, .amount, tfoot td { text-align: right; white-space: nowrap; padding-left: .75rem; }
tfoot th, tfoot td { padding: .125rem 0; }
tfoot tr:first-child th, tfoot tr:first-child td { padding-top: .75rem; }
.total th, .total td { font-weight: 700; font-size: 1.125rem; padding-top: .5rem; }
address { font-style: normal; }
footer { color: var(--muted); font-size: .9375rem; padding-bottom: 2rem; }
@media (max-width: 26rem) { .steps { grid-auto-flow: row; } .steps li { border-top: 0;
  border-left: .375rem solid var(--line); padding: .125rem 0 .125rem .625rem; } }
@media print { .card { border: 0; padding: 0; } body { background: none; } }
`

// The page is fetched again and its main part replaced: there is one place that draws it.
// Events come in bursts, so it waits a moment. The stream is read as text and not by EventSource,
// which hears only the event names it was told of: here any event, also a new kind, is news.
export const page_script = `
(() => {
  const url = document.body.dataset.events
  if (!url || !window.ReadableStream) return
  let timer = 0
  const draw = async () => {
    timer = 0
    const answer = await fetch(location.href, { cache: 'no-store' }).catch(() => null)
    if (!answer || !answer.ok) return
    const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html')
    const [main, here] = [fresh, document].map((one) => one.getElementById('order'))
    if (!main || main.innerHTML === here.innerHTML) return
    const focused = document.activeElement && document.activeElement.getAttribute('href')
    here.replaceChildren(...main.childNodes)
    if (focused) {
      const link = [...here.querySelectorAll('a')].find((a) => a.getAttribute('href') === focused)
      if (link) link.focus()
    }
    // The status line itself stays: screen readers read out what changes in it.
    const [words, status] = [fresh, document].map((one) => one.getElementById('status'))
    if (status.textContent !== words.textContent) status.textContent = words.textContent
  }
  const changed = () => { if (!timer) timer = setTimeout(draw, 300) }
  const gone = new AbortController()
  const listen = async () => {
    const answer = await fetch(url, { cache: 'no-store', signal: gone.signal })
    if (!answer.ok) throw new Error('no stream')
    // What happened between drawing and listening is seen now.
    changed()
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader()
    for (let line = ''; ;) {
      const { value, done } = await reader.read()
      if (done) return
      const lines = (line + value).split('\\n')
      line = lines.pop()
      if (lines.some((one) => one.startsWith('data:'))) changed()
    }
  }
  const follow = (wait) => listen().catch(() => {}).then(() => {
    if (gone.signal.aborted) return
    setTimeout(() => follow(Math.min(wait * 2, 60000)), wait)
  })
  follow(3000)
  addEventListener('pagehide', () => gone.abort())
  addEventListener('pageshow', (event) => { if (event.persisted) location.reload() })
})()
`

const hashOf = (text: string): string => `'sha256-${sha256(text).toString('base64')}'`

/** For a page that is opened by what stands in its address. */
export const headersFor = (style: string, script: string): Readonly<Record<string, string>> => ({
  'content-security-policy': [
    "default-src 'none'",
    `style-src ${hashOf(style)}`,
    `script-src ${hashOf(script)}`,
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  // The address of the page is its key: it may not travel on, be indexed, or lie in a cache.
  'referrer-policy': 'no-referrer',
  'x-robots-tag': 'noindex, nofollow',
  'cache-control': 'private, no-store',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
})

export const page_headers = headersFor(page_style, page_script)
