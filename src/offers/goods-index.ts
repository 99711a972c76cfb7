// All goods of the shop as a search sees them, in memory and small: numbers instead of rows, so
// that counting the facets of a hundred thousand products takes milliseconds. What it holds comes
// from goods-index.sql.ts; nothing here asks the database.
import { foldText } from '#src/catalog/search-text.sql.ts'
import { createVocabulary, type Vocabulary } from '#src/catalog/spelling.ts'
import { addAll, type Bits, clearBit, eachDown, growBits, makeBits, setBit } from '#src/lib/bits.ts'
import type { ProductId } from '#src/lib/ids.ts'
import { createOptionLabels, type OptionLabel, type OptionLabels } from './option-labels.ts'

/** What is known of one product. `n` is its number, which never changes. */
export type IndexedGoods = {
  readonly n: number
  readonly id: ProductId
  readonly title: string
  /** In other languages, by the language. */
  readonly titles: ReadonlyMap<string, string>
  readonly is_active: boolean
  /** Facet and value, each once. */
  readonly facets: readonly (readonly [facet: string, value: string])[]
  /** Fields whose values are ranges: numbers, amounts, days. Each variant may say another one. */
  readonly numbers: Readonly<Record<string, readonly number[]>>
  readonly collections: readonly string[]
  readonly labels: readonly OptionLabel[]
  /** Words that a shopper may mean when they type something alike. */
  readonly words: string
}

/** Whether the test holds for a number of the product; rising, up to the first it holds for. */
export type SomeNumber = (n: number, test: (number: number) => boolean) => boolean

export type Token = { readonly facet: string; readonly value: string }

export type GoodsIndex = {
  /** One more than the highest number. */
  readonly size: number
  readonly count: number
  readonly vocabulary: Vocabulary
  readonly active: Bits
  put(goods: IndexedGoods): void
  idOf(n: number): ProductId
  numbersOf(ids: readonly ProductId[]): number[]
  /** As it is sorted by, in the first of these languages that has it; else in the shop's own. */
  titleOf(n: number, languages: readonly string[]): string
  /** What an option or a value of it is called in a language. */
  readonly labelOf: OptionLabels['labelOf']
  /** What the products say of a field: until the next one is put. */
  numbersBy(field: string): SomeNumber
  /** Products with one of these values; not to be changed. */
  having(facet: string, values: readonly string[]): Bits
  /** Null when its members are not known as of that moment. */
  membersOf(collection: string, evaluated_at: Date): Bits | null
  setMembers(collection: string, evaluated_at: Date, numbers: Iterable<number>): Bits
  /** How often each value occurs among these. */
  countValues(among: Bits, isWanted: (facet: string) => boolean): Map<string, [string, number][]>
}

/** Most products say one number of a field, or none: NaN. */
type NumberColumn = {
  single: Float64Array<ArrayBuffer>
  /** Rising, where the variants of a product differ. */
  readonly several: Map<number, readonly number[]>
}
const nobody_says: SomeNumber = () => false

const kept_sets_max = 400
const first_capacity = 1_024

const keyOf = (facet: string, value: string): string => `${facet}\0${value}`

/** What a title is sorted by and looked into: letters without accents, case and signs. */
export const sortKeyOf = (title: string): string =>
  foldText(title).replaceAll(/[^\p{L}\p{N}]+/gu, ' ')

