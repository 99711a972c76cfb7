// What a plug-in must be told by whoever runs the shop, and the checks that several of them need.
import assert from 'node:assert/strict'

/** One environment variable: what it is for, and why a value of it is refused at start. */
export type Setting = {
  readonly name: string
  readonly describe: string
  readonly secret: boolean
  readonly fallback: string | null
  /** The reason why a value is bad, or null. */
  readonly check: (text: string) => string | null
}
export type SettingProblem = { readonly name: string; readonly reason: string }
type Check = Setting['check']

export const openSetting = (
  name: string,
  fallback: string | null,
  describe: string,
  check: Check,
): Setting => ({ name, describe, secret: false, fallback, check })
export const secretSetting = (name: string, describe: string, check: Check): Setting => ({
  name,
  describe,
  secret: true,
  fallback: null,
  check,
})

export const matches =
  (pattern: RegExp, complaint: string): Check =>
  (text) =>
    pattern.test(text) ? null : complaint

/** A key whose prefix says what it is; `names` are the prefixes in words. */
export const prefixed =
  (prefix: RegExp, names: string, rest: RegExp): Check =>
  (text) => {
    const [found] = prefix.exec(text) ?? []
    if (found === undefined) return `must begin with ${names}`
    return rest.test(text.slice(found.length))
      ? null
      : 'is cut or has a sign too many: behind its prefix it has 8 letters and digits or more'
  }

/** Values with commas between them: the secrets of a webhook, while one is changed. */
export const readListed = (text: string): string[] => text.split(',').map((part) => part.trim())
const listed_max = 4
export const eachOf =
  (check: Check): Check =>
  (text) => {
    const all = readListed(text)
    if (all.length > listed_max) return 'must be one to four secrets, with commas between them'
    return all.map(check).find((reason) => reason !== null) ?? null
  }
export const eachMatches = (pattern: RegExp, complaint: string): Check =>
  eachOf(matches(pattern, complaint))

/** Where the API of a provider is: without a path, and http only on this machine. */
export const checkApiBase: Check = (text) => {
  const url = URL.parse(text)
  if (!url) return 'is not an address'
  if (url.username || url.password || url.search || url.hash || url.pathname !== '/') {
    return 'must have the form https://host'
  }
  const loopback = ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname)
  if (url.protocol === 'https:' || (url.protocol === 'http:' && loopback)) return null
  return 'must begin with https://'
}

/** The text of one setting; all have passed their checks before anything is opened. */
export function settingIn(texts: Readonly<Record<string, string>>, name: string): string {
  const text = texts[name]
  assert(text !== undefined, `${name} is not set`)
  return text
}
