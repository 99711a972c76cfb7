// Which bytes of a file a request asks for, as RFC 9110 14 says. Pure.
export type ByteRange = { readonly first: number; readonly last: number }
export type RangeHeaders = {
  readonly range: string | undefined
  readonly if_range: string | undefined
}

/**
 * Null asks for the whole file: without a range, with several at once, with one that is none, and
 * when the bytes before it were those of another file.
 */
export function readRange(
  { range, if_range }: RangeHeaders,
  { length, etag }: { readonly length: number; readonly etag: string },
): ByteRange | 'unsatisfiable' | null {
  const [, from, to] = /^bytes=[ \t]*(\d*)-(\d*)[ \t]*$/i.exec(range ?? '') ?? []
  if (from === undefined || to === undefined || from + to === '') return null
  if (if_range !== undefined && if_range !== etag) return null
  if (from === '') {
    const first = Math.max(0, length - Number(to))
    return first < length ? { first, last: length - 1 } : 'unsatisfiable'
  }
  const first = Number(from)
  if (to !== '' && Number(to) < first) return null
  if (first >= length) return 'unsatisfiable'
  return { first, last: to === '' ? length - 1 : Math.min(Number(to), length - 1) }
}
