// A product picture drawn from a handle alone, so that sample shops need no foreign host. The
// same handle always gives the same picture.
import { sha256 } from '../lib/signature.ts'

type Paint = { readonly main: string; readonly dark: string; readonly light: string }
type Shape = (paint: Paint) => string

const path = (d: string, fill: string): string => `<path d="${d}" fill="${fill}"/>`
const box = (x: number, y: number, w: number, h: number, r: number, fill: string): string =>
  `<rect x="${x}" y="${y}" width="${w}" height="${h}" rx="${r}" fill="${fill}"/>`
const disc = (x: number, y: number, r: number, fill: string): string =>
  `<circle cx="${x}" cy="${y}" r="${r}" fill="${fill}"/>`
const line = (d: string, stroke: string, width: number): string =>
  `<path d="${d}" fill="none" stroke="${stroke}" stroke-width="${width}" ` +
  'stroke-linecap="round" stroke-linejoin="round"/>'

// All shapes stand in a field of 400 × 400.
const shirt: Shape = ({ main, dark, light }) =>
  path('M140 90 L60 140 L90 200 L120 184 V330 H280 V184 L310 200 L340 140 L260 90', main) +
  path('M140 90 Q200 150 260 90 L242 86 Q200 124 158 86 Z', dark) +
  line('M120 184 V232 M280 184 V232', dark, 4) +
  box(222, 170, 36, 40, 4, light)
const trousers: Shape = ({ main, dark, light }) =>
  path('M130 70 H270 L292 335 H222 L200 170 L178 335 H108 Z', main) +
  box(128, 66, 144, 26, 4, dark) +
  line('M150 100 Q152 132 136 140 M250 100 Q248 132 264 140', light, 4)
const hat: Shape = ({ main, dark }) =>
  path('M110 240 Q110 110 200 110 Q290 110 290 240 Z', main) +
  box(90, 232, 220, 48, 24, dark) +
  disc(200, 100, 24, dark)
const sock: Shape = ({ main, dark, light }) =>
  path('M150 70 H240 V220 L310 270 Q340 300 300 320 H230 Q160 300 150 240 Z', main) +
  box(144, 62, 102, 44, 8, dark) +
  line('M150 140 H240 M150 170 H240', light, 8)
const mug: Shape = ({ main, dark, light }) =>
  line('M262 160 Q336 160 336 212 Q336 264 262 264', dark, 24) +
  path('M104 120 H276 V268 Q276 320 224 320 H156 Q104 320 104 268 Z', main) +
  `<ellipse cx="190" cy="120" rx="86" ry="20" fill="${dark}"/>` +
  line('M160 84 Q148 66 160 48 M196 84 Q184 66 196 48 M232 84 Q220 66 232 48', light, 8)
const pot: Shape = ({ main, dark, light }) =>
  box(60, 176, 280, 28, 14, dark) +
  path('M92 180 H308 V270 Q308 322 256 322 H144 Q92 322 92 270 Z', main) +
  path('M92 164 Q200 96 308 164 Z', light) +
  disc(200, 118, 18, dark)
const board: Shape = ({ main, dark, light }) =>
  path(
    'M180 60 H220 V124 Q290 132 290 190 V310 Q290 340 260 340 ' +
      'H140 Q110 340 110 310 V190 Q110 132 180 124 Z',
    main,
  ) +
  disc(200, 86, 10, light) +
  line('M146 190 V308 M182 170 V308 M218 170 V308 M254 190 V308', dark, 3)
const book: Shape = ({ main, dark, light }) =>
  box(108, 62, 190, 276, 10, dark) +
  box(120, 70, 178, 252, 4, light) +
  box(108, 56, 180, 258, 8, main) +
  box(108, 56, 26, 258, 6, dark) +
  box(158, 104, 104, 12, 6, light) +
  box(158, 130, 72, 12, 6, light)
