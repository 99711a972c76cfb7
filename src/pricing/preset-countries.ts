// The United Kingdom, Switzerland and Norway; India; Australia, Japan, New Zealand and Singapore.
import { type TaxPreset, zone } from './preset-words.ts'

export const uk_and_neighbors = (): TaxPreset => ({
  name: 'uk-ch-no-vat',
  title: 'VAT of the United Kingdom, Switzerland, Liechtenstein and Norway',
  source: 'gov.uk/vat-rates; estv.admin.ch; skatteetaten.no; and the laws named per country',
  as_of: '2026-01-01',
  zones: [
    zone('GB', 'VATA 1994, s. 2, 29A and 30', [
      'standard VAT 20',
      'reduced VAT 5',
      'books VAT 0',
      'zero VAT 0',
    ]),
    zone('CH', 'MWSTG Art. 25', [
      'standard VAT 8.1',
      'reduced VAT 2.6',
      'accommodation VAT 3.8',
      'books VAT 2.6',
      'zero VAT 0',
    ]),
    zone('LI', 'MWSTG (LI) Art. 25', [
      'standard VAT 8.1',
      'reduced VAT 2.6',
      'books VAT 2.6',
      'zero VAT 0',
    ]),
    zone('NO', 'Merverdiavgiftsloven § 5-1 to § 5-11; Stortingets vedtak om merverdiavgift', [
      'standard MVA 25',
      'reduced MVA 15',
      'reduced_second MVA 12',
      'books MVA 0',
      'zero MVA 0',
    ]),
  ],
  districts: [],
})

export const in_gst = (): TaxPreset => ({
  name: 'in-gst',
  title: 'GST of India: split into CGST, SGST or UTGST, or IGST, by the place of supply',
  source: 'Notification no. 9/2025-Central Tax (Rate) of 17 September 2025; cbic-gst.gov.in',
  as_of: '2025-09-22',
  zones: [
    zone('IN', 'CGST Act 2017, s. 9; IGST Act 2017, s. 5', [
      'standard GST 18',
      'reduced GST 5',
      'luxury GST 40',
      'jewelry GST 3',
      'zero GST 0',
      // Apparel of chapters 61 to 63: 5 % up to 2,500 rupees a piece.
      'apparel GST 18 INR whole 5 from 0, 18 over 2500.00',
      'footwear GST 18 INR whole 5 from 0, 18 over 2500.00',
    ]),
  ],
  districts: [],
})

export const pacific = (): TaxPreset => ({
  name: 'pacific-gst',
  title: 'GST of Australia, New Zealand and Singapore; consumption tax of Japan',
  source: 'ato.gov.au; ird.govt.nz; iras.gov.sg; nta.go.jp; and the laws named per country',
  as_of: '2026-01-01',
  zones: [
    zone('AU', 'A New Tax System (GST) Act 1999, s. 9-70', ['standard GST 10', 'zero GST 0']),
    zone('NZ', 'Goods and Services Tax Act 1985, s. 8', ['standard GST 15', 'zero GST 0']),
    zone('SG', 'Goods and Services Tax Act 1993, s. 16', ['standard GST 9', 'zero GST 0']),
    // National and local tax together: 7.8 and 2.2 %, 6.24 and 1.76 %.
    zone('JP', 'Consumption Tax Act, art. 29; Local Tax Act, art. 72-83', [
      'standard CT 10',
      'reduced CT 8',
      'zero CT 0',
    ]),
  ],
  districts: [],
})
