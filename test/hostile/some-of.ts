// What is too much to send whole, is sent in parts: each so many of it to one place, others to the
// next; and other seeds send others.
import { sizeOf } from '#test/proof.ts'

export const seed = sizeOf('INPUT_SEED', 20_261_122)

export const isChosen = (each: number, place: number): boolean => (place + seed) % each === 0

export const someOf = <T>(all: readonly T[], each: number, turn: number): T[] =>
  all.filter((_, i) => isChosen(each, i + turn))