export function createGoodsIndex(): GoodsIndex {
  let capacity = first_capacity
  let size = 0
  let count = 0
  const ids: (ProductId | undefined)[] = []
  const titles: string[] = []
  const translated = new Map<string, Map<number, string>>()
  let active = makeBits(capacity)
  const numbers = new Map<string, NumberColumn>()
  const vocabulary = createVocabulary()
  const labels = createOptionLabels()
  const members = new Map<string, { readonly evaluated_at: number; bits: Bits }>()

  // All values of all products, one after the other; a product that changes gets a new place.
  const tokens: Token[] = []
  const token_ids = new Map<string, number>()
  const facets = new Map<string, number>()
  let facet_of = new Uint16Array(first_capacity)
  let starts = new Uint32Array(capacity)
  let lengths = new Uint16Array(capacity)
  let values = new Uint32Array(8 * capacity)
  let used = 0
  let live = 0
  const kept = new Map<number, Bits>()

  const grow = (n: number): void => {
    if (n < capacity) return
    while (capacity <= n) capacity *= 2
    const copy = <T extends Uint32Array | Uint16Array>(from: T, to: T): T => {
      to.set(from)
      return to
    }
    starts = copy(starts, new Uint32Array(capacity))
    lengths = copy(lengths, new Uint16Array(capacity))
    active = growBits(active, capacity)
    for (const column of numbers.values()) {
      const grown = new Float64Array(capacity).fill(Number.NaN)
      grown.set(column.single)
      column.single = grown
    }
    for (const [token, bits] of kept) kept.set(token, growBits(bits, capacity))
    for (const known of members.values()) known.bits = growBits(known.bits, capacity)
  }

  const tokenOf = (facet: string, value: string): number => {
    const key = keyOf(facet, value)
    let token = token_ids.get(key)
    if (token === undefined) {
      token = tokens.length
      tokens.push({ facet, value })
      token_ids.set(key, token)
      if (!facets.has(facet)) facets.set(facet, facets.size)
      if (token >= facet_of.length) {
        const grown = new Uint16Array(2 * facet_of.length)
        grown.set(facet_of)
        facet_of = grown
      }
      facet_of[token] = facets.get(facet)!
    }
    return token
  }

  /** Leaves out what changed products have left behind. */
  const compact = (needed: number): void => {
    const next = new Uint32Array(Math.max(values.length, 2 * (live + needed)))
    let at = 0
    for (let n = 0; n < size; n++) {
      const [start, length] = [starts[n]!, lengths[n]!]
      next.set(values.subarray(start, start + length), at)
      starts[n] = at
      at += length
    }
    values = next
    used = at
  }

  const setTokens = (n: number, own: readonly number[]): void => {
    for (const token of values.subarray(starts[n]!, starts[n]! + lengths[n]!)) {
      const bits = kept.get(token)
      if (bits) clearBit(bits, n)
    }
    live += own.length - lengths[n]!
    lengths[n] = 0
    if (used + own.length > values.length) compact(own.length)
    starts[n] = used
    lengths[n] = own.length
    values.set(own, used)
    used += own.length
    for (const token of own) {
      const bits = kept.get(token)
      if (bits) setBit(bits, n)
    }
  }

  const setNumbers = (n: number, given: IndexedGoods['numbers']): void => {
    for (const { single, several } of numbers.values()) {
      single[n] = Number.NaN
      several.delete(n)
    }
    for (const [field, said] of Object.entries(given)) {
      const column = numbers.get(field) ?? {
        single: new Float64Array(capacity).fill(Number.NaN),
        several: new Map(),
      }
      numbers.set(field, column)
      const unique = [...new Set(said)].sort((a, b) => a - b)
      if (unique.length === 1) column.single[n] = unique[0]!
      else column.several.set(n, unique)
    }
  }

  const setTitles = (n: number, given: IndexedGoods['titles']): void => {
    for (const of_language of translated.values()) of_language.delete(n)
    for (const [language, title] of given) {
      const of_language = translated.get(language) ?? new Map<number, string>()
      translated.set(language, of_language.set(n, sortKeyOf(title)))
    }
  }

  const bitsOf = (token: number): Bits => {
    let bits = kept.get(token)
    if (bits === undefined) {
      bits = makeBits(capacity)
      for (let n = 0; n < size; n++) {
        const end = starts[n]! + lengths[n]!
        for (let at = starts[n]!; at < end; at++) {
          if (values[at] === token) {
            setBit(bits, n)
            break
          }
        }
      }
    }
    // A Map goes by insertion: what was asked for goes to the end.
    kept.delete(token)
    kept.set(token, bits)
    if (kept.size > kept_sets_max) kept.delete(kept.keys().next().value!)
    return bits
  }

  return {
    get size() {
      return size
    },
    get count() {
      return count
    },
    get active() {
      return active
    },
    vocabulary,
    put: ({ n, id, title, is_active, facets: own, numbers: given, collections, words, ...of }) => {
      grow(n)
      if (ids[n] === undefined) count += 1
      size = Math.max(size, n + 1)
      ids[n] = id
      titles[n] = sortKeyOf(title)
      setTitles(n, of.titles)
      if (is_active) setBit(active, n)
      else clearBit(active, n)
      const unique = new Set(own.map(([facet, value]) => tokenOf(facet, value)))
      setTokens(n, [...unique].slice(0, 0xffff))
      setNumbers(n, given)
      for (const [collection, known] of members) {
        if (collections.includes(collection)) setBit(known.bits, n)
        else clearBit(known.bits, n)
      }
      vocabulary.add(words)
      labels.put(n, of.labels)
    },
    idOf: (n) => ids[n]!,
    // A walk over all of them is rare, and a second table of all ids would always be there.
    numbersOf: (wanted) => wanted.map((id) => ids.indexOf(id)).filter((n) => n >= 0),
    titleOf: (n, languages) => {
      for (const language of languages) {
        const title = translated.get(language)?.get(n)
        if (title !== undefined) return title
      }
      return titles[n]!
    },
    labelOf: labels.labelOf,
    numbersBy: (field) => {
      const column = numbers.get(field)
      if (!column) return nobody_says
      const { single, several } = column
      return (n, test) => {
        const number = single[n]!
        if (!Number.isNaN(number)) return test(number)
        return several.get(n)?.some((one) => test(one)) ?? false
      }
    },
    having: (facet, wanted) => {
      const known = wanted.flatMap((value) => token_ids.get(keyOf(facet, value)) ?? [])
      if (known.length === 1) return bitsOf(known[0]!)
      const bits = makeBits(capacity)
      for (const token of known) addAll(bits, bitsOf(token))
      return bits
    },
    membersOf: (collection, evaluated_at) => {
      const known = members.get(collection)
      return known?.evaluated_at === evaluated_at.getTime() ? known.bits : null
    },
    setMembers: (collection, evaluated_at, of) => {
      const bits = makeBits(capacity)
      for (const n of of) if (n < capacity) setBit(bits, n)
      members.set(collection, { evaluated_at: evaluated_at.getTime(), bits })
      return bits
    },
    countValues: (among, isWanted) => {
      const wanted = new Uint8Array(facets.size)
      for (const [facet, i] of facets) wanted[i] = isWanted(facet) ? 1 : 0
      const counts = new Uint32Array(tokens.length)
      eachDown(among, (n) => {
        const end = starts[n]! + lengths[n]!
        for (let at = starts[n]!; at < end; at++) counts[values[at]!]! += 1
      })
      const found = new Map<string, [string, number][]>()
      for (let token = 0; token < tokens.length; token++) {
        if (counts[token] === 0 || wanted[facet_of[token]!] === 0) continue
        const { facet, value } = tokens[token]!
        const of_facet = found.get(facet)
        if (of_facet) of_facet.push([value, counts[token]!])
        else found.set(facet, [[value, counts[token]!]])
      }
      return found
    },
  }
}
