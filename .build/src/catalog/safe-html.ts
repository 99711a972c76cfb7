// Descriptions come from files and forms and are shown in the merchant's shop: only what is on
// the list below stays. Written as one pass over the text, so that its cost is linear.

const kept_tags = new Set(
  (
    'p br hr b strong i em u s small sub sup ul ol li dl dt dd h2 h3 h4 h5 h6 blockquote ' +
    'table thead tbody tr th td a'
  ).split(' '),
)
const void_tags = new Set(['br', 'hr'])
/** What stands between these is no text for readers. */
const swallowed_tags = new Set(
  'script style iframe object embed svg math template noscript textarea title head'.split(' '),
)
const depth_max = 50

const escapes: Readonly<Record<string, string>> = {
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
}
const entity = /&(?!(?:[a-z][a-z0-9]{1,30}|#\d{1,7}|#x[0-9a-f]{1,6});)/gi

const escapeText = (text: string): string =>
  text.replaceAll(entity, '&amp;').replaceAll(/[<>"]/g, (sign) => escapes[sign]!)

type Tag = {
  readonly name: string
  readonly closing: boolean
  readonly attributes: string
  /** Where the text goes on. */
  readonly end: number
}

const letter = /[a-z]/i

/** The tag at `start`, where a `<` stands; null when it is only a sign. */
function readTag(html: string, start: number): Tag | null {
  const closing = html[start + 1] === '/'
  const name_start = start + (closing ? 2 : 1)
  if (!letter.test(html[name_start] ?? '')) return null
  let at = name_start
  while (at < html.length && !/[\s/>]/.test(html[at]!)) at++
  const name = html.slice(name_start, at).toLowerCase()
  const attributes_start = at
  let quote = ''
  while (at < html.length) {
    const sign = html[at]!
    if (quote !== '') {
      if (sign === quote) quote = ''
    } else if (sign === '"' || sign === "'") quote = sign
    else if (sign === '>') break
    at++
  }
  return { name, closing, attributes: html.slice(attributes_start, at), end: at + 1 }
}

const href = /\shref\s*=\s*(?:"([^"]{0,2000})"|'([^']{0,2000})'|([^\s"'>]{1,2000}))/i
const named_entities: Readonly<Record<string, string>> = { amp: '&', quot: '"', lt: '<', gt: '>' }

/** A link may lead to a web page, a mail address or a place in the shop. */
function readLink(attributes: string): string | null {
  const match = href.exec(attributes)
  if (!match) return null
  const link = (match[1] ?? match[2] ?? match[3] ?? '')
    .replaceAll(/&(amp|quot|lt|gt);/g, (_, name: string) => named_entities[name]!)
    .trim()
  if (/^(https?:\/\/|mailto:)[^\s<>]+$/i.test(link) || /^\/(?!\/)[^\s<>\\]*$/.test(link)) {
    return link.replaceAll('&', '&amp;').replaceAll('"', '&quot;')
  }
  return null
}

function openingTag({ name, attributes }: Tag): string {
  const link = name === 'a' ? readLink(attributes) : null
  return link === null ? `<${name}>` : `<${name} href="${link}" rel="nofollow noopener">`
}

/** Where the text goes on after a swallowed element; at the end when it is never closed. */
function endOfSwallowed(html: string, name: string, start: number): number {
  const closing = new RegExp(`</${name}`, 'gi')
  closing.lastIndex = start
  const found = closing.exec(html)
  const end = found ? html.indexOf('>', found.index) : -1
  return end === -1 ? html.length : end + 1
}

/** Comments, doctypes and lone signs. Gives where the text goes on and what is shown. */
function readNoTag(html: string, start: number): { readonly shown: string; readonly end: number } {
  const comment = html.startsWith('<!--', start)
  if (!comment && !/[!?]/.test(html[start + 1] ?? '')) return { shown: '&lt;', end: start + 1 }
  const end = html.indexOf(comment ? '-->' : '>', start)
  return { shown: '', end: end === -1 ? html.length : end + (comment ? 3 : 1) }
}

/** What is shown for a kept tag; `open` holds the names that wait for their end. */
function showTag(tag: Tag, open: string[]): string {
  const name = tag.name === 'h1' ? 'h2' : tag.name
  if (!kept_tags.has(name)) return ''
  if (void_tags.has(name)) return tag.closing ? '' : `<${name}>`
  if (!tag.closing) {
    if (open.length >= depth_max) return ''
    open.push(name)
    return openingTag({ ...tag, name })
  }
  const at = open.lastIndexOf(name)
  return at === -1 ? '' : closeAll(open.splice(at))
}

const closeAll = (open: readonly string[]): string =>
  [...open]
    .reverse()
    .map((name) => `</${name}>`)
    .join('')

/** Safe to put into a page: known tags without attributes (but links), all of them closed. */
export function toSafeHtml(html: string): string {
  const open: string[] = []
  let safe = ''
  let at = 0
  while (at < html.length) {
    const next = html.indexOf('<', at)
    if (next === -1) break
    safe += escapeText(html.slice(at, next))
    const tag = readTag(html, next)
    if (tag === null) {
      const { shown, end } = readNoTag(html, next)
      safe += shown
      at = end
    } else if (swallowed_tags.has(tag.name) && !tag.closing) {
      at = endOfSwallowed(html, tag.name, tag.end)
    } else {
      safe += showTag(tag, open)
      at = tag.end
    }
  }
  return safe + escapeText(html.slice(at)) + closeAll(open)
}
