// JSON that is kept in memory with holes for what changes with every order.

/** Texts with holes (null) between them, as the texts before, between and after the holes. */
export function cutAtHoles(pieces: readonly (string | null)[]): string[] {
  const parts = ['']
  for (const piece of pieces) {
    if (piece === null) parts.push('')
    else parts[parts.length - 1] += piece
  }
  return parts
}

/** Fills the holes, of which there is one less than there are parts. */
export const fillHoles = (parts: readonly string[], fills: readonly string[]): string =>
  parts.slice(1).reduce((all, part, i) => all + fills[i]! + part, parts[0]!)

/** A page whose holes hold true or false. One rendering is kept, as bytes. */
export type FlagPage = {
  readonly holes: readonly number[]
  /** What stands in the holes of `bytes`: the numbers of those that are false. */
  off: string
  bytes: Uint8Array
}

const encoder = new TextEncoder()
// Of one length, because JSON lets blanks stand there: so filling a hole moves nothing.
const on_bytes = encoder.encode('true ')
const off_bytes = encoder.encode('false')

export function makeFlagPage(parts: readonly string[]): FlagPage {
  const holes: number[] = []
  let length = 0
  for (const part of parts.slice(0, -1)) {
    length += Buffer.byteLength(part)
    holes.push(length)
    length += on_bytes.length
  }
  return { holes, off: '', bytes: encoder.encode(parts.join('true ')) }
}

/** The page with these holes false. What was given out before is never changed. */
export function fillFlags(page: FlagPage, off: readonly number[]): Uint8Array {
  const wanted = off.join()
  if (page.off !== wanted) {
    const bytes = page.bytes.slice()
    for (const hole of page.holes) bytes.set(on_bytes, hole)
    for (const n of off) bytes.set(off_bytes, page.holes[n]!)
    page.off = wanted
    page.bytes = bytes
  }
  return page.bytes
}
