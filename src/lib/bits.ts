// Sets of small whole numbers as bits: what a search finds among the numbers of the goods.

export type Bits = Uint32Array<ArrayBuffer>

export const makeBits = (size: number): Bits => new Uint32Array((size + 31) >>> 5)

export const setBit = (bits: Bits, n: number): void => {
  bits[n >>> 5]! |= 1 << (n & 31)
}
export const clearBit = (bits: Bits, n: number): void => {
  bits[n >>> 5]! &= ~(1 << (n & 31))
}
export const hasBit = (bits: Bits, n: number): boolean =>
  ((bits[n >>> 5] ?? 0) & (1 << (n & 31))) !== 0

/** The same numbers, with room for more. */
export function growBits(bits: Bits, size: number): Bits {
  const grown = makeBits(size)
  grown.set(bits)
  return grown
}

/** Leaves in `bits` what is in `others` too. */
export function keepCommon(bits: Bits, others: Bits): void {
  for (let i = 0; i < bits.length; i++) bits[i]! &= others[i] ?? 0
}

export function addAll(bits: Bits, others: Bits): void {
  const length = Math.min(bits.length, others.length)
  for (let i = 0; i < length; i++) bits[i]! |= others[i]!
}

export function countAll(bits: Bits): number {
  let count = 0
  for (let word of bits) {
    word -= (word >>> 1) & 0x55555555
    word = (word & 0x33333333) + ((word >>> 2) & 0x33333333)
    count += (((word + (word >>> 4)) & 0x0f0f0f0f) * 0x01010101) >>> 24
  }
  return count
}

/** From the highest number down; ends when `see` says false. */
export function eachDown(bits: Bits, see: (n: number) => unknown): void {
  for (let i = bits.length - 1; i >= 0; i--) {
    for (let word = bits[i]!; word !== 0; ) {
      const bit = 31 - Math.clz32(word)
      if (see(i * 32 + bit) === false) return
      word &= ~(1 << bit)
    }
  }
}
