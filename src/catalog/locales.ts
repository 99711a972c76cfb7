// In which language a shopper sees the goods. Pure.

/** `de` of `de-AT`. */
export const languageOf = (locale: string): string => locale.split('-')[0]!

export const locale_form = /^[a-z]{2,3}(-[A-Z]{2})?$/

/** `DE_at` → `de-AT`; null when it is no language tag that is told apart here. */
export function readLocaleTag(text: string): string | null {
  const [language = '', ...rest] = text.trim().split(/[-_]/)
  const region = rest.find((part) => /^[a-z]{2}$/i.test(part))
  const tag = language.toLowerCase() + (region === undefined ? '' : `-${region.toUpperCase()}`)
  return locale_form.test(tag) ? tag : null
}

const asked_max = 4

/** The languages of an Accept-Language header, the most wanted first. */
export function readAcceptLanguage(header: string | undefined): string[] {
  if (header === undefined) return []
  const wanted = header
    .slice(0, 500)
    .split(',')
    .map((part, i) => {
      const [tag = '', ...parameters] = part.split(';')
      const q = parameters.map((one) => /^\s*q=([\d.]+)\s*$/.exec(one)?.[1]).find(Boolean)
      return { tag: readLocaleTag(tag), q: q === undefined ? 1 : Number(q), i }
    })
    .filter(({ tag, q }) => tag !== null && q > 0)
    .sort((a, b) => b.q - a.q || a.i - b.i)
  return [...new Set(wanted.map(({ tag }) => tag!))].slice(0, asked_max)
}

export type ShopLocales = {
  /** In which the shop itself is written. */
  readonly base: string
  readonly channel: string
  /** Of which there are translations. */
  readonly translated: ReadonlySet<string>
}
export type LocaleChain = {
  /** What the shopper is told that was used. */
  readonly used: string
  /** Translations to look into, in this order, before the texts of the shop itself. */
  readonly chain: readonly string[]
}

/**
 * The first language asked for that the shop has, then its language without the region, then the
 * channel's, then the one the shop is written in. Nothing follows the last: it has every text.
 */
export function chainOf(
  asked: readonly string[],
  { base, channel, translated }: ShopLocales,
): LocaleChain {
  const isBase = (locale: string): boolean => languageOf(locale) === languageOf(base)
  const has = (locale: string): boolean => translated.has(locale) || isBase(locale)
  const wanted = asked.find((locale) => has(locale) || has(languageOf(locale)))
  const candidates = [wanted, channel].flatMap((one) =>
    one === undefined ? [] : [one, languageOf(one)],
  )
  const chain: string[] = []
  for (const candidate of candidates) {
    if (translated.has(candidate)) {
      if (!chain.includes(candidate)) chain.push(candidate)
    } else if (isBase(candidate)) break
  }
  return { used: chain[0] ?? base, chain }
}
