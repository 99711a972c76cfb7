// Which VAT an address lies in. The VAT area of the EU is not the sum of its countries: some of
// their places are outside, and some places of others are inside. Directive 2006/112/EC, Articles
// 5 to 7; for Northern Ireland the Windsor Framework, Article 8 and Annex 3.

/** VAT is reckoned by country; Northern Ireland is `XI`, as its VAT numbers begin. */
export type VatPlace = {
  readonly country: string
  /** Whether goods there are in the VAT area of the EU. */
  readonly in_eu: boolean
}
export type PlainPlace = { readonly country: string; readonly postal_code: string | null }

export const eu_members: ReadonlySet<string> = new Set(
  'AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK'.split(' '),
)

/** Postal codes of members that are outside of the VAT area (Article 6). */
const outside: Readonly<Record<string, RegExp>> = {
  // Büsingen, Heligoland
  DE: /^(78266|27498)$/,
  // the Canary Islands, Ceuta, Melilla
  ES: /^(35|38|51|52)\d{3}$/,
  // Åland
  FI: /^22\d{3}$/,
  // the overseas departments, Saint Barthélemy and Saint Martin, territories in the Pacific
  FR: /^(97\d{3}|98[4678]\d{2})$/,
  // Mount Athos
  GR: /^63086$/,
  // Livigno, Campione d'Italia
  IT: /^(23041|22061)$/,
}

const bare = (postal_code: string | null): string => (postal_code ?? '').replaceAll(/[\s-]/g, '')

export function vatPlaceOf({ country, postal_code }: PlainPlace): VatPlace {
  const code = bare(postal_code)
  // Article 7: Monaco counts as France; the Isle of Man as the United Kingdom.
  if (country === 'MC') return { country: 'FR', in_eu: true }
  if (country === 'IM') return { country: 'GB', in_eu: false }
  if (country === 'GB') {
    return code.startsWith('BT') ? { country: 'XI', in_eu: true } : { country: 'GB', in_eu: false }
  }
  if (!eu_members.has(country)) return { country, in_eu: false }
  return { country, in_eu: !outside[country]?.test(code) }
}
