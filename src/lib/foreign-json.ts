// JSON that somebody else wrote. It may have any shape, so nothing here throws.

export type Foreign = Readonly<Record<string, unknown>>

export const isObject = (value: unknown): value is Foreign =>
  value !== null && typeof value === 'object' && !Array.isArray(value)

/** What stands at the end of a path of names; undefined where the path breaks off. */
export const valueAt = (value: unknown, ...path: readonly string[]): unknown =>
  path.reduce<unknown>(
    (inner, name) => (isObject(inner) && Object.hasOwn(inner, name) ? inner[name] : undefined),
    value,
  )

/**
 * Null when it is no text, or an empty one. What no text of ours can hold, NUL and half of a
 * surrogate pair, is replaced: words of others must not keep us from noting what they have told.
 */
export function textAt(value: unknown, ...path: readonly string[]): string | null {
  const text = valueAt(value, ...path)
  if (typeof text !== 'string' || text === '') return null
  return text.toWellFormed().replaceAll('\0', '\ufffd')
}

const name_length_max = 255

/** By which somebody else finds it, and we: null when it is longer than any name, as no text. */
export function nameAt(value: unknown, ...path: readonly string[]): string | null {
  const name = textAt(value, ...path)
  return name !== null && name.length <= name_length_max ? name : null
}

const year_10000_ms = 253_402_300_800_000

/** Null for a time that no calendar of ours has: before 1970, or in more than four digits. */
export const momentAt = (ms: number): Date | null =>
  ms >= 0 && ms < year_10000_ms ? new Date(ms) : null
