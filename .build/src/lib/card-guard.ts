// Finds card numbers where none may be: promise 10. One in ten random digit strings passes Luhn,
// so length and issuer prefix must fit too, and fields that hold bar codes and the like are free.
// The same walk finds text that no database column can hold.

// Which numbers each scheme gives out, as [lowest prefix, highest prefix, lengths].
const issuers: readonly (readonly [low: number, high: number, lengths: readonly number[]])[] = [
  [34, 34, [15]], // American Express
  [37, 37, [15]],
  [4, 4, [16, 19]], // Visa
  [51, 55, [16]], // Mastercard
  [2221, 2720, [16]],
  [2200, 2204, [16, 19]], // Mir
  [300, 305, [16, 19]], // Diners Club
  [3095, 3095, [16, 19]],
  [36, 36, [16, 19]],
  [38, 39, [16, 19]],
  [3528, 3589, [16, 19]], // JCB
  [5018, 5020, [15, 16, 19]], // Maestro, Dankort
  [5038, 5038, [15, 16, 19]],
  [5893, 5893, [15, 16, 19]],
  [6304, 6304, [15, 16, 19]],
  [6759, 6763, [15, 16, 19]],
  [506, 508, [16, 19]], // Verve, Elo, RuPay
  [60, 60, [16, 19]], // Discover, RuPay, Hipercard
  [62, 62, [16, 19]], // UnionPay
  [636, 639, [16, 19]], // Elo, InstaPayment
  [644, 659, [16, 19]], // Discover, RuPay, Troy
  [81, 82, [16, 19]], // UnionPay, RuPay
  [9792, 9792, [16]], // Troy
]

const isIssued = (digits: string): boolean =>
  issuers.some(([low, high, lengths]) => {
    const prefix = Number(digits.slice(0, String(low).length))
    return prefix >= low && prefix <= high && lengths.includes(digits.length)
  })

function passesLuhn(digits: string): boolean {
  let sum = 0
  for (let i = digits.length - 1, double = false; i >= 0; i--, double = !double) {
    const digit = digits.charCodeAt(i) - 48
    sum += double ? (digit > 4 ? digit * 2 - 9 : digit * 2) : digit
  }
  return sum % 10 === 0
}

const isCard = (digits: string): boolean =>
  (digits.length === 15 || digits.length === 16 || digits.length === 19) &&
  // The quicker one first: it holds nine of ten back.
  passesLuhn(digits) &&
  isIssued(digits)

/** What shows nothing may stand anywhere in a number, and any number of times. */
const hidden = '\u200b'
/** Digits, with at most three separators between neighbors. */
const run = /\d(?:\u200b?(?:[\s\-._/,|:]\u200b?){0,3}\d){14,}/g
const uuid = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi

/** Signatures and ids in hex: among ten thousand one has the digits of a card in a row. */
const digest =
  /(?<![0-9a-z])(?=[0-9]*[a-f])[0-9a-f]{32}(?:[0-9a-f]{8}|[0-9a-f]{32}|[0-9a-f]{96})?(?![0-9a-z])/gi

/** Unicode keeps the digits of each script together, from zero to nine. */
function plainDigit(foreign: string): string {
  const code = foreign.codePointAt(0)!
  let first = code
  while (/^\p{Nd}$/u.test(String.fromCodePoint(first - 1))) first--
  return String((code - first) % 10)
}

/** Nearly no text has so many digits with no letter in between: the others are done with here. */
const many_digits = /(?:\p{Nd}[^A-Za-z\p{Nd}]*){15}/u

/** The same in ASCII, as far as numbers go. The migrations say it once more, in SQL. */
function plainText(text: string): string {
  if (/^[ -~]*$/.test(text)) return text
  const composed = text.normalize('NFKC')
  if (!many_digits.test(composed)) return ''
  return composed
    .replaceAll(/(?!\d)\p{Nd}/gu, plainDigit)
    .replaceAll(/[\p{Cf}\p{Default_Ignorable_Code_Point}]+/gu, hidden)
    .replaceAll(/\p{White_Space}/gu, ' ')
    .replaceAll(/[\p{Pd}\u2212]/gu, '-')
}

// Between quantities, dates and phone numbers these stand as well. With them only digits that are
// grouped as on a card, by one and the same sign, are a card.
const wide = /[/,|:]|\D{3}/
const as_printed =
  /^\d{4}(\D{1,3})(?:\d{4}\1\d{4}\1\d{4}(?:\1\d{3})?|\d{6}\1\d{5}|\d{4}\1\d{4}\1\d{3})$/

function isGroupedAsCard(grouped: string): boolean {
  const seen = grouped.replaceAll(hidden, '')
  return !wide.test(seen) || as_printed.test(seen.replaceAll(/\s*([^\d\s])\s*/g, '$1'))
}

/** A card begins and ends where a group does: `12 4242 4242 4242 4242` holds one. */
function groupsHoldCard(match: string): boolean {
  // Groups, with what separates them in between.
  const parts = match.split(/(\D+)/)
  for (let from = 0; from < parts.length; from += 2) {
    let digits = ''
    for (let to = from; to < parts.length && digits.length < 19; to += 2) {
      digits += parts[to]
      if (isCard(digits) && isGroupedAsCard(parts.slice(from, to + 1).join(''))) return true
    }
  }
  return false
}

export function holdsCardNumber(text: string): boolean {
  // Even fifteen digits need fewer characters when one stands for two, as ⑮ does.
  if (text.length < 8) return false
  const plain = plainText(text)
  if (plain.length < 15 || plain.search(run) < 0) return false
  const words = plain.replaceAll(uuid, '#').replaceAll(digest, '#')
  for (const [match] of words.matchAll(run)) {
    if (groupsHoldCard(match)) return true
  }
  return false
}

/** Free by their name, wherever they stand. */
const free_name = /bar_?code|tracking|serial|sku|gtin|ean\b|upc|imei|isbn|hs_?code/i
const depth_max = 64

export type Finding =
  | { readonly kind: 'card'; readonly field: string }
  /** Nested deeper than anything that we take. */
  | { readonly kind: 'too_deep' }
  /** A NUL, or half of a surrogate pair: PostgreSQL stores neither. */
  | { readonly kind: 'not_text'; readonly field: string }

const isText = (text: string): boolean => !text.includes('\0') && text.isWellFormed()

/** The first card number (or what is no text) in a request, by its field, never by its value. */
export function findCardNumber(
  value: unknown,
  number_fields: readonly string[] = [],
): Finding | null {
  const isFree = (name: string): boolean => free_name.test(name) || number_fields.includes(name)
  const walk = (inner: unknown, path: string, free: boolean, depth: number): Finding | null => {
    if (typeof inner === 'string' && !isText(inner)) return { kind: 'not_text', field: path }
    if (typeof inner === 'string' || typeof inner === 'number') {
      return !free && holdsCardNumber(String(inner)) ? { kind: 'card', field: path } : null
    }
    if (inner === null || typeof inner !== 'object') return null
    if (depth >= depth_max) return { kind: 'too_deep' }
    const list = Array.isArray(inner)
    for (const [name, one] of Object.entries(inner)) {
      // A name can be a card number as well, and is then not told either.
      if (!list && holdsCardNumber(name)) return { kind: 'card', field: path }
      if (!list && !isText(name)) return { kind: 'not_text', field: path }
      const at = path === '' ? name.slice(0, 64) : `${path}.${name.slice(0, 64)}`
      const found = walk(one, at, list ? free : isFree(name), depth + 1)
      if (found) return found
    }
    return null
  }
  return walk(value, '', false, 0)
}
