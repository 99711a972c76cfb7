// Texts that hold a card number and texts that only look like it: the guard of the requests and the
// promise that is asked of the database must both tell them apart.
const groups = ['4242', '4242', '4242', '4242']

export const card_texts: readonly string[] = [
  ...[' - ', ', ', '/', '|', ':', ' / ', ' | ', ',', ' — ', '_', '   ', '\n', '\t', '\u0085'],
  ...[
    '\u200b',
    '\u200c',
    '\u200d',
    '\u2060',
    '\ufeff',
    '\u00ad',
    ' \u200b ',
    '\u200b\u200b\u200b\u200b',
  ],
  ...['／', '，', '｜', '：', '\u2007', '\u3000', '\u2212'],
]
  .map((separator) => groups.join(separator))
  .concat(
    '٤٢٤٢ ٤٢٤٢ ٤٢٤٢ ٤٢٤٢',
    '۴۲۴۲۴۲۴۲۴۲۴۲۴۲۴۲',
    '४२४२-४२४२-४२४२-४२४२',
    '４２４２／４２４２／４２４２／４２４２',
    '𝟜𝟚𝟜𝟚 𝟜𝟚𝟜𝟚 𝟜𝟚𝟜𝟚 𝟜𝟚𝟜𝟚',
    '42\u200b42 4242 42\u200d42 4242',
    '3782, 822463, 10005',
    '6205/5000/0000/0000/004',
    '4242 ,4242, 4242,4242',
    'card 4242/4242/4242/4242 03/27',
    'qty 12, card 4242 4242 4242 4242, thanks',
  )

export const ordinary_texts: readonly string[] = [
  // Each of these passes for the digits of a card: only how they are grouped tells.
  '42424242, 42424242',
  '4242 4242, 4242 4242',
  '424-242-4242, 424-242',
  '42, 42, 42, 42, 42, 42, 42, 42',
  '4,242,424, 242,424,242',
  '4242:4242/4242:4242',
  '2026-11-22 19:39:00, 2026-11-23 08:15:30',
  '2026-11-22T19:39:00.000Z/2026-11-23T19:39:00.000Z',
  '42424242-4242-4242-8242-424242424242',
  'order 42424242-4242-4242-8242-424242424242, please',
  'Unit 4, 242 Main St, 42424',
  '+91 98765 43210, +91 98765 43211',
  '415-555-0100 / 415-555-0101',
]
