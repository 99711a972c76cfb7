// A tax engine that speaks the small protocol of this folder's README: one of your own, or a few
// lines in front of one that you rent.
import { isObject, textAt, valueAt } from '#src/lib/foreign-json.ts'
import { readJsonObject, type Send } from '#src/lib/http-client.ts'
import { toJson } from '#src/lib/json.ts'
import type { Secret } from '#src/lib/secret.ts'
import {
  checkApiBase,
  matches,
  openSetting,
  type Setting,
  secretSetting,
} from '#src/lib/settings.ts'
import type { EngineTax, TaxAnswer, TaxOutcome, TaxSource } from '#src/ports/tax-source.ts'

export const tax_http_settings: readonly Setting[] = [
  secretSetting(
    'TAX_HTTP_KEY',
    'The key that your tax engine expects',
    matches(/^[\x21-\x7e]{8,}$/, 'is shorter than 8 characters, or has spaces'),
  ),
  openSetting('TAX_HTTP_API_BASE', null, 'Address of your tax engine', checkApiBase),
]

export type TaxHttpConfig = { readonly key: Secret; readonly api_base: string }

const amountOf = (value: unknown): bigint | null =>
  typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : null

/** Null when it is no list of components. */
function readTaxes(value: unknown): EngineTax[] | null {
  if (!Array.isArray(value)) return null
  const taxes = value.map((one): EngineTax | null => {
    const component = textAt(one, 'component')
    const rate_ppm = valueAt(one, 'rate_ppm')
    const amount = amountOf(valueAt(one, 'amount'))
    if (component === null || typeof rate_ppm !== 'number' || amount === null) return null
    return { component, rate_ppm, amount }
  })
  return taxes.every((one) => one !== null) ? taxes : null
}

function readAnswer(body: unknown): TaxAnswer | null {
  const shipping = readTaxes(valueAt(body, 'shipping'))
  const listed = valueAt(body, 'lines')
  if (shipping === null || !Array.isArray(listed)) return null
  const lines = listed.flatMap((one) => {
    const [line, taxes] = [textAt(one, 'line'), readTaxes(valueAt(one, 'taxes'))]
    return isObject(one) && line !== null && taxes !== null ? [{ line, taxes }] : []
  })
  if (lines.length !== listed.length) return null
  return { kind: 'answer', reference: textAt(body, 'reference'), lines, shipping }
}

const unknown = (reason: string): TaxOutcome => ({ kind: 'unknown', reason })

export const httpTaxes = ({ key, api_base }: TaxHttpConfig, send: Send): TaxSource => ({
  name: 'http',
  capabilities: { included_prices: true },
  quote: async (question, timeout_ms) => {
    const answer = await send({
      method: 'POST',
      url: new URL('/quotes', api_base).href,
      headers: {
        authorization: `Bearer ${key.reveal()}`,
        'content-type': 'application/json',
      },
      body: toJson(question),
      timeout_ms,
    })
    if (answer.kind === 'no_answer') return unknown(answer.reason)
    const body = readJsonObject(answer.body)
    if (answer.status === 422) {
      const code = textAt(body, 'code') ?? 'refused'
      return { kind: 'refused', code, message: textAt(body, 'message') ?? 'no reason was given' }
    }
    if (answer.status !== 200) return unknown(`status ${answer.status}`)
    return readAnswer(body) ?? unknown('an answer that cannot be read')
  },
})