const cable: Shape = ({ main, dark }) =>
  line('M120 110 V180 Q120 260 200 260 T280 200 V150', main, 18) +
  box(96, 62, 48, 60, 8, dark) +
  box(106, 40, 28, 26, 4, main) +
  box(256, 92, 48, 60, 8, dark) +
  box(266, 70, 28, 26, 4, main)
const device: Shape = ({ main, dark, light }) =>
  box(124, 56, 152, 288, 26, dark) +
  box(136, 76, 128, 236, 10, main) +
  disc(200, 328, 8, light) +
  line('M168 200 L192 224 L236 172', light, 14)
const pouch: Shape = ({ main, dark, light }) =>
  path('M118 84 H282 L298 330 Q200 350 102 330 Z', main) +
  box(112, 66, 176, 34, 6, dark) +
  path('M140 168 H260 V276 H140 Z', light) +
  path('M200 182 Q236 206 200 262 Q164 206 200 182 Z', dark)
const pencil: Shape = ({ main, dark, light }) =>
  '<g transform="rotate(40 200 200)">' +
  box(176, 60, 48, 30, 8, dark) +
  box(176, 88, 48, 190, 0, main) +
  path('M176 278 H224 L200 344 Z', light) +
  path('M190 316 H210 L200 344 Z', dark) +
  '</g>'
const cushion: Shape = ({ main, dark, light }) =>
  path('M84 84 Q200 110 316 84 Q290 200 316 316 Q200 290 84 316 Q110 200 84 84 Z', main) +
  line('M128 128 L272 272 M272 128 L128 272', light, 6) +
  disc(200, 200, 12, dark)
const lamp: Shape = ({ main, dark, light }) =>
  path('M150 70 H250 L300 190 H100 Z', main) +
  path('M128 190 H272 L330 310 H70 Z', `${light}99`) +
  box(192, 190, 16, 130, 4, dark) +
  box(136, 316, 128, 18, 9, dark)
const bag: Shape = ({ main, dark, light }) =>
  line('M150 130 Q150 62 200 62 Q250 62 250 130', dark, 16) +
  path('M104 126 H296 L316 318 Q316 338 296 338 H104 Q84 338 84 318 Z', main) +
  box(140, 214, 120, 80, 10, dark) +
  box(188, 206, 24, 28, 4, light)
const bottle: Shape = ({ main, dark, light }) =>
  box(176, 48, 48, 44, 6, dark) +
  path(
    'M178 92 H222 V130 Q256 150 256 190 V326 Q256 344 238 344 ' +
      'H162 Q144 344 144 326 V190 Q144 150 178 130 Z',
    main,
  ) +
  box(144, 214, 112, 70, 0, light)
const blocks: Shape = ({ main, dark, light }) =>
  box(84, 212, 112, 112, 10, main) +
  box(204, 212, 112, 112, 10, dark) +
  box(144, 92, 112, 112, 10, light) +
  disc(200, 148, 26, main)
const plant: Shape = ({ main, dark, light }) =>
  path('M200 240 Q120 220 116 120 Q204 132 200 240 Z', main) +
  path('M200 240 Q280 200 290 92 Q196 116 200 240 Z', light) +
  path('M136 240 H264 L244 340 H156 Z', dark)

const utensil: Shape = ({ main, dark, light }) =>
  '<g transform="rotate(28 200 200)">' +
  path(
    'M200 50 Q252 60 246 150 Q240 196 214 204 V216 H186 V204 Q160 196 154 150 Q148 60 200 50 Z',
    main,
  ) +
  path('M200 74 Q228 84 226 142 Q222 174 200 178 Z', light) +
  box(184, 214, 32, 140, 14, dark) +
  '</g>'

/** `shape-book-…` says which one: titles of books name everything but a book. */
const named: Readonly<Record<string, Shape>> = { book, pouch, bottle, box: blocks }
const naming = /^shape-([a-z]+)-(.+)$/

