// Words that were typed wrongly, and what was meant. Pure.

/** Longer words may hold more mistakes. */
export const mistakesAllowed = (length: number): number => (length < 4 ? 0 : length < 8 ? 1 : 2)

/**
 * How many letters must be added, dropped, changed or swapped with their neighbour to make one
 * word of the other; `max + 1` when it is more than `max`.
 */
export function editDistance(a: string, b: string, max: number): number {
  if (Math.abs(a.length - b.length) > max) return max + 1
  let before: number[] = []
  let above = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    let least = i
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      let cost = Math.min(above[j]! + 1, row[j - 1]! + 1, above[j - 1]! + (same ? 0 : 1))
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, before[j - 2]! + 1)
      }
      row.push(cost)
      least = Math.min(least, cost)
    }
    if (least > max) return max + 1
    before = above
    above = row
  }
  return Math.min(above[b.length]!, max + 1)
}

/** One bit per letter: words whose letters differ too much need no closer look. */
function lettersOf(word: string): number {
  let letters = 0
  for (let i = 0; i < word.length; i++) letters |= 1 << (word.charCodeAt(i) % 31)
  return letters
}

function countBits(bits: number): number {
  let left = bits - ((bits >>> 1) & 0x55555555)
  left = (left & 0x33333333) + ((left >>> 2) & 0x33333333)
  return (((left + (left >>> 4)) & 0x0f0f0f0f) * 0x01010101) >>> 24
}

export type Vocabulary = {
  readonly size: number
  add(text: string): void
  /** Whether a known word begins like that. */
  knows(start: string): boolean
  /** The nearest known words, none when the word is known or nothing is near. */
  nearest(word: string): string[]
}

const words_max = 200_000
const nearest_max = 3

/** The words of a shop. What was known stays known: a word too many does no harm. */
export function createVocabulary(): Vocabulary {
  const known = new Set<string>()
  const by_length = new Map<number, { readonly words: string[]; readonly letters: number[] }>()
  return {
    get size() {
      return known.size
    },
    add: (text) => {
      for (const word of text.match(/[\p{L}]{3,30}/gu) ?? []) {
        if (known.has(word) || known.size >= words_max) continue
        known.add(word)
        const same = by_length.get(word.length) ?? { words: [], letters: [] }
        same.words.push(word)
        same.letters.push(lettersOf(word))
        by_length.set(word.length, same)
      }
    },
    knows: (start) => {
      if (known.has(start)) return true
      for (const word of known) if (word.startsWith(start)) return true
      return false
    },
    nearest: (word) => {
      const max = mistakesAllowed(word.length)
      if (max === 0) return []
      const letters = lettersOf(word)
      const found: { readonly word: string; readonly distance: number }[] = []
      for (let length = word.length - max; length <= word.length + max; length++) {
        const same = by_length.get(length)
        same?.words.forEach((candidate, i) => {
          if (countBits(letters ^ same.letters[i]!) > 2 * max) return
          const distance = editDistance(word, candidate, max)
          if (distance <= max) found.push({ word: candidate, distance })
        })
      }
      const least = Math.min(...found.map(({ distance }) => distance))
      return found
        .filter(({ distance }) => distance === least)
        .sort((a, b) => (a.word < b.word ? -1 : 1))
        .slice(0, nearest_max)
        .map((one) => one.word)
    },
  }
}
