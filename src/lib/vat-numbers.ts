// VAT numbers of the EU, Northern Ireland, the United Kingdom, Norway and Switzerland: their form
// and, where it is publicly known, their check digit. Whether a number is in use today only an
// online service of the state can say.
// Forms: Directive 2006/112/EC, Article 215, and the list of VIES; check digits as the states
// have published them.

const digits = (text: string): number[] => [...text].map(Number)

const weighted = (text: string, weights: readonly number[]): number =>
  weights.reduce((sum, weight, i) => sum + weight * Number(text[i]), 0)

/** The digits of a product count one by one: 16 counts 7. */
const folded = (text: string, weights: readonly number[]): number =>
  weights.reduce((sum, weight, i) => {
    const product = weight * Number(text[i])
    return sum + (product > 9 ? product - 9 : product)
  }, 0)

const last = (text: string): number => Number(text.at(-1))

const luhn = (text: string): boolean =>
  digits(text).reduceRight((sum, digit, i) => {
    const is_doubled = (text.length - i) % 2 === 0
    const value = is_doubled ? digit * 2 : digit
    return sum + (value > 9 ? value - 9 : value)
  }, 0) %
    10 ===
  0

/** ISO 7064, MOD 11,10. */
const mod1110 = (text: string): boolean => {
  let product = 10
  for (const digit of digits(text.slice(0, -1))) {
    const sum = (digit + product) % 10 || 10
    product = (sum * 2) % 11
  }
  return (11 - product) % 10 === last(text)
}

