// What words find, kept as long as it is asked for: whoever narrows a search or turns a page has
// the same words again. What has changed meanwhile is looked at again, and nothing else.
import { findTexts, numbersOf } from '#src/catalog/search-text.sql.ts'
import type { Db } from '#src/db/pool.ts'
import { readOnce } from '#src/db/transaction.ts'
import { type Bits, clearBit, eachDown, growBits, makeBits, setBit } from '#src/lib/bits.ts'
import type { GoodsIndex } from './goods-index.ts'

export type FoundWords = { readonly found: Bits; readonly in_title: Bits }
/** Of several words at one place one is enough. */
export type Words = readonly (readonly string[])[]

type Kept = {
  found: Bits
  in_title: Bits
  readonly index: GoodsIndex
  catalog: bigint
  since: string
}
export type TextMemory = (
  asked: { readonly words: Words; readonly chain: readonly string[] },
  goods: { readonly index: GoodsIndex; readonly catalog: bigint },
) => Promise<FoundWords>

const kept_max = 300

const holdsInTitle = (title: string, words: Words): boolean =>
  words.every((any) => any.some((word) => title.startsWith(word) || title.includes(` ${word}`)))

/** Numbers that the index does not know yet come with its next reading. */
function* known(numbers: Iterable<number>, { size }: GoodsIndex): Generator<number> {
  for (const n of numbers) if (n < size) yield n
}

export function createTextMemory(db: Db): TextMemory {
  const memory = new Map<string, Kept>()

  const look = async (
    asked: Parameters<TextMemory>[0],
    { index, catalog }: Parameters<TextMemory>[1],
    before: Kept | null,
  ): Promise<Kept> => {
    const since = before?.since ?? null
    const { found, in_title, touched, xmin } = await readOnce(db, (tx) =>
      findTexts(tx, { ...asked, since }),
    )
    const size = index.size
    const kept: Kept = {
      found: before ? growBits(before.found, size) : makeBits(size),
      in_title: before ? growBits(before.in_title, size) : makeBits(size),
      index,
      catalog,
      since: xmin,
    }
    for (const n of known(numbersOf(touched), index)) {
      clearBit(kept.found, n)
      clearBit(kept.in_title, n)
    }
    for (const n of known(numbersOf(found), index)) {
      setBit(kept.found, n)
      if (holdsInTitle(index.titleOf(n, []), asked.words)) setBit(kept.in_title, n)
    }
    for (const n of known(numbersOf(in_title), index)) setBit(kept.in_title, n)
    return kept
  }

  return async (asked, goods) => {
    const key = JSON.stringify([asked.words, asked.chain])
    const before = memory.get(key)
    if (before && before.index === goods.index && before.catalog >= goods.catalog) {
      // A Map goes by insertion: what was asked for goes to the end.
      memory.delete(key)
      memory.set(key, before)
      return before
    }
    const kept = await look(asked, goods, before?.index === goods.index ? before : null)
    memory.delete(key)
    memory.set(key, kept)
    if (memory.size > kept_max) memory.delete(memory.keys().next().value!)
    return kept
  }
}

export const isNothing = ({ found }: FoundWords): boolean => {
  let is_empty = true
  eachDown(found, () => {
    is_empty = false
    return false
  })
  return is_empty
}
