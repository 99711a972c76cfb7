// What an invoice must say where a sale bears no tax, in the words of the law that says so. Pure.

/** Goods that travel, services (what does not: files, codes), or some of each. */
export type Supply = 'goods' | 'services' | 'mixed'
export type PlainSupply = Exclude<Supply, 'mixed'>

export const reverse_charge_notes: Readonly<Record<PlainSupply, string>> = {
  goods:
    'Reverse charge: intra-Community supply, exempt under Article 138 of Directive 2006/112/EC. ' +
    'The recipient is liable for the VAT (Articles 194 to 196 and 200).',
  services:
    'Reverse charge: service taxed where the recipient is established (Article 44 of Directive ' +
    '2006/112/EC). The recipient is liable for the VAT (Article 196).',
}

type ExportNotes = Readonly<Record<PlainSupply, string>>

const of_eu: ExportNotes = {
  goods: 'Export outside of the EU, exempt from VAT under Article 146 of Directive 2006/112/EC.',
  services:
    'Not subject to VAT in the EU: service supplied where the customer is, outside of the EU ' +
    '(Articles 44, 58 and 59 of Directive 2006/112/EC).',
}
const of_gb: ExportNotes = {
  goods: 'Zero-rated export of goods, section 30(6) of the Value Added Tax Act 1994.',
  services:
    'Outside the scope of UK VAT: service supplied where the customer belongs (section 7A and ' +
    'Schedule 4A, paragraph 15, of the Value Added Tax Act 1994).',
}
const of_in =
  'Supply meant for export under bond or letter of undertaking without payment of integrated ' +
  'tax (CGST rule 46; section 16 of the IGST Act 2017).'

export function exportNotes(
  { country }: { readonly country: string },
  in_eu: boolean,
  supply: PlainSupply,
): string[] {
  if (in_eu) return [of_eu[supply]]
  if (country === 'GB') return [of_gb[supply]]
  return country === 'IN' ? [of_in] : []
}
