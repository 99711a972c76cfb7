// Dice that fall the same way for the same seed. Each actor has its own, so that the order in
// which the database wakes them changes nothing in what they want.

export type Dice = {
  /** A whole number from 0 to `below` − 1. */
  roll(below: number): number
  chance(percent: number): boolean
  pick<T>(of: readonly T[]): T
}

/** SplitMix64 in spirit: a counter, mixed well. */
export function openDice(...seed: readonly number[]): Dice {
  let state = seed.reduce(
    (mixed, part) => Math.imul(mixed ^ part, 0x9e3779b1) + 0x7f4a7c15,
    0x2545f,
  )
  const next = (): number => {
    state = (state + 0x9e3779b9) | 0
    let mixed = Math.imul(state ^ (state >>> 16), 0x85ebca6b)
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
    return (mixed ^ (mixed >>> 16)) >>> 0
  }
  const roll = (below: number): number => next() % below
  return { roll, chance: (percent) => roll(100) < percent, pick: (of) => of[roll(of.length)]! }
}
