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
  isIssued(digits) &&
  passesLuhn(digits)

// Digits, with at most two separators between neighbors.
const run = /\d(?:[\s\-‐-―._]{0,2}\d){14,}/g
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** A card begins and ends where a group does: `12 4242 4242 4242 4242` holds one. */
function groupsHoldCard(groups: readonly string[]): boolean {
  for (let from = 0; from < groups.length; from++) {
    let digits = ''
    for (let to = from; to < groups.length && digits.length < 19; to++) {
      digits += groups[to]
      if (isCard(digits)) return true
    }
  }
  return false
}

export function holdsCardNumber(text: string): boolean {
  if (text.length < 15 || uuid.test(text)) return false
  const plain = /^[ -~]*$/.test(text) ? text : text.normalize('NFKC')
  for (const [match] of plain.matchAll(run)) {
    if (groupsHoldCard(match.match(/\d+/g)!)) return true
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
