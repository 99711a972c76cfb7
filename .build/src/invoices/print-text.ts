// The fonts built into every PDF reader know Western European letters only (WinAnsi). What they
// lack is written with letters they have: Ł as L, Ж as Zh, ₹ as INR. What has no such spelling
// becomes a question mark; the stored document keeps the original.

const winansi_extra = '€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ'
const isPrintable = (letter: string): boolean => {
  const code = letter.codePointAt(0)!
  return (
    (code >= 0x20 && code < 0x7f) ||
    (code >= 0xa0 && code <= 0xff && code !== 0xad) ||
    winansi_extra.includes(letter)
  )
}

const spellings = new Map(
  Object.entries({
    ł: 'l',
    đ: 'd',
    ħ: 'h',
    ı: 'i',
    ŀ: 'l',
    ŋ: 'ng',
    ŧ: 't',
    ĸ: 'k',
    ə: 'e',
    ẞ: 'SS',
    Ł: 'L',
    Đ: 'D',
    Ħ: 'H',
    Ŋ: 'Ng',
    Ŧ: 'T',
    Ə: 'E',
    '₹': 'INR ',
    '₽': 'RUB ',
    '₩': 'KRW ',
    '₪': 'ILS ',
    '₫': 'VND ',
    '₺': 'TRY ',
    '₴': 'UAH ',
    '₦': 'NGN ',
    '₱': 'PHP ',
    '฿': 'THB ',
    '₸': 'KZT ',
    '₼': 'AZN ',
    '₾': 'GEL ',
    '‐': '-',
    '‑': '-',
    '−': '-',
    '′': "'",
    '″': '"',
    '→': '->',
    '←': '<-',
    '≤': '<=',
    '≥': '>=',
    '№': 'No. ',
    Ω: 'Ohm',
    а: 'a',
    б: 'b',
    в: 'v',
    г: 'g',
    д: 'd',
    е: 'e',
    ж: 'zh',
    з: 'z',
    и: 'i',
    й: 'y',
    к: 'k',
    л: 'l',
    м: 'm',
    н: 'n',
    о: 'o',
    п: 'p',
    р: 'r',
    с: 's',
    т: 't',
    у: 'u',
    ф: 'f',
    х: 'kh',
    ц: 'ts',
    ч: 'ch',
    ш: 'sh',
    щ: 'shch',
    ъ: '',
    ы: 'y',
    ь: '',
    э: 'e',
    ю: 'yu',
    я: 'ya',
    і: 'i',
    є: 'ye',
    ґ: 'g',
    ђ: 'dj',
    ј: 'j',
    љ: 'lj',
    њ: 'nj',
    ћ: 'c',
    џ: 'dz',
    α: 'a',
    β: 'v',
    γ: 'g',
    δ: 'd',
    ε: 'e',
    ζ: 'z',
    η: 'i',
    θ: 'th',
    ι: 'i',
    κ: 'k',
    λ: 'l',
    μ: 'm',
    ν: 'n',
    ξ: 'x',
    ο: 'o',
    π: 'p',
    ρ: 'r',
    σ: 's',
    ς: 's',
    τ: 't',
    υ: 'y',
    φ: 'f',
    χ: 'ch',
    ψ: 'ps',
    ω: 'o',
  }),
)

function spell(letter: string): string {
  if (isPrintable(letter)) return letter
  const known = spellings.get(letter)
  if (known !== undefined) return known
  const small = spellings.get(letter.toLowerCase())
  if (small !== undefined) return small.charAt(0).toUpperCase() + small.slice(1)
  const bare = letter.normalize('NFKD').replaceAll(/\p{M}/gu, '')
  if (bare !== '' && bare !== letter) return [...bare].map(spell).join('')
  if (/\p{Cc}|\p{Zs}/u.test(letter)) return ' '
  return /\p{M}|\p{Cf}/u.test(letter) ? '' : '?'
}

/** A long code without spaces would run out of its column. */
const breakable = (text: string): string => text.replaceAll(/\S{28}(?=\S)/g, '$& ')

/** `text` in letters that can be printed, not longer than `max`. */
export function printable(text: string, max = 300): string {
  const letters = [...text.normalize('NFC')]
  const cut = letters.length > max ? [...letters.slice(0, max - 1), '…'] : letters
  return breakable(cut.map(spell).join('').replaceAll(/\s+/g, ' ').trim())
}
