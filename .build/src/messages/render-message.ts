// Liquid. A template sees `MessageFacts` and nothing else: no files, no other templates, no
// prototypes; it is cut short when it takes too long or makes too much.
import { AssertionError, Liquid, LiquidError, type Template } from 'liquidjs'
import type { MessageFacts } from './messages.ts'

const limits = {
  /** Characters of a template. */
  parseLimit: 500_000,
  /** Milliseconds. */
  renderLimit: 500,
  /** Characters and items made while rendering. */
  memoryLimit: 5_000_000,
}
const output_max = 2_000_000
const subject_max = 250

type Mode = { readonly html: boolean; readonly strict: boolean }

function engineFor({ html, strict }: Mode): Liquid {
  const engine = new Liquid({
    ...limits,
    templates: {},
    ownPropertyOnly: true,
    strictFilters: true,
    strictVariables: strict,
    lenientIf: true,
    timezoneOffset: 0,
    ...(html ? { outputEscape: 'escape' as const } : {}),
  })
  for (const tag of ['include', 'render', 'layout', 'block']) delete engine.tags[tag]
  // Names and addresses come from shoppers: there is no way around the escaping.
  delete engine.filters['raw']
  return engine
}
const send_html = engineFor({ html: true, strict: false })
const send_text = engineFor({ html: false, strict: false })
const check_html = engineFor({ html: true, strict: true })
const check_text = engineFor({ html: false, strict: true })
const engines = [send_html, send_text, check_html, check_text]

const parsed_max = 100
const parsed = new Map<string, Template[]>()

/** The same few templates are sent again and again: each is parsed once. */
function parseOnce(engine: Liquid, text: string): Template[] {
  const key = `${engines.indexOf(engine)} ${text}`
  const known = parsed.get(key) ?? engine.parse(text)
  // The one that was used last is dropped last.
  parsed.delete(key)
  parsed.set(key, known)
  for (const oldest of parsed.keys()) {
    if (parsed.size <= parsed_max) break
    parsed.delete(oldest)
  }
  return known
}

export type TemplateProblem = {
  readonly field: 'subject' | 'mjml' | 'text'
  readonly line: number
  readonly message: string
}
export type TemplateParts = {
  readonly subject: string
  readonly html: string
  readonly text: string
}
export type Rendered =
  | { readonly kind: 'rendered'; readonly parts: TemplateParts }
  | { readonly kind: 'failed'; readonly problem: TemplateProblem }

const one_line = (text: string): string =>
  text
    .replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim()
    .slice(0, subject_max)
const tidy = (text: string): string =>
  `${text
    .replaceAll(/[ \t]+$/gm, '')
    .replaceAll(/\n{3,}/g, '\n\n')
    .trim()}\n`

type Field = TemplateProblem['field']
type Piece = { readonly problem: TemplateProblem } | { readonly text: string }

function renderPiece(engine: Liquid, field: Field, template: string, facts: object): Piece {
  try {
    const text = String(engine.renderSync(parseOnce(engine, template), facts))
    if (text.length <= output_max) return { text }
    return { problem: { field, line: 1, message: `makes more than ${output_max} characters` } }
  } catch (error) {
    // Anything else is a bug of ours or of the engine.
    if (!(error instanceof AssertionError) && !LiquidError.is(error)) throw error
    const at = /, line:(\d+)(?:, col:\d+)?/
    const line = Number(at.exec(error.message)?.[1] ?? 1)
    return { problem: { field, line, message: error.message.replace(at, '').slice(0, 500) } }
  }
}

/** The message as it is sent. Only the HTML is escaped: the other two are not HTML. */
export function renderMessage(parts: TemplateParts, facts: MessageFacts): Rendered {
  const subject = renderPiece(send_text, 'subject', parts.subject, facts)
  if ('problem' in subject) return { kind: 'failed', problem: subject.problem }
  const words = { ...facts, message: { ...facts.message, subject: one_line(subject.text) } }
  const html = renderPiece(send_html, 'mjml', parts.html, words)
  if ('problem' in html) return { kind: 'failed', problem: html.problem }
  const text = renderPiece(send_text, 'text', parts.text, words)
  if ('problem' in text) return { kind: 'failed', problem: text.problem }
  return {
    kind: 'rendered',
    parts: { subject: words.message.subject, html: html.text, text: tidy(text.text) },
  }
}

/**
 * What is wrong with a template, by line of what was written. MJML is tried as it stands,
 * before it is compiled, because the lines of the compiled HTML tell nobody anything. A name
 * that no message has is an error here, and empty when sent.
 */
export function checkTemplate(
  template: { readonly subject: string; readonly mjml: string; readonly text: string },
  facts: MessageFacts,
): TemplateProblem[] {
  const words = { ...facts, message: { ...facts.message, subject: 'Subject' } }
  const pieces = [
    renderPiece(check_text, 'subject', template.subject, words),
    renderPiece(check_html, 'mjml', template.mjml, words),
    renderPiece(check_text, 'text', template.text, words),
  ]
  return pieces.flatMap((piece) => ('problem' in piece ? [piece.problem] : []))
}
