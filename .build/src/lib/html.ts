// HTML as tagged templates: what stands in the source is HTML, every ${value} is text.
const is_html = Symbol('html')

export type Html = { readonly [is_html]: true; readonly text: string }
export type HtmlPart = Html | string | number | bigint | null | false | readonly HtmlPart[]

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}
export const escapeHtml = (text: string): string =>
  text.replaceAll(/[&<>"']/g, (letter) => entities[letter]!)

function write(part: HtmlPart): string {
  if (part === null || part === false) return ''
  if (typeof part !== 'object') return escapeHtml(String(part))
  return is_html in part ? part.text : part.map(write).join('')
}

/**
 * Values belong into text and into quoted attributes; a link from outside must be checked with
 * `webAddress` first.
 */
export function html(strings: TemplateStringsArray, ...parts: readonly HtmlPart[]): Html {
  let text = strings[0]!
  parts.forEach((part, i) => {
    text += write(part) + strings[i + 1]!
  })
  return { [is_html]: true, text }
}

/** For constants of the source only: a script or a style sheet. */
export const trustedHtml = (text: string): Html => ({ [is_html]: true, text })