/** The first whose words stand in the handle. */
const shapes: readonly (readonly [RegExp, Shape])[] = [
  [/\b(tea|coffee|espresso|chai|rooibos|matcha|blend|roast|infusion|cocoa|beans)\b/, pouch],
  [/\b(shirt|tee|sweater|jacket|hoodie|blouse|cardigan|dress|polo|jumper|vest|coat)\b/, shirt],
  [/\b(trousers|jeans|shorts|leggings|chinos|skirt|pyjamas)\b/, trousers],
  [/\b(hat|cap|beanie|scarf|gloves)\b/, hat],
  [/\b(socks|slippers|shoes|boots)\b/, sock],
  [/\b(mug|cup|teapot|jug|carafe|tumbler|kettle)\b/, mug],
  [/\b(pan|pot|casserole|wok|dish|bowl|colander|saucepan|skillet|tin|plate)\b/, pot],
  [/\b(knife|spatula|spoon|peeler|whisk|tongs|trowel)\b/, utensil],
  [/\b(board|tray|grater|rolling|mill)\b/, board],
  [/\b(notebook|planner|album|diary|sketchbook|cards|envelopes|book)\b/, book],
  [/\b(pencil|pencils|pen|pens|marker|eraser|ruler|ink|brush|scissors)\b/, pencil],
  [/\b(cable|charger|adapter|hub|earphones|dock|plug|headset)\b/, cable],
  [/\b(cushion|blanket|towel|towels|pillow|rug|sheet|duvet|curtain|apron|napkins)\b/, cushion],
  [/\b(case|stand|sleeve|holder|keyboard|mouse|speaker|power|webcam|tracker|mount)\b/, device],
  [/\b(lamp|lantern|candle|light|torch|headlamp)\b/, lamp],
  [/\b(backpack|bag|pouch|basket|tote|rucksack|tent|hammock|mat)\b/, bag],
  [/\b(bottle|flask|oil|vinegar|soap|spray|canteen)\b/, bottle],
  [/\b(puzzle|blocks|game|train|animals|kite|dominoes|stacking|toy|memory)\b/, blocks],
  [/\b(plant|seeds|planter|herb|watering|trowel|garden)\b/, plant],
]
const others: readonly Shape[] = [book, bag, blocks, bottle]

function paintOf(hash: Buffer): Paint & { readonly ground: string; readonly shade: string } {
  const hue = hash.readUInt16BE(0) % 360
  const second = (hue + 150 + (hash[2]! % 60)) % 360
  return {
    main: `hsl(${second} 46% 52%)`,
    dark: `hsl(${second} 42% 34%)`,
    light: `hsl(${second} 60% 86%)`,
    ground: `hsl(${hue} 44% 94%)`,
    shade: `hsl(${hue} 36% 84%)`,
  }
}

const small_words = new Set(['and', 'of', 'the', 'with', 'for', 'in', 'a'])
const titleOf = (handle: string): string =>
  handle
    .split('-')
    .map((word, i) =>
      i > 0 && small_words.has(word) ? word : word.slice(0, 1).toUpperCase() + word.slice(1),
    )
    .join(' ')
    .slice(0, 44)

/** An SVG of 800 × 800. The handle is of letters, digits and hyphens: nothing to escape. */
export function drawPicture(handle: string): string {
  const hash = sha256(handle)
  const { ground, shade, ...paint } = paintOf(hash)
  const [, kind = '', rest = handle] = naming.exec(handle) ?? []
  const shape =
    named[kind] ??
    shapes.find(([words]) => words.test(rest))?.[1] ??
    others[hash[3]! % others.length]!
  const title = titleOf(rest)
  return [
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 800" role="img">',
    `<title>${title}</title>`,
    `<rect width="800" height="800" fill="${ground}"/>`,
    disc(340 + (hash[4]! % 120), 300 + (hash[5]! % 80), 300, shade),
    '<ellipse cx="400" cy="640" rx="210" ry="22" fill="#0002"/>',
    `<g transform="translate(120 90) scale(1.4)">${shape(paint)}</g>`,
    '<text x="400" y="738" text-anchor="middle" font-family="system-ui, sans-serif" ',
    `font-size="30" fill="${paint.dark}">${title}</text>`,
    '</svg>',
  ].join('')
}