function bulgarian(text: string): boolean {
  if (text.length === 9) {
    const first = weighted(text, [1, 2, 3, 4, 5, 6, 7, 8]) % 11
    const check = first < 10 ? first : (weighted(text, [3, 4, 5, 6, 7, 8, 9, 10]) % 11) % 10
    return check === last(text)
  }
  const person = (weighted(text, [2, 4, 8, 5, 10, 9, 7, 3, 6]) % 11) % 10
  const foreigner = weighted(text, [21, 19, 17, 13, 11, 9, 7, 3, 1]) % 10
  const other = 11 - (weighted(text, [4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11)
  const check = last(text)
  return (
    person === check ||
    foreigner === check ||
    (other < 10 || other === 11 ? other % 11 : -1) === check
  )
}

const cypriot_odd = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21]
function cypriot(text: string): boolean {
  const sum = digits(text.slice(0, 8)).reduce(
    (all, digit, i) => all + (i % 2 === 0 ? cypriot_odd[digit]! : digit),
    0,
  )
  return !text.startsWith('12') && String.fromCharCode(65 + (sum % 26)) === text[8]
}

function czech(text: string): boolean {
  if (text.length === 8) {
    const rest = 11 - (weighted(text, [8, 7, 6, 5, 4, 3, 2]) % 11)
    return !text.startsWith('9') && (rest === 10 ? 0 : rest === 11 ? 1 : rest) === last(text)
  }
  if (text.length === 9 && text.startsWith('6')) {
    const sum = weighted(text.slice(1), [8, 7, 6, 5, 4, 3, 2])
    const above = sum % 11 === 0 ? sum + 11 : Math.ceil(sum / 11) * 11
    return [8, 7, 6, 5, 4, 3, 2, 1, 0, 9, 10][above - sum - 1] === last(text)
  }
  // Of persons: a birth number, whose month tells more; the older form had no check digit.
  if (!/^\d\d([0257][1-9]|[1368][0-2])([0-2]\d|3[01])/.test(text)) return false
  if (text.length === 9) return Number(text.slice(0, 2)) < 54
  const rest = Number(text.slice(0, 9)) % 11
  return Number(text) % 11 === 0 || (rest === 10 && last(text) === 0)
}

const spanish_letters = 'TRWAGMYFPDXBNJZSQVHLCKE'
function spanish(text: string): boolean {
  const first = text[0]!
  if (/[\dXYZKLM]/.test(first)) {
    const lead = { X: '0', Y: '1', Z: '2', K: '', L: '', M: '' }[first] ?? first
    return spanish_letters[Number(lead + text.slice(1, 8)) % 23] === text[8]
  }
  const sum = folded(text.slice(1), [2, 1, 2, 1, 2, 1, 2])
  const check = (10 - (sum % 10)) % 10
  const as_letter = 'JABCDEFGHI'[check] === text[8]
  if (/[NPQRSW]/.test(first)) return as_letter
  if (/[ABEH]/.test(first)) return String(check) === text[8]
  return as_letter || String(check) === text[8]
}

function french(text: string): boolean {
  const siren = text.slice(2)
  if (!luhn(siren) && !siren.startsWith('000')) return false
  const key = text.slice(0, 2)
  // Keys with letters exist since the plain ones are used up; their rule is not published.
  return /\D/.test(key) || Number(key) === (Number(siren) * 100 + 12) % 97
}

function irish(text: string): boolean {
  const letters = 'WABCDEFGHIJKLMNOPQRSTUV'
  // An old form has a letter or sign in the second place: it moves to the front.
  const old = /^(\d)([A-Z+*])(\d{5})([A-W])$/.exec(text)
  const number = old ? `0${old[3]}${old[1]}` : text.slice(0, 7)
  const check = old ? old[4]! : text[7]!
  const more = text.length === 9 ? (text.charCodeAt(8) - 64) % 23 : 0
  const extra = text.length === 9 && text[8] !== 'W' ? more * 9 : 0
  return letters[(weighted(number, [8, 7, 6, 5, 4, 3, 2]) + extra) % 23] === check
}

function latvian(text: string): boolean {
  if (/^[0-3]/.test(text)) {
    // A person: a birthday, or 32 for those who have a number without one.
    return text.startsWith('32') || /^(0[1-9]|[12]\d|3[01])(0[1-9]|1[0-2])/.test(text)
  }
  const rest = 3 - (weighted(text, [9, 1, 4, 8, 3, 10, 2, 5, 7, 6]) % 11)
  return (rest === -1 ? -1 : rest < -1 ? rest + 11 : rest) === last(text)
}

function lithuanian(text: string): boolean {
  const cut = text.slice(0, -1)
  const at = (from: number): number =>
    digits(cut).reduce((sum, digit, i) => sum + digit * (((i + from) % 9) + 1), 0) % 11
  const check = at(0) < 10 ? at(0) : at(2) % 10
  return text.at(-2) === '1' && check === last(text)
}

/** A person's number ends with digits that make the whole, in letters as numbers, 1 modulo 97. */
const mod97 = (text: string): number =>
  [...text].reduce((rest, sign) => {
    const value = /\d/.test(sign) ? sign : String(sign.charCodeAt(0) - 55)
    return Number(`${rest}${value}`) % 97
  }, 0)

const dutch = (text: string): boolean =>
  mod97(`NL${text}`.replaceAll('+', '36').replaceAll('*', '37')) === 1 ||
  weighted(text, [9, 8, 7, 6, 5, 4, 3, 2]) % 11 === Number(text[8])

const slovenian = (text: string): boolean => {
  const rest = 11 - (weighted(text, [8, 7, 6, 5, 4, 3, 2]) % 11)
  return rest !== 11 && (rest === 10 ? 0 : rest) === last(text)
}

function british(text: string): boolean {
  if (/^GD[0-4]\d\d$/.test(text) || /^HA[5-9]\d\d$/.test(text)) return true
  if (!/^\d{9}(\d{3})?$/.test(text)) return false
  const sum = weighted(text, [8, 7, 6, 5, 4, 3, 2]) + Number(text.slice(7, 9))
  return sum % 97 === 0 || (sum + 55) % 97 === 0
}

const swiss = (text: string): boolean => {
  const check = (11 - (weighted(text, [5, 4, 3, 2, 7, 6, 5, 4]) % 11)) % 11
  return check < 10 && check === Number(text[8])
}
const norwegian = (text: string): boolean => {
  const check = (11 - (weighted(text, [3, 2, 7, 6, 5, 4, 3, 2]) % 11)) % 11
  return check < 10 && check === Number(text[8])
}

type Rule = { readonly form: RegExp; readonly fits: (text: string) => boolean }

/** By prefix. Greece writes EL. */
const rules: Readonly<Record<string, Rule>> = {
  AT: {
    form: /^U\d{8}$/,
    fits: (text) => {
      const check = (96 - folded(text.slice(1), [1, 2, 1, 2, 1, 2, 1])) % 10
      return check === last(text)
    },
  },
  BE: {
    form: /^[01]\d{9}$/,
    fits: (text) => 97 - (Number(text.slice(0, 8)) % 97) === Number(text.slice(8)),
  },
  BG: { form: /^\d{9,10}$/, fits: bulgarian },
  CY: { form: /^\d{8}[A-Z]$/, fits: cypriot },
  CZ: { form: /^\d{8,10}$/, fits: czech },
  DE: { form: /^[1-9]\d{8}$/, fits: mod1110 },
  DK: { form: /^[1-9]\d{7}$/, fits: (text) => weighted(text, [2, 7, 6, 5, 4, 3, 2, 1]) % 11 === 0 },
  EE: {
    form: /^10\d{7}$/,
    fits: (text) => (10 - (weighted(text, [3, 7, 1, 3, 7, 1, 3, 7]) % 10)) % 10 === last(text),
  },
  EL: {
    form: /^\d{9}$/,
    fits: (text) => (weighted(text, [256, 128, 64, 32, 16, 8, 4, 2]) % 11) % 10 === last(text),
  },
  ES: { form: /^([A-HJ-NP-SU-Z]\d{7}[A-Z0-9]|\d{8}[A-Z])$/, fits: spanish },
  FI: {
    form: /^\d{8}$/,
    fits: (text) => (11 - (weighted(text, [7, 9, 10, 5, 8, 4, 2]) % 11)) % 11 === last(text),
  },
  FR: { form: /^[A-HJ-NP-Z0-9]{2}\d{9}$/, fits: french },
  HR: { form: /^\d{11}$/, fits: mod1110 },
  HU: {
    form: /^\d{8}$/,
    fits: (text) => (10 - (weighted(text, [9, 7, 3, 1, 9, 7, 3]) % 10)) % 10 === last(text),
  },
  IE: { form: /^(\d{7}[A-W][A-IW]?|[7-9][A-Z+*]\d{5}[A-W])$/, fits: irish },
  // The office that gave it: a province, or a number for those abroad.
  IT: { form: /^(?!0{7})\d{7}(0(?!00)\d\d|100|120|121|888|999)\d$/, fits: luhn },
  LT: { form: /^(\d{9}|\d{12})$/, fits: lithuanian },
  LU: { form: /^\d{8}$/, fits: (text) => Number(text.slice(0, 6)) % 89 === Number(text.slice(6)) },
  LV: { form: /^\d{11}$/, fits: latvian },
  MT: {
    form: /^[1-9]\d{7}$/,
    fits: (text) => 37 - (weighted(text, [3, 4, 6, 7, 8, 9]) % 37) === Number(text.slice(6)),
  },
  NL: { form: /^[A-Z0-9+*]{9}B\d\d$/, fits: dutch },
  PL: {
    form: /^\d{10}$/,
    fits: (text) => weighted(text, [6, 5, 7, 2, 3, 4, 5, 6, 7]) % 11 === last(text),
  },
  PT: {
    form: /^[1-9]\d{8}$/,
    fits: (text) => {
      const rest = 11 - (weighted(text, [9, 8, 7, 6, 5, 4, 3, 2]) % 11)
      return (rest > 9 ? 0 : rest) === last(text)
    },
  },
  RO: {
    form: /^[1-9]\d{1,9}$/,
    fits: (text) =>
      ((weighted(text.padStart(10, '0'), [7, 5, 3, 2, 1, 7, 5, 3, 2]) * 10) % 11) % 10 ===
      last(text),
  },
  SE: { form: /^\d{10}\d\d$/, fits: (text) => text.slice(10) !== '00' && luhn(text.slice(0, 10)) },
  SI: { form: /^[1-9]\d{7}$/, fits: slovenian },
  SK: { form: /^[1-9]\d[2346-9]\d{7}$/, fits: (text) => Number(text) % 11 === 0 },
  XI: { form: /^(\d{9}(\d{3})?|GD\d{3}|HA\d{3})$/, fits: british },
  GB: { form: /^(\d{9}(\d{3})?|GD\d{3}|HA\d{3})$/, fits: british },
}

/** CHE-123.456.788 MWST, TVA or IVA; NO 123 456 785 MVA. */
const swiss_form = /^CHE(\d{9})(MWST|TVA|IVA)?$/
const norwegian_form = /^(?:NO)?(\d{9})MVA$/

export type VatNumber = {
  /** Whose number it is: a country of ISO 3166, or `XI`. */
  readonly country: string
  /** In its usual form: `DE136695976`, `EL094014201`. */
  readonly number: string
}

/** Null when it is none, or when its check digit is wrong. */
export function readVatNumber(text: string): VatNumber | null {
  const plain = text.toUpperCase().replaceAll(/[\s.\-/]/g, '')
  const switzerland = swiss_form.exec(plain)
  if (switzerland) return swiss(switzerland[1]!) ? { country: 'CH', number: plain } : null
  const norway = norwegian_form.exec(plain)
  if (norway) return norwegian(norway[1]!) ? { country: 'NO', number: `NO${norway[1]}MVA` } : null
  const prefix = plain.startsWith('GR') ? 'EL' : plain.slice(0, 2)
  const rule = rules[prefix]
  let rest = plain.slice(2)
  // Belgian numbers had nine digits; the tenth is a zero in front.
  if (prefix === 'BE' && /^\d{9}$/.test(rest)) rest = `0${rest}`
  if (!rule?.form.test(rest) || !rule.fits(rest)) return null
  return { country: prefix === 'EL' ? 'GR' : prefix, number: prefix + rest }
}

export const hasVatNumbers = (prefix: string): boolean =>
  prefix in rules || prefix === 'GR' || prefix === 'CH' || prefix === 'NO'
